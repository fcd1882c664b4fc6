#include "daemon/net/net.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/net/net_parts.h"
#include "proto/base/check.h"

static void on_listener_conn(uv_stream_t *stream, int status);
static void on_listener_closed(uv_handle_t *handle);
static void on_net_turn_end(uv_prepare_t *prepare);
static void on_net_handle_closed(uv_handle_t *handle);

enum err net_err(int code)
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
void net_released(struct net *net)
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

/* --------------------------------------------------------------------------- listening -- */

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
        return net_err(rc);
    }
    net->listeners[net->listeners_n++] = listener;
    address_of(&address, (const struct sockaddr *)&bound);
    *port = address.port;
    return ERR_OK;
}

/* ------------------------------------------------------------------------- send, close -- */

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

    if (conn != NULL) conn_leave(conn);
}

void net_dial(struct net *net, uint64_t dial, const char *address)
{
    dial_start(net, dial, address);
}

struct net_stats net_get_stats(const struct net *net)
{
    return net->stats;
}

/* -------------------------------------------------------------------------------------- */

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

/* ------------------------------------------------------------------- libuv's callbacks -- */

static void on_listener_conn(uv_stream_t *stream, int status)
{
    struct listener *listener = stream->data;
    if (status == 0 && !listener->net->stopping) listener_accept(listener->net, stream);
}

static void on_listener_closed(uv_handle_t *handle)
{
    struct listener *listener = handle->data;
    if (listener->net != NULL)
        net_released(listener->net);
    else
        free(listener);
}

static void on_net_turn_end(uv_prepare_t *prepare)
{
    turn_end(prepare->data);
}

static void on_net_handle_closed(uv_handle_t *handle)
{
    net_released(handle->data);
}
