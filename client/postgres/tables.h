/*
 * tables.h: the SQL of a copy, as text: what docs/EXPORT.md describes. Pure. Every statement
 * that takes records takes one page of GET …/changes as JSON in $1, and takes it apart in the
 * database: what was written by whoever is data there, never SQL.
 */
#ifndef POSTGRES_TABLES_H
#define POSTGRES_TABLES_H

#include "proto/base/mem.h"
#include "proto/record/schema.h"

enum { TABLES_LAYOUT = 1 }; /* of state.layout: a program leaves a later one alone */

/* schema: the name of the database's schema that the copy lies in. Texts end in a NUL. */

/* Makes what is missing of the schema, its own tables, and the helpers. */
void tables_make(struct buf *out, const char *schema);

/* A column of a type's table. */
struct tables_column {
    const char *name;
    const char
        *sql_type; /* "text", "date", "numeric", "bigint", "boolean", "text[]", "jsonb" */
    const struct schema_field *field;
};
struct tables_type {
    struct arena arena;
    const struct schema *schema;
    const char *table; /* its name, unquoted */
    struct tables_column *columns;
    size_t n;
};
/* The table that a type has. Two fields of one name are told apart by a digest. */
void tables_type_init(struct tables_type *out, const struct schema *schema);
void tables_type_fini(struct tables_type *type);

/* CREATE TABLE IF NOT EXISTS with its key alone; the columns are added one by one. */
void tables_type_make(struct buf *out, const char *schema, const struct tables_type *type);
/* name and sql_type of the columns that are there: parameters $1 schema, $2 table. */
void tables_columns_there(struct buf *out);
/* ADD COLUMN. Where a column of that name has another type, the new one is `name__type`. */
void tables_column_add(struct buf *out, const char *schema, const struct tables_type *type,
                       const struct tables_column *column);

/* Of a page in $1. */
void tables_put_records(struct buf *out, const char *schema); /* $2: the pass */
void tables_drop_gone(struct buf *out, const char *schema);
void tables_drop_parts(struct buf *out, const char *schema, const char *table);
void tables_put_items(struct buf *out, const char *schema);
void tables_put_links(struct buf *out, const char *schema);
void tables_put_type(struct buf *out, const char *schema, const struct tables_type *type);

/* The state's row: read and locked; written ($1 network … $7); what a whole pass did not meet.
 */
void tables_state_read(struct buf *out, const char *schema);
void tables_state_write(struct buf *out, const char *schema);
void tables_drop_unseen(struct buf *out, const char *schema); /* $1: the pass */

#endif
