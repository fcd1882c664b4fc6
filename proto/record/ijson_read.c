/*
 * ijson_decode: one pass over the text that checks everything ijson.h promises and builds the
 * value. jansson's parser and the checks that it leaves open (depth, integers) took five passes
 * and a quarter of the projection. Numbers with a fraction or an exponent are still jansson's.
 */
#include <stdlib.h>
#include <string.h>

#include "proto/base/check.h"
#include "proto/base/limits.h"
#include "proto/base/text.h"
#include "proto/record/ijson.h"

struct reader {
    const uint8_t *p, *end;
    unsigned depth;
    struct buf text; /* of a string with escapes */
    enum err err;
    const char *why; /* the first failure */
};

static const char no_end[] = "the JSON ends in the middle";
static const char no_json[] = "it is not well-formed JSON";

static json_t *fail(struct reader *r, enum err err, const char *why)
{
    if (r->why == NULL) {
        r->err = err;
        r->why = why;
    }
    return NULL;
}

static json_t *fail_here(struct reader *r)
{
    return fail(r, ERR_MALFORMED, r->p == r->end ? no_end : no_json);
}

static void skip_space(struct reader *r)
{
    while (r->p < r->end && (*r->p == ' ' || *r->p == '\n' || *r->p == '\r' || *r->p == '\t'))
        r->p++;
}

/* The next character that is no space; 0 at the end (a NUL in the text is refused anyway). */
static uint8_t peek(struct reader *r)
{
    skip_space(r);
    return r->p == r->end ? 0 : *r->p;
}

static bool take(struct reader *r, uint8_t c)
{
    if (peek(r) != c || r->p == r->end) return false;
    r->p++;
    return true;
}

/* ------------------------------------------------------------------------------ strings -- */

static bool hex4(struct reader *r, unsigned *out)
{
    *out = 0;
    for (int i = 0; i < 4; i++, r->p++) {
        if (r->p == r->end) return false;
        uint8_t c = *r->p;
        if (c >= '0' && c <= '9') {
            *out = *out << 4 | (unsigned)(c - '0');
        } else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
            *out = *out << 4 | (unsigned)((c | 0x20) - 'a' + 10);
        } else {
            return false;
        }
    }
    return true;
}

static void put_utf8(struct buf *out, unsigned c)
{
    if (c < 0x80) {
        buf_put_u8(out, (uint8_t)c);
        return;
    }
    if (c < 0x800) {
        buf_put_u8(out, (uint8_t)(0xc0 | c >> 6));
    } else {
        if (c < 0x10000) {
            buf_put_u8(out, (uint8_t)(0xe0 | c >> 12));
        } else {
            buf_put_u8(out, (uint8_t)(0xf0 | c >> 18));
            buf_put_u8(out, (uint8_t)(0x80 | (c >> 12 & 0x3f)));
        }
        buf_put_u8(out, (uint8_t)(0x80 | (c >> 6 & 0x3f)));
    }
    buf_put_u8(out, (uint8_t)(0x80 | (c & 0x3f)));
}

/* After "\u": four digits, or the eight of a pair. */
static bool unicode_escape(struct reader *r)
{
    unsigned c, low;
    if (!hex4(r, &c)) return false;
    if (c == 0) {
        fail(r, ERR_MALFORMED, "a text holds the character U+0000");
        return false;
    }
    if (c >= 0xdc00 && c <= 0xdfff) return false;
    if (c >= 0xd800 && c <= 0xdbff) {
        if (r->end - r->p < 2 || r->p[0] != '\\' || r->p[1] != 'u') return false;
        r->p += 2;
        if (!hex4(r, &low) || low < 0xdc00 || low > 0xdfff) return false;
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    }
    put_utf8(&r->text, c);
    return true;
}

/* After the backslash. */
static bool escape(struct reader *r)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    if (r->p == r->end) return false;
    uint8_t c = *r->p++;
    if (c == 'u') return unicode_escape(r);
    const char *known = c == 0 ? NULL : strchr(from, c);
    if (known != NULL) buf_put_u8(&r->text, (uint8_t)to[known - from]);
    return known != NULL;
}

/* A string, its opening quote read: bytes of the text itself, or of r->text; {NULL, 0} is a
 * failure. Valid until the next string. */
static struct slice string(struct reader *r)
{
    const uint8_t *from = r->p;
    bool escaped = false;
    for (;; r->p++) {
        while (r->p < r->end && *r->p >= 0x20 && *r->p != '"' && *r->p != '\\')
            r->p++;
        if (r->p == r->end || *r->p < 0x20) break;
        if (*r->p == '"' && !escaped) return slice_of(from, (size_t)(r->p++ - from));
        if (!escaped) r->text.len = 0;
        escaped = true;
        buf_put(&r->text, from, (size_t)(r->p - from));
        if (*r->p == '"') {
            r->p++;
            buf_put_u8(&r->text, 0); /* so that an empty one has an address too */
            return slice_of(r->text.data, r->text.len - 1);
        }
        r->p++;
        if (!escape(r)) break;
        from = r->p--;
    }
    fail_here(r);
    return slice_of(NULL, 0);
}

/* ------------------------------------------------------------------------------ numbers -- */

