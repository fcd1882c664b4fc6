/*
 * report.h: what the network learned, as tables over what this node can read. Any node computes
 * them; the hub is merely the one that is asked. Each is a title, a sentence that says what it
 * means, columns and rows:
 *
 *   {"name", "title", "meaning", "columns": [{"name", "label", "kind": text|count|share}…],
 *    "rows": [[…]…], "applied": lseq, "schools": n}
 *
 * A share is null where nothing could be counted (never 0 for "unknown").
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "daemon/view/view.h"

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
    X(learnings, "learnings shared against successes shared")

enum report_kind {
#define X(name, text) REPORT_##name,
    REPORT_TABLE(X)
#undef X
        REPORT_COUNT
};

struct report_options {
    int64_t wall_s; /* what the machine believes the date is */
    int days;       /* the period for `active`; 0: 90 */
};

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
