#include "daemon/view/view.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "daemon/view/dump.h"
#include "daemon/view/project.h"
#include "daemon/view/reader.h"
#include "daemon/view/tables.h"
#include "daemon/view/types.h"
#include "proto/base/check.h"

struct view {
    struct view_options options;
    char *path; /* NULL in memory */
    char *uri;
    const struct log_reader *log;
    const struct schema_set *schemas;
    struct schema_set *own_schemas; /* when nobody gave any */
    struct db db;
    struct members members;
    struct project project;
    uint64_t last;
    uint64_t committed; /* what readers see as applied */
    size_t gathered;    /* entries in the transaction that is open */
    bool open;
    bool loose;     /* the log is let grow, the cache too, until view_rest */
    uint64_t stale; /* rows of the table */
    bool rebuilding;
    const char *rebuilt;
    atomic_uint generation; /* grows when the file was replaced: readers open again */
};

/* --------------------------------------------------------------------------- opening ---- */

/* A path as SQLite's URI: what means something in a URI is escaped. */
static char *uri_of(const char *path)
{
    static atomic_uint count;
    if (path == NULL) {
        char *memory = sqlite3_mprintf("file:/kith-view-%u?vfs=memdb", ++count);
        CHECK(memory != NULL);
        return memory;
    }
    struct buf uri = {0};
    buf_put_str(&uri, "file:");
    for (const char *p = path; *p != '\0'; p++) {
        if (*p == '?' || *p == '#' || *p == '%') {
            static const char digits[] = "0123456789ABCDEF";
            buf_put_u8(&uri, '%');
            buf_put_u8(&uri, (uint8_t)digits[(*p >> 4) & 15]);
            buf_put_u8(&uri, (uint8_t)digits[*p & 15]);
        } else {
            buf_put_u8(&uri, (uint8_t)*p);
        }
    }
    char *text = sqlite3_mprintf("%.*s", (int)uri.len, uri.data);
    CHECK(text != NULL);
    buf_fini(&uri);
    return text;
}

static void remove_files(const char *path)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; path != NULL && i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        char *name = sqlite3_mprintf("%s%s", path, suffixes[i]);
        CHECK(name != NULL);
        (void)unlink(name);
        sqlite3_free(name);
    }
}

/* Puts in what the tables must say before the first entry. */
static void seed_tables(struct view *view)
{
    const struct school_id *school = &view->options.school;
    db_exec(&view->db, "BEGIN IMMEDIATE");
    db_run(&view->db, "INSERT OR REPLACE INTO meta VALUES('school', ?)", "b", school->b,
           sizeof(school->b));
    db_run(&view->db,
           "INSERT OR IGNORE INTO spaces(id, class, width, school, part, members)"
           " VALUES(1, 2, 0, ?, 1, '[]')",
           "b", school->b, sizeof(school->b));
    db_exec(&view->db, TABLES_OWNERS TABLES_AUDIENCES);
    db_exec(&view->db, "COMMIT");
}

/* Is it this school's view, of this log? */
static bool fits(struct view *view)
{
    int64_t other =
        db_int(&view->db, 0, "SELECT count(*) FROM meta WHERE name = 'school' AND value <> ?",
               "b", view->options.school.b, sizeof(view->options.school.b));
    uint64_t applied =
        (uint64_t)db_int(&view->db, 0, "SELECT value FROM meta WHERE name = 'applied'", "");
    return other == 0 && applied <= view->log->last(view->log->ctx);
}

static enum err start(struct view *view)
{
    enum err err = db_open(&view->db, view->uri, false);
    if (err != ERR_OK) {
        return err;
    }
    if (!fits(view)) {
        db_close(&view->db);
        return ERR_CORRUPT;
    }
    seed_tables(view);
    (void)types_compare(&view->db, view->schemas);
    members_init(&view->members, &view->db, &view->options);
    err = members_load(&view->members, view->log);
    if (err != ERR_OK) {
        members_fini(&view->members);
        db_close(&view->db);
        return err;
    }
    view->project = (struct project){
        .db = &view->db, .members = &view->members, .schemas = view->schemas, .log = view->log};
    view->project.applied =
        (uint64_t)db_int(&view->db, 0, "SELECT value FROM meta WHERE name = 'applied'", "");
    view->committed = view->project.applied;
    view->open = false;
    view->stale = (uint64_t)db_int(&view->db, 0, "SELECT count(*) FROM stale", "");
    view->last = view->log->last(view->log->ctx);
    view->rebuilding = view->project.applied == 0 && view->last > 0;
    return view->db.err;
}

