/*
 * store.h: the truth on disk: LMDB behind the contract of daemon/core/store.h.
 *
 * One process owns a store (a second open is refused), one thread at a time commits, and any
 * thread may read. A commit is one transaction for a group of batches, made durable by one
 * fsync. Each batch is atomic; one that is refused leaves those before it alone, and takes with
 * it those after it, which were made by a node that believed it would hold.
 *
 * When the disk fails the store *stops taking writes* and goes on serving reads. It never tries
 * the same transaction again: a failed fsync says nothing about what reached the disk, so the
 * batches are reported as lost, and store_retry opens the files anew and proves them with a
 * commit of its own before anything else may be written.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "daemon/core/store.h"

struct store;

enum {
    STORE_VERSION = 2, /* 2: what the node keeps as settings is sealed by who opens the store */
    STORE_MAP_BYTES = 64 * 1024 * 1024,  /* the first map; address space, not memory */
    /* What is left of the disk for the view, which follows the log: a part of the whole, at
       most so much. Below it a write is refused with NO_SPACE. */
    STORE_LEFT_SHARE = 8,
    STORE_LEFT_MAX = 64 * 1024 * 1024,
    STORE_GROUP_BYTES = 8 * 1024 * 1024, /* payload in one transaction, about; see storage.c */
    STORE_KEY_BYTES_MAX = 500,           /* a setting's key; LMDB's own bound is 511 */
};

/* Where a test may make the store fail. */
enum store_fault {
    STORE_FAULT_WRITE,  /* one write of a batch */
    STORE_FAULT_COMMIT, /* the transaction's fsync */
    STORE_FAULT_GROW,   /* the map's growth */
    STORE_FAULT_RETRY,  /* the proof after a failure */
};

/* OK lets it pass; another code is what the disk seems to have said. On the committing thread.
 */
typedef enum err (*store_fault_fn)(void *ctx, enum store_fault fault);

/*
 * A store of version 1 had the "node/" settings in the clear: each goes through this, once, in
 * the transaction that makes it version 2. NULL leaves them.
 */
typedef void (*store_convert_fn)(void *ctx, struct slice key, struct slice value,
                                 struct buf *out);

struct store_options {
    const char *dir;      /* made when it is not there (0700) */
    size_t map_bytes;     /* 0: STORE_MAP_BYTES */
    size_t map_bytes_max; /* 0: as far as the disk goes */
    store_convert_fn convert;
    void *convert_ctx;
    store_fault_fn fault; /* NULL in production */
    void *fault_ctx;
};

/*
 * LOCKED when another process has it; VERSION when a newer Kith wrote it; CORRUPT when LMDB
 * says so; NO_SPACE, IO, SYSTEM. A store that is new is empty.
 */
MUST_USE enum err store_open(struct store **out, const struct store_options *options);
/* No thread may be inside. NULL is fine. */
void store_close(struct store *store);

struct store_batch {
    uint64_t batch; /* the caller's number */
    const struct write *writes;
    size_t n;
    enum err err;  /* out */
    uint64_t lseq; /* out: the last local sequence after this batch, when err is OK */
};

/*
 * Commits batches in order and durably, and sets err in each. ORDER or INVALID: that batch was
 * refused, nothing of it is kept, nor of those after it, which have the same code. NO_SPACE,
 * IO, CORRUPT: the commit failed, every batch that was not refused has that code and
 * store_failed tells it from then on.
 */
void store_commit(struct store *store, struct store_batch *batches, size_t n);

/* OK, or why writes are refused. Any thread. */
enum err store_failed(const struct store *store);
/* After a failure, on the committing thread: opens anew and proves that writing works. */
MUST_USE enum err store_retry(struct store *store);

/* The reads of the contract. They hold as long as the store is open; any thread. */
const struct store_reader *store_get_reader(struct store *store);
const struct log_reader *store_get_log(struct store *store);

/* The answer to a read request. All zero is empty; it owns its bytes. */
struct store_read {
    struct arena arena;
    struct read_entry *entries;
    size_t n;
    bool more; /* the bound was reached before the end */
};

/* At least one entry when there is one, whatever bytes_max says. Any thread. */
MUST_USE enum err store_read(struct store *store, const struct read_request *request,
                             struct store_read *out);
void store_read_fini(struct store_read *read);

/* Pages in use and the map, in bytes. */
struct store_size {
    uint64_t used_bytes;
    uint64_t map_bytes;
};
struct store_size store_get_size(struct store *store);

#endif
