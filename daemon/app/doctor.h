/*
 * doctor.h: verifies everything that one network keeps: every envelope's form, id, place in its
 * chain, signature and payload hash; every local revision's id; the keys of the spaces that it
 * is a member of; the projection's integrity. With `rebuild` the projection is made anew and,
 * while that is small enough, compared with what it was, byte for byte.
 *
 * A payload that is damaged is fetched again from the members that are connected; where one came,
 * the projection is made anew from it.
 *
 * The log is read on a worker thread, the projection on the view thread; both go on with their
 * work meanwhile.
 */
#ifndef APP_DOCTOR_H
#define APP_DOCTOR_H

#include "daemon/app/state.h"

enum {
    DOCTOR_PROBLEMS_MAX = 100,  /* told one by one; the rest is a number */
    DOCTOR_COMPARE_MAX = 20000, /* log entries up to which the dumps are compared */
    DOCTOR_PROGRESS_MS = 250,
};

struct doctor;

/* progress and done as in api_host. */
void doctor_start(struct app *app, struct app_network *network, bool rebuild,
                  api_progress_fn progress, api_result_fn done, void *arg);
/* All that run end soon, with CLOSED. */
void doctor_cancel(struct app *app);

/* An envelope whose payload is not what its header says. */
struct doctor_lost {
    struct chain chain;
    uint64_t seq;
};

/* What is found in a log; the part that needs no daemon. */
struct doctor_report {
    _Atomic uint64_t entries; /* so far; for progress */
    uint64_t envelopes, statements, signatures, locals;
    struct buf problems; /* JSON objects, commas between */
    uint64_t problems_n;
    struct doctor_lost *lost; /* not among the problems yet; the caller's to free */
    size_t lost_n, lost_cap;
};
/* Reads the whole log. *cancel ends it early with CLOSED. */
MUST_USE enum err doctor_read_log(const struct log_reader *log, struct doctor_report *report,
                                  const _Atomic bool *cancel);
/* A payload that does not come back is a problem. */
void doctor_report_lost(struct doctor_report *report, const struct doctor_lost *lost);

#endif
