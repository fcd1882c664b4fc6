/*
 * The thread's turn: one job if there is one, else one step if the log has grown, else sleep.
 * So a question never waits for more than a step, and the projection never starves while people
 * ask.
 */
#include "daemon/app/viewer.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "daemon/app/log.h"
#include "proto/base/check.h"

enum {
    STACK_BYTES = 512 * 1024,
    /* The projection costs ten times the receipt: where they contend for a core, what makes
       envelopes durable goes first. With a core free it makes no difference. */
    NICE = 5,
    /* That many between two looks are a bulk receipt, and no people at work: it gets the cores
       and the disk, since both flush to the same one. The view still takes a step in each GIVEN
       slices, so that people see it come. */
    RAIN = 64,
    SLICE_MS = 50,
    GIVEN = 10,
};

struct job {
    viewer_job_fn fn; /* one of these two */
    viewer_view_fn view_fn;
    viewer_done_fn done;
    void *arg;
    enum err err;
    struct job *next;
};

struct jobs {
    struct job *head;
    struct job **tail;
    size_t n;
};

struct viewer {
    struct viewer_options options;
    char *path;
    uv_async_t async;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    /* under the mutex */
    struct jobs todo, finished;
    struct viewer_status status;
    bool poked, stopping;
    /* the thread's */
    struct view *view;
    struct view_reader *reader;
    bool retry;    /* an error of the disk: wait before the next try */
    bool spent;    /* it stepped since it last rested */
    uint64_t seen; /* the log's end at the last look */
    int given;     /* slices given away since the last step */
    /* the loop's */
    uint64_t told; /* what the loop was told has been applied */
};

static void on_viewer_async(uv_async_t *async);
static void on_viewer_closed(uv_handle_t *handle);

static void jobs_init(struct jobs *jobs)
{
    jobs->head = NULL;
    jobs->tail = &jobs->head;
    jobs->n = 0;
}

static void jobs_push(struct jobs *jobs, struct job *job)
{
    job->next = NULL;
    *jobs->tail = job;
    jobs->tail = &job->next;
    jobs->n++;
}

static struct job *jobs_pop(struct jobs *jobs)
{
    struct job *job = jobs->head;

    if (job == NULL) return NULL;
    jobs->head = job->next;
    if (jobs->head == NULL) jobs->tail = &jobs->head;
    jobs->n--;
    return job;
}

/* -------------------------------------------------------------------------- the thread -- */

static void publish(struct viewer *viewer, uint64_t applied, bool rebuilding, enum err err)
{
    pthread_mutex_lock(&viewer->mutex);
    if (applied > viewer->status.applied || rebuilding) viewer->status.applied = applied;
    viewer->status.rebuilding = rebuilding;
    viewer->status.err = err;
    pthread_mutex_unlock(&viewer->mutex);
    uv_async_send(&viewer->async);
}

static void close_view(struct viewer *viewer)
{
    if (viewer->reader != NULL) view_reader_close(viewer->reader);
    if (viewer->view != NULL) view_close(viewer->view);
    viewer->reader = NULL;
    viewer->view = NULL;
}

/* Once, and again after an error. */
static enum err open_view(struct viewer *viewer)
{
    struct view_status status;

    if (viewer->view != NULL) return ERR_OK;
    enum err err = view_open(&viewer->view, &viewer->options.view, viewer->options.log);
    if (err != ERR_OK) {
        viewer->view = NULL;
        return err;
    }
    err = view_reader_open(&viewer->reader, viewer->view);
    if (err != ERR_OK) {
        viewer->reader = NULL;
        close_view(viewer);
        return err;
    }
    view_get_status(viewer->view, &status);
    if (status.rebuilt != NULL) log_say(LOG_INFO, LOG_VIEW, "building", "why", status.rebuilt);
    publish(viewer, status.applied, status.rebuilding, ERR_OK);
    return ERR_OK;
}

