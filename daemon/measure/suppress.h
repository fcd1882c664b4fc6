/*
 * suppress.h: small numbers: what of a table may be told, so that nobody is known by it. Pure.
 *
 * A table is a list of cells, whole numbers of students, and of lines: a total and the parts
 * that it is the sum of (the groups of one factor; the schools of a network; a cell may be in
 * many lines). A cell may be the numerator of another: it is never larger. Earlier releases of
 * the same table are part of what everybody knows.
 *
 * First the rules. Hidden is a cell that counts 1 … n - 1 students (a numerator does not count:
 * its denominator does), one that fewer than three schools are behind, the other one of two
 * values, and the numerator of what is hidden; what was hidden before and has not changed stays
 * so. A numerator so near to none or all of its denominator that it would say the same of
 * nearly everybody is clamped to a band (suppress_band).
 *
 * Then the audit, which is the rule: of each number that is not told, now or in an earlier
 * release, the interval of what it can be, from all that is told in all releases together, is
 * at least n wide, and a clamped numerator's as wide as its band; for numerators, where a told
 * total has fewer than n on one of its sides, as wide as that. Where it is not, more is hidden:
 * where a cheap search ends, the fewest cells that do, of those the smaller. Nothing that a
 * second run would hide is left.
 *
 * A cell that is missing is an unknown like a hidden one, and stays missing. A cell that was
 * told before, or that earlier releases give away together, cannot be taken back: it is hidden,
 * said to be told, and no longer judged. A cell that was corrected is a new unknown beside the
 * old one, which is protected as well.
 */
#ifndef MEASURE_SUPPRESS_H
#define MEASURE_SUPPRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/err.h"
#include "proto/base/mem.h"

enum suppress_bounds {
    SUPPRESS_CELLS_MAX = 1000,
    SUPPRESS_LINES_MAX = 500,
    SUPPRESS_EARLIER_MAX = 32, /* editions of one period */
    SUPPRESS_LEAST_MAX = 1000,
    SUPPRESS_SCHOOLS = 3, /* behind a cell of a network */
};
#define SUPPRESS_VALUE_MAX INT64_C(1000000000000)
#define SUPPRESS_NONE      UINT32_MAX
#define SUPPRESS_UNBOUNDED INT64_MAX

enum suppress_given {
    SUPPRESS_GIVEN,   /* its value is known here */
    SUPPRESS_HIDDEN,  /* hidden by who gave it; the value may be known here or not */
    SUPPRESS_MISSING, /* nobody has it; it is not zero */
    SUPPRESS_UNTOLD   /* nobody is told it, and whoever works it out may: what is left beside
                         groups */
};

struct suppress_cell {
    enum suppress_given given;
    bool known;       /* with HIDDEN and UNTOLD: whether value is */
    int64_t value;    /* from 0 */
    uint32_t of;      /* a numerator's denominator, or SUPPRESS_NONE: it counts students */
    uint32_t schools; /* behind it, of a network; 0: that is no question */
};

struct suppress_line {
    uint32_t total;
    const uint32_t *parts;
    size_t n;
    bool two_valued; /* of the first two parts both are hidden, or neither; a third has neither
                        value */
};

/* What a release says of a cell. Told: lo equals hi. Hidden: 0 and SUPPRESS_UNBOUNDED. */
struct suppress_told {
    bool present;
    int64_t lo, hi;
    bool known; /* the true value of then is known here: where it differs, it was corrected */
    int64_t value; /* where it is not, a hidden one counts as what is hidden or unknown now */
};

struct suppress_table {
    const struct suppress_cell *cells;
    size_t cells_n;
    const struct suppress_line *lines;
    size_t lines_n;
    const struct suppress_told *earlier; /* cells_n for each release, the oldest first */
    size_t earlier_n;
    int64_t least;  /* n */
    bool intervals; /* work them out for the answer as well */
};

/* X(NAME, "name", why a cell is as it is) */
#define SUPPRESS_WHY_TABLE(X)                                                     \
    X(NOTHING, "none", "it may be told")                                          \
    X(SMALL, "small", "it counts fewer students than may be told")                \
    X(SCHOOLS, "schools", "fewer than three schools are behind it")               \
    X(PAIR, "pair", "the other of two values is hidden")                          \
    X(WHOLE, "whole", "the number that it is a part of is hidden")                \
    X(BEFORE, "before", "it was hidden in an earlier release, or by who gave it") \
    X(AUDIT, "audit", "with it another hidden number could be worked out")        \
    X(BAND, "band", "it says nearly the same of everybody in a small group")      \
    X(MISSING, "missing", "nobody has it")                                        \
    X(UNTOLD, "untold", "nobody is told it")

enum suppress_why {
#define X(NAME, name, text) SUPPRESS_WHY_##NAME,
    SUPPRESS_WHY_TABLE(X)
#undef X
        SUPPRESS_WHY_COUNT
};

struct suppress_answer {
    enum suppress_why
        why;        /* NOTHING: told; BAND: clamped; MISSING, UNTOLD: as given; else hidden */
    int64_t lo, hi; /* what is said of it, as in suppress_told */
    bool told;      /* not told now, but earlier releases tell it */
    int64_t least, most; /* with intervals: what can be worked out of it */
};

/*
 * answers: one a cell. INVALID: lines that do not add up, numerators larger than their
 * denominators, cells out of order; LIMIT: more than the bounds above, or so tangled that the
 * audit would not end. *why says what to mend.
 */
MUST_USE enum err suppress(const struct suppress_table *table, struct suppress_answer *answers,
                           const char **why);

/* "small" and its sentence. */
const char *suppress_why_name(enum suppress_why why);
const char *suppress_why_text(enum suppress_why why);

/*
 * The band at each end of a group of so many, as a percentage: the smallest of 1, 2, 5, 10, 20
 * and 40 that is at least two students, so that none, one and two look the same; 100 where
 * there is none, and the numerator is hidden. *most: as many students as the band has.
 */
int suppress_band(int64_t denominator, int64_t *most);

#endif
