#include "proto/wire/run.h"

#include <stdlib.h>

#include "tests/unit/proto/wire/samples.h"

enum { FRAME_BYTES = 2 + 1 + 16 }; /* what the channel adds to a message */

/* The messages of one run, as they would go over a channel. */
struct messages {
    struct slice list[LIMIT_RUN_ENVELOPES + 2];
    size_t n;
    size_t bytes; /* with frames */
};

static void pack(struct samples *s, struct messages *out, const struct run_item *items,
                 size_t n)
{
    struct run_packer packer;
    struct buf message = {0};
    *out = (struct messages){0};
    assert_ok(run_packer_init(&packer, items, n));
    while (run_packer_next(&packer, &message)) {
        assert_true(message.len <= LIMIT_MESSAGE_BYTES);
        void *copy = arena_dup(&s->arena, message.data, message.len);
        out->list[out->n++] = slice_of(copy, message.len);
        out->bytes += message.len + FRAME_BYTES;
        message.len = 0;
    }
    assert_false(run_packer_next(&packer, &message));
    buf_fini(&message);
}

/* Gives the unpacker messages from..to-1 of a run; the first error ends it. */
static enum err unpack(struct samples *s, struct run_unpacker *u,
                       const struct messages *messages, size_t upto)
{
    for (size_t i = 0; i < upto; i++) {
        struct wire_message m;
        enum err err = wire_decode(&m, &s->arena, messages->list[i]);
        if (err != ERR_OK) return err;
        if (m.type == WIRE_RUN) {
            run_unpacker_begin(u, &s->signer.network, &m.run);
        } else if (m.type == WIRE_ITEMS) {
            err = run_unpacker_items(u, &m.items);
            if (err != ERR_OK) return err;
        } else {
            assert_int_equal(WIRE_RUN_END, m.type);
            return run_unpacker_finish(u, RUN_COMPLETE, m.run_end.count);
        }
    }
    return run_unpacker_finish(u, RUN_CUT, 0);
}

static void assert_items(const struct run_unpacker *u, const struct run_item *items, size_t n)
{
    assert_int_equal(n, run_unpacker_good(u));
    for (size_t i = 0; i < n; i++) {
        const struct run_item *got = run_unpacker_item(u, i);
        assert_memory_equal(items[i].header, got->header, ENVELOPE_HEADER_BYTES);
        assert_true(envelope_id_eq(&items[i].id, &got->id));
        assert_int_equal(items[i].erased, got->erased);
        if (!items[i].erased) assert_true(slice_eq(items[i].payload, got->payload));
        if (items[i].erased) assert_int_equal(0, got->payload.n);
    }
}

static void round_trip(struct samples *s, const struct run_item *items, size_t n)
{
    struct messages messages;
    struct run_unpacker u = {0};
    pack(s, &messages, items, n);
    assert_ok(unpack(s, &u, &messages, messages.n));
    assert_items(&u, items, n);
    run_unpacker_fini(&u);
}

/* --------------------------------------------------------------------------- there and back */

static void test_records_arrive_byte_for_byte(void **state)
{
    (void)state;
    struct samples s;
    samples_init(&s, 31);
    for (unsigned round = 0; round < 20; round++) {
        size_t n = 1 + rng_below(&s.rng, 40);
        struct run_item *items = arena_alloc(&s.arena, n * sizeof(*items));
        for (size_t i = 0; i < n; i++) {
            samples_record(&s, items, i, rng_below(&s.rng, 6000), i > n / 2);
        }
        for (size_t i = 0; i < n; i++) {
            if (!rng_chance(&s.rng, 100)) continue;
            items[i].erased = true;
            items[i].payload = (struct slice){0};
        }
        round_trip(&s, items, n);
        /* And from the middle of the chain on: prev and seq come with the run. */
        if (n > 3) round_trip(&s, items + 2, n - 2);
        arena_reset(&s.arena);
    }
    samples_fini(&s);
}

