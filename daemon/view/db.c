#include "daemon/view/db.h"

#include <stdarg.h>
#include <string.h>

#include "daemon/view/tables.h"
#include "proto/base/check.h"
#include "proto/base/cursor.h"
#include "proto/crypto/hash.h"
#include "proto/member/fold.h"

/* Counts changes of the code that fills the tables, where their text stays as it was. */
enum { DB_RULES = 2 };

uint32_t db_version(void)
{
    uint8_t hash[32];
    const uint8_t rules[2] = {DB_RULES, FOLD_VERSION};
    struct hash state;
    hash_init(&state, sizeof(hash), slice_of(NULL, 0), "kith/1 view tables");
    hash_add(&state, rules, sizeof(rules));
    hash_add(&state, TABLES_TEXT, strlen(TABLES_TEXT));
    hash_add(&state, TABLES_OWNERS, strlen(TABLES_OWNERS));
    hash_add(&state, TABLES_AUDIENCES, strlen(TABLES_AUDIENCES));
    hash_final(&state, hash);
    return get_be32(hash) & 0x7fffffff;
}

enum err db_err(int code)
{
    switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return ERR_OK;
    case SQLITE_FULL:
        return ERR_NO_SPACE;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
        return ERR_CORRUPT;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ERR_LOCKED;
    case SQLITE_IOERR:
    case SQLITE_READONLY:
        return ERR_IO;
    default:
        return ERR_SYSTEM;
    }
}

static void note(struct db *db, int code)
{
    if (db->err == ERR_OK) {
        db->err = db_err(code);
    }
}

void db_exec(struct db *db, const char *sql)
{
    if (db->err == ERR_OK) {
        note(db, sqlite3_exec(db->db, sql, NULL, NULL, NULL));
    }
}

static void set_up(struct db *db, bool readonly)
{
    int was = 0;
    (void)sqlite3_busy_timeout(db->db, 5000);
    (void)sqlite3_db_config(db->db, SQLITE_DBCONFIG_DEFENSIVE, 1, &was);
    (void)sqlite3_db_config(db->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, &was);
    (void)sqlite3_db_config(db->db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, &was);
    db_exec(db, "PRAGMA cache_size = -2000; PRAGMA temp_store = MEMORY;");
    if (readonly) {
        /* A report of a whole network reads each page some ten times: from the system's cache
         * without a call for each, and without a second copy of it in this process. */
        db_exec(db, "PRAGMA mmap_size = 2147418112;");
    } else {
        /* So that a transaction of VIEW_GATHER entries (5 KiB each) need not be spilt; what of
         * it is used goes with view_rest. */
        db_exec(db, "PRAGMA cache_size = -8000;");
        /* A lost transaction is found again in the log, so the disk need not be waited for;
         * a torn one cannot be, hence not OFF. Erased text leaves no trace in free pages. */
        db_exec(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
                    "PRAGMA secure_delete = ON;");
    }
}

/* Touches every table, so that a damaged schema or root page shows at once. */
static void probe(struct db *db)
{
    static const char *const tables[] = {"meta",   "statements", "schools", "devices",
                                         "spaces", "chains",     "records", "revisions",
                                         "states", "cycles",     "trials",  "links",
                                         "search", "types",      "stale",   "called"};
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        char *sql = sqlite3_mprintf("SELECT 1 FROM %s LIMIT 1", tables[i]);
        CHECK(sql != NULL);
        db_exec(db, sql);
        sqlite3_free(sql);
    }
    if (db->err == ERR_SYSTEM) {
        db->err = ERR_CORRUPT; /* a table is missing: "no such table" is a plain SQL error */
    }
}

static void make_tables(struct db *db)
{
    char *version = sqlite3_mprintf("PRAGMA user_version = %u", db_version());
    CHECK(version != NULL);
    db_exec(db, "BEGIN IMMEDIATE");
    db_exec(db, TABLES_TEXT);
    db_exec(db, "INSERT INTO meta VALUES('applied', 0)");
    db_exec(db, version);
    db_exec(db, "COMMIT");
    sqlite3_free(version);
}

