#include "proto/wire/beacon.h"

#include "proto/base/check.h"
#include "proto/wire/wire_codec.h"

enum { HEAD_BYTES = 16 + 8 + 32 };

static bool is_address(struct slice address)
{
    if (address.n < 1 || address.n > LIMIT_ADDRESS_BYTES) return false;
    for (size_t i = 0; i < address.n; i++) {
        if (address.p[i] <= 0x20 || address.p[i] >= 0x7f) return false;
    }
    return true;
}

static bool is_valid(const struct beacon *beacon)
{
    if (beacon->n_heads > BEACON_HEADS_MAX || beacon->n_addresses > LIMIT_ADDRESSES)
        return false;
    for (size_t i = 0; i < beacon->n_heads; i++) {
        const struct beacon_head *head = &beacon->heads[i];
        if (head->head.seq < 1 || head->head.seq > INT64_MAX) return false;
        if (i > 0 && space_tag_cmp(&beacon->heads[i - 1].tag, &head->tag) >= 0) return false;
    }
    for (size_t i = 0; i < beacon->n_addresses; i++) {
        if (!is_address(beacon->addresses[i])) return false;
    }
    return wire_is_printable(beacon->software, BEACON_SOFTWARE_BYTES);
}

void beacon_encode(struct buf *out, const struct beacon *beacon)
{
    CHECK(is_valid(beacon));
    buf_put_u16(out, (uint16_t)beacon->n_heads);
    for (size_t i = 0; i < beacon->n_heads; i++) {
        const struct beacon_head *head = &beacon->heads[i];
        buf_put(out, head->tag.b, sizeof(head->tag.b));
        buf_put_u64(out, head->head.seq);
        buf_put(out, head->head.id.b, sizeof(head->head.id.b));
    }
    buf_put_u16(out, (uint16_t)beacon->n_addresses);
    for (size_t i = 0; i < beacon->n_addresses; i++)
        wire_put_text(out, beacon->addresses[i]);
    wire_put_text(out, beacon->software);
}

enum err beacon_decode(struct beacon *out, struct arena *arena, struct slice body)
{
    struct cursor c = cursor_of(body);
    struct beacon beacon = {.n_heads = cursor_count(&c, BEACON_HEADS_MAX, HEAD_BYTES)};
    if (beacon.n_heads > 0) {
        beacon.heads = arena_alloc(arena, beacon.n_heads * sizeof(*beacon.heads));
    }
    for (size_t i = 0; i < beacon.n_heads; i++) {
        struct beacon_head *head = &beacon.heads[i];
        cursor_copy(&c, head->tag.b, sizeof(head->tag.b));
        head->head.seq = cursor_u64(&c);
        cursor_copy(&c, head->head.id.b, sizeof(head->head.id.b));
    }
    beacon.n_addresses = cursor_count(&c, LIMIT_ADDRESSES, 1);
    for (size_t i = 0; i < beacon.n_addresses; i++)
        beacon.addresses[i] = wire_take_text(&c);
    beacon.software = wire_take_text(&c);
    if (!cursor_done(&c) || !is_valid(&beacon)) return ERR_MALFORMED;
    *out = beacon;
    return ERR_OK;
}
