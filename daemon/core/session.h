/*
 * session.h: one connection, from its first byte to its bye (DESIGN 5).
 *
 *   SHAKING --opened--> HELLO --hello--> OPEN --bye, error, close--> (gone)
 *      |                  |               |
 *      |                  +-removed here--+--> TELLING --it knows, or time is up--> (gone)
 *      +--opened on an invite--> JOINING (we ask) or SERVING (we are asked)
 *
 * In OPEN, sets are compared (compare.h): the statements first, then each common space, then
 * everything is live. Runs flow by stream.h (out) and intake.h (in). In TELLING the peer is no
 * member any more by what is held here: it gets the statements up to the one that says so.
 */
#ifndef CORE_SESSION_H
#define CORE_SESSION_H

#include "daemon/core/event.h"
#include "daemon/core/store.h"
#include "proto/base/map.h"
#include "proto/channel/channel.h"
#include "proto/wire/run.h"
#include "proto/wire/wire.h"

struct node;

/* X(name, text, legal next states as a mask of 1 << state) */
#define SESSION_STATE_TABLE(X) \
    X(SHAKING, "shaking")      \
    X(HELLO, "hello")          \
    X(OPEN, "open")            \
    X(TELLING, "telling")      \
    X(JOINING, "joining")      \
    X(SERVING, "serving")      \
    X(GONE, "gone")

enum session_state {
#define X(name, text) SESSION_##name,
    SESSION_STATE_TABLE(X)
#undef X
};

/*
 * The comparison of one set with one peer.
 *
 *   IDLE --digests differ: we send BUCKETS or ENTRIES--> ASKED --ENTRIES--> FLOWING
 *   IDLE --their BUCKETS or ENTRIES: we send ours--> FLOWING (ASKED until theirs come)
 *   FLOWING --all sent: DONE; theirs came--> LIVE
 */
enum compare_state { COMPARE_IDLE, COMPARE_ASKED, COMPARE_FLOWING, COMPARE_LIVE };

struct compare {
    struct wire_set set;
    enum compare_state state;
    bool done_sent, done_heard;
    bool gathering; /* their ENTRIES go on in the next message */
    bool moved;     /* something was sent or taken in since it began */
    uint8_t covered[WIRE_BITMAP_BYTES];
    uint64_t since_ms;
    bool theirs_known; /* the peer offers it; theirs is its digest */
    uint8_t theirs[WIRE_ABBREV_BYTES];
    bool vain; /* it ended unequal with nothing moved, at these two digests */
    uint8_t vain_mine[WIRE_ABBREV_BYTES];
    uint8_t vain_theirs[WIRE_ABBREV_BYTES];
};

/* What the peer has of one chain, and what we have sent of it. */
struct link {
    struct chain chain;
    uint64_t held; /* durable at the peer, as it said */
    uint64_t sent; /* sent, or held */
    bool queued;   /* in the ring of chains with something to send */
};

/* What a read brought: at most a run. n is 0 when there is nothing. */
struct stream_run {
    struct chain chain;
    struct run_item *items;
    size_t n;
    struct buf bytes; /* the payloads */
};

/* Chains of few envelopes each: a read for every one of them would be waited for. */
enum { STREAM_AHEAD = 4 };

/* A run that was asked for, and then lies ready. */
struct stream_ahead {
    uint64_t ticket; /* of the read under way, 0: it came */
    size_t count;    /* envelopes asked for */
    struct stream_run run;
};

/* A run on its way out, and the next ones, read while this one waits for credit. */
struct stream {
    struct stream_ahead ahead[STREAM_AHEAD]; /* first in first out, from ahead_at on */
    size_t ahead_at, ahead_n;
    struct stream_run run; /* while packing, or until its last message is sent */
    struct run_packer packer;
    bool packing;
    struct buf message; /* packed, waiting for credit */
    uint64_t credit;    /* bytes of ITEMS that the peer still takes */
    uint32_t *ring;     /* indexes of links, first in first out */
    size_t ring_at, ring_n, ring_cap;
    size_t statement_at; /* in books.order: everything before it is sent or held */
};