static void test_the_largest_envelope_arrives(void **state)
{
    (void)state;
    struct samples s;
    samples_init(&s, 32);
    round_trip(&s, samples_chain(&s, 3, ENVELOPE_PLAIN_BYTES_MAX), 3);
    struct run_item statements[2];
    samples_statement(&s, statements, 0, LIMIT_PAYLOAD_BYTES, true);
    samples_statement(&s, statements, 1, 0, false);
    round_trip(&s, statements, 2);
    round_trip(&s, statements + 1, 1);
    samples_fini(&s);
}

/* A chain in which a newer Kith wrote some of the envelopes. */
static void test_newer_kinds_travel_with_the_rest(void **state)
{
    (void)state;
    struct samples s;
    struct run_item items[6];
    struct envelope e;
    samples_init(&s, 33);
    for (size_t i = 0; i < 6; i++) {
        samples_record(&s, items, i, 50, 0);
        if (i == 0 || i == 3 || i == 4) {
            assert_ok(envelope_decode(&e, slice_of(items[i].header, ENVELOPE_HEADER_BYTES)));
            e.kind = (uint8_t)(i == 0 ? 9 : 10);
            samples_resign(&s, &items[i], &e, true);
        }
    }
    round_trip(&s, items, 6);
    samples_fini(&s);
}

static void test_a_record_costs_under_160_bytes_on_the_wire(void **state)
{
    (void)state;
    struct samples s;
    struct messages messages;
    size_t padded = 0;
    samples_init(&s, 34);
    struct run_item *items = samples_chain(&s, LIMIT_RUN_ENVELOPES, 1000);
    for (size_t i = 0; i < LIMIT_RUN_ENVELOPES; i++)
        padded += envelope_padded_bytes(1000);
    pack(&s, &messages, items, LIMIT_RUN_ENVELOPES);
    assert_true(messages.bytes > padded + LIMIT_RUN_ENVELOPES * 136); /* what cannot be saved */
    assert_in_range((messages.bytes - padded) / LIMIT_RUN_ENVELOPES, 1, 143);
    for (size_t i = 0; i < messages.n; i++) {
        assert_true(messages.list[i].n + 16 + 1 <= LIMIT_FRAME_BYTES); /* one frame each */
    }
    samples_fini(&s);
}

/* ----------------------------------------------------------------------------------- bounds */

static void test_runs_end_at_256_envelopes_or_one_mebibyte(void **state)
{
    (void)state;
    struct samples s;
    struct run_packer packer;
    samples_init(&s, 35);
    struct run_item *items = arena_alloc(&s.arena, 300 * sizeof(*items));
    for (size_t i = 0; i < 257; i++)
        samples_statement(&s, items, i, 1, i == 0);
    assert_ok(run_packer_init(&packer, items, 256));
    assert_err(ERR_LIMIT, run_packer_init(&packer, items, 257));
    assert_err(ERR_LIMIT, run_packer_init(&packer, items, 0));
    assert_int_equal(256, run_fit(items, 257));
    assert_int_equal(0, run_fit(items, 0));
    round_trip(&s, items, 256);

    /* 15 * (316 + 65,536) + 316 + 60,480 = 1,048,576. */
    for (size_t i = 0; i < 16; i++)
        samples_statement(&s, items, i, i < 15 ? 65536 : 60480, false);
    assert_ok(run_packer_init(&packer, items, 16));
    assert_int_equal(16, run_fit(items, 16));
    round_trip(&s, items, 16);
    samples_statement(&s, items, 15, 60481, false);
    assert_err(ERR_LIMIT, run_packer_init(&packer, items, 16));
    assert_int_equal(15, run_fit(items, 16));

    /* A gap, and another chain, end a run too. */
    for (size_t i = 0; i < 6; i++)
        samples_statement(&s, items, i, 1, false);
    items[3] = items[4];
    assert_err(ERR_ORDER, run_packer_init(&packer, items, 5));
    assert_int_equal(3, run_fit(items, 5));
    samples_fini(&s);
}

