#include "proto/record/cycle.h"

#include "tests/unit/proto/record/records.h"

static struct cycle cycle_of(const struct records *set, const char *today)
{
    struct fold_state state = records_fold(set);
    struct cycle cycle;
    cycle_init(&cycle, set->entries, set->n, &state, today);
    fold_fini(&state);
    return cycle;
}

static void the_last_section_with_content_is_the_phase(void **state)
{
    (void)state;
    static const struct {
        const char *sections;
        enum cycle_state state, phase;
    } rows[] = {
        {"{'head':{'title':'x'}}", CYCLE_DRAFT, CYCLE_DRAFT},
        {"{'head':{'title':'x'},'plan':{'objective':'','tasks':[]}}", CYCLE_DRAFT, CYCLE_DRAFT},
        {"{'plan':{'questions':[{'id':'1'}]}}", CYCLE_DRAFT, CYCLE_DRAFT},
        {"{'plan':{'change':'x'}}", CYCLE_PLANNED, CYCLE_PLANNED},
        {"{'plan':{'change':'x'},'do':{'finished':false}}", CYCLE_PLANNED, CYCLE_PLANNED},
        {"{'do':{'observations':[{'id':'1','text':'x'}]}}", CYCLE_DOING, CYCLE_DOING},
        {"{'do':{'finished':true}}", CYCLE_STUDYING, CYCLE_STUDYING},
        {"{'study':{'summary':'x'}}", CYCLE_STUDYING, CYCLE_STUDYING},
        {"{'act':{'why':'x'}}", CYCLE_DRAFT, CYCLE_DRAFT},
        {"{'act':{'decision':'abandon'}}", CYCLE_DECIDED, CYCLE_DECIDED},
        {"{'act':{'decision':'ponder'}}", CYCLE_DRAFT, CYCLE_DRAFT},
        {"{'act':{'decision':'adopt','closed':true}}", CYCLE_CLOSED, CYCLE_CLOSED},
        {"{'act':{'closed':true}}", CYCLE_DRAFT, CYCLE_DRAFT},
        {"{'head':{'standing':'paused'},'do':{'surprises':'x'}}", CYCLE_PAUSED, CYCLE_DOING},
        {"{'head':{'standing':'withdrawn'},'plan':{'change':'x'}}", CYCLE_WITHDRAWN,
         CYCLE_PLANNED},
        {"{'head':{'standing':'active'},'plan':{'change':'x'}}", CYCLE_PLANNED, CYCLE_PLANNED},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct records set = {0};
        records_add(&set, 'a', "", 0, rows[i].sections);
        struct cycle c = cycle_of(&set, NULL);
        if (c.state != rows[i].state || c.phase != rows[i].phase) {
            fail_msg("%s: %s", rows[i].sections, cycle_state_name(c.state));
        }
        cycle_fini(&c);
        records_fini(&set);
    }
}

static void predictions_freeze_when_do_starts(void **state)
{
    (void)state;
    struct records set = {0};
    records_add(&set, 'a', "", 0,
                "{'head':{'title':'x'},'plan':{'change':'c','questions':"
                "[{'id':'q','question':'How many?','prediction':'40'}]}}");
    struct cycle c = cycle_of(&set, NULL);
    assert_false(c.frozen);
    cycle_fini(&c);

    records_add(&set, 'b', "a", 0,
                "{'plan':{'questions':"
                "[{'id':'q','question':'How many?','prediction':'50'}]}}");
    records_add(&set, 'c', "b", 0, "{'do':{'started':'2026-03-02'}}");
    c = cycle_of(&set, NULL);
    assert_true(c.frozen);
    assert_int_equal(json_array_size(c.amendments), 0);
    cycle_fini(&c);

    /* After Do, and beside it on another device that had not heard of it. */
    records_add(&set, 'd', "c", 0,
                "{'plan':{'questions':"
                "[{'id':'q','question':'How many?','prediction':'70'}]}}");
    records_add(&set, 'e', "a", 0, "{'plan':{'change':'another'}}");
    records_add(&set, 'f', "de", 0,
                "{'study':{'results':[{'id':'q','result':'71','matched':'yes'}]}}");
    c = cycle_of(&set, NULL);
    records_equal(c.plan, "{'change':'c','questions':"
                          "[{'id':'q','question':'How many?','prediction':'50'}]}");
    records_equal(c.plan_now, "{'change':'another','questions':"
                              "[{'id':'q','question':'How many?','prediction':'70'}]}");
    assert_int_equal(json_array_size(c.amendments), 2);
    records_equal(json_object_get(json_array_get(c.amendments, 0), "plan"),
                  "{'change':'another'}");
    assert_int_equal(c.questions, 1);
    assert_int_equal(c.predictions, 1);
    assert_int_equal(c.judged, 1);
    assert_int_equal(c.matched, 1);
    cycle_fini(&c);
    records_fini(&set);
}

