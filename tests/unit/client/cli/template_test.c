#include "client/cli/template.h"

#include <stdio.h>
#include <stdlib.h>

#include "client/cli/command.h"
#include "tests/support/tests.h"

/* Beginnings that the form could take for its own. */
static const char *const texts[] = {
    "plain",     "# no comment", "[plan.objective] no heading", "\\ a backslash",
    "- no item", "id: no id",    "caf\xc3\xa9 \xe6\x97\xa5",    "ends with a colon:",
};
static const char *const more[] = {
    "one\ntwo",        "one\n\nthree",         "- a\n- b",          "a\n# b\n[c] d\n\\e",
    "a\n  b\n      c", "question: x\n  id: y", "x\n[head.title] z", "a: b\n\n\n- c",
};

static json_t *hex(struct rng *rng, size_t n)
{
    char text[65];
    for (size_t i = 0; i < n; i++)
        text[i] = "0123456789abcdef"[rng_below(rng, 16)];
    text[n] = '\0';
    return json_string(text);
}

/* One to five steps above the least that may stand there. */
static json_t *number(struct rng *rng, const struct schema_field *field)
{
    json_int_t low = json_integer_value(json_object_get(field->json, "minimum"));
    json_int_t high = json_integer_value(json_object_get(field->json, "maximum"));
    json_int_t value = low + (json_int_t)rng_below(rng, 5);
    return json_integer(high > 0 && value > high ? high : value);
}

static json_t *scalar(struct rng *rng, const struct schema_field *field)
{
    char ref[98];
    if (field->n_choices > 0) {
        return json_string(field->choices[rng_below(rng, field->n_choices)]);
    }
    if (field->input == SCHEMA_INPUT_DATE) return json_string("2026-03-12");
    if (field->input == SCHEMA_INPUT_REF) {
        snprintf(ref, sizeof(ref), "%064d/%032d", 7, (int)rng_below(rng, 1000));
        return json_string(ref);
    }
    if (field->item_kind == SCHEMA_BOOLEAN) return json_boolean(rng_chance(rng, 500));
    if (field->item_kind == SCHEMA_INTEGER || field->item_kind == SCHEMA_NUMBER) {
        return number(rng, field);
    }
    if (field->input == SCHEMA_INPUT_TEXT && rng_chance(rng, 500)) {
        return json_string(more[rng_below(rng, 8)]);
    }
    json_int_t max = json_integer_value(json_object_get(field->json, "maxLength"));
    if (max > 0 && max < 40) return json_string("short");
    return json_string(texts[rng_below(rng, 8)]);
}

static json_t *item(struct rng *rng, const struct schema_field *list)
{
    json_t *out = json_object();
    for (size_t i = 0; i < list->n_items; i++) {
        const struct schema_field *field = &list->items[i];
        if (field->hidden || rng_chance(rng, 300)) continue;
        if (field->list) {
            json_t *values = json_array();
            for (size_t n = 1 + (size_t)rng_below(rng, 3); n > 0; n--)
                json_array_append_new(values, scalar(rng, field));
            json_object_set_new(out, field->name, values);
        } else {
            json_object_set_new(out, field->name, scalar(rng, field));
        }
    }
    if (json_object_size(out) == 0) {
        json_object_set_new(out, list->items[0].name, scalar(rng, &list->items[0]));
    }
    if (rng_chance(rng, 700)) json_object_set_new(out, "id", hex(rng, 32));
    return out;
}

static bool has_form(const struct schema_field *field)
{
    return !field->hidden && field->flag != NULL && field->kind != SCHEMA_OBJECT &&
           field->kind != SCHEMA_ANY && field->item_kind != SCHEMA_LIST &&
           (field->item_kind != SCHEMA_OBJECT || field->n_items > 0);
}

