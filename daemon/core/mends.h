/*
 * mends.h: a payload that this disk lost comes back from whoever holds it. The header stands and
 * is signed, and says what the payload hashes to: any peer will do, and a lie is seen.
 */
#ifndef CORE_MENDS_H
#define CORE_MENDS_H

#include "daemon/core/asking.h"
#include "daemon/core/command.h"
#include "proto/wire/wire.h"

enum { MENDS_WANTS_MAX = 64 }; /* MENDs that wait for a peer */

struct mends_want {
    uint64_t ticket; /* of the command */
    struct chain chain;
    uint64_t seq;
    struct asking asking;
};

struct mends {
    struct mends_want *wants;
    size_t n, cap;
};

void mends_fini(struct mends *mends);
/*
 * Answered when the payload is durable. INVALID when it was erased, or no envelope is there;
 * NOT_FOUND when nobody who is connected has it.
 */
void mends_mend(struct node *node, const struct command *command);
/* An ENVELOPE; false when it answers no question of ours. */
bool mends_on_envelope(struct node *node, struct session *session,
                       const struct wire_envelope *message);
/* Asks on where a peer left or does not answer. Returns when it wants to be called again. */
uint64_t mends_tick(struct node *node);

#endif
