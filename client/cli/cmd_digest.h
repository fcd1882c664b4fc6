/* cmd_digest.h: the last days for a mail or the wall, and due dates for a calendar. */
#ifndef CLI_CMD_DIGEST_H
#define CLI_CMD_DIGEST_H

#include "client/cli/command.h"

extern const struct command cmd_digest_commands[];

#endif
