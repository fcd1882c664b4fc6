/*
 * beacons.h: the latest word of every device: its heads, its addresses, its version. Only the
 * newest of each is kept. Addresses are hints; the key that the fold names decides.
 */
#ifndef CORE_BEACONS_H
#define CORE_BEACONS_H

#include "proto/envelope/envelope.h"
#include "proto/frontier/frontier.h"
#include "proto/wire/beacon.h"
#include "proto/wire/wire.h"

struct node;
struct session;

struct beacons_kept {
    struct device_pk device;
    struct place place;
    uint8_t header[ENVELOPE_HEADER_BYTES];
    struct buf payload;
    struct arena arena; /* of body */
    struct beacon body;
};

struct beacons {
    struct frontier frontier;
    struct beacons_kept **all;
    size_t n, cap;
    char *addresses[LIMIT_ADDRESSES]; /* where this device can be reached */
    size_t addresses_n;
    uint64_t due_ms; /* when the own beacon is said anew; UINT64_MAX: nothing new */
    uint64_t said_ms;
    bool loaded;
};

void beacons_load(struct node *node);
void beacons_fini(struct node *node);
/* NULL when none was heard. */
const struct beacons_kept *beacons_find(const struct node *node,
                                        const struct device_pk *device);
/* Takes one that is newer than what is held, and spreads it. from: who sent it, or NULL for one
 * out of a bundle. MALFORMED, NETWORK, HASH or SIGNATURE when it is no good one. */
enum err beacons_take(struct node *node, struct session *from,
                      const struct wire_beacon *message);
void beacons_on_beacon(struct node *node, struct session *session,
                       const struct wire_beacon *message);
/* The peer's list of beacons: sends those that it lacks. */
void beacons_on_entries(struct node *node, struct session *session,
                        const struct wire_entries *message);
/* Own heads or addresses changed: a new beacon within soon_ms (it gathers changes until then).
 */
void beacons_wake(struct node *node, uint64_t soon_ms);
void beacons_set_addresses(struct node *node, const char *const *addresses, size_t n);
uint64_t beacons_tick(struct node *node);

#endif
