/* The fold is a function of the set: every order, random histories, nonsense. */
#include "tests/unit/proto/member/histories.h"

/* ------------------------------------------------------------------------------- every order
 */

/* The first `base` in order, then the last six in each of their 720 orders. */
static void assert_all_orders(const struct world *w, size_t base)
{
    assert_int_equal(w->n - base, 6);
    size_t order[64], perm[6] = {0, 1, 2, 3, 4, 5}, count[6] = {0}, tried = 1;
    struct buf expected = {0}, got = {0};
    for (size_t i = 0; i < w->n; i++)
        order[i] = i;
    dump_of(w, order, w->n, &expected);
    assert_true(expected.len > 100);
    /* Heap's algorithm, without recursion. */
    for (size_t i = 0; i < 6;) {
        if (count[i] >= i) {
            count[i++] = 0;
            continue;
        }
        size_t swap = i % 2 == 0 ? 0 : count[i];
        size_t held = perm[swap];
        perm[swap] = perm[i];
        perm[i] = held;
        for (size_t k = 0; k < 6; k++)
            order[base + k] = base + perm[k];
        dump_of(w, order, w->n, &got);
        assert_true(slice_eq(buf_slice(&expected), buf_slice(&got)));
        tried++;
        count[i]++;
        i = 0;
    }
    assert_int_equal(tried, 720);
    buf_fini(&expected);
    buf_fini(&got);
}

/* Hub 0, steward 1, plain 2: the six statements are by three signers. */
static struct world *trio(uint64_t seed)
{
    struct world *w = world_new(seed);
    world_admit(w, 0, 1);
    world_admit(w, 0, 2);
    world_steward(w, 1, -1);
    return w;
}

static void all_orders_of_a_removal_and_its_victims(void **state)
{
    (void)state;
    struct world *w = trio(21);
    size_t base = w->n;
    remove_school(w, 1, false, 2);
    hide(w, 1, 1);
    world_rewind(w, base);
    WORLD_POST(w, 2, 0, false, make_space_new(&w->body, &w->make, "", &w->schools[1].id, 1));
    struct space_tag own = world_tag(w, SPACE_OWN, 2);
    struct epoch_key key;
    WORLD_POST(w, 2, 0, false,
               make_space_epoch(&w->body, &w->make, &own, w->schools[2].devices[0].ring,
                                &w->frontier, &key));
    world_rewind(w, base);
    world_admit(w, 0, 3);
    assert_all_orders(w, base);
    world_free(w);
}

static void all_orders_of_stewards_at_odds(void **state)
{
    (void)state;
    struct world *w = trio(22);
    struct envelope_id on = role(w, 0, true, 2, true);
    assent(w, 1, on);
    size_t base = w->n;
    struct envelope_id x = remove_school(w, 1, false, 2);
    world_rewind(w, base);
    struct envelope_id y = remove_school(w, 2, false, 1);
    world_all(w);
    assent(w, 0, x);
    world_rewind(w, base + 2);
    world_rewind(w, base);
    hide(w, 2, 9);
    world_all(w);
    hide(w, 0, 8);
    assert_true(w->n == base + 5);
    WORLD_POST(w, 0, 0, false, make_assent(&w->body, &w->make, &y));
    assert_all_orders(w, base);
    world_free(w);
}

static void all_orders_of_a_thief_and_a_root(void **state)
{
    (void)state;
    struct world *w = trio(23);
    world_add_device(w, 2, 1);
    size_t base = w->n;
    remove_device(w, 2, 1, false, 2, 0);
    world_rewind(w, base);
    remove_device(w, 2, 0, true, 2, 1);
    hide(w, 0, 1);
    world_rewind(w, base);
    struct world_school *x = &w->schools[6];
    WORLD_POST(
        w, 2, 1, true,
        make_root_rotate(&w->body, &w->make, &w->schools[2].id, &x->root_pk, &x->recovery_pk));
    world_rewind(w, base);
    struct envelope_id off = role(w, 1, false, 1, false);
    (void)off;
    world_all(w);
    hide(w, 0, 2);
    assert_all_orders(w, base);
    world_free(w);
}

/* ------------------------------------------------------------------------- random histories */

static void random_histories_in_random_orders(void **state)
{
    (void)state;
    size_t posted = 0, verdicts[FOLD_VERDICT_COUNT] = {0};
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct rng rng = {.state = seed};
        struct world *w = world_new(seed);
        for (int s = 1; s <= 4; s++)
            world_admit(w, 0, s);
        world_steward(w, 1, -1);
        for (int i = 0; i < 220; i++) {
            /* Often somebody speaks who has not heard the newest; rarely a copied disk does. */
            int by = (int)rng_below(&rng, 5);
            size_t place = w->n - (w->n > 20 ? rng_below(&rng, 8) : 0);
            if (posted_since(w, by, place) && !(i > 150 && rng_chance(&rng, 30))) place = w->n;
            world_rewind(w, place);
            random_act(w, &rng, by);
            world_all(w);
        }
        posted += w->n;
        world_all(w);
        for (size_t i = 0; i < w->n; i++)
            verdicts[fold_verdict(w->fold, &w->items[i].id)]++;
        size_t order[WORLD_ITEMS];
        struct buf expected = {0}, got = {0};
        for (size_t i = 0; i < w->n; i++)
            order[i] = i;
        dump_of(w, order, w->n, &expected);
        for (int round = 0; round < 6; round++) {
            for (size_t i = w->n - 1; i > 0; i--) {
                size_t k = rng_below(&rng, i + 1), held = order[i];
                order[i] = order[k];
                order[k] = held;
            }
            dump_of(w, order, w->n, &got);
            assert_true(slice_eq(buf_slice(&expected), buf_slice(&got)));
        }
        buf_fini(&expected);
        buf_fini(&got);
        world_free(w);
    }
    /* It looked at something: every way in which a once authorised statement can fail. */
    assert_in_range(posted, 400, 10000);
    assert_in_range(verdicts[FOLD_VERDICT_ENDED], 10, 10000);
    assert_in_range(verdicts[FOLD_VERDICT_BASELESS], 1, 10000);
    assert_in_range(verdicts[FOLD_VERDICT_PENDING], 5, 10000);
    assert_in_range(verdicts[FOLD_VERDICT_FORKED], 5, 10000);
}

