/*
 * update.h: everything a node wants done after a step. The runtime carries it out in this order,
 * always: commit the batch (asynchronously), start the reads, send, dial, close, reply, notify,
 * arm the timer. Sends in an update never depend on its own batch: what does is returned by the
 * step that gets EVENT_STORED.
 *
 * All memory belongs to the node and holds until the next step; the runtime copies what it keeps.
 */
#ifndef CORE_UPDATE_H
#define CORE_UPDATE_H

#include "daemon/core/command.h"
#include "daemon/core/store.h"

struct update_send {
    uint64_t conn;
    struct slice bytes;
};

struct update_dial {
    uint64_t dial; /* the node's number, answered by CONN_OPENED or DIAL_FAILED */
    const char *address;
};

/* What changed, for those who watch: server-sent events, the projection. */
enum update_notice {
    NOTICE_LOG = 1,        /* the log grew: the projection has work */
    NOTICE_MEMBERSHIP = 2, /* the fold, the requests or the invites changed */
    NOTICE_PEERS = 4,      /* sessions, beacons or who holds what changed */
    NOTICE_JOINED = 8,     /* this node is in its network now */
    NOTICE_ALARM = 16,     /* the store failed or works again */
};

/*
 * One line of the machine's story, as data, for logs and golden traces: which machine moved, on
 * which connection, from what to what. `text` values are static strings or belong to the node.
 */
struct update_trace {
    const char *machine; /* "session", "join", "store" … */
    uint64_t conn;       /* 0 when none */
    const char *from;
    const char *to;
    const char *why; /* or NULL */
    uint64_t number; /* a count or size that says how much; 0 when none */
};

struct update {
    uint64_t batch; /* 0: nothing to commit. A batch without writes is answered in its turn too */
    const struct write *writes;
    size_t writes_n;
    const struct read_request *reads;
    size_t reads_n;
    const struct update_send *sends;
    size_t sends_n;
    const struct update_dial *dials;
    size_t dials_n;
    const uint64_t *closes; /* connections to close once what was sent is out */
    size_t closes_n;
    const struct reply *replies;
    size_t replies_n;
    const struct update_trace *traces;
    size_t traces_n;
    unsigned notices; /* of enum update_notice */
    uint64_t wake_ms; /* when EVENT_TICK is due at the latest; UINT64_MAX: never */
};

#endif
