#include "daemon/report/plot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/report/plot_inner.h"
#include "daemon/view/reader.h"
#include "daemon/view/resolve.h"
#include "proto/record/ijson.h"

static void note(struct plot *plot, const char *text)
{
    json_array_append_new(plot->notes, json_string(text));
}

/* ---- whose numbers ---- */

static enum err points_of(struct plot *plot, const struct school_id *school)
{
    plot->source = "points";
    return measure_points(plot->reader, &plot->measure, school, &plot->numbers);
}

static enum err releases_of(struct plot *plot, const struct school_id *school)
{
    plot->source = "releases";
    return measure_releases(plot->reader, &plot->measure, school, &plot->numbers);
}

static enum err of_network(struct plot *plot)
{
    plot->what = "network";
    plot->source = "releases";
    return release_network(plot->reader, &plot->measure, &plot->sums);
}

static enum err of_me(struct plot *plot)
{
    plot->what = "me";
    plot->school = plot->reader->school;
    return points_of(plot, &plot->school);
}

static enum err of_school(struct plot *plot, const char *text, struct buf *out)
{
    plot->what = "school";
    enum err err = resolve_school(plot->reader, text, &plot->school);
    if (err == ERR_NOT_FOUND)
        return measure_fail(out, err, "there is no school of that name here");
    if (err == ERR_INVALID)
        return measure_fail(out, err, "several schools are called so: write more");
    if (err != ERR_OK) return err;
    if (school_id_eq(&plot->school, &plot->reader->school)) return of_me(plot);
    err = points_of(plot, &plot->school);
    return err == ERR_OK && plot->numbers.n == 0 ? releases_of(plot, &plot->school) : err;
}

/* One number of the points of several schools at one place; a share by its counts, a count by
 * its value. Means do not add. */
static bool add_up(const struct measure *measure, struct measure_number *sum,
                   const struct measure_number *number)
{
    if (measure->unit == MEASURE_PERCENT || measure->unit == MEASURE_RATE) {
        if (!number->counted) return false;
        sum->num += number->num;
        sum->den += number->den;
        sum->counted = true;
        return sum->den < RATIO_VALUE_MAX;
    }
    if (measure->unit == MEASURE_MEAN || !number->valued || number->value_den != 1)
        return false;
    sum->value_num += number->value_num;
    sum->value_den = 1;
    sum->valued = true;
    return sum->value_num < RATIO_VALUE_MAX;
}

static int by_place(const void *x, const void *y)
{
    const struct release_sum *a = x, *b = y;
    int order = strcmp(a->number.period, b->number.period);
    return order == 0 ? strcmp(a->number.group, b->number.group) : order;
}

static enum err of_all(struct plot *plot)
{
    plot->what = "all";
    enum err err = points_of(plot, NULL);
    const struct measure_numbers *numbers = &plot->numbers;
    struct release_sum *list = arena_alloc(&plot->arena, (numbers->n + 1) * sizeof(*list));
    size_t n = 0, left = 0;
    for (size_t i = 0; i < numbers->n && err == ERR_OK; i++)
        list[i] = (struct release_sum){.number = numbers->list[i]};
    qsort(list, numbers->n, sizeof(*list), by_place);
    for (size_t i = 0; i < numbers->n; i++) {
        const struct measure_number number = list[i].number;
        if (n == 0 || by_place(&list[n - 1], &list[i]) != 0) {
            list[n++] = (struct release_sum){.number = {.period = number.period,
                                                        .group = number.group,
                                                        .note = "",
                                                        .annotation = "",
                                                        .cycle = ""}};
        }
        if (add_up(&plot->measure, &list[n - 1].number, &number)) {
            list[n - 1].schools++;
        } else {
            left++;
        }
    }
    plot->sums.list = list;
    plot->sums.n = n;
    if (left > 0) {
        note(plot, "numbers without counts cannot be added up, and are left out");
    }
    plot->numbers =
        (struct measure_numbers){.twice = numbers->twice, .broken = numbers->broken};
    return err;
}

