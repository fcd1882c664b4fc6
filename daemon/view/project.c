#include "daemon/view/project.h"

#include <stdlib.h>

#include "proto/base/check.h"
#include "proto/envelope/envelope.h"

/* A copied entry: the log's snapshot is let go before any work is done. */
struct copied {
    struct log_entry entry;
};

struct batch {
    struct project *project;
    struct arena arena;
    struct copied *entries;
    size_t n, cap;
    struct reading **readings; /* that decoded */
    size_t readings_n, readings_cap;
    struct map decoded;  /* lseq -> struct revision *, see shape.h */
    struct map dirty;    /* records.id -> 0 */
    struct map fresh_at; /* query_key -> records.id, of those in `fresh` */
    struct shape_fresh fresh;
    uint64_t *again; /* lseq of entries to read again */
    size_t again_n, again_cap;
    enum err err; /* the log's */
};

static bool copy_entry(void *arg, const struct log_entry *entry)
{
    struct batch *batch = arg;
    MEM_RESERVE(batch->entries, batch->n, batch->cap);
    struct log_entry *copy = &batch->entries[batch->n++].entry;
    *copy = *entry;
    copy->header.p = arena_dup(&batch->arena, entry->header.p, entry->header.n);
    copy->payload.p = arena_dup(&batch->arena, entry->payload.p, entry->payload.n);
    return true;
}

static void touch(struct batch *batch, int64_t record)
{
    if (record != 0) {
        map_put(&batch->dirty, &record, 0);
    }
}

/* An erase speaks of every record of that id: there is one, unless somebody copied an id. */
static void touch_gone(struct batch *batch, const struct record_id *id)
{
    struct db *db = batch->project->db;
    sqlite3_stmt *row =
        db_start(db, "SELECT id FROM records WHERE record = ?", "b", id->b, sizeof(id->b));
    while (db_next(db, row)) {
        touch(batch, sqlite3_column_int64(row, 0));
    }
}

/* --------------------------------------------------------------------------- one entry ---- */

/* A row that is written once, when it is shaped: one that grows from a stub moves its
 * neighbours. */
static int64_t fresh_row(struct batch *batch, const struct query_key *key)
{
    struct shape_fresh *fresh = &batch->fresh;
    if (fresh->n == 0) {
        fresh->first =
            1 + db_int(batch->project->db, 0, "SELECT coalesce(max(id), 0) FROM records", "");
    }
    int64_t id = fresh->first + (int64_t)fresh->n;
    MEM_RESERVE(fresh->keys, fresh->n, fresh->cap);
    fresh->keys[fresh->n++] = *key;
    map_put(&batch->fresh_at, key, (uint64_t)id);
    return id;
}

static int64_t record_row(struct batch *batch, const struct revision *revision)
{
    struct query_key key = {.owner = revision->owner, .record = revision->record};
    const uint64_t *fresh = map_get(&batch->fresh_at, &key);
    int64_t id = fresh != NULL ? (int64_t)*fresh
                               : db_int(batch->project->db, 0,
                                        "SELECT id FROM records WHERE record = ? AND owner = ?",
                                        "bb", key.record.b, sizeof(key.record.b), key.owner.b,
                                        sizeof(key.owner.b));
    if (id == 0) {
        id = fresh_row(batch, &key);
    }
    touch(batch, id);
    return id;
}

