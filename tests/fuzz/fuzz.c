#include "tests/fuzz/fuzz.h"

#include <stdio.h>

#include "proto/base/rng.h"

static struct rng stream;

void fuzz_fail(const char *expression, const char *file, int line)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, expression);
    abort();
}

static void stream_random(void *ctx, void *out, size_t n)
{
    uint8_t *p = out;
    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)rng_next(ctx);
}

struct env fuzz_env(void)
{
    stream.state = 1;
    return (struct env){.random = stream_random, .ctx = &stream};
}

struct fuzz_in fuzz_in_of(const uint8_t *data, size_t n)
{
    return (struct fuzz_in){.cursor = cursor_of(slice_of(data, n))};
}

bool fuzz_more(const struct fuzz_in *in)
{
    return in->cursor.left > 0;
}

struct slice fuzz_take(struct fuzz_in *in, size_t n)
{
    return cursor_take(&in->cursor, n < in->cursor.left ? n : in->cursor.left);
}

struct slice fuzz_rest(struct fuzz_in *in)
{
    return fuzz_take(in, in->cursor.left);
}

void fuzz_fill(struct fuzz_in *in, void *out, size_t n)
{
    struct slice bytes = fuzz_take(in, n);
    memset(out, 0, n);
    if (bytes.n > 0) memcpy(out, bytes.p, bytes.n);
}

uint8_t fuzz_u8(struct fuzz_in *in)
{
    uint8_t v;
    fuzz_fill(in, &v, 1);
    return v;
}

uint16_t fuzz_u16(struct fuzz_in *in)
{
    uint8_t v[2];
    fuzz_fill(in, v, sizeof(v));
    return get_be16(v);
}

size_t fuzz_below(struct fuzz_in *in, size_t bound)
{
    return (bound > 256 ? fuzz_u16(in) : fuzz_u8(in)) % bound;
}

struct slice fuzz_part(struct fuzz_in *in)
{
    uint16_t n = fuzz_u16(in);
    return fuzz_take(in, n);
}

bool fuzz_spoil(struct fuzz_in *in, uint8_t *bytes, size_t n)
{
    if (n == 0 || !fuzz_more(in)) return false;
    uint8_t *before = mem_dup(bytes, n);
    while (fuzz_more(in)) {
        size_t at = fuzz_u16(in) % n;
        bytes[at] ^= fuzz_u8(in);
    }
    bool changed = memcmp(before, bytes, n) != 0;
    free(before);
    return changed;
}

void fuzz_count(void *out, size_t n, uint8_t first)
{
    uint8_t *p = out;
    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)(first + i);
}
