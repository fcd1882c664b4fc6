/*
 * tests.h: what the unit tests share. Includes cmocka in the order that it needs.
 */
#ifndef TESTS_SUPPORT_TESTS_H
#define TESTS_SUPPORT_TESTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "proto/base/env.h"
#include "proto/base/err.h"
#include "proto/base/mem.h"
#include "proto/base/rng.h"

/* Shows the name of an unexpected error instead of its number. */
#define assert_err(expected, expression)                                                       \
    do {                                                                                       \
        enum err assert_err_got = (expression);                                                \
        if (assert_err_got != (expected)) {                                                    \
            fail_msg("%s: expected %s, got %s", #expression, err_name(expected),               \
                     err_name(assert_err_got));                                                \
        }                                                                                      \
    } while (0)
#define assert_ok(expression) assert_err(ERR_OK, expression)

/* A repeatable env: the same seed gives the same bytes. rng must outlive it. */
struct env tests_env(struct rng *rng);

/* Reads a whole file (fails the test when it cannot); path is relative to tests/. free() it. */
char *tests_file(const char *path, size_t *n_out);
/* Reads tests/<path> as JSON; fails the test when it cannot. json_decref it. */
json_t *tests_json(const char *path);

/* Bytes of a hex string, into the arena. Fails the test when it is not hex. */
struct slice tests_unhex(struct arena *arena, const char *hex);
/* The string member of an object; fails the test when it is missing. */
const char *tests_str(const json_t *object, const char *key);
/* The hex member of an object as bytes; an absent member is empty. */
struct slice tests_hex(struct arena *arena, const json_t *object, const char *key);

#endif
