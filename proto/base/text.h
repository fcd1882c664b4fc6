/*
 * text.h: bytes as text and back: hex for ids, Crockford base32 for codes that people copy, and
 * the UTF-8 check. Decoders are strict where machines wrote it (hex) and forgiving where people
 * typed it (base32: case, hyphens, spaces, O for 0, I and L for 1).
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/err.h"
#include "proto/base/mem.h"

/* Writes 2n lower-case digits and a NUL. out holds 2n + 1. */
void text_hex(char *out, const void *bytes, size_t n);
/* Exactly 2n hex digits, either case, then the end. MALFORMED otherwise. */
MUST_USE enum err text_unhex(void *out, size_t n, const char *hex);

/* Appends base32 of bytes, without padding (buf gets no NUL). */
void text_base32(struct buf *out, struct slice bytes);
/* Appends the bytes that the text stands for. MALFORMED for other characters or loose bits. */
MUST_USE enum err text_unbase32(struct buf *out, const char *text);

/* Shortest-form UTF-8 without surrogates, up to U+10FFFF. */
bool text_is_utf8(struct slice bytes);

/* Decimal of v; out holds 21. Returns out. */
char *text_decimal(char out[21], uint64_t v);

#endif
