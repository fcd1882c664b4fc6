/*
 * tables.h: the reports as data: what each is called, what it means, its columns and the SELECT
 * over the view's tables that makes its rows (one JSON list a row).
 */
#ifndef REPORT_TABLES_H
#define REPORT_TABLES_H

#include "daemon/report/report.h"

struct tables_column {
    const char *name;
    const char *label;
    const char *kind; /* "text", "count" or "share" (0 … 1, or null) */
};

struct tables_report {
    const char *title;
    const char *meaning;
    const struct tables_column *columns; /* ends with a NULL name */
    unsigned filters;                    /* REPORT_BY_… */
    /* ?1 today, ?2 and ?3 the first and last day of the period, as "2026-03-01" or null, ?4 the
     * student group or null, ?5 how many rows are wanted at most and one more, or -1. */
    const char *sql;
    /* Instead of sql: appends the rows, joined by commas. */
    enum err (*make)(struct view_reader *reader, const struct report_options *options,
                     struct buf *out);
};

const struct tables_report *tables_report(enum report_kind kind);

#endif
