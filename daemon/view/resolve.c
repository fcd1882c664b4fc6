#include "daemon/view/resolve.h"

#include <ctype.h>
#include <string.h>

#include "proto/base/text.h"
#include "proto/member/fold.h"

enum { PREFIX_DIGITS_MIN = 4, WORDS_MAX = 32 };

/* The prefix as the smallest and the greatest id that begin with it. */
static bool bounds(uint8_t *low, uint8_t *high, size_t n, const char *digits, size_t length)
{
    char full[65];
    if (length < PREFIX_DIGITS_MIN || length > 2 * n) {
        return false;
    }
    memset(full, '0', 2 * n);
    memcpy(full, digits, length);
    full[2 * n] = '\0';
    if (text_unhex(low, n, full) != ERR_OK) {
        return false;
    }
    memset(full + length, 'f', 2 * n - length);
    return text_unhex(high, n, full) == ERR_OK;
}

static enum err one_row(struct view_reader *reader, sqlite3_stmt *row, struct query_key *key,
                        int64_t *id)
{
    size_t found = 0;
    while (db_next(&reader->db, row)) {
        if (found++ == 0) {
            *id = sqlite3_column_int64(row, 0);
            db_copy(row, 1, key->owner.b, sizeof(key->owner.b));
            db_copy(row, 2, key->record.b, sizeof(key->record.b));
        }
    }
    if (reader->db.err != ERR_OK) {
        return reader->db.err;
    }
    return found == 0 ? ERR_NOT_FOUND : found == 1 ? ERR_OK : ERR_INVALID;
}

enum err resolve_record(struct view_reader *reader, const char *id, struct query_key *key,
                        int64_t *row)
{
    struct school_id owner = {{0}};
    bool owned = false;
    const char *split = strpbrk(id, "/.");
    if (split != NULL) {
        char hex[2 * sizeof(owner.b) + 1] = {0};
        if ((size_t)(split - id) != sizeof(hex) - 1) {
            return ERR_NOT_FOUND;
        }
        memcpy(hex, id, sizeof(hex) - 1);
        if (text_unhex(owner.b, sizeof(owner.b), hex) != ERR_OK) {
            return ERR_NOT_FOUND;
        }
        owned = true;
        id = split + 1;
    }
    struct record_id low, high;
    if (!bounds(low.b, high.b, sizeof(low.b), id, strlen(id))) {
        return ERR_NOT_FOUND;
    }
    return one_row(reader,
                   db_start(&reader->db,
                            "SELECT id, owner, record FROM records WHERE record BETWEEN ? AND ?"
                            " AND space IS NOT NULL AND (? = 0 OR owner = ?) LIMIT 2",
                            "bbib", low.b, sizeof(low.b), high.b, sizeof(high.b),
                            (int64_t)owned, owner.b, sizeof(owner.b)),
                   key, row);
}

static enum err one_blob(struct view_reader *reader, sqlite3_stmt *row, void *out, size_t n)
{
    size_t found = 0;
    while (db_next(&reader->db, row)) {
        if (found++ == 0) {
            db_copy(row, 0, out, n);
        }
    }
    if (reader->db.err != ERR_OK) {
        return reader->db.err;
    }
    return found == 0 ? ERR_NOT_FOUND : found == 1 ? ERR_OK : ERR_INVALID;
}

enum err resolve_school(struct view_reader *reader, const char *text, struct school_id *out)
{
    struct school_id low, high;
    if (strcmp(text, "me") == 0) {
        *out = reader->school;
        return ERR_OK;
    }
    if (strcmp(text, "network") == 0) {
        return one_blob(
            reader, db_start(&reader->db, "SELECT value FROM meta WHERE name = 'network'", ""),
            out->b, sizeof(out->b));
    }
    enum err err = one_blob(reader,
                            db_start(&reader->db,
                                     "SELECT school FROM schools WHERE name = ?"
                                     " COLLATE NOCASE LIMIT 2",
                                     "t", text),
                            out->b, sizeof(out->b));
    if (err == ERR_NOT_FOUND && bounds(low.b, high.b, sizeof(low.b), text, strlen(text))) {
        err = one_blob(reader,
                       db_start(&reader->db,
                                "SELECT school FROM schools WHERE school BETWEEN ?1 AND ?2"
                                " UNION SELECT value FROM meta WHERE name IN ('network',"
                                " 'school') AND value BETWEEN ?1 AND ?2 LIMIT 2",
                                "bb", low.b, sizeof(low.b), high.b, sizeof(high.b)),
                       out->b, sizeof(out->b));
    }
    return err;
}

