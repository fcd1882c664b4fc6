/*
 * state.h: the API from the inside: what its parts share.
 */
#ifndef API_STATE_H
#define API_STATE_H

#include <uv.h>

#include "daemon/api/api.h"
#include "daemon/api/call.h"
#include "daemon/api/http.h"

enum {
    API_NETWORKS_MAX = 64,
    API_EVENTS_KEPT = 512, /* for Last-Event-ID; a page that slept longer reads again */
    API_STREAMS_MAX = 16,
    API_JOBS_MAX = 16,
    API_TOKENS_MAX = 8, /* links and pages that are open at once; the oldest goes */
    API_TOKEN_S = 60,
    API_WAIT_MS = 5000,       /* of a read for the projection */
    API_WAIT_ENTRIES = 20000, /* what it cannot make in that time */
    API_CALLS_MAX = 256,      /* under way; over it: BUSY */
};

struct api_event {
    uint64_t id;
    const char *kind; /* static */
    char *data;       /* owned */
};

struct api_token {
    char text[65]; /* hex; "" when free */
    uint64_t born_ms;
};

struct api_job {
    uint64_t id;
    struct api *api;
    const struct api_network *network;
    const char *kind;
    enum { JOB_RUNNING, JOB_DONE, JOB_FAILED } state;
    char step[100];
    uint64_t done, of;
    enum err err;
    char *result; /* owned */
};

/* What was answered to anybody, for reads that must show it. */
struct api_written {
    const struct api_network *network;
    uint64_t lseq;
    uint64_t swept; /* artifacts.c: statements held then, and 1; 0: never */
};

/* What schools of a network call themselves: called.c. */
struct api_called {
    const struct api_network *network; /* NULL: free */
    json_t *schools;                   /* by id; NULL: not looked yet */
    bool looking, again;
};

struct api {
    const struct api_host *host;
    struct http *http;
    struct call *calls;
    size_t calls_n;
    uv_timer_t waits; /* ends waits that took too long */
    bool waits_open;

    struct api_event events[API_EVENTS_KEPT]; /* a ring; event id i stands at i % kept */
    uint64_t events_last;
    struct http_request *streams[API_STREAMS_MAX];

    struct api_token links[API_TOKENS_MAX], pages[API_TOKENS_MAX];
    struct api_job jobs[API_JOBS_MAX];
    uint64_t jobs_last;
    unsigned jobs_owed;
    struct api_written written[API_NETWORKS_MAX];
    size_t written_n;
    struct api_called called[API_NETWORKS_MAX];
    uint64_t errors, started_ms;
    bool sweeping;

    bool stopping;
    unsigned closing;
    void (*done)(void *arg);
    void *done_arg;
};

/* call.c */
struct call *call_new(struct api *api, struct http_request *request);
void call_gone(struct call *call);
/* Goes on with the calls that wait, where the projection has come far enough or time is up. */
void call_waits_step(struct api *api);

/* events.c. Takes the reference of data. */
void events_emit(struct api *api, const char *kind, json_t *data);
void events_gone(struct api *api, struct http_request *request);
void events_fini(struct api *api);

/* page.c: does the request bring the page's cookie? */
bool page_signed_in(struct api *api, struct http_request *request);

/* jobs.c */
void jobs_fini(struct api *api);

/* Of a network, made when it is new; NULL when there are too many. */
struct api_called *api_called_of(struct api *api, const struct api_network *network);

/* artifacts.c: forgets the pieces of files that nothing names any more. */
void artifacts_sweep(struct api *api, const struct api_network *network);
uint64_t *api_swept_at(struct api *api, const struct api_network *network);

/* api.c: to be called when something that was owed has come, while stopping. */
void api_settle(struct api *api);
uint64_t *api_written_at(struct api *api, const struct api_network *network);

#endif
