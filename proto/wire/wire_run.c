/* The messages that carry envelopes one after the other: RUN, ITEMS, RUN_END, CREDIT. */
#include "proto/wire/wire_codec.h"

enum {
    ITEM_FLAGS = WIRE_ITEM_KIND | WIRE_ITEM_KEY_ID | WIRE_ITEM_KEYED | WIRE_ITEM_ERASED |
                 WIRE_ITEM_FOUND,
};

bool wire_valid_run(const struct wire_run *m)
{
    bool statements = m->kind == ENVELOPE_STATEMENT;
    return m->kind != 0 && m->kind != ENVELOPE_BEACON &&
           statements == space_tag_is_zero(&m->tag) && m->seq >= 1 &&
           (m->seq == 1) == envelope_id_is_zero(&m->prev) && m->count >= 1 &&
           m->count <= LIMIT_RUN_ENVELOPES && m->seq <= INT64_MAX - (uint64_t)m->count + 1 &&
           m->bytes >= (uint32_t)m->count * ENVELOPE_HEADER_BYTES &&
           m->bytes <= LIMIT_RUN_BYTES;
}

void wire_put_run(struct buf *out, const struct wire_run *m)
{
    buf_put_u8(out, m->kind);
    buf_put(out, m->tag.b, sizeof(m->tag.b));
    buf_put(out, m->device.b, sizeof(m->device.b));
    buf_put_u64(out, m->seq);
    buf_put(out, m->prev.b, sizeof(m->prev.b));
    buf_put_u16(out, m->count);
    buf_put_u32(out, m->bytes);
}

void wire_take_run(struct wire_run *m, struct arena *arena, struct cursor *c)
{
    (void)arena;
    m->kind = cursor_u8(c);
    cursor_copy(c, m->tag.b, sizeof(m->tag.b));
    cursor_copy(c, m->device.b, sizeof(m->device.b));
    m->seq = cursor_u64(c);
    cursor_copy(c, m->prev.b, sizeof(m->prev.b));
    m->count = cursor_u16(c);
    m->bytes = cursor_u32(c);
}

static bool valid_item(const struct wire_item *item)
{
    bool keyed = (item->flags & WIRE_ITEM_KEYED) != 0;
    if ((item->flags & ~ITEM_FLAGS) != 0) return false;
    if ((item->flags & WIRE_ITEM_KIND) != 0 && item->kind == 0) return false;
    if ((item->flags & WIRE_ITEM_KEY_ID) != 0 && !keyed) return false;
    if ((item->flags & WIRE_ITEM_FOUND) != 0 && keyed) return false;
    if (item->payload_len > LIMIT_PAYLOAD_BYTES) return false;
    return item->payload.n == ((item->flags & WIRE_ITEM_ERASED) != 0 ? 0 : item->payload_len);
}

bool wire_valid_items(const struct wire_items *m)
{
    if (m->n < 1 || m->n > LIMIT_RUN_ENVELOPES) return false;
    for (size_t i = 0; i < m->n; i++) {
        if (!valid_item(&m->items[i])) return false;
    }
    return true;
}

void wire_put_item(struct buf *out, const struct wire_item *item)
{
    buf_put_u8(out, item->flags);
    if ((item->flags & WIRE_ITEM_KIND) != 0) buf_put_u8(out, item->kind);
    if ((item->flags & WIRE_ITEM_KEY_ID) != 0) {
        buf_put(out, item->key_id.b, sizeof(item->key_id.b));
    }
    if ((item->flags & WIRE_ITEM_KEYED) != 0) {
        buf_put(out, item->nonce, sizeof(item->nonce));
        buf_put(out, item->commit, sizeof(item->commit));
    }
    buf_put(out, item->signature, sizeof(item->signature));
    if ((item->flags & WIRE_ITEM_ERASED) != 0) {
        buf_put(out, item->payload_hash.b, sizeof(item->payload_hash.b));
    }
    buf_put_u32(out, item->payload_len);
    buf_put(out, item->payload.p, item->payload.n);
}

size_t wire_item_bytes(const struct wire_item *item)
{
    size_t n = 1 + sizeof(item->signature) + 4 + item->payload.n;
    if ((item->flags & WIRE_ITEM_KIND) != 0) n += 1;
    if ((item->flags & WIRE_ITEM_KEY_ID) != 0) n += sizeof(item->key_id.b);
    if ((item->flags & WIRE_ITEM_KEYED) != 0) n += sizeof(item->nonce) + sizeof(item->commit);
    if ((item->flags & WIRE_ITEM_ERASED) != 0) n += sizeof(item->payload_hash.b);
    return n;
}

void wire_put_items(struct buf *out, const struct wire_items *m)
{
    for (size_t i = 0; i < m->n; i++)
        wire_put_item(out, &m->items[i]);
}

static void take_item(struct wire_item *item, struct cursor *c)
{
    *item = (struct wire_item){.flags = cursor_u8(c)};
    if ((item->flags & WIRE_ITEM_KIND) != 0) item->kind = cursor_u8(c);
    if ((item->flags & WIRE_ITEM_KEY_ID) != 0) {
        cursor_copy(c, item->key_id.b, sizeof(item->key_id.b));
    }
    if ((item->flags & WIRE_ITEM_KEYED) != 0) {
        cursor_copy(c, item->nonce, sizeof(item->nonce));
        cursor_copy(c, item->commit, sizeof(item->commit));
    }
    cursor_copy(c, item->signature, sizeof(item->signature));
    bool erased = (item->flags & WIRE_ITEM_ERASED) != 0;
    if (erased) cursor_copy(c, item->payload_hash.b, sizeof(item->payload_hash.b));
    item->payload_len = cursor_u32(c);
    if (!erased) item->payload = cursor_take(c, item->payload_len);
}

void wire_take_items(struct wire_items *m, struct arena *arena, struct cursor *c)
{
    /* Once over to count: the list is as long as what really came. */
    struct cursor ahead = *c;
    size_t n = 0;
    while (ahead.left > 0 && !ahead.failed && n <= LIMIT_RUN_ENVELOPES) {
        struct wire_item item;
        take_item(&item, &ahead);
        n++;
    }
    if (!cursor_require(c, cursor_done(&ahead) && n <= LIMIT_RUN_ENVELOPES) || n == 0) return;
    m->items = arena_alloc(arena, n * sizeof(*m->items));
    m->n = n;
    for (size_t i = 0; i < n; i++)
        take_item(&m->items[i], c);
}

bool wire_valid_run_end(const struct wire_run_end *m)
{
    return m->count <= LIMIT_RUN_ENVELOPES;
}

void wire_put_run_end(struct buf *out, const struct wire_run_end *m)
{
    buf_put_u16(out, m->count);
}

void wire_take_run_end(struct wire_run_end *m, struct arena *arena, struct cursor *c)
{
    (void)arena;
    m->count = cursor_u16(c);
}

bool wire_valid_credit(const struct wire_credit *m)
{
    return m->bytes >= 1;
}

void wire_put_credit(struct buf *out, const struct wire_credit *m)
{
    buf_put_u32(out, m->bytes);
}

void wire_take_credit(struct wire_credit *m, struct arena *arena, struct cursor *c)
{
    (void)arena;
    m->bytes = cursor_u32(c);
}
