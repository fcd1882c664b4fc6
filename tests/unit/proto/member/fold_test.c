/* The fold is a function of the set: concurrency, back-dating, and every order. */
#include "tests/unit/proto/member/generate.h"
#include "tests/unit/proto/member/world.h"

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

static struct envelope_id role(struct world *w, int by, bool root, int school, bool on)
{
    return WORLD_POST(w, by, 0, root,
                      make_role(&w->body, &w->make, &w->schools[school].id, STATEMENT_STEWARD,
                                on, &w->frontier));
}

static struct envelope_id assent(struct world *w, int by, struct envelope_id act)
{
    return WORLD_POST(w, by, 0, false, make_assent(&w->body, &w->make, &act));
}

static struct envelope_id hide(struct world *w, int by, uint8_t record)
{
    struct record_id id = {{record}};
    return WORLD_POST(w, by, 0, false,
                      make_hide(&w->body, &w->make, &w->schools[0].id, &id, "", true));
}

static struct world *network(void)
{
    struct world *w = world_new(11);
    for (int s = 1; s <= 4; s++)
        world_admit(w, 0, s);
    world_steward(w, 1, -1);
    world_steward(w, 2, 1);
    world_add_device(w, 3, 1);
    world_add_device(w, 3, 2);
    return w;
}

/* -------------------------------------------------------------------------------- concurrency
 */

static void equals_both_hold(void **state)
{
    (void)state;
    struct world *w = network();
    size_t base = w->n;
    /* Two devices of one school remove each other. */
    struct envelope_id a = remove_device(w, 3, 1, false, 3, 2);
    world_rewind(w, base);
    struct envelope_id b = remove_device(w, 3, 2, false, 3, 1);
    world_all(w);
    world_assert_verdict(w, &a, FOLD_VERDICT_STANDS);
    world_assert_verdict(w, &b, FOLD_VERDICT_STANDS);
    assert_int_equal(world_device_status(w, 3, 1), FOLD_ENDED);
    assert_int_equal(world_device_status(w, 3, 2), FOLD_ENDED);
    assert_int_equal(world_school(w, 3).status, FOLD_LIVE);
    world_free(w);
}

static void higher_rank_beats(void **state)
{
    (void)state;
    struct world *w = network();
    size_t base = w->n;
    /* A thief at device 2 removes device 1, while the root removes device 2. */
    struct envelope_id thief = remove_device(w, 3, 2, false, 3, 1);
    world_rewind(w, base);
    struct envelope_id root = remove_device(w, 3, 0, true, 3, 2);
    world_all(w);
    world_assert_verdict(w, &root, FOLD_VERDICT_STANDS);
    world_assert_verdict(w, &thief, FOLD_VERDICT_ENDED);
    assert_int_equal(world_device_status(w, 3, 1), FOLD_LIVE);
    assert_int_equal(world_device_status(w, 3, 2), FOLD_ENDED);
    world_free(w);
}

static void an_end_that_was_seen_stays(void **state)
{
    (void)state;
    struct world *w = network();
    struct envelope_id first = remove_device(w, 3, 2, false, 3, 1);
    struct envelope_id root = remove_device(w, 3, 0, true, 3, 2);
    world_assert_verdict(w, &first, FOLD_VERDICT_STANDS);
    world_assert_verdict(w, &root, FOLD_VERDICT_STANDS);
    assert_int_equal(world_device_status(w, 3, 1), FOLD_ENDED);
    world_free(w);
}

static void an_end_beats_what_does_not_follow_it(void **state)
{
    (void)state;
    struct world *w = network();
    size_t base = w->n;
    /* Steward 1 removes school 4; its root adds a device meanwhile; then it is admitted anew.
     */
    struct envelope_id removal = remove_school(w, 1, false, 4);
    world_rewind(w, base);
    struct envelope_id add = world_add_device(w, 4, 1);
    world_all(w);
    world_assert_verdict(w, &removal, FOLD_VERDICT_STANDS);
    world_assert_verdict(w, &add, FOLD_VERDICT_ENDED);
    assert_int_equal(world_device_status(w, 4, 1), FOLD_UNKNOWN);
    struct envelope_id back = world_admit_device(w, 2, 4, 2);
    world_assert_verdict(w, &back, FOLD_VERDICT_STANDS);
    assert_int_equal(world_school(w, 4).status, FOLD_LIVE);
    assert_int_equal(world_device_status(w, 4, 2), FOLD_LIVE);
    assert_int_equal(world_device_status(w, 4, 0), FOLD_ENDED);
    world_free(w);
}

