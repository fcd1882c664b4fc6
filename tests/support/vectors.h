/*
 * vectors.h: published vectors that the project makes itself. A test computes them from fixed
 * inputs and holds them against the file under tests/; with KITH_MAKE_VECTORS=1 in the
 * environment it writes the file instead, which is how they are made anew after a change of
 * format that is meant.
 */
#ifndef TESTS_SUPPORT_VECTORS_H
#define TESTS_SUPPORT_VECTORS_H

#include "tests/support/tests.h"

/* Fails the test when tests/<path> does not hold exactly `made`, which is released. */
void vectors_check(const char *path, json_t *made);

/* A JSON string of the bytes in hex. */
json_t *vectors_hex(const void *bytes, size_t n);
/* Sets object[key] to the bytes in hex. */
void vectors_put(json_t *object, const char *key, const void *bytes, size_t n);
/* n bytes first, first + 1, … (mod 256): the plain inputs of vectors. */
void vectors_count(void *out, size_t n, uint8_t first);

#endif
