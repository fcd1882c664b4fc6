/* The messages about one thing: BEACON, FETCH and its answer, IDS, PING, BYE, joining, pieces. */
#include <string.h>

#include "proto/wire/wire_codec.h"

/* ----------------------------------------------------------------- BEACON, FETCH, ENVELOPE */

static bool valid_whole(const uint8_t header[ENVELOPE_HEADER_BYTES], struct slice payload,
                        struct envelope *out)
{
    return envelope_decode(out, slice_of(header, ENVELOPE_HEADER_BYTES)) == ERR_OK &&
           out->payload_len == payload.n;
}

bool wire_valid_beacon(const struct wire_beacon *m)
{
    struct envelope e;
    return valid_whole(m->header, m->payload, &e) && e.kind == ENVELOPE_BEACON;
}

void wire_put_beacon(struct buf *out, const struct wire_beacon *m)
{
    buf_put(out, m->header, sizeof(m->header));
    buf_put(out, m->payload.p, m->payload.n);
}

void wire_take_beacon(struct wire_beacon *m, struct arena *arena, struct cursor *c)
{
    (void)arena;
    cursor_copy(c, m->header, sizeof(m->header));
    m->payload = cursor_take(c, c->left);
}

bool wire_valid_fetch(const struct wire_fetch *m)
{
    switch (m->by) {
    case WIRE_FETCH_ID:
        return !envelope_id_is_zero(&m->id);
    case WIRE_FETCH_PLACE:
        return m->seq >= 1 && m->seq <= INT64_MAX;
    default:
        return false;
    }
}

void wire_put_fetch(struct buf *out, const struct wire_fetch *m)
{
    buf_put_u32(out, m->number);
    buf_put_u8(out, m->by);
    if (m->by == WIRE_FETCH_ID) {
        buf_put(out, m->id.b, sizeof(m->id.b));
        return;
    }
    buf_put(out, m->chain.device.b, sizeof(m->chain.device.b));
    buf_put(out, m->chain.tag.b, sizeof(m->chain.tag.b));
    buf_put_u64(out, m->seq);
}

static void take_chain(struct chain *chain, struct cursor *c)
{
    cursor_copy(c, chain->device.b, sizeof(chain->device.b));
    cursor_copy(c, chain->tag.b, sizeof(chain->tag.b));
}

void wire_take_fetch(struct wire_fetch *m, struct arena *arena, struct cursor *c)
{
    (void)arena;
    m->number = cursor_u32(c);
    m->by = cursor_u8(c);
    if (m->by == WIRE_FETCH_ID) {
        cursor_copy(c, m->id.b, sizeof(m->id.b));
        return;
    }
    take_chain(&m->chain, c);
    m->seq = cursor_u64(c);
}

bool wire_valid_envelope(const struct wire_envelope *m)
{
    struct envelope e;
    switch (m->held) {
    case WIRE_HELD_NONE:
        return m->payload.n == 0;
    case WIRE_HELD_HEADER:
        return m->payload.n == 0 &&
               envelope_decode(&e, slice_of(m->header, sizeof(m->header))) == ERR_OK;
    case WIRE_HELD_WHOLE:
        return valid_whole(m->header, m->payload, &e);
    default:
        return false;
    }
}

void wire_put_envelope(struct buf *out, const struct wire_envelope *m)
{
    buf_put_u32(out, m->number);
    buf_put_u8(out, m->held);
    if (m->held == WIRE_HELD_NONE) return;
    buf_put(out, m->header, sizeof(m->header));
    buf_put(out, m->payload.p, m->payload.n);
}

void wire_take_envelope(struct wire_envelope *m, struct arena *arena, struct cursor *c)
{
    (void)arena;
    m->number = cursor_u32(c);
    m->held = cursor_u8(c);
    if (m->held == WIRE_HELD_NONE) return;
    cursor_copy(c, m->header, sizeof(m->header));
    m->payload = cursor_take(c, c->left);
}

/* --------------------------------------------------------------------- IDS_WANT and IDS -- */

bool wire_valid_ids_want(const struct wire_ids_want *m)
{
    return m->first >= 1 && m->first <= INT64_MAX && m->stride >= 1 && m->count >= 1 &&
           m->count <= WIRE_IDS_MAX;
}

void wire_put_ids_want(struct buf *out, const struct wire_ids_want *m)
{
    buf_put_u32(out, m->number);
    buf_put(out, m->chain.device.b, sizeof(m->chain.device.b));
    buf_put(out, m->chain.tag.b, sizeof(m->chain.tag.b));
    buf_put_u64(out, m->first);
    buf_put_u32(out, m->stride);
    buf_put_u16(out, m->count);
}

