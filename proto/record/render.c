#include "proto/record/render.h"

#include <stdlib.h>
#include <string.h>

#include "proto/base/text.h"
#include "proto/record/fold.h"
#include "proto/record/ijson.h"

struct walk {
    struct render *out;
    const struct schema *schema;
    const json_t *sections;
    struct buf path;
};

static void put(struct walk *walk, enum render_kind kind, unsigned depth, const char *label,
                const char *value)
{
    struct render *out = walk->out;
    MEM_RESERVE(out->lines, out->n, out->cap);
    buf_put_u8(&walk->path, 0);
    out->lines[out->n++] =
        (struct render_line){.kind = kind,
                             .depth = depth,
                             .label = arena_strdup(&out->arena, label),
                             .value = arena_strdup(&out->arena, value),
                             .path = arena_strdup(&out->arena, (char *)walk->path.data)};
    walk->path.len--;
}

static size_t enter(struct walk *walk, const char *before, const char *name, const char *after)
{
    size_t len = walk->path.len;
    if (len > 0) buf_put_str(&walk->path, before);
    buf_put_str(&walk->path, name);
    buf_put_str(&walk->path, after);
    return len;
}

static const char *with_spaces(struct walk *walk, const char *name)
{
    char *out = arena_strdup(&walk->out->arena, name);
    for (char *p = out; *p != '\0'; p++) {
        if (*p == '_') *p = ' ';
    }
    return out;
}

/* A scalar as a person reads it. */
static const char *scalar(struct walk *walk, const struct schema_field *field,
                          const json_t *value)
{
    if (json_is_true(value)) return "yes";
    if (json_is_false(value)) return "no";
    const char *text = json_string_value(value);
    if (text == NULL) {
        char *json = ijson_text(value);
        text = arena_strdup(&walk->out->arena, json);
        free(json);
        return text;
    }
    for (size_t i = 0; field != NULL && i < field->n_choices; i++) {
        if (strcmp(field->choices[i], text) == 0) return field->choice_labels[i];
    }
    return text;
}

static void members(struct walk *walk, const struct schema_field *fields, size_t n,
                    const json_t *object, unsigned depth, const char *skip);

/* What an item is of: the first field of the item with its id in the list that x-of names. */
static const char *named_by(const struct walk *walk, const struct schema_field *field,
                            const json_t *item)
{
    size_t i;
    json_t *other;
    if (field == NULL || field->of == NULL || walk->schema == NULL) return "";
    const struct schema_field *of = schema_field(walk->schema, field->of);
    if (of == NULL || of->n_items == 0) return "";
    json_array_foreach(schema_get(walk->sections, field->of), i, other)
    {
        if (strcmp(ijson_str(other, "id"), ijson_str(item, "id")) == 0) {
            return ijson_str(other, of->items[0].name);
        }
    }
    return "";
}

static void list(struct walk *walk, const struct schema_field *field, const json_t *value,
                 unsigned depth)
{
    size_t i;
    json_t *entry;
    bool items = fold_is_items(value);
    json_array_foreach(value, i, entry)
    {
        char number[21];
        size_t len = walk->path.len;
        buf_put_str(&walk->path, "[");
        buf_put_str(&walk->path, text_decimal(number, i));
        buf_put_str(&walk->path, "]");
        if (json_is_object(entry)) {
            put(walk, RENDER_ITEM, depth, text_decimal(number, i + 1),
                named_by(walk, field, entry));
            members(walk, field == NULL ? NULL : field->items,
                    field == NULL ? 0 : field->n_items, entry, depth + 1, items ? "id" : NULL);
        } else {
            put(walk, RENDER_ENTRY, depth, "", scalar(walk, field, entry));
        }
        walk->path.len = len;
    }
}

/* A list of numbers reads on one line. */
static bool is_numbers(const struct schema_field *field)
{
    return field->list &&
           (field->item_kind == SCHEMA_INTEGER || field->item_kind == SCHEMA_NUMBER);
}

static const char *numbers(struct walk *walk, const json_t *list)
{
    struct buf out = {0};
    size_t i;
    json_t *entry;
    json_array_foreach(list, i, entry)
    {
        if (i > 0) buf_put_u8(&out, ' ');
        buf_put_str(&out, scalar(walk, NULL, entry));
    }
    buf_put_u8(&out, 0);
    const char *text = arena_strdup(&walk->out->arena, (const char *)out.data);
    buf_fini(&out);
    return text;
}

