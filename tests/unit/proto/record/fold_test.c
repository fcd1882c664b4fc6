#include "proto/record/fold.h"

#include "proto/base/limits.h"
#include "tests/unit/proto/record/records.h"

static void a_later_write_shows_and_the_earlier_is_history(void **state)
{
    (void)state;
    struct records set = {0};
    records_add(&set, 'a', "", 0, "{'head':{'title':'one'},'plan':{'change':'x'}}");
    records_add(&set, 'b', "a", 0, "{'head':{'title':'two'}}");
    struct fold_state s = records_fold(&set);
    records_equal(s.sections, "{'head':{'title':'two'},'plan':{'change':'x'}}");
    assert_int_equal(json_array_size(s.also), 0);
    assert_int_equal(s.n_heads, 1);
    assert_memory_equal(s.heads[0].b, set.revisions[1].id.b, 32);
    assert_int_equal(s.lamport_next, 3);
    assert_ptr_equal(s.first, &set.revisions[0]);
    assert_ptr_equal(s.last, &set.revisions[1]);
    fold_fini(&s);
    records_fini(&set);
}

static void of_concurrent_writes_the_higher_shows_and_the_other_is_kept(void **state)
{
    (void)state;
    struct records set = {0};
    records_add(&set, 'a', "", 0, "{'head':{'title':'one'}}");
    records_add(&set, 'c', "a", 0, "{'head':{'title':'from c'}}");
    records_add(&set, 'b', "a", 0, "{'head':{'title':'from b'},'act':{'why':'w'}}");
    struct fold_state s = records_fold(&set);
    records_equal(s.sections, "{'act':{'why':'w'},'head':{'title':'from c'}}");
    assert_int_equal(json_array_size(s.also), 1);
    records_equal(json_object_get(json_array_get(s.also, 0), "value"), "{'title':'from b'}");
    assert_int_equal(s.n_heads, 2);
    fold_fini(&s);
    /* An edit that has seen both settles it. */
    records_add(&set, 'd', "bc", 0, "{'head':{'title':'settled'}}");
    s = records_fold(&set);
    assert_int_equal(json_array_size(s.also), 0);
    records_equal(json_object_get(s.sections, "head"), "{'title':'settled'}");
    assert_int_equal(s.n_heads, 1);
    fold_fini(&s);
    records_fini(&set);
}

static void a_greater_lamport_beats_a_greater_id(void **state)
{
    (void)state;
    struct records set = {0};
    records_add(&set, 'm', "", 0, "{'head':{'t':1}}");
    records_add(&set, 'z', "m", 0, "{'head':{'t':2}}");
    records_add(&set, 'b', "m", 0, "{}");
    records_add(&set, 'a', "b", 0, "{'head':{'t':3}}");
    struct fold_state s = records_fold(&set);
    records_equal(s.sections, "{'head':{'t':3}}");
    assert_int_equal(json_array_size(s.also), 1);
    fold_fini(&s);
    records_fini(&set);
}

static void two_observations_of_one_day_both_stand(void **state)
{
    (void)state;
    struct records set = {0};
    records_add(&set, 'a', "", 0,
                "{'do':{'carried_out':'yes','observations':[{'id':'1','text':'x'}]}}");
    records_add(&set, 'b', "a", 0, "{'do':{'observations':[{'id':'2','text':'by b'}]}}");
    records_add(&set, 'c', "a", 0, "{'do':{'observations':[{'id':'3','text':'by c'}]}}");
    records_add(&set, 'd', "a", 0, "{'do':{'carried_out':'partly'}}");
    struct fold_state s = records_fold(&set);
    records_equal(s.sections, "{'do':{'carried_out':'partly','observations':["
                              "{'id':'1','text':'x'},{'id':'2','text':'by b'},"
                              "{'id':'3','text':'by c'}]}}");
    assert_int_equal(json_array_size(s.also), 0);
    fold_fini(&s);
    records_fini(&set);
}

