/*
 * cycle.h: what a cycle's sections mean. Nothing of this is typed by a person or carried: it is
 * derived, by every reader alike.
 *
 *   draft -> planned -> doing -> studying -> decided -> closed      paused, withdrawn
 *
 * A cycle is in the last phase for which its sections have content:
 *   planned    `plan` has content
 *   doing      `do` has content
 *   studying   `study` has content, or do.finished is true
 *   decided    act.decision is adopt, adapt or abandon
 *   closed     decided, and act.closed is true
 * head.standing "paused" or "withdrawn" (with head.standing_reason) goes before the phase.
 *
 * Predictions freeze when Do starts. The first doing revision is the smallest by (lamport, id)
 * of those in effect that give `do` content. The frozen plan is the plan of its past (itself
 * included). Every other plan write is an amendment: shown as one, after the frozen plan.
 * A revision that shares a cycle carries the frozen plan in `plan`, the amendments so far in
 * `amendments.list` [{id: revision, person, at, plan: what it wrote}] and the amended plan in
 * `amendments.plan`, because the wider space does not hold the revisions that tell them apart.
 */
#ifndef RECORD_CYCLE_H
#define RECORD_CYCLE_H

#include <jansson.h>
#include <stdbool.h>

#include "proto/base/err.h"
#include "proto/record/fold.h"

/* X(name, text) */
#define CYCLE_STATE_TABLE(X) \
    X(DRAFT, "draft")        \
    X(PLANNED, "planned")    \
    X(DOING, "doing")        \
    X(STUDYING, "studying")  \
    X(DECIDED, "decided")    \
    X(CLOSED, "closed")      \
    X(PAUSED, "paused")      \
    X(WITHDRAWN, "withdrawn")

enum cycle_state {
#define X(name, text) CYCLE_##name,
    CYCLE_STATE_TABLE(X)
#undef X
        CYCLE_STATE_COUNT
};
const char *cycle_state_name(enum cycle_state state);

/* X(flag, what a person is told) */
#define CYCLE_FLAG_TABLE(X)                                 \
    X(overdue, "it was to end before today")                \
    X(done_not_studied, "done, but not studied")            \
    X(no_prediction, "no prediction was written")           \
    X(no_data, "no data was noted")                         \
    X(stalled, "nothing was written for 30 days")

enum { CYCLE_STALLED_DAYS = 30 };

struct cycle {
    enum cycle_state state;
    enum cycle_state phase; /* without paused and withdrawn */
    const char *decision;   /* "adopt", "adapt", "abandon" or ""; static */
    bool frozen;            /* Do has started */
    json_t *plan;           /* what shows first: frozen, or the current one before Do; owned */
    json_t *plan_now;       /* with all amendments; owned */
    json_t *amendments;     /* [{id, person, at, plan}] in order; owned */
    size_t questions;       /* of `plan` */
    size_t predictions;     /* of these, with a prediction */
    size_t judged;          /* of these, whose result says whether it matched */
    size_t matched;         /* of these, matched "yes" */
#define X(flag, text) bool flag;
    CYCLE_FLAG_TABLE(X)
#undef X
    json_t *sections; /* what was folded; owned reference */
};

/*
 * Derives. entries and state: as given to and by fold_init. today: "YYYY-MM-DD", or NULL for no
 * flag that needs a date. The caller owns *out (cycle_fini).
 */
void cycle_init(struct cycle *out, const struct fold_entry *entries, size_t n,
                const struct fold_state *state, const char *today);
void cycle_fini(struct cycle *cycle);

/*
 * {"state","phase","decision","frozen","plan","plan_now","amendments","questions",
 *  "predictions","judged","matched","flags":[names]}. New reference.
 */
json_t *cycle_json(const struct cycle *cycle);

/* All sections as a wider space gets them: the frozen plan, the amendments. New reference. */
json_t *cycle_shared_sections(const struct cycle *cycle);

/*
 * The sections with which the next cycle of the ramp begins: head (aim, idea, ramp, team, scale
 * kept; number + 1; prior is this one; no dates, no standing) and the plan as amended, its
 * predictions emptied, its items with the same ids. prior: a revision_ref. New reference.
 * REFUSED unless the decision is adapt (AFTER_ANY: any decision; a person may go on after
 * adopt).
 */
enum cycle_next { CYCLE_NEXT_AFTER_ADAPT, CYCLE_NEXT_AFTER_ANY };
MUST_USE enum err cycle_next(const struct cycle *cycle, const char *prior,
                             enum cycle_next which, json_t **sections);

/* Days from one "YYYY-MM-DD…" text to another; false when one is no date. */
bool cycle_days_between(const char *from, const char *to, int64_t *days);

#endif
