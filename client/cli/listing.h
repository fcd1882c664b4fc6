/*
 * listing.h: answers that are lists, as tables; acts, as a line and what comes next.
 */
#ifndef CLI_LISTING_H
#define CLI_LISTING_H

#include <jansson.h>

#include "client/cli/cli.h"
#include "client/cli/table.h"

/* Puts the cells of one item. */
typedef void (*listing_row_fn)(struct table *table, struct cli *cli, const json_t *item);

/* A GET (takes target) whose items make a table; `next` (or NULL) is said after it. */
enum cli_exit listing_show(struct cli *cli, char *target, const struct table_column *columns,
                           size_t n, listing_row_fn row, const char *nothing, const char *next);
/*
 * Says that an act was done, when code is CLI_DONE; one of several stewards may still wait for
 * the others. Takes answer; returns code.
 */
enum cli_exit listing_say(struct cli *cli, enum cli_exit code, json_t *answer, const char *what,
                          const char *next);

/* "hub, steward" of texts, "Lincoln, Roosevelt" of schools. free() it. */
char *listing_joined(const json_t *list);
/* One cell each: such a list, how long ago, the first digits of an id. */
void listing_put_joined(struct table *table, enum term_style style, const json_t *list);
void listing_put_ago(struct table *table, const struct cli *cli, const json_t *item,
                     const char *key);
void listing_put_short(struct table *table, const json_t *item, const char *key);

#endif