static void an_item_keeps_its_place_and_can_be_taken_away(void **state)
{
    (void)state;
    struct records set = {0};
    records_add(&set, 'a', "", 0, "{'p':{'l':[{'id':'1'},{'id':'2'},{'id':'3'}]}}");
    records_add(&set, 'b', "a", 0,
                "{'p':{'l':[{'id':'3','t':'new'},{'id':'1','deleted':true}]}}");
    records_add(&set, 'c', "a", 0, "{'p':{'l':[{'id':'2','t':'c'}]}}");
    struct fold_state s = records_fold(&set);
    records_equal(s.sections, "{'p':{'l':[{'id':'2','t':'c'},{'id':'3','t':'new'}]}}");
    fold_fini(&s);
    /* A concurrent change of the item that was deleted: the higher shows, the other is kept. */
    records_add(&set, 'd', "a", 0, "{'p':{'l':[{'id':'1','t':'kept'}]}}");
    s = records_fold(&set);
    records_equal(
        s.sections,
        "{'p':{'l':[{'id':'1','t':'kept'},{'id':'2','t':'c'},{'id':'3','t':'new'}]}}");
    assert_int_equal(json_array_size(s.also), 1);
    records_equal(json_object_get(json_array_get(s.also, 0), "value"),
                  "{'id':'1','deleted':true}");
    fold_fini(&s);
    records_fini(&set);
}

static void nulls_and_empty_sections_clear(void **state)
{
    (void)state;
    struct records set = {0};
    records_add(&set, 'a', "", 0, "{'p':{'x':1,'l':[{'id':'1'}]},'q':{'y':2}}");
    records_add(&set, 'b', "a", 0, "{'p':{'x':null},'q':{}}");
    struct fold_state s = records_fold(&set);
    records_equal(s.sections, "{'p':{'l':[{'id':'1'}]}}");
    fold_fini(&s);
    /* An empty list says nothing about a list of items. */
    records_add(&set, 'c', "b", 0, "{'p':{'l':[]}}");
    s = records_fold(&set);
    records_equal(s.sections, "{'p':{'l':[{'id':'1'}]}}");
    fold_fini(&s);
    records_fini(&set);
}

static void what_misses_a_parent_waits_with_all_that_follows(void **state)
{
    (void)state;
    struct records set = {0};
    records_add(&set, 'a', "", 0, "{'head':{'t':1}}");
    records_add(&set, 'x', "am", 3, "{'head':{'t':2}}");
    records_add(&set, 'y', "x", 4, "{'head':{'t':3}}");
    struct fold_state s = records_fold(&set);
    records_equal(s.sections, "{'head':{'t':1}}");
    assert_int_equal(s.counts[FOLD_STATUS_WAITING], 2);
    assert_int_equal(s.status[2], FOLD_STATUS_WAITING);
    assert_int_equal(s.lamport_next, 2);
    fold_fini(&s);
    records_add(&set, 'm', "a", 0, "{}");
    s = records_fold(&set);
    records_equal(s.sections, "{'head':{'t':3}}");
    assert_int_equal(s.counts[FOLD_STATUS_WAITING], 0);
    fold_fini(&s);
    records_fini(&set);
}

