/*
 * base.h: the database, as far as this program knows it: all that calls libpq. A statement is
 * answered before the function returns. What fails is said in `why` and is one of two things:
 * ERR_CLOSED, the connection is gone (try again), or ERR_REFUSED, the database said no.
 */
#ifndef POSTGRES_BASE_H
#define POSTGRES_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/err.h"
#include "proto/base/mem.h"

enum { BASE_PARAMS_MAX = 8, BASE_WHY_BYTES = 400 };

struct base {
    void *connection; /* a PGconn */
    char why[BASE_WHY_BYTES];
};

/* One answered SELECT; cells are texts, NULL where they are null. */
typedef void (*base_row_fn)(void *arg, const char *const *cells, size_t n);

MUST_USE enum err base_open(struct base *base, const char *url);
void base_close(struct base *base);

/* Statements without parameters, several with ; between. */
MUST_USE enum err base_run(struct base *base, const char *sql);
/* One with parameters (texts, NULL for null). rows: how many it changed; may be NULL. */
MUST_USE enum err base_change(struct base *base, const char *sql, const char *const *params,
                              size_t n, uint64_t *rows);
MUST_USE enum err base_select(struct base *base, const char *sql, const char *const *params,
                              size_t n, base_row_fn fn, void *arg);
/* Nobody else writes a copy into that schema while this connection lives. EXISTS: somebody
 * does. */
MUST_USE enum err base_lock(struct base *base, const char *schema);

#endif
