/* cmd_copy.h: part of the table of commands: import, export. */
#ifndef CLI_CMD_COPY_H
#define CLI_CMD_COPY_H

#include "client/cli/command.h"

extern const struct command cmd_copy_commands[];

#endif
