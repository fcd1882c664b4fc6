/*
 * dialer.h: whom to call, where, and when again. Contacts are the live devices of the fold with
 * the addresses of their beacons, and the stewards of an invite while joining. Buddies, hub and
 * stewards come first, then the others; a failed call waits twice as long each time, with
 * jitter.
 */
#ifndef CORE_DIALER_H
#define CORE_DIALER_H

#include "proto/base/id.h"
#include "proto/base/limits.h"
#include "proto/channel/channel.h"

struct node;
struct session;

struct dialer_contact {
    struct transport_pk transport;
    struct device_pk device; /* zero while only the invite names it */
    char addresses[LIMIT_ADDRESSES + 1][LIMIT_ADDRESS_BYTES + 1]; /* best first */
    size_t addresses_n;
    size_t at;         /* the address to try next */
    unsigned failures; /* calls in a row that did not get through */
    unsigned rank;     /* 0 first */
    uint64_t next_ms;
    uint64_t dial; /* under way, 0: none */
    uint64_t conn; /* of its session, 0: none */
    int64_t heard_wall_s;
    char worked[LIMIT_ADDRESS_BYTES + 1];
    bool wanted;      /* it is to be called: a live device, or the invite's while joining */
    bool of_invite;
    unsigned away;    /* byes in a row that did not count us as a member */
    bool turned_away; /* when we last met it did not count us as a member */
};

struct dialer {
    struct dialer_contact *contacts;
    size_t n, cap;
    uint64_t next_dial;
    bool told; /* ENDED by an own leave, and a member knows of it */
};

/* What an outgoing connection is for. */
struct dialer_target {
    struct transport_pk transport;
    struct device_pk device;
    bool joining;
    struct channel_invite invite;
};

/* Brings the contacts in line with fold, beacons and a join under way. */
void dialer_refresh(struct node *node);
void dialer_fini(struct dialer *dialer);
/* Starts the calls that are due. Returns when the next is. */
uint64_t dialer_tick(struct node *node);
/* This school left or was removed, and nobody has shown yet that it knows. */
bool dialer_has_end_to_tell(const struct node *node);
/* Every contact is due now. */
void dialer_hurry(struct node *node);
/* Contacts that are being called, or are due to be, at least once since dialer_hurry. */
bool dialer_busy(const struct node *node);

/* A steward of the invite that this node joins or joined on, and one address of it. */
void dialer_add_steward(struct node *node, const struct transport_pk *transport,
                        const char *address);

bool dialer_on_opened(struct node *node, struct session *session, struct dialer_target *target);
void dialer_on_failed(struct node *node, uint64_t dial);
/* The session's device is known and stays. */
void dialer_on_known(struct node *node, struct session *session);
/* It takes us for a member, too: only now the calls before count as got through. */
void dialer_on_hello(struct node *node, struct session *session);
void dialer_on_gone(struct node *node, struct session *session);
/* The other side's handshake did not hold; its bye said why. */
void dialer_on_refused(struct node *node, struct session *session);
void dialer_on_bye(struct node *node, struct session *session, uint8_t reason);
const struct dialer_contact *dialer_find(const struct node *node,
                                         const struct device_pk *device);

#endif
