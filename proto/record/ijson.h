/*
 * ijson.h: JSON that came from outside, read strictly (I-JSON, RFC 7493), and JSON that we
 * derive, written so that equal values give equal bytes. (jansson owns the prefix json_.)
 *
 * Strict: one value and nothing after it; no two members of one name (names are compared after
 * unescaping); integers within ±2^53; no number beyond a double; nesting of at most
 * LIMIT_JSON_DEPTH (the outermost value counts 1); valid UTF-8; no U+0000. What was read is
 * hashed and kept as the bytes that were read: nothing here is meant for re-encoding a body.
 */
#ifndef RECORD_IJSON_H
#define RECORD_IJSON_H

#include <jansson.h>
#include <stdint.h>

#include "proto/base/err.h"
#include "proto/base/mem.h"

/* The greatest integer, and minus it the smallest. */
#define IJSON_INTEGER_MAX ((json_int_t)1 << 53)

/*
 * Decodes a value of any kind. On ERR_OK the caller owns *out. MALFORMED, or TOO_BIG when the
 * text is over bytes_max (LIMIT_BODY_BYTES for a revision) or too deep; then *why, when why is
 * not NULL, is a sentence for a person (static).
 */
MUST_USE enum err ijson_decode(struct slice text, size_t bytes_max, json_t **out,
                               const char **why);

/* Appends the compact text with members in byte order of their names; no NUL. */
void ijson_dump(struct buf *out, const json_t *value);
/* The same text, with a NUL. free() it. */
char *ijson_text(const json_t *value);

/* The string at object[name], or "" when it is absent or no string. Borrowed. */
const char *ijson_str(const json_t *object, const char *name);
/* Sets object[name] to a text that is known to be UTF-8; aborts when it is not. */
void ijson_set_str(json_t *object, const char *name, const char *text);

/* Walks the members of a const object: json_object_foreach wants a mutable one. */
#define IJSON_FOREACH(object, name, member) \
    json_object_foreach((json_t *)(uintptr_t)(object), name, member)

#endif
