/* Cut-offs and their precedence, epochs and grants, the keyring, role spans, limits. */
#include "tests/unit/proto/member/world.h"

static struct world *network(void)
{
    struct world *w = world_new(31);
    for (int s = 1; s <= 4; s++)
        world_admit(w, 0, s);
    world_steward(w, 1, -1);
    world_add_device(w, 3, 1);
    return w;
}

static struct chain chain_of(const struct world *w, int school, int device,
                             struct space_tag tag)
{
    return (struct chain){.device = w->schools[school].devices[device].pk, .tag = tag};
}

/* Makes an epoch, keeps its key and grants it to all who lack it. */
static struct envelope_id epoch_granted(struct world *w, int school,
                                        const struct space_tag *tag)
{
    struct keyring *ring = w->schools[school].devices[0].ring;
    struct epoch_key key;
    struct envelope_id id =
        WORLD_POST(w, school, 0, false,
                   make_space_epoch(&w->body, &w->make, tag, ring, &w->frontier, &key));
    assert_false(envelope_id_is_zero(&id));
    assert_ok(keyring_add_epoch(ring, w->fold, &id, &key));
    w->left = 1;
    while (w->left > 0) {
        WORLD_POST(w, school, 0, false,
                   make_space_grant(&w->body, &w->make, &id, ring, 3, &w->left));
    }
    assert_int_equal(fold_grants_missing(w->fold, &id, NULL, 0), 0);
    return id;
}

static struct envelope_id remove_school(struct world *w, int by, bool root, int school)
{
    return WORLD_POST(
        w, by, 0, root,
        make_school_remove(&w->body, &w->make, &w->schools[school].id, &w->frontier, &w->left));
}

static struct envelope_id remove_device(struct world *w, int by, bool root, int device)
{
    return WORLD_POST(w, by, 0, root,
                      make_device_remove(&w->body, &w->make, &w->schools[3].devices[device].pk,
                                         &w->frontier, &w->left));
}

static void a_removal_clips_what_it_covers(void **state)
{
    (void)state;
    struct world *w = network();
    struct space_tag net = world_tag(w, SPACE_NETWORK, 0), own = world_tag(w, SPACE_OWN, 3);
    struct chain a = chain_of(w, 3, 0, net), b = chain_of(w, 3, 1, net),
                 inner = chain_of(w, 3, 0, own), other = chain_of(w, 4, 0, own);
    assert_int_equal(fold_limit(w->fold, &a).limit, FOLD_OPEN);
    assert_true(fold_may_write(w->fold, &a));
    assert_int_equal(fold_limit(w->fold, &other).limit, 0);
    assert_int_equal(fold_limit(w->fold, &other).why, FOLD_CLIP_NOT_MEMBER);
    world_wrote(w, &a.device, &net, 7);
    remove_school(w, 1, false, 3);
    struct fold_limit limit = fold_limit(w->fold, &a);
    assert_int_equal(limit.limit, 7);
    assert_memory_equal(limit.id.b, w->known[0].id.b, 32);
    /* Not named in a listed space: 0. In a space that the steward does not hold: open still. */
    assert_int_equal(fold_limit(w->fold, &b).limit, 0);
    assert_int_equal(fold_limit(w->fold, &inner).limit, FOLD_OPEN);
    assert_false(fold_may_write(w->fold, &inner));
    /* Admit: at the cut-off this very envelope, past it none. */
    struct envelope e = {.kind = ENVELOPE_RECORD,
                         .network = w->network,
                         .device = a.device,
                         .tag = net,
                         .seq = 7};
    struct envelope_id other_id = {{1}};
    assert_ok(fold_admits(w->fold, &e, &limit.id, slice_of(NULL, 0)));
    assert_err(ERR_CLIPPED, fold_admits(w->fold, &e, &other_id, slice_of(NULL, 0)));
    e.seq = 8;
    assert_err(ERR_CLIPPED, fold_admits(w->fold, &e, &other_id, slice_of(NULL, 0)));
    e.seq = 1;
    e.device = w->schools[7].devices[0].pk;
    assert_err(ERR_NOT_MEMBER, fold_admits(w->fold, &e, &other_id, slice_of(NULL, 0)));
    e.network.b[0] ^= 1;
    assert_err(ERR_NETWORK, fold_admits(w->fold, &e, &other_id, slice_of(NULL, 0)));
    world_free(w);
}

