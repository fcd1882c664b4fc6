#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/net/net_parts.h"
#include "proto/base/check.h"

static void on_dial_found(uv_getaddrinfo_t *req, int status, struct addrinfo *found);
static void on_dial_connected(uv_connect_t *req, int status);
static void on_dial_timer(uv_timer_t *timer);
static void on_dial_handle_closed(uv_handle_t *handle);

static void dial_fail(struct dial *dial, enum err err);

void dial_end(struct dial *dial)
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
    net_released(net);
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
    dial_fail(dial, net_err(rc));
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
        dial_fail(dial, net_err(status));
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
        dial_fail(dial, status == 0 ? ERR_NOT_FOUND : net_err(status));
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
        dial_fail(dial, net_err(rc));
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

void dial_start(struct net *net, uint64_t id, const char *address)
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

/* ------------------------------------------------------------------- libuv's callbacks -- */

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
