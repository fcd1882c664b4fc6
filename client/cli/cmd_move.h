/*
 * cmd_move.h: bundles on a stick.
 */
#ifndef CLI_CMD_MOVE_H
#define CLI_CMD_MOVE_H

#include "client/cli/command.h"

/* Rows of the table of commands; the last has no name. */
extern const struct command cmd_move_commands[];

#endif
