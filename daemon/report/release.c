/* What a school publishes. */
#include "daemon/report/release.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/view/reader.h"
#include "proto/base/text.h"
#include "proto/record/ijson.h"

enum { EDITIONS_MAX = SUPPRESS_EARLIER_MAX, BASIS_CHARS = 65 };

/* An earlier edition of the period: what it said, as a record, and whether others have had it.
 */
struct edition {
    json_t *sections;
    struct record_id record;
    json_int_t number;
    bool left;
};

struct release {
    struct view_reader *reader;
    struct measure measure;
    struct arena arena;
    char period[PERIOD_CHARS + 1];
    struct cells cells;
    struct edition editions[EDITIONS_MAX];
    size_t editions_n;   /* those that left, the oldest first */
    struct edition open; /* one that nobody else has seen; sections NULL: none */
    json_int_t latest;
};

/* ---- earlier editions ---- */

static int by_number(const void *x, const void *y)
{
    const struct edition *a = x, *b = y;
    if (a->number != b->number) return a->number < b->number ? -1 : 1;
    return record_id_cmp(&a->record, &b->record);
}

/* Its own releases of the period. One counts as gone out when any revision of it lies, or lay,
 * in a space that others read: what was taken back may have been copied. */
static enum err load_editions(struct release *release)
{
    const struct measure *measure = &release->measure;
    bool full = false;
    sqlite3_stmt *row = db_start(
        &release->reader->db,
        "SELECT t.sections, r.record, EXISTS (SELECT 1 FROM revisions v JOIN spaces s ON s.id ="
        " v.space WHERE v.record = r.id AND s.class <> 2) OR EXISTS (SELECT 1 FROM revisions v"
        " WHERE v.gone = r.record) FROM links l JOIN records r ON r.id = l.record AND r.type ="
        " 'release' JOIN states t ON t.id = r.id * 65536 + r.space WHERE l.owner = ?1 AND "
        "l.target"
        " = ?2 AND l.path = 'head.measure' AND r.owner = ?3 AND t.sections ->> '$.head.period' "
        "="
        " ?4",
        "bbbt", measure->key.owner.b, sizeof(measure->key.owner.b), measure->key.record.b,
        sizeof(measure->key.record.b), release->reader->school.b,
        sizeof(release->reader->school.b), release->period);
    while (db_next(&release->reader->db, row)) {
        struct slice text = db_blob(row, 0);
        struct edition edition = {.left = sqlite3_column_int(row, 2) != 0};
        edition.sections = json_loadb((const char *)text.p, text.n, 0, NULL);
        db_copy(row, 1, edition.record.b, sizeof(edition.record.b));
        edition.number = json_integer_value(
            json_object_get(json_object_get(edition.sections, "head"), "edition"));
        if (edition.number > release->latest) release->latest = edition.number;
        if (!edition.left && release->open.sections == NULL) {
            release->open = edition;
        } else if (edition.left && release->editions_n < EDITIONS_MAX) {
            release->editions[release->editions_n++] = edition;
        } else {
            full = full || edition.left;
            json_decref(edition.sections);
        }
    }
    qsort(release->editions, release->editions_n, sizeof(*release->editions), by_number);
    if (release->reader->db.err != ERR_OK) return release->reader->db.err;
    return full ? ERR_LIMIT : ERR_OK;
}

static const json_t *figure_of(const struct edition *edition, const char *group)
{
    const json_t *figures = json_object_get(edition->sections, "figures");
    const json_t *cells = json_object_get(figures, "cells");
    if (*group == '\0') return json_object_get(figures, "basis") == NULL ? NULL : figures;
    for (size_t i = 0; i < json_array_size(cells); i++) {
        const json_t *cell = json_array_get(cells, i);
        if (strcmp(ijson_str(cell, "group"), group) == 0) return cell;
    }
    return NULL;
}

