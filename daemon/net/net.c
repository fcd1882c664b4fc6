#include "daemon/net/net.h"

#include <stdlib.h>
#include <string.h>

#include "proto/base/check.h"
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

static void on_conn_handle_closed(uv_handle_t *handle);
static void on_conn_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *out);
static void on_conn_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf);
static void on_conn_written(uv_write_t *req, int status);
static void on_conn_shutdown(uv_shutdown_t *req, int status);
static void on_conn_timer(uv_timer_t *timer);
static void on_dial_found(uv_getaddrinfo_t *req, int status, struct addrinfo *found);
static void on_dial_connected(uv_connect_t *req, int status);
static void on_dial_timer(uv_timer_t *timer);
static void on_dial_handle_closed(uv_handle_t *handle);
static void on_listener_conn(uv_stream_t *stream, int status);
static void on_listener_closed(uv_handle_t *handle);
static void on_net_turn_end(uv_prepare_t *prepare);
static void on_net_handle_closed(uv_handle_t *handle);

static enum err uv_err(int code)
{
    switch (code) {
    case 0:
        return ERR_OK;
    case UV_EADDRINUSE:
        return ERR_EXISTS;
    case UV_EADDRNOTAVAIL:
    case UV_EINVAL:
    case UV_EAFNOSUPPORT:
        return ERR_INVALID;
    case UV_ETIMEDOUT:
        return ERR_TIMEOUT;
    case UV_ECONNREFUSED:
    case UV_ECONNRESET:
    case UV_EHOSTUNREACH:
    case UV_ENETUNREACH:
    case UV_EAI_NONAME:
    case UV_EAI_AGAIN:
        return ERR_CLOSED;
    default:
        return ERR_SYSTEM;
    }
}

/* A handle of net's went; the last one frees a stopped net. */
static void handle_gone(struct net *net)
{
    if (--net->handles > 0 || !net->stopping) return;
    void (*done)(void *ctx) = net->stopped;
    void *ctx = net->stopped_ctx;
    for (unsigned i = 0; i < net->listeners_n; i++)
        free(net->listeners[i]);
    map_fini(&net->conns);
    free(net->dirty);
    free(net->read_buffer);
    free(net);
    done(ctx);
}

/* ------------------------------------------------------------------------- connections -- */

static struct conn *conn_new(struct net *net)
{
    struct conn *conn = mem_zalloc(sizeof(*conn));

    conn->net = net;
    conn->handles = 2;
    net->handles += 2;
    CHECK(uv_tcp_init(net->loop, &conn->tcp) == 0);
    CHECK(uv_timer_init(net->loop, &conn->timer) == 0);
    conn->tcp.data = conn;
    conn->timer.data = conn;
    return conn;
}

/* Ends the socket now. `closed` follows when both handles are gone. */
static void conn_abort(struct conn *conn)
{
    if (conn->state == CONN_CLOSING) return;
    conn->state = CONN_CLOSING;
    uv_close((uv_handle_t *)&conn->tcp, on_conn_handle_closed);
    uv_close((uv_handle_t *)&conn->timer, on_conn_handle_closed);
}

static void conn_settle(struct conn *conn)
{
    if (!conn->half_open) return;
    conn->half_open = false;
    conn->net->stats.half_open--;
}

/* Into the table, with a number; reading starts. */
static void conn_admit(struct conn *conn, bool incoming)
{
    struct net *net = conn->net;

    conn->id = ++net->next_id;
    conn->incoming = incoming;
    conn->half_open = incoming;
    net->stats.half_open += incoming;
    net->stats.conns++;
    conn->next = net->all;
    if (net->all != NULL) net->all->prev = conn;
    net->all = conn;
    map_put(&net->conns, &conn->id, (uintptr_t)conn);
    /* Frames are whole answers; waiting for more of them (Nagle) costs a round trip each. */
    (void)uv_tcp_nodelay(&conn->tcp, 1);
    (void)uv_tcp_keepalive(&conn->tcp, 1, 60);
    if (uv_read_start((uv_stream_t *)&conn->tcp, on_conn_allocate, on_conn_read) != 0)
        conn_abort(conn);
}

