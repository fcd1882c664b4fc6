/* How the view stands: counts, what does not read, the members, and the export. */
#include <string.h>

#include "daemon/view/query.h"
#include "daemon/view/reader.h"
#include "daemon/view/rows.h"
#include "daemon/view/sql.h"
#include "daemon/view/tables.h"
#include "proto/base/check.h"
#include "proto/base/text.h"
#include "proto/member/fold.h"

_Static_assert(FOLD_MEMBER == 1, "the SQL below says part = 1 for a member");
_Static_assert(TABLES_ERASED == 3, "the SQL below says status > 3 for what does not read");

/*
 * Entries that this school should be able to read and cannot. What is carried for others is not
 * among them, nor what was erased.
 */
/* clang-format off */
#define UNREADABLE                                                                             \
    " FROM revisions v LEFT JOIN chains c ON c.id = v.chain LEFT JOIN spaces s"                \
    " ON s.id = v.space WHERE v.status > 3 AND (s.part = 1 OR s.id IS NULL)"
/* clang-format on */

static const char *const reasons[] = {
#define X(name, reason, text) reason,
    TABLES_STATUS_TABLE(X)
#undef X
};
static const char *const texts[] = {
#define X(name, reason, text) text,
    TABLES_STATUS_TABLE(X)
#undef X
};

static void put_number(struct buf *out, const char *name, int64_t value)
{
    char digits[21];
    buf_put_str(out, ",\"");
    buf_put_str(out, name);
    buf_put_str(out, "\":");
    buf_put_str(out, text_decimal(digits, (uint64_t)value));
}

static void put_reason(struct buf *out, int status)
{
    CHECK(status >= 0 && status < TABLES_STATUS_COUNT);
    buf_put_str(out, "{\"reason\":\"");
    buf_put_str(out, reasons[status]);
    buf_put_str(out, "\",\"text\":\"");
    buf_put_str(out, texts[status]);
    buf_put_u8(out, '"');
}

static void put_unreadable_counts(struct view_reader *reader, struct buf *out)
{
    bool first = true;
    buf_put_str(out, ",\"unreadable\":[");
    sqlite3_stmt *row = db_start(&reader->db,
                                 "SELECT v.status, count(*)" UNREADABLE " GROUP BY v.status"
                                 " ORDER BY v.status",
                                 "");
    while (db_next(&reader->db, row)) {
        buf_put_str(out, first ? "" : ",");
        put_reason(out, sqlite3_column_int(row, 0));
        put_number(out, "count", sqlite3_column_int64(row, 1));
        buf_put_u8(out, '}');
        first = false;
    }
    buf_put_u8(out, ']');
}

/* clang-format off */
static const struct {
    const char *name;
    const char *sql;
} counts[] = {
    {"mine", "SELECT count(*) FROM records WHERE space IS NOT NULL AND hidden IS NULL AND owner"
             " = " SQL_ME},
    {"cycles_open", "SELECT count(*) FROM cycles WHERE owner = " SQL_ME " AND state NOT IN"
                    " ('decided', 'closed', 'withdrawn')"},
    {"schools", "SELECT count(*) FROM schools WHERE live"},
    {"not_read", "SELECT count(*)" UNREADABLE},
    {"carried", "SELECT count(*) FROM revisions v JOIN spaces s ON s.id = v.space WHERE"
                " v.status > 3 AND v.status = 4 AND s.part <> 1"},
    {"waiting", "SELECT count(*) FROM revisions WHERE standing > 0 AND standing = 3 AND"
                " status = 0"},
    {"no_right", "SELECT count(*) FROM revisions WHERE standing > 0 AND standing = 2"},
    {"feedback_open", "SELECT count(*) FROM links l JOIN records r ON r.id = l.record WHERE"
                      " l.owner = " SQL_ME " AND l.path = 'head.target' AND r.type = 'feedback'"
                      " AND r.owner <> l.owner AND " SQL_OPEN("r")},
};

/* Own cycles that ask for something: {"id", "title", "flags"}. What asks is not decided yet, and
 * past a date or marked: that is looked at before the flags of a cycle are put together. */