enum err db_open(struct db *db, const char *uri, bool readonly)
{
    *db = (struct db){0};
    int flags = readonly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    note(db,
         sqlite3_open_v2(uri, &db->db, flags | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL));
    set_up(db, readonly);
    if (db->err == ERR_OK && !readonly) {
        int64_t version = db_int(db, 0, "PRAGMA user_version", "");
        if (version == 0 && db_int(db, 1, "SELECT count(*) FROM sqlite_schema", "") == 0) {
            make_tables(db);
        } else if (db->err == ERR_OK && version != db_version()) {
            db->err = ERR_CORRUPT;
        }
        probe(db);
    }
    enum err err = db->err;
    if (err != ERR_OK) {
        db_close(db);
    }
    return err;
}

void db_close(struct db *db)
{
    for (size_t i = 0; i < db->cached_n; i++) {
        (void)sqlite3_finalize(db->cached[i].statement);
    }
    CHECK(sqlite3_close(db->db) == SQLITE_OK);
    *db = (struct db){0};
}

static sqlite3_stmt *find(struct db *db, const char *sql)
{
    for (size_t i = 0; i < db->cached_n; i++) {
        if (db->cached[i].sql == sql) {
            return db->cached[i].statement;
        }
    }
    CHECK(db->cached_n < DB_STATEMENTS_MAX);
    sqlite3_stmt *statement = NULL;
    note(db, sqlite3_prepare_v3(db->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL));
    if (statement != NULL) {
        db->cached[db->cached_n].sql = sql;
        db->cached[db->cached_n++].statement = statement;
    }
    return statement;
}

static sqlite3_stmt *start(struct db *db, const char *sql, const char *format, va_list args)
{
    if (db->err != ERR_OK) {
        return NULL;
    }
    sqlite3_stmt *statement = find(db, sql);
    if (statement == NULL) {
        return NULL;
    }
    CHECK(!sqlite3_stmt_busy(statement));
    for (int i = 1; *format != '\0'; format++, i++) {
        if (*format == 'i') {
            note(db, sqlite3_bind_int64(statement, i, va_arg(args, int64_t)));
        } else if (*format == 't') {
            note(db, sqlite3_bind_text(statement, i, va_arg(args, const char *), -1,
                                       SQLITE_STATIC));
        } else if (*format == 'b') {
            const void *p = va_arg(args, const void *);
            size_t n = va_arg(args, size_t);
            note(db, sqlite3_bind_blob(statement, i, p, (int)n, SQLITE_STATIC));
        } else {
            CHECK(*format == 'n');
            note(db, sqlite3_bind_null(statement, i));
        }
    }
    return db->err == ERR_OK ? statement : NULL;
}

sqlite3_stmt *db_start(struct db *db, const char *sql, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    sqlite3_stmt *statement = start(db, sql, format, args);
    va_end(args);
    return statement;
}

void db_end(sqlite3_stmt *statement)
{
    if (statement != NULL) {
        (void)sqlite3_reset(statement);
        (void)sqlite3_clear_bindings(statement);
    }
}

bool db_next(struct db *db, sqlite3_stmt *statement)
{
    if (statement == NULL) {
        return false;
    }
    int code = db->err == ERR_OK ? sqlite3_step(statement) : SQLITE_DONE;
    if (code == SQLITE_ROW) {
        return true;
    }
    note(db, code);
    db_end(statement);
    return false;
}

void db_run(struct db *db, const char *sql, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    sqlite3_stmt *statement = start(db, sql, format, args);
    va_end(args);
    while (db_next(db, statement)) {
    }
}

int64_t db_int(struct db *db, int64_t otherwise, const char *sql, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    sqlite3_stmt *statement = start(db, sql, format, args);
    va_end(args);
    if (db_next(db, statement)) {
        otherwise = sqlite3_column_int64(statement, 0);
        db_end(statement);
    }
    return otherwise;
}

struct slice db_blob(sqlite3_stmt *statement, int column)
{
    const void *p = sqlite3_column_blob(statement, column);
    return slice_of(p, p == NULL ? 0 : (size_t)sqlite3_column_bytes(statement, column));
}

void db_copy(sqlite3_stmt *statement, int column, void *out, size_t n)
{
    struct slice bytes = db_blob(statement, column);
    if (bytes.n == n) {
        memcpy(out, bytes.p, n);
    } else {
        memset(out, 0, n);
    }
}

const char *db_text(sqlite3_stmt *statement, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    return text == NULL ? "" : text;
}
