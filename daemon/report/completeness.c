#include "daemon/report/completeness.h"

#include <jansson.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/report/period.h"
#include "proto/base/check.h"
#include "proto/record/date.h"

struct measure {
    int64_t id;
    const char *title, *frequency, *since, *until;
    const uint8_t *owner; /* NULL: of all schools */
};

/* The periods that a measure is expected for, the newest last. */
struct periods {
    char (*at)[PERIOD_CHARS + 1];
    size_t n, cap;
    enum period_kind kind;
    char today[PERIOD_CHARS + 1];
};

/* What one school published of a measure: the period, and the day it first did. */
struct published {
    struct school_id owner;
    char period[PERIOD_CHARS + 1], day[PERIOD_CHARS + 1];
};

struct rows {
    sqlite3 *db;
    const struct report_options *options;
    struct buf *out;
    sqlite3_stmt *published, *schools;
    struct published *list; /* of the measure that is looked at, by period */
    size_t list_n, list_cap, n;
};

static const char published_sql[] =
    "SELECT r.owner, json_extract(t.sections, '$.head.period') AS period, "
    "min(substr(r.created, 1,"
    " 10)) FROM records m JOIN links l ON l.owner = m.owner AND l.target = m.record AND l.path "
    "="
    " 'head.measure' JOIN records r ON r.id = l.record AND r.type = 'release' AND r.hidden IS"
    " NULL AND r.space IS NOT NULL JOIN states t ON t.id = r.id * 65536 + r.space WHERE"
    " m.id = ?1 GROUP BY r.owner, period ORDER BY period";
static const char schools_sql[] = "SELECT school, name FROM schools WHERE live AND NOT "
                                  "coalesce(standing IN ('merged', 'retired'), 0) AND (?1 IS NULL "
                                  "AND NOT hub AND NOT observer OR"
                                  " school = ?1) ORDER BY name, school";
static const char measures_sql[] =
    "SELECT r.id, r.title, json_extract(t.sections, '$.head.frequency'), "
    "json_extract(t.sections,"
    " '$.standing.since'), json_extract(t.sections, '$.standing.until'), iif(EXISTS (SELECT 1 "
    "FROM"
    " schools WHERE school = r.owner AND NOT hub), r.owner, NULL) FROM records r JOIN states t "
    "ON"
    " t.id = r.id * 65536 + r.space WHERE r.type = 'measure' AND r.hidden IS NULL AND r.space "
    "IS"
    " NOT NULL AND coalesce(json_extract(t.sections, '$.standing.standing'), 'open') = 'open'"
    " ORDER BY r.title, r.id";

static bool within(const struct report_options *options, const char *period)
{
    return (options->from[0] == '\0' || strcmp(period, options->from) >= 0) &&
           (options->to[0] == '\0' || strcmp(period, options->to) <= 0);
}

static void add(struct periods *periods, const char *period)
{
    if (periods->n == COMPLETENESS_PERIODS_MAX) {
        memmove(periods->at, periods->at + 1, (periods->n - 1) * sizeof(*periods->at));
        periods->n--;
    }
    MEM_RESERVE(periods->at, periods->n, periods->cap);
    memcpy(periods->at[periods->n++], period, PERIOD_CHARS + 1);
}

static const char *text_of(sqlite3_stmt *row, int column)
{
    const char *text = (const char *)sqlite3_column_text(row, column);
    return text == NULL ? "" : text;
}

/* All that anybody published. */
static void read_published(struct rows *rows, const struct measure *measure,
                           enum period_kind kind)
{
    rows->list_n = 0;
    (void)sqlite3_bind_int64(rows->published, 1, measure->id);
    while (sqlite3_step(rows->published) == SQLITE_ROW) {
        struct published one = {0};
        if (sqlite3_column_bytes(rows->published, 0) != (int)sizeof(one.owner.b) ||
            period_parse(kind, text_of(rows->published, 1), one.period) != ERR_OK) {
            continue;
        }
        memcpy(one.owner.b, sqlite3_column_blob(rows->published, 0), sizeof(one.owner.b));
        (void)snprintf(one.day, sizeof(one.day), "%.10s", text_of(rows->published, 2));
        MEM_RESERVE(rows->list, rows->list_n, rows->list_cap);
        rows->list[rows->list_n++] = one;
    }
    (void)sqlite3_reset(rows->published);
}

/* The periods that anybody published. */
static void list_published(const struct rows *rows, struct periods *periods)
{
    for (size_t i = 0; i < rows->list_n; i++) {
        const char *period = rows->list[i].period;
        bool repeats = i > 0 && strcmp(rows->list[i - 1].period, period) == 0;
        if (!repeats && within(rows->options, period)) add(periods, period);
    }
}

/* The periods that are over; of a length that is not known, those that somebody published. */
static void list_periods(struct rows *rows, const struct measure *measure,
                         struct periods *periods)
{
    char at[PERIOD_CHARS + 1] = "", next[PERIOD_CHARS + 1];
    periods->kind = period_kind_of(measure->frequency);
    read_published(rows, measure, periods->kind);
    list_published(rows, periods);
    if (period_parse(periods->kind, measure->since, at) != ERR_OK && rows->list_n > 0) {
        memcpy(at, rows->list[0].period, sizeof(at));
    }
    if (at[0] == '\0' || !period_next(periods->kind, at, next)) return;
    periods->n = 0;
    while (period_next(periods->kind, at, next) && strcmp(next, periods->today) <= 0) {
        if (measure->until[0] != '\0' && strcmp(at, measure->until) > 0) break;
        if (within(rows->options, at)) add(periods, at);
        memcpy(at, next, sizeof(at));
    }
}

