/*
 * resolve.h: from what a person typed to ids: records, schools, words for search.
 */
#ifndef VIEW_RESOLVE_H
#define VIEW_RESOLVE_H

#include "daemon/view/query.h"
#include "daemon/view/reader.h"

/* A record that is shown; its row id. NOT_FOUND, or INVALID when several fit. */
MUST_USE enum err resolve_record(struct view_reader *reader, const char *id,
                                 struct query_key *key, int64_t *row);
/* "me", "network", an id, a unique prefix of one (at least 4 digits), or a name in any case. */
MUST_USE enum err resolve_school(struct view_reader *reader, const char *text,
                                 struct school_id *out);
/* The audience's row in spaces. "buddies" is any group that this school is a member of, when
 * there is one only. NOT_FOUND or INVALID (several). */
MUST_USE enum err resolve_space(struct view_reader *reader, const char *text, int64_t *row);

/*
 * FTS5's query for people's words: each word or "phrase in quotes" must occur, the last word as
 * the beginning of one. Nothing that was typed is an operator. Empty when there is no word.
 */
void resolve_words(struct buf *out, const char *words);

#endif
