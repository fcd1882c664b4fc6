/*
 * cmd_share.h: what leaves the school: share, and what guards it.
 */
#ifndef CLI_CMD_SHARE_H
#define CLI_CMD_SHARE_H

#include "client/cli/command.h"

/* Rows of the table of commands; the last has no name. */
extern const struct command cmd_share_commands[];

/* The screen of what will be read and by whom, the question, and the act. id: as paths take it.
 */
enum cli_exit cmd_share_record(struct cli *cli, const char *id, const char *with,
                               const struct args *args);

#endif
