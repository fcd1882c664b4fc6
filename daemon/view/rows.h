/*
 * rows.h: what the files of query.h share: SELECTs whose only column is JSON text become lists.
 */
#ifndef VIEW_ROWS_H
#define VIEW_ROWS_H

#include "daemon/view/reader.h"

/* "2026-03-01" of a wall clock, or NULL for 0 (and for what is no date). */
const char *rows_today(char out[16], int64_t wall_s);
/* Appends "[…]" of at most `most` rows; returns how many there were. */
size_t rows_put(struct db *db, sqlite3_stmt *row, struct buf *out, size_t most);
/* Ends an object with "applied". */
void rows_tail(struct view_reader *reader, struct buf *out);
/* 0 becomes 100; at most 1000. */
size_t rows_limit(size_t limit);
/* Passes err on; where a prefix was not unique, tells in *out what it may mean. */
enum err rows_not_unique(struct view_reader *reader, const char *id, enum err err,
                         struct buf *out);

#endif
