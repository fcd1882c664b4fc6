/*
 * cell.h: what a cell says, as the value of a field: dates in the forms that spreadsheets
 * write, numbers with their marks, choices and yes and no in English and Spanish, lists in one
 * cell. Nothing is guessed where it could mean two things: then it says so.
 */
#ifndef SHEET_CELL_H
#define SHEET_CELL_H

#include <jansson.h>

#include "proto/record/schema.h"

enum cell_dates { CELL_DATES_UNKNOWN, CELL_DATES_DMY, CELL_DATES_MDY };

struct cell_forms {
    enum cell_dates dates;
    char decimal; /* '.' or ','; 0: not known */
};

/*
 * The value of one cell, or one entry of one. New reference; *problem says what to write
 * instead. A DATE is what a day, or the first day of a month, comes to. A REF is the text as it
 * stands: the caller finds the record.
 */
MUST_USE enum err cell_value(const struct schema_field *field, const char *text,
                             const struct cell_forms *forms, json_t **out,
                             struct schema_problem *problem);

/* What the orders of day and month can be, for a date in digits: bits CELL_CAN_…; 0: no matter.
 */
enum { CELL_CAN_DMY = 1, CELL_CAN_MDY = 2 };
unsigned cell_date_orders(const char *text);
/* Could the number mean a thousand or a fraction ("1,234")? */
bool cell_number_unclear(const struct schema_field *field, const char *text);

/* What parts the entries of a cell that holds several: lines; with `tags` also ; and |, or
 * commas where there are neither. */
const char *cell_marks(const char *text, bool tags);
/* The next entry, without a bullet before it. *at = text at first; false at the end. Sets *out,
 * with a NUL. */
bool cell_next(const char **at, const char *marks, struct buf *out);

#endif
