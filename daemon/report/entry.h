/*
 * entry.h: numbers on their way in: what each line of a table, or each of a list, was
 * understood as, before anything is written. One wrong line, and nothing is.
 *
 * A table is CSV (csv.h), long or wide. Long: a row a number, the columns named in the first
 * row: period, group, numerator, denominator, value, note, annotation. Wide: a row a period, a
 * column a group ("all" for all students), each cell "50/120", "50 of 120", a value, nothing
 * (nothing is said) or "-" (the number there is taken away).
 */
#ifndef REPORT_ENTRY_H
#define REPORT_ENTRY_H

#include "daemon/report/measure.h"

enum { ENTRY_LINES_MAX = 2000 }; /* a class's ten years of weeks, four groups */

/* X(NAME, "name") */
#define ENTRY_WHAT_TABLE(X) \
    X(NEW, "new")           \
    X(CHANGED, "changed")   \
    X(SAME, "same")         \
    X(WRONG, "wrong")

enum entry_what {
#define X(NAME, name) ENTRY_##NAME,
    ENTRY_WHAT_TABLE(X)
#undef X
        ENTRY_WHAT_COUNT
};
const char *entry_what_name(enum entry_what what);

struct entry_line {
    unsigned line; /* of the table, or the place in the list; from 1 */
    enum entry_what what;
    const char *field, *problem; /* WRONG: where, and what to do */
    const char *label;           /* "Sep 2026, All students" */
    const char *text, *was;      /* "50 of 120 (41.7 %)"; CHANGED: what it said before */
    const json_t *head;          /* the section to write; a member null to clear it */
    char record[33];             /* CHANGED: the point; else "" */
};
struct entries {
    struct entry_line *list;
    size_t n;
    size_t count[ENTRY_WHAT_COUNT];
    bool uncounted; /* shares without their counts: say so */
    json_t *keep;   /* json_decref it when done: what the heads belong to */
};

/*
 * points: a list of {"period", "group", "numerator", "denominator", "value", "note",
 * "annotation", "cycle"}; or NULL, and table is text. NOT_FOUND, INVALID (*out holds
 * {"error"}): the measure is not there, the table cannot be read at all. A line that is wrong
 * is no error: count[ENTRY_WRONG].
 */
MUST_USE enum err entry_read(struct view_reader *reader, const char *id, const json_t *points,
                             const char *table, struct arena *arena, struct entries *entries,
                             struct buf *out);
/* {"items": [{"line", "what", "label", "text", "was", "field", "problem"}], "new", "changed",
 * "same", "wrong", "notes"}. New reference. */
json_t *entry_json(const struct entries *entries);

/*
 * Appends a measure's numbers as a wide table to fill in: {"columns": ["", …], "rows":
 * [{"period", "label", "cells": ["50/120", "", …]}], "measure": {…}}: this school's points, all
 * periods from `from` (or the first that has a number) to `until` (or today).
 */
MUST_USE enum err entry_grid(struct view_reader *reader, const char *id, const char *from,
                             const char *until, const char *today, struct buf *out);

#endif