/* One step. False when there is nothing left to do now. */
static bool step(struct viewer *viewer)
{
    const struct log_reader *log = viewer->options.log;
    struct view_status status;
    bool more = false;
    uint64_t last = log->last(log->ctx);
    enum err err = open_view(viewer);

    if (err == ERR_OK) err = view_step(viewer->view, VIEWER_STEP, &more);
    if (err != ERR_OK) {
        log_fail(LOG_ERROR, LOG_VIEW, "stuck", err, "the projection; the log is not affected");
        viewer->retry = true;
        publish(viewer, 0, false, err);
        return false;
    }
    viewer->retry = false;
    viewer->spent = true;
    view_get_status(viewer->view, &status);
    /* The log's end may be a hole (dropped local revisions); then its last entry never comes.
     */
    if (!more && last > status.applied) status.applied = last;
    publish(viewer, status.applied, status.rebuilding, ERR_OK);
    return more;
}

static void run_job(struct viewer *viewer, struct job *job)
{
    job->err = open_view(viewer);
    if (job->err == ERR_OK)
        job->err = job->fn != NULL ? job->fn(job->arg, viewer->reader)
                                   : job->view_fn(job->arg, viewer->view);
    pthread_mutex_lock(&viewer->mutex);
    jobs_push(&viewer->finished, job);
    pthread_mutex_unlock(&viewer->mutex);
    uv_async_send(&viewer->async);
}

static struct timespec in_ms(long ms)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += ms / 1000;
    at.tv_nsec += ms % 1000 * 1000000;
    at.tv_sec += at.tv_nsec / 1000000000;
    at.tv_nsec %= 1000000000;
    return at;
}

/* Sleeps for a slice if entries rain in, or until there is a job; with the mutex held. False
   when it is the view's turn. */
static bool give_way(struct viewer *viewer)
{
    const struct log_reader *log = viewer->options.log;
    uint64_t last = log->last(log->ctx);
    bool rain = viewer->view != NULL && last - viewer->seen >= RAIN;
    struct timespec until = in_ms(SLICE_MS);

    viewer->seen = last;
    if (!rain || viewer->given == GIVEN) {
        viewer->given = 0;
        return false;
    }
    viewer->given++;
    while (viewer->todo.head == NULL && !viewer->stopping &&
           pthread_cond_timedwait(&viewer->wake, &viewer->mutex, &until) == 0) {
    }
    return true;
}

/* Sleeps until there is work; with the mutex held. */
static void rest(struct viewer *viewer)
{
    struct timespec until;

    if (!viewer->retry && !viewer->spent) {
        pthread_cond_wait(&viewer->wake, &viewer->mutex);
        return;
    }
    until = in_ms(viewer->retry ? VIEWER_RETRY_MS : VIEWER_QUIET_MS);
    if (pthread_cond_timedwait(&viewer->wake, &viewer->mutex, &until) == 0) return;
    if (viewer->retry) {
        viewer->poked = true;
        return;
    }
    viewer->spent = false;
    pthread_mutex_unlock(&viewer->mutex);
    (void)view_rest(viewer->view);
    pthread_mutex_lock(&viewer->mutex);
}

static void *thread_main(void *arg)
{
    struct viewer *viewer = arg;
    bool more = true;

    (void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICE); /* of this thread, on Linux */
    pthread_mutex_lock(&viewer->mutex);
    while (!viewer->stopping) {
        struct job *job = jobs_pop(&viewer->todo);
        bool poked = viewer->poked || more;
        if (job == NULL && !poked) {
            rest(viewer);
            continue;
        }
        if (job == NULL && give_way(viewer)) continue;
        if (job == NULL) viewer->poked = false;
        pthread_mutex_unlock(&viewer->mutex);
        if (job != NULL)
            run_job(viewer, job);
        else
            more = step(viewer);
        pthread_mutex_lock(&viewer->mutex);
    }
    pthread_mutex_unlock(&viewer->mutex);
    close_view(viewer);
    return NULL;
}

/* ---------------------------------------------------------------------------- the loop -- */

static void add(struct viewer *viewer, const struct job *job)
{
    struct job *copy = mem_dup(job, sizeof(*job));

    pthread_mutex_lock(&viewer->mutex);
    if (viewer->stopping || viewer->todo.n >= VIEWER_JOBS_MAX) {
        copy->err = viewer->stopping ? ERR_CLOSED : ERR_BUSY;
        jobs_push(&viewer->finished, copy);
        uv_async_send(&viewer->async);
    } else {
        jobs_push(&viewer->todo, copy);
        pthread_cond_signal(&viewer->wake);
    }
    pthread_mutex_unlock(&viewer->mutex);
}

