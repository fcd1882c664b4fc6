/* How a school comes in: one use, one pair of words, and what survives. */
#include "daemon/core/joins.h"

#include "tests/unit/daemon/core/steps.h"

static void an_invite_is_used_once(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair, 3);
    steps_found(&pair, 0);
    char *code = steps_invite(&pair, 0);
    assert_ok(steps_join(&pair, code, 1));
    pair_run(&pair, 3000);
    assert_err(ERR_REFUSED, steps_join(&pair, code, 2)); /* while the first waits */
    assert_int_equal(steps_requests(&pair, 0).n, 1);
    assert_non_null(strstr(steps_status(&pair, 2).joining_note, "another school"));
    steps_approve(&pair, 0);
    pair_run(&pair, 20000);
    assert_int_equal(steps_status(&pair, 1).state, NODE_MEMBER);
    assert_int_equal(steps_status(&pair, 2).state, NODE_JOINING);
    assert_int_equal(steps_requests(&pair, 0).n, 0);
    assert_non_null(strstr(steps_status(&pair, 2).joining_note, "used or withdrawn"));

    char *fresh = steps_invite(&pair, 0);
    assert_ok(steps_join(&pair, fresh, 2)); /* the way out: a new invite */
    pair_run(&pair, 3000);
    steps_approve(&pair, 0);
    pair_run(&pair, 20000);
    assert_int_equal(steps_status(&pair, 2).state, NODE_MEMBER);
    free(fresh);
    free(code);
    pair_fini(&pair);
}

/* Typed twice, a code gives the same words: the steward has been read the first ones. */
static void a_code_typed_twice_keeps_its_words(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair, 2);
    steps_found(&pair, 0);
    char *code = steps_invite(&pair, 0), words[64];
    assert_ok(steps_join(&pair, code, 1));
    pair_run(&pair, 3000);
    snprintf(words, sizeof(words), "%s", steps_requests(&pair, 0).words);
    assert_ok(steps_join(&pair, code, 1));
    pair_run(&pair, 3000);
    assert_string_equal(steps_status(&pair, 1).joining_words, words);
    assert_string_equal(steps_requests(&pair, 0).words, words);
    free(code);
    pair_fini(&pair);
}

/* Who waits at one network may ask another one. */
static void a_school_that_waits_may_ask_elsewhere(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair, 3);
    steps_found(&pair, 0);
    steps_found(&pair, 2);
    char *early = steps_invite(&pair, 0), *other = steps_invite(&pair, 2);
    assert_ok(steps_join(&pair, early, 1));
    pair_run(&pair, 3000);
    assert_ok(steps_join(&pair, other, 1));
    pair_run(&pair, 3000);
    assert_string_equal(steps_requests(&pair, 2).words, steps_status(&pair, 1).joining_words);
    steps_approve(&pair, 2);
    pair_run(&pair, 20000);
    struct node_status at = steps_status(&pair, 1), there = steps_status(&pair, 2);
    assert_int_equal(at.state, NODE_MEMBER);
    assert_true(network_id_eq(&at.network, &there.network));
    free(early);
    free(other);
    pair_fini(&pair);
}

static void a_code_is_refused_when_broken_or_expired(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair, 2);
    steps_found(&pair, 0);
    char *code = steps_invite(&pair, 0);
    assert_err(ERR_INVALID, steps_join(&pair, "KITH-ABCDE-FGHJK", 1));
    pair.wall_s += 7 * 86400 + 60;
    assert_err(ERR_EXPIRED, steps_join(&pair, code, 1));
    assert_int_equal(steps_status(&pair, 1).state, NODE_SOLO);
    pair.wall_s -= 120;
    assert_ok(steps_join(&pair, code, 1));
    pair.wall_s +=
        120; /* it expires while the school waits; the person decides in time or not */
    free(code);
    struct command bad = {.kind = COMMAND_INVITE_CREATE,
                          .invite_create = {.note = "", .days = LIMIT_INVITE_DAYS + 1}};
    assert_err(ERR_INVALID, pair_do(&pair, 0, &bad));
    bad.invite_create.days = 0;
    assert_err(ERR_INVALID, pair_do(&pair, 0, &bad));
    bad.invite_create.days = 1;
    assert_ok(pair_do(&pair, 0, &bad));
    pair_fini(&pair);
}

