/*
 * cmd_people.h: members, stewards, buddies, carriers.
 */
#ifndef CLI_CMD_PEOPLE_H
#define CLI_CMD_PEOPLE_H

#include "client/cli/command.h"

/* Rows of the table of commands; the last has no name. */
extern const struct command cmd_people_commands[];

#endif
