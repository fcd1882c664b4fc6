#include "daemon/view/types.h"

#include <stdlib.h>
#include <string.h>

#include "proto/crypto/hash.h"
#include "proto/record/ijson.h"

enum { DIGEST_BYTES = 16 };

static void digest_of(const struct schema *schema, uint8_t out[DIGEST_BYTES])
{
    struct buf text = {0};
    ijson_dump(&text, schema->json);
    hash_bytes(out, DIGEST_BYTES, slice_of(NULL, 0), "kith/1 view type", buf_slice(&text),
               slice_of(NULL, 0));
    buf_fini(&text);
}

/* Notes the type as it is now; true when the tables knew another, or none. */
static bool note_type(struct db *db, const struct schema *schema)
{
    uint8_t digest[DIGEST_BYTES];
    digest_of(schema, digest);
    if (db_int(db, 0, "SELECT count(*) FROM types WHERE type = ? AND digest = ?", "tb",
               schema->type, digest, sizeof(digest)) != 0) {
        return false;
    }
    db_run(db, "INSERT OR REPLACE INTO types VALUES(?,?)", "tb", schema->type, digest,
           sizeof(digest));
    return true;
}

/* The first type that the tables know and the set does not, forgotten; false when there is
 * none. */
static bool forget_type(struct db *db, const struct schema_set *schemas, json_t *changed)
{
    const char *gone = NULL;
    sqlite3_stmt *row = db_start(db, "SELECT type FROM types ORDER BY type", "");
    while (gone == NULL && db_next(db, row)) {
        const char *type = db_text(row, 0);
        if (schema_set_find(schemas, type) != NULL) {
            continue;
        }
        json_array_append_new(changed, json_string(type));
        gone = json_string_value(json_array_get(changed, json_array_size(changed) - 1));
        db_end(row);
    }
    if (gone != NULL) {
        db_run(db, "DELETE FROM types WHERE type = ?", "t", gone);
    }
    return gone != NULL && db->err == ERR_OK;
}

size_t types_compare(struct db *db, const struct schema_set *schemas)
{
    json_t *changed = json_array();
    db_exec(db, "BEGIN IMMEDIATE");
    for (size_t i = 0; i < schema_set_count(schemas); i++) {
        const struct schema *schema = schema_set_at(schemas, i);
        if (note_type(db, schema)) {
            json_array_append_new(changed, json_string(schema->type));
        }
    }
    while (forget_type(db, schemas, changed)) {
    }
    size_t n = json_array_size(changed);
    if (n > 0) {
        char *list = ijson_text(changed);
        db_run(db,
               "INSERT OR IGNORE INTO stale SELECT id FROM records WHERE type IN"
               " (SELECT value FROM json_each(?))",
               "t", list);
        free(list);
    }
    db_exec(db, "COMMIT");
    json_decref(changed);
    return n;
}
