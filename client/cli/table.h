/*
 * table.h: aligned columns that fit the terminal. Columns take their natural width; when that
 * is too much, the widest of those that may shrink give way first and cut their text with "…".
 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <stddef.h>

#include "client/cli/term.h"

enum table_align { TABLE_LEFT, TABLE_RIGHT };

struct table_column {
    const char *title;
    unsigned min; /* may shrink to this; 0: never shrinks */
    enum table_align align;
};

struct table_cell {
    char *text; /* safe, one line */
    size_t n;
    enum term_style style;
};

struct table {
    const struct table_column *columns;
    size_t width; /* columns */
    struct table_cell *cells;
    size_t n, cap;
};

/* columns is borrowed. */
void table_init(struct table *table, const struct table_column *columns, size_t n);
void table_fini(struct table *table);
/* The next cell, row by row. NULL is an empty one. */
void table_put(struct table *table, enum term_style style, const char *text);
__attribute__((format(printf, 3, 4))) void table_putf(struct table *table,
                                                      enum term_style style, const char *format,
                                                      ...);
size_t table_rows(const struct table *table);
/* Header line (dim) and rows. Writes nothing when there are no rows. A column whose cells are
 * all empty is left out. */
void table_write(const struct table *table, struct term *term);

#endif
