#include "proto/record/idea.h"

#include "tests/unit/proto/record/records.h"

static struct idea_test test_of(int owner, int record, const char *at, enum cycle_state phase,
                                const char *decision)
{
    struct idea_test test = {.decided_at = at,
                             .state = phase,
                             .phase = phase,
                             .decision = decision,
                             .predictions = 2,
                             .matched = 1};
    test.owner.b[0] = (uint8_t)owner;
    test.record.b[0] = (uint8_t)record;
    return test;
}

static enum idea_state state_of(const char *sections, const struct idea_test *tests, size_t n)
{
    json_t *json = records_json(sections);
    struct idea_history history = idea_history(json, tests, n);
    json_decref(json);
    return history.state;
}

static void the_state_follows_the_cycles(void **state)
{
    (void)state;
    struct idea_test t[4] = {
        test_of(1, 1, "2026-03-01", CYCLE_DECIDED, "adapt"),
        test_of(1, 2, "2026-04-01", CYCLE_CLOSED, "adopt"),
        test_of(2, 3, "", CYCLE_DOING, ""),
    };
    assert_int_equal(state_of("{}", NULL, 0), IDEA_PROPOSED);
    assert_int_equal(state_of("{}", t, 1), IDEA_ADAPTED);
    assert_int_equal(state_of("{}", t, 2), IDEA_ADOPTED);
    assert_int_equal(state_of("{}", t, 3), IDEA_TESTING);
    assert_int_equal(state_of("{'standing':{'standing':'in-package'}}", t, 3), IDEA_IN_PACKAGE);
    assert_int_equal(state_of("{'standing':{'standing':'retired'}}", NULL, 0), IDEA_RETIRED);
    t[2].phase = t[2].state = CYCLE_PLANNED;
    assert_int_equal(state_of("{}", &t[2], 1), IDEA_PROPOSED);
    t[2].phase = CYCLE_DOING;
    t[2].state = CYCLE_WITHDRAWN;
    assert_int_equal(state_of("{}", &t[2], 1), IDEA_PROPOSED);
}

static void the_history_counts_in_any_order(void **state)
{
    (void)state;
    struct rng rng = {.state = 4};
    struct idea_test t[6] = {
        test_of(1, 1, "2026-03-01", CYCLE_DECIDED, "adapt"),
        test_of(1, 2, "2026-04-01", CYCLE_CLOSED, "adopt"),
        test_of(2, 3, "2026-04-01", CYCLE_DECIDED, "abandon"),
        test_of(3, 4, "", CYCLE_DRAFT, ""),
        test_of(4, 5, "", CYCLE_PLANNED, ""),
        test_of(2, 6, "2026-01-01", CYCLE_DECIDED, "adopt"),
    };
    for (int round = 0; round < 50; round++) {
        for (size_t i = 6; i > 1; i--) {
            size_t k = rng_below(&rng, i);
            struct idea_test swap = t[i - 1];
            t[i - 1] = t[k];
            t[k] = swap;
        }
        struct idea_history h = idea_history(NULL, t, 6);
        json_t *json = idea_history_json(&h);
        /* Of two decisions of one day the one of the greater owner counts as the latest. */
        records_equal(json, "{'state':'abandoned','cycles':5,'running':0,'adopted':2,"
                            "'adapted':1,'abandoned':1,'schools':3,'predictions':10,"
                            "'matched':5}");
        json_decref(json);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_state_follows_the_cycles),
        cmocka_unit_test(the_history_counts_in_any_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
