#include "daemon/measure/critical.h"

#include "tests/support/tests.h"

static size_t number(const json_t *object, const char *name)
{
    return (size_t)json_integer_value(json_object_get(object, name));
}

/* The same numbers from a second writing-down, with unbounded integers. */
static void test_vectors(void **state)
{
    (void)state;
    json_t *file = tests_json("vectors/chart/charts.json");
    const json_t *list = json_object_get(file, "critical");
    assert_true(json_array_size(list) > 100);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *row = json_array_get(list, i), *runs = json_object_get(row, "runs");
        size_t n = number(row, "n"), fewest = 0, most = 0;
        assert_int_equal(critical_longest(n), number(row, "longest_run_max"));
        assert_int_equal(critical_crossings(n), number(row, "crossings_min"));
        critical_runs(n, &fewest, &most);
        assert_int_equal(fewest, json_integer_value(json_array_get(runs, 0)));
        assert_int_equal(most, json_integer_value(json_array_get(runs, 1)));
    }
    json_decref(file);
}

/* Every n up to the bound is answered, and more points never make a pattern less likely. */
static void test_all_n(void **state)
{
    (void)state;
    size_t longest = 0, crossings = 0;
    for (size_t n = 1; n <= CRITICAL_POINTS_MAX; n++) {
        assert_true(critical_longest(n) >= longest && critical_crossings(n) >= crossings);
        longest = critical_longest(n);
        crossings = critical_crossings(n);
    }
    assert_int_equal(longest, 13);
    for (size_t n = 2; n <= CRITICAL_POINTS_MAX; n += n < 200 ? 1 : 100) {
        size_t fewest = 0, most = 0;
        critical_runs(n, &fewest, &most);
        assert_true(fewest >= 2 && fewest <= most && most <= n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_vectors),
                                       cmocka_unit_test(test_all_n)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
