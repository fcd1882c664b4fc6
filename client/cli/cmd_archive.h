/* cmd_archive.h: years that are over leave the lists, and stay where one looks for them. */
#ifndef CLI_CMD_ARCHIVE_H
#define CLI_CMD_ARCHIVE_H

#include "client/cli/command.h"

extern const struct command cmd_archive_commands[];

#endif
