/* What the rules say of a series, in numbers and in sentences. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "daemon/report/plot_inner.h"

enum { SENTENCE_BYTES = 320 };

void plot_set(json_t *object, const char *key, json_t *value)
{
    json_object_set_new(object, key, value);
}

void plot_set_number(json_t *object, const char *key, size_t number)
{
    plot_set(object, key, json_integer((json_int_t)number));
}

/* As the unit is read: shares to a tenth, what was typed with two places at most. */
char *plot_value_text(const struct measure *measure, struct ratio value,
                      char out[RATIO_TEXT_BYTES])
{
    if (measure->unit == MEASURE_PERCENT || measure->unit == MEASURE_RATE) {
        return ratio_rounded(out, value, 1);
    }
    (void)ratio_text(out, value);
    const char *point = strchr(out, '.');
    if (strchr(out, '/') != NULL || (point != NULL && strlen(point) > 3)) {
        (void)ratio_rounded(out, value, 2);
    }
    return out;
}

void plot_set_value(const struct plot *plot, json_t *object, const char *key,
                    struct ratio value)
{
    char text[RATIO_TEXT_BYTES], name[64];
    plot_set(object, key, json_real(ratio_value(value)));
    (void)snprintf(name, sizeof(name), "%s%stext", key, strcmp(key, "value") == 0 ? "" : "_");
    plot_set(object, strcmp(key, "value") == 0 ? "text" : name,
             json_string(plot_value_text(&plot->measure, value, text)));
}

__attribute__((format(printf, 2, 3))) static void say(json_t *list, const char *format, ...)
{
    char text[SENTENCE_BYTES];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    json_array_append_new(list, json_string(text));
}

static const char *label_of(const struct plot *plot, size_t place, char out[PERIOD_LABEL_BYTES])
{
    return period_label(plot->measure.period, plot->periods[place], out);
}

static void say_pattern(const struct plot *plot, json_t *list, const char *what,
                        const struct chart_span *span, const char *where)
{
    char from[PERIOD_LABEL_BYTES], to[PERIOD_LABEL_BYTES];
    say(list, "%s (IHI): %zu points %s, %s to %s.", what, span->length, where,
        label_of(plot, span->first, from), label_of(plot, span->last, to));
}

static void say_centre(const struct plot *plot, json_t *list, const struct chart_result *result,
                       bool frozen)
{
    char text[RATIO_TEXT_BYTES];
    const char *suffix = plot->measure.unit == MEASURE_PERCENT ? " %" : "";
    (void)plot_value_text(&plot->measure, result->centre, text);
    if (frozen) {
        say(list, "Median %s%s, of the baseline's %zu point%s; it stays there.", text, suffix,
            result->baseline, result->baseline == 1 ? "" : "s");
    } else {
        say(list, "Median %s%s, of all %zu point%s; no baseline was chosen.", text, suffix,
            result->baseline, result->baseline == 1 ? "" : "s");
    }
}

static void say_verdict(json_t *list, const struct chart_result *result)
{
    if (!result->judged) {
        say(list, "Keep plotting: %zu useful points so far; %d can be judged.", result->useful,
            CHART_USEFUL_MIN);
        return;
    }
    if (result->signal_longest) {
        say(list,
            "Signal: %zu points in a row on one side of the median; chance makes %zu at most.",
            result->longest, result->longest_max);
    }
    if (result->signal_crossings) {
        say(list, "Signal: the median is crossed %zu times; chance makes %zu at least.",
            result->crossings, result->crossings_min);
    }
    if (!result->signal_longest && !result->signal_crossings) {
        say(list,
            "No signal: the longest run has %zu points (chance makes up to %zu), the median "
            "is crossed %zu times (chance makes %zu at least).",
            result->longest, result->longest_max, result->crossings, result->crossings_min);
    }
}

static json_t *spans_json(const struct chart_span *list, size_t n, const char *up,
                          const char *down)
{
    json_t *out = json_array();
    for (size_t i = 0; i < n; i++) {
        json_array_append_new(
            out, json_pack("{s:s, s:I, s:I, s:I}", "way", list[i].up ? up : down, "length",
                           (json_int_t)list[i].length, "first", (json_int_t)list[i].first,
                           "last", (json_int_t)list[i].last));
    }
    return out;
}

static void put_judgement(const struct plot *plot, json_t *out,
                          const struct chart_result *result)
{
    json_t *list = json_object_get(out, "say");
    bool signal = result->signal_longest || result->signal_crossings;
    plot_set(out, "verdict",
             json_string(!result->judged ? "keep plotting"
                         : signal        ? "signal"
                                         : "no signal"));
    say_verdict(list, result);
    if (!result->judged) return;
    plot_set_number(out, "longest_run", result->longest);
    plot_set_number(out, "longest_run_max", result->longest_max);
    plot_set_number(out, "crossings", result->crossings);
    plot_set_number(out, "crossings_min", result->crossings_min);
    plot_set(out, "shifts", spans_json(result->shifts, result->shifts_n, "above", "below"));
    plot_set(out, "trends", spans_json(result->trends, result->trends_n, "up", "down"));
    for (size_t i = 0; i < result->shifts_n; i++) {
        say_pattern(plot, list, "Shift", &result->shifts[i],
                    result->shifts[i].up ? "above the median" : "below the median");
    }
    for (size_t i = 0; i < result->trends_n; i++) {
        say_pattern(plot, list, "Trend", &result->trends[i],
                    result->trends[i].up ? "going up" : "going down");
    }
}

