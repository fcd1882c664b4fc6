/*
 * wire.h: the messages of a session, in one table. A message is one channel message: its number
 * (one byte), then its body; README.md lists the bytes. encode and decode are strict inverses:
 * one encoding a value, everything used up, lists ascending without repeats.
 *
 * A number that this version does not know is skipped below 128 and ends the session from 128
 * on ("must understand"), so new messages can be added without a new version.
 *
 * Lists inside a decoded message live in the arena that decode was given; slices borrow the
 * bytes that were decoded.
 */
#ifndef WIRE_WIRE_H
#define WIRE_WIRE_H

#include <stdbool.h>

#include "proto/base/err.h"
#include "proto/base/id.h"
#include "proto/base/limits.h"
#include "proto/base/mem.h"
#include "proto/envelope/envelope.h"
#include "proto/envelope/piece.h"

/* X(number, NAME, name): who sends it when is said at its struct. */
#define WIRE_MESSAGES(X)              \
    X(1, HELLO, hello)                \
    X(2, SPACES, spaces)              \
    X(3, BUCKETS, buckets)            \
    X(4, ENTRIES, entries)            \
    X(5, DONE, done)                  \
    X(6, RUN, run)                    \
    X(7, ITEMS, items)                \
    X(8, RUN_END, run_end)            \
    X(9, CREDIT, credit)              \
    X(10, ACK, ack)                   \
    X(11, HOLDS, holds)               \
    X(12, BEACON, beacon)             \
    X(13, FETCH, fetch)               \
    X(14, ENVELOPE, envelope)         \
    X(15, IDS_WANT, ids_want)         \
    X(16, IDS, ids)                   \
    X(17, PING, ping)                 \
    X(18, PONG, pong)                 \
    X(19, BYE, bye)                   \
    X(20, JOIN_REQUEST, join_request) \
    X(21, JOIN_STATUS, join_status)   \
    X(22, PIECE_WANT, piece_want)     \
    X(23, PIECE, piece)

enum wire_type {
    WIRE_UNKNOWN = 0, /* never on the wire: what decode calls a message that is skipped */
#define X(number, NAME, name) WIRE_##NAME = number,
    WIRE_MESSAGES(X)
#undef X
        WIRE_MUST_UNDERSTAND = 128,
};

enum {
    WIRE_VERSION = 1,
    WIRE_ABBREV_BYTES = 16,
    WIRE_ABBREV_BUCKET_BYTES = 8,
    WIRE_BUCKET_COUNT = 256,
    WIRE_BITMAP_BYTES = 32,     /* a bit a bucket; bucket b is bit b % 8 of byte b / 8 */
    WIRE_SOFTWARE_BYTES = 32,   /* "kith 0.1.0" */
    WIRE_SPACES_MAX = 1024,     /* in one message (34 KiB); a longer list goes on in the next */
    WIRE_ENTRIES_MAX = 900,     /* 64,800 bytes stay in one frame */
    WIRE_HOLDS_MAX = 700,       /* 61,600 bytes */
    WIRE_IDS_MAX = 1024,        /* 32 KiB */
    WIRE_JOIN_BYTES_MAX = 3072, /* a join body with its signatures */
    WIRE_TEXT_BYTES = 200,      /* a sentence for a person */
};

/* Flags. Bits that a version does not know are kept and mean nothing to it. */
enum wire_flag {
    WIRE_MORE = 1,  /* HELLO, SPACES, ENTRIES: the list goes on in the next message */
    WIRE_REPLY = 2, /* ENTRIES: answers ENTRIES, so it needs no answer */
    /* On an offered space: */
    WIRE_SPACE_CARRIER = 1, /* I store and forward it and cannot read it */
};

/* A space that the sender holds or wants, with its frontier_abbrev digest. */
struct wire_space {
    struct space_tag tag;
    uint8_t digest[WIRE_ABBREV_BYTES];
    uint8_t flags;
};

/* Abbreviated digests of all that the sender has to compare. Spaces ascending by tag. */
struct wire_offer {
    uint8_t flags; /* WIRE_MORE */
    uint8_t statements[WIRE_ABBREV_BYTES];
    uint8_t beacons[WIRE_ABBREV_BYTES];
    struct wire_space *spaces;
    size_t n;
};

/* First message of both sides. version_min <= version_max; the highest common one is spoken. */
struct wire_hello {
    uint8_t version_min;
    uint8_t version_max;
    struct slice software; /* printable UTF-8, at most WIRE_SOFTWARE_BYTES */
    struct wire_offer offer;
};

