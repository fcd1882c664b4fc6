#include "proto/record/schema.h"

#include <stdlib.h>
#include <string.h>

#include "proto/base/check.h"
#include "proto/record/ijson.h"
#include "proto/record/schema_embedded.h"

enum {
    SCHEMA_TEXT_BYTES_MAX = 256 * 1024
}; /* ours are under 16 KiB; depth is bounded anyway */

struct schema_set {
    struct schema **schemas; /* in order of type */
    size_t n, cap;
};

/* What a load in progress knows; `why` holds the first complaint. */
struct load {
    struct schema *schema;
    struct buf why;
};

static bool complain(struct load *load, const char *where, const char *what)
{
    if (load->why.len > 0) return false;
    buf_put_str(&load->why, where);
    buf_put_str(&load->why, ": ");
    buf_put_str(&load->why, what);
    return false;
}

/* --- the subset: each keyword and the type of its value --- */

static const struct {
    const char *keyword;
    enum { IS_STRING, IS_INTEGER, IS_NUMBER, IS_BOOLEAN, IS_OBJECT, IS_LIST, IS_ANY } value;
} keywords[] = {
    {"$schema", IS_STRING},
    {"title", IS_STRING},
    {"description", IS_STRING},
    {"type", IS_STRING},
    {"properties", IS_OBJECT},
    {"required", IS_LIST},
    {"additionalProperties", IS_BOOLEAN},
    {"items", IS_OBJECT},
    {"enum", IS_LIST},
    {"const", IS_ANY},
    {"minimum", IS_NUMBER},
    {"maximum", IS_NUMBER},
    {"minLength", IS_INTEGER},
    {"maxLength", IS_INTEGER},
    {"minItems", IS_INTEGER},
    {"maxItems", IS_INTEGER},
};

static bool keyword_is_known(const char *keyword, const json_t *value)
{
    if (strncmp(keyword, "x-", 2) == 0) return true;
    for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
        if (strcmp(keywords[i].keyword, keyword) != 0) continue;
        switch (keywords[i].value) {
        case IS_STRING:
            return json_is_string(value);
        case IS_INTEGER:
            return json_is_integer(value) && json_integer_value(value) >= 0;
        case IS_NUMBER:
            return json_is_number(value);
        case IS_BOOLEAN:
            return json_is_boolean(value);
        case IS_OBJECT:
            return json_is_object(value);
        case IS_LIST:
            return json_array_size(value) > 0;
        case IS_ANY:
            return true;
        }
    }
    return false;
}

static const char *const kind_names[] = {
    [SCHEMA_ANY] = "",          [SCHEMA_STRING] = "string",   [SCHEMA_INTEGER] = "integer",
    [SCHEMA_NUMBER] = "number", [SCHEMA_BOOLEAN] = "boolean", [SCHEMA_OBJECT] = "object",
    [SCHEMA_LIST] = "array",
};

static bool kind_of(const json_t *json, enum schema_kind *kind)
{
    const char *type = ijson_str(json, "type");
    for (size_t i = 0; i < sizeof(kind_names) / sizeof(kind_names[0]); i++) {
        if (strcmp(kind_names[i], type) == 0) {
            *kind = (enum schema_kind)i;
            return true;
        }
    }
    return false;
}

static bool in_subset(struct load *load, const json_t *json, const char *where)
{
    const char *name;
    json_t *member;
    enum schema_kind kind;
    if (!json_is_object(json)) return complain(load, where, "a schema must be an object");
    IJSON_FOREACH(json, name, member)
    {
        if (!keyword_is_known(name, member)) return complain(load, where, name);
    }
    if (!kind_of(json, &kind)) return complain(load, where, "this `type` is not in the subset");
    IJSON_FOREACH(json_object_get(json, "properties"), name, member)
    {
        if (!in_subset(load, member, name)) return false;
    }
    const json_t *items = json_object_get(json, "items");
    return items == NULL || in_subset(load, items, where);
}

/* --- fields --- */

static char *join(struct load *load, const char *a, const char *b, const char *c)
{
    size_t na = strlen(a), nb = strlen(b), nc = strlen(c);
    char *out = arena_alloc(&load->schema->arena, na + nb + nc + 1);
    memcpy(out, a, na);
    memcpy(out + na, b, nb);
    memcpy(out + na + nb, c, nc);
    return out;
}

static char *with_spaces(struct load *load, const char *name)
{
    char *out = arena_strdup(&load->schema->arena, name);
    for (char *p = out; *p != '\0'; p++) {
        if (*p == '_' || *p == '-') *p = ' ';
    }
    return out;
}

static const char *hint(const json_t *json, const char *name, const char *otherwise)
{
    const char *text = json_string_value(json_object_get(json, name));
    return text == NULL ? otherwise : text;
}