static void the_words_are_of_the_first_handshake_on_both_sides(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair, 2);
    steps_found(&pair, 0);
    char *code = steps_invite(&pair, 0);
    assert_ok(steps_join(&pair, code, 1));
    free(code);
    char words[64];
    snprintf(words, sizeof(words), "%.63s", pair.nodes[1].text);
    pair_run(&pair, 3000);
    assert_string_equal(steps_requests(&pair, 0).words, words);
    for (int i = 0; i < 2; i++) {
        pair_off(&pair, i, true);
        pair_run(&pair, 3000);
        pair_off(&pair, i, false);
        pair_run(&pair, 20000);
        assert_int_equal(steps_requests(&pair, 0).n, 1);
        assert_string_equal(steps_requests(&pair, 0).words, words);
        assert_string_equal(steps_status(&pair, 1).joining_words, words);
    }
    pair_fini(&pair);
}

static void make_steward(struct pair *pair, int hub, int school)
{
    struct command command = {.kind = COMMAND_ROLE,
                              .role = {.school = pair->nodes[school].options.school,
                                       .role = ROLE_STEWARD,
                                       .on = true,
                                       .root_sk = &pair->nodes[hub].keys.root_sk}};
    assert_ok(pair_do(pair, hub, &command));
    pair_run(pair, 5000);
}

static void deny(struct pair *pair, int steward)
{
    struct command command = {.kind = COMMAND_DENY,
                              .request = {.invite = steps_requests(pair, steward).invite}};
    assert_ok(pair_do(pair, steward, &command));
}

/* Several stewards answer a code: the words must not be of another one's handshake. */
static void one_steward_is_asked_the_inviter_first(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair, 3);
    steps_found(&pair, 0);
    char *code = steps_invite(&pair, 0);
    assert_ok(steps_join(&pair, code, 1));
    free(code);
    pair_run(&pair, 3000);
    steps_approve(&pair, 0);
    pair_run(&pair, 20000);
    make_steward(&pair, 0, 1);
    code = steps_invite(&pair, 1); /* of the younger steward; the hub answers it too */
    assert_ok(steps_join(&pair, code, 2));
    pair_run(&pair, 15000);
    assert_int_equal(steps_requests(&pair, 0).n, 0);
    assert_int_equal(steps_requests(&pair, 1).n, 1);
    assert_string_equal(steps_requests(&pair, 1).words, steps_status(&pair, 2).joining_words);

    deny(&pair, 1);
    pair_run(&pair, 1000);
    assert_non_null(strstr(steps_status(&pair, 2).joining_note, "sent the request away"));
    assert_ok(steps_join(&pair, code, 2)); /* the same code, typed again */
    pair_run(&pair, 15000);
    assert_string_equal(steps_requests(&pair, 1).words, steps_status(&pair, 2).joining_words);
    pair_off(&pair, 1, true); /* its steward has gone home: the other one is asked */
    assert_ok(steps_join(&pair, code, 2));
    pair_run(&pair, 15000);
    assert_string_equal(steps_requests(&pair, 0).words, steps_status(&pair, 2).joining_words);
    steps_approve(&pair, 0);
    pair_run(&pair, 20000);
    assert_int_equal(steps_status(&pair, 2).state, NODE_MEMBER);
    free(code);
    pair_fini(&pair);
}

static void a_request_and_a_join_survive_a_restart(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair, 2);
    steps_found(&pair, 0);
    char *code = steps_invite(&pair, 0);
    assert_ok(steps_join(&pair, code, 1));
    free(code);
    pair_run(&pair, 3000);
    struct steps_request before = steps_requests(&pair, 0);
    steps_restart(&pair, 0);
    steps_restart(&pair, 1);
    assert_int_equal(steps_status(&pair, 0).state, NODE_MEMBER);
    assert_int_equal(steps_status(&pair, 1).state, NODE_JOINING);
    assert_string_equal(steps_requests(&pair, 0).words, before.words);
    assert_string_equal(steps_status(&pair, 1).joining_words, before.words);
    pair_run(&pair, 10000);
    steps_approve(&pair, 0);
    pair_run(&pair, 20000);
    assert_int_equal(steps_status(&pair, 1).state, NODE_MEMBER);
    steps_restart(&pair, 1);
    assert_int_equal(steps_status(&pair, 1).state, NODE_MEMBER);
    pair_fini(&pair);
}

