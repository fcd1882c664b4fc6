#include "proto/wire/beacon.h"

#include <stdlib.h>

#include "proto/base/cursor.h"
#include "tests/support/vectors.h"

static struct beacon some_beacon(struct arena *arena, struct rng *rng, size_t heads,
                                 size_t addresses)
{
    static const char *const hosts[] = {"hub.example:7117", "[2001:db8::1]:7117",
                                        "10.0.0.7:7117"};
    struct env env = tests_env(rng);
    struct beacon beacon = {
        .n_heads = heads, .n_addresses = addresses, .software = slice_of("kith 0.1.0", 10)};
    beacon.heads = arena_alloc(arena, (heads + 1) * sizeof(*beacon.heads));
    for (size_t i = 0; i < heads; i++) {
        env_random(&env, &beacon.heads[i], sizeof(beacon.heads[i]));
        put_be16(beacon.heads[i].tag.b, (uint16_t)i);
        beacon.heads[i].head.seq = 1 + rng_below(rng, 5000);
    }
    for (size_t i = 0; i < addresses; i++) {
        const char *host = hosts[i % 3];
        beacon.addresses[i] = slice_of(host, strlen(host));
    }
    return beacon;
}

static bool taken(struct arena *arena, struct slice body)
{
    struct beacon got;
    if (beacon_decode(&got, arena, body) != ERR_OK) return false;
    struct buf again = {0};
    beacon_encode(&again, &got);
    assert_true(slice_eq(body, buf_slice(&again)));
    buf_fini(&again);
    return true;
}

static void test_a_beacon_comes_back_as_it_was(void **state)
{
    (void)state;
    struct rng rng = {51};
    struct arena arena = {0};
    for (unsigned round = 0; round < 30; round++) {
        struct buf body = {0};
        struct beacon got;
        struct beacon beacon = some_beacon(&arena, &rng, rng_below(&rng, 10),
                                           rng_below(&rng, LIMIT_ADDRESSES + 1));
        beacon_encode(&body, &beacon);
        assert_ok(beacon_decode(&got, &arena, buf_slice(&body)));
        assert_int_equal(beacon.n_heads, got.n_heads);
        for (size_t i = 0; i < got.n_heads; i++) {
            assert_true(space_tag_eq(&beacon.heads[i].tag, &got.heads[i].tag));
            assert_int_equal(beacon.heads[i].head.seq, got.heads[i].head.seq);
            assert_true(envelope_id_eq(&beacon.heads[i].head.id, &got.heads[i].head.id));
        }
        assert_int_equal(beacon.n_addresses, got.n_addresses);
        for (size_t i = 0; i < got.n_addresses; i++) {
            assert_true(slice_eq(beacon.addresses[i], got.addresses[i]));
        }
        assert_true(slice_eq(beacon.software, got.software));
        assert_true(taken(&arena, buf_slice(&body)));
        buf_fini(&body);
        arena_reset(&arena);
    }
    arena_fini(&arena);
}

static void test_mutated_and_cut_beacons_are_refused_or_are_another(void **state)
{
    (void)state;
    struct rng rng = {52};
    struct arena arena = {0};
    struct buf body = {0};
    struct beacon beacon = some_beacon(&arena, &rng, 4, 3);
    beacon_encode(&body, &beacon);
    for (size_t at = 0; at < body.len; at++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            body.data[at] ^= (uint8_t)(1u << bit);
            taken(&arena, buf_slice(&body));
            body.data[at] ^= (uint8_t)(1u << bit);
        }
        assert_false(taken(&arena, slice_of(body.data, at)));
    }
    buf_put_u8(&body, 0);
    assert_false(taken(&arena, buf_slice(&body)));
    buf_fini(&body);
    arena_fini(&arena);
}

