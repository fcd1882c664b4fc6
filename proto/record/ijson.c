#include "proto/record/ijson.h"

#include <stdlib.h>
#include <string.h>

#include "proto/base/check.h"
#include "proto/base/limits.h"
#include "proto/base/text.h"

/* Nesting outside strings, counted before the parser recurses. */
static bool too_deep(struct slice text)
{
    size_t depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = text.p[i];
        if (in_string) {
            if (c == '\\') i++;
            if (c == '"') in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            if (++depth > LIMIT_JSON_DEPTH) return true;
        } else if ((c == ']' || c == '}') && depth > 0) {
            depth--;
        }
    }
    return false;
}

static bool integers_fit(const json_t *value)
{
    const char *name;
    json_t *member;
    size_t i;
    if (json_is_integer(value)) {
        json_int_t v = json_integer_value(value);
        return v <= IJSON_INTEGER_MAX && v >= -IJSON_INTEGER_MAX;
    }
    IJSON_FOREACH(value, name, member)
    {
        if (!integers_fit(member)) return false;
    }
    json_array_foreach(value, i, member)
    {
        if (!integers_fit(member)) return false;
    }
    return true;
}

static const char *sentence_of(const json_error_t *error)
{
    switch (json_error_code(error)) {
    case json_error_duplicate_key:
        return "two members of one object have the same name";
    case json_error_numeric_overflow:
        return "a number is too large";
    case json_error_null_character:
    case json_error_null_byte_in_key:
        return "a text holds the character U+0000";
    case json_error_premature_end_of_input:
        return "the JSON ends in the middle";
    case json_error_end_of_input_expected:
        return "something follows the JSON value";
    case json_error_invalid_utf8:
        return "the text is not valid UTF-8";
    case json_error_unknown:
    case json_error_out_of_memory:
    case json_error_stack_overflow:
    case json_error_cannot_open_file:
    case json_error_invalid_argument:
    case json_error_invalid_syntax:
    case json_error_invalid_format:
    case json_error_wrong_type:
    case json_error_null_value:
    case json_error_item_not_found:
    case json_error_index_out_of_range:
        break;
    }
    return "it is not well-formed JSON";
}

enum err ijson_decode(struct slice text, size_t bytes_max, json_t **out, const char **why)
{
    const char *ignored;
    if (why == NULL) why = &ignored;
    if (text.n > bytes_max) {
        *why = "it is larger than the limit";
        return ERR_TOO_BIG;
    }
    /* The parser takes a bare NUL after a number for the end of the text. */
    if (text.n > 0 && memchr(text.p, 0, text.n) != NULL) {
        *why = "a text holds the character U+0000";
        return ERR_MALFORMED;
    }
    if (!text_is_utf8(text)) {
        *why = "the text is not valid UTF-8";
        return ERR_MALFORMED;
    }
    if (too_deep(text)) {
        *why = "its lists and objects are nested too deep";
        return ERR_TOO_BIG;
    }
    json_error_t error;
    json_t *root = json_loadb(text.n == 0 ? "" : (const char *)text.p, text.n,
                              JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (root == NULL) {
        *why = sentence_of(&error);
        return ERR_MALFORMED;
    }
    if (!integers_fit(root)) {
        json_decref(root);
        *why = "an integer is beyond 9007199254740992";
        return ERR_MALFORMED;
    }
    *out = root;
    return ERR_OK;
}

static int append(const char *text, size_t n, void *ctx)
{
    buf_put(ctx, text, n);
    return 0;
}

void ijson_dump(struct buf *out, const json_t *value)
{
    CHECK(json_dump_callback(value, append, out,
                             JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY) == 0);
}

char *ijson_text(const json_t *value)
{
    struct buf out = {0};
    ijson_dump(&out, value);
    buf_put_u8(&out, 0);
    return (char *)out.data;
}

const char *ijson_str(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text == NULL ? "" : text;
}

void ijson_set_str(json_t *object, const char *name, const char *text)
{
    CHECK(json_object_set_new(object, name, json_string(text)) == 0);
}
