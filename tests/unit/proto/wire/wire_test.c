#include "proto/wire/wire.h"

#include <stdlib.h>

#include "proto/base/cursor.h"
#include "tests/unit/proto/wire/samples.h"

static const uint8_t known[] = {
#define X(number, NAME, name) number,
    WIRE_MESSAGES(X)
#undef X
};
enum { KNOWN = sizeof(known) };

/* ------------------------------------------------------------- a generator for each message */

static void fill(struct samples *s, void *out, size_t n)
{
    env_random(&s->env, out, n);
}

static struct slice some_text(struct samples *s, size_t max)
{
    size_t n = rng_below(&s->rng, max + 1);
    uint8_t *text = arena_alloc(&s->arena, n + 1);
    for (size_t i = 0; i < n; i++)
        text[i] = (uint8_t)(0x20 + rng_below(&s->rng, 0x5f));
    return slice_of(text, n);
}

static struct wire_offer some_offer(struct samples *s, size_t n)
{
    struct wire_offer offer = {.flags = (uint8_t)rng_below(&s->rng, 2), .n = n};
    fill(s, offer.statements, sizeof(offer.statements));
    fill(s, offer.beacons, sizeof(offer.beacons));
    offer.spaces = arena_alloc(&s->arena, (n + 1) * sizeof(*offer.spaces));
    for (size_t i = 0; i < n; i++) {
        fill(s, &offer.spaces[i], sizeof(offer.spaces[i]));
        put_be16(offer.spaces[i].tag.b, (uint16_t)(i + 1));
    }
    return offer;
}

static struct wire_set some_set(struct samples *s)
{
    struct wire_set set = {.kind = (uint8_t)rng_below(&s->rng, 3)};
    if (set.kind == WIRE_SET_SPACE) fill(s, set.tag.b, sizeof(set.tag.b));
    return set;
}

static uint64_t some_seq(struct samples *s)
{
    return 1 + rng_below(&s->rng, INT64_MAX);
}

static struct entry *some_entries(struct samples *s, size_t n)
{
    struct entry *entries = arena_alloc(&s->arena, (n + 1) * sizeof(*entries));
    for (size_t i = 0; i < n; i++) {
        fill(s, &entries[i], sizeof(entries[i]));
        put_be16(entries[i].device.b, (uint16_t)i);
        entries[i].head.seq = some_seq(s);
    }
    return entries;
}

static struct wire_hold *some_holds(struct samples *s, size_t n)
{
    struct wire_hold *holds = arena_alloc(&s->arena, (n + 1) * sizeof(*holds));
    for (size_t i = 0; i < n; i++) {
        fill(s, &holds[i], sizeof(holds[i]));
        holds[i].tag = s->tag;
        put_be16(holds[i].tag.b, (uint16_t)(i / 3));
        put_be16(holds[i].device.b, (uint16_t)i);
        holds[i].seq = some_seq(s);
    }
    return holds;
}

static void some_item(struct samples *s, struct wire_item *item)
{
    static const uint8_t flags[] = {WIRE_ITEM_KEYED,
                                    WIRE_ITEM_KEYED | WIRE_ITEM_KEY_ID,
                                    WIRE_ITEM_KEYED | WIRE_ITEM_ERASED,
                                    WIRE_ITEM_KEYED | WIRE_ITEM_KIND,
                                    0,
                                    WIRE_ITEM_FOUND,
                                    WIRE_ITEM_ERASED};
    fill(s, item, sizeof(*item));
    item->flags = flags[rng_below(&s->rng, sizeof(flags))];
    item->kind = (uint8_t)(1 + rng_below(&s->rng, 255));
    item->payload = samples_bytes(s, rng_below(&s->rng, 300));
    item->payload_len = (uint32_t)item->payload.n;
    if ((item->flags & WIRE_ITEM_ERASED) != 0) item->payload = (struct slice){0};
}

static struct wire_run some_run(struct samples *s)
{
    struct wire_run run = {.kind = ENVELOPE_RECORD,
                           .tag = s->tag,
                           .seq = 1 + rng_below(&s->rng, 3),
                           .count = (uint16_t)(1 + rng_below(&s->rng, LIMIT_RUN_ENVELOPES))};
    fill(s, run.device.b, 32);
    if (run.seq > 1) fill(s, run.prev.b, 32);
    if (rng_chance(&s->rng, 300)) {
        run.kind = ENVELOPE_STATEMENT;
        run.tag = (struct space_tag){{0}};
    }
    run.bytes = (uint32_t)run.count * 316 + (uint32_t)rng_below(&s->rng, 1000);
    return run;
}