#define ATTENTION                                                                              \
    "SELECT json_object('id', lower(hex(r.record)), 'short', substr(lower(hex(r.record)), 1,"  \
    " 6), 'title', r.title, 'state', r.state, 'flags', json((SELECT json_group_array(value)"   \
    " FROM (" SQL_FLAG_ROWS ")))) FROM records r JOIN cycles c ON c.record = r.id WHERE"       \
    " c.owner = " SQL_ME " AND c.phase NOT IN ('decided', 'closed') AND NOT " SQL_ARCHIVED     \
    " AND (c.due < ?1 OR"                                                                      \
    " c.touched < date(?1, '-30 days') OR r.flags LIKE '%done_not_studied%') AND EXISTS"       \
    " (SELECT 1 FROM (" SQL_FLAG_ROWS ") WHERE value IN ('overdue', 'done_not_studied',"       \
    " 'stalled')) ORDER BY r.lseq DESC LIMIT 100"

#define LAGGING                                                                                \
    "SELECT json_object('id', lower(hex(r.record)), 'short', substr(lower(hex(r.record)), 1,"  \
    " 6), 'type', r.type, 'title', r.title, 'audience', json(s.audience)) FROM states t JOIN"  \
    " records r ON r.id = t.id / 65536 JOIN spaces s ON s.id = t.id % 65536 WHERE t.lags"      \
    " ORDER BY r.lseq DESC LIMIT 100"
/* clang-format on */

enum err query_status(struct view_reader *reader, int64_t wall_s, struct buf *out)
{
    char today[16];
    enum err err = reader_begin(reader);
    if (err != ERR_OK) {
        return reader_end(reader);
    }
    char digits[21];
    buf_put_str(out, "{\"counts\":{\"records\":");
    buf_put_str(out, text_decimal(digits, (uint64_t)db_int(&reader->db, 0,
                                                           "SELECT count(*) FROM records"
                                                           " WHERE space IS NOT NULL AND"
                                                           " hidden IS NULL",
                                                           "")));
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        put_number(out, counts[i].name, db_int(&reader->db, 0, counts[i].sql, ""));
    }
    buf_put_u8(out, '}');
    put_unreadable_counts(reader, out);
    buf_put_str(out, ",\"lagging\":");
    (void)rows_put(&reader->db, db_start(&reader->db, LAGGING, ""), out, 100);
    buf_put_str(out, ",\"attention\":");
    (void)rows_put(&reader->db,
                   db_start(&reader->db, ATTENTION, "t", rows_today(today, wall_s)), out, 100);
    rows_tail(reader, out);
    return reader_end(reader);
}

enum err query_unreadable(struct view_reader *reader, size_t limit, struct buf *out)
{
    enum err err = reader_begin(reader);
    if (err == ERR_OK) {
        bool first = true;
        buf_put_str(out, "{\"unreadable\":[");
        sqlite3_stmt *row = db_start(
            &reader->db,
            "SELECT v.status, json_object('school', json((SELECT json FROM owners WHERE id ="
            " c.school)), 'device', lower(hex(c.device)), 'space', json(s.audience), 'seq',"
            " CAST(v.seq AS TEXT), 'lseq', CAST(v.lseq AS TEXT))" UNREADABLE
            " ORDER BY v.lseq DESC LIMIT ?",
            "i", (int64_t)rows_limit(limit));
        while (db_next(&reader->db, row)) {
            buf_put_str(out, first ? "" : ",");
            put_reason(out, sqlite3_column_int(row, 0));
            buf_put_u8(out, ',');
            buf_put_str(out, db_text(row, 1) + 1); /* the rest of the object */
            first = false;
        }
        buf_put_u8(out, ']');
        rows_tail(reader, out);
    }
    return reader_end(reader);
}

/* clang-format off */
#define SCHOOL_ROWS                                                                            \
    "SELECT json_object('id', lower(hex(k.school)), 'name', k.name, 'mine',"                   \
    " " SQL_BOOL("k.school = " SQL_ME) ", 'live', " SQL_BOOL("k.live") ", 'left',"             \
    " " SQL_BOOL("k.has_left") ", 'steward', " SQL_BOOL("k.steward") ", 'hub',"                \
    " " SQL_BOOL("k.hub") ", 'observer', " SQL_BOOL("k.observer") ", 'records', (SELECT"       \
    " count(*) FROM records r WHERE r.owner = k.school AND r.space IS NOT NULL), 'devices',"   \
    " json((SELECT json_group_array(json_object('id', lower(hex(d.device)), 'name', d.name,"   \
    " 'live', " SQL_BOOL("d.live") ")) FROM devices d WHERE d.school = k.school)))"            \
    " FROM schools k ORDER BY k.name, k.school"