static void test_lists_and_texts_end_at_their_bounds(void **state)
{
    (void)state;
    struct rng rng = {53};
    struct arena arena = {0};
    struct buf body = {0};
    char address[256];
    memset(address, 'a', sizeof(address));

    struct beacon beacon = some_beacon(&arena, &rng, BEACON_HEADS_MAX, LIMIT_ADDRESSES);
    beacon.addresses[0] = slice_of(address, LIMIT_ADDRESS_BYTES);
    beacon.software = slice_of(address, BEACON_SOFTWARE_BYTES);
    beacon_encode(&body, &beacon);
    assert_true(taken(&arena, buf_slice(&body)));

    /* One head more. */
    size_t heads = 2 + 56 * BEACON_HEADS_MAX;
    struct buf more = {0};
    buf_put_u16(&more, BEACON_HEADS_MAX + 1);
    buf_put(&more, body.data + 2, heads - 2);
    buf_put(&more, body.data + heads - 56, 56);
    more.data[heads] = 0xff; /* still ascending */
    buf_put(&more, body.data + heads, body.len - heads);
    assert_false(taken(&arena, buf_slice(&more)));
    /* One address more: its count, and an address of one byte. */
    more.len = 0;
    buf_put(&more, body.data, heads);
    buf_put_u16(&more, LIMIT_ADDRESSES + 1);
    buf_put(&more, "\1a", 2);
    buf_put(&more, body.data + heads + 2, body.len - heads - 2);
    assert_false(taken(&arena, buf_slice(&more)));
    /* A longer name of the software. */
    more.len = 0;
    buf_put(&more, body.data, body.len);
    more.data[body.len - 33] = 33;
    buf_put_u8(&more, 'a');
    assert_false(taken(&arena, buf_slice(&more)));
    buf_fini(&more);
    buf_fini(&body);
    arena_fini(&arena);
}

static void test_an_address_cannot_steer_a_terminal(void **state)
{
    (void)state;
    struct arena arena = {0};
    assert_true(taken(&arena, slice_of("\0\0\0\1\3a:1\0", 9)));
    assert_false(taken(&arena, slice_of("\0\0\0\1\3a\n1\0", 9)));
    assert_false(taken(&arena, slice_of("\0\0\0\1\3a 1\0", 9)));
    assert_false(taken(&arena, slice_of("\0\0\0\1\0\0", 6)));
    arena_fini(&arena);
}

static void test_a_beacon_is_the_published_one(void **state)
{
    (void)state;
    struct rng rng = {54};
    struct arena arena = {0};
    struct buf body = {0};
    struct beacon beacon = some_beacon(&arena, &rng, 2, 3);
    beacon_encode(&body, &beacon);
    json_t *root = json_object(), *heads = json_array(), *addresses = json_array();
    for (size_t i = 0; i < beacon.n_heads; i++) {
        json_t *row = json_object();
        vectors_put(row, "space_tag", beacon.heads[i].tag.b, 16);
        json_object_set_new(row, "seq", json_integer((json_int_t)beacon.heads[i].head.seq));
        vectors_put(row, "id", beacon.heads[i].head.id.b, 32);
        json_array_append_new(heads, row);
    }
    for (size_t i = 0; i < beacon.n_addresses; i++) {
        struct slice address = beacon.addresses[i];
        json_array_append_new(addresses, json_stringn((const char *)address.p, address.n));
    }
    json_object_set_new(root, "heads", heads);
    json_object_set_new(root, "addresses", addresses);
    json_object_set_new(root, "software", json_string("kith 0.1.0"));
    vectors_put(root, "body", body.data, body.len);
    vectors_check("vectors/envelope/beacon.json", root);
    buf_fini(&body);
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_beacon_comes_back_as_it_was),
        cmocka_unit_test(test_mutated_and_cut_beacons_are_refused_or_are_another),
        cmocka_unit_test(test_lists_and_texts_end_at_their_bounds),
        cmocka_unit_test(test_an_address_cannot_steer_a_terminal),
        cmocka_unit_test(test_a_beacon_is_the_published_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