/* Days from a period's end to a day; false where the end is not known. */
static bool days_after(enum period_kind kind, const char *period, const char *day, int64_t *out)
{
    char next[PERIOD_CHARS + 1];
    int64_t end, then;
    if (!period_next(kind, period, next) || !date_days(next, &end) || !date_days(day, &then)) {
        return false;
    }
    *out = then - end;
    return true;
}

static json_t *share_of(json_int_t part, json_int_t whole)
{
    return whole == 0 ? json_null() : json_real((double)(part * 1000 / whole) / 1000);
}

static size_t place_of(const struct periods *periods, const char *period)
{
    size_t low = 0, high = periods->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(periods->at[middle], period) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < periods->n && strcmp(periods->at[low], period) == 0 ? low : periods->n;
}

/* One school and one measure. */
static void put_row(struct rows *rows, const struct measure *measure,
                    const struct periods *periods, const struct school_id *id,
                    const char *school)
{
    bool *have = mem_zalloc(periods->n * sizeof(*have) + 1);
    json_int_t received = 0, on_time = 0;
    bool timed = periods->kind != PERIOD_FREE && periods->kind != PERIOD_TERM;
    char label[PERIOD_LABEL_BYTES];
    for (size_t i = 0; i < rows->list_n; i++) {
        const struct published *one = &rows->list[i];
        int64_t late;
        if (!school_id_eq(&one->owner, id)) continue;
        size_t at = place_of(periods, one->period);
        if (at == periods->n || have[at]) continue;
        have[at] = true;
        received++;
        on_time += days_after(periods->kind, one->period, one->day, &late) &&
                   late <= COMPLETENESS_DAYS;
    }
    size_t missing = 0;
    while (missing < periods->n && have[missing])
        missing++;
    json_t *row = json_pack(
        "[s, s, I, I, o, o, o]", school, measure->title, (json_int_t)periods->n, received,
        timed ? json_integer(on_time) : json_null(), share_of(received, (json_int_t)periods->n),
        missing == periods->n
            ? json_null()
            : json_string(period_label(periods->kind, periods->at[missing], label)));
    char *text = json_dumps(row, JSON_COMPACT);
    CHECK(text != NULL);
    buf_put_str(rows->out, rows->n++ == 0 ? "" : ",");
    buf_put_str(rows->out, text);
    free(text);
    json_decref(row);
    free(have);
}

static void put_measure(struct rows *rows, const struct measure *measure)
{
    struct periods periods = {0};
    time_t now = (time_t)rows->options->wall_s;
    struct tm tm;
    if (rows->options->wall_s > 0 && gmtime_r(&now, &tm) != NULL) {
        (void)strftime(periods.today, sizeof(periods.today), "%Y-%m-%d", &tm);
    }
    list_periods(rows, measure, &periods);
    if (measure->owner == NULL) {
        (void)sqlite3_bind_null(rows->schools, 1);
    } else {
        (void)sqlite3_bind_blob(rows->schools, 1, measure->owner, 32, SQLITE_STATIC);
    }
    while (periods.n > 0 && sqlite3_step(rows->schools) == SQLITE_ROW) {
        struct school_id id = {0};
        if (sqlite3_column_bytes(rows->schools, 0) != (int)sizeof(id.b)) continue;
        memcpy(id.b, sqlite3_column_blob(rows->schools, 0), sizeof(id.b));
        put_row(rows, measure, &periods, &id, text_of(rows->schools, 1));
    }
    (void)sqlite3_reset(rows->schools);
    free(periods.at);
}

enum err completeness_rows(struct view_reader *reader, const struct report_options *options,
                           struct buf *out)
{
    struct rows rows = {.db = view_reader_db(reader), .options = options, .out = out};
    sqlite3_stmt *row = NULL;
    struct {
        const char *sql;
        sqlite3_stmt **into;
    } const all[] = {
        {published_sql, &rows.published}, {schools_sql, &rows.schools}, {measures_sql, &row}};
    int code = SQLITE_OK;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]) && code == SQLITE_OK; i++)
        code = sqlite3_prepare_v2(rows.db, all[i].sql, -1, all[i].into, NULL);
    while (code == SQLITE_OK && (code = sqlite3_step(row)) == SQLITE_ROW) {
        struct measure measure = {.id = sqlite3_column_int64(row, 0),
                                  .title = text_of(row, 1),
                                  .frequency = text_of(row, 2),
                                  .since = text_of(row, 3),
                                  .until = text_of(row, 4),
                                  .owner = sqlite3_column_blob(row, 5)};
        put_measure(&rows, &measure);
        code = SQLITE_OK;
    }
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        (void)sqlite3_finalize(*all[i].into);
    free(rows.list);
    return code == SQLITE_DONE ? ERR_OK : ERR_SYSTEM;
}