void viewer_run(struct viewer *viewer, viewer_job_fn fn, viewer_done_fn done, void *arg)
{
    add(viewer, &(struct job){.fn = fn, .done = done, .arg = arg});
}

void viewer_run_view(struct viewer *viewer, viewer_view_fn fn, viewer_done_fn done, void *arg)
{
    add(viewer, &(struct job){.view_fn = fn, .done = done, .arg = arg});
}

void viewer_poke(struct viewer *viewer)
{
    pthread_mutex_lock(&viewer->mutex);
    viewer->poked = true;
    pthread_cond_signal(&viewer->wake);
    pthread_mutex_unlock(&viewer->mutex);
}

struct viewer_status viewer_get_status(const struct viewer *viewer)
{
    struct viewer *v = (struct viewer *)(uintptr_t)viewer;

    pthread_mutex_lock(&v->mutex);
    struct viewer_status status = v->status;
    pthread_mutex_unlock(&v->mutex);
    return status;
}

static void deliver(struct viewer *viewer)
{
    for (;;) {
        pthread_mutex_lock(&viewer->mutex);
        struct job *job = jobs_pop(&viewer->finished);
        pthread_mutex_unlock(&viewer->mutex);
        if (job == NULL) break;
        job->done(job->arg, job->err);
        free(job);
    }
    uint64_t applied = viewer_get_status(viewer).applied;
    if (applied != viewer->told) {
        viewer->told = applied;
        viewer->options.applied(viewer->options.ctx);
    }
}

/* -------------------------------------------------------------------------------------- */

enum err viewer_start(struct viewer **out, const struct viewer_options *options)
{
    struct viewer *viewer = mem_zalloc(sizeof(*viewer));
    pthread_condattr_t monotonic;
    pthread_attr_t attr;
    sigset_t all, old;

    viewer->options = *options;
    if (options->view.path != NULL) viewer->path = mem_strdup(options->view.path);
    viewer->options.view.path = viewer->path;
    jobs_init(&viewer->todo);
    jobs_init(&viewer->finished);
    CHECK(pthread_mutex_init(&viewer->mutex, NULL) == 0);
    CHECK(pthread_condattr_init(&monotonic) == 0);
    CHECK(pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0);
    CHECK(pthread_cond_init(&viewer->wake, &monotonic) == 0);
    pthread_condattr_destroy(&monotonic);
    CHECK(uv_async_init(options->loop, &viewer->async, on_viewer_async) == 0);
    viewer->async.data = viewer;
    CHECK(pthread_attr_init(&attr) == 0);
    (void)pthread_attr_setstacksize(&attr, STACK_BYTES);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int rc = pthread_create(&viewer->thread, &attr, thread_main, viewer);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attr);
    if (rc != 0) {
        uv_close((uv_handle_t *)&viewer->async, on_viewer_closed);
        return ERR_SYSTEM;
    }
    *out = viewer;
    return ERR_OK;
}

void viewer_stop(struct viewer *viewer)
{
    struct job *job;

    pthread_mutex_lock(&viewer->mutex);
    viewer->stopping = true;
    pthread_cond_signal(&viewer->wake);
    pthread_mutex_unlock(&viewer->mutex);
    pthread_join(viewer->thread, NULL);
    while ((job = jobs_pop(&viewer->todo)) != NULL) {
        job->err = ERR_CLOSED;
        jobs_push(&viewer->finished, job);
    }
    while ((job = jobs_pop(&viewer->finished)) != NULL) {
        job->done(job->arg, job->err);
        free(job);
    }
    uv_close((uv_handle_t *)&viewer->async, on_viewer_closed);
}

/* ------------------------------------------------------------------- libuv's callbacks -- */

static void on_viewer_async(uv_async_t *async)
{
    deliver(async->data);
}

static void on_viewer_closed(uv_handle_t *handle)
{
    struct viewer *viewer = handle->data;
    pthread_cond_destroy(&viewer->wake);
    pthread_mutex_destroy(&viewer->mutex);
    mem_wipe(&viewer->options.view, sizeof(viewer->options.view));
    free(viewer->path);
    free(viewer);
}
