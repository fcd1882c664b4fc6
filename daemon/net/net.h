/*
 * net.h: TCP for one node, on the loop that it is given: it listens, dials, moves bytes and
 * says what happened. It knows nothing of what the bytes mean.
 *
 *   incoming          --> opened(conn, dial 0) --> data … --> closed
 *   net_dial(dial)    --> opened(conn, dial)   --> data … --> closed
 *                     \-> dial_failed(dial)
 *
 * A connection has a number that is never used again. `closed` comes exactly once for every
 * `opened`, whoever ended it, and nothing of that connection comes after it; after net_close no
 * more data comes. No callback comes inside a call of this header.
 * All functions belong to the loop's thread.
 */
#ifndef NET_NET_H
#define NET_NET_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "daemon/net/address.h"
#include "proto/base/err.h"
#include "proto/base/mem.h"

struct net;

enum {
    NET_READ_BYTES = 64 * 1024,
    /* What waits to be sent to one peer. Credit keeps honest peers at 1 MiB of envelopes; who
       lets four times that pile up does not read, and is closed. */
    NET_WRITE_BYTES_MAX = 4 * 1024 * 1024,
    NET_CONNS_MAX = 256, /* LIMIT_SESSIONS, LIMIT_HALF_OPEN, and as many on their way out */
    NET_DIALS_MAX = 64,
    NET_DIAL_MS = 10000,  /* name and connection, all addresses of the name together */
    NET_LINGER_MS = 1000, /* to get the last words out before a close */
    NET_LISTENERS_MAX = 4,
    /* A responder sends no more than this (one handshake message of 48 bytes and its length)
       before it knows who is there: an incoming connection is half-open until it has. */
    NET_ANSWER_BYTES = 64,
};

struct net_callbacks {
    void *ctx;
    /* address: of the other side as seen; of a dial as dialled. Borrowed. */
    void (*opened)(void *ctx, uint64_t conn, uint64_t dial, const char *address);
    void (*data)(void *ctx, uint64_t conn, struct slice bytes);
    void (*closed)(void *ctx, uint64_t conn);
    void (*dial_failed)(void *ctx, uint64_t dial, enum err err);
};

/* callbacks are copied. */
struct net *net_new(uv_loop_t *loop, const struct net_callbacks *callbacks);
/*
 * Closes everything at once, without further callbacks; then, later, frees net and calls done.
 */
void net_stop(struct net *net, void (*done)(void *ctx), void *ctx);

/*
 * Listens; port 0 is any, and *port is the one it became. EXISTS when the port is taken,
 * INVALID when the address is none of this machine, LIMIT past NET_LISTENERS_MAX, SYSTEM.
 */
MUST_USE enum err net_listen(struct net *net, const char *address, unsigned *port);

/* dial is the caller's number. */
void net_dial(struct net *net, uint64_t dial, const char *address);
/* Copies. Sent in order, at the end of the loop's turn. A closed conn: nothing happens. */
void net_send(struct net *net, uint64_t conn, struct slice bytes);
/* Ends a connection once what was sent is out, or after NET_LINGER_MS. */
void net_close(struct net *net, uint64_t conn);

/* For status and tests. */
struct net_stats {
    unsigned conns, half_open, dials;
    uint64_t refused; /* incoming connections over a limit */
    uint64_t bytes_in, bytes_out;
};
struct net_stats net_get_stats(const struct net *net);

#endif
