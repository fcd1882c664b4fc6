#include "daemon/report/cells.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "proto/base/check.h"

/* The table as it is built: places in it of each cell's students and of its numerator. */
struct build {
    struct cells *cells;
    struct suppress_table table;
    struct suppress_cell *parts;
    struct suppress_line *lines;
    struct suppress_told *earlier;
    uint32_t *students, *numerator; /* of a cell; SUPPRESS_NONE: it has none */
    size_t cap;
    const char *why;
};

static struct arena *arena_of(const struct build *build)
{
    return build->cells->measure->arena;
}

/* "WHAT: text" */
static enum err refuse(struct build *build, const char *what, const char *text)
{
    size_t n = strlen(what) + strlen(text) + 3;
    char *why = arena_alloc(arena_of(build), n);
    (void)snprintf(why, n, "%s: %s", what, text);
    build->why = why;
    return ERR_INVALID;
}

static const char *name_of(const char *group)
{
    return *group == '\0' ? "all students" : group;
}

/* Whole numbers of a count, students of a share or a mean: what is counted of a cell. */
static enum err students_of(struct build *build, const struct cell *cell, int64_t *out)
{
    const struct measure_number *number = &cell->number;
    if (build->cells->measure->unit == MEASURE_COUNT) {
        *out = number->value_num;
        if (number->valued && number->value_num >= 0 && number->value_den == 1) return ERR_OK;
        return refuse(build, name_of(cell->group),
                      "only whole counts of students can be published");
    }
    *out = number->den;
    if (number->counted || (number->valued && number->den > 0)) return ERR_OK;
    return refuse(
        build,
        "%s: without a denominator nobody can tell whether the group is small; give it "
        "with the point",
        name_of(cell->group));
}

static uint32_t add(struct build *build, int64_t value, uint32_t of, uint32_t schools)
{
    CHECK(build->table.cells_n < build->cap);
    build->parts[build->table.cells_n] =
        (struct suppress_cell){.known = true, .value = value, .of = of, .schools = schools};
    return (uint32_t)build->table.cells_n++;
}

/* What is left beside groups: nobody is told it; it is kept when it is small. */
static uint32_t add_rest(struct build *build, int64_t value, uint32_t of)
{
    uint32_t place = add(build, value, of, 0);
    uint32_t whole = of == SUPPRESS_NONE ? place : of;
    if (build->parts[whole].value >= build->cells->least) {
        build->parts[place].given = SUPPRESS_UNTOLD;
    }
    return place;
}

static void add_line(struct build *build, uint32_t total, const uint32_t *parts, size_t n,
                     bool two_valued)
{
    build->lines[build->table.lines_n++] = (struct suppress_line){
        .total = total,
        .parts = arena_dup(arena_of(build), parts, n * sizeof(*parts)),
        .n = n,
        .two_valued = two_valued && n <= 3,
    };
}

/* ---- lines ---- */

static bool in_factor(const struct measure_factor *factor, const char *group)
{
    for (size_t i = 0; i < factor->n; i++) {
        if (strcasecmp(factor->groups[i], group) == 0) return true;
    }
    return false;
}

static int64_t sum_of(const struct build *build, const uint32_t *places, const uint32_t *of,
                      size_t n, bool *whole)
{
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        *whole = *whole && of[places[i]] != SUPPRESS_NONE;
        if (of[places[i]] != SUPPRESS_NONE) sum += build->parts[of[places[i]]].value;
    }
    return sum;
}

/* A line for students, and one for numerators where all have one; with what is left beside
 * them. */
