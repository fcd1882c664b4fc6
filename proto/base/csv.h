/*
 * csv.h: tables as spreadsheets write them, read strictly, and written so that a spreadsheet
 * does not run what somebody wrote (RFC 4180).
 *
 * The separator is the first of comma, semicolon and tab that the first row has outside of
 * quotes; without one, the comma. A byte order mark at the beginning is skipped; lines end in
 * LF or CRLF; empty lines are passed over. A field in quotes may hold separators, line ends and
 * doubled quotes.
 */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "proto/base/mem.h"

enum { CSV_FIELDS_MAX = 256 };

struct csv {
    const char *p, *end;
    char separator;
    unsigned line;   /* of the next row, from 1 */
    const char *why; /* what is wrong, a sentence; NULL: nothing yet */
};

struct csv_row {
    unsigned line; /* where it begins */
    size_t n;
    const char *fields[CSV_FIELDS_MAX]; /* blanks around a field in no quotes are taken off */
};

/* text is borrowed. */
void csv_init(struct csv *csv, struct slice text);
/*
 * The next row, its fields in the arena. False at the end, or when something is wrong: then why
 * says what, and line where. Text that is not UTF-8 or holds a NUL is wrong.
 */
bool csv_next(struct csv *csv, struct arena *arena, struct csv_row *row);

/* = + - @, tab or return, behind any number of apostrophes: so that the one that csv_put_text puts
 * before it can be taken away again. */
bool csv_begins_formula(const char *text);
/* Appends a field, in quotes where it needs them; `first` puts no comma before it. A text that
 * a spreadsheet would take for a formula gets an apostrophe before it. */
void csv_put_text(struct buf *out, bool first, const char *text);
/* The same for a number, which may begin with a minus. */
void csv_put_number(struct buf *out, bool first, const char *number);
void csv_put_end(struct buf *out);

#endif
