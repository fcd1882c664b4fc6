/*
 * duty.h: what a member does without being asked, so that everybody can read what they should:
 * opens grants that came, makes epochs where one is wanted, grants keys to who lacks them, and
 * wraps what was written before the school joined. Each is done at once by whom it concerns
 * first, and by the others after a random while if it is still wanted.
 */
#ifndef CORE_DUTY_H
#define CORE_DUTY_H

#include "daemon/core/event.h"

struct node;

enum duty_kind { DUTY_EPOCH, DUTY_GRANT, DUTY_CARRIERS, DUTY_CARRY };

struct duty_row {
    enum duty_kind kind;
    struct space_tag tag;
    uint64_t due_ms;
    bool seen; /* still wanted at this look */
};

struct duty {
    struct duty_row *rows;
    size_t n, cap;
    bool look;             /* something changed: look at all spaces again */
    bool keys_wait;        /* grants are left to open */
    uint64_t local_ticket; /* of the read of local revisions, 0: none */
    bool local_done;       /* nothing is left to wrap */
    bool local_more;       /* something was added while a read was under way */
    uint64_t local_at;
    uint64_t local_ms; /* not before, after a failure */
};

void duty_fini(struct duty *duty);
/* A batch failed: what was wrapped in it is not, and is looked for from the start again. */
void duty_reload(struct node *node);
/* Local revisions were stored: they are wrapped, once there is a key. */
void duty_on_local(struct node *node);
/* The fold changed. */
void duty_on_membership(struct node *node);
/* Does what is due, in slices. Returns when it wants to be called again. */
uint64_t duty_tick(struct node *node);
/* A new epoch of a space, its key in the keyring. What duty does when it is wanted. */
MUST_USE enum err duty_make_epoch(struct node *node, const struct space_tag *tag,
                                  struct envelope_id *id);
/* Local revisions came from the store. False when the ticket is not ours. */
bool duty_on_read(struct node *node, const struct event_read *read);

#endif
