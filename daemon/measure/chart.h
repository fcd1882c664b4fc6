/*
 * chart.h: the rules of a run chart, as functions over a series. Pure and exact.
 *
 * A series is a list of periods in order, each with a value or without one. A period without
 * data is not zero, not a point, and breaks neither a run nor a trend. A phase is a stretch of
 * periods that a person set; its centre line stands on the first `baseline` periods of it and
 * stays there, whatever comes after: nothing re-bases by itself. Each phase is judged alone.
 *
 * Rules, by name, in `chart_rules`:
 *   useful    a point that is not on the centre line
 *   anhoej    a signal: the longest run of useful points on one side is over round(log2(n) +
 * 3), or the centre line is crossed less often than the 5 % point of Binomial(n - 1, 1/2), n
 * the useful points ihi       named beside it: a shift, 6 or more useful points in a row on one
 * side; a trend, 5 or more points all going up or all down, a point equal to the one before it
 * skipped; too few or too many runs (critical.h) limits    p: p̄ ± 3 √(p̄ (1 - p̄) / n), clamped
 * to 0 … 1; xmr: mean ± 2.66 (or 3 / 1.128) times the mean of the moving ranges Under
 * CHART_USEFUL_MIN useful points nothing is judged: keep plotting.
 */
#ifndef MEASURE_CHART_H
#define MEASURE_CHART_H

#include <stddef.h>

#include "daemon/measure/critical.h"
#include "daemon/measure/ratio.h"
#include "proto/base/mem.h"

enum chart_bounds {
    CHART_POINTS_MAX = CRITICAL_POINTS_MAX, /* weeks of nineteen years */
    CHART_USEFUL_MIN = 10,                  /* under it chance makes any pattern */
    CHART_SHIFT = 6,
    CHART_TREND = 5,
    CHART_COUNT_MAX = 100000000, /* with a p chart: students in one period; squares still fit */
};

struct chart_point {
    bool given;
    bool excluded; /* a person took it out of centre line and limits; it is judged all the same
                    */
    int64_t num;   /* the value is num / den; with a p chart they are the two counts */
    int64_t den;   /* over 0 */
};

/* X(NAME, "name") */
#define CHART_CENTRES(X) \
    X(MEDIAN, "median")  \
    X(MEAN, "mean") /* of p charts: all numerators over all denominators */
#define CHART_LIMITS(X)                        \
    X(NONE, "none")                            \
    X(P, "p")                                  \
    X(XMR, "xmr")                   /* 2.66 */ \
    X(XMR_TEXTBOOK, "xmr-textbook") /* 3 / 1.128 */

enum chart_centre {
#define X(NAME, name) CHART_##NAME,
    CHART_CENTRES(X)
#undef X
        CHART_CENTRE_COUNT
};
enum chart_limits {
#define X(NAME, name) CHART_LIMITS_##NAME,
    CHART_LIMITS(X)
#undef X
        CHART_LIMITS_COUNT
};

struct chart_options {
    enum chart_centre
        centre; /* what runs are judged about; limits stand about their own mean */
    enum chart_limits limits;
    bool screen; /* xmr: moving ranges over 3.267 times their mean are left out, once */
};

/* Periods first … first + n - 1. */
struct chart_phase {
    size_t first;
    size_t n;
    size_t baseline; /* the first so many periods; 0: all of them */
};

/* A pattern: the first and the last of its points, and how many it has. */
struct chart_span {
    size_t first;
    size_t last;
    size_t length;
    bool up; /* above the centre line; going up */
};

/* What is outside or close to the limits: bits of chart_limit.causes. */
enum chart_cause {
    CHART_OUTSIDE = 1,
    CHART_SEVEN_SIDE = 2,   /* one of seven or more in a row on one side of the mean */
    CHART_SEVEN_TREND = 4,  /* one of seven or more in a row going one way */
    CHART_TWO_OF_THREE = 8, /* one of two of three beyond two thirds of the way, on one side */
};

struct chart_limit {
    bool given;
    double lower, upper; /* for drawing; what is outside was decided exactly */
    unsigned causes;
};

struct chart_result {
    size_t n;        /* points given in the phase */
    size_t baseline; /* points that the centre line stands on */
    struct ratio centre;

    size_t useful;
    bool judged; /* false: keep plotting, and all below up to `trends` is zero */
    size_t longest, longest_max;
    size_t crossings, crossings_min;
    bool signal_longest, signal_crossings;
    size_t runs, runs_min, runs_max;
    struct chart_span *shifts, *trends;
    size_t shifts_n, trends_n;

    /* With limits. */
    struct ratio mean, range;   /* range: the mean of the moving ranges (xmr) */
    struct chart_limit *limits; /* one a period of the phase; NULL without limits */
};

/* "anhoej", what a chart prints beside its n. */
extern const char *const chart_rules;

/*
 * Judges one phase of a series. Lists of the result lie in the arena; places in them count from
 * the start of the series. INVALID, and *why says what to mend: a phase outside of the series,
 * too many points, a baseline without any, a number too large, counts that a p chart cannot
 * have, values with too many digits for an xmr chart.
 */
MUST_USE enum err chart_judge(const struct chart_point *series, size_t n,
                              const struct chart_phase *phase,
                              const struct chart_options *options, struct arena *arena,
                              struct chart_result *out, const char **why);

#endif
