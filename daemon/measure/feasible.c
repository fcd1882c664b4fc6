#include "daemon/measure/feasible.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/measure/ratio.h"
#include "daemon/measure/simplex.h"
#include "proto/base/check.h"

/* Whole numbers by branching: so many systems, and so deep. Tables of one or two dimensions
 * never branch (their systems are networks); a spent number is an answer on the safe side. */
enum { BRANCHES_MAX = 200, BRANCH_DEPTH_MAX = 24 };

struct feasible {
    struct feasible_system system;
    struct feasible_unknown *unknowns; /* as branching narrows them */
    uint64_t *budget;
    struct simplex simplex;
    uint32_t *unknown_of;  /* of a column: its unknown; unknowns_n: a slack */
    uint32_t *col_of;      /* of an unknown: its column; cols: it has none */
    uint32_t *bounded_by;  /* of an unknown: the slack of its upper bound; cols: none */
    int64_t *least, *most; /* of an unknown: over all whole solutions that were seen */
    uint32_t judged;       /* the unknown that a way is for, and how wide is enough */
    int64_t enough;
};

/* ---- writing ---- */

static bool is_free(const struct feasible *f, uint32_t unknown)
{
    return !f->unknowns[unknown].told;
}

static bool has_free(const struct feasible *f, const struct feasible_row *row)
{
    for (size_t i = 0; i < row->n; i++) {
        if (is_free(f, row->terms[i].unknown)) return true;
    }
    return false;
}

/* Gives columns to unknowns and slacks, and counts rows. */
static size_t lay_out(struct feasible *f, size_t *rows)
{
    size_t cols = 0;
    for (size_t i = 0; i < f->system.rows_n; i++) {
        if (!has_free(f, &f->system.rows[i])) continue;
        (*rows)++;
        for (size_t k = 0; k < f->system.rows[i].n; k++) {
            uint32_t unknown = f->system.rows[i].terms[k].unknown;
            if (f->col_of[unknown] == UINT32_MAX) f->col_of[unknown] = (uint32_t)cols++;
        }
        if (f->system.rows[i].at_most) cols++;
    }
    for (uint32_t u = 0; u < f->system.unknowns_n; u++) {
        if (!is_free(f, u)) continue;
        if (f->col_of[u] == UINT32_MAX) f->col_of[u] = (uint32_t)cols++;
        if (f->unknowns[u].hi == FEASIBLE_UNBOUNDED) continue;
        f->bounded_by[u] = (uint32_t)cols++;
        (*rows)++;
    }
    return cols;
}

/* One row: what is told goes to the other side, and so do lower bounds. */
static void write_row(struct feasible *f, size_t at, const struct feasible_row *row)
{
    int64_t b = 0;
    for (size_t i = 0; i < row->n; i++) {
        uint32_t unknown = row->terms[i].unknown;
        int64_t known = f->unknowns[unknown].lo;
        b -= row->terms[i].sign * known;
        simplex_put(&f->simplex, at, f->col_of[unknown], row->terms[i].sign);
    }
    simplex_put_b(&f->simplex, at, b);
}

static void write_system(struct feasible *f)
{
    size_t at = 0;
    uint32_t slack = 0;
    for (size_t i = 0; i < f->system.rows_n; i++) {
        const struct feasible_row *row = &f->system.rows[i];
        if (!has_free(f, row)) continue;
        write_row(f, at, row);
        if (row->at_most) {
            while (f->unknown_of[slack] != f->system.unknowns_n)
                slack++;
            simplex_put(&f->simplex, at, slack++, 1);
        }
        at++;
    }
    for (uint32_t u = 0; u < f->system.unknowns_n; u++) {
        if (f->col_of[u] == UINT32_MAX) continue;
        if (!is_free(f, u)) {
            simplex_fix(&f->simplex, f->col_of[u]);
        } else if (f->bounded_by[u] != UINT32_MAX) {
            simplex_put(&f->simplex, at, f->col_of[u], 1);
            simplex_put(&f->simplex, at, f->bounded_by[u], 1);
            simplex_put_b(&f->simplex, at++, f->unknowns[u].hi - f->unknowns[u].lo);
        }
    }
}

