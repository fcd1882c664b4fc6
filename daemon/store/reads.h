/*
 * reads.h: how threads read beside the writer. A read is a short LMDB transaction under a
 * shared lock; what changes the environment (a larger map, opening anew after a failure) takes
 * the lock alone. Nothing is called back while a transaction of the log is open, so that a slow
 * projection neither holds that lock nor keeps LMDB from reusing pages. The each_* walks do
 * call back inside: they are for the start of a node.
 */
#ifndef STORE_READS_H
#define STORE_READS_H

#include <pthread.h>

#include "daemon/store/store.h"
#include "daemon/store/tables.h"

enum reads_user { READS_LOOP, READS_VIEW, READS_STORAGE, READS_USERS };

/* A transaction kept for reuse: renewing one costs a microsecond, beginning one ten. */
struct reads_slot {
    pthread_mutex_t mutex;
    MDB_txn *txn;
};

struct reads {
    const struct tables *tables;
    pthread_rwlock_t lock;
    struct reads_slot slots[READS_USERS];
    struct store_reader reader;
    struct log_reader log;
};

enum { READS_LOG_BYTES = 1024 * 1024 }; /* copied out of one transaction for the projection */

void reads_init(struct reads *reads, const struct tables *tables);
void reads_fini(struct reads *reads);
/* Keeps everyone out, and lets go of what belongs to the environment. */
void reads_shut(struct reads *reads);
void reads_reopen(struct reads *reads);

MUST_USE enum err reads_request(struct reads *reads, const struct read_request *request,
                                struct store_read *out);

#endif
