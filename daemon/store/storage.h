/*
 * storage.h: the storage thread. The loop hands it batches and reads and never waits; the
 * thread commits all batches that are queued in one transaction (while one fsync runs the next
 * group gathers, which is all the group commit there is) and answers through completions.
 *
 *   storage_commit --> [queue] --> thread: store_commit --> [done] --> storage_take
 *
 * The wake function is called on the storage thread when completions are waiting; it should do
 * no more than uv_async_send. Completions of batches come in the order of the batches.
 *
 * After a batch that failed or was refused every batch behind it fails with the same code until
 * storage_retry: the marker stands in the queue, so what was returned before the node heard of
 * the failure fails, and what it returns afterwards is tried (event.h).
 */
#ifndef STORE_STORAGE_H
#define STORE_STORAGE_H

#include "daemon/store/store.h"

struct storage;

enum {
    /* Bytes that wait to be committed: 64 sessions with a credit of 1 MiB each, twice. A batch
       over it fails with BUSY as if the disk had refused it. */
    STORAGE_QUEUE_BYTES_MAX = 128 * 1024 * 1024,
    STORAGE_READS_MAX = 1024, /* reads that wait; a session has few under way */
};

typedef void (*storage_wake_fn)(void *ctx);

/* Starts the thread. The store must outlive it. SYSTEM when there is no thread to be had. */
MUST_USE enum err storage_start(struct storage **out, struct store *store, storage_wake_fn wake,
                                void *ctx);
/* Finishes what is queued, ends the thread, drops completions not taken. NULL is fine. */
void storage_stop(struct storage *storage);

/* All three copy what they are given and return at once; the answer is a completion. */
void storage_commit(struct storage *storage, uint64_t batch, const struct write *writes,
                    size_t n);
void storage_read(struct storage *storage, const struct read_request *request);
/* Tries the disk again before the next batch. Without a failure it does nothing. */
void storage_retry(struct storage *storage);

enum storage_done_kind { STORAGE_STORED, STORAGE_READ };

struct storage_done {
    enum storage_done_kind kind;
    enum err err;
    uint64_t batch;         /* STORED */
    uint64_t lseq;          /* STORED: the last that is committed */
    uint64_t ticket;        /* READ */
    struct store_read read; /* READ */
    struct storage_done *next;
};

/* The next completion, or NULL. Free it with storage_done_free. */
struct storage_done *storage_take(struct storage *storage);
void storage_done_free(struct storage_done *done);

/* For status and benchmarks. Any thread. */
struct storage_stats {
    uint64_t batches, groups, failures;
    uint64_t queued_bytes;
};
struct storage_stats storage_get_stats(struct storage *storage);

#endif