/* The numbers of the point as it was when the edition was made: "record.edit" says which. */
static bool truth_of(struct release *release, const json_t *figure, struct cells_told *out)
{
    const char *basis = ijson_str(figure, "basis");
    struct record_id record;
    struct edit_id edit;
    char hex[2 * sizeof(record.b) + 1] = "";
    bool known = false;
    if (strlen(basis) != BASIS_CHARS || basis[32] != '.') return false;
    memcpy(hex, basis, sizeof(hex) - 1);
    if (text_unhex(record.b, sizeof(record.b), hex) != ERR_OK ||
        text_unhex(edit.b, sizeof(edit.b), basis + 33) != ERR_OK) {
        return false;
    }
    sqlite3_stmt *row = db_start(
        &release->reader->db,
        "SELECT v.body -> '$.sections.head' FROM records r JOIN revisions v ON v.record ="
        " r.id WHERE r.record = ? AND r.owner = ? AND v.edit = ? AND v.body IS NOT NULL",
        "bbb", record.b, sizeof(record.b), release->reader->school.b,
        sizeof(release->reader->school.b), edit.b, sizeof(edit.b));
    if (db_next(&release->reader->db, row)) {
        struct slice text = db_blob(row, 0);
        json_t *head = text.n == 0 ? NULL : json_loadb((const char *)text.p, text.n, 0, NULL);
        const json_t *num = json_object_get(head, "numerator");
        const json_t *den = json_object_get(head, "denominator");
        const json_t *value = json_object_get(head, "value");
        known = json_is_integer(den) || json_is_integer(value) || json_is_integer(num);
        out->true_num = json_integer_value(num);
        out->true_den = release->measure.unit != MEASURE_COUNT ? json_integer_value(den)
                        : json_is_integer(value)               ? json_integer_value(value)
                                                               : json_integer_value(num);
        json_decref(head);
        db_end(row);
    }
    return known;
}

static void take_told(struct release *release, const json_t *figure, struct cells_told *out)
{
    const json_t *den = json_object_get(figure, "denominator");
    const json_t *num = json_object_get(figure, "numerator");
    const json_t *value = json_object_get(figure, "value");
    const json_t *most = json_object_get(figure, "at_most");
    const json_t *least = json_object_get(figure, "at_least");
    const json_t *students = release->measure.unit == MEASURE_COUNT ? value : den;
    *out = (struct cells_told){.present = true, .numerator = MEASURE_SUPPRESSED};
    out->told = json_is_integer(students);
    out->den = json_integer_value(students);
    if (json_is_integer(num)) {
        out->numerator = MEASURE_GIVEN;
        out->num = json_integer_value(num);
    } else if (json_is_integer(most) || json_is_integer(least)) {
        bool low = json_is_integer(most);
        int64_t share = low ? json_integer_value(most) : 100 - json_integer_value(least);
        out->numerator = MEASURE_CLAMPED;
        out->lo = low ? 0 : out->den - out->den * share / 100;
        out->hi = low ? out->den * share / 100 : out->den;
    }
    out->known = truth_of(release, figure, out);
}

static void take_earlier(struct release *release)
{
    release->cells.earlier_n = release->editions_n;
    for (size_t i = 0; i < release->cells.n; i++) {
        struct cells_told *told =
            arena_alloc(&release->arena, (release->editions_n + 1) * sizeof(*told));
        for (size_t r = 0; r < release->editions_n; r++) {
            const json_t *figure =
                figure_of(&release->editions[r], release->cells.list[i].group);
            if (figure != NULL) take_told(release, figure, &told[r]);
        }
        release->cells.list[i].earlier = told;
    }
}

/* ---- numbers ---- */

static enum err take_points(struct release *release)
{
    struct measure_numbers numbers;
    enum err err =
        measure_points(release->reader, &release->measure, &release->reader->school, &numbers);
    release->cells.measure = &release->measure;
    release->cells.list =
        arena_alloc(&release->arena, (numbers.n + 1) * sizeof(*release->cells.list));
    for (size_t i = 0; i < numbers.n && err == ERR_OK; i++) {
        const struct measure_number *number = &numbers.list[i];
        if (strcmp(number->period, release->period) != 0) continue;
        if (!number->counted && !number->valued) continue; /* it was taken away */
        release->cells.list[release->cells.n++] =
            (struct cell){.group = number->group, .number = *number};
    }
    return err; /* by group, so that all students stand first */
}

