/* The feed, search, the board, feedback: query.h's lists. */
#include <string.h>

#include "daemon/view/query.h"
#include "daemon/view/reader.h"
#include "daemon/view/resolve.h"
#include "daemon/view/rows.h"
#include "daemon/view/sql.h"
#include "daemon/view/tables.h"
#include "proto/base/text.h"
#include "proto/record/cycle.h"

/* ---------------------------------------------------------------------------- the feed ---- */

/* One line an edit: of the revisions of one edit (in several spaces) the first that came. */
/* clang-format off */
#define FEED                                                                                   \
    "SELECT json_object('lseq', CAST(v.lseq AS TEXT), 'what', iif(v.lseq = (SELECT"            \
    " min(o.lseq) FROM revisions o WHERE o.record = v.record AND o.status = 0 AND"             \
    " o.standing = 0), 'new', 'edit'), 'sections', json((SELECT json_group_array(key) FROM"    \
    " json_each(v.body, '$.sections'))), 'person', v.person, 'at', v.at, 'edit',"              \
    " lower(hex(v.edit)), 'space', " SQL_AUDIENCE_OF("v.space") ", 'record', json_object("     \
    "'id', lower(hex(r.record)), 'short', substr(lower(hex(r.record)), 1, 6), 'owner',"        \
    " json(" SQL_SCHOOL("r.owner") "), 'type', r.type, 'title', r.title, 'summary', "          \
    SQL_SUMMARY ", 'state', r.state, 'hidden', " SQL_BOOL("r.hidden IS NOT NULL") "),"         \
    " 'target', json("                                                                         \
    "(SELECT json_object('id', lower(hex(q.record)), 'title', q.title, 'type', q.type, 'owner',"\
    " json(" SQL_SCHOOL("q.owner") ")) FROM links l JOIN records q ON q.record = l.target AND" \
    " q.owner = l.owner WHERE l.record = r.id AND l.path = 'head.target')))"                   \
    " FROM revisions v JOIN records r ON r.id = v.record AND r.space IS NOT NULL"              \
    " JOIN states t ON t.id = r.id * 65536 + r.space"                                          \
    " WHERE v.status = 0 AND v.standing = 0 AND v.lseq < ?1 AND NOT EXISTS (SELECT 1 FROM"     \
    " revisions o WHERE o.record = v.record AND o.edit = v.edit AND o.lseq < v.lseq AND"       \
    " o.status = 0 AND o.standing = 0) ORDER BY v.lseq DESC LIMIT ?2"
/* clang-format on */

enum err query_feed(struct view_reader *reader, uint64_t before, size_t limit, struct buf *out)
{
    limit = rows_limit(limit);
    enum err err = reader_begin(reader);
    if (err == ERR_OK) {
        buf_put_str(out, "{\"feed\":");
        size_t n =
            rows_put(&reader->db,
                     db_start(&reader->db, FEED, "ii",
                              before == 0 ? INT64_MAX : (int64_t)before, (int64_t)limit + 1),
                     out, limit);
        buf_put_str(out, n > limit ? ",\"more\":true" : ",\"more\":false");
        rows_tail(reader, out);
    }
    return reader_end(reader);
}

/* ------------------------------------------------------------------------------- search -- */

enum err query_search(struct view_reader *reader, const char *words, const char *type,
                      size_t limit, struct buf *out)
{
    struct buf match = {0};
    resolve_words(&match, words);
    buf_put_u8(&match, 0);
    limit = rows_limit(limit);
    enum err err = reader_begin(reader);
    if (err == ERR_OK) {
        buf_put_str(out, "{\"found\":");
        if (match.len == 1) {
            buf_put_str(out, "[]");
        } else {
            (void)rows_put(
                &reader->db,
                db_start(
                    &reader->db,
                    "SELECT json_set(" SQL_ITEM ", '$.snippet', snippet(search, -1, '[',"
                    " ']', '…', 14)) FROM search JOIN records r ON r.id = search.rowid"
                    " JOIN states t ON t.id = r.id * 65536 + r.space LEFT JOIN cycles c"
                    " ON c.record = r.id WHERE ?1 IS NULL AND search MATCH ?2 AND"
                    " (?3 IS NULL OR r.type = ?3) ORDER BY bm25(search, 4.0, 1.0), r.record"
                    " LIMIT ?4",
                    "ntti", (const char *)match.data, type, (int64_t)limit),
                out, limit);
        }
        rows_tail(reader, out);
    }
    buf_fini(&match);
    return reader_end(reader);
}

