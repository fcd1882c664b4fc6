#include "tests/unit/proto/member/acts.h"

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
    struct chain other = {.device = w->schools[0].devices[0].pk};
    assert_true(fold_limit(w->fold, &other).limit == FOLD_OPEN);
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
    assert_false(fold_vouched(w->fold, &id));
    assert_true(fold_vouched(w->fold, &w->items[0].id));
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
