/* What members do unasked: keys for who came, a new epoch after who went, in slices. */
#include "daemon/core/duty.h"

#include "daemon/core/ages.h"

#include "tests/unit/daemon/core/steps.h"

static struct fold_epoch write_epoch(struct pair *pair, int at)
{
    struct space_id net = steps_network_space(pair);
    struct space_tag tag = space_tag(&net);
    struct fold_epoch epoch;
    assert_true(fold_write_epoch(node_fold(pair->nodes[at].node), &tag, &epoch));
    return epoch;
}

static void a_joiner_can_read_and_write_at_once(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair, 2);
    steps_found(&pair, 0);
    char *code = steps_invite(&pair, 0);
    assert_ok(steps_join(&pair, code, 1));
    free(code);
    pair_run(&pair, 3000);
    steps_approve(&pair, 0);
    pair_run(&pair, 3000);
    struct space_id net = steps_network_space(&pair);
    assert_int_equal(steps_status(&pair, 1).state, NODE_MEMBER);
    assert_true(steps_space(&pair, 1, &net).readable);
    assert_ok(steps_write(&pair, 1, AUDIENCE_NETWORK, "{\"a\":1}"));
    pair_fini(&pair);
}

/* More than a step may seal, written by a member: in one batch, then wrapped in slices. */
static void many_at_once_are_stored_and_then_wrapped(void **state)
{
    enum { MANY = 3 * COMMAND_SEALS_MAX };
    struct pair pair;
    struct command_revision revisions[MANY];
    char text[MANY][16];
    struct space_id own;
    struct command command = {.kind = COMMAND_WRITE,
                              .write = {.revisions = revisions, .n = COMMAND_SEALS_MAX}};

    (void)state;
    steps_network(&pair, 2);
    space_own(&own, &pair.nodes[1].node->network, &pair.nodes[1].options.school);
    for (size_t i = 0; i < MANY; i++) {
        snprintf(text[i], sizeof(text[i]), "{\"n\":%zu}", i);
        revisions[i] = (struct command_revision){.body = slice_of(text[i], strlen(text[i])),
                                                 .audience = {.class = AUDIENCE_NETWORK}};
    }
    assert_ok(pair_do(&pair, 1, &command)); /* at the bound, for anybody */
    for (size_t i = 0; i < MANY; i++)
        revisions[i].audience.class = AUDIENCE_OWN;
    command.write.n = MANY;
    assert_int_equal(steps_space(&pair, 1, &own).envelopes, 0);
    assert_ok(pair_do(&pair, 1, &command));
    assert_int_equal(pair.nodes[1].reply.count, MANY);
    /* Again, while the first are still being wrapped. */
    for (size_t i = 0; i < MANY; i++)
        text[i][1] = '\"', text[i][2] = 'm';
    assert_ok(pair_do(&pair, 1, &command));
    pair_run(&pair, 5000);
    assert_int_equal(steps_space(&pair, 1, &own).envelopes, 2 * MANY);
    pair_fini(&pair);
}

static void within_a_minute_of_a_removal_there_is_a_new_epoch(void **state)
{
    (void)state;
    struct pair pair;
    steps_network(&pair, 3);
    struct fold_epoch before = write_epoch(&pair, 1);
    struct command remove = {.kind = COMMAND_SCHOOL_REMOVE,
                             .school_remove = {.school = pair.nodes[2].options.school}};
    assert_ok(pair_do(&pair, 0, &remove));
    pair_run(&pair, 62000);
    struct fold_epoch after = write_epoch(&pair, 1);
    assert_memory_not_equal(&before.id, &after.id, sizeof(after.id));
    assert_true(after.clean);
    struct fold_recipient lacking[4];
    assert_int_equal(fold_grants_missing(node_fold(pair.nodes[0].node), &after.id, lacking, 4),
                     0);
    struct statement_grant grant;
    assert_true(fold_grant_at(node_fold(pair.nodes[0].node), &after.id,
                              pair.nodes[1].options.box_pk.b, 0, &grant));
    assert_false(fold_grant_at(node_fold(pair.nodes[0].node), &after.id,
                               pair.nodes[2].options.box_pk.b, 0, &grant));
    assert_null(keyring_find(pair.nodes[2].node->keyring, &after.key_id));
    assert_ok(steps_write(&pair, 1, AUDIENCE_NETWORK, "{\"a\":1}"));
    assert_int_equal(pair.nodes[2].conns_n, 0); /* nobody talks to it any more */
    pair_fini(&pair);
}

