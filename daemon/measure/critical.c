#include "daemon/measure/critical.h"

#include "daemon/measure/wide.h"
#include "proto/base/check.h"

size_t critical_longest(size_t n)
{
    CHECK(n >= 1 && n <= CRITICAL_POINTS_MAX);
    /* round(log2 n) is the k with 2^(k - 1/2) <= n < 2^(k + 1/2), squared; never a tie. */
    size_t k = 0;
    while (n * n >= (size_t)1 << (2 * k + 1))
        k++;
    return k + 3;
}

/* From C(m, k) to C(m, k + 1). */
static void next_choose(struct wide *choose, size_t m, size_t k)
{
    wide_times(choose, (uint32_t)(m - k));
    wide_over(choose, (uint32_t)(k + 1));
}

size_t critical_crossings(size_t n)
{
    CHECK(n >= 1 && n <= CRITICAL_POINTS_MAX);
    size_t m = n - 1, k = 0;
    struct wide all = wide_of(1), choose = wide_of(1), sum = wide_of(0);
    for (size_t i = 0; i < m; i++)
        wide_add(&all, &all);
    for (;; k++) {
        wide_add(&sum, &choose);
        struct wide twentyfold = sum;
        wide_times(&twentyfold, 20);
        if (wide_cmp(&twentyfold, &all) >= 0) return k;
        next_choose(&choose, m, k);
    }
}

/* How many orders of `above` and `below` points have r runs, over two when r is even. a and b
 * are C(above - 1, k) and C(below - 1, k), a_less and b_less the same at k - 1. */
struct orders {
    struct wide a, b, a_less, b_less;
    size_t above, below, k;
};

static struct wide orders_even(const struct orders *orders)
{
    struct wide out = wide_product(&orders->a, &orders->b); /* r = 2k + 2 */
    wide_times(&out, 2);
    return out;
}

static struct wide orders_odd(const struct orders *orders)
{
    struct wide out = wide_product(&orders->a, &orders->b_less); /* r = 2k + 1 */
    struct wide other = wide_product(&orders->a_less, &orders->b);
    wide_add(&out, &other);
    return out;
}

static void orders_next(struct orders *orders)
{
    orders->a_less = orders->a;
    orders->b_less = orders->b;
    next_choose(&orders->a, orders->above - 1, orders->k);
    next_choose(&orders->b, orders->below - 1, orders->k);
    orders->k++;
}

void critical_runs(size_t n, size_t *fewest, size_t *most)
{
    CHECK(n >= 2 && n <= CRITICAL_POINTS_MAX);
    struct orders orders = {.a = wide_of(1), .b = wide_of(1), .above = n / 2};
    orders.below = n - orders.above;
    struct wide all = wide_of(1), sum = wide_of(0);
    for (size_t k = 0; k < orders.above; k++)
        next_choose(&all, n, k);
    struct wide all39 = all;
    wide_times(&all39, 39);
    *fewest = 0;
    *most = 0;
    for (size_t r = 2; r <= n; r++) {
        /* sum: the orders with fewer than r runs. */
        struct wide sum40 = sum;
        wide_times(&sum40, 40);
        if (wide_cmp(&sum40, &all39) >= 0) break;
        *most = r;
        struct wide here = r % 2 == 0 ? orders_even(&orders) : orders_odd(&orders);
        wide_add(&sum, &here);
        sum40 = sum;
        wide_times(&sum40, 40);
        if (*fewest == 0 && wide_cmp(&sum40, &all) > 0) *fewest = r;
        if (r % 2 == 0) orders_next(&orders);
    }
}
