/*
 * feasible.h: what can be known of numbers that were not told, from sums that were.
 *
 * A system is a list of unknowns, whole numbers from 0 on, and of rows: sums of some of them
 * with a sign are a constant. Of an unknown one may know bounds, or its value. The question is
 * how far apart two tables can be, in one unknown, that agree in everything that was told.
 *
 * "Wide" is said on the strength of two such tables that were found, in whole numbers; that the
 * way to them was walked by a simplex is of no matter. "Narrow" is said on the strength of an
 * optimum, and comes with what it would be worth to no longer tell each of the fixed values.
 */
#ifndef MEASURE_FEASIBLE_H
#define MEASURE_FEASIBLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/err.h"
#include "proto/base/mem.h"

#define FEASIBLE_UNBOUNDED INT64_MAX

struct feasible_unknown {
    int64_t lo, hi; /* what is known; hi may be FEASIBLE_UNBOUNDED; equal: its value */
    bool told; /* its value is told: stays in the system, for what freeing it would be worth */
};

struct feasible_term {
    uint32_t unknown;
    int8_t sign;
};

/* The sum of the terms is 0, or at most 0. */
struct feasible_row {
    const struct feasible_term *terms;
    size_t n;
    bool at_most;
};

struct feasible_system {
    const struct feasible_unknown *unknowns;
    size_t unknowns_n;
    const struct feasible_row *rows;
    size_t rows_n;
};

enum feasible_verdict { FEASIBLE_WIDE, FEASIBLE_NARROW };

struct feasible_answer {
    enum feasible_verdict verdict;
    int64_t width; /* NARROW: how wide it is */
    /* NARROW: an unknown's gain is the most by which it would widen this one if it were no
     * longer told (told) or no longer bounded; 0: it would not. At most `need`. NULL: nobody
     * knows, for the narrowness comes from whole numbers and not from the sums alone. */
    int64_t *gains;
};

struct feasible; /* a system with a first solution */

/*
 * Entries of tableaus that may be touched are taken from the budget. INVALID: the system
 * contradicts itself; LIMIT: the budget is spent, or the numbers outgrow their bounds.
 */
MUST_USE enum err feasible_open(const struct feasible_system *system, uint64_t *budget,
                                struct feasible **out);
void feasible_close(struct feasible *f);
/* Whether the unknown can differ by `need` (at least 1). The answer's gains lie in the arena.
 */
MUST_USE enum err feasible_judge(struct feasible *f, uint32_t unknown, int64_t need,
                                 struct arena *arena, struct feasible_answer *out);
/* The least and the greatest whole number that it can be. */
MUST_USE enum err feasible_interval(struct feasible *f, uint32_t unknown, int64_t *lo,
                                    int64_t *hi);

#endif
