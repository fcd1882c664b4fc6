#include "client/cli/when.h"

#include <stdlib.h>
#include <time.h>

#include "tests/support/tests.h"

enum { NOW = 1772357400 }; /* 2026-03-01T09:30:00Z */

static void times_are_told_as_people_tell_them(void **state)
{
    (void)state;
    static const struct {
        int64_t ago;
        const char *said;
    } rows[] = {
        {0, "just now"},
        {59, "just now"},
        {60, "1 minute ago"},
        {3599, "59 minutes ago"},
        {3600, "1 hour ago"},
        {86399, "23 hours ago"},
        {86400, "1 day ago"},
        {13 * 86400, "13 days ago"},
        {14 * 86400, "2 weeks ago"},
        {28 * 86400, "1 Feb 2026"},
        {-30, "just now"},
        {-3 * 86400, "in 3 days"},
    };
    char out[WHEN_MAX];
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_string_equal(when_ago(out, NOW - rows[i].ago, NOW), rows[i].said);
    }
    assert_string_equal(when_full(out, NOW), "1 Mar 2026, 09:30");
    /* a clock of 1970 or of the year 300,000,000 is shown, not crashed on */
    when_ago(out, 0, NOW);
    when_ago(out, INT64_MAX / 4, NOW);
}

static void dates_are_read_as_people_type_them(void **state)
{
    (void)state;
    char out[WHEN_MAX];
    assert_true(when_date(out, "2026-03-12", NOW));
    assert_string_equal(out, "2026-03-12");
    assert_true(when_date(out, "today", NOW));
    assert_string_equal(out, "2026-03-01");
    assert_true(when_date(out, "+14", NOW));
    assert_string_equal(out, "2026-03-15");
    static const char *const bad[] = {"",  "12.3.2026", "2026-13-01", "2026-03-12x",
                                      "+", "+1x",       "2026-3-1"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(when_date(out, bad[i], NOW));
    }
}

static void spans_have_units(void **state)
{
    (void)state;
    char out[WHEN_MAX];
    assert_string_equal(when_span(out, 640), "640 ms");
    assert_string_equal(when_span(out, 60 * 1000), "60 s");
    assert_string_equal(when_span(out, 3 * 60 * 1000), "3 min");
    assert_string_equal(when_span(out, 50LL * 3600 * 1000), "2 days");
}

int main(void)
{
    setenv("TZ", "UTC", 1);
    tzset();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_told_as_people_tell_them),
        cmocka_unit_test(dates_are_read_as_people_type_them),
        cmocka_unit_test(spans_have_units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