static void put_decoded(struct batch *batch, const struct reading *reading, uint64_t lseq)
{
    struct db *db = batch->project->db;
    const struct revision *revision = &reading->revision;
    int64_t record = record_row(batch, revision);
    if (reading->space == DB_OWN_SPACE && reading->chain != 0) {
        /* The same revision from before the school joined is wrapped now. */
        db_run(db, "DELETE FROM revisions WHERE chain IS NULL AND revision = ?", "b",
               revision->id.b, sizeof(revision->id.b));
    }
    const void *text = reading->body.data;
    sqlite3_stmt *put =
        db_start(db,
                 "INSERT OR REPLACE INTO revisions(lseq, chain, seq, status, standing, role,"
                 " record, space, revision, lamport, edit, person, at, body)"
                 " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14)",
                 "iiiiiiiibibtt", (int64_t)lseq, reading->chain, (int64_t)reading->seq,
                 (int64_t)reading->status, (int64_t)FOLD_STATUS_IN_EFFECT,
                 (int64_t)reading->role, record, reading->space, revision->id.b,
                 sizeof(revision->id.b), (int64_t)revision->lamport, revision->edit.b,
                 sizeof(revision->edit.b), revision->person, revision->at);
    if (put == NULL) {
        return;
    }
    if (reading->chain == 0) {
        (void)sqlite3_bind_null(put, 2);
        (void)sqlite3_bind_null(put, 3);
    }
    if (reading->role == READING_ROLE_NONE) {
        (void)sqlite3_bind_null(put, 6);
    }
    (void)sqlite3_bind_text(put, 14, text, (int)reading->body.len, SQLITE_STATIC);
    while (db_next(db, put)) {
    }
}

static void put_blank(struct batch *batch, const struct reading *reading, uint64_t lseq)
{
    struct db *db = batch->project->db;
    bool keyed = reading->status == TABLES_NO_KEY;
    bool gone = reading->gone;
    db_run(
        db,
        "INSERT OR REPLACE INTO revisions(lseq, chain, seq, status, standing, space, key, gone,"
        " revision, lamport, edit) VALUES(?,nullif(?,0),nullif(?,0),?,?,?,?,?,?,?,?)",
        "iiiiiibbbib", (int64_t)lseq, reading->chain, (int64_t)reading->seq,
        (int64_t)reading->status, (int64_t)(gone ? FOLD_STATUS_ERASED : FOLD_STATUS_WAITING),
        reading->space, keyed ? reading->key.b : NULL, sizeof(reading->key.b),
        gone ? reading->gone_record.b : NULL, sizeof(reading->gone_record.b),
        gone ? reading->gone_revision.b : NULL, sizeof(reading->gone_revision.b),
        (int64_t)reading->gone_lamport, gone ? reading->gone_edit.b : NULL,
        sizeof(reading->gone_edit.b));
    if (gone) {
        touch_gone(batch, &reading->gone_record);
    }
}

/* What the row stood for until now is touched; its text counts as gone. */
static void forget(struct batch *batch, uint64_t lseq)
{
    struct db *db = batch->project->db;
    sqlite3_stmt *row =
        db_start(db, "SELECT record, gone FROM revisions WHERE lseq = ?", "i", (int64_t)lseq);
    if (!db_next(db, row)) {
        return;
    }
    int64_t record = sqlite3_column_int64(row, 0);
    struct slice gone = db_blob(row, 1);
    struct record_id id;
    bool was_gone = gone.n == sizeof(id.b);
    db_copy(row, 1, id.b, sizeof(id.b));
    db_end(row);
    if (was_gone) {
        touch_gone(batch, &id);
    }
    touch(batch, record);
    batch->project->wiped |= record != 0;
}

static void take(struct batch *batch, const struct log_entry *entry)
{
    struct reading *reading = mem_zalloc(sizeof(*reading));
    reading_make(reading, batch->project->members, entry);
    if (!reading->decoded) {
        put_blank(batch, reading, entry->lseq);
        reading_fini(reading);
        free(reading);
        return;
    }
    put_decoded(batch, reading, entry->lseq);
    MEM_RESERVE(batch->readings, batch->readings_n, batch->readings_cap);
    batch->readings[batch->readings_n++] = reading;
    map_put(&batch->decoded, &entry->lseq, (uint64_t)(uintptr_t)&reading->revision);
}

/* -------------------------------------------------- what the membership changed before ---- */

