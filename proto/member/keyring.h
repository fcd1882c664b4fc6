/*
 * keyring.h: the epoch keys that this node knows. They come from grants addressed to its box
 * key (or, while the phrase is in memory, to its school's recovery key), from the node's own
 * epochs, and from what each epoch seals of its parents. A key enters only when the key_id of
 * its epoch statement is recomputed from it. In memory only: all of it is found again from the
 * statements.
 */
#ifndef MEMBER_KEYRING_H
#define MEMBER_KEYRING_H

#include "proto/member/fold.h"

struct keyring;

struct keyring *keyring_new(void);
/* Wipes every key. */
void keyring_free(struct keyring *ring);

/* Adds the device's own box key, or a recovery key that is in memory for now. */
void keyring_add_box(struct keyring *ring, const struct box_pk *pk, const struct box_sk *sk);
void keyring_add_recovery(struct keyring *ring, const struct recovery_pk *pk,
                          const struct recovery_sk *sk);
/* Forgets the recovery keys (what they opened stays). */
void keyring_drop_recovery(struct keyring *ring);

/* Puts in the key of an epoch that this node made. HASH when its key_id does not follow. */
MUST_USE enum err keyring_add_epoch(struct keyring *ring, const struct fold *fold,
                                    const struct envelope_id *epoch,
                                    const struct epoch_key *key);

/*
 * Opens what the fold holds and the ring does not yet know: at most opens_max HPKE openings
 * (about 120 us each), newest epochs first, then parents down. Returns how many keys were
 * gained; *more says whether another slice is worth calling. A grant that failed is not tried
 * again (keyring_failed counts them). Call after statements came.
 */
size_t keyring_step(struct keyring *ring, const struct fold *fold, size_t opens_max,
                    bool *more);

/* NULL when it is not known. Borrowed until the ring changes. */
const struct epoch_key *keyring_find(const struct keyring *ring, const struct key_id *id);
/*
 * The key to write with in a space, and its epoch: the write epoch of the fold when its key is
 * known. NOT_FOUND when the space has no epoch, NO_KEY when the key has not arrived.
 */
MUST_USE enum err keyring_write_key(const struct keyring *ring, const struct fold *fold,
                                    const struct space_tag *tag, struct key_id *id,
                                    const struct epoch_key **key);
size_t keyring_count(const struct keyring *ring);
/* Grants addressed to this node that did not open to the epoch's key: shown in `doctor`. */
size_t keyring_failed(const struct keyring *ring);

#endif
