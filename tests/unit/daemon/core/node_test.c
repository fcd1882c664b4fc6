/* The main job, told straight: found, join, share, and the hub switched off. */
#include "daemon/core/node.h"

#include <stdio.h>
#include <stdlib.h>

#include "proto/crypto/dh.h"
#include "proto/crypto/sign.h"
#include "tests/sim/ram_reads.c"
#include "tests/sim/ram_store.c"
#include "tests/unit/daemon/core/pair.c"

static void found(struct pair *pair, int at)
{
    struct pair_node *self = &pair->nodes[at];
    struct command command = {.kind = COMMAND_FOUND,
                              .found = {.network_name = "A network",
                                        .school_name = "Hub",
                                        .root_pk = self->keys.root_pk,
                                        .root_sk = self->keys.root_sk,
                                        .recovery_pk = self->keys.recovery_pk}};
    assert_ok(pair_do(pair, at, &command));
}

static void join(struct pair *pair, int steward, int at)
{
    struct command invite = {.kind = COMMAND_INVITE_CREATE,
                             .invite_create = {.note = "a school", .days = 7}};
    assert_ok(pair_do(pair, steward, &invite));
    char code[4096], name[32];
    snprintf(code, sizeof(code), "%s", pair->nodes[steward].text);
    snprintf(name, sizeof(name), "School %d", at);
    struct pair_node *self = &pair->nodes[at];
    struct command command = {.kind = COMMAND_JOIN,
                              .join = {.code = code,
                                       .school_name = name,
                                       .root_pk = self->keys.root_pk,
                                       .root_sk = self->keys.root_sk,
                                       .recovery_pk = self->keys.recovery_pk}};
    assert_ok(pair_do(pair, at, &command));
    pair_run(pair, 3000);
}

struct seen {
    struct invite_id invite;
    char words[64];
    int n;
};

static void on_request(void *arg, const struct node_request *request)
{
    struct seen *seen = arg;
    seen->invite = request->invite;
    snprintf(seen->words, sizeof(seen->words), "%s", request->four_words);
    seen->n++;
}

static void approve(struct pair *pair, int steward, int at)
{
    struct seen seen = {.n = 0};
    struct node_status status;
    node_each_request(pair->nodes[steward].node, on_request, &seen);
    assert_int_equal(seen.n, 1);
    node_get_status(pair->nodes[at].node, &status);
    assert_string_equal(seen.words, status.joining_words);
    struct command command = {.kind = COMMAND_APPROVE, .request = {.invite = seen.invite}};
    assert_ok(pair_do(pair, steward, &command));
    pair_run(pair, 8000);
    node_get_status(pair->nodes[at].node, &status);
    assert_int_equal(status.state, NODE_MEMBER);
}

static void write_one(struct pair *pair, int at, struct audience audience, const char *text)
{
    struct command_revision revision = {.audience = audience,
                                        .body = slice_of(text, strlen(text))};
    struct command command = {.kind = COMMAND_WRITE, .write = {.revisions = &revision, .n = 1}};
    assert_ok(pair_do(pair, at, &command));
}

static uint64_t envelopes(struct pair *pair, int at, const struct space_id *space);
struct counting {
    const struct space_id *space;
    uint64_t n;
    bool readable;
};
static void count_space(void *arg, const struct node_space *space)
{
    struct counting *counting = arg;
    if (space_id_eq(&space->space, counting->space)) {
        counting->n = space->envelopes;
        counting->readable = space->readable;
    }
}
static uint64_t envelopes(struct pair *pair, int at, const struct space_id *space)
{
    struct counting counting = {.space = space};
    node_each_space(pair->nodes[at].node, count_space, &counting);
    return counting.n;
}

static void schools_learn_from_each_other_with_the_hub_off(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair, 4);
    pair.trace = getenv("TRACE") != NULL;
    write_one(&pair, 1, (struct audience){.class = AUDIENCE_OWN}, "{\"before\":\"joining\"}");
    found(&pair, 0);
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
    for (int i = 0; i < 3; i++) assert_int_equal(envelopes(&pair, i, &net), 1);

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