static void a_wrong_lamport_or_type_has_no_effect_and_nothing_after_it(void **state)
{
    (void)state;
    static const struct {
        const char *parents;
        uint64_t lamport;
        const char *type;
    } rows[] = {{"a", 1, "cycle"}, {"a", 3, "cycle"}, {"", 2, "cycle"}, {"a", 2, "idea"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct records set = {0};
        records_add(&set, 'a', "", 0, "{'head':{'t':1}}");
        struct revision *bad =
            records_add(&set, 'x', rows[i].parents, rows[i].lamport, "{'head':{'t':2}}");
        memcpy(bad->type, rows[i].type, strlen(rows[i].type) + 1);
        struct revision *after = records_add(&set, 'y', "x", 0, "{'head':{'t':3}}");
        memcpy(after->type, rows[i].type, strlen(rows[i].type) + 1);
        struct fold_state s = records_fold(&set);
        records_equal(s.sections, "{'head':{'t':1}}");
        assert_int_equal(s.status[1], FOLD_STATUS_BROKEN);
        assert_int_equal(s.status[2], FOLD_STATUS_BROKEN);
        assert_int_equal(s.n_heads, 1);
        assert_int_equal(s.lamport_next, 2);
        fold_fini(&s);
        records_fini(&set);
    }
}

static void the_erased_and_the_void_stay_as_parents(void **state)
{
    (void)state;
    for (int erased = 0; erased <= 1; erased++) {
        struct records set = {0};
        records_add(&set, 'a', "", 0, "{'head':{'t':1}}");
        records_add(&set, 'b', "a", 0, "{'head':{'t':2},'act':{'why':'w'}}");
        records_add(&set, 'c', "b", 0, "{'plan':{'p':1}}");
        set.entries[1] = erased ? fold_entry_erased(&set.revisions[1].id, 2)
                                : fold_entry_void(&set.revisions[1]);
        struct fold_state s = records_fold(&set);
        records_equal(s.sections, "{'head':{'t':1},'plan':{'p':1}}");
        assert_int_equal(s.status[1], erased ? FOLD_STATUS_ERASED : FOLD_STATUS_VOID);
        assert_int_equal(s.n_heads, 1);
        assert_memory_equal(s.heads[0].b, set.revisions[2].id.b, 32);
        assert_int_equal(s.lamport_next, 4);
        fold_fini(&s);
        records_fini(&set);
    }
}

static void a_record_of_which_all_is_erased_does_not_exist(void **state)
{
    (void)state;
    struct records set = {0};
    records_add(&set, 'a', "", 0, "{'head':{'t':1}}");
    set.entries[0] = fold_entry_erased(&set.revisions[0].id, 1);
    struct fold_state s = records_fold(&set);
    assert_false(s.exists);
    assert_int_equal(s.n_heads, 1);
    assert_int_equal(s.lamport_next, 2);
    records_equal(s.sections, "{}");
    fold_fini(&s);
    fold_init(&s, NULL, 0);
    assert_false(s.exists);
    assert_int_equal(s.lamport_next, 1);
    fold_fini(&s);
    records_fini(&set);
}

static void at_most_64_heads_and_these_the_greatest(void **state)
{
    (void)state;
    for (size_t over = 0; over <= 1; over++) {
        struct records set = {0};
        for (size_t i = 0; i < LIMIT_REVISION_PARENTS + over; i++) {
            records_add(&set, (int)(i + 1), "", 0, "{}");
        }
        struct fold_state s = records_fold(&set);
        assert_int_equal(s.n_heads, LIMIT_REVISION_PARENTS);
        assert_int_equal(s.heads[0].b[0], 1 + over); /* the smallest was left out */
        for (size_t i = 1; i < s.n_heads; i++) {
            assert_true(revision_id_cmp(&s.heads[i - 1], &s.heads[i]) < 0);
        }
        fold_fini(&s);
        records_fini(&set);
    }
}

/* More contested items than one pass of the merge looks at. */
static void thousands_of_contested_items(void **state)
{
    (void)state;
    enum { ITEMS = 2500 };
    struct records set = {0};
    static const char *const parents[] = {"", "a", "b", "a"};
    for (int r = 0; r < 4; r++) {
        struct buf text = {0};
        buf_put_str(&text, "{'do':{'data':[");
        for (size_t i = 0; i < ITEMS; i++) {
            char id[21], by[21];
            buf_put_str(&text, i == 0 ? "{'id':'" : ",{'id':'");
            buf_put_str(&text, text_decimal(id, i));
            buf_put_str(&text, "','by':");
            buf_put_str(&text, text_decimal(by, (uint64_t)r));
            buf_put_str(&text, "}");
        }
        buf_put_str(&text, "]}}");
        buf_put_u8(&text, 0);
        records_add(&set, 'a' + r, parents[r], 0, (char *)text.data);
        buf_fini(&text);
    }
    struct fold_state s = records_fold(&set);
    const json_t *list = json_object_get(json_object_get(s.sections, "do"), "data");
    assert_int_equal(json_array_size(list), ITEMS);
    records_equal(json_array_get(list, ITEMS - 1), "{'id':'2499','by':2}");
    assert_int_equal(json_array_size(s.also), ITEMS); /* d's; a's and b's are superseded */
    records_equal(json_object_get(json_array_get(s.also, ITEMS - 1), "value"),
                  "{'id':'999','by':3}");
    fold_fini(&s);
    records_fini(&set);
}

/* --- any order, any repeats --- */

/* A random history: forks, joins, gaps, wrong lamports, erased and void ones. */
static void random_set(struct rng *rng, struct records *set, size_t n)
{
    static const char *const sections[] = {
        "{}",
        "{'a':{'x':1}}",
        "{'a':{'x':2,'y':3}}",
        "{'a':{}}",
        "{'a':{'x':null}}",
        "{'a':{'l':[{'id':'1','t':'one'}]}}",
        "{'a':{'l':[{'id':'2','t':'two'},{'id':'1','t':'eins'}]}}",
        "{'a':{'l':[{'id':'1','deleted':true}]},'b':{'z':5}}",
        "{'a':{'l':[]}}",
        "{'a':{'l':'no list'},'b':{'l':[{'id':'1'}]}}",
        "{'b':{'z':6},'a':{'y':7,'l':[{'id':'3'},{'id':'3','t':'again'}]}}",
    };
    for (size_t i = 0; i < n; i++) {
        char parents[8] = "";
        size_t n_parents = 0;
        for (size_t k = 0; k < i && n_parents < 3; k++) {
            if (rng_chance(rng, 400)) parents[n_parents++] = (char)('a' + k);
        }
        if (rng_chance(rng, 40)) parents[n_parents++] = '?';
        uint64_t lamport = rng_chance(rng, 40) ? 1 + rng_below(rng, 4) : 0;
        struct revision *r =
            records_add(set, (int)('a' + i), parents, lamport, sections[rng_below(rng, 11)]);
        r->id = records_id((int)('a' + i));
        if (rng_chance(rng, 80))
            set->entries[i] = fold_entry_erased(&r->id, r->lamport);
        else if (rng_chance(rng, 80))
            set->entries[i] = fold_entry_void(r);
    }
}

static char *fold_text(const struct fold_entry *entries, size_t n)
{
    struct fold_state state;
    fold_init(&state, entries, n);
    json_t *json = fold_json(&state);
    char *text = ijson_text(json);
    json_decref(json);
    fold_fini(&state);
    return text;
}

static void shuffle(struct rng *rng, struct fold_entry *entries, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        size_t k = rng_below(rng, i);
        struct fold_entry entry = entries[i - 1];
        entries[i - 1] = entries[k];
        entries[k] = entry;
    }
}

