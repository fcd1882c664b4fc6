/* The files that artifacts have: query_files, query_pieces of query.h. */
#include <string.h>

#include "daemon/view/query.h"
#include "daemon/view/reader.h"
#include "daemon/view/rows.h"
#include "daemon/view/sql.h"
#include "proto/base/text.h"

/* clang-format off */
#define FILES                                                                                  \
    "SELECT json_extract(t.sections, '$.file') FROM records r JOIN states t ON t.id = r.id * "  \
    "65536 + r.space WHERE r.owner = ? AND r.type = 'artifact' AND r.space IS NOT NULL AND"     \
    " r.hidden IS NULL AND json_extract(t.sections, '$.file.size') > 0"
/* Of every revision that reads: what was replaced is still history. */
#define PIECES                                                                                 \
    "SELECT DISTINCT j.value FROM records r JOIN revisions v ON v.record = r.id,"               \
    " json_each(v.body, '$.sections.file.pieces') j WHERE r.type = 'artifact' AND"              \
    " v.body IS NOT NULL AND j.type = 'text' AND length(j.value) = 64 ORDER BY 1"
/* clang-format on */

enum err query_files(struct view_reader *reader, const struct school_id *owner, struct buf *out)
{
    enum err err = reader_begin(reader);
    bool first = true;

    if (err != ERR_OK) return reader_end(reader);
    sqlite3_stmt *row = db_start(&reader->db, FILES, "b", owner->b, sizeof(owner->b));
    buf_put_str(out, "{\"files\":[");
    while (db_next(&reader->db, row)) {
        if (!first) buf_put_u8(out, ',');
        buf_put_str(out, db_text(row, 0));
        first = false;
    }
    buf_put_u8(out, ']');
    rows_tail(reader, out);
    return reader_end(reader);
}

enum err query_pieces(struct view_reader *reader, struct buf *out)
{
    enum err err = reader_begin(reader);

    if (err != ERR_OK) return reader_end(reader);
    sqlite3_stmt *row = db_start(&reader->db, PIECES, "");
    while (db_next(&reader->db, row)) {
        uint8_t id[32];
        if (text_unhex(id, sizeof(id), db_text(row, 0)) == ERR_OK) buf_put(out, id, sizeof(id));
    }
    return reader_end(reader);
}
