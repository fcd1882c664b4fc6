/*
 * numbers.h: a measure's numbers as tables that people fill in: read from files, edited, and
 * shown as what they were understood as before they are written.
 */
#ifndef CLI_NUMBERS_H
#define CLI_NUMBERS_H

#include <jansson.h>

#include "client/cli/args.h"
#include "client/cli/cli.h"

/* A text file; "-" is the input. free() it. Says what is wrong. */
enum cli_exit numbers_file(struct cli *cli, const char *path, char **text);
/* Shows what each line of the table was understood as, asks, and writes; nothing when a line is
 * wrong. id: the measure's, as paths take it. */
enum cli_exit numbers_give(struct cli *cli, const char *id, const char *table,
                           const struct args *args);
/* What the API said of lines: one each, and how many. */
void numbers_show(struct cli *cli, const json_t *answer);

/* The table of GET …/grid, to fill in. */
void numbers_put_grid(struct cli *cli, const json_t *grid);
/* The same in an editor, until every line is understood. *table: free() it. */
enum cli_exit numbers_edit(struct cli *cli, const char *id, const json_t *grid, char **table);

#endif
