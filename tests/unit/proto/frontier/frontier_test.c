#include "proto/frontier/frontier.h"

#include <stdlib.h>

#include "proto/crypto/hash.h"
#include "tests/support/vectors.h"

static struct entry some_entry(struct rng *rng)
{
    struct env env = tests_env(rng);
    struct entry entry = {.head.seq = 1 + rng_below(rng, 1000)};
    env_random(&env, entry.device.b, sizeof(entry.device.b));
    env_random(&env, entry.head.id.b, sizeof(entry.head.id.b));
    return entry;
}

static struct space_tag some_tag(void)
{
    struct space_tag tag;
    vectors_count(tag.b, sizeof(tag.b), 0x40);
    return tag;
}

static int by_device(const void *x, const void *y)
{
    const struct entry *a = x, *b = y;
    return device_pk_cmp(&a->device, &b->device);
}

/* The formula of DESIGN 5 said once more, from a plain list. */
static struct digest plain_digest(const char *label, const struct space_tag *tag,
                                  const struct entry *entries, size_t n)
{
    struct entry *sorted = mem_zalloc((n + 1) * sizeof(*sorted));
    if (n > 0) memcpy(sorted, entries, n * sizeof(*sorted));
    qsort(sorted, n, sizeof(*sorted), by_device);
    struct hash whole;
    hash_init(&whole, 32, (struct slice){0}, label);
    hash_add(&whole, tag->b, sizeof(tag->b));
    for (unsigned b = 0; b < 256; b++) {
        struct digest bucket = {0};
        struct hash hash;
        size_t in_it = 0;
        hash_init(&hash, 32, (struct slice){0}, "kith/1 bucket");
        for (size_t i = 0; i < n; i++) {
            uint8_t name[32];
            crypto_generichash(name, 32, sorted[i].device.b, 32, NULL, 0);
            if (name[0] != b) continue;
            hash_add(&hash, sorted[i].device.b, 32);
            hash_add_u64(&hash, sorted[i].head.seq);
            hash_add(&hash, sorted[i].head.id.b, 32);
            in_it++;
        }
        if (in_it > 0) hash_final(&hash, bucket.b);
        hash_add(&whole, bucket.b, 32);
    }
    struct digest out;
    hash_final(&whole, out.b);
    free(sorted);
    return out;
}

static void assert_digest(struct frontier *frontier, const struct entry *entries, size_t n)
{
    struct digest expected = plain_digest("kith/1 frontier", &frontier->tag, entries, n);
    assert_memory_equal(expected.b, frontier_digest(frontier)->b, 32);
}

/* Whatever was set, set again, removed: the digest is a function of the set that is left. */
static void test_the_digest_is_a_function_of_the_set(void **state)
{
    (void)state;
    struct rng rng = {11};
    struct space_tag tag = some_tag();
    struct frontier frontier;
    struct entry model[64];
    size_t n = 0;
    frontier_init(&frontier, FRONTIER_SPACE, &tag);
    assert_digest(&frontier, model, 0);
    for (unsigned step = 0; step < 600; step++) {
        uint64_t what = rng_below(&rng, 3);
        if (n > 0 && (what == 0 || n == 64)) {
            size_t i = rng_below(&rng, n);
            assert_true(frontier_remove(&frontier, &model[i].device));
            assert_false(frontier_remove(&frontier, &model[i].device));
            assert_null(frontier_get(&frontier, &model[i].device));
            model[i] = model[--n];
        } else if (n > 0 && what == 1) {
            struct entry *entry = &model[rng_below(&rng, n)];
            entry->head.seq++;
            entry->head.id.b[0] ^= 1;
            assert_true(frontier_set(&frontier, entry));
            assert_false(frontier_set(&frontier, entry));
        } else {
            model[n] = some_entry(&rng);
            assert_true(frontier_set(&frontier, &model[n++]));
        }
        assert_int_equal(n, frontier.n);
        if (step % 7 == 0) assert_digest(&frontier, model, n);
    }
    for (size_t i = 0; i < n; i++) {
        const struct entry *found = frontier_get(&frontier, &model[i].device);
        assert_non_null(found);
        assert_memory_equal(&model[i].head, &found->head, sizeof(found->head));
    }
    frontier_clear(&frontier);
    assert_digest(&frontier, model, 0);
    frontier_fini(&frontier);
}