/* ------------------------------------------------------------------------------ audiences --
 */

static enum err one_space(struct view_reader *reader, sqlite3_stmt *row, int64_t *out)
{
    size_t found = 0;
    while (db_next(&reader->db, row)) {
        if (found++ == 0) {
            *out = sqlite3_column_int64(row, 0);
        }
    }
    if (reader->db.err != ERR_OK) {
        return reader->db.err;
    }
    return found == 0 ? ERR_NOT_FOUND : found == 1 ? ERR_OK : ERR_INVALID;
}

enum err resolve_space(struct view_reader *reader, const char *text, int64_t *out)
{
    struct db *db = &reader->db;
    struct school_id school;
    struct space_id low, high;
    if (strcmp(text, "own") == 0) {
        *out = DB_OWN_SPACE;
        return ERR_OK;
    }
    if (strcmp(text, "network") == 0) {
        return one_space(reader, db_start(db, "SELECT id FROM spaces WHERE class = 1", ""),
                         out);
    }
    if (strcmp(text, "hub") == 0) {
        return one_space(reader,
                         db_start(db, "SELECT id FROM spaces WHERE class = 3 AND school = ?",
                                  "b", reader->school.b, sizeof(reader->school.b)),
                         out);
    }
    if (strcmp(text, "buddies") == 0) {
        return one_space(reader,
                         db_start(db,
                                  "SELECT id FROM spaces WHERE class = 4 AND part = ?"
                                  " LIMIT 2",
                                  "i", (int64_t)FOLD_MEMBER),
                         out);
    }
    enum err err = one_space(reader,
                             db_start(db,
                                      "SELECT id FROM spaces WHERE class = 4 AND part = ?"
                                      " AND name = ? COLLATE NOCASE LIMIT 2",
                                      "it", (int64_t)FOLD_MEMBER, text),
                             out);
    if (err == ERR_NOT_FOUND && bounds(low.b, high.b, sizeof(low.b), text, strlen(text))) {
        err =
            one_space(reader,
                      db_start(db, "SELECT id FROM spaces WHERE space BETWEEN ? AND ? LIMIT 2",
                               "bb", low.b, sizeof(low.b), high.b, sizeof(high.b)),
                      out);
    }
    if (err != ERR_NOT_FOUND || resolve_school(reader, text, &school) != ERR_OK) {
        return err;
    }
    char hex[2 * sizeof(school.b) + 1];
    text_hex(hex, school.b, sizeof(school.b));
    return one_space(reader,
                     db_start(db,
                              "SELECT id FROM spaces WHERE class = 4 AND part = ? AND EXISTS"
                              " (SELECT 1 FROM json_each(members) WHERE value = ?) LIMIT 2",
                              "it", (int64_t)FOLD_MEMBER, hex),
                     out);
}

/* ----------------------------------------------------------------------------------- words --
 */

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

void resolve_words(struct buf *out, const char *words)
{
    bool quoted = false, open = false;
    size_t count = 0;
    for (const char *p = words; *p != '\0' && count < WORDS_MAX; p++) {
        if (is_word(*p)) {
            if (!open) {
                buf_put_str(out, out->len == 0 ? "\"" : " \"");
                open = true;
                count++;
            }
            buf_put_u8(out, (uint8_t)*p);
            continue;
        }
        quoted = *p == '"' ? !quoted : quoted;
        if (quoted && open) {
            buf_put_u8(out, ' ');
        } else if (open) {
            buf_put_u8(out, '"');
            open = false;
        }
    }
    if (open) {
        buf_put_str(out, quoted ? "\"" : "\"*");
    }
}
