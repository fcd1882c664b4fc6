/*
 * db.h: the SQLite file of the view: its tables, how it is opened, and prepared statements with
 * a sticky failure (as in cursor.h): after the first error every call does nothing, and whoever
 * runs the transaction asks once.
 */
#ifndef VIEW_DB_H
#define VIEW_DB_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "proto/base/err.h"
#include "proto/base/id.h"
#include "proto/base/mem.h"

enum { DB_STATEMENTS_MAX = 80, DB_OWN_SPACE = 1 };

struct db {
    sqlite3 *db;
    enum err err; /* the first failure since it was last set to OK */
    struct {
        const char *sql; /* compared as a pointer: always a literal */
        sqlite3_stmt *statement;
    } cached[DB_STATEMENTS_MAX];
    size_t cached_n;
};

/* The number in user_version: of the tables' text and the rules that fill them. */
uint32_t db_version(void);

/*
 * Opens for writing: makes the tables when the file is new. CORRUPT when it is damaged or its
 * version is another. Opens for reading only when `readonly`.
 */
MUST_USE enum err db_open(struct db *db, const char *uri, bool readonly);
void db_close(struct db *db);
/* Translates SQLite's codes. */
enum err db_err(int code);

/* Runs a script of SQL. */
void db_exec(struct db *db, const char *sql);

/*
 * Starts a statement, kept prepared under the literal's address. format, a letter a parameter:
 * i int64_t · t const char * (NULL: null) · b const void *, size_t (NULL: null) · n null.
 * NULL when something failed. The statement is busy until db_next returned false or db_end.
 */
sqlite3_stmt *db_start(struct db *db, const char *sql, const char *format, ...);
/* True: there is a row. False at the end (the statement is reset) or when something failed. */
bool db_next(struct db *db, sqlite3_stmt *statement);
void db_end(sqlite3_stmt *statement);
/* Starts it and runs it to its end. */
void db_run(struct db *db, const char *sql, const char *format, ...);
/* First column of the first row, or `otherwise`. */
int64_t db_int(struct db *db, int64_t otherwise, const char *sql, const char *format, ...);

/* A column as borrowed bytes; a null is {NULL, 0}. */
struct slice db_blob(sqlite3_stmt *statement, int column);
/* Copies exactly n bytes, or zeros when the column does not hold n. */
void db_copy(sqlite3_stmt *statement, int column, void *out, size_t n);
/* A column's text, or "". */
const char *db_text(sqlite3_stmt *statement, int column);

#endif
