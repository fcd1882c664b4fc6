#include "daemon/view/query.h"

#include <stdlib.h>
#include <time.h>

#include "daemon/view/reader.h"
#include "daemon/view/resolve.h"
#include "daemon/view/rows.h"
#include "daemon/view/shape.h"
#include "daemon/view/sql.h"
#include "daemon/view/tables.h"
#include "proto/base/text.h"
#include "proto/record/ijson.h"

enum { LIMIT_DEFAULT = 100, LIMIT_MOST = 1000 };

/* ------------------------------------------------------------------------------ helpers ----
 */

const char *rows_today(char out[16], int64_t wall_s)
{
    time_t t = (time_t)wall_s;
    struct tm tm;
    if (wall_s == 0 || gmtime_r(&t, &tm) == NULL || strftime(out, 16, "%Y-%m-%d", &tm) != 10) {
        return NULL;
    }
    return out;
}

size_t rows_put(struct db *db, sqlite3_stmt *row, struct buf *out, size_t most)
{
    size_t n = 0;
    buf_put_u8(out, '[');
    while (db_next(db, row)) {
        if (n++ < most) {
            buf_put_str(out, n == 1 ? "" : ",");
            buf_put_str(out, db_text(row, 0));
        }
    }
    buf_put_u8(out, ']');
    return n;
}

void rows_tail(struct view_reader *reader, struct buf *out)
{
    char digits[21];
    buf_put_str(out, ",\"applied\":");
    buf_put_str(out, text_decimal(digits, (uint64_t)db_int(&reader->db, 0,
                                                           "SELECT value FROM meta WHERE"
                                                           " name = 'applied'",
                                                           "")));
    buf_put_u8(out, '}');
}

size_t rows_limit(size_t limit)
{
    return limit == 0 ? LIMIT_DEFAULT : limit > LIMIT_MOST ? LIMIT_MOST : limit;
}

enum err rows_not_unique(struct view_reader *reader, const char *id, enum err err,
                         struct buf *out)
{
    if (err != ERR_INVALID) {
        return err;
    }
    const char *record = strpbrk(id, "/.");
    char like[40];
    (void)snprintf(like, sizeof(like), "%.32s%%", record == NULL ? id : record + 1);
    buf_put_str(out, "{\"error\":\"several records begin so: write more digits\",\"matches\":");
    (void)rows_put(&reader->db,
                   db_start(&reader->db,
                            "SELECT " SQL_ITEM SQL_FROM "WHERE lower(hex(r.record)) LIKE ?2"
                            " AND ?1 IS NULL ORDER BY r.record LIMIT 20",
                            "nt", like),
                   out, 20);
    buf_put_u8(out, '}');
    return err;
}

/* ------------------------------------------------------------------------------ records ----
 */

/* Parameters 2 … 14 are the filter; a null one restricts nothing. */
/* clang-format off */
#define WHERE                                                                                  \
    "WHERE (?2 IS NULL OR r.type = ?2) AND (?3 IS NULL OR r.state = ?3)"                       \
    " AND (?4 IS NULL OR r.owner = ?4) AND (?5 IS NULL OR EXISTS (SELECT 1 FROM states x"      \
    " WHERE x.id = r.id * 65536 + ?5)) AND (?6 IS NULL OR r.id IN (SELECT rowid FROM search"   \
    " WHERE search MATCH ?6)) AND (?7 IS NULL OR r.id IN (SELECT record FROM links"            \
    " WHERE target = ?8 AND owner = ?7)) AND r.changed > ?9"                                   \
    " AND (?10 IS NULL OR ?10 IN (" SQL_FLAG_ROWS ")) AND (?11 IS NULL OR EXISTS (SELECT 1"    \
    " FROM states y JOIN spaces z ON z.id = y.id % 65536 WHERE z.class = ?11 AND y.id BETWEEN" \
    " r.id * 65536 AND r.id * 65536 + 65535)) AND (?14 OR NOT " SQL_ARCHIVED ")"              \
    " ORDER BY r.lseq DESC, r.record LIMIT ?12 OFFSET ?13"
/* clang-format on */

struct where {
    struct school_id owner;
    struct query_key link;
    int64_t space;
    int64_t class;
    struct buf words;
};