static void a_fold_is_a_function_of_the_set(void **state)
{
    (void)state;
    struct rng rng = {.state = 5};
    size_t with_also = 0;
    for (int round = 0; round < 2000; round++) {
        struct records set = {0};
        size_t n = 1 + rng_below(&rng, 12);
        random_set(&rng, &set, n);
        char *expected = fold_text(set.entries, n);
        with_also += strstr(expected, "\"also\":[]") == NULL;
        for (int k = 0; k < 4; k++) {
            struct fold_entry more[2 * RECORDS_MAX];
            memcpy(more, set.entries, n * sizeof(*more));
            size_t repeats = rng_below(&rng, n + 1);
            memcpy(more + n, set.entries, repeats * sizeof(*more));
            shuffle(&rng, more, n + repeats);
            char *got = fold_text(more, n + repeats);
            assert_string_equal(got, expected);
            free(got);
        }
        free(expected);
        records_fini(&set);
    }
    assert_true(with_also > 200);
}

static void permute(struct fold_entry *entries, size_t k, size_t n, const char *expected,
                    size_t *count)
{
    if (k == n) {
        char *got = fold_text(entries, n);
        assert_string_equal(got, expected);
        free(got);
        (*count)++;
        return;
    }
    for (size_t i = k; i < n; i++) {
        struct fold_entry entry = entries[k];
        entries[k] = entries[i];
        entries[i] = entry;
        permute(entries, k + 1, n, expected, count);
        entry = entries[k];
        entries[k] = entries[i];
        entries[i] = entry;
    }
}

static void all_orders_of_six_revisions_agree(void **state)
{
    (void)state;
    struct rng rng = {.state = 17};
    for (int round = 0; round < 12; round++) {
        struct records set = {0};
        random_set(&rng, &set, 6);
        char *expected = fold_text(set.entries, 6);
        size_t count = 0;
        permute(set.entries, 0, 6, expected, &count);
        assert_int_equal(count, 720);
        free(expected);
        records_fini(&set);
    }
}