static enum err of_end(enum simplex_end end)
{
    switch (end) {
    case SIMPLEX_INFEASIBLE:
        return ERR_INVALID;
    case SIMPLEX_OVERFLOW:
    case SIMPLEX_TIRED:
        return ERR_LIMIT;
    case SIMPLEX_OPTIMAL:
    case SIMPLEX_UNBOUNDED:
    case SIMPLEX_STOPPED:
        break;
    }
    return ERR_OK;
}

/* Writes the tableau anew from the unknowns as they are now, and finds a first solution. */
static enum err begin(struct feasible *f)
{
    size_t rows = 0, n = f->system.unknowns_n;
    simplex_fini(&f->simplex);
    memset(f->col_of, 0xff, (n + 1) * sizeof(*f->col_of));
    memset(f->bounded_by, 0xff, (n + 1) * sizeof(*f->bounded_by));
    size_t cols = lay_out(f, &rows);
    simplex_init(&f->simplex, rows, cols, f->budget);
    free(f->unknown_of);
    f->unknown_of = mem_zalloc((cols + 1) * sizeof(*f->unknown_of));
    for (size_t c = 0; c <= cols; c++)
        f->unknown_of[c] = (uint32_t)n;
    for (uint32_t u = 0; u < n; u++) {
        if (f->col_of[u] != UINT32_MAX) f->unknown_of[f->col_of[u]] = u;
        /* A slack of a bound is told from one of a row by having an owner, too. */
        if (f->bounded_by[u] != UINT32_MAX) f->unknown_of[f->bounded_by[u]] = u;
    }
    write_system(f);
    return of_end(simplex_start(&f->simplex));
}

enum err feasible_open(const struct feasible_system *system, uint64_t *budget,
                       struct feasible **out)
{
    size_t n = system->unknowns_n;
    struct feasible *f = mem_zalloc(sizeof(*f));
    *f = (struct feasible){.system = *system, .budget = budget};
    f->unknowns = mem_zalloc((n + 1) * sizeof(*f->unknowns));
    if (n > 0) memcpy(f->unknowns, system->unknowns, n * sizeof(*f->unknowns));
    f->col_of = mem_zalloc((n + 1) * sizeof(*f->col_of));
    f->bounded_by = mem_zalloc((n + 1) * sizeof(*f->bounded_by));
    f->least = mem_zalloc((n + 1) * sizeof(*f->least));
    f->most = mem_zalloc((n + 1) * sizeof(*f->most));
    for (size_t u = 0; u < n; u++) {
        f->least[u] = INT64_MAX;
        f->most[u] = -1;
    }
    enum err err = begin(f);
    if (err != ERR_OK) {
        feasible_close(f);
        return err;
    }
    *out = f;
    return ERR_OK;
}

void feasible_close(struct feasible *f)
{
    if (f == NULL) return;
    simplex_fini(&f->simplex);
    free(f->unknowns);
    free(f->unknown_of);
    free(f->col_of);
    free(f->bounded_by);
    free(f->least);
    free(f->most);
    free(f);
}

/* ---- walking ---- */

static bool is_whole(const struct feasible *f)
{
    const struct simplex *s = &f->simplex;
    if (s->den == 1) return true;
    for (size_t u = 0; u < f->system.unknowns_n; u++) {
        if (is_free(f, (uint32_t)u) && simplex_value(s, f->col_of[u]) % s->den != 0)
            return false;
    }
    return true;
}

static int64_t value_now(const struct feasible *f, uint32_t unknown)
{
    return f->unknowns[unknown].lo +
           simplex_value(&f->simplex, f->col_of[unknown]) / f->simplex.den;
}

static int64_t width_seen(const struct feasible *f, uint32_t unknown)
{
    return f->most[unknown] < 0 ? 0 : f->most[unknown] - f->least[unknown];
}

/* A solution on the way: what it says of every unknown. */
static bool see(void *arg)
{
    struct feasible *f = arg;
    if (is_whole(f)) {
        for (uint32_t u = 0; u < f->system.unknowns_n; u++) {
            if (!is_free(f, u)) continue;
            int64_t value = value_now(f, u);
            if (value < f->least[u]) f->least[u] = value;
            if (value > f->most[u]) f->most[u] = value;
        }
    }
    return f->enough > 0 && width_seen(f, f->judged) >= f->enough;
}

