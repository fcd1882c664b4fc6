#include "proto/wire/wire.h"

#include <string.h>

#include "proto/base/check.h"
#include "proto/base/text.h"
#include "proto/wire/wire_codec.h"

/* Names of the bodies in this file and its siblings come from the one table. */

static bool is_valid(const struct wire_message *m)
{
    switch (m->type) {
#define X(number, NAME, name) \
    case WIRE_##NAME:         \
        return wire_valid_##name(&m->name);
        WIRE_MESSAGES(X)
#undef X
    case WIRE_UNKNOWN:
    case WIRE_MUST_UNDERSTAND:
        break;
    }
    return false;
}

void wire_encode(struct buf *out, const struct wire_message *m)
{
    CHECK(is_valid(m));
    size_t before = out->len;
    buf_put_u8(out, (uint8_t)m->type);
    switch (m->type) {
#define X(number, NAME, name)           \
    case WIRE_##NAME:                   \
        wire_put_##name(out, &m->name); \
        break;
        WIRE_MESSAGES(X)
#undef X
    case WIRE_UNKNOWN:
    case WIRE_MUST_UNDERSTAND:
        break;
    }
    CHECK(out->len - before <= LIMIT_MESSAGE_BYTES);
}

enum err wire_decode(struct wire_message *out, struct arena *arena, struct slice bytes)
{
    if (bytes.n > LIMIT_MESSAGE_BYTES) return ERR_TOO_BIG;
    struct cursor c = cursor_of(bytes);
    uint8_t number = cursor_u8(&c);
    if (c.failed || number == WIRE_UNKNOWN) return ERR_MALFORMED;
    struct wire_message m;
    memset(&m, 0, sizeof(m)); /* the whole union, whichever member follows */
    switch (number) {
#define X(num, NAME, name)                    \
    case num:                                 \
        m.type = WIRE_##NAME;                 \
        wire_take_##name(&m.name, arena, &c); \
        break;
        WIRE_MESSAGES(X)
#undef X
    default:
        if (number >= WIRE_MUST_UNDERSTAND) return ERR_VERSION;
        *out = m;
        return ERR_OK;
    }
    if (!cursor_done(&c) || !is_valid(&m)) return ERR_MALFORMED;
    *out = m;
    return ERR_OK;
}

const char *wire_type_name(uint8_t number)
{
    switch (number) {
#define X(num, NAME, name) \
    case num:              \
        return #NAME;
        WIRE_MESSAGES(X)
#undef X
    default:
        return "UNKNOWN";
    }
}

const char *wire_bye_text(uint8_t reason)
{
    switch (reason) {
#define X(number, NAME, text) \
    case number:              \
        return text;
        WIRE_BYE_TABLE(X)
#undef X
    default:
        return "for a reason that this Kith does not know";
    }
}

/* --------------------------------------------------------------- what bodies have in common */

void wire_put_text(struct buf *out, struct slice text)
{
    buf_put_u8(out, (uint8_t)text.n);
    buf_put(out, text.p, text.n);
}

struct slice wire_take_text(struct cursor *c)
{
    size_t n = cursor_u8(c);
    return cursor_take(c, n);
}

bool wire_is_printable(struct slice text, size_t max)
{
    if (text.n > max || !text_is_utf8(text)) return false;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < 0x20 || text.p[i] == 0x7f) return false;
    }
    return true;
}

void wire_put_entry(struct buf *out, const struct entry *entry)
{
    buf_put(out, entry->device.b, sizeof(entry->device.b));
    buf_put_u64(out, entry->head.seq);
    buf_put(out, entry->head.id.b, sizeof(entry->head.id.b));
}

struct entry wire_take_entry(struct cursor *c)
{
    struct entry entry;
    cursor_copy(c, entry.device.b, sizeof(entry.device.b));
    entry.head.seq = cursor_u64(c);
    cursor_copy(c, entry.head.id.b, sizeof(entry.head.id.b));
    return entry;
}