/* -------------------------------------------------------------------------------- board -- */

/* clang-format off */
/* Cycles of a state (?2), of an owner (?3) or of all, that are not in the archive. */
#define OF_STATE                                                                               \
    " FROM cycles y JOIN records r ON r.id = y.record WHERE y.state = ?2 AND (?3 IS NULL OR"   \
    " y.owner = ?3) AND NOT " SQL_ARCHIVED
/* Only those that will be shown are put together. */
#define COLUMN                                                                                 \
    "SELECT " SQL_ITEM SQL_FROM "WHERE r.id IN (SELECT r.id" OF_STATE " ORDER BY r.lseq DESC"  \
    " LIMIT ?4) ORDER BY r.lseq DESC"
/* clang-format on */

enum err query_board(struct view_reader *reader, const char *owner, size_t limit,
                     int64_t wall_s, struct buf *out)
{
    char today[16];
    struct school_id school = {{0}};
    enum err err = reader_begin(reader);
    if (err == ERR_OK && owner != NULL) {
        err = resolve_school(reader, owner, &school);
    }
    if (err == ERR_OK) {
        buf_put_str(out, "{\"columns\":[");
        for (int i = 0; i < CYCLE_STATE_COUNT; i++) {
            const char *state = cycle_state_name((enum cycle_state)i);
            const void *of = owner == NULL ? NULL : school.b;
            char digits[21];
            buf_put_str(out, i == 0 ? "{\"state\":\"" : ",{\"state\":\"");
            buf_put_str(out, state);
            buf_put_str(out, "\",\"records\":");
            (void)rows_put(&reader->db,
                           db_start(&reader->db, COLUMN, "ttbi", rows_today(today, wall_s),
                                    state, of, sizeof(school.b), (int64_t)rows_limit(limit)),
                           out, rows_limit(limit));
            buf_put_str(out, ",\"count\":");
            buf_put_str(out,
                        text_decimal(digits, (uint64_t)db_int(&reader->db, 0,
                                                              "SELECT count(*)" OF_STATE, "ntb",
                                                              state, of, sizeof(school.b))));
            buf_put_u8(out, '}');
        }
        buf_put_u8(out, ']');
        rows_tail(reader, out);
    }
    enum err end = reader_end(reader);
    return err != ERR_OK ? err : end;
}

/* ----------------------------------------------------------------------------- feedback -- */

/* clang-format off */
#define FEEDBACK_SELECT                                                                        \
    "SELECT json_object('id', lower(hex(r.record)), 'short', substr(lower(hex(r.record)), 1,"  \
    " 6), 'owner', json(" SQL_SCHOOL("r.owner") "), 'kind', r.state, 'text',"                  \
    " json_extract(t.sections, '$.head.text'), 'open', " SQL_BOOL(SQL_OPEN("r")) ", 'edit',"   \
    " json_extract(t.sections, '$.head.edit'), 'current', json(iif(q.edit IS NULL, 'null',"    \
    " iif(lower(hex(q.edit)) = json_extract(t.sections, '$.head.edit'), 'true', 'false'))),"   \
    " 'person', r.person, 'at', r.at, 'lseq', CAST(r.lseq AS TEXT), 'answers',"                \
    " json_extract(t.sections, '$.head.answers'), 'our_cycle', json_extract(t.sections,"       \
    " '$.head.our_cycle'), 'space', " SQL_AUDIENCE_OF("r.space") ", 'target', json_object("    \
    "'id', lower(hex(l.target)), 'owner', json(" SQL_SCHOOL("l.owner") "), 'type', q.type,"    \
    " 'title', q.title)) FROM records r JOIN states t ON t.id = r.id * 65536 + r.space"        \
    " JOIN links l ON l.record = r.id AND l.path = 'head.target' LEFT JOIN records q ON"       \
    " q.record = l.target AND q.owner = l.owner WHERE r.type = 'feedback' AND r.hidden IS NULL"

