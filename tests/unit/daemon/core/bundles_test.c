/* The USB stick: what one wrote another takes in, once; damage, strangers and recipients. */
#include "daemon/core/bundles.h"

#include "tests/unit/daemon/core/steps.h"

static struct buf write_bundle(struct pair *pair, int at, bool all, const struct device_pk *to)
{
    struct command command = {.kind = COMMAND_BUNDLE_WRITE, .bundle_write = {.all = all}};
    struct buf file = {0};
    if (to != NULL) command.bundle_write.to = *to;
    assert_ok(pair_do(pair, at, &command));
    buf_put(&file, pair->nodes[at].bytes.data, pair->nodes[at].bytes.len);
    return file;
}

static enum err read_bundle(struct pair *pair, int at, struct slice bytes)
{
    struct command command = {.kind = COMMAND_BUNDLE_READ, .bundle_read = {.bytes = bytes}};
    return pair_do(pair, at, &command);
}

/* Everybody has met; then all are alone, and node 1 writes. */
static struct space_id alone_with_news(struct pair *pair, int news)
{
    steps_network(pair, 3);
    for (int i = 0; i < 3; i++) {
        pair_off(pair, i, true);
        pair->nodes[i].off = false;
        for (size_t k = 0; k < pair->nodes[i].node->dialer.n; k++)
            pair->nodes[i].node->dialer.contacts[k].next_ms = UINT64_MAX;
    }
    for (int i = 0; i < news; i++)
        assert_ok(steps_write(pair, 1, AUDIENCE_NETWORK, "{\"a\":1}"));
    return steps_network_space(pair);
}

static void what_one_wrote_another_takes_in_once(void **state)
{
    (void)state;
    struct pair pair;
    struct space_id net = alone_with_news(&pair, 5);
    struct buf file = write_bundle(&pair, 1, false, NULL);
    assert_ok(read_bundle(&pair, 2, buf_slice(&file)));
    assert_true(pair.nodes[2].reply.count >= 5);
    assert_int_equal(steps_space(&pair, 2, &net).envelopes, 5);
    assert_ok(read_bundle(&pair, 2, buf_slice(&file)));
    assert_int_equal(pair.nodes[2].reply.count, 0);
    assert_int_equal(steps_space(&pair, 2, &net).envelopes, 5);

    struct buf all = write_bundle(&pair, 2, true, NULL); /* and on to a third, by a reader */
    assert_ok(read_bundle(&pair, 0, buf_slice(&all)));
    assert_int_equal(steps_space(&pair, 0, &net).envelopes, 5);
    buf_fini(&all);
    buf_fini(&file);
    pair_fini(&pair);
}

static void a_stick_says_where_others_are_now(void **state)
{
    (void)state;
    struct pair pair;
    alone_with_news(&pair, 1);
    const char *moved[] = {"moved.example:7447"};
    struct command addresses = {.kind = COMMAND_ADDRESSES,
                                .addresses = {.addresses = moved, .n = 1}};
    assert_ok(pair_do(&pair, 1, &addresses));
    pair_run(&pair, 5000);
    struct buf file = write_bundle(&pair, 1, false, NULL);
    assert_ok(read_bundle(&pair, 2, buf_slice(&file)));
    const struct beacons_kept *kept =
        beacons_find(pair.nodes[2].node, &pair.nodes[1].options.device_pk);
    assert_non_null(kept);
    assert_int_equal(kept->body.n_addresses, 1);
    assert_memory_equal(kept->body.addresses[0].p, moved[0], strlen(moved[0]));
    buf_fini(&file);
    pair_fini(&pair);
}

static void a_damaged_file_is_refused_and_harms_nothing(void **state)
{
    (void)state;
    struct pair pair;
    struct space_id net = alone_with_news(&pair, 5);
    struct buf file = write_bundle(&pair, 1, true, NULL);
    size_t cuts[] = {
        0, 1, 10, BUNDLE_HEADER_BYTES - 1, BUNDLE_HEADER_BYTES, file.len / 2, file.len - 1};
    for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
        assert_int_not_equal(read_bundle(&pair, 2, slice_of(file.data, cuts[i])), ERR_OK);
    }
    for (size_t at = 0; at < file.len; at += file.len / 23) {
        file.data[at] ^= 0x20;
        (void)read_bundle(&pair, 2, buf_slice(&file));
        assert_true(steps_space(&pair, 2, &net).envelopes <= 5);
        file.data[at] ^= 0x20;
    }
    assert_ok(read_bundle(&pair, 2, buf_slice(&file)));
    assert_int_equal(steps_space(&pair, 2, &net).envelopes, 5);
    buf_fini(&file);
    pair_fini(&pair);
}

static void only_its_recipient_opens_a_file_for_one_device(void **state)
{
    (void)state;
    struct pair pair;
    struct space_id net = alone_with_news(&pair, 3);
    struct buf file = write_bundle(&pair, 1, true, &pair.nodes[2].options.device_pk);
    assert_int_not_equal(read_bundle(&pair, 0, buf_slice(&file)), ERR_OK);
    assert_int_equal(steps_space(&pair, 0, &net).envelopes, 0);
    assert_ok(read_bundle(&pair, 2, buf_slice(&file)));
    assert_int_equal(steps_space(&pair, 2, &net).envelopes, 3);
    struct device_pk nobody = {.b = {7}};
    struct command command = {.kind = COMMAND_BUNDLE_WRITE, .bundle_write = {.to = nobody}};
    assert_err(ERR_NOT_FOUND, pair_do(&pair, 1, &command));
    buf_fini(&file);
    pair_fini(&pair);
}

static void a_file_of_another_network_is_refused(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair, 2);
    steps_found(&pair, 0);
    steps_found(&pair, 1);
    struct buf file = write_bundle(&pair, 0, true, NULL);
    assert_err(ERR_NETWORK, read_bundle(&pair, 1, buf_slice(&file)));
    assert_ok(read_bundle(&pair, 0, buf_slice(&file)));
    buf_fini(&file);
    pair_fini(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_one_wrote_another_takes_in_once),
        cmocka_unit_test(a_stick_says_where_others_are_now),
        cmocka_unit_test(a_damaged_file_is_refused_and_harms_nothing),
        cmocka_unit_test(only_its_recipient_opens_a_file_for_one_device),
        cmocka_unit_test(a_file_of_another_network_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
