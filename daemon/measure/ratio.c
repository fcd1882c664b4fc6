#include "daemon/measure/ratio.h"

#include <stddef.h>
#include <string.h>

#include "proto/base/check.h"

static ratio_int magnitude(ratio_int x)
{
    return x < 0 ? -x : x;
}

static ratio_int common(ratio_int x, ratio_int y)
{
    while (y != 0) {
        ratio_int rest = x % y;
        x = y;
        y = rest;
    }
    return x == 0 ? 1 : x;
}

struct ratio ratio_of(ratio_int num, ratio_int den)
{
    CHECK(den != 0);
    ratio_int divisor = common(magnitude(num), magnitude(den));
    if (den < 0) divisor = -divisor;
    return (struct ratio){num / divisor, den / divisor};
}

int ratio_cmp(struct ratio x, struct ratio y)
{
    ratio_int left = x.num * y.den, right = y.num * x.den;
    return (left > right) - (left < right);
}

double ratio_value(struct ratio x)
{
    /* The whole part apart: what is left is then under one, and both halves are exact enough.
     */
    ratio_int whole = x.num / x.den, rest = x.num % x.den;
    return (double)whole + (double)rest / (double)x.den;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

enum err ratio_parse(const char *text, int64_t *num, int64_t *den)
{
    bool negative = *text == '-', point = false;
    if (negative) text++;
    int64_t n = 0, d = 1;
    if (!is_digit(*text)) return ERR_MALFORMED;
    for (; *text != '\0'; text++) {
        if (*text == '.') {
            if (point || !is_digit(text[1])) return ERR_MALFORMED;
            point = true;
            continue;
        }
        if (!is_digit(*text)) return ERR_MALFORMED;
        n = n * 10 + (*text - '0');
        if (point) d *= 10;
        if (n >= RATIO_VALUE_MAX || d > RATIO_VALUE_MAX) return ERR_MALFORMED;
    }
    *num = negative ? -n : n;
    *den = d;
    return ERR_OK;
}

static char *put_whole(char *at, ratio_int x)
{
    char digits[40];
    size_t n = 0;
    do {
        digits[n++] = (char)('0' + (int)(x % 10));
        x /= 10;
    } while (x != 0);
    while (n > 0)
        *at++ = digits[--n];
    return at;
}

/* How many places the decimal has; more than 18, or endless: 19. */
static unsigned places_of(ratio_int den)
{
    unsigned twos = 0, fives = 0;
    for (; den % 2 == 0 && twos < 19; twos++)
        den /= 2;
    for (; den % 5 == 0 && fives < 19; fives++)
        den /= 5;
    if (den != 1) return 19;
    return twos > fives ? twos : fives;
}

char *ratio_text(char out[RATIO_TEXT_BYTES], struct ratio x)
{
    x = ratio_of(x.num, x.den);
    unsigned places = places_of(x.den);
    char *at = out;
    if (x.num < 0) *at++ = '-';
    ratio_int n = magnitude(x.num);
    if (places > 18) {
        at = put_whole(at, n);
        *at++ = '/';
        at = put_whole(at, x.den);
    } else {
        at = put_whole(at, n / x.den);
        n %= x.den;
        if (places > 0) *at++ = '.';
        for (; places > 0; places--) {
            n *= 10;
            *at++ = (char)('0' + (int)(n / x.den));
            n %= x.den;
        }
    }
    *at = '\0';
    return out;
}

char *ratio_rounded(char out[RATIO_TEXT_BYTES], struct ratio x, unsigned places)
{
    CHECK(places <= 9);
    ratio_int scale = 1;
    for (unsigned i = 0; i < places; i++)
        scale *= 10;
    ratio_int n = magnitude(x.num), whole = n / x.den, rest = (n % x.den) * scale;
    ratio_int part = rest / x.den;
    if ((rest % x.den) * 2 >= x.den) part++;
    whole += part / scale;
    part %= scale;
    char *at = out;
    if (x.num < 0 && (whole != 0 || part != 0)) *at++ = '-';
    at = put_whole(at, whole);
    if (places > 0) *at++ = '.';
    for (; places > 0; places--) {
        scale /= 10;
        *at++ = (char)('0' + (int)(part / scale));
        part %= scale;
    }
    *at = '\0';
    return out;
}
