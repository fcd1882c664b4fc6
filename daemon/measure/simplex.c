#include "daemon/measure/simplex.h"

#include <stdlib.h>

#include "daemon/measure/ratio.h"
#include "proto/base/check.h"
#include "proto/base/mem.h"

/* Past 62 bits nothing is kept: two such differ without leaving 64. */
#define ENTRY_MAX (INT64_C(1) << 62)
/* Ways this long are usually round: from then on the first fitting column enters, which
 * never comes back to where it was. */
enum { STEPS_STEEP = 64 };

static int64_t *entry(const struct simplex *s, size_t row, size_t col)
{
    return &s->at[row * (s->cols + 1) + col];
}

void simplex_init(struct simplex *s, size_t rows, size_t cols, uint64_t *budget)
{
    *s = (struct simplex){.rows = rows, .cols = cols, .den = 1, .budget = budget};
    s->at = mem_zalloc((rows + 1) * (cols + 1) * sizeof(*s->at));
    s->price = mem_zalloc((cols + 1) * sizeof(*s->price));
    s->basis = mem_zalloc((rows + 1) * sizeof(*s->basis));
    s->row_of = mem_zalloc((cols + 1) * sizeof(*s->row_of));
    s->fixed = mem_zalloc((cols + 1) * sizeof(*s->fixed));
    for (size_t r = 0; r < rows; r++)
        s->basis[r] = cols;
    for (size_t c = 0; c < cols; c++)
        s->row_of[c] = rows;
}

void simplex_fini(struct simplex *s)
{
    free(s->at);
    free(s->price);
    free(s->basis);
    free(s->row_of);
    free(s->fixed);
    *s = (struct simplex){0};
}

void simplex_put(struct simplex *s, size_t row, size_t col, int64_t value)
{
    *entry(s, row, col) = value;
}

void simplex_put_b(struct simplex *s, size_t row, int64_t value)
{
    *entry(s, row, s->cols) = value;
}

void simplex_fix(struct simplex *s, size_t col)
{
    s->fixed[col] = true;
}

int64_t simplex_value(const struct simplex *s, size_t col)
{
    return s->row_of[col] == s->rows ? 0 : *entry(s, s->row_of[col], s->cols);
}

int64_t simplex_price(const struct simplex *s, size_t col)
{
    return s->price[col];
}

/* ---- pivoting ---- */

/* target := (target * p - factor * pivot row) / den, which divides without a rest. */
static void eliminate(struct simplex *s, int64_t *target, const int64_t *row, int64_t p,
                      int64_t factor)
{
    if (factor == 0 && p == s->den) return;
    for (size_t c = 0; c <= s->cols; c++) {
        if (row[c] == 0 && p == s->den) continue;
        ratio_int value = (ratio_int)target[c] * p - (ratio_int)factor * row[c];
        if (s->den != 1) value /= s->den;
        if (value > ENTRY_MAX || value < -ENTRY_MAX) {
            s->overflow = true;
            return;
        }
        target[c] = (int64_t)value;
    }
}

static void negate_row(struct simplex *s, size_t row)
{
    for (size_t c = 0; c <= s->cols; c++)
        *entry(s, row, c) = -*entry(s, row, c);
}

static void pivot(struct simplex *s, size_t row, size_t col)
{
    int64_t p = *entry(s, row, col);
    CHECK(p > 0);
    for (size_t r = 0; r < s->rows; r++) {
        if (r != row) eliminate(s, entry(s, r, 0), entry(s, row, 0), p, *entry(s, r, col));
    }
    eliminate(s, s->price, entry(s, row, 0), p, s->price[col]);
    s->den = p;
    if (s->basis[row] < s->cols) s->row_of[s->basis[row]] = s->rows;
    s->basis[row] = col;
    s->row_of[col] = row;
}

