#include "daemon/sheet/write.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/sheet/header.h"
#include "proto/base/csv.h"
#include "proto/record/ijson.h"

/* What every type has, before its fields; header.c takes none of them for a field.
 * X(header, member of the item) */
#define WRITE_COMMON(X)        \
    X("record", "id")          \
    X("kith school", "owner")  \
    X("kith state", "state")   \
    X("kith flags", "flags")   \
    X("kith person", "person") \
    X("kith written", "at")    \
    X("kith begun", "created_at")

typedef void (*place_fn)(void *arg, const struct header_place *place);

/* Each column of a type: a field, or a member of a list's objects. */
static void each_place(const struct schema *schema, place_fn fn, void *arg)
{
    const struct schema_field *field;
    size_t walk = 0;

    while ((field = schema_next(schema, &walk)) != NULL) {
        const struct schema_section *section = schema_section(schema, field->section);
        struct header_place place = {.field = field, .index = -1};

        if (field->hidden || (section != NULL && section->hidden)) continue;
        if (field->item_kind != SCHEMA_OBJECT || !field->list) {
            fn(arg, &place);
            continue;
        }
        for (size_t i = 0; i < field->n_items; i++) {
            place.item = &field->items[i];
            if (!place.item->hidden) fn(arg, &place);
        }
    }
}

struct writing {
    struct buf *out;
    const struct header_book *book;
    const json_t *sections;
};

static void put_name(void *arg, const struct header_place *place)
{
    struct writing *writing = arg;
    struct buf text = {0};

    header_put(&text, writing->book, place);
    buf_put_u8(&text, 0);
    csv_put_text(writing->out, false, (const char *)text.data);
    buf_fini(&text);
}

void write_header(struct buf *out, const struct schema *schema)
{
    static const char *const common[] = {
#define X(header, member) header,
        WRITE_COMMON(X)
#undef X
    };
    struct writing writing = {.out = out};

    for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++)
        csv_put_text(out, i == 0, common[i]);
    if (schema == NULL) {
        csv_put_text(out, false, "Sections");
    } else {
        struct header_book *book = header_book_new(schema);

        writing.book = book;
        each_place(schema, put_name, &writing);
        header_book_free(book);
    }
    csv_put_end(out);
}

/* ------------------------------------------------------------------------------------- cells
 */

/* One line: an item of a list is a line of its cell. */
static void put_line(struct buf *out, const char *text)
{
    for (; *text != '\0'; text++)
        buf_put_u8(out, *text == '\n' || *text == '\r' ? ' ' : (uint8_t)*text);
}

/* No NUL. */
static void put_value(struct buf *out, const json_t *value, bool line)
{
    if (json_is_string(value)) {
        if (line) {
            put_line(out, json_string_value(value));
        } else {
            buf_put_str(out, json_string_value(value));
        }
    } else if (json_is_boolean(value)) {
        buf_put_str(out, json_is_true(value) ? "yes" : "no");
    } else if (json_is_array(value)) {
        for (size_t i = 0; i < json_array_size(value); i++) {
            if (i > 0) buf_put_str(out, "; ");
            put_value(out, json_array_get(value, i), true);
        }
    } else if (value != NULL && !json_is_null(value)) {
        char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

        buf_put_str(out, text);
        free(text);
    }
}

static void put_cell(struct buf *out, bool first, const json_t *value)
{
    struct buf text = {0};

    put_value(&text, value, false);
    buf_put_u8(&text, 0);
    csv_put_text(out, first, (const char *)text.data);
    buf_fini(&text);
}

/* The member of every item, a line each, also where it is empty: the columns of one list keep
 * step. Nothing at all when no item has it. */
static void put_members(struct buf *out, const json_t *list, const char *member)
{
    struct buf text = {0};
    bool any = false;

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *value = json_object_get(json_array_get(list, i), member);

        if (i > 0) buf_put_u8(&text, '\n');
        if (value == NULL) buf_put_str(&text, "-");
        put_value(&text, value, true);
        any = any || value != NULL;
    }
    buf_put_u8(&text, 0);
    csv_put_text(out, false, any ? (const char *)text.data : "");
    buf_fini(&text);
}

static void put_place(void *arg, const struct header_place *place)
{
    struct writing *writing = arg;
    const json_t *value = json_object_get(
        json_object_get(writing->sections, place->field->section), place->field->name);

    if (place->item != NULL) {
        put_members(writing->out, value, place->item->name);
    } else {
        put_cell(writing->out, false, value);
    }
}

void write_row(struct buf *out, const struct schema *schema, const json_t *item)
{
    static const char *const common[] = {
#define X(header, member) member,
        WRITE_COMMON(X)
#undef X
    };
    struct writing writing = {.out = out, .sections = json_object_get(item, "sections")};

    for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
        const json_t *value = json_object_get(item, common[i]);

        put_cell(out, i == 0, json_is_object(value) ? json_object_get(value, "name") : value);
    }
    if (schema == NULL) {
        char *text = json_dumps(writing.sections, JSON_COMPACT);

        csv_put_text(out, false, text == NULL ? "" : text);
        free(text);
    } else {
        each_place(schema, put_place, &writing);
    }
    csv_put_end(out);
}
