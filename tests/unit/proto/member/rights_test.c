/* Every row of the rights table, allowed and refused. */
#include "tests/unit/proto/member/world.h"

/*
 * Hub 0 (steward), steward 1, steward 2, plain 3 and 4, each with device 0; school 3 and 0 have
 * a second device.
 */
static struct world *network(void)
{
    struct world *w = world_new(1);
    for (int s = 1; s <= 4; s++)
        world_admit(w, 0, s);
    world_steward(w, 1, -1);
    world_steward(w, 2, 1);
    world_add_device(w, 3, 1);
    world_add_device(w, 0, 1);
    assert_int_equal(fold_stewards(w->fold), 3);
    return w;
}

static void assert_stands(const struct world *w, struct envelope_id id)
{
    if (envelope_id_is_zero(&id)) fail_msg("refused: %s", fold_verdict_name(w->why));
    world_assert_verdict(w, &id, FOLD_VERDICT_STANDS);
}

static void assert_pending(const struct world *w, struct envelope_id id)
{
    if (envelope_id_is_zero(&id)) fail_msg("refused: %s", fold_verdict_name(w->why));
    world_assert_verdict(w, &id, FOLD_VERDICT_PENDING);
}

static void assert_refused(const struct world *w, struct envelope_id id, enum fold_verdict why)
{
    assert_true(envelope_id_is_zero(&id));
    if (w->why != why) {
        fail_msg("refused with %s, not %s", fold_verdict_name(w->why), fold_verdict_name(why));
    }
}

static struct envelope_id remove_school(struct world *w, int by, bool root, int school)
{
    return WORLD_POST(
        w, by, 0, root,
        make_school_remove(&w->body, &w->make, &w->schools[school].id, &w->frontier, &w->left));
}

static struct envelope_id remove_device(struct world *w, int by, int by_device, bool root,
                                        int school, int device)
{
    return WORLD_POST(w, by, by_device, root,
                      make_device_remove(&w->body, &w->make,
                                         &w->schools[school].devices[device].pk, &w->frontier,
                                         &w->left));
}

static struct envelope_id role(struct world *w, int by, bool root, int school,
                               enum statement_role which, bool on)
{
    return WORLD_POST(
        w, by, 0, root,
        make_role(&w->body, &w->make, &w->schools[school].id, which, on, &w->frontier));
}

static struct envelope_id assent(struct world *w, int by, struct envelope_id act)
{
    return WORLD_POST(w, by, 0, false, make_assent(&w->body, &w->make, &act));
}

static void steward_invites_and_admits(void **state)
{
    (void)state;
    struct world *w = network();
    struct invite_secret secret = {{7}};
    assert_stands(w, world_admit(w, 1, 5));
    assert_refused(w, WORLD_POST(w, 3, 0, false, make_invite(&w->body, &w->make, &secret, 9)),
                   FOLD_VERDICT_NOT_STEWARD);
    /* Unknown device */
    assert_refused(w, WORLD_POST(w, 7, 0, false, make_invite(&w->body, &w->make, &secret, 9)),
                   FOLD_VERDICT_NOT_MEMBER);
    assert_stands(w, WORLD_POST(w, 1, 0, false, make_invite(&w->body, &w->make, &secret, 9)));
    assert_refused(w, WORLD_POST(w, 2, 0, false, make_invite(&w->body, &w->make, &secret, 9)),
                   FOLD_VERDICT_EXISTS);
    struct invite_request request = world_request(w, 6, 0, &secret);
    assert_refused(w, WORLD_POST(w, 3, 0, false, make_admit(&w->body, &w->make, &request)),
                   FOLD_VERDICT_NOT_STEWARD);
    struct invite_request again = world_request(w, 4, 1, &secret);
    assert_refused(w, WORLD_POST(w, 1, 0, false, make_admit(&w->body, &w->make, &again)),
                   FOLD_VERDICT_EXISTS);
    /* Another steward may serve it; then it is used. */
    assert_stands(w, WORLD_POST(w, 2, 0, false, make_admit(&w->body, &w->make, &request)));
    struct invite_request late = world_request(w, 7, 0, &secret);
    assert_refused(w, WORLD_POST(w, 2, 0, false, make_admit(&w->body, &w->make, &late)),
                   FOLD_VERDICT_INVITE);
    world_free(w);
}

