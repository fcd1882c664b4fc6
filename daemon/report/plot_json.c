/* What is said of a chart: every number that a face shows, and the sentences beside it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/report/plot_inner.h"
#include "daemon/view/reader.h"
#include "proto/base/text.h"
#include "proto/record/ijson.h"
#include "proto/record/schema.h"

/* ---- references ---- */

static json_t *school_json(const struct plot *plot)
{
    json_t *out = NULL;
    if (school_id_is_zero(&plot->school)) return json_null();
    sqlite3_stmt *row = db_start(&plot->reader->db, "SELECT json FROM owners WHERE id = ?", "b",
                                 plot->school.b, sizeof(plot->school.b));
    if (db_next(&plot->reader->db, row)) {
        out = json_loads(db_text(row, 0), 0, NULL);
        db_end(row);
    }
    return out == NULL ? json_null() : out;
}

/* {"id", "title"} of the cycle that a point or a phase is tied to; null. */
static json_t *cycle_json(const struct plot *plot, const char *ref)
{
    struct school_id owner;
    struct record_id record;
    char hex[2 * sizeof(record.b) + 1];
    if (revision_ref_decode(ref, &owner, &record) != ERR_OK) return json_null();
    json_t *out = json_object();
    text_hex(hex, record.b, sizeof(record.b));
    plot_set(out, "id", json_string(hex));
    sqlite3_stmt *row = db_start(&plot->reader->db,
                                 "SELECT title FROM records WHERE record = ? AND owner = ? AND"
                                 " space IS NOT NULL AND hidden IS NULL",
                                 "bb", record.b, sizeof(record.b), owner.b, sizeof(owner.b));
    if (db_next(&plot->reader->db, row)) {
        plot_set(out, "title", json_string(db_text(row, 0)));
        db_end(row);
    } else {
        plot_set(out, "title", json_null());
    }
    return out;
}

static json_t *record_json(const struct record_id *record)
{
    char hex[2 * sizeof(record->b) + 1];
    if (record_id_is_zero(record)) return json_null();
    text_hex(hex, record->b, sizeof(record->b));
    return json_string(hex);
}

static json_t *measure_json(const struct plot *plot)
{
    static const char *const copied[] = {"name",       "kind",      "unit",        "direction",
                                         "definition", "numerator", "denominator", "frequency"};
    const struct measure *measure = &plot->measure;
    const json_t *head = json_object_get(measure->sections, "head");
    const json_t *goal = schema_get(measure->sections, "goal.value");
    json_t *out = json_object();
    int64_t num, den;
    plot_set(out, "id", record_json(&measure->key.record));
    plot_set(out, "ref", json_string(measure->ref));
    for (size_t i = 0; i < sizeof(copied) / sizeof(*copied); i++)
        plot_set(out, copied[i], json_string(ijson_str(head, copied[i])));
    plot_set(out, "per", json_integer(measure->per));
    plot_set(out, "suffix", json_string(measure->unit == MEASURE_PERCENT ? " %" : ""));
    plot_set(out, "goal", json_null());
    if (measure_decimal(goal, &num, &den)) {
        json_t *value = json_object();
        plot_set_value(plot, value, "value", ratio_of(num, den));
        plot_set(out, "goal", value);
    }
    return out;
}

static json_t *periods_json(const struct plot *plot)
{
    json_t *out = json_array();
    char label[PERIOD_LABEL_BYTES];
    for (size_t i = 0; i < plot->periods_n; i++) {
        (void)period_label(plot->measure.period, plot->periods[i], label);
        json_array_append_new(
            out, json_pack("{s:s, s:s}", "period", plot->periods[i], "label", label));
    }
    return out;
}

/* ---- points ---- */

static void put_clamped(const struct plot *plot, json_t *out,
                        const struct measure_number *number)
{
    char text[RELEASE_TEXT_BYTES];
    if (number->den == 0) return;
    plot_set(out, "low",
             json_real(ratio_value(
                 (struct ratio){(ratio_int)number->lo * plot->measure.per, number->den})));
    plot_set(out, "high",
             json_real(ratio_value(
                 (struct ratio){(ratio_int)number->hi * plot->measure.per, number->den})));
    plot_set(out, "denominator", json_integer(number->den));
    plot_set(out, "text", json_string(release_text(&plot->measure, number, text)));
}

