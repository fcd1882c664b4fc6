/*
 * event.h: everything that can happen to a node. The clock is read once a turn by the runtime and
 * stands in the event: now_ms never goes back and orders deadlines; wall_s is what the machine
 * believes the date is, for display and for the expiry that a person judges, never for order.
 *
 * All pointers are borrowed: they hold until node_step returns.
 */
#ifndef CORE_EVENT_H
#define CORE_EVENT_H

#include "daemon/core/command.h"
#include "daemon/core/store.h"

enum event_kind {
    EVENT_START,       /* first of all; once */
    EVENT_TICK,        /* the time asked for in update.wake_ms has come */
    EVENT_STORED,      /* a batch is durable, or failed as a whole */
    EVENT_READ,        /* the answer to a read request */
    EVENT_CONN_OPENED, /* an incoming connection, or an outgoing one that got through */
    EVENT_CONN_DATA,
    EVENT_CONN_CLOSED, /* for every conn once, also after the node closed it */
    EVENT_DIAL_FAILED,
    EVENT_COMMAND,
    EVENT_STOP,        /* last of all: peers are told that this daemon ends */
};

struct event_stored {
    uint64_t batch;
    enum err err;   /* not OK: this batch and every later one returned before this event failed */
    uint64_t lseq;  /* the last local sequence that is committed */
};

struct event_read {
    uint64_t ticket;
    enum err err;
    const struct read_entry *entries;
    size_t n;
    bool more; /* the bound was reached before the end */
};

struct event_conn {
    uint64_t conn;       /* the runtime's number for it, never used twice */
    uint64_t dial;       /* OPENED, DIAL_FAILED: the dial it answers; 0 for an incoming one */
    const char *address; /* OPENED: host:port of the other side */
    struct slice bytes;  /* DATA */
};

struct event {
    enum event_kind kind;
    uint64_t now_ms;
    int64_t wall_s;
    union {
        struct event_stored stored;
        struct event_read read;
        struct event_conn conn;
        const struct command *command;
    };
};

#endif
