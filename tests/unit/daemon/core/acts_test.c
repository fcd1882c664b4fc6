/* What may be asked when: every command in every state, and bounds of what is asked. */
#include "daemon/core/acts.h"

#include "tests/unit/daemon/core/steps.h"

/* Commands that a state takes; the rest is refused there. Written out, not read from the table.
 */
static bool takes(enum node_state in, enum command_kind kind)
{
    bool any = kind == COMMAND_SYNC || kind == COMMAND_ADDRESSES || kind == COMMAND_PIECE_PUT ||
               kind == COMMAND_PIECE_GET || kind == COMMAND_PIECE_DROP;
    switch (in) {
    case NODE_SOLO:
        return any || kind == COMMAND_WRITE || kind == COMMAND_FOUND || kind == COMMAND_JOIN ||
               kind == COMMAND_ENLIST;
    case NODE_JOINING:
        return any || kind == COMMAND_WRITE || kind == COMMAND_JOIN ||
               kind == COMMAND_BUNDLE_READ;
    case NODE_MEMBER:
        return kind != COMMAND_FOUND && kind != COMMAND_JOIN && kind != COMMAND_ENLIST;
    case NODE_ENDED:
        return any;
    }
    return false;
}

static void refuses_the_rest(struct pair *pair, int at, enum node_state in, enum err err)
{
    assert_int_equal(steps_status(pair, at).state, in);
    for (int kind = 0; kind < COMMAND_COUNT; kind++) {
        if (takes(in, (enum command_kind)kind)) continue;
        struct command_revision revision = {.audience = {.class = AUDIENCE_OWN},
                                            .body = {(const uint8_t *)"{}", 2}};
        struct command command = {.kind = (enum command_kind)kind};
        if (kind == COMMAND_WRITE) {
            command.write = (struct command_write){.revisions = &revision, .n = 1};
        }
        enum err got = pair_do(pair, at, &command);
        if (got != err) {
            fail_msg("%s in state %d: %s", command_name(command.kind), (int)in, err_name(got));
        }
        assert_int_equal(steps_status(pair, at).state, in);
    }
}

static void every_command_is_refused_where_it_does_not_belong(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair, 3);
    refuses_the_rest(&pair, 1, NODE_SOLO, ERR_NOT_JOINED);
    steps_found(&pair, 0);
    char *code = steps_invite(&pair, 0);
    assert_ok(steps_join(&pair, code, 1));
    free(code);
    refuses_the_rest(&pair, 1, NODE_JOINING, ERR_NOT_JOINED);
    pair_run(&pair, 3000);
    steps_approve(&pair, 0);
    pair_run(&pair, 8000);
    refuses_the_rest(&pair, 1, NODE_MEMBER, ERR_EXISTS);
    struct command leave = {.kind = COMMAND_LEAVE,
                            .leave = {.root_sk = &pair.nodes[1].keys.root_sk}};
    assert_ok(pair_do(&pair, 1, &leave));
    pair_run(&pair, 3000);
    refuses_the_rest(&pair, 1, NODE_ENDED, ERR_REFUSED);
    pair_fini(&pair);
}

/* A plain school may not do what takes a steward, a root or a member of the space. */
static void a_plain_school_is_refused_a_stewards_acts(void **state)
{
    (void)state;
    struct pair pair;
    steps_network(&pair, 3);
    struct school_id other = pair.nodes[2].options.school;
    struct space_id own_of_other;
    space_own(&own_of_other, fold_network(node_fold(pair.nodes[1].node)), &other);
    struct command rows[] = {
        {.kind = COMMAND_INVITE_CREATE, .invite_create = {.note = "", .days = 1}},
        {.kind = COMMAND_INVITE_VOID},
        {.kind = COMMAND_APPROVE},
        {.kind = COMMAND_HIDE, .hide = {.owner = other, .hidden = true}},
        {.kind = COMMAND_DEVICE_REMOVE,
         .device_remove = {.device = pair.nodes[2].options.device_pk}},
        {.kind = COMMAND_ROLE, .role = {.school = other, .role = ROLE_STEWARD, .on = true}},
        {.kind = COMMAND_ASSENT},
        {.kind = COMMAND_SCHOOL_REMOVE, .school_remove = {.school = other}},
        {.kind = COMMAND_HUB_SUCCESSION, .hub_succession = {.school = other}},
        {.kind = COMMAND_SPACE_ACCEPT, .space = {.space = own_of_other}},
        {.kind = COMMAND_SPACE_LEAVE, .space = {.space = own_of_other}},
        {.kind = COMMAND_CARRIERS, .carriers = {.space = own_of_other}},
        {.kind = COMMAND_ROTATE, .space = {.space = own_of_other}},
        {.kind = COMMAND_ROOT_ROTATE, .root_rotate = {.school = other}},
    };
    uint64_t statements = steps_status(&pair, 1).statements;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        enum err err = pair_do(&pair, 1, &rows[i]);
        if (err == ERR_OK) fail_msg("%s was done", command_name(rows[i].kind));
        assert_int_not_equal(err_blame(err), BLAME_NONE);
    }
    pair_run(&pair, 1000);
    assert_int_equal(steps_status(&pair, 1).statements, statements);
    pair_fini(&pair);
}

static void a_body_has_a_bound(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair, 1);
    char *body = mem_zalloc(LIMIT_BODY_BYTES + 2);
    memset(body, 'x', LIMIT_BODY_BYTES);
    for (int member = 0; member <= 1; member++) {
        body[LIMIT_BODY_BYTES] = '\0';
        assert_ok(steps_write(&pair, 0, AUDIENCE_OWN, body));
        body[LIMIT_BODY_BYTES] = 'x';
        assert_err(ERR_LIMIT, steps_write(&pair, 0, AUDIENCE_OWN, body));
        if (!member) steps_found(&pair, 0);
    }
    free(body);
    pair_fini(&pair);
}

static void a_device_has_eight_addresses(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair, 1);
    const char *list[LIMIT_ADDRESSES + 1];
    for (size_t i = 0; i <= LIMIT_ADDRESSES; i++)
        list[i] = "host:1";
    struct command command = {.kind = COMMAND_ADDRESSES,
                              .addresses = {.addresses = list, .n = LIMIT_ADDRESSES}};
    assert_ok(pair_do(&pair, 0, &command));
    command.addresses.n++;
    assert_err(ERR_LIMIT, pair_do(&pair, 0, &command));
    pair_fini(&pair);
}

static void a_school_is_in_64_groups_and_no_more(void **state)
{
    (void)state;
    struct pair pair;
    steps_network(&pair, 2);
    for (unsigned i = 0; i <= LIMIT_GROUPS; i++) {
        struct command propose = {.kind = COMMAND_SPACE_NEW,
                                  .space_new = {.with = pair.nodes[1].options.school}};
        assert_ok(pair_do(&pair, 0, &propose));
        struct command accept = {.kind = COMMAND_SPACE_ACCEPT,
                                 .space = {.space = pair.nodes[0].reply.space}};
        pair_run(&pair, 1000);
        enum err err = pair_do(&pair, 1, &accept);
        assert_int_equal(err == ERR_OK, i < LIMIT_GROUPS);
    }
    pair_fini(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_command_is_refused_where_it_does_not_belong),
        cmocka_unit_test(a_plain_school_is_refused_a_stewards_acts),
        cmocka_unit_test(a_body_has_a_bound),
        cmocka_unit_test(a_device_has_eight_addresses),
        cmocka_unit_test(a_school_is_in_64_groups_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
