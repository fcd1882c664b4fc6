#include "daemon/report/digest.h"

#include <jansson.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/report/shapes.h"
#include "proto/base/check.h"
#include "proto/record/ijson.h"

/* A section: its rows are text, detail, school, day. ?1 the first day, ?2 today, ?3 the last
 * day looked ahead to, ?4 this school. */
struct section {
    const char *name, *heading, *sql;
};

#define DAY(of)   "substr(" of ", 1, 10)"
#define SINCE(of) DAY(of) " BETWEEN ?1 AND ?2"
#define STATE     " JOIN states t ON t.id = r.id * 65536 + r.space "
#define AWAKE     "c.phase NOT IN ('decided', 'closed') AND c.state NOT IN ('paused', 'withdrawn')"
#define FIELD(of) "json_extract(t.sections, '$." of "')"

/* clang-format off */
static const struct section sections[] = {
    {"learned", "What was learned",
     "SELECT c.decision || ': ' || r.title, coalesce(nullif(" FIELD("act.why") ", ''), "
     FIELD("study.summary") "), " NAME("r.owner") ", " DAY("c.decided_at") " FROM " SEEN " r"
     " JOIN cycles c ON c.record = r.id" STATE "WHERE c.decision <> '' AND "
     SINCE("c.decided_at") " ORDER BY c.decided_at DESC, r.id"},
    {"new", "New in the network",
     "SELECT replace(r.type, '_', ' ') || ': ' || r.title, NULL, " NAME("r.owner") ", "
     DAY("r.created") " FROM " SEEN " r WHERE r.type IN ('bright_spot', 'idea', 'package',"
     " 'story') AND r.owner <> ?4 AND " SINCE("r.created") " ORDER BY r.created DESC, r.id"},
    {"told", "What others said to us",
     "SELECT y.title, " FIELD("head.text") ", " NAME("r.owner") ", " DAY("r.created") " FROM "
     SEEN " r JOIN links l ON l.record = r.id AND l.path = 'head.target' AND l.owner = ?4"
     " JOIN records y ON y.owner = l.owner AND y.record = l.target" STATE "WHERE"
     " r.type = 'feedback' AND r.owner <> ?4 AND " SINCE("r.created")
     " ORDER BY r.created DESC, r.id"},
    {"waits", "What waits for us",
     "SELECT iif(c.phase = 'planned', 'Do: ', 'Study: ') || r.title, NULL, NULL, " DAY("c.due")
     " FROM " SEEN " r JOIN cycles c ON c.record = r.id WHERE r.owner = ?4 AND " AWAKE
     " AND date(c.due) < ?2 ORDER BY c.due, r.id"},
    {"comes", "What comes",
     "SELECT * FROM (SELECT 'Study: ' || r.title, NULL, NULL, " DAY("c.due") " AS day FROM " SEEN
     " r JOIN cycles c ON c.record = r.id WHERE r.owner = ?4 AND " AWAKE " AND date(c.due)"
     " BETWEEN ?2 AND ?3 UNION ALL SELECT iif(r.type = 'convening', 'Meeting: ', 'Begins: ') ||"
     " r.title, NULL, " NAME("r.owner") ", " DAY(FIELD("head.starts")) " FROM " SEEN " r" STATE
     "WHERE r.type IN ('convening', 'action_period') AND " DAY(FIELD("head.starts"))
     " BETWEEN ?2 AND ?3) ORDER BY day"},
};
/* clang-format on */

struct days {
    char first[11], today[11], last[11];
};

static bool day_of(int64_t wall_s, char out[11])
{
    time_t at = (time_t)wall_s;
    struct tm tm;
    return wall_s > 0 && gmtime_r(&at, &tm) != NULL && strftime(out, 11, "%Y-%m-%d", &tm) == 10;
}

static json_t *text_of(sqlite3_stmt *row, int column)
{
    const char *text = (const char *)sqlite3_column_text(row, column);
    return text == NULL || *text == '\0' ? json_null() : json_string(text);
}

static json_t *items_of(sqlite3 *db, const struct section *section, const struct days *days,
                        const struct school_id *school, json_int_t *more)
{
    sqlite3_stmt *row = NULL;
    json_t *items = json_array();
    *more = 0;
    if (sqlite3_prepare_v2(db, section->sql, -1, &row, NULL) != SQLITE_OK) {
        json_decref(items);
        return NULL;
    }
    const char *const bound[] = {days->first, days->today, days->last};
    int n = sqlite3_bind_parameter_count(row);
    for (int i = 0; i < 3 && i < n; i++)
        (void)sqlite3_bind_text(row, i + 1, bound[i], -1, SQLITE_STATIC);
    if (n >= 4) (void)sqlite3_bind_blob(row, 4, school->b, sizeof(school->b), SQLITE_STATIC);
    while (sqlite3_step(row) == SQLITE_ROW) {
        if (json_array_size(items) == DIGEST_ITEMS_MAX) {
            ++*more;
            continue;
        }
        json_array_append_new(items, json_pack("{s:o, s:o, s:o, s:o}", "text", text_of(row, 0),
                                               "detail", text_of(row, 1), "school",
                                               text_of(row, 2), "day", text_of(row, 3)));
    }
    if (sqlite3_finalize(row) == SQLITE_OK) return items;
    json_decref(items);
    return NULL;
}

