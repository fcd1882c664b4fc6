/*
 * http.h: the HTTP server: libmicrohttpd on the one libuv loop, and nothing of Kith. All of the
 * library is behind this header, so that another server is a week's work and not a rewrite.
 *
 * A request is given to `request` when all of it is here; it is answered with http_respond or
 * as a stream, at once or later, exactly once. `gone` comes last, when the answer is out or the
 * client has left: after it the request must not be used. Everything runs on the loop.
 */
#ifndef API_HTTP_H
#define API_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/err.h"
#include "proto/base/mem.h"

struct uv_loop_s;
struct http;
struct http_request;

enum http_face { HTTP_UNIX, HTTP_LOOPBACK };

/* What is wrong with a request before anybody looks at what it asks. */
enum http_fault {
    HTTP_FAULT_NONE,
    HTTP_FAULT_TARGET, /* %00, a raw NUL, a bad escape, too long */
    HTTP_FAULT_HOST,   /* no Host, two, or one that is not on the list */
    HTTP_FAULT_TOO_BIG,
    HTTP_FAULT_PEER, /* SO_PEERCRED: another user */
};

struct http_handlers {
    void *ctx;
    /* The head is here: how many bytes of body are allowed. */
    size_t (*body_max)(void *ctx, struct http_request *request);
    void (*request)(void *ctx, struct http_request *request);
    /* The request had a fault; answer it. `request` is not called. */
    void (*fault)(void *ctx, struct http_request *request, enum http_fault fault);
    /* All that was queued on the stream is out: send more, or wait. */
    void (*drained)(void *ctx, struct http_request *request);
    void (*gone)(void *ctx, struct http_request *request);
    void (*log)(void *ctx, const char *line);
};

struct http_options {
    struct uv_loop_s *loop;
    const char *socket_path;  /* NULL: none */
    const char *socket_group; /* NULL: 0600 */
    int port;                 /* 0: any, -1: none */
    unsigned deadline_ms;     /* for a whole request, from its first line; 0: 5000 */
    unsigned heartbeat_ms;    /* between comment lines on streams of events; 0: 15000 */
    unsigned connections_max; /* a listener; 0: 64 */
    struct http_handlers handlers;
};

/* Listens. SYSTEM, LOCKED or NOT_FOUND, and a sentence in *why, to free(). */
MUST_USE enum err http_start(struct http **out, const struct http_options *options, char **why);
/* Stops listening and cuts what is open (each gets `gone`), then calls done, later. */
void http_stop(struct http *http, void (*done)(void *arg), void *arg);
int http_port(const struct http *http);

/* ---- a request. Strings are borrowed until `gone`. ---- */

enum http_face http_face(const struct http_request *request);
const char *http_method(const struct http_request *request); /* "GET"; HEAD comes as GET */
bool http_is_head(const struct http_request *request);
/* As sent, still escaped, without the query. */
const char *http_path(const struct http_request *request);
/* The query's pairs, unescaped; false past the end. */
bool http_query_at(const struct http_request *request, size_t i, const char **name,
                   const char **value);
/* NULL when absent. */
const char *http_query(const struct http_request *request, const char *name);
const char *http_header(const struct http_request *request, const char *name);
const char *http_cookie(const struct http_request *request, const char *name);
struct slice http_body(const struct http_request *request);
/* Moves it into *out, so that it outlives the request. */
void http_take_body(struct http_request *request, struct buf *out);
/* The caller's own pointer. */
void http_set_arg(struct http_request *request, void *arg);
void *http_arg(const struct http_request *request);

/* ---- its answer ---- */

/* Headers: "Name: value" lines are given as pairs; bodies are copied. Every answer also says
 * no-store, nosniff, no-referrer and `Content-Security-Policy: default-src 'none'` unless it
 * brings its own. */
struct http_header_pair {
    const char *name;
    const char *value;
};
void http_respond(struct http_request *request, unsigned status, const char *type,
                  struct slice body, const struct http_header_pair *headers, size_t headers_n);

/* An answer in pieces. `events`: server-sent events, kept alive by comment lines. */
void http_stream_begin(struct http_request *request, unsigned status, const char *type,
                       bool events);
/* Copies. A client of events that lags by more than 1 MiB is cut (false). */
bool http_stream_send(struct http_request *request, struct slice bytes);
void http_stream_end(struct http_request *request, bool failed);

/* One server-sent event. False when the client was cut. */
bool http_sse_send(struct http_request *request, const char *id, const char *event,
                   const char *data);

struct http_counts {
    uint64_t requests, faults, cut_slow;
    size_t connections, streams;
};
void http_get_counts(const struct http *http, struct http_counts *out);

#endif
