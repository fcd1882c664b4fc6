/*
 * store.h: what the node asks of the place where the truth is kept, declared by its user.
 *
 * Writes are not here: the node *returns* them (struct write, in its update), the runtime commits
 * them in order, and the STORED event tells the node. LMDB (daemon/store) and the simulator's RAM
 * store keep this contract; tests/unit/daemon/store holds both to it.
 *
 * What is kept:
 *   log       every envelope of kind record and statement, and every local revision, in the order
 *             of commit, numbered 1, 2, 3 … by a *local sequence* (lseq) that means nothing to
 *             anyone else. The projection is a function of the log.
 *   chains    (device, tag, seq) -> log entry; the head of each chain
 *   beacons   the newest of each device
 *   local     revisions written before the school joined, by revision id; in the log too
 *   settings  small named values of the node ("node/…") and of the faces ("draft/…", "app/…")
 *   pieces    of files, sealed, by the hash of each (proto/envelope/piece.h)
 */
#ifndef CORE_STORE_H
#define CORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/err.h"
#include "proto/base/id.h"
#include "proto/base/mem.h"

/* One write of a batch. A batch is atomic; batches commit in the order they were returned. */
enum write_kind {
    WRITE_ENVELOPE,   /* header, payload: append to the log and its chain (record, statement).
                         The next seq of its chain, else the whole batch is refused (ORDER); an id
                         that is held already is skipped. erased: header kept without its payload.
                         aside: a statement that the log has and no chain, since the place is not
                         its own or its chain ends before it */
    WRITE_ERASE,      /* chain, seq: the payload goes; the header stays. Absent: nothing happens */
    WRITE_PAYLOAD,    /* chain, seq, payload: puts back a payload that was lost or damaged */
    WRITE_BEACON,     /* header, payload: replaces the beacon of its device */
    WRITE_LOCAL,      /* key = revision id, payload = revision body: append to log and local */
    WRITE_LOCAL_DROP, /* key = revision id: it is wrapped now; its log entry goes */
    WRITE_SETTING,    /* key, payload: sets a setting; {NULL, 0} deletes it */
    WRITE_PIECE,      /* key = piece id, payload = its ciphertext; held already: nothing happens */
    WRITE_PIECE_DROP, /* key = piece id: it goes; absent: nothing happens */
};

struct write {
    enum write_kind kind;
    const struct envelope_id *id; /* the header's, where it is known; NULL: it is computed */
    struct slice header; /* ENVELOPE_HEADER_BYTES */
    struct slice payload;
    struct slice key;
    struct chain chain;
    uint64_t seq;
    bool erased;
    bool aside;
    bool vouched; /* a statement: fold_vouched said so, and is not to find it out again */
};

/* An envelope at a place of a chain, as kept. */
struct stored {
    uint64_t lseq;
    struct envelope_id id;
    bool payload_held;
};

typedef void (*store_head_fn)(void *arg, const struct chain *chain, const struct place *head);
/* The slices are borrowed until the function returns. */
typedef void (*store_envelope_fn)(void *arg, struct slice header, struct slice payload);
typedef void (*store_pair_fn)(void *arg, struct slice key, struct slice value);
/* vouched: as it was written. */
typedef void (*store_statement_fn)(void *arg, struct slice header, struct slice payload,
                                   bool vouched);
typedef void (*store_piece_fn)(void *arg, const struct piece_id *id, size_t bytes);

/*
 * Small reads, answered at once, of what is committed. Const: they change nothing and see whole
 * batches only. The each_* walk everything of their kind and are for the start of a node.
 */
struct store_reader {
    void *ctx;
    void (*each_head)(void *ctx, store_head_fn fn, void *arg);
    void (*each_statement)(void *ctx, store_statement_fn fn, void *arg); /* in order of lseq */
    void (*each_beacon)(void *ctx, store_envelope_fn fn, void *arg);
    /* Settings whose key begins with prefix, in order of key. */
    void (*each_setting)(void *ctx, const char *prefix, store_pair_fn fn, void *arg);
    /* The envelope at a place; false when none is held there. */
    bool (*at)(void *ctx, const struct chain *chain, uint64_t seq, struct stored *out);
    /* Where an envelope stands. */
    bool (*find)(void *ctx, const struct envelope_id *id, struct chain *chain, uint64_t *seq);
    /* Its 316 bytes. */
    MUST_USE enum err (*header)(void *ctx, const struct chain *chain, uint64_t seq, uint8_t *out);
    /* Bytes held of a piece of a file; 0: none. */
    size_t (*piece)(void *ctx, const struct piece_id *id);
    /* All pieces, ascending by id. */
    void (*each_piece)(void *ctx, store_piece_fn fn, void *arg);
};

/* Larger reads are asked for in the update and come back as the READ event. */
enum read_kind {
    READ_RUN,    /* chain: envelopes from seq on, at most count and bytes_max */
    READ_PIECE,  /* piece: one entry, its ciphertext as payload; none when it is not held */
    READ_LOCAL,  /* local revisions in order of lseq, from lseq = seq on, at most count */
};

struct read_request {
    enum read_kind kind;
    uint64_t ticket;
    struct piece_id piece; /* READ_PIECE */
    struct chain chain;
    uint64_t seq;
    size_t count;
    size_t bytes_max;
};

struct read_entry {
    struct slice header;  /* empty for a local revision */
    struct slice payload; /* empty with erased: the payload is not held */
    struct revision_id revision; /* of a local revision */
    uint64_t lseq;
    bool erased;
    bool vouched; /* of a statement */
};

/* The log as the projection reads it, from its own thread. */
enum log_kind { LOG_RECORD, LOG_STATEMENT, LOG_LOCAL };

struct log_entry {
    enum log_kind kind;
    uint64_t lseq;
    struct slice header;
    struct slice payload;
    struct revision_id revision; /* LOG_LOCAL */
    bool erased;
    bool vouched; /* LOG_STATEMENT: as it was written */
};

/* Return false to stop. The entry is borrowed until the function returns. */
typedef bool (*log_fn)(void *arg, const struct log_entry *entry);

struct log_reader {
    void *ctx;
    /* Entries with lseq > after, ascending, at most max of them, of one snapshot. */
    MUST_USE enum err (*read)(void *ctx, uint64_t after, size_t max, log_fn fn, void *arg);
    /* One entry by lseq. NOT_FOUND when it is gone. */
    MUST_USE enum err (*get)(void *ctx, uint64_t lseq, log_fn fn, void *arg);
    /* The greatest lseq ever given; the log may have holes (dropped local revisions). */
    uint64_t (*last)(void *ctx);
};

#endif
