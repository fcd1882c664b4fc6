#include "tests/tools/ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/text.h"

void ask_fail(struct ask *ask, const char *member, const char *why)
{
    if (ask->failed) return;
    ask->failed = true;
    if (member != NULL) {
        snprintf(ask->why, sizeof(ask->why), "\"%.60s\" %.180s", member, why);
    } else {
        snprintf(ask->why, sizeof(ask->why), "%.250s", why);
    }
}

void ask_result(struct ask *ask, enum err err)
{
    json_object_set_new(ask->answer, "result", json_string(err_name(err)));
}

bool ask_has(const json_t *object, const char *name)
{
    return json_object_get(object, name) != NULL;
}

static const char *string_at(struct ask *ask, const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    if (value == NULL) {
        ask_fail(ask, name, "is missing");
    } else if (!json_is_string(value)) {
        ask_fail(ask, name, "must be a string");
    } else if (strlen(json_string_value(value)) != json_string_length(value)) {
        ask_fail(ask, name, "holds a NUL");
    } else {
        return json_string_value(value);
    }
    return "";
}

void ask_bytes(struct ask *ask, const json_t *object, const char *name, void *out, size_t n)
{
    memset(out, 0, n);
    const char *text = string_at(ask, object, name);
    if (ask->failed) return;
    if (text_unhex(out, n, text) != ERR_OK) {
        char why[64];
        snprintf(why, sizeof(why), "must be %zu bytes in hex", n);
        ask_fail(ask, name, why);
        memset(out, 0, n);
    }
}

struct slice ask_hex(struct ask *ask, const json_t *object, const char *name, bool optional)
{
    if (!json_is_object(object)) ask_fail(ask, NULL, "an item of a list must be an object");
    if (optional && !ask_has(object, name)) return (struct slice){0};
    const char *text = string_at(ask, object, name);
    if (ask->failed) return (struct slice){0};
    size_t n = strlen(text) / 2;
    uint8_t *bytes = arena_alloc(&ask->arena, n + 1);
    if (text_unhex(bytes, n, text) != ERR_OK) {
        ask_fail(ask, name, "must be hex");
        return (struct slice){0};
    }
    return slice_of(bytes, n);
}

const char *ask_text(struct ask *ask, const json_t *object, const char *name)
{
    return string_at(ask, object, name);
}

uint64_t ask_number(struct ask *ask, const json_t *object, const char *name, uint64_t max)
{
    const json_t *value = json_object_get(object, name);
    if (!json_is_integer(value) || json_integer_value(value) < 0 ||
        (uint64_t)json_integer_value(value) > max) {
        ask_fail(ask, name, "must be an integer within its bounds");
        return 0;
    }
    return (uint64_t)json_integer_value(value);
}

const json_t *ask_list(struct ask *ask, const json_t *object, const char *name, bool optional)
{
    const json_t *value = json_object_get(object, name);
    if (value == NULL && optional) return NULL;
    if (!json_is_array(value)) {
        ask_fail(ask, name, "must be a list");
        return NULL;
    }
    return value;
}

void ask_put_hex(json_t *object, const char *name, const void *bytes, size_t n)
{
    char *hex = mem_zalloc(2 * n + 1);
    text_hex(hex, bytes, n);
    json_object_set_new(object, name, json_string(hex));
    free(hex);
}

void ask_put_text(json_t *object, const char *name, const char *text, size_t n)
{
    json_object_set_new(object, name, json_stringn(n == 0 ? "" : text, n));
}

void ask_put_number(json_t *object, const char *name, uint64_t v)
{
    /* Past JSON's safe integers a number goes out as text. */
    if (v > (uint64_t)1 << 53) {
        char decimal[21];
        json_object_set_new(object, name, json_string(text_decimal(decimal, v)));
    } else {
        json_object_set_new(object, name, json_integer((json_int_t)v));
    }
}

void ask_envelope(struct ask *ask, const json_t *object, struct ask_envelope *out)
{
    memset(out, 0, sizeof(*out));
    if (!json_is_object(object)) {
        ask_fail(ask, NULL, "an envelope is an object with \"header\" and \"payload\"");
        return;
    }
    ask_bytes(ask, object, "header", out->header, sizeof(out->header));
    out->whole = ask_has(object, "payload");
    out->payload = ask_hex(ask, object, "payload", true);
    envelope_id(&out->id, out->header);
}
