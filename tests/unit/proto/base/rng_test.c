#include "proto/base/rng.h"

#include "tests/support/tests.h"

static void a_seed_repeats_itself(void **state)
{
    (void)state;
    struct rng x = {.state = 42}, y = {.state = 42}, z = {.state = 43};
    bool differs = false;
    for (int i = 0; i < 100; i++) {
        uint64_t v = rng_next(&x);
        assert_true(v == rng_next(&y));
        differs |= v != rng_next(&z);
    }
    assert_true(differs);
}

static void below_stays_below_and_reaches_everything(void **state)
{
    (void)state;
    struct rng rng = {.state = 1};
    unsigned seen[7] = {0};
    for (int i = 0; i < 7000; i++) seen[rng_below(&rng, 7)]++;
    for (int i = 0; i < 7; i++) assert_in_range(seen[i], 800, 1200);
    assert_int_equal(rng_below(&rng, 1), 0);
}

static void a_chance_of_none_or_all_is_certain(void **state)
{
    (void)state;
    struct rng rng = {.state = 1};
    for (int i = 0; i < 1000; i++) {
        assert_false(rng_chance(&rng, 0));
        assert_true(rng_chance(&rng, 1000));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_seed_repeats_itself),
        cmocka_unit_test(below_stays_below_and_reaches_everything),
        cmocka_unit_test(a_chance_of_none_or_all_is_certain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
