#include "client/postgres/tables.h"

#include <stdlib.h>
#include <string.h>

#include "client/postgres/names.h"
#include "proto/base/text.h"

/* Puts a text with `@` for the quoted schema and its dot, and ends it with a NUL. */
static void put(struct buf *out, const char *schema, const char *text)
{
    if (out->len > 0 && out->data[out->len - 1] == 0) out->len--;
    for (; *text != '\0'; text++) {
        if (*text != '@') {
            buf_put_u8(out, (uint8_t)*text);
            continue;
        }
        names_quoted(out, schema, strlen(schema));
        buf_put_u8(out, '.');
    }
    buf_put_u8(out, 0);
}

static void put_name(struct buf *out, const char *name)
{
    if (out->len > 0 && out->data[out->len - 1] == 0) out->len--;
    names_quoted(out, name, strlen(name));
    buf_put_u8(out, 0);
}

/* ------------------------------------------------------------------------------- our tables --
 */

/* A date that is none (another program's, an older schema's) is null, and stays in `sections`.
 */
static const char layout[] =
    "CREATE TABLE IF NOT EXISTS @state(one boolean PRIMARY KEY DEFAULT true CHECK(one),"
    " layout integer NOT NULL, network text NOT NULL, device text NOT NULL,"
    " since bigint, pass bigint NOT NULL, pass_from bigint, pass_through bigint,"
    " pass_cursor text, changed_at timestamptz NOT NULL DEFAULT now());"
    "CREATE TABLE IF NOT EXISTS @records(owner text NOT NULL, record text NOT NULL,"
    " type text NOT NULL, owner_name text, mine boolean, title text, summary text, state text,"
    " flags text[], person text, written_at timestamptz, begun_at timestamptz, shown_in text,"
    " sections jsonb NOT NULL, raw jsonb NOT NULL, pass bigint NOT NULL,"
    " PRIMARY KEY(owner, record));"
    "CREATE INDEX IF NOT EXISTS records_type ON @records(type);"
    "CREATE TABLE IF NOT EXISTS @items(owner text NOT NULL, record text NOT NULL,"
    " path text NOT NULL, position integer NOT NULL, id text, item jsonb NOT NULL,"
    " PRIMARY KEY(owner, record, path, position), FOREIGN KEY(owner, record)"
    " REFERENCES @records(owner, record) ON DELETE CASCADE);"
    "CREATE TABLE IF NOT EXISTS @links(owner text NOT NULL, record text NOT NULL,"
    " path text NOT NULL, target_owner text NOT NULL, target_record text NOT NULL,"
    " PRIMARY KEY(owner, record, path, target_owner, target_record), FOREIGN KEY(owner, record)"
    " REFERENCES @records(owner, record) ON DELETE CASCADE);"
    "CREATE INDEX IF NOT EXISTS links_target ON @links(target_owner, target_record);"
    "CREATE OR REPLACE FUNCTION @as_date(value text) RETURNS date LANGUAGE plpgsql IMMUTABLE AS"
    " $f$ BEGIN IF value !~ '^\\d{4}-\\d{2}-\\d{2}$' THEN RETURN NULL; END IF;"
    " RETURN value::date; EXCEPTION WHEN others THEN RETURN NULL; END $f$;"
    "CREATE OR REPLACE FUNCTION @as_time(value text) RETURNS timestamptz LANGUAGE plpgsql"
    " IMMUTABLE AS $f$ BEGIN IF value !~ '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}Z$' THEN"
    " RETURN NULL; END IF; RETURN (replace(rtrim(value, 'Z'), 'T', ' ') || '+00')::timestamptz;"
    " EXCEPTION WHEN others THEN RETURN NULL; END $f$;"
    "CREATE OR REPLACE FUNCTION @as_texts(value jsonb) RETURNS text[] LANGUAGE sql IMMUTABLE AS"
    " $f$ SELECT CASE WHEN jsonb_typeof(value) = 'array' THEN ARRAY(SELECT e #>> '{}' FROM"
    " jsonb_array_elements(value) WITH ORDINALITY AS t(e, n) ORDER BY n) END $f$;"
    "CREATE OR REPLACE FUNCTION @as_object(value jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS"
    " $f$ SELECT CASE WHEN jsonb_typeof(value) = 'object' THEN value ELSE '{}' END $f$;"
    "CREATE OR REPLACE FUNCTION @as_list(value jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS"
    " $f$ SELECT CASE WHEN jsonb_typeof(value) = 'array' THEN value ELSE '[]' END $f$;";

