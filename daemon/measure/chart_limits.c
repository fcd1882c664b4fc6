/* The mean, and the limits about it. */
#include "daemon/measure/chart_inner.h"
#include "proto/base/check.h"

/* What the baseline comes to: sums of its numerators and denominators (p), or of its values on
 * their common denominator (xmr and plain means). */
struct sums {
    ratio_int num, den;
    size_t n;
    ratio_int ranges; /* the sum of the moving ranges, on the common denominator */
    size_t ranges_n;
    int64_t scale; /* the common denominator */
};

static bool counts(const struct chart_work *work, size_t i)
{
    size_t baseline = work->phase->baseline == 0 ? work->phase->n : work->phase->baseline;
    return i < baseline && work->points[i].given && !work->points[i].excluded;
}

static enum err refuse(const char **why, const char *text)
{
    *why = text;
    return ERR_INVALID;
}

/* ---- p charts ---- */

static enum err sum_counts(const struct chart_work *work, struct sums *sums, const char **why)
{
    for (size_t i = 0; i < work->phase->n; i++) {
        const struct chart_point *point = &work->points[i];
        if (!point->given) continue;
        if (point->den > CHART_COUNT_MAX || point->num < 0 || point->num > point->den) {
            return refuse(why, "a p chart needs counts: a numerator from 0 to its denominator, "
                               "at most 100,000,000");
        }
        if (!counts(work, i)) continue;
        sums->num += point->num;
        sums->den += point->den;
        sums->n++;
    }
    return ERR_OK;
}

/* By halving towards it; for drawing only. x is from 0 to 1. */
static double square_root(double x)
{
    double root = x > 0 ? 1 : 0;
    for (int i = 0; i < 64 && root > 0; i++)
        root = (root + x / root) / 2;
    return root;
}

/* |num / den - N / D| > 3 √(N (D - N) / (D² den)), both sides times D den, squared:
 * 10^38 at most with 1000 points of CHART_COUNT_MAX. */
static bool outside_p(const struct sums *sums, const struct chart_point *point)
{
    ratio_int off = point->num * sums->den - sums->num * point->den;
    return off * off > 9 * sums->num * (sums->den - sums->num) * point->den;
}

static void limits_p(struct chart_work *work, const struct sums *sums)
{
    double mean = ratio_value((struct ratio){sums->num, sums->den});
    for (size_t i = 0; i < work->phase->n; i++) {
        const struct chart_point *point = &work->points[i];
        if (!point->given) continue;
        double width = 3 * square_root(mean * (1 - mean) / (double)point->den);
        work->out->limits[i] = (struct chart_limit){
            .given = true,
            .lower = mean - width < 0 ? 0 : mean - width,
            .upper = mean + width > 1 ? 1 : mean + width,
            .causes = outside_p(sums, point) ? CHART_OUTSIDE : 0,
        };
    }
}

/* ---- xmr charts ---- */

static ratio_int distance(int64_t x, int64_t y)
{
    return x > y ? (ratio_int)x - y : (ratio_int)y - x;
}

/* Values on one denominator: decimals with as many places as the longest has. */
static enum err scale_values(struct chart_work *work, struct sums *sums, int64_t *values,
                             const char **why)
{
    for (size_t i = 0; i < work->phase->n; i++) {
        const struct chart_point *point = &work->points[i];
        if (point->given && point->den > sums->scale) sums->scale = point->den;
    }
    for (size_t i = 0; i < work->phase->n; i++) {
        const struct chart_point *point = &work->points[i];
        if (!point->given) continue;
        if (sums->scale % point->den != 0) {
            return refuse(why, "a mean of shares is made from their counts: ask for p limits");
        }
        int64_t factor = sums->scale / point->den;
        if (point->num > RATIO_VALUE_MAX / factor || point->num < -RATIO_VALUE_MAX / factor) {
            return refuse(why, "the values differ too much in size and places");
        }
        values[i] = point->num * factor;
    }
    return ERR_OK;
}

/* Sums; the second time moving ranges that are too long beside the first mean are left out. */
static void sum_values(const struct chart_work *work, const int64_t *values, struct sums *sums)
{
    const struct sums before = *sums;
    bool some = false;
    int64_t last = 0;
    sums->num = sums->ranges = 0;
    sums->n = sums->ranges_n = 0;
    for (size_t i = 0; i < work->phase->n; i++) {
        if (!counts(work, i)) continue;
        ratio_int range = distance(values[i], last);
        /* Screening, with the mean of before: range > 3.267 mean. */
        bool in = before.ranges_n == 0 ||
                  range * 1000 * (ratio_int)before.ranges_n <= 3267 * before.ranges;
        if (some && in) {
            sums->ranges += range;
            sums->ranges_n++;
        }
        sums->num += values[i];
        sums->n++;
        last = values[i];
        some = true;
    }
    sums->den = (ratio_int)sums->n * sums->scale;
}

/* The limits' distance from the mean: factor * ranges / ranges_n, factor = top / bottom. */
struct width {
    ratio_int top, bottom;
};

