#include "proto/crypto/phrase.h"
#include "tests/support/tests.h"

static void vectors_give_their_keys(void **state)
{
    struct arena arena = {0};
    json_t *root = tests_json("vectors/crypto/phrase.json");
    json_t *v;
    size_t i;

    (void)state;
    assert_true(json_array_size(json_object_get(root, "vectors")) > 0);
    json_array_foreach(json_object_get(root, "vectors"), i, v)
    {
        struct school_keys keys;

        assert_ok(phrase_keys(&keys, tests_hex(&arena, v, "entropy").p));
        assert_memory_equal(keys.root_pk.b, tests_hex(&arena, v, "root_pk").p, 32);
        assert_memory_equal(keys.recovery_pk.b, tests_hex(&arena, v, "recovery_pk").p, 32);
        KEY_WIPE(&keys);
    }
    json_decref(root);
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_give_their_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