static void member(struct walk *walk, const struct schema_field *field, const char *name,
                   const json_t *value, unsigned depth)
{
    if (value == NULL || json_is_null(value)) return;
    const char *label = field == NULL ? with_spaces(walk, name) : field->label;
    size_t len = enter(walk, ".", name, "");
    if (json_is_array(value) && field != NULL && is_numbers(field)) {
        put(walk, RENDER_FIELD, depth, label, numbers(walk, value));
    } else if (json_is_array(value)) {
        put(walk, RENDER_LIST, depth, label, "");
        list(walk, field, value, depth + 1);
    } else if (json_is_object(value)) {
        put(walk, RENDER_LIST, depth, label, "");
        members(walk, field == NULL ? NULL : field->items, field == NULL ? 0 : field->n_items,
                value, depth + 1, NULL);
    } else {
        put(walk, RENDER_FIELD, depth, label, scalar(walk, field, value));
    }
    walk->path.len = len;
}

static int by_name(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;
    return strcmp(*x, *y);
}

/* The names of an object's members in byte order. free() it. */
static const char **names_of(const json_t *object, size_t *n)
{
    const char **names = mem_zalloc(json_object_size(object) * sizeof(*names));
    const char *name;
    json_t *value;
    *n = 0;
    IJSON_FOREACH(object, name, value) names[(*n)++] = name;
    if (*n > 1) qsort(names, *n, sizeof(*names), by_name);
    return names;
}

static bool is_field(const struct schema_field *fields, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(fields[i].name, name) == 0) return true;
    }
    return false;
}

/* Those of the schema in its order, then the others by name. */
static void members(struct walk *walk, const struct schema_field *fields, size_t n,
                    const json_t *object, unsigned depth, const char *skip)
{
    size_t n_names;
    const char **names = names_of(object, &n_names);
    for (size_t i = 0; i < n; i++) {
        if (fields[i].hidden) continue; /* written by the program, for programs */
        member(walk, &fields[i], fields[i].name, json_object_get(object, fields[i].name),
               depth);
    }
    for (size_t i = 0; i < n_names; i++) {
        if (is_field(fields, n, names[i])) continue;
        if (skip != NULL && strcmp(skip, names[i]) == 0) continue;
        member(walk, NULL, names[i], json_object_get(object, names[i]), depth);
    }
    free(names);
}

static void section(struct walk *walk, const struct schema_section *known, const char *name,
                    const json_t *value)
{
    if (value == NULL || json_is_null(value)) return;
    size_t len = enter(walk, "", name, "");
    if (json_is_object(value)) {
        put(walk, RENDER_SECTION, 0, known == NULL ? with_spaces(walk, name) : known->label,
            "");
        members(walk, known == NULL ? NULL : known->fields, known == NULL ? 0 : known->n_fields,
                value, 1, NULL);
    } else {
        walk->path.len = len;
        member(walk, NULL, name, value, 0);
    }
    walk->path.len = len;
}

void render_record(struct render *out, const struct schema *schema, const json_t *sections)
{
    struct walk walk = {.out = out, .schema = schema, .sections = sections};
    size_t n_names;
    const char **names = names_of(sections, &n_names);
    for (size_t i = 0; schema != NULL && i < schema->n_sections; i++) {
        const struct schema_section *known = &schema->sections[i];
        section(&walk, known, known->name, json_object_get(sections, known->name));
    }
    for (size_t i = 0; i < n_names; i++) {
        if (schema != NULL && schema_section(schema, names[i]) != NULL) continue;
        section(&walk, NULL, names[i], json_object_get(sections, names[i]));
    }
    free(names);
    buf_fini(&walk.path);
}

void render_fini(struct render *render)
{
    arena_fini(&render->arena);
    free(render->lines);
    *render = (struct render){0};
}

json_t *render_json(const struct render *render)
{
    static const char *const kinds[] = {[RENDER_SECTION] = "section",
                                        [RENDER_FIELD] = "field",
                                        [RENDER_LIST] = "list",
                                        [RENDER_ENTRY] = "entry",
                                        [RENDER_ITEM] = "item"};
    json_t *out = json_array();
    for (size_t i = 0; i < render->n; i++) {
        const struct render_line *line = &render->lines[i];
        json_t *entry = json_object();
        ijson_set_str(entry, "kind", kinds[line->kind]);
        json_object_set_new(entry, "depth", json_integer((json_int_t)line->depth));
        ijson_set_str(entry, "label", line->label);
        ijson_set_str(entry, "value", line->value);
        ijson_set_str(entry, "path", line->path);
        json_array_append_new(out, entry);
    }
    return out;
}

void render_words(struct buf *out, const struct schema *schema, const json_t *sections)
{
    struct render render = {0};
    render_record(&render, schema, sections);
    for (size_t i = 0; i < render.n; i++) {
        const struct render_line *line = &render.lines[i];
        bool scalar = line->kind == RENDER_FIELD || line->kind == RENDER_ENTRY;
        if (!scalar || *line->value == '\0') continue;
        buf_put_str(out, line->value);
        buf_put_u8(out, '\n');
    }
    render_fini(&render);
}
