#include "proto/record/schema_subset.h"

#include <string.h>

#include "proto/record/ijson.h"

void schema_subset_complain(struct buf *why, const char *where, const char *word,
                            const char *text)
{
    if (why->len > 0) return;
    buf_put_str(why, where);
    buf_put_str(why, ": ");
    if (word != NULL) {
        buf_put_str(why, "\"");
        buf_put_str(why, word);
        buf_put_str(why, "\" ");
    }
    buf_put_str(why, text);
}

bool schema_subset_name(const char *name, const char *more)
{
    size_t n = 0;
    for (; name[n] != '\0'; n++) {
        bool plain = (name[n] >= 'a' && name[n] <= 'z') || (name[n] >= '0' && name[n] <= '9');
        if (!plain && strchr(more, name[n]) == NULL) return false;
    }
    return n > 0 && n <= SCHEMA_SUBSET_NAME_BYTES;
}

/* --- the words: each keyword and hint, where it may stand and what its value is --- */

enum { OF_TYPE = 1, OF_SECTION = 2, OF_FIELD = 4, ANYWHERE = 7 };

/* X(value, sentence) */
#define VALUES(X)                                   \
    X(STRING, "wants a text")                       \
    X(COUNT, "wants a whole number of 0 or more")   \
    X(NUMBER, "wants a number")                     \
    X(POSITIVE, "wants a number above 0")           \
    X(BOOLEAN, "wants true or false")               \
    X(OBJECT, "wants an object, {…}")               \
    X(LIST, "wants a list with at least one entry") \
    X(NAMES, "wants a list of texts, at least one") \
    X(ANY, "")

enum value {
#define X(name, sentence) VALUE_##name,
    VALUES(X)
#undef X
};

static const struct {
    const char *word;
    enum value value;
    int where;
} words[] = {
    {"$schema", VALUE_STRING, OF_TYPE},
    {"title", VALUE_STRING, ANYWHERE},
    {"description", VALUE_STRING, ANYWHERE},
    {"type", VALUE_STRING, ANYWHERE},
    {"properties", VALUE_OBJECT, ANYWHERE},
    {"required", VALUE_NAMES, ANYWHERE},
    {"additionalProperties", VALUE_BOOLEAN, ANYWHERE},
    {"items", VALUE_OBJECT, OF_FIELD},
    {"enum", VALUE_LIST, OF_FIELD},
    {"const", VALUE_ANY, OF_FIELD},
    {"minimum", VALUE_NUMBER, OF_FIELD},
    {"maximum", VALUE_NUMBER, OF_FIELD},
    {"multipleOf", VALUE_POSITIVE, OF_FIELD},
    {"minLength", VALUE_COUNT, OF_FIELD},
    {"maxLength", VALUE_COUNT, OF_FIELD},
    {"minItems", VALUE_COUNT, OF_FIELD},
    {"maxItems", VALUE_COUNT, OF_FIELD},
    {"x-version", VALUE_COUNT, OF_TYPE},
    {"x-label", VALUE_STRING, ANYWHERE},
    {"x-plural", VALUE_STRING, OF_TYPE},
    {"x-help", VALUE_STRING, ANYWHERE},
    {"x-group", VALUE_STRING, OF_TYPE},
    {"x-owner", VALUE_STRING, OF_TYPE},
    {"x-audience", VALUE_STRING, OF_TYPE},
    {"x-target", VALUE_STRING, OF_TYPE},
    {"x-widest", VALUE_STRING, OF_TYPE},
    {"x-share", VALUE_STRING, OF_TYPE},
    {"x-anonymous", VALUE_BOOLEAN, OF_TYPE},
    {"x-title", VALUE_STRING, OF_TYPE},
    {"x-summary", VALUE_STRING, OF_TYPE},
    {"x-key", VALUE_NAMES, OF_TYPE},
    {"x-hidden", VALUE_BOOLEAN, OF_SECTION | OF_FIELD},
    {"x-prompt", VALUE_STRING, OF_FIELD},
    {"x-flag", VALUE_STRING, OF_FIELD},
    {"x-input", VALUE_STRING, OF_FIELD},
    {"x-ref", VALUE_STRING, OF_FIELD},
    {"x-merge", VALUE_STRING, OF_FIELD},
    {"x-of", VALUE_STRING, OF_FIELD},
    {"x-up-to", VALUE_STRING, OF_FIELD},
    {"x-poles", VALUE_NAMES, OF_FIELD},
    {"x-counts", VALUE_STRING, OF_FIELD},
    {"x-most", VALUE_OBJECT, OF_FIELD},
};

