#include "daemon/measure/chart.h"

#include "tests/support/tests.h"

/* tests/measure/chart.py holds the rules to vectors; here is what a series in C can show
 * better: that what comes later changes nothing that was said before. */

enum { PERIODS = 60 };

static void make_series(struct rng *rng, struct chart_point *series)
{
    for (size_t i = 0; i < PERIODS; i++) {
        series[i] = (struct chart_point){
            .given = i == 0 || !rng_chance(rng, 100),
            .num = (int64_t)rng_below(rng, 40),
            .den = 40 + (int64_t)rng_below(rng, 3),
        };
    }
}

static struct chart_result judged(struct arena *arena, const struct chart_point *series,
                                  struct chart_phase phase, enum chart_limits limits)
{
    struct chart_result out;
    const char *why = "";
    struct chart_options options = {.limits = limits};
    assert_ok(chart_judge(series, PERIODS, &phase, &options, arena, &out, &why));
    return out;
}

static void test_a_frozen_baseline_stays(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct rng rng = {7};
    for (int round = 0; round < 200; round++) {
        struct chart_point series[PERIODS];
        make_series(&rng, series);
        size_t baseline = 1 + rng_below(&rng, 30);
        struct chart_phase part = {0, 30, baseline}, whole = {0, PERIODS, baseline};
        struct chart_result before = judged(&arena, series, part, CHART_LIMITS_P);
        struct chart_result after = judged(&arena, series, whole, CHART_LIMITS_P);
        assert_true(ratio_cmp(before.centre, after.centre) == 0);
        assert_true(ratio_cmp(before.mean, after.mean) == 0);
        for (size_t i = 0; i < 30; i++)
            assert_memory_equal(&before.limits[i], &after.limits[i], sizeof(*before.limits));
        arena_reset(&arena);
    }
    arena_fini(&arena);
}

/* Turned upside down, everything that was above lies below, and nothing else changes. */
static void test_upside_down(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct rng rng = {8};
    for (int round = 0; round < 200; round++) {
        struct chart_point series[PERIODS], turned[PERIODS];
        make_series(&rng, series);
        for (size_t i = 0; i < PERIODS; i++) {
            turned[i] = series[i];
            turned[i].num = turned[i].den - turned[i].num;
        }
        struct chart_phase phase = {0, PERIODS, 0};
        struct chart_result a = judged(&arena, series, phase, CHART_LIMITS_P);
        struct chart_result b = judged(&arena, turned, phase, CHART_LIMITS_P);
        assert_int_equal(a.useful, b.useful);
        assert_int_equal(a.longest, b.longest);
        assert_int_equal(a.crossings, b.crossings);
        assert_int_equal(a.shifts_n, b.shifts_n);
        assert_int_equal(a.trends_n, b.trends_n);
        for (size_t i = 0; i < a.shifts_n; i++) {
            assert_int_equal(a.shifts[i].first, b.shifts[i].first);
            assert_true(a.shifts[i].up != b.shifts[i].up);
        }
        for (size_t i = 0; i < PERIODS; i++)
            assert_int_equal(a.limits[i].causes, b.limits[i].causes);
        arena_reset(&arena);
    }
    arena_fini(&arena);
}

/* The largest counts that a p chart takes: what is outside is still decided exactly. */
static void test_bounds_of_counts(void **state)
{
    (void)state;
    struct arena arena = {0};
    static struct chart_point series[CHART_POINTS_MAX];
    for (size_t i = 0; i < CHART_POINTS_MAX; i++)
        series[i] = (struct chart_point){true, false, CHART_COUNT_MAX / 2, CHART_COUNT_MAX};
    series[7].num += 15001; /* three standard deviations are 15,000 (the mean moves by 15) */
    series[8].num += 15016;
    series[9].num = CHART_COUNT_MAX;
    struct chart_phase phase = {0, CHART_POINTS_MAX, 0};
    struct chart_options options = {.limits = CHART_LIMITS_P};
    struct chart_result out;
    const char *why = "";
    series[9].excluded = true;
    assert_ok(chart_judge(series, CHART_POINTS_MAX, &phase, &options, &arena, &out, &why));
    assert_int_equal(out.limits[7].causes, 0);
    assert_int_equal(out.limits[8].causes, 0);
    series[8].num += 100;
    assert_ok(chart_judge(series, CHART_POINTS_MAX, &phase, &options, &arena, &out, &why));
    assert_int_equal(out.limits[8].causes, CHART_OUTSIDE);
    assert_int_equal(out.limits[9].causes, CHART_OUTSIDE);
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_frozen_baseline_stays),
                                       cmocka_unit_test(test_upside_down),
                                       cmocka_unit_test(test_bounds_of_counts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
