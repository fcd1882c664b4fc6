#include "client/postgres/copy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/text.h"

static enum err base_failed(struct copy *copy, enum err err)
{
    snprintf(copy->why, sizeof(copy->why), "the database: %s", copy->base->why);
    return err;
}

static enum err daemon_failed(struct copy *copy, enum err err)
{
    snprintf(copy->why, sizeof(copy->why), "%s", copy->daemon->why);
    return err;
}

static enum err change(struct copy *copy, const struct buf *sql, const char *const *params,
                       size_t n, uint64_t *rows)
{
    enum err err = base_change(copy->base, (const char *)sql->data, params, n, rows);

    return err == ERR_OK ? ERR_OK : base_failed(copy, err);
}

static enum err run(struct copy *copy, const char *sql)
{
    enum err err = base_run(copy->base, sql);

    return err == ERR_OK ? ERR_OK : base_failed(copy, err);
}

/* ---------------------------------------------------------------------------------- the state
 * -- */

static void take(char *out, size_t n, const char *cell)
{
    snprintf(out, n, "%s", cell == NULL ? "" : cell);
}

struct state_row {
    struct copy *copy;
    bool there;
    long layout;
};

static void on_state(void *arg, const char *const *cells, size_t n)
{
    struct state_row *row = arg;
    struct copy *copy = row->copy;

    if (n < 8) return;
    row->there = true;
    row->layout = cells[0] == NULL ? 0 : strtol(cells[0], NULL, 10);
    take(copy->network, sizeof(copy->network), cells[1]);
    take(copy->device, sizeof(copy->device), cells[2]);
    take(copy->since, sizeof(copy->since), cells[3]);
    copy->pass = cells[4] == NULL ? 0 : strtoull(cells[4], NULL, 10);
    take(copy->from, sizeof(copy->from), cells[5]);
    take(copy->through, sizeof(copy->through), cells[6]);
    take(copy->cursor, sizeof(copy->cursor), cells[7]);
}

static const char *or_null(const char *text)
{
    return *text == '\0' ? NULL : text;
}

static enum err write_state(struct copy *copy)
{
    struct buf sql = {0};
    char layout[8], pass[21];
    const char *params[] = {layout,
                            copy->network,
                            copy->device,
                            or_null(copy->since),
                            text_decimal(pass, copy->pass),
                            or_null(copy->from),
                            or_null(copy->through),
                            or_null(copy->cursor)};
    enum err err;

    snprintf(layout, sizeof(layout), "%d", TABLES_LAYOUT);
    tables_state_write(&sql, copy->schema);
    err = change(copy, &sql, params, 8, NULL);
    buf_fini(&sql);
    return err;
}

/* Everything is fetched anew by the next pass; what is under way is given up. */
static void begin_anew(struct copy *copy)
{
    copy->since[0] = copy->from[0] = copy->through[0] = copy->cursor[0] = '\0';
}

static enum err refuse(struct copy *copy, const char *why)
{
    snprintf(copy->why, sizeof(copy->why), "%s", why);
    return ERR_REFUSED;
}

/* Is the copy ours to go on with? Another device's log has other places: it begins anew. A
 * school that has joined since is another network of the same device, and its records are the
 * same. */
static enum err judge_state(struct copy *copy, const struct state_row *row, const char *network,
                            const char *device)
{
    bool same_device = strcmp(copy->device, device) == 0;

    if (row->there && row->layout > TABLES_LAYOUT) {
        return refuse(copy, "this copy was made by a later kith: install that one");
    }
    if (row->there && strcmp(copy->network, network) != 0 && !same_device) {
        return refuse(copy, "this schema holds the copy of another network: name another one "
                            "with --schema");
    }
    if (row->there && !same_device) begin_anew(copy);
    snprintf(copy->network, sizeof(copy->network), "%s", network);
    snprintf(copy->device, sizeof(copy->device), "%s", device);
    return ERR_OK;
}

static enum err read_state(struct copy *copy)
{
    struct buf sql = {0};
    struct state_row row = {.copy = copy};
    char *network = NULL, *device = NULL;
    enum err err;

    tables_state_read(&sql, copy->schema);
    err = base_select(copy->base, (const char *)sql.data, NULL, 0, on_state, &row);
    buf_fini(&sql);
    if (err != ERR_OK) return base_failed(copy, err);
    err = daemon_who(copy->daemon, &network, &device);
    if (err != ERR_OK) return daemon_failed(copy, err);
    err = judge_state(copy, &row, network, device);
    free(network);
    free(device);
    return err == ERR_OK ? write_state(copy) : err;
}

/* ---------------------------------------------------------------------------------- the types
 * -- */

