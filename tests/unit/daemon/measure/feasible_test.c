#include "daemon/measure/feasible.h"

#include <stdlib.h>

#include "tests/support/tests.h"

/* Small systems of any shape, also such whose corners are no whole numbers, against trying all.
 */

enum { UNKNOWNS = 5, ROWS = 4, VALUE = 4, SPAN = 9 };

struct sample {
    struct feasible_unknown unknowns[UNKNOWNS];
    struct feasible_term terms[ROWS][UNKNOWNS];
    struct feasible_row rows[ROWS];
    int64_t truth[UNKNOWNS];
    struct feasible_system system;
};

/* Rows that hold for the truth: what lacks goes into an unknown of its own that is told. */
static void make_sample(struct rng *rng, struct sample *s, size_t rows)
{
    *s = (struct sample){.system = {s->unknowns, UNKNOWNS, s->rows, 0}};
    for (size_t u = 0; u < UNKNOWNS; u++)
        s->truth[u] = (int64_t)rng_below(rng, VALUE + 1);
    for (size_t r = 0; r < rows; r++) {
        int64_t sum = 0;
        size_t n = 0;
        for (uint32_t u = 0; u + 1 < UNKNOWNS; u++) {
            if (!rng_chance(rng, 600)) continue;
            s->terms[r][n++] = (struct feasible_term){u, rng_chance(rng, 800) ? 1 : -1};
            sum += s->terms[r][n - 1].sign * s->truth[u];
        }
        /* The last unknown balances the first row; later rows hold by luck or are at most. */
        if (r == 0) {
            s->truth[UNKNOWNS - 1] = sum < 0 ? -sum : sum;
            s->terms[r][n++] = (struct feasible_term){UNKNOWNS - 1, sum < 0 ? 1 : -1};
        } else if (sum > 0) {
            continue;
        }
        if (n == 0) continue;
        s->rows[s->system.rows_n++] =
            (struct feasible_row){s->terms[r], n, r > 0 && (sum < 0 || rng_chance(rng, 300))};
    }
    for (size_t u = 0; u < UNKNOWNS; u++) {
        bool told = u + 1 == UNKNOWNS || rng_chance(rng, 150);
        s->unknowns[u] = (struct feasible_unknown){0, SPAN, told};
        if (told) s->unknowns[u].lo = s->unknowns[u].hi = s->truth[u];
    }
}

static bool agrees(const struct sample *s, const int64_t *values)
{
    for (size_t r = 0; r < s->system.rows_n; r++) {
        int64_t sum = 0;
        for (size_t i = 0; i < s->rows[r].n; i++)
            sum += s->rows[r].terms[i].sign * values[s->rows[r].terms[i].unknown];
        if (s->rows[r].at_most ? sum > 0 : sum != 0) return false;
    }
    return true;
}

static void try_all(const struct sample *s, size_t at, int64_t *values, int64_t *least,
                    int64_t *most)
{
    if (at == UNKNOWNS) {
        for (size_t u = 0; u < UNKNOWNS && agrees(s, values); u++) {
            if (values[u] < least[u]) least[u] = values[u];
            if (values[u] > most[u]) most[u] = values[u];
        }
        return;
    }
    for (values[at] = s->unknowns[at].lo; values[at] <= s->unknowns[at].hi; values[at]++)
        try_all(s, at + 1, values, least, most);
}

static void test_against_trying(void **state)
{
    (void)state;
    struct rng rng = {11};
    struct arena arena = {0};
    size_t narrow = 0, wide = 0;
    for (int round = 0; round < 400; round++) {
        struct sample s;
        make_sample(&rng, &s, 1 + rng_below(&rng, ROWS));
        int64_t values[UNKNOWNS], least[UNKNOWNS], most[UNKNOWNS];
        for (size_t u = 0; u < UNKNOWNS; u++) {
            least[u] = INT64_MAX;
            most[u] = -1;
        }
        try_all(&s, 0, values, least, most);
        uint64_t budget = 10000000;
        struct feasible *f = NULL;
        assert_ok(feasible_open(&s.system, &budget, &f));
        for (uint32_t u = 0; u < UNKNOWNS; u++) {
            if (s.unknowns[u].told) continue;
            int64_t lo = -1, hi = -1, width = most[u] - least[u];
            struct feasible_answer answer;
            for (int64_t need = width < 1 ? 1 : width; need <= width + 1; need++) {
                assert_ok(feasible_judge(f, u, need, &arena, &answer));
                assert_true((answer.verdict == FEASIBLE_WIDE) == (width >= need));
                wide += answer.verdict == FEASIBLE_WIDE;
                narrow += answer.verdict == FEASIBLE_NARROW;
            }
            assert_ok(feasible_interval(f, u, &lo, &hi));
            assert_true(lo == least[u] && hi == most[u]);
        }
        feasible_close(f);
        arena_reset(&arena);
    }
    assert_true(narrow > 200 && wide > 200);
    arena_fini(&arena);
}

