#include "proto/record/schema.h"

#include <stdlib.h>
#include <string.h>

#include "proto/base/check.h"
#include "proto/record/embedded.h"
#include "proto/record/ijson.h"
#include "proto/record/revision.h"
#include "proto/record/schema_load.h"

struct schema_set {
    struct schema **schemas; /* in order of type */
    size_t n, cap;
};

const char *const schema_widths[SCHEMA_WIDTH_COUNT] = {
    [SCHEMA_WIDTH_OWN] = "own",
    [SCHEMA_WIDTH_HUB] = "hub",
    [SCHEMA_WIDTH_GROUP] = "group",
    [SCHEMA_WIDTH_NETWORK] = "network",
};

const char *schema_group_heading(enum schema_group group)
{
    static const char *const headings[] = {
#define X(name, word, heading) heading,
        SCHEMA_GROUPS(X)
#undef X
    };
    return headings[group];
}

static void set_put(struct schema_set *set, struct schema *schema)
{
    size_t at = 0;
    while (at < set->n && strcmp(set->schemas[at]->type, schema->type) < 0)
        at++;
    MEM_RESERVE(set->schemas, set->n, set->cap);
    memmove(&set->schemas[at + 1], &set->schemas[at], (set->n - at) * sizeof(*set->schemas));
    set->schemas[at] = schema;
    set->n++;
}

enum err schema_set_add(struct schema_set *set, struct slice text, char **why)
{
    struct buf complaint = {0};
    struct schema *schema = schema_load(text, &complaint);
    enum err err = schema == NULL ? ERR_INVALID : ERR_OK;
    if (schema != NULL && schema_set_find(set, schema->type) != NULL) {
        buf_put_str(&complaint, "there is a type of the name ");
        buf_put_str(&complaint, schema->type);
        buf_put_str(&complaint, " already, and it stays as it is: choose another name");
        schema_load_free(schema);
        err = ERR_EXISTS;
    } else if (schema != NULL) {
        set_put(set, schema);
    }
    if (err != ERR_OK && why != NULL) {
        buf_put_u8(&complaint, 0);
        *why = (char *)complaint.data;
    } else {
        buf_fini(&complaint);
    }
    return err;
}

struct schema_set *schema_set_bare(void)
{
    return mem_zalloc(sizeof(struct schema_set));
}

struct schema_set *schema_set_new(void)
{
    struct schema_set *set = schema_set_bare();
    for (size_t i = 0; i < embedded_schema_count; i++) {
        struct slice text = slice_of(embedded_schema[i].text, embedded_schema[i].n);
        CHECK(schema_set_add(set, text, NULL) == ERR_OK);
    }
    for (size_t i = 0; i < set->n; i++)
        set->schemas[i]->built_in = true;
    return set;
}

void schema_set_free(struct schema_set *set)
{
    if (set == NULL) return;
    for (size_t i = 0; i < set->n; i++)
        schema_load_free(set->schemas[i]);
    free(set->schemas);
    free(set);
}

size_t schema_set_count(const struct schema_set *set)
{
    return set->n;
}

const struct schema *schema_set_at(const struct schema_set *set, size_t index)
{
    CHECK(index < set->n);
    return set->schemas[index];
}

const struct schema *schema_set_find(const struct schema_set *set, const char *type)
{
    for (size_t i = 0; i < set->n; i++) {
        if (strcmp(set->schemas[i]->type, type) == 0) return set->schemas[i];
    }
    return NULL;
}

/* --- looking up --- */

const struct schema_section *schema_section(const struct schema *schema, const char *name)
{
    for (size_t i = 0; i < schema->n_sections; i++) {
        if (strcmp(schema->sections[i].name, name) == 0) return &schema->sections[i];
    }
    return NULL;
}

const struct schema_field *schema_next(const struct schema *schema, size_t *at)
{
    size_t before = 0;
    for (size_t i = 0; i < schema->n_sections; i++) {
        const struct schema_section *section = &schema->sections[i];
        if (*at < before + section->n_fields) return &section->fields[(*at)++ - before];
        before += section->n_fields;
    }
    return NULL;
}

const struct schema_field *schema_field(const struct schema *schema, const char *path)
{
    size_t at = 0;
    for (const struct schema_field *f; (f = schema_next(schema, &at)) != NULL;) {
        if (strcmp(f->path, path) == 0) return f;
        for (size_t i = 0; i < f->n_items; i++) {
            if (strcmp(f->items[i].path, path) == 0) return &f->items[i];
        }
    }
    return NULL;
}

const struct schema_field *schema_field_by_flag(const struct schema *schema, const char *flag)
{
    size_t at = 0;
    for (const struct schema_field *f; (f = schema_next(schema, &at)) != NULL;) {
        if (f->flag != NULL && strcmp(f->flag, flag) == 0) return f;
        for (size_t i = 0; i < f->n_items; i++) {
            if (f->items[i].flag != NULL && strcmp(f->items[i].flag, flag) == 0) {
                return &f->items[i];
            }
        }
    }
    return NULL;
}

const json_t *schema_get(const json_t *sections, const char *path)
{
    const char *dot = strchr(path, '.');
    if (dot == NULL) return json_object_get(sections, path);
    char name[64];
    size_t n = (size_t)(dot - path);
    if (n >= sizeof(name)) return NULL;
    memcpy(name, path, n);
    name[n] = '\0';
    return json_object_get(json_object_get(sections, name), dot + 1);
}

static bool is_ref(const char *text)
{
    struct school_id owner;
    struct record_id record;
    return revision_ref_decode(text, &owner, &record) == ERR_OK;
}

const char *schema_title(const struct schema *schema, const json_t *sections)
{
    const char *const paths[] = {schema == NULL ? "head.title" : schema->title, "head.title",
                                 "head.name"};
    const char *name, *member, *text;
    json_t *section, *value;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        text = json_string_value(schema_get(sections, paths[i]));
        if (text != NULL && *text != '\0') return text;
    }
    IJSON_FOREACH(sections, name, section)
    {
        IJSON_FOREACH(section, member, value)
        {
            text = json_string_value(value);
            if (text != NULL && *text != '\0' && !is_ref(text)) return text;
        }
    }
    return "";
}
