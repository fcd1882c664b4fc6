/*
 * simplex.h: the extremes of one unknown of a linear system, exactly.
 *
 * The system is A y = b, y >= 0, in whole numbers. A tableau of whole numbers over one common
 * denominator is pivoted without fractions: each entry is a subdeterminant of A, so
 * in the tables of this box, where nearly every system is a network, entries stay 0 and ±1.
 * What would not fit 62 bits is an answer (SIMPLEX_OVERFLOW), never a wrong number. Columns
 * that are fixed take no part, and carry along what freeing them would be worth
 * (simplex_price).
 */
#ifndef MEASURE_SIMPLEX_H
#define MEASURE_SIMPLEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum simplex_end {
    SIMPLEX_OPTIMAL,
    SIMPLEX_UNBOUNDED,
    SIMPLEX_STOPPED,    /* the caller has seen enough */
    SIMPLEX_INFEASIBLE, /* the numbers contradict each other */
    SIMPLEX_OVERFLOW,
    SIMPLEX_TIRED, /* the work that was allowed is done */
};

struct simplex {
    size_t rows, cols;
    int64_t *at;      /* rows × (cols + 1), the last column is b; over den */
    int64_t *price;   /* of the last objective: cols + 1; over den */
    int64_t den;      /* over 0 */
    size_t *basis;    /* the column that stands in a row; cols: none does */
    size_t *row_of;   /* the row of a column; rows: in none */
    bool *fixed;      /* columns that stay 0 */
    uint64_t *budget; /* entries that may still be touched; shared by the caller */
    bool overflow;
};

/* A system of zeros. budget must outlive it. */
void simplex_init(struct simplex *s, size_t rows, size_t cols, uint64_t *budget);
void simplex_fini(struct simplex *s);
/* While it is being written, and not after simplex_start. */
void simplex_put(struct simplex *s, size_t row, size_t col, int64_t value);
void simplex_put_b(struct simplex *s, size_t row, int64_t value);
void simplex_fix(struct simplex *s, size_t col);

/* Finds a first solution: OPTIMAL or what keeps it from one. */
enum simplex_end simplex_start(struct simplex *s);

/* Called at every solution on the way; true ends the way. */
typedef bool (*simplex_seen_fn)(void *arg);
/* Walks to the greatest (sign 1) or least (sign -1) value of a column. */
enum simplex_end simplex_walk(struct simplex *s, size_t col, int sign, simplex_seen_fn seen,
                              void *arg);

/* The value of a column over den. */
int64_t simplex_value(const struct simplex *s, size_t col);
/* After OPTIMAL: what one more of a column is worth to the objective, over den; at most 0 where
 * it is free. */
int64_t simplex_price(const struct simplex *s, size_t col);

#endif
