/* The main job, told straight: found, join, share, and the hub switched off. */
#include "tests/unit/daemon/core/steps.h"

static void join(struct pair *pair, int steward, int at)
{
    char *code = steps_invite(pair, steward);
    assert_ok(steps_join(pair, code, at));
    free(code);
    pair_run(pair, 3000);
}

/* Both sides read the same four words; then the steward approves. */
static void approve(struct pair *pair, int steward, int at)
{
    struct steps_request request = steps_requests(pair, steward);
    assert_string_equal(request.words, steps_status(pair, at).joining_words);
    steps_approve(pair, steward);
    pair_run(pair, 8000);
    assert_int_equal(steps_status(pair, at).state, NODE_MEMBER);
}

static void write_one(struct pair *pair, int at, struct audience audience, const char *text)
{
    struct command_revision revision = {.audience = audience,
                                        .body = slice_of(text, strlen(text))};
    struct command command = {.kind = COMMAND_WRITE, .write = {.revisions = &revision, .n = 1}};
    assert_ok(pair_do(pair, at, &command));
}

static uint64_t envelopes(struct pair *pair, int at, const struct space_id *space)
{
    return steps_space(pair, at, space).envelopes;
}

static void schools_learn_from_each_other_with_the_hub_off(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair, 4);
    pair.trace = getenv("TRACE") != NULL;
    write_one(&pair, 1, (struct audience){.class = AUDIENCE_OWN}, "{\"before\":\"joining\"}");
    steps_found(&pair, 0);
    pair_run(&pair, 2000);
    join(&pair, 0, 1);
    approve(&pair, 0, 1);
    join(&pair, 0, 2);
    approve(&pair, 0, 2);
    pair_run(&pair, 15000);

    const struct fold *fold = node_fold(pair.nodes[1].node);
    struct network_id network = *fold_network(fold);
    struct space_id net, own;
    space_network(&net, &network);
    space_own(&own, &network, &pair.nodes[1].options.school);
    assert_int_equal(envelopes(&pair, 1, &own), 1); /* wrapped on admission */

    write_one(&pair, 1, (struct audience){.class = AUDIENCE_NETWORK}, "{\"a\":1}");
    pair_run(&pair, 2000);
    for (int i = 0; i < 3; i++)
        assert_int_equal(envelopes(&pair, i, &net), 1);

    /* buddies */
    struct command propose = {.kind = COMMAND_SPACE_NEW,
                              .space_new = {.with = pair.nodes[2].options.school}};
    assert_ok(pair_do(&pair, 1, &propose));
    struct space_id group = pair.nodes[1].reply.space;
    pair_run(&pair, 2000);
    struct command accept = {.kind = COMMAND_SPACE_ACCEPT, .space = {.space = group}};
    assert_ok(pair_do(&pair, 2, &accept));
    pair_run(&pair, 5000);
    struct audience buddies = {.class = AUDIENCE_GROUP, .group = group};
    write_one(&pair, 1, buddies, "{\"b\":1}");
    write_one(&pair, 2, buddies, "{\"b\":2}");
    pair_run(&pair, 3000);
    assert_int_equal(envelopes(&pair, 1, &group), 2);
    assert_int_equal(envelopes(&pair, 2, &group), 2);
    assert_int_equal(envelopes(&pair, 0, &group), 2); /* the hub carries, and cannot read */

    /* a second steward; then the hub is switched off */
    struct command role = {.kind = COMMAND_ROLE,
                           .role = {.school = pair.nodes[1].options.school,
                                    .role = ROLE_STEWARD,
                                    .on = true,
                                    .root_sk = &pair.nodes[0].keys.root_sk}};
    assert_ok(pair_do(&pair, 0, &role));
    pair_run(&pair, 3000);
    pair_off(&pair, 0, true);
    pair_run(&pair, 2000);
    join(&pair, 1, 3);
    approve(&pair, 1, 3);
    pair_run(&pair, 30000);
    write_one(&pair, 3, (struct audience){.class = AUDIENCE_NETWORK}, "{\"new\":1}");
    pair_run(&pair, 20000);
    assert_int_equal(envelopes(&pair, 2, &net), 2);

    /* a record for the hub waits, and travels through a third school */
    write_one(&pair, 3, (struct audience){.class = AUDIENCE_HUB}, "{\"hub\":1}");
    pair_run(&pair, 5000);
    struct space_id hub;
    space_hub(&hub, &network, &pair.nodes[3].options.school);
    assert_int_equal(envelopes(&pair, 2, &hub), 1);
    pair_off(&pair, 3, true);
    pair_off(&pair, 0, false);
    pair.nodes[0].wake_ms = pair.now_ms;
    pair_run(&pair, 60000);
    assert_int_equal(envelopes(&pair, 0, &hub), 1);
    assert_int_equal(envelopes(&pair, 0, &net), 2);
    pair_fini(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schools_learn_from_each_other_with_the_hub_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