/* The row that first reaches 0 when the column grows; rows when none does. */
static size_t leaving(const struct simplex *s, size_t col)
{
    size_t best = s->rows;
    for (size_t r = 0; r < s->rows; r++) {
        int64_t here = *entry(s, r, col), b = *entry(s, r, s->cols);
        if (here <= 0) continue;
        if (best == s->rows) {
            best = r;
            continue;
        }
        ratio_int mine = (ratio_int)b * *entry(s, best, col);
        ratio_int theirs = (ratio_int)*entry(s, best, s->cols) * here;
        if (mine < theirs || (mine == theirs && s->basis[r] < s->basis[best])) best = r;
    }
    return best;
}

/* A free column with a price over 0: the dearest, or the first; cols when there is none. */
static size_t entering(const struct simplex *s, bool steep)
{
    size_t best = s->cols;
    for (size_t c = 0; c < s->cols; c++) {
        if (s->fixed[c] || s->price[c] <= 0 || s->row_of[c] < s->rows) continue;
        if (!steep) return c;
        if (best == s->cols || s->price[c] > s->price[best]) best = c;
    }
    return best;
}

static bool spend(struct simplex *s)
{
    uint64_t cost = (s->rows + 1) * (s->cols + 1);
    if (*s->budget < cost) return false;
    *s->budget -= cost;
    return true;
}

/* Pivots while some column has a price. */
static enum simplex_end climb(struct simplex *s, simplex_seen_fn seen, void *arg)
{
    for (size_t step = 0;; step++) {
        if (s->overflow) return SIMPLEX_OVERFLOW;
        if (seen != NULL && seen(arg)) return SIMPLEX_STOPPED;
        size_t col = entering(s, step < STEPS_STEEP);
        if (col == s->cols) return SIMPLEX_OPTIMAL;
        size_t row = leaving(s, col);
        if (row == s->rows) return SIMPLEX_UNBOUNDED;
        if (!spend(s)) return SIMPLEX_TIRED;
        pivot(s, row, col);
    }
}

/* ---- the ways ---- */

/* Rows in which no column stands yet are wrong by their b: the price of a column is how much of
 * that it takes away. */
static void price_of_errors(struct simplex *s)
{
    for (size_t c = 0; c <= s->cols; c++)
        s->price[c] = 0;
    for (size_t r = 0; r < s->rows; r++) {
        for (size_t c = 0; c <= s->cols && s->basis[r] == s->cols; c++)
            s->price[c] += *entry(s, r, c);
    }
}

/* What is left of a row without error gets a column if one fits; else it says nothing new. */
static bool fill_row(struct simplex *s, size_t row)
{
    for (size_t c = 0; c < s->cols; c++) {
        if (s->fixed[c] || *entry(s, row, c) == 0) continue;
        if (!spend(s)) return false;
        if (*entry(s, row, c) < 0) negate_row(s, row);
        pivot(s, row, c);
        return true;
    }
    return true;
}

enum simplex_end simplex_start(struct simplex *s)
{
    for (size_t r = 0; r < s->rows; r++) {
        if (*entry(s, r, s->cols) < 0) negate_row(s, r);
    }
    price_of_errors(s);
    enum simplex_end end = climb(s, NULL, NULL);
    if (end != SIMPLEX_OPTIMAL) return end;
    for (size_t r = 0; r < s->rows; r++) {
        if (s->basis[r] < s->cols) continue;
        if (*entry(s, r, s->cols) != 0) return SIMPLEX_INFEASIBLE;
        if (!fill_row(s, r)) return SIMPLEX_TIRED;
    }
    return s->overflow ? SIMPLEX_OVERFLOW : SIMPLEX_OPTIMAL;
}

enum simplex_end simplex_walk(struct simplex *s, size_t col, int sign, simplex_seen_fn seen,
                              void *arg)
{
    CHECK(!s->fixed[col]);
    for (size_t c = 0; c <= s->cols; c++) {
        s->price[c] = s->row_of[col] == s->rows ? 0 : -sign * *entry(s, s->row_of[col], c);
    }
    s->price[col] = s->row_of[col] == s->rows ? sign * s->den : 0;
    return climb(s, seen, arg);
}
