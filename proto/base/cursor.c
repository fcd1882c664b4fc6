#include "proto/base/cursor.h"

#include <string.h>

struct cursor cursor_of(struct slice bytes)
{
    return (struct cursor){.p = bytes.p, .left = bytes.n};
}

struct slice cursor_take(struct cursor *cursor, size_t n)
{
    if (cursor->failed || n > cursor->left) {
        cursor->failed = true;
        return (struct slice){0};
    }
    struct slice taken = {.p = cursor->p, .n = n};
    if (n > 0) cursor->p += n;
    cursor->left -= n;
    return taken;
}

static uint64_t take_be(struct cursor *cursor, size_t n)
{
    struct slice bytes = cursor_take(cursor, n);
    uint64_t v = 0;
    for (size_t i = 0; i < bytes.n; i++) v = v << 8 | bytes.p[i];
    return v;
}

uint8_t cursor_u8(struct cursor *cursor)
{
    return (uint8_t)take_be(cursor, 1);
}

uint16_t cursor_u16(struct cursor *cursor)
{
    return (uint16_t)take_be(cursor, 2);
}

uint32_t cursor_u32(struct cursor *cursor)
{
    return (uint32_t)take_be(cursor, 4);
}

uint64_t cursor_u64(struct cursor *cursor)
{
    return take_be(cursor, 8);
}

void cursor_copy(struct cursor *cursor, void *out, size_t n)
{
    struct slice bytes = cursor_take(cursor, n);
    if (bytes.n == n && n > 0) memcpy(out, bytes.p, n);
    if (bytes.n != n) memset(out, 0, n);
}

bool cursor_require(struct cursor *cursor, bool condition)
{
    if (!condition) cursor->failed = true;
    return condition;
}

size_t cursor_count(struct cursor *cursor, size_t max, size_t item_bytes_min)
{
    size_t n = cursor_u16(cursor);
    if (n > max || n * item_bytes_min > cursor->left) cursor->failed = true;
    return cursor->failed ? 0 : n;
}

bool cursor_done(const struct cursor *cursor)
{
    return !cursor->failed && cursor->left == 0;
}

uint16_t get_be16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

uint32_t get_be32(const uint8_t *p)
{
    return (uint32_t)get_be16(p) << 16 | get_be16(p + 2);
}

uint64_t get_be64(const uint8_t *p)
{
    return (uint64_t)get_be32(p) << 32 | get_be32(p + 4);
}

void put_be16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

void put_be32(uint8_t *p, uint32_t v)
{
    put_be16(p, (uint16_t)(v >> 16));
    put_be16(p + 2, (uint16_t)v);
}

void put_be64(uint8_t *p, uint64_t v)
{
    put_be32(p, (uint32_t)(v >> 32));
    put_be32(p + 4, (uint32_t)v);
}
