#include "proto/record/ijson.h"

#include <stdlib.h>
#include <string.h>

#include "proto/base/check.h"

static void dump_text(struct buf *out, const char *text, size_t n)
{
    static const char digits[] = "0123456789ABCDEF";
    static const char *const escapes[] = {
        ['\b'] = "\\b", ['\f'] = "\\f", ['\n'] = "\\n", ['\r'] = "\\r",
        ['\t'] = "\\t", ['"'] = "\\\"", ['\\'] = "\\\\"};
    size_t from = 0;
    buf_put_u8(out, '"');
    for (size_t i = 0; i < n; i++) {
        uint8_t c = (uint8_t)text[i];
        if (c >= 0x20 && c != '"' && c != '\\') continue;
        buf_put(out, text + from, i - from);
        from = i + 1;
        if (escapes[c] != NULL) {
            buf_put(out, escapes[c], 2);
        } else {
            const char hex[] = {'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]};
            buf_put(out, hex, sizeof(hex));
        }
    }
    buf_put(out, text + from, n - from);
    buf_put_u8(out, '"');
}

struct member {
    const char *name;
    const json_t *value;
};

static int by_name(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    return strcmp(x->name, y->name);
}

static void dump_object(struct buf *out, const json_t *object)
{
    enum { FEW = 16 };
    struct member few[FEW];
    size_t n = json_object_size(object), at = 0;
    struct member *members = n <= FEW ? few : mem_zalloc(n * sizeof(*members));
    const char *name;
    json_t *value;
    IJSON_FOREACH(object, name, value) members[at++] = (struct member){name, value};
    if (n > 1) qsort(members, n, sizeof(*members), by_name);
    buf_put_u8(out, '{');
    for (size_t i = 0; i < n; i++) {
        if (i > 0) buf_put_u8(out, ',');
        dump_text(out, members[i].name, strlen(members[i].name));
        buf_put_u8(out, ':');
        ijson_dump(out, members[i].value);
    }
    buf_put_u8(out, '}');
    if (members != few) free(members);
}

static void dump_array(struct buf *out, const json_t *array)
{
    size_t i;
    json_t *value;
    buf_put_u8(out, '[');
    json_array_foreach(array, i, value)
    {
        if (i > 0) buf_put_u8(out, ',');
        ijson_dump(out, value);
    }
    buf_put_u8(out, ']');
}

/* jansson's own dump (JSON_COMPACT, JSON_SORT_KEYS) gives the same bytes, a character at a
 * time: it was a seventh of the projection. */
void ijson_dump(struct buf *out, const json_t *value)
{
    char number[64];
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        dump_object(out, value);
        break;
    case JSON_ARRAY:
        dump_array(out, value);
        break;
    case JSON_STRING:
        dump_text(out, json_string_value(value), json_string_length(value));
        break;
    case JSON_INTEGER:
    case JSON_REAL: {
        size_t n = json_dumpb(value, number, sizeof(number), JSON_ENCODE_ANY);
        CHECK(n > 0 && n <= sizeof(number));
        buf_put(out, number, n);
        break;
    }
    case JSON_TRUE:
        buf_put_str(out, "true");
        break;
    case JSON_FALSE:
        buf_put_str(out, "false");
        break;
    case JSON_NULL:
        buf_put_str(out, "null");
        break;
    }
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