static void some_comparison(struct samples *s, struct wire_message *m)
{
    switch ((int)m->type) {
    case WIRE_HELLO:
        m->hello = (struct wire_hello){.version_min = 1,
                                       .version_max = (uint8_t)(1 + rng_below(&s->rng, 9)),
                                       .software = some_text(s, WIRE_SOFTWARE_BYTES),
                                       .offer = some_offer(s, rng_below(&s->rng, 20))};
        break;
    case WIRE_SPACES:
        m->spaces.offer = some_offer(s, rng_below(&s->rng, 20));
        break;
    case WIRE_BUCKETS:
        m->buckets.set = some_set(s);
        for (unsigned b = 0; b < WIRE_BUCKET_COUNT; b++) {
            if (!rng_chance(&s->rng, 200)) continue;
            wire_set_bit(m->buckets.nonempty, (uint8_t)b);
            fill(s, m->buckets.digests[b], WIRE_ABBREV_BUCKET_BYTES);
        }
        break;
    case WIRE_ENTRIES:
        m->entries = (struct wire_entries){.set = some_set(s),
                                           .flags = (uint8_t)rng_below(&s->rng, 4),
                                           .n = rng_below(&s->rng, 20)};
        fill(s, m->entries.covered, sizeof(m->entries.covered));
        m->entries.entries = some_entries(s, m->entries.n);
        break;
    case WIRE_DONE:
        m->done.set = some_set(s);
        break;
    case WIRE_ACK:
        m->ack.n = 1 + rng_below(&s->rng, 20);
        m->ack.entries = some_entries(s, m->ack.n);
        if (rng_chance(&s->rng, 500)) fill(s, m->ack.tag.b, 16);
        break;
    case WIRE_HOLDS:
        m->holds.n = 1 + rng_below(&s->rng, 20);
        m->holds.holds = some_holds(s, m->holds.n);
        break;
    default:
        fail_msg("no generator for %s", wire_type_name((uint8_t)m->type));
    }
}

static void some_envelope(struct samples *s, uint8_t header[ENVELOPE_HEADER_BYTES],
                          struct slice *payload, bool is_beacon)
{
    *payload = samples_bytes(s, rng_below(&s->rng, 500));
    if (is_beacon) {
        assert_ok(envelope_make_beacon(header, &s->signer, some_seq(s), *payload));
    } else {
        assert_ok(envelope_make_statement(header, &s->signer, &(struct place){0}, *payload));
    }
}

static void some_message(struct samples *s, struct wire_message *m, uint8_t type)
{
    memset(m, 0, sizeof(*m));
    m->type = type;
    switch (type) {
    case WIRE_RUN:
        m->run = some_run(s);
        break;
    case WIRE_ITEMS:
        m->items.n = 1 + rng_below(&s->rng, 8);
        m->items.items = arena_alloc(&s->arena, m->items.n * sizeof(*m->items.items));
        for (size_t i = 0; i < m->items.n; i++)
            some_item(s, &m->items.items[i]);
        break;
    case WIRE_RUN_END:
        m->run_end.count = (uint16_t)rng_below(&s->rng, LIMIT_RUN_ENVELOPES + 1);
        break;
    case WIRE_CREDIT:
        m->credit.bytes = (uint32_t)(1 + rng_below(&s->rng, UINT32_MAX));
        break;
    case WIRE_BEACON:
        some_envelope(s, m->beacon.header, &m->beacon.payload, true);
        break;
    case WIRE_FETCH:
        m->fetch.number = (uint32_t)rng_next(&s->rng);
        m->fetch.by = (uint8_t)(1 + rng_below(&s->rng, 2));
        fill(s, m->fetch.id.b, 32);
        fill(s, &m->fetch.chain, sizeof(m->fetch.chain));
        m->fetch.seq = some_seq(s);
        break;
    case WIRE_ENVELOPE:
        m->envelope.number = (uint32_t)rng_next(&s->rng);
        m->envelope.held = (uint8_t)rng_below(&s->rng, 3);
        some_envelope(s, m->envelope.header, &m->envelope.payload, false);
        if (m->envelope.held != WIRE_HELD_WHOLE) m->envelope.payload = (struct slice){0};
        break;
    case WIRE_IDS_WANT:
        m->ids_want.number = (uint32_t)rng_next(&s->rng);
        fill(s, &m->ids_want.chain, sizeof(m->ids_want.chain));
        m->ids_want.first = some_seq(s);
        m->ids_want.stride = (uint32_t)(1 + rng_below(&s->rng, 1000));
        m->ids_want.count = (uint16_t)(1 + rng_below(&s->rng, WIRE_IDS_MAX));
        break;
    case WIRE_IDS:
        m->ids.number = (uint32_t)rng_next(&s->rng);
        m->ids.n = rng_below(&s->rng, 10);
        m->ids.ids = arena_alloc(&s->arena, 10 * sizeof(*m->ids.ids));
        fill(s, m->ids.ids, 10 * sizeof(*m->ids.ids));
        break;
    case WIRE_PING:
        m->ping.token = rng_next(&s->rng);
        break;
    case WIRE_PONG:
        m->pong.token = rng_next(&s->rng);
        break;
    case WIRE_BYE:
        m->bye.reason = (uint8_t)(1 + rng_below(&s->rng, 255));
        break;
    case WIRE_JOIN_REQUEST:
        m->join_request.body = samples_bytes(s, 1 + rng_below(&s->rng, 400));
        break;
    case WIRE_JOIN_STATUS:
        m->join_status.state = (uint8_t)rng_below(&s->rng, 3);
        m->join_status.text = some_text(s, WIRE_TEXT_BYTES);
        break;
    case WIRE_PIECE_WANT:
        m->piece_want.number = (uint32_t)rng_next(&s->rng);
        fill(s, m->piece_want.id.b, 32);
        break;
    case WIRE_PIECE:
        m->piece.number = (uint32_t)rng_next(&s->rng);
        m->piece.bytes = samples_bytes(s, rng_below(&s->rng, 400));
        break;
    default:
        some_comparison(s, m);
    }
}

