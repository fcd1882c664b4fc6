/*
 * tensions.h: what several people say together between two poles, one row a tension: the middle
 * and the spread of now and of should, and the gap. The counting, and what keeps a person from
 * being seen, is tally.h's.
 */
#ifndef REPORT_TENSIONS_H
#define REPORT_TENSIONS_H

#include "daemon/report/report.h"

/* Appends rows of tension, now, spread, should, spread, gap, answers. None without a type. */
MUST_USE enum err tensions_rows(struct view_reader *reader,
                                const struct report_options *options, struct buf *out);

#endif