/* x + y = y + z = z + x = told 3: the sums say 1.5 each, and whole numbers say that it cannot
 * be; with 4: 2 each. */
static void test_whole_numbers(void **state)
{
    (void)state;
    for (int64_t sum = 3; sum <= 4; sum++) {
        struct feasible_unknown unknowns[4] = {{0, FEASIBLE_UNBOUNDED, false},
                                               {0, FEASIBLE_UNBOUNDED, false},
                                               {0, FEASIBLE_UNBOUNDED, false},
                                               {sum, sum, true}};
        struct feasible_term terms[3][3] = {
            {{0, 1}, {1, 1}, {3, -1}}, {{1, 1}, {2, 1}, {3, -1}}, {{2, 1}, {0, 1}, {3, -1}}};
        struct feasible_row rows[3] = {
            {terms[0], 3, false}, {terms[1], 3, false}, {terms[2], 3, false}};
        struct feasible_system system = {unknowns, 4, rows, 3};
        uint64_t budget = 1000000;
        struct feasible *f = NULL;
        struct feasible_answer answer;
        struct arena arena = {0};
        assert_ok(feasible_open(&system, &budget, &f));
        assert_ok(feasible_judge(f, 0, 1, &arena, &answer));
        assert_int_equal(answer.verdict, FEASIBLE_NARROW);
        feasible_close(f);
        arena_fini(&arena);
    }
}

static void test_contradiction_and_budget(void **state)
{
    (void)state;
    struct feasible_unknown unknowns[3] = {
        {0, FEASIBLE_UNBOUNDED, false}, {7, 7, true}, {3, 3, true}};
    struct feasible_term part[2] = {{0, 1}, {2, -1}}, whole[2] = {{0, 1}, {1, -1}};
    struct feasible_row rows[2] = {{part, 2, true}, {whole, 2, false}};
    struct feasible_system system = {unknowns, 3, rows, 2};
    uint64_t budget = 1000000, nothing = 0;
    struct feasible *f = NULL;
    assert_err(ERR_INVALID, feasible_open(&system, &budget, &f)); /* at most 3, and 7 */
    unknowns[2].lo = unknowns[2].hi = 9;
    assert_err(ERR_LIMIT, feasible_open(&system, &nothing, &f));
    assert_ok(feasible_open(&system, &budget, &f));
    feasible_close(f);
    feasible_close(NULL);
}

/* What freeing a told number would be worth: 31 + x + y = 38 told, x narrow by three. */
static void test_gains(void **state)
{
    (void)state;
    struct feasible_unknown unknowns[5] = {{0, FEASIBLE_UNBOUNDED, false},
                                           {0, FEASIBLE_UNBOUNDED, false},
                                           {31, 31, true},
                                           {38, 38, true},
                                           {5, 5, true}};
    struct feasible_term terms[4] = {{0, 1}, {1, 1}, {2, 1}, {3, -1}};
    struct feasible_row rows[1] = {{terms, 4, false}};
    struct feasible_system system = {unknowns, 5, rows, 1};
    uint64_t budget = 1000000;
    struct feasible *f = NULL;
    struct feasible_answer answer;
    struct arena arena = {0};
    assert_ok(feasible_open(&system, &budget, &f));
    assert_ok(feasible_judge(f, 0, 10, &arena, &answer));
    assert_int_equal(answer.verdict, FEASIBLE_NARROW);
    assert_int_equal(answer.width, 7);
    assert_int_equal(answer.gains[2], 10); /* 31 at least, and no more than is asked for */
    assert_int_equal(answer.gains[3], 10); /* a total has no end */
    assert_int_equal(answer.gains[4], 0);  /* in no sum with it */
    feasible_close(f);
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_trying), cmocka_unit_test(test_whole_numbers),
        cmocka_unit_test(test_contradiction_and_budget), cmocka_unit_test(test_gains)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
