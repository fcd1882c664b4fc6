/*
 * template.h: an empty table to fill in: a header row of a type's fields, or the worksheet that
 * teams know, on its side. What it asks is understood when it comes back (sheet.h).
 */
#ifndef SHEET_TEMPLATE_H
#define SHEET_TEMPLATE_H

#include "proto/record/schema.h"

/* "pdsa": the worksheet of a cycle, a column a cycle; else a type. NOT_FOUND for neither. */
MUST_USE enum err template_put(struct buf *out, const struct schema_set *schemas,
                               const char *name);

#endif