/* The first few by name, and how many more. */
static void say_outside(const struct plot *plot, json_t *list, const json_t *outside)
{
    char text[SENTENCE_BYTES] = "Outside of the limits:", label[PERIOD_LABEL_BYTES];
    size_t n = json_array_size(outside), shown = n > 6 ? 5 : n;
    for (size_t i = 0; i < shown; i++) {
        size_t at = strlen(text);
        (void)snprintf(
            text + at, sizeof(text) - at, "%s %s", i == 0 ? "" : ",",
            label_of(plot, (size_t)json_integer_value(json_array_get(outside, i)), label));
    }
    if (n > shown) {
        size_t at = strlen(text);
        (void)snprintf(text + at, sizeof(text) - at, " and %zu more", n - shown);
    }
    if (n > 0) say(list, "%s.", text);
}

/* Limits stand about their own mean: of shares by their counts, else of the values. */
static enum err put_limits(const struct plot *plot, const struct plot_series *series,
                           const struct chart_phase *phase, const struct chart_point *values,
                           json_t *out, const char **why)
{
    struct arena *arena = (struct arena *)(uintptr_t)&plot->arena;
    struct chart_point *points = arena_dup(arena, values, plot->periods_n * sizeof(*points));
    struct chart_options options = {.limits = CHART_LIMITS_XMR};
    struct chart_result result;
    double scale = 1;
    bool share = plot->measure.unit == MEASURE_PERCENT || plot->measure.unit == MEASURE_RATE;
    for (size_t i = 0; share && i < plot->periods_n; i++) {
        const struct measure_number *number = series->places[i].number;
        if (!points[i].given) continue;
        if (!number->counted) return ERR_OK; /* a share without counts has no p limits */
        points[i].num = number->num;
        points[i].den = number->den;
    }
    if (share) {
        options.limits = CHART_LIMITS_P;
        scale = (double)plot->measure.per;
    }
    enum err err = chart_judge(points, plot->periods_n, phase, &options, arena, &result, why);
    if (err != ERR_OK) return err;
    json_t *limits = json_array(), *outside = json_array();
    for (size_t i = 0; i < phase->n; i++) {
        const struct chart_limit *limit = &result.limits[i];
        json_array_append_new(limits, limit->given ? json_pack("[f, f]", limit->lower * scale,
                                                               limit->upper * scale)
                                                   : json_null());
        if ((limit->causes & CHART_OUTSIDE) != 0) {
            json_array_append_new(outside, json_integer((json_int_t)(phase->first + i)));
        }
    }
    say_outside(plot, json_object_get(out, "say"), outside);
    plot_set(out, "limits", limits);
    plot_set(out, "limits_name", json_string(share ? "p" : "xmr"));
    plot_set(out, "outside", outside);
    return ERR_OK;
}

static size_t given_in(const struct chart_point *points, const struct chart_phase *phase,
                       size_t periods)
{
    size_t n = 0;
    for (size_t i = phase->first; i < phase->first + periods; i++)
        n += points[i].given;
    return n;
}

enum err plot_phase_json(const struct plot *plot, const struct plot_series *series,
                         const struct plot_phase *from, const struct chart_point *points,
                         json_t *out, const char **why)
{
    struct arena *arena = (struct arena *)(uintptr_t)&plot->arena;
    struct chart_phase phase = {from->first, from->n, from->baseline};
    struct chart_options options = {.centre = CHART_MEDIAN};
    struct chart_result result;
    size_t n = given_in(points, &phase, phase.n);
    plot_set_number(out, "first", phase.first);
    plot_set_number(out, "last", phase.first + phase.n - 1);
    plot_set_number(out, "n", n);
    plot_set(out, "say", json_array());
    if (n == 0) return ERR_OK;
    if (phase.baseline > 0 && given_in(points, &phase, phase.baseline) == 0) {
        say(json_object_get(out, "say"), "The baseline that was chosen has no data.");
        return ERR_OK;
    }
    enum err err = chart_judge(points, plot->periods_n, &phase, &options, arena, &result, why);
    if (err != ERR_OK) return err;
    plot_set_value(plot, out, "centre", result.centre);
    plot_set_number(out, "baseline", result.baseline);
    plot_set(out, "frozen", json_boolean(phase.baseline > 0));
    if (phase.baseline > 0) {
        plot_set_number(out, "baseline_last", phase.first + phase.baseline - 1);
    }
    plot_set_number(out, "useful", result.useful);
    say_centre(plot, json_object_get(out, "say"), &result, phase.baseline > 0);
    put_judgement(plot, out, &result);
    if (!plot->options->limits) return ERR_OK;
    return n < 2 ? ERR_OK : put_limits(plot, series, &phase, points, out, why);
}
