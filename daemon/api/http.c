#include "daemon/api/http_inner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/api/listen.h"
#include "proto/base/check.h"

/* -------------------------------------------------------------------------------- the pump */

static void on_timer(uv_timer_t *timer);

/*
 * After MHD_resume_connection nothing wakes the library's epoll descriptor: the loop has to run
 * it by itself. Inside the pump a flag does it, for MHD_get_timeout would set the timer anew.
 */
static void kick(struct http_listener *listener)
{
    if (listener->pumping) {
        listener->kicked = true;
    } else {
        uv_timer_start(&listener->timer, on_timer, 0, 0);
    }
}

static void pump(struct http_listener *listener)
{
    MHD_UNSIGNED_LONG_LONG ms;

    if (listener->daemon == NULL) return;
    listener->pumping = true;
    MHD_run(listener->daemon);
    listener->pumping = false;
    if (listener->kicked) {
        listener->kicked = false;
        uv_timer_start(&listener->timer, on_timer, 0, 0);
    } else if (MHD_get_timeout(listener->daemon, &ms) == MHD_YES) {
        uv_timer_start(&listener->timer, on_timer, ms, 0);
    } else {
        uv_timer_stop(&listener->timer);
    }
}

void http_inner_resume(struct http_request *request)
{
    if (!request->suspended) return;
    request->suspended = false;
    MHD_resume_connection(request->connection);
    kick(request->listener);
}

/* -------------------------------------------------------------------------------- the head */

struct host_check {
    const struct http_request *request;
    unsigned seen, good;
};

static enum MHD_Result check_host(void *arg, enum MHD_ValueKind kind, const char *name,
                                  const char *value)
{
    struct host_check *check = arg;
    char want[3][32];
    size_t wants = 3;

    (void)kind;
    if (strcasecmp(name, "Host") != 0) return MHD_YES;
    check->seen++;
    if (check->request->listener->face == HTTP_UNIX) {
        strcpy(want[0], "kith");
        strcpy(want[1], "localhost");
        wants = 2;
    } else {
        int port = check->request->listener->http->port;

        snprintf(want[0], sizeof(want[0]), "127.0.0.1:%d", port);
        snprintf(want[1], sizeof(want[1]), "[::1]:%d", port);
        snprintf(want[2], sizeof(want[2]), "localhost:%d", port);
    }
    for (size_t i = 0; value != NULL && i < wants; i++) {
        check->good += strcasecmp(value, want[i]) == 0;
    }
    return MHD_YES;
}

static enum http_fault head_fault(struct http_request *request, const char *version)
{
    struct host_check check = {.request = request};
    size_t raw_n = strlen(request->target);
    const char *length;
    unsigned long long claimed;

    if (!request->peer->allowed) return HTTP_FAULT_PEER;
    /* The version follows the target in one buffer; a gap between them is a raw NUL. */
    if (version > request->raw && version < request->raw + HTTP_CONNECTION_BYTES &&
        version != request->raw + raw_n + 1) {
        return HTTP_FAULT_TARGET;
    }
    if (!target_split(request->target, request->query, &request->query_n)) {
        return HTTP_FAULT_TARGET;
    }
    MHD_get_connection_values(request->connection, MHD_HEADER_KIND, check_host, &check);
    if (check.seen != 1 || check.good != 1) return HTTP_FAULT_HOST;
    request->told = true; /* from here the caller knows it, and is told when it is gone */
    request->body_max = request->listener->http->options.handlers.body_max(
        request->listener->http->options.handlers.ctx, request);
    length = http_header(request, "Content-Length");
    if (length != NULL) {
        claimed = strtoull(length, NULL, 10);
        if (claimed > request->body_max) return HTTP_FAULT_TOO_BIG;
    }
    return HTTP_FAULT_NONE;
}

/* ------------------------------------------------------------------ what the library calls */

static uint64_t now_ms(struct http *http)
{
    return uv_now(http->options.loop);
}

