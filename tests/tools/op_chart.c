/* Run charts: one series, judged phase by phase. */
#include <string.h>

#include "daemon/measure/chart.h"
#include "tests/tools/ops.h"

static const char *const centres[] = {
#define X(NAME, name) name,
    CHART_CENTRES(X)
#undef X
};
static const char *const limits[] = {
#define X(NAME, name) name,
    CHART_LIMITS(X)
#undef X
};

static size_t named(struct ask *ask, const char *member, const char *const *names, size_t n)
{
    const char *text =
        ask_has(ask->request, member) ? ask_text(ask, ask->request, member) : names[0];
    for (size_t i = 0; i < n; i++) {
        if (strcmp(text, names[i]) == 0) return i;
    }
    ask_fail(ask, member, "is none of the names that it may have");
    return 0;
}

static struct chart_point take_point(struct ask *ask, const json_t *item)
{
    struct chart_point point = {.den = 1};
    if (json_is_null(item)) return point;
    point.given = true;
    if (json_is_object(item)) {
        point.num = (int64_t)ask_number(ask, item, "num", INT64_MAX);
        point.den = (int64_t)ask_number(ask, item, "den", INT64_MAX);
    } else if (!json_is_string(item) ||
               ratio_parse(json_string_value(item), &point.num, &point.den) != ERR_OK) {
        ask_fail(ask, "points", "holds null, decimals as text, or {num, den}");
    }
    return point;
}

static size_t number_or(struct ask *ask, const json_t *object, const char *name, size_t other)
{
    return ask_has(object, name) ? ask_number(ask, object, name, CHART_POINTS_MAX) : other;
}

static void put_ratio(json_t *object, const char *name, struct ratio x)
{
    char text[RATIO_TEXT_BYTES];
    json_object_set_new(object, name, json_string(ratio_text(text, x)));
}

static json_t *spans(const struct chart_span *list, size_t n, const char *what, const char *up,
                     const char *down)
{
    json_t *out = json_array();
    for (size_t i = 0; i < n; i++) {
        json_array_append_new(
            out, json_pack("{s:s, s:I, s:I, s:I}", what, list[i].up ? up : down, "length",
                           (json_int_t)list[i].length, "first", (json_int_t)list[i].first,
                           "last", (json_int_t)list[i].last));
    }
    return out;
}

static json_t *places_with(const struct chart_phase *phase, const struct chart_limit *list,
                           unsigned cause)
{
    json_t *out = json_array();
    for (size_t i = 0; i < phase->n; i++) {
        if ((list[i].causes & cause) == 0) continue;
        json_array_append_new(out, json_integer((json_int_t)(phase->first + i)));
    }
    return out;
}

static void put_limits(json_t *out, const struct chart_phase *phase,
                       const struct chart_result *result)
{
    json_t *pairs = json_array();
    for (size_t i = 0; i < phase->n; i++) {
        const struct chart_limit *limit = &result->limits[i];
        json_array_append_new(pairs, limit->given
                                         ? json_pack("[f, f]", limit->lower, limit->upper)
                                         : json_null());
    }
    json_object_set_new(out, "limits", pairs);
    put_ratio(out, "mean", result->mean);
    if (result->range.den != 0) put_ratio(out, "moving_range", result->range);
    static const struct {
        const char *name;
        unsigned cause;
    } causes[] = {{"outside", CHART_OUTSIDE},
                  {"seven_one_side", CHART_SEVEN_SIDE},
                  {"seven_trend", CHART_SEVEN_TREND},
                  {"two_of_three", CHART_TWO_OF_THREE}};
    for (size_t i = 0; i < sizeof(causes) / sizeof(*causes); i++) {
        json_object_set_new(out, causes[i].name,
                            places_with(phase, result->limits, causes[i].cause));
    }
}

static void put_number(json_t *object, const char *name, size_t number)
{
    json_object_set_new(object, name, json_integer((json_int_t)number));
}

