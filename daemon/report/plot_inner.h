/* What plot.c (whose numbers, which periods, which phases) and plot_json.c (what is said of
 * them) share. */
#ifndef REPORT_PLOT_INNER_H
#define REPORT_PLOT_INNER_H

#include "daemon/measure/chart.h"
#include "daemon/report/plot.h"
#include "daemon/report/release.h"

/* A place on the chart; number NULL: nothing was given for it. */
struct plot_place {
    const struct measure_number *number;
    size_t schools, hidden; /* of a network */
};

struct plot_series {
    const char *group;
    struct plot_place *places; /* one a period */
};

/* A stretch that a person set. */
struct plot_phase {
    const char *starts, *until; /* until: where its baseline ends; "" */
    const char *title, *why, *cycle, *record;
    size_t first, n, baseline; /* places; baseline as in chart.h */
    bool set;                  /* by a person; the first one may be there without */
};

enum { PLOT_SERIES_MAX = 65 }; /* all students, and 64 groups */

struct plot {
    struct view_reader *reader;
    struct measure measure;
    struct arena arena;
    const struct plot_options *options;
    const char *what; /* "me", "school", "all", "network" */
    struct school_id school;
    const char *source; /* "points", "releases" */
    struct measure_numbers numbers;
    struct release_sums sums;
    const char **periods;
    size_t periods_n;
    struct plot_series *series;
    size_t series_n;
    struct plot_phase *phases;
    size_t phases_n;
    json_t *notes;
};

/* Members of an object; takes the value. */
void plot_set(json_t *object, const char *key, json_t *value);
void plot_set_number(json_t *object, const char *key, size_t number);
/* A value twice: as a number to draw, and as the text to read ("text", "centre_text"). */
void plot_set_value(const struct plot *plot, json_t *object, const char *key,
                    struct ratio value);
char *plot_value_text(const struct measure *measure, struct ratio value,
                      char out[RATIO_TEXT_BYTES]);

/* ---- plot_judge.c ---- */

/* One phase of a series, judged, into `out`. points: one a period. INVALID with *why. */
MUST_USE enum err plot_phase_json(const struct plot *plot, const struct plot_series *series,
                                  const struct plot_phase *from,
                                  const struct chart_point *points, json_t *out,
                                  const char **why);

/* ---- plot_json.c ---- */

/* The whole as JSON. INVALID with *why when a series cannot be judged. */
MUST_USE enum err plot_json(struct plot *plot, json_t **out, const char **why);

#endif
