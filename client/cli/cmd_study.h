/*
 * cmd_study.h: what comes after the doing: study, act, the next cycle. Rows are in cmd_cycle.c.
 */
#ifndef CLI_CMD_STUDY_H
#define CLI_CMD_STUDY_H

#include "client/cli/command.h"

enum cli_exit cmd_study_run(struct cli *cli, const struct command *command,
                            const struct args *args);
enum cli_exit cmd_study_act(struct cli *cli, const struct command *command,
                            const struct args *args);
enum cli_exit cmd_study_next(struct cli *cli, const struct command *command,
                             const struct args *args);

#endif