static void conn_free(struct conn *conn)
{
    struct net *net = conn->net;
    uint64_t id = conn->id;

    if (id != 0) {
        conn_settle(conn);
        net->stats.conns--;
        map_delete(&net->conns, &conn->id);
        if (conn->prev != NULL)
            conn->prev->next = conn->next;
        else
            net->all = conn->next;
        if (conn->next != NULL) conn->next->prev = conn->prev;
        for (size_t i = 0; conn->dirty && i < net->dirty_n; i++) {
            if (net->dirty[i] == conn) net->dirty[i] = NULL;
        }
    }
    buf_fini(&conn->waiting);
    buf_fini(&conn->flying);
    free(conn);
    if (id != 0 && !net->stopping) net->callbacks.closed(net->callbacks.ctx, id);
}

static struct conn *conn_find(const struct net *net, uint64_t id)
{
    const uint64_t *value = map_get(&net->conns, &id);
    return value == NULL ? NULL : (struct conn *)(uintptr_t)*value;
}

/* Gives libuv what waits; when all is out and we are leaving, says goodbye to the socket. */
static void conn_flush(struct conn *conn)
{
    if (conn->writing || conn->state == CONN_CLOSING) return;
    if (conn->waiting.len == 0) {
        if (conn->state != CONN_DRAINING) return;
        conn->state = CONN_SHUT;
        if (uv_shutdown(&conn->shutdown, (uv_stream_t *)&conn->tcp, on_conn_shutdown) != 0)
            conn_abort(conn);
        return;
    }
    struct buf out = conn->waiting;
    conn->waiting = conn->flying;
    conn->waiting.len = 0;
    conn->flying = out;
    uv_buf_t bytes = uv_buf_init((char *)out.data, (unsigned)out.len);
    conn->writing = true;
    if (uv_write(&conn->write, (uv_stream_t *)&conn->tcp, &bytes, 1, on_conn_written) != 0) {
        conn->writing = false;
        conn_abort(conn);
    }
}

static void conn_written(struct conn *conn, int status)
{
    enum { KEEP_BYTES = 64 * 1024 };

    conn->writing = false;
    if (status != 0) {
        conn_abort(conn);
        return;
    }
    conn->net->stats.bytes_out += conn->flying.len;
    conn->flying.len = 0;
    if (conn->flying.cap > KEEP_BYTES) buf_fini(&conn->flying);
    conn_flush(conn);
}

static void conn_read(struct conn *conn, ssize_t n, const char *bytes)
{
    struct net *net = conn->net;

    if (n < 0) {
        conn_abort(conn);
    } else if (n > 0 && conn->state == CONN_OPEN) {
        net->stats.bytes_in += (uint64_t)n;
        net->callbacks.data(net->callbacks.ctx, conn->id, slice_of(bytes, (size_t)n));
    }
}

/* ------------------------------------------------------------------------------ dialling -- */

static void dial_fail(struct dial *dial, enum err err);

static void dial_end(struct dial *dial)
{
    if (dial->over) return;
    dial->over = true;
    if (dial->looking_up) uv_cancel((uv_req_t *)&dial->lookup);
    if (dial->conn != NULL && dial->connecting)
        conn_abort(dial->conn); /* its connect request ends with an error */
    uv_close((uv_handle_t *)&dial->timer, on_dial_handle_closed);
}

/* Freed when nothing of libuv's points at it any more. */
static void dial_release(struct dial *dial)
{
    struct net *net = dial->net;

    if (--dial->handles > 0) return;
    if (dial->prev != NULL)
        dial->prev->next = dial->next;
    else
        net->dials = dial->next;
    if (dial->next != NULL) dial->next->prev = dial->prev;
    net->stats.dials--;
    uv_freeaddrinfo(dial->found);
    if (dial->failed != ERR_OK && !net->stopping)
        net->callbacks.dial_failed(net->callbacks.ctx, dial->id, dial->failed);
    free(dial);
    handle_gone(net);
}

