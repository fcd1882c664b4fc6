/*
 * ages.h: how long each space's write epoch has been in use, as this computer counts, so that a
 * key is not used for longer than 90 days (DESIGN 4.3). No statement carries a time: each node
 * counts for itself, from when it first saw the epoch, and who is first makes the next one.
 *
 * Days are counted by the date, but at most a few between two looks: a clock that jumps to 2100
 * adds those few and no more, and one that goes back adds nothing. A computer that was off over
 * the summer counts late; the others do not wait for it.
 */
#ifndef CORE_AGES_H
#define CORE_AGES_H

#include "proto/base/id.h"

struct node;

struct ages_row {
    struct space_tag tag;
    struct envelope_id epoch; /* the write epoch when last looked at */
    uint64_t age_s;
};

struct ages {
    struct ages_row *rows;
    size_t n, cap;
    int64_t looked_wall_s; /* 0: never */
    uint64_t look_ms;      /* the next look */
};

enum {
    AGES_MAX_S = 90 * 24 * 3600,     /* DESIGN 4.3 */
    AGES_STEP_MAX_S = 3 * 24 * 3600, /* of one look: over a long weekend */
    AGES_LOOK_MS = 6 * 3600 * 1000,
};

void ages_load(struct node *node);
void ages_fini(struct ages *ages);
/* Counts on, if it is time, and keeps what it counted. Wakes the duties when an epoch is old.
 * Returns when it wants to be called again. */
uint64_t ages_tick(struct node *node);
/* The space's write epoch has been in use for 90 days. */
bool ages_old(const struct node *node, const struct space_tag *tag);

#endif
