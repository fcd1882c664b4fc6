/* Small numbers: what of a table may be told. */
#include <string.h>

#include "daemon/measure/suppress.h"
#include "tests/tools/ops.h"

/* Cells by name, as requests write them. */
struct names {
    const char **name;
    size_t n;
};

static uint32_t cell_named(struct ask *ask, const struct names *names, const char *name)
{
    for (size_t i = 0; i < names->n; i++) {
        if (strcmp(names->name[i], name) == 0) return (uint32_t)i;
    }
    ask_fail(ask, NULL, "a name that no cell has");
    return 0;
}

static void take_cell(struct ask *ask, const json_t *item, const struct names *names,
                      struct suppress_cell *out)
{
    *out = (struct suppress_cell){.of = SUPPRESS_NONE, .known = ask_has(item, "value")};
    if (json_is_true(json_object_get(item, "missing"))) {
        out->given = SUPPRESS_MISSING;
    } else if (json_is_true(json_object_get(item, "untold"))) {
        out->given = SUPPRESS_UNTOLD;
    } else if (json_is_true(json_object_get(item, "hidden"))) {
        out->given = SUPPRESS_HIDDEN;
    }
    if (out->known || out->given == SUPPRESS_GIVEN) {
        out->value = (int64_t)ask_number(ask, item, "value", SUPPRESS_VALUE_MAX);
    }
    if (ask_has(item, "of")) out->of = cell_named(ask, names, ask_text(ask, item, "of"));
    if (ask_has(item, "schools")) {
        out->schools = (uint32_t)ask_number(ask, item, "schools", 1000000);
    }
}

static void take_line(struct ask *ask, const json_t *item, const struct names *names,
                      struct suppress_line *out)
{
    const json_t *parts = ask_list(ask, item, "parts", false);
    size_t n = json_array_size(parts);
    uint32_t *list = arena_alloc(&ask->arena, (n + 1) * sizeof(*list));
    for (size_t i = 0; i < n && !ask->failed; i++) {
        const char *name = json_string_value(json_array_get(parts, i));
        list[i] = cell_named(ask, names, name == NULL ? "" : name);
    }
    *out = (struct suppress_line){.parts = list, .n = n};
    out->total = cell_named(ask, names, ask_text(ask, item, "total"));
    out->two_valued = json_is_true(json_object_get(item, "two_valued"));
}

/* A number that was told, "hidden", or {lo, hi} where it was clamped; with value, what it truly
 * was. */
static void take_told(struct ask *ask, const json_t *item, struct suppress_told *out)
{
    *out = (struct suppress_told){.present = true, .hi = SUPPRESS_UNBOUNDED};
    if (json_is_integer(item)) {
        out->lo = out->hi = json_integer_value(item);
    } else if (json_is_object(item)) {
        if (ask_has(item, "hi")) {
            out->lo = (int64_t)ask_number(ask, item, "lo", SUPPRESS_VALUE_MAX);
            out->hi = (int64_t)ask_number(ask, item, "hi", SUPPRESS_VALUE_MAX);
        }
        out->known = ask_has(item, "value");
        if (out->known)
            out->value = (int64_t)ask_number(ask, item, "value", SUPPRESS_VALUE_MAX);
    } else {
        ask_fail(ask, "earlier", "holds numbers, or {lo, hi, value}, each left out at will");
    }
}

static void take_earlier(struct ask *ask, const json_t *release, const struct names *names,
                         struct suppress_told *row)
{
    if (!json_is_object(release)) {
        ask_fail(ask, "earlier", "must hold objects: cells by name");
        return;
    }
    for (size_t i = 0; i < names->n; i++) {
        const json_t *item = json_object_get(release, names->name[i]);
        if (item != NULL) take_told(ask, item, &row[i]);
    }
}