static json_t *point_json(const struct plot *plot, const struct plot_place *place)
{
    static const char *const states[] = {"given", "suppressed", "clamped"};
    const struct measure_number *number = place->number;
    json_t *out = json_object();
    struct ratio value;
    if (number == NULL) {
        plot_set(out, "state", json_string("missing"));
        return out;
    }
    plot_set(out, "state", json_string(states[number->state]));
    if (measure_value(&plot->measure, number, &value)) {
        plot_set_value(plot, out, "value", value);
    } else if (number->state == MEASURE_GIVEN) {
        plot_set(out, "state", json_string("missing")); /* nobody of no students */
    }
    if (number->state == MEASURE_GIVEN && number->counted) {
        plot_set(out, "numerator", json_integer(number->num));
        plot_set(out, "denominator", json_integer(number->den));
    }
    if (number->state == MEASURE_CLAMPED) put_clamped(plot, out, number);
    if (place->schools > 0) plot_set_number(out, "schools", place->schools);
    if (place->hidden > 0) plot_set_number(out, "hidden", place->hidden);
    if (*number->note != '\0') plot_set(out, "note", json_string(number->note));
    if (!record_id_is_zero(&number->record))
        plot_set(out, "record", record_json(&number->record));
    return out;
}

/* ---- series ---- */

static struct chart_point *chart_points(const struct plot *plot,
                                        const struct plot_series *series)
{
    struct arena *arena = (struct arena *)(uintptr_t)&plot->arena;
    struct chart_point *points = arena_alloc(arena, (plot->periods_n + 1) * sizeof(*points));
    for (size_t i = 0; i < plot->periods_n; i++) {
        const struct measure_number *number = series->places[i].number;
        struct ratio value;
        if (number == NULL || !measure_value(&plot->measure, number, &value)) continue;
        points[i] = (struct chart_point){
            .given = true, .num = (int64_t)value.num, .den = (int64_t)value.den};
    }
    return points;
}

static enum err series_json(const struct plot *plot, const struct plot_series *series,
                            json_t *out, const char **why)
{
    json_t *points = json_array(), *phases = json_array();
    size_t states[4] = {0};
    enum err err = ERR_OK;
    const struct chart_point *values = chart_points(plot, series);
    for (size_t i = 0; i < plot->periods_n; i++) {
        const struct measure_number *number = series->places[i].number;
        json_array_append_new(points, point_json(plot, &series->places[i]));
        states[values[i].given                  ? 0
               : number == NULL                 ? 3
               : number->state == MEASURE_GIVEN ? 3
                                                : 1]++;
    }
    for (size_t i = 0; i < plot->phases_n && err == ERR_OK; i++) {
        json_t *phase = json_object();
        json_array_append_new(phases, phase);
        err = plot_phase_json(plot, series, &plot->phases[i], values, phase, why);
    }
    plot_set(out, "group", json_string(series->group));
    plot_set(out, "label",
             json_string(*series->group == '\0' ? "All students" : series->group));
    plot_set_number(out, "n", states[0]);
    plot_set_number(out, "suppressed", states[1]);
    plot_set_number(out, "missing", states[3]);
    plot_set(out, "points", points);
    plot_set(out, "phases", phases);
    return err;
}

/* ---- gap ---- */

