/* Loading a record's revisions out of the tables, for the fold. */
#include <stdlib.h>
#include <string.h>

#include "daemon/view/shape.h"
#include "daemon/view/tables.h"

struct width {
    int64_t id, width;
    struct space_id space;
};

static int by_id(const void *x, const void *y)
{
    const int64_t *a = x, *b = y;
    return *a < *b ? -1 : *a > *b;
}

static int by_width(const void *x, const void *y)
{
    const struct width *a = x, *b = y;
    if (a->width != b->width) return a->width < b->width ? -1 : 1;
    return memcmp(a->space.b, b->space.b, sizeof(a->space.b));
}

static void narrowest_first(struct db *db, int64_t *ids, size_t n)
{
    struct width *spaces = mem_zalloc(n * sizeof(*spaces));
    for (size_t i = 0; i < n; i++) {
        sqlite3_stmt *row =
            db_start(db, "SELECT width, space FROM spaces WHERE id = ?", "i", ids[i]);
        spaces[i].id = ids[i];
        if (!db_next(db, row)) continue;
        spaces[i].width = sqlite3_column_int64(row, 0);
        db_copy(row, 1, spaces[i].space.b, sizeof(spaces[i].space.b));
        db_end(row);
    }
    qsort(spaces, n, sizeof(*spaces), by_width);
    for (size_t i = 0; i < n; i++)
        ids[i] = spaces[i].id;
    free(spaces);
}

/* Two walks over indexes: a DISTINCT would make a table of its own for each record. */
int64_t *shape_spaces(struct db *db, int64_t record, size_t *n)
{
    int64_t *ids = NULL;
    size_t found = 0, cap = 0;
    sqlite3_stmt *rows[] = {
        db_start(db, "SELECT space FROM revisions WHERE record = ? AND space > 0", "i", record),
        db_start(db,
                 "SELECT id % 65536 FROM states WHERE id BETWEEN ?1 * 65536"
                 " AND ?1 * 65536 + 65535",
                 "i", record)};
    for (int k = 0; k < 2; k++) {
        while (db_next(db, rows[k])) {
            int64_t id = sqlite3_column_int64(rows[k], 0);
            if (found > 0 && ids[found - 1] == id) continue;
            MEM_RESERVE(ids, found, cap);
            ids[found++] = id;
        }
    }
    *n = 0;
    if (found > 1) qsort(ids, found, sizeof(*ids), by_id);
    for (size_t i = 0; i < found; i++) {
        if (*n == 0 || ids[*n - 1] != ids[i]) ids[(*n)++] = ids[i];
    }
    if (*n > 1) narrowest_first(db, ids, *n);
    return ids;
}

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
static void load_gone(struct shape_entries *out, struct db *db, const struct query_key *key,
                      int64_t space)
{
    sqlite3_stmt *row = db_start(
        db,
        "SELECT v.lseq, v.standing, v.revision, v.lamport FROM revisions v JOIN chains c"
        " ON c.id = v.chain WHERE v.gone = ?1 AND v.space = ?3 AND (c.school = ?2 OR"
        " ?2 = (SELECT value FROM meta WHERE name = 'network')) ORDER BY v.lseq",
        "bbi", key->record.b, sizeof(key->record.b), key->owner.b, sizeof(key->owner.b), space);
    while (db_next(db, row)) {
        struct revision_id id;
        db_copy(row, 2, id.b, sizeof(id.b));
        *add(out, sqlite3_column_int64(row, 0), sqlite3_column_int(row, 1)) =
            fold_entry_erased(&id, (uint64_t)sqlite3_column_int64(row, 3));
    }
}

void shape_load(struct shape_entries *out, struct db *db, const struct map *decoded,
                int64_t record, const struct query_key *key, int64_t space)
{
    *out = (struct shape_entries){0};
    load_full(out, db, decoded, record, space);
    if (out->n > 0) {
        load_gone(out, db, key, space);
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
