#include "daemon/report/entry.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/report/release.h"
#include "daemon/view/reader.h"
#include "proto/base/csv.h"
#include "proto/base/text.h"
#include "proto/record/ijson.h"

const char *entry_what_name(enum entry_what what)
{
    static const char *const names[] = {
#define X(NAME, name) name,
        ENTRY_WHAT_TABLE(X)
#undef X
    };
    return names[what];
}

struct reading {
    struct measure measure;
    struct measure_numbers numbers; /* this school's points, as they are */
    struct entries *entries;
    struct arena *arena;
    size_t cap;
};

static struct entry_line *add(struct reading *reading, unsigned line)
{
    struct entries *entries = reading->entries;
    MEM_RESERVE(entries->list, entries->n, reading->cap);
    struct entry_line *entry = &entries->list[entries->n++];
    *entry = (struct entry_line){.line = line, .label = "", .text = "", .was = ""};
    return entry;
}

static void wrong(struct entry_line *entry, const char *field, const char *problem)
{
    if (entry->what == ENTRY_WRONG) return; /* the first thing that is wrong */
    entry->what = ENTRY_WRONG;
    entry->field = field;
    entry->problem = problem;
}

/* ---- fields ---- */

static void read_period(struct reading *reading, struct entry_line *entry, json_t *head)
{
    char period[PERIOD_CHARS + 1];
    const char *text = ijson_str(head, "period");
    if (period_parse(reading->measure.period, text, period) != ERR_OK) {
        wrong(entry, "period",
              *text == '\0' ? "say of which period: 2026-09-01, 2026-09 or 2026-W38"
                            : "this is no period: write 2026-09-01, 2026-09 or 2026-W38");
        return;
    }
    ijson_set_str(head, "period", period);
}

static void read_group(struct reading *reading, struct entry_line *entry, json_t *head)
{
    const char *text = ijson_str(head, "group"), *known;
    if (*text == '\0' || strcasecmp(text, "all") == 0 ||
        strcasecmp(text, "all students") == 0) {
        json_object_del(head, "group");
        return;
    }
    known = measure_group(&reading->measure, text);
    if (known == NULL) {
        wrong(entry, "group", "the measure and the network know no group of that name");
    } else if (strlen(known) > 200) {
        wrong(entry, "group", "use at most 200 characters");
    } else {
        ijson_set_str(head, "group", known);
    }
}

static void read_cycle(struct entry_line *entry, const json_t *head)
{
    struct school_id owner;
    struct record_id record;
    const char *ref = ijson_str(head, "cycle");
    if (*ref != '\0' && revision_ref_decode(ref, &owner, &record) != ERR_OK) {
        wrong(entry, "cycle", "name a record as owner/record, 64 and 32 hex digits");
    }
}

/* Of a line that is wrong, what it says of itself. */
static const char *as_typed(struct reading *reading, const json_t *head)
{
    char text[80];
    const char *group = ijson_str(head, "group");
    (void)snprintf(text, sizeof(text), "%.20s%s%.50s", ijson_str(head, "period"),
                   *group == '\0' ? "" : ", ", group);
    return arena_strdup(reading->arena, text);
}

static bool is_count(const json_t *value)
{
    return json_is_integer(value) && json_integer_value(value) >= 0 &&
           json_integer_value(value) < RATIO_VALUE_MAX;
}

static void read_numbers(struct reading *reading, struct entry_line *entry, const json_t *head)
{
    const json_t *num = json_object_get(head, "numerator");
    const json_t *den = json_object_get(head, "denominator");
    const json_t *value = json_object_get(head, "value");
    bool share =
        reading->measure.unit == MEASURE_PERCENT || reading->measure.unit == MEASURE_RATE;
    int64_t a, b;
    if (num != NULL && !json_is_null(num) && !is_count(num)) {
        wrong(entry, "numerator", "this is no whole number from 0");
    } else if (den != NULL && !json_is_null(den) && !is_count(den)) {
        wrong(entry, "denominator", "this is no whole number from 0");
    } else if (value != NULL && !json_is_null(value) && !measure_decimal(value, &a, &b)) {
        wrong(entry, "value", "this is no number of at most twelve digits");
    } else if (is_count(num) && is_count(den) &&
               json_integer_value(num) > json_integer_value(den)) {
        wrong(entry, "numerator", "the numerator is larger than the denominator");
    } else if (share && is_count(num) && !is_count(den)) {
        wrong(entry, "denominator", "say out of how many");
    } else if (share && !is_count(num) && is_count(den) && value == NULL) {
        wrong(entry, "numerator", "say how many of them");
    } else if (num == NULL && den == NULL && value == NULL) {
        wrong(entry, share ? "numerator" : "value",
              share ? "say how many, out of how many" : "say the value");
    } else if (!share && !json_is_number(value) && !is_count(num) && !json_is_null(value)) {
        wrong(entry, "value", "say the value");
    }
    if (share && json_is_number(value) && !is_count(den)) reading->entries->uncounted = true;
}

