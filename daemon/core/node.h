/*
 * node.h: the node as a function. node_step(node, event) -> update; see event.h and update.h.
 *
 * A node is one device in one network (or not yet in any). It reads no clock, opens no socket,
 * touches no disk and draws randomness only from `env`, so a seed and a list of events repeat
 * it exactly. It is not thread-safe: one loop owns it. The getters below may be called between
 * steps.
 */
#ifndef CORE_NODE_H
#define CORE_NODE_H

#include "daemon/core/event.h"
#include "daemon/core/update.h"
#include "proto/base/env.h"
#include "proto/member/fold.h"

struct node;

/* Who this device is. Copied. */
struct node_options {
    struct device_pk device_pk;
    struct device_sk device_sk;
    struct box_pk box_pk;
    struct box_sk box_sk;
    struct transport_pk transport_pk;
    struct transport_sk transport_sk;
    struct school_id school; /* of the phrase made at init */
    const char *device_name;
    const char *version; /* of the software, for hello and beacons */
    uint64_t seed;       /* for jitter and hash tables; not for keys */
};

/*
 * Loads what the store holds. env and reader must outlive the node. Never fails for what the
 * store holds: damaged entries are skipped and counted (node_status.damaged).
 */
struct node *node_new(const struct node_options *options, const struct env *env,
                      const struct store_reader *reader);
void node_free(struct node *node);

/* One event in, one update out. The update holds until the next call. */
void node_step(struct node *node, const struct event *event, struct update *out);

/* ---- what can be asked between steps ---- */

enum node_state {
    NODE_SOLO,    /* initialised, in no network */
    NODE_JOINING, /* a join request is open */
    NODE_MEMBER,
    NODE_ENDED, /* left or was removed: reads on, sends nothing */
};

struct node_status {
    enum node_state state;
    struct network_id network; /* zero when solo */
    const char *joining_words; /* JOINING: the four words, or NULL */
    const char *joining_note;  /* JOINING: where it stands, for a person */
    enum err store;            /* OK, or why new writes are refused */
    uint64_t lseq;             /* committed */
    uint64_t batches_pending;
    uint64_t statements, waiting; /* held; waiting for others they name */
    uint64_t unreadable_peers;    /* malformed or refused input, counted */
    uint64_t damaged;
};

void node_get_status(const struct node *node, struct node_status *out);

/* Membership as this node sees it; NULL when solo. Valid until the next step. */
const struct fold *node_fold(const struct node *node);

/* Another device, as last heard of. */
struct node_peer {
    struct device_pk device;
    struct school_id school;
    bool connected;
    bool outgoing;         /* we called */
    bool equal;            /* all common spaces were equal when last compared */
    bool turned_away;      /* it does not count this device as a member */
    const char *address;   /* last that worked, or from its beacon, or NULL */
    int64_t heard_wall_s;  /* when we last talked; 0 never */
    uint64_t next_dial_ms; /* 0 when connected or unknown */
    unsigned failures;     /* dials in a row */
    uint64_t bytes_in, bytes_out, envelopes_in, envelopes_out; /* this session */
};

typedef void (*node_peer_fn)(void *arg, const struct node_peer *peer);
void node_each_peer(const struct node *node, node_peer_fn fn, void *arg);

/* Who holds this device's chain in a space, as acknowledged or told. */
struct node_holding {
    struct space_tag tag;
    struct device_pk holder;
    uint64_t seq;             /* up to here */
    struct device_pk through; /* who told us; the holder itself when acknowledged directly */
    int64_t wall_s;
};

typedef void (*node_holding_fn)(void *arg, const struct node_holding *holding);
void node_each_holding(const struct node *node, node_holding_fn fn, void *arg);

/* A school that asks to be admitted, at this steward. */
struct node_request {
    struct invite_id invite;
    const char *school_name;
    const char *device_name;
    const char *four_words;
    const char *note; /* of the invite */
    int64_t wall_s;
};

typedef void (*node_request_fn)(void *arg, const struct node_request *request);
void node_each_request(const struct node *node, node_request_fn fn, void *arg);

/* An invite made here. Its state is the fold's; the code is kept until it is used or void. */
struct node_invite {
    struct invite_id invite;
    const char *code;
    const char *note;
    int64_t expires_wall_s;
    bool approve_automatically;
};

typedef void (*node_invite_fn)(void *arg, const struct node_invite *invite);
void node_each_invite(const struct node *node, node_invite_fn fn, void *arg);

/* Bytes held here of a piece of a file (0: none), and all pieces. */
size_t node_piece(const struct node *node, const struct piece_id *id);
void node_each_piece(const struct node *node, store_piece_fn fn, void *arg);

/* What this node stores of each space, and why. */
struct node_space {
    struct space_id space;
    bool readable; /* member with a key; otherwise carried only */
    uint64_t chains, envelopes;
    enum err key; /* OK, or NO_KEY: a grant is missing and was asked for */
};

typedef void (*node_space_fn)(void *arg, const struct node_space *space);
void node_each_space(const struct node *node, node_space_fn fn, void *arg);

#endif
