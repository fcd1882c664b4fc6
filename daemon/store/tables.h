/*
 * tables.h: the LMDB tables, their keys and values, and what each kind of write does to them.
 * docs/STORAGE.md has the layout as a table; keys are big-endian so that LMDB's byte order is
 * the order that is meant.
 */
#ifndef STORE_TABLES_H
#define STORE_TABLES_H

#include <lmdb.h>

#include "daemon/core/store.h"
#include "daemon/store/store.h"
#include "proto/envelope/envelope.h"

/* X(table, key -> value) */
#define TABLES_TABLE(X)                                                                  \
    X(log)        /* lseq -> flags 1, then header 316 or revision id 32, then payload */ \
    X(statements) /* lseq of each statement in the log -> nothing */                     \
    X(locals)     /* lseq of each local revision in the log -> nothing */                \
    X(ids)        /* envelope id or local revision id 32 -> lseq */                      \
    X(chains)     /* device 32, tag 16, seq 8 -> lseq 8, id 32 */                        \
    X(heads)      /* device 32, tag 16 -> seq 8, id 32 */                                \
    X(beacons)    /* device 32 -> header 316, payload */                                 \
    X(settings)   /* the key's own bytes -> value */                                     \
    X(pieces)     /* piece id 32 -> ciphertext */                                        \
    X(meta)       /* "version" -> 4, "lseq" -> 8, "proof" -> 8 */

enum tables_id {
#define X(name) TABLES_##name,
    TABLES_TABLE(X)
#undef X
        TABLES_COUNT
};

enum {
    TABLES_CHAIN_BYTES = 48,
    TABLES_PLACE_BYTES = 56, /* chain and seq */
};

/* flags of a log value */
enum tables_flags { TABLES_ERASED = 1, TABLES_LOCAL = 2, TABLES_VOUCHED = 4 };

struct tables {
    MDB_env *env;
    MDB_dbi dbi[TABLES_COUNT];
};

/* LMDB's code as ours. A failed write on a disk with nothing left is NO_SPACE, whatever it
 * says. */
enum err tables_err(const struct tables *tables, int code);

/* Opens or makes all tables; brings an older version up. VERSION, CORRUPT, NO_SPACE, IO. */
MUST_USE enum err tables_open(struct tables *tables, store_convert_fn convert, void *ctx);

void tables_chain_key(uint8_t out[TABLES_CHAIN_BYTES], const struct chain *chain);
void tables_place_key(uint8_t out[TABLES_PLACE_BYTES], const struct chain *chain, uint64_t seq);

/* A log value, taken apart; borrowed. */
struct tables_value {
    bool erased;
    bool local;
    bool vouched;
    struct slice header;
    struct slice payload;
    struct revision_id revision;
};
/* CORRUPT when it is not one. */
MUST_USE enum err tables_value(struct tables_value *out, MDB_val value);

/* The greatest lseq ever given, of this transaction's snapshot. */
int tables_lseq(const struct tables *tables, MDB_txn *txn, uint64_t *out);
int tables_set_lseq(const struct tables *tables, MDB_txn *txn, uint64_t lseq);
/* Writes the proof: that a commit works. */
int tables_prove(const struct tables *tables, MDB_txn *txn);

/*
 * What the writes of one transaction share: the last lseq given, and the head of the chain that
 * was written last. That is put when another chain's turn comes, and by tables_finish: once a
 * run, not once an envelope.
 */
struct tables_run {
    uint64_t lseq;
    uint8_t chain[TABLES_CHAIN_BYTES];
    struct place head; /* seq 0: none */
    bool unsaved;
};

/*
 * One write. *refused is ORDER or INVALID when the write may not be (then the transaction must be
 * given up); the result is LMDB's code.
 */
int tables_apply(const struct tables *tables, MDB_txn *txn, const struct write *write,
                 struct tables_run *run, enum err *refused);
/* Before the commit. */
int tables_finish(const struct tables *tables, MDB_txn *txn, struct tables_run *run);

#endif