/* ---- what stands there now ---- */

static const struct measure_number *point_at(const struct reading *reading, const char *period,
                                             const char *group)
{
    for (size_t i = 0; i < reading->numbers.n; i++) {
        const struct measure_number *number = &reading->numbers.list[i];
        if (strcmp(number->period, period) == 0 && strcmp(number->group, group) == 0) {
            return number;
        }
    }
    return NULL;
}

static const char *say(struct reading *reading, const struct measure_number *number)
{
    char text[RELEASE_TEXT_BYTES], out[2 * RELEASE_TEXT_BYTES];
    if (!number->counted && !number->valued) return "no number";
    (void)release_text(&reading->measure, number, text);
    if (number->counted) {
        (void)snprintf(out, sizeof(out), "%lld of %lld (%s)", (long long)number->num,
                       (long long)number->den, text);
    } else {
        (void)snprintf(out, sizeof(out), "%s", text);
    }
    return arena_strdup(reading->arena, out);
}

/* A member that the point has, or would have: "" for none. */
static bool same_text(const json_t *head, const char *name, const char *now)
{
    const json_t *value = json_object_get(head, name);
    return value == NULL || strcmp(json_is_null(value) ? "" : ijson_str(head, name), now) == 0;
}

static bool same_number(const struct measure_number *a, const struct measure_number *b)
{
    if (a->counted != b->counted || a->valued != b->valued) return false;
    if (a->counted && (a->num != b->num || a->den != b->den)) return false;
    if (!a->counted && a->den != b->den) return false;
    return !a->valued || ratio_cmp((struct ratio){a->value_num, a->value_den},
                                   (struct ratio){b->value_num, b->value_den}) == 0;
}

static void compare(struct reading *reading, struct entry_line *entry, json_t *head)
{
    char label[PERIOD_LABEL_BYTES], whole[PERIOD_LABEL_BYTES + 260];
    const char *period = ijson_str(head, "period"), *group = ijson_str(head, "group");
    struct measure_number here = {.note = "", .annotation = "", .cycle = ""};
    const struct measure_number *now = point_at(reading, period, group);
    measure_take(&reading->measure, &here, head);
    (void)snprintf(whole, sizeof(whole), "%s, %s",
                   period_label(reading->measure.period, period, label),
                   *group == '\0' ? "All students" : group);
    entry->label = arena_strdup(reading->arena, whole);
    entry->text = say(reading, &here);
    entry->what = ENTRY_NEW;
    if (now == NULL) return;
    text_hex(entry->record, now->record.b, sizeof(now->record.b));
    bool same = same_number(&here, now) && same_text(head, "note", now->note) &&
                same_text(head, "annotation", now->annotation) &&
                same_text(head, "cycle", now->cycle);
    entry->what = same ? ENTRY_SAME : ENTRY_CHANGED;
    if (same_number(&here, now)) {
        entry->was = "";
    } else {
        entry->was = say(reading, now);
    }
    /* What is not said of the number itself is taken away with it; notes stay unless they are
     * said. */
    static const char *const numbers[] = {"numerator", "denominator", "value"};
    for (size_t i = 0; i < 3 && !same; i++) {
        if (json_object_get(head, numbers[i]) == NULL) {
            json_object_set_new(head, numbers[i], json_null());
        }
    }
}

static void once(struct reading *reading, struct entry_line *entry)
{
    for (size_t i = 0; i + 1 < reading->entries->n; i++) {
        const struct entry_line *other = &reading->entries->list[i];
        if (other->what == ENTRY_WRONG || strcmp(other->label, entry->label) != 0) continue;
        wrong(entry, "period", "the same period and group stand above already");
        return;
    }
}

/* Takes the head. */
static void take_head(struct reading *reading, struct entry_line *entry, json_t *head)
{
    json_array_append_new(reading->entries->keep, head);
    read_period(reading, entry, head);
    read_group(reading, entry, head);
    read_numbers(reading, entry, head);
    read_cycle(entry, head);
    if (entry->what == ENTRY_WRONG) {
        entry->label = as_typed(reading, head);
        return;
    }
    ijson_set_str(head, "measure", reading->measure.ref);
    compare(reading, entry, head);
    entry->head = head;
    once(reading, entry);
}

/* ---- lists ---- */

