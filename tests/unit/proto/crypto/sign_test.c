#include "proto/crypto/sign.h"

#include <stdlib.h>

#include "tests/support/tests.h"

static const uint8_t SEED[SIGN_SEED_BYTES] = {4, 2};

static void published_vectors_sign_and_verify(void **state)
{
    struct arena arena = {0};
    json_t *root = tests_json("vectors/crypto/rfc8032.json");
    json_t *v;
    size_t i;

    (void)state;
    assert_int_equal(json_array_size(json_object_get(root, "vectors")), 4);
    json_array_foreach(json_object_get(root, "vectors"), i, v)
    {
        struct slice message = tests_hex(&arena, v, "message");
        struct slice want = tests_hex(&arena, v, "signature");
        struct device_pk pk;
        struct device_sk sk;
        uint8_t sig[SIGN_BYTES];

        sign_device_keypair(&pk, &sk, tests_hex(&arena, v, "secret").p);
        assert_memory_equal(pk.b, tests_hex(&arena, v, "public").p, sizeof(pk.b));
        sign_raw(sig, sk.b, message);
        assert_memory_equal(sig, want.p, sizeof(sig));
        assert_true(sign_raw_verify(sig, pk.b, message));
    }
    json_decref(root);
    arena_fini(&arena);
}

static void any_changed_byte_label_or_split_of_other_bytes_fails(void **state)
{
    const struct slice a = slice_of("ab", 2);
    const struct slice b = slice_of("cd", 2);
    const struct slice none = slice_of(NULL, 0);
    struct device_pk pk;
    struct device_sk sk;
    uint8_t sig[SIGN_BYTES];

    (void)state;
    sign_device_keypair(&pk, &sk, SEED);
    sign_device(sig, &sk, "kith/1 test", a, b);
    assert_true(sign_device_verify(sig, &pk, "kith/1 test", a, b));
    /* What is signed is the row of bytes, wherever it was cut. */
    assert_true(sign_device_verify(sig, &pk, "kith/1 test", slice_of("abcd", 4), none));
    assert_false(sign_device_verify(sig, &pk, "kith/1 tesu", a, b));
    assert_false(sign_device_verify(sig, &pk, "kith/1 test", b, a));
    assert_false(sign_device_verify(sig, &pk, "kith/1 test", a, none));
    for (size_t at = 0; at < sizeof(sig); at++) {
        sig[at] ^= 1;
        assert_false(sign_device_verify(sig, &pk, "kith/1 test", a, b));
        sig[at] ^= 1;
    }
    for (size_t at = 0; at < sizeof(pk.b); at++) {
        pk.b[at] ^= 1;
        assert_false(sign_device_verify(sig, &pk, "kith/1 test", a, b));
        pk.b[at] ^= 1;
    }
}

static void a_long_message_is_signed_like_a_short_one(void **state)
{
    size_t n = 70000;
    uint8_t *bytes = mem_zalloc(n);
    struct root_pk pk;
    struct root_sk sk;
    uint8_t sig[SIGN_BYTES];

    (void)state;
    sign_root_keypair(&pk, &sk, SEED);
    sign_root(sig, &sk, "kith/1 root", slice_of(bytes, n), slice_of("x", 1));
    assert_true(
        sign_root_verify(sig, &pk, "kith/1 root", slice_of(bytes, n), slice_of("x", 1)));
    bytes[n - 1] = 1;
    assert_false(
        sign_root_verify(sig, &pk, "kith/1 root", slice_of(bytes, n), slice_of("x", 1)));
    free(bytes);
}

static void a_small_order_key_verifies_nothing(void **state)
{
    /* The neutral element as key and as R, with S = 0, would hold for every message. */
    static const uint8_t NEUTRAL[32] = {1};
    uint8_t sig[SIGN_BYTES] = {1};

    (void)state;
    assert_false(sign_raw_verify(sig, NEUTRAL, slice_of("any", 3)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_vectors_sign_and_verify),
        cmocka_unit_test(any_changed_byte_label_or_split_of_other_bytes_fails),
        cmocka_unit_test(a_long_message_is_signed_like_a_short_one),
        cmocka_unit_test(a_small_order_key_verifies_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
