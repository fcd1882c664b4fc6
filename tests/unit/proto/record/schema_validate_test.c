#include "proto/record/revision.h"
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

static void expect(const char *type, const char *document, enum schema_extent extent,
                   const char *path)
{
    struct schema_problem problem = {0};
    json_t *json = records_json(document);
    enum err err = schema_validate(schema_set_find(set, type), json, extent, &problem);
    json_decref(json);
    if ((err == ERR_OK) != (path == NULL)) fail_msg("%s: %s", document, err_name(err));
    if (path == NULL) return;
    assert_string_equal(problem.path, path);
    assert_true(strlen(problem.text) > 5);
}

#define REF                                                             \
    "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff/" \
    "00112233445566778899aabbccddeeff"

static void documents_good_and_bad(void **state)
{
    (void)state;
    static const struct {
        const char *type, *document, *path; /* path NULL: good */
    } rows[] = {
        {"cycle", "{'head':{'title':'x'}}", NULL},
        {"cycle", "{'head':{'title':'x','number':1.0,'end':'2026-05-01','idea':'" REF "'}}",
         NULL},
        {"cycle", "{'head':{'title':'x','later':[{}]},'evolve':{'y':1}}", NULL},
        {"cycle", "{'head':{'title':'x','scale':null}}", NULL},
        {"cycle", "{}", "head.title"},
        {"cycle", "{'head':{}}", "head.title"},
        {"cycle", "{'head':{'title':null}}", "head.title"},
        {"cycle", "{'head':{'title':''}}", "head.title"},
        {"cycle", "{'head':{'title':7}}", "head.title"},
        {"cycle", "{'head':{'title':'x','number':1.5}}", "head.number"},
        {"cycle", "{'head':{'title':'x','number':0}}", "head.number"},
        {"cycle", "{'head':{'title':'x','number':1000}}", "head.number"},
        {"cycle", "{'head':{'title':'x','scale':'huge'}}", "head.scale"},
        {"cycle", "{'head':{'title':'x','end':'May'}}", "head.end"},
        {"cycle", "{'head':{'title':'x','idea':'FAFSA night'}}", "head.idea"},
        {"cycle", "{'head':{'title':'x','team':'us'}}", "head.team"},
        {"cycle", "{'head':{'title':'x','team':['a','']}}", "head.team[1]"},
        {"cycle", "{'head':'x'}", "head"},
        {"cycle", "{'head':{'title':'x'},'evolve':1}", "evolve"},
        {"cycle", "{'head':{'title':'x'},'plan':{'questions':[{'id':'q','question':'?'}]}}",
         NULL},
        {"cycle", "{'head':{'title':'x'},'plan':{'questions':[{'question':'?'}]}}",
         "plan.questions[0].id"},
        {"cycle", "{'head':{'title':'x'},'plan':{'questions':[{'id':'a'},{'id':'a'}]}}",
         "plan.questions[1]"},
        {"cycle",
         "{'head':{'title':'x'},'plan':{'questions':[{'id':'a','deleted':true,'data':5}]}}",
         NULL},
        {"cycle", "{'head':{'title':'x'},'plan':{'questions':[{'id':'a','data':'smell'}]}}",
         "plan.questions[0].data"},
        {"cycle", "{'head':{'title':'x'},'do':{'finished':'yes'}}", "do.finished"},
        {"cycle", "{'head':{'title':'x'},'do':{'data':[{'id':'1','value':12.5}]}}", NULL},
        {"feedback", "{'head':{'target':'" REF "','kind':'we-tried-it','text':'It worked'}}",
         NULL},
        {"feedback", "{'head':{'target':'" REF "','kind':'lukewarm','text':'x'}}", "head.kind"},
        {"feedback", "{'head':{'kind':'warm','text':'x'}}", "head.target"},
        {"school", "{'head':{'name':'Roosevelt','size':'200-499'}}", NULL},
        {"person", "{'head':{'name':'grade 9 lead'},'standing':{'left_on':'2026-06-30'}}",
         NULL},
        {"vocabulary", "{'head':{'name':'Words'},'groups':{'list':[{'id':'1','name':'ELL'}]}}",
         NULL},
        {"vocabulary", "{'head':{'name':'Words'},'groups':{'list':[{'id':'1'}]}}",
         "groups.list[0].name"},
        {"aim",
         "{'head':{'statement':'More enrol'},'baseline':{'value':41,'date':'2025-09-01'}}",
         NULL},
        {"aim", "{'head':{'statement':'More enrol'},'target':{'value':'many'}}",
         "target.value"},
        {"driver", "{'head':{'title':'Belonging','level':'primary','order':2}}", NULL},
        {"idea", "{'head':{'title':'Call home','kind':'redesign','drivers':['" REF "']}}",
         NULL},
        {"idea", "{'head':{'title':'Call home','drivers':['Belonging']}}", "head.drivers[0]"},
        {"bright_spot", "{'head':{'title':'Think time','state':'checked'}}", NULL},
        {"bright_spot", "{'head':{'title':'Think time','state':'famous'}}", "head.state"},
        {"aim", "[]", ""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        expect(rows[i].type, rows[i].document, SCHEMA_WHOLE, rows[i].path);
    }
}

static void numbers_and_frameworks_good_and_bad(void **state)
{
    (void)state;
    static const struct {
        const char *type, *document, *path; /* path NULL: good */
    } rows[] = {
        {"measure", "{'head':{'name':'Attendance','unit':'percent','groups':['ELL']}}", NULL},
        {"measure", "{'head':{'name':'Attendance','unit':'furlong'}}", "head.unit"},
        {"point",
         "{'head':{'measure':'" REF "','period':'2026-09-01','numerator':0,'denominator':31}}",
         NULL},
        {"point", "{'head':{'measure':'" REF "'}}", "head.period"},
        {"point", "{'head':{'measure':'" REF "','period':'2026-09','value':1}}", "head.period"},
        {"point", "{'head':{'measure':'" REF "','period':'2026-09-01','numerator':-1}}",
         "head.numerator"},
        {"phase", "{'head':{'measure':'" REF "','starts':'2026-09-01'}}", NULL},
        {"release",
         "{'head':{'measure':'" REF "','period':'2026-09-01'},'figures':{'cells':["
         "{'group':'ELL','hidden':true},{'group':'all others','denominator':40}]}}",
         NULL},
        {"release",
         "{'head':{'measure':'" REF "','period':'2026-09-01'},'figures':{'cells':[{}]}}",
         "figures.cells[0].group"},
        {"progress_score", "{'head':{'score':3.5,'reason':'Two teams test weekly'}}", NULL},
        {"progress_score", "{'head':{'score':3.2,'reason':'x'}}", "head.score"},
        {"progress_score", "{'head':{'score':4}}", "head.reason"},
        {"tension_rating", "{'head':{'round':'autumn'},'pace':{'now':2,'should':7}}", NULL},
        {"tension_rating", "{'head':{'round':'autumn'},'pace':{'now':8}}", "pace.now"},
        {"root_cause",
         "{'head':{'title':'Few "
         "apply'},'causes':{'list':[{'id':'a','cause':'x','locus':'us'}]}}",
         "causes.list[0].locus"},
        {"survey_response",
         "{'head':{'survey':'" REF "'},'answers':{'list':[{'id':'s1',"
         "'answer':3}]}}",
         NULL},
        {"survey_response", "{'answers':{'list':[]}}", "head.survey"},
        {"artifact", "{'head':{'title':'Exit slip'},'file':{'size':16777217}}", "file.size"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        expect(rows[i].type, rows[i].document, SCHEMA_WHOLE, rows[i].path);
    }
}

static void a_part_may_miss_what_is_required_but_not_be_wrong(void **state)
{
    (void)state;
    expect("cycle", "{'act':{'decision':'adopt'}}", SCHEMA_PART, NULL);
    expect("cycle", "{'head':{'scale':'one-class'}}", SCHEMA_PART, NULL);
    expect("cycle", "{'act':{'decision':'ponder'}}", SCHEMA_PART, "act.decision");
    expect("cycle", "{'plan':{'tasks':[{'what':'x'}]}}", SCHEMA_PART, "plan.tasks[0].id");
}

static void the_problem_says_what_to_do(void **state)
{
    (void)state;
    struct schema_problem problem;
    json_t *json = records_json("{'head':{'title':'x'},'act':{'decision':'ponder'}}");
    const struct schema *cycle = schema_set_find(set, "cycle");
    assert_err(ERR_INVALID, schema_validate(cycle, json, SCHEMA_WHOLE, &problem));
    assert_string_equal(problem.text, "use one of adopt, adapt, abandon");
    json_decref(json);
    json = records_json("{'title':'x','number':1000}");
    assert_err(ERR_INVALID,
               schema_validate_section(cycle, "head", json, SCHEMA_WHOLE, &problem));
    assert_string_equal(problem.path, "head.number");
    assert_string_equal(problem.text, "use 999 or less");
    json_decref(json);
}

static void lengths_count_characters_at_each_bound(void **state)
{
    (void)state;
    const struct schema *cycle = schema_set_find(set, "cycle");
    struct schema_problem problem;
    for (size_t over = 0; over <= 1; over++) {
        json_t *json = json_object(), *team = json_array();
        char *title = records_repeat("\xf0\x9f\x98\x80", 200 + over);
        ijson_set_str(json, "title", title);
        assert_err(over == 0 ? ERR_OK : ERR_INVALID,
                   schema_validate_section(cycle, "head", json, SCHEMA_WHOLE, &problem));
        if (over == 1) {
            assert_string_equal(problem.text, "write at most 200 characters (these are 201)");
        }
        ijson_set_str(json, "title", "x");
        for (size_t i = 0; i < 64 + over; i++)
            json_array_append_new(team, json_string("t"));
        json_object_set_new(json, "team", team);
        assert_err(over == 0 ? ERR_OK : ERR_INVALID,
                   schema_validate_section(cycle, "head", json, SCHEMA_WHOLE, &problem));
        json_decref(json);
        free(title);

        json = json_object();
        json_t *list = json_array();
        for (size_t i = 0; i < 500 + over; i++) {
            char id[21];
            json_array_append_new(list, json_pack("{s:s}", "id", text_decimal(id, i)));
        }
        json_object_set_new(json, "observations", list);
        assert_err(over == 0 ? ERR_OK : ERR_INVALID,
                   schema_validate_section(cycle, "do", json, SCHEMA_WHOLE, &problem));
        json_decref(json);
    }
}

/* The rest of the subset, which the types happen not to use. */
static void each_keyword_holds(void **state)
{
    (void)state;
    static const char text[] =
        "{\"title\":\"zoo\",\"type\":\"object\",\"properties\":{\"head\":{\"type\":\"object\","
        "\"additionalProperties\":false,\"properties\":{"
        "\"n\":{\"type\":\"number\",\"minimum\":-1.5,\"maximum\":2},"
        "\"i\":{\"type\":\"integer\"},\"c\":{\"const\":1},"
        "\"m\":{\"type\":\"number\",\"multipleOf\":0.5},"
        "\"s\":{\"type\":\"string\",\"minLength\":2,\"maxLength\":3},"
        "\"l\":{\"type\":\"array\",\"minItems\":1,\"maxItems\":2,\"items\":{\"type\":"
        "\"integer\"}},"
        "\"o\":{\"type\":\"object\",\"required\":[\"x\"],\"properties\":{\"x\":{}}}}}}}";
    assert_ok(schema_set_add(set, slice_of(text, sizeof(text) - 1), NULL));
    static const struct {
        const char *document, *path;
    } rows[] = {
        {"{'head':{'n':-1.5,'i':3.0,'c':1.0,'s':'ab','l':[1],'o':{'x':null}}}", NULL},
        {"{'head':{'n':2,'i':-9007199254740992,'s':'abc','l':[1,2.0]}}", NULL},
        {"{'head':{'n':-1.6}}", "head.n"},
        {"{'head':{'n':2.1}}", "head.n"},
        {"{'head':{'n':'2'}}", "head.n"},
        {"{'head':{'i':1e300}}", NULL},
        {"{'head':{'i':1e-300}}", "head.i"},
        {"{'head':{'m':3.5}}", NULL},
        {"{'head':{'m':-2}}", NULL},
        {"{'head':{'m':3.25}}", "head.m"},
        {"{'head':{'c':2}}", "head.c"},
        {"{'head':{'s':'a'}}", "head.s"},
        {"{'head':{'s':'abcd'}}", "head.s"},
        {"{'head':{'l':[]}}", "head.l"},
        {"{'head':{'l':[1,2,3]}}", "head.l"},
        {"{'head':{'l':[1,'2']}}", "head.l[1]"},
        {"{'head':{'o':{}}}", "head.o.x"},
        {"{'head':{'stranger':1}}", "head.stranger"},
        {"{'head':{'i':true}}", "head.i"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        expect("zoo", rows[i].document, SCHEMA_WHOLE, rows[i].path);
    }
}

/* --- documents made from each schema: good ones pass, and one wrong value is found --- */

/* Between the bounds and on the step, where there are some. */
static double good_number(struct rng *rng, const json_t *schema)
{
    const json_t *low = json_object_get(schema, "minimum");
    const json_t *high = json_object_get(schema, "maximum");
    double step = json_number_value(json_object_get(schema, "multipleOf"));
    if (!(step > 0)) step = strcmp(ijson_str(schema, "type"), "integer") == 0 ? 1 : 0.125;
    double span = high == NULL ? 1000 : json_number_value(high) - json_number_value(low);
    uint64_t steps = (uint64_t)(span / step);
    return json_number_value(low) + step * (double)rng_below(rng, steps + 1);
}

static json_t *good_value(struct rng *rng, const json_t *schema)
{
    const char *type = ijson_str(schema, "type"), *input = ijson_str(schema, "x-input");
    const json_t *choices = json_object_get(schema, "enum");
    const char *name;
    json_t *member, *out;
    if (choices != NULL) {
        return json_incref(json_array_get(choices, rng_below(rng, json_array_size(choices))));
    }
    if (strcmp(input, "date") == 0) return json_string("2026-02-28");
    if (strcmp(input, "ref") == 0) return json_string(REF);
    if (strcmp(type, "string") == 0) {
        return json_sprintf("t%u", (unsigned)rng_below(rng, 1000000));
    }
    if (strcmp(type, "integer") == 0) {
        return json_integer((json_int_t)good_number(rng, schema));
    }
    if (strcmp(type, "number") == 0) return json_real(good_number(rng, schema));
    if (strcmp(type, "boolean") == 0) return json_boolean(rng_chance(rng, 500));
    if (strcmp(type, "array") == 0) {
        out = json_array();
        for (uint64_t n = 1 + rng_below(rng, 3); n > 0; n--) {
            json_array_append_new(out, good_value(rng, json_object_get(schema, "items")));
        }
        return out;
    }
    out = json_object();
    IJSON_FOREACH(json_object_get(schema, "properties"), name, member)
    {
        json_object_set_new(out, name, good_value(rng, member));
    }
    return out;
}

/* Puts a value of a wrong type somewhere below a section. */
static void spoil(struct rng *rng, json_t *value)
{
    const char *name;
    json_t *member;
    size_t pick = rng_below(rng, json_object_size(value)), at = 0;
    IJSON_FOREACH(value, name, member)
    {
        if (at++ != pick) continue;
        json_t *first = json_array_get(member, 0);
        if (json_is_object(member) && json_object_size(member) > 0)
            spoil(rng, member);
        else if (json_is_object(first))
            spoil(rng, first);
        else if (json_is_array(member))
            json_array_append_new(member, json_pack("[b]", 1));
        else if (json_is_string(member))
            json_object_set_new(value, name, json_integer(5));
        else
            json_object_set_new(value, name, json_string("wrong"));
        return;
    }
}

static void documents_made_from_each_schema(void **state)
{
    (void)state;
    struct rng rng = {.state = 12};
    struct schema_problem problem;
    for (size_t i = 0; i < schema_set_count(set); i++) {
        const struct schema *schema = schema_set_at(set, i);
        if (strcmp(schema->type, "zoo") == 0) continue;
        for (int round = 0; round < 60; round++) {
            json_t *document = good_value(&rng, schema->json);
            if (schema_validate(schema, document, SCHEMA_WHOLE, &problem) != ERR_OK) {
                /* Random ids of two items may be the same. */
                if (strstr(problem.text, "another entry") == NULL) {
                    fail_msg("%s: %s: %s", schema->type, problem.path, problem.text);
                }
            }
            json_object_del(document, "amendments");
            spoil(&rng, document);
            assert_err(ERR_INVALID, schema_validate(schema, document, SCHEMA_WHOLE, &problem));
            assert_true(*problem.path != '\0');
            json_decref(document);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents_good_and_bad),
        cmocka_unit_test(numbers_and_frameworks_good_and_bad),
        cmocka_unit_test(a_part_may_miss_what_is_required_but_not_be_wrong),
        cmocka_unit_test(the_problem_says_what_to_do),
        cmocka_unit_test(lengths_count_characters_at_each_bound),
        cmocka_unit_test(each_keyword_holds),
        cmocka_unit_test(documents_made_from_each_schema),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
