/* Tensions as rows: nothing of two people, and of three the middle, the spread and the gap. */
#include "daemon/report/tensions.h"

#include "proto/record/schema.h"
#include "tests/unit/daemon/view/world.h"

static json_t *rows_of(struct world_school *school, const struct schema_set *set)
{
    struct report_options options = {.wall_s = school->world->wall_s,
                                     .poles = schema_set_find(set, "tension_rating")};
    struct buf out = {0};
    buf_put_str(&out, "{\"rows\":[");
    assert_ok(tensions_rows(school->reader, &options, &out));
    buf_put_str(&out, "]}");
    return world_parse(&out);
}

static void of_three_people(void **state)
{
    (void)state;
    static const int now[] = {1, 2, 5};
    struct world *world = world_new(83);
    struct world_school *a = world_school(world, "Adams");
    struct schema_set *set = schema_set_new();
    char body[200], id[33];
    world_view_open(a, NULL);
    for (int i = 0; i < 3; i++) {
        json_t *json = rows_of(a, set);
        assert_int_equal(json_array_size(json_object_get(json, "rows")), 0);
        json_decref(json);
        (void)snprintf(body, sizeof(body),
                       "{\"head\":{\"round\":\"spring\"},\"pace\":{\"now\":%d,\"should\":6}}",
                       now[i]);
        world_new_record(a, "tension_rating", body, id);
    }
    json_t *json = rows_of(a, set), *row, *found = NULL;
    size_t i;
    assert_int_equal(json_array_size(json_object_get(json, "rows")), 7);
    json_array_foreach(json_object_get(json, "rows"), i, row)
    {
        if (json_is_string(json_array_get(row, 1))) found = row; /* the others: nobody rated */
    }
    assert_non_null(found);
    assert_string_equal(json_string_value(json_array_get(found, 1)), "2.0");
    assert_string_equal(json_string_value(json_array_get(found, 2)), "1 – 5");
    assert_string_equal(json_string_value(json_array_get(found, 3)), "6.0");
    assert_string_equal(json_string_value(json_array_get(found, 5)), "+4.0");
    assert_int_equal(json_integer_value(json_array_get(found, 6)), 3);
    json_decref(json);
    schema_set_free(set);
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(of_three_people)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
