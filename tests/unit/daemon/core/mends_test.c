/* A payload that a disk lost comes back from whoever holds it, and from nobody else. */
#include "daemon/core/mends.h"

#include "tests/unit/daemon/core/steps.h"

/* The last record in a store, wherever it came from. */
static struct item *last_record(struct pair *pair, int at)
{
    struct ram_store *store = pair->nodes[at].store;
    size_t i = store->items_n;
    while (store->items[i - 1].kind != LOG_RECORD)
        i--;
    return &store->items[i - 1];
}

static struct command mend(const struct item *item)
{
    struct envelope envelope;
    assert_ok(envelope_decode(&envelope, slice_of(item->header, sizeof(item->header))));
    return (struct command){.kind = COMMAND_MEND,
                            .mend = {.chain = envelope_chain(&envelope), .seq = envelope.seq}};
}

/* Three schools, and a record that all hold. */
static void share_one(struct pair *pair)
{
    steps_network(pair, 3);
    pair_run(pair, 60000);
    assert_ok(steps_write(pair, 0, AUDIENCE_NETWORK, "{\"t\":\"of all\"}"));
    pair_run(pair, 60000);
    for (int at = 1; at < 3; at++)
        assert_memory_equal(last_record(pair, at)->id.b, last_record(pair, 0)->id.b, 32);
}

static bool is_whole(struct pair *pair, int at)
{
    const struct item *here = last_record(pair, at), *there = last_record(pair, 0);
    return slice_eq(slice_of(here->payload, here->payload_n),
                    slice_of(there->payload, there->payload_n));
}

static void a_lost_payload_comes_back(void **state)
{
    (void)state;
    struct pair pair;
    share_one(&pair);
    last_record(&pair, 1)->payload[9] ^= 1;
    last_record(&pair, 2)->payload[9] ^= 1;
    struct command command = mend(last_record(&pair, 1));
    /* Node 2 is asked too, and what it has is as damaged: it is not taken. */
    assert_ok(pair_do(&pair, 1, &command));
    assert_true(is_whole(&pair, 1));
    assert_false(is_whole(&pair, 2));
    pair_off(&pair, 0, true); /* who has it back gives it on */
    pair_run(&pair, 200000);
    assert_ok(pair_do(&pair, 2, &command));
    assert_true(is_whole(&pair, 2));
    pair_fini(&pair);
}

static void nobody_has_it(void **state)
{
    (void)state;
    struct pair pair;
    share_one(&pair);
    for (int at = 0; at < 3; at++)
        last_record(&pair, at)->payload[9] ^= 1;
    struct command command = mend(last_record(&pair, 1));
    assert_err(ERR_NOT_FOUND, pair_do(&pair, 1, &command));
    assert_int_equal(pair.nodes[1].node->refused, 2); /* two liars, for all it knows */
    pair_off(&pair, 0, true);
    pair_off(&pair, 2, true);
    pair_run(&pair, 20000);
    assert_err(ERR_NOT_FOUND, pair_do(&pair, 1, &command)); /* at once: nobody is there */
    command.mend.seq += 100;
    assert_err(ERR_INVALID, pair_do(&pair, 1, &command));
    pair_fini(&pair);
}

/* A peer that never obeyed an erase does not bring back what was erased. */
static void what_was_erased_stays_so(void **state)
{
    (void)state;
    struct pair pair;
    share_one(&pair);
    struct command command = mend(last_record(&pair, 1));
    struct command_erase_item item = {
        .chain = command.mend.chain, .seq = command.mend.seq, .revision = {{1}}};
    struct command erase = {.kind = COMMAND_ERASE, .erase = {.items = &item, .n = 1}};
    pair_off(&pair, 2, true);
    assert_ok(pair_do(&pair, 0, &erase));
    pair_run(&pair, 60000);
    assert_true(last_record(&pair, 1)->erased);
    assert_err(ERR_INVALID, pair_do(&pair, 1, &command));
    assert_true(last_record(&pair, 1)->erased);
    pair_fini(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lost_payload_comes_back),
        cmocka_unit_test(nobody_has_it),
        cmocka_unit_test(what_was_erased_stays_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