/* A run on its way in. */
struct intake {
    struct run_unpacker unpacker;
    bool running;
    bool skip;       /* it is taken from the wire and dropped */
    uint64_t bytes;  /* of ITEMS messages of this run: the credit to return */
    uint64_t credit; /* what the peer may still send */
};

struct session {
    uint64_t conn;
    uint64_t dial; /* 0 when the other side called */
    enum session_state state;
    struct channel *channel;
    struct device_pk device; /* the peer; zero until known */
    struct transport_pk transport;
    bool provisional; /* a member by the invite's word, until our fold knows it */
    char address[LIMIT_ADDRESS_BYTES + 1];
    struct invite_id invite;

    bool hello_sent, hello_heard;
    bool statements_agree;        /* or were compared in vain: spaces may follow */
    bool offer_stale;             /* what we offer changed since we said it */
    struct digest offered_spaces; /* names the spaces that we last offered */
    struct wire_space *offered;   /* what the peer said it holds or wants */
    size_t offered_n, offered_cap;
    bool offered_whole;       /* all its parts are here */
    struct compare *compares; /* [0] statements, [1] beacons, then common spaces */
    size_t compares_n, compares_cap;
    struct link *links;
    size_t links_n, links_cap;
    size_t strangers; /* of the links: of devices not known here */
    struct map by_chain;
    struct stream stream;
    struct intake intake;

    struct buf unread; /* came, and waits for a step with time for its signatures */
    size_t unread_at;
    uint64_t opened_ms;
    uint64_t telling_ms; /* since when it is TELLING */
    uint64_t heard_ms;
    uint64_t ping_ms;    /* when a ping is due */
    uint64_t compare_ms; /* when all digests are compared again */
    uint64_t bytes_in, bytes_out, envelopes_in, envelopes_out;
};

struct sessions {
    struct session **all;
    size_t n, cap;
};

void sessions_fini(struct node *node);
/* Says bye to everybody. */
void sessions_end_all(struct node *node, const char *why);

void session_on_opened(struct node *node, uint64_t conn, uint64_t dial, const char *address);
void session_on_data(struct node *node, uint64_t conn, struct slice bytes);
void session_on_closed(struct node *node, uint64_t conn);

/* Deadlines, pings, comparisons anew. Returns when it wants to be called again. */
uint64_t sessions_tick(struct node *node);
/* The fold changed: ends sessions of who is no member any more, offers what is new. */
void sessions_on_membership(struct node *node);
/* An envelope of a chain is durable here; old_seq was the head before. */
void sessions_on_stored(struct node *node, const struct chain *chain, uint64_t old_seq);
/* What a peer brought is durable: acknowledge it, and give its credit back. */
void sessions_ack(struct node *node, uint64_t conn, const struct chain *chain,
                  const struct place *place);
void sessions_credit(struct node *node, uint64_t conn, uint64_t bytes);
/* At the end of a step: sends what waits (acks, offers, runs). */
void sessions_flush(struct node *node);
/* Compares all digests with all peers now. */
void sessions_compare_now(struct node *node);

/* Everything common was compared and found equal, and nothing is on its way. */
bool session_is_equal(const struct session *session);

/* OPEN, or TELLING: statements flow. */
static inline bool session_is_up(const struct session *session)
{
    return session->state == SESSION_OPEN || session->state == SESSION_TELLING;
}

/* For the parts of a session. */
struct session *session_find(struct node *node, uint64_t conn);
struct session *session_of_device(struct node *node, const struct device_pk *device);
void session_send(struct node *node, struct session *session,
                  const struct wire_message *message);
/* Says bye with a reason, closes, forgets. The session is freed at the end of the step. */
void session_end(struct node *node, struct session *session, uint8_t bye, const char *why);
/* It is gone: keeps what was good of a run that was cut. No bye, no close. */
void session_drop(struct node *node, struct session *session, const char *why);
/* As session_end for an error of the peer's. */
void session_fail(struct node *node, struct session *session, enum err err, const char *what);
void session_move(struct node *node, struct session *session, enum session_state to,
                  const char *why);
/* The link of a chain, made when new with sent = held = seq. */
struct link *session_link(struct session *session, const struct chain *chain, uint64_t seq);
struct link *session_link_find(struct session *session, const struct chain *chain);

#endif
