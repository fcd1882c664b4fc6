#include "proto/crypto/dh.h"
#include "tests/support/tests.h"

static void published_vectors_agree(void **state)
{
    struct arena arena = {0};
    json_t *root = tests_json("vectors/crypto/rfc7748.json");
    json_t *v;
    size_t i;

    (void)state;
    assert_int_equal(json_array_size(json_object_get(root, "vectors")), 4);
    json_array_foreach(json_object_get(root, "vectors"), i, v)
    {
        struct slice secret = tests_hex(&arena, v, "secret");
        struct slice own_public = tests_hex(&arena, v, "own_public");
        uint8_t got[DH_BYTES];

        assert_ok(dh_shared(got, secret.p, tests_hex(&arena, v, "public").p));
        assert_memory_equal(got, tests_hex(&arena, v, "shared").p, sizeof(got));
        if (own_public.n == 0) continue;
        dh_public(got, secret.p);
        assert_memory_equal(got, own_public.p, sizeof(got));
    }
    json_decref(root);
    arena_fini(&arena);
}

static void small_order_points_are_refused_and_nothing_is_written(void **state)
{
    struct arena arena = {0};
    json_t *root = tests_json("vectors/crypto/rfc7748.json");
    json_t *points = json_object_get(root, "small_order");

    (void)state;
    assert_int_equal(json_array_size(points), 5);
    for (size_t i = 0; i < json_array_size(points); i++) {
        static const uint8_t SECRET[DH_BYTES] = {9, 8, 7};
        uint8_t out[DH_BYTES];
        uint8_t before[DH_BYTES];
        struct slice pk = tests_unhex(&arena, json_string_value(json_array_get(points, i)));

        memset(out, 0x5a, sizeof(out));
        memcpy(before, out, sizeof(out));
        assert_err(ERR_HANDSHAKE, dh_shared(out, SECRET, pk.p));
        assert_memory_equal(out, before, sizeof(out));
    }
    json_decref(root);
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_vectors_agree),
        cmocka_unit_test(small_order_points_are_refused_and_nothing_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
