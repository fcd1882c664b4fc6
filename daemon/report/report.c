#include "daemon/report/report.h"

#include <jansson.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/report/tables.h"
#include "proto/base/check.h"

static const char *const names[] = {
#define X(name, text) #name,
    REPORT_TABLE(X)
#undef X
};
static const char *const texts[] = {
#define X(name, text) text,
    REPORT_TABLE(X)
#undef X
};

enum { DAYS_DEFAULT = 90 };

const char *report_name(enum report_kind kind)
{
    CHECK(kind < REPORT_COUNT);
    return names[kind];
}

const char *report_text(enum report_kind kind)
{
    CHECK(kind < REPORT_COUNT);
    return texts[kind];
}

unsigned report_filters(enum report_kind kind)
{
    return tables_report(kind)->filters;
}

enum err report_by_name(const char *name, enum report_kind *out)
{
    for (int i = 0; i < REPORT_COUNT; i++) {
        if (strcmp(names[i], name) == 0) {
            *out = (enum report_kind)i;
            return ERR_OK;
        }
    }
    return ERR_NOT_FOUND;
}

static enum err translate(int code)
{
    switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return ERR_OK;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return ERR_CORRUPT;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ERR_LOCKED;
    case SQLITE_IOERR:
        return ERR_IO;
    default:
        return ERR_SYSTEM;
    }
}

static bool day_of(int64_t wall_s, char out[11])
{
    time_t at = (time_t)wall_s;
    struct tm tm;
    return wall_s > 0 && gmtime_r(&at, &tm) != NULL && strftime(out, 11, "%Y-%m-%d", &tm) == 10;
}

/* The days of the newest action period that has begun; open where there is none. */
static void action_period(sqlite3 *db, struct report_options *options)
{
    sqlite3_stmt *row = NULL;
    char today[11];
    if (!day_of(options->wall_s, today) ||
        sqlite3_prepare_v2(db,
                           "SELECT json_extract(t.sections, '$.head.starts') AS s,"
                           " json_extract(t.sections, '$.head.ends') FROM records r JOIN states"
                           " t ON t.id = r.id * 65536 + r.space WHERE r.type = 'action_period'"
                           " AND r.hidden IS NULL AND s <= ?1 ORDER BY s DESC, r.id LIMIT 1",
                           -1, &row, NULL) != SQLITE_OK) {
        return;
    }
    (void)sqlite3_bind_text(row, 1, today, -1, SQLITE_STATIC);
    if (sqlite3_step(row) == SQLITE_ROW) {
        const char *starts = (const char *)sqlite3_column_text(row, 0);
        const char *ends = (const char *)sqlite3_column_text(row, 1);
        (void)snprintf(options->from, sizeof(options->from), "%.10s",
                       starts == NULL ? "" : starts);
        (void)snprintf(options->to, sizeof(options->to), "%.10s", ends == NULL ? "" : ends);
    }
    (void)sqlite3_finalize(row);
}

/* The options with the first day spelt out. */
static struct report_options narrowed(sqlite3 *db, enum report_kind kind,
                                      const struct report_options *given)
{
    struct report_options options = *given;
    unsigned filters = tables_report(kind)->filters;
    int days = options.days > 0 ? options.days : kind == REPORT_active ? DAYS_DEFAULT : 0;
    if (options.from[0] == '\0' && options.to[0] == '\0' && days > 0 &&
        !day_of(options.wall_s - (int64_t)days * 86400, options.from)) {
        options.from[0] = '\0';
    }
    if (kind == REPORT_standing && options.from[0] == '\0' && options.to[0] == '\0')
        action_period(db, &options);
    if ((filters & REPORT_BY_PERIOD) == 0) options.from[0] = options.to[0] = '\0';
    if ((filters & REPORT_BY_GROUP) == 0) options.group = NULL;
    return options;
}

/* ?1: today, ?2, ?3: the period, ?4: the group; null where not said. ?5: rows and one, or -1.
 */
static void bind(sqlite3_stmt *statement, const struct report_options *options)
{
    char today[11];
    const char *const texts_of[] = {day_of(options->wall_s, today) ? today : NULL,
                                    options->from[0] == '\0' ? NULL : options->from,
                                    options->to[0] == '\0' ? NULL : options->to,
                                    options->group};
    for (int i = 0; i < sqlite3_bind_parameter_count(statement) && i < 4; i++) {
        if (texts_of[i] == NULL) continue;
        (void)sqlite3_bind_text(statement, i + 1, texts_of[i], -1, SQLITE_TRANSIENT);
    }
    if (sqlite3_bind_parameter_count(statement) >= 5) {
        int64_t rows = options->rows_max == 0 ? -1 : (int64_t)options->rows_max + 1;
        (void)sqlite3_bind_int64(statement, 5, rows);
    }
}

