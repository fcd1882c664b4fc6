#include "proto/record/schema.h"

#include "tests/unit/proto/record/records.h"

#define REF                                                             \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef/" \
    "0123456789abcdef0123456789abcdef"

static struct schema_set *set;

static int load(void **state)
{
    (void)state;
    set = schema_set_new();
    return 0;
}

static int unload(void **state)
{
    (void)state;
    schema_set_free(set);
    return 0;
}

static void the_types_are_there_in_order(void **state)
{
    (void)state;
    static const char *const types[] = {"action_period",
                                        "aim",
                                        "appreciation",
                                        "artifact",
                                        "bright_spot",
                                        "coaching_note",
                                        "commitment",
                                        "convening",
                                        "cost_line",
                                        "cycle",
                                        "decision",
                                        "driver",
                                        "engagement",
                                        "feedback",
                                        "idea",
                                        "learning_question",
                                        "measure",
                                        "package",
                                        "person",
                                        "phase",
                                        "plan90",
                                        "point",
                                        "progress_score",
                                        "protocol",
                                        "protocol_run",
                                        "release",
                                        "root_cause",
                                        "school",
                                        "story",
                                        "strategy",
                                        "subtraction",
                                        "support_answer",
                                        "support_request",
                                        "survey",
                                        "survey_response",
                                        "tally",
                                        "tension_rating",
                                        "visit",
                                        "vocabulary"};
    assert_int_equal(schema_set_count(set), sizeof(types) / sizeof(types[0]));
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        assert_non_null(schema_set_find(set, types[i]));
    }
    for (size_t i = 1; i < schema_set_count(set); i++) {
        assert_true(strcmp(schema_set_at(set, i - 1)->type, schema_set_at(set, i)->type) < 0);
    }
    assert_null(schema_set_find(set, "moon_phase"));
}

static void a_cycles_sections_are_its_letters(void **state)
{
    (void)state;
    static const char *const names[] = {"head", "plan", "do", "study", "act", "amendments"};
    const struct schema *cycle = schema_set_find(set, "cycle");
    assert_int_equal(cycle->n_sections, 6);
    for (size_t i = 0; i < 6; i++)
        assert_string_equal(cycle->sections[i].name, names[i]);
    assert_true(schema_section(cycle, "amendments")->hidden);
    assert_int_equal(cycle->owner, SCHEMA_OWNER_SCHOOL);
    assert_int_equal(schema_set_find(set, "vocabulary")->owner, SCHEMA_OWNER_NETWORK);

    const struct schema_field *f = schema_field(cycle, "plan.questions");
    assert_true(f->list && f->merge_items);
    assert_int_equal(f->item_kind, SCHEMA_OBJECT);
    assert_string_equal(f->items[1].path, "plan.questions[].prediction");
    assert_string_equal(f->items[0].name, "question"); /* the id is not a field */
    f = schema_field_by_flag(cycle, "prediction");
    assert_string_equal(f->path, "plan.questions[].prediction");
    assert_string_equal(f->prompt, "What do you think will happen, and why?");
    f = schema_field(cycle, "act.decision");
    assert_int_equal(f->n_choices, 3);
    assert_string_equal(schema_field(cycle, "head.idea")->ref, "idea");
    assert_int_equal(schema_field(cycle, "head.idea")->input, SCHEMA_INPUT_REF);
    assert_string_equal(schema_field(cycle, "study.results")->of, "plan.questions");
}

/* What the CLI and the page need of every type. */
static void every_type_is_fit_for_a_form(void **state)
{
    (void)state;
    for (size_t i = 0; i < schema_set_count(set); i++) {
        const struct schema *s = schema_set_at(set, i);
        assert_true(*s->label != '\0' && *s->plural != '\0' && *s->help != '\0');
        assert_non_null(schema_field(s, s->title));
        assert_string_equal(s->sections[0].name, "head");
        if (s->summary != NULL) assert_non_null(schema_field(s, s->summary));
        json_t *flags = json_object();
        size_t at = 0, fields = 0;
        for (const struct schema_field *f; (f = schema_next(s, &at)) != NULL; fields++) {
            assert_ptr_equal(schema_field(s, f->path), f);
            const struct schema_field *all[32] = {f};
            size_t n = 1;
            for (size_t k = 0; k < f->n_items; k++)
                all[n++] = &f->items[k];
            for (size_t k = 0; k < n; k++) {
                if (all[k]->flag == NULL) {
                    /* A list's own flag stands for the first field of its items. */
                    bool first = k == 1 && f->list && f->flag != NULL;
                    if (!first && !schema_section(s, f->section)->hidden) {
                        fail_msg("%s has no flag", all[k]->path);
                    }
                    continue;
                }
                if (json_object_get(flags, all[k]->flag) != NULL) {
                    fail_msg("%s: the flag --%s twice", s->type, all[k]->flag);
                }
                json_object_set_new(flags, all[k]->flag, json_true());
                assert_ptr_equal(schema_field_by_flag(s, all[k]->flag), all[k]);
            }
        }
        assert_true(fields >= 3);
        json_decref(flags);
    }
}

