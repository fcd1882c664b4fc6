#include "daemon/api/http_inner.h"

#include <string.h>

#include "proto/base/check.h"

/* ------------------------------------------------------------------------------ the answer */

static void add_headers(struct MHD_Response *response, const char *type,
                        const struct http_header_pair *headers, size_t n)
{
    bool policy = false, cache = false;

    for (size_t i = 0; i < n; i++) {
        MHD_add_response_header(response, headers[i].name, headers[i].value);
        policy = policy || strcmp(headers[i].name, "Content-Security-Policy") == 0;
        cache = cache || strcmp(headers[i].name, "Cache-Control") == 0;
    }
    if (type != NULL) MHD_add_response_header(response, "Content-Type", type);
    if (!policy) {
        MHD_add_response_header(response, "Content-Security-Policy", "default-src 'none'");
    }
    if (!cache) MHD_add_response_header(response, "Cache-Control", "no-store");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(response, "Referrer-Policy", "no-referrer");
}

void http_respond(struct http_request *request, unsigned status, const char *type,
                  struct slice body, const struct http_header_pair *headers, size_t headers_n)
{
    CHECK(request->response == NULL);
    request->status = status;
    request->response = MHD_create_response_from_buffer(
        body.n, body.n == 0 ? (void *)(uintptr_t) "" : (void *)(uintptr_t)body.p,
        MHD_RESPMEM_MUST_COPY);
    CHECK(request->response != NULL);
    add_headers(request->response, type, headers, headers_n);
    http_inner_resume(request);
}

static ssize_t on_stream_read(void *cls, uint64_t pos, char *out, size_t max)
{
    struct http_request *request = cls;
    struct http *http = request->listener->http;
    size_t n = request->out.len < max ? request->out.len : max;

    (void)pos;
    if (request->failed) return MHD_CONTENT_READER_END_WITH_ERROR;
    if (n == 0 && !request->ended) {
        http->options.handlers.drained(http->options.handlers.ctx, request);
        n = request->out.len < max ? request->out.len : max;
    }
    if (request->failed) return MHD_CONTENT_READER_END_WITH_ERROR;
    if (n == 0 && request->ended) return MHD_CONTENT_READER_END_OF_STREAM;
    if (n == 0) {
        request->suspended = true;
        MHD_suspend_connection(request->connection);
        return 0;
    }
    memcpy(out, request->out.data, n);
    buf_consume(&request->out, n);
    return (ssize_t)n;
}

void http_stream_begin(struct http_request *request, unsigned status, const char *type,
                       bool events)
{
    CHECK(request->response == NULL);
    request->status = status;
    request->is_stream = true;
    request->events = events;
    request->peer->stream = events;
    request->response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, HTTP_PIECE_BYTES,
                                                          on_stream_read, request, NULL);
    CHECK(request->response != NULL);
    add_headers(request->response, type, NULL, 0);
    if (events) {
        MHD_set_connection_option(request->connection, MHD_CONNECTION_OPTION_TIMEOUT, 0U);
    }
    http_inner_resume(request);
}

bool http_stream_send(struct http_request *request, struct slice bytes)
{
    if (request->failed) return false;
    if (request->events && request->out.len + bytes.n > HTTP_STREAM_LAG_BYTES) {
        http_stream_end(request, true);
        return false;
    }
    buf_put(&request->out, bytes.p, bytes.n);
    http_inner_resume(request);
    return true;
}

void http_stream_end(struct http_request *request, bool failed)
{
    request->ended = true;
    request->failed = request->failed || failed;
    http_inner_resume(request);
}

bool http_sse_send(struct http_request *request, const char *id, const char *event,
                   const char *data)
{
    struct buf text = {0};
    bool sent;

    if (id != NULL) {
        buf_put_str(&text, "id: ");
        buf_put_str(&text, id);
        buf_put_str(&text, "\n");
    }
    buf_put_str(&text, "event: ");
    buf_put_str(&text, event);
    buf_put_str(&text, "\ndata: ");
    buf_put_str(&text, data);
    buf_put_str(&text, "\n\n");
    sent = http_stream_send(request, buf_slice(&text));
    buf_fini(&text);
    return sent;
}

/* ------------------------------------------------------------------------------- questions */

enum http_face http_face(const struct http_request *request)
{
    return request->listener->face;
}

const char *http_method(const struct http_request *request)
{
    return request->method;
}

bool http_is_head(const struct http_request *request)
{
    return request->head;
}

const char *http_path(const struct http_request *request)
{
    return request->target;
}

bool http_query_at(const struct http_request *request, size_t i, const char **name,
                   const char **value)
{
    if (i >= request->query_n) return false;
    *name = request->query[i].name;
    *value = request->query[i].value;
    return true;
}

const char *http_query(const struct http_request *request, const char *name)
{
    for (size_t i = 0; i < request->query_n; i++) {
        if (strcmp(request->query[i].name, name) == 0) return request->query[i].value;
    }
    return NULL;
}

const char *http_header(const struct http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

const char *http_cookie(const struct http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_COOKIE_KIND, name);
}

struct slice http_body(const struct http_request *request)
{
    return buf_slice(&request->body);
}

void http_take_body(struct http_request *request, struct buf *out)
{
    buf_fini(out);
    *out = request->body;
    memset(&request->body, 0, sizeof(request->body));
}

void http_set_arg(struct http_request *request, void *arg)
{
    request->arg = arg;
}

void *http_arg(const struct http_request *request)
{
    return request->arg;
}
