/*
 * critical.h: from where on a run chart of n useful points is not chance alone. Computed from
 * the distributions themselves, in whole numbers: printed tables of them differ from one
 * another, and from the exact values, at some n.
 */
#ifndef MEASURE_CRITICAL_H
#define MEASURE_CRITICAL_H

#include <stddef.h>

/* The largest n; wide.h holds its binomial coefficients. */
enum { CRITICAL_POINTS_MAX = 1000 };

/* Anhøj: the longest run that is still chance, round(log2(n) + 3). n from 1. */
size_t critical_longest(size_t n);
/* Anhøj: the fewest crossings that are still chance, the 5 % point of Binomial(n - 1, 1/2): the
 * least k with P(X <= k) >= 1/20. n from 1. */
size_t critical_crossings(size_t n);
/*
 * IHI: the fewest and the most runs that are still chance, 5 % on both sides together, by the
 * distribution of the number of runs when half of the points lie above the
 * median and half below: the least r with P(R <= r) > 1/40 and the greatest with P(R >= r) >
 * 1/40. n from 2.
 */
void critical_runs(size_t n, size_t *fewest, size_t *most);

#endif
