#include "daemon/measure/chart.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/measure/chart_inner.h"
#include "proto/base/check.h"

const char *const chart_rules = "anhoej";

static struct ratio value_of(const struct chart_point *point)
{
    return (struct ratio){point->num, point->den};
}

static enum err refuse(const char **why, const char *text)
{
    *why = text;
    return ERR_INVALID;
}

/* ---- centre line ---- */

static int by_value(const void *x, const void *y)
{
    return ratio_cmp(*(const struct ratio *)x, *(const struct ratio *)y);
}

/* The middle value, or half the sum of the middle two. */
static struct ratio median(struct ratio *values, size_t n)
{
    qsort(values, n, sizeof(*values), by_value);
    struct ratio low = values[(n - 1) / 2], high = values[n / 2];
    return ratio_of(low.num * high.den + high.num * low.den, 2 * low.den * high.den);
}

static enum err set_centre(struct chart_work *work, const struct chart_options *options,
                           const char **why)
{
    struct chart_result *out = work->out;
    struct ratio *values = arena_alloc(work->arena, (work->phase->n + 1) * sizeof(*values));
    size_t counted = work->phase->baseline == 0 ? work->phase->n : work->phase->baseline;
    for (size_t i = 0; i < counted; i++) {
        const struct chart_point *point = &work->points[i];
        if (point->given && !point->excluded) values[out->baseline++] = value_of(point);
    }
    if (out->baseline == 0) return refuse(why, "the baseline has no data");
    if (options->centre == CHART_MEDIAN) {
        out->centre = median(values, out->baseline);
        return ERR_OK;
    }
    out->centre = out->mean;
    return ERR_OK;
}

/* ---- runs and patterns ---- */

/* What is kept while walking from one pattern's beginning to its end. */
static void close_span(struct chart_span *spans, size_t *n, const struct chart_span *span,
                       size_t least)
{
    if (span->length >= least) spans[(*n)++] = *span;
}

static void walk_runs(struct chart_work *work)
{
    struct chart_result *out = work->out;
    struct chart_span run = {0};
    for (size_t i = 0; i < work->phase->n; i++) {
        if (!work->points[i].given) continue;
        out->n++;
        int side = ratio_cmp(value_of(&work->points[i]), out->centre);
        if (side == 0) continue;
        out->useful++;
        size_t place = work->phase->first + i;
        if (run.length > 0 && run.up == (side > 0)) {
            run.length++;
            run.last = place;
        } else {
            close_span(out->shifts, &out->shifts_n, &run, CHART_SHIFT);
            run = (struct chart_span){place, place, 1, side > 0};
            out->runs++;
        }
        if (run.length > out->longest) out->longest = run.length;
    }
    close_span(out->shifts, &out->shifts_n, &run, CHART_SHIFT);
    out->crossings = out->runs == 0 ? 0 : out->runs - 1;
}

static void walk_trends(struct chart_work *work)
{
    struct chart_result *out = work->out;
    struct chart_span trend = {0};
    struct ratio last = {0, 1};
    for (size_t i = 0; i < work->phase->n; i++) {
        if (!work->points[i].given) continue;
        struct ratio value = value_of(&work->points[i]);
        size_t place = work->phase->first + i;
        int way = trend.length == 0 ? 1 : ratio_cmp(value, last);
        if (way == 0) continue;
        if (trend.length == 1) trend.up = way > 0;
        if (trend.length > 0 && trend.up != (way > 0)) {
            close_span(out->trends, &out->trends_n, &trend, CHART_TREND);
            trend = (struct chart_span){trend.last, trend.last, 1, way > 0};
        }
        if (trend.length == 0) trend.first = place;
        trend.length++;
        trend.last = place;
        last = value;
    }
    close_span(out->trends, &out->trends_n, &trend, CHART_TREND);
}

/* Under ten useful points nothing is said of them. */
static void keep_plotting(struct chart_result *out)
{
    out->longest = out->crossings = out->runs = out->shifts_n = out->trends_n = 0;
}

static void judge(struct chart_result *out)
{
    out->judged = out->useful >= CHART_USEFUL_MIN;
    if (!out->judged) {
        keep_plotting(out);
        return;
    }
    out->longest_max = critical_longest(out->useful);
    out->crossings_min = critical_crossings(out->useful);
    critical_runs(out->useful, &out->runs_min, &out->runs_max);
    out->signal_longest = out->longest > out->longest_max;
    out->signal_crossings = out->crossings < out->crossings_min;
}

/* ---- whole ---- */

static enum err check(const struct chart_point *series, size_t n,
                      const struct chart_phase *phase, const char **why)
{
    if (n > CHART_POINTS_MAX) return refuse(why, "a chart has at most 1000 periods");
    if (phase->n == 0 || phase->first >= n || phase->n > n - phase->first) {
        return refuse(why, "a phase lies outside of the series");
    }
    if (phase->baseline > phase->n) {
        return refuse(why, "the baseline is longer than its phase");
    }
    for (size_t i = phase->first; i < phase->first + phase->n; i++) {
        const struct chart_point *point = &series[i];
        if (!point->given) continue;
        if (point->den < 1 || point->den > RATIO_VALUE_MAX || point->num > RATIO_VALUE_MAX ||
            point->num < -RATIO_VALUE_MAX) {
            return refuse(why, "a value is larger than a trillion, or over nothing");
        }
    }
    return ERR_OK;
}

enum err chart_judge(const struct chart_point *series, size_t n,
                     const struct chart_phase *phase, const struct chart_options *options,
                     struct arena *arena, struct chart_result *out, const char **why)
{
    enum err err = check(series, n, phase, why);
    if (err != ERR_OK) return err;
    struct chart_result result = {0};
    struct chart_work work = {series + phase->first, phase, arena, &result};
    result.shifts = arena_alloc(arena, (phase->n / CHART_SHIFT + 1) * sizeof(*result.shifts));
    /* The last point of a trend may be the first of the next. */
    result.trends =
        arena_alloc(arena, (phase->n / (CHART_TREND - 1) + 1) * sizeof(*result.trends));
    if (options->limits != CHART_LIMITS_NONE || options->centre == CHART_MEAN) {
        err = chart_limits_set(&work, options, why);
    }
    if (err == ERR_OK) err = set_centre(&work, options, why);
    if (err != ERR_OK) return err;
    walk_runs(&work);
    walk_trends(&work);
    judge(&result);
    *out = result;
    return ERR_OK;
}