static void of_several_cutoffs_the_highest_and_a_roots_outranks(void **state)
{
    (void)state;
    struct world *w = network();
    struct space_tag net = world_tag(w, SPACE_NETWORK, 0);
    struct chain chain = chain_of(w, 3, 1, net);
    size_t base = w->n;
    world_wrote(w, &chain.device, &net, 5);
    remove_device(w, 1, false, 1); /* a steward */
    world_rewind(w, base);
    w->known_n = 0;
    world_wrote(w, &chain.device, &net, 9);
    remove_device(w, 0, false, 1); /* the other steward, who holds more */
    world_all(w);
    assert_int_equal(fold_limit(w->fold, &chain).limit, 9);
    w->known_n = 0;
    world_wrote(w, &chain.device, &net, 3);
    struct envelope_id by_root = remove_device(w, 3, true, 1);
    assert_false(envelope_id_is_zero(&by_root));
    assert_int_equal(fold_limit(w->fold, &chain).limit, 3);
    world_free(w);
}

static void a_removals_cutoff_outranks_a_proof(void **state)
{
    (void)state;
    struct world *w = network();
    struct space_tag net = world_tag(w, SPACE_NETWORK, 0);
    struct chain chain = chain_of(w, 3, 1, net);
    struct epoch_key key = {{1}};
    struct envelope_epoch epoch = {.id = {{1}}, .key = &key};
    struct envelope_signer signer = {.network = w->network, .sk = &w->schools[3].devices[1].sk};
    uint8_t a[ENVELOPE_HEADER_BYTES], b[ENVELOPE_HEADER_BYTES];
    struct place head = {.seq = 2, .id = {{6}}};
    struct buf payload = {0};
    assert_ok(envelope_seal_record(a, &payload, &signer, &net, &head, &epoch, &w->env,
                                   slice_of("x", 1)));
    assert_ok(envelope_seal_record(b, &payload, &signer, &net, &head, &epoch, &w->env,
                                   slice_of("y", 1)));
    buf_fini(&payload);
    WORLD_POST(w, 4, 0, false, make_proof(&w->body, &w->make, a, b));
    assert_int_equal(fold_limit(w->fold, &chain).limit, 2);
    struct envelope e = {.kind = ENVELOPE_RECORD,
                         .network = w->network,
                         .device = chain.device,
                         .tag = net,
                         .seq = 3};
    struct envelope_id id = {{1}};
    assert_err(ERR_FROZEN, fold_admits(w->fold, &e, &id, slice_of(NULL, 0)));
    world_wrote(w, &chain.device, &net, 6);
    remove_device(w, 3, false, 1);
    struct fold_limit limit = fold_limit(w->fold, &chain);
    assert_int_equal(limit.limit, 6);
    assert_int_equal(limit.why, FOLD_CLIP_CUT);
    world_free(w);
}