static void read_list(struct reading *reading, const json_t *points)
{
    static const char *const known[] = {"period", "group", "numerator",  "denominator",
                                        "value",  "note",  "annotation", "cycle"};
    const char *name;
    json_t *member;
    for (size_t i = 0; i < json_array_size(points); i++) {
        const json_t *point = json_array_get(points, i);
        struct entry_line *entry = add(reading, (unsigned)i + 1);
        entry->what = ENTRY_NEW;
        if (!json_is_object(point)) {
            wrong(entry, "", "this is no object");
            continue;
        }
        IJSON_FOREACH(point, name, member)
        {
            bool is = false;
            for (size_t k = 0; k < sizeof(known) / sizeof(*known); k++)
                is = is || strcmp(name, known[k]) == 0;
            if (!is) wrong(entry, "", "a point has no member of that name");
        }
        take_head(reading, entry, json_deep_copy(point));
    }
}

/* ---- tables ---- */

/* What a column of a table holds: one of the names, or a group's numbers. */
struct column {
    const char *field; /* NULL: a group */
    const char *group;
};

static const char *field_of(const char *title)
{
    static const struct {
        const char *title, *field;
    } names[] = {
        {"period", "period"},       {"date", "period"},          {"month", "period"},
        {"week", "period"},         {"group", "group"},          {"student group", "group"},
        {"numerator", "numerator"}, {"count", "numerator"},      {"denominator", "denominator"},
        {"out of", "denominator"},  {"total", "denominator"},    {"value", "value"},
        {"note", "note"},           {"annotation", "annotation"}};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (strcasecmp(names[i].title, title) == 0) return names[i].field;
    }
    return NULL;
}

static const char *digits(const char *p, json_t **out)
{
    char *end;
    if (!isdigit((unsigned char)*p)) return NULL;
    long long number = strtoll(p, &end, 10);
    if (end - p > 12) return NULL;
    *out = json_integer(number);
    return end;
}

static const char *blanks(const char *p)
{
    return p + strspn(p, " ");
}

/* "50/120", "50 of 120": both counts. */
static bool counts_of(const char *text, json_t *head)
{
    json_t *num = NULL, *den = NULL;
    const char *p = digits(text, &num);
    bool good = false;
    if (p != NULL) {
        p = blanks(p);
        size_t by = *p == '/' ? 1 : strncasecmp(p, "of ", 3) == 0 ? 3 : 0;
        p = by == 0 ? NULL : digits(blanks(p + by), &den);
        good = p != NULL && *blanks(p) == '\0';
    }
    if (good) {
        json_object_set(head, "numerator", num);
        json_object_set(head, "denominator", den);
    }
    json_decref(num);
    json_decref(den);
    return good;
}

/* "41.7", "41,7", "41.7 %": a number. Texts that are none stay texts, which nobody takes. */
static json_t *number_of(const char *text)
{
    char plain[32];
    int64_t num, den;
    size_t n = strcspn(text, "%");
    while (n > 0 && text[n - 1] == ' ')
        n--;
    if (n == 0 || n >= sizeof(plain)) return json_string(text);
    memcpy(plain, text, n);
    plain[n] = '\0';
    if (strchr(plain, '.') == NULL && strchr(plain, ',') != NULL) *strchr(plain, ',') = '.';
    if (ratio_parse(plain, &num, &den) != ERR_OK) return json_string(text);
    return den == 1 ? json_integer(num) : json_real(strtod(plain, NULL));
}

static void read_long(struct reading *reading, const struct csv_row *row,
                      const struct column *columns, size_t n)
{
    struct entry_line *entry = add(reading, row->line);
    json_t *head = json_object();
    entry->what = ENTRY_NEW;
    for (size_t i = 0; i < n && i < row->n; i++) {
        const char *text = row->fields[i], *field = columns[i].field;
        bool number = strcmp(field, "numerator") == 0 || strcmp(field, "denominator") == 0 ||
                      strcmp(field, "value") == 0;
        if (*text == '\0') continue;
        json_object_set_new(head, field, number ? number_of(text) : json_string(text));
    }
    if (row->n > n) wrong(entry, "", "the line has more fields than the first one");
    take_head(reading, entry, head);
}

static void read_wide(struct reading *reading, const struct csv_row *row,
                      const struct column *columns, size_t n)
{
    const char *period = "";
    for (size_t i = 0; i < n && i < row->n; i++) {
        if (columns[i].field != NULL) period = row->fields[i];
    }
    for (size_t i = 0; i < n && i < row->n; i++) {
        const char *text = row->fields[i];
        if (columns[i].field != NULL || *text == '\0') continue;
        struct entry_line *entry = add(reading, row->line);
        json_t *head = json_pack("{s:s, s:s}", "period", period, "group", columns[i].group);
        entry->what = ENTRY_NEW;
        if (strcmp(text, "-") == 0) {
            json_object_set_new(head, "value", json_null());
        } else if (!counts_of(text, head)) {
            json_object_set_new(head, "value", number_of(text));
        }
        if (row->n > n) wrong(entry, "", "the line has more fields than the first one");
        take_head(reading, entry, head);
    }
}

