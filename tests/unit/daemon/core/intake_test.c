/* Runs on their way in: credit, what is not held here, and runs as long as they may be. */
#include "daemon/core/intake.h"

#include "tests/unit/daemon/core/steps.h"

static struct session *only_session(struct pair *pair, int at)
{
    struct node *node = pair->nodes[at].node;
    assert_int_equal(node->sessions.n, 1);
    assert_int_equal(node->sessions.all[0]->state, SESSION_OPEN);
    out_reset(&node->out);
    return node->sessions.all[0];
}

static struct wire_run run_of(struct pair *pair, const struct space_tag *tag)
{
    return (struct wire_run){.kind = 1,
                             .tag = *tag,
                             .device = pair->nodes[0].options.device_pk,
                             .seq = 1,
                             .count = 1,
                             .bytes = 700};
}

static void more_than_the_credit_ends_the_session(void **state)
{
    (void)state;
    for (size_t over = 0; over <= 1; over++) {
        struct pair pair;
        steps_network(&pair, 2);
        struct session *session = only_session(&pair, 1);
        struct space_tag elsewhere = {.b = {9}};
        struct wire_run run = run_of(&pair, &elsewhere);
        intake_on_run(pair.nodes[1].node, session, &run);
        struct wire_items items = {.n = 0};
        intake_on_items(pair.nodes[1].node, session, &items, LIMIT_CREDIT_BYTES + over);
        assert_int_equal(session->state, over ? SESSION_GONE : SESSION_OPEN);
        assert_int_equal(pair.nodes[1].node->refused, over);
        pair_fini(&pair);
    }
}

static void items_without_a_run_end_the_session(void **state)
{
    (void)state;
    struct pair pair;
    steps_network(&pair, 2);
    struct session *session = only_session(&pair, 1);
    struct wire_items items = {.n = 0};
    intake_on_items(pair.nodes[1].node, session, &items, 10);
    assert_int_equal(session->state, SESSION_GONE);
    pair_fini(&pair);
}

static void what_is_for_a_space_not_held_is_dropped_and_its_credit_returned(void **state)
{
    (void)state;
    struct pair pair;
    steps_network(&pair, 2);
    struct session *session = only_session(&pair, 1);
    struct space_tag elsewhere = {.b = {9}};
    struct wire_run run = run_of(&pair, &elsewhere);
    struct wire_items items = {.n = 0};
    struct wire_run_end run_end = {.count = 1};
    struct node *node = pair.nodes[1].node;
    uint64_t lseq = steps_status(&pair, 1).lseq;
    intake_on_run(node, session, &run);
    intake_on_items(node, session, &items, 5000);
    assert_int_equal(session->intake.credit, LIMIT_CREDIT_BYTES - 5000);
    intake_on_run_end(node, session, &run_end);
    ledger_close(node); /* nothing was written: it is given back at the end of the step */
    assert_int_equal(session->intake.credit, LIMIT_CREDIT_BYTES);
    assert_int_equal(session->state, SESSION_OPEN);
    assert_int_equal(node->refused, 0);
    assert_int_equal(steps_status(&pair, 1).lseq, lseq);
    pair_fini(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(more_than_the_credit_ends_the_session),
        cmocka_unit_test(items_without_a_run_end_the_session),
        cmocka_unit_test(what_is_for_a_space_not_held_is_dropped_and_its_credit_returned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
