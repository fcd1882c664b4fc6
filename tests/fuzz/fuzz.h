/*
 * fuzz.h: what the targets share. A target is one file target_<name>.c with
 *
 *   LLVMFuzzerTestOneInput   takes any bytes; aborts (FUZZ_CHECK) where a promise is broken
 *   fuzz_seeds               gives inputs made by the box's own encoders, to start from
 *
 * Two programs are made of each: under libFuzzer one that looks for new inputs, and with
 * replay.c one that runs a corpus as a test.
 *
 * Most targets read their input as a small program (struct fuzz_in): signatures and seals are
 * not found by chance, so the target makes good ones and lets the bytes spoil them.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/cursor.h"
#include "proto/base/env.h"
#include "proto/base/err.h"
#include "proto/base/limits.h"
#include "proto/base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

typedef void (*fuzz_put_fn)(void *ctx, struct slice input);
void fuzz_seeds(fuzz_put_fn put, void *ctx);

#define FUZZ_CHECK(expression)                                         \
    do {                                                               \
        if (!(expression)) fuzz_fail(#expression, __FILE__, __LINE__); \
    } while (0)
__attribute__((noreturn)) void fuzz_fail(const char *expression, const char *file, int line);

/* The same stream of bytes for every input. */
struct env fuzz_env(void);

/* An input being read; zeros past its end. */
struct fuzz_in {
    struct cursor cursor;
};
struct fuzz_in fuzz_in_of(const uint8_t *data, size_t n);
uint8_t fuzz_u8(struct fuzz_in *in);
uint16_t fuzz_u16(struct fuzz_in *in);
/* 0 … bound - 1. */
size_t fuzz_below(struct fuzz_in *in, size_t bound);
/* At most n bytes: what is left when it is less. */
struct slice fuzz_take(struct fuzz_in *in, size_t n);
/* A 16-bit length and that many bytes. */
struct slice fuzz_part(struct fuzz_in *in);
struct slice fuzz_rest(struct fuzz_in *in);
bool fuzz_more(const struct fuzz_in *in);
/* out becomes the next n bytes, zeros past the end. */
void fuzz_fill(struct fuzz_in *in, void *out, size_t n);
/* Spoils bytes: reads pairs of place (16 bits) and mask. False when nothing changed. */
bool fuzz_spoil(struct fuzz_in *in, uint8_t *bytes, size_t n);

/* Ascending bytes from `first`: the plain keys of the targets. */
void fuzz_count(void *out, size_t n, uint8_t first);

#endif
