/*
 * net_parts.h: the insides of net, shared by net.c (listening, sending, the end), conn.c
 * (connections) and dial.c (dials), and nobody else.
 */
#ifndef NET_NET_PARTS_H
#define NET_NET_PARTS_H

#include "daemon/net/net.h"
#include "proto/base/map.h"

/*
 * The life of a connection. A conn has two libuv handles (socket and timer) and is freed when
 * both have closed, in whatever order; `closed` is told then, unless net is stopping.
 *
 *   OPEN --net_close--> DRAINING --all sent--> SHUT --peer's end, or time--> CLOSING
 *     \----------- error, end of stream, queue over its bound ------------>/
 */
enum conn_state { CONN_OPEN, CONN_DRAINING, CONN_SHUT, CONN_CLOSING };

struct conn {
    struct net *net;
    uint64_t id;
    enum conn_state state;
    bool incoming;
    bool half_open;
    bool dirty; /* in net->dirty: has something to send at the end of the turn */
    bool writing;
    unsigned handles;
    char host[ADDRESS_TEXT_BYTES]; /* of the other side, for the limit an address */
    uv_tcp_t tcp;
    uv_timer_t timer;
    uv_write_t write;
    uv_shutdown_t shutdown;
    struct buf waiting, flying; /* not yet given to libuv; given */
    uint64_t sent;
    struct conn *prev, *next;
};

/* A dial: a name to look up, addresses to try in turn, one deadline over all. */
struct dial {
    struct net *net;
    uint64_t id;
    enum err failed; /* to be told */
    bool looking_up, connecting, over;
    unsigned handles;
    struct address address;
    char text[ADDRESS_TEXT_BYTES];
    struct addrinfo *found, *at;
    uv_getaddrinfo_t lookup;
    uv_timer_t timer;
    uv_connect_t connect;
    struct conn *conn; /* being connected; not in the table yet */
    struct dial *prev, *next;
};

struct listener {
    struct net *net;
    uv_tcp_t tcp;
};

struct net {
    uv_loop_t *loop;
    struct net_callbacks callbacks;
    struct map conns; /* id -> conn */
    struct conn *all;
    struct dial *dials;
    struct conn **dirty;
    size_t dirty_n, dirty_cap;
    struct listener *listeners[NET_LISTENERS_MAX];
    unsigned listeners_n;
    uv_prepare_t prepare; /* the end of a turn: what was queued goes out */
    uint64_t next_id;
    struct net_stats stats;
    char *read_buffer;
    bool stopping;
    unsigned handles; /* of net, its listeners, conns and dials: at 0 a stopped net is freed */
    void (*stopped)(void *ctx);
    void *stopped_ctx;
};

/* libuv's code as ours. */
enum err net_err(int code);
/* A handle of net's went; the last one frees a stopped net. */
void net_released(struct net *net);

/* A socket that is not in the table yet. */
struct conn *conn_new(struct net *net);
/* Into the table, with a number; reading starts. */
void conn_admit(struct conn *conn, bool incoming);
struct conn *conn_find(const struct net *net, uint64_t id);
/* It is no longer half-open. */
void conn_settle(struct conn *conn);
/* Gives libuv what waits; when all is out and we are leaving, says goodbye to the socket. */
void conn_flush(struct conn *conn);
/* Ends the socket now. `closed` follows when both handles are gone. */
void conn_abort(struct conn *conn);
/* net_close. */
void conn_leave(struct conn *conn);

/* net_dial. */
void dial_start(struct net *net, uint64_t id, const char *address);
/* Gives it up; its callbacks still come to libuv. */
void dial_end(struct dial *dial);

#endif