static void again(struct batch *batch, uint64_t lseq)
{
    MEM_RESERVE(batch->again, batch->again_n, batch->again_cap);
    batch->again[batch->again_n++] = lseq;
}

static void on_chain_changed(void *arg, const struct members_chain *chain, uint64_t after)
{
    struct batch *batch = arg;
    struct db *db = batch->project->db;
    sqlite3_stmt *row =
        db_start(db, "SELECT lseq FROM revisions WHERE chain = ? AND seq > ?", "ii", chain->id,
                 after > INT64_MAX ? INT64_MAX : (int64_t)after);
    while (db_next(db, row)) {
        again(batch, (uint64_t)sqlite3_column_int64(row, 0));
    }
}

/* Key by key: who carries for others may wait for one key with a hundred thousand entries. */
static void find_keys(struct batch *batch)
{
    struct db *db = batch->project->db;
    struct key_id key = {{0}};
    for (;;) {
        sqlite3_stmt *next =
            db_start(db, "SELECT key FROM revisions WHERE key > ? ORDER BY key LIMIT 1", "b",
                     key.b, sizeof(key.b));
        if (!db_next(db, next)) {
            return;
        }
        db_copy(next, 0, key.b, sizeof(key.b));
        db_end(next);
        if (keyring_find(batch->project->members->ring, &key) == NULL) {
            continue;
        }
        sqlite3_stmt *row =
            db_start(db, "SELECT lseq FROM revisions WHERE key = ?", "b", key.b, sizeof(key.b));
        while (db_next(db, row)) {
            again(batch, (uint64_t)sqlite3_column_int64(row, 0));
        }
    }
}

/* Erases that stand, or stand no more, of entries that are here. */
static void find_erases(struct batch *batch)
{
    struct project *project = batch->project;
    for (size_t i = 0; i < project->members->erases_n; i++) {
        const struct members_erase *erase = &project->members->erases[i];
        bool erased = fold_erased(project->members->fold, &erase->chain, erase->seq,
                                  &erase->id) == FOLD_ERASED;
        sqlite3_stmt *row = db_start(
            project->db,
            "SELECT v.lseq, v.status, v.gone IS NULL FROM chains c JOIN revisions v"
            " ON v.chain = c.id AND v.seq = ?"
            " WHERE c.device = ? AND c.tag = ?",
            "ibb", (int64_t)erase->seq, erase->chain.device.b, sizeof(erase->chain.device.b),
            erase->chain.tag.b, sizeof(erase->chain.tag.b));
        while (db_next(project->db, row)) {
            bool shown = sqlite3_column_int(row, 1) == TABLES_ERASED;
            if (shown != erased || (shown && sqlite3_column_int(row, 2) != 0)) {
                again(batch, (uint64_t)sqlite3_column_int64(row, 0));
            }
        }
    }
}

/* Spans of roles: network-owned revisions are kept whole, only the verdict turns. */
static void find_roles(struct batch *batch)
{
    struct project *project = batch->project;
    sqlite3_stmt *row =
        db_start(project->db,
                 "SELECT v.lseq, v.role, v.record, v.seq, c.device, c.tag FROM revisions v"
                 " JOIN chains c ON c.id = v.chain WHERE v.role IS NOT NULL",
                 "");
    while (db_next(project->db, row)) {
        struct chain chain;
        db_copy(row, 4, chain.device.b, sizeof(chain.device.b));
        db_copy(row, 5, chain.tag.b, sizeof(chain.tag.b));
        bool in = fold_in_role(project->members->fold, &chain,
                               (uint64_t)sqlite3_column_int64(row, 3));
        if (in != (sqlite3_column_int(row, 1) == READING_ROLE_IN)) {
            again(batch, (uint64_t)sqlite3_column_int64(row, 0));
        }
    }
}