static void test_more_than_was_announced_is_refused(void **state)
{
    (void)state;
    struct samples s;
    struct messages messages;
    struct wire_message run, items;
    struct run_unpacker u = {0};
    samples_init(&s, 36);
    pack(&s, &messages, samples_chain(&s, 3, 100), 3);
    assert_ok(wire_decode(&run, &s.arena, messages.list[0]));
    assert_ok(wire_decode(&items, &s.arena, messages.list[1]));

    run.run.count = 2;
    run_unpacker_begin(&u, &s.signer.network, &run.run);
    assert_err(ERR_TOO_BIG, run_unpacker_items(&u, &items.items));
    assert_ok(run_unpacker_finish(&u, RUN_CUT, 0));
    assert_int_equal(2, run_unpacker_good(&u)); /* what came before it is good */

    run.run.count = 3;
    run.run.bytes--;
    run_unpacker_begin(&u, &s.signer.network, &run.run);
    assert_err(ERR_TOO_BIG, run_unpacker_items(&u, &items.items));
    run.run.bytes += 2;
    run_unpacker_begin(&u, &s.signer.network, &run.run);
    assert_ok(run_unpacker_items(&u, &items.items));
    assert_err(ERR_MALFORMED, run_unpacker_finish(&u, RUN_COMPLETE, 3));
    assert_err(ERR_MALFORMED, run_unpacker_finish(&u, RUN_COMPLETE, 2));
    run_unpacker_fini(&u);
    samples_fini(&s);
}

static void test_a_sender_may_stop_early(void **state)
{
    (void)state;
    struct samples s;
    struct run_packer packer;
    struct messages messages = {0};
    struct buf message = {0};
    struct run_unpacker u = {0};
    samples_init(&s, 37);
    struct run_item *items = samples_chain(&s, 100, 2000);
    assert_ok(run_packer_init(&packer, items, 100));
    while (run_packer_next(&packer, &message)) {
        messages.list[messages.n++] =
            slice_of(arena_dup(&s.arena, message.data, message.len), message.len);
        message.len = 0;
        if (messages.n == 3) run_packer_stop(&packer); /* two of the ITEMS went out */
    }
    assert_int_equal(4, messages.n);
    assert_ok(unpack(&s, &u, &messages, messages.n));
    assert_in_range(run_unpacker_good(&u), 20, 80);
    assert_items(&u, items, run_unpacker_good(&u));

    assert_ok(run_packer_init(&packer, items, 100));
    run_packer_stop(&packer);
    assert_false(run_packer_next(&packer, &message)); /* it had not begun */
    buf_fini(&message);
    run_unpacker_fini(&u);
    samples_fini(&s);
}

/* -------------------------------------------------------------------------- cuts and changes
 */

static void test_a_cut_keeps_what_arrived(void **state)
{
    (void)state;
    struct samples s;
    struct messages messages;
    struct run_unpacker u = {0};
    samples_init(&s, 38);
    struct run_item *items = samples_chain(&s, 120, 3000);
    pack(&s, &messages, items, 120);
    assert_true(messages.n > 6);
    for (size_t upto = 1; upto < messages.n; upto++) {
        assert_ok(unpack(&s, &u, &messages, upto));
        assert_items(&u, items, run_unpacker_good(&u));
        assert_int_equal(upto == 1, run_unpacker_good(&u) == 0);
    }
    run_unpacker_fini(&u);
    samples_fini(&s);
}