static bool lists(const json_t *required, const char *name)
{
    size_t i;
    json_t *entry;
    json_array_foreach(required, i, entry)
    {
        if (json_is_string(entry) && strcmp(json_string_value(entry), name) == 0) return true;
    }
    return false;
}

static bool load_choices(struct load *load, struct schema_field *field, const json_t *choices)
{
    size_t n = json_array_size(choices), i;
    json_t *choice;
    if (choices == NULL) return true;
    field->choices = arena_alloc(&load->schema->arena, n * sizeof(char *));
    field->choice_labels = arena_alloc(&load->schema->arena, n * sizeof(char *));
    field->n_choices = n;
    json_array_foreach(choices, i, choice)
    {
        if (!json_is_string(choice)) return complain(load, field->path, "enum: texts only");
        field->choices[i] = json_string_value(choice);
        field->choice_labels[i] = with_spaces(load, field->choices[i]);
    }
    return true;
}

static bool load_input(struct load *load, struct schema_field *field, const json_t *value)
{
    static const char *const names[] = {[SCHEMA_INPUT_LINE] = "line",
                                        [SCHEMA_INPUT_TEXT] = "text",
                                        [SCHEMA_INPUT_DATE] = "date",
                                        [SCHEMA_INPUT_REF] = "ref"};
    const char *input = hint(value, "x-input", "line");
    field->ref = hint(value, "x-ref", NULL);
    if (field->ref != NULL && strcmp(field->ref, "any") == 0) field->ref = NULL;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(names[i], input) != 0) continue;
        field->input = (enum schema_input)i;
        return true;
    }
    return complain(load, field->path, "x-input is line, text, date or ref");
}

static bool load_fields(struct load *load, const char *section, const char *prefix,
                        const json_t *json, struct schema_field **out, size_t *n_out);

static bool load_field(struct load *load, struct schema_field *field, const json_t *json)
{
    field->json = json;
    field->label = hint(json, "x-label", with_spaces(load, field->name));
    field->help = hint(json, "x-help", "");
    field->prompt = hint(json, "x-prompt", field->label);
    field->flag = hint(json, "x-flag", NULL);
    field->of = hint(json, "x-of", NULL);
    field->hidden = json_is_true(json_object_get(json, "x-hidden"));
    const json_t *value = json_object_get(json, "items");
    if (!kind_of(json, &field->kind)) return false;
    field->list = field->kind == SCHEMA_LIST;
    if (!field->list) value = json;
    if (value == NULL) return complain(load, field->path, "a list needs `items`");
    if (!kind_of(value, &field->item_kind)) return false;
    if (!load_choices(load, field, json_object_get(value, "enum"))) return false;
    if (!load_input(load, field, value)) return false;
    const json_t *properties = json_object_get(value, "properties");
    field->merge_items = strcmp(hint(json, "x-merge", ""), "items") == 0;
    bool has_id = field->list && json_object_get(properties, "id") != NULL &&
                  lists(json_object_get(value, "required"), "id");
    if (field->merge_items != has_id) {
        /* The fold goes by the shape alone, so shape and hint must say the same. */
        return complain(load, field->path,
                        "x-merge: items is for lists whose items need an id");
    }
    const char *prefix = join(load, field->path, field->list ? "[]" : "", ".");
    return load_fields(load, field->section, prefix, value, &field->items, &field->n_items);
}

/* The members of an object schema, but an item's id. */
static bool load_fields(struct load *load, const char *section, const char *prefix,
                        const json_t *json, struct schema_field **out, size_t *n_out)
{
    const json_t *properties = json_object_get(json, "properties");
    const json_t *required = json_object_get(json, "required");
    size_t n = json_object_size(properties), at = 0;
    struct schema_field *fields = arena_alloc(&load->schema->arena, n * sizeof(*fields));
    const char *name;
    json_t *member;
    bool in_item = strchr(prefix, ']') != NULL;
    IJSON_FOREACH(properties, name, member)
    {
        if (in_item && strcmp(name, "id") == 0) continue;
        fields[at] = (struct schema_field){.section = section,
                                           .name = name,
                                           .path = join(load, prefix, name, ""),
                                           .required = lists(required, name)};
        if (!load_field(load, &fields[at++], member)) return false;
    }
    *out = fields;
    *n_out = at;
    return true;
}

