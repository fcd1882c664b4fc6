#include "daemon/report/calendar.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "daemon/report/period.h"
#include "daemon/report/shapes.h"
#include "proto/record/date.h"

enum { LINE_BYTES = 75 };

/* Rows of: UID, title, first day, last day, changed ("2026-03-01T09:30:00Z"). ?1 this school.
 */
#define STATE "JOIN states t ON t.id = r.id * 65536 + r.space"
static const char *const events[] = {
    "SELECT lower(hex(r.record)) || '-study', 'Study: ' || r.title, c.due, c.due, r.at "
    "FROM " SEEN
    " r JOIN cycles c ON c.record = r.id WHERE r.owner = ?1 AND c.phase NOT IN ('decided',"
    " 'closed') AND c.state NOT IN ('paused', 'withdrawn') ORDER BY c.due, r.id",
    "SELECT lower(hex(r.record)) || '-days', iif(r.type = 'convening', 'Meeting: ', '') ||"
    " r.title, json_extract(t.sections, '$.head.starts'), coalesce(nullif(json_extract("
    "t.sections, '$.head.ends'), ''), json_extract(t.sections, '$.head.starts')), r.at "
    "FROM " SEEN " r " STATE " WHERE r.type IN ('action_period', 'convening') ORDER BY 3, r.id",
    "SELECT lower(hex(r.record)) || '-' || json_extract(k.value, '$.id'), json_extract(k.value,"
    " '$.what'), json_extract(k.value, '$.due'), json_extract(k.value, '$.due'), r.at "
    "FROM " SEEN " r " STATE
    " JOIN json_each(t.sections, '$.plan.tasks') k WHERE r.type = 'action_period'"
    " AND r.owner = ?1 AND coalesce(json_extract(k.value, '$.done'), 0) = 0 ORDER BY 3, r.id",
};

/* One content line, folded: a line that goes on begins with a space. */
static void put_line(struct buf *out, const char *name, const char *value)
{
    size_t used = strlen(name);
    buf_put_str(out, name);
    for (const char *p = value; *p != '\0';) {
        size_t n = 1; /* bytes of this letter, or of a backslash and what it escapes */
        while (((unsigned char)p[n] & 0xc0) == 0x80)
            n++;
        if (*p == '\\' && p[1] != '\0') n = 2;
        if (used + n > LINE_BYTES) {
            buf_put_str(out, "\r\n ");
            used = 1;
        }
        buf_put(out, p, n);
        used += n;
        p += n;
    }
    buf_put_str(out, "\r\n");
}

static void put_text(struct buf *out, const char *name, const char *text)
{
    struct buf escaped = {0};
    for (; *text != '\0'; text++) {
        if (*text == '\n') {
            buf_put_str(&escaped, "\\n");
        } else if ((unsigned char)*text >= 0x20) {
            if (strchr("\\;,", *text) != NULL) buf_put_u8(&escaped, '\\');
            buf_put_u8(&escaped, (uint8_t)*text);
        }
    }
    buf_put_u8(&escaped, 0);
    put_line(out, name, (const char *)escaped.data);
    buf_fini(&escaped);
}

/* "2026-03-01" as "20260301"; one day later when asked: an end is the day after the last. */
static bool plain_day(const char *day, bool after, char out[9])
{
    char at[PERIOD_CHARS + 1];
    (void)snprintf(at, sizeof(at), "%.10s", day);
    if (!date_is(at) || (after && !period_next(PERIOD_DAY, at, at))) return false;
    (void)snprintf(out, 9, "%.4s%.2s%.2s", at, at + 5, at + 8);
    return true;
}

static const char *column(sqlite3_stmt *row, int at)
{
    const char *text = (const char *)sqlite3_column_text(row, at);
    return text == NULL ? "" : text;
}

/* "2026-03-01T09:30:00Z" as "20260301T093000Z". */
static void put_stamp(struct buf *out, const char *at)
{
    char stamp[24] = "19700101T000000Z"; /* of a record without a date */
    if (strlen(at) >= 19 && at[10] == 'T') {
        (void)snprintf(stamp, sizeof(stamp), "%.4s%.2s%.2sT%.2s%.2s%.2sZ", at, at + 5, at + 8,
                       at + 11, at + 14, at + 17);
    }
    put_line(out, "DTSTAMP:", stamp);
}

static void put_event(struct buf *out, sqlite3_stmt *row)
{
    char first[9], end[9], uid[160];
    if (!plain_day(column(row, 2), false, first) || !plain_day(column(row, 3), true, end))
        return;
    (void)snprintf(uid, sizeof(uid), "%.140s@kith", column(row, 0));
    put_line(out, "BEGIN:", "VEVENT");
    put_text(out, "UID:", uid);
    put_stamp(out, column(row, 4));
    put_line(out, "DTSTART;VALUE=DATE:", first);
    put_line(out, "DTEND;VALUE=DATE:", end);
    put_text(out, "SUMMARY:", column(row, 1));
    put_line(out, "TRANSP:", "TRANSPARENT");
    put_line(out, "END:", "VEVENT");
}

enum err calendar_make(struct view_reader *reader, struct buf *out)
{
    (void)view_reader_applied(reader);
    sqlite3 *db = view_reader_db(reader);
    const struct school_id *school = view_reader_school(reader);
    int code = db == NULL ? SQLITE_IOERR : SQLITE_OK;
    put_line(out, "BEGIN:", "VCALENDAR");
    put_line(out, "VERSION:", "2.0");
    put_line(out, "PRODID:", "-//Kith//Kith//EN");
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]) && code == SQLITE_OK; i++) {
        sqlite3_stmt *row = NULL;
        code = sqlite3_prepare_v2(db, events[i], -1, &row, NULL);
        if (code != SQLITE_OK) break;
        if (sqlite3_bind_parameter_count(row) > 0)
            (void)sqlite3_bind_blob(row, 1, school->b, sizeof(school->b), SQLITE_STATIC);
        while (sqlite3_step(row) == SQLITE_ROW)
            put_event(out, row);
        code = sqlite3_finalize(row);
    }
    put_line(out, "END:", "VCALENDAR");
    return code == SQLITE_OK ? ERR_OK : ERR_IO;
}