static enum err line_of(struct build *build, const char *name, uint32_t total,
                        const uint32_t *members, size_t n, bool two_valued)
{
    uint32_t *parts = arena_alloc(arena_of(build), (n + 1) * sizeof(*parts));
    bool all = true, whole = build->numerator[total] != SUPPRESS_NONE;
    int64_t left = build->parts[build->students[total]].value -
                   sum_of(build, members, build->students, n, &all);
    int64_t without = sum_of(build, members, build->numerator, n, &whole);
    uint32_t rest = SUPPRESS_NONE;
    if (left < 0) {
        return refuse(build, name, "the groups have more students together than all students");
    }
    for (size_t i = 0; i < n; i++)
        parts[i] = build->students[members[i]];
    if (left > 0) parts[n] = rest = add_rest(build, left, SUPPRESS_NONE);
    add_line(build, build->students[total], parts, n + (left > 0), two_valued && n == 2);
    if (!whole) return ERR_OK;
    without = build->parts[build->numerator[total]].value - without;
    if (without < 0 || without > left) {
        return refuse(build, "the numerators of %s do not add up to that of all students",
                      name);
    }
    for (size_t i = 0; i < n; i++)
        parts[i] = build->numerator[members[i]];
    if (left > 0) parts[n] = add_rest(build, without, rest);
    add_line(build, build->numerator[total], parts, n + (left > 0), false);
    return ERR_OK;
}

static size_t members_of(const struct build *build, const struct measure_factor *factor,
                         uint32_t *members)
{
    size_t n = 0;
    if (!factor->sums && !factor->two_valued) return 0;
    for (uint32_t i = 0; i < build->cells->n; i++) {
        const char *group = build->cells->list[i].group;
        if (*group != '\0' && in_factor(factor, group)) members[n++] = i;
    }
    return n;
}

/*
 * The place of all students. Where nobody gave them, and all groups of a factor are there,
 * anybody can add; the sum is then one more cell, which nobody is told. SUPPRESS_NONE: nobody
 * knows.
 */
static uint32_t total_of(struct build *build, uint32_t *members)
{
    const struct cells *cells = build->cells;
    uint32_t place = (uint32_t)cells->n;
    int64_t most = -1;
    if (cells->n > 0 && *cells->list[0].group == '\0') return 0;
    for (size_t f = 0; f < cells->measure->factors_n; f++) {
        const struct measure_factor *factor = &cells->measure->factors[f];
        size_t n = members_of(build, factor, members);
        bool all = true, whole = true;
        if (n == 0 || n < factor->n) continue;
        int64_t sum = sum_of(build, members, build->students, n, &all);
        int64_t counted = sum_of(build, members, build->numerator, n, &whole);
        if (sum <= most) continue;
        most = sum;
        build->students[place] = add(build, sum, SUPPRESS_NONE, 0);
        build->numerator[place] =
            whole ? add(build, counted, build->students[place], 0) : SUPPRESS_NONE;
        build->parts[build->students[place]].given = SUPPRESS_UNTOLD;
        if (whole) build->parts[build->numerator[place]].given = SUPPRESS_UNTOLD;
    }
    return most < 0 ? SUPPRESS_NONE : place;
}

static enum err lines(struct build *build)
{
    const struct cells *cells = build->cells;
    uint32_t *members = arena_alloc(arena_of(build), (cells->n + 1) * sizeof(*members));
    bool *placed = arena_alloc(arena_of(build), cells->n + 1);
    uint32_t total = total_of(build, members);
    enum err err = ERR_OK;
    for (size_t f = 0; f < cells->measure->factors_n && err == ERR_OK; f++) {
        const struct measure_factor *factor = &cells->measure->factors[f];
        size_t n = members_of(build, factor, members);
        if (n == 0 || total == SUPPRESS_NONE) continue;
        for (size_t i = 0; i < n; i++)
            placed[members[i]] = true;
        err = line_of(build, factor->name, total, members, n, factor->two_valued);
    }
    for (uint32_t i = 0; i < cells->n && err == ERR_OK; i++) {
        if (placed[i] || i == total || total == SUPPRESS_NONE) continue;
        err = line_of(build, cells->list[i].group, total, &i, 1, false);
    }
    return err;
}

/* ---- there and back ---- */

static struct suppress_told told_students(const struct cells_told *told)
{
    struct suppress_told out = {.present = told->present, .hi = SUPPRESS_UNBOUNDED};
    if (told->told) out.lo = out.hi = told->den;
    out.known = told->known && !told->told;
    out.value = told->true_den;
    return out;
}