/* The offer anew: once statements agree, and whenever it changes. It replaces the one before.
 */
struct wire_spaces {
    struct wire_offer offer;
};

/* The set a comparison is about. kind: as frontier_kind (0 space, 1 statements, 2 beacons). */
enum wire_set_kind { WIRE_SET_SPACE = 0, WIRE_SET_STATEMENTS = 1, WIRE_SET_BEACONS = 2 };
struct wire_set {
    uint8_t kind;         /* enum wire_set_kind */
    struct space_tag tag; /* zero unless kind is WIRE_SET_SPACE */
};

/* "My buckets": sent by the side that sees a difference. Only nonempty ones travel. */
struct wire_buckets {
    struct wire_set set;
    uint8_t nonempty[WIRE_BITMAP_BYTES];
    uint8_t digests[WIRE_BUCKET_COUNT][WIRE_ABBREV_BUCKET_BYTES]; /* zeros where empty */
};

/* All entries that the sender has in the covered buckets, ascending by device. */
struct wire_entries {
    struct wire_set set;
    uint8_t flags; /* WIRE_MORE, WIRE_REPLY */
    uint8_t covered[WIRE_BITMAP_BYTES];
    struct entry *entries;
    size_t n;
};

/* "For this comparison I have sent all that you lacked." */
struct wire_done {
    struct wire_set set;
};

/* A run begins: `count` consecutive envelopes of one chain follow in ITEMS; see run.h. */
struct wire_run {
    uint8_t kind; /* of the first envelope: a record, a statement (tag zero), or a newer kind */
    struct space_tag tag;
    struct device_pk device;
    uint64_t seq;            /* of the first */
    struct envelope_id prev; /* of the first */
    uint16_t count;          /* 1 … LIMIT_RUN_ENVELOPES */
    uint32_t bytes;          /* headers (316 each) and payloads present; <= LIMIT_RUN_BYTES */
};

/* One envelope of a run, without what the run and the envelope before it say. */
enum wire_item_flag {
    WIRE_ITEM_KIND = 1,   /* its kind differs from the one before */
    WIRE_ITEM_KEY_ID = 2, /* its key_id differs from the one before (zeros at first) */
    WIRE_ITEM_KEYED = 4,  /* it has nonce and commit: all kinds but statements */
    WIRE_ITEM_ERASED = 8, /* its payload was erased: hash and length stand in its place */
    WIRE_ITEM_FOUND = 16, /* its network_id is zero */
};
struct wire_item {
    uint8_t flags; /* enum wire_item_flag; other bits are zero */
    uint8_t kind;
    struct key_id key_id;
    uint8_t nonce[ENVELOPE_NONCE_BYTES];
    uint8_t commit[ENVELOPE_COMMIT_BYTES];
    uint8_t signature[ENVELOPE_SIGNATURE_BYTES];
    struct digest payload_hash; /* when erased */
    uint32_t payload_len;
    struct slice payload; /* empty when erased */
};
struct wire_items {
    struct wire_item *items; /* at least one */
    size_t n;
};

/* The run is over: `count` envelopes were sent, fewer than announced when the sender stopped.
 */
struct wire_run_end {
    uint16_t count;
};

/* The receiver can take that many more bytes of ITEMS messages (all their bytes count). */
struct wire_credit {
    uint32_t bytes;
};

/* These heads are durable here. Entries ascending by device, at least one; tag zero:
 * statements.
 */
struct wire_ack {
    struct space_tag tag;
    struct entry *entries;
    size_t n;
};

/* Hearsay about the receiver's own chains: `holder` has (tag, device) up to seq. */
struct wire_hold {
    struct space_tag tag;
    struct device_pk device;
    struct device_pk holder;
    uint64_t seq;
};
struct wire_holds {
    struct wire_hold *holds; /* ascending by tag, device, holder */
    size_t n;
};

/* A device's latest beacon, as its owner signed it. */
struct wire_beacon {
    uint8_t header[ENVELOPE_HEADER_BYTES];
    struct slice payload;
};

/* Asks for one envelope: by its id, or by its place. Answered by ENVELOPE of the same number.
 */