/* ---- answers ---- */

static void put_basis(json_t *out, const struct measure_number *number)
{
    char basis[BASIS_CHARS + 1];
    text_hex(basis, number->record.b, sizeof(number->record.b));
    basis[32] = '.';
    text_hex(basis + 33, number->edit.b, sizeof(number->edit.b));
    json_object_set_new(out, "basis", json_string(basis));
}

static json_t *decimal_json(const struct measure_number *number)
{
    if (number->value_den == 1) return json_integer(number->value_num);
    return json_real(ratio_value(ratio_of(number->value_num, number->value_den)));
}

/* What others read of a cell. */
static void put_figure(const struct measure *measure, const struct cell *cell, json_t *out)
{
    const struct measure_number *number = &cell->number;
    bool share = measure->unit == MEASURE_PERCENT || measure->unit == MEASURE_RATE;
    put_basis(out, number);
    if (cell->state == MEASURE_SUPPRESSED) {
        json_object_set_new(out, "hidden", json_true());
        return;
    }
    if (measure->unit != MEASURE_COUNT && number->den >= 0 && (share || number->den > 0)) {
        json_object_set_new(out, "denominator", json_integer(number->den));
    }
    if (cell->state == MEASURE_CLAMPED) {
        json_object_set_new(out, cell->at_most ? "at_most" : "at_least",
                            json_integer(cell->at_most ? cell->band : 100 - cell->band));
    } else if (share && number->counted && !cell->numerator_hidden) {
        json_object_set_new(out, "numerator", json_integer(number->num));
    } else if (!share && number->valued) {
        json_object_set_new(out, "value", decimal_json(number));
    }
}

static json_t *sections_json(const struct release *release, int64_t least, size_t hidden)
{
    json_t *figures = json_object(), *cells = json_array();
    json_t *head = json_pack(
        "{s:s, s:s, s:I, s:I}", "measure", release->measure.ref, "period", release->period,
        "edition", release->open.sections != NULL ? release->open.number : release->latest + 1,
        "least", (json_int_t)least);
    for (size_t i = 0; i < release->cells.n; i++) {
        const struct cell *cell = &release->cells.list[i];
        json_t *out = *cell->group == '\0' ? figures : json_object();
        put_figure(&release->measure, cell, out);
        if (*cell->group == '\0') continue;
        json_object_set_new(out, "group", json_string(cell->group));
        json_array_append_new(cells, out);
    }
    json_object_set_new(figures, "cells", cells);
    json_object_set_new(figures, "hidden_cells", json_integer((json_int_t)hidden));
    return json_pack("{s:o, s:o}", "head", head, "figures", figures);
}

/* As others will read it. */
static struct measure_number as_shown(const struct cell *cell)
{
    struct measure_number out = cell->number;
    int64_t most;
    out.state = cell->numerator_hidden ? MEASURE_SUPPRESSED : cell->state;
    if (out.state == MEASURE_CLAMPED) {
        (void)suppress_band(out.den, &most);
        out.lo = cell->at_most ? 0 : out.den - most;
        out.hi = cell->at_most ? most : out.den;
    }
    return out;
}

static json_t *row_json(const struct measure *measure, const struct cell *cell)
{
    char text[RELEASE_TEXT_BYTES];
    struct measure_number own = cell->number, shown = as_shown(cell);
    bool all = *cell->group == '\0';
    json_t *out = json_pack("{s:s, s:s, s:s, s:b}", "group", cell->group, "label",
                            all ? "All students" : cell->group, "why",
                            suppress_why_name(cell->why), "told_before", cell->told_before);
    json_object_set_new(
        out, "because",
        json_string(cell->why == SUPPRESS_WHY_NOTHING ? "" : suppress_why_text(cell->why)));
    own.state = MEASURE_GIVEN;
    json_object_set_new(out, "text", json_string(release_text(measure, &own, text)));
    json_object_set_new(out, "shown", json_string(release_text(measure, &shown, text)));
    json_object_set_new(out, "students_shown", json_boolean(cell->state != MEASURE_SUPPRESSED));
    if (own.counted) json_object_set_new(out, "numerator", json_integer(own.num));
    if (measure->unit != MEASURE_COUNT) {
        json_object_set_new(out, "denominator", json_integer(own.den));
    }
    return out;
}

