/*
 * beacon.h: the body of a beacon: a device's own heads, its addresses, its version. Fixed
 * order, counted lists, one encoding. The envelope around it is kind 3 (envelope_make_beacon).
 */
#ifndef WIRE_BEACON_H
#define WIRE_BEACON_H

#include "proto/base/err.h"
#include "proto/base/id.h"
#include "proto/base/limits.h"
#include "proto/base/mem.h"

enum {
    BEACON_HEADS_MAX =
        128, /* own, hub, network, statements and LIMIT_GROUPS groups, with room */
    BEACON_SOFTWARE_BYTES = 32,
};

/* The last envelope of the device's own chain in a space; tag zero: its statements. */
struct beacon_head {
    struct space_tag tag;
    struct place head;
};

struct beacon {
    struct beacon_head *heads; /* ascending by tag */
    size_t n_heads;
    struct slice addresses[LIMIT_ADDRESSES]; /* "host:port", printable ASCII, best first */
    size_t n_addresses;
    struct slice software; /* printable UTF-8, at most BEACON_SOFTWARE_BYTES */
};

/* Appends the body. A beacon that decode would refuse is a programmer error. */
void beacon_encode(struct buf *out, const struct beacon *beacon);
/* Heads live in the arena; addresses and software borrow from body. */
MUST_USE enum err beacon_decode(struct beacon *out, struct arena *arena, struct slice body);

#endif
