/*
 * find.h: which record a person means.
 */
#ifndef CLI_FIND_H
#define CLI_FIND_H

#include <jansson.h>

#include "client/cli/cli.h"

/* Could it be an id, its first digits (4 at least), or a reference? */
bool find_is_id(const char *word);

/*
 * word: an id or its first digits, a reference ("owner/record"), "@" or "last" (or NULL) for
 * the newest of this school's own, or words of a title. type: NULL for any; mine: only this
 * school's. On CLI_DONE the caller owns *record (as the API's lists have it). Says why not.
 */
enum cli_exit find_record(struct cli *cli, const char *word, const char *type, bool mine,
                          json_t **record);
/* As find_record without a word when nothing fits: CLI_DONE and *record NULL. */
enum cli_exit find_maybe(struct cli *cli, const char *word, const char *type, bool mine,
                         json_t **record);
/* "owner/record" of a record, as other records name it. free() it. */
char *find_ref(const json_t *record);
/* The id that paths take: "OWNER.RECORD". free() it. */
char *find_id(const json_t *record);

#endif