static void a_concurrent_admit_loses_to_a_removal(void **state)
{
    (void)state;
    struct world *w = network();
    struct envelope_id first = remove_school(w, 1, false, 4);
    size_t base = w->n;
    struct envelope_id admit = world_admit_device(w, 2, 4, 1);
    world_rewind(w, base);
    struct envelope_id second = remove_school(w, 1, false, 4);
    world_all(w);
    assert_false(envelope_id_is_zero(&first) || envelope_id_is_zero(&second));
    world_assert_verdict(w, &admit, FOLD_VERDICT_STANDS);
    assert_int_equal(world_school(w, 4).status, FOLD_ENDED);
    assert_int_equal(world_device_status(w, 4, 1), FOLD_ENDED);
    world_free(w);
}

static void what_rests_on_the_void_is_void(void **state)
{
    (void)state;
    struct world *w = network();
    size_t base = w->n;
    /* Steward 2 loses the role; not knowing, it invites and admits school 5, which adds a
     * device, which makes a space. */
    struct envelope_id off = role(w, 0, true, 2, false);
    assent(w, 1, off);
    world_rewind(w, base);
    struct envelope_id admit = world_admit(w, 2, 5);
    struct envelope_id add = world_add_device(w, 5, 1);
    struct envelope_id made = WORLD_POST(
        w, 5, 1, false, make_space_new(&w->body, &w->make, "", &w->schools[3].id, 1));
    world_assert_verdict(w, &made, FOLD_VERDICT_STANDS);
    world_all(w);
    world_assert_verdict(w, &off, FOLD_VERDICT_STANDS);
    world_assert_verdict(w, &admit, FOLD_VERDICT_BASELESS);
    world_assert_verdict(w, &add, FOLD_VERDICT_BASELESS);
    world_assert_verdict(w, &made, FOLD_VERDICT_BASELESS);
    assert_int_equal(world_school(w, 5).status, FOLD_UNKNOWN);
    world_free(w);
}

static void back_dating_is_useless(void **state)
{
    (void)state;
    struct world *w = network();
    size_t base = w->n;
    struct envelope_id removal = remove_school(w, 1, false, 3);
    struct fold *later = world_fold(w, NULL, w->n);
    /* The removed writes as if it had not heard, and names only what was before. */
    world_rewind(w, base);
    struct envelope_id add = WORLD_POST(
        w, 3, 0, false, make_space_new(&w->body, &w->make, "late", &w->schools[4].id, 1));
    assert_int_equal(fold_add(later, &w->items[w->n - 1]), FOLD_ADDED);
    fold_refresh(later);
    assert_int_equal(fold_verdict(later, &removal), FOLD_VERDICT_STANDS);
    assert_int_equal(fold_verdict(later, &add), FOLD_VERDICT_ENDED);
    fold_free(later);
    world_free(w);
}

static void extends_lengthen_the_past_of_an_end(void **state)
{
    (void)state;
    struct world *w = network();
    size_t base = w->n;
    struct envelope_id made = WORLD_POST(
        w, 3, 0, false, make_space_new(&w->body, &w->make, "", &w->schools[4].id, 1));
    world_rewind(w, base);
    struct envelope_id removal = remove_school(w, 1, false, 3);
    world_all(w);
    world_assert_verdict(w, &made, FOLD_VERDICT_ENDED);
    WORLD_POST(w, 2, 0, false,
               make_cutoff_extend(&w->body, &w->make, &removal, &w->frontier, 0, &w->left));
    world_assert_verdict(w, &made, FOLD_VERDICT_STANDS);
    world_free(w);
}

static void of_concurrent_rotates_two_stewards_beat_a_root(void **state)
{
    (void)state;
    struct world *w = network();
    size_t base = w->n;
    struct world_school *x = &w->schools[6], *y = &w->schools[7];
    struct envelope_id by_root = WORLD_POST(
        w, 3, 0, true,
        make_root_rotate(&w->body, &w->make, &w->schools[3].id, &x->root_pk, &x->recovery_pk));
    world_rewind(w, base);
    struct envelope_id by_two = WORLD_POST(
        w, 1, 0, false,
        make_root_rotate(&w->body, &w->make, &w->schools[3].id, &y->root_pk, &y->recovery_pk));
    assent(w, 2, by_two);
    world_all(w);
    world_assert_verdict(w, &by_two, FOLD_VERDICT_STANDS);
    world_assert_verdict(w, &by_root, FOLD_VERDICT_ENDED);
    struct fold_school school = world_school(w, 3);
    assert_true(root_pk_eq(&school.root_pk, &y->root_pk));
    world_free(w);
}