static void stop(struct view *view)
{
    members_fini(&view->members);
    db_close(&view->db);
}

/* Damaged, of another version, or of another log: away with it, the log has everything. */
static enum err start_anew(struct view *view, const char *why)
{
    remove_files(view->path);
    if (view->path == NULL) {
        sqlite3_free(view->uri);
        view->uri = uri_of(NULL);
    }
    view->rebuilt = why;
    atomic_fetch_add(&view->generation, 1);
    return start(view);
}

enum err view_open(struct view **out, const struct view_options *options,
                   const struct log_reader *log)
{
    struct view *view = mem_zalloc(sizeof(*view));
    view->options = *options;
    view->path = options->path == NULL ? NULL : mem_strdup(options->path);
    view->options.path = view->path;
    view->uri = uri_of(view->path);
    view->log = log;
    view->own_schemas = options->schemas == NULL ? schema_set_new() : NULL;
    view->schemas = options->schemas == NULL ? view->own_schemas : options->schemas;
    bool missing = view->path == NULL || access(view->path, F_OK) != 0;
    enum err err = start(view);
    if (err == ERR_CORRUPT) {
        err = start_anew(view, "it was damaged or made by another version");
    } else if (err == ERR_OK && missing) {
        view->rebuilt = "it was not there";
    }
    if (err != ERR_OK) {
        schema_set_free(view->own_schemas);
        sqlite3_free(view->uri);
        free(view->path);
        free(view);
        return err;
    }
    *out = view;
    return ERR_OK;
}

void view_close(struct view *view)
{
    if (view == NULL) {
        return;
    }
    stop(view);
    schema_set_free(view->own_schemas);
    sqlite3_free(view->uri);
    free(view->path);
    KEY_WIPE(&view->options.box_sk);
    free(view);
}

/* --------------------------------------------------------------------------- stepping ---- */

/*
 * How far SQLite's log may grow while the view is far behind. Each turn of it flushes twice,
 * and a page that changes often is written once a turn: with turns of 16 MiB a first sync waits
 * for a quarter of the flushes. But on a small disk that log would be the disk.
 */
enum {
    PAGE_BYTES = 4096,
    TURN_PAGES_MIN = 100,
    TURN_PAGES = 1000, /* SQLite's own default */
    TURN_PAGES_FAR = 4000,
    TURN_SHARE = 64, /* at most this part of what is free */
};

static int turn_pages(const struct view *view, int most)
{
    struct statvfs disk;
    if (view->path == NULL || statvfs(view->path, &disk) != 0) {
        return TURN_PAGES;
    }
    uint64_t pages = (uint64_t)disk.f_bavail * disk.f_frsize / PAGE_BYTES / TURN_SHARE;
    return pages < TURN_PAGES_MIN ? TURN_PAGES_MIN : pages > (uint64_t)most ? most : (int)pages;
}

static void begin(struct view *view)
{
    if (view->open) {
        return;
    }
    bool far = view->last - view->committed > VIEW_GATHER;
    (void)sqlite3_wal_autocheckpoint(view->db.db,
                                     turn_pages(view, far ? TURN_PAGES_FAR : TURN_PAGES));
    view->loose = view->loose || far;
    db_exec(&view->db, "BEGIN IMMEDIATE");
    view->open = view->db.err == ERR_OK;
    view->gathered = 0;
}

static void commit(struct view *view)
{
    if (view->open) {
        db_exec(&view->db, "COMMIT");
        view->open = view->db.err != ERR_OK;
    }
    if (!view->open) {
        view->committed = view->project.applied;
    }
}

static void undo(struct view *view)
{
    view->db.err = ERR_OK;
    if (sqlite3_get_autocommit(view->db.db) == 0) {
        db_exec(&view->db, "ROLLBACK");
    }
    view->db.err = ERR_OK;
    view->open = false;
    view->project.applied = view->committed;
    members_undo(&view->members);
}

/* Commits what was gathered, before anything that is no step. */
static enum err settle(struct view *view)
{
    view->db.err = ERR_OK;
    commit(view);
    enum err err = view->db.err;
    if (err != ERR_OK) {
        undo(view);
    }
    return err;
}

/* What was erased stays in free pages of the search index until it is written anew. */
static void wipe(struct view *view)
{
    db_exec(&view->db, "INSERT INTO search(search) VALUES('optimize')");
    db_exec(&view->db, "PRAGMA wal_checkpoint(TRUNCATE)");
    view->db.err = ERR_OK; /* a reader may hold the log open: the next checkpoint takes it */
    view->project.wiped = false;
}

