/* The messages by which two nodes find what they lack: HELLO … DONE, ACK, HOLDS. */
#include <string.h>

#include "proto/wire/wire_codec.h"

enum {
    SPACE_BYTES = 16 + WIRE_ABBREV_BYTES + 1,
    HOLD_BYTES = 16 + 32 + 32 + 8,
};

/* ------------------------------------------------------------------------- HELLO and SPACES */

static bool valid_offer(const struct wire_offer *offer)
{
    if (offer->n > WIRE_SPACES_MAX) return false;
    for (size_t i = 0; i < offer->n; i++) {
        const struct space_tag *tag = &offer->spaces[i].tag;
        if (i == 0 && space_tag_is_zero(tag)) return false;
        if (i > 0 && space_tag_cmp(&offer->spaces[i - 1].tag, tag) >= 0) return false;
    }
    return true;
}

static void put_offer(struct buf *out, const struct wire_offer *offer)
{
    buf_put_u8(out, offer->flags);
    buf_put(out, offer->statements, sizeof(offer->statements));
    buf_put(out, offer->beacons, sizeof(offer->beacons));
    buf_put_u16(out, (uint16_t)offer->n);
    for (size_t i = 0; i < offer->n; i++) {
        const struct wire_space *space = &offer->spaces[i];
        buf_put(out, space->tag.b, sizeof(space->tag.b));
        buf_put(out, space->digest, sizeof(space->digest));
        buf_put_u8(out, space->flags);
    }
}

static void take_offer(struct wire_offer *offer, struct arena *arena, struct cursor *c)
{
    offer->flags = cursor_u8(c);
    cursor_copy(c, offer->statements, sizeof(offer->statements));
    cursor_copy(c, offer->beacons, sizeof(offer->beacons));
    offer->n = cursor_count(c, WIRE_SPACES_MAX, SPACE_BYTES);
    if (offer->n == 0) return;
    offer->spaces = arena_alloc(arena, offer->n * sizeof(*offer->spaces));
    for (size_t i = 0; i < offer->n; i++) {
        struct wire_space *space = &offer->spaces[i];
        cursor_copy(c, space->tag.b, sizeof(space->tag.b));
        cursor_copy(c, space->digest, sizeof(space->digest));
        space->flags = cursor_u8(c);
    }
}

bool wire_valid_hello(const struct wire_hello *m)
{
    return m->version_min >= 1 && m->version_min <= m->version_max &&
           wire_is_printable(m->software, WIRE_SOFTWARE_BYTES) && valid_offer(&m->offer);
}

void wire_put_hello(struct buf *out, const struct wire_hello *m)
{
    buf_put_u8(out, m->version_min);
    buf_put_u8(out, m->version_max);
    wire_put_text(out, m->software);
    put_offer(out, &m->offer);
}

void wire_take_hello(struct wire_hello *m, struct arena *arena, struct cursor *c)
{
    m->version_min = cursor_u8(c);
    m->version_max = cursor_u8(c);
    m->software = wire_take_text(c);
    take_offer(&m->offer, arena, c);
}

bool wire_valid_spaces(const struct wire_spaces *m)
{
    return valid_offer(&m->offer);
}

void wire_put_spaces(struct buf *out, const struct wire_spaces *m)
{
    put_offer(out, &m->offer);
}

void wire_take_spaces(struct wire_spaces *m, struct arena *arena, struct cursor *c)
{
    take_offer(&m->offer, arena, c);
}

/* ---------------------------------------------------------------- BUCKETS, ENTRIES and DONE */

static bool valid_set(const struct wire_set *set)
{
    return set->kind <= WIRE_SET_BEACONS &&
           (set->kind == WIRE_SET_SPACE) != space_tag_is_zero(&set->tag);
}

static void put_set(struct buf *out, const struct wire_set *set)
{
    buf_put_u8(out, set->kind);
    buf_put(out, set->tag.b, sizeof(set->tag.b));
}

static struct wire_set take_set(struct cursor *c)
{
    struct wire_set set = {.kind = cursor_u8(c)};
    cursor_copy(c, set.tag.b, sizeof(set.tag.b));
    return set;
}

bool wire_valid_buckets(const struct wire_buckets *m)
{
    static const uint8_t zeros[WIRE_ABBREV_BUCKET_BYTES];
    if (!valid_set(&m->set)) return false;
    for (unsigned b = 0; b < WIRE_BUCKET_COUNT; b++) {
        bool present = wire_bit(m->nonempty, (uint8_t)b);
        if (!present && memcmp(m->digests[b], zeros, sizeof(zeros)) != 0) return false;
    }
    return true;
}

void wire_put_buckets(struct buf *out, const struct wire_buckets *m)
{
    put_set(out, &m->set);
    buf_put(out, m->nonempty, sizeof(m->nonempty));
    for (unsigned b = 0; b < WIRE_BUCKET_COUNT; b++) {
        if (wire_bit(m->nonempty, (uint8_t)b))
            buf_put(out, m->digests[b], sizeof(m->digests[b]));
    }
}