/* ------------------------------------------------------------------------------- properties */

static void test_every_message_comes_back_as_it_was(void **state)
{
    (void)state;
    struct samples s;
    samples_init(&s, 21);
    for (size_t i = 0; i < KNOWN; i++) {
        for (unsigned round = 0; round < 60; round++) {
            struct wire_message m, got;
            struct buf bytes = {0}, again = {0};
            some_message(&s, &m, known[i]);
            wire_encode(&bytes, &m);
            assert_int_equal(known[i], bytes.data[0]);
            assert_ok(wire_decode(&got, &s.arena, buf_slice(&bytes)));
            assert_int_equal(m.type, got.type);
            wire_encode(&again, &got);
            assert_true(slice_eq(buf_slice(&bytes), buf_slice(&again)));
            buf_fini(&bytes);
            buf_fini(&again);
            arena_reset(&s.arena);
        }
    }
    samples_fini(&s);
}

/* Fields by name: what identity alone would not see is a field that both sides forget. */
static void test_fields_arrive_where_they_were_put(void **state)
{
    (void)state;
    struct samples s;
    struct wire_message m, got;
    struct buf bytes = {0};
    samples_init(&s, 22);

    some_message(&s, &m, WIRE_HELLO);
    m.hello.offer = some_offer(&s, 3);
    wire_encode(&bytes, &m);
    assert_ok(wire_decode(&got, &s.arena, buf_slice(&bytes)));
    assert_int_equal(m.hello.version_max, got.hello.version_max);
    assert_true(slice_eq(m.hello.software, got.hello.software));
    assert_memory_equal(m.hello.offer.statements, got.hello.offer.statements, 16);
    assert_memory_equal(m.hello.offer.beacons, got.hello.offer.beacons, 16);
    assert_memory_equal(m.hello.offer.spaces, got.hello.offer.spaces,
                        3 * sizeof(struct wire_space));

    bytes.len = 0;
    some_message(&s, &m, WIRE_RUN);
    wire_encode(&bytes, &m);
    assert_ok(wire_decode(&got, &s.arena, buf_slice(&bytes)));
    assert_true(m.run.kind == got.run.kind && m.run.seq == got.run.seq &&
                m.run.count == got.run.count && m.run.bytes == got.run.bytes);
    assert_memory_equal(m.run.device.b, got.run.device.b, 32);
    assert_memory_equal(m.run.prev.b, got.run.prev.b, 32);

    bytes.len = 0;
    some_message(&s, &m, WIRE_HOLDS);
    wire_encode(&bytes, &m);
    assert_ok(wire_decode(&got, &s.arena, buf_slice(&bytes)));
    assert_int_equal(m.holds.n, got.holds.n);
    assert_memory_equal(m.holds.holds, got.holds.holds, m.holds.n * sizeof(*m.holds.holds));

    bytes.len = 0;
    some_message(&s, &m, WIRE_IDS_WANT);
    wire_encode(&bytes, &m);
    assert_ok(wire_decode(&got, &s.arena, buf_slice(&bytes)));
    assert_true(chain_eq(&m.ids_want.chain, &got.ids_want.chain));
    assert_true(m.ids_want.first == got.ids_want.first &&
                m.ids_want.stride == got.ids_want.stride &&
                m.ids_want.count == got.ids_want.count);
    buf_fini(&bytes);
    samples_fini(&s);
}