enum err view_step(struct view *view, size_t max, bool *more)
{
    size_t taken = 0, anew = 0;
    max = max == 0 || max > VIEW_BATCH_MAX ? VIEW_BATCH_MAX : max;
    view->last = view->log->last(view->log->ctx);
    view->db.err = ERR_OK;
    begin(view);
    enum err err = view->db.err;
    if (err == ERR_OK) {
        err = project_batch(&view->project, max, &taken);
    }
    if (err == ERR_OK && taken < max && view->stale > 0) {
        project_stale(&view->project, max - taken, &anew);
    }
    err = err != ERR_OK ? err : view->db.err;
    view->gathered += taken;
    /* In memory a reader would wait for the writer, and both are on one thread. */
    bool gather = taken == max && view->gathered < VIEW_GATHER && view->path != NULL;
    if (err == ERR_OK && !gather) {
        commit(view);
        err = view->db.err;
    }
    if (view->db.err == ERR_CORRUPT) { /* the view's own file; the log's damage stays */
        stop(view);
        err = start_anew(view, "it was damaged");
        *more = true;
        return err;
    }
    if (err != ERR_OK) {
        undo(view);
        return err;
    }
    if (taken > 0) {
        view->members.stale = false;
    }
    view->stale -= anew < view->stale ? anew : view->stale;
    *more = taken + anew == max;
    if (!*more) {
        view->rebuilding = false;
        if (view->project.wiped) {
            wipe(view);
        }
    }
    return ERR_OK;
}

bool view_rest(struct view *view)
{
    if (!view->loose || view->open) {
        return false;
    }
    (void)sqlite3_wal_checkpoint_v2(view->db.db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    (void)sqlite3_wal_autocheckpoint(view->db.db, turn_pages(view, TURN_PAGES));
    (void)sqlite3_db_release_memory(view->db.db);
    view->loose = false;
    return true;
}

enum err view_rebuild(struct view *view)
{
    static const char *const tables[] = {
        "statements", "schools", "owners", "devices", "spaces", "chains", "records",
        "revisions",  "states",  "cycles", "trials",  "links",  "search", "stale"};
    enum err err = settle(view);
    if (err != ERR_OK) {
        return err;
    }
    db_exec(&view->db, "BEGIN IMMEDIATE");
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        char *sql = sqlite3_mprintf("DELETE FROM %s", tables[i]);
        CHECK(sql != NULL);
        db_exec(&view->db, sql);
        sqlite3_free(sql);
    }
    db_exec(&view->db, "DELETE FROM meta WHERE name <> 'school';"
                       "INSERT INTO meta VALUES('applied', 0); COMMIT");
    if (view->db.err != ERR_OK) {
        err = view->db.err;
        undo(view);
        return err;
    }
    members_fini(&view->members);
    members_init(&view->members, &view->db, &view->options);
    seed_tables(view);
    view->project.applied = view->committed = view->stale = 0;
    view->last = view->log->last(view->log->ctx);
    view->rebuilding = view->last > 0;
    view->rebuilt = "somebody asked for it";
    return view->db.err;
}

void view_get_status(const struct view *view, struct view_status *out)
{
    *out = (struct view_status){.applied = view->committed,
                                .last = view->last,
                                .rebuilding = view->rebuilding,
                                .rebuilt = view->rebuilt,
                                .stale = view->stale,
                                .fold = view->members.generation};
}

enum err view_check(struct view *view, struct buf *why)
{
    enum err err = settle(view);
    if (err != ERR_OK) {
        return err;
    }
    sqlite3_stmt *row = db_start(&view->db, "PRAGMA integrity_check(1)", "");
    bool fine = false;
    if (db_next(&view->db, row)) {
        fine = strcmp(db_text(row, 0), "ok") == 0;
        if (!fine) {
            buf_put_str(why, db_text(row, 0));
        }
        db_end(row);
    }
    if (fine) {
        db_exec(&view->db, "INSERT INTO search(search) VALUES('integrity-check')");
        fine = view->db.err == ERR_OK;
        if (!fine) {
            buf_put_str(why, "the search index does not match the records");
        }
    }
    view->db.err = ERR_OK;
    return fine ? ERR_OK : ERR_CORRUPT;
}

enum err view_dump(struct view *view, struct buf *out)
{
    enum err err = settle(view);
    if (err == ERR_OK) {
        dump_db(&view->db, out);
        err = view->db.err;
    }
    return err;
}

/* ---------------------------------------------------------------------------- readers ---- */

