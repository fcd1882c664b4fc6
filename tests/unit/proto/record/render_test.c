#include "proto/record/render.h"

#include "tests/unit/proto/record/records.h"

static void expect(const char *type, const char *sections, const char *expected)
{
    struct schema_set *set = schema_set_new();
    struct render render = {0};
    json_t *json = records_json(sections);
    struct buf out = {0};
    render_record(&render, schema_set_find(set, type), json);
    for (size_t i = 0; i < render.n; i++) {
        const struct render_line *line = &render.lines[i];
        for (unsigned k = 0; k < line->depth; k++)
            buf_put_str(&out, "  ");
        buf_put_str(&out, line->label);
        buf_put_str(&out, line->kind == RENDER_SECTION ? " --" : ": ");
        buf_put_str(&out, line->value);
        buf_put_str(&out, "\n");
    }
    buf_put_u8(&out, 0);
    assert_string_equal((char *)out.data, expected);
    buf_fini(&out);
    json_decref(json);
    render_fini(&render);
    schema_set_free(set);
}

static void a_cycle_reads_in_the_order_of_its_schema(void **state)
{
    (void)state;
    expect(
        "cycle",
        "{'study':{'results':[{'id':'q','matched':'yes','result':'52'}]},"
        "'plan':{'questions':[{'id':'q','prediction':'40','question':'How many come?'}],"
        "'for_whom':['ELL','seniors']},"
        "'head':{'scale':'one-class','title':'Parent night','mood':{'x':[1,null]},'nil':null}}",
        "Cycle --\n"
        "  Title: Parent night\n"
        "  Scale: one class\n"
        "  mood: \n"
        "    x: \n"
        "      : 1\n"
        "      : null\n"
        "Plan --\n"
        "  Questions and predictions: \n"
        "    1: \n"
        "      Question: How many come?\n"
        "      Prediction: 40\n"
        "  For whom: \n"
        "    : ELL\n"
        "    : seniors\n"
        "Study --\n"
        "  Results: \n"
        "    1: How many come?\n"
        "      Result: 52\n"
        "      Matched the prediction: yes\n");
}

static void a_type_that_is_unknown_here_reads_too(void **state)
{
    (void)state;
    expect("moon_phase",
           "{'b':{'is_full':true,'y':2.5},'a':{'z':[{'id':'1','t':'x'}]},'c':'odd'}",
           "a --\n"
           "  z: \n"
           "    1: \n"
           "      t: x\n"
           "b --\n"
           "  is full: yes\n"
           "  y: 2.5\n"
           "c: odd\n");
}

static void paths_say_where_a_line_comes_from(void **state)
{
    (void)state;
    struct render render = {0};
    json_t *json =
        records_json("{'plan':{'questions':[{'id':'1'},{'id':'2','prediction':'p'}]}}");
    render_record(&render, NULL, json);
    assert_string_equal(render.lines[render.n - 1].path, "plan.questions[1].prediction");
    json_t *lines = render_json(&render);
    records_equal(json_array_get(lines, render.n - 1),
                  "{'kind':'field','depth':3,'label':'prediction','value':'p',"
                  "'path':'plan.questions[1].prediction'}");
    json_decref(lines);
    json_decref(json);
    render_fini(&render);
}

/* Every text of a record is somewhere in its lines: nobody shares what was not shown. */
static void nothing_is_left_unsaid(void **state)
{
    (void)state;
    struct schema_set *set = schema_set_new();
    struct rng rng = {.state = 2};
    for (int round = 0; round < 200; round++) {
        json_t *sections = json_object();
        char planted[64][21];
        size_t n = 1 + rng_below(&rng, 20);
        for (size_t i = 0; i < n; i++) {
            static const char *const names[] = {"head", "plan", "do", "extra", "amendments"};
            static const char *const members[] = {"title", "change", "questions", "odd",
                                                  "list"};
            const char *section = names[rng_below(&rng, 5)],
                       *member = members[rng_below(&rng, 5)];
            if (json_object_get(sections, section) == NULL) {
                json_object_set_new(sections, section, json_object());
            }
            json_t *in = json_object_get(sections, section);
            text_decimal(planted[i], rng_next(&rng));
            json_t *value = json_string(planted[i]);
            for (uint64_t k = rng_below(&rng, 3); k > 0; k--) {
                value = rng_chance(&rng, 500)
                            ? json_pack("[o]", value)
                            : json_pack("[{s:s,s:o}]", "id", "1", "deep", value);
            }
            while (json_object_get(in, member) != NULL)
                in = json_object_get(in, "more");
            if (in == NULL) {
                json_decref(value);
                planted[i][0] = '\0';
                continue;
            }
            json_object_set_new(in, member, value);
            if (json_object_get(in, "more") == NULL) {
                json_object_set_new(in, "more", json_object());
            }
        }
        struct buf words = {0};
        render_words(&words, schema_set_find(set, "cycle"), sections);
        buf_put_u8(&words, 0);
        for (size_t i = 0; i < n; i++) {
            if (strstr((char *)words.data, planted[i]) == NULL) fail_msg("%s", planted[i]);
        }
        buf_fini(&words);
        json_decref(sections);
    }
    schema_set_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cycle_reads_in_the_order_of_its_schema),
        cmocka_unit_test(a_type_that_is_unknown_here_reads_too),
        cmocka_unit_test(paths_say_where_a_line_comes_from),
        cmocka_unit_test(nothing_is_left_unsaid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