static void *on_target(void *cls, const char *uri, struct MHD_Connection *connection)
{
    struct http_listener *listener = cls;
    struct http *http = listener->http;
    struct http_request *request = mem_zalloc(sizeof(*request));
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    request->listener = listener;
    request->connection = connection;
    request->peer = info->socket_context;
    request->raw = uri;
    request->target = mem_strdup(uri);
    request->next = http->requests;
    request->link = &http->requests;
    if (request->next != NULL) request->next->link = &request->next;
    http->requests = request;
    request->peer->since_ms = now_ms(http);
    request->peer->within_ms = http->options.deadline_ms;
    request->peer->answering = false;
    return request;
}

static enum MHD_Result queue(struct http_request *request)
{
    enum MHD_Result result =
        MHD_queue_response(request->connection, request->status, request->response);

    request->queued = true;
    return result;
}

static enum MHD_Result begin(struct http_request *request, const char *method,
                             const char *version)
{
    struct http *http = request->listener->http;

    request->begun = true;
    http->counts.requests++;
    snprintf(request->method, sizeof(request->method), "%s", method);
    if (strcmp(method, "HEAD") == 0) {
        request->head = true;
        strcpy(request->method, "GET");
    }
    request->fault = head_fault(request, version);
    if (request->fault == HTTP_FAULT_NONE) return MHD_YES;
    http->counts.faults++;
    request->told = true;
    request->peer->answering = true;
    http->options.handlers.fault(http->options.handlers.ctx, request, request->fault);
    CHECK(request->response != NULL);
    MHD_add_response_header(request->response, "Connection", "close");
    return queue(request);
}

/* Bytes over the bound are counted and dropped: an answer is possible only at their end. */
static enum MHD_Result take_body(struct http_request *request, const char *data, size_t n)
{
    if (request->body.len + n > request->body_max) {
        request->fault = HTTP_FAULT_TOO_BIG;
        request->discarded += n;
        return request->discarded > HTTP_DISCARD_BYTES ? MHD_NO : MHD_YES;
    }
    buf_put(&request->body, data, n);
    /* Large bodies (bundles, imports) may take a second more a MiB. */
    request->peer->within_ms =
        request->listener->http->options.deadline_ms + (unsigned)(request->body.len / 1024);
    return MHD_YES;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *data_n, void **con_cls)
{
    struct http_request *request = *con_cls;
    struct http_handlers *handlers;

    (void)cls;
    (void)url;
    (void)connection;
    if (request == NULL) return MHD_NO;
    handlers = &request->listener->http->options.handlers;
    if (!request->begun) return begin(request, method, version);
    if (*data_n > 0) {
        size_t n = *data_n;

        *data_n = 0;
        return take_body(request, data, n);
    }
    if (!request->complete) {
        request->complete = true;
        request->peer->answering = true;
        if (request->fault != HTTP_FAULT_NONE) {
            request->listener->http->counts.faults++;
            handlers->fault(handlers->ctx, request, request->fault);
        } else {
            handlers->request(handlers->ctx, request);
        }
    }
    if (request->response != NULL) return queue(request);
    request->suspended = true;
    MHD_suspend_connection(request->connection);
    return MHD_YES;
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **con_cls,
                         enum MHD_RequestTerminationCode code)
{
    struct http_listener *listener = cls;
    struct http_request *request = *con_cls;
    struct http_handlers *handlers = &listener->http->options.handlers;

    (void)connection;
    (void)code;
    if (request == NULL) return;
    *con_cls = NULL;
    if (request->told) handlers->gone(handlers->ctx, request);
    request->peer->since_ms = now_ms(listener->http);
    request->peer->within_ms = HTTP_IDLE_S * 1000;
    request->peer->answering = false;
    request->peer->stream = false;
    *request->link = request->next;
    if (request->next != NULL) request->next->link = request->link;
    if (request->response != NULL) MHD_destroy_response(request->response);
    if (request->body.len > 0) mem_wipe(request->body.data, request->body.len); /* phrases */
    buf_fini(&request->body);
    buf_fini(&request->out);
    free(request->target);
    free(request);
}

