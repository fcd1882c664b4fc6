/*
 * ratio.h: exact numbers of a chart: whole numbers of 128 bits over one another. A value that a
 * person typed is a decimal or a count over a count, and (87.1 + 87.3) / 2 has to be 87.2: no
 * comparison and no median here goes through a double.
 *
 * What comes in is at most RATIO_VALUE_MAX above and below the line (10^12, a decimal of twelve
 * digits), so a mean of a thousand values or half a sum of two stays under 10^25 and a product
 * of two such under 10^37, where 128 bits end at 10^38.
 */
#ifndef MEASURE_RATIO_H
#define MEASURE_RATIO_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/base/err.h"

__extension__ typedef __int128 ratio_int;

#define RATIO_VALUE_MAX INT64_C(1000000000000)
enum { RATIO_TEXT_BYTES = 96 };

/* den is over 0; in lowest terms where ratio_of made it. */
struct ratio {
    ratio_int num;
    ratio_int den;
};

/* In lowest terms. den is not 0. */
struct ratio ratio_of(ratio_int num, ratio_int den);
/* Below 0, 0 or above 0. The products must fit (see above). */
int ratio_cmp(struct ratio x, struct ratio y);
/* The nearest double, for drawing. */
double ratio_value(struct ratio x);

/* "-12.5": an optional minus, digits, at most one point with digits on both sides, at most
 * twelve digits after leading zeros. MALFORMED otherwise. num / den, den a power of ten, not
 * reduced. */
MUST_USE enum err ratio_parse(const char *text, int64_t *num, int64_t *den);
/* Exactly: "87.2" where it is a decimal of at most 18 places, else "35/18". Returns out. */
char *ratio_text(char out[RATIO_TEXT_BYTES], struct ratio x);
/* Rounded half away from zero to 0 … 9 places: "41.7". Returns out. */
char *ratio_rounded(char out[RATIO_TEXT_BYTES], struct ratio x, unsigned places);

#endif
