/* What is drawn on a chart. */
#include <stdio.h>
#include <string.h>

#include "daemon/report/svg_inner.h"

static double real(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

static const json_t *point_at(const json_t *series, size_t i)
{
    return json_array_get(json_object_get(series, "points"), i);
}

static bool is_state(const json_t *point, const char *state)
{
    return strcmp(svg_str(point, "state"), state) == 0;
}

/* ---- the ground ---- */

/* "Sep" with the year below where it is the first or a new one; of weeks the day and the month.
 */
static void put_period(const struct svg *svg, size_t i, char *year)
{
    const json_t *period = json_array_get(svg_get(svg->chart, "periods"), i);
    const char *label = svg_str(period, "label"), *last = strrchr(label, ' ');
    char head[32];
    size_t n = last == NULL ? strlen(label) : (size_t)(last - label);
    if (n >= sizeof(head)) n = sizeof(head) - 1;
    memcpy(head, label, n);
    head[n] = '\0';
    svg_put_text(svg, svg_x(svg, i), SVG_BOTTOM + 20, "tick", "middle", head, 12);
    if (last != NULL && strcmp(last + 1, year) != 0) {
        (void)snprintf(year, 8, "%.7s", last + 1);
        svg_put_text(svg, svg_x(svg, i), SVG_BOTTOM + 36, "tick year", "middle", year, 8);
    }
}

void svg_put_grid(const struct svg *svg)
{
    const char *suffix = svg_str(svg_get(svg->chart, "measure"), "suffix");
    size_t every = 1;
    char year[8] = "";
    for (int i = 0; i < 12; i++) {
        double value = svg->low + i * svg->step;
        char text[48];
        if (value > svg->high + svg->step / 1000) break;
        (void)snprintf(text, sizeof(text), "%.*f%s", svg->places, value, suffix);
        svg_put(svg, "<path class=\"grid\" d=\"M%d %.1fH%d\"/>\n", SVG_LEFT, svg_y(svg, value),
                SVG_RIGHT);
        svg_put_text(svg, SVG_LEFT - 8, svg_y(svg, value) + 4, "tick", "end", text, 12);
    }
    while ((svg->periods + every - 1) / every > 13)
        every++;
    for (size_t i = 0; i < svg->periods; i += every)
        put_period(svg, i, year);
}

/* ---- phases, medians, limits ---- */

static void put_limits(const struct svg *svg, const json_t *phase, int which)
{
    const json_t *limits = json_object_get(phase, "limits");
    size_t first = svg_int(phase, "first");
    bool on = false;
    if (json_array_size(limits) == 0) return;
    buf_put_str(svg->out, "<path class=\"limit\" d=\"");
    for (size_t i = 0; i < json_array_size(limits); i++) {
        const json_t *pair = json_array_get(limits, i);
        if (!json_is_array(pair)) {
            on = false;
            continue;
        }
        double y = svg_y(svg, json_number_value(json_array_get(pair, (size_t)which)));
        double x = svg_x(svg, first + i), half = svg_x(svg, 1) - svg_x(svg, 0);
        half = svg->periods > 1 ? half / 2 : 20;
        svg_put(svg, "%s%.1f %.1fH%.1f", on ? "L" : "M", x - half, y, x + half);
        on = true;
    }
    buf_put_str(svg->out, "\"/>\n");
}

/* Solid over the periods that it was made of, dashed where it was carried on. */
static void put_median(const struct svg *svg, const json_t *phase)
{
    size_t first = svg_int(phase, "first"), last = svg_int(phase, "last");
    size_t made = json_object_get(phase, "baseline_last") == NULL
                      ? last
                      : svg_int(phase, "baseline_last");
    double y, half = svg->periods > 1 ? (svg_x(svg, 1) - svg_x(svg, 0)) / 2 : 20;
    if (json_object_get(phase, "centre") == NULL) return;
    y = svg_y(svg, real(phase, "centre"));
    svg_put(svg, "<path class=\"median\" d=\"M%.1f %.1fH%.1f\"/>\n", svg_x(svg, first) - half,
            y, svg_x(svg, made) + half);
    if (made < last) {
        svg_put(svg, "<path class=\"median frozen\" d=\"M%.1f %.1fH%.1f\"/>\n",
                svg_x(svg, made) + half, y, svg_x(svg, last) + half);
    }
}

static void put_median_name(const struct svg *svg, const json_t *phase)
{
    size_t first = svg_int(phase, "first"), last = svg_int(phase, "last");
    double y, half = svg->periods > 1 ? (svg_x(svg, 1) - svg_x(svg, 0)) / 2 : 20;
    char text[80];
    if (json_object_get(phase, "centre") == NULL) return;
    y = svg_y(svg, real(phase, "centre"));
    (void)snprintf(text, sizeof(text), "median %s", svg_str(phase, "centre_text"));
    if (last + 1 == svg->periods) {
        svg_put_text(svg, SVG_RIGHT + 10, y + 4, "median-text", "start", text, 20);
    } else {
        svg_put_text(svg, svg_x(svg, first) - half + 4, y - 6, "median-text", "start", text,
                     20);
    }
}

static void put_phase_title(const struct svg *svg, const json_t *phase)
{
    double half = svg->periods > 1 ? (svg_x(svg, 1) - svg_x(svg, 0)) / 2 : 20;
    double x = svg_x(svg, svg_int(phase, "first")) - half;
    const char *title = svg_str(phase, "title");
    const char *cycle = svg_str(json_object_get(phase, "cycle"), "title");
    size_t room = svg->periods == 0 ? 0 : (size_t)((SVG_WIDTH - x) / 7);
    if (!json_is_true(json_object_get(phase, "set"))) return;
    if (svg_int(phase, "first") > 0) {
        svg_put(svg, "<path class=\"phase\" d=\"M%.1f %dV%d\"/>\n", x, SVG_TOP - 14,
                SVG_BOTTOM);
    }
    svg_put_text(svg, x + 6, SVG_TOP - 6, "phase-text", "start", *title == '\0' ? cycle : title,
                 room < 44 ? room : 44);
}

void svg_put_phases(const struct svg *svg)
{
    const json_t *phases = svg_get(svg->chart, "phases");
    const json_t *judged = svg_get(json_array_get(svg->series, 0), "phases");
    const json_t *goal = svg_get(svg_get(svg->chart, "measure"), "goal");
    for (size_t i = 0; i < json_array_size(phases); i++)
        put_phase_title(svg, json_array_get(phases, i));
    for (size_t i = 0; i < json_array_size(judged) && !svg_is_overlay(svg); i++) {
        put_limits(svg, json_array_get(judged, i), 0);
        put_limits(svg, json_array_get(judged, i), 1);
        put_median(svg, json_array_get(judged, i));
    }
    if (json_is_object(goal) && real(goal, "value") >= svg->low &&
        real(goal, "value") <= svg->high) {
        char text[64];
        double y = svg_y(svg, real(goal, "value"));
        (void)snprintf(text, sizeof(text), "goal %s", svg_str(goal, "text"));
        svg_put(svg, "<path class=\"goal\" d=\"M%d %.1fH%d\"/>\n", SVG_LEFT, y, SVG_RIGHT);
        svg_put_text(svg, SVG_LEFT + 6, y - 5, "goal-text", "start", text, 24);
    }
}

/* ---- the numbers ---- */

/* Whether a point is part of a named pattern: a shift or a trend. */
static bool is_marked(const json_t *series, size_t i)
{
    static const char *const lists[] = {"shifts", "trends"};
    const json_t *phases = json_object_get(series, "phases");
    for (size_t p = 0; p < json_array_size(phases); p++) {
        const json_t *phase = json_array_get(phases, p);
        for (size_t l = 0; l < 2; l++) {
            const json_t *spans = json_object_get(phase, lists[l]);
            for (size_t k = 0; k < json_array_size(spans); k++) {
                const json_t *span = json_array_get(spans, k);
                if (i >= svg_int(span, "first") && i <= svg_int(span, "last")) return true;
            }
        }
        const json_t *outside = json_object_get(phase, "outside");
        for (size_t k = 0; k < json_array_size(outside); k++) {
            if ((size_t)json_integer_value(json_array_get(outside, k)) == i) return true;
        }
    }
    return false;
}

/* Whether a phase that somebody set lies between: there the way breaks off. */
static bool is_across(const struct svg *svg, size_t from, size_t to)
{
    const json_t *phases = svg_get(svg->chart, "phases");
    for (size_t i = 0; i < json_array_size(phases); i++) {
        size_t first = svg_int(json_array_get(phases, i), "first");
        if (first > from && first <= to) return true;
    }
    return false;
}

/* The way through the points; over periods without one it is dotted. */
static void put_way(const struct svg *svg, const json_t *series, int colour)
{
    size_t last = 0;
    bool some = false;
    for (int dotted = 0; dotted < 2; dotted++) {
        svg_put(svg, "<path class=\"%s c%d\" d=\"", dotted ? "way over" : "way", colour);
        some = false;
        for (size_t i = 0; i < svg->periods; i++) {
            const json_t *point = point_at(series, i);
            if (!is_state(point, "given")) continue;
            double x = svg_x(svg, i), y = svg_y(svg, real(point, "value"));
            bool across = some && is_across(svg, last, i);
            bool near = some && !across && i == last + 1;
            if (dotted && some && !near && !across) {
                svg_put(svg, "M%.1f %.1fL%.1f %.1f", svg_x(svg, last),
                        svg_y(svg, real(point_at(series, last), "value")), x, y);
            } else if (!dotted) {
                svg_put(svg, "%s%.1f %.1f", near ? "L" : "M", x, y);
            }
            last = i;
            some = true;
        }
        buf_put_str(svg->out, "\"/>\n");
    }
}

static void put_dots(const struct svg *svg, const json_t *series, int colour, double below)
{
    bool small = svg->periods > 60;
    for (size_t i = 0; i < svg->periods; i++) {
        const json_t *point = point_at(series, i);
        double x = svg_x(svg, i);
        if (is_state(point, "given")) {
            bool marked = !svg_is_overlay(svg) && is_marked(series, i);
            svg_put(svg, "<circle class=\"dot c%d%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"%s\"/>\n",
                    colour, marked ? " marked" : "", x, svg_y(svg, real(point, "value")),
                    small    ? "2.2"
                    : marked ? "4.6"
                             : "3.6");
        } else if (is_state(point, "clamped")) {
            svg_put(svg, "<path class=\"band c%d\" d=\"M%.1f %.1fV%.1f\"/>\n", colour, x,
                    svg_y(svg, real(point, "low")), svg_y(svg, real(point, "high")));
        } else if (is_state(point, "suppressed")) {
            svg_put(svg, "<circle class=\"hidden c%d\" cx=\"%.1f\" cy=\"%.1f\" r=\"3\"/>\n",
                    colour, x, SVG_BOTTOM - below);
        }
    }
}

/* Where the names of the lines stand: beside their last points, none on another. */
static void put_names(const struct svg *svg)
{
    double y[64];
    size_t n = json_array_size(svg->series), order[64], shown = 0;
    if (n > 64) n = 64;
    for (size_t k = 0; k < n; k++) {
        const json_t *series = json_array_get(svg->series, k);
        size_t i = svg->periods;
        while (i > 0 && !is_state(point_at(series, i - 1), "given"))
            i--;
        y[k] = i == 0 ? SVG_BOTTOM : svg_y(svg, real(point_at(series, i - 1), "value"));
        size_t at = shown++;
        for (; at > 0 && y[order[at - 1]] > y[k]; at--)
            order[at] = order[at - 1];
        order[at] = k;
    }
    for (size_t i = 1; i < shown; i++) {
        if (y[order[i]] < y[order[i - 1]] + 16) y[order[i]] = y[order[i - 1]] + 16;
    }
    for (size_t i = 0; i < shown; i++) {
        const json_t *series = json_array_get(svg->series, order[i]);
        char css[32];
        (void)snprintf(css, sizeof(css), "name n%d", (int)(order[i] % SVG_COLOURS));
        svg_put_text(svg, SVG_RIGHT + 10, y[order[i]] + 4, css, "start",
                     svg_str(series, "label"), 17);
    }
}

void svg_put_series(const struct svg *svg)
{
    size_t n = json_array_size(svg->series);
    for (size_t k = n; k-- > 0;) {
        const json_t *series = json_array_get(svg->series, k);
        int colour = (int)(k % SVG_COLOURS);
        put_way(svg, series, colour);
        put_dots(svg, series, colour, 8 + 8 * (double)(k % 6));
    }
    if (svg_is_overlay(svg)) put_names(svg);
}

/* Names of medians; numbers above the points that somebody said something of, whose words stand
 * below. */
void svg_put_marks(const struct svg *svg)
{
    const json_t *list = svg_get(svg->chart, "annotations");
    const json_t *judged = svg_get(json_array_get(svg->series, 0), "phases");
    for (size_t i = 0; i < json_array_size(judged) && !svg_is_overlay(svg); i++)
        put_median_name(svg, json_array_get(judged, i));
    for (size_t i = 0; i < json_array_size(list) && i < 12; i++) {
        const json_t *item = json_array_get(list, i);
        size_t at = svg_int(item, "at");
        double y = SVG_TOP + 12;
        char text[8];
        for (size_t k = 0; k < json_array_size(svg->series); k++) {
            const json_t *series = json_array_get(svg->series, k);
            if (strcmp(svg_str(series, "group"), svg_str(item, "group")) != 0) continue;
            if (is_state(point_at(series, at), "given")) {
                y = svg_y(svg, real(point_at(series, at), "value")) - 20;
            }
        }
        if (y < SVG_TOP - 2) y += 40;
        (void)snprintf(text, sizeof(text), "%zu", i + 1);
        svg_put(svg, "<circle class=\"mark\" cx=\"%.1f\" cy=\"%.1f\" r=\"8\"/>\n",
                svg_x(svg, at), y);
        svg_put_text(svg, svg_x(svg, at), y + 3.6, "mark-text", "middle", text, 3);
    }
}

/* ---- the gap between groups, as bars of its own ---- */

void svg_put_gap(struct svg *svg)
{
    const json_t *list = svg_get(svg->chart, "gap"), *last = NULL;
    double most = 0, base = svg->y + SVG_GAP_HEIGHT;
    double width = svg->periods > 1 ? (svg_x(svg, 1) - svg_x(svg, 0)) * 0.6 : 20;
    char text[220];
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *gap = json_array_get(list, i);
        if (!json_is_object(gap)) continue;
        if (real(gap, "value") > most) most = real(gap, "value");
        last = gap;
    }
    if (last == NULL || most <= 0) return;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *gap = json_array_get(list, i);
        if (!json_is_object(gap)) continue;
        double height = SVG_GAP_HEIGHT * real(gap, "value") / most;
        svg_put(svg,
                "<rect class=\"gap\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>\n",
                svg_x(svg, i) - width / 2, base - height, width, height);
    }
    svg_put_text(svg, SVG_LEFT - 8, base - 2, "tick", "end", "gap", 8);
    (void)snprintf(text, sizeof(text), "last %s", svg_str(last, "text"));
    svg_put_text(svg, SVG_RIGHT + 10, base - 2, "muted", "start", text, 20);
    svg->y = base + 24;
    (void)snprintf(text, sizeof(text), "Gap at last: %s, %s over %s.", svg_str(last, "text"),
                   svg_str(last, "high"), svg_str(last, "low"));
    svg_put_paragraph(svg, "said", text);
}