/* In a space that the remover does not hold, the next epoch of a remaining member cuts. */
static void the_next_epoch_cuts_where_no_removal_did(void **state)
{
    (void)state;
    struct world *w = network();
    struct envelope_id made = WORLD_POST(
        w, 3, 0, false, make_space_new(&w->body, &w->make, "Buddies", &w->schools[4].id, 1));
    struct space_tag tag = world_group_tag(w, &made);
    WORLD_POST(w, 4, 0, false,
               make_space_accept(&w->body, &w->make, &tag, STATEMENT_AS_MEMBER));
    WORLD_POST(w, 1, 0, false,
               make_space_leave(&w->body, &w->make, &tag, STATEMENT_AS_CARRIER, &w->frontier));
    struct envelope_id first = epoch_granted(w, 3, &tag);
    struct chain chain = chain_of(w, 3, 0, tag);
    remove_school(w, 1, false, 3);
    assert_int_equal(fold_limit(w->fold, &chain).limit, FOLD_OPEN);
    assert_true(fold_epoch_wanted(w->fold, &tag));
    world_wrote(w, &chain.device, &tag, 12);
    struct envelope_id next = epoch_granted(w, 4, &tag);
    assert_int_equal(fold_limit(w->fold, &chain).limit, 12);
    assert_false(fold_epoch_wanted(w->fold, &tag));
    struct fold_epoch write;
    assert_true(fold_write_epoch(w->fold, &tag, &write));
    assert_true(envelope_id_eq(&write.id, &next));
    assert_false(envelope_id_eq(&write.id, &first));
    world_free(w);
}

static void a_space_leave_names_its_own_chains(void **state)
{
    (void)state;
    struct world *w = network();
    struct envelope_id made = WORLD_POST(
        w, 3, 0, false, make_space_new(&w->body, &w->make, "", &w->schools[4].id, 1));
    struct space_tag tag = world_group_tag(w, &made);
    WORLD_POST(w, 4, 0, false,
               make_space_accept(&w->body, &w->make, &tag, STATEMENT_AS_MEMBER));
    struct chain chain = chain_of(w, 4, 0, tag);
    world_wrote(w, &chain.device, &tag, 4);
    WORLD_POST(w, 4, 0, false,
               make_space_leave(&w->body, &w->make, &tag, STATEMENT_AS_MEMBER, &w->frontier));
    assert_int_equal(fold_limit(w->fold, &chain).limit, 4);
    /* Accepted again, it may write again. */
    WORLD_POST(w, 4, 0, false,
               make_space_accept(&w->body, &w->make, &tag, STATEMENT_AS_MEMBER));
    assert_int_equal(fold_limit(w->fold, &chain).limit, FOLD_OPEN);
    world_free(w);
}

static void statements_go_on_256_past_a_removal(void **state)
{
    (void)state;
    struct world *w = network();
    struct chain chain = chain_of(w, 3, 0, (struct space_tag){{0}});
    uint64_t last = fold_head(w->fold, &chain.device).seq;
    remove_school(w, 1, false, 3);
    struct fold_limit limit = fold_limit(w->fold, &chain);
    assert_int_equal(limit.limit, last + LIMIT_STATEMENTS_PAST_END);
    struct envelope e = {.kind = ENVELOPE_STATEMENT,
                         .network = w->network,
                         .device = chain.device,
                         .seq = limit.limit};
    struct envelope_id id = {{1}};
    assert_ok(fold_admits(w->fold, &e, &id, slice_of(NULL, 0)));
    e.seq++;
    assert_err(ERR_CLIPPED, fold_admits(w->fold, &e, &id, slice_of(NULL, 0)));
    e.kind = ENVELOPE_BEACON;
    assert_err(ERR_NOT_MEMBER, fold_admits(w->fold, &e, &id, slice_of(NULL, 0)));
    world_free(w);
}

static void an_unknown_device_enters_by_device_add_alone(void **state)
{
    (void)state;
    struct world *w = network();
    struct world_device *fresh = &w->schools[4].devices[1];
    struct buf body = {0};
    struct make make = world_make(w, 4, 1, true);
    assert_ok(make_device_add(&body, &make, &w->schools[4].id, &fresh->keys));
    struct envelope e = {
        .kind = ENVELOPE_STATEMENT, .network = w->network, .device = fresh->pk, .seq = 1};
    struct envelope_id id = {{1}};
    assert_ok(fold_admits(w->fold, &e, &id, buf_slice(&body)));
    e.seq = 2;
    assert_err(ERR_NOT_MEMBER, fold_admits(w->fold, &e, &id, buf_slice(&body)));
    e.seq = 1;
    body.data[body.len - 1] ^= 1;
    assert_err(ERR_SIGNATURE, fold_admits(w->fold, &e, &id, buf_slice(&body)));
    assert_err(ERR_MALFORMED, fold_admits(w->fold, &e, &id, slice_of(body.data, 9)));
    body.data[3] ^= 1; /* a `seen` that nobody holds */
    assert_err(ERR_ORDER, fold_admits(w->fold, &e, &id, buf_slice(&body)));
    e.device = w->schools[4].devices[2].pk;
    body.data[3] ^= 1;
    assert_err(ERR_NOT_MEMBER, fold_admits(w->fold, &e, &id, buf_slice(&body)));
    buf_fini(&body);
    world_free(w);
}

