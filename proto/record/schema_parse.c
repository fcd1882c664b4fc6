#include <stdlib.h>
#include <string.h>

#include "proto/base/check.h"
#include "proto/record/ijson.h"
#include "proto/record/schema.h"

static char folded(char c)
{
    if (c >= 'A' && c <= 'Z') return (char)(c - 'A' + 'a');
    return c == ' ' || c == '_' ? '-' : c;
}

enum likeness { UNLIKE, BEGINS, EQUAL };

/* How a typed text stands to a choice, whatever its case and its spaces or hyphens. */
static enum likeness like(const char *typed, const char *choice)
{
    for (; *typed != '\0'; typed++, choice++) {
        if (folded(*typed) != folded(*choice)) return UNLIKE;
    }
    return *choice == '\0' ? EQUAL : BEGINS;
}

static json_t *parse_choice(const struct schema_field *field, const char *text)
{
    const char *found = NULL;
    size_t beginnings = 0;
    for (size_t i = 0; i < field->n_choices; i++) {
        enum likeness likeness = *text == '\0' ? UNLIKE : like(text, field->choices[i]);
        if (likeness == EQUAL) return json_string(field->choices[i]);
        if (likeness != BEGINS) continue;
        found = field->choices[i];
        beginnings++;
    }
    /* What fits none or several goes to validation as it is, which lists the choices. */
    return json_string(beginnings == 1 ? found : text);
}

static json_t *parse_boolean(const char *text)
{
    static const char *const yes[] = {"yes", "y", "true"}, *const no[] = {"no", "n", "false"};
    for (size_t i = 0; i < 3; i++) {
        if (like(text, yes[i]) == EQUAL) return json_true();
        if (like(text, no[i]) == EQUAL) return json_false();
    }
    return NULL;
}

static json_t *parse_number(const char *text)
{
    json_t *value;
    if (ijson_decode(slice_of(text, strlen(text)), 64, &value, NULL) != ERR_OK) return NULL;
    if (json_is_number(value)) return value;
    json_decref(value);
    return NULL;
}

static json_t *parse_object(const struct schema_field *field, const char *text)
{
    json_t *value, *object;
    struct schema_problem ignored;
    if (field->n_items == 0) return NULL;
    if (schema_parse(&field->items[0], text, &value, &ignored) != ERR_OK) return NULL;
    object = json_object();
    json_object_set_new(object, field->items[0].name, value);
    return object;
}

static json_t *parse_any(const struct schema_field *field, const char *text)
{
    switch (field->item_kind) {
    case SCHEMA_INTEGER:
    case SCHEMA_NUMBER:
        return parse_number(text);
    case SCHEMA_BOOLEAN:
        return parse_boolean(text);
    case SCHEMA_OBJECT:
        return parse_object(field, text);
    case SCHEMA_ANY:
    case SCHEMA_STRING:
    case SCHEMA_LIST:
        break;
    }
    return field->n_choices > 0 ? parse_choice(field, text) : json_string(text);
}

static enum err refuse(const struct schema_field *field, const char *text,
                       struct schema_problem *problem)
{
    size_t n = strlen(field->path);
    if (n >= sizeof(problem->path)) n = sizeof(problem->path) - 1;
    memcpy(problem->path, field->path, n);
    problem->path[n] = '\0';
    CHECK(strlen(text) < sizeof(problem->text));
    memcpy(problem->text, text, strlen(text) + 1);
    return ERR_INVALID;
}

enum err schema_parse(const struct schema_field *field, const char *text, json_t **out,
                      struct schema_problem *problem)
{
    static const char *const sentences[] = {
        [SCHEMA_ANY] = "write a text",
        [SCHEMA_STRING] = "this text is not UTF-8",
        [SCHEMA_INTEGER] = "give a whole number",
        [SCHEMA_NUMBER] = "give a number, as 12.5",
        [SCHEMA_BOOLEAN] = "say yes or no",
        [SCHEMA_OBJECT] = "this does not fit",
        [SCHEMA_LIST] = "write a text",
    };
    json_t *value = parse_any(field, text);
    if (value == NULL) return refuse(field, sentences[field->item_kind], problem);
    const json_t *json = field->list ? json_object_get(field->json, "items") : field->json;
    /* The value on its own, against its own schema; an item has no id yet. */
    struct schema one = {.root = json_object()};
    json_t *properties = json_object(), *section = json_object(), *holder = json_object();
    ijson_set_str(section, "type", "object");
    if (field->item_kind != SCHEMA_OBJECT) {
        json_object_set(holder, field->name, (json_t *)(uintptr_t)json);
    }
    json_object_set_new(section, "properties", holder);
    json_object_set_new(properties, field->section, section);
    json_object_set_new(one.root, "properties", properties);
    json_t *document = json_object();
    json_object_set(document, field->name, value);
    enum err err =
        schema_validate_section(&one, field->section, document, SCHEMA_PART, problem);
    json_decref(document);
    json_decref(one.root);
    if (err != ERR_OK) {
        json_decref(value);
        return refuse(field, problem->text, problem);
    }
    *out = value;
    return ERR_OK;
}
