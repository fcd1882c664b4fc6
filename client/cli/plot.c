#include "client/cli/plot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/cli/api.h"
#include "client/cli/line.h"

enum {
    ROWS = 15,
    LABEL = 8,    /* columns for the values at the left */
    NAME = 14,    /* for what is written at the right */
    STEP_MAX = 6, /* columns a period takes at most */
    TICKS = 4     /* labels at the left, about */
};

/* What stands in a cell; later ones cover earlier ones. */
enum mark {
    BLANK,
    GRID,
    PHASE,
    LIMIT,
    GOAL,
    MEDIAN,
    CARRIED,
    WAY,
    BAND,
    HIDDEN,
    POINT,
    MARKED = POINT + 7,
    MARKS
};

static const char *const unicode[MARKS] = {" ", "·", "┊", "┄", "╌", "─", "╌", "·", "│",
                                           "s", "●", "▲", "■", "◆", "▼", "○", "+", "◉"};
static const char *const plain[MARKS] = {" ", ".", ":", "-", "~", "-", "-", ".", "|",
                                         "s", "o", "x", "#", "*", "v", "@", "+", "O"};
static const enum term_style styles[MARKS] = {
    TERM_PLAIN, TERM_DIM, TERM_DIM,  TERM_DIM,   TERM_GOOD,  TERM_DIM,
    TERM_DIM,   TERM_DIM, TERM_DIM,  TERM_DIM,   TERM_MARK,  TERM_WARN,
    TERM_GOOD,  TERM_BAD, TERM_BOLD, TERM_PLAIN, TERM_PLAIN, TERM_WARN};

struct plot {
    struct cli *cli;
    const json_t *chart, *series;
    const char *const *marks;
    size_t periods, first, shown; /* the last that fit are shown */
    size_t width;                 /* columns of the plot */
    double low, high, step;       /* of the values; a label each step */
    enum mark *cells;             /* ROWS × width */
};

bool plot_is_ascii(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < 3; i++) {
        const char *value = getenv(names[i]);
        if (value == NULL || *value == '\0') continue;
        return strcasestr(value, "utf-8") == NULL && strcasestr(value, "utf8") == NULL;
    }
    return false;
}