/* ----------------------------------------------------------------------------- epochs, keys */

static void the_write_epoch_is_the_newest_clean_one(void **state)
{
    (void)state;
    struct world *w = network();
    struct space_tag net = world_tag(w, SPACE_NETWORK, 0);
    struct fold_epoch epoch;
    assert_false(fold_write_epoch(w->fold, &net, &epoch));
    struct envelope_id first = epoch_granted(w, 0, &net);
    size_t base = w->n;
    /* Two stewards rotate at once: equal length, the smaller id. */
    struct envelope_id a = epoch_granted(w, 0, &net);
    world_rewind(w, base);
    struct envelope_id b = epoch_granted(w, 1, &net);
    world_all(w);
    const struct envelope_id *smaller = envelope_id_cmp(&a, &b) < 0 ? &a : &b;
    assert_true(fold_write_epoch(w->fold, &net, &epoch));
    /* Steward 1's ring lacked the first key: its epoch has no parent and is shorter. */
    assert_true(envelope_id_eq(&epoch.id, &a) || envelope_id_eq(&epoch.id, smaller));
    assert_int_equal(epoch.depth, 2);
    /* A grantee is removed: none is clean, the newest standing one is written under. */
    struct envelope_id before = epoch.id;
    remove_school(w, 1, false, 4);
    assert_true(fold_write_epoch(w->fold, &net, &epoch));
    assert_true(envelope_id_eq(&epoch.id, &before));
    assert_false(epoch.clean);
    assert_true(fold_epoch_wanted(w->fold, &net));
    /* The next one goes to those who are left, and names both tips. */
    bool more;
    keyring_step(w->schools[0].devices[0].ring, w->fold, 100, &more);
    struct envelope_id c = epoch_granted(w, 0, &net);
    assert_true(fold_write_epoch(w->fold, &net, &epoch));
    assert_true(envelope_id_eq(&epoch.id, &c));
    assert_true(epoch.clean && epoch.tip);
    assert_int_equal(epoch.depth, 3);
    assert_int_equal(epoch.statement->u.space_epoch.parents.n, 2);
    assert_true(fold_epoch(w->fold, &first, &epoch));
    assert_false(epoch.tip);
    world_free(w);
}

