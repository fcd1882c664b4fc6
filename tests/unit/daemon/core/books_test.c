/* What is held and may be told: past a cut-off nothing is counted, offered or taken in. */
#include "daemon/core/books.h"

#include "tests/unit/daemon/core/steps.h"

static const struct entry *entry_of(struct pair *pair, int at, int writer)
{
    struct space_id net = steps_network_space(pair);
    struct space_tag tag = space_tag(&net);
    struct book *book = books_find(pair->nodes[at].node, &tag);
    assert_non_null(book);
    return frontier_get(book->frontier, &pair->nodes[writer].options.device_pk);
}

static struct buf bundle_of(struct pair *pair, int at)
{
    struct command command = {.kind = COMMAND_BUNDLE_WRITE, .bundle_write = {.all = true}};
    struct buf file = {0};
    assert_ok(pair_do(pair, at, &command));
    buf_put(&file, pair->nodes[at].bytes.data, pair->nodes[at].bytes.len);
    return file;
}

static void past_a_removals_cut_nothing_counts(void **state)
{
    (void)state;
    struct pair pair;
    steps_network(&pair, 4);
    for (int i = 0; i < 2; i++)
        assert_ok(steps_write(&pair, 2, AUDIENCE_NETWORK, "{\"a\":1}"));
    pair_run(&pair, 5000);
    pair_off(&pair, 2, true);
    pair_off(&pair, 3, true);

    struct command remove = {.kind = COMMAND_SCHOOL_REMOVE,
                             .school_remove = {.school = pair.nodes[2].options.school}};
    assert_ok(pair_do(&pair, 0, &remove));
    pair_run(&pair, 5000);
    for (int at = 0; at < 2; at++) {
        const struct entry *entry = entry_of(&pair, at, 2);
        assert_non_null(entry);
        assert_int_equal(entry->head.seq, 2); /* what was known at the removal stays */
    }

    /* The removed one writes on, and a member that has not heard of its removal believes it. */
    pair_off(&pair, 0, true);
    pair_off(&pair, 1, true);
    pair_off(&pair, 2, false);
    pair_off(&pair, 3, false);
    dialer_hurry(pair.nodes[3].node);
    pair.nodes[3].wake_ms = pair.now_ms;
    pair_run(&pair, 5000);
    assert_ok(steps_write(&pair, 2, AUDIENCE_NETWORK, "{\"late\":1}"));
    pair_run(&pair, 5000);
    assert_int_equal(entry_of(&pair, 3, 2)->head.seq, 3);
    struct buf file = bundle_of(&pair, 3);

    /* By stick to who knows: not taken in. And who took it in clips it on hearing. */
    pair_off(&pair, 2, true);
    pair_off(&pair, 1, false);
    struct command read = {.kind = COMMAND_BUNDLE_READ,
                           .bundle_read = {.bytes = buf_slice(&file)}};
    assert_ok(pair_do(&pair, 1, &read));
    assert_int_equal(entry_of(&pair, 1, 2)->head.seq, 2);
    dialer_hurry(pair.nodes[1].node);
    pair.nodes[1].wake_ms = pair.now_ms;
    pair_run(&pair, 10000);
    assert_int_equal(entry_of(&pair, 3, 2)->head.seq, 2);
    assert_int_equal(entry_of(&pair, 1, 2)->head.seq, 2);
    steps_restart(&pair, 3);
    assert_int_equal(entry_of(&pair, 3, 2)->head.seq, 2);
    buf_fini(&file);
    pair_fini(&pair);
}

static void statements_stand_in_an_order_in_which_they_attach(void **state)
{
    (void)state;
    struct pair pair;
    steps_network(&pair, 3);
    for (int restarted = 0; restarted < 2; restarted++) {
        const struct books *books = &pair.nodes[2].node->books;
        assert_int_equal(books->order_n, steps_status(&pair, 2).statements);
        for (size_t i = 0; i < books->order_n; i++) {
            uint64_t next = 1; /* of this device, by what stands before */
            for (size_t k = 0; k < i; k++) {
                next += device_pk_eq(&books->order[k].device, &books->order[i].device);
            }
            assert_int_equal(books->order[i].seq, next);
        }
        if (!restarted) steps_restart(&pair, 2);
    }
    pair_fini(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(past_a_removals_cut_nothing_counts),
        cmocka_unit_test(statements_stand_in_an_order_in_which_they_attach),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
