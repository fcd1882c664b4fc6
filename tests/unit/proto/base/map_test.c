#include "proto/base/map.h"

#include "tests/support/tests.h"

/* A thousand random puts and deletes, held against a plain array. */
static void agrees_with_an_array(void **state)
{
    (void)state;
    struct rng rng = {.state = 3};
    struct map map;
    uint64_t expected[64] = {0}; /* 0: absent */
    map_init(&map, 4, 99);
    for (unsigned i = 0; i < 20000; i++) {
        uint32_t key = (uint32_t)rng_below(&rng, 64);
        if (rng_chance(&rng, 400)) {
            assert_int_equal(map_delete(&map, &key), expected[key] != 0);
            expected[key] = 0;
        } else {
            expected[key] = i + 1;
            map_put(&map, &key, i + 1);
        }
        uint32_t other = (uint32_t)rng_below(&rng, 64);
        uint64_t *value = map_get(&map, &other);
        assert_true(value == NULL ? expected[other] == 0 : *value == expected[other]);
    }
    size_t present = 0, walked = 0, at = 0;
    for (unsigned i = 0; i < 64; i++) present += expected[i] != 0;
    const void *key;
    uint64_t value;
    while (map_next(&map, &at, &key, &value)) {
        uint32_t k;
        memcpy(&k, key, sizeof(k));
        assert_true(expected[k] == value);
        walked++;
    }
    assert_int_equal(walked, present);
    assert_int_equal(map.count, present);
    map_fini(&map);
}

static void an_empty_map_answers(void **state)
{
    (void)state;
    struct map map;
    uint32_t key = 1;
    size_t at = 0;
    const void *k;
    uint64_t v;
    map_init(&map, 4, 0);
    assert_null(map_get(&map, &key));
    assert_false(map_delete(&map, &key));
    assert_false(map_next(&map, &at, &k, &v));
    map_fini(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_an_array),
        cmocka_unit_test(an_empty_map_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
