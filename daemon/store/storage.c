/*
 * The queue is a list of jobs in the order of the calls. The thread takes the whole list at
 * once, answers the reads in it first (they ask for what is committed already, and a session
 * that sends waits for them) and then commits the batches: as many in one transaction as fit
 * STORE_GROUP_BYTES, since LMDB keeps a transaction's dirty pages in memory. A retry marker
 * ends a group.
 */
#include "daemon/store/storage.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/check.h"

enum { STACK_BYTES = 256 * 1024, GROUP_BATCHES_MAX = 1024 };

enum job_kind { JOB_COMMIT, JOB_READ, JOB_RETRY };

struct job {
    enum job_kind kind;
    enum err refused; /* COMMIT, READ: over the bound when it was queued */
    uint64_t batch;
    struct arena arena; /* what the writes point to */
    struct write *writes;
    size_t n;
    size_t bytes;
    struct read_request request;
    struct job *next;
};

struct jobs {
    struct job *head;
    struct job **tail;
};

struct storage {
    struct store *store;
    storage_wake_fn wake;
    void *ctx;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t more;
    struct jobs jobs;
    struct storage_done *done_head;
    struct storage_done **done_tail;
    size_t reads_queued;
    bool refusing; /* a batch over the bound was not taken in: nor is any until a retry */
    bool stopping;
    uint64_t lseq;  /* the thread's: last committed */
    enum err stuck; /* the thread's: why batches fail until a retry, or OK */
    struct storage_stats stats;
};

static void jobs_init(struct jobs *jobs)
{
    jobs->head = NULL;
    jobs->tail = &jobs->head;
}

static void jobs_push(struct jobs *jobs, struct job *job)
{
    job->next = NULL;
    *jobs->tail = job;
    jobs->tail = &job->next;
}

static void job_free(struct job *job)
{
    arena_fini(&job->arena);
    free(job);
}

/* -------------------------------------------------------------------------- the thread -- */

static void answer(struct storage *storage, const struct storage_done *done)
{
    struct storage_done *copy = mem_dup(done, sizeof(*done));

    copy->next = NULL;
    pthread_mutex_lock(&storage->mutex);
    *storage->done_tail = copy;
    storage->done_tail = &copy->next;
    pthread_mutex_unlock(&storage->mutex);
    storage->wake(storage->ctx);
}

static void run_read(struct storage *storage, const struct job *job)
{
    struct storage_done done = {.kind = STORAGE_READ, .ticket = job->request.ticket};

    done.err = job->refused != ERR_OK ? job->refused
                                      : store_read(storage->store, &job->request, &done.read);
    answer(storage, &done);
}

static void run_group(struct storage *storage, struct job *const *group, size_t n)
{
    struct store_batch *batches = mem_zalloc(n * sizeof(*batches));
    size_t bytes = 0;
    bool failed = false;

    for (size_t i = 0; i < n; i++)
        batches[i] = (struct store_batch){
            .batch = group[i]->batch, .writes = group[i]->writes, .n = group[i]->n};
    store_commit(storage->store, batches, n);
    for (size_t i = 0; i < n; i++) {
        bytes += group[i]->bytes;
        failed = failed || err_blame(batches[i].err) == BLAME_LOCAL;
        if (batches[i].err == ERR_OK)
            storage->lseq = batches[i].lseq;
        else
            storage->stuck = batches[i].err;
    }
    pthread_mutex_lock(&storage->mutex);
    storage->stats.batches += n;
    storage->stats.groups++;
    storage->stats.failures += failed;
    storage->stats.queued_bytes -= bytes;
    pthread_mutex_unlock(&storage->mutex);
    for (size_t i = 0; i < n; i++) {
        const struct storage_done done = {.kind = STORAGE_STORED,
                                          .err = batches[i].err,
                                          .batch = batches[i].batch,
                                          .lseq = storage->lseq};
        answer(storage, &done);
    }
    free(batches);
}