static void of_equal_rotates_the_smaller_id_wins(void **state)
{
    (void)state;
    struct world *w = network();
    size_t base = w->n;
    struct world_school *x = &w->schools[6], *y = &w->schools[7];
    struct envelope_id a = WORLD_POST(
        w, 3, 0, true,
        make_root_rotate(&w->body, &w->make, &w->schools[3].id, &x->root_pk, &x->recovery_pk));
    world_rewind(w, base);
    struct envelope_id b = WORLD_POST(
        w, 3, 1, true,
        make_root_rotate(&w->body, &w->make, &w->schools[3].id, &y->root_pk, &y->recovery_pk));
    world_all(w);
    struct fold_school school = world_school(w, 3);
    const struct world_school *winner = envelope_id_cmp(&a, &b) < 0 ? x : y;
    assert_true(root_pk_eq(&school.root_pk, &winner->root_pk));
    world_free(w);
}

static void concurrent_uses_of_an_invite_both_stand(void **state)
{
    (void)state;
    struct world *w = network();
    struct invite_secret secret = {{5}};
    WORLD_POST(w, 1, 0, false, make_invite(&w->body, &w->make, &secret, 9));
    size_t base = w->n;
    struct invite_request x = world_request(w, 5, 0, &secret),
                          y = world_request(w, 6, 0, &secret);
    WORLD_POST(w, 1, 0, false, make_admit(&w->body, &w->make, &x));
    world_rewind(w, base);
    WORLD_POST(w, 2, 0, false, make_admit(&w->body, &w->make, &y));
    world_all(w);
    assert_int_equal(world_school(w, 5).status, FOLD_LIVE);
    assert_int_equal(world_school(w, 6).status, FOLD_LIVE);
    struct fold_invite invite;
    assert_true(fold_invite(w->fold, &x.invite, &invite));
    assert_int_equal(invite.uses, 2);
    world_free(w);
}

static void the_past_of_a_removal_by_several_is_the_proposals(void **state)
{
    (void)state;
    struct world *w = network();
    struct envelope_id act = remove_school(w, 1, false, 2);
    struct envelope_id between = hide(w, 2, 1);
    world_assert_verdict(w, &between, FOLD_VERDICT_STANDS);
    assent(w, 0, act);
    world_assert_verdict(w, &act, FOLD_VERDICT_STANDS);
    world_assert_verdict(w, &between, FOLD_VERDICT_ENDED);
    world_free(w);
}

/* A second statement at one place: nothing of the chain counts from there, at once. */
static void a_forked_statement_chain_is_cut_before_the_fork(void **state)
{
    (void)state;
    struct world *w = network();
    struct envelope_id before = hide(w, 1, 1);
    size_t base = w->n;
    struct envelope_id a = hide(w, 1, 2);
    world_rewind(w, base);
    struct envelope_id b = hide(w, 1, 3);
    world_rewind(w, base);
    /* Without the second branch at hand, a proof of both headers says the same. */
    WORLD_POST(w, 0, 0, false,
               make_proof(&w->body, &w->make, w->headers[base], w->headers[base + 1]));
    assert_int_equal(fold_add(w->fold, &w->items[base]), FOLD_ADDED);
    fold_refresh(w->fold);
    world_assert_verdict(w, &before, FOLD_VERDICT_STANDS);
    world_assert_verdict(w, &a, FOLD_VERDICT_FORKED);
    struct chain chain = {.device = w->schools[1].devices[0].pk};
    struct fold_limit proven = fold_limit(w->fold, &chain);
    assert_int_equal(proven.why, FOLD_CLIP_FROZEN);
    struct digest with_one, with_both;
    fold_digest(w->fold, &with_one);
    assert_int_equal(fold_add(w->fold, &w->items[base + 1]), FOLD_ADDED);
    fold_refresh(w->fold);
    world_assert_verdict(w, &b, FOLD_VERDICT_FORKED);
    fold_digest(w->fold, &with_both);
    assert_true(digest_eq(&with_one, &with_both));
    assert_int_equal(fold_limit(w->fold, &chain).limit, proven.limit);
    world_free(w);
}

