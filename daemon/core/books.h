/*
 * books.h: what this node holds, space by space, as it may be told to others: one frontier for
 * each space it is a member or carrier of, and one for the statements. Entries are durable and
 * clipped by the fold: past a cut-off or a proven fork nothing is counted, offered or asked
 * for.
 *
 * The statements also stand in the order in which they were admitted, which is causal: they are
 * sent in it, so that a receiver never waits.
 */
#ifndef CORE_BOOKS_H
#define CORE_BOOKS_H

#include "daemon/core/store.h"
#include "proto/frontier/frontier.h"

struct node;

struct book {
    struct space_tag tag; /* zero: the statements */
    struct space_id space;
    struct frontier *frontier;
};

struct books_statement {
    struct device_pk device;
    uint64_t seq;
};

struct books {
    struct book statements;
    struct book *spaces; /* ascending by tag */
    size_t spaces_n, spaces_cap;
    struct books_statement *order; /* statements, as admitted; the durable ones first */
    size_t order_n, order_cap;
    struct envelope_id *erases; /* that do not stand yet: a verdict may turn */
    size_t erases_n, erases_cap;
};

/* Builds fold and keyring from the stored statements, then all frontiers. Also after a failed
 * batch, when what the fold took in on credit is not to be. */
void books_reload(struct node *node);
void books_fini(struct books *books);

/* The fold changed: which spaces are held, and where chains are clipped, anew. */
void books_refresh(struct node *node);
/* Envelopes of a chain are durable. Updates its frontier and tells the sessions. */
void books_on_stored(struct node *node, const struct chain *chain);

/* The fold changed: erases that stand by now are obeyed. */
void books_obey_late(struct node *node);

/* The book of a tag, or NULL when this node does not hold that space. */
struct book *books_find(struct node *node, const struct space_tag *tag);

/*
 * Takes a statement into the fold, from a peer or made here, and into this step's batch. The
 * header's signature or a later one of its chain has been verified. ORDER when it does not
 * attach or its `seen` is not held.
 */
MUST_USE enum err books_add_statement(struct node *node, const uint8_t *header,
                                      const struct envelope_id *id, struct slice payload,
                                      uint64_t conn);
/*
 * Signs a statement body as this device's next one and adds it. The body was made by
 * proto/member/make.h for the place that books_next_place named.
 */
MUST_USE enum err books_say(struct node *node, struct slice body, struct envelope_id *id);
/* Where this device's next statement will stand. */
struct place books_next_place(const struct node *node);

#endif