static enum err resolve_where(struct view_reader *reader, const struct query_filter *filter,
                              struct where *out, struct buf *json)
{
    enum err err = ERR_OK;
    int64_t row = 0;
    if (filter->owner != NULL) {
        err = resolve_school(reader, filter->owner, &out->owner);
    }
    if (err == ERR_OK && filter->link != NULL) {
        err = rows_not_unique(reader, filter->link,
                              resolve_record(reader, filter->link, &out->link, &row), json);
    }
    if (err == ERR_OK && filter->audience != NULL) {
        static const char *const classes[] = {"", "network", "own", "hub", "group"};
        for (int64_t i = 1; i <= 4; i++) {
            out->class = strcmp(filter->audience, classes[i]) == 0 ? i : out->class;
        }
        if (out->class == 0) {
            err = resolve_space(reader, filter->audience, &out->space);
        }
    }
    if (filter->text != NULL) {
        resolve_words(&out->words, filter->text);
        buf_put_u8(&out->words, 0);
    }
    return err;
}

static void bind_int(sqlite3_stmt *statement, int at, int64_t value)
{
    if (statement != NULL && value != 0) {
        (void)sqlite3_bind_int64(statement, at, value);
    }
}

static size_t put_records(struct view_reader *reader, const struct query_filter *filter,
                          const struct where *where, struct buf *out)
{
    char today[16];
    size_t limit = rows_limit(filter->limit);
    sqlite3_stmt *row = db_start(
        &reader->db,
        filter->full ? "SELECT " SQL_FULL SQL_FROM WHERE : "SELECT " SQL_ITEM SQL_FROM WHERE,
        "tttbntbbitniii", rows_today(today, filter->wall_s), filter->type, filter->state,
        filter->owner == NULL ? NULL : where->owner.b, sizeof(where->owner.b),
        filter->text == NULL ? NULL : (const char *)where->words.data,
        filter->link == NULL ? NULL : where->link.owner.b, sizeof(where->link.owner.b),
        where->link.record.b, sizeof(where->link.record.b),
        filter->since == 0 ? (int64_t)-1 : (int64_t)filter->since, filter->flag,
        (int64_t)limit + 1, (int64_t)filter->offset,
        (int64_t)(filter->archived || filter->text != NULL || filter->link != NULL));
    bind_int(row, 5, where->space);
    bind_int(row, 11, where->class);
    return rows_put(&reader->db, row, out, limit);
}

enum err query_records(struct view_reader *reader, const struct query_filter *filter,
                       struct buf *out)
{
    struct where where = {0};
    enum err err = reader_begin(reader);
    if (err == ERR_OK) {
        err = resolve_where(reader, filter, &where, out);
    }
    if (err == ERR_OK) {
        size_t n = 0;
        buf_put_str(out, "{\"records\":");
        if (filter->text != NULL && where.words.len <= 1) {
            buf_put_str(out, "[]"); /* not a word among what was typed */
        } else {
            n = put_records(reader, filter, &where, out);
        }
        buf_put_str(out, n > rows_limit(filter->limit) ? ",\"more\":true" : ",\"more\":false");
        rows_tail(reader, out);
    }
    buf_fini(&where.words);
    enum err end = reader_end(reader);
    return err != ERR_OK ? err : end;
}

/* ---------------------------------------------------------------------------- one record -- */

#define DEVICE(d)                                                                \
    "(SELECT json_object('id', lower(hex(d.device)), 'name', d.name, 'school', " \
    "json(" SQL_SCHOOL("d.school") ")) FROM devices d WHERE d.device = " d ")"