void tables_make(struct buf *out, const char *schema)
{
    put(out, schema, "CREATE SCHEMA IF NOT EXISTS ");
    put_name(out, schema);
    put(out, schema, ";");
    put(out, schema, layout);
}

/* --------------------------------------------------------------------------- a type's table --
 */

static const char *sql_type(const struct schema_field *field)
{
    if (field->list) return field->item_kind == SCHEMA_STRING ? "text[]" : "jsonb";
    switch (field->kind) {
    case SCHEMA_INTEGER:
        return "bigint";
    case SCHEMA_NUMBER:
        return "numeric";
    case SCHEMA_BOOLEAN:
        return "boolean";
    case SCHEMA_STRING:
        return field->input == SCHEMA_INPUT_DATE ? "date" : "text";
    case SCHEMA_ANY:
    case SCHEMA_OBJECT:
    case SCHEMA_LIST:
        break;
    }
    return "jsonb";
}

static bool taken(const struct tables_type *type, const char *name)
{
    for (size_t i = 0; i < type->n; i++) {
        if (strcmp(type->columns[i].name, name) == 0) return true;
    }
    return false;
}

void tables_type_init(struct tables_type *out, const struct schema *schema)
{
    const struct schema_field *field;
    size_t walk = 0, n = 0;
    struct buf name = {0};

    *out = (struct tables_type){.schema = schema};
    names_table(&name, schema->type);
    buf_put_u8(&name, 0);
    out->table = arena_strdup(&out->arena, (const char *)name.data);
    while (schema_next(schema, &walk) != NULL)
        n++;
    out->columns = arena_alloc(&out->arena, (n + 1) * sizeof(*out->columns));
    for (walk = 0; (field = schema_next(schema, &walk)) != NULL;) {
        struct tables_column *column = &out->columns[out->n];

        name.len = 0;
        names_column(&name, field->section, field->name);
        buf_put_u8(&name, 0);
        /* "a_b" of c, and "a" of "b_c". */
        while (taken(out, (const char *)name.data)) {
            name.len--;
            buf_put_u8(&name, '_');
            buf_put_u8(&name, 0);
        }
        *column =
            (struct tables_column){.name = arena_strdup(&out->arena, (const char *)name.data),
                                   .sql_type = sql_type(field),
                                   .field = field};
        out->n++;
    }
    buf_fini(&name);
}

void tables_type_fini(struct tables_type *type)
{
    arena_fini(&type->arena);
    *type = (struct tables_type){0};
}

void tables_type_make(struct buf *out, const char *schema, const struct tables_type *type)
{
    put(out, schema, "CREATE TABLE IF NOT EXISTS @");
    put_name(out, type->table);
    put(out, schema,
        "(owner text NOT NULL, record text NOT NULL, PRIMARY KEY(owner, record),"
        " FOREIGN KEY(owner, record) REFERENCES @records(owner, record) ON DELETE CASCADE);");
}

void tables_columns_there(struct buf *out)
{
    put(out, "",
        "SELECT a.attname, format_type(a.atttypid, NULL) FROM pg_attribute a"
        " JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n"
        " ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2"
        " AND a.attnum > 0 AND NOT a.attisdropped");
}

void tables_column_add(struct buf *out, const char *schema, const struct tables_type *type,
                       const struct tables_column *column)
{
    put(out, schema, "ALTER TABLE @");
    put_name(out, type->table);
    put(out, schema, " ADD COLUMN IF NOT EXISTS ");
    put_name(out, column->name);
    put(out, schema, " ");
    put(out, schema, column->sql_type);
    put(out, schema, ";");
}

/* -------------------------------------------------------------------------------- of a page --
 */