static void the_keyring_opens_grants_and_parents(void **state)
{
    (void)state;
    struct world *w = network();
    struct space_tag net = world_tag(w, SPACE_NETWORK, 0);
    struct keyring *ring = w->schools[4].devices[0].ring;
    bool more;
    struct key_id id;
    const struct epoch_key *key;
    assert_err(ERR_NOT_FOUND, keyring_write_key(ring, w->fold, &net, &id, &key));
    epoch_granted(w, 0, &net);
    assert_err(ERR_NO_KEY, keyring_write_key(ring, w->fold, &net, &id, &key));
    epoch_granted(w, 0, &net);
    struct envelope_id third = epoch_granted(w, 0, &net);
    /* One opening brings the newest, and that brings the others. */
    assert_int_equal(keyring_step(ring, w->fold, 1, &more), 3);
    assert_false(more);
    assert_ok(keyring_write_key(ring, w->fold, &net, &id, &key));
    const struct epoch_key *made = keyring_find(w->schools[0].devices[0].ring, &id);
    assert_memory_equal(made->b, key->b, sizeof(key->b));
    struct fold_epoch epoch;
    assert_true(fold_epoch(w->fold, &third, &epoch));
    assert_true(key_id_eq(&epoch.key_id, &id));
    assert_int_equal(keyring_failed(ring), 0);
    /* By the recovery key, as a restored school does. */
    struct keyring *restored = keyring_new();
    keyring_add_recovery(restored, &w->schools[4].recovery_pk, &w->schools[4].recovery_sk);
    assert_int_equal(keyring_step(restored, w->fold, 8, &more), 3);
    keyring_drop_recovery(restored);
    assert_int_equal(keyring_count(restored), 3);
    keyring_free(restored);
    /* Slices: with no opening left there is more to do. */
    restored = keyring_new();
    keyring_add_box(restored, &w->schools[3].devices[1].box, &w->schools[3].devices[1].box_sk);
    assert_int_equal(keyring_step(restored, w->fold, 0, &more), 0);
    assert_true(more);
    /* A key that is not the epoch's is not taken. */
    struct epoch_key wrong = {{1}};
    assert_err(ERR_HASH, keyring_add_epoch(restored, w->fold, &third, &wrong));
    keyring_free(restored);
    world_free(w);
}

static void who_lacks_a_key_is_named(void **state)
{
    (void)state;
    struct world *w = network();
    struct space_tag hub = world_tag(w, SPACE_HUB, 3);
    struct keyring *ring = w->schools[3].devices[0].ring;
    struct epoch_key key;
    struct envelope_id id = WORLD_POST(
        w, 3, 0, false, make_space_epoch(&w->body, &w->make, &hub, ring, &w->frontier, &key));
    struct fold_recipient to[16];
    /* School 3: two devices and recovery; the hub: one device and recovery. */
    assert_int_equal(fold_grants_missing(w->fold, &id, to, 16), 5);
    for (int i = 1; i < 5; i++)
        assert_true(memcmp(to[i - 1].key, to[i].key, 32) < 0);
    /* The hub changes: its grant soils the epoch, and the new hub is who lacks it. */
    assert_ok(keyring_add_epoch(ring, w->fold, &id, &key));
    WORLD_POST(w, 3, 0, false, make_space_grant(&w->body, &w->make, &id, ring, 9, &w->left));
    assert_false(fold_epoch_wanted(w->fold, &hub));
    struct envelope_id act =
        WORLD_POST(w, 1, 0, false,
                   make_hub_succession(&w->body, &w->make, &w->schools[1].id, &w->frontier));
    WORLD_POST(w, 0, 0, false, make_assent(&w->body, &w->make, &act));
    assert_true(fold_epoch_wanted(w->fold, &hub));
    assert_int_equal(fold_grants_missing(w->fold, &id, to, 16), 2);
    assert_true(school_id_eq(&to[0].school, &w->schools[1].id));
    assert_int_equal(fold_part(w->fold, &hub, &w->schools[0].id), FOLD_CARRIER);
    world_free(w);
}

/* ------------------------------------------------------------------------- spans and limits */

static void observe(struct world *w, bool on)
{
    struct envelope_id act = WORLD_POST(
        w, 0, 0, true,
        make_role(&w->body, &w->make, &w->schools[4].id, STATEMENT_OBSERVER, on, &w->frontier));
    WORLD_POST(w, 1, 0, false, make_assent(&w->body, &w->make, &act));
}

/* What an observer wrote before and after stays; what it writes meanwhile counts for nobody. */
static void who_observes_writes_for_nobody(void **state)
{
    (void)state;
    struct world *w = network();
    struct space_tag net = world_tag(w, SPACE_NETWORK, 0);
    struct chain chain = chain_of(w, 4, 0, net), other = chain_of(w, 1, 0, net);
    assert_false(fold_observes(w->fold, &chain, 1));
    assert_false(fold_ever_observed(w->fold, &w->schools[4].id));
    world_wrote(w, &chain.device, &net, 6);
    observe(w, true);
    assert_true(world_school(w, 4).observer);
    assert_true(fold_ever_observed(w->fold, &w->schools[4].id));
    assert_false(fold_observes(w->fold, &chain, 6));
    assert_true(fold_observes(w->fold, &chain, 7));
    assert_false(fold_observes(w->fold, &other, 7));
    w->known_n = 0;
    world_wrote(w, &chain.device, &net, 9);
    observe(w, false);
    assert_true(fold_observes(w->fold, &chain, 9));
    assert_false(fold_observes(w->fold, &chain, 10));
    world_free(w);
}

