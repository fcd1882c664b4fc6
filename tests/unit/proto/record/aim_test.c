#include "proto/record/aim.h"

#include "proto/record/schema.h"
#include "tests/unit/proto/record/records.h"

static void what_is_missing_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *sections, *missing;
    } rows[] = {
        {"{}", "['what','for whom','how much','by when']"},
        {"{'head':{'statement':'More enrol','population':[],'due':''}}",
         "['for whom','how much','by when']"},
        {"{'head':{'statement':'More enrol','population':['ELL']},'target':{'value':60}}",
         "['by when']"},
        {"{'head':{'statement':'More enrol','population':['ELL'],'due':'2027-06-30'},"
         "'target':{'value':0}}",
         "[]"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_t *sections = records_json(rows[i].sections), *missing = aim_missing(sections);
        records_equal(missing, rows[i].missing);
        json_decref(sections);
        json_decref(missing);
    }
}

static void the_parts_are_fields_of_the_type(void **state)
{
    (void)state;
    struct schema_set *set = schema_set_new();
    const struct schema *aim = schema_set_find(set, "aim");
#define X(name, path, text) assert_non_null(schema_field(aim, path));
    AIM_PART_TABLE(X)
#undef X
    schema_set_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_missing_is_named),
        cmocka_unit_test(the_parts_are_fields_of_the_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
