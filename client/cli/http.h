/*
 * http.h: an HTTP/1.1 client for one server on a unix socket. One connection a request. Strict:
 * an answer is framed by Content-Length or chunked, never by both and never by neither unless
 * the server closes; headers are at most HTTP_HEAD_MAX bytes. Bodies can be streamed both ways.
 *
 * Errors: ERR_NOT_FOUND no socket there · ERR_REFUSED not allowed to open it · ERR_CLOSED
 * nobody answers, or it closed in between · ERR_TIMEOUT · ERR_MALFORMED no proper answer ·
 * ERR_LIMIT a body over its bound · ERR_IO reading or writing a file of ours failed.
 */
#ifndef CLI_HTTP_H
#define CLI_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include "proto/base/err.h"
#include "proto/base/mem.h"

enum {
    HTTP_HEAD_MAX = 16 * 1024,
    HTTP_BODY_MAX = 64 * 1024 * 1024, /* of an answer that is kept in memory */
    HTTP_TIMEOUT_MS = 30 * 1000,      /* without a byte moving */
};

/* Takes the next bytes of a body. False ends the exchange with ERR_IO. */
typedef bool (*http_sink_fn)(void *ctx, struct slice bytes);

struct http_request {
    const char *method;
    const char *target;       /* path and query, already encoded */
    const char *content_type; /* NULL: no body */
    struct slice body;        /* the body … */
    int body_fd;              /* … or, when > 0, this file up to its end, sent chunked */
    int timeout_ms;           /* 0: HTTP_TIMEOUT_MS; < 0: none */
    http_sink_fn sink;        /* gets the body of a 2xx answer; NULL: it goes to answer.body */
    void *ctx;
};

struct http_answer {
    int status;
    char content_type[64]; /* without parameters, lower case */
    struct buf body;
};

MUST_USE enum err http_call(const char *socket_path, const struct http_request *request,
                            struct http_answer *answer);
void http_answer_fini(struct http_answer *answer);

/* Appends text with everything but unreserved characters as %XX. */
void http_put_escaped(struct buf *out, const char *text);

#endif