static void on_connection(void *cls, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct http_listener *listener = cls;
    struct http *http = listener->http;
    struct http_connection *peer = *context;

    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        peer = mem_zalloc(sizeof(*peer));
        peer->fd =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
        peer->allowed =
            listener->face != HTTP_UNIX || listen_peer_allowed(peer->fd, http->socket_group);
        peer->since_ms = now_ms(http);
        peer->within_ms = http->options.deadline_ms;
        peer->next = http->connections;
        peer->link = &http->connections;
        if (peer->next != NULL) peer->next->link = &peer->next;
        http->connections = peer;
        *context = peer;
    } else if (peer != NULL) {
        *peer->link = peer->next;
        if (peer->next != NULL) peer->next->link = peer->link;
        free(peer);
        *context = NULL;
    }
}

static void on_log(void *cls, const char *format, va_list args)
{
    struct http *http = ((struct http_listener *)cls)->http;
    char line[256];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    vsnprintf(line, sizeof(line), format, args);
#pragma GCC diagnostic pop
    line[strcspn(line, "\r\n")] = '\0';
    http->options.handlers.log(http->options.handlers.ctx, line);
}

/* --------------------------------------------------------------------- what the loop calls */

static void on_poll(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    pump(poll->data);
}

static void on_timer(uv_timer_t *timer)
{
    pump(timer->data);
}

/*
 * The library's own timeout counts inactivity, and a byte every two seconds defeats it. So a
 * request that is not whole in time is cut from outside; the library then cleans up by itself.
 */
static void on_deadline(uv_timer_t *timer)
{
    struct http *http = timer->data;

    for (struct http_connection *c = http->connections; c != NULL; c = c->next) {
        if (c->answering || c->within_ms == 0) continue;
        if (now_ms(http) - c->since_ms < c->within_ms) continue;
        c->within_ms = 0;
        http->counts.cut_slow++;
        shutdown(c->fd, SHUT_RDWR);
    }
}

/* A suspended connection is out of the epoll set: only writing shows that its client has left.
 */
static void on_heartbeat(uv_timer_t *timer)
{
    struct http *http = timer->data;

    for (struct http_request *r = http->requests; r != NULL; r = r->next) {
        if (!r->is_stream || !r->events || r->ended) continue;
        if (r->out.len > 0 && r->peer->stuck) {
            shutdown(r->peer->fd, SHUT_RDWR);
            continue;
        }
        r->peer->stuck = r->out.len > 0;
        http_stream_send(r, slice_of(":\n\n", 3));
    }
}

static void on_closed(uv_handle_t *handle)
{
    struct http *http = handle->data;

    if (--http->closing > 0) return;
    if (http->done != NULL) http->done(http->done_arg);
    free(http->socket_path);
    free(http->socket_group);
    free(http);
}

/* -------------------------------------------------------------------------- start and stop */

static enum err add_listener(struct http *http, enum http_face face, int fd, char **why)
{
    struct http_listener *listener = &http->listeners[http->listeners_n];
    unsigned max = http->options.connections_max;
    int epoll;

    listener->http = http;
    listener->face = face;
    listener->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL, NULL, on_request,
        listener, MHD_OPTION_EXTERNAL_LOGGER, on_log, listener, MHD_OPTION_LISTEN_SOCKET,
        (MHD_socket)fd, MHD_OPTION_CONNECTION_LIMIT, max, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)HTTP_IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)HTTP_CONNECTION_BYTES, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_URI_LOG_CALLBACK, on_target, listener, MHD_OPTION_NOTIFY_COMPLETED,
        on_completed, listener, MHD_OPTION_NOTIFY_CONNECTION, on_connection, listener,
        MHD_OPTION_END);
    if (listener->daemon == NULL) {
        close(fd);
        *why = mem_strdup("the HTTP server did not start");
        return ERR_SYSTEM;
    }
    http->listeners_n++;
    epoll = MHD_get_daemon_info(listener->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    CHECK(uv_poll_init(http->options.loop, &listener->poll, epoll) == 0);
    CHECK(uv_timer_init(http->options.loop, &listener->timer) == 0);
    listener->poll.data = listener;
    listener->timer.data = listener;
    CHECK(uv_poll_start(&listener->poll, UV_READABLE, on_poll) == 0);
    pump(listener);
    return ERR_OK;
}

