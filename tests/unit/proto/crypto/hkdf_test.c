#include "proto/crypto/hkdf.h"
#include "tests/support/tests.h"

static void published_vectors_extract_and_expand(void **state)
{
    struct arena arena = {0};
    json_t *root = tests_json("vectors/crypto/rfc5869.json");
    json_t *v;
    size_t i;

    (void)state;
    assert_int_equal(json_array_size(json_object_get(root, "vectors")), 3);
    json_array_foreach(json_object_get(root, "vectors"), i, v)
    {
        struct slice okm = tests_hex(&arena, v, "okm");
        uint8_t prk[32];
        uint8_t got[255];

        hkdf_extract(prk, tests_hex(&arena, v, "salt"), tests_hex(&arena, v, "ikm"));
        assert_memory_equal(prk, tests_hex(&arena, v, "prk").p, sizeof(prk));
        hkdf_expand(got, okm.n, prk, tests_hex(&arena, v, "info"));
        assert_memory_equal(got, okm.p, okm.n);
    }
    json_decref(root);
    arena_fini(&arena);
}

static void noise_outputs_are_an_expansion_without_info(void **state)
{
    uint8_t ck[32] = {1, 2, 3};
    const struct slice ikm = slice_of("input", 5);
    uint8_t prk[32];
    uint8_t want[96];
    uint8_t second[32];
    uint8_t third[32];

    (void)state;
    hkdf_extract(prk, slice_of(ck, sizeof(ck)), ikm);
    hkdf_expand(want, sizeof(want), prk, slice_of(NULL, 0));
    hkdf_noise(&hmac_sha256, ck, second, third, ck, ikm);
    assert_memory_equal(ck, want, 32);
    assert_memory_equal(second, want + 32, 32);
    assert_memory_equal(third, want + 64, 32);
}

static void sha256_is_of_both_parts_in_a_row(void **state)
{
    struct arena arena = {0};
    struct slice abc =
        tests_unhex(&arena, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    uint8_t got[32];

    (void)state;
    hkdf_sha256(got, slice_of("a", 1), slice_of("bc", 2));
    assert_memory_equal(got, abc.p, abc.n);
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_vectors_extract_and_expand),
        cmocka_unit_test(noise_outputs_are_an_expansion_without_info),
        cmocka_unit_test(sha256_is_of_both_parts_in_a_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
