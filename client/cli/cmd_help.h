/*
 * cmd_help.h: help, completion, version.
 */
#ifndef CLI_CMD_HELP_H
#define CLI_CMD_HELP_H

#include "client/cli/command.h"

/* Rows of the table of commands; the last has no name. */
extern const struct command cmd_help_commands[];

#endif
