/*
 * cmd_entry.h: how schools and computers come in: invitations, requests, devices.
 */
#ifndef CLI_CMD_ENTRY_H
#define CLI_CMD_ENTRY_H

#include "client/cli/command.h"

/* Rows of the table of commands; the last has no name. */
extern const struct command cmd_entry_commands[];

#endif
