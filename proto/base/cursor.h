/*
 * cursor.h: the one way in which Kith reads bytes that came from outside.
 *
 * A cursor is bounded and its failure is sticky: after the first short read every get returns
 * zeros (or NULL) and `failed` stays set, so a decoder reads all its fields in a row and asks
 * once, with cursor_done, whether all was there and nothing was left over. All integers are
 * big-endian. A cursor borrows its bytes.
 */
#ifndef BASE_CURSOR_H
#define BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/mem.h"

struct cursor {
    const uint8_t *p;
    size_t left;
    bool failed;
};

struct cursor cursor_of(struct slice bytes);
uint8_t cursor_u8(struct cursor *cursor);
uint16_t cursor_u16(struct cursor *cursor);
uint32_t cursor_u32(struct cursor *cursor);
uint64_t cursor_u64(struct cursor *cursor);
/* Copies n bytes out; zeros on failure. */
void cursor_copy(struct cursor *cursor, void *out, size_t n);
/* Borrows n bytes; {NULL, 0} on failure. */
struct slice cursor_take(struct cursor *cursor, size_t n);
/* Fails the cursor when the condition does not hold. Returns the condition. */
bool cursor_require(struct cursor *cursor, bool condition);
/*
 * A list's count (16 bits), refused when it exceeds max or when the bytes left cannot hold that
 * many items of item_bytes_min each: so nothing is allocated from a claimed length alone.
 */
size_t cursor_count(struct cursor *cursor, size_t max, size_t item_bytes_min);
/* True when nothing failed and nothing is left. */
bool cursor_done(const struct cursor *cursor);

/* Big-endian numbers at a known place. The caller has checked the bounds. */
uint16_t get_be16(const uint8_t *p);
uint32_t get_be32(const uint8_t *p);
uint64_t get_be64(const uint8_t *p);
void put_be16(uint8_t *p, uint16_t v);
void put_be32(uint8_t *p, uint32_t v);
void put_be64(uint8_t *p, uint64_t v);

#endif
