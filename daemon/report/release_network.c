/* What the network sees: the union of what schools publish, small numbers hidden once more. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/report/release.h"

/* One period and group, over schools. */
struct gather {
    const char *period, *group;
    int64_t num, den, value;
    bool counted, valued, beyond; /* beyond: a sum too large, or one that cannot be made */
    size_t schools, hidden;
};

static int by_place(const void *x, const void *y)
{
    const struct measure_number *a = x, *b = y;
    int order = strcmp(a->period, b->period);
    return order == 0 ? strcmp(a->group, b->group) : order;
}

/* Adds what a school tells; what it hides, or tells in part, is one hidden cell more. */
static void take(const struct measure *measure, struct gather *sum,
                 const struct measure_number *number)
{
    bool share = measure->unit == MEASURE_PERCENT || measure->unit == MEASURE_RATE;
    if (number->state != MEASURE_GIVEN ||
        !(share ? number->counted : number->valued && number->value_den == 1)) {
        sum->hidden++;
        return;
    }
    sum->schools++;
    if (share) {
        sum->num += number->num;
        sum->den += number->den;
        sum->counted = true;
    } else {
        sum->value += number->value_num;
        sum->valued = true;
    }
    sum->beyond = sum->beyond || sum->den >= RATIO_VALUE_MAX || sum->value >= RATIO_VALUE_MAX;
}

static struct measure_number number_of(const struct gather *sum)
{
    return (struct measure_number){.period = sum->period,
                                   .group = sum->group,
                                   .state = MEASURE_SUPPRESSED,
                                   .counted = sum->counted,
                                   .num = sum->num,
                                   .den = sum->den,
                                   .valued = sum->valued,
                                   .value_num = sum->value,
                                   .value_den = 1,
                                   .note = "",
                                   .annotation = "",
                                   .cycle = ""};
}

static void put_band(struct measure_number *number, const struct cell *cell)
{
    int64_t most;
    (void)suppress_band(number->den, &most);
    number->lo = cell->at_most ? 0 : number->den - most;
    number->hi = cell->at_most ? most : number->den;
}

/* One period: the cells of groups that some school tells, judged; the others stay suppressed.
 */
static const char *judge(const struct measure *measure, const struct gather *from, size_t n,
                         struct release_sum *out)
{
    struct cells cells = {.measure = measure, .least = MEASURE_LEAST};
    cells.list = arena_alloc(measure->arena, (n + 1) * sizeof(*cells.list));
    size_t *place = arena_alloc(measure->arena, (n + 1) * sizeof(*place));
    const char *why = NULL;
    for (size_t i = 0; i < n; i++) {
        out[i] = (struct release_sum){number_of(&from[i]), from[i].schools, from[i].hidden};
        if (from[i].schools == 0 || from[i].beyond) continue;
        struct cell *cell = &cells.list[cells.n];
        *cell = (struct cell){.group = from[i].group,
                              .number = out[i].number,
                              .schools = (uint32_t)from[i].schools};
        cell->number.state = MEASURE_GIVEN;
        place[cells.n++] = i;
    }
    if (cells.n == 0 || cells_judge(&cells, &why) != ERR_OK) return why;
    for (size_t k = 0; k < cells.n; k++) {
        struct measure_number *number = &out[place[k]].number;
        number->state = cells.list[k].state;
        if (cells.list[k].numerator_hidden) number->state = MEASURE_SUPPRESSED;
        if (number->state == MEASURE_CLAMPED) put_band(number, &cells.list[k]);
    }
    return NULL;
}

static size_t schools_in(const struct measure_numbers *numbers)
{
    size_t n = 0;
    for (size_t i = 0; i < numbers->n; i++) {
        n += i == 0 || !school_id_eq(&numbers->list[i - 1].school, &numbers->list[i].school);
    }
    return n;
}

enum err release_network(struct view_reader *reader, const struct measure *measure,
                         struct release_sums *out)
{
    struct measure_numbers numbers;
    *out = (struct release_sums){0};
    enum err err = measure_releases(reader, measure, NULL, &numbers);
    if (err != ERR_OK) return err;
    out->schools = schools_in(&numbers);
    struct measure_number *list =
        arena_dup(measure->arena, numbers.list, numbers.n * sizeof(*list));
    if (numbers.n > 0) qsort(list, numbers.n, sizeof(*list), by_place);
    struct gather *sums = arena_alloc(measure->arena, (numbers.n + 1) * sizeof(*sums));
    size_t n = 0;
    for (size_t i = 0; i < numbers.n; i++) {
        if (n == 0 || strcmp(sums[n - 1].period, list[i].period) != 0 ||
            strcmp(sums[n - 1].group, list[i].group) != 0) {
            sums[n++] = (struct gather){.period = list[i].period, .group = list[i].group};
        }
        take(measure, &sums[n - 1], &list[i]);
    }
    out->list = arena_alloc(measure->arena, (n + 1) * sizeof(*out->list));
    out->n = n;
    for (size_t from = 0, to; from < n; from = to) {
        to = from + 1;
        while (to < n && strcmp(sums[to].period, sums[from].period) == 0)
            to++;
        const char *why = judge(measure, &sums[from], to - from, &out->list[from]);
        if (why != NULL) out->refused = why;
    }
    return ERR_OK;
}

char *release_text(const struct measure *measure, const struct measure_number *number,
                   char out[RELEASE_TEXT_BYTES])
{
    char text[RATIO_TEXT_BYTES];
    const char *suffix = measure->unit == MEASURE_PERCENT ? " %" : "";
    struct ratio value;
    int64_t most;
    if (number->state == MEASURE_CLAMPED) {
        int share = suppress_band(number->den, &most);
        bool low = number->lo == 0;
        (void)ratio_rounded(
            text, ratio_of((ratio_int)(low ? share : 100 - share) * measure->per, 100),
            measure->per < 100 ? 1 : 0);
        (void)snprintf(out, RELEASE_TEXT_BYTES, "%s %s%s", low ? "\u2264" : "\u2265", text,
                       suffix);
    } else if (number->state == MEASURE_SUPPRESSED) {
        (void)snprintf(out, RELEASE_TEXT_BYTES, "suppressed");
    } else if (!measure_value(measure, number, &value)) {
        (void)snprintf(out, RELEASE_TEXT_BYTES, "no data");
    } else {
        bool share = measure->unit == MEASURE_PERCENT || measure->unit == MEASURE_RATE;
        if (share) {
            (void)ratio_rounded(text, value, 1);
        } else {
            (void)ratio_text(text, value);
            if (strchr(text, '/') != NULL) (void)ratio_rounded(text, value, 2);
        }
        (void)snprintf(out, RELEASE_TEXT_BYTES, "%s%s", text, suffix);
    }
    return out;
}