/* kith_anonymous(type): what one of that type says is not shown by itself. */
static void anonymous(sqlite3_context *call, int n, sqlite3_value **values)
{
    const struct schema_set *schemas = sqlite3_user_data(call);
    const char *type = n == 1 ? (const char *)sqlite3_value_text(values[0]) : NULL;
    const struct schema *schema = type == NULL ? NULL : schema_set_find(schemas, type);
    sqlite3_result_int(call, schema != NULL && schema->anonymous);
}

/* Types whose records are in force until somebody ends them, however old they are. */
static bool type_lasts(const char *type)
{
    static const char *const lasting[] = {"school",  "person",   "vocabulary", "aim",
                                          "driver",  "idea",     "measure",    "phase",
                                          "package", "protocol", "survey",     "strategy"};
    for (size_t i = 0; i < sizeof(lasting) / sizeof(lasting[0]); i++) {
        if (strcmp(type, lasting[i]) == 0) return true;
    }
    return false;
}

/* kith_archived(type, at): whether it is in this school's archive. */
static void archived(sqlite3_context *call, int n, sqlite3_value **values)
{
    const struct view_reader *reader = sqlite3_user_data(call);
    const char *type = n == 2 ? (const char *)sqlite3_value_text(values[0]) : NULL;
    const char *at = n == 2 ? (const char *)sqlite3_value_text(values[1]) : NULL;
    bool is = reader->archive[0] != '\0' && type != NULL && at != NULL &&
              strncmp(at, reader->archive, 10) < 0 && !type_lasts(type);
    sqlite3_result_int(call, is);
}

void view_reader_set_archive(struct view_reader *reader, const char *before)
{
    (void)snprintf(reader->archive, sizeof(reader->archive), "%s",
                   before == NULL ? "" : before);
}

static enum err connect(struct view_reader *reader)
{
    enum err err = db_open(&reader->db, reader->uri, true);
    if (err == ERR_OK) {
        err = db_err(sqlite3_create_function_v2(
            reader->db.db, "kith_anonymous", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
            (void *)(uintptr_t)reader->schemas, anonymous, NULL, NULL, NULL));
    }
    if (err == ERR_OK) {
        err = db_err(sqlite3_create_function_v2(reader->db.db, "kith_archived", 2, SQLITE_UTF8,
                                                reader, archived, NULL, NULL, NULL));
    }
    return err;
}

enum err view_reader_open(struct view_reader **out, const struct view *view)
{
    struct view_reader *reader = mem_zalloc(sizeof(*reader));
    reader->view = view;
    reader->generation = atomic_load(&view->generation);
    reader->uri = mem_strdup(view->uri);
    reader->school = view->options.school;
    reader->schemas = view->schemas;
    enum err err = connect(reader);
    if (err != ERR_OK) {
        view_reader_close(reader);
        return err;
    }
    *out = reader;
    return ERR_OK;
}

void view_reader_close(struct view_reader *reader)
{
    if (reader != NULL) {
        db_close(&reader->db);
        free(reader->uri);
        free(reader);
    }
}

enum err reader_begin(struct view_reader *reader)
{
    if (reader->depth++ > 0) {
        return reader->db.err;
    }
    unsigned generation = atomic_load(&reader->view->generation);
    if (generation != reader->generation && reader->view->path != NULL) {
        db_close(&reader->db);
        enum err err = connect(reader);
        if (err != ERR_OK) {
            reader->db.err = err;
            return err;
        }
        reader->generation = generation;
    }
    reader->db.err = ERR_OK;
    db_exec(&reader->db, "BEGIN");
    return reader->db.err;
}

enum err reader_end(struct view_reader *reader)
{
    CHECK(reader->depth > 0);
    if (--reader->depth > 0) {
        return reader->db.err;
    }
    enum err err = reader->db.err;
    reader->db.err = ERR_OK;
    if (reader->db.db != NULL && sqlite3_get_autocommit(reader->db.db) == 0) {
        db_exec(&reader->db, "COMMIT");
    }
    return err;
}

uint64_t view_reader_applied(struct view_reader *reader)
{
    int64_t applied = 0;
    if (reader_begin(reader) == ERR_OK) {
        applied = db_int(&reader->db, 0, "SELECT value FROM meta WHERE name = 'applied'", "");
    }
    return reader_end(reader) == ERR_OK ? (uint64_t)applied : 0;
}

const struct school_id *view_reader_school(const struct view_reader *reader)
{
    return &reader->school;
}

struct sqlite3 *view_reader_db(struct view_reader *reader)
{
    return reader->db.db;
}
