/*
 * A refresh looks only at what was touched: whenever it comes, it must say what a fold from
 * nothing says of the same set.
 */
#include "tests/unit/proto/member/histories.h"

/* As WORLD_POST, but what there is to do may be gone: then nothing is posted. */
static struct envelope_id end_if_any(struct world *w, int school, int device, enum err err)
{
    if (err == ERR_OK || err == ERR_REFUSED) return world_end(w, school, device, err);
    buf_fini(&w->body);
    return (struct envelope_id){0};
}
#define POST_IF_ANY(w, school, device, root, call) \
    (world_begin((w), (school), (device), (root)), end_if_any((w), (school), (device), (call)))

/* By the device that made the epoch, for the others do not open their grants here. */
static void grant(struct world *w, struct rng *rng, const struct fold_epoch *epoch)
{
    size_t left;
    for (int s = 0; s < WORLD_SCHOOLS; s++) {
        for (int d = 0; d < WORLD_DEVICES; d++) {
            struct world_device *device = &w->schools[s].devices[d];
            if (!device_pk_eq(&device->pk, &epoch->maker) ||
                keyring_find(device->ring, &epoch->key_id) == NULL) {
                continue;
            }
            POST_IF_ANY(w, s, d, false,
                        make_space_grant(&w->body, &w->make, &epoch->id, device->ring,
                                         1 + rng_below(rng, 3), &left));
        }
    }
}

/* What random_act leaves out: grants, and ways out of spaces, of the network and of the hub. */
static void further_act(struct world *w, struct rng *rng, int by)
{
    struct world_school *school = &w->schools[by];
    int device = rng_chance(rng, 800) ? 0 : 1;
    struct keyring *ring = school->devices[device].ring;
    struct fold_space space;
    struct fold_epoch epoch;
    struct epoch_key key;
    size_t left;
    size_t at = rng_below(rng, 24);
    /* One of its own, most often. */
    while (fold_space_at(w->fold, at, &space) && rng_chance(rng, 900) &&
           fold_part(w->fold, &space.tag, &school->id) != FOLD_MEMBER) {
        at++;
    }
    if (!fold_space_at(w->fold, at, &space)) return;
    switch (rng_below(rng, 8)) {
    case 0:
        POST_IF_ANY(
            w, by, device, false,
            make_space_leave(&w->body, &w->make, &space.tag,
                             rng_chance(rng, 700) ? STATEMENT_AS_MEMBER : STATEMENT_AS_CARRIER,
                             &w->frontier));
        break;
    case 1:
        POST_IF_ANY(w, by, device, false,
                    make_space_carriers(&w->body, &w->make, &space.tag,
                                        &w->schools[rng_below(rng, 5)].id, 1));
        break;
    case 2:
        if (rng_chance(rng, 60)) {
            POST_IF_ANY(w, by, device, true,
                        make_leave(&w->body, &w->make, &w->frontier, &left));
        } else {
            POST_IF_ANY(w, by, device, false,
                        make_hub_succession(&w->body, &w->make,
                                            &w->schools[rng_below(rng, 5)].id, &w->frontier));
        }
        break;
    case 3: {
        struct envelope_id made = POST_IF_ANY(
            w, by, device, false,
            make_space_epoch(&w->body, &w->make, &space.tag, ring, &w->frontier, &key));
        if (!envelope_id_is_zero(&made)) (void)!keyring_add_epoch(ring, w->fold, &made, &key);
        break;
    }
    default:
        if (fold_epoch_at(w->fold, &space.tag, rng_below(rng, 2), &epoch))
            grant(w, rng, &epoch);
        break;
    }
}

static struct world *history(uint64_t seed)
{
    struct rng rng = {.state = seed};
    struct world *w = world_new(seed);
    for (int s = 1; s <= 4; s++)
        world_admit(w, 0, s);
    world_steward(w, 1, -1);
    for (int i = 0; i < 600; i++) {
        int by = (int)rng_below(&rng, 5);
        size_t place = w->n - (w->n > 20 && rng_chance(&rng, 500) ? rng_below(&rng, 12) : 0);
        if (posted_since(w, by, place) && !(i > 500 && rng_chance(&rng, 20))) place = w->n;
        if (place < w->n) world_rewind(w, place);
        if (place < w->n || rng_chance(&rng, 350)) {
            random_act(w, &rng, by);
        } else {
            further_act(w, &rng, by);
        }
        if (place < w->n) world_all(w);
    }
    return w;
}

static void assert_same(const struct fold *fold, const struct buf *expected, size_t at)
{
    struct buf got = {0};
    fold_dump(fold, &got);
    if (!slice_eq(buf_slice(expected), buf_slice(&got))) {
        size_t i = 0;
        while (i < got.len && i < expected->len && got.data[i] == expected->data[i])
            i++;
        size_t from = i > 200 ? i - 200 : 0;
        fail_msg("after %zu the refreshed fold says\n%.*s\nbut one from nothing\n%.*s", at,
                 (int)(got.len - from > 400 ? 400 : got.len - from), (char *)got.data + from,
                 (int)(expected->len - from > 400 ? 400 : expected->len - from),
                 (char *)expected->data + from);
    }
    buf_fini(&got);
}

