/*
 * wide.h: whole numbers from 0 to 2^2048 - 1, for counting arrangements exactly: a row of
 * Pascal's triangle of a thousand points has numbers of a thousand bits, and the critical
 * values of run charts are computed from sums of products of two of them. A result that would
 * not fit aborts; the bound of chart.h keeps it from happening.
 */
#ifndef MEASURE_WIDE_H
#define MEASURE_WIDE_H

#include <stdbool.h>
#include <stdint.h>

enum { WIDE_WORDS = 64 };

struct wide {
    uint32_t word[WIDE_WORDS]; /* the lowest first */
    unsigned n;                /* words in use; the highest of them is not zero */
};

struct wide wide_of(uint32_t value);
void wide_add(struct wide *x, const struct wide *y);
void wide_times(struct wide *x, uint32_t factor);
/* The rest is dropped; divisor is not 0. */
void wide_over(struct wide *x, uint32_t divisor);
struct wide wide_product(const struct wide *x, const struct wide *y);
int wide_cmp(const struct wide *x, const struct wide *y);

#endif