/* clang-format off */
#define HISTORY \
    "SELECT json_object('revision', lower(hex(v.revision)), 'lseq'," \
    " CAST(v.lseq AS TEXT), 'space', " SQL_AUDIENCE_OF("v.space") ", 'device'," \
    " json(iif(" SQL_ANONYMOUS("r.type") ", 'null', " DEVICE("c.device") "))," \
    " 'seq', CAST(v.seq AS TEXT), 'lamport'," \
    " v.lamport, 'edit', lower(hex(v.edit)), 'person', v.person, 'at', v.at," \
    " 'standing', CASE WHEN v.status = 1 THEN 'no right' WHEN v.status = 2 THEN" \
    " 'no role' ELSE (SELECT column2 FROM (VALUES(0, 'in effect'), (1, 'erased')," \
    " (2, 'void'), (3, 'waiting'), (4, 'broken')) WHERE column1 = v.standing) END," \
    " 'parents', json(json_extract(v.body, '$.parents'))," \
    " 'sections', json(iif(" SQL_ANONYMOUS("r.type") ", '{}'," \
    " json_extract(v.body, '$.sections'))))" \
    " FROM revisions v LEFT JOIN chains c ON c.id = v.chain" \
    " JOIN records r ON r.id = ?1 WHERE r.hidden IS NULL AND (v.record = r.id OR" \
    " (v.gone = r.record AND (c.school = r.owner OR r.owner = (SELECT value FROM" \
    " meta WHERE name = 'network')))) ORDER BY v.lamport, v.lseq"
/* clang-format on */

static void put_history(struct view_reader *reader, int64_t record, struct buf *out)
{
    buf_put_str(out, ",\"history\":");
    (void)rows_put(&reader->db, db_start(&reader->db, HISTORY, "i", record), out, SIZE_MAX);
}

/* Records that point at this one by a path, as {"id", "owner", "title", "state", "at"}. */
static void put_pointing(struct view_reader *reader, const struct query_key *key,
                         const char *name, const char *path, const char *type, struct buf *out)
{
    buf_put_str(out, ",\"");
    buf_put_str(out, name);
    buf_put_str(out, "\":");
    (void)rows_put(
        &reader->db,
        db_start(
            &reader->db,
            "SELECT json_object('id', lower(hex(r.record)), 'owner',"
            " json(" SQL_SCHOOL(
                "r.owner") "), 'type', r.type, 'title', r.title,"
                           " 'state', r.state, 'person', r.person, 'at', r.at) FROM links l"
                           " JOIN records r ON r.id = l.record WHERE l.target = ? AND"
                           " l.owner = ? AND l.path = ? AND r.type = ? AND r.hidden IS NULL"
                           " ORDER BY r.lseq",
            "bbtt", key->record.b, sizeof(key->record.b), key->owner.b, sizeof(key->owner.b),
            path, type),
        out, LIMIT_MOST);
}

/* The record's sections in the narrowest space. NULL when it is hidden or something failed. */
static json_t *sections_of(struct view_reader *reader, int64_t row_id)
{
    json_t *sections = NULL;
    sqlite3_stmt *row = db_start(&reader->db,
                                 "SELECT t.sections FROM records r JOIN states t ON"
                                 " t.id = r.id * 65536 + r.space WHERE r.id = ?"
                                 " AND r.hidden IS NULL",
                                 "i", row_id);
    if (db_next(&reader->db, row)) {
        if (ijson_decode(db_blob(row, 0), SIZE_MAX, &sections, NULL) != ERR_OK) {
            reader->db.err = ERR_CORRUPT;
        }
        db_end(row);
    }
    return sections;
}

/* clang-format off */
#define TESTS \
    "SELECT json_object('id', lower(hex(r.record)), 'owner'," \
    " json(" SQL_SCHOOL("r.owner") "), 'title', r.title, 'state', c.state, 'phase'," \
    " c.phase, 'decision', c.decision, 'decided_at', c.decided_at, 'predictions'," \
    " c.predictions, 'matched', c.matched, 'summary', json_extract(t.sections," \
    " '$.study.summary'), 'for_whom', json(coalesce(json_extract(t.sections," \
    " '$.plan.for_whom'), '[]')), 'conditions', json(coalesce(json_extract(" \
    "t.sections, '$.plan.conditions'), '[]')), 'at', r.at)" \
    " FROM links l JOIN records r ON r.id = l.record JOIN cycles c ON" \
    " c.record = r.id JOIN states t ON t.id = r.id * 65536 + r.space" \
    " WHERE l.target = ? AND l.owner = ? AND l.path = 'head.idea' ORDER BY r.lseq"
/* clang-format on */

