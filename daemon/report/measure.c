#include "daemon/report/measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/view/reader.h"
#include "daemon/view/resolve.h"
#include "proto/record/ijson.h"
#include "proto/record/schema.h"

/* ---- the record ---- */

static const char *text_at(struct arena *arena, const json_t *sections, const char *path)
{
    const char *text = json_string_value(schema_get(sections, path));
    return arena_strdup(arena, text == NULL ? "" : text);
}

static enum measure_unit unit_of(const char *unit)
{
    static const char *const names[] = {"count", "percent", "rate", "mean"};
    for (int i = 1; i < 4; i++) {
        if (strcmp(names[i], unit) == 0) return (enum measure_unit)i;
    }
    return MEASURE_COUNT;
}

static json_t *parse(struct slice text)
{
    return text.n == 0 ? NULL : json_loadb((const char *)text.p, text.n, 0, NULL);
}

static void add_group(struct measure *measure, const char **list, const char *name)
{
    for (size_t i = 0; i < measure->groups_n; i++) {
        if (strcasecmp(list[i], name) == 0) return;
    }
    list[measure->groups_n++] = arena_strdup(measure->arena, name);
}

/* The network's own words: the newest vocabulary that is shown. New reference or NULL. */
static json_t *vocabulary(struct view_reader *reader)
{
    json_t *words = NULL;
    sqlite3_stmt *row = db_start(
        &reader->db,
        "SELECT t.sections FROM records r JOIN states t ON t.id = r.id * 65536 + r.space"
        " WHERE r.type = 'vocabulary' AND r.space IS NOT NULL AND r.hidden IS NULL"
        " ORDER BY r.lamport DESC, r.record LIMIT 1",
        "");
    if (db_next(&reader->db, row)) {
        words = parse(db_blob(row, 0));
        db_end(row);
    }
    return words;
}

static void take_factors(struct measure *measure, const json_t *words)
{
    const json_t *factors = schema_get(words, "groups.factors");
    const json_t *list = schema_get(words, "groups.list");
    size_t n = json_array_size(factors), m = json_array_size(list);
    struct measure_factor *out = arena_alloc(measure->arena, (n + 1) * sizeof(*out));
    for (size_t i = 0; i < n; i++) {
        const json_t *factor = json_array_get(factors, i);
        const char *id = ijson_str(factor, "id");
        if (json_is_true(json_object_get(factor, "deleted"))) continue;
        struct measure_factor *here = &out[measure->factors_n++];
        *here = (struct measure_factor){
            .name = arena_strdup(measure->arena, ijson_str(factor, "name")),
            .two_valued = json_is_true(json_object_get(factor, "two_valued")),
            .sums = json_is_true(json_object_get(factor, "sums")),
            .groups = arena_alloc(measure->arena, (m + 1) * sizeof(*here->groups))};
        for (size_t k = 0; k < m; k++) {
            const json_t *group = json_array_get(list, k);
            if (strcmp(ijson_str(group, "factor"), id) != 0 ||
                json_is_true(json_object_get(group, "deleted"))) {
                continue;
            }
            here->groups[here->n++] = arena_strdup(measure->arena, ijson_str(group, "name"));
        }
    }
    measure->factors = out;
}

static void take_words(struct measure *measure, const json_t *words)
{
    const json_t *own = schema_get(measure->sections, "head.groups");
    const json_t *list = schema_get(words, "groups.list");
    size_t n = json_array_size(own), m = json_array_size(list);
    const char **groups = arena_alloc(measure->arena, (n + m + 1) * sizeof(*groups));
    for (size_t i = 0; i < n; i++) {
        const char *name = json_string_value(json_array_get(own, i));
        if (name != NULL) add_group(measure, groups, name);
    }
    for (size_t i = 0; i < m; i++) {
        const json_t *group = json_array_get(list, i);
        if (json_is_true(json_object_get(group, "deleted"))) continue;
        add_group(measure, groups, ijson_str(group, "name"));
    }
    measure->groups = groups;
    take_factors(measure, words);
}

enum err measure_fail(struct buf *out, enum err err, const char *text)
{
    json_t *error = json_pack("{s:s}", "error", text);
    char *json = ijson_text(error);
    out->len = 0;
    buf_put_str(out, json);
    free(json);
    json_decref(error);
    return err;
}