/* True when the bytes were taken (and then they encode to themselves). */
static bool taken(struct arena *arena, struct slice bytes)
{
    struct wire_message got;
    if (wire_decode(&got, arena, bytes) != ERR_OK) return false;
    if (got.type == WIRE_UNKNOWN) return true;
    struct buf again = {0};
    wire_encode(&again, &got);
    assert_true(slice_eq(bytes, buf_slice(&again)));
    buf_fini(&again);
    return true;
}

static void test_mutated_and_cut_messages_are_refused_or_are_another_message(void **state)
{
    (void)state;
    struct samples s;
    struct arena arena = {0};
    size_t refused = 0;
    samples_init(&s, 23);
    for (size_t i = 0; i < KNOWN; i++) {
        for (unsigned round = 0; round < 2; round++) {
            struct wire_message m;
            struct buf bytes = {0};
            some_message(&s, &m, known[i]);
            wire_encode(&bytes, &m);
            for (size_t at = 0; at < bytes.len; at++) {
                uint8_t before = bytes.data[at];
                bytes.data[at] ^= (uint8_t)(1 + rng_below(&s.rng, 255));
                refused += !taken(&arena, buf_slice(&bytes));
                bytes.data[at] = before;
                refused += !taken(&arena, slice_of(bytes.data, at));
                arena_reset(&arena);
            }
            buf_put_u8(&bytes, 0);
            refused += !taken(&arena, buf_slice(&bytes));
            buf_fini(&bytes);
        }
    }
    assert_true(refused > 1000);
    arena_fini(&arena);
    samples_fini(&s);
}

static void test_random_bytes_do_no_harm(void **state)
{
    (void)state;
    struct samples s;
    samples_init(&s, 24);
    for (unsigned round = 0; round < 4000; round++) {
        uint8_t bytes[400];
        size_t n = rng_below(&s.rng, sizeof(bytes));
        fill(&s, bytes, sizeof(bytes));
        bytes[0] = known[rng_below(&s.rng, KNOWN)];
        taken(&s.arena, slice_of(bytes, n));
        arena_reset(&s.arena);
    }
    samples_fini(&s);
}

static void test_messages_of_later_versions_are_skipped_or_end_it(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct wire_message m;
    assert_ok(wire_decode(&m, &arena, slice_of("\x7fnews", 5)));
    assert_int_equal(WIRE_UNKNOWN, m.type);
    assert_err(ERR_VERSION, wire_decode(&m, &arena, slice_of("\x80news", 5)));
    assert_err(ERR_MALFORMED, wire_decode(&m, &arena, slice_of("\0", 1)));
    assert_err(ERR_MALFORMED, wire_decode(&m, &arena, slice_of("", 0)));
    assert_string_equal("UNKNOWN", wire_type_name(127));
    assert_string_equal("RUN_END", wire_type_name(WIRE_RUN_END));
    assert_string_equal("it is shutting down", wire_bye_text(WIRE_BYE_CLOSING));
    assert_non_null(wire_bye_text(200));
    arena_fini(&arena);
}

/* ----------------------------------------------------------------------------------- bounds */

/* A list of n items is taken; with one item more (its count field says so) it is not. */
static void assert_list_bound(struct samples *s, const struct wire_message *m, size_t count_at,
                              size_t item_bytes)
{
    struct buf bytes = {0};
    wire_encode(&bytes, m);
    assert_true(bytes.len <= LIMIT_MESSAGE_BYTES);
    assert_true(taken(&s->arena, buf_slice(&bytes)));
    put_be16(bytes.data + count_at, (uint16_t)(get_be16(bytes.data + count_at) + 1));
    uint8_t *more = buf_extend(&bytes, item_bytes);
    memcpy(more, more - item_bytes, item_bytes);
    more[1]++; /* stays ascending where that is wanted */
    more[0] = 0xff;
    assert_false(taken(&s->arena, buf_slice(&bytes)));
    buf_fini(&bytes);
}

