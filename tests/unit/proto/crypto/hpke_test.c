#include "proto/crypto/dh.h"
#include "proto/crypto/hpke.h"
#include "tests/support/tests.h"

static void the_published_vector_seals_and_opens(void **state)
{
    struct arena arena = {0};
    json_t *root = tests_json("vectors/crypto/rfc9180.json");
    json_t *v = json_array_get(json_object_get(root, "vectors"), 0);
    struct slice info = tests_hex(&arena, v, "info");
    struct slice aad = tests_hex(&arena, v, "aad");
    struct slice plain = tests_hex(&arena, v, "plain");
    struct slice cipher = tests_hex(&arena, v, "cipher");
    uint8_t enc[HPKE_ENC_BYTES];
    uint8_t got[64];

    (void)state;
    assert_int_equal(plain.n + HPKE_TAG_BYTES, cipher.n);
    assert_ok(hpke_seal(enc, got, tests_hex(&arena, v, "recipient_public").p,
                        tests_hex(&arena, v, "ephemeral_secret").p, info, aad, plain));
    assert_memory_equal(enc, tests_hex(&arena, v, "enc").p, sizeof(enc));
    assert_memory_equal(got, cipher.p, cipher.n);
    assert_ok(
        hpke_open(got, enc, tests_hex(&arena, v, "recipient_secret").p, info, aad, cipher));
    assert_memory_equal(got, plain.p, plain.n);
    json_decref(root);
    arena_fini(&arena);
}

static void only_the_same_key_info_and_aad_open_it(void **state)
{
    static const uint8_t SECRET[32] = {8}, OTHER[32] = {16}, EPHEMERAL[32] = {24};
    static const uint8_t ZERO[32];
    const struct slice info = slice_of("info", 4);
    const struct slice aad = slice_of("aad", 3);
    uint8_t pk[32];
    uint8_t enc[HPKE_ENC_BYTES];
    uint8_t sealed[4 + HPKE_TAG_BYTES];
    uint8_t out[4];
    const struct slice cipher = slice_of(sealed, sizeof(sealed));

    (void)state;
    dh_public(pk, SECRET);
    assert_err(ERR_HANDSHAKE,
               hpke_seal(enc, sealed, ZERO, EPHEMERAL, info, aad, slice_of("key!", 4)));
    assert_ok(hpke_seal(enc, sealed, pk, EPHEMERAL, info, aad, slice_of("key!", 4)));
    assert_ok(hpke_open(out, enc, SECRET, info, aad, cipher));
    assert_memory_equal(out, "key!", 4);
    assert_err(ERR_DECRYPT, hpke_open(out, enc, OTHER, info, aad, cipher));
    assert_err(ERR_DECRYPT, hpke_open(out, enc, SECRET, aad, aad, cipher));
    assert_err(ERR_DECRYPT, hpke_open(out, enc, SECRET, info, info, cipher));
    assert_err(ERR_DECRYPT, hpke_open(out, ZERO, SECRET, info, aad, cipher));
    for (size_t n = 0; n < sizeof(sealed); n++) {
        assert_err(ERR_DECRYPT, hpke_open(out, enc, SECRET, info, aad, slice_of(sealed, n)));
        sealed[n] ^= 0x80;
        assert_err(ERR_DECRYPT, hpke_open(out, enc, SECRET, info, aad, cipher));
        sealed[n] ^= 0x80;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_vector_seals_and_opens),
        cmocka_unit_test(only_the_same_key_info_and_aad_open_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
