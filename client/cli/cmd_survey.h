/*
 * cmd_survey.h: forms that people answer without a name, and what all say together.
 */
#ifndef CLI_CMD_SURVEY_H
#define CLI_CMD_SURVEY_H

#include "client/cli/command.h"

extern const struct command cmd_survey_commands[];

#endif