/* In the order in which they were made, then in one in which much waits. */
static void refreshed_at_any_time(void **state)
{
    (void)state;
    size_t compared = 0, grants = 0, clean = 0, unclean = 0, verdicts[FOLD_VERDICT_COUNT] = {0};
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct rng rng = {.state = seed + 1000};
        struct world *w = history(seed);
        size_t order[WORLD_ITEMS];
        for (size_t i = 0; i < w->n; i++)
            order[i] = i;
        for (int round = 0; round < 3; round++) {
            struct fold *fold = fold_new(&w->network);
            for (size_t i = 0; i < w->n; i++) {
                (void)fold_add(fold, &w->items[order[i]]);
                if (rng_chance(&rng, 400)) continue;
                fold_refresh(fold);
                if (i + 1 < w->n && !rng_chance(&rng, 250)) continue;
                fold_refresh(fold);
                struct buf expected = {0};
                dump_of(w, order, i + 1, &expected);
                assert_same(fold, &expected, i + 1);
                buf_fini(&expected);
                compared++;
            }
            fold_refresh(fold);
            for (size_t i = 0; round == 0 && i < w->n; i++)
                verdicts[fold_verdict(fold, &w->items[i].id)]++;
            struct fold_space space;
            struct fold_epoch epoch;
            for (size_t s = 0; fold_space_at(fold, s, &space); s++) {
                for (size_t i = 0; fold_epoch_at(fold, &space.tag, i, &epoch); i++)
                    (epoch.clean ? &clean : &unclean)[0]++;
            }
            fold_free(fold);
            for (size_t i = w->n - 1; i > 0; i--) {
                size_t k = i - rng_below(&rng, i < 30 ? i + 1 : 30), held = order[i];
                order[i] = order[k];
                order[k] = held;
            }
        }
        for (size_t i = 0; i < w->n; i++)
            grants += w->items[i].body.p[0] == STATEMENT_SPACE_GRANT ? 1 : 0;
        world_free(w);
    }
    assert_in_range(compared, 300, 100000);
    assert_in_range(grants, 50, 10000);
    assert_in_range(clean, 50, 100000);
    assert_in_range(unclean, 50, 100000);
    assert_in_range(verdicts[FOLD_VERDICT_ENDED], 10, 10000);
    assert_in_range(verdicts[FOLD_VERDICT_BASELESS], 1, 10000);
    assert_in_range(verdicts[FOLD_VERDICT_FORKED], 2, 10000);
}

/* The fold of w was refreshed at each statement; so it says what one from nothing says. */
static void assert_up_to_date(const struct world *w)
{
    struct buf expected = {0};
    dump_of(w, NULL, w->n, &expected);
    assert_same(w->fold, &expected, w->n);
    buf_fini(&expected);
}

static struct envelope_id epoch_with_grants(struct world *w, int school, struct space_tag tag)
{
    struct keyring *ring = w->schools[school].devices[0].ring;
    struct epoch_key key;
    size_t left;
    struct envelope_id id =
        WORLD_POST(w, school, 0, false,
                   make_space_epoch(&w->body, &w->make, &tag, ring, &w->frontier, &key));
    assert_ok(keyring_add_epoch(ring, w->fold, &id, &key));
    WORLD_POST(w, school, 0, false,
               make_space_grant(&w->body, &w->make, &id, ring, MAKE_GRANTS_SLICE, &left));
    return id;
}

static bool is_clean(const struct world *w, const struct envelope_id *id)
{
    struct fold_epoch epoch;
    assert_true(fold_epoch(w->fold, id, &epoch));
    return epoch.clean;
}

/* Who leaves a group spoils its epoch, and mends it by coming back. */
static void a_member_comes_back(void **state)
{
    (void)state;
    struct world *w = network();
    struct envelope_id made = WORLD_POST(
        w, 1, 0, false, make_space_new(&w->body, &w->make, "", &w->schools[2].id, 1));
    struct space_tag tag = world_group_tag(w, &made);
    WORLD_POST(w, 2, 0, false,
               make_space_accept(&w->body, &w->make, &tag, STATEMENT_AS_MEMBER));
    struct envelope_id epoch = epoch_with_grants(w, 1, tag);
    assert_true(is_clean(w, &epoch));
    WORLD_POST(w, 2, 0, false,
               make_space_leave(&w->body, &w->make, &tag, STATEMENT_AS_MEMBER, &w->frontier));
    assert_false(is_clean(w, &epoch));
    assert_up_to_date(w);
    WORLD_POST(w, 2, 0, false,
               make_space_accept(&w->body, &w->make, &tag, STATEMENT_AS_MEMBER));
    assert_true(is_clean(w, &epoch));
    assert_up_to_date(w);
    world_free(w);
}