enum wire_fetch_by { WIRE_FETCH_ID = 1, WIRE_FETCH_PLACE = 2 };
struct wire_fetch {
    uint32_t number; /* the asker's, to match the answer */
    uint8_t by;      /* enum wire_fetch_by */
    struct envelope_id id;
    struct chain chain; /* WIRE_FETCH_PLACE */
    uint64_t seq;
};
enum wire_held { WIRE_HELD_NONE = 0, WIRE_HELD_HEADER = 1, WIRE_HELD_WHOLE = 2 };
struct wire_envelope {
    uint32_t number;
    uint8_t held; /* enum wire_held; HEADER: the payload is erased here */
    uint8_t header[ENVELOPE_HEADER_BYTES];
    struct slice payload;
};

/* Ids of a chain at first, first + stride, … : bisects to a fork. */
struct wire_ids_want {
    uint32_t number;
    struct chain chain;
    uint64_t first;  /* >= 1 */
    uint32_t stride; /* >= 1 */
    uint16_t count;  /* 1 … WIRE_IDS_MAX */
};
/* Fewer than were asked for when the sender's chain ends before. */
struct wire_ids {
    uint32_t number;
    struct envelope_id *ids;
    size_t n;
};

/* PONG repeats PING's token. */
struct wire_ping {
    uint64_t token;
};
struct wire_pong {
    uint64_t token;
};

/* The last message of its sender. X(number, NAME, text): the text completes "the other side
 * ended the session: …". A reason that is not in the table is no error. */
#define WIRE_BYE_TABLE(X)                                                       \
    X(1, CLOSING, "it is shutting down")                                        \
    X(2, BUSY, "it has too many sessions")                                      \
    X(3, VERSION, "it speaks no version of the protocol that this Kith speaks") \
    X(4, PROTOCOL, "it received something that it could not accept")            \
    X(5, NOT_MEMBER, "it does not count this device as a member")               \
    X(6, DUPLICATE, "another connection between the two stays")                 \
    X(7, IDLE, "nothing was heard for too long")                                \
    X(8, DISK, "its disk refuses new data")                                     \
    X(9, JOINED, "the join is settled")
enum wire_bye_reason {
#define X(number, NAME, text) WIRE_BYE_##NAME = number,
    WIRE_BYE_TABLE(X)
#undef X
};
struct wire_bye {
    uint8_t reason;
};

/* A joiner's request over an invite's channel; the body belongs to proto/member. */
struct wire_join_request {
    struct slice body; /* 1 … WIRE_JOIN_BYTES_MAX */
};
enum wire_join_state { WIRE_JOIN_PENDING = 0, WIRE_JOIN_ADMITTED = 1, WIRE_JOIN_REFUSED = 2 };
struct wire_join_status {
    uint8_t state;     /* enum wire_join_state */
    struct slice text; /* printable UTF-8, at most WIRE_TEXT_BYTES; may be empty */
};

/* Asks for a piece of a file (proto/envelope/piece.h); any member may ask any. Answered by PIECE
 * of the same number, or not at all by a version that does not know it. */
struct wire_piece_want {
    uint32_t number; /* the asker's, to match the answer */
    struct piece_id id;
};
/* bytes: the ciphertext, at most PIECE_BYTES_MAX; empty: it is not held here. */
struct wire_piece {
    uint32_t number;
    struct slice bytes;
};

struct wire_message {
    enum wire_type type;
    union {
#define X(number, NAME, name) struct wire_##name name;
        WIRE_MESSAGES(X)
#undef X
    };
};

/*
 * Appends number and body. The message must be one that decode accepts (its lists within the
 * bounds and in order): anything else is a programmer error and aborts.
 */
void wire_encode(struct buf *out, const struct wire_message *message);
/*
 * Decodes one whole message. type is WIRE_UNKNOWN for a number below 128 that is not in the
 * table: skip it. MALFORMED; TOO_BIG over LIMIT_MESSAGE_BYTES; VERSION for an unknown number
 * that must be understood.
 */
MUST_USE enum err wire_decode(struct wire_message *out, struct arena *arena,
                              struct slice bytes);

/* "HELLO" …; "UNKNOWN" for what is not in the table. Never NULL. */
const char *wire_type_name(uint8_t number);
/* The sentence of a bye's reason; a general one for an unknown reason. */
const char *wire_bye_text(uint8_t reason);

/* Bits of a bucket bitmap. */
static inline bool wire_bit(const uint8_t bitmap[WIRE_BITMAP_BYTES], uint8_t bucket)
{
    return (bitmap[bucket / 8] >> (bucket % 8) & 1) != 0;
}
static inline void wire_set_bit(uint8_t bitmap[WIRE_BITMAP_BYTES], uint8_t bucket)
{
    bitmap[bucket / 8] = (uint8_t)(bitmap[bucket / 8] | 1 << (bucket % 8));
}

#endif
