/*
 * space.h: how spaces and their keys get their names (DESIGN 4.3). All are hashes, so two nodes
 * that know the same facts know the same names.
 */
#ifndef ENVELOPE_SPACE_H
#define ENVELOPE_SPACE_H

#include "proto/base/err.h"
#include "proto/base/id.h"
#include "proto/crypto/key.h"

enum space_class {
    SPACE_NETWORK = 1, /* x: 32 zeros */
    SPACE_OWN = 2,     /* x: the school's id */
    SPACE_HUB = 3,     /* x: the school's id; the school and whoever is hub */
    SPACE_GROUP = 4,   /* x: the id of its `space-new` */
};

/* BLAKE2b-256("kith/1 space\0" || network || class || x), one function a class. */
void space_network(struct space_id *out, const struct network_id *network);
void space_own(struct space_id *out, const struct network_id *network,
               const struct school_id *school);
void space_hub(struct space_id *out, const struct network_id *network,
               const struct school_id *school);
void space_group(struct space_id *out, const struct network_id *network,
                 const struct envelope_id *space_new);

/* Its first 16 bytes. */
struct space_tag space_tag(const struct space_id *space);

/*
 * Name of an epoch's key: BLAKE2b-256(key = epoch key, "kith/1 epoch\0" || space_id ||
 * parents). Parents are the ids of the parent epochs' statements, ascending; n may be 0.
 */
void space_key_id(struct key_id *out, const struct epoch_key *key, const struct space_id *space,
                  const struct envelope_id *parents, size_t n);

#endif
