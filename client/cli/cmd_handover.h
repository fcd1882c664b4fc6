/* cmd_handover.h: somebody leaves or changes: their open work goes on with somebody else. */
#ifndef CLI_CMD_HANDOVER_H
#define CLI_CMD_HANDOVER_H

#include "client/cli/command.h"

extern const struct command cmd_handover_commands[];

#endif