static void steward_voids_an_invite(void **state)
{
    (void)state;
    struct world *w = network();
    struct invite_secret secret = {{7}}, other = {{8}};
    struct invite_id id, unknown;
    invite_id(&id, &secret);
    invite_id(&unknown, &other);
    assert_stands(w, WORLD_POST(w, 1, 0, false, make_invite(&w->body, &w->make, &secret, 9)));
    assert_refused(w, WORLD_POST(w, 3, 0, false, make_invite_void(&w->body, &w->make, &id)),
                   FOLD_VERDICT_NOT_STEWARD);
    assert_refused(w,
                   WORLD_POST(w, 1, 0, false, make_invite_void(&w->body, &w->make, &unknown)),
                   FOLD_VERDICT_INVITE);
    assert_stands(w, WORLD_POST(w, 2, 0, false, make_invite_void(&w->body, &w->make, &id)));
    struct invite_request request = world_request(w, 5, 0, &secret);
    assert_refused(w, WORLD_POST(w, 1, 0, false, make_admit(&w->body, &w->make, &request)),
                   FOLD_VERDICT_INVITE);
    struct fold_invite invite;
    assert_true(fold_invite(w->fold, &id, &invite));
    assert_int_equal(invite.status, FOLD_INVITE_VOID);
    world_free(w);
}

static void steward_removes_a_plain_school(void **state)
{
    (void)state;
    struct world *w = network();
    assert_refused(w, remove_school(w, 3, false, 4), FOLD_VERDICT_NOT_STEWARD);
    assert_stands(w, remove_school(w, 1, false, 3));
    assert_int_equal(world_school(w, 3).status, FOLD_ENDED);
    assert_int_equal(world_device_status(w, 3, 1), FOLD_ENDED);
    assert_refused(w, remove_school(w, 3, false, 4), FOLD_VERDICT_NOT_MEMBER);
    world_free(w);
}

static void removal_of_a_steward_takes_several(void **state)
{
    (void)state;
    struct world *w = network();
    /* A majority of three: proposer and one more. */
    struct envelope_id act = remove_school(w, 1, false, 2);
    assert_pending(w, act);
    assert_int_equal(world_school(w, 2).status, FOLD_LIVE);
    size_t missing;
    struct envelope_id pending;
    assert_true(fold_pending_at(w->fold, 0, &pending, &missing));
    assert_true(envelope_id_eq(&pending, &act));
    assert_int_equal(missing, 1);
    assert_refused(w, assent(w, 3, act), FOLD_VERDICT_NOT_STEWARD);
    assert_refused(w, assent(w, 1, act), FOLD_VERDICT_EXISTS);
    assert_stands(w, assent(w, 0, act));
    world_assert_verdict(w, &act, FOLD_VERDICT_STANDS);
    assert_int_equal(world_school(w, 2).status, FOLD_ENDED);
    assert_int_equal(fold_stewards(w->fold), 2);
    world_free(w);

    /* The hub's root with one other steward's assent; another root will not do. */
    w = network();
    assert_refused(w, remove_school(w, 1, true, 2), FOLD_VERDICT_NOT_HUB);
    act = remove_school(w, 0, true, 2);
    assert_pending(w, act);
    assert_stands(w, assent(w, 1, act));
    assert_int_equal(world_school(w, 2).status, FOLD_ENDED);
    world_free(w);
}

