/*
 * cmd_doctor.h: the examination of all that is stored, followed to its end.
 */
#ifndef CLI_CMD_DOCTOR_H
#define CLI_CMD_DOCTOR_H

#include "client/cli/command.h"

enum cli_exit cmd_doctor_run(struct cli *cli, const struct command *command,
                             const struct args *args);

#endif