/* Without an end upwards, from a whole solution on: by whole steps as far as one likes. */
static void see_ray(struct feasible *f, uint32_t unknown)
{
    if (is_whole(f)) f->most[unknown] = FEASIBLE_UNBOUNDED;
}

/* ---- whole numbers, by branching ---- */

struct branching {
    struct feasible *f;
    uint32_t unknown;
    int sign;
    int left; /* systems that may still be looked at */
    bool cut; /* some were not */
    bool found;
    int64_t best;
};

static uint32_t broken(const struct feasible *f)
{
    uint32_t u = 0;
    while (u < f->system.unknowns_n &&
           (!is_free(f, u) || simplex_value(&f->simplex, f->col_of[u]) % f->simplex.den == 0))
        u++;
    return u;
}

/* The greatest whole number that the unknown (times sign) could still reach here. */
static int64_t reach(const struct feasible *f, uint32_t unknown, int sign)
{
    int64_t over = simplex_value(&f->simplex, f->col_of[unknown]), den = f->simplex.den;
    int64_t whole = f->unknowns[unknown].lo + over / den;
    return sign > 0 ? whole : -(whole + (over % den != 0));
}

static enum err branch(struct branching *b, int depth);

static enum err branch_with(struct branching *b, uint32_t on, int64_t lo, int64_t hi, int depth)
{
    struct feasible_unknown saved = b->f->unknowns[on];
    if (lo > hi) return ERR_OK;
    b->f->unknowns[on].lo = lo;
    b->f->unknowns[on].hi = hi;
    enum err err = branch(b, depth + 1);
    b->f->unknowns[on] = saved;
    return err;
}

static enum err branch(struct branching *b, int depth)
{
    struct feasible *f = b->f;
    if (b->left-- <= 0 || depth > BRANCH_DEPTH_MAX) {
        b->cut = true;
        return ERR_OK;
    }
    enum err err = begin(f);
    if (err != ERR_OK) return err == ERR_INVALID ? ERR_OK : err; /* nothing lies here */
    enum simplex_end end = simplex_walk(&f->simplex, f->col_of[b->unknown], b->sign, see, f);
    if (of_end(end) != ERR_OK) return of_end(end);
    if (end == SIMPLEX_UNBOUNDED) {
        b->cut = true; /* no end: nobody needs one to be found */
        return ERR_OK;
    }
    int64_t bound = reach(f, b->unknown, b->sign);
    if (b->found && bound <= b->best) return ERR_OK;
    uint32_t on = broken(f);
    if (on == f->system.unknowns_n) {
        b->found = true;
        b->best = bound;
        return ERR_OK;
    }
    int64_t floor = value_now(f, on), lo = f->unknowns[on].lo, hi = f->unknowns[on].hi;
    err = branch_with(b, on, floor + 1, hi, depth);
    return err != ERR_OK ? err : branch_with(b, on, lo, floor, depth);
}

/* The end of the unknown in whole numbers: into seen solutions, and whether it is the end. */
static enum err branch_end(struct feasible *f, uint32_t unknown, int sign, int64_t *end)
{
    struct branching b = {.f = f, .unknown = unknown, .sign = sign, .left = BRANCHES_MAX};
    int64_t enough = f->enough;
    f->enough = 0;
    enum err err = branch(&b, 0);
    f->enough = enough;
    if (err == ERR_OK) err = begin(f);
    /* Where not all was looked at: what was seen, which is never too wide. */
    if (b.found && !b.cut) {
        *end = sign * b.best;
    } else if (f->most[unknown] < 0) {
        *end = f->unknowns[unknown].lo; /* and nothing was */
    } else {
        *end = sign > 0 ? f->most[unknown] : f->least[unknown];
    }
    return err;
}

/* ---- answers ---- */