static void roles_take_several(void **state)
{
    (void)state;
    struct world *w = world_new(2);
    world_admit(w, 0, 1);
    world_admit(w, 0, 2);
    /* The only steward: its root alone, its device alone not. */
    assert_refused(w, role(w, 0, false, 1, STATEMENT_STEWARD, true), FOLD_VERDICT_NOT_ALLOWED);
    assert_refused(w, role(w, 1, false, 1, STATEMENT_STEWARD, true), FOLD_VERDICT_NOT_STEWARD);
    assert_stands(w, role(w, 0, true, 1, STATEMENT_STEWARD, true));
    assert_refused(w, role(w, 0, true, 1, STATEMENT_STEWARD, true), FOLD_VERDICT_EXISTS);
    assert_true(world_school(w, 1).steward);
    /* Two stewards now: the root needs the other's assent. */
    struct envelope_id act = role(w, 0, true, 2, STATEMENT_OBSERVER, true);
    assert_pending(w, act);
    assert_false(world_school(w, 2).observer);
    assert_stands(w, assent(w, 1, act));
    assert_true(world_school(w, 2).observer);
    /* A majority of two is both. */
    act = role(w, 1, false, 2, STATEMENT_STEWARD, true);
    assert_pending(w, act);
    assert_stands(w, assent(w, 0, act));
    assert_true(world_school(w, 2).steward);
    act = role(w, 0, true, 2, STATEMENT_STEWARD, false);
    assert_stands(w, assent(w, 2, act));
    assert_false(world_school(w, 2).steward);
    assert_refused(w, role(w, 0, true, 2, STATEMENT_STEWARD, false), FOLD_VERDICT_NO_TARGET);
    world_free(w);
}

static void devices_by_root_device_and_steward(void **state)
{
    (void)state;
    struct world *w = network();
    assert_stands(w, world_add_device(w, 3, 2));
    assert_refused(w,
                   WORLD_POST(w, 4, 1, true,
                              make_device_add(&w->body, &w->make, &w->schools[3].id,
                                              &w->schools[4].devices[1].keys)),
                   FOLD_VERDICT_NOT_ROOT);
    /* A school's root; another of its devices; itself not; another school not. */
    assert_refused(w, remove_device(w, 4, 0, false, 3, 2), FOLD_VERDICT_NOT_STEWARD);
    assert_refused(w, remove_device(w, 3, 2, false, 3, 2), FOLD_VERDICT_NOT_ALLOWED);
    assert_refused(w, remove_device(w, 4, 0, true, 3, 2), FOLD_VERDICT_NOT_ROOT);
    assert_stands(w, remove_device(w, 3, 0, false, 3, 2));
    assert_stands(w, remove_device(w, 3, 0, true, 3, 1));
    /* A steward for a plain school only. */
    assert_stands(w, remove_device(w, 1, 0, false, 3, 0));
    assert_refused(w, remove_device(w, 1, 0, false, 0, 1), FOLD_VERDICT_NOT_ALLOWED);
    /* A removed key is dead for ever. */
    assert_stands(w, remove_school(w, 1, false, 3));
    assert_refused(w, world_admit_device(w, 1, 3, 0), FOLD_VERDICT_EXISTS);
    struct world_device fresh = w->schools[7].devices[0];
    w->schools[7].devices[0] = w->schools[3].devices[0];
    w->schools[3].devices[0] = fresh;
    assert_stands(w, world_admit_device(w, 1, 3, 0));
    assert_int_equal(world_school(w, 3).status, FOLD_LIVE);
    world_free(w);
}