/* Between the groups, at each period: how far the highest is over the lowest. */
static json_t *gap_json(const struct plot *plot)
{
    json_t *out = json_array();
    size_t groups = 0;
    for (size_t k = 0; k < plot->series_n; k++)
        groups += *plot->series[k].group != '\0';
    for (size_t i = 0; groups > 1 && i < plot->periods_n; i++) {
        const char *high = NULL, *low = NULL;
        struct ratio top = {0, 1}, bottom = {0, 1}, value;
        for (size_t k = 0; k < plot->series_n; k++) {
            const struct measure_number *number = plot->series[k].places[i].number;
            if (*plot->series[k].group == '\0' || number == NULL ||
                !measure_value(&plot->measure, number, &value)) {
                continue;
            }
            if (high == NULL || ratio_cmp(value, top) > 0) {
                top = value;
                high = plot->series[k].group;
            }
            if (low == NULL || ratio_cmp(value, bottom) < 0) {
                bottom = value;
                low = plot->series[k].group;
            }
        }
        if (high == low) {
            json_array_append_new(out, json_null());
            continue;
        }
        json_t *gap = json_pack("{s:s, s:s}", "high", high, "low", low);
        plot_set_value(
            plot, gap, "value",
            ratio_of(top.num * bottom.den - bottom.num * top.den, top.den * bottom.den));
        json_array_append_new(out, gap);
    }
    return out;
}

/* ---- whole ---- */

static json_t *phases_json(const struct plot *plot)
{
    json_t *out = json_array();
    for (size_t i = 0; i < plot->phases_n; i++) {
        const struct plot_phase *phase = &plot->phases[i];
        json_t *item = json_pack("{s:I, s:I, s:s, s:s, s:b}", "first", (json_int_t)phase->first,
                                 "last", (json_int_t)(phase->first + phase->n - 1), "title",
                                 phase->title, "why", phase->why, "set", phase->set);
        plot_set(item, "record",
                 *phase->record == '\0' ? json_null() : json_string(phase->record));
        plot_set(item, "cycle", cycle_json(plot, phase->cycle));
        json_array_append_new(out, item);
    }
    return out;
}

static json_t *annotations_json(const struct plot *plot)
{
    json_t *out = json_array();
    for (size_t i = 0; i < plot->periods_n; i++) {
        for (size_t k = 0; k < plot->series_n; k++) {
            const struct measure_number *number = plot->series[k].places[i].number;
            if (number == NULL || (*number->annotation == '\0' && *number->cycle == '\0')) {
                continue;
            }
            json_t *item = json_pack("{s:I, s:s, s:s}", "at", (json_int_t)i, "group",
                                     plot->series[k].group, "text", number->annotation);
            plot_set(item, "cycle", cycle_json(plot, number->cycle));
            json_array_append_new(out, item);
        }
    }
    return out;
}

enum err plot_json(struct plot *plot, json_t **out, const char **why)
{
    json_t *json = json_object(), *series = json_array();
    enum err err = ERR_OK;
    for (size_t i = 0; i < plot->series_n && err == ERR_OK; i++) {
        json_t *item = json_object();
        json_array_append_new(series, item);
        err = series_json(plot, &plot->series[i], item, why);
    }
    plot_set(json, "series", series);
    if (err != ERR_OK) {
        json_decref(json);
        return err;
    }
    plot_set(json, "measure", measure_json(plot));
    plot_set(json, "of",
             json_pack("{s:s, s:s, s:o}", "what", plot->what, "source", plot->source, "school",
                       school_json(plot)));
    if (strcmp(plot->what, "network") == 0) {
        plot_set_number(json_object_get(json, "of"), "schools", plot->sums.schools);
    }
    plot_set(json, "periods", periods_json(plot));
    plot_set(json, "phases", phases_json(plot));
    plot_set(json, "annotations", annotations_json(plot));
    plot_set(json, "gap", gap_json(plot));
    plot_set(json, "rules",
             json_pack(
                 "{s:s, s:s}", "name", chart_rules, "text",
                 "Anhøj: a run longer than round(log2 n + 3), or fewer crossings than the 5 % "
                 "point of Binomial(n - 1, 1/2), n the points that are not on the median; IHI: "
                 "shift 6, trend 5"));
    plot_set(json, "notes", json_incref(plot->notes));
    plot_set(json, "applied",
             json_integer(db_int(&plot->reader->db, 0,
                                 "SELECT value FROM meta WHERE name = 'applied'", "")));
    *out = json;
    return plot->reader->db.err;
}
