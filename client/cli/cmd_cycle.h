/*
 * cmd_cycle.h: Plan, Do, Study, Act: the cheapest commands there are.
 */
#ifndef CLI_CMD_CYCLE_H
#define CLI_CMD_CYCLE_H

#include <jansson.h>

#include "client/cli/command.h"

/* Rows of the table of commands; the last has no name. */
extern const struct command cmd_cycle_commands[];

/*
 * The whole record of the cycle that word means; without a word the only own one in one of the
 * states ("planned doing"). On CLI_DONE the caller owns *record.
 */
enum cli_exit cmd_cycle_find(struct cli *cli, const char *word, const char *states,
                             json_t **record);
/*
 * POSTs to /cycles/{record}/verb, or a new cycle when record is NULL. Takes body. What was
 * typed by hand is kept when that fails.
 */
enum cli_exit cmd_cycle_send(struct cli *cli, const json_t *record, const char *verb,
                             json_t *body, const struct args *args, bool typed,
                             json_t **answer);
/* "Noted in cycle 4fa21c  Title", and what the answer warns of. */
void cmd_cycle_done(struct cli *cli, const char *what, const json_t *answer, const char *title);
/* A section of an object of sections, made when it is not there. Borrowed. */
json_t *cmd_cycle_section(json_t *sections, const char *name);

#endif