void wire_take_ids_want(struct wire_ids_want *m, struct arena *arena, struct cursor *c)
{
    (void)arena;
    m->number = cursor_u32(c);
    take_chain(&m->chain, c);
    m->first = cursor_u64(c);
    m->stride = cursor_u32(c);
    m->count = cursor_u16(c);
}

bool wire_valid_ids(const struct wire_ids *m)
{
    return m->n <= WIRE_IDS_MAX;
}

void wire_put_ids(struct buf *out, const struct wire_ids *m)
{
    buf_put_u32(out, m->number);
    buf_put_u16(out, (uint16_t)m->n);
    for (size_t i = 0; i < m->n; i++)
        buf_put(out, m->ids[i].b, sizeof(m->ids[i].b));
}

void wire_take_ids(struct wire_ids *m, struct arena *arena, struct cursor *c)
{
    m->number = cursor_u32(c);
    m->n = cursor_count(c, WIRE_IDS_MAX, sizeof(m->ids[0].b));
    if (m->n == 0) return;
    m->ids = arena_alloc(arena, m->n * sizeof(*m->ids));
    for (size_t i = 0; i < m->n; i++)
        cursor_copy(c, m->ids[i].b, sizeof(m->ids[i].b));
}

/* ------------------------------------------------------------------------- PING, PONG, BYE */

bool wire_valid_ping(const struct wire_ping *m)
{
    (void)m;
    return true;
}

void wire_put_ping(struct buf *out, const struct wire_ping *m)
{
    buf_put_u64(out, m->token);
}

void wire_take_ping(struct wire_ping *m, struct arena *arena, struct cursor *c)
{
    (void)arena;
    m->token = cursor_u64(c);
}

bool wire_valid_pong(const struct wire_pong *m)
{
    (void)m;
    return true;
}

void wire_put_pong(struct buf *out, const struct wire_pong *m)
{
    buf_put_u64(out, m->token);
}

void wire_take_pong(struct wire_pong *m, struct arena *arena, struct cursor *c)
{
    (void)arena;
    m->token = cursor_u64(c);
}

bool wire_valid_bye(const struct wire_bye *m)
{
    return m->reason != 0;
}

void wire_put_bye(struct buf *out, const struct wire_bye *m)
{
    buf_put_u8(out, m->reason);
}

void wire_take_bye(struct wire_bye *m, struct arena *arena, struct cursor *c)
{
    (void)arena;
    m->reason = cursor_u8(c);
}

/* --------------------------------------------------------------------------------- Joining */

bool wire_valid_join_request(const struct wire_join_request *m)
{
    return m->body.n >= 1 && m->body.n <= WIRE_JOIN_BYTES_MAX;
}

void wire_put_join_request(struct buf *out, const struct wire_join_request *m)
{
    buf_put(out, m->body.p, m->body.n);
}

void wire_take_join_request(struct wire_join_request *m, struct arena *arena, struct cursor *c)
{
    (void)arena;
    m->body = cursor_take(c, c->left);
}

bool wire_valid_join_status(const struct wire_join_status *m)
{
    return m->state <= WIRE_JOIN_REFUSED && wire_is_printable(m->text, WIRE_TEXT_BYTES);
}

void wire_put_join_status(struct buf *out, const struct wire_join_status *m)
{
    buf_put_u8(out, m->state);
    wire_put_text(out, m->text);
}

void wire_take_join_status(struct wire_join_status *m, struct arena *arena, struct cursor *c)
{
    (void)arena;
    m->state = cursor_u8(c);
    m->text = wire_take_text(c);
}

/* --------------------------------------------------------------------- PIECE_WANT and PIECE */

bool wire_valid_piece_want(const struct wire_piece_want *m)
{
    (void)m;
    return true;
}

void wire_put_piece_want(struct buf *out, const struct wire_piece_want *m)
{
    buf_put_u32(out, m->number);
    buf_put(out, m->id.b, sizeof(m->id.b));
}

void wire_take_piece_want(struct wire_piece_want *m, struct arena *arena, struct cursor *c)
{
    (void)arena;
    m->number = cursor_u32(c);
    cursor_copy(c, m->id.b, sizeof(m->id.b));
}

bool wire_valid_piece(const struct wire_piece *m)
{
    return m->bytes.n <= PIECE_BYTES_MAX;
}

void wire_put_piece(struct buf *out, const struct wire_piece *m)
{
    buf_put_u32(out, m->number);
    buf_put(out, m->bytes.p, m->bytes.n);
}

void wire_take_piece(struct wire_piece *m, struct arena *arena, struct cursor *c)
{
    (void)arena;
    m->number = cursor_u32(c);
    m->bytes = cursor_take(c, c->left);
}