static void leave_and_rotate_by_root(void **state)
{
    (void)state;
    struct world *w = network();
    world_begin(w, 3, 0, false);
    assert_err(ERR_PHRASE, make_leave(&w->body, &w->make, &w->frontier, &w->left));
    /* Rotate: own root at once; two stewards with assent; a plain school never. */
    struct world_school *spare = &w->schools[7];
    assert_refused(w,
                   WORLD_POST(w, 4, 0, false,
                              make_root_rotate(&w->body, &w->make, &w->schools[3].id,
                                               &spare->root_pk, &spare->recovery_pk)),
                   FOLD_VERDICT_NOT_STEWARD);
    assert_refused(w,
                   WORLD_POST(w, 4, 0, true,
                              make_root_rotate(&w->body, &w->make, &w->schools[3].id,
                                               &spare->root_pk, &spare->recovery_pk)),
                   FOLD_VERDICT_NOT_ROOT);
    assert_stands(w, WORLD_POST(w, 3, 0, true,
                                make_root_rotate(&w->body, &w->make, &w->schools[3].id,
                                                 &spare->root_pk, &spare->recovery_pk)));
    struct fold_school school = world_school(w, 3);
    assert_true(root_pk_eq(&school.root_pk, &spare->root_pk));
    /* The old root is over. */
    assert_refused(
        w, WORLD_POST(w, 3, 0, true, make_leave(&w->body, &w->make, &w->frontier, &w->left)),
        FOLD_VERDICT_NOT_ROOT);
    struct envelope_id act =
        WORLD_POST(w, 1, 0, false,
                   make_root_rotate(&w->body, &w->make, &w->schools[4].id,
                                    &w->schools[6].root_pk, &w->schools[6].recovery_pk));
    assert_pending(w, act);
    assert_stands(w, assent(w, 2, act));
    school = world_school(w, 4);
    assert_true(root_pk_eq(&school.root_pk, &w->schools[6].root_pk));
    w->schools[4].root_pk = w->schools[6].root_pk;
    w->schools[4].root_sk = w->schools[6].root_sk;
    assert_stands(
        w, WORLD_POST(w, 4, 0, true, make_leave(&w->body, &w->make, &w->frontier, &w->left)));
    assert_true(world_school(w, 4).left);
    world_free(w);
}

static void succession_by_a_majority_of_two_or_more(void **state)
{
    (void)state;
    struct world *w = world_new(3);
    world_admit(w, 0, 1);
    assert_refused(
        w,
        WORLD_POST(w, 0, 0, false,
                   make_hub_succession(&w->body, &w->make, &w->schools[1].id, &w->frontier)),
        FOLD_VERDICT_NOT_ALLOWED);
    world_free(w);
    w = network();
    assert_refused(
        w,
        WORLD_POST(w, 3, 0, false,
                   make_hub_succession(&w->body, &w->make, &w->schools[1].id, &w->frontier)),
        FOLD_VERDICT_NOT_STEWARD);
    struct envelope_id act =
        WORLD_POST(w, 1, 0, false,
                   make_hub_succession(&w->body, &w->make, &w->schools[1].id, &w->frontier));
    assert_pending(w, act);
    assert_stands(w, assent(w, 2, act));
    struct school_id hub;
    assert_true(fold_hub(w->fold, &hub));
    assert_true(school_id_eq(&hub, &w->schools[1].id));
    assert_false(world_school(w, 0).hub);
    world_free(w);
}

