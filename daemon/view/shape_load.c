/* Loading a record's revisions out of the tables, for the fold. */
#include <stdlib.h>

#include "daemon/view/shape.h"
#include "daemon/view/tables.h"

static struct fold_entry *add(struct shape_entries *out, int64_t lseq, int standing)
{
    if (out->n == out->cap) {
        out->cap = out->cap == 0 ? 8 : out->cap * 2;
        out->entries = mem_realloc(out->entries, out->cap, sizeof(*out->entries));
        out->lseq = mem_realloc(out->lseq, out->cap, sizeof(*out->lseq));
        out->standing = mem_realloc(out->standing, out->cap, sizeof(*out->standing));
    }
    out->lseq[out->n] = lseq;
    out->standing[out->n] = standing;
    return &out->entries[out->n++];
}

static const struct revision *revision_of(struct shape_entries *out, struct db *db,
                                          const struct map *decoded, sqlite3_stmt *row)
{
    uint64_t lseq = (uint64_t)sqlite3_column_int64(row, 0);
    const uint64_t *known = decoded == NULL ? NULL : map_get(decoded, &lseq);
    if (known != NULL) {
        return (const struct revision *)(uintptr_t)*known;
    }
    struct revision_id id;
    db_copy(row, 3, id.b, sizeof(id.b));
    struct revision *revision = mem_zalloc(sizeof(*revision));
    if (revision_decode(db_blob(row, 4), &id, revision, NULL) != ERR_OK) {
        free(revision); /* it decoded when it was put there */
        db->err = ERR_CORRUPT;
        return NULL;
    }
    MEM_RESERVE(out->owned, out->owned_n, out->owned_cap);
    out->owned[out->owned_n++] = revision;
    return revision;
}

static void load_full(struct shape_entries *out, struct db *db, const struct map *decoded,
                      int64_t record, int64_t space)
{
    sqlite3_stmt *row = db_start(db,
                                 "SELECT lseq, status, standing, revision, body FROM revisions"
                                 " WHERE record = ? AND space = ? ORDER BY lseq",
                                 "ii", record, space);
    while (db_next(db, row)) {
        const struct revision *revision = revision_of(out, db, decoded, row);
        if (revision == NULL) {
            db_end(row);
            return;
        }
        bool full = sqlite3_column_int(row, 1) == TABLES_OK;
        *add(out, sqlite3_column_int64(row, 0), sqlite3_column_int(row, 2)) =
            full ? fold_entry_full(revision) : fold_entry_void(revision);
    }
}

/* An erase speaks for the records of its writer's school, or of the network. */
static void load_gone(struct shape_entries *out, struct db *db, int64_t record, int64_t space)
{
    sqlite3_stmt *row =
        db_start(db,
                 "SELECT v.lseq, v.standing, v.revision, v.lamport FROM records r"
                 " JOIN revisions v ON v.gone = r.record JOIN chains c ON c.id = v.chain"
                 " WHERE r.id = ? AND v.space = ? AND (c.school = r.owner OR"
                 " r.owner = (SELECT value FROM meta WHERE name = 'network')) ORDER BY v.lseq",
                 "ii", record, space);
    while (db_next(db, row)) {
        struct revision_id id;
        db_copy(row, 2, id.b, sizeof(id.b));
        *add(out, sqlite3_column_int64(row, 0), sqlite3_column_int(row, 1)) =
            fold_entry_erased(&id, (uint64_t)sqlite3_column_int64(row, 3));
    }
}

void shape_load(struct shape_entries *out, struct db *db, const struct map *decoded,
                int64_t record, int64_t space)
{
    *out = (struct shape_entries){0};
    load_full(out, db, decoded, record, space);
    if (out->n > 0) {
        load_gone(out, db, record, space);
    }
}

void shape_unload(struct shape_entries *entries)
{
    for (size_t i = 0; i < entries->owned_n; i++) {
        revision_fini(entries->owned[i]);
        free(entries->owned[i]);
    }
    free(entries->owned);
    free(entries->entries);
    free(entries->lseq);
    free(entries->standing);
    *entries = (struct shape_entries){0};
}
