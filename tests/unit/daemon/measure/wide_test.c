#include "daemon/measure/wide.h"

#include "tests/support/tests.h"

static struct wide choose(uint32_t n, uint32_t k)
{
    struct wide out = wide_of(1);
    for (uint32_t i = 0; i < k; i++) {
        wide_times(&out, n - i);
        wide_over(&out, i + 1);
    }
    return out;
}

/* A row of Pascal's triangle sums to a power of two, and its squares to the middle of a row
 * twice as far down. */
static void test_pascal(void **state)
{
    (void)state;
    for (uint32_t n = 1; n <= 1000; n += n < 40 ? 1 : 240) {
        struct wide sum = wide_of(0), squares = wide_of(0), power = wide_of(1);
        for (uint32_t k = 0; k <= n; k++) {
            struct wide term = choose(n, k), square = wide_product(&term, &term);
            wide_add(&sum, &term);
            wide_add(&squares, &square);
        }
        for (uint32_t i = 0; i < n; i++)
            wide_add(&power, &power);
        assert_int_equal(wide_cmp(&sum, &power), 0);
        struct wide middle = choose(2 * n, n);
        assert_int_equal(wide_cmp(&squares, &middle), 0);
    }
}

static void test_order_and_nothing(void **state)
{
    (void)state;
    struct wide zero = wide_of(0), one = wide_of(1), big = choose(100, 50);
    assert_true(wide_cmp(&zero, &one) < 0 && wide_cmp(&big, &one) > 0);
    struct wide product = wide_product(&big, &zero);
    assert_int_equal(wide_cmp(&product, &zero), 0);
    wide_times(&big, 0);
    assert_int_equal(wide_cmp(&big, &zero), 0);
    wide_over(&one, 2);
    assert_int_equal(wide_cmp(&one, &zero), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_pascal),
                                       cmocka_unit_test(test_order_and_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