/* Appends the column of a statement's rows, joined by commas. */
static enum err put_rows(sqlite3 *db, const char *sql, const struct report_options *options,
                         struct buf *out, bool *more)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    if (code != SQLITE_OK) {
        return translate(code);
    }
    bind(statement, options);
    for (size_t n = 0; (code = sqlite3_step(statement)) == SQLITE_ROW; n++) {
        const char *text = (const char *)sqlite3_column_text(statement, 0);
        if (options->rows_max > 0 && n == options->rows_max) {
            *more = true;
            code = SQLITE_DONE;
            break;
        }
        buf_put_str(out, n == 0 ? "" : ",");
        buf_put_str(out, text == NULL ? "null" : text);
    }
    (void)sqlite3_finalize(statement);
    return translate(code);
}

static void put_columns(const struct tables_column *columns, struct buf *out)
{
    buf_put_str(out, ",\"columns\":[");
    for (size_t i = 0; columns[i].name != NULL; i++) {
        buf_put_str(out, i == 0 ? "{\"name\":\"" : ",{\"name\":\"");
        buf_put_str(out, columns[i].name);
        buf_put_str(out, "\",\"label\":\"");
        buf_put_str(out, columns[i].label);
        buf_put_str(out, "\",\"kind\":\"");
        buf_put_str(out, columns[i].kind);
        buf_put_str(out, "\"}");
    }
    buf_put_u8(out, ']');
}

static void put_text(const char *name, const char *text, struct buf *out)
{
    json_t *value = text == NULL || text[0] == '\0' ? json_null() : json_string(text);
    char *dump = json_dumps(value, JSON_ENCODE_ANY);
    CHECK(dump != NULL);
    buf_put_str(out, name);
    buf_put_str(out, dump);
    free(dump);
    json_decref(value);
}

static enum err put_report(struct view_reader *reader, enum report_kind kind,
                           const struct report_options *given, struct buf *out)
{
    sqlite3 *db = view_reader_db(reader);
    const struct tables_report *report = tables_report(kind);
    const struct report_options of_this = narrowed(db, kind, given), *options = &of_this;
    buf_put_str(out, "{\"name\":\"");
    buf_put_str(out, names[kind]);
    buf_put_str(out, "\",\"title\":\"");
    buf_put_str(out, report->title);
    buf_put_str(out, "\",\"meaning\":\"");
    buf_put_str(out, report->meaning);
    buf_put_u8(out, '"');
    put_columns(report->columns, out);
    buf_put_str(out, ",\"rows\":[");
    bool more = false;
    enum err err = report->make != NULL ? report->make(reader, options, out)
                                        : put_rows(db, report->sql, options, out, &more);
    if (err == ERR_OK) {
        put_text("],\"from\":", options->from, out);
        put_text(",\"to\":", options->to, out);
        put_text(",\"group\":", options->group, out);
        if (more) buf_put_str(out, ",\"more\":true");
        buf_put_str(out, ",\"schools\":");
        err = put_rows(db, "SELECT count(*) FROM schools WHERE live", options, out, &more);
    }
    if (err == ERR_OK) {
        buf_put_str(out, ",\"applied\":");
        err =
            put_rows(db, "SELECT value FROM meta WHERE name = 'applied'", options, out, &more);
        buf_put_u8(out, '}');
    }
    return err;
}

/* One snapshot for all that one call computes. */
static enum err with_snapshot(struct view_reader *reader, int first, int end,
                              const struct report_options *options, struct buf *out)
{
    (void)view_reader_applied(reader); /* follows a view that was made anew */
    sqlite3 *db = view_reader_db(reader);
    enum err err = db == NULL ? ERR_IO : translate(sqlite3_exec(db, "BEGIN", NULL, NULL, NULL));
    size_t begin = out->len;
    for (int kind = first; kind < end && err == ERR_OK; kind++) {
        buf_put_str(out, kind == first ? "" : ",");
        err = put_report(reader, (enum report_kind)kind, options, out);
    }
    if (db != NULL && sqlite3_get_autocommit(db) == 0) {
        (void)sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
    }
    if (err != ERR_OK) {
        out->len = begin;
    }
    return err;
}

enum err report_make(struct view_reader *reader, enum report_kind kind,
                     const struct report_options *options, struct buf *out)
{
    CHECK(kind < REPORT_COUNT);
    return with_snapshot(reader, (int)kind, (int)kind + 1, options, out);
}

enum err report_all(struct view_reader *reader, const struct report_options *options,
                    struct buf *out)
{
    size_t begin = out->len;
    buf_put_str(out, "{\"reports\":[");
    enum err err = with_snapshot(reader, 0, REPORT_COUNT, options, out);
    if (err != ERR_OK) {
        out->len = begin;
        return err;
    }
    buf_put_str(out, "]}");
    return ERR_OK;
}
