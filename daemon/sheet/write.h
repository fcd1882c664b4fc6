/*
 * write.h: records as a table, the columns from their schema. It comes back by sheet.h: the
 * column `record` has the ids, a list of objects is a column a member with a line an item.
 */
#ifndef SHEET_WRITE_H
#define SHEET_WRITE_H

#include <jansson.h>

#include "proto/record/schema.h"

/* The header row. schema NULL: of a type unknown here, whose sections are one column of JSON.
 */
void write_header(struct buf *out, const struct schema *schema);
/* One row. item: a record as the API answers it, with its sections. */
void write_row(struct buf *out, const struct schema *schema, const json_t *item);

#endif
