/*
 * idea.h: an idea's test history and state, derived from the cycles that name it and never
 * typed.
 *
 *   proposed   no cycle has begun Do
 *   testing    one has, and none is decided; or one is under way now
 *   adopted, adapted, abandoned   the latest decision, when none is under way
 *   in package, retired           standing.standing says so, whatever the cycles say
 */
#ifndef RECORD_IDEA_H
#define RECORD_IDEA_H

#include <jansson.h>

#include "proto/record/cycle.h"

/* X(name, text) */
#define IDEA_STATE_TABLE(X)     \
    X(PROPOSED, "proposed")     \
    X(TESTING, "testing")       \
    X(ADOPTED, "adopted")       \
    X(ADAPTED, "adapted")       \
    X(ABANDONED, "abandoned")   \
    X(IN_PACKAGE, "in package") \
    X(RETIRED, "retired")

enum idea_state {
#define X(name, text) IDEA_##name,
    IDEA_STATE_TABLE(X)
#undef X
        IDEA_STATE_COUNT
};
const char *idea_state_name(enum idea_state state);

/* One cycle that names the idea. All borrowed. */
struct idea_test {
    struct school_id owner;
    struct record_id record;
    const char *decided_at; /* when `act` was last written: `at`, for display and "latest" */
    enum cycle_state state;
    enum cycle_state phase;
    const char *decision; /* or "" */
    size_t predictions;
    size_t matched;
};

struct idea_history {
    enum idea_state state;
    size_t cycles;  /* planned or further; drafts and withdrawn ones do not count */
    size_t running; /* doing or studying, or paused there */
    size_t adopted, adapted, abandoned;
    size_t schools; /* distinct owners among `cycles` */
    size_t predictions, matched;
};

/* sections: the idea's own. The order of tests does not matter. */
struct idea_history idea_history(const json_t *sections, const struct idea_test *tests,
                                 size_t n);
/* {"state","cycles","running","adopted",…}. New reference. */
json_t *idea_history_json(const struct idea_history *history);

#endif