static enum err add_loopback(struct http *http, char **why)
{
    enum err err;
    int fd;

    http->port = http->options.port;
    err = listen_loopback(false, &http->port, &fd, why);
    if (err == ERR_OK) err = add_listener(http, HTTP_LOOPBACK, fd, why);
    if (err != ERR_OK) return err;
    /* A machine without IPv6 is served on 127.0.0.1 alone. */
    if (listen_loopback(true, &http->port, &fd, why) != ERR_OK) {
        http->options.handlers.log(http->options.handlers.ctx, *why);
        free(*why);
        *why = NULL;
        return ERR_OK;
    }
    return add_listener(http, HTTP_LOOPBACK, fd, why);
}

enum err http_start(struct http **out, const struct http_options *options, char **why)
{
    struct http *http = mem_zalloc(sizeof(*http));
    enum err err = ERR_OK;
    int fd;

    http->options = *options;
    http->port = -1;
    if (http->options.deadline_ms == 0) http->options.deadline_ms = 5000;
    if (http->options.heartbeat_ms == 0) http->options.heartbeat_ms = 15000;
    if (http->options.connections_max == 0) http->options.connections_max = 64;
    if (options->socket_group != NULL) http->socket_group = mem_strdup(options->socket_group);
    CHECK(uv_timer_init(options->loop, &http->deadline) == 0);
    CHECK(uv_timer_init(options->loop, &http->heartbeat) == 0);
    http->deadline.data = http;
    http->heartbeat.data = http;
    uv_timer_start(&http->deadline, on_deadline, 1000, 1000);
    uv_timer_start(&http->heartbeat, on_heartbeat, http->options.heartbeat_ms,
                   http->options.heartbeat_ms);
    if (options->socket_path != NULL) {
        err = listen_unix(options->socket_path, options->socket_group, &fd, why);
        if (err == ERR_OK) {
            http->socket_path = mem_strdup(options->socket_path);
            err = add_listener(http, HTTP_UNIX, fd, why);
        }
    }
    if (err == ERR_OK && options->port >= 0) err = add_loopback(http, why);
    if (err != ERR_OK) {
        http_stop(http, NULL, NULL);
        return err;
    }
    *out = http;
    return ERR_OK;
}

int http_port(const struct http *http)
{
    return http->port;
}

void http_get_counts(const struct http *http, struct http_counts *out)
{
    *out = http->counts;
    out->connections = 0;
    out->streams = 0;
    for (const struct http_connection *c = http->connections; c != NULL; c = c->next) {
        out->connections++;
        out->streams += c->stream;
    }
}

static void close_handle(struct http *http, uv_handle_t *handle)
{
    handle->data = http;
    http->closing++;
    uv_close(handle, on_closed);
}

void http_stop(struct http *http, void (*done)(void *arg), void *arg)
{
    http->done = done;
    http->done_arg = arg;
    for (struct http_request *r = http->requests; r != NULL; r = r->next) {
        http_stream_end(r, !r->events); /* an export that was cut must look so */
    }
    for (size_t i = 0; i < http->listeners_n; i++) {
        struct http_listener *listener = &http->listeners[i];

        MHD_run(listener->daemon); /* what was answered just now goes out */
        uv_poll_stop(&listener->poll);
        MHD_stop_daemon(listener->daemon);
        listener->daemon = NULL;
        close_handle(http, (uv_handle_t *)&listener->poll);
        close_handle(http, (uv_handle_t *)&listener->timer);
    }
    if (http->socket_path != NULL) unlink(http->socket_path);
    close_handle(http, (uv_handle_t *)&http->deadline);
    close_handle(http, (uv_handle_t *)&http->heartbeat);
}
