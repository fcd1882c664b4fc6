/*
 * http_inner.h: the server from the inside, for the two files that know the library: http.c
 * runs it, http_answer.c says what is in a request and answers it.
 */
#ifndef API_HTTP_INNER_H
#define API_HTTP_INNER_H

#include <microhttpd.h>
#include <uv.h>

#include "daemon/api/http.h"
#include "daemon/api/target.h"

enum {
    HTTP_LISTENERS = 3,                /* the unix socket, 127.0.0.1, ::1 */
    HTTP_CONNECTION_BYTES = 16 * 1024, /* a head over this is a 431 */
    HTTP_IDLE_S = 30,                  /* between requests on one connection */
    HTTP_STREAM_LAG_BYTES = 1024 * 1024,
    HTTP_DISCARD_BYTES = 1024 * 1024, /* of a body over its bound, before the line is cut */
    HTTP_PIECE_BYTES = 4096,
};

struct http_listener {
    struct http *http;
    enum http_face face;
    struct MHD_Daemon *daemon;
    uv_poll_t poll;
    uv_timer_t timer;
    bool pumping;
    bool kicked; /* a connection was resumed while pumping: run again at once */
};

/* A connection as the deadline sees it. */
struct http_connection {
    struct http_connection *next, **link;
    int fd;
    bool allowed;
    bool answering; /* the request is complete: no deadline */
    bool stream;
    bool stuck; /* a stream with unsent bytes at the last heartbeat */
    uint64_t since_ms;
    unsigned within_ms; /* 0: cut already */
};

struct http_request {
    struct http_request *next, **link;
    struct http_listener *listener;
    struct http_connection *peer;
    struct MHD_Connection *connection;
    const char *raw; /* in the library's buffer: good until the head is parsed */
    char *target;    /* owned: path, NUL, query split in place */
    struct target_pair query[TARGET_PAIRS_MAX];
    size_t query_n;
    char method[16];
    bool head;
    bool begun, told, complete, suspended, queued;
    enum http_fault fault;
    struct buf body;
    size_t body_max, discarded;
    struct MHD_Response *response;
    unsigned status;
    bool is_stream, events, ended, failed;
    struct buf out;
    void *arg;
};

struct http {
    struct http_options options;
    char *socket_path, *socket_group;
    int port;
    struct http_listener listeners[HTTP_LISTENERS];
    size_t listeners_n;
    uv_timer_t deadline, heartbeat;
    struct http_connection *connections;
    struct http_request *requests;
    struct http_counts counts;
    size_t closing;
    void (*done)(void *arg);
    void *done_arg;
};

/* Lets a suspended connection go on, and makes the loop look at it. */
void http_inner_resume(struct http_request *request);

#endif
