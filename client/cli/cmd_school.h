/* cmd_school.h: a school's own name and standing: renamed, merged, retired. */
#ifndef CLI_CMD_SCHOOL_H
#define CLI_CMD_SCHOOL_H

#include "client/cli/command.h"

extern const struct command cmd_school_commands[];

#endif