static void spaces_by_their_members(void **state)
{
    (void)state;
    struct world *w = network();
    struct epoch_key key;
    struct space_tag net = world_tag(w, SPACE_NETWORK, 0), own = world_tag(w, SPACE_OWN, 3),
                     hub = world_tag(w, SPACE_HUB, 3);
    struct keyring *ring = w->schools[3].devices[0].ring;
    /* The network's epoch: a steward. */
    assert_refused(
        w,
        WORLD_POST(w, 3, 0, false,
                   make_space_epoch(&w->body, &w->make, &net, ring, &w->frontier, &key)),
        FOLD_VERDICT_NOT_STEWARD);
    assert_stands(
        w, WORLD_POST(w, 1, 0, false,
                      make_space_epoch(&w->body, &w->make, &net, ring, &w->frontier, &key)));
    /* A school's own: its devices; nobody else, the hub neither. */
    assert_stands(
        w, WORLD_POST(w, 3, 1, false,
                      make_space_epoch(&w->body, &w->make, &own, ring, &w->frontier, &key)));
    assert_refused(
        w,
        WORLD_POST(w, 0, 0, false,
                   make_space_epoch(&w->body, &w->make, &own, ring, &w->frontier, &key)),
        FOLD_VERDICT_NOT_IN_SPACE);
    /* School and hub: the school makes the epoch; both grant. */
    assert_refused(
        w,
        WORLD_POST(w, 0, 0, false,
                   make_space_epoch(&w->body, &w->make, &hub, ring, &w->frontier, &key)),
        FOLD_VERDICT_NOT_IN_SPACE);
    struct envelope_id epoch = WORLD_POST(
        w, 3, 0, false, make_space_epoch(&w->body, &w->make, &hub, ring, &w->frontier, &key));
    assert_stands(w, epoch);
    assert_ok(keyring_add_epoch(ring, w->fold, &epoch, &key));
    assert_refused(w,
                   WORLD_POST(w, 4, 0, false,
                              make_space_grant(&w->body, &w->make, &epoch, ring, 1, &w->left)),
                   FOLD_VERDICT_NOT_IN_SPACE);
    assert_stands(w,
                  WORLD_POST(w, 0, 0, false,
                             make_space_grant(&w->body, &w->make, &epoch, ring, 1, &w->left)));
    assert_stands(w,
                  WORLD_POST(w, 3, 0, false,
                             make_space_grant(&w->body, &w->make, &epoch, ring, 8, &w->left)));
    /* Carriers: by a member, of a space that has them. */
    assert_stands(
        w, WORLD_POST(w, 3, 0, false,
                      make_space_carriers(&w->body, &w->make, &own, &w->schools[4].id, 1)));
    assert_refused(
        w,
        WORLD_POST(w, 4, 0, false,
                   make_space_carriers(&w->body, &w->make, &own, &w->schools[4].id, 1)),
        FOLD_VERDICT_NOT_IN_SPACE);
    assert_refused(
        w,
        WORLD_POST(w, 1, 0, false,
                   make_space_carriers(&w->body, &w->make, &net, &w->schools[4].id, 1)),
        FOLD_VERDICT_NOT_ALLOWED);
    assert_refused(
        w,
        WORLD_POST(w, 2, 0, false,
                   make_space_accept(&w->body, &w->make, &own, STATEMENT_AS_CARRIER)),
        FOLD_VERDICT_NOT_ALLOWED);
    assert_stands(
        w, WORLD_POST(w, 4, 0, false,
                      make_space_accept(&w->body, &w->make, &own, STATEMENT_AS_CARRIER)));
    assert_true(fold_holds_space(w->fold, &own, &w->schools[4].id));
    world_free(w);
}