/* Sends the items through a peer that changes one of them. */
static void test_what_a_peer_changed_is_cut_off_with_all_behind_it(void **state)
{
    (void)state;
    struct samples s;
    struct messages messages;
    struct run_unpacker u = {0};
    struct wire_message run, items;
    enum { N = 40 };
    samples_init(&s, 39);
    struct run_item *chain = samples_chain(&s, N, 100);
    pack(&s, &messages, chain, N);
    assert_int_equal(3, messages.n);
    assert_ok(wire_decode(&run, &s.arena, messages.list[0]));
    for (size_t changed = 0; changed < N; changed++) {
        assert_ok(wire_decode(&items, &s.arena, messages.list[1]));
        struct wire_item *item = &items.items.items[changed];
        switch (changed % 4) {
        case 0:
            item->signature[5] ^= 1;
            break;
        case 1:
            item->nonce[0] ^= 1;
            break;
        case 2: {
            uint8_t *payload = arena_dup(&s.arena, item->payload.p, item->payload.n);
            payload[11] ^= 1;
            item->payload.p = payload;
            break;
        }
        default: /* says that it was erased, and lies about the hash */
            item->flags |= WIRE_ITEM_ERASED;
            item->payload_hash = (struct digest){{1}};
            item->payload = (struct slice){0};
            break;
        }
        run_unpacker_begin(&u, &s.signer.network, &run.run);
        assert_ok(run_unpacker_items(&u, &items.items));
        assert_err(ERR_SIGNATURE, run_unpacker_finish(&u, RUN_COMPLETE, N));
        assert_items(&u, chain, changed);
    }
    run_unpacker_fini(&u);
    samples_fini(&s);
}

static void test_a_good_last_signature_carries_bad_ones_before_it(void **state)
{
    (void)state;
    struct samples s;
    struct messages messages;
    struct run_unpacker u = {0};
    struct run_item items[20];
    struct envelope e;
    samples_init(&s, 40);
    for (size_t i = 0; i < 20; i++) {
        samples_record(&s, items, i, 30, 0);
        if (i == 3 || (i >= 7 && i < 19)) {
            assert_ok(envelope_decode(&e, slice_of(items[i].header, ENVELOPE_HEADER_BYTES)));
            samples_resign(&s, &items[i], &e, false);
        }
    }
    round_trip(&s, items, 20);

    /* Cut before the last: some good one or none is found, never a bad one. */
    for (size_t n = 1; n < 20; n++) {
        pack(&s, &messages, items, n);
        enum err err = unpack(&s, &u, &messages, messages.n);
        size_t good = run_unpacker_good(&u);
        assert_int_equal(err == ERR_OK, good == n);
        if (good > 0) assert_true(envelope_verify_signature(items[good - 1].header));
        assert_items(&u, items, good);
    }
    run_unpacker_fini(&u);
    samples_fini(&s);
}

static void test_another_network_or_place_breaks_the_signature(void **state)
{
    (void)state;
    struct samples s;
    struct messages messages;
    struct run_unpacker u = {0};
    struct wire_message run, items;
    samples_init(&s, 41);
    struct run_item *chain = samples_chain(&s, 5, 100);
    pack(&s, &messages, chain + 2, 3);
    assert_ok(wire_decode(&run, &s.arena, messages.list[0]));
    assert_ok(wire_decode(&items, &s.arena, messages.list[1]));
    for (unsigned what = 0; what < 5; what++) {
        struct wire_run changed = run.run;
        struct network_id network = s.signer.network;
        if (what == 0) network.b[0] ^= 1;
        if (what == 1) changed.seq++;
        if (what == 2) changed.prev.b[0] ^= 1;
        if (what == 3) changed.tag.b[0] ^= 1;
        if (what == 4) changed.device.b[0] ^= 1;
        run_unpacker_begin(&u, &network, &changed);
        assert_ok(run_unpacker_items(&u, &items.items));
        assert_err(ERR_SIGNATURE, run_unpacker_finish(&u, RUN_COMPLETE, 3));
        assert_int_equal(0, run_unpacker_good(&u));
    }
    run_unpacker_fini(&u);
    samples_fini(&s);
}