/* Points a generated statement at things that are there, of whatever kind. */
static void aim(struct world *w, struct rng *rng, struct arena *arena, struct statement *st)
{
    const struct envelope_id *any = &w->items[rng_below(rng, w->n)].id;
    const struct world_school *school = &w->schools[rng_below(rng, 5)];
    struct fold_space space = {0};
    (void)fold_space_at(w->fold, rng_below(rng, 12), &space);
    switch (st->type) {
    case STATEMENT_DEVICE_REMOVE:
        st->u.device_remove.device = school->devices[rng_below(rng, 3)].pk;
        break;
    case STATEMENT_ASSENT:
        st->u.assent.act = *any;
        break;
    case STATEMENT_CUTOFF_EXTEND:
        st->u.cutoff_extend.removal = *any;
        break;
    case STATEMENT_SPACE_GRANT:
        st->u.space_grant.epoch = *any;
        break;
    case STATEMENT_SPACE_EPOCH:
        st->u.space_epoch.space = space.id;
        st->u.space_epoch.cuts.n = 0;
        st->u.space_epoch.parents = (struct statement_list){.items = any, .n = 1};
        st->u.space_epoch.keys = gen_list(rng, arena, 1, STATEMENT_SEALED_BYTES);
        break;
    case STATEMENT_SPACE_ACCEPT:
    case STATEMENT_SPACE_LEAVE:
    case STATEMENT_SPACE_CARRIERS:
        /* All of them begin with the space. */
        st->u.space_accept.space = space.id;
        break;
    case STATEMENT_SCHOOL_REMOVE:
    case STATEMENT_ROLE:
    case STATEMENT_HUB_SUCCESSION:
        st->u.role.school = school->id;
        break;
    default:
        break;
    }
    if (rng_chance(rng, 800))
        st->root.by_root = st->type == STATEMENT_LEAVE || st->type == STATEMENT_DEVICE_ADD;
}

/* Members who post nonsense, well signed: it is counted, judged, and nothing breaks. */
static void nonsense_from_members_does_no_harm(void **state)
{
    (void)state;
    struct rng rng = {.state = 77};
    struct world *w = network();
    size_t stood = 0;
    for (int i = 0; i < 1500; i++) {
        struct arena arena = {0};
        struct buf body = {0};
        struct envelope_id seen[LIMIT_SEEN];
        int by = (int)rng_below(&rng, 5);
        uint8_t type = (uint8_t)(1 + rng_below(&rng, STATEMENT_TYPES - 1));
        struct statement st = gen_statement(&rng, &arena, type);
        aim(w, &rng, &arena, &st);
        st.seen.n = fold_seen(w->fold, &w->schools[by].devices[0].pk, NULL, seen);
        if (st.seen.n > LIMIT_SEEN_DEVICE_ADD) st.seen.n = LIMIT_SEEN_DEVICE_ADD;
        st.seen.items = seen;
        statement_encode(&body, &st);
        struct envelope_id id = world_put(w, by, 0, buf_slice(&body), false);
        stood += fold_verdict(w->fold, &id) == FOLD_VERDICT_STANDS ? 1 : 0;
        buf_fini(&body);
        arena_fini(&arena);
    }
    assert_in_range(stood, 20, 1400);
    struct buf ahead = {0}, shuffled = {0};
    size_t *order = mem_zalloc(w->n * sizeof(*order));
    for (size_t i = 0; i < w->n; i++)
        order[i] = i;
    dump_of(w, order, w->n, &ahead);
    for (size_t i = w->n - 1; i > 0; i--) {
        /* Near shuffles: what waits is bounded. */
        size_t k = i - rng_below(&rng, i < 100 ? i + 1 : 100), held = order[i];
        order[i] = order[k];
        order[k] = held;
    }
    dump_of(w, order, w->n, &shuffled);
    assert_true(slice_eq(buf_slice(&ahead), buf_slice(&shuffled)));
    free(order);
    buf_fini(&ahead);
    buf_fini(&shuffled);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_orders_of_a_removal_and_its_victims),
        cmocka_unit_test(all_orders_of_stewards_at_odds),
        cmocka_unit_test(all_orders_of_a_thief_and_a_root),
        cmocka_unit_test(random_histories_in_random_orders),
        cmocka_unit_test(nonsense_from_members_does_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
