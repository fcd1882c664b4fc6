/*
 * cmd_draft.h: what was typed by hand and could not be written yet.
 */
#ifndef CLI_CMD_DRAFT_H
#define CLI_CMD_DRAFT_H

#include "client/cli/command.h"

/* Rows of the table of commands; the last has no name. */
extern const struct command cmd_draft_commands[];

#endif