/* |x - S / n| > share * width, with x and S on the common denominator; share is parts of 3. */
static bool beyond(const struct sums *sums, const struct width *width, int64_t x, int parts)
{
    ratio_int off = x * (ratio_int)sums->n - sums->num;
    if (off < 0) off = -off;
    return off * 3 * width->bottom > parts * width->top * (ratio_int)sums->n;
}

static int side_of(const struct sums *sums, int64_t x)
{
    ratio_int off = x * (ratio_int)sums->n - sums->num;
    return (off > 0) - (off < 0);
}

/* Marks all of a pattern of at least seven points; at: the places of given points. */
static void mark_sevens(struct chart_limit *limits, const size_t *at, size_t n, const int *way,
                        size_t extra, unsigned cause)
{
    for (size_t from = 0, to; from < n; from = to) {
        to = from + 1;
        while (to < n && way[to] == way[from])
            to++;
        /* A trend of k steps has k + 1 points: the one before its first step is the extra one.
         */
        if (way[from] == 0 || to - from + extra < 7) continue;
        for (size_t k = from - extra; k < to; k++)
            limits[at[k]].causes |= cause;
    }
}

static void mark_two_of_three(struct chart_limit *limits, const size_t *at, size_t n,
                              const int *far)
{
    for (size_t i = 0; i + 2 < n; i++) {
        for (int side = -1; side <= 1; side += 2) {
            int close = (far[i] == side) + (far[i + 1] == side) + (far[i + 2] == side);
            for (size_t k = i; k < i + 3 && close >= 2; k++)
                if (far[k] == side) limits[at[k]].causes |= CHART_TWO_OF_THREE;
        }
    }
}

static void limits_xmr(struct chart_work *work, const struct sums *sums, const int64_t *values,
                       const struct width *width)
{
    struct chart_limit *limits = work->out->limits;
    size_t *at = arena_alloc(work->arena, work->phase->n * sizeof(*at)), n = 0;
    int *side = arena_alloc(work->arena, work->phase->n * sizeof(*side));
    int *step = arena_alloc(work->arena, work->phase->n * sizeof(*step));
    int *far = arena_alloc(work->arena, work->phase->n * sizeof(*far));
    double mean = ratio_value((struct ratio){sums->num, sums->den});
    double reach = ratio_value((struct ratio){width->top, width->bottom * sums->scale});
    for (size_t i = 0; i < work->phase->n; i++) {
        if (!work->points[i].given) continue;
        limits[i] =
            (struct chart_limit){.given = true, .lower = mean - reach, .upper = mean + reach};
        if (beyond(sums, width, values[i], 3)) limits[i].causes |= CHART_OUTSIDE;
        side[n] = side_of(sums, values[i]);
        far[n] = beyond(sums, width, values[i], 2) ? side[n] : 0;
        step[n] =
            n == 0 ? 0 : (values[i] > values[at[n - 1]]) - (values[i] < values[at[n - 1]]);
        at[n++] = i;
    }
    mark_sevens(limits, at, n, side, 0, CHART_SEVEN_SIDE);
    mark_sevens(limits, at, n, step, 1, CHART_SEVEN_TREND);
    mark_two_of_three(limits, at, n, far);
}

/* ---- whole ---- */

static enum err set_values(struct chart_work *work, const struct chart_options *options,
                           struct sums *sums, const char **why)
{
    int64_t *values = arena_alloc(work->arena, work->phase->n * sizeof(*values));
    enum err err = scale_values(work, sums, values, why);
    if (err != ERR_OK) return err;
    sum_values(work, values, sums);
    if (options->screen) sum_values(work, values, sums);
    if (options->limits == CHART_LIMITS_NONE || sums->n == 0) return ERR_OK;
    if (sums->ranges_n == 0) return refuse(why, "limits need two points in the baseline");
    bool textbook = options->limits == CHART_LIMITS_XMR_TEXTBOOK;
    struct width width = {(textbook ? 3000 : 2660) * sums->ranges,
                          (textbook ? 1128 : 1000) * (ratio_int)sums->ranges_n};
    work->out->range = ratio_of(sums->ranges, (ratio_int)sums->ranges_n * sums->scale);
    limits_xmr(work, sums, values, &width);
    return ERR_OK;
}

enum err chart_limits_set(struct chart_work *work, const struct chart_options *options,
                          const char **why)
{
    struct sums sums = {.scale = 1};
    enum err err;
    if (options->limits != CHART_LIMITS_NONE) {
        work->out->limits =
            arena_alloc(work->arena, work->phase->n * sizeof(*work->out->limits));
    }
    if (options->limits == CHART_LIMITS_P) {
        err = sum_counts(work, &sums, why);
    } else {
        err = set_values(work, options, &sums, why);
    }
    if (err == ERR_OK && sums.n == 0) err = refuse(why, "the baseline has no data");
    if (err != ERR_OK) return err;
    work->out->mean = ratio_of(sums.num, sums.den);
    if (options->limits == CHART_LIMITS_P) limits_p(work, &sums);
    return ERR_OK;
}
