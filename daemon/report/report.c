#include "daemon/report/report.h"

#include <sqlite3.h>
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

/* ?1: today, ?2: the first day of the period. */
static void bind_dates(sqlite3_stmt *statement, const struct report_options *options)
{
    char day[16];
    int days = options->days <= 0 ? DAYS_DEFAULT : options->days;
    const time_t ends[] = {(time_t)options->wall_s,
                           (time_t)(options->wall_s - (int64_t)days * 86400)};
    for (int i = 0; i < sqlite3_bind_parameter_count(statement) && i < 2; i++) {
        struct tm tm;
        if (options->wall_s > 0 && gmtime_r(&ends[i], &tm) != NULL &&
            strftime(day, sizeof(day), "%Y-%m-%d", &tm) == 10) {
            (void)sqlite3_bind_text(statement, i + 1, day, -1, SQLITE_TRANSIENT);
        }
    }
}

/* Appends the column of a statement's rows, joined by commas. */
static enum err put_rows(sqlite3 *db, const char *sql, const struct report_options *options,
                         struct buf *out)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    if (code != SQLITE_OK) {
        return translate(code);
    }
    bind_dates(statement, options);
    for (size_t n = 0; (code = sqlite3_step(statement)) == SQLITE_ROW; n++) {
        const char *text = (const char *)sqlite3_column_text(statement, 0);
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

static enum err put_report(sqlite3 *db, enum report_kind kind,
                           const struct report_options *options, struct buf *out)
{
    const struct tables_report *report = tables_report(kind);
    buf_put_str(out, "{\"name\":\"");
    buf_put_str(out, names[kind]);
    buf_put_str(out, "\",\"title\":\"");
    buf_put_str(out, report->title);
    buf_put_str(out, "\",\"meaning\":\"");
    buf_put_str(out, report->meaning);
    buf_put_u8(out, '"');
    put_columns(report->columns, out);
    buf_put_str(out, ",\"rows\":[");
    enum err err = put_rows(db, report->sql, options, out);
    if (err == ERR_OK) {
        buf_put_str(out, "],\"schools\":");
        err = put_rows(db, "SELECT count(*) FROM schools WHERE live", options, out);
    }
    if (err == ERR_OK) {
        buf_put_str(out, ",\"applied\":");
        err = put_rows(db, "SELECT value FROM meta WHERE name = 'applied'", options, out);
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
        err = put_report(db, (enum report_kind)kind, options, out);
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