/* Who posts without the right changes nothing, but is counted. */
static void the_unauthorised_is_counted_without_effect(void **state)
{
    (void)state;
    struct world *w = network();
    struct statement st = {.type = STATEMENT_SCHOOL_REMOVE};
    struct envelope_id seen[LIMIT_SEEN];
    st.u.school_remove.school = w->schools[4].id;
    st.seen.n = fold_seen(w->fold, &w->schools[3].devices[0].pk, NULL, seen);
    st.seen.items = seen;
    struct buf body = {0};
    statement_encode(&body, &st);
    struct digest before, after;
    fold_digest(w->fold, &before);
    struct envelope_id id = world_put(w, 3, 0, buf_slice(&body), false);
    world_assert_verdict(w, &id, FOLD_VERDICT_NOT_STEWARD);
    assert_int_equal(world_school(w, 4).status, FOLD_LIVE);
    fold_digest(w->fold, &after);
    assert_false(digest_eq(&before, &after));
    /* A newer type, and one that does not decode. */
    body.data[0] = 200;
    id = world_put(w, 3, 0, buf_slice(&body), false);
    world_assert_verdict(w, &id, FOLD_VERDICT_UNKNOWN_TYPE);
    body.data[0] = STATEMENT_ASSENT;
    id = world_put(w, 3, 0, buf_slice(&body), false);
    world_assert_verdict(w, &id, FOLD_VERDICT_MALFORMED);
    /* A root's signature from another place does not hold here. */
    struct buf add = {0};
    struct make make = world_make(w, 4, 1, true);
    assert_ok(make_device_add(&add, &make, &w->schools[4].id, &w->schools[4].devices[1].keys));
    add.data[add.len - 1] ^= 1;
    id = world_put(w, 4, 1, buf_slice(&add), false);
    world_assert_verdict(w, &id, FOLD_VERDICT_SIGNATURE);
    buf_fini(&add);
    buf_fini(&body);
    world_free(w);
}

static void tips_and_waiting(void **state)
{
    (void)state;
    struct world *w = network();
    struct envelope_id seen[LIMIT_SEEN], wanted[8];
    hide(w, 2, 1);
    /* All is in the past of the last statement, which is its signer's own: nothing to name. */
    assert_int_equal(fold_seen(w->fold, &w->items[w->n - 1].device, NULL, seen), 0);
    assert_int_equal(fold_seen(w->fold, &w->schools[1].devices[0].pk, NULL, seen), 1);
    struct fold *fold = fold_new(&w->network);
    for (size_t i = w->n; i-- > 1;) {
        assert_int_equal(fold_add(fold, &w->items[i]), FOLD_WAITS);
    }
    assert_int_equal(fold_add(fold, &w->items[1]), FOLD_WAITS);
    assert_int_equal(fold_waiting(fold), w->n - 1);
    assert_int_equal(fold_wanted(fold, wanted, 8), 1);
    assert_true(envelope_id_eq(&wanted[0], &w->items[0].id));
    assert_int_equal(fold_add(fold, &w->items[0]), FOLD_ADDED);
    assert_int_equal(fold_add(fold, &w->items[0]), FOLD_KNOWN);
    assert_int_equal(fold_waiting(fold), 0);
    assert_int_equal(fold_count(fold), w->n);
    /* The bound on what waits: exactly, and one more. */
    struct statement st = {.type = STATEMENT_ASSENT,
                           .seen = {.items = "\1two-and-thirty-bytes-of-no-id...", .n = 1}};
    struct buf body = {0};
    statement_encode(&body, &st);
    struct fold_item item = {.device = w->schools[1].devices[0].pk, .body = buf_slice(&body)};
    for (uint64_t i = 0; i <= LIMIT_STATEMENTS_WAITING; i++) {
        item.seq = 1000 + i;
        memcpy(item.id.b, &i, sizeof(i));
        item.id.b[31] = 1;
        assert_int_equal(fold_add(fold, &item),
                         i < LIMIT_STATEMENTS_WAITING ? FOLD_WAITS : FOLD_FULL);
    }
    buf_fini(&body);
    fold_free(fold);
    world_free(w);
}

/* ------------------------------------------------------------------------------- every order
 */

static void dump_of(const struct world *w, const size_t *order, size_t n, struct buf *out)
{
    struct fold *fold = world_fold(w, order, n);
    out->len = 0;
    fold_dump(fold, out);
    fold_free(fold);
}

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

