/*
 * acts.h: the commands that are one statement, or revisions; and the table of all commands.
 */
#ifndef CORE_ACTS_H
#define CORE_ACTS_H

#include "daemon/core/command.h"
#include "daemon/core/node.h"
#include "proto/member/make.h"

struct node;

/* Hands a command to its handler; answers what cannot be done in the node's state. */
void acts_do(struct node *node, const struct command *command);

/* For the other parts: who makes a statement now, and what is known of chains for cut-offs. */
struct make acts_make(struct node *node);
struct make_frontier acts_frontier(struct node *node);
/*
 * Ends a command whose statement body was made (err OK) or refused: says it and answers when it
 * is durable, or answers why not. The statement's id is in the reply.
 */
void acts_say(struct node *node, uint64_t ticket, enum err err, const struct make *make,
              struct slice body);
/* Seals a revision into a space and puts it into this step's batch. NO_KEY and so on. */
MUST_USE enum err acts_seal(struct node *node, const struct space_tag *tag, struct slice body);
/* The tag that an audience means to this school. NOT_FOUND when there is none. */
MUST_USE enum err acts_tag(const struct node *node, const struct audience *audience,
                           struct space_tag *out);
/* The node belongs to a network from now on: sets it and loads fold, books, beacons. */
void acts_enter(struct node *node, const struct network_id *network, enum node_state state);

#endif
