/* Who has what: told directly, told by others, and kept over a restart. */
#include "daemon/core/holdings.h"

#include "tests/unit/daemon/core/steps.h"

struct asked {
    struct device_pk holder;
    struct space_tag tag;
    struct node_holding found;
    int n;
};

static void on_holding(void *arg, const struct node_holding *holding)
{
    struct asked *asked = arg;
    if (!device_pk_eq(&holding->holder, &asked->holder) ||
        !space_tag_eq(&holding->tag, &asked->tag))
        return;
    asked->found = *holding;
    asked->n++;
}

static struct asked holding_of(struct pair *pair, int at, int holder)
{
    struct space_id net = steps_network_space(pair);
    struct asked asked = {.holder = pair->nodes[holder].options.device_pk,
                          .tag = space_tag(&net)};
    node_each_holding(pair->nodes[at].node, on_holding, &asked);
    return asked;
}

static void who_has_it_is_heard_from_them_and_through_others(void **state)
{
    (void)state;
    struct pair pair;
    steps_network(&pair, 3);
    pair_off(&pair, 2, true);
    assert_ok(steps_write(&pair, 1, AUDIENCE_NETWORK, "{\"a\":1}"));
    assert_ok(steps_write(&pair, 1, AUDIENCE_NETWORK, "{\"a\":2}"));
    pair_run(&pair, 3000);
    struct asked hub = holding_of(&pair, 1, 0);
    assert_int_equal(hub.n, 1);
    assert_int_equal(hub.found.seq, 2);
    assert_memory_equal(&hub.found.through, &hub.holder, sizeof(hub.holder));
    assert_int_equal(holding_of(&pair, 1, 2).n, 0);

    pair_off(&pair, 1, true); /* the others meet without the writer */
    pair_off(&pair, 2, false);
    dialer_hurry(pair.nodes[0].node);
    dialer_hurry(pair.nodes[2].node);
    pair.nodes[0].wake_ms = pair.nodes[2].wake_ms = pair.now_ms;
    pair_run(&pair, 5000);
    pair_off(&pair, 2, true);
    pair_off(&pair, 1, false);
    dialer_hurry(pair.nodes[1].node);
    pair.nodes[1].wake_ms = pair.now_ms;
    pair_run(&pair, 10000);
    struct asked told = holding_of(&pair, 1, 2);
    assert_int_equal(told.n, 1);
    assert_int_equal(told.found.seq, 2);
    assert_memory_equal(&told.found.through, &hub.holder, sizeof(hub.holder));

    pair_run(&pair, 6000);
    steps_restart(&pair, 1);
    struct asked kept = holding_of(&pair, 1, 2);
    assert_int_equal(kept.found.seq, 2);
    assert_memory_equal(&kept.found.through, &hub.holder, sizeof(hub.holder));
    pair_fini(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_has_it_is_heard_from_them_and_through_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
