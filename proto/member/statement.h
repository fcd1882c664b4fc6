/*
 * statement.h: the signed facts of membership, as bytes and back. A statement is the payload of
 * an envelope of kind 2: fixed order, big-endian, lists counted (16 bits), ids in lists
 * ascending without repeats, one encoding a value. Each begins with its type (1 byte) and
 * `seen` (the tips of the statement graph that its signer held). docs/PROTOCOL.md has every
 * body as a table; statement.c has them as one, from which encoder and decoder run.
 *
 * What a statement *means* is not here: fold.h judges.
 */
#ifndef MEMBER_STATEMENT_H
#define MEMBER_STATEMENT_H

#include <stdbool.h>

#include "proto/base/err.h"
#include "proto/base/id.h"
#include "proto/base/limits.h"
#include "proto/base/mem.h"
#include "proto/crypto/key.h"
#include "proto/envelope/envelope.h"

/* X(NAME, number, "name as people and vectors write it") */
#define STATEMENT_TABLE(X)                  \
    X(FOUND, 1, "found")                    \
    X(INVITE, 2, "invite")                  \
    X(INVITE_VOID, 3, "invite-void")        \
    X(ADMIT, 4, "admit")                    \
    X(DEVICE_ADD, 5, "device-add")          \
    X(DEVICE_REMOVE, 6, "device-remove")    \
    X(SCHOOL_REMOVE, 7, "school-remove")    \
    X(LEAVE, 8, "leave")                    \
    X(ROLE, 9, "role")                      \
    X(ASSENT, 10, "assent")                 \
    X(ROOT_ROTATE, 11, "root-rotate")       \
    X(SPACE_NEW, 12, "space-new")           \
    X(SPACE_ACCEPT, 13, "space-accept")     \
    X(SPACE_LEAVE, 14, "space-leave")       \
    X(SPACE_CARRIERS, 15, "space-carriers") \
    X(SPACE_EPOCH, 16, "space-epoch")       \
    X(SPACE_GRANT, 17, "space-grant")       \
    X(CUTOFF_EXTEND, 18, "cutoff-extend")   \
    X(PROOF, 19, "proof")                   \
    X(ERASE, 20, "erase")                   \
    X(HIDE, 21, "hide")                     \
    X(UNHIDE, 22, "unhide")                 \
    X(HUB_SUCCESSION, 23, "hub-succession")

enum statement_type {
#define X(name, number, text) STATEMENT_##name = number,
    STATEMENT_TABLE(X)
#undef X
        STATEMENT_TYPES /* one past the last */
};

enum {
    STATEMENT_GRANT_BYTES = 112,
    STATEMENT_SEALED_BYTES = 48, /* a 32-byte key under an AEAD */
    STATEMENT_SIGNATURE_BYTES = 64,
    STATEMENT_SCHOOLS_MAX = 64, /* named by one space-new or space-carriers */
    STATEMENT_CUTS_MAX = 740,   /* 740 x 88 bytes stay under the payload cap */
    STATEMENT_SPACES_MAX = 740,
};

enum statement_role { STATEMENT_STEWARD = 1, STATEMENT_HUB = 2, STATEMENT_OBSERVER = 3 };
/* In what capacity a school accepts or leaves a space. */
enum statement_part { STATEMENT_AS_MEMBER = 1, STATEMENT_AS_CARRIER = 2 };

/* A counted list. Items of plain ids may be borrowed bytes; see each field for the type. */
struct statement_list {
    const void *items;
    size_t n;
};

/* UTF-8 without control characters, at most LIMIT_NAME_BYTES, not NUL-terminated. */
struct statement_text {
    const char *p;
    size_t n;
};

/* A device's public keys and the name that people gave it. */
struct statement_device {
    struct device_pk device;
    struct box_pk box;
    struct transport_pk transport;
    struct statement_text name;
};

/* How far a chain counts: up to and including seq. */
struct statement_cut {
    struct chain chain;
    uint64_t seq; /* 1 … 2^63 - 1; what is not named is cut at 0 */
    struct envelope_id id;
};

/* A key sealed to one recipient by HPKE. Plain bytes. */
struct statement_grant {
    uint8_t recipient[32]; /* a device's box key or a school's recovery key */
    uint8_t enc[32];
    uint8_t sealed[STATEMENT_SEALED_BYTES];
};

/* A root's signature inside the payload. by_root is false where the device acts in its own
 * right (then key and signature are absent from the bytes). */
struct statement_root {
    bool by_root;
    struct root_pk pk;
    uint8_t signature[STATEMENT_SIGNATURE_BYTES];
};

