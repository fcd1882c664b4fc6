/*
 * columns.h: inside sheet*.c: which field each column of a table is: as a person says, as was
 * remembered of such headers, or by what the header is called.
 */
#ifndef SHEET_COLUMNS_H
#define SHEET_COLUMNS_H

#include "daemon/sheet/cell.h"
#include "daemon/sheet/grid.h"
#include "daemon/sheet/sheet.h"

enum columns_by { COLUMNS_NOBODY, COLUMNS_GUESS, COLUMNS_REMEMBERED, COLUMNS_SAID };

struct column {
    const char *header;
    const char *sample; /* its first cell with something in it; "" when it has none */
    struct header_place place;
    unsigned sure; /* of a guess */
    enum columns_by by;
};

struct columns {
    struct column *all;
    size_t n;
};

/* INVALID: a place that was said is none, or is said twice; *problem. */
MUST_USE enum err columns_init(struct columns *out, const struct grid *grid,
                               const struct header_book *book, const struct schema *schema,
                               const json_t *said, const json_t *remembered,
                               struct spread_problem *problem);
void columns_fini(struct columns *columns);

/* The column of that place, or NULL. */
const struct column *columns_of(const struct columns *columns, const char *place);
/* The field whose values the column's cells are; NULL for none. */
const struct schema_field *columns_field(const struct column *column);
/* {HEADER: PLACE} for the memory. New reference. */
json_t *columns_memory(const struct columns *columns);
/* [{"column", "header", "place", "label", "by", "sample"}]. New reference. */
json_t *columns_json(const struct columns *columns);

#endif