static void test_lists_end_at_their_bounds(void **state)
{
    (void)state;
    struct samples s;
    struct wire_message m = {.type = WIRE_SPACES};
    samples_init(&s, 25);

    m.spaces.offer = some_offer(&s, WIRE_SPACES_MAX);
    assert_list_bound(&s, &m, 1 + 1 + 32, 33);
    memset(&m, 0, sizeof(m));
    m.type = WIRE_ENTRIES;
    m.entries = (struct wire_entries){.set.kind = WIRE_SET_STATEMENTS,
                                      .entries = some_entries(&s, WIRE_ENTRIES_MAX),
                                      .n = WIRE_ENTRIES_MAX};
    assert_list_bound(&s, &m, 1 + 17 + 1 + 32, 72);
    memset(&m, 0, sizeof(m));
    m.type = WIRE_ACK;
    m.ack =
        (struct wire_ack){.entries = some_entries(&s, WIRE_ENTRIES_MAX), .n = WIRE_ENTRIES_MAX};
    assert_list_bound(&s, &m, 1 + 16, 72);
    memset(&m, 0, sizeof(m));
    m.type = WIRE_HOLDS;
    m.holds = (struct wire_holds){.holds = some_holds(&s, WIRE_HOLDS_MAX), .n = WIRE_HOLDS_MAX};
    assert_list_bound(&s, &m, 1, 88);
    memset(&m, 0, sizeof(m));
    m.type = WIRE_IDS;
    m.ids.ids = arena_alloc(&s.arena, WIRE_IDS_MAX * sizeof(*m.ids.ids));
    m.ids.n = WIRE_IDS_MAX;
    assert_list_bound(&s, &m, 1 + 4, 32);
    samples_fini(&s);
}

static bool bytes_taken(struct samples *s, uint8_t type, const char *start, size_t n_start,
                        size_t n_more)
{
    struct buf bytes = {0};
    buf_put_u8(&bytes, type);
    buf_put(&bytes, start, n_start);
    for (size_t i = 0; i < n_more; i++)
        buf_put_u8(&bytes, 'x');
    bool ok = taken(&s->arena, buf_slice(&bytes));
    buf_fini(&bytes);
    return ok;
}

static void test_texts_and_messages_end_at_their_bounds(void **state)
{
    (void)state;
    struct samples s;
    samples_init(&s, 26);
    assert_true(bytes_taken(&s, WIRE_JOIN_REQUEST, "", 0, WIRE_JOIN_BYTES_MAX));
    assert_false(bytes_taken(&s, WIRE_JOIN_REQUEST, "", 0, WIRE_JOIN_BYTES_MAX + 1));
    assert_false(bytes_taken(&s, WIRE_JOIN_REQUEST, "", 0, 0));
    assert_true(bytes_taken(&s, WIRE_JOIN_STATUS, "\0\xc8", 2, 200));
    assert_false(bytes_taken(&s, WIRE_JOIN_STATUS, "\0\xc9", 2, 201));
    assert_false(bytes_taken(&s, WIRE_JOIN_STATUS, "\3\1", 2, 1));
    assert_false(bytes_taken(&s, WIRE_JOIN_STATUS, "\0\2\xff", 3, 1)); /* not UTF-8 */
    assert_false(bytes_taken(&s, WIRE_JOIN_STATUS, "\0\2\n", 3, 1));   /* steers a terminal */

    struct wire_message m;
    struct buf big = {0};
    uint8_t *p = buf_extend(&big, LIMIT_MESSAGE_BYTES + 1);
    memset(p, 0x7f, big.len); /* an unknown message */
    assert_err(ERR_TOO_BIG, wire_decode(&m, &s.arena, buf_slice(&big)));
    big.len--;
    assert_ok(wire_decode(&m, &s.arena, buf_slice(&big)));
    buf_fini(&big);

    struct wire_message hello = {.type = WIRE_HELLO};
    hello.hello =
        (struct wire_hello){.version_min = 1,
                            .version_max = 1,
                            .software = slice_of("kith 0.1.0 on a name of 32 bytes", 32)};
    struct buf bytes = {0};
    wire_encode(&bytes, &hello);
    assert_true(taken(&s.arena, buf_slice(&bytes)));
    bytes.data[3] = 33;
    buf_put_u8(&bytes, 0);
    memmove(bytes.data + 36, bytes.data + 35, bytes.len - 36);
    assert_false(taken(&s.arena, buf_slice(&bytes)));
    buf_fini(&bytes);
    samples_fini(&s);
}