static json_t *answer(const struct release *release, int64_t least)
{
    char label[PERIOD_LABEL_BYTES], hex[2 * sizeof(struct record_id) + 1];
    json_t *rows = json_array(), *notes = json_array();
    size_t hidden = 0;
    bool told = false;
    for (size_t i = 0; i < release->cells.n; i++) {
        const struct cell *cell = &release->cells.list[i];
        hidden += cell->state == MEASURE_SUPPRESSED || cell->numerator_hidden;
        told = told || cell->told_before;
        json_array_append_new(rows, row_json(&release->measure, cell));
    }
    if (told) {
        json_array_append_new(
            notes,
            json_string("earlier editions tell some of these numbers: hiding them now keeps "
                        "them from nobody who has those"));
    }
    text_hex(hex, release->open.record.b, sizeof(release->open.record.b));
    json_t *out =
        json_pack("{s:o, s:o, s:I, s:I, s:s}", "rows", rows, "notes", notes, "hidden",
                  (json_int_t)hidden, "least", (json_int_t)least, "period", release->period);
    json_object_set_new(out, "sections", sections_json(release, least, hidden));
    json_object_set_new(
        out, "edition",
        json_incref(json_object_get(json_object_get(json_object_get(out, "sections"), "head"),
                                    "edition")));
    json_object_set_new(
        out, "label",
        json_string(period_label(release->measure.period, release->period, label)));
    json_object_set_new(out, "replaces",
                        release->open.sections == NULL ? json_null() : json_string(hex));
    text_hex(hex, release->measure.key.record.b, sizeof(release->measure.key.record.b));
    json_object_set_new(out, "measure",
                        json_pack("{s:s, s:s}", "id", hex, "name", release->measure.name));
    return out;
}

static enum err build(struct release *release, const char *id, const char *period,
                      int64_t least, struct buf *out)
{
    const char *why = "";
    enum err err = measure_open(release->reader, id, &release->arena, &release->measure, out);
    if (err != ERR_OK) return err;
    if (period == NULL ||
        period_parse(release->measure.period, period, release->period) != ERR_OK) {
        return measure_fail(
            out, ERR_INVALID,
            "say of which period: a date (2026-09-01), a month (2026-09) or a week");
    }
    if (least < 2 || least > SUPPRESS_LEAST_MAX) {
        return measure_fail(out, ERR_INVALID, "the smallest group is from 2 to 1000 students");
    }
    err = take_points(release);
    if (err != ERR_OK) return err;
    if (release->cells.n == 0) {
        return measure_fail(out, ERR_NOT_FOUND, "this school has no points of that period");
    }
    err = load_editions(release);
    if (err == ERR_LIMIT)
        return measure_fail(out, err, "a period is published at most 32 times");
    if (err != ERR_OK) return err;
    take_earlier(release);
    release->cells.least = least;
    err = cells_judge(&release->cells, &why);
    if (err != ERR_OK) return measure_fail(out, err, why);
    json_t *json = answer(release, least);
    ijson_dump(out, json);
    json_decref(json);
    return release->reader->db.err;
}

enum err release_make(struct view_reader *reader, const char *id, const char *period,
                      int64_t least, struct buf *out)
{
    struct release *release = mem_zalloc(sizeof(*release));
    release->reader = reader;
    enum err err = reader_begin(reader);
    if (err == ERR_OK) err = build(release, id, period, least, out);
    measure_close(&release->measure);
    for (size_t i = 0; i < release->editions_n; i++)
        json_decref(release->editions[i].sections);
    json_decref(release->open.sections);
    arena_fini(&release->arena);
    free(release);
    enum err end = reader_end(reader);
    return err != ERR_OK ? err : end;
}
