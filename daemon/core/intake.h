/*
 * intake.h: runs from one peer: admitted by the fold, attached to the chain's tip, verified by
 * their last signature, put into the ledger. Inside daemon/core only.
 */
#ifndef CORE_INTAKE_H
#define CORE_INTAKE_H

#include "daemon/core/session.h"

void intake_on_run(struct node *node, struct session *session, const struct wire_run *run);
void intake_on_items(struct node *node, struct session *session, const struct wire_items *items,
                     size_t message_bytes);
void intake_on_run_end(struct node *node, struct session *session, const struct wire_run_end *end);
/* The connection is gone in the middle of a run: keeps what is good. */
void intake_on_cut(struct node *node, struct session *session);
/*
 * Takes in the good items of a finished run, from a session or (conn 0) from a bundle. Counts
 * what was new in *taken. An error says why it stopped.
 */
MUST_USE enum err intake_take(struct node *node, struct run_unpacker *unpacker, uint64_t conn,
                              size_t *taken);

#endif
