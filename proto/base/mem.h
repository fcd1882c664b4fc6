/*
 * mem.h: heap, growable bytes, arenas.
 *
 * Out of memory is not an error code: every queue, frame and batch has a bound (limits.h), so a
 * failed allocation means the machine is beyond help; mem_* abort, and crash-only recovery keeps
 * what was acknowledged. No size here comes from a length that a peer only claimed.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As malloc (zeroed), realloc for n items of size, strdup, memdup; never NULL. free() releases. */
void *mem_zalloc(size_t size);
void *mem_realloc(void *p, size_t n, size_t size);
void *mem_dup(const void *p, size_t n);
char *mem_strdup(const char *s);

/* Overwrites n bytes in a way the compiler keeps. For secrets. */
void mem_wipe(void *p, size_t n);

/* Borrowed bytes. p may be NULL when n is 0. */
struct slice {
    const uint8_t *p;
    size_t n;
};

static inline struct slice slice_of(const void *p, size_t n)
{
    return (struct slice){.p = p, .n = n};
}
bool slice_eq(struct slice a, struct slice b);

/* Growable bytes, owned. All zero is an empty buffer. */
struct buf {
    uint8_t *data;
    size_t len;
    size_t cap;
};

void buf_fini(struct buf *buf);
void buf_put(struct buf *buf, const void *p, size_t n);
void buf_put_u8(struct buf *buf, uint8_t v);
void buf_put_u16(struct buf *buf, uint16_t v); /* big-endian, as all of Kith */
void buf_put_u32(struct buf *buf, uint32_t v);
void buf_put_u64(struct buf *buf, uint64_t v);
void buf_put_str(struct buf *buf, const char *s); /* without its NUL */
/* Makes room for n more bytes and returns where they go; len grows by n. */
uint8_t *buf_extend(struct buf *buf, size_t n);
/* Drops the first n bytes. */
void buf_consume(struct buf *buf, size_t n);
static inline struct slice buf_slice(const struct buf *buf)
{
    return (struct slice){.p = buf->data, .n = buf->len};
}

/* An arena: memory for one unit of work, freed at once. All zero is an empty arena. */
struct arena_block;
struct arena {
    struct arena_block *head;
    size_t used; /* bytes handed out since the last reset */
};

void *arena_alloc(struct arena *arena, size_t size); /* zeroed, 16-byte aligned */
void *arena_dup(struct arena *arena, const void *p, size_t n);
char *arena_strdup(struct arena *arena, const char *s);
void arena_reset(struct arena *arena); /* keeps one block for the next unit of work */
void arena_fini(struct arena *arena);

/*
 * Grows an array so that index n is usable: MEM_RESERVE(items, n, cap). Doubles. For plain
 * owned arrays `T *items; size_t n, cap`.
 */
#define MEM_RESERVE(items, count, cap)                                                         \
    do {                                                                                       \
        if ((count) >= (cap)) {                                                                \
            (cap) = (cap) == 0 ? 8 : (cap)*2;                                                  \
            (items) = mem_realloc((items), (cap), sizeof(*(items)));                           \
        }                                                                                      \
    } while (0)

#endif
