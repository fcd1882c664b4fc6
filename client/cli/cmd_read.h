/*
 * cmd_read.h: what others learned: feed, search, report.
 */
#ifndef CLI_CMD_READ_H
#define CLI_CMD_READ_H

#include "client/cli/command.h"

/* Rows of the table of commands; the last has no name. */
extern const struct command cmd_read_commands[];

#endif
