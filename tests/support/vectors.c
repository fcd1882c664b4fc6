#include "tests/support/vectors.h"

#include <stdio.h>
#include <stdlib.h>

#include "proto/base/text.h"

#ifndef TEST_DATA
#define TEST_DATA "tests"
#endif

void vectors_check(const char *path, json_t *made)
{
    if (getenv("KITH_MAKE_VECTORS") != NULL) {
        char full[512];
        snprintf(full, sizeof(full), "%s/%s", TEST_DATA, path);
        if (json_dump_file(made, full, JSON_INDENT(2)) != 0) fail_msg("cannot write %s", full);
    }
    json_t *published = tests_json(path);
    if (!json_equal(published, made)) {
        char *text = json_dumps(made, JSON_INDENT(2));
        fail_msg("%s does not hold what this Kith computes:\n%.4000s", path, text);
    }
    json_decref(published);
    json_decref(made);
}

json_t *vectors_hex(const void *bytes, size_t n)
{
    char *hex = malloc(2 * n + 1);
    assert_non_null(hex);
    text_hex(hex, bytes, n);
    json_t *string = json_string(hex);
    free(hex);
    return string;
}

void vectors_put(json_t *object, const char *key, const void *bytes, size_t n)
{
    assert_int_equal(0, json_object_set_new(object, key, vectors_hex(bytes, n)));
}

void vectors_count(void *out, size_t n, uint8_t first)
{
    uint8_t *bytes = out;
    for (size_t i = 0; i < n; i++)
        bytes[i] = (uint8_t)(first + i);
}