static json_t *title_of(sqlite3 *db)
{
    sqlite3_stmt *row = NULL;
    json_t *title = NULL;
    if (sqlite3_prepare_v2(db, "SELECT value FROM meta WHERE name = 'network_name'", -1, &row,
                           NULL) == SQLITE_OK &&
        sqlite3_step(row) == SQLITE_ROW) {
        title = text_of(row, 0);
    }
    (void)sqlite3_finalize(row);
    return title == NULL ? json_null() : title;
}

enum err digest_make(struct view_reader *reader, int64_t wall_s, int days, struct buf *out)
{
    struct days of = {0};
    uint64_t applied = view_reader_applied(reader);
    sqlite3 *db = view_reader_db(reader);
    if (days <= 0) days = DIGEST_DAYS;
    if (days > DIGEST_DAYS_MAX || db == NULL) return db == NULL ? ERR_IO : ERR_INVALID;
    if (!day_of(wall_s, of.today) || !day_of(wall_s - (int64_t)days * 86400, of.first) ||
        !day_of(wall_s + DIGEST_AHEAD_DAYS * 86400LL, of.last)) {
        return ERR_INVALID;
    }
    json_t *list = json_array();
    enum err err = ERR_OK;
    for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]) && err == ERR_OK; i++) {
        json_int_t more;
        json_t *items = items_of(db, &sections[i], &of, view_reader_school(reader), &more);
        if (items == NULL) {
            err = ERR_SYSTEM;
        } else if (json_array_size(items) == 0) {
            json_decref(items);
        } else {
            json_array_append_new(
                list, json_pack("{s:s, s:s, s:o, s:I}", "name", sections[i].name, "heading",
                                sections[i].heading, "items", items, "more", more));
        }
    }
    json_t *digest = json_pack("{s:o, s:s, s:s, s:s, s:o, s:I}", "title", title_of(db), "from",
                               of.first, "to", of.today, "until", of.last, "sections", list,
                               "applied", (json_int_t)applied);
    char *text = json_dumps(digest, JSON_COMPACT);
    CHECK(text != NULL);
    if (err == ERR_OK) buf_put_str(out, text);
    free(text);
    json_decref(digest);
    return err;
}

/* ----------------------------------------------------------------------------------- HTML --
 */

static void put_escaped(struct buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '&':
            buf_put_str(out, "&amp;");
            break;
        case '<':
            buf_put_str(out, "&lt;");
            break;
        case '>':
            buf_put_str(out, "&gt;");
            break;
        case '"':
            buf_put_str(out, "&quot;");
            break;
        default:
            buf_put_u8(out, (uint8_t)*text);
        }
    }
}

static void put_tagged(struct buf *out, const char *open, const char *text, const char *close)
{
    if (*text == '\0') return;
    buf_put_str(out, open);
    put_escaped(out, text);
    buf_put_str(out, close);
}

static void put_item(struct buf *out, const json_t *item)
{
    const char *school = ijson_str(item, "school"), *day = ijson_str(item, "day");
    buf_put_str(out, "<li>");
    put_escaped(out, ijson_str(item, "text"));
    if (*school != '\0' || *day != '\0') {
        buf_put_str(out, " <small>");
        put_escaped(out, school);
        buf_put_str(out, *school != '\0' && *day != '\0' ? ", " : "");
        put_escaped(out, day);
        buf_put_str(out, "</small>");
    }
    put_tagged(out, "<p>", ijson_str(item, "detail"), "</p>");
    buf_put_str(out, "</li>\n");
}

enum err digest_html(struct slice json, struct buf *out)
{
    json_t *digest = json_loadb((const char *)json.p, json.n, 0, NULL), *section, *item;
    size_t i, k;
    char more[64];
    if (!json_is_object(digest)) return ERR_MALFORMED;
    const char *title = ijson_str(digest, "title");
    if (*title == '\0') title = "Kith";
    buf_put_str(out, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                     "<meta name=\"viewport\" content=\"width=device-width\"><title>");
    put_escaped(out, title);
    buf_put_str(out,
                "</title><style>body{font:16px/1.5 sans-serif;max-width:40em;margin:2em auto;"
                "padding:0 1em}h1{font-size:1.4em}h2{font-size:1.1em;margin-top:1.5em}"
                "small{color:#555}li p{margin:.2em 0 .6em;color:#333}</style></head><body>\n");
    put_tagged(out, "<h1>", title, "</h1>\n");
    put_tagged(out, "<p>", ijson_str(digest, "from"), " – ");
    put_escaped(out, ijson_str(digest, "to"));
    buf_put_str(out, "</p>\n");
    json_array_foreach(json_object_get(digest, "sections"), i, section)
    {
        put_tagged(out, "<h2>", ijson_str(section, "heading"), "</h2>\n<ul>\n");
        json_array_foreach(json_object_get(section, "items"), k, item) put_item(out, item);
        buf_put_str(out, "</ul>\n");
        json_int_t rest = json_integer_value(json_object_get(section, "more"));
        if (rest == 0) continue;
        (void)snprintf(more, sizeof(more), "<p>and %" JSON_INTEGER_FORMAT " more</p>\n", rest);
        buf_put_str(out, more);
    }
    if (i == 0) buf_put_str(out, "<p>Nothing new in these days.</p>\n");
    buf_put_str(out, "</body></html>\n");
    json_decref(digest);
    return ERR_OK;
}
