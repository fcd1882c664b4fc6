#include "proto/record/schema.h"

#include "tests/unit/proto/record/records.h"

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
    static const char *const types[] = {"aim",    "bright_spot", "cycle",
                                        "driver", "feedback",    "idea",
                                        "person", "school",      "vocabulary"};
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
        assert_true(fields >= 4);
        json_decref(flags);
    }
}

static void a_title_is_found_even_without_a_schema(void **state)
{
    (void)state;
    json_t *a = records_json("{'head':{'name':'Grade 9'}}");
    json_t *b = records_json("{'x':{'y':1,'z':'some text'}}");
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
    assert_ok(add(text, NULL)); /* again: replaced */
    assert_int_equal(schema_set_count(set), before + 1);
    const struct schema *walk = schema_set_find(set, "walk");
    assert_string_equal(schema_field(walk, "head.place_name")->label, "place name");
    assert_string_equal(walk->audience, "own");
}

static void what_is_outside_the_subset_is_refused(void **state)
{
    (void)state;
#define TYPE(field)                                                                        \
    "{'title':'t','type':'object','properties':{'head':{'type':'object','properties':{'f'" \
    ":" field "}}}}"
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_types_are_there_in_order),
        cmocka_unit_test(a_cycles_sections_are_its_letters),
        cmocka_unit_test(every_type_is_fit_for_a_form),
        cmocka_unit_test(a_title_is_found_even_without_a_schema),
        cmocka_unit_test(a_type_is_added_by_its_text_alone),
        cmocka_unit_test(what_is_outside_the_subset_is_refused),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
