#include "tests/support/tests.h"

#include <stdio.h>
#include <stdlib.h>

#include "proto/base/text.h"

#ifndef TEST_DATA
#define TEST_DATA "tests"
#endif

static void seeded_random(void *ctx, void *out, size_t n)
{
    uint8_t *p = out;
    for (size_t i = 0; i < n; i++) p[i] = (uint8_t)rng_next(ctx);
}

struct env tests_env(struct rng *rng)
{
    return (struct env){.random = seeded_random, .ctx = rng};
}

char *tests_file(const char *path, size_t *n_out)
{
    char full[512];
    snprintf(full, sizeof(full), "%s/%s", TEST_DATA, path);
    FILE *file = fopen(full, "rb");
    if (file == NULL) fail_msg("cannot open %s", full);
    struct buf bytes = {0};
    char block[4096];
    size_t n;
    while ((n = fread(block, 1, sizeof(block), file)) > 0) buf_put(&bytes, block, n);
    fclose(file);
    if (n_out != NULL) *n_out = bytes.len;
    buf_put_u8(&bytes, 0);
    return (char *)bytes.data;
}

json_t *tests_json(const char *path)
{
    char *text = tests_file(path, NULL);
    json_error_t error;
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL) fail_msg("%s:%d: %s", path, error.line, error.text);
    free(text);
    return root;
}

struct slice tests_unhex(struct arena *arena, const char *hex)
{
    size_t n = strlen(hex) / 2;
    uint8_t *bytes = arena_alloc(arena, n);
    assert_ok(text_unhex(bytes, n, hex));
    return slice_of(bytes, n);
}

const char *tests_str(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    if (text == NULL) fail_msg("no string \"%s\"", key);
    return text;
}

struct slice tests_hex(struct arena *arena, const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text == NULL ? (struct slice){0} : tests_unhex(arena, text);
}