static void groups_by_those_named(void **state)
{
    (void)state;
    struct world *w = network();
    struct keyring *ring = w->schools[3].devices[0].ring;
    struct epoch_key key;
    struct envelope_id made = WORLD_POST(
        w, 3, 0, false, make_space_new(&w->body, &w->make, "", &w->schools[4].id, 1));
    assert_stands(w, made);
    struct space_tag tag = world_group_tag(w, &made);
    assert_refused(
        w,
        WORLD_POST(w, 4, 0, false,
                   make_space_epoch(&w->body, &w->make, &tag, ring, &w->frontier, &key)),
        FOLD_VERDICT_NOT_IN_SPACE);
    assert_refused(w,
                   WORLD_POST(w, 1, 0, false,
                              make_space_accept(&w->body, &w->make, &tag, STATEMENT_AS_MEMBER)),
                   FOLD_VERDICT_NOT_IN_SPACE);
    assert_int_equal(fold_part(w->fold, &tag, &w->schools[4].id), FOLD_ASKED_MEMBER);
    assert_stands(w,
                  WORLD_POST(w, 4, 0, false,
                             make_space_accept(&w->body, &w->make, &tag, STATEMENT_AS_MEMBER)));
    assert_int_equal(fold_part(w->fold, &tag, &w->schools[4].id), FOLD_MEMBER);
    assert_stands(
        w, WORLD_POST(w, 4, 0, false,
                      make_space_epoch(&w->body, &w->make, &tag, ring, &w->frontier, &key)));
    /* Hub and stewards carry by default, without reading; others do not hold it. */
    assert_int_equal(fold_part(w->fold, &tag, &w->schools[0].id), FOLD_CARRIER);
    assert_int_equal(fold_part(w->fold, &tag, &w->schools[1].id), FOLD_CARRIER);
    assert_refused(w,
                   WORLD_POST(w, 1, 0, false,
                              make_space_leave(&w->body, &w->make, &tag, STATEMENT_AS_MEMBER,
                                               &w->frontier)),
                   FOLD_VERDICT_NOT_IN_SPACE);
    assert_stands(w, WORLD_POST(w, 1, 0, false,
                                make_space_leave(&w->body, &w->make, &tag, STATEMENT_AS_CARRIER,
                                                 &w->frontier)));
    assert_false(fold_holds_space(w->fold, &tag, &w->schools[1].id));
    assert_stands(w, WORLD_POST(w, 4, 0, false,
                                make_space_leave(&w->body, &w->make, &tag, STATEMENT_AS_MEMBER,
                                                 &w->frontier)));
    assert_int_equal(fold_part(w->fold, &tag, &w->schools[4].id), FOLD_LEFT);
    world_free(w);
}

static void erase_by_the_school_that_wrote(void **state)
{
    (void)state;
    struct world *w = network();
    struct space_tag net = world_tag(w, SPACE_NETWORK, 0);
    struct make_erase erase = {
        .chain = {w->schools[3].devices[0].pk, net}, .seq = 4, .id = {{4}}};
    assert_refused(w, WORLD_POST(w, 0, 0, false, make_erase(&w->body, &w->make, &erase)),
                   FOLD_VERDICT_NOT_ALLOWED);
    assert_int_equal(fold_erased(w->fold, &erase.chain, 4, &erase.id), FOLD_NOT_ERASED);
    assert_stands(w, WORLD_POST(w, 3, 1, false, make_erase(&w->body, &w->make, &erase)));
    assert_int_equal(fold_erased(w->fold, &erase.chain, 4, &erase.id), FOLD_ERASED);
    assert_int_equal(fold_erased(w->fold, &erase.chain, 5, &erase.id), FOLD_NOT_ERASED);
    world_free(w);
}

static void hide_by_a_steward(void **state)
{
    (void)state;
    struct world *w = network();
    struct record_id record = {{1}};
    struct envelope_id by, hide;
    const struct school_id *owner = &w->schools[3].id;
    assert_refused(
        w, WORLD_POST(w, 3, 0, false, make_hide(&w->body, &w->make, owner, &record, "", true)),
        FOLD_VERDICT_NOT_STEWARD);
    hide = WORLD_POST(w, 1, 0, false,
                      make_hide(&w->body, &w->make, owner, &record, "names", true));
    assert_stands(w, hide);
    assert_true(fold_hidden(w->fold, owner, &record, &by));
    assert_true(envelope_id_eq(&by, &hide));
    assert_refused(
        w, WORLD_POST(w, 3, 0, false, make_hide(&w->body, &w->make, owner, &record, "", false)),
        FOLD_VERDICT_NOT_STEWARD);
    assert_stands(w, WORLD_POST(w, 2, 0, false,
                                make_hide(&w->body, &w->make, owner, &record, "", false)));
    assert_false(fold_hidden(w->fold, owner, &record, &by));
    world_free(w);
}

