#include "proto/record/date.h"

#include "tests/support/tests.h"

static void days_are_the_calendars(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t days;
    } rows[] = {{"1970-01-01", 0},     {"1969-12-31", -1},     {"2000-02-29", 11016},
                {"2000-03-01", 11017}, {"2026-03-01", 20513},  {"2100-02-28", 47540},
                {"2100-03-01", 47541}, {"0000-01-01", -719528}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t days;
        assert_true(date_days(rows[i].text, &days));
        assert_int_equal(days, rows[i].days);
    }
    int64_t days;
    assert_true(date_days("2026-03-01T09:30:00Z", &days));
    assert_false(date_is("2026-03-01T09:30:00Z"));
    assert_true(date_is("2024-02-29"));
}

static void what_is_no_day_is_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {"",           "2026",       "2026-13-01", "2026-00-10",
                                       "2026-02-29", "2100-02-29", "2026-04-31", "2026-01-00",
                                       "2026-1-1",   "01/03/2026", "2026-01-0x", "2026-01-011"};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (date_is(rows[i])) fail_msg("%s", rows[i]);
    }
    assert_false(date_is(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_are_the_calendars),
        cmocka_unit_test(what_is_no_day_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