static enum err take_record(struct view_reader *reader, int64_t row, json_t **sections,
                            struct buf *out)
{
    sqlite3_stmt *record = db_start(
        &reader->db,
        "SELECT r.type, t.sections FROM records r JOIN states t ON t.id = r.id * 65536 +"
        " r.space WHERE r.id = ?",
        "i", row);
    bool is = false;
    if (db_next(&reader->db, record)) {
        is = strcmp(db_text(record, 0), "measure") == 0;
        *sections = is ? parse(db_blob(record, 1)) : NULL;
        db_end(record);
    }
    if (reader->db.err != ERR_OK) return reader->db.err;
    if (!is)
        return measure_fail(out, ERR_INVALID, "that is no measure: kith measure lists them");
    return ERR_OK;
}

enum err measure_open(struct view_reader *reader, const char *id, struct arena *arena,
                      struct measure *measure, struct buf *out)
{
    int64_t row = 0;
    json_t *sections = NULL;
    *measure = (struct measure){.arena = arena, .per = 1};
    enum err err = resolve_record(reader, id, &measure->key, &row);
    if (err == ERR_INVALID) {
        return measure_fail(out, err, "several records begin so: write more digits");
    }
    if (err == ERR_OK) err = take_record(reader, row, &sections, out);
    if (err != ERR_OK) return err;
    revision_ref(measure->ref, &measure->key.owner, &measure->key.record);
    measure->sections = sections == NULL ? json_object() : sections;
    measure->name = text_at(arena, sections, "head.name");
    measure->unit = unit_of(text_at(arena, sections, "head.unit"));
    measure->period = period_kind_of(text_at(arena, sections, "head.frequency"));
    json_int_t per = json_integer_value(schema_get(sections, "head.per"));
    if (measure->unit == MEASURE_PERCENT) measure->per = 100;
    if (measure->unit == MEASURE_RATE) measure->per = per > 0 ? per : 100;
    json_t *words = vocabulary(reader);
    take_words(measure, words);
    json_decref(words);
    return reader->db.err;
}

void measure_close(struct measure *measure)
{
    json_decref((json_t *)(uintptr_t)measure->sections);
    measure->sections = NULL;
}

const char *measure_group(const struct measure *measure, const char *text)
{
    for (size_t i = 0; i < measure->groups_n; i++) {
        if (strcasecmp(measure->groups[i], text) == 0) return measure->groups[i];
    }
    return measure->groups_n == 0 || *text == '\0' ? text : NULL;
}

/* ---- numbers ---- */

bool measure_decimal(const json_t *number, int64_t *num, int64_t *den)
{
    char text[64];
    if (json_is_integer(number)) {
        (void)snprintf(text, sizeof(text), "%lld", (long long)json_integer_value(number));
    } else if (json_is_real(number)) {
        /* A decimal of at most fifteen digits is the only such one near its double. */
        (void)snprintf(text, sizeof(text), "%.15g", json_real_value(number));
    } else {
        return false;
    }
    return ratio_parse(text, num, den) == ERR_OK;
}

static bool is_count(const json_t *number)
{
    return json_is_integer(number) && json_integer_value(number) >= 0 &&
           json_integer_value(number) < RATIO_VALUE_MAX;
}

/* Counts and value of an object that may have both. */
static void take_number(struct measure_number *out, const json_t *from)
{
    const json_t *num = json_object_get(from, "numerator");
    const json_t *den = json_object_get(from, "denominator");
    if (is_count(den)) out->den = json_integer_value(den);
    if (is_count(num)) out->num = json_integer_value(num);
    out->counted = is_count(num) && is_count(den) && out->num <= out->den;
    out->valued =
        measure_decimal(json_object_get(from, "value"), &out->value_num, &out->value_den);
}

void measure_take(const struct measure *measure, struct measure_number *out, const json_t *head)
{
    take_number(out, head);
    if (measure->unit == MEASURE_COUNT && !out->valued) {
        out->valued = measure_decimal(json_object_get(head, "numerator"), &out->value_num,
                                      &out->value_den);
    }
}

bool measure_value(const struct measure *measure, const struct measure_number *number,
                   struct ratio *out)
{
    if (number->state != MEASURE_GIVEN) return false;
    bool share = measure->unit == MEASURE_PERCENT || measure->unit == MEASURE_RATE;
    if (share && number->counted) {
        if (number->den == 0) return false;
        *out = ratio_of((ratio_int)number->num * measure->per, number->den);
        return true;
    }
    if (!number->valued) return false;
    *out = ratio_of(number->value_num, number->value_den);
    return true;
}

