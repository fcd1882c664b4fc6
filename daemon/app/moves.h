/*
 * moves.h: the story of the node's machines in the log, one line a move. What an operator wants
 * to see without asking is how the store and the membership fare; sessions come and go, and are
 * for debugging.
 */
#ifndef APP_MOVES_H
#define APP_MOVES_H

#include "daemon/core/event.h"
#include "daemon/core/update.h"

void moves_log(const char *network, const struct update_trace *traces, size_t n);
/* A step that held the loop up. */
void moves_log_slow(enum event_kind kind, uint64_t ms);

#endif
