/* Every statement as bytes: identity, strictness, bounds, root signatures. */
#include "tests/unit/proto/member/generate.h"

#include "proto/crypto/sign.h"

static void encode_decode_is_the_identity(void **state)
{
    (void)state;
    struct rng rng = {.state = 5};
    for (uint8_t type = 1; type < STATEMENT_TYPES; type++) {
        for (int round = 0; round < 200; round++) {
            struct arena arena = {0};
            struct buf first = {0}, second = {0};
            struct statement st = gen_statement(&rng, &arena, type), out;
            statement_encode(&first, &st);
            assert_ok(statement_decode(&out, &arena, buf_slice(&first)));
            assert_int_equal(out.type, type);
            assert_int_equal(out.seen.n, st.seen.n);
            statement_encode(&second, &out);
            assert_true(slice_eq(buf_slice(&first), buf_slice(&second)));
            buf_fini(&first);
            buf_fini(&second);
            arena_fini(&arena);
        }
        assert_int_equal(statement_type_of(statement_name(type)), type);
    }
}

/* Cut anywhere, or with a byte more, it does not decode; changed anywhere, it either does not
 * decode or stands for exactly the changed bytes. */
static void there_is_one_encoding(void **state)
{
    (void)state;
    struct rng rng = {.state = 6};
    size_t refused = 0, accepted = 0;
    for (uint8_t type = 1; type < STATEMENT_TYPES; type++) {
        struct arena arena = {0};
        struct buf body = {0};
        struct statement st = gen_statement(&rng, &arena, type), out;
        statement_encode(&body, &st);
        for (size_t n = 0; n < body.len; n++) {
            assert_err(ERR_MALFORMED, statement_decode(&out, &arena, slice_of(body.data, n)));
        }
        buf_put_u8(&body, 0);
        assert_err(ERR_MALFORMED, statement_decode(&out, &arena, buf_slice(&body)));
        body.len--;
        for (int round = 0; round < 2000; round++) {
            size_t at = rng_below(&rng, body.len);
            uint8_t held = body.data[at];
            body.data[at] = (uint8_t)rng_next(&rng);
            struct buf again = {0};
            if (statement_decode(&out, &arena, buf_slice(&body)) != ERR_OK) {
                refused++;
            } else if (out.type < STATEMENT_TYPES) {
                accepted++;
                statement_encode(&again, &out);
                assert_true(slice_eq(buf_slice(&body), buf_slice(&again)));
            }
            buf_fini(&again);
            body.data[at] = held;
            arena_reset(&arena);
        }
        buf_fini(&body);
        arena_fini(&arena);
    }
    assert_true(refused > 1000 && accepted > 1000);
}

static void a_newer_type_gives_its_seen(void **state)
{
    (void)state;
    struct arena arena = {0};
    uint8_t body[3 + 32 + 4] = {200, 0, 1, 9};
    struct statement st;
    assert_ok(statement_decode(&st, &arena, slice_of(body, sizeof(body))));
    assert_int_equal(st.seen.n, 1);
    assert_int_equal(statement_id_at(&st.seen, 0)->b[0], 9);
    assert_string_equal(statement_name(200), "unknown");
    body[0] = 0;
    assert_err(ERR_MALFORMED, statement_decode(&st, &arena, slice_of(body, sizeof(body))));
    arena_fini(&arena);
}

/* Sets one list or text of a statement to n items, encodes by hand what the encoder would
 * refuse (the count is taken from a legal body and raised), and tells whether it decodes. */
static enum err with_count(uint8_t type, size_t count_at, size_t item_bytes, size_t n,
                           size_t tail)
{
    struct buf body = {0};
    struct arena arena = {0};
    struct statement st;
    buf_put_u8(&body, type);
    while (body.len < count_at)
        buf_put_u8(&body, 0);
    buf_put_u16(&body, (uint16_t)n);
    for (size_t i = 0; i < n; i++) {
        uint8_t *item = buf_extend(&body, item_bytes);
        memset(item, 0, item_bytes);
        put_be32(item, (uint32_t)i + 1);
        /* A cut's tag and seq may not be zero. */
        if (item_bytes == 88) item[40] = item[55] = 1;
    }
    memset(buf_extend(&body, tail), 0, tail);
    enum err err = statement_decode(&st, &arena, buf_slice(&body));
    buf_fini(&body);
    arena_fini(&arena);
    return err;
}

