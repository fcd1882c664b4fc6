/*
 * make.h: the body of each new statement, from the fold and the keys at hand, with `seen`
 * filled in and the right to do it asked before: REFUSED with a verdict that a person can read.
 *
 * Each appends the body to *out, ready for envelope_make_statement with the head of make->head.
 * Nothing is appended on failure. The fold is up to date.
 */
#ifndef MEMBER_MAKE_H
#define MEMBER_MAKE_H

#include "proto/base/env.h"
#include "proto/member/fold.h"
#include "proto/member/invite.h"

/*
 * Who makes it. head: this device's last statement ({0}: none). root may be NULL where the
 * device acts in its own right; with it, acts that a root may sign are signed by it. why is
 * written when the call returns REFUSED.
 */
struct make {
    const struct fold *fold; /* NULL for `found` alone */
    struct device_pk device;
    struct place head;
    const struct root_sk *root;
    const struct root_pk *root_pk;
    const struct env *env;
    enum fold_verdict why;
};

/*
 * What the caller holds of the chains of a device: the maker of a removal asks for it. Calls
 * `each` for every chain of the device in the space that holds something, by its head.
 */
enum { MAKE_GRANTS_SLICE = 32 }; /* seals in one call: 32 x 120 us stays under 5 ms */
struct make_frontier {
    void *ctx;
    /* The last place held of a chain; false when nothing is. */
    bool (*head)(void *ctx, const struct chain *chain, struct place *out);
};

/* The founding: no fold yet. The envelope's id becomes the network id. */
struct make_school {
    const char *name;
    struct root_pk root_pk;
    struct recovery_pk recovery_pk;
    struct statement_device device;
};
MUST_USE enum err make_found(struct buf *out, struct make *make, const char *network_name,
                             const struct make_school *school);

/* Seals the psk to the devices of stewards, at most MAKE_GRANTS_SLICE of them (one step). */
MUST_USE enum err make_invite(struct buf *out, struct make *make,
                              const struct invite_secret *secret, uint64_t expires_ms);
MUST_USE enum err make_invite_void(struct buf *out, struct make *make,
                                   const struct invite_id *invite);
MUST_USE enum err make_admit(struct buf *out, struct make *make,
                             const struct invite_request *request);
/* make->device is the new device, make->head {0}, make->root the school's root. */
MUST_USE enum err make_device_add(struct buf *out, struct make *make,
                                  const struct school_id *school,
                                  const struct statement_device *device);

/* Removals: the cuts of every chain of the removed in every space that `frontier` knows of.
 * What does not fit is counted in *left_out; make_cutoff_extend carries it on from `skip`. */
MUST_USE enum err make_device_remove(struct buf *out, struct make *make,
                                     const struct device_pk *device,
                                     const struct make_frontier *frontier, size_t *left_out);
MUST_USE enum err make_school_remove(struct buf *out, struct make *make,
                                     const struct school_id *school,
                                     const struct make_frontier *frontier, size_t *left_out);
MUST_USE enum err make_leave(struct buf *out, struct make *make,
                             const struct make_frontier *frontier, size_t *left_out);
MUST_USE enum err make_cutoff_extend(struct buf *out, struct make *make,
                                     const struct envelope_id *removal,
                                     const struct make_frontier *frontier, size_t skip,
                                     size_t *left_out);

MUST_USE enum err make_role(struct buf *out, struct make *make, const struct school_id *school,
                            enum statement_role role, bool on,
                            const struct make_frontier *frontier);
MUST_USE enum err make_assent(struct buf *out, struct make *make,
                              const struct envelope_id *act);
/* With make->root: by the school's (old) root; without: a proposal of two stewards. */
MUST_USE enum err make_root_rotate(struct buf *out, struct make *make,
                                   const struct school_id *school,
                                   const struct root_pk *root_pk,
                                   const struct recovery_pk *recovery_pk);
MUST_USE enum err make_hub_succession(struct buf *out, struct make *make,
                                      const struct school_id *school,
                                      const struct make_frontier *frontier);

/* schools may leave out the maker's own, which is added. */
MUST_USE enum err make_space_new(struct buf *out, struct make *make, const char *name,
                                 const struct school_id *schools, size_t n);
MUST_USE enum err make_space_accept(struct buf *out, struct make *make,
                                    const struct space_tag *tag, enum statement_part part);
MUST_USE enum err make_space_leave(struct buf *out, struct make *make,
                                   const struct space_tag *tag, enum statement_part part,
                                   const struct make_frontier *frontier);
MUST_USE enum err make_space_carriers(struct buf *out, struct make *make,
                                      const struct space_tag *tag,
                                      const struct school_id *schools, size_t n);

struct keyring;
/*
 * A new epoch under a fresh random key, which is written to *key: put it into the keyring
 * (keyring_add_epoch) when the statement is stored, and grant it. Parents: every tip whose key
 * the ring holds. Names cut-offs for removed devices where no removal named them.
 */
MUST_USE enum err make_space_epoch(struct buf *out, struct make *make,
                                   const struct space_tag *tag, const struct keyring *ring,
                                   const struct make_frontier *frontier, struct epoch_key *key);
/*
 * Grants of one epoch to those who lack it, at most `max` a call (an X25519 pair is about 120
 * us: 32 a slice stays under 5 ms). NOT_FOUND when nobody lacks it, NO_KEY when the ring lacks
 * it.
 */
MUST_USE enum err make_space_grant(struct buf *out, struct make *make,
                                   const struct envelope_id *epoch, const struct keyring *ring,
                                   size_t max, size_t *left);

/* Two headers that contradict each other (statement.h). INVALID when they do not. */
MUST_USE enum err make_proof(struct buf *out, struct make *make,
                             const uint8_t a[ENVELOPE_HEADER_BYTES],
                             const uint8_t b[ENVELOPE_HEADER_BYTES]);
struct make_erase {
    struct chain chain;
    uint64_t seq;
    struct envelope_id id;
    struct record_id record;
    struct revision_id revision;
    struct edit_id edit;
    uint64_t lamport;
    const struct revision_id *parents; /* ascending */
    size_t parents_n;
};
MUST_USE enum err make_erase(struct buf *out, struct make *make,
                             const struct make_erase *erase);
MUST_USE enum err make_hide(struct buf *out, struct make *make, const struct school_id *owner,
                            const struct record_id *record, const char *reason, bool hide);

#endif