static bool load_sections(struct load *load)
{
    struct schema *schema = load->schema;
    const json_t *properties = json_object_get(schema->root, "properties");
    schema->sections =
        arena_alloc(&schema->arena, json_object_size(properties) * sizeof(*schema->sections));
    const char *name;
    json_t *member;
    IJSON_FOREACH(properties, name, member)
    {
        struct schema_section *section = &schema->sections[schema->n_sections++];
        enum schema_kind kind;
        if (!kind_of(member, &kind) || kind != SCHEMA_OBJECT) {
            return complain(load, name, "a section must be of type object");
        }
        *section = (struct schema_section){
            .name = name,
            .label = hint(member, "x-label", with_spaces(load, name)),
            .help = hint(member, "x-help", ""),
            .hidden = json_is_true(json_object_get(member, "x-hidden")),
            .required = lists(json_object_get(schema->root, "required"), name)};
        if (!load_fields(load, name, join(load, name, ".", ""), member, &section->fields,
                         &section->n_fields)) {
            return false;
        }
    }
    return schema->n_sections > 0 || complain(load, schema->type, "there is no section");
}

static bool load_type(struct load *load)
{
    struct schema *schema = load->schema;
    const json_t *root = schema->root;
    static const char *const owners[] = {[SCHEMA_OWNER_SCHOOL] = "school",
                                         [SCHEMA_OWNER_NETWORK] = "network",
                                         [SCHEMA_OWNER_ANY] = "any"};
    schema->type = hint(root, "title", "");
    schema->json = root;
    if (*schema->type == '\0') return complain(load, "title", "it must name the type");
    schema->label = hint(root, "x-label", with_spaces(load, schema->type));
    schema->plural = hint(root, "x-plural", schema->label);
    schema->help = hint(root, "x-help", "");
    schema->audience = hint(root, "x-audience", "own");
    schema->title = hint(root, "x-title", "head.title");
    schema->summary = hint(root, "x-summary", NULL);
    json_int_t v = json_integer_value(json_object_get(root, "x-version"));
    schema->v = v < 1 ? 1 : (uint64_t)v;
    const char *owner = hint(root, "x-owner", "school");
    for (size_t i = 0; i < sizeof(owners) / sizeof(owners[0]); i++) {
        if (strcmp(owners[i], owner) != 0) continue;
        schema->owner = (enum schema_owner)i;
        return true;
    }
    return complain(load, "x-owner", "it is school, network or any");
}

static void schema_free(struct schema *schema)
{
    if (schema == NULL) return;
    arena_fini(&schema->arena);
    json_decref(schema->root);
    free(schema);
}

static void set_put(struct schema_set *set, struct schema *schema)
{
    size_t at = 0;
    while (at < set->n && strcmp(set->schemas[at]->type, schema->type) < 0)
        at++;
    if (at < set->n && strcmp(set->schemas[at]->type, schema->type) == 0) {
        schema_free(set->schemas[at]);
        set->schemas[at] = schema;
        return;
    }
    MEM_RESERVE(set->schemas, set->n, set->cap);
    memmove(&set->schemas[at + 1], &set->schemas[at], (set->n - at) * sizeof(*set->schemas));
    set->schemas[at] = schema;
    set->n++;
}

enum err schema_set_add(struct schema_set *set, struct slice text, char **why)
{
    struct load load = {.schema = mem_zalloc(sizeof(*load.schema))};
    const char *sentence = "";
    enum err err = ijson_decode(text, SCHEMA_TEXT_BYTES_MAX, &load.schema->root, &sentence);
    if (err != ERR_OK) complain(&load, "the schema", sentence);
    if (err == ERR_OK && in_subset(&load, load.schema->root, "the schema") &&
        load_type(&load) && load_sections(&load)) {
        set_put(set, load.schema);
        buf_fini(&load.why);
        return ERR_OK;
    }
    schema_free(load.schema);
    buf_put_u8(&load.why, 0);
    if (why != NULL)
        *why = (char *)load.why.data;
    else
        buf_fini(&load.why);
    return ERR_INVALID;
}

struct schema_set *schema_set_new(void)
{
    struct schema_set *set = mem_zalloc(sizeof(*set));
    for (size_t i = 0; i < schema_embedded_count; i++) {
        struct slice text = slice_of(schema_embedded[i].text, schema_embedded[i].n);
        CHECK(schema_set_add(set, text, NULL) == ERR_OK);
    }
    return set;
}

void schema_set_free(struct schema_set *set)
{
    if (set == NULL) return;
    for (size_t i = 0; i < set->n; i++)
        schema_free(set->schemas[i]);
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

const char *schema_title(const struct schema *schema, const json_t *sections)
{
    const char *const paths[] = {schema == NULL ? "head.title" : schema->title, "head.title",
                                 "head.name"};
    const char *name, *text;
    json_t *section, *value;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        text = json_string_value(schema_get(sections, paths[i]));
        if (text != NULL && *text != '\0') return text;
    }
    IJSON_FOREACH(sections, name, section)
    {
        IJSON_FOREACH(section, name, value)
        {
            text = json_string_value(value);
            if (text != NULL && *text != '\0') return text;
        }
    }
    return "";
}