/* What is there to keep: not gone, and its words not withheld (a type where nobody is named).
 */
#define PAGE                                                                              \
    " FROM jsonb_array_elements($1::jsonb -> 'items') AS i WHERE NOT i ? 'gone' AND NOT " \
    "coalesce((i -> 'withheld')::boolean, false)"

void tables_put_records(struct buf *out, const char *schema)
{
    put(out, schema,
        "INSERT INTO @records(owner, record, type, owner_name, mine, title, summary, state,"
        " flags, person, written_at, begun_at, shown_in, sections, raw, pass) SELECT i #>> "
        "'{owner,id}', i ->> 'id', i ->> 'type',"
        " i #>> '{owner,name}', (i #> '{owner,mine}')::boolean, i ->> 'title', i ->> 'summary',"
        " i ->> 'state', @as_texts(i -> 'flags'), i ->> 'person', @as_time(i ->> 'at'),"
        " @as_time(i ->> 'created_at'), i #>> '{shown_in,class}', @as_object(i -> 'sections'),"
        " i, $2::bigint" PAGE
        " ON CONFLICT(owner, record) DO UPDATE SET type = excluded.type, owner_name ="
        " excluded.owner_name, mine = excluded.mine, title = excluded.title, summary ="
        " excluded.summary, state = excluded.state, flags = excluded.flags, person ="
        " excluded.person, written_at = excluded.written_at, begun_at = excluded.begun_at,"
        " shown_in = excluded.shown_in, sections = excluded.sections, raw = excluded.raw,"
        " pass = excluded.pass");
}

void tables_drop_gone(struct buf *out, const char *schema)
{
    put(out, schema,
        "DELETE FROM @records r USING jsonb_array_elements($1::jsonb -> 'items') AS i WHERE"
        " (i ? 'gone' OR coalesce((i -> 'withheld')::boolean, false)) AND"
        " r.owner = i #>> '{owner,id}' AND r.record = i ->> 'id'");
}

void tables_drop_parts(struct buf *out, const char *schema, const char *table)
{
    put(out, schema, "DELETE FROM @");
    put_name(out, table);
    put(out, schema,
        " t USING jsonb_array_elements($1::jsonb -> 'items') AS i WHERE"
        " t.owner = i #>> '{owner,id}' AND t.record = i ->> 'id'");
}

/* Every list of objects of every section, whatever the type. */
void tables_put_items(struct buf *out, const char *schema)
{
    put(out, schema,
        "INSERT INTO @items(owner, record, path, position, id, item)"
        " SELECT p.owner, p.record, s.key || '.' || f.key, e.n, e.item ->> 'id', e.item FROM"
        " (SELECT i #>> '{owner,id}' AS owner, i ->> 'id' AS record, i -> 'sections' AS"
        " sections" PAGE ") AS p, jsonb_each(@as_object(p.sections)) AS s,"
        " jsonb_each(@as_object(s.value)) AS f, jsonb_array_elements(@as_list(f.value))"
        " WITH ORDINALITY AS e(item, n) WHERE jsonb_typeof(e.item) = 'object'");
}

/* Every reference: a field, an entry of a list, a member of an item. */
void tables_put_links(struct buf *out, const char *schema)
{
    put(out, schema,
        "WITH fields AS (SELECT i #>> '{owner,id}' AS owner, i ->> 'id' AS record,"
        " s.key || '.' || f.key AS path, f.value FROM jsonb_array_elements($1::jsonb -> "
        "'items')"
        " AS i, jsonb_each(@as_object(i -> 'sections')) AS s, jsonb_each(@as_object(s.value))"
        " AS f WHERE NOT i ? 'gone' AND NOT coalesce((i -> 'withheld')::boolean, false)),"
        " entries AS (SELECT owner, record, path, value FROM fields UNION ALL"
        " SELECT owner, record, path, e FROM fields, jsonb_array_elements(@as_list(value)) AS "
        "e),"
        " leaves AS (SELECT owner, record, path, value FROM entries UNION ALL"
        " SELECT owner, record, path || '.' || m.key, m.value FROM entries,"
        " jsonb_each(@as_object(value)) AS m)"
        " INSERT INTO @links(owner, record, path, target_owner, target_record)"
        " SELECT DISTINCT owner, record, path, substr(value #>> '{}', 1, 64),"
        " substr(value #>> '{}', 66) FROM leaves WHERE jsonb_typeof(value) = 'string' AND"
        " value #>> '{}' ~ '^[0-9a-f]{64}/[0-9a-f]{32}$'");
}