static struct suppress_told told_numerator(const struct cells_told *told)
{
    struct suppress_told out = {.present = told->present, .hi = SUPPRESS_UNBOUNDED};
    if (told->numerator == MEASURE_GIVEN) {
        out.lo = out.hi = told->num;
    } else if (told->numerator == MEASURE_CLAMPED) {
        out.lo = told->lo;
        out.hi = told->hi;
    }
    out.known = told->known && told->numerator != MEASURE_GIVEN && told->true_num >= out.lo &&
                told->true_num <= out.hi;
    out.value = told->true_num;
    return out;
}

static void earlier(struct build *build)
{
    struct cells *cells = build->cells;
    size_t n = build->table.cells_n;
    build->table.earlier_n = cells->earlier_n;
    build->table.earlier =
        arena_alloc(arena_of(build), (n * cells->earlier_n + 1) * sizeof(struct suppress_told));
    struct suppress_told *out = (struct suppress_told *)(uintptr_t)build->table.earlier;
    for (size_t i = 0; i < cells->n; i++) {
        for (size_t r = 0; r < cells->earlier_n && cells->list[i].earlier != NULL; r++) {
            const struct cells_told *told = &cells->list[i].earlier[r];
            out[r * n + build->students[i]] = told_students(told);
            if (build->numerator[i] == SUPPRESS_NONE) continue;
            out[r * n + build->numerator[i]] = told_numerator(told);
        }
    }
}

static bool is_hidden(enum suppress_why why)
{
    return why != SUPPRESS_WHY_NOTHING && why != SUPPRESS_WHY_BAND;
}

static void take_answers(struct build *build, const struct suppress_answer *answers)
{
    for (size_t i = 0; i < build->cells->n; i++) {
        struct cell *cell = &build->cells->list[i];
        const struct suppress_answer *students = &answers[build->students[i]];
        cell->why = students->why;
        cell->told_before = students->told;
        cell->state = is_hidden(students->why) ? MEASURE_SUPPRESSED : MEASURE_GIVEN;
        if (build->numerator[i] == SUPPRESS_NONE || cell->state != MEASURE_GIVEN) continue;
        const struct suppress_answer *numerator = &answers[build->numerator[i]];
        int64_t most;
        cell->why = numerator->why;
        cell->told_before = numerator->told;
        cell->numerator_hidden = is_hidden(numerator->why);
        if (numerator->why != SUPPRESS_WHY_BAND) continue;
        cell->state = MEASURE_CLAMPED;
        cell->band = suppress_band(cell->number.den, &most);
        cell->at_most = numerator->lo == 0;
    }
}

enum err cells_judge(struct cells *cells, const char **why)
{
    struct arena *arena = cells->measure->arena;
    size_t lines_max = cells->measure->factors_n + cells->n;
    struct build build = {.cells = cells, .cap = 2 * (cells->n + 2 * lines_max) + 2};
    build.parts = arena_alloc(arena, build.cap * sizeof(*build.parts));
    build.lines = arena_alloc(arena, (2 * lines_max + 1) * sizeof(*build.lines));
    build.students = arena_alloc(arena, (cells->n + 1) * sizeof(*build.students));
    build.numerator = arena_alloc(arena, (cells->n + 1) * sizeof(*build.numerator));
    enum err err = ERR_OK;
    for (size_t i = 0; i < cells->n && err == ERR_OK; i++) {
        const struct cell *cell = &cells->list[i];
        int64_t students = 0;
        err = students_of(&build, cell, &students);
        build.students[i] = add(&build, students, SUPPRESS_NONE, cell->schools);
        build.numerator[i] = SUPPRESS_NONE;
        /* Means do not add, and a count has nothing over it. */
        bool share =
            cells->measure->unit == MEASURE_PERCENT || cells->measure->unit == MEASURE_RATE;
        if (!share || !cell->number.counted) continue;
        build.numerator[i] = add(&build, cell->number.num, build.students[i], cell->schools);
    }
    if (err == ERR_OK) err = lines(&build);
    if (err == ERR_OK) {
        earlier(&build);
        build.table.cells = build.parts;
        build.table.lines = build.lines;
        build.table.least = cells->least;
        struct suppress_answer *answers =
            arena_alloc(arena, (build.table.cells_n + 1) * sizeof(*answers));
        err = suppress(&build.table, answers, &build.why);
        if (err == ERR_OK) take_answers(&build, answers);
    }
    if (err != ERR_OK) *why = build.why;
    return err;
}