static void a_title_is_found_even_without_a_schema(void **state)
{
    (void)state;
    json_t *a = records_json("{'head':{'name':'Grade 9'}}");
    json_t *b = records_json("{'w':{'a':'" REF "'},'x':{'y':1,'z':'some text'}}");
    json_t *c = records_json("{'head':{'statement':'More enrol','title':'t'}}");
    assert_string_equal(schema_title(NULL, a), "Grade 9");
    assert_string_equal(schema_title(NULL, b), "some text");
    assert_string_equal(schema_title(schema_set_find(set, "aim"), c), "More enrol");
    assert_string_equal(schema_title(NULL, NULL), "");
    json_decref(a);
    json_decref(b);
    json_decref(c);
}

static enum err add(const char *text, char **why)
{
    json_t *json = records_json(text);
    char *exact = ijson_text(json);
    json_decref(json);
    enum err err = schema_set_add(set, slice_of(exact, strlen(exact)), why);
    free(exact);
    return err;
}

static void a_type_is_added_by_its_text_alone(void **state)
{
    (void)state;
    size_t before = schema_set_count(set);
    const char *text = "{'title':'walk','type':'object','properties':{'head':{'type':'object',"
                       "'properties':{'place_name':{'type':'string'}}}}}";
    assert_ok(add(text, NULL));
    char *why = NULL;
    assert_err(ERR_EXISTS, add(text, &why)); /* what is there stays */
    assert_non_null(strstr(why, "walk"));
    free(why);
    assert_int_equal(schema_set_count(set), before + 1);
    const struct schema *walk = schema_set_find(set, "walk");
    assert_string_equal(schema_field(walk, "head.place_name")->label, "place name");
    assert_int_equal(walk->audience, SCHEMA_AUDIENCE_OWN);
    assert_int_equal(walk->widest, SCHEMA_WIDTH_NETWORK);
}

static void what_is_outside_the_subset_is_refused(void **state)
{
    (void)state;
#define TYPE(field)                                                                        \
    "{'title':'t','type':'object','properties':{'head':{'type':'object','properties':{'f'" \
    ":" field "}}}}"
#define HINTED(hints)                                                               \
    "{'title':'t','type':'object'," hints ",'properties':{'head':{'type':'object'," \
    "'properties':{'s':{'type':'string'},'r':{'type':'string','x-input':'ref'}}}}}"
    static const char *const rows[] = {
        TYPE("{'type':'string','pattern':'a*'}"),
        TYPE("{'type':'string','format':'date'}"),
        TYPE("{'type':['string','null']}"),
        TYPE("{'type':'string','maxLength':-1}"),
        TYPE("{'type':'string','maxLength':'9'}"),
        TYPE("{'type':'string','enum':[]}"),
        TYPE("{'type':'string','enum':[1]}"),
        TYPE("{'type':'string','x-input':'slider'}"),
        TYPE("{'type':'array'}"),
        TYPE("{'type':'array','x-merge':'items','items':{'type':'string'}}"),
        TYPE("{'type':'array','items':{'type':'object','required':['id'],"
             "'properties':{'id':{'type':'string'}}}}"),
        TYPE("true"),
        TYPE("{'type':'string','x-lable':'Name'}"),
        TYPE("{'type':'string','x-flag':'Name'}"),
        TYPE("{'type':'number','multipleOf':0}"),
        TYPE("{'type':'integer','x-poles':['low','high']}"),
        TYPE("{'type':'integer','x-counts':'teachers'}"),
        TYPE("{'type':'string','x-counts':'students'}"),
        TYPE("{'type':'integer','minimum':1,'maximum':5,'x-poles':['low']}"),
        TYPE("{'type':'array','x-merge':'items','x-of':'head.g','items':{'type':'object',"
             "'required':['id'],'properties':{'id':{'type':'string'}}}}"),
        TYPE("{'type':'array','x-most':{'field':'a'},'items':{'type':'string'}}"),
        TYPE("{'type':'object','properties':{'a':{'x-flag':'same'},'b':{'x-flag':'same'}}}"),
        TYPE("{'type':'object','properties':{'a.b':{'type':'string'}}}"),
        HINTED("'x-audience':'everybody'"),
        HINTED("'x-audience':'target'"),
        HINTED("'x-target':'head.r'"),
        HINTED("'x-audience':'target','x-target':'head.s'"),
        HINTED("'x-widest':'planet'"),
        HINTED("'x-owner':'network','x-widest':'hub'"),
        HINTED("'x-anonymous':true,'x-widest':'hub'"),
        HINTED("'x-anonymous':true,'x-owner':'any'"),
        HINTED("'x-title':'head.none'"),
        HINTED("'x-input':'line'"),
        "{'title':'t','type':'object','properties':{'head':{'type':'string'}}}",
        "{'title':'t','type':'object'}",
        "{'type':'object','properties':{'head':{'type':'object'}}}",
        "{'title':'t','x-owner':'nobody','properties':{'head':{'type':'object'}}}",
        "[]",
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *why = NULL;
        if (add(rows[i], &why) != ERR_INVALID) fail_msg("%s", rows[i]);
        assert_true(strlen(why) > 3);
        free(why);
    }
    assert_null(schema_set_find(set, "t"));
    char *why = NULL;
    assert_err(ERR_INVALID, schema_set_add(set, slice_of("{", 1), &why));
    free(why);
}