/* Along a line of revisions, one write after another gives what the fold gives. */
static void applying_one_by_one_is_folding(void **state)
{
    (void)state;
    static const char *const writes[] = {
        "{'a':{'x':1}}",
        "{'a':{'x':null}}",
        "{'a':{'x':2,'l':[{'id':'1','t':'one'},{'id':'2'}]}}",
        "{'a':{'l':[{'id':'1','deleted':true}]}}",
        "{'a':{'l':[{'id':'2','t':'two'},{'id':'3'}]}}",
        "{'a':{}}",
    };
    struct rng rng = {.state = 23};
    for (int round = 0; round < 500; round++) {
        struct records set = {0};
        json_t *section = json_object();
        /* The first one makes `l` a list of items, so that both ways know it as one. */
        size_t n = 1 + rng_below(&rng, 8);
        for (size_t i = 0; i < n; i++) {
            char parent[2] = {i == 0 ? '\0' : (char)('a' + i - 1), '\0'};
            const char *write = writes[i == 0 ? 2 : rng_below(&rng, 6)];
            struct revision *r = records_add(&set, (int)('a' + i), parent, 0, write);
            fold_apply(section, json_object_get(r->sections, "a"));
        }
        struct fold_state s = records_fold(&set);
        const json_t *folded = json_object_get(s.sections, "a");
        json_t *none = json_object();
        char *a = ijson_text(section), *b = ijson_text(folded == NULL ? none : folded);
        /* A deleted item that comes back stands at the end there, in its old place here. */
        if (strstr(a, "\"1\"") == NULL) assert_string_equal(a, b);
        free(a);
        free(b);
        json_decref(none);
        json_decref(section);
        fold_fini(&s);
        records_fini(&set);
    }
}

static void the_past_of_a_revision(void **state)
{
    (void)state;
    struct records set = {0};
    records_add(&set, 'a', "", 0, "{}");
    records_add(&set, 'b', "a", 0, "{}");
    records_add(&set, 'c', "a", 0, "{}");
    records_add(&set, 'd', "b", 0, "{}");
    struct fold_entry past[RECORDS_MAX];
    memcpy(past, set.entries, sizeof(past));
    struct revision_id d = records_id('d'), nobody = records_id('z');
    assert_int_equal(fold_past(past, 4, &d), 3);
    assert_ptr_equal(past[2].revision, &set.revisions[3]);
    memcpy(past, set.entries, sizeof(past));
    assert_int_equal(fold_past(past, 4, &nobody), 0);
    /* Past an erased one: all of a smaller lamport. */
    struct revision_id b = records_id('b');
    memcpy(past, set.entries, sizeof(past));
    past[1] = fold_entry_erased(&b, 2);
    assert_int_equal(fold_past(past, 4, &d), 3);
    records_fini(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_later_write_shows_and_the_earlier_is_history),
        cmocka_unit_test(of_concurrent_writes_the_higher_shows_and_the_other_is_kept),
        cmocka_unit_test(a_greater_lamport_beats_a_greater_id),
        cmocka_unit_test(two_observations_of_one_day_both_stand),
        cmocka_unit_test(an_item_keeps_its_place_and_can_be_taken_away),
        cmocka_unit_test(nulls_and_empty_sections_clear),
        cmocka_unit_test(what_misses_a_parent_waits_with_all_that_follows),
        cmocka_unit_test(a_wrong_lamport_or_type_has_no_effect_and_nothing_after_it),
        cmocka_unit_test(the_erased_and_the_void_stay_as_parents),
        cmocka_unit_test(a_record_of_which_all_is_erased_does_not_exist),
        cmocka_unit_test(at_most_64_heads_and_these_the_greatest),
        cmocka_unit_test(thousands_of_contested_items),
        cmocka_unit_test(a_fold_is_a_function_of_the_set),
        cmocka_unit_test(all_orders_of_six_revisions_agree),
        cmocka_unit_test(applying_one_by_one_is_folding),
        cmocka_unit_test(the_past_of_a_revision),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