static json_t *phase_json(const struct chart_phase *phase, const struct chart_result *result)
{
    json_t *out = json_object();
    put_number(out, "first", phase->first);
    put_number(out, "periods", phase->n);
    put_number(out, "n", result->n);
    put_number(out, "baseline", result->baseline);
    put_ratio(out, "centre", result->centre);
    put_number(out, "useful", result->useful);
    json_object_set_new(out, "verdict",
                        json_string(!result->judged ? "keep plotting"
                                    : result->signal_longest || result->signal_crossings
                                        ? "signal"
                                        : "no signal"));
    if (result->limits != NULL) put_limits(out, phase, result);
    if (!result->judged) return out;
    put_number(out, "longest_run", result->longest);
    put_number(out, "longest_run_max", result->longest_max);
    put_number(out, "crossings", result->crossings);
    put_number(out, "crossings_min", result->crossings_min);
    put_number(out, "runs", result->runs);
    put_number(out, "runs_min", result->runs_min);
    put_number(out, "runs_max", result->runs_max);
    json_object_set_new(out, "shifts",
                        spans(result->shifts, result->shifts_n, "side", "above", "below"));
    json_object_set_new(out, "trends",
                        spans(result->trends, result->trends_n, "direction", "up", "down"));
    return out;
}

static void judge(struct ask *ask, const struct chart_point *series, size_t n,
                  const struct chart_options *options)
{
    const json_t *phases = ask_list(ask, ask->request, "phases", true);
    size_t phases_n = phases == NULL ? 1 : json_array_size(phases);
    json_t *out = json_array();
    for (size_t i = 0; i < phases_n && !ask->failed; i++) {
        const json_t *item = phases == NULL ? ask->request : json_array_get(phases, i);
        const json_t *next = phases == NULL ? NULL : json_array_get(phases, i + 1);
        struct chart_phase phase = {.first = number_or(ask, item, "first", 0)};
        size_t end = next == NULL ? n : number_or(ask, next, "first", n);
        phase.n = number_or(ask, item, "periods", end > phase.first ? end - phase.first : 0);
        phase.baseline = number_or(ask, item, "baseline", 0);
        if (ask->failed) break;
        struct chart_result result;
        const char *why = "";
        enum err err = chart_judge(series, n, &phase, options, &ask->arena, &result, &why);
        ask_result(ask, err);
        if (err != ERR_OK) {
            json_object_set_new(ask->answer, "why", json_string(why));
            json_decref(out);
            return;
        }
        json_array_append_new(out, phase_json(&phase, &result));
    }
    json_object_set_new(ask->answer, "phases", out);
    json_object_set_new(ask->answer, "rules", json_string(chart_rules));
}

void op_chart(struct ask *ask)
{
    const json_t *points = ask_list(ask, ask->request, "points", false);
    const json_t *excluded = ask_list(ask, ask->request, "excluded", true);
    struct chart_options options = {
        .centre = (enum chart_centre)named(ask, "centre", centres, CHART_CENTRE_COUNT),
        .limits = (enum chart_limits)named(ask, "limits", limits, CHART_LIMITS_COUNT),
        .screen = json_is_true(json_object_get(ask->request, "screen")),
    };
    size_t n = json_array_size(points), i;
    const json_t *item;
    struct chart_point *series = arena_alloc(&ask->arena, (n + 1) * sizeof(*series));
    for (i = 0; i < n && !ask->failed; i++)
        series[i] = take_point(ask, json_array_get(points, i));
    for (i = 0; i < json_array_size(excluded); i++) {
        item = json_array_get(excluded, i);
        if (!json_is_integer(item) || json_integer_value(item) < 0 ||
            (size_t)json_integer_value(item) >= n) {
            ask_fail(ask, "excluded", "holds places of points");
            return;
        }
        series[json_integer_value(item)].excluded = true;
    }
    if (!ask->failed) judge(ask, series, n, &options);
}
