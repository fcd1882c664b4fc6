/*
 * world_log.h: a log in memory, as daemon/core/store.h tells it, over what was said in a world.
 */
#ifndef TESTS_UNIT_DAEMON_VIEW_WORLD_LOG_H
#define TESTS_UNIT_DAEMON_VIEW_WORLD_LOG_H

#include "daemon/core/store.h"
#include "proto/crypto/hash.h"
#include "proto/envelope/envelope.h"
#include "proto/record/revision.h"
#include "tests/support/tests.h"

enum { WORLD_SAID = 4096 };

struct world_said {
    enum log_kind kind;
    struct chain chain;
    uint64_t seq;
    struct envelope_id id;
    uint8_t header[ENVELOPE_HEADER_BYTES];
    struct buf payload;
};

/* A log in memory, as store.h tells it. */
struct world_log {
    struct log_entry entries[WORLD_SAID];
    struct world_said *said[WORLD_SAID]; /* NULL for a local revision */
    bool dropped[WORLD_SAID];
    size_t n; /* lseq = index + 1 */
    struct log_reader reader;
};

static inline enum err world_log_read(void *ctx, uint64_t after, size_t max, log_fn fn,
                                      void *arg)
{
    struct world_log *log = ctx;
    for (size_t i = (size_t)after; i < log->n && max > 0; i++) {
        if (log->dropped[i]) continue;
        max--;
        if (!fn(arg, &log->entries[i])) break;
    }
    return ERR_OK;
}

static inline enum err world_log_get(void *ctx, uint64_t lseq, log_fn fn, void *arg)
{
    struct world_log *log = ctx;
    if (lseq == 0 || lseq > log->n || log->dropped[lseq - 1]) return ERR_NOT_FOUND;
    (void)fn(arg, &log->entries[lseq - 1]);
    return ERR_OK;
}

static inline uint64_t world_log_last(void *ctx)
{
    return ((struct world_log *)ctx)->n;
}

static inline void world_put_log(struct world_log *log, struct world_said *said, bool erased)
{
    assert_true(log->n < WORLD_SAID);
    struct log_entry *entry = &log->entries[log->n];
    *entry = (struct log_entry){.kind = said->kind,
                                .lseq = log->n + 1,
                                .header = slice_of(said->header, ENVELOPE_HEADER_BYTES),
                                .payload = buf_slice(&said->payload),
                                .erased = erased};
    if (erased) entry->payload = slice_of(NULL, 0);
    log->said[log->n++] = said;
}

static inline void world_put_local(struct world_log *log, struct slice body)
{
    struct log_entry *entry = &log->entries[log->n];
    *entry = (struct log_entry){.kind = LOG_LOCAL,
                                .lseq = log->n + 1,
                                .payload = slice_of(mem_dup(body.p, body.n), body.n)};
    hash_bytes(entry->revision.b, sizeof(entry->revision.b), slice_of(NULL, 0),
               REVISION_ID_LABEL, body, slice_of(NULL, 0));
    log->said[log->n++] = NULL;
}

#endif