static json_t *document(struct rng *rng, const struct schema *schema)
{
    json_t *out = json_object();
    const struct schema_field *field;
    for (size_t at = 0; (field = schema_next(schema, &at)) != NULL;) {
        if (!has_form(field) || schema_section(schema, field->section)->hidden) continue;
        if (rng_chance(rng, 300)) continue;
        json_t *value = NULL;
        if (field->list) {
            value = json_array();
            for (size_t n = 1 + (size_t)rng_below(rng, 3); n > 0; n--) {
                json_array_append_new(value, field->n_items > 0 ? item(rng, field)
                                                                : scalar(rng, field));
            }
        } else {
            value = scalar(rng, field);
        }
        json_t *section = json_object_get(out, field->section);
        if (section == NULL) {
            section = json_object();
            json_object_set_new(out, field->section, section);
        }
        json_object_set_new(section, field->name, value);
    }
    return out;
}

static json_t *read_back(const struct schema *schema, const struct buf *text)
{
    struct template_problem problem;
    json_t *out = NULL;
    if (template_read(schema, buf_slice(text), &out, &problem) != ERR_OK) {
        fail_msg("%s: %s\n%.*s", schema->type, problem.text, (int)text->len,
                 (char *)text->data);
    }
    return out;
}

static void every_type_goes_into_text_and_back(void **state)
{
    (void)state;
    const struct schema_set *set = command_schemas();
    struct rng rng = {.state = 3};
    assert_true(schema_set_count(set) >= 9);
    for (size_t i = 0; i < schema_set_count(set); i++) {
        const struct schema *schema = schema_set_at(set, i);
        size_t said = 0;
        for (int round = 0; round < 60; round++) {
            struct buf text = {0};
            json_t *before = document(&rng, schema);
            template_write(&text, schema, NULL, before);
            json_t *after = read_back(schema, &text);
            if (!json_equal(before, after)) {
                char *a = json_dumps(before, JSON_INDENT(1)),
                     *b = json_dumps(after, JSON_INDENT(1));
                fail_msg("%s:\n%s\n%s\n%.*s", schema->type, a, b, (int)text.len,
                         (char *)text.data);
            }
            said += json_object_size(after);
            json_decref(before);
            json_decref(after);
            buf_fini(&text);
        }
        assert_true(said > 40); /* a round trip of nothing proves nothing */
    }
}

static void an_untouched_form_says_nothing(void **state)
{
    (void)state;
    const struct schema_set *set = command_schemas();
    for (size_t i = 0; i < schema_set_count(set); i++) {
        struct buf text = {0};
        template_write(&text, schema_set_at(set, i), NULL, NULL);
        json_t *out = read_back(schema_set_at(set, i), &text);
        assert_int_equal(json_object_size(out), 0);
        json_decref(out);
        buf_fini(&text);
    }
}

static json_t *read_text(const char *type, const char *text)
{
    struct buf buf = {0};
    buf_put_str(&buf, text);
    json_t *out = read_back(command_schema(type), &buf);
    buf_fini(&buf);
    return out;
}

static void people_may_write_loosely(void **state)
{
    (void)state;
    json_t *out = read_text("cycle", "\n[head.title]\r\n\r\n  A title  \r\n\r\n"
                                     "[plan.questions] whatever stands here\n"
                                     "-question: How many?\n"
                                     "  prediction: forty,\n"
                                     "          or more\n"
                                     "- question:\n  prediction:\n"
                                     "[head.team]\n-  The ninth grade\n\n- Ms X\n");
    assert_string_equal(json_string_value(schema_get(out, "head.title")), "A title");
    json_t *questions = (json_t *)(uintptr_t)schema_get(out, "plan.questions");
    assert_int_equal(json_array_size(questions), 1);
    assert_string_equal(tests_str(json_array_get(questions, 0), "prediction"),
                        "forty,\n    or more");
    assert_int_equal(json_array_size(schema_get(out, "head.team")), 2);
    json_decref(out);
}