static void put_idea(struct view_reader *reader, const struct query_key *key, int64_t row,
                     struct buf *out)
{
    json_t *sections = sections_of(reader, row);
    struct idea_history history =
        shape_history(&reader->db, &key->owner, &key->record, sections);
    json_t *json = idea_history_json(&history);
    char *text = ijson_text(json);
    buf_put_str(out, "\"history\":");
    buf_put_str(out, text);
    free(text);
    json_decref(json);
    json_decref(sections);
    buf_put_str(out, ",\"tests\":");
    (void)rows_put(&reader->db,
                   db_start(&reader->db, TESTS, "bb", key->record.b, sizeof(key->record.b),
                            key->owner.b, sizeof(key->owner.b)),
                   out, LIMIT_MOST);
    put_pointing(reader, key, "based_on_it", "head.based_on", "idea", out);
}

static void put_cycle(struct view_reader *reader, const struct query_key *key, int64_t record,
                      struct buf *out)
{
    buf_put_str(out, "\"cycle\":");
    sqlite3_stmt *row = db_start(&reader->db,
                                 "SELECT json_extract(t.derived, '$.cycle') FROM records r JOIN"
                                 " states t ON t.id = r.id * 65536 + r.space WHERE r.id = ?"
                                 " AND r.hidden IS NULL",
                                 "i", record);
    if (db_next(&reader->db, row)) {
        buf_put_str(out, db_text(row, 0));
        db_end(row);
    } else {
        buf_put_str(out, "null");
    }
    put_pointing(reader, key, "next", "head.prior", "cycle", out);
}

/* clang-format off */
#define BRIEF \
    "json_object('id', lower(hex(r.record)), 'owner', json(" SQL_SCHOOL("r.owner") ")," \
    " 'type', r.type, 'title', r.title, 'state', r.state, 'at', r.at)"
/* What the record points at, as far as it is here. */
#define LINKS \
    "SELECT json_object('path', l.path, 'ref', lower(hex(l.owner)) || '/' ||" \
    " lower(hex(l.target)), 'record', " BRIEF ") FROM links l JOIN records r ON" \
    " r.record = l.target AND r.owner = l.owner WHERE l.record = ? AND r.space IS NOT NULL" \
    " AND r.hidden IS NULL ORDER BY l.path, r.record LIMIT 200"
/* What points at it, by type and path: how many, and the newest five. A measure may have a
 * hundred thousand points, so the last 1,000 links are looked at. */
#define LINKED \
    "SELECT json_object('type', type, 'path', path, 'count', max(n), 'records'," \
    " json_group_array(json(brief))) FROM (SELECT k.type AS type, k.path AS path, k.n AS n," \
    " " BRIEF " AS brief FROM (SELECT p.type AS type, l.path AS path, p.id AS id, count(*)" \
    " OVER (PARTITION BY p.type, l.path) AS n, row_number() OVER (PARTITION BY p.type, l.path" \
    " ORDER BY p.lseq DESC, p.record) AS k FROM (SELECT record, path FROM links WHERE" \
    " target = ? AND owner = ? ORDER BY rowid DESC LIMIT 1000) l JOIN records p ON" \
    " p.id = l.record WHERE p.hidden IS NULL AND p.type <> 'feedback') k JOIN records r ON" \
    " r.id = k.id WHERE k.k <= 5 ORDER BY k.type, k.path, k.k) GROUP BY type, path" \
    " ORDER BY type, path"
/* clang-format on */

static void put_linked(struct view_reader *reader, const struct query_key *key, int64_t record,
                       struct buf *out)
{
    buf_put_str(out, ",\"links\":");
    (void)rows_put(&reader->db, db_start(&reader->db, LINKS, "i", record), out, LIMIT_MOST);
    buf_put_str(out, ",\"linked\":");
    (void)rows_put(&reader->db,
                   db_start(&reader->db, LINKED, "bb", key->record.b, sizeof(key->record.b),
                            key->owner.b, sizeof(key->owner.b)),
                   out, LIMIT_MOST);
}

