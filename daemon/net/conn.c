#include <stdlib.h>
#include <string.h>

#include "daemon/net/net_parts.h"
#include "proto/base/check.h"

static void on_conn_handle_closed(uv_handle_t *handle);
static void on_conn_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *out);
static void on_conn_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf);
static void on_conn_written(uv_write_t *req, int status);
static void on_conn_shutdown(uv_shutdown_t *req, int status);
static void on_conn_timer(uv_timer_t *timer);

struct conn *conn_new(struct net *net)
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
void conn_abort(struct conn *conn)
{
    if (conn->state == CONN_CLOSING) return;
    conn->state = CONN_CLOSING;
    uv_close((uv_handle_t *)&conn->tcp, on_conn_handle_closed);
    uv_close((uv_handle_t *)&conn->timer, on_conn_handle_closed);
}

void conn_settle(struct conn *conn)
{
    if (!conn->half_open) return;
    conn->half_open = false;
    conn->net->stats.half_open--;
}

/* Into the table, with a number; reading starts. */
void conn_admit(struct conn *conn, bool incoming)
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

struct conn *conn_find(const struct net *net, uint64_t id)
{
    const uint64_t *value = map_get(&net->conns, &id);
    return value == NULL ? NULL : (struct conn *)(uintptr_t)*value;
}

/* Gives libuv what waits; when all is out and we are leaving, says goodbye to the socket. */
void conn_flush(struct conn *conn)
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

void conn_leave(struct conn *conn)
{
    if (conn->state != CONN_OPEN) return;
    conn->state = CONN_DRAINING;
    uv_timer_start(&conn->timer, on_conn_timer, NET_LINGER_MS, 0);
    conn_flush(conn);
}

/* ------------------------------------------------------------------- libuv's callbacks -- */

static void on_conn_handle_closed(uv_handle_t *handle)
{
    struct conn *conn = handle->data;
    struct net *net = conn->net;
    if (--conn->handles == 0) conn_free(conn);
    net_released(net);
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
