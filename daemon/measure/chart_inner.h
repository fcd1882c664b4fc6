/* What chart.c and chart_limits.c share. */
#ifndef MEASURE_CHART_INNER_H
#define MEASURE_CHART_INNER_H

#include "daemon/measure/chart.h"

struct chart_work {
    const struct chart_point *points; /* of the phase: the first is at phase->first */
    const struct chart_phase *phase;
    struct arena *arena;
    struct chart_result *out;
};

/* The mean of the baseline, and with limits: where they lie and what they show. */
MUST_USE enum err chart_limits_set(struct chart_work *work, const struct chart_options *options,
                                   const char **why);

#endif
