#include "daemon/measure/ratio.h"

#include "tests/support/tests.h"

static void test_what_is_typed(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t num, den;
    } good[] = {{"0", 0, 1},           {"87.1", 871, 10},
                {"-0.5", -5, 10},      {"007", 7, 1},
                {"3.140", 3140, 1000}, {"999999999999", 999999999999, 1},
                {"-0", 0, 1},          {"0.000000000001", 1, RATIO_VALUE_MAX}};
    static const char *const bad[] = {"",
                                      "-",
                                      ".",
                                      "1.",
                                      ".5",
                                      "1..2",
                                      "--1",
                                      "1e3",
                                      "+1",
                                      "1,5",
                                      " 1",
                                      "1 ",
                                      "1000000000000",
                                      "1.2.3",
                                      "0.0000000000001"};
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
        int64_t num = 0, den = 0;
        assert_ok(ratio_parse(good[i].text, &num, &den));
        assert_true(num == good[i].num && den == good[i].den);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        int64_t num = 77, den = 77;
        assert_err(ERR_MALFORMED, ratio_parse(bad[i], &num, &den));
        assert_true(num == 77 && den == 77);
    }
}

static void assert_text(const char *expected, ratio_int num, ratio_int den)
{
    char text[RATIO_TEXT_BYTES];
    assert_string_equal(ratio_text(text, ratio_of(num, den)), expected);
}

static void test_exact_text(void **state)
{
    (void)state;
    assert_text("87.2", 871 + 873, 20);
    assert_text("-0.5", 1, -2);
    assert_text("35/18", 70, 36);
    assert_text("-1/3", -1, 3);
    assert_text("12", 24, 2);
    assert_text("0", 0, 5);
    assert_text("0.000000000001", 1, RATIO_VALUE_MAX);
}

static void assert_rounded(const char *expected, ratio_int num, ratio_int den, unsigned places)
{
    char text[RATIO_TEXT_BYTES];
    assert_string_equal(ratio_rounded(text, ratio_of(num, den), places), expected);
}

static void test_rounded_text(void **state)
{
    (void)state;
    assert_rounded("41.7", 5000, 120, 1);
    assert_rounded("0.1", 1, 20, 1); /* half goes away from zero */
    assert_rounded("-0.1", -1, 20, 1);
    assert_rounded("0.0", -1, 21, 1); /* and nothing is minus nothing */
    assert_rounded("100", 999, 10, 0);
    assert_rounded("10.00", 9999, 1000, 2);
    assert_rounded("0.333333333", 1, 3, 9);
}

static void test_order(void **state)
{
    (void)state;
    struct ratio third = ratio_of(1, 3), big = ratio_of(RATIO_VALUE_MAX, 1);
    assert_true(ratio_cmp(third, ratio_of(2, 6)) == 0);
    assert_true(ratio_cmp(third, ratio_of(333333333333, RATIO_VALUE_MAX)) > 0);
    assert_true(ratio_cmp(ratio_of(-1, 3), third) < 0);
    assert_true(ratio_cmp(big, ratio_of(RATIO_VALUE_MAX - 1, 1)) > 0);
    assert_true(ratio_value(ratio_of(-7, 4)) == -1.75);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_typed), cmocka_unit_test(test_exact_text),
        cmocka_unit_test(test_rounded_text), cmocka_unit_test(test_order)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