/* Few schools, and they write little: what they wrote to others, as long as they observe. */
static void find_observers(struct batch *batch)
{
    struct project *project = batch->project;
    const struct fold *fold = project->members->fold;
    struct fold_school school;
    for (size_t i = 0; fold_school_at(fold, i, &school); i++) {
        if (!fold_ever_observed(fold, &school.id)) continue;
        sqlite3_stmt *row = db_start(
            project->db,
            "SELECT v.lseq, v.status, v.seq, c.device, c.tag FROM chains c JOIN revisions v ON"
            " v.chain = c.id JOIN spaces s ON s.id = c.space WHERE c.school = ? AND s.class <> "
            "2"
            " AND v.role IS NULL",
            "b", school.id.b, sizeof(school.id.b));
        while (db_next(project->db, row)) {
            struct chain chain;
            int status = sqlite3_column_int(row, 1);
            db_copy(row, 3, chain.device.b, sizeof(chain.device.b));
            db_copy(row, 4, chain.tag.b, sizeof(chain.tag.b));
            bool observes = fold_observes(fold, &chain, (uint64_t)sqlite3_column_int64(row, 2));
            if ((status == TABLES_OK && observes) || (status == TABLES_OBSERVER && !observes)) {
                again(batch, (uint64_t)sqlite3_column_int64(row, 0));
            }
        }
    }
}

/* Few: each record that a hide ever named is looked at again. */
static void find_hides(struct batch *batch)
{
    struct project *project = batch->project;
    const struct fold *fold = project->members->fold;
    struct fold_item item;
    for (size_t i = 0; fold_item_at(fold, i, &item); i++) {
        const struct statement *statement = fold_statement(fold, &item.id);
        if (statement == NULL ||
            (statement->type != STATEMENT_HIDE && statement->type != STATEMENT_UNHIDE)) {
            continue;
        }
        touch(batch,
              db_int(project->db, 0, "SELECT id FROM records WHERE record = ? AND owner = ?",
                     "bb", statement->u.hide.record.b, sizeof(statement->u.hide.record.b),
                     statement->u.hide.owner.b, sizeof(statement->u.hide.owner.b)));
    }
}

static bool take_again(void *arg, const struct log_entry *entry)
{
    take(arg, entry);
    return false;
}

static int by_lseq(const void *x, const void *y)
{
    uint64_t a = 0, b = 0;
    memcpy(&a, x, sizeof(a));
    memcpy(&b, y, sizeof(b));
    return a < b ? -1 : a > b;
}

static void reread(struct batch *batch)
{
    if (batch->again_n == 0) {
        return;
    }
    qsort(batch->again, batch->again_n, sizeof(*batch->again), by_lseq);
    const struct log_reader *log = batch->project->log;
    for (size_t i = 0; i < batch->again_n && batch->err == ERR_OK; i++) {
        if (i > 0 && batch->again[i] == batch->again[i - 1]) {
            continue;
        }
        forget(batch, batch->again[i]);
        batch->err = log->get(log->ctx, batch->again[i], take_again, batch);
        if (batch->err == ERR_NOT_FOUND) { /* it left the log since: so it leaves the view */
            db_run(batch->project->db, "DELETE FROM revisions WHERE lseq = ?", "i",
                   (int64_t)batch->again[i]);
            batch->err = ERR_OK;
        }
    }
}

static void take_statements(struct batch *batch)
{
    struct members *members = batch->project->members;
    for (size_t i = 0; i < batch->n; i++) {
        const struct log_entry *entry = &batch->entries[i].entry;
        if (entry->kind == LOG_STATEMENT) {
            members_add(members, entry);
            db_run(batch->project->db, "INSERT OR REPLACE INTO statements VALUES(?)", "i",
                   (int64_t)entry->lseq);
        }
    }
    if (!members->stale || members->fold == NULL) {
        return;
    }
    members_refresh(members);
    members_judge(members, on_chain_changed, batch);
    find_keys(batch);
    find_erases(batch);
    find_roles(batch);
    find_observers(batch);
    find_hides(batch);
    reread(batch);
}