static void test_a_walk_meets_each_chain_once_in_order(void **state)
{
    (void)state;
    struct rng rng = {12};
    struct space_tag tag = some_tag();
    struct frontier frontier;
    frontier_init(&frontier, FRONTIER_SPACE, &tag);
    for (unsigned i = 0; i < 1000; i++) {
        struct entry entry = some_entry(&rng);
        frontier_set(&frontier, &entry);
    }
    uint64_t at = 0;
    size_t walked = 0, listed = 0;
    const struct entry *last = NULL, *entry;
    while ((entry = frontier_next(&frontier, &at)) != NULL) {
        if (last != NULL) {
            int a = frontier_bucket_of(&last->device), b = frontier_bucket_of(&entry->device);
            assert_true(a < b || (a == b && device_pk_cmp(&last->device, &entry->device) < 0));
        }
        last = entry;
        walked++;
    }
    assert_null(frontier_next(&frontier, &at));
    for (unsigned b = 0; b < FRONTIER_BUCKETS; b++) {
        size_t n;
        frontier_entries(&frontier, (uint8_t)b, &n);
        listed += n;
    }
    assert_int_equal(1000, walked);
    assert_int_equal(1000, listed);
    frontier_fini(&frontier);
}

static void test_statements_beacons_and_spaces_never_look_alike(void **state)
{
    (void)state;
    struct rng rng = {13};
    struct space_tag tag = some_tag(), zero = {{0}};
    struct entry entry = some_entry(&rng);
    struct frontier sets[3];
    frontier_init(&sets[0], FRONTIER_SPACE, &tag);
    frontier_init(&sets[1], FRONTIER_STATEMENTS, NULL);
    frontier_init(&sets[2], FRONTIER_BEACONS, NULL);
    for (size_t i = 0; i < 3; i++)
        frontier_set(&sets[i], &entry);
    for (size_t i = 0; i < 3; i++) {
        for (size_t j = 0; j < i; j++) {
            assert_false(digest_eq(frontier_digest(&sets[i]), frontier_digest(&sets[j])));
        }
    }
    struct digest statements = plain_digest("kith/1 frontier", &zero, &entry, 1);
    struct digest beacons = plain_digest("kith/1 beacons", &zero, &entry, 1);
    assert_true(digest_eq(&statements, frontier_digest(&sets[1])));
    assert_true(digest_eq(&beacons, frontier_digest(&sets[2])));
    for (size_t i = 0; i < 3; i++)
        frontier_fini(&sets[i]);
}

static void test_abbreviations_mean_nothing_in_another_session(void **state)
{
    (void)state;
    struct rng rng = {14};
    struct space_tag tag = some_tag();
    struct entry entry = some_entry(&rng);
    struct frontier a, b;
    uint8_t session[32] = {1}, other_session[32] = {2};
    uint8_t x[FRONTIER_ABBREV_BYTES], y[FRONTIER_ABBREV_BYTES], bucket[8], whole[16];
    frontier_init(&a, FRONTIER_SPACE, &tag);
    frontier_init(&b, FRONTIER_SPACE, &tag);
    frontier_set(&a, &entry);
    frontier_set(&b, &entry);
    frontier_abbrev_digest(&a, x, session);
    frontier_abbrev_digest(&b, y, session);
    assert_memory_equal(x, y, sizeof(x));
    frontier_abbrev_digest(&b, y, other_session);
    assert_memory_not_equal(x, y, sizeof(x));

    uint8_t number = frontier_bucket_of(&entry.device);
    frontier_abbrev_bucket(&a, number, bucket, session);
    frontier_abbrev(whole, session, &tag, frontier_bucket_digest(&a, number));
    assert_memory_equal(bucket, whole, sizeof(bucket));
    frontier_fini(&a);
    frontier_fini(&b);
}

