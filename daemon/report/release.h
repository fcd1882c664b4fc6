/*
 * release.h: what a school publishes of a measure and a period, after small numbers were
 * hidden; and what the network sees of all that schools publish, with small numbers hidden once
 * more.
 */
#ifndef REPORT_RELEASE_H
#define REPORT_RELEASE_H

#include "daemon/report/cells.h"

/*
 * The release that this school's points of a period make, judged against its earlier editions:
 *
 *   {"measure": {"id", "name"}, "period", "label", "edition", "least", "hidden", "notes": […],
 *    "sections": {…of a `release`…}, "replaces": the id of an edition that nobody else has seen
 * yet, or null, "rows": [{"group", "label", "denominator", "numerator", "text", "shown", "why",
 *    "because"}]}
 *
 * A row's numbers are the school's own; `shown` is what others will read. INVALID when it
 * cannot be made, NOT_FOUND when there are no points: *out holds {"error": sentence}.
 */
MUST_USE enum err release_make(struct view_reader *reader, const char *id, const char *period,
                               int64_t least, struct buf *out);

/*
 * One number a period and group: the sum over what schools published, or SUPPRESSED; `schools`
 * of struct release_sum says how many are in it and how many hide theirs. n is MEASURE_LEAST.
 */
struct release_sum {
    struct measure_number number;
    size_t schools, hidden;
};
struct release_sums {
    struct release_sum *list; /* by period, group */
    size_t n;
    size_t schools;      /* that published anything */
    const char *refused; /* a period that could not be judged, and why; or NULL */
};
MUST_USE enum err release_network(struct view_reader *reader, const struct measure *measure,
                                  struct release_sums *out);

/* How a number reads: "41.7 %", "suppressed", "≤ 5 %". */
enum { RELEASE_TEXT_BYTES = 128 };
char *release_text(const struct measure *measure, const struct measure_number *number,
                   char out[RELEASE_TEXT_BYTES]);

#endif
