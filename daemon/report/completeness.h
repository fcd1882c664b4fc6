/*
 * completeness.h: for each open measure and school, how many periods are over, for how many
 * numbers were published, and how many of those within COMPLETENESS_DAYS of the period's end.
 *
 * Periods run from the measure's `since` (else the first that anybody published) to the last
 * that is over. Of terms and free days the length is not known: there the periods are those
 * that anybody published, and nothing is said of time. A measure of the network or the hub is
 * expected of every school but the hub and observers; a school's own, of that school.
 */
#ifndef REPORT_COMPLETENESS_H
#define REPORT_COMPLETENESS_H

#include "daemon/report/report.h"

enum {
    COMPLETENESS_DAYS = 30,
    COMPLETENESS_PERIODS_MAX = 400 /* the newest: a year of days */
};

/* Appends rows of school, measure, expected, received, on time, share, next missing. */
MUST_USE enum err completeness_rows(struct view_reader *reader,
                                    const struct report_options *options, struct buf *out);

#endif
