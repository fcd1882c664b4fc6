#include "proto/record/author.h"

#include "proto/base/limits.h"
#include "tests/unit/proto/record/records.h"

static void patches_lay_over(void **state)
{
    (void)state;
    static const struct {
        const char *before, *patch, *after;
    } rows[] = {
        {"{}", "{'head':{'title':'x'}}", "{'head':{'title':'x'}}"},
        {"{'head':{'title':'x','scale':'s'},'plan':{'c':1}}",
         "{'head':{'title':'y','scale':null}}", "{'head':{'title':'y'},'plan':{'c':1}}"},
        {"{'do':{'l':[{'id':'1','t':'a','u':2}]}}",
         "{'do':{'l':[{'id':'1','t':'b'},{'id':'2'}]}}",
         "{'do':{'l':[{'id':'1','t':'b','u':2},{'id':'2'}]}}"},
        {"{'do':{'l':[{'id':'1'},{'id':'2'}]}}", "{'do':{'l':[{'id':'1','deleted':true}]}}",
         "{'do':{'l':[{'id':'2'}]}}"},
        {"{'do':{'l':[{'id':'1'}]}}", "{'do':{'l':[{'id':'1','deleted':true}]}}", "{'do':{}}"},
        {"{'do':{'l':[{'id':'1'}]}}", "{'do':{'l':[]}}", "{'do':{'l':[{'id':'1'}]}}"},
        {"{'head':{'team':['a']}}", "{'head':{'team':[]}}", "{'head':{'team':[]}}"},
        {"{'head':{'title':'x'}}", "{'head':null}", "{'head':{}}"},
        {"{'head':{'title':'x'}}", "{'head':5}", "{'head':5}"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_t *before = records_json(rows[i].before), *patch = records_json(rows[i].patch);
        json_t *after = author_patch(before, patch);
        records_equal(after, rows[i].after);
        records_equal(before, rows[i].before); /* untouched */
        json_decref(before);
        json_decref(patch);
        json_decref(after);
    }
    json_t *patch = records_json("{'a':{'b':1}}"), *after = author_patch(NULL, patch);
    records_equal(after, "{'a':{'b':1}}");
    json_decref(patch);
    json_decref(after);
}

static void a_revision_holds_what_changed_and_nothing_else(void **state)
{
    (void)state;
    static const struct {
        const char *before, *wanted, *changes;
    } rows[] = {
        {"{'a':{'x':1}}", "{'a':{'x':1}}", "{}"},
        {"{'a':{'x':1},'b':{'y':1}}", "{'b':{'y':2}}", "{'b':{'y':2}}"},
        {"{'a':{'x':1,'y':2}}", "{'a':{'x':1,'y':3}}", "{'a':{'x':1,'y':3}}"},
        {"{'a':{'x':1,'y':2}}", "{'a':{}}", "{'a':{'x':null,'y':null}}"},
        {"{'a':{'x':1,'l':[{'id':'1'}]}}", "{'a':{'x':1,'l':[{'id':'1'},{'id':'2'}]}}",
         "{'a':{'l':[{'id':'2'}]}}"},
        {"{'a':{'x':1,'l':[{'id':'1'},{'id':'2'}]}}", "{'a':{'x':1,'l':[{'id':'2','t':3}]}}",
         "{'a':{'l':[{'id':'2','t':3},{'id':'1','deleted':true}]}}"},
        {"{'a':{'x':1,'l':[{'id':'1'}]}}", "{'a':{'x':1}}",
         "{'a':{'l':[{'id':'1','deleted':true}]}}"},
        {"{'a':{'l':[{'id':'1'}]}}",
         "{'a':{'l':[{'id':'1','deleted':true},"
         "{'id':'9','deleted':true}]}}",
         "{'a':{'l':[{'id':'1','deleted':true}]}}"},
        {"{}", "{'a':{},'b':{'n':null}}", "{}"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_t *before = records_json(rows[i].before), *wanted = records_json(rows[i].wanted);
        json_t *changes = author_changes(before, wanted);
        records_equal(changes, rows[i].changes);
        json_decref(before);
        json_decref(wanted);
        json_decref(changes);
    }
}

/* --- whole edits --- */

struct desk {
    struct records set;
    struct schema_set *schemas;
    struct author author;
    int next;
};

static void desk_init(struct desk *desk)
{
    *desk = (struct desk){.schemas = schema_set_new(), .next = 'a'};
    desk->author = (struct author){
        .type = "cycle", .person = "grade 9 lead", .at = "2026-03-01T09:30:00Z", .v = 1};
    memset(desk->author.record.b, 1, 16);
    memset(desk->author.owner.b, 2, 32);
}

static void desk_fini(struct desk *desk)
{
    records_fini(&desk->set);
    schema_set_free(desk->schemas);
}

/* Lays a patch over what shows, writes the revision, reads it back into the set. */
static enum err edit(struct desk *desk, const char *patch_text, struct schema_problem *problem)
{
    struct records *set = &desk->set;
    struct fold_state before = records_fold(set);
    json_t *patch = records_json(patch_text);
    json_t *now = author_current_sections(set->entries, set->n, &before);
    json_t *wanted = author_patch(now, patch);
    struct buf body = {0};
    const struct schema *schema = schema_set_find(desk->schemas, desk->author.type);
    enum err err = author_revision(&desk->author, schema, &before, wanted, &body, problem);
    if (err == ERR_OK && body.len > 0) {
        struct revision *r = &set->revisions[set->n];
        struct revision_id id = records_id(desk->next++);
        assert_ok(revision_decode(buf_slice(&body), &id, r, NULL));
        set->entries[set->n++] = fold_entry_full(r);
    }
    buf_fini(&body);
    json_decref(patch);
    json_decref(now);
    json_decref(wanted);
    fold_fini(&before);
    return err;
}

static void edits_become_revisions_that_fold_to_what_was_wanted(void **state)
{
    (void)state;
    struct desk desk;
    struct schema_problem problem;
    desk_init(&desk);
    assert_ok(edit(&desk, "{'head':{'title':'Parent night'}}", &problem));
    assert_ok(edit(&desk,
                   "{'plan':{'change':'c','questions':[{'id':'q','question':'?',"
                   "'prediction':'40'}]}}",
                   &problem));
    assert_ok(
        edit(&desk, "{'do':{'observations':[{'id':'o','text':'full house'}]}}", &problem));
    assert_ok(edit(&desk, "{'do':{'observations':[{'id':'p','text':'and loud'}]}}", &problem));
    records_equal(desk.set.revisions[3].sections,
                  "{'do':{'observations':[{'id':'p','text':'and loud'}]}}");
    assert_int_equal(desk.set.revisions[3].lamport, 4);
    assert_int_equal(desk.set.revisions[3].n_parents, 1);
    struct fold_state s = records_fold(&desk.set);
    records_equal(s.sections,
                  "{'head':{'title':'Parent night'},'plan':{'change':'c','questions':"
                  "[{'id':'q','question':'?','prediction':'40'}]},'do':{'observations':"
                  "[{'id':'o','text':'full house'},{'id':'p','text':'and loud'}]}}");
    assert_string_equal(s.type, "cycle");
    fold_fini(&s);
    /* Nothing changes: nothing is written. */
    assert_ok(edit(&desk, "{'head':{'title':'Parent night'}}", &problem));
    assert_int_equal(desk.set.n, 4);
    desk_fini(&desk);
}

static void what_does_not_fit_is_refused_with_a_way_out(void **state)
{
    (void)state;
    struct desk desk;
    struct schema_problem problem;
    desk_init(&desk);
    assert_err(ERR_INVALID, edit(&desk, "{'plan':{'change':'c'}}", &problem));
    assert_string_equal(problem.path, "head.title");
    assert_err(ERR_INVALID, edit(&desk, "{'head':{'title':'x','scale':'vast'}}", &problem));
    assert_string_equal(problem.path, "head.scale");
    assert_err(ERR_INVALID, edit(&desk, "{'head':5}", &problem));
    assert_int_equal(desk.set.n, 0);

    desk.author.type = "moon_phase"; /* no schema: sections as they come */
    struct buf big = {0};
    char *text = records_repeat("x", LIMIT_BODY_BYTES);
    buf_put_str(&big, "{'head':{'title':'");
    buf_put_str(&big, text);
    buf_put_str(&big, "'}}");
    buf_put_u8(&big, 0);
    assert_err(ERR_TOO_BIG, edit(&desk, (char *)big.data, &problem));
    assert_non_null(strstr(problem.text, "shorten"));
    free(text);
    buf_fini(&big);
    assert_ok(edit(&desk, "{'any':{'thing':[1,{'x':null}]}}", &problem));
    desk.author.at = "yesterday";
    assert_err(ERR_INVALID, edit(&desk, "{'any':{'thing':2}}", &problem));
    desk_fini(&desk);
}

static void lamport_has_an_end(void **state)
{
    (void)state;
    struct desk desk;
    struct schema_problem problem;
    for (uint64_t over = 0; over <= 1; over++) {
        desk_init(&desk);
        struct revision_id gone = records_id('z');
        struct fold_entry entry = fold_entry_erased(&gone, ((uint64_t)1 << 53) - 1 + over);
        struct fold_state before;
        fold_init(&before, &entry, 1);
        json_t *wanted = records_json("{'head':{'title':'x'}}");
        struct buf body = {0};
        assert_err(over == 0 ? ERR_OK : ERR_LIMIT,
                   author_revision(&desk.author, NULL, &before, wanted, &body, &problem));
        buf_fini(&body);
        json_decref(wanted);
        fold_fini(&before);
        desk_fini(&desk);
    }
}

static void items_get_ids_and_only_where_they_merge(void **state)
{
    (void)state;
    struct schema_set *set = schema_set_new();
    struct rng rng = {.state = 6};
    struct env env = tests_env(&rng);
    json_t *sections = records_json("{'head':{'team':['a']},'do':{'observations':[{'text':'x'},"
                                    "{'id':'mine','text':'y'},{'text':'z'}]}}");
    author_name_items(schema_set_find(set, "cycle"), sections, &env);
    const json_t *list = schema_get(sections, "do.observations");
    assert_int_equal(strlen(ijson_str(json_array_get(list, 0), "id")), 16);
    assert_string_equal(ijson_str(json_array_get(list, 1), "id"), "mine");
    assert_string_not_equal(ijson_str(json_array_get(list, 0), "id"),
                            ijson_str(json_array_get(list, 2), "id"));
    records_equal(json_object_get(sections, "head"), "{'team':['a']}");
    json_decref(sections);
    schema_set_free(set);
}

static void sharing_keeps_the_prediction_and_later_edits_the_amendments(void **state)
{
    (void)state;
    struct desk own, wide;
    struct schema_problem problem;
    desk_init(&own);
    desk_init(&wide);
    assert_ok(
        edit(&own, "{'head':{'title':'x'},'plan':{'change':'c','objective':'o'}}", &problem));
    assert_ok(edit(&own, "{'do':{'surprises':'s'}}", &problem));
    assert_ok(edit(&own, "{'plan':{'objective':'amended'}}", &problem));
    struct fold_state s = records_fold(&own.set);
    json_t *shared = author_shared_sections(own.set.entries, own.set.n, &s);
    char *text = ijson_text(shared);
    assert_ok(edit(&wide, text, &problem));
    /* The same patch in both spaces: the same plan in both, frozen and now. */
    assert_ok(edit(&own, "{'plan':{'change':'d'}}", &problem));
    assert_ok(edit(&wide, "{'plan':{'change':'d'}}", &problem));
    fold_fini(&s);
    struct fold_state a = records_fold(&own.set), b = records_fold(&wide.set);
    struct cycle x, y;
    cycle_init(&x, own.set.entries, own.set.n, &a, NULL);
    cycle_init(&y, wide.set.entries, wide.set.n, &b, NULL);
    records_equal(x.plan, "{'change':'c','objective':'o'}");
    records_equal(x.plan_now, "{'change':'d','objective':'amended'}");
    assert_true(json_equal(x.plan, y.plan));
    assert_true(json_equal(x.plan_now, y.plan_now));
    assert_int_equal(json_array_size(x.amendments), 2);
    assert_int_equal(json_array_size(y.amendments), 2);
    cycle_fini(&x);
    cycle_fini(&y);
    fold_fini(&a);
    fold_fini(&b);
    free(text);
    json_decref(shared);
    desk_fini(&own);
    desk_fini(&wide);
}

/* --- a patch, written as changes and folded, is the patch --- */

static void random_edits_fold_to_what_was_wanted(void **state)
{
    (void)state;
    static const char *const patches[] = {
        "{'a':{'x':1}}",
        "{'a':{'x':null}}",
        "{'a':{'l':[{'id':'1','t':1}]}}",
        "{'a':{'l':[{'id':'1','deleted':true}]}}",
        "{'a':{'l':[{'id':'2','t':2},{'id':'1','t':3}],'y':'z'}}",
        "{'a':null,'b':{'k':[1,2]}}",
        "{'b':{'k':[]}}",
        "{'b':{'k':null,'l':[{'id':'1'}]}}",
    };
    struct rng rng = {.state = 31};
    for (int round = 0; round < 300; round++) {
        struct desk desk;
        struct schema_problem problem;
        desk_init(&desk);
        desk.author.type = "moon_phase";
        for (uint64_t n = 1 + rng_below(&rng, 8); n > 0; n--) {
            const char *text = patches[rng_below(&rng, 8)];
            struct fold_state before = records_fold(&desk.set);
            json_t *patch = records_json(text);
            json_t *wanted = author_patch(before.sections, patch);
            assert_ok(edit(&desk, text, &problem));
            struct fold_state after = records_fold(&desk.set);
            json_t *rest = author_changes(after.sections, wanted);
            records_equal(rest, "{}"); /* nothing is left to write */
            assert_int_equal(json_array_size(after.also), 0);
            json_decref(rest);
            json_decref(patch);
            json_decref(wanted);
            fold_fini(&before);
            fold_fini(&after);
        }
        desk_fini(&desk);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patches_lay_over),
        cmocka_unit_test(a_revision_holds_what_changed_and_nothing_else),
        cmocka_unit_test(edits_become_revisions_that_fold_to_what_was_wanted),
        cmocka_unit_test(what_does_not_fit_is_refused_with_a_way_out),
        cmocka_unit_test(lamport_has_an_end),
        cmocka_unit_test(items_get_ids_and_only_where_they_merge),
        cmocka_unit_test(sharing_keeps_the_prediction_and_later_edits_the_amendments),
        cmocka_unit_test(random_edits_fold_to_what_was_wanted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
