/*
 * viewer.h: the view thread of one network. It opens the projection, keeps it up with the log
 * in small steps, and runs jobs between the steps; answers come back on the loop. Neither the
 * loop nor the storage thread ever waits for it.
 */
#ifndef APP_VIEWER_H
#define APP_VIEWER_H

#include <uv.h>

#include "daemon/view/view.h"

struct viewer;

enum {
    VIEWER_STEP = 250,      /* log entries between two looks at the jobs: about 30 ms */
    VIEWER_JOBS_MAX = 1024, /* over it a job fails with BUSY */
    VIEWER_RETRY_MS = 5000, /* after an error of the disk */
    VIEWER_QUIET_MS = 1000, /* without work: what catching up took is given back */
};

typedef enum err (*viewer_job_fn)(void *arg, struct view_reader *reader);
typedef enum err (*viewer_view_fn)(void *arg, struct view *view);
/* On the loop. */
typedef void (*viewer_done_fn)(void *arg, enum err err);

struct viewer_options {
    uv_loop_t *loop;
    struct view_options view; /* copied, its path too */
    const struct log_reader *log;
    /* On the loop: the view has applied more. */
    void (*applied)(void *ctx);
    void *ctx;
};

MUST_USE enum err viewer_start(struct viewer **out, const struct viewer_options *options);
/*
 * Ends the thread after the step or job that runs; the jobs that wait fail with CLOSED, on the
 * loop, before it returns. Then frees viewer, later, when libuv has let go of it.
 */
void viewer_stop(struct viewer *viewer);

/* The log grew. */
void viewer_poke(struct viewer *viewer);
/* Runs fn on the thread with a reader, then done on the loop. */
void viewer_run(struct viewer *viewer, viewer_job_fn fn, viewer_done_fn done, void *arg);
/* The same with the view itself; for doctor. */
void viewer_run_view(struct viewer *viewer, viewer_view_fn fn, viewer_done_fn done, void *arg);

/* As the loop knows it. */
struct viewer_status {
    uint64_t applied;
    bool rebuilding;
    enum err err; /* why it does not get on, or OK */
};
struct viewer_status viewer_get_status(const struct viewer *viewer);

#endif
