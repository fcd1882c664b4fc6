/*
 * holdings.h: who has what of whose chain. Acknowledgements and comparisons tell it of those we
 * talk to; hearsay tells it of others ("reached the hub, through Roosevelt"). What is known of
 * a peer's own chains is told to that peer; what is known of our own is kept over restarts.
 */
#ifndef CORE_HOLDINGS_H
#define CORE_HOLDINGS_H

#include "daemon/core/node.h"
#include "proto/base/map.h"
#include "proto/wire/wire.h"

struct session;

struct holdings_row {
    struct chain chain;
    struct device_pk holder;
    uint64_t seq;
    struct device_pk through;
    int64_t wall_s;
    uint64_t told; /* to the chain's own device */
    bool dirty;    /* of our own chain, and not yet in the store */
};

struct holdings {
    struct holdings_row *rows;
    size_t n, cap;
    struct map by_key; /* chain, holder -> row */
    bool loaded;
    uint64_t save_ms;  /* when dirty rows are written; UINT64_MAX: none */
};

void holdings_load(struct node *node);
void holdings_fini(struct holdings *holdings);
/* holder has the chain up to seq, says `through`. */
void holdings_on_held(struct node *node, const struct chain *chain, const struct device_pk *holder,
                      uint64_t seq, const struct device_pk *through);
/* The peer's set is equal to ours. */
void holdings_on_equal(struct node *node, struct session *session, const struct wire_set *set);
/* Tells a peer what is known of its chains and was not told before. */
void holdings_tell(struct node *node, struct session *session);
/* Tells all who are connected; writes down what is due. Returns when it is due again. */
uint64_t holdings_tick(struct node *node);

#endif