static void run_refused(struct storage *storage, const struct job *job)
{
    if (storage->stuck == ERR_OK) storage->stuck = job->refused;
    const struct storage_done done = {.kind = STORAGE_STORED,
                                      .err = storage->stuck,
                                      .batch = job->batch,
                                      .lseq = storage->lseq};
    /* What was over the bound never counted as queued. */
    pthread_mutex_lock(&storage->mutex);
    if (job->refused == ERR_OK) storage->stats.queued_bytes -= job->bytes;
    pthread_mutex_unlock(&storage->mutex);
    answer(storage, &done);
}

/* Commits from job on as many as one transaction takes; returns the first that is left. */
static struct job *run_commits(struct storage *storage, struct job *job)
{
    struct job *group[GROUP_BATCHES_MAX];
    size_t n = 0, bytes = 0;

    for (; job != NULL && n < GROUP_BATCHES_MAX && bytes < STORE_GROUP_BYTES; job = job->next) {
        if (job->kind == JOB_READ) continue;
        if (job->kind == JOB_RETRY || job->refused != ERR_OK) break;
        bytes += job->bytes;
        group[n++] = job;
    }
    if (n > 0) run_group(storage, group, n);
    return job;
}

static void run_retry(struct storage *storage)
{
    storage->stuck = store_retry(storage->store);
    if (storage->stuck == ERR_OK) return;
    pthread_mutex_lock(&storage->mutex);
    storage->stats.failures++;
    pthread_mutex_unlock(&storage->mutex);
}

static void run(struct storage *storage, struct job *jobs)
{
    for (struct job *job = jobs; job != NULL; job = job->next) {
        if (job->kind == JOB_READ) run_read(storage, job);
    }
    for (struct job *job = jobs; job != NULL;) {
        if (job->kind == JOB_COMMIT && job->refused == ERR_OK && storage->stuck == ERR_OK) {
            job = run_commits(storage, job);
            continue;
        }
        if (job->kind == JOB_COMMIT) run_refused(storage, job);
        if (job->kind == JOB_RETRY) run_retry(storage);
        job = job->next;
    }
    while (jobs != NULL) {
        struct job *next = jobs->next;
        job_free(jobs);
        jobs = next;
    }
}

static void *thread_main(void *arg)
{
    struct storage *storage = arg;

    pthread_mutex_lock(&storage->mutex);
    for (;;) {
        while (storage->jobs.head == NULL && !storage->stopping)
            pthread_cond_wait(&storage->more, &storage->mutex);
        struct job *jobs = storage->jobs.head;
        if (jobs == NULL) break;
        jobs_init(&storage->jobs);
        storage->reads_queued = 0;
        pthread_mutex_unlock(&storage->mutex);
        run(storage, jobs);
        pthread_mutex_lock(&storage->mutex);
    }
    pthread_mutex_unlock(&storage->mutex);
    return NULL;
}

/* ---------------------------------------------------------------------------- the loop -- */

static void push(struct storage *storage, struct job *job)
{
    jobs_push(&storage->jobs, job);
    pthread_cond_signal(&storage->more);
    pthread_mutex_unlock(&storage->mutex);
}

void storage_commit(struct storage *storage, uint64_t batch, const struct write *writes,
                    size_t n)
{
    struct job *job = mem_zalloc(sizeof(*job));

    job->kind = JOB_COMMIT;
    job->batch = batch;
    job->n = n;
    for (size_t i = 0; i < n; i++)
        job->bytes += writes[i].header.n + writes[i].payload.n + writes[i].key.n;

    pthread_mutex_lock(&storage->mutex);
    if (storage->stats.queued_bytes + job->bytes > STORAGE_QUEUE_BYTES_MAX)
        storage->refusing = true;
    if (storage->refusing) {
        job->refused = ERR_BUSY;
        push(storage, job);
        return;
    }
    storage->stats.queued_bytes += job->bytes;
    pthread_mutex_unlock(&storage->mutex);

    job->writes = arena_dup(&job->arena, writes, n * sizeof(*writes));
    for (size_t i = 0; i < n; i++) {
        struct write *write = &job->writes[i];
        if (write->id != NULL)
            write->id = arena_dup(&job->arena, write->id, sizeof(*write->id));
        write->header.p = arena_dup(&job->arena, write->header.p, write->header.n);
        if (write->payload.p != NULL)
            write->payload.p = arena_dup(&job->arena, write->payload.p, write->payload.n);
        write->key.p = arena_dup(&job->arena, write->key.p, write->key.n);
    }
    pthread_mutex_lock(&storage->mutex);
    push(storage, job);
}

