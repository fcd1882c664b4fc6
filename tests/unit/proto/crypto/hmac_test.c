#include "proto/crypto/hmac.h"
#include "tests/support/tests.h"

/* A short key and one longer than either block, which HMAC hashes first. */
static const struct row {
    const struct hmac_hash *hash;
    size_t key_bytes;
    const char *want;
} ROWS[] = {
    {&hmac_sha256, 4, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
    {&hmac_sha256, 200, "f6366efb847c81efea628ae1d001164ccd65bf167ffad963e7d96eed4877edb3"},
    {&hmac_blake2b, 4,
     "6ff884f8ddc2a6586b3c98a4cd6ebdf14ec10204b6710073eb5865ade37a2643"
     "b8807c1335d107ecdb9ffeaeb6828c4625ba172c66379efcd222c2de11727ab4"},
    {&hmac_blake2b, 200,
     "9e904c91bdd5c9e552280b5e9be30a12b75ce9d604c0eb4028d3a2efef4c142f"
     "562c577152d87e2c6640860497e6d2fc5c843490aadb6a46b5e76deed169f933"},
};

static void digests_match_another_implementation(void **state)
{
    struct arena arena = {0};
    char key[200];

    (void)state;
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        const struct row *row = &ROWS[i];
        bool is_short = row->key_bytes == 4;
        struct slice parts[2] = {
            is_short ? slice_of("what do ya want ", 16) : slice_of("one", 3),
            is_short ? slice_of("for nothing?", 12) : slice_of(" two", 4),
        };
        struct slice want = tests_unhex(&arena, row->want);
        uint8_t got[HMAC_BYTES_MAX];

        memset(key, 'k', sizeof(key));
        if (is_short) memcpy(key, "Jefe", 4);
        assert_int_equal(want.n, row->hash->bytes);
        hmac_digest(row->hash, got, slice_of(key, row->key_bytes), parts, 2);
        assert_memory_equal(got, want.p, want.n);
    }
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_match_another_implementation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
