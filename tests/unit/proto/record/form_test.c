#include "proto/record/form.h"

#include "proto/record/schema.h"
#include "tests/unit/proto/record/records.h"

/* Each can be added as it is: it holds by its type. */
static void every_form_holds(void **state)
{
    (void)state;
    struct schema_set *set = schema_set_new();
    size_t n = 0;
    json_t *form;
    for (; (form = form_at(n)) != NULL; n++) {
        struct schema_problem problem;
        const char *name = ijson_str(form, "form");
        const struct schema *schema = schema_set_find(set, ijson_str(form, "type"));
        assert_non_null(schema);
        assert_true(*ijson_str(form, "about") != '\0');
        if (schema_validate(schema, json_object_get(form, "sections"), SCHEMA_WHOLE,
                            &problem) != ERR_OK) {
            fail_msg("%s: %s: %s", name, problem.path, problem.text);
        }
        json_t *again = form_find(name);
        assert_true(json_equal(again, form));
        json_decref(again);
        json_decref(form);
    }
    assert_true(n >= 4);
    assert_null(form_find("moon"));
    schema_set_free(set);
}

/* Thirteen conditions in four levers, each with its explanation. */
static void the_thirteen_conditions_are_thirteen(void **state)
{
    (void)state;
    json_t *form = form_find("thirteen-conditions");
    const json_t *sections = json_object_get(form, "sections");
    const json_t *statements = schema_get(sections, "form.statements");
    const json_t *parts = schema_get(sections, "form.parts");
    assert_int_equal(json_array_size(parts), 4);
    assert_int_equal(json_array_size(statements), 13);
    for (size_t i = 0; i < 13; i++) {
        const json_t *statement = json_array_get(statements, i);
        json_t *part;
        bool known = false;
        size_t k;
        json_array_foreach(parts, k, part)
        {
            known |= strcmp(ijson_str(part, "id"), ijson_str(statement, "part")) == 0;
        }
        assert_true(known && *ijson_str(statement, "help") != '\0');
    }
    json_decref(form);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_holds),
        cmocka_unit_test(the_thirteen_conditions_are_thirteen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
