/* cmd_erase.h: taking back: from an audience, or from everywhere; and how long things are kept. */
#ifndef CLI_CMD_ERASE_H
#define CLI_CMD_ERASE_H

#include "client/cli/command.h"

extern const struct command cmd_erase_commands[];

#endif
