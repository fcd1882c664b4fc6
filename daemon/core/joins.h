/*
 * joins.h: how a school or a device comes in (DESIGN 4.4, Invite).
 *
 *   joiner:  JOIN -> calls a steward on the invite's psk -> sends its request -> PENDING …
 *            -> ADMITTED -> calls again as a member -> reads the statements -> MEMBER
 *   steward: request -> a person compares four words -> APPROVE -> admit -> tells the joiner
 *
 * The four words are of the first handshake and are kept on both sides until then. Invites made
 * here, requests and an own join survive a restart, in settings.
 */
#ifndef CORE_JOINS_H
#define CORE_JOINS_H

#include "daemon/core/command.h"
#include "proto/channel/channel.h"
#include "proto/crypto/phrase.h"
#include "proto/member/invite.h"
#include "proto/wire/wire.h"

struct node;
struct session;

struct joins_invite {
    struct invite_id id;
    char *code, *note;
    int64_t expires_wall_s;
    bool approve_automatically;
};

struct joins_request {
    struct invite_id invite;
    struct buf body; /* an encoded invite_request, verified */
    char words[PHRASE_FOUR_BYTES];
    int64_t wall_s;
    char *school_name, *device_name; /* of the body, for people */
};

/* Where the school came in. Until a beacon says more, it is all that this device can call. */
struct joins_door {
    struct transport_pk transport;
    char address[LIMIT_ADDRESS_BYTES + 1];
};
enum { JOINS_DOORS_MAX = LIMIT_INVITE_STEWARDS * INVITE_STEWARD_ADDRESSES };

struct joins {
    /* as joiner */
    bool active;    /* a JOIN is under way */
    bool enlisting; /* as one more device: body is our device-add, whole */
    bool admitted;  /* a steward says so; the fold will show it */
    struct invite invite;
    struct buf body;
    char words[PHRASE_FOUR_BYTES];
    char note[WIRE_TEXT_BYTES + 1];
    uint64_t ticket;          /* of the JOIN that waits for its words, 0: none */
    uint64_t ticket_ms;       /* when it is answered without them */
    struct transport_pk peer; /* ENLIST: to call; JOIN: of the words */
    char address[LIMIT_ADDRESS_BYTES + 1];
    /* when it is in */
    struct joins_door doors[JOINS_DOORS_MAX];
    size_t doors_n;
    /* as steward */
    struct joins_invite *invites;
    size_t invites_n, invites_cap;
    struct joins_request *requests;
    size_t requests_n, requests_cap;
};

/* A batch failed: what was in memory on credit (a network, a join, its end) is what is stored.
 */
void joins_reload(struct node *node, enum err err);

/* Commands. */
void joins_join(struct node *node, const struct command *command);
void joins_enlist(struct node *node, const struct command *command);
void joins_invite_create(struct node *node, const struct command *command);
void joins_invite_void(struct node *node, const struct command *command);
void joins_approve(struct node *node, const struct command *command);
void joins_deny(struct node *node, const struct command *command);

/* The psk of an invite that this steward can serve. */
bool joins_psk(struct node *node, const struct invite_id *invite, struct psk *psk);
/* True while calls to the invite's stewards are joiner's calls; *out is what they need. */
bool joins_wants(const struct node *node, struct channel_invite *out);
/*
 * A transport key that the invite vouches for: who holds it may tell us that we are in, and also
 * later, while the statements that name it are not all here yet.
 */
bool joins_trusts(const struct node *node, const struct transport_pk *transport);
/* Names the contacts of a join to the dialer. */
void joins_contacts(struct node *node);
/* What message 3 says of this device; the bytes live as long as the step. */
struct slice joins_introduction(struct node *node);

void joins_on_opened(struct node *node, struct session *session);
void joins_on_request(struct node *node, struct session *session,
                      const struct wire_join_request *message);
void joins_on_status(struct node *node, struct session *session,
                     const struct wire_join_status *message);
void joins_on_gone(struct node *node, struct session *session);
/* The fold changed: this device may be in now; requests may be settled. */
void joins_on_membership(struct node *node);
/* Tells joiners that wait on the line what is durable now; answers a JOIN whose steward is not
 * there. Returns when it is due again. */
uint64_t joins_tick(struct node *node);

#endif
