/* Sessions from outside: how many there may be, and who does not shake hands. */
#include "daemon/core/session.h"

#include "tests/unit/daemon/core/steps.h"

/* A caller that is there and says nothing. True when it is let stay. */
static bool call(struct pair *pair, int at)
{
    uint64_t conn = ++pair->next_conn;
    struct update update;
    struct event event = {.kind = EVENT_CONN_OPENED,
                          .now_ms = pair->now_ms,
                          .wall_s = pair->wall_s,
                          .conn = {.conn = conn, .address = "stranger:1"}};
    node_step(pair->nodes[at].node, &event, &update);
    bool closed = false;
    for (size_t i = 0; i < update.closes_n; i++)
        closed = closed || update.closes[i] == conn;
    return !closed;
}

static void callers_have_a_bound_and_a_deadline(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair, 1);
    assert_false(call(&pair, 0)); /* in no network yet: there is nothing to talk about */
    steps_found(&pair, 0);
    for (unsigned i = 0; i < LIMIT_SESSIONS + LIMIT_HALF_OPEN; i++)
        assert_true(call(&pair, 0));
    assert_false(call(&pair, 0));
    pair.nodes[0].wake_ms = pair.now_ms;
    pair_run(&pair, LIMIT_HANDSHAKE_MS - 1);
    assert_false(call(&pair, 0));
    pair_run(&pair, 100);
    assert_true(call(&pair, 0)); /* the silent ones were let go */
    pair_fini(&pair);
}

static void noise_ends_the_session_and_is_counted(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair, 1);
    steps_found(&pair, 0);
    assert_true(call(&pair, 0));
    uint64_t before = steps_status(&pair, 0).unreadable_peers;
    uint8_t noise[600];
    memset(noise, 0xff, sizeof(noise));
    struct update update;
    struct event event = {
        .kind = EVENT_CONN_DATA,
        .now_ms = pair.now_ms,
        .wall_s = pair.wall_s,
        .conn = {.conn = pair.next_conn, .bytes = slice_of(noise, sizeof(noise))}};
    node_step(pair.nodes[0].node, &event, &update);
    assert_int_equal(update.closes_n, 1);
    assert_int_equal(update.closes[0], pair.next_conn);
    assert_int_equal(update.sends_n, 0); /* a stranger learns nothing from it */
    assert_int_equal(steps_status(&pair, 0).unreadable_peers, before + 1);
    pair_fini(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(callers_have_a_bound_and_a_deadline),
        cmocka_unit_test(noise_ends_the_session_and_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
