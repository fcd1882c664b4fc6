/*
 * ledger.h: the way of every envelope into the store, and back as STORED.
 *
 * A step's writes are one batch. Until its STORED comes, a batch is *pending*: own new envelopes
 * are numbered after it, runs that arrive attach to it, but nothing that is offered, counted or
 * acknowledged knows of it. When a batch fails, it and all behind it are forgotten together and
 * new writes are refused until the store works again.
 */
#ifndef CORE_LEDGER_H
#define CORE_LEDGER_H

#include "daemon/core/command.h"
#include "daemon/core/store.h"
#include "proto/base/map.h"

struct node;
struct run_item;

/* Head of one chain: what is durable, and what is durable or on its way. */
struct ledger_head {
    struct chain chain;
    struct place stored;
    struct place pending;
};

/* An envelope on its way. */
struct ledger_entry {
    struct chain chain;
    struct place place;
    uint64_t conn;  /* the session that brought it; 0: made here */
};

struct ledger_batch {
    uint64_t id;
    struct ledger_entry *entries;
    size_t entries_n, entries_cap;
    struct reply *replies; /* due when it is durable; strings and bytes owned */
    size_t replies_n, replies_cap;
    uint64_t *credits;     /* pairs conn, bytes: credit to return */
    size_t credits_n, credits_cap;
    bool beacons;          /* it wrote a beacon */
    bool local;   /* a local revision is in it */
    bool any;              /* it wrote anything */
};

struct ledger {
    struct ledger_head *heads;
    size_t heads_n, heads_cap;
    struct map by_chain;           /* chain -> index in heads */
    struct ledger_batch *batches;  /* oldest first; the last is open while stepping */
    size_t batches_n, batches_cap;
    bool open;
    uint64_t next_batch;
    uint64_t lseq;                 /* committed */
    enum err store;                /* why writes are refused, or OK */
    uint64_t retry_ms;             /* when writing is tried again */
};

/* Batches under way before writes of people and peers are put off (BUSY): about a second's. */
enum { LEDGER_BATCHES_MAX = 64 };

void ledger_load(struct node *node);
void ledger_fini(struct ledger *ledger);

/* The chain's head, or NULL when nothing of it was ever seen. Valid until the next put. */
const struct ledger_head *ledger_head(const struct node *node, const struct chain *chain);
/* The pending head: where the next envelope of a chain attaches; {0} for a new chain. */
struct place ledger_tip(const struct node *node, const struct chain *chain);
/* Id at a place, stored or pending; false when it is not held. */
bool ledger_id_at(const struct node *node, const struct chain *chain, uint64_t seq,
                  struct envelope_id *out);
/* OK, or why nothing can be written now (BUSY, or the store's failure). */
MUST_USE enum err ledger_ready(const struct node *node);

/*
 * Puts an envelope that is admitted and attaches to its chain's tip into this step's batch.
 * Header and payload are copied. conn: who brought it, 0 for an own one.
 */
void ledger_put(struct node *node, const uint8_t *header, const struct envelope_id *id,
                struct slice payload, bool erased, uint64_t conn);
/* Any other write. Its slices are copied. */
void ledger_write(struct node *node, const struct write *write);
void ledger_set(struct node *node, const char *key, struct slice value);
/* Answers a command when this step's batch is durable (at once when it wrote nothing). */
void ledger_reply(struct node *node, const struct reply *reply);
/* Gives credit back to a session when this step's batch is durable. */
void ledger_credit(struct node *node, uint64_t conn, uint64_t bytes);

/* At the end of a step: closes its batch. Returns its id, or 0 when there is nothing to commit. */
uint64_t ledger_close(struct node *node);
/* The store's answer. Moves heads, then tells books and sessions; sends the replies. */
void ledger_on_stored(struct node *node, uint64_t batch, enum err err, uint64_t lseq);
/* Asks a store that failed whether it works again, also when nobody has anything to write: until
 * then what peers send is dropped. Returns when it wants to be called again. */
uint64_t ledger_tick(struct node *node);

#endif