static void random_act(struct world *w, struct rng *rng, int by)
{
    int on = (int)rng_below(rng, 6);
    int device = (int)rng_below(rng, 2), other = (int)rng_below(rng, WORLD_DEVICES);
    struct epoch_key key;
    struct envelope_id act;
    size_t missing;
    bool root = rng_chance(rng, 500);
    switch (rng_below(rng, 14)) {
    case 0:
        world_admit_device(w, by, on, other);
        break;
    case 1:
        if (fold_head(w->fold, &w->schools[by].devices[other].pk).seq == 0) {
            world_add_device(w, by, other);
        }
        break;
    case 2:
        if (fold_device(w->fold, &w->schools[on].devices[other].pk, &(struct fold_device){0})) {
            remove_device(w, by, device, root, on, other);
        }
        break;
    case 3:
        if (rng_chance(rng, 300) && world_school(w, on).status != FOLD_UNKNOWN) {
            remove_school(w, by, root, on);
        }
        break;
    case 4:
        if (world_school(w, on).status != FOLD_UNKNOWN)
            role(w, by, root, on, rng_chance(rng, 700));
        break;
    case 5:
    case 6:
        if (fold_pending_at(w->fold, 0, &act, &missing)) assent(w, by, act);
        break;
    case 7: {
        struct world_school *x = &w->schools[rng_below(rng, WORLD_SCHOOLS)];
        WORLD_POST(w, by, device, root,
                   make_root_rotate(&w->body, &w->make, &w->schools[on].id, &x->root_pk,
                                    &x->recovery_pk));
        break;
    }
    case 8:
        if (world_school(w, on).status == FOLD_LIVE && on != by) {
            WORLD_POST(w, by, device, false,
                       make_space_new(&w->body, &w->make, "", &w->schools[on].id, 1));
        }
        break;
    case 9: {
        struct space_tag tag;
        if (fold_asked_at(w->fold, &w->schools[by].id, 0, &tag)) {
            WORLD_POST(w, by, device, false,
                       make_space_accept(&w->body, &w->make, &tag, STATEMENT_AS_MEMBER));
        }
        break;
    }
    case 10:
    case 11: {
        struct fold_space space;
        size_t i = rng_below(rng, 24);
        if (fold_space_at(w->fold, i, &space)) {
            WORLD_POST(w, by, device, false,
                       make_space_epoch(&w->body, &w->make, &space.tag,
                                        w->schools[by].devices[device].ring, &w->frontier,
                                        &key));
        }
        break;
    }
    default:
        hide(w, by, (uint8_t)on);
        break;
    }
}

/* Whether a device of the school posted at or after the place. */
static bool posted_since(const struct world *w, int school, size_t place)
{
    for (size_t i = place; i < w->n; i++) {
        for (int d = 0; d < WORLD_DEVICES; d++) {
            if (device_pk_eq(&w->items[i].device, &w->schools[school].devices[d].pk))
                return true;
        }
    }
    return false;
}

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
        cmocka_unit_test(equals_both_hold),
        cmocka_unit_test(higher_rank_beats),
        cmocka_unit_test(an_end_that_was_seen_stays),
        cmocka_unit_test(an_end_beats_what_does_not_follow_it),
        cmocka_unit_test(a_concurrent_admit_loses_to_a_removal),
        cmocka_unit_test(what_rests_on_the_void_is_void),
        cmocka_unit_test(back_dating_is_useless),
        cmocka_unit_test(extends_lengthen_the_past_of_an_end),
        cmocka_unit_test(of_concurrent_rotates_two_stewards_beat_a_root),
        cmocka_unit_test(of_equal_rotates_the_smaller_id_wins),
        cmocka_unit_test(concurrent_uses_of_an_invite_both_stand),
        cmocka_unit_test(the_past_of_a_removal_by_several_is_the_proposals),
        cmocka_unit_test(a_forked_statement_chain_is_cut_before_the_fork),
        cmocka_unit_test(the_unauthorised_is_counted_without_effect),
        cmocka_unit_test(tips_and_waiting),
        cmocka_unit_test(all_orders_of_a_removal_and_its_victims),
        cmocka_unit_test(all_orders_of_stewards_at_odds),
        cmocka_unit_test(all_orders_of_a_thief_and_a_root),
        cmocka_unit_test(random_histories_in_random_orders),
        cmocka_unit_test(nonsense_from_members_does_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
