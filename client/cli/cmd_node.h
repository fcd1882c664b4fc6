/*
 * cmd_node.h: the daemon itself: status, peers, sync, doctor, the page.
 */
#ifndef CLI_CMD_NODE_H
#define CLI_CMD_NODE_H

#include "client/cli/command.h"

/* Rows of the table of commands; the last has no name. */
extern const struct command cmd_node_commands[];

#endif