/* A complaint names the place, in the words of the file. */
static void what_is_wrong_is_said_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } rows[] = {
        {TYPE("{'type':'string','pattern':'a*'}"),
         "head.f: \"pattern\" means nothing here; take it out"},
        {TYPE("{'type':'string','x-lable':'Name'}"),
         "head.f: \"x-lable\" means nothing here; take it out"},
        {TYPE("{'type':'array','items':{'type':'text'}}"),
         "head.f[]: \"type\" is one of string, integer, number, boolean, object, array"},
        {TYPE("{'type':'string','maxLength':'9'}"),
         "head.f: \"maxLength\" wants a whole number of 0 or more"},
        {HINTED("'x-title':'head.none'"), "x-title: \"head.none\" is no field of this type"},
        {HINTED("'x-flag':'a'"), "the type: \"x-flag\" means nothing here; take it out"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *why = NULL;
        assert_err(ERR_INVALID, add(rows[i].text, &why));
        assert_string_equal(why, rows[i].why);
        free(why);
    }
    char *why = NULL;
    static const char broken[] = "{\"title\": \"t\",\n\"type\": \"object\"\n\"x\": 1}";
    assert_err(ERR_INVALID, schema_set_add(set, slice_of(broken, sizeof(broken) - 1), &why));
    assert_string_equal(why, "line 3: it is not well-formed JSON");
    free(why);
}

static void rules_are_read(void **state)
{
    (void)state;
    const struct schema *point = schema_set_find(set, "point");
    assert_int_equal(point->widest, SCHEMA_WIDTH_HUB);
    assert_int_equal(schema_set_find(set, "coaching_note")->widest, SCHEMA_WIDTH_GROUP);
    assert_int_equal(schema_set_find(set, "story")->widest, SCHEMA_WIDTH_NETWORK);
    const struct schema *rating = schema_set_find(set, "tension_rating");
    assert_true(rating->anonymous && !point->anonymous);
    assert_int_equal(rating->widest, SCHEMA_WIDTH_OWN); /* follows */
    assert_string_equal(schema_field(rating, "pace.now")->poles[1], "slow and steady");
    const struct schema *answer = schema_set_find(set, "support_answer");
    assert_int_equal(answer->audience, SCHEMA_AUDIENCE_TARGET);
    assert_string_equal(answer->target, "head.request");
    const struct schema *causes = schema_set_find(set, "root_cause");
    assert_non_null(schema_field(causes, "causes.list")->most);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_types_are_there_in_order),
        cmocka_unit_test(a_cycles_sections_are_its_letters),
        cmocka_unit_test(every_type_is_fit_for_a_form),
        cmocka_unit_test(a_title_is_found_even_without_a_schema),
        cmocka_unit_test(a_type_is_added_by_its_text_alone),
        cmocka_unit_test(what_is_outside_the_subset_is_refused),
        cmocka_unit_test(what_is_wrong_is_said_with_its_place),
        cmocka_unit_test(rules_are_read),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
