/*
 * log.h: the log: one line a fact, "key=value" all the way, so that grep and a program read it
 * alike:
 *
 *   2026-11-22T17:03:46.120Z info node moved machine=session conn=4 from=hello to=live
 *
 * The group and the event are words; values with a space, quote or = stand in double quotes.
 * Nothing of a record's content, no name of a person and no key is ever logged. Any thread may
 * log; a line is one write.
 */
#ifndef APP_LOG_H
#define APP_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/err.h"

#define LOG_LEVEL_TABLE(X)                                                    \
    X(ERROR, "error") /* somebody has to act */                               \
    X(WARN, "warn")   /* something is refused, lost for now or odd */         \
    X(INFO, "info")   /* what an operator wants to know of an ordinary day */ \
    X(DEBUG, "debug") /* every move of every machine */

#define LOG_GROUP_TABLE(X) \
    X(APP, "app")          \
    X(STORE, "store")      \
    X(NODE, "node")        \
    X(NET, "net")          \
    X(VIEW, "view")        \
    X(API, "api")

enum log_level {
#define X(name, text) LOG_##name,
    LOG_LEVEL_TABLE(X)
#undef X
        LOG_LEVEL_COUNT
};

enum log_group {
#define X(name, text) LOG_##name,
    LOG_GROUP_TABLE(X)
#undef X
        LOG_GROUP_COUNT
};

/* NULL past the end. */
const char *log_level_name(enum log_level level);
const char *log_group_name(enum log_group group);

enum { LOG_LINE_BYTES = 1024, LOG_FILE_BYTES_MAX = 8 * 1024 * 1024 };

struct log_options {
    const char *path; /* NULL: standard error. At LOG_FILE_BYTES_MAX it becomes path.1 */
    enum log_level level;
    unsigned groups; /* a bit for each */
};

/* SYSTEM when the file cannot be opened. Before it, lines of level warn and up go to stderr. */
MUST_USE enum err log_open(const struct log_options *options);
void log_close(void);
/* Whether a line would be written: to save the making of its values. */
bool log_on(enum log_level level, enum log_group group);

/* A line in the making; too long a line is cut and ends in "…". */
struct log_line {
    bool on;
    unsigned n;
    char text[LOG_LINE_BYTES];
};
void log_begin(struct log_line *line, enum log_level level, enum log_group group,
               const char *event);
/* A NULL value is left out. */
void log_text(struct log_line *line, const char *key, const char *value);
void log_number(struct log_line *line, const char *key, int64_t value);
void log_err(struct log_line *line, enum err err);
void log_end(struct log_line *line);

/* A line with at most one text and one error: what most lines are. key may be NULL. */
void log_say(enum log_level level, enum log_group group, const char *event, const char *key,
             const char *value);
void log_fail(enum log_level level, enum log_group group, const char *event, enum err err,
              const char *about);

/* From a signal's handler: as it is, to standard error and to the log's file. */
void log_raw(const char *text, size_t n);
/* For check_set_hook. */
void log_check(const char *expression, const char *file, int line);

#endif