static void dial_try(struct dial *dial, const struct sockaddr *to)
{
    dial->conn = conn_new(dial->net);
    dial->connect.data = dial;
    int rc = uv_tcp_connect(&dial->connect, &dial->conn->tcp, to, on_dial_connected);
    if (rc == 0) {
        dial->connecting = true;
        dial->handles++;
        return;
    }
    conn_abort(dial->conn);
    dial->conn = NULL;
    dial_fail(dial, uv_err(rc));
}

/* The next address of the name, or the end. */
static void dial_fail(struct dial *dial, enum err err)
{
    if (dial->over) return;
    if (dial->at != NULL) dial->at = dial->at->ai_next;
    if (dial->at != NULL && err != ERR_TIMEOUT) {
        dial_try(dial, dial->at->ai_addr);
        return;
    }
    dial->failed = err;
    dial_end(dial);
}

static void dial_connected(struct dial *dial, int status)
{
    struct net *net = dial->net;
    struct conn *conn = dial->conn;

    dial->connecting = false;
    dial->conn = NULL;
    if (dial->over || status != 0) {
        conn_abort(conn);
        dial_fail(dial, uv_err(status));
        return;
    }
    (void)strcpy(conn->host, dial->address.host);
    conn_admit(conn, false);
    dial_end(dial);
    net->callbacks.opened(net->callbacks.ctx, conn->id, dial->id, dial->text);
}

static void dial_found(struct dial *dial, int status, struct addrinfo *found)
{
    dial->looking_up = false;
    dial->found = found;
    if (dial->over) return;
    if (status != 0 || found == NULL) {
        dial_fail(dial, status == 0 ? ERR_NOT_FOUND : uv_err(status));
        return;
    }
    dial->at = found;
    dial_try(dial, found->ai_addr);
}

/* Runs from the timer's first tick, so that nothing can come back inside net_dial. */
static void dial_begin(struct dial *dial)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct sockaddr_storage ip;
    char port[8];

    uv_timer_start(&dial->timer, on_dial_timer, NET_DIAL_MS, 0);
    if (address_is_ip(&dial->address, &ip)) {
        dial_try(dial, (const struct sockaddr *)&ip);
        return;
    }
    (void)snprintf(port, sizeof(port), "%u", dial->address.port);
    dial->lookup.data = dial;
    int rc = uv_getaddrinfo(dial->net->loop, &dial->lookup, on_dial_found, dial->address.host,
                            port, &hints);
    if (rc != 0) {
        dial_fail(dial, uv_err(rc));
        return;
    }
    dial->looking_up = true;
    dial->handles++;
}

static void dial_tick(struct dial *dial)
{
    if (dial->failed != ERR_OK)
        dial_end(dial);
    else if (!dial->looking_up && !dial->connecting)
        dial_begin(dial);
    else
        dial_fail(dial, ERR_TIMEOUT);
}

void net_dial(struct net *net, uint64_t id, const char *address)
{
    struct dial *dial = mem_zalloc(sizeof(*dial));

    CHECK(!net->stopping);
    dial->net = net;
    dial->id = id;
    dial->handles = 1;
    net->handles++;
    if (++net->stats.dials > NET_DIALS_MAX)
        dial->failed = ERR_BUSY;
    else if (address_parse(&dial->address, address) != ERR_OK || dial->address.port == 0)
        dial->failed = ERR_INVALID;
    (void)snprintf(dial->text, sizeof(dial->text), "%s", address);
    dial->next = net->dials;
    if (net->dials != NULL) net->dials->prev = dial;
    net->dials = dial;
    CHECK(uv_timer_init(net->loop, &dial->timer) == 0);
    dial->timer.data = dial;
    uv_timer_start(&dial->timer, on_dial_timer, 0, 0);
}

/* ----------------------------------------------------------------------------- listening -- */

static unsigned half_open_of(const struct net *net, const char *host)
{
    unsigned n = 0;

    for (const struct conn *conn = net->all; conn != NULL; conn = conn->next)
        n += conn->half_open && strcmp(conn->host, host) == 0;
    return n;
}

