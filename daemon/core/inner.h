/*
 * inner.h: the parts of a node, shared by the files of daemon/core and nobody else. Each part
 * has a header of its own with what it promises; here stands how they are put together.
 */
#ifndef CORE_INNER_H
#define CORE_INNER_H

#include "daemon/core/acts.h"
#include "daemon/core/ages.h"
#include "daemon/core/aside.h"
#include "daemon/core/beacons.h"
#include "daemon/core/books.h"
#include "daemon/core/bundles.h"
#include "daemon/core/dialer.h"
#include "daemon/core/duty.h"
#include "daemon/core/forks.h"
#include "daemon/core/holdings.h"
#include "daemon/core/joins.h"
#include "daemon/core/ledger.h"
#include "daemon/core/node.h"
#include "daemon/core/mends.h"
#include "daemon/core/out.h"
#include "daemon/core/pieces.h"
#include "daemon/core/session.h"
#include "proto/base/check.h"
#include "proto/base/cursor.h"
#include "proto/base/map.h"
#include "proto/base/rng.h"
#include "proto/member/keyring.h"

struct node {
    struct node_options options;
    const struct env *env;
    const struct store_reader *reader;
    struct rng rng;
    uint64_t now_ms; /* of the event being stepped */
    int64_t wall_s;

    enum node_state state;
    struct network_id network;
    struct fold *fold;       /* NULL when solo */
    struct keyring *keyring; /* NULL when solo */
    unsigned checks;         /* signatures looked at in this step, about */
    bool membership_changed; /* in this step: books, offers and duties follow at its end */

    struct out out;
    struct ledger ledger;
    struct books books;
    struct beacons beacons;
    struct sessions sessions;
    struct dialer dialer;
    struct holdings holdings;
    struct joins joins;
    struct duty duty;
    struct ages ages;
    struct forks forks;
    struct aside aside;
    struct bundles bundles;
    struct pieces pieces;
    struct mends mends;

    uint64_t refused; /* input from peers that could not be accepted, counted */
    uint64_t damaged; /* entries of the store that could not be understood */
    uint64_t next_ticket;
    uint32_t next_question; /* to a peer: FETCH, IDS_WANT, PIECE_WANT */
    uint64_t sync_ticket; /* of a SYNC that waits, 0: none */
    uint64_t sync_since_ms;
};

/* A random wait in [least, least + spread): so that many nodes do not act at once. */
static inline uint64_t node_jitter_ms(struct node *node, uint64_t least, uint64_t spread)
{
    return node->now_ms + least + rng_below(&node->rng, spread + 1);
}

static inline void node_trace(struct node *node, const char *machine, uint64_t conn,
                              const char *from, const char *to, const char *why,
                              uint64_t number)
{
    out_trace(&node->out, &(struct update_trace){.machine = machine,
                                                 .conn = conn,
                                                 .from = from,
                                                 .to = to,
                                                 .why = why,
                                                 .number = number});
}

/* Answers a command at once. reason may be NULL. */
static inline void node_refuse(struct node *node, uint64_t ticket, enum err err,
                               const char *reason)
{
    out_reply(&node->out, &(struct reply){.ticket = ticket, .err = err, .reason = reason});
}

/* This device's chain in a space. */
static inline struct chain node_own_chain(const struct node *node, const struct space_tag *tag)
{
    return (struct chain){.device = node->options.device_pk, .tag = *tag};
}

#endif