struct statement {
    uint8_t type; /* enum statement_type, or a newer one: then only `seen` is decoded */
    struct statement_list seen; /* struct envelope_id, ascending */
    struct statement_root root; /* of the types that a root may or must sign */
    union {
        struct {
            struct statement_text network_name, school_name;
            struct root_pk root_pk;
            struct recovery_pk recovery_pk;
            struct statement_device device;               /* must be the signer */
            uint8_t signature[STATEMENT_SIGNATURE_BYTES]; /* by root_pk */
        } found;
        struct {
            struct invite_id invite;
            uint64_t expires_ms; /* Unix time; judged by the steward who admits */
            struct statement_list
                seals; /* struct statement_grant: the psk to stewards' devices */
        } invite;
        struct {
            struct invite_id invite;
        } invite_void;
        struct {
            struct invite_id invite;
            struct school_id school;
            struct statement_text school_name;
            struct root_pk root_pk;
            struct recovery_pk recovery_pk;
            struct statement_device device;
            uint8_t signature[STATEMENT_SIGNATURE_BYTES]; /* the joiner's root: invite.h */
        } admit;
        struct {
            struct school_id school;
            struct statement_device device; /* must be the signer */
        } device_add;
        struct {
            struct device_pk device;
            struct statement_list spaces; /* struct space_tag: what the removal covers */
            struct statement_list cuts;   /* struct statement_cut */
        } device_remove;
        struct {
            struct school_id school;
            struct statement_list spaces, cuts;
        } school_remove;
        struct {
            struct statement_list spaces, cuts;
        } leave;
        struct {
            struct school_id school;
            uint8_t role; /* enum statement_role */
            bool on;
            struct statement_list cuts; /* where the span starts (after) or ends (with) */
        } role;
        struct {
            struct envelope_id act;
        } assent;
        struct {
            struct school_id school;
            struct root_pk root_pk;
            struct recovery_pk recovery_pk;
        } root_rotate;
        struct {
            struct statement_text name;    /* may be empty */
            struct statement_list schools; /* struct school_id, the maker's among them */
        } space_new;
        struct {
            struct space_id space;
            uint8_t part; /* enum statement_part */
        } space_accept;
        struct {
            struct space_id space;
            uint8_t part;
            struct statement_list cuts; /* the leaver's own chains in the space */
        } space_leave;
        struct {
            struct space_id space;
            struct statement_list schools;
        } space_carriers;
        struct {
            struct space_id space;
            struct key_id key_id;
            struct statement_list parents; /* struct envelope_id of space-epochs */
            struct statement_list keys;    /* 48 bytes each, in the order of parents */
            struct statement_list cuts;    /* of removed devices, where no removal named them */
        } space_epoch;
        struct {
            struct envelope_id epoch;
            struct statement_list grants; /* struct statement_grant, recipients ascending */
        } space_grant;
        struct {
            struct envelope_id removal;
            struct statement_list spaces, cuts;
        } cutoff_extend;
        struct {
            const uint8_t *a, *b; /* ENVELOPE_HEADER_BYTES each, by (seq, bytes) */
        } proof;
        struct {
            struct chain chain;
            uint64_t seq;
            struct envelope_id id;
            struct record_id record;
            struct revision_id revision;
            struct edit_id edit;
            uint64_t lamport;
            struct statement_list parents; /* struct revision_id */
        } erase;
        struct {
            struct school_id owner;
            struct record_id record;
            struct statement_text reason; /* may be empty */
        } hide;                           /* and unhide */
        struct {
            struct school_id school;
            struct statement_list
                cuts; /* of the old hub's chains (ends), the new one's (starts) */
        } hub_succession;
    } u;
};

/* Where a statement stands: what its root signature is bound to. From the envelope's header. */
struct statement_place {
    struct network_id network; /* zero in `found` */
    struct device_pk device;
    uint64_t seq;
    struct envelope_id prev;
};

/* Whether a name is one: UTF-8 without control characters, least … LIMIT_NAME_BYTES long. */
bool statement_text_fits(const struct statement_text *text, size_t least);
static inline struct statement_text statement_text(const char *s)
{
    return (struct statement_text){.p = s, .n = strlen(s)};
}

/* "found", "space-epoch" …; "unknown" for a newer type. */
const char *statement_name(uint8_t type);
/* 0 when there is none of that name. */
uint8_t statement_type_of(const char *name);

/* Appends the bytes. The statement must be within its bounds (CHECKed): make.h asks before. */
void statement_encode(struct buf *out, const struct statement *statement);
/*
 * Strict. Lists and texts are in the arena or borrow body; both must outlive *out. An unknown
 * type decodes to its `seen` alone. MALFORMED otherwise.
 */
MUST_USE enum err statement_decode(struct statement *out, struct arena *arena,
                                   struct slice body);
/*
 * Only type and `seen`, as a node needs that orders a statement without understanding it.
 * MALFORMED when even that does not hold: such an envelope is not admitted by anybody.
 */
MUST_USE enum err statement_decode_seen(uint8_t *type, struct statement_list *seen,
                                        struct slice body);

/*
 * Puts the root's signature into an encoded body whose last 64 bytes are its place:
 * "kith/1 root\0" || network || device || seq || prev || body without those 64 bytes.
 */
void statement_sign_root(struct buf *body, const struct statement_place *place,
                         const struct root_sk *sk);
MUST_USE bool statement_verify_root(struct slice body, const struct statement_place *place,
                                    const struct root_pk *pk);

/* Items of a list by index, typed. */
static inline const struct envelope_id *statement_id_at(const struct statement_list *list,
                                                        size_t i)
{
    return (const struct envelope_id *)list->items + i;
}
static inline const struct school_id *statement_school_at(const struct statement_list *list,
                                                          size_t i)
{
    return (const struct school_id *)list->items + i;
}
static inline const struct space_tag *statement_tag_at(const struct statement_list *list,
                                                       size_t i)
{
    return (const struct space_tag *)list->items + i;
}
static inline const struct statement_cut *statement_cut_at(const struct statement_list *list,
                                                           size_t i)
{
    return (const struct statement_cut *)list->items + i;
}
static inline const struct statement_grant *statement_grant_at(
    const struct statement_list *list, size_t i)
{
    return (const struct statement_grant *)list->items + i;
}

#endif
