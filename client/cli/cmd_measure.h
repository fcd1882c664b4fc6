/*
 * cmd_measure.h: numbers: entering them, charts, publishing.
 */
#ifndef CLI_CMD_MEASURE_H
#define CLI_CMD_MEASURE_H

#include "client/cli/command.h"

/* Rows of the table of commands; the last has no name. */
extern const struct command cmd_measure_commands[];

#endif