static enum err find_numbers(struct plot *plot, struct buf *out)
{
    const char *of = plot->options->of;
    if (of == NULL) {
        enum err err = of_me(plot);
        if (err != ERR_OK || plot->numbers.n > 0) return err;
        err = of_network(plot);
        return err != ERR_OK || plot->sums.n > 0 ? err : of_me(plot);
    }
    if (strcmp(of, "me") == 0) return of_me(plot);
    if (strcmp(of, "all") == 0) return of_all(plot);
    return strcmp(of, "network") == 0 ? of_network(plot) : of_school(plot, of, out);
}

/* ---- periods ---- */

static int by_text(const void *x, const void *y)
{
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

/* Those that something was given for, in order, without repeats. */
static void given_periods(struct plot *plot)
{
    size_t n = plot->numbers.n + plot->sums.n, kept = 0;
    const char **list = arena_alloc(&plot->arena, (n + 1) * sizeof(*list));
    for (size_t i = 0; i < plot->numbers.n; i++)
        list[i] = plot->numbers.list[i].period;
    for (size_t i = 0; i < plot->sums.n; i++)
        list[plot->numbers.n + i] = plot->sums.list[i].number.period;
    qsort(list, n, sizeof(*list), by_text);
    for (size_t i = 0; i < n; i++) {
        if (kept == 0 || strcmp(list[kept - 1], list[i]) != 0) list[kept++] = list[i];
    }
    plot->periods = list;
    plot->periods_n = kept;
}

/* Periods without data between two that have some: places of their own, for missing is not
 * zero. A step that does not lead to the next period fills nothing. */
static size_t gap_after(const struct plot *plot, size_t i, const char **out)
{
    char at[PERIOD_CHARS + 1];
    size_t n = 0;
    if (i + 1 >= plot->periods_n || strlen(plot->periods[i]) != PERIOD_CHARS) return 0;
    memcpy(at, plot->periods[i], sizeof(at));
    while (n < CHART_POINTS_MAX && period_next(plot->measure.period, at, at)) {
        int order = strcmp(at, plot->periods[i + 1]);
        if (order >= 0) return order == 0 ? n : 0;
        out[n++] = arena_strdup(plot->measure.arena, at);
    }
    return 0;
}

static void fill_periods(struct plot *plot)
{
    const char **list = NULL;
    size_t n = 0, cap = 0;
    const char *gap[CHART_POINTS_MAX + 1];
    for (size_t i = 0; i < plot->periods_n; i++) {
        MEM_RESERVE(list, n, cap);
        list[n++] = plot->periods[i];
        size_t more = gap_after(plot, i, gap);
        for (size_t k = 0; k < more; k++) {
            MEM_RESERVE(list, n, cap);
            list[n++] = gap[k];
        }
    }
    plot->periods = arena_dup(&plot->arena, list, n * sizeof(*list));
    plot->periods_n = n;
    free(list);
}

static enum err cut_periods(struct plot *plot, struct buf *out)
{
    const char *bounds[2] = {plot->options->from, plot->options->until};
    char first[PERIOD_CHARS + 1] = "", last[PERIOD_CHARS + 1] = "~";
    for (int i = 0; i < 2; i++) {
        if (bounds[i] == NULL) continue;
        if (period_parse(plot->measure.period, bounds[i], i == 0 ? first : last) != ERR_OK) {
            return measure_fail(
                out, ERR_INVALID,
                "a period is a date (2026-09-01), a month (2026-09) or a week (2026-W38)");
        }
    }
    while (plot->periods_n > 0 && strcmp(plot->periods[plot->periods_n - 1], last) > 0)
        plot->periods_n--;
    while (plot->periods_n > 0 && strcmp(plot->periods[0], first) < 0) {
        plot->periods++;
        plot->periods_n--;
    }
    if (plot->periods_n > CHART_POINTS_MAX) {
        plot->periods += plot->periods_n - CHART_POINTS_MAX;
        plot->periods_n = CHART_POINTS_MAX;
        note(plot, "only the last 1000 periods are shown");
    }
    return ERR_OK;
}

static size_t place_of(const struct plot *plot, const char *period)
{
    size_t from = 0, to = plot->periods_n;
    while (from < to) {
        size_t mid = from + (to - from) / 2;
        if (strcmp(plot->periods[mid], period) < 0) {
            from = mid + 1;
        } else {
            to = mid;
        }
    }
    return from;
}

/* ---- series ---- */

static bool wants(const struct plot *plot, const char *group)
{
    const char *const *groups = plot->options->groups;
    if (plot->options->every_group) return true;
    if (groups == NULL) return *group == '\0';
    for (; *groups != NULL; groups++) {
        bool all = **groups == '\0' || strcasecmp(*groups, "all") == 0;
        if (all ? *group == '\0' : strcasecmp(*groups, group) == 0) return true;
    }
    return false;
}

static struct plot_series *series_of(struct plot *plot, const char *group)
{
    for (size_t i = 0; i < plot->series_n; i++) {
        if (strcmp(plot->series[i].group, group) == 0) return &plot->series[i];
    }
    struct plot_series *series = &plot->series[plot->series_n++];
    series->group = group;
    series->places = arena_alloc(&plot->arena, (plot->periods_n + 1) * sizeof(*series->places));
    return series;
}

static void put(struct plot *plot, const struct plot_place *place, bool all)
{
    size_t at = place_of(plot, place->number->period);
    if (at == plot->periods_n || strcmp(plot->periods[at], place->number->period) != 0) return;
    if (!all && !wants(plot, place->number->group)) return;
    if (plot->series_n == PLOT_SERIES_MAX) return;
    series_of(plot, place->number->group)->places[at] = *place;
}

static size_t rank(const struct plot *plot, const char *group)
{
    size_t i = 0;
    if (*group == '\0') return 0;
    while (i < plot->measure.groups_n && strcmp(plot->measure.groups[i], group) != 0)
        i++;
    return i + 1;
}

static void put_all(struct plot *plot, bool all)
{
    plot->series = arena_alloc(&plot->arena, PLOT_SERIES_MAX * sizeof(*plot->series));
    plot->series_n = 0;
    for (size_t i = 0; i < plot->numbers.n; i++)
        put(plot, &(struct plot_place){.number = &plot->numbers.list[i]}, all);
    for (size_t i = 0; i < plot->sums.n; i++) {
        const struct release_sum *sum = &plot->sums.list[i];
        put(plot, &(struct plot_place){&sum->number, sum->schools, sum->hidden}, all);
    }
    /* All students first, then as the measure and the network name them. */
    for (size_t i = 1; i < plot->series_n; i++) {
        struct plot_series here = plot->series[i];
        size_t k = i;
        for (; k > 0; k--) {
            size_t a = rank(plot, plot->series[k - 1].group), b = rank(plot, here.group);
            if (a < b || (a == b && strcmp(plot->series[k - 1].group, here.group) <= 0)) break;
            plot->series[k] = plot->series[k - 1];
        }
        plot->series[k] = here;
    }
}

/* ---- phases ---- */

static const char *keep(struct plot *plot, const json_t *head, const char *name)
{
    return arena_strdup(&plot->arena, ijson_str(head, name));
}

static int by_start(const void *x, const void *y)
{
    const struct plot_phase *a = x, *b = y;
    return strcmp(a->starts, b->starts);
}

/* Of the school whose chart it is; of a network the hub's. */
static enum err load_phases(struct plot *plot)
{
    struct phases {
        struct plot_phase *list;
        size_t n, cap;
    } phases = {0};
    bool network = plot->school.b[0] == 0 && school_id_is_zero(&plot->school);
    sqlite3_stmt *row = db_start(
        &plot->reader->db,
        "SELECT t.sections -> '$.head', lower(hex(r.record)) FROM links l JOIN records r ON "
        "r.id"
        " = l.record AND r.type = 'phase' JOIN states t ON t.id = r.id * 65536 + r.space WHERE"
        " l.owner = ?1 AND l.target = ?2 AND l.path = 'head.measure' AND r.hidden IS NULL AND"
        " (r.owner = ?3 OR (?4 AND EXISTS (SELECT 1 FROM schools s WHERE s.school = r.owner AND"
        " s.hub))) ORDER BY r.lamport, r.record",
        "bbbi", plot->measure.key.owner.b, sizeof(plot->measure.key.owner.b),
        plot->measure.key.record.b, sizeof(plot->measure.key.record.b), plot->school.b,
        sizeof(plot->school.b), (int64_t)network);
    while (db_next(&plot->reader->db, row)) {
        struct slice text = db_blob(row, 0);
        json_t *head = json_loadb((const char *)text.p, text.n, 0, NULL);
        MEM_RESERVE(phases.list, phases.n, phases.cap);
        phases.list[phases.n++] =
            (struct plot_phase){.starts = keep(plot, head, "starts"),
                                .until = keep(plot, head, "baseline_until"),
                                .title = keep(plot, head, "title"),
                                .why = keep(plot, head, "why"),
                                .cycle = keep(plot, head, "cycle"),
                                .record = arena_strdup(&plot->arena, db_text(row, 1)),
                                .set = true};
        json_decref(head);
    }
    if (phases.n > 0) qsort(phases.list, phases.n, sizeof(*phases.list), by_start);
    plot->phases = arena_alloc(&plot->arena, (phases.n + 1) * sizeof(*plot->phases));
    plot->phases[0] = (struct plot_phase){
        .starts = "", .until = "", .title = "", .why = "", .cycle = "", .record = ""};
    plot->phases_n = 1;
    for (size_t i = 0; i < phases.n; i++)
        plot->phases[plot->phases_n++] = phases.list[i];
    free(phases.list);
    return plot->reader->db.err;
}

/* Where each begins and ends; those without a period go, as does the first when another begins
 * where it does. */
static void place_phases(struct plot *plot)
{
    size_t n = 0;
    for (size_t i = 0; i < plot->phases_n; i++) {
        struct plot_phase phase = plot->phases[i];
        phase.first = place_of(plot, phase.starts);
        size_t end = i + 1 < plot->phases_n ? place_of(plot, plot->phases[i + 1].starts)
                                            : plot->periods_n;
        if (end <= phase.first) continue;
        phase.n = end - phase.first;
        while (phase.baseline < phase.n && *phase.until != '\0' &&
               strcmp(plot->periods[phase.first + phase.baseline], phase.until) <= 0) {
            phase.baseline++;
        }
        plot->phases[n++] = phase;
    }
    plot->phases_n = n;
}

/* ---- whole ---- */

static void notes_of_numbers(struct plot *plot)
{
    if (plot->numbers.twice > 0) {
        note(plot, "some numbers stand twice; what was written last counts");
    }
    if (plot->numbers.broken > 0) {
        note(plot, "some points say no number that could be drawn, and are left out");
    }
    if (plot->sums.refused != NULL) note(plot, plot->sums.refused);
}

static enum err build(struct plot *plot, const char *id, struct buf *out)
{
    json_t *json = NULL;
    const char *why = "";
    enum err err = measure_open(plot->reader, id, &plot->arena, &plot->measure, out);
    if (err == ERR_OK) err = find_numbers(plot, out);
    if (err != ERR_OK) return err;
    given_periods(plot);
    fill_periods(plot);
    err = cut_periods(plot, out);
    if (err == ERR_OK) err = load_phases(plot);
    if (err != ERR_OK) return err;
    put_all(plot, false);
    /* Nobody said which groups, and nothing is said of all students: what there is. */
    if (plot->series_n == 0 && plot->options->groups == NULL) put_all(plot, true);
    place_phases(plot);
    notes_of_numbers(plot);
    err = plot_json(plot, &json, &why);
    if (err == ERR_INVALID) return measure_fail(out, err, why);
    if (err == ERR_OK) {
        ijson_dump(out, json);
        json_decref(json);
    }
    return err;
}

enum err plot_make(struct view_reader *reader, const char *id,
                   const struct plot_options *options, struct buf *out)
{
    struct plot plot = {.reader = reader, .options = options, .notes = json_array()};
    size_t begin = out->len;
    enum err err = reader_begin(reader);
    if (err == ERR_OK) err = build(&plot, id, out);
    if (err != ERR_OK && err != ERR_INVALID && err != ERR_NOT_FOUND) out->len = begin;
    measure_close(&plot.measure);
    json_decref(plot.notes);
    arena_fini(&plot.arena);
    enum err end = reader_end(reader);
    return err != ERR_OK ? err : end;
}
