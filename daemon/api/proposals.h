/*
 * proposals.h: acts that want the word of several stewards, for people.
 */
#ifndef API_PROPOSALS_H
#define API_PROPOSALS_H

#include "daemon/api/call.h"
#include "daemon/core/node.h"

/* "make Roosevelt High School a steward". In the call's arena. */
const char *proposals_text(struct call *call, const struct statement *statement);
/* Has this school proposed it, or agreed to it? */
bool proposals_agreed(const struct call *call, const struct envelope_id *act);

#endif
