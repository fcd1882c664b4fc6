/*
 * cmd_start.h: init, found, join, device, daemon start: how a school begins.
 */
#ifndef CLI_CMD_START_H
#define CLI_CMD_START_H

#include "client/cli/command.h"

/* Rows of the table of commands; the last has no name. */
extern const struct command cmd_start_commands[];

#endif
