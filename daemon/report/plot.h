/*
 * plot.h: a measure as a run chart: its numbers in order, judged by daemon/measure/chart.h.
 * What the terminal, the drawing (svg.h) and a page show; they add nothing. README.md has the
 * shape.
 */
#ifndef REPORT_PLOT_H
#define REPORT_PLOT_H

#include "daemon/report/measure.h"

struct plot_options {
    /* Whose: "me", a school (id, beginning, name), "all" (every school whose points are read
     * here, together), "network" (what schools publish). NULL: this school where it has points,
     * else the network. */
    const char *of;
    const char *const *groups; /* ends with NULL; NULL: all students, or what there is */
    bool every_group;
    const char *from, *until; /* periods as people write them; NULL: no bound */
    bool limits;
};

/* Appends the chart as JSON. NOT_FOUND, INVALID: *out holds {"error": sentence}. */
MUST_USE enum err plot_make(struct view_reader *reader, const char *id,
                            const struct plot_options *options, struct buf *out);

#endif