static void listener_accept(struct net *net, uv_stream_t *stream)
{
    struct conn *conn = conn_new(net);
    struct sockaddr_storage peer;
    struct address address;
    char text[ADDRESS_TEXT_BYTES];
    int n = sizeof(peer);

    if (uv_accept(stream, (uv_stream_t *)&conn->tcp) != 0 ||
        uv_tcp_getpeername(&conn->tcp, (struct sockaddr *)&peer, &n) != 0) {
        conn_abort(conn);
        return;
    }
    address_of(&address, (const struct sockaddr *)&peer);
    (void)strcpy(conn->host, address.host);
    if (net->stats.half_open >= LIMIT_HALF_OPEN || net->stats.conns >= NET_CONNS_MAX ||
        half_open_of(net, conn->host) >= LIMIT_HALF_OPEN_ADDRESS) {
        net->stats.refused++;
        conn_abort(conn);
        return;
    }
    address_text(text, &address);
    conn_admit(conn, true);
    net->callbacks.opened(net->callbacks.ctx, conn->id, 0, text);
}

static int listener_bind(struct listener *listener, const struct address *address)
{
    struct sockaddr_storage ip;
    struct address any = *address;
    int rc;

    if (strcmp(address->host, "*") == 0) {
        (void)strcpy(any.host, "::"); /* both families where the machine has both */
        (void)address_is_ip(&any, &ip);
        rc = uv_tcp_bind(&listener->tcp, (const struct sockaddr *)&ip, 0);
        if (rc != UV_EAFNOSUPPORT && rc != UV_EADDRNOTAVAIL) return rc;
        (void)strcpy(any.host, "0.0.0.0");
    } else if (strcmp(address->host, "localhost") == 0) {
        (void)strcpy(any.host, "127.0.0.1");
    }
    if (!address_is_ip(&any, &ip)) return UV_EINVAL;
    return uv_tcp_bind(&listener->tcp, (const struct sockaddr *)&ip, 0);
}

enum err net_listen(struct net *net, const char *text, unsigned *port)
{
    struct sockaddr_storage bound;
    struct address address;
    int n = sizeof(bound);

    if (address_parse(&address, text) != ERR_OK) return ERR_INVALID;
    if (net->listeners_n >= NET_LISTENERS_MAX) return ERR_LIMIT;
    struct listener *listener = mem_zalloc(sizeof(*listener));
    listener->net = net;
    CHECK(uv_tcp_init(net->loop, &listener->tcp) == 0);
    listener->tcp.data = listener;
    net->handles++;
    int rc = listener_bind(listener, &address);
    if (rc == 0) rc = uv_listen((uv_stream_t *)&listener->tcp, 128, on_listener_conn);
    if (rc == 0) rc = uv_tcp_getsockname(&listener->tcp, (struct sockaddr *)&bound, &n);
    if (rc != 0) {
        listener->net = NULL; /* freed by its close */
        listener->tcp.data = listener;
        net->handles--;
        uv_close((uv_handle_t *)&listener->tcp, on_listener_closed);
        return uv_err(rc);
    }
    net->listeners[net->listeners_n++] = listener;
    address_of(&address, (const struct sockaddr *)&bound);
    *port = address.port;
    return ERR_OK;
}

/* --------------------------------------------------------------------------- send, close -- */

void net_send(struct net *net, uint64_t id, struct slice bytes)
{
    struct conn *conn = conn_find(net, id);

    if (conn == NULL || conn->state != CONN_OPEN) return;
    if (conn->waiting.len + conn->flying.len + bytes.n > NET_WRITE_BYTES_MAX) {
        conn_abort(conn);
        return;
    }
    buf_put(&conn->waiting, bytes.p, bytes.n);
    conn->sent += bytes.n;
    if (conn->sent > NET_ANSWER_BYTES) conn_settle(conn);
    if (conn->dirty) return;
    conn->dirty = true;
    MEM_RESERVE(net->dirty, net->dirty_n, net->dirty_cap);
    net->dirty[net->dirty_n++] = conn;
}