/* --------------------------------------------------------------------------------- Comparing
 */

struct found {
    size_t n[3];
    uint64_t seqs; /* sum of what was lacking */
};

static void on_difference(void *ctx, enum frontier_difference difference,
                          const struct device_pk *device, const struct place *mine,
                          const struct place *theirs)
{
    struct found *found = ctx;
    (void)device;
    found->n[difference]++;
    if (difference == FRONTIER_MINE_LACKS) found->seqs += theirs->seq - mine->seq;
    if (difference == FRONTIER_THEIRS_LACKS) found->seqs += mine->seq - theirs->seq;
}

static void test_a_comparison_names_what_each_side_lacks(void **state)
{
    (void)state;
    struct rng rng = {15};
    struct entry mine[40], theirs[40];
    size_t n_mine = 0, n_theirs = 0;
    struct found expected = {0};
    struct entry all[40];
    for (size_t i = 0; i < 40; i++)
        all[i] = some_entry(&rng);
    qsort(all, 40, sizeof(all[0]), by_device);
    for (size_t i = 0; i < 40; i++) {
        struct entry a = all[i], b = all[i];
        switch (i % 6) {
        case 0: /* only mine */
            expected.n[FRONTIER_THEIRS_LACKS]++;
            expected.seqs += a.head.seq;
            mine[n_mine++] = a;
            continue;
        case 1: /* only theirs */
            expected.n[FRONTIER_MINE_LACKS]++;
            expected.seqs += a.head.seq;
            theirs[n_theirs++] = a;
            continue;
        case 2:
            b.head.seq += 3;
            expected.n[FRONTIER_MINE_LACKS]++;
            expected.seqs += 3;
            break;
        case 3:
            a.head.seq += 2;
            expected.n[FRONTIER_THEIRS_LACKS]++;
            expected.seqs += 2;
            break;
        case 4:
            b.head.id.b[9] ^= 1;
            expected.n[FRONTIER_CONFLICT]++;
            break;
        default:
            break;
        }
        mine[n_mine++] = a;
        theirs[n_theirs++] = b;
    }
    struct found found = {0};
    frontier_diff(mine, n_mine, theirs, n_theirs, on_difference, &found);
    assert_memory_equal(&expected, &found, sizeof(found));

    struct found none = {0};
    frontier_diff(mine, n_mine, mine, n_mine, on_difference, &none);
    frontier_diff(NULL, 0, NULL, 0, on_difference, &none);
    assert_int_equal(0, none.n[0] + none.n[1] + none.n[2]);
}

/* One change among 10,000 chains leaves every other bucket's digest as it was. */
static void test_a_change_touches_one_bucket_of_ten_thousand_chains(void **state)
{
    (void)state;
    struct rng rng = {16};
    struct space_tag tag = some_tag();
    struct frontier frontier;
    struct digest before[FRONTIER_BUCKETS];
    struct entry entry = {0};
    frontier_init(&frontier, FRONTIER_SPACE, &tag);
    for (unsigned i = 0; i < 10000; i++) {
        entry = some_entry(&rng);
        frontier_set(&frontier, &entry);
    }
    assert_int_equal(10000, frontier.n);
    struct digest whole = *frontier_digest(&frontier);
    for (unsigned b = 0; b < FRONTIER_BUCKETS; b++) {
        before[b] = *frontier_bucket_digest(&frontier, (uint8_t)b);
    }
    entry.head.seq++;
    frontier_set(&frontier, &entry);
    unsigned stale = 0;
    for (unsigned b = 0; b < FRONTIER_BUCKETS; b++)
        stale += frontier.bucket[b].stale;
    assert_int_equal(1, stale);
    assert_false(digest_eq(&whole, frontier_digest(&frontier)));
    for (unsigned b = 0; b < FRONTIER_BUCKETS; b++) {
        bool same = digest_eq(&before[b], frontier_bucket_digest(&frontier, (uint8_t)b));
        assert_int_equal(b != frontier_bucket_of(&entry.device), same);
    }
    frontier_fini(&frontier);
}