/* What we asked of others is answered on their records. */
#define ANSWERS_US                                                                             \
    " EXISTS (SELECT 1 FROM links a WHERE a.record = r.id AND a.path = 'head.answers' AND"     \
    " a.owner = ?1)"

/* What a buddy shared with us and heard nothing about from us. In a group, or as the hub. */
#define OWED                                                                                   \
    "SELECT json_set(" SQL_ITEM ", '$.due', date(substr(r.at, 1, 10), '+14 days'), '$.late',"  \
    " " SQL_BOOL("date(substr(r.at, 1, 10), '+14 days') < ?1") ")" SQL_FROM                    \
    " JOIN spaces p ON p.id = r.space WHERE r.type IN ('cycle', 'idea', 'bright_spot') AND"    \
    " r.owner <> ?2 AND p.class IN (3, 4) AND r.hidden IS NULL AND NOT " SQL_ARCHIVED          \
    " AND NOT EXISTS (SELECT 1 FROM"                                                           \
    " links l JOIN records f ON f.id = l.record WHERE l.target = r.record AND"                 \
    " l.owner = r.owner AND l.path = 'head.target' AND f.type = 'feedback' AND f.owner = ?2)"  \
    " ORDER BY r.lseq LIMIT 1000"
/* clang-format on */

static void put_feedback(struct view_reader *reader, enum query_feedback which,
                         const struct query_key *on, int64_t wall_s, struct buf *out)
{
    struct db *db = &reader->db;
    const uint8_t *me = reader->school.b;
    size_t n = sizeof(reader->school.b);
    char today[16];
    sqlite3_stmt *row = NULL;
    switch (which) {
    case QUERY_FEEDBACK_ON:
        row = db_start(db, FEEDBACK_SELECT " AND l.target = ? AND l.owner = ? ORDER BY r.lseq",
                       "bb", on->record.b, sizeof(on->record.b), on->owner.b,
                       sizeof(on->owner.b));
        break;
    case QUERY_FEEDBACK_GIVEN:
        row = db_start(db,
                       FEEDBACK_SELECT " AND r.owner = ?1 AND l.owner <> ?1"
                                       " ORDER BY r.lseq DESC LIMIT 1000",
                       "b", me, n);
        break;
    case QUERY_FEEDBACK_GOT:
        row = db_start(db,
                       FEEDBACK_SELECT " AND r.owner <> ?1 AND (l.owner = ?1 OR" ANSWERS_US
                                       ") ORDER BY r.lseq DESC LIMIT 1000",
                       "b", me, n);
        break;
    case QUERY_FEEDBACK_OWED:
        row = db_start(db, OWED, "tb", rows_today(today, wall_s), me, n);
        break;
    }
    buf_put_str(out, which == QUERY_FEEDBACK_OWED ? "{\"records\":" : "{\"feedback\":");
    (void)rows_put(db, row, out, 1000);
    rows_tail(reader, out);
}

enum err query_feedback(struct view_reader *reader, enum query_feedback which, const char *id,
                        int64_t wall_s, struct buf *out)
{
    struct query_key key = {{{0}}, {{0}}};
    int64_t record = 0;
    enum err err = reader_begin(reader);
    if (err == ERR_OK && which == QUERY_FEEDBACK_ON) {
        err = rows_not_unique(reader, id, resolve_record(reader, id, &key, &record), out);
    }
    if (err == ERR_OK) {
        put_feedback(reader, which, &key, wall_s, out);
    }
    enum err end = reader_end(reader);
    return err != ERR_OK ? err : end;
}