static void a_prediction_written_after_do_is_none(void **state)
{
    (void)state;
    struct records set = {0};
    records_add(&set, 'a', "", 0, "{'plan':{'questions':[{'id':'q','question':'How many?'}]}}");
    records_add(&set, 'b', "a", 0, "{'do':{'surprises':'x'}}");
    records_add(&set, 'c', "b", 0,
                "{'plan':{'questions':[{'id':'q','question':'How many?','prediction':'9'}]}}");
    struct cycle c = cycle_of(&set, NULL);
    assert_true(c.no_prediction);
    assert_int_equal(json_array_size(c.amendments), 1);
    cycle_fini(&c);
    records_fini(&set);
}

static void the_first_do_is_the_first_that_counts(void **state)
{
    (void)state;
    struct records set = {0};
    records_add(&set, 'a', "", 0, "{'plan':{'change':'c'}}");
    records_add(&set, 'b', "a", 0, "{'do':{'surprises':'x'}}");
    records_add(&set, 'c', "b", 0, "{'plan':{'change':'d'}}");
    records_add(&set, 'd', "c", 0, "{'do':{'surprises':'y'}}");
    set.entries[1] = fold_entry_erased(&set.revisions[1].id, 2);
    struct cycle c = cycle_of(&set, NULL);
    records_equal(c.plan, "{'change':'d'}");
    assert_int_equal(json_array_size(c.amendments), 0);
    cycle_fini(&c);
    records_fini(&set);
}

static void a_shared_root_carries_the_amendments(void **state)
{
    (void)state;
    struct records own = {0}, shared = {0};
    records_add(&own, 'a', "", 0, "{'head':{'title':'x'},'plan':{'change':'c'}}");
    records_add(&own, 'b', "a", 0, "{'do':{'surprises':'s'}}");
    records_add(&own, 'c', "b", 0, "{'plan':{'change':'d'}}");
    struct cycle c = cycle_of(&own, NULL);
    json_t *sections = cycle_shared_sections(&c);
    char *text = ijson_text(sections);
    records_add(&shared, 'r', "", 0, text);
    struct cycle there = cycle_of(&shared, NULL);
    assert_true(there.frozen);
    assert_true(json_equal(there.plan, c.plan));
    assert_true(json_equal(there.plan_now, c.plan_now));
    assert_true(json_equal(there.amendments, c.amendments));
    records_equal(there.plan, "{'change':'c'}");
    cycle_fini(&there);
    /* A later write there is one more. */
    records_add(&shared, 's', "r", 0, "{'plan':{'change':'e'}}");
    there = cycle_of(&shared, NULL);
    records_equal(there.plan, "{'change':'c'}");
    records_equal(there.plan_now, "{'change':'e'}");
    assert_int_equal(json_array_size(there.amendments), 2);
    cycle_fini(&there);
    free(text);
    json_decref(sections);
    cycle_fini(&c);
    records_fini(&own);
    records_fini(&shared);
}

static void adapt_opens_the_next_of_the_ramp(void **state)
{
    (void)state;
    struct records set = {0};
    records_add(
        &set, 'a', "", 0,
        "{'head':{'title':'Parent night','number':2,'ramp':'FAFSA','end':'2026-03-01',"
        "'team':['grade 9'],'standing':'active'},'plan':{'change':'c','questions':"
        "[{'id':'q','question':'How many?','prediction':'40'}]},'do':{'surprises':'s'}}");
    struct cycle c = cycle_of(&set, NULL);
    json_t *next = NULL;
    assert_err(ERR_REFUSED, cycle_next(&c, "o/r", CYCLE_NEXT_AFTER_ANY, &next));
    cycle_fini(&c);
    records_add(&set, 'b', "a", 0, "{'plan':{'change':'d'}}");
    records_add(&set, 'c', "b", 0, "{'act':{'decision':'adopt'}}");
    c = cycle_of(&set, NULL);
    assert_err(ERR_REFUSED, cycle_next(&c, "o/r", CYCLE_NEXT_AFTER_ADAPT, &next));
    assert_ok(cycle_next(&c, "o/r", CYCLE_NEXT_AFTER_ANY, &next));
    json_decref(next);
    cycle_fini(&c);
    records_add(&set, 'd', "c", 0, "{'act':{'decision':'adapt'}}");
    c = cycle_of(&set, NULL);
    assert_ok(cycle_next(&c, "o/r", CYCLE_NEXT_AFTER_ADAPT, &next));
    records_equal(next, "{'head':{'title':'Parent night','number':3,'ramp':'FAFSA',"
                        "'team':['grade 9'],'prior':'o/r'},'plan':{'change':'d',"
                        "'questions':[{'id':'q','question':'How many?'}]}}");
    records_equal(
        json_object_get(json_array_get(json_object_get(c.plan, "questions"), 0), "prediction"),
        "'40'"); /* the old cycle keeps its prediction */
    json_decref(next);
    cycle_fini(&c);
    records_fini(&set);
}

static void flags(const char *sections, const char *today, const char *expected)
{
    struct records set = {0};
    records_add(&set, 'a', "", 0, sections); /* at 2026-03-01 */
    struct cycle c = cycle_of(&set, today);
    json_t *json = cycle_json(&c);
    char *got = ijson_text(json_object_get(json, "flags"));
    json_t *want_json = records_json(expected);
    char *want = ijson_text(want_json);
    if (strcmp(got, want) != 0) fail_msg("%s on %s: %s", sections, today, got);
    free(got);
    free(want);
    json_decref(want_json);
    json_decref(json);
    cycle_fini(&c);
    records_fini(&set);
}