/* As a disk is that no beacon of anybody else has reached yet. */
static void lose_beacons(struct pair *pair, int at)
{
    struct ram_store *store = pair->nodes[at].store;
    size_t kept = 0;
    for (size_t i = 0; i < store->beacons_n; i++) {
        if (device_pk_eq(&store->beacons[i].device, &pair->nodes[at].options.device_pk)) {
            store->beacons[kept++] = store->beacons[i];
        } else {
            buf_fini(&store->beacons[i].bytes);
        }
    }
    store->beacons_n = kept;
}

/* Nobody knows where the other is but by the invite's addresses: they outlive the join. */
static void a_school_that_stops_before_any_beacon_finds_its_steward_again(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair, 2);
    steps_found(&pair, 0);
    steps_admit(&pair, 0, 1);
    pair_run(&pair, 20000);
    pair_off(&pair, 1, true);
    pair_off(&pair, 0, true);
    for (int at = 0; at < 2; at++)
        lose_beacons(&pair, at);
    steps_restart(&pair, 0);
    pair_run(&pair, 60000);
    steps_restart(&pair, 1);
    pair_run(&pair, 20000);
    struct space_id space = steps_network_space(&pair);
    uint64_t before = steps_space(&pair, 0, &space).envelopes;
    assert_ok(steps_write(&pair, 1, AUDIENCE_NETWORK, "{\"t\":\"back again\"}"));
    pair_run(&pair, 20000);
    assert_int_equal(steps_space(&pair, 0, &space).envelopes, before + 1);
    pair_fini(&pair);
}

/* Requests of schools that asked and went, as a steward keeps them. */
static void keep_requests(struct pair *pair, int at, size_t n)
{
    struct node *node = pair->nodes[at].node;
    for (size_t i = 0; i < n; i++) {
        struct pair_node *self = &pair->nodes[1];
        struct invite_request request = {
            .school = self->options.school,
            .school_name = {"Another", 7},
            .root_pk = self->keys.root_pk,
            .recovery_pk = self->keys.recovery_pk,
            .device = {.device = self->options.device_pk,
                       .box = self->options.box_pk,
                       .transport = self->options.transport_pk,
                       .name = {"office", 6}},
        };
        struct buf body = {0};
        char words[PHRASE_FOUR_BYTES] = "apple berry";
        env_random(&pair->env, request.invite.b, sizeof(request.invite.b));
        invite_request_sign(&request, &node->network, &self->keys.root_sk);
        invite_request_encode(&body, &request);
        assert_true(joinbook_keep_request(node, &request.invite, buf_slice(&body), words,
                                          pair->wall_s));
        buf_fini(&body);
    }
}

static void a_steward_keeps_64_requests_and_no_more(void **state)
{
    (void)state;
    for (size_t held = LIMIT_JOIN_REQUESTS - 1; held <= LIMIT_JOIN_REQUESTS; held++) {
        struct pair pair;
        pair_init(&pair, 2);
        steps_found(&pair, 0);
        char *code = steps_invite(&pair, 0);
        keep_requests(&pair, 0, held);
        bool full = held == LIMIT_JOIN_REQUESTS;
        assert_err(full ? ERR_REFUSED : ERR_OK, steps_join(&pair, code, 1));
        pair_run(&pair, 3000);
        assert_int_equal(steps_requests(&pair, 0).n, LIMIT_JOIN_REQUESTS);
        const char *note = steps_status(&pair, 1).joining_note;
        assert_int_equal(strstr(note, "too many") != NULL, full);
        free(code);
        pair_fini(&pair);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_invite_is_used_once),
        cmocka_unit_test(a_code_typed_twice_keeps_its_words),
        cmocka_unit_test(a_school_that_waits_may_ask_elsewhere),
        cmocka_unit_test(a_code_is_refused_when_broken_or_expired),
        cmocka_unit_test(the_words_are_of_the_first_handshake_on_both_sides),
        cmocka_unit_test(one_steward_is_asked_the_inviter_first),
        cmocka_unit_test(a_request_and_a_join_survive_a_restart),
        cmocka_unit_test(a_school_that_stops_before_any_beacon_finds_its_steward_again),
        cmocka_unit_test(a_steward_keeps_64_requests_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
