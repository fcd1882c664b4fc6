/*
 * plot.h: a chart as the API returned it, on a terminal: drawn in characters, or as a table.
 */
#ifndef CLI_PLOT_H
#define CLI_PLOT_H

#include <jansson.h>

#include "client/cli/cli.h"

/* ascii: only characters that every terminal has. */
void plot_draw(struct cli *cli, const json_t *chart, bool ascii);
/* A row a period, a column a group. */
void plot_table(struct cli *cli, const json_t *chart);
/* What the rules say, what somebody noted, what was left out. */
void plot_say(struct cli *cli, const json_t *chart);
/* Whether this terminal says of itself that it has no more than ASCII. */
bool plot_is_ascii(void);

#endif
