/*
 * cmd_record.h: records of every type: add, edit, list, show.
 */
#ifndef CLI_CMD_RECORD_H
#define CLI_CMD_RECORD_H

#include <jansson.h>

#include "client/cli/command.h"

/* Rows of the table of commands; the last has no name. */
extern const struct command cmd_record_commands[];

/* "Added Change idea 7be02a  Title", and what comes next. */
void cmd_record_added(struct cli *cli, const char *type, const json_t *answer,
                      const json_t *sections);
/* list and show, for the rows of other parts; command->type narrows them. */
extern const struct args_option cmd_record_list_options[], cmd_record_show_options[];
enum cli_exit cmd_record_list(struct cli *cli, const struct command *command,
                              const struct args *args);
enum cli_exit cmd_record_show(struct cli *cli, const struct command *command,
                              const struct args *args);

#endif