static int by_time(const struct measure_number *a, const struct measure_number *b)
{
    int order = a->lamport < b->lamport ? 1 : a->lamport > b->lamport ? -1 : 0;
    return order == 0 ? -record_id_cmp(&a->record, &b->record) : order;
}

static int by_period(const struct measure_number *a, const struct measure_number *b)
{
    int order = school_id_cmp(&a->school, &b->school);
    return order == 0 ? strcmp(a->period, b->period) : order;
}

/* Of points, each its own; of releases, whole ones. */
static int by_point(const void *x, const void *y)
{
    const struct measure_number *a = x, *b = y;
    int order = by_period(a, b);
    if (order == 0) order = strcmp(a->group, b->group);
    return order == 0 ? by_time(a, b) : order;
}

static int by_release(const void *x, const void *y)
{
    const struct measure_number *a = x, *b = y;
    int order = by_period(a, b);
    if (order == 0) order = by_time(a, b);
    return order == 0 ? strcmp(a->group, b->group) : order;
}

/* What was written last stands: of several points at one place, of several editions. */
static void settle(struct measure_numbers *numbers, bool points)
{
    size_t n = 0;
    if (numbers->n == 0) return;
    qsort(numbers->list, numbers->n, sizeof(*numbers->list), points ? by_point : by_release);
    for (size_t i = 0; i < numbers->n; i++) {
        const struct measure_number *here = &numbers->list[i];
        const struct measure_number *last = n == 0 ? NULL : &numbers->list[n - 1];
        bool same = last != NULL && by_period(last, here) == 0;
        bool group = same && strcmp(last->group, here->group) == 0;
        if (points ? group : same && (group || !record_id_eq(&last->record, &here->record))) {
            numbers->twice += points;
        } else {
            numbers->list[n++] = *here;
        }
    }
    numbers->n = n;
}

static struct measure_number *next_number(struct measure_numbers *numbers, size_t *cap)
{
    MEM_RESERVE(numbers->list, numbers->n, *cap);
    struct measure_number *out = &numbers->list[numbers->n++];
    *out = (struct measure_number){.note = "", .annotation = "", .cycle = ""};
    return out;
}

/* The list into the arena, so that nothing is left to free. */
static void keep(struct measure_numbers *numbers, bool points, struct arena *arena)
{
    settle(numbers, points);
    struct measure_number *list = numbers->list;
    numbers->list = arena_dup(arena, list, numbers->n * sizeof(*list));
    free(list);
}

/* ---- points ---- */

#define FROM_LINKED(type)                                                                      \
    " FROM links l JOIN records r ON r.id = l.record AND r.type = '" type "' JOIN states t ON" \
    " t.id = r.id * 65536 + r.space WHERE l.owner = ?1 AND l.target = ?2 AND l.path ="         \
    " 'head.measure' AND r.hidden IS NULL AND (?3 IS NULL OR r.owner = ?3)"

static sqlite3_stmt *start(struct view_reader *reader, const char *sql,
                           const struct measure *measure, const struct school_id *school)
{
    return db_start(&reader->db, sql, "bbb", measure->key.owner.b, sizeof(measure->key.owner.b),
                    measure->key.record.b, sizeof(measure->key.record.b),
                    school == NULL ? NULL : school->b, sizeof(struct school_id));
}

static void take_head(struct measure_number *out, sqlite3_stmt *row)
{
    db_copy(row, 0, out->school.b, sizeof(out->school.b));
    db_copy(row, 1, out->record.b, sizeof(out->record.b));
    out->lamport = (uint64_t)sqlite3_column_int64(row, 2);
}

/* A point whose number was taken away says nothing, and is not broken. */
static bool says_number(const json_t *head)
{
    return json_object_get(head, "numerator") != NULL ||
           json_object_get(head, "denominator") != NULL ||
           json_object_get(head, "value") != NULL;
}

