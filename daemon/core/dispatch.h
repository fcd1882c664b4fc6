/*
 * dispatch.h: which message is legal in which state of a session, and who takes it: one table.
 * Inside daemon/core only.
 */
#ifndef CORE_DISPATCH_H
#define CORE_DISPATCH_H

#include "daemon/core/session.h"

/* One whole message of an open channel. A wrong one ends the session. */
void dispatch_message(struct node *node, struct session *session, struct slice bytes);

#endif
