#include "daemon/report/period.h"

#include "proto/record/date.h"
#include "tests/support/tests.h"

static void assert_parsed(enum period_kind kind, const char *text, const char *expected)
{
    char out[PERIOD_CHARS + 1] = "untouched";
    if (expected == NULL) {
        assert_err(ERR_MALFORMED, period_parse(kind, text, out));
        assert_string_equal(out, "untouched");
    } else {
        assert_ok(period_parse(kind, text, out));
        assert_string_equal(out, expected);
    }
}

static void test_typed(void **state)
{
    (void)state;
    assert_parsed(PERIOD_MONTH, "2026-09-14", "2026-09-01");
    assert_parsed(PERIOD_MONTH, "2026-09", "2026-09-01");
    assert_parsed(PERIOD_MONTH, "September 2026", "2026-09-01");
    assert_parsed(PERIOD_MONTH, "sep 2026", "2026-09-01");
    assert_parsed(PERIOD_WEEK, "2026-09-14", "2026-09-14");
    assert_parsed(PERIOD_WEEK, "2026-09-20", "2026-09-14");
    assert_parsed(PERIOD_WEEK, "2026-W38", "2026-09-14");
    assert_parsed(PERIOD_WEEK, "2027-W01", "2027-01-04");
    assert_parsed(PERIOD_WEEK, "2025-W01", "2024-12-30");
    assert_parsed(PERIOD_DAY, "2024-02-29", "2024-02-29");
    assert_parsed(PERIOD_TERM, "2026-08-24", "2026-08-24");
    assert_parsed(PERIOD_FREE, "2026-08", "2026-08-01");
    static const char *const bad[] = {
        "",         "2026",     "2026-13",     "2026-02-30", "9/1/2026",     "01.09.2026",
        "2026-W00", "2026-W54", "Smarch 2026", "S 2026",     "September 26", "2026-9-1"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_parsed(PERIOD_MONTH, bad[i], NULL);
}

/* Every day of some centuries has one that follows it, and weeks and months keep their step. */
static void test_next(void **state)
{
    (void)state;
    char day[PERIOD_CHARS + 1] = "1996-01-31", out[PERIOD_CHARS + 1];
    for (int i = 0; i < 40000; i++) {
        int64_t before, after;
        assert_true(period_next(PERIOD_DAY, day, out));
        assert_true(date_days(day, &before) && date_days(out, &after));
        assert_int_equal(after, before + 1);
        assert_true(period_next(PERIOD_WEEK, day, out) && date_days(out, &after));
        assert_int_equal(after, before + 7);
        assert_true(period_next(PERIOD_DAY, day, day));
    }
    assert_true(period_next(PERIOD_MONTH, "2026-12-01", out));
    assert_string_equal(out, "2027-01-01");
    assert_true(period_next(PERIOD_MONTH, "2026-01-15", out));
    assert_string_equal(out, "2026-02-15");
    for (int i = 0; i < 12; i++)
        assert_true(period_next(PERIOD_MONTH, out, out));
    assert_string_equal(out, "2027-02-15");
    assert_false(period_next(PERIOD_MONTH, "2026-01-31", out));
    assert_false(period_next(PERIOD_TERM, "2026-01-31", out));
    assert_false(period_next(PERIOD_DAY, "soon", out));
}

static void test_labels(void **state)
{
    (void)state;
    char out[PERIOD_LABEL_BYTES];
    assert_string_equal(period_label(PERIOD_MONTH, "2026-09-01", out), "Sep 2026");
    assert_string_equal(period_label(PERIOD_WEEK, "2026-09-07", out), "7 Sep 2026");
    assert_string_equal(period_label(PERIOD_FREE, "some text that is far too long", out),
                        "some text that is fa");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_typed),
                                       cmocka_unit_test(test_next),
                                       cmocka_unit_test(test_labels)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