void wire_take_buckets(struct wire_buckets *m, struct arena *arena, struct cursor *c)
{
    (void)arena;
    m->set = take_set(c);
    cursor_copy(c, m->nonempty, sizeof(m->nonempty));
    for (unsigned b = 0; b < WIRE_BUCKET_COUNT; b++) {
        if (wire_bit(m->nonempty, (uint8_t)b)) {
            cursor_copy(c, m->digests[b], sizeof(m->digests[b]));
        }
    }
}

static bool valid_entries(const struct entry *entries, size_t n)
{
    if (n > WIRE_ENTRIES_MAX) return false;
    for (size_t i = 0; i < n; i++) {
        if (entries[i].head.seq == 0 || entries[i].head.seq > INT64_MAX) return false;
        if (i > 0 && device_pk_cmp(&entries[i - 1].device, &entries[i].device) >= 0) {
            return false;
        }
    }
    return true;
}

static void put_entries(struct buf *out, const struct entry *entries, size_t n)
{
    buf_put_u16(out, (uint16_t)n);
    for (size_t i = 0; i < n; i++)
        wire_put_entry(out, &entries[i]);
}

static struct entry *take_entries(size_t *n, struct arena *arena, struct cursor *c)
{
    *n = cursor_count(c, WIRE_ENTRIES_MAX, WIRE_ENTRY_BYTES);
    if (*n == 0) return NULL;
    struct entry *entries = arena_alloc(arena, *n * sizeof(*entries));
    for (size_t i = 0; i < *n; i++)
        entries[i] = wire_take_entry(c);
    return entries;
}

bool wire_valid_entries(const struct wire_entries *m)
{
    return valid_set(&m->set) && valid_entries(m->entries, m->n);
}

void wire_put_entries(struct buf *out, const struct wire_entries *m)
{
    put_set(out, &m->set);
    buf_put_u8(out, m->flags);
    buf_put(out, m->covered, sizeof(m->covered));
    put_entries(out, m->entries, m->n);
}

void wire_take_entries(struct wire_entries *m, struct arena *arena, struct cursor *c)
{
    m->set = take_set(c);
    m->flags = cursor_u8(c);
    cursor_copy(c, m->covered, sizeof(m->covered));
    m->entries = take_entries(&m->n, arena, c);
}

bool wire_valid_done(const struct wire_done *m)
{
    return valid_set(&m->set);
}

void wire_put_done(struct buf *out, const struct wire_done *m)
{
    put_set(out, &m->set);
}

void wire_take_done(struct wire_done *m, struct arena *arena, struct cursor *c)
{
    (void)arena;
    m->set = take_set(c);
}

/* ---------------------------------------------------------------------------- ACK and HOLDS */

bool wire_valid_ack(const struct wire_ack *m)
{
    return m->n >= 1 && valid_entries(m->entries, m->n);
}

void wire_put_ack(struct buf *out, const struct wire_ack *m)
{
    buf_put(out, m->tag.b, sizeof(m->tag.b));
    put_entries(out, m->entries, m->n);
}

void wire_take_ack(struct wire_ack *m, struct arena *arena, struct cursor *c)
{
    cursor_copy(c, m->tag.b, sizeof(m->tag.b));
    m->entries = take_entries(&m->n, arena, c);
}

static int hold_cmp(const struct wire_hold *x, const struct wire_hold *y)
{
    int order = space_tag_cmp(&x->tag, &y->tag);
    if (order == 0) order = device_pk_cmp(&x->device, &y->device);
    return order != 0 ? order : device_pk_cmp(&x->holder, &y->holder);
}

bool wire_valid_holds(const struct wire_holds *m)
{
    if (m->n < 1 || m->n > WIRE_HOLDS_MAX) return false;
    for (size_t i = 0; i < m->n; i++) {
        if (m->holds[i].seq == 0 || m->holds[i].seq > INT64_MAX) return false;
        if (i > 0 && hold_cmp(&m->holds[i - 1], &m->holds[i]) >= 0) return false;
    }
    return true;
}

void wire_put_holds(struct buf *out, const struct wire_holds *m)
{
    buf_put_u16(out, (uint16_t)m->n);
    for (size_t i = 0; i < m->n; i++) {
        const struct wire_hold *hold = &m->holds[i];
        buf_put(out, hold->tag.b, sizeof(hold->tag.b));
        buf_put(out, hold->device.b, sizeof(hold->device.b));
        buf_put(out, hold->holder.b, sizeof(hold->holder.b));
        buf_put_u64(out, hold->seq);
    }
}

void wire_take_holds(struct wire_holds *m, struct arena *arena, struct cursor *c)
{
    m->n = cursor_count(c, WIRE_HOLDS_MAX, HOLD_BYTES);
    if (m->n == 0) return;
    m->holds = arena_alloc(arena, m->n * sizeof(*m->holds));
    for (size_t i = 0; i < m->n; i++) {
        struct wire_hold *hold = &m->holds[i];
        cursor_copy(c, hold->tag.b, sizeof(hold->tag.b));
        cursor_copy(c, hold->device.b, sizeof(hold->device.b));
        cursor_copy(c, hold->holder.b, sizeof(hold->holder.b));
        hold->seq = cursor_u64(c);
    }
}
