/* What the parts of suppress share: suppress.c has the rules, suppress_audit.c what they come
 * to, suppress_search.c what else to hide. */
#ifndef MEASURE_SUPPRESS_INNER_H
#define MEASURE_SUPPRESS_INNER_H

#include "daemon/measure/feasible.h"
#include "daemon/measure/suppress.h"

/* One number that somebody might want to work out: a cell as it is now, or as it was once. */
struct suppress_unknown {
    uint32_t cell;
    bool fixed;     /* an earlier release tells it */
    int64_t lo, hi; /* what earlier releases say; fixed: its value */
    bool guarded;   /* an earlier release hides or clamps it: it is protected whatever is hidden
                       now */
    int64_t band;   /* the narrowest band in which one clamps it, or SUPPRESS_UNBOUNDED */
    bool given_away; /* beyond help: no longer judged */
};

/* Whoever hides too little violates one of these: the gains of the hidden cells must reach
 * `least`.
 */
struct suppress_cut {
    uint32_t unknown;     /* that is too narrow */
    const int64_t *gains; /* one a cell */
    int64_t least;
};

struct suppress_work {
    const struct suppress_table *table;
    struct arena arena;
    enum suppress_why *why; /* of the rules: what is hidden, clamped or missing in any case */
    int64_t *lo, *hi;       /* of a clamped cell */
    uint32_t *pair;         /* the other of two values, or SUPPRESS_NONE */
    uint32_t *numerator; /* of a denominator: its last one; of a numerator: the one before it */

    struct suppress_unknown *unknowns;
    size_t unknowns_n;
    uint32_t *version; /* of a cell in a release: row 0 is now, row r the r-th earlier one */
    struct feasible_row *rows;
    size_t rows_n;

    struct suppress_cut *cuts;
    size_t cuts_n, cuts_cap;
    uint64_t budget; /* entries of tableaus that may still be touched */
};

static inline uint32_t suppress_version(const struct suppress_work *work, size_t release,
                                        uint32_t cell)
{
    return work->version[release * work->table->cells_n + cell];
}

/* Never told, whatever is hidden. */
static inline bool suppress_is_silent(const struct suppress_cell *cell)
{
    return cell->given == SUPPRESS_MISSING || cell->given == SUPPRESS_UNTOLD;
}

/* Hidden in any case. */
bool suppress_is_forced(const struct suppress_work *work, uint32_t cell);
/* Told unless somebody hides it, and worth hiding: no earlier release tells it. */
bool suppress_is_candidate(const struct suppress_work *work, uint32_t cell);

/* ---- suppress_audit.c ---- */

/* Unknowns, versions and rows, once. */
MUST_USE enum err suppress_audit_begin(struct suppress_work *work);
enum suppress_audit_depth { SUPPRESS_AUDIT_FIRST, SUPPRESS_AUDIT_ALL };
/* Judges what is hidden. Adds a cut for the first, or for all numbers that are too narrow;
 * *narrow: how many. Those that nothing can help are given away and not counted. */
MUST_USE enum err suppress_audit_judge(struct suppress_work *work, const bool *hidden,
                                       enum suppress_audit_depth depth, size_t *narrow);
/* The intervals of all cells. */
MUST_USE enum err suppress_audit_intervals(struct suppress_work *work, const bool *hidden,
                                           struct suppress_answer *answers);

/* ---- suppress_search.c ---- */

/* Hides a cell and what goes with it; appends what was not hidden before to the list, returns
 * how many that are. */
size_t suppress_search_hide(const struct suppress_work *work, bool *hidden, uint32_t cell,
                            uint32_t *list);
/* Hides more until the audit has nothing to say. */
MUST_USE enum err suppress_search(struct suppress_work *work, bool *hidden);

#endif
