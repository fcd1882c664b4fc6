/*
 * report.h: what the network learned, as tables over what this node can read. Any node computes
 * them; the hub is merely the one that is asked. Each is a title, a sentence that says what it
 * means, columns and rows:
 *
 *   {"name", "title", "meaning", "columns": [{"name", "label", "kind": text|count|share}…],
 *    "rows": [[…]…], "applied": lseq, "schools": n, "from": DATE | null, "to": DATE | null,
 *    "group": TEXT | null}
 *
 * A share is null where nothing could be counted (never 0 for "unknown"). from, to and group
 * say what the rows were narrowed to. `"more": true` when there were more rows than asked for.
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "daemon/view/view.h"
#include "proto/record/schema.h"

/* X(name, what a list of reports says) */
#define REPORT_TABLE(X)                                              \
    X(schools, "records by school")                                  \
    X(active, "schools that wrote something readable lately")        \
    X(states, "cycles by state")                                     \
    X(ideas, "cycles by change idea: adopt : adapt : abandon")       \
    X(drivers, "cycles by driver")                                   \
    X(not_studied, "done but not studied")                           \
    X(predictions, "predictions stated, and how often they matched") \
    X(feedback, "feedback given, owed and answered")                 \
    X(share, "the school-to-school share")                           \
    X(learnings, "learnings shared against successes shared")        \
    X(matrix, "what works, for whom, under what conditions")         \
    X(ramps, "tests that build on each other")                       \
    X(paths, "the path of each bright spot")                         \
    X(standing, "where every team stands in this action period")     \
    X(completeness, "numbers expected, received, on time")           \
    X(progress, "progress as team and hub see it, and the gap")      \
    X(tensions, "tensions: how far apart, where to")

enum report_kind {
#define X(name, text) REPORT_##name,
    REPORT_TABLE(X)
#undef X
        REPORT_COUNT
};

/* What a report can be narrowed to. */
enum { REPORT_BY_PERIOD = 1, REPORT_BY_GROUP = 2 };

enum { REPORT_ROWS_MAX = 1000 /* on a screen: more than anybody reads; a table has all */ };

struct report_options {
    int64_t wall_s;        /* what the machine believes the date is */
    int days;              /* the last so many, when from is empty; 0: all (`active`: 90) */
    char from[11], to[11]; /* "2026-03-01", both included; empty: open */
    const char *group;     /* a student group, as the records name it; NULL: all */
    size_t rows_max;       /* 0: all there are */
    const struct schema *poles; /* of `tensions`: the type that is rated; NULL: not there */
};

/* REPORT_BY_… that the report takes; the others are passed over. */
unsigned report_filters(enum report_kind kind);

const char *report_name(enum report_kind kind);
const char *report_text(enum report_kind kind);
/* NOT_FOUND for an unknown name. */
MUST_USE enum err report_by_name(const char *name, enum report_kind *out);

/* Appends one report as JSON. */
MUST_USE enum err report_make(struct view_reader *reader, enum report_kind kind,
                              const struct report_options *options, struct buf *out);
/* {"reports": [all of them…], "applied"}. */
MUST_USE enum err report_all(struct view_reader *reader, const struct report_options *options,
                             struct buf *out);

#endif