static enum err read_table(struct reading *reading, const char *table, struct buf *out)
{
    struct csv csv;
    struct csv_row row;
    struct column columns[CSV_FIELDS_MAX];
    char why[160];
    bool numbers = false, period = false, groups = false;
    csv_init(&csv, slice_of(table, strlen(table)));
    if (!csv_next(&csv, reading->arena, &row)) {
        return measure_fail(out, ERR_INVALID, csv.why == NULL ? "the table is empty" : csv.why);
    }
    size_t n = row.n;
    for (size_t i = 0; i < n; i++) {
        columns[i] = (struct column){field_of(row.fields[i]), row.fields[i]};
        const char *field = columns[i].field;
        period = period || (field != NULL && strcmp(field, "period") == 0);
        groups = groups || field == NULL;
        numbers = numbers || (field != NULL &&
                              (strcmp(field, "numerator") == 0 || strcmp(field, "value") == 0));
    }
    if (!period || numbers == groups) {
        return measure_fail(
            out, ERR_INVALID,
            "the first line names the columns: period, group, numerator, denominator; or "
            "period and a column for each student group");
    }
    while (csv_next(&csv, reading->arena, &row)) {
        if (numbers) {
            read_long(reading, &row, columns, n);
        } else {
            read_wide(reading, &row, columns, n);
        }
        if (reading->entries->n > ENTRY_LINES_MAX) {
            return measure_fail(out, ERR_LIMIT,
                                "that is more than 2000 numbers: split the table");
        }
    }
    if (csv.why == NULL) return ERR_OK;
    (void)snprintf(why, sizeof(why), "line %u: %s", csv.line, csv.why);
    return measure_fail(out, ERR_INVALID, why);
}

/* ---- whole ---- */

static enum err read_all(struct view_reader *reader, struct reading *reading, const char *id,
                         const json_t *points, const char *table, struct buf *out)
{
    enum err err = measure_open(reader, id, reading->arena, &reading->measure, out);
    if (err == ERR_OK) {
        err = measure_points(reader, &reading->measure, &reader->school, &reading->numbers);
    }
    if (err != ERR_OK) return err;
    if (points != NULL && json_array_size(points) > ENTRY_LINES_MAX) {
        return measure_fail(out, ERR_LIMIT, "at most 2000 points at once");
    }
    if (points != NULL) {
        read_list(reading, points);
    } else {
        err = read_table(reading, table, out);
    }
    if (err == ERR_OK && reading->entries->n == 0) {
        err = measure_fail(out, ERR_INVALID, "there is no number in it");
    }
    return err;
}

enum err entry_read(struct view_reader *reader, const char *id, const json_t *points,
                    const char *table, struct arena *arena, struct entries *entries,
                    struct buf *out)
{
    struct reading reading = {.entries = entries, .arena = arena};
    *entries = (struct entries){.keep = json_array()};
    enum err err = reader_begin(reader);
    if (err == ERR_OK) err = read_all(reader, &reading, id, points, table, out);
    measure_close(&reading.measure);
    enum err end = reader_end(reader);
    struct entry_line *list = entries->list;
    entries->list = arena_dup(arena, list, entries->n * sizeof(*list));
    free(list);
    for (size_t i = 0; i < entries->n; i++)
        entries->count[entries->list[i].what]++;
    return err != ERR_OK ? err : end;
}

json_t *entry_json(const struct entries *entries)
{
    json_t *out = json_object(), *items = json_array(), *notes = json_array();
    for (size_t i = 0; i < entries->n; i++) {
        const struct entry_line *entry = &entries->list[i];
        json_t *item = json_pack("{s:i, s:s, s:s, s:s, s:s}", "line", (int)entry->line, "what",
                                 entry_what_name(entry->what), "label", entry->label, "text",
                                 entry->text, "was", entry->was);
        if (entry->what == ENTRY_WRONG) {
            json_object_set_new(item, "field", json_string(entry->field));
            json_object_set_new(item, "problem", json_string(entry->problem));
        }
        json_array_append_new(items, item);
    }
    if (entries->uncounted) {
        json_array_append_new(
            notes,
            json_string("percentages without their counts cannot be published, for nobody "
                        "can tell whether a group is small"));
    }
    for (int i = 0; i < ENTRY_WHAT_COUNT; i++) {
        json_object_set_new(out, entry_what_name((enum entry_what)i),
                            json_integer((json_int_t)entries->count[i]));
    }
    json_object_set_new(out, "items", items);
    json_object_set_new(out, "notes", notes);
    return out;
}