/* clang-format on */

enum err query_called(struct view_reader *reader, struct buf *out)
{
    enum err err = reader_begin(reader);
    if (err == ERR_OK) {
        sqlite3_stmt *row = db_start(
            &reader->db,
            "SELECT json_group_object(lower(hex(school)), json_object('id', lower(hex(school)),"
            " 'name', name, 'was', iif(name = admitted, NULL, admitted), 'standing',"
            " nullif(standing, 'active'), 'since', since)) FROM schools WHERE name <> admitted "
            "OR"
            " coalesce(standing, 'active') <> 'active'",
            "");
        if (db_next(&reader->db, row)) buf_put_str(out, db_text(row, 0));
        db_end(row);
    }
    return reader_end(reader);
}

enum err query_members(struct view_reader *reader, struct buf *out)
{
    enum err err = reader_begin(reader);
    if (err == ERR_OK) {
        struct db *db = &reader->db;
        buf_put_str(out, "{\"schools\":");
        (void)rows_put(db, db_start(db, SCHOOL_ROWS, ""), out, SIZE_MAX);
        buf_put_str(out, ",\"spaces\":");
        (void)rows_put(db,
                       db_start(db,
                                "SELECT audience FROM spaces WHERE part = 1"
                                " ORDER BY width, space",
                                ""),
                       out, SIZE_MAX);
        rows_tail(reader, out);
    }
    return reader_end(reader);
}

/* ------------------------------------------------------------------------------- export -- */

/* clang-format off */
#define EXPORT                                                                                 \
    "SELECT v.lseq, '{\"revision\":\"' || lower(hex(v.revision)) || '\",\"space\":' ||"          \
    " s.audience || ',\"body\":' || v.body || '}' FROM revisions v JOIN records r"             \
    " ON r.id = v.record AND r.space IS NOT NULL AND r.hidden IS NULL JOIN spaces s"           \
    " ON s.id = v.space WHERE v.status = 0 AND v.standing = 0 AND v.lseq > ?1 AND"             \
    " (?2 = 0 OR r.owner = " SQL_ME ") ORDER BY v.lseq LIMIT ?3"
/* clang-format on */

/* A child that came before its parent waits in the view that imports it, as everywhere. */
enum err query_export(struct view_reader *reader, bool mine, uint64_t after, size_t limit,
                      uint64_t *next, struct buf *out)
{
    enum err err = reader_begin(reader);
    uint64_t last = 0;
    size_t n = 0;
    limit = rows_limit(limit);
    sqlite3_stmt *row =
        db_start(&reader->db, EXPORT, "iii", (int64_t)after, (int64_t)mine, (int64_t)limit);
    while (err == ERR_OK && db_next(&reader->db, row)) {
        last = (uint64_t)sqlite3_column_int64(row, 0);
        buf_put_str(out, db_text(row, 1));
        buf_put_u8(out, '\n');
        n++;
    }
    err = reader_end(reader);
    if (err == ERR_OK) {
        *next = n == limit ? last : 0;
    }
    return err;
}

/* ------------------------------------------------------------------------------ retention --
 */

enum err query_aged(struct view_reader *reader, const char *before, size_t limit,
                    struct buf *out)
{
    view_reader_set_archive(reader, before);
    enum err err = reader_begin(reader);
    if (err != ERR_OK) return err;
    sqlite3_stmt *sum = db_start(&reader->db,
                                 "SELECT json_object('records', count(*), 'oldest',"
                                 " substr(min(r.at), 1, 10)) FROM records r WHERE " SQL_AGED,
                                 "b", reader->school.b, sizeof(reader->school.b));
    if (db_next(&reader->db, sum)) buf_put_str(out, db_text(sum, 0));
    db_end(sum);
    if (out->len > 0) out->len--; /* the brace, for what follows */
    buf_put_str(out, ",\"items\":");
    (void)rows_put(&reader->db,
                   db_start(&reader->db,
                            "SELECT " SQL_ITEM SQL_FROM "WHERE " SQL_AGED
                            " ORDER BY r.at, r.record LIMIT ?2",
                            "bi", reader->school.b, sizeof(reader->school.b),
                            (int64_t)rows_limit(limit)),
                   out, rows_limit(limit));
    rows_tail(reader, out);
    return reader_end(reader);
}