/* A removed school that is admitted again is in its groups again. */
static void a_school_comes_back(void **state)
{
    (void)state;
    struct world *w = network();
    struct envelope_id made = WORLD_POST(
        w, 1, 0, false, make_space_new(&w->body, &w->make, "", &w->schools[4].id, 1));
    struct space_tag tag = world_group_tag(w, &made);
    WORLD_POST(w, 4, 0, false,
               make_space_accept(&w->body, &w->make, &tag, STATEMENT_AS_MEMBER));
    remove_school(w, 1, false, 4);
    assert_int_equal(fold_part(w->fold, &tag, &w->schools[4].id), FOLD_LEFT);
    assert_up_to_date(w);
    struct envelope_id again = world_admit_device(w, 0, 4, 1);
    world_assert_verdict(w, &again, FOLD_VERDICT_STANDS);
    assert_int_equal(fold_part(w->fold, &tag, &w->schools[4].id), FOLD_MEMBER);
    assert_up_to_date(w);
    world_free(w);
}

/* The role alone moves the hub while there is one steward; its spaces' members follow. */
static void the_hub_moves(void **state)
{
    (void)state;
    struct world *w = world_new(51);
    for (int s = 1; s <= 3; s++)
        world_admit(w, 0, s);
    struct space_tag tag = world_tag(w, SPACE_HUB, 3);
    assert_int_equal(fold_part(w->fold, &tag, &w->schools[0].id), FOLD_MEMBER);
    struct envelope_id moved = WORLD_POST(
        w, 0, 0, true,
        make_role(&w->body, &w->make, &w->schools[1].id, STATEMENT_HUB, true, &w->frontier));
    world_assert_verdict(w, &moved, FOLD_VERDICT_STANDS);
    assert_int_equal(fold_part(w->fold, &tag, &w->schools[1].id), FOLD_MEMBER);
    assert_up_to_date(w);
    world_free(w);
}

/* A statement at a place and with a `seen` of the test's choice. */
static const struct fold_item *put_at(struct world *w, int school, const struct fold_item *at,
                                      const struct statement *st)
{
    struct world_device *device = &w->schools[school].devices[0];
    struct envelope_signer signer = {.network = w->network, .sk = &device->sk};
    struct place head = {.seq = at->seq - 1, .id = at->prev};
    struct fold_item *item = &w->items[w->n];
    struct buf body = {0};
    statement_encode(&body, st);
    assert_ok(envelope_make_statement(w->headers[w->n], &signer, &head, buf_slice(&body)));
    *item = (struct fold_item){.device = device->pk, .seq = at->seq, .prev = at->prev};
    item->body = slice_of(mem_dup(body.data, body.len), body.len);
    envelope_id(&item->id, w->headers[w->n]);
    assert_int_equal(fold_add(w->fold, item), FOLD_ADDED);
    fold_refresh(w->fold);
    buf_fini(&body);
    w->n++;
    return item;
}

/*
 * A copied disk that saw its own other self: steward 1 invites, then at the same place hides
 * something, naming the invite. Who saw both may not use the invite, whatever was judged
 * before.
 */
static void a_fork_that_saw_its_twin(void **state)
{
    (void)state;
    struct world *w = network();
    struct invite_secret secret;
    struct arena arena = {0};
    struct statement admit, other = {.type = STATEMENT_HIDE};
    size_t base = w->n;
    env_random(&w->env, secret.b, sizeof(secret.b));
    WORLD_POST(w, 1, 0, false, make_invite(&w->body, &w->make, &secret, 1000));
    const struct fold_item *invite = &w->items[base];
    struct invite_request request = world_request(w, 5, 0, &secret);
    world_begin(w, 0, 0, false);
    assert_ok(make_admit(&w->body, &w->make, &request));
    assert_ok(statement_decode(&admit, &arena, buf_slice(&w->body)));
    struct fold_item place = {.seq = w->make.head.seq + 1, .prev = w->make.head.id};
    other.seen = (struct statement_list){.items = &invite->id, .n = 1};
    const struct fold_item *twin = put_at(w, 1, invite, &other);
    admit.seen = (struct statement_list){.items = &twin->id, .n = 1};
    struct envelope_id id = put_at(w, 0, &place, &admit)->id;
    buf_fini(&w->body);
    /* Then so much that nobody of those saw, that no judged past of before is kept. */
    size_t order[WORLD_ITEMS], after = w->n;
    struct buf expected = {0}, got = {0};
    world_rewind(w, base);
    w->n = after;
    for (int i = 0; i < 80; i++) {
        env_random(&w->env, secret.b, sizeof(secret.b));
        WORLD_POST(w, 2, 0, false, make_invite(&w->body, &w->make, &secret, 1000));
    }
    for (size_t i = 0; i < w->n; i++)
        order[i] = i < after - 1 ? i : i + 1 < w->n ? i + 1 : after - 1;
    dump_of(w, NULL, w->n, &expected);
    dump_of(w, order, w->n, &got);
    assert_true(slice_eq(buf_slice(&expected), buf_slice(&got)));
    world_all(w);
    world_assert_verdict(w, &id, FOLD_VERDICT_INVITE);
    buf_fini(&expected);
    buf_fini(&got);
    arena_fini(&arena);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refreshed_at_any_time),    cmocka_unit_test(a_member_comes_back),
        cmocka_unit_test(a_school_comes_back),      cmocka_unit_test(the_hub_moves),
        cmocka_unit_test(a_fork_that_saw_its_twin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