struct there {
    const struct tables_column *column;
    bool named, typed; /* of that name; and of that type */
};

static void on_column(void *arg, const char *const *cells, size_t n)
{
    struct there *there = arg;

    if (n < 2 || cells[0] == NULL || cells[1] == NULL) return;
    if (strcmp(cells[0], there->column->name) != 0) return;
    there->named = true;
    there->typed = strcmp(cells[1], there->column->sql_type) == 0;
}

static enum err look_for(struct copy *copy, const struct tables_type *type,
                         const struct tables_column *column, struct there *out)
{
    struct buf sql = {0};
    const char *const params[] = {copy->schema, type->table};
    enum err err;

    *out = (struct there){.column = column};
    tables_columns_there(&sql);
    err = base_select(copy->base, (const char *)sql.data, params, 2, on_column, out);
    buf_fini(&sql);
    return err == ERR_OK ? ERR_OK : base_failed(copy, err);
}

/* The column, or, where one of that name has another type, `name__type` beside it. *added: its
 * values have to be fetched. */
static enum err make_column(struct copy *copy, struct tables_type *type,
                            struct tables_column *column, bool *added)
{
    struct there there;
    struct buf sql = {0};
    enum err err = look_for(copy, type, column, &there);

    if (err == ERR_OK && there.named && !there.typed) {
        struct buf name = {0};

        buf_put(&name, column->name, strnlen(column->name, 50));
        buf_put_str(&name, "__");
        buf_put(&name, column->sql_type,
                strspn(column->sql_type, "abcdefghijklmnopqrstuvwxyz"));
        buf_put_u8(&name, 0);
        column->name = arena_strdup(&type->arena, (const char *)name.data);
        buf_fini(&name);
        err = look_for(copy, type, column, &there);
    }
    if (err != ERR_OK || there.typed) return err;
    *added = true;
    tables_column_add(&sql, copy->schema, type, column);
    err = run(copy, (const char *)sql.data);
    buf_fini(&sql);
    return err;
}

static enum err make_type(struct copy *copy, struct tables_type *type, bool *added)
{
    struct buf sql = {0};
    enum err err;

    tables_type_make(&sql, copy->schema, type);
    err = run(copy, (const char *)sql.data);
    buf_fini(&sql);
    for (size_t i = 0; i < type->n && err == ERR_OK; i++)
        err = make_column(copy, type, &type->columns[i], added);
    return err;
}

static enum err make_types(struct copy *copy, bool *added)
{
    enum err err = daemon_schemas(copy->daemon, &copy->types);

    if (err != ERR_OK) return daemon_failed(copy, err);
    copy->tables = mem_zalloc((schema_set_count(copy->types) + 1) * sizeof(*copy->tables));
    for (size_t i = 0; i < schema_set_count(copy->types) && err == ERR_OK; i++) {
        tables_type_init(&copy->tables[copy->n], schema_set_at(copy->types, i));
        err = make_type(copy, &copy->tables[copy->n++], added);
    }
    return err;
}

enum err copy_open(struct copy *copy)
{
    struct buf sql = {0};
    bool added = false;
    enum err err = base_lock(copy->base, copy->schema);

    if (err != ERR_OK) return base_failed(copy, err);
    tables_make(&sql, copy->schema);
    err = run(copy, (const char *)sql.data);
    buf_fini(&sql);
    if (err == ERR_OK) err = read_state(copy);
    if (err == ERR_OK) err = run(copy, "BEGIN");
    if (err == ERR_OK) err = make_types(copy, &added);
    if (err == ERR_OK && added) {
        begin_anew(copy); /* what is there already lacks the new columns' values */
        err = write_state(copy);
    }
    if (err == ERR_OK) err = run(copy, "COMMIT");
    return err;
}

void copy_close(struct copy *copy)
{
    for (size_t i = 0; i < copy->n; i++)
        tables_type_fini(&copy->tables[i]);
    free(copy->tables);
    schema_set_free(copy->types);
    copy->tables = NULL;
    copy->types = NULL;
    copy->n = 0;
}

/* ----------------------------------------------------------------------------------- a page --
 */

typedef void (*statement_fn)(struct buf *out, const char *schema);

static enum err put(struct copy *copy, statement_fn statement, const struct daemon_page *page,
                    uint64_t *rows)
{
    struct buf sql = {0};
    const char *const params[] = {(const char *)page->text.data};
    enum err err;

    statement(&sql, copy->schema);
    err = change(copy, &sql, params, 1, rows);
    buf_fini(&sql);
    return err;
}

