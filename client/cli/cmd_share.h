/*
 * cmd_share.h: what leaves the school: share, unshare, and what guards it.
 */
#ifndef CLI_CMD_SHARE_H
#define CLI_CMD_SHARE_H

#include "client/cli/command.h"

/* Rows of the table of commands; the last has no name. */
extern const struct command cmd_share_commands[];

#endif