/* ------------------------------------------------------------------------------------ Vectors
 */

static json_t *one_vector(enum frontier_kind kind, size_t n)
{
    static const char *const names[] = {"space", "statements", "beacons"};
    struct space_tag tag = some_tag();
    struct frontier frontier;
    uint8_t session[32], abbrev[FRONTIER_ABBREV_BYTES];
    vectors_count(session, 32, 0xa0);
    frontier_init(&frontier, kind, &tag);
    json_t *entries = json_array(), *buckets = json_array();
    for (size_t i = 0; i < n; i++) {
        struct entry entry = {.head.seq = i + 1};
        vectors_count(entry.device.b, 32, (uint8_t)(7 * i));
        vectors_count(entry.head.id.b, 32, (uint8_t)(0x80 + i));
        frontier_set(&frontier, &entry);
        json_t *row = json_object();
        vectors_put(row, "device_pk", entry.device.b, 32);
        json_object_set_new(row, "seq", json_integer((json_int_t)entry.head.seq));
        vectors_put(row, "head", entry.head.id.b, 32);
        json_array_append_new(entries, row);
    }
    for (unsigned b = 0; b < FRONTIER_BUCKETS; b++) {
        uint8_t shortened[FRONTIER_ABBREV_BUCKET_BYTES];
        if (frontier.bucket[b].n == 0) continue;
        json_t *row = json_object();
        json_object_set_new(row, "bucket", json_integer(b));
        vectors_put(row, "digest", frontier_bucket_digest(&frontier, (uint8_t)b)->b, 32);
        frontier_abbrev_bucket(&frontier, (uint8_t)b, shortened, session);
        vectors_put(row, "abbreviated", shortened, sizeof(shortened));
        json_array_append_new(buckets, row);
    }
    json_t *root = json_object();
    json_object_set_new(root, "kind", json_string(names[kind]));
    vectors_put(root, "space_tag", frontier.tag.b, 16);
    json_object_set_new(root, "entries", entries);
    json_object_set_new(root, "buckets", buckets);
    vectors_put(root, "digest", frontier_digest(&frontier)->b, 32);
    vectors_put(root, "handshake_hash", session, 32);
    frontier_abbrev_digest(&frontier, abbrev, session);
    vectors_put(root, "abbreviated", abbrev, sizeof(abbrev));
    frontier_fini(&frontier);
    return root;
}

static void test_digests_are_the_published_ones(void **state)
{
    (void)state;
    json_t *list = json_array();
    json_array_append_new(list, one_vector(FRONTIER_SPACE, 0));
    json_array_append_new(list, one_vector(FRONTIER_SPACE, 1));
    json_array_append_new(list, one_vector(FRONTIER_SPACE, 36));
    json_array_append_new(list, one_vector(FRONTIER_STATEMENTS, 3));
    json_array_append_new(list, one_vector(FRONTIER_BEACONS, 3));
    vectors_check("vectors/digest/digests.json", list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_digest_is_a_function_of_the_set),
        cmocka_unit_test(test_a_walk_meets_each_chain_once_in_order),
        cmocka_unit_test(test_statements_beacons_and_spaces_never_look_alike),
        cmocka_unit_test(test_abbreviations_mean_nothing_in_another_session),
        cmocka_unit_test(test_a_comparison_names_what_each_side_lacks),
        cmocka_unit_test(test_a_change_touches_one_bucket_of_ten_thousand_chains),
        cmocka_unit_test(test_digests_are_the_published_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