static size_t digits(struct reader *r)
{
    const uint8_t *from = r->p;
    while (r->p < r->end && *r->p >= '0' && *r->p <= '9')
        r->p++;
    return (size_t)(r->p - from);
}

static json_t *integer(struct reader *r, const uint8_t *p)
{
    bool negative = *p == '-';
    json_int_t value = 0;
    for (p += negative; p < r->p; p++) {
        value = value * 10 + (*p - '0');
        if (value > IJSON_INTEGER_MAX)
            return fail(r, ERR_MALFORMED, "an integer is beyond 9007199254740992");
    }
    return json_integer(negative ? -value : value);
}

static json_t *number(struct reader *r)
{
    const uint8_t *from = r->p;
    if (*r->p == '-') r->p++;
    bool zero = r->p < r->end && *r->p == '0';
    size_t n = digits(r);
    if (n == 0 || (zero && n > 1)) return fail_here(r);
    bool whole = true;
    if (r->p < r->end && *r->p == '.') {
        whole = false;
        r->p++;
        if (digits(r) == 0) return fail_here(r);
    }
    if (r->p < r->end && (*r->p | 0x20) == 'e') {
        whole = false;
        r->p++;
        if (r->p < r->end && (*r->p == '+' || *r->p == '-')) r->p++;
        if (digits(r) == 0) return fail_here(r);
    }
    if (whole) return integer(r, from);
    json_t *real = json_loadb((const char *)from, (size_t)(r->p - from), JSON_DECODE_ANY, NULL);
    return real != NULL ? real : fail(r, ERR_MALFORMED, "a number is too large");
}

/* ------------------------------------------------------------------------------- values -- */

static json_t *value(struct reader *r);

/* The rest of an object, its brace read. */
static bool object(struct reader *r, json_t *out)
{
    if (take(r, '}')) return true;
    do {
        if (!take(r, '"')) break;
        struct slice name = string(r);
        if (name.p == NULL) return false;
        /* The value may have strings of its own. */
        char *copy = name.p == r->text.data ? mem_dup(name.p, name.n + 1) : NULL;
        json_t *member = take(r, ':') ? value(r) : fail_here(r);
        size_t before = json_object_size(out);
        if (member != NULL) {
            CHECK(json_object_setn_new_nocheck(out, copy == NULL ? (const char *)name.p : copy,
                                               name.n, member) == 0);
        }
        free(copy);
        if (member == NULL) return false;
        if (json_object_size(out) == before) {
            fail(r, ERR_MALFORMED, "two members of one object have the same name");
            return false;
        }
    } while (take(r, ','));
    if (take(r, '}')) return true;
    fail_here(r);
    return false;
}

static bool array(struct reader *r, json_t *out)
{
    if (take(r, ']')) return true;
    do {
        json_t *item = value(r);
        if (item == NULL) return false;
        CHECK(json_array_append_new(out, item) == 0);
    } while (take(r, ','));
    if (take(r, ']')) return true;
    fail_here(r);
    return false;
}

static json_t *nested(struct reader *r, json_t *out, bool (*fill)(struct reader *, json_t *))
{
    r->p++;
    bool whole = false;
    if (++r->depth > LIMIT_JSON_DEPTH) {
        fail(r, ERR_TOO_BIG, "its lists and objects are nested too deep");
    } else {
        whole = fill(r, out);
    }
    r->depth--;
    if (whole) return out;
    json_decref(out);
    return NULL;
}

static json_t *word(struct reader *r, const char *text, json_t *out)
{
    size_t n = strlen(text);
    if ((size_t)(r->end - r->p) < n || memcmp(r->p, text, n) != 0) return fail_here(r);
    r->p += n;
    return out;
}

static json_t *value(struct reader *r)
{
    struct slice text;
    switch (peek(r)) {
    case '{':
        return nested(r, json_object(), object);
    case '[':
        return nested(r, json_array(), array);
    case '"':
        r->p++;
        text = string(r);
        return text.p == NULL ? NULL : json_stringn_nocheck((const char *)text.p, text.n);
    case 't':
        return word(r, "true", json_true());
    case 'f':
        return word(r, "false", json_false());
    case 'n':
        return word(r, "null", json_null());
    default:
        if (r->p < r->end && (*r->p == '-' || (*r->p >= '0' && *r->p <= '9'))) return number(r);
        return fail_here(r);
    }
}

enum err ijson_decode(struct slice text, size_t bytes_max, json_t **out, const char **why)
{
    struct reader r = {.p = text.p, .end = text.p + text.n};
    json_t *root = NULL;
    if (text.n > bytes_max) {
        fail(&r, ERR_TOO_BIG, "it is larger than the limit");
    } else if (!text_is_utf8(text)) {
        fail(&r, ERR_MALFORMED, "the text is not valid UTF-8");
    } else {
        root = value(&r);
        skip_space(&r);
        if (root != NULL && r.p < r.end) {
            json_decref(root);
            root = fail(&r, ERR_MALFORMED, "something follows the JSON value");
        }
    }
    buf_fini(&r.text);
    CHECK(root != NULL || r.why != NULL); /* jansson had no memory */
    if (root == NULL) {
        if (why != NULL) *why = r.why;
        return r.err;
    }
    *out = root;
    return ERR_OK;
}
