/*
 * ram_store.h: the simulator's store: the contract of daemon/core/store.h in memory, without
 * I/O. tests/unit/daemon/store/contract_test.c holds it and LMDB to the same behaviour.
 *
 * A batch that was submitted waits until it is synced; a crash loses what waits. The simulator
 * decides when each happens.
 */
#ifndef SIM_RAM_STORE_H
#define SIM_RAM_STORE_H

#include "daemon/core/store.h"

struct ram_store;

struct ram_store *ram_store_new(void);
void ram_store_free(struct ram_store *store);
/* A copy of what is synced: a cloned disk. */
struct ram_store *ram_store_clone(const struct ram_store *store);

/* Queues a batch (copied). */
void ram_store_submit(struct ram_store *store, uint64_t batch, const struct write *writes,
                      size_t n);
/* Batches that wait. */
size_t ram_store_pending(const struct ram_store *store);

struct ram_store_result {
    uint64_t batch;
    enum err err;
    uint64_t lseq; /* the last that is committed */
};
/*
 * Syncs the oldest waiting batch. False when none waits. ORDER, INVALID: refused, nothing kept,
 * and all that wait now will fail with the same code.
 */
bool ram_store_sync(struct ram_store *store, struct ram_store_result *out);
/* Fails the oldest waiting batch with err, as a full or failing disk does; the others follow.
 */
bool ram_store_fail(struct ram_store *store, enum err err, struct ram_store_result *out);
/* The power goes: every waiting batch is lost. What was synced stays. */
void ram_store_crash(struct ram_store *store);

/* Valid as long as the store. */
const struct store_reader *ram_store_get_reader(struct ram_store *store);
const struct log_reader *ram_store_get_log(struct ram_store *store);

/* The answer to a read request; borrowed until the next sync, and *entries until the next read.
 */
MUST_USE enum err ram_store_read(struct ram_store *store, const struct read_request *request,
                                 const struct read_entry **entries, size_t *n, bool *more);

#endif
