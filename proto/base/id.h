/*
 * id.h: one struct for each kind of identifier and public key, so that two kinds cannot be
 * swapped by mistake. All are plain bytes, compared as bytes (memcmp order is the order that
 * the formats mean by "ascending").
 *
 * For each kind K of the table: struct K {uint8_t b[size];}, K_eq, K_cmp, K_is_zero.
 */
#ifndef BASE_ID_H
#define BASE_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* X(kind, bytes): where it comes from is said in DESIGN's words in docs/PROTOCOL.md. */
#define ID_TABLE(X)                                                                            \
    X(network_id, 32)   /* the id of the founding statement */                                 \
    X(school_id, 32)    /* hash of the school's first root key */                              \
    X(root_pk, 32)      /* Ed25519, a school's root */                                         \
    X(recovery_pk, 32)  /* X25519, a school's recovery key */                                  \
    X(device_pk, 32)    /* Ed25519, signs envelopes */                                         \
    X(box_pk, 32)       /* X25519, receives grants */                                          \
    X(transport_pk, 32) /* X25519, the Noise static key */                                     \
    X(space_id, 32)                                                                            \
    X(space_tag, 16)    /* the first 16 bytes of a space id; zero: the statements */           \
    X(key_id, 32)       /* names an epoch's key */                                             \
    X(envelope_id, 32)  /* of an envelope of any kind; a statement's id is its envelope's */   \
    X(revision_id, 32)                                                                         \
    X(record_id, 16)                                                                           \
    X(edit_id, 16)      /* one edit that went to several spaces */                             \
    X(invite_id, 16)                                                                           \
    X(piece_id, 32)     /* hash of a file's sealed piece */                                    \
    X(digest, 32)

#define X(kind, bytes)                                                                         \
    struct kind {                                                                              \
        uint8_t b[bytes];                                                                      \
    };                                                                                         \
    static inline int kind##_cmp(const struct kind *x, const struct kind *y)                   \
    {                                                                                          \
        return memcmp(x->b, y->b, bytes);                                                      \
    }                                                                                          \
    static inline bool kind##_eq(const struct kind *x, const struct kind *y)                   \
    {                                                                                          \
        return memcmp(x->b, y->b, bytes) == 0;                                                 \
    }                                                                                          \
    static inline bool kind##_is_zero(const struct kind *x)                                    \
    {                                                                                          \
        static const struct kind zero;                                                         \
        return memcmp(x->b, zero.b, bytes) == 0;                                               \
    }
ID_TABLE(X)
#undef X

/* A chain: the envelopes of one device in one space (tag zero: its statements). */
struct chain {
    struct device_pk device;
    struct space_tag tag;
};

int chain_cmp(const struct chain *x, const struct chain *y);
bool chain_eq(const struct chain *x, const struct chain *y);

/* A place in a chain: seq from 1; id of the envelope there. seq 0, id zero: before the first. */
struct place {
    uint64_t seq;
    struct envelope_id id;
};

/* A device's last place in a space that the context names: what frontiers and peers compare. */
struct entry {
    struct device_pk device;
    struct place head;
};

#endif