static double number(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

static bool has(const json_t *object, const char *key)
{
    return json_is_number(json_object_get(object, key));
}

static const json_t *point_at(const json_t *series, size_t i)
{
    return json_array_get(json_object_get(series, "points"), i);
}

static bool is_state(const json_t *point, const char *state)
{
    return strcmp(api_str(point, "state"), state) == 0;
}

/* ---- the scale ---- */

static void reach(struct plot *plot, bool *some, double value)
{
    if (!*some || value < plot->low) plot->low = value;
    if (!*some || value > plot->high) plot->high = value;
    *some = true;
}

static void scale(struct plot *plot)
{
    bool some = false;
    const json_t *series, *phase;
    size_t k, p;
    json_array_foreach((json_t *)(uintptr_t)plot->series, k, series)
    {
        for (size_t i = plot->first; i < plot->periods; i++) {
            const json_t *point = point_at(series, i);
            if (has(point, "value")) reach(plot, &some, number(point, "value"));
            if (has(point, "low")) reach(plot, &some, number(point, "low"));
            if (has(point, "high")) reach(plot, &some, number(point, "high"));
        }
        json_array_foreach(json_object_get(series, "phases"), p, phase)
        {
            bool last = (size_t)api_int(phase, "last") >= plot->first;
            if (last && has(phase, "centre")) reach(plot, &some, number(phase, "centre"));
        }
    }
    const json_t *goal = json_object_get(json_object_get(plot->chart, "measure"), "goal");
    if (some && has(goal, "value")) reach(plot, &some, number(goal, "value"));
    if (!some) plot->high = 1;
    double span = plot->high - plot->low, step = 1e-6, low = plot->low, high = plot->high;
    static const double factors[] = {2, 2.5, 2};
    if (span <= 0) span = high == 0 ? 1 : high < 0 ? -high : high;
    for (int i = 0; step * TICKS < span * 1.1; i++)
        step *= factors[i % 3];
    plot->step = step;
    plot->low = (double)(long long)(low / step) * step;
    if (plot->low > low) plot->low -= step;
    for (plot->high = plot->low + step; plot->high < high; plot->high += step)
        continue;
}

static size_t row_of(const struct plot *plot, double value)
{
    double at = (plot->high - value) / (plot->high - plot->low) * (ROWS - 1);
    return at <= 0 ? 0 : at >= ROWS - 1 ? ROWS - 1 : (size_t)(at + 0.5);
}

/* Where the room of a period begins, and where its point stands. */
static size_t edge_of(const struct plot *plot, size_t period)
{
    return (period - plot->first) * plot->width / plot->shown;
}

static size_t column_of(const struct plot *plot, size_t period)
{
    return (2 * (period - plot->first) + 1) * plot->width / (2 * plot->shown);
}

static void put(struct plot *plot, size_t row, size_t column, enum mark mark)
{
    if (column >= plot->width) return;
    enum mark *cell = &plot->cells[row * plot->width + column];
    if (mark > *cell) *cell = mark;
}

/* ---- lines ---- */

static void put_level(struct plot *plot, double value, size_t from, size_t to, enum mark mark)
{
    if (value < plot->low || value > plot->high || to < plot->first) return;
    if (from < plot->first) from = plot->first;
    for (size_t c = edge_of(plot, from); c < edge_of(plot, to + 1); c++) {
        put(plot, row_of(plot, value), c, mark);
    }
}

static void put_phases(struct plot *plot)
{
    const json_t *judged = json_object_get(json_array_get(plot->series, 0), "phases"), *phase;
    size_t i;
    json_array_foreach(api_list(plot->chart, "phases"), i, phase)
    {
        size_t first = (size_t)api_int(phase, "first");
        if (!api_bool(phase, "set") || first <= plot->first) continue;
        for (size_t row = 0; row < ROWS; row++)
            put(plot, row, edge_of(plot, first), PHASE);
    }
    if (json_array_size(plot->series) > 1) return;
    json_array_foreach((json_t *)(uintptr_t)judged, i, phase)
    {
        size_t first = (size_t)api_int(phase, "first"), last = (size_t)api_int(phase, "last");
        size_t made =
            has(phase, "baseline_last") ? (size_t)api_int(phase, "baseline_last") : last;
        const json_t *limits = json_object_get(phase, "limits"), *pair;
        size_t k;
        if (!has(phase, "centre")) continue;
        put_level(plot, number(phase, "centre"), first, made, MEDIAN);
        if (made < last) put_level(plot, number(phase, "centre"), made + 1, last, CARRIED);
        json_array_foreach((json_t *)(uintptr_t)limits, k, pair)
        {
            for (size_t end = 0; end < 2 && json_is_array(pair); end++) {
                double value = json_number_value(json_array_get(pair, end));
                put_level(plot, value, first + k, first + k, LIMIT);
            }
        }
    }
}

/* Dots on the way from one point to the next. */
static void put_way(struct plot *plot, size_t from, double a, size_t to, double b)
{
    size_t x0 = column_of(plot, from), x1 = column_of(plot, to);
    for (size_t x = x0 + 1; x < x1; x++) {
        double share = (double)(x - x0) / (double)(x1 - x0);
        put(plot, row_of(plot, a + (b - a) * share), x, WAY);
    }
}

static bool in_span(const json_t *spans, size_t i)
{
    const json_t *span;
    size_t k;
    json_array_foreach((json_t *)(uintptr_t)spans, k, span)
    {
        if ((int64_t)i >= api_int(span, "first") && (int64_t)i <= api_int(span, "last")) {
            return true;
        }
    }
    return false;
}

/* A point of a shift, of a trend, or outside of the limits. */
static bool is_marked(const json_t *series, size_t i)
{
    const json_t *phase, *place;
    size_t p, k;
    json_array_foreach(json_object_get(series, "phases"), p, phase)
    {
        if (in_span(json_object_get(phase, "shifts"), i) ||
            in_span(json_object_get(phase, "trends"), i)) {
            return true;
        }
        json_array_foreach(json_object_get(phase, "outside"), k, place)
        {
            if ((size_t)json_integer_value(place) == i) return true;
        }
    }
    return false;
}

static bool phase_between(const struct plot *plot, size_t from, size_t to)
{
    const json_t *phase;
    size_t i;
    json_array_foreach(api_list(plot->chart, "phases"), i, phase)
    {
        size_t first = (size_t)api_int(phase, "first");
        if (first > from && first <= to) return true;
    }
    return false;
}

static void put_series(struct plot *plot, const json_t *series, size_t k)
{
    bool some = false, alone = json_array_size(plot->series) == 1;
    size_t last = 0;
    for (size_t i = plot->first; i < plot->periods; i++) {
        const json_t *point = point_at(series, i);
        size_t x = column_of(plot, i);
        if (is_state(point, "suppressed")) put(plot, ROWS - 1, x, HIDDEN);
        if (is_state(point, "clamped")) {
            size_t bottom = row_of(plot, number(point, "low"));
            for (size_t row = row_of(plot, number(point, "high")); row <= bottom; row++)
                put(plot, row, x, BAND);
        }
        if (!is_state(point, "given")) continue;
        double value = number(point, "value");
        if (some && !phase_between(plot, last, i)) {
            put_way(plot, last, number(point_at(series, last), "value"), i, value);
        }
        enum mark mark = (enum mark)(POINT + k % 7);
        put(plot, row_of(plot, value), x, alone && is_marked(series, i) ? MARKED : mark);
        last = i;
        some = true;
    }
}

/* ---- writing it ---- */

static void add_mark(const struct plot *plot, enum mark mark)
{
    term_add(&plot->cli->out, styles[mark], plot->marks[mark]);
}

/* "median 43.4" or a group's name, at the row where its line ends; "" for none. */
static const char *right_of(const struct plot *plot, size_t row, char *out, size_t n)
{
    const json_t *series = json_array_get(plot->series, 0), *phases, *phase;
    phases = json_object_get(series, "phases");
    phase = json_array_get(phases, json_array_size(phases) - 1);
    const json_t *goal = json_object_get(json_object_get(plot->chart, "measure"), "goal");
    *out = '\0';
    if (has(goal, "value") && row_of(plot, number(goal, "value")) == row) {
        (void)snprintf(out, n, "goal %s", api_str(goal, "text"));
    }
    if (json_array_size(plot->series) == 1 && has(phase, "centre") &&
        row_of(plot, number(phase, "centre")) == row) {
        (void)snprintf(out, n, "median %s", api_str(phase, "centre_text"));
    }
    return out;
}

static void write_row(const struct plot *plot, size_t row)
{
    struct term *out = &plot->cli->out;
    char text[64], label[32] = "";
    const char *suffix = api_str(json_object_get(plot->chart, "measure"), "suffix");
    for (double value = plot->low; value <= plot->high + plot->step / 2; value += plot->step) {
        if (row_of(plot, value) != row) continue;
        (void)snprintf(label, sizeof(label), plot->step >= 0.999 ? "%.0f%s" : "%.2f%s", value,
                       suffix);
    }
    term_addf(out, TERM_DIM, "%*.*s ", LABEL - 1, LABEL - 1, label);
    size_t used = plot->width;
    const char *right = right_of(plot, row, text, sizeof(text));
    while (used > 0 && *right == '\0' && plot->cells[row * plot->width + used - 1] == BLANK)
        used--;
    for (size_t c = 0; c < used; c++)
        add_mark(plot, plot->cells[row * plot->width + c]);
    if (*right != '\0') term_addf(out, TERM_DIM, " %s", right);
    term_end(out, 0, 0);
}

/* A line of words at columns of their own, none on another. */
struct strip {
    struct buf text;
    size_t at;
};

static void strip_put(struct strip *strip, size_t column, const char *text, size_t room)
{
    struct buf safe = {0};
    if (strip->at > 0 && column < strip->at + 1) return;
    line_put_one(&safe, text, strlen(text));
    size_t n = line_fit((const char *)safe.data, safe.len, room);
    while (strip->at < column) {
        buf_put_u8(&strip->text, ' ');
        strip->at++;
    }
    buf_put(&strip->text, safe.data, n);
    strip->at += line_width((const char *)safe.data, n);
    buf_fini(&safe);
}

static void strip_end(struct strip *strip, struct term *out)
{
    if (strip->at > 0) {
        buf_put_u8(&strip->text, 0);
        term_addf(out, TERM_DIM, "%*s%s", LABEL, "", (const char *)strip->text.data);
        term_end(out, 0, 0);
    }
    buf_fini(&strip->text);
}

/* Labels under the axis, as many as stand apart; years where they change. */
static void write_labels(const struct plot *plot, bool years)
{
    struct strip strip = {0};
    char text[32], year[16] = "";
    for (size_t i = plot->first; i < plot->periods; i++) {
        const char *label =
            api_str(json_array_get(api_list(plot->chart, "periods"), i), "label");
        const char *last = strrchr(label, ' ');
        if (years) {
            if (last == NULL || strcmp(last + 1, year) == 0) continue;
            (void)snprintf(year, sizeof(year), "%.15s", last + 1);
            (void)snprintf(text, sizeof(text), "%s", year);
        } else {
            (void)snprintf(text, sizeof(text), "%.*s", last == NULL ? 24 : (int)(last - label),
                           label);
        }
        size_t column = column_of(plot, i), half = strlen(text) / 2;
        strip_put(&strip, column > half ? column - half : 0, text, 24);
    }
    strip_end(&strip, &plot->cli->out);
}

/* Where phases begin, by their titles, each cut where the next begins. */
static void write_phases(const struct plot *plot)
{
    const json_t *phases = api_list(plot->chart, "phases"), *phase;
    struct strip strip = {0};
    size_t i;
    json_array_foreach((json_t *)(uintptr_t)phases, i, phase)
    {
        size_t first = (size_t)api_int(phase, "first"), last = (size_t)api_int(phase, "last");
        if (!api_bool(phase, "set") || last < plot->first) continue;
        if (first < plot->first) first = plot->first;
        size_t room = edge_of(plot, last + 1) - edge_of(plot, first);
        strip_put(&strip, edge_of(plot, first), api_str(phase, "title"),
                  last + 1 == plot->periods ? room + NAME
                  : room > 1                ? room - 1
                                            : 1);
    }
    strip_end(&strip, &plot->cli->out);
}

static void write_legend(const struct plot *plot)
{
    const json_t *series;
    size_t k;
    struct term *out = &plot->cli->out;
    if (json_array_size(plot->series) < 2) return;
    term_addf(out, TERM_PLAIN, "%*s", LABEL, "");
    json_array_foreach((json_t *)(uintptr_t)plot->series, k, series)
    {
        enum mark mark = (enum mark)(POINT + k % 7);
        if (k > 0) term_add(out, TERM_PLAIN, "   ");
        add_mark(plot, mark);
        term_addf(out, TERM_PLAIN, " %s", api_str(series, "label"));
    }
    term_end(out, 0, LABEL);
}

static void write_title(const struct plot *plot)
{
    struct term *out = &plot->cli->out;
    const json_t *measure = json_object_get(plot->chart, "measure");
    const json_t *of = json_object_get(plot->chart, "of");
    const char *what = api_str(of, "what");
    term_add(out, TERM_BOLD, api_str(measure, "name"));
    if (strcmp(what, "network") == 0) {
        term_addf(out, TERM_DIM, "  the network, from what %lld schools publish",
                  (long long)api_int(of, "schools"));
    } else if (strcmp(what, "all") == 0) {
        term_add(out, TERM_DIM, "  all schools whose points are read here");
    } else {
        term_addf(out, TERM_DIM, "  %s%s", api_name(of, "school"),
                  strcmp(api_str(of, "source"), "releases") == 0 ? ", as it publishes" : "");
    }
    term_end(out, 0, 2);
}

void plot_draw(struct cli *cli, const json_t *chart, bool ascii)
{
    struct plot plot = {.cli = cli, .chart = chart, .series = api_list(chart, "series")};
    const json_t *series;
    size_t k, room = cli->out.width - LABEL - NAME;
    plot.marks = ascii ? plain : unicode;
    plot.periods = json_array_size(api_list(chart, "periods"));
    write_title(&plot);
    if (plot.periods == 0 || json_array_size(plot.series) == 0) return;
    plot.shown = plot.periods < room ? plot.periods : room;
    plot.first = plot.periods - plot.shown;
    plot.width = plot.shown * STEP_MAX < room ? plot.shown * STEP_MAX : room;
    plot.cells = mem_zalloc(ROWS * plot.width * sizeof(*plot.cells));
    scale(&plot);
    const json_t *goal = json_object_get(json_object_get(chart, "measure"), "goal");
    put_phases(&plot);
    if (has(goal, "value")) {
        put_level(&plot, number(goal, "value"), plot.first, plot.periods - 1, GOAL);
    }
    json_array_foreach((json_t *)(uintptr_t)plot.series, k, series)
        put_series(&plot, series, k);
    term_gap(&cli->out);
    write_phases(&plot);
    for (size_t row = 0; row < ROWS; row++)
        write_row(&plot, row);
    write_labels(&plot, false);
    write_labels(&plot, true);
    write_legend(&plot);
    free(plot.cells);
}
