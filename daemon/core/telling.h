/*
 * telling.h: a session with who is no member any more (TELLING in session.h). The peer gets the
 * statements up to the one that ended it, and nothing else; then it is turned away.
 */
#ifndef CORE_TELLING_H
#define CORE_TELLING_H

#include <stdint.h>

struct node;
struct session;

/* From OPEN or HELLO. Ends the session at once when a run of a space is half sent. */
void telling_begin(struct node *node, struct session *session);
/* Ends it when the peer knows, or had the time to. */
void telling_step(struct node *node, struct session *session);
/* When to look again. */
uint64_t telling_due_ms(const struct node *node, const struct session *session);

#endif
