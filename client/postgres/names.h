/*
 * names.h: names in the database for types and fields. Lower case, a-z 0-9 _; never over 63
 * bytes, what is longer ends in a digest of the whole; always quoted when they are used.
 */
#ifndef POSTGRES_NAMES_H
#define POSTGRES_NAMES_H

#include "proto/base/mem.h"

enum { NAMES_BYTES_MAX = 63 }; /* PostgreSQL's NAMEDATALEN - 1 */

/* The table of a type: its name; `type_…` where that is a table of ours. No NUL. */
void names_table(struct buf *out, const char *type);
/* The column of a field: "plan_change"; `field_…` where that is a column of ours. No NUL. */
void names_column(struct buf *out, const char *section, const char *field);
/* Appends "name" in quotes. */
void names_quoted(struct buf *out, const char *name, size_t n);

#endif