static enum err put_records(struct copy *copy, const struct daemon_page *page)
{
    struct buf sql = {0};
    char pass[21];
    const char *const params[] = {(const char *)page->text.data,
                                  text_decimal(pass, copy->pass)};
    uint64_t rows = 0;
    enum err err;

    tables_put_records(&sql, copy->schema);
    err = change(copy, &sql, params, 2, &rows);
    buf_fini(&sql);
    copy->written += rows;
    return err;
}

static bool has_type(const struct daemon_page *page, const char *type)
{
    const json_t *items = json_object_get(page->json, "items");

    for (size_t i = 0; i < json_array_size(items); i++) {
        const char *of = json_string_value(json_object_get(json_array_get(items, i), "type"));

        if (of != NULL && strcmp(of, type) == 0) return true;
    }
    return false;
}

/* The rows of a type anew. A record keeps its type for life, so no other table has one of it.
 */
static enum err put_type(struct copy *copy, const struct tables_type *type,
                         const struct daemon_page *page)
{
    struct buf sql = {0};
    const char *const params[] = {(const char *)page->text.data};
    enum err err;

    if (!has_type(page, type->schema->type)) return ERR_OK;
    tables_drop_parts(&sql, copy->schema, type->table);
    err = change(copy, &sql, params, 1, NULL);
    sql.len = 0;
    tables_put_type(&sql, copy->schema, type);
    if (err == ERR_OK) err = change(copy, &sql, params, 1, NULL);
    buf_fini(&sql);
    return err;
}

static void drop_items(struct buf *out, const char *schema)
{
    tables_drop_parts(out, schema, "items");
}

static void drop_links(struct buf *out, const char *schema)
{
    tables_drop_parts(out, schema, "links");
}

static enum err put_page(struct copy *copy, const struct daemon_page *page)
{
    uint64_t gone = 0;
    enum err err = put_records(copy, page);

    if (err == ERR_OK) err = put(copy, tables_drop_gone, page, &gone);
    if (err == ERR_OK) err = put(copy, drop_items, page, NULL);
    if (err == ERR_OK) err = put(copy, tables_put_items, page, NULL);
    if (err == ERR_OK) err = put(copy, drop_links, page, NULL);
    if (err == ERR_OK) err = put(copy, tables_put_links, page, NULL);
    for (size_t i = 0; i < copy->n && err == ERR_OK; i++)
        err = put_type(copy, &copy->tables[i], page);
    copy->gone += gone;
    return err;
}

/* ------------------------------------------------------------------------------------ a pass
 * -- */

/* The last page is in: the copy is complete up to where the pass began. */
static enum err end_pass(struct copy *copy)
{
    bool whole = copy->from[0] == '\0';
    enum err err = ERR_OK;

    if (whole) {
        struct buf sql = {0};
        char pass[21];
        const char *const params[] = {text_decimal(pass, copy->pass)};
        uint64_t rows = 0;

        tables_drop_unseen(&sql, copy->schema);
        err = change(copy, &sql, params, 1, &rows);
        buf_fini(&sql);
        copy->gone += rows;
    }
    memcpy(copy->since, copy->through, sizeof(copy->since));
    copy->from[0] = copy->through[0] = copy->cursor[0] = '\0';
    return err;
}

/* One page, and how far it brings the copy, in one transaction. */
static enum err step(struct copy *copy, bool *more)
{
    struct daemon_page page;
    char applied[21];
    bool first = copy->through[0] == '\0';
    enum err err;

    if (first) memcpy(copy->from, copy->since, sizeof(copy->from));
    err = daemon_changes(copy->daemon, or_null(copy->from), or_null(copy->cursor), copy->page,
                         &page);
    if (err != ERR_OK) {
        if (first) copy->from[0] = '\0';
        return daemon_failed(copy, err);
    }
    if (first) {
        take(copy->through, sizeof(copy->through), text_decimal(applied, page.applied));
        copy->pass += copy->from[0] == '\0'; /* a whole pass has a number of its own */
    }
    *more = page.next != NULL;
    err = run(copy, "BEGIN");
    if (err == ERR_OK) err = put_page(copy, &page);
    if (err == ERR_OK) {
        take(copy->cursor, sizeof(copy->cursor), page.next);
        if (!*more) err = end_pass(copy);
    }
    if (err == ERR_OK) err = write_state(copy);
    if (err == ERR_OK) err = run(copy, "COMMIT");
    daemon_page_fini(&page);
    return err;
}

enum err copy_run(struct copy *copy)
{
    bool more = true;
    enum err err = ERR_OK;

    copy->written = copy->gone = 0;
    while (more && err == ERR_OK)
        err = step(copy, &more);
    return err;
}
