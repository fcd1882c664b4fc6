/* Whom to call and when: back-off, ranks, and two calls that cross. */
#include "daemon/core/dialer.h"

#include "tests/unit/daemon/core/steps.h"

static void a_failed_call_waits_twice_as_long_up_to_a_bound(void **state)
{
    (void)state;
    struct pair pair;
    steps_network(&pair, 2);
    struct node *node = pair.nodes[0].node;
    struct dialer_contact *contact = &node->dialer.contacts[0];
    assert_int_equal(node->dialer.n, 1);
    contact->failures = 0;
    uint64_t wait = 1000, bound = 5 * 60 * 1000;
    for (unsigned i = 0; i < 14; i++) {
        contact->dial = 77;
        dialer_on_failed(node, 77);
        assert_int_equal(contact->dial, 0);
        assert_int_equal(contact->failures, i + 1);
        assert_in_range(contact->next_ms - node->now_ms, wait / 2, wait / 2 + wait);
        wait = wait * 2 < bound ? wait * 2 : bound;
    }
    dialer_hurry(node);
    assert_int_equal(contact->failures, 0);
    assert_int_equal(contact->next_ms, node->now_ms);
    pair_fini(&pair);
}

static void add_contact(struct node *node, unsigned rank)
{
    struct dialer *dialer = &node->dialer;
    MEM_RESERVE(dialer->contacts, dialer->n, dialer->cap);
    struct dialer_contact *contact = &dialer->contacts[dialer->n++];
    *contact = (struct dialer_contact){.rank = rank, .addresses_n = 1, .wanted = true};
    snprintf(contact->addresses[0], sizeof(contact->addresses[0]), "rank%u:%zu", rank,
             dialer->n);
    env_random(node->env, contact->transport.b, sizeof(contact->transport.b));
}

static void the_first_rank_is_called_first_and_calls_have_a_bound(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair, 1);
    steps_found(&pair, 0);
    struct node *node = pair.nodes[0].node;
    out_reset(&node->out);
    for (int i = 0; i < 12; i++)
        add_contact(node, 1);
    add_contact(node, 0);
    dialer_tick(node);
    assert_int_equal(node->out.dials_n, 1 + 6); /* the buddy, and six of the others */
    assert_string_equal(node->out.dials[0].address, "rank0:13");
    for (int i = 0; i < 12; i++)
        add_contact(node, 0);
    out_reset(&node->out);
    dialer_tick(node);
    assert_int_equal(node->out.dials_n, 1); /* eight under way at once */
    pair_fini(&pair);
}

struct found_peer {
    int n;
    bool outgoing;
};

static void on_peer(void *arg, const struct node_peer *peer)
{
    struct found_peer *found = arg;
    if (!peer->connected) return;
    found->n++;
    found->outgoing = peer->outgoing;
}

static void of_two_crossing_calls_that_of_the_smaller_device_stays(void **state)
{
    (void)state;
    struct pair pair;
    steps_network(&pair, 2);
    pair_off(&pair, 0, true);
    pair_run(&pair, 100);
    pair_off(&pair, 0, false);
    for (int i = 0; i < 2; i++) {
        dialer_hurry(pair.nodes[i].node);
        pair.nodes[i].wake_ms = pair.now_ms; /* both call in the same moment */
    }
    pair_run(&pair, 2000);
    int smaller =
        device_pk_cmp(&pair.nodes[0].options.device_pk, &pair.nodes[1].options.device_pk) < 0
            ? 0
            : 1;
    for (int i = 0; i < 2; i++) {
        struct found_peer found = {.n = 0};
        node_each_peer(pair.nodes[i].node, on_peer, &found);
        assert_int_equal(found.n, 1);
        assert_int_equal(found.outgoing, i == smaller);
        assert_int_equal(pair.nodes[i].conns_n, 1);
    }
    pair_fini(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failed_call_waits_twice_as_long_up_to_a_bound),
        cmocka_unit_test(the_first_rank_is_called_first_and_calls_have_a_bound),
        cmocka_unit_test(of_two_crossing_calls_that_of_the_smaller_device_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
