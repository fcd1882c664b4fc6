/*
 * grid.h: inside sheet*.c: a table with its headers found: in a row near the top, or, for a
 * worksheet, in the first column. A *record* is a row below the headers, or a column beside
 * them.
 */
#ifndef SHEET_GRID_H
#define SHEET_GRID_H

#include "daemon/sheet/header.h"
#include "daemon/sheet/spread.h"

enum { GRID_HEADS_MAX = 10 }; /* a title and a few words may stand above the headers */

struct grid {
    const struct spread *cells;
    bool turned;
    size_t head; /* the headers' row; turned: the first row that counts */
};

/* How well the headers fit a type, wherever they stand; sets *out to where. 0: nothing fits. */
unsigned grid_find(struct grid *out, const struct spread *cells,
                   const struct header_book *book);

size_t grid_columns(const struct grid *grid);
size_t grid_records(const struct grid *grid);
const char *grid_header(const struct grid *grid, size_t column);
/* "" where there is nothing. */
const char *grid_cell(const struct grid *grid, size_t record, size_t column);
/* Where a person finds it: the line of the file of a record's cell. */
size_t grid_line(const struct grid *grid, size_t record, size_t column);
/* The line of a record; turned: its column, from 1. */
size_t grid_record_line(const struct grid *grid, size_t record);

#endif