/* i's field as the column's type; null where it is of another kind. */
static void put_expression(struct buf *out, const char *schema,
                           const struct tables_column *column)
{
    struct buf at = {0};
    static const struct {
        const char *sql_type, *before, *after;
    } shapes[] = {
        {"text", "CASE WHEN jsonb_typeof(^) = 'string' THEN ^ #>> '{}' END", ""},
        {"date", "@as_date(^ #>> '{}')", ""},
        {"numeric", "CASE WHEN jsonb_typeof(^) = 'number' THEN (^)::numeric END", ""},
        {"bigint",
         "CASE WHEN jsonb_typeof(^) = 'number' AND abs((^)::numeric) <= 9007199254740992 AND"
         " (^)::numeric = trunc((^)::numeric) THEN (^)::bigint END",
         ""},
        {"boolean", "CASE WHEN jsonb_typeof(^) = 'boolean' THEN (^)::boolean END", ""},
        {"text[]", "@as_texts(^)", ""},
        {"jsonb", "^", ""},
    };

    /* Names of sections and fields are a-z 0-9 _ -: nothing to escape. */
    buf_put_str(&at, "(i #> '{sections,");
    buf_put_str(&at, column->field->section);
    buf_put_u8(&at, ',');
    buf_put_str(&at, column->field->name);
    buf_put_str(&at, "}')");
    buf_put_u8(&at, 0);
    for (size_t k = 0; k < sizeof(shapes) / sizeof(shapes[0]); k++) {
        char one[2] = {0};

        if (strcmp(shapes[k].sql_type, column->sql_type) != 0) continue;
        for (const char *p = shapes[k].before; *p != '\0'; p++) {
            one[0] = *p;
            put(out, schema, *p == '^' ? (const char *)at.data : one);
        }
    }
    buf_fini(&at);
}

void tables_put_type(struct buf *out, const char *schema, const struct tables_type *type)
{
    put(out, schema, "INSERT INTO @");
    put_name(out, type->table);
    put(out, schema, "(owner, record");
    for (size_t i = 0; i < type->n; i++) {
        put(out, schema, ", ");
        put_name(out, type->columns[i].name);
    }
    put(out, schema, ") SELECT i #>> '{owner,id}', i ->> 'id'");
    for (size_t i = 0; i < type->n; i++) {
        put(out, schema, ", ");
        put_expression(out, schema, &type->columns[i]);
    }
    put(out, schema, PAGE " AND i ->> 'type' = '");
    put(out, schema, type->schema->type); /* a-z 0-9 _ */
    put(out, schema, "'");
}

/* ------------------------------------------------------------------------------------- state
 * -- */

void tables_state_read(struct buf *out, const char *schema)
{
    put(out, schema,
        "SELECT layout, network, device, since, pass, pass_from, pass_through,"
        " pass_cursor FROM @state");
}

void tables_state_write(struct buf *out, const char *schema)
{
    put(out, schema,
        "INSERT INTO @state(layout, network, device, since, pass, pass_from, pass_through,"
        " pass_cursor) VALUES($1::integer, $2, $3, $4::bigint, $5::bigint, $6::bigint,"
        " $7::bigint, $8) ON CONFLICT(one) DO UPDATE SET layout = excluded.layout, network ="
        " excluded.network, device = excluded.device, since = excluded.since, pass ="
        " excluded.pass, pass_from = excluded.pass_from, pass_through = excluded.pass_through,"
        " pass_cursor = excluded.pass_cursor, changed_at = now()");
}

void tables_drop_unseen(struct buf *out, const char *schema)
{
    put(out, schema, "DELETE FROM @records WHERE pass <> $1::bigint");
}