static void mistakes_are_named_with_their_line(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned line;
        const char *says;
    } rows[] = {
        {"# x\nloose text\n", 2, "under one of the headings"},
        {"[head.titel] x\n", 1, "not one of the form's"},
        {"[head.title", 1, "not one of the form's"},
        {"[head.number]\nmany\n", 2, "Number in the ramp"},
        {"[head.team]\nno hyphen\n", 2, "\"- \""},
        {"[plan.questions]\n- what: x\n", 2, "names that the form has"},
        {"[do.carried_out]\n\nperhaps\n", 2, "Carried out"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct template_problem problem = {0};
        json_t *out = NULL;
        assert_err(ERR_INVALID,
                   template_read(command_schema("cycle"),
                                 slice_of(rows[i].text, strlen(rows[i].text)), &out, &problem));
        assert_int_equal(problem.line, rows[i].line);
        assert_non_null(strstr(problem.text, rows[i].says));
    }
}

static void no_bytes_break_the_reader(void **state)
{
    (void)state;
    struct rng rng = {.state = 11};
    static const char pieces[] = "[-]:# \\\n\nabc id question: [head.title]\xff\xc3\xa9";
    for (int round = 0; round < 3000; round++) {
        char text[120];
        size_t n = (size_t)rng_below(&rng, sizeof(text));
        for (size_t i = 0; i < n; i++)
            text[i] = pieces[rng_below(&rng, sizeof(pieces))];
        struct template_problem problem;
        json_t *out = NULL;
        if (template_read(command_schema("cycle"), slice_of(text, n), &out, &problem) ==
            ERR_OK) {
            json_decref(out);
        }
    }
}

/* What a person changed in the form goes out, and nothing else does. */
static void only_differences_are_sent(void **state)
{
    (void)state;
    const struct schema *schema = command_schema("cycle");
    json_t *record = json_loads(
        "{\"head\": {\"title\": \"T\", \"future\": 1, \"ramp\": \"R\"},"
        " \"plan\": {\"questions\": ["
        "  {\"id\": \"a\", \"question\": \"A?\", \"newer\": true},"
        "  {\"id\": \"b\", \"question\": \"B?\"}, {\"id\": \"c\", \"question\": \"C?\"}]}}",
        0, NULL);
    json_t *before = json_loads(
        "{\"head\": {\"title\": \"T\", \"ramp\": \"R\"}, \"plan\": {\"questions\": ["
        "  {\"id\": \"a\", \"question\": \"A?\"}, {\"id\": \"b\", \"question\": \"B?\"},"
        "  {\"id\": \"c\", \"question\": \"C?\"}]}}",
        0, NULL);
    json_t *after = json_loads(
        "{\"head\": {\"title\": \"U\"}, \"plan\": {\"questions\": ["
        "  {\"id\": \"a\", \"question\": \"A!\"}, {\"id\": \"b\", \"question\": \"B?\"},"
        "  {\"question\": \"D?\"}]}}",
        0, NULL);
    json_t *expected = json_loads(
        "{\"head\": {\"title\": \"U\", \"ramp\": null}, \"plan\": {\"questions\": ["
        "  {\"id\": \"a\", \"question\": \"A!\", \"newer\": true}, {\"question\": \"D?\"},"
        "  {\"id\": \"c\", \"deleted\": true}]}}",
        0, NULL);
    json_t *changes = template_changes(schema, record, before, after);
    assert_true(json_equal(changes, expected));
    json_decref(changes);
    changes = template_changes(schema, record, before, before);
    assert_int_equal(json_object_size(changes), 0);
    json_decref(changes);
    json_decref(record);
    json_decref(before);
    json_decref(after);
    json_decref(expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_goes_into_text_and_back),
        cmocka_unit_test(an_untouched_form_says_nothing),
        cmocka_unit_test(people_may_write_loosely),
        cmocka_unit_test(mistakes_are_named_with_their_line),
        cmocka_unit_test(no_bytes_break_the_reader),
        cmocka_unit_test(only_differences_are_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
