/* A measure's numbers as a table to fill in. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/report/entry.h"
#include "daemon/report/release.h"
#include "daemon/view/reader.h"
#include "proto/record/ijson.h"
#include "proto/record/schema.h"

enum { GRID_PERIODS_MAX = 200, GRID_GROUPS_MAX = 65 };

struct grid {
    struct measure measure;
    struct measure_numbers numbers;
    struct arena arena;
    char first[PERIOD_CHARS + 1], last[PERIOD_CHARS + 1];
    const char *columns[GRID_GROUPS_MAX];
    size_t columns_n;
};

static void add_column(struct grid *grid, const char *group)
{
    for (size_t i = 0; i < grid->columns_n; i++) {
        if (strcasecmp(grid->columns[i], group) == 0) return;
    }
    if (grid->columns_n < GRID_GROUPS_MAX) grid->columns[grid->columns_n++] = group;
}

/* All students, the groups that the measure names, those that have numbers. */
static void find_columns(struct grid *grid)
{
    const json_t *own = schema_get(grid->measure.sections, "head.groups");
    add_column(grid, MEASURE_ALL);
    for (size_t i = 0; i < json_array_size(own); i++) {
        const char *name = json_string_value(json_array_get(own, i));
        if (name != NULL) add_column(grid, name);
    }
    for (size_t i = 0; i < grid->numbers.n; i++)
        add_column(grid, grid->numbers.list[i].group);
}

static enum err find_bounds(struct grid *grid, const char *from, const char *until,
                            const char *today, struct buf *out)
{
    enum period_kind kind = grid->measure.period;
    for (size_t i = 0; i < grid->numbers.n; i++) {
        const char *period = grid->numbers.list[i].period;
        if (strlen(period) != PERIOD_CHARS) continue;
        if (*grid->first == '\0' || strcmp(period, grid->first) < 0) {
            memcpy(grid->first, period, sizeof(grid->first));
        }
        if (strcmp(period, grid->last) > 0) memcpy(grid->last, period, sizeof(grid->last));
    }
    /* Up to now, so that the new period has its line. */
    char now[PERIOD_CHARS + 1];
    if (period_parse(kind, today, now) == ERR_OK && strcmp(now, grid->last) > 0 &&
        (*grid->last == '\0' || period_next(kind, grid->last, (char[PERIOD_CHARS + 1]){0}))) {
        memcpy(grid->last, now, sizeof(now));
        if (*grid->first == '\0') memcpy(grid->first, now, sizeof(now));
    }
    if ((from != NULL && period_parse(kind, from, grid->first) != ERR_OK) ||
        (until != NULL && period_parse(kind, until, grid->last) != ERR_OK)) {
        return measure_fail(
            out, ERR_INVALID,
            "a period is a date (2026-09-01), a month (2026-09) or a week (2026-W38)");
    }
    return ERR_OK;
}

/* ---- rows ---- */

static const char *cell_text(const struct grid *grid, const char *period, const char *group,
                             char out[RELEASE_TEXT_BYTES])
{
    for (size_t i = 0; i < grid->numbers.n; i++) {
        const struct measure_number *number = &grid->numbers.list[i];
        if (strcmp(number->period, period) != 0 || strcasecmp(number->group, group) != 0)
            continue;
        if (number->counted) {
            (void)snprintf(out, RELEASE_TEXT_BYTES, "%lld/%lld", (long long)number->num,
                           (long long)number->den);
            return out;
        }
        if (!number->valued) return "";
        return ratio_text(out, ratio_of(number->value_num, number->value_den));
    }
    return "";
}

static void add_row(const struct grid *grid, json_t *rows, const char *period)
{
    char label[PERIOD_LABEL_BYTES], text[RELEASE_TEXT_BYTES];
    json_t *cells = json_array();
    for (size_t i = 0; i < grid->columns_n; i++) {
        json_array_append_new(cells,
                              json_string(cell_text(grid, period, grid->columns[i], text)));
    }
    json_array_append_new(rows, json_pack("{s:s, s:s, s:o}", "period", period, "label",
                                          period_label(grid->measure.period, period, label),
                                          "cells", cells));
}

static int by_period(const void *x, const void *y)
{
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

/* The periods of the frequency, and those that have numbers between them. */
static json_t *rows_json(struct grid *grid)
{
    size_t n = 0, cap = grid->numbers.n + GRID_PERIODS_MAX + 1;
    const char **list = arena_alloc(&grid->arena, cap * sizeof(*list));
    char at[PERIOD_CHARS + 1];
    json_t *rows = json_array();
    for (size_t i = 0; i < grid->numbers.n; i++) {
        const char *period = grid->numbers.list[i].period;
        if (strcmp(period, grid->first) >= 0 && strcmp(period, grid->last) <= 0)
            list[n++] = period;
    }
    memcpy(at, grid->first, sizeof(at));
    for (size_t k = 0; k < GRID_PERIODS_MAX && *at != '\0' && strcmp(at, grid->last) <= 0;
         k++) {
        list[n++] = arena_strdup(&grid->arena, at);
        if (!period_next(grid->measure.period, at, at)) break;
    }
    qsort(list, n, sizeof(*list), by_period);
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || strcmp(list[i - 1], list[i]) != 0) add_row(grid, rows, list[i]);
    }
    return rows;
}

static enum err build(struct view_reader *reader, struct grid *grid, const char *id,
                      const char *from, const char *until, const char *today, struct buf *out)
{
    enum err err = measure_open(reader, id, &grid->arena, &grid->measure, out);
    if (err == ERR_OK) {
        err = measure_points(reader, &grid->measure, &reader->school, &grid->numbers);
    }
    if (err == ERR_OK) err = find_bounds(grid, from, until, today, out);
    if (err != ERR_OK) return err;
    find_columns(grid);
    json_t *columns = json_array();
    for (size_t i = 0; i < grid->columns_n; i++)
        json_array_append_new(columns, json_string(grid->columns[i]));
    json_t *json = json_pack(
        "{s:o, s:o, s:{s:s, s:s, s:s, s:s, s:s}}", "columns", columns, "rows", rows_json(grid),
        "measure", "name", grid->measure.name, "unit",
        ijson_str(json_object_get(grid->measure.sections, "head"), "unit"), "numerator",
        ijson_str(json_object_get(grid->measure.sections, "head"), "numerator"), "denominator",
        ijson_str(json_object_get(grid->measure.sections, "head"), "denominator"), "frequency",
        ijson_str(json_object_get(grid->measure.sections, "head"), "frequency"));
    ijson_dump(out, json);
    json_decref(json);
    return reader->db.err;
}

enum err entry_grid(struct view_reader *reader, const char *id, const char *from,
                    const char *until, const char *today, struct buf *out)
{
    struct grid *grid = mem_zalloc(sizeof(*grid));
    enum err err = reader_begin(reader);
    if (err == ERR_OK) err = build(reader, grid, id, from, until, today, out);
    measure_close(&grid->measure);
    arena_fini(&grid->arena);
    free(grid);
    enum err end = reader_end(reader);
    return err != ERR_OK ? err : end;
}
