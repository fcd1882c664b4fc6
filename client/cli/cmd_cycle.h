/*
 * cmd_cycle.h: Plan, Do, Study, Act: the cheapest commands there are.
 */
#ifndef CLI_CMD_CYCLE_H
#define CLI_CMD_CYCLE_H

#include "client/cli/command.h"

/* Rows of the table of commands; the last has no name. */
extern const struct command cmd_cycle_commands[];

#endif