static void flags_say_what_is_missing(void **state)
{
    (void)state;
#define PLAN "'plan':{'questions':[{'id':'q','prediction':'p'}]}"
    flags("{'head':{'title':'x'}}", "2027-01-01", "[]");
    flags("{" PLAN "}", "2026-03-31", "[]");
    flags("{" PLAN "}", "2026-04-01", "['stalled']");
    flags("{" PLAN "}", NULL, "[]");
    flags("{" PLAN "}", "1970-01-01", "[]");
    flags("{'plan':{'change':'c'}}", "2026-03-02", "['no_prediction']");
    flags("{'head':{'end':'2026-03-10'}," PLAN "}", "2026-03-10", "[]");
    flags("{'head':{'end':'2026-03-10'}," PLAN "}", "2026-03-11", "['overdue']");
    flags("{'head':{'end':'2026-03-10','standing':'paused'}," PLAN "}", "2027-03-11", "[]");
    flags("{'head':{'end':'2026-03-10'}," PLAN ",'do':{'surprises':'s'}}", "2026-03-11",
          "['overdue','done_not_studied']");
    flags("{" PLAN ",'do':{'finished':true}}", "2026-03-02", "['done_not_studied','no_data']");
    flags("{" PLAN ",'do':{'finished':true,'data':[{'id':'1','value':4}]},"
          "'study':{'summary':'s'}}",
          "2026-03-02", "[]");
    flags("{" PLAN ",'do':{'surprises':'s'},'act':{'decision':'adopt'}}", "2027-03-02",
          "['done_not_studied','no_data']");
    flags("{'head':{'standing':'withdrawn'}," PLAN ",'do':{'surprises':'s'}}", "2027-03-02",
          "[]");
}

/* Whatever the history, the order of arrival is nothing, and the parts fit together. */
static void random_histories_agree(void **state)
{
    (void)state;
    static const char *const writes[] = {
        "{'plan':{'change':'c1'}}",
        "{'plan':{'questions':[{'id':'q','prediction':'p'}]}}",
        "{'plan':{'change':null}}",
        "{'do':{'surprises':'s'}}",
        "{'do':{'observations':[{'id':'o','text':'t'}]}}",
        "{'study':{'results':[{'id':'q','matched':'no'}]}}",
        "{'act':{'decision':'adapt'}}",
        "{'head':{'title':'t'}}",
    };
    struct rng rng = {.state = 77};
    size_t amended = 0;
    for (int round = 0; round < 400; round++) {
        struct records set = {0};
        size_t n = 1 + rng_below(&rng, 9);
        for (size_t i = 0; i < n; i++) {
            char parents[3] = "";
            if (i > 0) parents[0] = (char)('a' + rng_below(&rng, i));
            records_add(&set, (int)('a' + i), parents, 0, writes[rng_below(&rng, 8)]);
        }
        struct cycle c = cycle_of(&set, "2026-03-01");
        json_t *a = cycle_json(&c);
        amended += json_array_size(c.amendments) > 0;
        struct fold_state s = records_fold(&set);
        const json_t *plan = json_object_get(s.sections, "plan");
        assert_true(json_object_size(plan) == json_object_size(c.plan_now));
        assert_true(plan == NULL || json_equal(plan, c.plan_now));
        /* As a shared root it reads the same. */
        struct records shared = {0};
        json_t *sections = cycle_shared_sections(&c);
        char *text = ijson_text(sections);
        records_add(&shared, 'r', "", 0, text);
        struct cycle there = cycle_of(&shared, "2026-03-01");
        json_t *b = cycle_json(&there);
        assert_true(json_equal(a, b));
        json_decref(b);
        cycle_fini(&there);
        records_fini(&shared);
        json_decref(sections);
        free(text);
        fold_fini(&s);
        cycle_fini(&c);
        for (size_t i = n; i > 1; i--) {
            size_t k = rng_below(&rng, i);
            struct fold_entry entry = set.entries[i - 1];
            set.entries[i - 1] = set.entries[k];
            set.entries[k] = entry;
        }
        c = cycle_of(&set, "2026-03-01");
        b = cycle_json(&c);
        assert_true(json_equal(a, b));
        json_decref(a);
        json_decref(b);
        cycle_fini(&c);
        records_fini(&set);
    }
    assert_true(amended > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_section_with_content_is_the_phase),
        cmocka_unit_test(predictions_freeze_when_do_starts),
        cmocka_unit_test(a_prediction_written_after_do_is_none),
        cmocka_unit_test(the_first_do_is_the_first_that_counts),
        cmocka_unit_test(a_shared_root_carries_the_amendments),
        cmocka_unit_test(adapt_opens_the_next_of_the_ramp),
        cmocka_unit_test(flags_say_what_is_missing),
        cmocka_unit_test(random_histories_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
