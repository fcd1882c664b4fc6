/*
 * wire_codec.h: inside the wire box only. For each message NAME of the table:
 *   wire_valid_NAME  what encode demands and decode makes sure of
 *   wire_put_NAME    appends the body of a valid one
 *   wire_take_NAME   reads a body; a wrong one fails the cursor or shows in wire_valid_NAME
 */
#ifndef WIRE_WIRE_CODEC_H
#define WIRE_WIRE_CODEC_H

#include "proto/base/cursor.h"
#include "proto/wire/wire.h"

#define X(number, NAME, name)                                           \
    bool wire_valid_##name(const struct wire_##name *m);                \
    void wire_put_##name(struct buf *out, const struct wire_##name *m); \
    void wire_take_##name(struct wire_##name *m, struct arena *arena, struct cursor *c);
WIRE_MESSAGES(X)
#undef X

/* One item of ITEMS: run.c writes them without building the list. */
void wire_put_item(struct buf *out, const struct wire_item *item);
/* Bytes that it takes. */
size_t wire_item_bytes(const struct wire_item *item);

/* A text with its length in one byte. */
void wire_put_text(struct buf *out, struct slice text);
struct slice wire_take_text(struct cursor *c);
/* UTF-8 without control characters, at most `max` bytes. */
bool wire_is_printable(struct slice text, size_t max);

/* An entry: device, seq, id. */
enum { WIRE_ENTRY_BYTES = 32 + 8 + 32 };
void wire_put_entry(struct buf *out, const struct entry *entry);
struct entry wire_take_entry(struct cursor *c);

#endif