static void test_a_run_ends_at_its_bounds(void **state)
{
    (void)state;
    struct samples s;
    struct wire_message m;
    struct buf bytes = {0};
    samples_init(&s, 27);
    some_message(&s, &m, WIRE_RUN);
    m.run.count = LIMIT_RUN_ENVELOPES;
    m.run.bytes = LIMIT_RUN_BYTES;
    wire_encode(&bytes, &m);
    assert_true(taken(&s.arena, buf_slice(&bytes)));
    size_t count_at = bytes.len - 6, bytes_at = bytes.len - 4;
    put_be32(bytes.data + bytes_at, LIMIT_RUN_BYTES + 1);
    assert_false(taken(&s.arena, buf_slice(&bytes)));
    put_be32(bytes.data + bytes_at, LIMIT_RUN_ENVELOPES * 316 - 1); /* less than its headers */
    assert_false(taken(&s.arena, buf_slice(&bytes)));
    put_be32(bytes.data + bytes_at, LIMIT_RUN_BYTES);
    put_be16(bytes.data + count_at, LIMIT_RUN_ENVELOPES + 1);
    assert_false(taken(&s.arena, buf_slice(&bytes)));
    put_be16(bytes.data + count_at, 0);
    assert_false(taken(&s.arena, buf_slice(&bytes)));
    bytes.len = 0;

    struct wire_message items = {.type = WIRE_ITEMS};
    items.items.n = LIMIT_RUN_ENVELOPES;
    items.items.items = arena_alloc(&s.arena, items.items.n * sizeof(struct wire_item));
    wire_encode(&bytes, &items);
    assert_true(taken(&s.arena, buf_slice(&bytes)));
    uint8_t *more = buf_extend(&bytes, 69); /* one item more, all zeros */
    memset(more, 0, 69);
    assert_false(taken(&s.arena, buf_slice(&bytes)));
    buf_fini(&bytes);
    samples_fini(&s);
}

static void test_equal_sets_with_twelve_spaces_fit_a_kibibyte(void **state)
{
    (void)state;
    struct samples s;
    struct buf bytes = {0};
    samples_init(&s, 28);
    struct wire_message m = {.type = WIRE_HELLO};
    m.hello = (struct wire_hello){.version_min = 1,
                                  .version_max = 1,
                                  .software = slice_of("kith 0.1.0", 10),
                                  .offer = some_offer(&s, 12)};
    wire_encode(&bytes, &m);
    /* Both directions, each with a frame's 19 bytes. */
    assert_in_range(2 * (bytes.len + 19), 1, 1024);
    buf_fini(&bytes);
    samples_fini(&s);
}

/* One of each, made by the generator above from a fixed seed. */
static void test_messages_are_the_published_ones(void **state)
{
    (void)state;
    struct samples s;
    json_t *list = json_array();
    samples_init(&s, 29);
    for (size_t i = 0; i < KNOWN; i++) {
        struct wire_message m;
        struct buf bytes = {0};
        some_message(&s, &m, known[i]);
        wire_encode(&bytes, &m);
        json_t *row = json_object();
        json_object_set_new(row, "number", json_integer(known[i]));
        json_object_set_new(row, "name", json_string(wire_type_name(known[i])));
        vectors_put(row, "message", bytes.data, bytes.len);
        json_array_append_new(list, row);
        buf_fini(&bytes);
    }
    vectors_check("vectors/run/messages.json", list);
    samples_fini(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_message_comes_back_as_it_was),
        cmocka_unit_test(test_fields_arrive_where_they_were_put),
        cmocka_unit_test(test_mutated_and_cut_messages_are_refused_or_are_another_message),
        cmocka_unit_test(test_random_bytes_do_no_harm),
        cmocka_unit_test(test_messages_of_later_versions_are_skipped_or_end_it),
        cmocka_unit_test(test_lists_end_at_their_bounds),
        cmocka_unit_test(test_texts_and_messages_end_at_their_bounds),
        cmocka_unit_test(test_a_run_ends_at_its_bounds),
        cmocka_unit_test(test_equal_sets_with_twelve_spaces_fit_a_kibibyte),
        cmocka_unit_test(test_messages_are_the_published_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