/* Days go by, in steps that a computer that runs would see. */
static void live_for_days(struct pair *pair, unsigned days)
{
    for (unsigned i = 0; i < 2 * days; i++) {
        pair->wall_s += 12 * 3600;
        pair_run(pair, AGES_LOOK_MS);
        pair->wall_s -= AGES_LOOK_MS / 1000; /* pair_run moves the date, too */
    }
}

static void a_key_is_not_used_for_longer_than_ninety_days(void **state)
{
    (void)state;
    struct pair pair;
    steps_network(&pair, 2);
    struct fold_epoch begun = write_epoch(&pair, 1);
    live_for_days(&pair, 85);
    struct fold_epoch still = write_epoch(&pair, 1);
    assert_memory_equal(&begun.id, &still.id, sizeof(begun.id));
    live_for_days(&pair, 8);
    struct fold_epoch next = write_epoch(&pair, 1);
    assert_memory_not_equal(&begun.id, &next.id, sizeof(begun.id));
    assert_int_equal(next.depth, begun.depth + 1); /* one, not one each */
    assert_ok(steps_write(&pair, 1, AUDIENCE_NETWORK, "{\"a\":1}"));
    live_for_days(&pair, 30);
    struct fold_epoch same = write_epoch(&pair, 1);
    assert_memory_equal(&next.id, &same.id, sizeof(next.id));
    pair_fini(&pair);
}

static void a_date_that_jumps_hastens_no_key(void **state)
{
    (void)state;
    struct pair pair;
    steps_network(&pair, 2);
    struct fold_epoch begun = write_epoch(&pair, 1);
    int64_t today = pair.wall_s;
    for (unsigned i = 0; i < 20; i++) {
        pair.wall_s = i % 2 == 0 ? 4102444800 : 0; /* 2100 and 1970 */
        pair_run(&pair, AGES_LOOK_MS);
    }
    pair.wall_s = today;
    pair_run(&pair, AGES_LOOK_MS);
    struct fold_epoch still = write_epoch(&pair, 1);
    assert_memory_equal(&begun.id, &still.id, sizeof(begun.id));
    pair_fini(&pair);
}

static enum fold_part carries(struct pair *pair, int carrier, int owner)
{
    struct space_id own;
    space_own(&own, &pair->nodes[owner].node->network, &pair->nodes[owner].options.school);
    struct space_tag tag = space_tag(&own);
    return fold_part(node_fold(pair->nodes[owner].node), &tag,
                     &pair->nodes[carrier].options.school);
}

static struct space_id make_buddies(struct pair *pair, int a, int b)
{
    struct command propose = {.kind = COMMAND_SPACE_NEW,
                              .space_new = {.with = pair->nodes[b].options.school}};
    assert_ok(pair_do(pair, a, &propose));
    struct space_id group = pair->nodes[a].reply.space;
    pair_run(pair, 2000);
    struct command accept = {.kind = COMMAND_SPACE_ACCEPT, .space = {.space = group}};
    assert_ok(pair_do(pair, b, &accept));
    pair_run(pair, 10000);
    return group;
}

static void buddies_keep_each_others_records(void **state)
{
    (void)state;
    struct pair pair;
    steps_network(&pair, 3);
    assert_int_equal(carries(&pair, 1, 2), FOLD_NONE);
    struct space_id group = make_buddies(&pair, 1, 2);
    assert_int_equal(carries(&pair, 1, 2), FOLD_CARRIER);
    assert_int_equal(carries(&pair, 2, 1), FOLD_CARRIER);
    assert_int_equal(carries(&pair, 0, 1), FOLD_NONE); /* the hub is no buddy of theirs */
    assert_ok(steps_write(&pair, 1, AUDIENCE_OWN, "{\"a\":1}"));
    pair_run(&pair, 3000);
    struct space_id own;
    space_own(&own, &pair.nodes[1].node->network, &pair.nodes[1].options.school);
    assert_int_equal(steps_space(&pair, 2, &own).envelopes, 1);
    assert_false(steps_space(&pair, 2, &own).readable);
    struct command leave = {.kind = COMMAND_SPACE_LEAVE, .space = {.space = group}};
    assert_ok(pair_do(&pair, 2, &leave));
    pair_run(&pair, 70000);
    assert_int_equal(carries(&pair, 1, 2), FOLD_NONE);
    assert_int_equal(carries(&pair, 2, 1), FOLD_NONE);
    make_buddies(&pair, 1, 2);
    assert_int_equal(carries(&pair, 1, 2), FOLD_CARRIER);
    pair_fini(&pair);
}