static void test_there_is_one_way_to_say_an_item(void **state)
{
    (void)state;
    struct samples s;
    struct messages messages;
    struct run_unpacker u = {0};
    struct wire_message run, items;
    samples_init(&s, 42);
    pack(&s, &messages, samples_chain(&s, 3, 100), 3);
    assert_ok(wire_decode(&run, &s.arena, messages.list[0]));
    for (unsigned what = 0; what < 5; what++) {
        assert_ok(wire_decode(&items, &s.arena, messages.list[1]));
        struct wire_item *second = &items.items.items[1], *first = &items.items.items[0];
        if (what == 0) second->flags |= WIRE_ITEM_KEY_ID, second->key_id = first->key_id;
        if (what == 1) second->flags |= WIRE_ITEM_KIND, second->kind = ENVELOPE_RECORD;
        if (what == 2) first->flags |= WIRE_ITEM_KIND, first->kind = 9;
        if (what == 3) second->flags &= (uint8_t)~WIRE_ITEM_KEYED;
        if (what == 4) first->flags = WIRE_ITEM_FOUND;
        run_unpacker_begin(&u, &s.signer.network, &run.run);
        assert_err(ERR_MALFORMED, run_unpacker_items(&u, &items.items));
    }
    run_unpacker_fini(&u);
    samples_fini(&s);
}

/* ----------------------------------------------------------------------------------- vectors
 */

static json_t *one_vector(struct samples *s, const char *name, const struct run_item *items,
                          size_t n)
{
    struct messages messages;
    pack(s, &messages, items, n);
    json_t *envelopes = json_array(), *sent = json_array();
    for (size_t i = 0; i < n; i++) {
        json_t *row = json_object();
        vectors_put(row, "id", items[i].id.b, 32);
        vectors_put(row, "header", items[i].header, ENVELOPE_HEADER_BYTES);
        if (items[i].erased) json_object_set_new(row, "erased", json_true());
        if (!items[i].erased)
            vectors_put(row, "payload", items[i].payload.p, items[i].payload.n);
        json_array_append_new(envelopes, row);
    }
    for (size_t i = 0; i < messages.n; i++) {
        json_array_append_new(sent, vectors_hex(messages.list[i].p, messages.list[i].n));
    }
    json_t *root = json_object();
    json_object_set_new(root, "name", json_string(name));
    vectors_put(root, "network_id", s->signer.network.b, 32);
    json_object_set_new(root, "envelopes", envelopes);
    json_object_set_new(root, "messages", sent);
    return root;
}

static void test_runs_are_the_published_ones(void **state)
{
    (void)state;
    struct samples s;
    struct run_item items[4];
    json_t *list = json_array();
    samples_init(&s, 43);
    for (size_t i = 0; i < 4; i++)
        samples_record(&s, items, i, 20 + i, i >= 2);
    items[1].erased = true;
    items[1].payload = (struct slice){0};
    json_array_append_new(list,
                          one_vector(&s, "records: one erased, then a new epoch", items, 4));
    json_array_append_new(list, one_vector(&s, "records from the third on", items + 2, 2));
    for (size_t i = 0; i < 3; i++)
        samples_statement(&s, items, i, 12 + i, i == 0);
    json_array_append_new(
        list, one_vector(&s, "statements, the first with a zero network", items, 3));
    vectors_check("vectors/run/runs.json", list);
    samples_fini(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records_arrive_byte_for_byte),
        cmocka_unit_test(test_the_largest_envelope_arrives),
        cmocka_unit_test(test_newer_kinds_travel_with_the_rest),
        cmocka_unit_test(test_a_record_costs_under_160_bytes_on_the_wire),
        cmocka_unit_test(test_runs_end_at_256_envelopes_or_one_mebibyte),
        cmocka_unit_test(test_more_than_was_announced_is_refused),
        cmocka_unit_test(test_a_sender_may_stop_early),
        cmocka_unit_test(test_a_cut_keeps_what_arrived),
        cmocka_unit_test(test_what_a_peer_changed_is_cut_off_with_all_behind_it),
        cmocka_unit_test(test_a_good_last_signature_carries_bad_ones_before_it),
        cmocka_unit_test(test_another_network_or_place_breaks_the_signature),
        cmocka_unit_test(test_there_is_one_way_to_say_an_item),
        cmocka_unit_test(test_runs_are_the_published_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
