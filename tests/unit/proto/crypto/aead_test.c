#include "proto/crypto/aead.h"
#include "tests/support/tests.h"

/* Both AEADs have one shape, so each test runs on both. */
struct kind {
    const char *name;
    size_t nonce_bytes;
    void (*seal)(uint8_t *out, struct slice plain, struct slice ad, const uint8_t *nonce,
                 const uint8_t *key);
    enum err (*open)(uint8_t *out, struct slice cipher, struct slice ad, const uint8_t *nonce,
                     const uint8_t *key);
};

static void seal_12(uint8_t *out, struct slice plain, struct slice ad, const uint8_t *nonce,
                    const uint8_t *key)
{
    aead_seal(out, plain, ad, nonce, key);
}

static enum err open_12(uint8_t *out, struct slice cipher, struct slice ad,
                        const uint8_t *nonce, const uint8_t *key)
{
    return aead_open(out, cipher, ad, nonce, key);
}

static void seal_24(uint8_t *out, struct slice plain, struct slice ad, const uint8_t *nonce,
                    const uint8_t *key)
{
    aead_x_seal(out, plain, ad, nonce, key);
}

static enum err open_24(uint8_t *out, struct slice cipher, struct slice ad,
                        const uint8_t *nonce, const uint8_t *key)
{
    return aead_x_open(out, cipher, ad, nonce, key);
}

static const struct kind KINDS[] = {
    {"ChaCha20-Poly1305", AEAD_NONCE_BYTES, seal_12, open_12},
    {"XChaCha20-Poly1305", AEAD_X_NONCE_BYTES, seal_24, open_24},
};

static void published_vectors_seal_and_open(void **state)
{
    struct arena arena = {0};
    json_t *root = tests_json("vectors/crypto/aead.json");

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        json_t *v = json_array_get(json_object_get(root, "vectors"), i);
        struct slice key = tests_hex(&arena, v, "key");
        struct slice nonce = tests_hex(&arena, v, "nonce");
        struct slice ad = tests_hex(&arena, v, "ad");
        struct slice plain = tests_hex(&arena, v, "plain");
        struct slice cipher = tests_hex(&arena, v, "cipher");
        uint8_t *got = arena_alloc(&arena, cipher.n);

        assert_string_equal(tests_str(v, "name"), KINDS[i].name);
        assert_int_equal(nonce.n, KINDS[i].nonce_bytes);
        KINDS[i].seal(got, plain, ad, nonce.p, key.p);
        assert_memory_equal(got, cipher.p, cipher.n);
        assert_ok(KINDS[i].open(got, slice_of(got, cipher.n), ad, nonce.p, key.p));
        assert_memory_equal(got, plain.p, plain.n);
    }
    json_decref(root);
    arena_fini(&arena);
}

static void any_changed_byte_or_cut_is_refused(void **state)
{
    static const uint8_t KEY[32] = {1}, NONCE[24] = {2}, AD[3] = {3, 4, 5}, PLAIN[5] = "kith";
    const struct slice ad = slice_of(AD, sizeof(AD));

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        uint8_t sealed[sizeof(PLAIN) + AEAD_TAG_BYTES];
        uint8_t out[sizeof(sealed)];

        KINDS[i].seal(sealed, slice_of(PLAIN, sizeof(PLAIN)), ad, NONCE, KEY);
        for (size_t at = 0; at < sizeof(sealed); at++) {
            sealed[at] ^= 1;
            assert_err(ERR_DECRYPT,
                       KINDS[i].open(out, slice_of(sealed, sizeof(sealed)), ad, NONCE, KEY));
            sealed[at] ^= 1;
            assert_err(ERR_DECRYPT, KINDS[i].open(out, slice_of(sealed, at), ad, NONCE, KEY));
        }
        assert_err(ERR_DECRYPT, KINDS[i].open(out, slice_of(sealed, sizeof(sealed)),
                                              slice_of(AD, 2), NONCE, KEY));
        assert_ok(KINDS[i].open(out, slice_of(sealed, sizeof(sealed)), ad, NONCE, KEY));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_vectors_seal_and_open),
        cmocka_unit_test(any_changed_byte_or_cut_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