static void put_derived(struct view_reader *reader, const struct query_key *key, int64_t record,
                        struct buf *out)
{
    sqlite3_stmt *row = db_start(
        &reader->db, "SELECT type, " SQL_OPEN("r") " FROM records r WHERE id = ?", "i", record);
    if (!db_next(&reader->db, row)) {
        buf_put_str(out, ",\"derived\":{}");
        return;
    }
    char type[REVISION_TYPE_BYTES + 1];
    (void)snprintf(type, sizeof(type), "%s", db_text(row, 0));
    bool open = sqlite3_column_int(row, 1) != 0;
    db_end(row);
    buf_put_str(out, ",\"derived\":{");
    if (strcmp(type, "idea") == 0) {
        put_idea(reader, key, record, out);
    } else if (strcmp(type, "cycle") == 0) {
        put_cycle(reader, key, record, out);
    } else if (strcmp(type, "feedback") == 0) {
        buf_put_str(out, open ? "\"open\":true" : "\"open\":false");
        put_pointing(reader, key, "answers", "head.answers", "feedback", out);
    } else {
        buf_put_str(out, "\"type\":\"");
        buf_put_str(out, type);
        buf_put_u8(out, '"');
        put_pointing(reader, key, "tried_by", "head.based_on", "idea", out);
    }
    buf_put_u8(out, '}');
}

static void put_record(struct view_reader *reader, int64_t record, const struct query_key *key,
                       bool history, int64_t wall_s, struct buf *out)
{
    char today[16];
    sqlite3_stmt *row = db_start(&reader->db, "SELECT " SQL_FULL SQL_FROM "WHERE r.id = ?2",
                                 "ti", rows_today(today, wall_s), record);
    if (!db_next(&reader->db, row)) {
        buf_put_u8(out, '{');
    } else {
        buf_put_str(out, db_text(row, 0));
        db_end(row);
        out->len--; /* its closing brace: more follows */
    }
    put_derived(reader, key, record, out);
    put_linked(reader, key, record, out);
    if (history) {
        put_history(reader, record, out);
    }
    rows_tail(reader, out);
}

enum err query_record(struct view_reader *reader, const char *id, bool history, int64_t wall_s,
                      struct buf *out)
{
    struct query_key key;
    int64_t record = 0;
    enum err err = reader_begin(reader);
    if (err == ERR_OK) {
        err = rows_not_unique(reader, id, resolve_record(reader, id, &key, &record), out);
    }
    if (err == ERR_OK) {
        put_record(reader, record, &key, history, wall_s, out);
    }
    enum err end = reader_end(reader);
    return err != ERR_OK ? err : end;
}

enum err query_idea(struct view_reader *reader, const char *id, struct buf *out)
{
    return query_record(reader, id, false, 0, out);
}

enum err query_resolve(struct view_reader *reader, const char *id, struct query_key *out)
{
    int64_t record = 0;
    enum err err = reader_begin(reader);
    if (err == ERR_OK) {
        err = resolve_record(reader, id, out, &record);
    }
    enum err end = reader_end(reader);
    return err != ERR_OK ? err : end;
}

enum err query_places(struct view_reader *reader, const struct query_key *key,
                      query_place_fn fn, void *arg)
{
    enum err err = reader_begin(reader);
    sqlite3_stmt *row = db_start(
        &reader->db,
        "SELECT c.device, c.tag, s.space, s.class, v.seq, v.revision, v.lamport"
        " FROM records r JOIN revisions v ON v.record = r.id"
        " JOIN chains c ON c.id = v.chain JOIN spaces s ON s.id = v.space"
        " WHERE r.record = ? AND r.owner = ? ORDER BY v.lseq",
        "bb", key->record.b, sizeof(key->record.b), key->owner.b, sizeof(key->owner.b));
    while (err == ERR_OK && db_next(&reader->db, row)) {
        struct query_place place = {.class = (enum space_class)sqlite3_column_int(row, 3),
                                    .seq = (uint64_t)sqlite3_column_int64(row, 4),
                                    .lamport = (uint64_t)sqlite3_column_int64(row, 6)};
        db_copy(row, 0, place.chain.device.b, sizeof(place.chain.device.b));
        db_copy(row, 1, place.chain.tag.b, sizeof(place.chain.tag.b));
        db_copy(row, 2, place.space.b, sizeof(place.space.b));
        db_copy(row, 5, place.revision.b, sizeof(place.revision.b));
        fn(arg, &place);
    }
    return reader_end(reader);
}
