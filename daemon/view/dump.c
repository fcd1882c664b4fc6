/*
 * view_dump: everything the view knows, in an order and with names that depend on the content
 * alone. Row ids, and when a row was last looked at (`changed`), stay out.
 */
#include "daemon/view/dump.h"

#define RECORD "lower(hex(r.record)) || '/' || lower(hex(r.owner))"
#define CHAIN  "lower(hex(c.device)) || '/' || lower(hex(c.tag))"
#define SPACE  "CASE WHEN s.id = 1 THEN 'own' ELSE lower(hex(s.tag)) END"

/* clang-format off */
static const struct {
    const char *name;
    const char *sql; /* one column of text, in order */
} parts[] = {
    {"meta", "SELECT name || ' ' || CASE typeof(value) WHEN 'blob' THEN lower(hex(value))"
             " ELSE value END FROM meta ORDER BY name"},
    {"statement", "SELECT lseq FROM statements ORDER BY lseq"},
    {"school", "SELECT json_array(lower(hex(school)), name, live, has_left, steward, hub, observer,"
               " admitted, standing, since) FROM schools ORDER BY school"},
    {"called", "SELECT json_array(lower(hex(school)), name, standing, since) FROM called"
               " ORDER BY school"},
    {"device", "SELECT json_array(lower(hex(device)), lower(hex(school)), name, live)"
               " FROM devices ORDER BY device"},
    {"space", "SELECT json_array(lower(hex(tag)), lower(hex(space)), class, width,"
              " lower(hex(school)), name, part, members) FROM spaces ORDER BY id <> 1, tag"},
    {"chain", "SELECT json_array(" CHAIN ", lower(hex(c.school)), upto, why, " SPACE ")"
              " FROM chains c LEFT JOIN spaces s ON s.id = c.space ORDER BY c.device, c.tag"},
    {"revision", "SELECT json_array(v.lseq, " CHAIN ", v.seq, v.status, v.standing, v.role,"
                 " lower(hex(v.key)), lower(hex(v.gone)), " RECORD ", " SPACE ","
                 " lower(hex(v.revision)), v.lamport, lower(hex(v.edit)), v.person, v.at, v.body)"
                 " FROM revisions v LEFT JOIN chains c ON c.id = v.chain"
                 " LEFT JOIN records r ON r.id = v.record LEFT JOIN spaces s ON s.id = v.space"
                 " ORDER BY v.lseq"},
    {"record", "SELECT json_array(" RECORD ", r.type, r.title, r.summary, r.state, r.flags,"
               " r.person, r.at, r.created, lower(hex(r.edit)), r.lamport, r.lseq, " SPACE ","
               " lower(hex(r.hidden)), r.reason) FROM records r JOIN spaces s ON s.id = r.space"
               " ORDER BY r.record, r.owner"},
    {"state", "SELECT json_array(" RECORD ", " SPACE ", t.sections, t.derived, t.lseq, t.lags)"
              " FROM states t JOIN records r ON r.id = t.id / 65536"
              " JOIN spaces s ON s.id = t.id % 65536 ORDER BY r.record, r.owner, s.id <> 1, s.tag"},
    {"cycle", "SELECT json_array(" RECORD ", c.state, c.phase, c.decision, c.decided_at,"
              " c.questions, c.predictions, c.judged, c.matched, c.amendments, c.due, c.touched,"
              " lower(hex(c.owner)), lower(hex(c.idea_owner)), lower(hex(c.idea)),"
              " lower(hex(c.prior_owner)), lower(hex(c.prior)), c.scale, c.ramp)"
              " FROM cycles c JOIN records r ON r.id = c.record ORDER BY r.record, r.owner"},
    {"trial", "SELECT json_array(" RECORD ", x.grp, x.cond, x.worked, x.not_for) FROM trials x"
              " JOIN records r ON r.id = x.record ORDER BY r.record, r.owner, x.grp, x.cond"},
    {"link", "SELECT json_array(" RECORD ", l.path, lower(hex(l.owner)), lower(hex(l.target)))"
             " FROM links l JOIN records r ON r.id = l.record"
             " ORDER BY r.record, r.owner, l.path, l.owner, l.target"},
    {"words", "SELECT json_array(" RECORD ", f.title, f.words) FROM search f"
              " JOIN records r ON r.id = f.rowid ORDER BY r.record, r.owner"},
};
/* clang-format on */

void dump_db(struct db *db, struct buf *out)
{
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        sqlite3_stmt *row = db_start(db, parts[i].sql, "");
        while (db_next(db, row)) {
            buf_put_str(out, parts[i].name);
            buf_put_u8(out, ' ');
            buf_put_str(out, db_text(row, 0));
            buf_put_u8(out, '\n');
        }
    }
}