static bool all_texts(const json_t *list)
{
    size_t i;
    json_t *entry;
    json_array_foreach(list, i, entry)
    {
        if (!json_is_string(entry)) return false;
    }
    return json_array_size(list) > 0;
}

static bool value_is(enum value value, const json_t *json)
{
    switch (value) {
    case VALUE_STRING:
        return json_is_string(json);
    case VALUE_COUNT:
        return json_is_integer(json) && json_integer_value(json) >= 0;
    case VALUE_NUMBER:
        return json_is_number(json);
    case VALUE_POSITIVE:
        return json_is_number(json) && json_number_value(json) > 0;
    case VALUE_BOOLEAN:
        return json_is_boolean(json);
    case VALUE_OBJECT:
        return json_is_object(json);
    case VALUE_LIST:
        return json_array_size(json) > 0;
    case VALUE_NAMES:
        return all_texts(json);
    case VALUE_ANY:
        break;
    }
    return true;
}

/* A walk through a schema: where it is, and the complaint when there is one. */
struct walk {
    struct buf path, *why;
};

static bool complain(struct walk *walk, const char *word, const char *text)
{
    buf_put_u8(&walk->path, 0);
    const char *path = (const char *)walk->path.data;
    schema_subset_complain(walk->why, *path == '\0' ? "the type" : path, word, text);
    walk->path.len--;
    return false;
}

static bool word_is_good(struct walk *walk, const char *word, const json_t *json, int at)
{
    static const char *const sentences[] = {
#define X(name, sentence) [VALUE_##name] = (sentence),
        VALUES(X)
#undef X
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(words[i].word, word) != 0 || (words[i].where & at) == 0) continue;
        return value_is(words[i].value, json) ||
               complain(walk, word, sentences[words[i].value]);
    }
    return complain(walk, word, "means nothing here; take it out");
}

static const char *const kind_names[] = {
    [SCHEMA_ANY] = "",          [SCHEMA_STRING] = "string",   [SCHEMA_INTEGER] = "integer",
    [SCHEMA_NUMBER] = "number", [SCHEMA_BOOLEAN] = "boolean", [SCHEMA_OBJECT] = "object",
    [SCHEMA_LIST] = "array",
};

bool schema_subset_kind(const json_t *json, enum schema_kind *kind)
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

static bool in_subset(struct walk *walk, const json_t *json, int at);

static bool members_in_subset(struct walk *walk, const json_t *properties, int at)
{
    const char *name;
    json_t *member;
    size_t len = walk->path.len;
    IJSON_FOREACH(properties, name, member)
    {
        if (!schema_subset_name(name, "_-")) {
            return complain(walk, name, "is no name: 1 to 64 of a-z, 0-9, _ and -");
        }
        if (len > 0) buf_put_u8(&walk->path, '.');
        buf_put_str(&walk->path, name);
        if (!in_subset(walk, member, at)) return false;
        walk->path.len = len;
    }
    return true;
}

/* at: OF_TYPE for the whole, then sections, then fields and all within them. */
static bool in_subset(struct walk *walk, const json_t *json, int at)
{
    const char *word;
    json_t *value;
    enum schema_kind kind;
    if (!json_is_object(json)) return complain(walk, NULL, "give an object, {…}");
    IJSON_FOREACH(json, word, value)
    {
        if (!word_is_good(walk, word, value, at)) return false;
    }
    if (!schema_subset_kind(json, &kind)) {
        return complain(walk, "type",
                        "is one of string, integer, number, boolean, object, array");
    }
    int below = at == OF_TYPE ? OF_SECTION : OF_FIELD;
    if (!members_in_subset(walk, json_object_get(json, "properties"), below)) return false;
    const json_t *items = json_object_get(json, "items");
    if (items == NULL) return true;
    size_t len = walk->path.len;
    buf_put_str(&walk->path, "[]");
    if (!in_subset(walk, items, OF_FIELD)) return false;
    walk->path.len = len;
    return true;
}

bool schema_subset(const json_t *root, struct buf *why)
{
    struct walk walk = {.why = why};
    bool good = in_subset(&walk, root, OF_TYPE);
    buf_fini(&walk.path);
    return good;
}