/* What a person decided about it is left alone. */
static void who_was_taken_out_by_hand_stays_out(void **state)
{
    (void)state;
    struct pair pair;
    steps_network(&pair, 3);
    make_buddies(&pair, 1, 2);
    struct command name = {.kind = COMMAND_CARRIERS,
                           .carriers = {.schools = &pair.nodes[0].options.school, .n = 1}};
    space_own(&name.carriers.space, &pair.nodes[1].node->network,
              &pair.nodes[1].options.school);
    assert_ok(pair_do(&pair, 1, &name));
    pair_run(&pair, 70000);
    assert_int_equal(carries(&pair, 2, 1), FOLD_NONE);
    assert_int_equal(carries(&pair, 0, 1), FOLD_ASKED_CARRIER); /* no buddy: a person answers */
    pair_fini(&pair);
}

/* Schools that were admitted and never ran: keys only. */
static void admit_on_paper(struct pair *pair, size_t n)
{
    struct node *node = pair->nodes[0].node;
    for (size_t i = 0; i < n; i++) {
        char *code = steps_invite(pair, 0);
        struct invite invite;
        assert_ok(invite_from_text(&invite, code));
        free(code);
        struct root_pk root_pk;
        struct root_sk root_sk;
        struct device_sk device_sk;
        struct box_sk secret;
        struct invite_request request = {.school_name = {"Paper", 5},
                                         .device = {.name = {"office", 6}}};
        uint8_t seed[32];
        env_random(&pair->env, seed, sizeof(seed));
        sign_root_keypair(&root_pk, &root_sk, seed);
        env_random(&pair->env, seed, sizeof(seed));
        sign_device_keypair(&request.device.device, &device_sk, seed);
        env_random(&pair->env, secret.b, sizeof(secret.b));
        dh_public(request.device.box.b, secret.b);
        env_random(&pair->env, secret.b, sizeof(secret.b));
        dh_public(request.device.transport.b, secret.b);
        env_random(&pair->env, secret.b, sizeof(secret.b));
        dh_public(request.recovery_pk.b, secret.b);
        request.root_pk = root_pk;
        phrase_school_id(&request.school, &root_pk);
        invite_id(&request.invite, &invite.secret);
        invite_request_sign(&request, &invite.network, &root_sk);
        struct buf body = {0};
        char words[PHRASE_FOUR_BYTES] = "apple berry";
        invite_request_encode(&body, &request);
        assert_true(joinbook_keep_request(node, &request.invite, buf_slice(&body), words,
                                          pair->wall_s));
        buf_fini(&body);
        struct command approve = {.kind = COMMAND_APPROVE,
                                  .request = {.invite = request.invite}};
        assert_ok(pair_do(pair, 0, &approve));
    }
}

struct counting {
    struct envelope_id epoch;
    size_t grants, statements, most;
};

static void on_statement(void *arg, struct slice header, struct slice payload, bool vouched)
{
    (void)vouched;
    struct counting *counting = arg;
    struct statement statement;
    struct arena arena = {0};
    (void)header;
    if (statement_decode(&statement, &arena, payload) == ERR_OK &&
        statement.type == STATEMENT_SPACE_GRANT &&
        envelope_id_eq(&statement.u.space_grant.epoch, &counting->epoch)) {
        size_t n = statement.u.space_grant.grants.n;
        counting->statements++;
        counting->grants += n;
        if (n > counting->most) counting->most = n;
    }
    arena_fini(&arena);
}

static void grants_go_out_in_slices_of_32(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair, 1);
    steps_found(&pair, 0);
    admit_on_paper(&pair, 20); /* a device and a recovery key each */
    pair_run(&pair, 5000);
    struct command rotate = {.kind = COMMAND_ROTATE,
                             .space = {.space = steps_network_space(&pair)}};
    assert_ok(pair_do(&pair, 0, &rotate));
    pair_run(&pair, 5000);
    struct counting counting = {.epoch = write_epoch(&pair, 0).id};
    const struct store_reader *reader = ram_store_get_reader(pair.nodes[0].store);
    reader->each_statement(reader->ctx, on_statement, &counting);
    assert_int_equal(counting.grants, 21 * 2);
    assert_int_equal(counting.statements, 2);
    assert_int_equal(counting.most, 32);
    pair_fini(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_joiner_can_read_and_write_at_once),
        cmocka_unit_test(many_at_once_are_stored_and_then_wrapped),
        cmocka_unit_test(within_a_minute_of_a_removal_there_is_a_new_epoch),
        cmocka_unit_test(buddies_keep_each_others_records),
        cmocka_unit_test(who_was_taken_out_by_hand_stays_out),
        cmocka_unit_test(a_key_is_not_used_for_longer_than_ninety_days),
        cmocka_unit_test(a_date_that_jumps_hastens_no_key),
        cmocka_unit_test(grants_go_out_in_slices_of_32),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