static void proof_by_any_member(void **state)
{
    (void)state;
    struct world *w = network();
    struct world_device *liar = &w->schools[4].devices[0];
    struct space_tag net = world_tag(w, SPACE_NETWORK, 0);
    struct epoch_key key = {{1}};
    struct envelope_epoch epoch = {.id = {{1}}, .key = &key};
    struct envelope_signer signer = {.network = w->network, .sk = &liar->sk};
    uint8_t a[ENVELOPE_HEADER_BYTES], b[ENVELOPE_HEADER_BYTES];
    struct place head = {.seq = 6, .id = {{6}}};
    struct buf payload = {0};
    struct chain chain = {.device = liar->pk, .tag = net};
    assert_ok(envelope_seal_record(a, &payload, &signer, &net, &head, &epoch, &w->env,
                                   slice_of("x", 1)));
    assert_ok(envelope_seal_record(b, &payload, &signer, &net, &head, &epoch, &w->env,
                                   slice_of("y", 1)));
    buf_fini(&payload);
    assert_true(fold_may_write(w->fold, &chain));
    assert_refused(w, WORLD_POST(w, 7, 0, false, make_proof(&w->body, &w->make, a, b)),
                   FOLD_VERDICT_NOT_MEMBER);
    world_begin(w, 3, 0, false);
    assert_err(ERR_INVALID, make_proof(&w->body, &w->make, a, a));
    b[300] ^= 1;
    assert_err(ERR_INVALID, make_proof(&w->body, &w->make, a, b));
    b[300] ^= 1;
    assert_stands(w, WORLD_POST(w, 3, 0, false, make_proof(&w->body, &w->make, a, b)));
    struct fold_limit limit = fold_limit(w->fold, &chain);
    assert_int_equal(limit.limit, 6);
    assert_int_equal(limit.why, FOLD_CLIP_FROZEN);
    assert_false(fold_may_write(w->fold, &chain));
    assert_int_equal(fold_forked(w->fold, &chain), 7);
    world_free(w);
}

static void extend_by_who_could_remove(void **state)
{
    (void)state;
    struct world *w = network();
    struct space_tag net = world_tag(w, SPACE_NETWORK, 0);
    struct chain chain = {.device = w->schools[3].devices[0].pk, .tag = net};
    world_wrote(w, &chain.device, &net, 5);
    struct envelope_id removal = remove_school(w, 1, false, 3);
    assert_stands(w, removal);
    assert_int_equal(fold_limit(w->fold, &chain).limit, 5);
    w->known_n = 0;
    world_wrote(w, &chain.device, &net, 9);
    assert_refused(
        w,
        WORLD_POST(w, 4, 0, false,
                   make_cutoff_extend(&w->body, &w->make, &removal, &w->frontier, 0, &w->left)),
        FOLD_VERDICT_NOT_STEWARD);
    assert_stands(w, WORLD_POST(w, 2, 0, false,
                                make_cutoff_extend(&w->body, &w->make, &removal, &w->frontier,
                                                   0, &w->left)));
    assert_int_equal(fold_limit(w->fold, &chain).limit, 9);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steward_invites_and_admits),
        cmocka_unit_test(steward_voids_an_invite),
        cmocka_unit_test(steward_removes_a_plain_school),
        cmocka_unit_test(removal_of_a_steward_takes_several),
        cmocka_unit_test(roles_take_several),
        cmocka_unit_test(devices_by_root_device_and_steward),
        cmocka_unit_test(leave_and_rotate_by_root),
        cmocka_unit_test(succession_by_a_majority_of_two_or_more),
        cmocka_unit_test(spaces_by_their_members),
        cmocka_unit_test(groups_by_those_named),
        cmocka_unit_test(erase_by_the_school_that_wrote),
        cmocka_unit_test(hide_by_a_steward),
        cmocka_unit_test(proof_by_any_member),
        cmocka_unit_test(extend_by_who_could_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