static json_t *answer_cell(const char *name, const struct suppress_answer *cell, bool intervals)
{
    json_t *out = json_pack("{s:s, s:s}", "name", name, "why", suppress_why_name(cell->why));
    const char *state = "hidden";
    if (cell->why == SUPPRESS_WHY_NOTHING) {
        state = "told";
        json_object_set_new(out, "value", json_integer(cell->lo));
    } else if (cell->why == SUPPRESS_WHY_BAND) {
        state = "clamped";
        json_object_set_new(out, "lo", json_integer(cell->lo));
        json_object_set_new(out, "hi", json_integer(cell->hi));
    } else if (cell->why == SUPPRESS_WHY_MISSING) {
        state = "missing";
    } else if (cell->why == SUPPRESS_WHY_UNTOLD) {
        state = "untold";
    }
    json_object_set_new(out, "state", json_string(state));
    if (cell->told) json_object_set_new(out, "told_before", json_true());
    if (intervals && cell->why != SUPPRESS_WHY_NOTHING) {
        json_object_set_new(out, "least", json_integer(cell->least));
        json_object_set_new(out, "most",
                            cell->most == SUPPRESS_UNBOUNDED ? json_null()
                                                             : json_integer(cell->most));
    }
    return out;
}

static void run(struct ask *ask, const struct names *names, const struct suppress_table *table)
{
    struct suppress_answer *answers =
        arena_alloc(&ask->arena, (table->cells_n + 1) * sizeof(*answers));
    const char *why = "";
    enum err err = suppress(table, answers, &why);
    ask_result(ask, err);
    if (err != ERR_OK) {
        json_object_set_new(ask->answer, "because", json_string(why));
        return;
    }
    json_t *cells = json_array();
    size_t hidden = 0;
    for (size_t i = 0; i < table->cells_n; i++) {
        enum suppress_why here = answers[i].why;
        hidden += here != SUPPRESS_WHY_NOTHING && here != SUPPRESS_WHY_BAND &&
                  here != SUPPRESS_WHY_MISSING && here != SUPPRESS_WHY_UNTOLD;
        json_array_append_new(cells,
                              answer_cell(names->name[i], &answers[i], table->intervals));
    }
    json_object_set_new(ask->answer, "cells", cells);
    ask_put_number(ask->answer, "hidden", hidden);
}

void op_suppress(struct ask *ask)
{
    const json_t *list = ask_list(ask, ask->request, "cells", false);
    const json_t *lines = ask_list(ask, ask->request, "lines", true);
    const json_t *earlier = ask_list(ask, ask->request, "earlier", true);
    struct names names = {.n = json_array_size(list)};
    struct suppress_table table = {.cells_n = names.n,
                                   .lines_n = json_array_size(lines),
                                   .earlier_n = json_array_size(earlier),
                                   .least = 10};
    names.name = arena_alloc(&ask->arena, (names.n + 1) * sizeof(*names.name));
    struct suppress_cell *cells = arena_alloc(&ask->arena, (names.n + 1) * sizeof(*cells));
    struct suppress_line *sums = arena_alloc(&ask->arena, (table.lines_n + 1) * sizeof(*sums));
    struct suppress_told *told =
        arena_alloc(&ask->arena, (table.earlier_n * names.n + 1) * sizeof(*told));
    for (size_t i = 0; i < names.n && !ask->failed; i++)
        names.name[i] = ask_text(ask, json_array_get(list, i), "name");
    for (size_t i = 0; i < names.n && !ask->failed; i++)
        take_cell(ask, json_array_get(list, i), &names, &cells[i]);
    for (size_t i = 0; i < table.lines_n && !ask->failed; i++)
        take_line(ask, json_array_get(lines, i), &names, &sums[i]);
    for (size_t i = 0; i < table.earlier_n && !ask->failed; i++)
        take_earlier(ask, json_array_get(earlier, i), &names, &told[i * names.n]);
    if (ask_has(ask->request, "n")) {
        table.least = (int64_t)ask_number(ask, ask->request, "n", 1000000);
    }
    table.intervals = json_is_true(json_object_get(ask->request, "intervals"));
    table.cells = cells;
    table.lines = sums;
    table.earlier = told;
    if (!ask->failed) run(ask, &names, &table);
}
