/*
 * forks.h: two envelopes at one place (DESIGN 4.2, Equivocation). Asks the peer for the chain's
 * ids, finds the lowest place where they part, fetches that header, and files the proof that
 * freezes the chain everywhere. And the innocent case: a peer holds more of *our own* chain than
 * we do, so our disk is an old copy; then we stop writing before we fork.
 */
#ifndef CORE_FORKS_H
#define CORE_FORKS_H

#include "daemon/core/event.h"
#include "proto/wire/run.h"
#include "proto/wire/wire.h"

struct node;
struct session;

/* A search under way with one peer. */
struct forks_search {
    uint64_t conn;
    uint32_t number;
    struct chain chain;
    uint64_t low;    /* the highest seq known to agree (0: before the first) */
    uint64_t high;   /* a seq known to differ */
    uint64_t since_ms;
    uint64_t first;  /* of the ids asked for */
    uint32_t stride;
    bool fetching;   /* the header at low + 1 was asked for */
};

/* A FETCH of a peer that waits for the store. */
struct forks_serving {
    uint64_t conn;
    uint32_t number;
    uint64_t ticket;
};

struct forks {
    struct forks_search *searches;
    size_t n, cap;
    struct forks_serving *servings;
    size_t servings_n, servings_cap;
    bool copied; /* another copy of this device writes: nothing new may be signed */
    bool doubted;      /* a peer said so, and has not shown it */
    uint64_t doubt_ms; /* when */
};

/* Nothing new may be signed now: another copy of this device writes, or a peer just said so. */
bool forks_in_doubt(const struct node *node);
/* An envelope of this device that it did not hold came back to it, well signed. */
void forks_on_own(struct node *node);

/* What survives a restart: that another copy of this device writes. */
void forks_load(struct node *node);
void forks_fini(struct forks *forks);
/* An item of a finished run stands where another is held, or does not follow the tip. */
void forks_on_item(struct node *node, uint64_t conn, const struct run_item *item);
/* A peer's head of a chain. */
void forks_on_entry(struct node *node, struct session *session, const struct chain *chain,
                    const struct place *theirs);
/* FETCH, ENVELOPE, IDS_WANT, IDS. */
void forks_on_message(struct node *node, struct session *session,
                      const struct wire_message *message);
/* A single envelope came from the store for a peer. False when the ticket is not ours. */
bool forks_on_read(struct node *node, const struct event_read *read);

#endif