static void roles_have_spans(void **state)
{
    (void)state;
    struct world *w = network();
    struct space_tag net = world_tag(w, SPACE_NETWORK, 0);
    struct chain chain = chain_of(w, 1, 0, net), plain = chain_of(w, 4, 0, net),
                 hub = chain_of(w, 0, 0, net);
    assert_true(fold_in_role(w->fold, &hub, 1));
    assert_true(fold_in_role(w->fold, &chain, 1)); /* a first grant starts at 0 */
    assert_false(fold_in_role(w->fold, &plain, 1));
    world_wrote(w, &chain.device, &net, 6);
    struct envelope_id off = WORLD_POST(w, 0, 0, true,
                                        make_role(&w->body, &w->make, &w->schools[1].id,
                                                  STATEMENT_STEWARD, false, &w->frontier));
    WORLD_POST(w, 1, 0, false, make_assent(&w->body, &w->make, &off));
    assert_false(world_school(w, 1).steward);
    assert_true(fold_in_role(w->fold, &chain, 6));
    assert_false(fold_in_role(w->fold, &chain, 7));
    w->known_n = 0;
    world_wrote(w, &chain.device, &net, 10);
    WORLD_POST(w, 0, 0, true,
               make_role(&w->body, &w->make, &w->schools[1].id, STATEMENT_STEWARD, true,
                         &w->frontier));
    assert_true(world_school(w, 1).steward);
    assert_false(fold_in_role(w->fold, &chain, 10));
    assert_true(fold_in_role(w->fold, &chain, 11));
    assert_true(fold_in_role(w->fold, &chain, 6));
    world_free(w);
}

static void sixty_four_groups_and_no_more(void **state)
{
    (void)state;
    struct world *w = network();
    for (int i = 0; i <= LIMIT_GROUPS; i++) {
        struct envelope_id made = WORLD_POST(
            w, 3, 0, false, make_space_new(&w->body, &w->make, "", &w->schools[4].id, 1));
        struct space_tag tag = world_group_tag(w, &made);
        struct envelope_id accept = WORLD_POST(
            w, 4, 0, false, make_space_accept(&w->body, &w->make, &tag, STATEMENT_AS_MEMBER));
        assert_int_equal(w->why, i < LIMIT_GROUPS ? FOLD_VERDICT_STANDS : FOLD_VERDICT_LIMIT);
        assert_int_equal(envelope_id_is_zero(&accept), i == LIMIT_GROUPS);
    }
    assert_int_equal(fold_groups(w->fold, &w->schools[4].id), LIMIT_GROUPS);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_removal_clips_what_it_covers),
        cmocka_unit_test(of_several_cutoffs_the_highest_and_a_roots_outranks),
        cmocka_unit_test(a_removals_cutoff_outranks_a_proof),
        cmocka_unit_test(the_next_epoch_cuts_where_no_removal_did),
        cmocka_unit_test(a_space_leave_names_its_own_chains),
        cmocka_unit_test(statements_go_on_256_past_a_removal),
        cmocka_unit_test(an_unknown_device_enters_by_device_add_alone),
        cmocka_unit_test(the_write_epoch_is_the_newest_clean_one),
        cmocka_unit_test(the_keyring_opens_grants_and_parents),
        cmocka_unit_test(who_lacks_a_key_is_named),
        cmocka_unit_test(who_observes_writes_for_nobody),
        cmocka_unit_test(roles_have_spans),
        cmocka_unit_test(sixty_four_groups_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
