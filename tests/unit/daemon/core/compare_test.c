/* How two find where they differ: both ways at once, equal sets for next to nothing. */
#include "daemon/core/compare.h"

#include "tests/unit/daemon/core/steps.h"

static struct session *session_at(struct pair *pair, int at)
{
    assert_int_equal(pair->nodes[at].node->sessions.n, 1);
    return pair->nodes[at].node->sessions.all[0];
}

static void apart(struct pair *pair)
{
    pair_off(pair, 1, true);
    pair_run(pair, 1000);
}

static void together(struct pair *pair)
{
    pair_off(pair, 1, false);
    pair->nodes[1].wake_ms = pair->now_ms;
    pair_run(pair, 5000);
}

static void what_both_wrote_apart_crosses(void **state)
{
    (void)state;
    struct pair pair;
    steps_network(&pair, 2);
    struct space_id net = steps_network_space(&pair);
    apart(&pair);
    for (int i = 0; i < 4; i++)
        assert_ok(steps_write(&pair, 0, AUDIENCE_NETWORK, "{\"a\":1}"));
    pair.nodes[1].off = false; /* alone, but awake */
    for (size_t k = 0; k < pair.nodes[1].node->dialer.n; k++)
        pair.nodes[1].node->dialer.contacts[k].next_ms = UINT64_MAX;
    for (size_t k = 0; k < pair.nodes[0].node->dialer.n; k++)
        pair.nodes[0].node->dialer.contacts[k].next_ms = UINT64_MAX;
    for (int i = 0; i < 3; i++)
        assert_ok(steps_write(&pair, 1, AUDIENCE_NETWORK, "{\"b\":1}"));
    assert_int_equal(steps_space(&pair, 1, &net).envelopes, 3);
    dialer_hurry(pair.nodes[1].node);
    together(&pair);
    for (int at = 0; at < 2; at++) {
        assert_int_equal(steps_space(&pair, at, &net).envelopes, 7);
        assert_true(session_is_equal(session_at(&pair, at)));
    }
    pair_fini(&pair);
}

static void equal_sets_cost_less_than_a_kibibyte(void **state)
{
    (void)state;
    struct pair pair;
    steps_network(&pair, 2);
    for (int i = 0; i < 50; i++)
        assert_ok(steps_write(&pair, 0, AUDIENCE_NETWORK, "{\"a\":1}"));
    pair_run(&pair, 20000);
    apart(&pair);
    pair_off(&pair, 1, false);
    dialer_hurry(pair.nodes[1].node);
    pair.nodes[1].wake_ms = pair.now_ms;
    pair_run(&pair, 500);
    struct session *session = session_at(&pair, 1);
    assert_true(session_is_equal(session));
    assert_int_equal(session->envelopes_in, 0);
    assert_int_equal(session->envelopes_out, 0);
    assert_true(session->bytes_in + session->bytes_out < 1024);
    pair_fini(&pair);
}

static void what_is_new_goes_out_at_once(void **state)
{
    (void)state;
    struct pair pair;
    steps_network(&pair, 2);
    struct space_id net = steps_network_space(&pair);
    assert_ok(steps_write(&pair, 1, AUDIENCE_NETWORK, "{\"a\":1}"));
    pair_run(&pair, 10); /* no comparison is due for a long time */
    assert_int_equal(steps_space(&pair, 0, &net).envelopes, 1);
    pair_fini(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_both_wrote_apart_crosses),
        cmocka_unit_test(equal_sets_cost_less_than_a_kibibyte),
        cmocka_unit_test(what_is_new_goes_out_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
