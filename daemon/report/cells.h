/*
 * cells.h: the numbers of one period, and what of them may be told: from a measure's groups to
 * the table of daemon/measure/suppress.h and back.
 *
 * The groups of a factor that sums, or has two values, are a line under all students; what is
 * left of all students beside them (who is in none of the groups, or in one that was not
 * reported) is a cell as well, for anybody can subtract. So is the rest beside a group of no
 * such factor.
 */
#ifndef REPORT_CELLS_H
#define REPORT_CELLS_H

#include "daemon/measure/suppress.h"
#include "daemon/report/measure.h"

/* What an earlier release said of a cell, and what stood behind it then. */
struct cells_told {
    bool present;
    bool told; /* its denominator (or count) */
    enum measure_state numerator;
    int64_t den, num; /* as told; den of what is clamped */
    int64_t lo, hi;   /* CLAMPED */
    bool known;       /* what stood behind it: */
    int64_t true_den, true_num;
};

struct cell {
    const char *group;
    struct measure_number number;     /* GIVEN: as it is here */
    uint32_t schools;                 /* behind it, of a network; else 0 */
    const struct cells_told *earlier; /* one for each release, the oldest first; or NULL */

    /* The answer: SUPPRESSED: nothing is told; CLAMPED: denominator and band; GIVEN: all, or
     * the denominator alone where numerator_hidden. */
    enum measure_state state;
    bool numerator_hidden;
    int band;     /* CLAMPED: its percentage at the end that it is near */
    bool at_most; /* CLAMPED: near none; else near all */
    enum suppress_why why;
    bool told_before;
};

struct cells {
    const struct measure *measure;
    struct cell *list; /* all students first where they are there; then groups */
    size_t n;
    size_t earlier_n;
    int64_t least;
};

/* Fills the answers. INVALID, and *why says what to mend (in the measure's arena): groups that
 * add up to more than all, a number without students to count, a table that cannot be audited.
 */
MUST_USE enum err cells_judge(struct cells *cells, const char **why);

#endif
