/* What changed, for those who keep a copy: query_changes of query.h. */
#include "daemon/view/query.h"
#include "daemon/view/reader.h"
#include "daemon/view/rows.h"
#include "daemon/view/sql.h"
#include "proto/base/text.h"

/* clang-format off */
#define CHANGED                                                                                \
    " r.changed > ?5 AND (?6 IS NULL OR r.type = ?6) AND (?7 = 0 OR r.owner = " SQL_ME ")"     \
    " AND (r.record, r.owner) > (?2, ?3) ORDER BY r.record, r.owner LIMIT ?4"

/* In one list by record and owner: what shows, and what shows no more. A record without a row in
 * `states` has nothing to show. */
#define ROWS                                                                                   \
    "SELECT iif(t.id IS NULL OR r.hidden IS NOT NULL, json_object('id', lower(hex(r.record)),"  \
    " 'owner', json_object('id', lower(hex(r.owner))), 'type', r.type, 'gone',"                \
    " json('true')), " SQL_FULL "), r.record, r.owner"                                         \
    " FROM records r LEFT JOIN states t ON t.id = r.id * 65536 + r.space"                      \
    " LEFT JOIN cycles c ON c.record = r.id WHERE (?5 >= 0 OR (r.space IS NOT NULL AND"        \
    " r.hidden IS NULL)) AND"
/* clang-format on */

enum err query_changes(struct view_reader *reader, const struct query_changes *ask,
                       struct query_key *next, bool *more, struct buf *out)
{
    char today[16];
    size_t limit = rows_limit(ask->limit), n = 0;
    enum err err = reader_begin(reader);
    *more = false;
    sqlite3_stmt *row =
        db_start(&reader->db, ROWS CHANGED, "tbbiiti", rows_today(today, ask->wall_s),
                 ask->after.record.b, sizeof(ask->after.record.b), ask->after.owner.b,
                 sizeof(ask->after.owner.b), (int64_t)limit + 1,
                 ask->all ? (int64_t)-1 : (int64_t)ask->since, ask->type, (int64_t)ask->mine);
    buf_put_str(out, "{\"items\":[");
    while (err == ERR_OK && db_next(&reader->db, row)) {
        if (n == limit) {
            *more = true;
            continue;
        }
        buf_put_str(out, n++ == 0 ? "" : ",");
        buf_put_str(out, db_text(row, 0));
        db_copy(row, 1, next->record.b, sizeof(next->record.b));
        db_copy(row, 2, next->owner.b, sizeof(next->owner.b));
    }
    buf_put_str(out, "]");
    rows_tail(reader, out);
    return reader_end(reader);
}

enum err query_types(struct view_reader *reader, bool mine, struct buf *out)
{
    enum err err = reader_begin(reader);
    if (err == ERR_OK) {
        buf_put_str(out, "{\"items\":");
        (void)rows_put(&reader->db,
                       db_start(&reader->db,
                                "SELECT json_object('type', type, 'records', count(*)) FROM"
                                " records r WHERE space IS NOT NULL AND hidden IS NULL AND"
                                " type IS NOT NULL AND (? = 0 OR owner = " SQL_ME ")"
                                " GROUP BY type ORDER BY type",
                                "i", (int64_t)mine),
                       out, SIZE_MAX);
        rows_tail(reader, out);
    }
    return reader_end(reader);
}
