#include "proto/base/mem.h"

#include <stdlib.h>
#include <string.h>

#include "proto/base/check.h"

void *mem_zalloc(size_t size)
{
    void *p = calloc(1, size == 0 ? 1 : size);
    CHECK(p != NULL);
    return p;
}

void *mem_realloc(void *p, size_t n, size_t size)
{
    CHECK(size != 0 && n <= SIZE_MAX / size);
    void *q = realloc(p, n * size == 0 ? 1 : n * size);
    CHECK(q != NULL);
    return q;
}

void *mem_dup(const void *p, size_t n)
{
    void *q = mem_realloc(NULL, n, 1);
    if (n > 0) memcpy(q, p, n);
    return q;
}

char *mem_strdup(const char *s)
{
    return mem_dup(s, strlen(s) + 1);
}

void mem_wipe(void *p, size_t n)
{
    if (n == 0) return;
    memset(p, 0, n);
    __asm__ __volatile__("" : : "r"(p) : "memory"); /* as if somebody read it: it stays */
}

bool slice_eq(struct slice a, struct slice b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

void buf_fini(struct buf *buf)
{
    free(buf->data);
    *buf = (struct buf){0};
}

uint8_t *buf_extend(struct buf *buf, size_t n)
{
    CHECK(n <= SIZE_MAX / 2 - buf->len);
    if (buf->len + n > buf->cap || buf->data == NULL) {
        size_t cap = buf->cap == 0 ? 64 : buf->cap;
        while (cap < buf->len + n) cap *= 2;
        buf->data = mem_realloc(buf->data, cap, 1);
        buf->cap = cap;
    }
    uint8_t *p = buf->data + buf->len;
    buf->len += n;
    return p;
}

void buf_put(struct buf *buf, const void *p, size_t n)
{
    uint8_t *q = buf_extend(buf, n);
    if (n > 0) memcpy(q, p, n);
}

void buf_put_u8(struct buf *buf, uint8_t v)
{
    *buf_extend(buf, 1) = v;
}

static void put_be(struct buf *buf, uint64_t v, size_t n)
{
    uint8_t *p = buf_extend(buf, n);
    for (size_t i = 0; i < n; i++) p[i] = (uint8_t)(v >> (8 * (n - 1 - i)));
}

void buf_put_u16(struct buf *buf, uint16_t v)
{
    put_be(buf, v, 2);
}

void buf_put_u32(struct buf *buf, uint32_t v)
{
    put_be(buf, v, 4);
}

void buf_put_u64(struct buf *buf, uint64_t v)
{
    put_be(buf, v, 8);
}

void buf_put_str(struct buf *buf, const char *s)
{
    buf_put(buf, s, strlen(s));
}

void buf_consume(struct buf *buf, size_t n)
{
    CHECK(n <= buf->len);
    if (n == 0) return;
    memmove(buf->data, buf->data + n, buf->len - n);
    buf->len -= n;
}

/* Blocks of 4 KiB fit most units of work; a larger request gets a block of its own size. */
enum { ARENA_BLOCK_BYTES = 4096 };

struct arena_block {
    struct arena_block *next;
    size_t used;
    size_t cap;
    size_t align_16; /* keeps data[] on a 16-byte boundary */
    uint8_t data[];
};

void *arena_alloc(struct arena *arena, size_t size)
{
    CHECK(size < SIZE_MAX / 2);
    size_t need = (size + 15) & ~(size_t)15;
    struct arena_block *block = arena->head;
    if (block == NULL || block->cap - block->used < need) {
        size_t cap = need > ARENA_BLOCK_BYTES ? need : ARENA_BLOCK_BYTES;
        block = mem_realloc(NULL, sizeof(*block) + cap, 1);
        *block = (struct arena_block){.next = arena->head, .cap = cap};
        arena->head = block;
    }
    void *p = block->data + block->used;
    block->used += need;
    arena->used += need;
    memset(p, 0, need);
    return p;
}

void *arena_dup(struct arena *arena, const void *p, size_t n)
{
    void *q = arena_alloc(arena, n);
    if (n > 0) memcpy(q, p, n);
    return q;
}

char *arena_strdup(struct arena *arena, const char *s)
{
    return arena_dup(arena, s, strlen(s) + 1);
}

void arena_reset(struct arena *arena)
{
    struct arena_block *keep = NULL;
    for (struct arena_block *b = arena->head, *next; b != NULL; b = next) {
        next = b->next;
        if (keep == NULL && b->cap == ARENA_BLOCK_BYTES) {
            keep = b;
            keep->used = 0;
            keep->next = NULL;
        } else {
            free(b);
        }
    }
    *arena = (struct arena){.head = keep};
}

void arena_fini(struct arena *arena)
{
    arena_reset(arena);
    free(arena->head);
    *arena = (struct arena){0};
}
