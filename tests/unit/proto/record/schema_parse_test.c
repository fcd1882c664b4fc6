#include "proto/record/schema.h"
#include "tests/unit/proto/record/records.h"

static void what_people_type(void **state)
{
    (void)state;
    static const struct {
        const char *path, *text, *json; /* json NULL: refused */
    } rows[] = {
        {"head.title", "Parent night", "'Parent night'"},
        {"head.title", "", NULL},
        {"head.number", "3", "3"},
        {"head.number", "3.5", NULL},
        {"head.number", "1000", NULL},
        {"head.number", "three", NULL},
        {"head.scale", "one-class", "'one-class'"},
        {"head.scale", "One Class", "'one-class'"},
        {"head.scale", "whole", "'whole-school'"},
        {"head.scale", "one", NULL}, /* one student, one class, one grade */
        {"head.scale", "", NULL},
        {"head.end", "2026-05-01", "'2026-05-01'"},
        {"head.end", "tomorrow", NULL},
        {"head.team", "the counsellor", "'the counsellor'"},
        {"do.finished", "Yes", "true"},
        {"do.finished", "n", "false"},
        {"do.finished", "perhaps", NULL},
        {"do.data[].value", "12.5", "12.5"},
        {"do.data[].value", "12,5", NULL},
        {"plan.questions", "Will more come?", "{'question':'Will more come?'}"},
        {"plan.questions[].prediction", "40 families", "'40 families'"},
        {"plan.questions[].data", "per", "'percent'"},
        {"head.title", "\xff", NULL},
    };
    struct schema_set *set = schema_set_new();
    const struct schema *cycle = schema_set_find(set, "cycle");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct schema_field *field = schema_field(cycle, rows[i].path);
        struct schema_problem problem = {0};
        json_t *value = NULL;
        assert_non_null(field);
        enum err err = schema_parse(field, rows[i].text, &value, &problem);
        if ((err == ERR_OK) != (rows[i].json != NULL)) fail_msg("%s", rows[i].text);
        if (err == ERR_OK) {
            records_equal(value, rows[i].json);
            json_decref(value);
        } else {
            assert_string_equal(problem.path, rows[i].path);
            assert_true(strlen(problem.text) > 5);
        }
    }
    schema_set_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_people_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
