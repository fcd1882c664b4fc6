/*
 * members.h: the view's own membership: a fold and a keyring made from the log's statements,
 * and the tables schools, devices, spaces and chains that show it. Everything that the Read
 * step asks about rights and keys is asked here.
 */
#ifndef VIEW_MEMBERS_H
#define VIEW_MEMBERS_H

#include "daemon/core/store.h"
#include "daemon/view/db.h"
#include "daemon/view/view.h"
#include "proto/base/map.h"
#include "proto/member/fold.h"
#include "proto/member/keyring.h"

/* A chain as the fold judges it now, and as the table chains has it. */
struct members_chain {
    int64_t id; /* in the table */
    struct chain chain;
    struct school_id school; /* zero while the device is unknown */
    int64_t space;           /* 0 while the space is unknown */
    uint64_t upto;           /* the last seq that counts; FOLD_OPEN: all */
    enum fold_clip why;
};

/* An erase statement, standing or not. */
struct members_erase {
    struct chain chain;
    uint64_t seq;
    struct envelope_id id;
};

struct members {
    struct db *db;
    struct school_id school;
    struct network_id network; /* zero while no statement was seen */
    struct box_pk box_pk;
    struct box_sk box_sk;
    struct fold *fold; /* NULL while no statement was seen */
    struct keyring *ring;
    bool stale; /* the tables do not show the fold yet */
    uint64_t generation;
    struct map shown;    /* a row's kind and id -> a hash of what the table has of it */
    struct map chain_at; /* device and tag -> index + 1 in chains */
    struct members_chain *chains;
    size_t chains_n, chains_cap;
    struct members_erase *erases;
    size_t erases_n, erases_cap;
};

void members_init(struct members *members, struct db *db, const struct view_options *options);
/* Fills fold, keyring and chains from the log, as far as the tables say that they are applied.
 */
MUST_USE enum err members_load(struct members *members, const struct log_reader *log);
void members_fini(struct members *members);
/* The transaction was rolled back: takes the chains from the table again. */
void members_undo(struct members *members);

/* Puts a statement of the log in. Repeating one is harmless. */
void members_add(struct members *members, const struct log_entry *entry);
/* Refreshes fold and keyring, and writes the rows that are otherwise now, when statements came. */
void members_refresh(struct members *members);

/* What schools say of themselves (the table `called`) changed: names wherever they show. */
void members_called(struct members *members);

/*
 * Judges every known chain anew. `changed` gets each chain whose judgement differs from the
 * table's, and the seq after which entries are to be read again.
 */
typedef void (*members_chain_fn)(void *arg, const struct members_chain *chain, uint64_t after);
void members_judge(struct members *members, members_chain_fn changed, void *arg);

/* The chain's row, made when it is new. Valid until the next call. NULL when the table failed.
 */
const struct members_chain *members_chain(struct members *members, const struct chain *chain);

#endif
