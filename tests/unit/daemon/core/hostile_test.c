/* Peers that want harm, and disks that were copied: what they may not bring about. */
#include "daemon/core/node.h"

#include <stdio.h>
#include <stdlib.h>

#include "proto/crypto/dh.h"
#include "proto/crypto/sign.h"
#include "proto/wire/wire.h"
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
    struct command invite = {
        .kind = COMMAND_INVITE_CREATE,
        .invite_create = {.note = "a school", .days = 7, .approve_automatically = true}};
    assert_ok(pair_do(pair, steward, &invite));
    char code[4096];
    snprintf(code, sizeof(code), "%s", pair->nodes[steward].text);
    struct pair_node *self = &pair->nodes[at];
    struct command command = {.kind = COMMAND_JOIN,
                              .join = {.code = code,
                                       .school_name = "School",
                                       .root_pk = self->keys.root_pk,
                                       .root_sk = self->keys.root_sk,
                                       .recovery_pk = self->keys.recovery_pk}};
    assert_ok(pair_do(pair, at, &command));
    pair_run(pair, 12000);
    struct node_status status;
    node_get_status(self->node, &status);
    assert_int_equal(status.state, NODE_MEMBER);
}

/* A statement by this node, that names what it has seen. */
static struct envelope_id say(struct pair *pair, int at, int with)
{
    struct command command = {.kind = COMMAND_SPACE_NEW,
                              .space_new = {.with = pair->nodes[with].options.school}};
    assert_ok(pair_do(pair, at, &command));
    return pair->nodes[at].reply.statement;
}

static bool holds(struct pair *pair, int at, const struct envelope_id *id)
{
    return fold_holds(node_fold(pair->nodes[at].node), id);
}

static void assert_agree(struct pair *pair, int x, int y)
{
    struct digest dx, dy;
    fold_digest(node_fold(pair->nodes[x].node), &dx);
    fold_digest(node_fold(pair->nodes[y].node), &dy);
    assert_memory_equal(dx.b, dy.b, sizeof(dx.b));
}

static void restart(struct pair *pair, int at)
{
    struct pair_node *self = &pair->nodes[at];
    node_free(self->node);
    self->node = node_new(&self->options, &pair->env, ram_store_get_reader(self->store));
    self->wake_ms = 0;
    struct event event = {.kind = EVENT_START};
    step(pair, at, &event);
}

/* Node `to` becomes another copy of what node `of` is now; it is off. */
static void copy(struct pair *pair, int of, int to)
{
    struct pair_node *twin = &pair->nodes[to];
    node_free(twin->node);
    ram_store_free(twin->store);
    twin->store = ram_store_clone(pair->nodes[of].store);
    twin->options = pair->nodes[of].options;
    twin->node = NULL;
    twin->node = node_new(&twin->options, &pair->env, ram_store_get_reader(twin->store));
    twin->off = true;
}

static void start(struct pair *pair, int at)
{
    struct event event = {.kind = EVENT_START};
    pair->nodes[at].off = false;
    step(pair, at, &event);
}

static void a_member_with_very_many_groups_brings_nobody_down(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair, 2);
    found(&pair, 0);
    pair_run(&pair, 2000);
    join(&pair, 0, 1);
    pair_off(&pair, 0, true);
    struct envelope_id newest = {0};
    for (int i = 0; i < WIRE_SPACES_MAX + 10; i++)
        newest = say(&pair, 1, 0);
    pair_off(&pair, 0, false);
    pair_run(&pair, 200 * 1000);
    assert_true(holds(&pair, 0, &newest)); /* the steward carries them all, and is there */
    pair_off(&pair, 0, true);
    pair_off(&pair, 0, false);
    pair_run(&pair, 200 * 1000);
    assert_agree(&pair, 0, 1);
    pair_fini(&pair);
}

static void who_built_on_a_forked_statement_is_heard_by_all(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair, 5); /* hub, the forker, a school, the forker's copy, a late school */
    pair.trace = getenv("TRACE") != NULL;
    found(&pair, 0);
    pair_run(&pair, 2000);
    join(&pair, 0, 1);
    join(&pair, 0, 2);
    copy(&pair, 1, 3);
    pair_off(&pair, 2, true);
    struct envelope_id here = say(&pair, 1, 0);
    pair_run(&pair, 3000);
    assert_true(holds(&pair, 0, &here));
    struct envelope_id by_hub = say(&pair, 0, 2); /* names `here` as seen */
    pair_off(&pair, 0, true);
    pair_off(&pair, 1, true);

    pair_off(&pair, 2, false);
    start(&pair, 3);
    pair_run(&pair, 400 * 1000);
    struct envelope_id there = say(&pair, 3, 0);
    pair_run(&pair, 3000);
    assert_true(holds(&pair, 2, &there));
    struct envelope_id by_school = say(&pair, 2, 0);
    pair_off(&pair, 3, true);

    pair_off(&pair, 0, false);
    pair_run(&pair, 400 * 1000);
    assert_true(holds(&pair, 2, &by_hub));
    assert_true(holds(&pair, 0, &by_school));
    assert_agree(&pair, 0, 2);

    join(&pair, 0, 4); /* whoever comes later hears all of it, too */
    pair_run(&pair, 200 * 1000);
    assert_true(holds(&pair, 4, &by_hub));
    assert_true(holds(&pair, 4, &by_school));
    assert_agree(&pair, 0, 4);

    for (int i = 0; i <= 4; i += 2) {
        restart(&pair, i);
        assert_true(holds(&pair, i, &by_hub) && holds(&pair, i, &by_school));
    }
    assert_agree(&pair, 0, 2);
    assert_agree(&pair, 0, 4);
    pair_fini(&pair);
}

static void an_old_copy_stays_silent_after_a_restart(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair, 3);
    pair.trace = getenv("TRACE") != NULL;
    found(&pair, 0);
    pair_run(&pair, 2000);
    join(&pair, 0, 1);
    copy(&pair, 1, 2);
    say(&pair, 1, 0);
    pair_run(&pair, 3000);
    pair_off(&pair, 1, true);
    start(&pair, 2);
    pair_run(&pair, 20 * 1000);
    struct command command = {.kind = COMMAND_SPACE_NEW,
                              .space_new = {.with = pair.nodes[0].options.school}};
    assert_int_equal(pair_do(&pair, 2, &command), ERR_FROZEN);
    pair_off(&pair, 2, true);
    pair_off(&pair, 2, false);
    restart(&pair, 2);
    pair_run(&pair, 100 * 1000);
    assert_int_equal(pair_do(&pair, 2, &command), ERR_FROZEN);
    pair_fini(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_old_copy_stays_silent_after_a_restart),
        cmocka_unit_test(who_built_on_a_forked_statement_is_heard_by_all),
        cmocka_unit_test(a_member_with_very_many_groups_brings_nobody_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