static void turn_end(struct net *net)
{
    for (size_t i = 0; i < net->dirty_n; i++) {
        if (net->dirty[i] == NULL) continue;
        net->dirty[i]->dirty = false;
        conn_flush(net->dirty[i]);
    }
    net->dirty_n = 0;
}

void net_close(struct net *net, uint64_t id)
{
    struct conn *conn = conn_find(net, id);

    if (conn == NULL || conn->state != CONN_OPEN) return;
    conn->state = CONN_DRAINING;
    uv_timer_start(&conn->timer, on_conn_timer, NET_LINGER_MS, 0);
    conn_flush(conn);
}

struct net_stats net_get_stats(const struct net *net)
{
    return net->stats;
}

/* ------------------------------------------------------------------------------------------ */

struct net *net_new(uv_loop_t *loop, const struct net_callbacks *callbacks)
{
    struct net *net = mem_zalloc(sizeof(*net));

    net->loop = loop;
    net->callbacks = *callbacks;
    net->read_buffer = mem_zalloc(NET_READ_BYTES);
    map_init(&net->conns, sizeof(uint64_t), 0);
    CHECK(uv_prepare_init(loop, &net->prepare) == 0);
    net->prepare.data = net;
    net->handles = 1;
    uv_prepare_start(&net->prepare, on_net_turn_end);
    uv_unref((uv_handle_t *)&net->prepare);
    return net;
}

void net_stop(struct net *net, void (*done)(void *ctx), void *ctx)
{
    turn_end(net); /* what a last step said still goes to the kernel */
    net->stopping = true;
    net->stopped = done;
    net->stopped_ctx = ctx;
    for (unsigned i = 0; i < net->listeners_n; i++)
        uv_close((uv_handle_t *)&net->listeners[i]->tcp, on_listener_closed);
    for (struct conn *conn = net->all; conn != NULL; conn = conn->next)
        conn_abort(conn);
    for (struct dial *dial = net->dials; dial != NULL; dial = dial->next)
        dial_end(dial);
    uv_close((uv_handle_t *)&net->prepare, on_net_handle_closed);
}

/* --------------------------------------------------------------------- libuv's callbacks -- */

static void on_conn_handle_closed(uv_handle_t *handle)
{
    struct conn *conn = handle->data;
    struct net *net = conn->net;
    if (--conn->handles == 0) conn_free(conn);
    handle_gone(net);
}

static void on_conn_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    const struct conn *conn = handle->data;
    (void)suggested;
    *out = uv_buf_init(conn->net->read_buffer, NET_READ_BYTES);
}

static void on_conn_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    conn_read(stream->data, n, buf->base);
}

static void on_conn_written(uv_write_t *req, int status)
{
    conn_written(req->handle->data, status);
}

static void on_conn_shutdown(uv_shutdown_t *req, int status)
{
    if (status != 0) conn_abort(req->handle->data);
}

static void on_conn_timer(uv_timer_t *timer)
{
    conn_abort(timer->data);
}

static void on_dial_found(uv_getaddrinfo_t *req, int status, struct addrinfo *found)
{
    struct dial *dial = req->data;
    dial_found(dial, status, found);
    dial_release(dial);
}

static void on_dial_connected(uv_connect_t *req, int status)
{
    struct dial *dial = req->data;
    dial_connected(dial, status);
    dial_release(dial);
}

static void on_dial_timer(uv_timer_t *timer)
{
    dial_tick(timer->data);
}

static void on_dial_handle_closed(uv_handle_t *handle)
{
    dial_release(handle->data);
}

static void on_listener_conn(uv_stream_t *stream, int status)
{
    struct listener *listener = stream->data;
    if (status == 0 && !listener->net->stopping) listener_accept(listener->net, stream);
}

static void on_listener_closed(uv_handle_t *handle)
{
    struct listener *listener = handle->data;
    if (listener->net != NULL)
        handle_gone(listener->net);
    else
        free(listener);
}

static void on_net_turn_end(uv_prepare_t *prepare)
{
    turn_end(prepare->data);
}

static void on_net_handle_closed(uv_handle_t *handle)
{
    handle_gone(handle->data);
}
