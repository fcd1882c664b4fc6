/*
 * cmd_buddy.h: buddies, and carrying for others.
 */
#ifndef CLI_CMD_BUDDY_H
#define CLI_CMD_BUDDY_H

#include "client/cli/command.h"

/* Rows of the table of commands; the last has no name. */
extern const struct command cmd_buddy_commands[];

#endif
