/* cmd_artifact.h: files: a worksheet, a template, a picture, as records of type artifact. */
#ifndef CLI_CMD_ARTIFACT_H
#define CLI_CMD_ARTIFACT_H

#include "client/cli/command.h"

extern const struct command cmd_artifact_commands[];

#endif