enum err measure_points(struct view_reader *reader, const struct measure *measure,
                        const struct school_id *school, struct measure_numbers *out)
{
    size_t cap = 0;
    *out = (struct measure_numbers){0};
    sqlite3_stmt *row =
        start(reader,
              "SELECT r.owner, r.record, r.lamport, t.sections -> '$.head', r.edit" FROM_LINKED(
                  "point"),
              measure, school);
    while (db_next(&reader->db, row)) {
        json_t *head = parse(db_blob(row, 3));
        struct measure_number *number = next_number(out, &cap);
        take_head(number, row);
        db_copy(row, 4, number->edit.b, sizeof(number->edit.b));
        measure_take(measure, number, head);
        number->period = arena_strdup(measure->arena, ijson_str(head, "period"));
        const char *group = ijson_str(head, "group"), *known = measure_group(measure, group);
        number->group = arena_strdup(measure->arena, known == NULL ? group : known);
        if (*ijson_str(head, "note") != '\0') {
            number->note = arena_strdup(measure->arena, ijson_str(head, "note"));
        }
        if (*ijson_str(head, "annotation") != '\0') {
            number->annotation = arena_strdup(measure->arena, ijson_str(head, "annotation"));
        }
        if (*ijson_str(head, "cycle") != '\0') {
            number->cycle = arena_strdup(measure->arena, ijson_str(head, "cycle"));
        }
        bool number_given = number->counted || number->valued;
        if (*number->period == '\0' || (!number_given && says_number(head))) {
            out->broken++;
            out->n--;
        }
        json_decref(head);
    }
    keep(out, true, measure->arena);
    return reader->db.err;
}

/* ---- releases ---- */

/* A school's own kith hides them before they leave; who wrote a release by hand may not have.
 */
static bool is_small(const struct measure *measure, const struct measure_number *number)
{
    int64_t students = measure->unit != MEASURE_COUNT ? number->den
                       : number->value_den == 1       ? number->value_num
                                                      : 0;
    return students > 0 && students < MEASURE_LEAST;
}

/* A number as a release says it: hidden, within a band at one of the ends, or told. */
static void take_figure(const struct measure *measure, struct measure_number *out,
                        const json_t *figure)
{
    const json_t *most = json_object_get(figure, "at_most");
    const json_t *least = json_object_get(figure, "at_least");
    take_number(out, figure);
    if (json_is_true(json_object_get(figure, "hidden")) || is_small(measure, out)) {
        out->state = MEASURE_SUPPRESSED;
    } else if (is_count(most) || is_count(least)) {
        bool low = is_count(most);
        int64_t share = low ? json_integer_value(most) : 100 - json_integer_value(least);
        int64_t students = share < 0 || share > 100 ? out->den : out->den * share / 100;
        out->state = MEASURE_CLAMPED;
        out->lo = low ? 0 : out->den - students;
        out->hi = low ? students : out->den;
    } else if (!out->counted && !out->valued) {
        out->state = MEASURE_SUPPRESSED; /* its denominator is told, and no more */
    }
}

static void take_release(const struct measure *measure, sqlite3_stmt *row,
                         struct measure_numbers *out, size_t *cap)
{
    json_t *sections = parse(db_blob(row, 3));
    const json_t *head = json_object_get(sections, "head");
    const json_t *figures = json_object_get(sections, "figures");
    const json_t *cells = json_object_get(figures, "cells");
    const char *period = arena_strdup(measure->arena, ijson_str(head, "period"));
    json_int_t edition = json_integer_value(json_object_get(head, "edition"));
    size_t n = json_array_size(cells);
    for (size_t i = 0; i <= n && *period != '\0'; i++) {
        const json_t *figure = i == 0 ? figures : json_array_get(cells, i - 1);
        if (!json_is_object(figure)) continue;
        struct measure_number *number = next_number(out, cap);
        take_head(number, row);
        /* The edition counts first, then who wrote later. */
        number->lamport = (uint64_t)(edition < 0 ? 0 : edition) << 32 | number->lamport;
        take_figure(measure, number, figure);
        number->period = period;
        number->group =
            i == 0 ? MEASURE_ALL : arena_strdup(measure->arena, ijson_str(figure, "group"));
    }
    if (*period == '\0') out->broken++;
    json_decref(sections);
}

enum err measure_releases(struct view_reader *reader, const struct measure *measure,
                          const struct school_id *school, struct measure_numbers *out)
{
    size_t cap = 0;
    *out = (struct measure_numbers){0};
    sqlite3_stmt *row = start(
        reader,
        "SELECT r.owner, r.record, r.lamport, t.sections" FROM_LINKED(
            "release") " AND EXISTS (SELECT 1 FROM states x JOIN spaces s ON s.id = x.id % "
                       "65536 WHERE"
                       " x.id BETWEEN r.id * 65536 AND r.id * 65536 + 65535 AND s.class <> 2)",
        measure, school);
    while (db_next(&reader->db, row))
        take_release(measure, row, out, &cap);
    keep(out, false, measure->arena);
    return reader->db.err;
}
