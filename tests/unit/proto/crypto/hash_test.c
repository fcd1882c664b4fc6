#include "proto/crypto/hash.h"
#include "tests/support/tests.h"

static void digests_match_the_vectors(void **state)
{
    struct arena arena = {0};
    json_t *root = tests_json("vectors/crypto/hash.json");
    json_t *v;
    size_t i;

    (void)state;
    assert_true(json_array_size(json_object_get(root, "vectors")) > 0);
    json_array_foreach(json_object_get(root, "vectors"), i, v)
    {
        size_t n = (size_t)json_integer_value(json_object_get(v, "bytes"));
        struct slice want = tests_hex(&arena, v, "digest");
        uint8_t got[64];

        assert_int_equal(want.n, n);
        hash_bytes(got, n, tests_hex(&arena, v, "key"), tests_str(v, "label"),
                   tests_hex(&arena, v, "a"), tests_hex(&arena, v, "b"));
        assert_memory_equal(got, want.p, n);
    }
    json_decref(root);
    arena_fini(&arena);
}

static void pieces_hash_as_the_whole_and_the_label_counts(void **state)
{
    static const uint8_t DATA[] = {0, 0, 0, 0, 0, 0, 1, 2, 7};
    struct hash hash;
    uint8_t pieces[32];
    uint8_t whole[32];

    (void)state;
    hash_init(&hash, 32, slice_of(NULL, 0), "kith/1 test");
    hash_add_u64(&hash, 0x0102);
    hash_add(&hash, NULL, 0);
    hash_add(&hash, DATA + 8, 1);
    hash_final(&hash, pieces);
    hash_bytes(whole, 32, slice_of(NULL, 0), "kith/1 test", slice_of(DATA, 9),
               slice_of(NULL, 0));
    assert_memory_equal(pieces, whole, 32);
    hash_bytes(whole, 32, slice_of(NULL, 0), "kith/1 tests", slice_of(DATA, 9),
               slice_of(NULL, 0));
    assert_memory_not_equal(pieces, whole, 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_match_the_vectors),
        cmocka_unit_test(pieces_hash_as_the_whole_and_the_label_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