/* Adds what the prices of the last way say of each unknown. */
static void add_gains(const struct feasible *f, int64_t *gains, int64_t need)
{
    for (uint32_t u = 0; u < f->system.unknowns_n; u++) {
        uint32_t col = f->col_of[u];
        if (col == UINT32_MAX || gains[u] >= need) continue;
        int64_t price = simplex_price(&f->simplex, col);
        ratio_int gain = 0;
        if (is_free(f, u)) {
            /* Its bounds hold it: below by a price of its own, above by one of its slack. */
            bool held = f->bounded_by[u] != UINT32_MAX &&
                        simplex_price(&f->simplex, f->bounded_by[u]) != 0;
            if (held || (f->unknowns[u].lo > 0 && price != 0)) gain = need;
        } else if (price > 0) {
            gain = need;
        } else if (price < 0) {
            ratio_int worth = -(ratio_int)price * f->unknowns[u].lo;
            gain = (worth + f->simplex.den - 1) / f->simplex.den;
        }
        gain += gains[u];
        gains[u] = gain > need ? need : (int64_t)gain;
    }
}

/* Walks to one end; true when it was the end of the sums, with *over its value over *den. */
static enum err walk(struct feasible *f, uint32_t unknown, int sign, bool *ended,
                     ratio_int *over, int64_t *den)
{
    enum simplex_end end = simplex_walk(&f->simplex, f->col_of[unknown], sign, see, f);
    if (end == SIMPLEX_UNBOUNDED) see_ray(f, unknown);
    *ended = end == SIMPLEX_OPTIMAL;
    *den = f->simplex.den;
    *over = simplex_value(&f->simplex, f->col_of[unknown]);
    return of_end(end);
}

enum err feasible_judge(struct feasible *f, uint32_t unknown, int64_t need, struct arena *arena,
                        struct feasible_answer *out)
{
    CHECK(is_free(f, unknown) && need > 0);
    *out = (struct feasible_answer){.verdict = FEASIBLE_WIDE};
    f->judged = unknown;
    f->enough = need;
    if (see(f)) return ERR_OK;
    int64_t *gains = arena_alloc(arena, f->system.unknowns_n * sizeof(*gains));
    ratio_int top = 0, bottom = 0;
    int64_t top_den = 1, bottom_den = 1;
    bool topped, bottomed;
    enum err err = walk(f, unknown, 1, &topped, &top, &top_den);
    if (err != ERR_OK || width_seen(f, unknown) >= need) return err;
    add_gains(f, gains, need);
    err = walk(f, unknown, -1, &bottomed, &bottom, &bottom_den);
    if (err != ERR_OK || width_seen(f, unknown) >= need) return err;
    add_gains(f, gains, need);
    out->verdict = FEASIBLE_NARROW;
    ratio_int width = (top * bottom_den - bottom * top_den);
    if (topped && bottomed && width < (ratio_int)need * top_den * bottom_den) {
        out->width = (int64_t)(width / top_den / bottom_den);
        out->gains = gains;
        return ERR_OK;
    }
    /* The sums would allow it; do whole numbers? */
    int64_t lo, hi;
    err = feasible_interval(f, unknown, &lo, &hi);
    if (err == ERR_OK && (hi == FEASIBLE_UNBOUNDED || hi - lo >= need)) {
        out->verdict = FEASIBLE_WIDE;
    } else if (err == ERR_OK) {
        out->width = hi - lo;
    }
    return err;
}

enum err feasible_interval(struct feasible *f, uint32_t unknown, int64_t *lo, int64_t *hi)
{
    CHECK(is_free(f, unknown));
    f->enough = 0;
    for (int sign = -1; sign <= 1; sign += 2) {
        int64_t *end = sign < 0 ? lo : hi, den;
        ratio_int over;
        bool ended;
        enum err err = walk(f, unknown, sign, &ended, &over, &den);
        if (err != ERR_OK) return err;
        if (!ended && is_whole(f)) {
            *end = FEASIBLE_UNBOUNDED;
        } else if (ended && is_whole(f)) {
            *end = value_now(f, unknown);
        } else {
            err = branch_end(f, unknown, sign, end);
            if (err != ERR_OK) return err;
        }
    }
    return ERR_OK;
}
