/* The way into the store and back: nothing is said before it is durable, a failure takes all
 * that rests on it, and a store that works again is found out without anybody writing. */
#include "daemon/core/ledger.h"

#include "tests/unit/daemon/core/steps.h"

static struct command write_of(struct command_revision *revision, const char *text)
{
    *revision = (struct command_revision){.audience = {.class = AUDIENCE_OWN},
                                          .body = slice_of(text, strlen(text))};
    return (struct command){.kind = COMMAND_WRITE, .write = {.revisions = revision, .n = 1}};
}

static struct space_id own_space(struct pair *pair, int at)
{
    struct space_id space;
    space_own(&space, fold_network(node_fold(pair->nodes[at].node)),
              &pair->nodes[at].options.school);
    return space;
}

static void fail_next(struct pair *pair, int at, enum err err)
{
    struct ram_store_result result;
    while (ram_store_fail(pair->nodes[at].store, err, &result)) {
        struct event event = {.kind = EVENT_STORED,
                              .stored = {result.batch, result.err, result.lseq}};
        step(pair, at, &event);
    }
}

static void nothing_is_answered_or_counted_before_it_is_durable(void **state)
{
    (void)state;
    struct pair pair;
    struct command_revision revision;
    pair_init(&pair, 1);
    steps_found(&pair, 0);
    struct space_id own = own_space(&pair, 0);
    struct command command = write_of(&revision, "{\"a\":1}");
    steps_start(&pair, 0, &command);
    assert_false(pair.nodes[0].replied);
    assert_int_equal(steps_space(&pair, 0, &own).envelopes, 0);
    pair_run(&pair, 10);
    assert_true(pair.nodes[0].replied);
    assert_err(ERR_OK, pair.nodes[0].reply.err);
    assert_int_equal(steps_space(&pair, 0, &own).envelopes, 1);
    pair_fini(&pair);
}

static void a_failed_batch_takes_all_that_rest_on_it(void **state)
{
    (void)state;
    struct pair pair;
    struct command_revision revision;
    pair_init(&pair, 1);
    steps_found(&pair, 0);
    struct space_id own = own_space(&pair, 0);
    assert_ok(steps_write(&pair, 0, AUDIENCE_OWN, "{\"kept\":1}"));
    struct command one = write_of(&revision, "{\"lost\":1}");
    steps_start(&pair, 0, &one);
    struct command two = write_of(&revision, "{\"lost\":2}");
    steps_start(&pair, 0, &two);
    fail_next(&pair, 0, ERR_NO_SPACE);
    assert_true(pair.nodes[0].replied);
    assert_err(ERR_NO_SPACE, pair.nodes[0].reply.err);
    assert_err(ERR_NO_SPACE, steps_status(&pair, 0).store);
    assert_int_equal(steps_status(&pair, 0).batches_pending, 0);
    assert_int_equal(steps_space(&pair, 0, &own).envelopes, 1);

    struct command refused = write_of(&revision, "{\"refused\":1}");
    steps_start(&pair, 0, &refused);
    assert_true(pair.nodes[0].replied); /* at once: the disk is not asked */
    assert_err(ERR_NO_SPACE, pair.nodes[0].reply.err);

    pair_run(&pair, 6000); /* nobody writes: the node asks by itself */
    assert_err(ERR_OK, steps_status(&pair, 0).store);
    assert_ok(steps_write(&pair, 0, AUDIENCE_OWN, "{\"kept\":2}"));
    assert_int_equal(steps_space(&pair, 0, &own).envelopes, 2);
    pair_fini(&pair);
}

static void what_a_peer_sent_to_a_full_disk_comes_again(void **state)
{
    (void)state;
    struct pair pair;
    struct command_revision revision;
    steps_network(&pair, 2);
    struct space_id net = steps_network_space(&pair);
    struct command command = write_of(&revision, "{\"own\":1}");
    steps_start(&pair, 1, &command);
    fail_next(&pair, 1, ERR_NO_SPACE);
    assert_err(ERR_NO_SPACE, steps_status(&pair, 1).store);
    for (int i = 0; i < 3; i++)
        assert_ok(steps_write(&pair, 0, AUDIENCE_NETWORK, "{\"n\":1}"));
    assert_int_equal(steps_space(&pair, 1, &net).envelopes, 0);
    pair_run(&pair, 10000);
    assert_err(ERR_OK, steps_status(&pair, 1).store);
    assert_int_equal(steps_space(&pair, 1, &net).envelopes, 3);
    pair_fini(&pair);
}

static void batches_under_way_have_a_bound(void **state)
{
    (void)state;
    struct pair pair;
    struct command_revision revision;
    pair_init(&pair, 1);
    steps_found(&pair, 0);
    for (int i = 0; i < LEDGER_BATCHES_MAX; i++) {
        struct command command = write_of(&revision, "{\"n\":1}");
        steps_start(&pair, 0, &command);
        assert_false(pair.nodes[0].replied);
    }
    struct command one_more = write_of(&revision, "{\"n\":2}");
    steps_start(&pair, 0, &one_more);
    assert_true(pair.nodes[0].replied);
    assert_err(ERR_BUSY, pair.nodes[0].reply.err);
    pair_run(&pair, 100);
    struct space_id own = own_space(&pair, 0);
    assert_int_equal(steps_space(&pair, 0, &own).envelopes, LEDGER_BATCHES_MAX);
    pair_fini(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_answered_or_counted_before_it_is_durable),
        cmocka_unit_test(a_failed_batch_takes_all_that_rest_on_it),
        cmocka_unit_test(what_a_peer_sent_to_a_full_disk_comes_again),
        cmocka_unit_test(batches_under_way_have_a_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
