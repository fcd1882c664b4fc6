/*
 * daemon.h: the daemon that is copied from, over its API: who it is, its types, pages of what
 * changed, and its stream of events.
 */
#ifndef POSTGRES_DAEMON_H
#define POSTGRES_DAEMON_H

#include <jansson.h>

#include "proto/base/err.h"
#include "proto/base/mem.h"
#include "proto/record/schema.h"

struct daemon {
    const char *socket;
    const char *network; /* its local name; "-" for the only one */
    bool mine;
    char why[300]; /* what failed, for a person */
};

/* CLOSED: nobody answers (try again). REFUSED: it said no; `why` is its sentence. */

/* The ids of network (of the school, while it has joined none) and device. free() both. */
MUST_USE enum err daemon_who(struct daemon *daemon, char **network, char **device);
/* Its types, those that are not built in too. */
MUST_USE enum err daemon_schemas(struct daemon *daemon, struct schema_set **out);

struct daemon_page {
    struct buf text;  /* the answer as it came, with a NUL */
    json_t *json;     /* the same */
    const char *next; /* NULL: the last; borrowed from json */
    uint64_t applied;
    size_t n;
};
/* since NULL: all that shows. cursor NULL: the first page. */
MUST_USE enum err daemon_changes(struct daemon *daemon, const char *since, const char *cursor,
                                 size_t limit, struct daemon_page *out);
void daemon_page_fini(struct daemon_page *page);

/* The number of the last event so far. What changes after it is told by daemon_follow. */
MUST_USE enum err daemon_event(struct daemon *daemon, char out[24]);
/* Calls fn whenever something changed after that event, until it returns false; CLOSED when the
 * daemon goes. */
typedef bool (*daemon_changed_fn)(void *arg);
MUST_USE enum err daemon_follow(struct daemon *daemon, const char *event, daemon_changed_fn fn,
                                void *arg);

#endif