void storage_read(struct storage *storage, const struct read_request *request)
{
    struct job *job = mem_zalloc(sizeof(*job));

    job->kind = JOB_READ;
    job->request = *request;
    pthread_mutex_lock(&storage->mutex);
    if (storage->reads_queued >= STORAGE_READS_MAX)
        job->refused = ERR_BUSY;
    else
        storage->reads_queued++;
    push(storage, job);
}

void storage_retry(struct storage *storage)
{
    struct job *job = mem_zalloc(sizeof(*job));

    job->kind = JOB_RETRY;
    pthread_mutex_lock(&storage->mutex);
    storage->refusing = false;
    push(storage, job);
}

struct storage_done *storage_take(struct storage *storage)
{
    pthread_mutex_lock(&storage->mutex);
    struct storage_done *done = storage->done_head;
    if (done != NULL) {
        storage->done_head = done->next;
        if (done->next == NULL) storage->done_tail = &storage->done_head;
        done->next = NULL;
    }
    pthread_mutex_unlock(&storage->mutex);
    return done;
}

void storage_done_free(struct storage_done *done)
{
    if (done == NULL) return;
    store_read_fini(&done->read);
    free(done);
}

struct storage_stats storage_get_stats(struct storage *storage)
{
    pthread_mutex_lock(&storage->mutex);
    struct storage_stats stats = storage->stats;
    pthread_mutex_unlock(&storage->mutex);
    return stats;
}

/* -------------------------------------------------------------------------------------- */

enum err storage_start(struct storage **out, struct store *store, storage_wake_fn wake,
                       void *ctx)
{
    struct storage *storage = mem_zalloc(sizeof(*storage));
    const struct log_reader *log = store_get_log(store);
    pthread_attr_t attr;
    sigset_t all, old;

    storage->store = store;
    storage->wake = wake;
    storage->ctx = ctx;
    storage->lseq = log->last(log->ctx);
    storage->done_tail = &storage->done_head;
    jobs_init(&storage->jobs);
    CHECK(pthread_mutex_init(&storage->mutex, NULL) == 0);
    CHECK(pthread_cond_init(&storage->more, NULL) == 0);
    CHECK(pthread_attr_init(&attr) == 0);
    (void)pthread_attr_setstacksize(&attr, STACK_BYTES);
    sigfillset(&all); /* signals are the loop's */
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int rc = pthread_create(&storage->thread, &attr, thread_main, storage);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attr);
    if (rc != 0) {
        pthread_cond_destroy(&storage->more);
        pthread_mutex_destroy(&storage->mutex);
        free(storage);
        return ERR_SYSTEM;
    }
    *out = storage;
    return ERR_OK;
}

void storage_stop(struct storage *storage)
{
    struct storage_done *done;

    if (storage == NULL) return;
    pthread_mutex_lock(&storage->mutex);
    storage->stopping = true;
    pthread_cond_signal(&storage->more);
    pthread_mutex_unlock(&storage->mutex);
    pthread_join(storage->thread, NULL);
    while ((done = storage_take(storage)) != NULL)
        storage_done_free(done);
    pthread_cond_destroy(&storage->more);
    pthread_mutex_destroy(&storage->mutex);
    free(storage);
}
