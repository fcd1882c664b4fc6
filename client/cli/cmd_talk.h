/*
 * cmd_talk.h: feedback: said, answered, read, owed.
 */
#ifndef CLI_CMD_TALK_H
#define CLI_CMD_TALK_H

#include "client/cli/command.h"

/* Rows of the table of commands; the last has no name. */
extern const struct command cmd_talk_commands[];

#endif