/* ------------------------------------------------------------------------------ the batch --
 */

static int by_record(const void *x, const void *y)
{
    int64_t a = 0, b = 0;
    memcpy(&a, x, sizeof(a));
    memcpy(&b, y, sizeof(b));
    return a < b ? -1 : a > b;
}

/*
 * In order of records.id. FTS5 gathers postings in memory only as long as rowids ascend and
 * writes a segment at each step back: out of order that is one for every second record, and
 * the merging of them was two fifths of the projection.
 */
static void shape_dirty(struct batch *batch)
{
    struct project *project = batch->project;
    struct shape shape;
    shape_init(&shape, project->db, project->members, project->schemas);
    shape.decoded = &batch->decoded;
    shape.fresh = &batch->fresh;
    shape.applied = project->applied;
    int64_t *records = mem_realloc(NULL, batch->dirty.count + 1, sizeof(*records));
    size_t at = 0, n = 0;
    const void *key = NULL;
    uint64_t value = 0;
    while (map_next(&batch->dirty, &at, &key, &value)) {
        memcpy(&records[n++], key, sizeof(*records));
    }
    qsort(records, n, sizeof(*records), by_record);
    for (size_t i = 0; i < n; i++) {
        shape_record(&shape, records[i]);
    }
    free(records);
    shape_ideas(&shape);
    if (shape.called) members_called(project->members);
    shape_fini(&shape);
}

void project_stale(struct project *project, size_t max, size_t *taken)
{
    struct shape shape;
    int64_t *records = mem_realloc(NULL, max + 1, sizeof(*records));
    size_t n = 0;
    sqlite3_stmt *row = db_start(
        project->db, "SELECT record FROM stale ORDER BY record LIMIT ?", "i", (int64_t)max);
    while (db_next(project->db, row)) {
        records[n++] = sqlite3_column_int64(row, 0);
    }
    shape_init(&shape, project->db, project->members, project->schemas);
    shape.applied = project->applied;
    for (size_t i = 0; i < n; i++) {
        shape_record(&shape, records[i]);
        db_run(project->db, "DELETE FROM stale WHERE record = ?", "i", records[i]);
    }
    shape_ideas(&shape);
    if (shape.called) members_called(project->members);
    shape_fini(&shape);
    free(records);
    *taken = n;
}

static void batch_fini(struct batch *batch)
{
    for (size_t i = 0; i < batch->readings_n; i++) {
        reading_fini(batch->readings[i]);
        free(batch->readings[i]);
    }
    free(batch->readings);
    free(batch->entries);
    free(batch->again);
    map_fini(&batch->decoded);
    map_fini(&batch->dirty);
    map_fini(&batch->fresh_at);
    free(batch->fresh.keys);
    arena_fini(&batch->arena);
}

enum err project_batch(struct project *project, size_t max, size_t *taken)
{
    struct batch batch = {.project = project};
    map_init(&batch.decoded, sizeof(uint64_t), 2);
    map_init(&batch.dirty, sizeof(int64_t), 3);
    map_init(&batch.fresh_at, sizeof(struct query_key), 4);
    batch.err =
        project->log->read(project->log->ctx, project->applied, max, copy_entry, &batch);
    if (batch.err == ERR_OK && batch.n > 0) {
        project->applied = batch.entries[batch.n - 1].entry.lseq;
        take_statements(&batch);
        for (size_t i = 0; i < batch.n && batch.err == ERR_OK; i++) {
            if (batch.entries[i].entry.kind != LOG_STATEMENT) {
                take(&batch, &batch.entries[i].entry);
            }
        }
        shape_dirty(&batch);
        db_run(project->db, "UPDATE meta SET value = ? WHERE name = 'applied'", "i",
               (int64_t)project->applied);
        *taken = batch.n;
    } else {
        *taken = 0;
    }
    enum err err = batch.err;
    batch_fini(&batch);
    return err;
}