static void bounds_hold_at_n_and_one_more(void **state)
{
    (void)state;
    /* seen, then an assent's 32 bytes */
    assert_ok(with_count(STATEMENT_ASSENT, 1, 32, LIMIT_SEEN, 32));
    assert_err(ERR_MALFORMED, with_count(STATEMENT_ASSENT, 1, 32, LIMIT_SEEN + 1, 32));
    /* grants: type, empty seen, epoch */
    assert_ok(with_count(STATEMENT_SPACE_GRANT, 3 + 32, 112, LIMIT_GRANTS, 0));
    assert_err(ERR_MALFORMED,
               with_count(STATEMENT_SPACE_GRANT, 3 + 32, 112, LIMIT_GRANTS + 1, 0));
    /* carriers */
    assert_ok(with_count(STATEMENT_SPACE_CARRIERS, 3 + 32, 32, STATEMENT_SCHOOLS_MAX, 0));
    assert_err(ERR_MALFORMED,
               with_count(STATEMENT_SPACE_CARRIERS, 3 + 32, 32, STATEMENT_SCHOOLS_MAX + 1, 0));
    /* an epoch's parents, each with a key after the list; then no cuts */
    assert_ok(with_count(STATEMENT_SPACE_EPOCH, 3 + 64, 32, LIMIT_EPOCH_PARENTS,
                         48 * LIMIT_EPOCH_PARENTS + 2));
    assert_err(ERR_MALFORMED,
               with_count(STATEMENT_SPACE_EPOCH, 3 + 64, 32, LIMIT_EPOCH_PARENTS + 1,
                          48 * (LIMIT_EPOCH_PARENTS + 1) + 2));
    /* cuts of a hub-succession */
    assert_ok(with_count(STATEMENT_HUB_SUCCESSION, 3 + 32, 88, STATEMENT_CUTS_MAX, 0));
    assert_err(ERR_MALFORMED,
               with_count(STATEMENT_HUB_SUCCESSION, 3 + 32, 88, STATEMENT_CUTS_MAX + 1, 0));
}

static void a_device_add_names_at_most_eight(void **state)
{
    (void)state;
    struct rng rng = {.state = 8};
    struct arena arena = {0};
    for (size_t n = LIMIT_SEEN_DEVICE_ADD; n <= LIMIT_SEEN_DEVICE_ADD + 1; n++) {
        struct statement st = gen_statement(&rng, &arena, STATEMENT_DEVICE_ADD), out;
        struct buf body = {0}, longer = {0};
        st.seen = gen_list(&rng, &arena, 0, 32);
        statement_encode(&body, &st);
        struct statement_list seen = gen_list(&rng, &arena, n, 32);
        buf_put_u8(&longer, STATEMENT_DEVICE_ADD);
        buf_put_u16(&longer, (uint16_t)n);
        buf_put(&longer, seen.items, n * 32);
        buf_put(&longer, body.data + 3, body.len - 3);
        assert_err(n <= LIMIT_SEEN_DEVICE_ADD ? ERR_OK : ERR_MALFORMED,
                   statement_decode(&out, &arena, buf_slice(&longer)));
        buf_fini(&body);
        buf_fini(&longer);
    }
    arena_fini(&arena);
}

static void names_are_bounded_text(void **state)
{
    (void)state;
    char text[LIMIT_NAME_BYTES + 2];
    memset(text, 'x', sizeof(text));
    struct statement_text name = {.p = text, .n = LIMIT_NAME_BYTES};
    assert_true(statement_text_fits(&name, 1));
    name.n++;
    assert_false(statement_text_fits(&name, 1));
    name.n = 0;
    assert_true(statement_text_fits(&name, 0));
    assert_false(statement_text_fits(&name, 1));
    name = statement_text("line\nbreak");
    assert_false(statement_text_fits(&name, 1));
    name = statement_text("\xc3(");
    assert_false(statement_text_fits(&name, 1));
}

static void a_roots_signature_holds_in_its_place_alone(void **state)
{
    (void)state;
    struct rng rng = {.state = 9};
    struct arena arena = {0};
    uint8_t seed[32] = {1};
    struct root_pk pk;
    struct root_sk sk;
    sign_root_keypair(&pk, &sk, seed);
    struct statement st = gen_statement(&rng, &arena, STATEMENT_LEAVE);
    st.root.pk = pk;
    struct buf body = {0};
    struct statement_place place = {.network = {{1}}, .device = {{2}}, .seq = 3, .prev = {{4}}};
    statement_encode(&body, &st);
    statement_sign_root(&body, &place, &sk);
    assert_true(statement_verify_root(buf_slice(&body), &place, &pk));
    struct statement_place other = place;
    other.seq++;
    assert_false(statement_verify_root(buf_slice(&body), &other, &pk));
    other = place;
    other.prev.b[5] ^= 1;
    assert_false(statement_verify_root(buf_slice(&body), &other, &pk));
    other = place;
    other.device.b[5] ^= 1;
    assert_false(statement_verify_root(buf_slice(&body), &other, &pk));
    other = place;
    other.network.b[5] ^= 1;
    assert_false(statement_verify_root(buf_slice(&body), &other, &pk));
    body.data[4] ^= 1;
    assert_false(statement_verify_root(buf_slice(&body), &place, &pk));
    buf_fini(&body);
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encode_decode_is_the_identity),
        cmocka_unit_test(there_is_one_encoding),
        cmocka_unit_test(a_newer_type_gives_its_seen),
        cmocka_unit_test(bounds_hold_at_n_and_one_more),
        cmocka_unit_test(a_device_add_names_at_most_eight),
        cmocka_unit_test(names_are_bounded_text),
        cmocka_unit_test(a_roots_signature_holds_in_its_place_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
