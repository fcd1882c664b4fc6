#include "daemon/report/tally.h"

#include "proto/base/text.h"
#include "tests/unit/daemon/view/world.h"

#define FORM                                                                                  \
    "{\"head\":{\"title\":\"How we meet\"},\"scale\":{\"labels\":[\"no\",\"so-so\",\"yes\"]," \
    "\"dont_know\":true},\"form\":{\"statements\":[{\"id\":\"s1\",\"text\":\"We begin in "    \
    "time\"},"                                                                                \
    "{\"id\":\"s2\",\"text\":\"Everybody speaks\"}]}}"

struct scene {
    struct world *world;
    struct world_school *a;
    char survey[33], ref[98];
};

static void begin(struct scene *scene, uint64_t seed)
{
    char owner[65];
    scene->world = world_new(seed);
    scene->a = world_school(scene->world, "Adams");
    world_view_open(scene->a, NULL);
    world_new_record(scene->a, "survey", FORM, scene->survey);
    text_hex(owner, scene->a->id.b, sizeof(scene->a->id.b));
    (void)snprintf(scene->ref, sizeof(scene->ref), "%s/%s", owner, scene->survey);
}

static void answer(struct scene *scene, const char *round, const char *answers)
{
    char body[500], id[33];
    (void)snprintf(body, sizeof(body),
                   "{\"head\":{\"survey\":\"%s\",\"round\":\"%s\"},\"answers\":{\"list\":%s}}",
                   scene->ref, round, answers);
    world_new_record(scene->a, "survey_response", body, id);
}

static json_t *tally(struct scene *scene, const char *round)
{
    struct buf out = {0};
    assert_ok(tally_survey(scene->a->reader, scene->survey, round, &out));
    return world_parse(&out);
}

static json_int_t number(const json_t *json, const char *name)
{
    return json_integer_value(json_object_get(json, name));
}

static void expect_counts(const json_t *line, json_int_t a, json_int_t b, json_int_t c)
{
    const json_t *counts = json_object_get(line, "counts");
    assert_int_equal(json_array_size(counts), 3);
    assert_int_equal(json_integer_value(json_array_get(counts, 0)), a);
    assert_int_equal(json_integer_value(json_array_get(counts, 1)), b);
    assert_int_equal(json_integer_value(json_array_get(counts, 2)), c);
}

/* Nothing of two answers, and three more at a time. */
static void answers_are_shown_in_threes(void **state)
{
    (void)state;
    static const json_int_t shown[] = {0, 0, 0, 3, 3, 3, 6, 6};
    struct scene scene;
    begin(&scene, 80);
    for (json_int_t n = 0; n < 8; n++) {
        json_t *json = tally(&scene, NULL);
        assert_int_equal(number(json, "given"), n);
        assert_int_equal(number(json, "answers"), shown[n]);
        json_int_t counted = 0;
        const json_t *counts =
            json_object_get(json_array_get(json_object_get(json, "lines"), 0), "counts");
        for (size_t i = 0; i < 3; i++)
            counted += json_integer_value(json_array_get(counts, i));
        assert_int_equal(counted, shown[n]);
        json_decref(json);
        answer(&scene, "spring", "[{\"id\":\"s1\",\"answer\":2}]");
    }
    world_free(scene.world);
}

static void each_value_is_counted(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, 81);
    answer(&scene, "spring",
           "[{\"id\":\"s1\",\"answer\":1},{\"id\":\"s2\",\"dont_know\":true}]");
    answer(&scene, "spring", "[{\"id\":\"s1\",\"answer\":3},{\"id\":\"s2\",\"answer\":1}]");
    answer(&scene, "spring", "[{\"id\":\"s1\",\"answer\":2},{\"id\":\"s2\",\"answer\":2}]");
    answer(&scene, "autumn", "[{\"id\":\"s1\",\"answer\":3}]");
    json_t *json = tally(&scene, "spring");
    assert_string_equal(world_text(json, "title"), "How we meet");
    assert_string_equal(world_text(json, "survey"), scene.ref);
    assert_string_equal(world_text(json, "labels.2"), "yes");
    assert_string_equal(world_text(json, "rounds.1"), "autumn");
    const json_t *lines = json_object_get(json, "lines");
    assert_int_equal(json_array_size(lines), 2);
    expect_counts(json_array_get(lines, 0), 1, 1, 1);
    assert_int_equal(number(json_array_get(lines, 0), "middle"), 2);
    expect_counts(json_array_get(lines, 1), 1, 1, 0);
    assert_int_equal(number(json_array_get(lines, 1), "dont_know"), 1);
    assert_float_equal(json_number_value(json_object_get(json_array_get(lines, 1), "middle")),
                       1.5, 0);
    json_decref(json);
    json = tally(&scene, NULL); /* the newest round has one answer: nothing is shown */
    assert_string_equal(world_text(json, "round"), "autumn");
    assert_int_equal(number(json, "given"), 1);
    assert_int_equal(number(json, "answers"), 0);
    assert_true(json_is_null(
        json_object_get(json_array_get(json_object_get(json, "lines"), 0), "middle")));
    json_decref(json);
    world_free(scene.world);
}

/* A line for each side of each tension, between its poles. */
static void ratings_between_poles(void **state)
{
    (void)state;
    struct world *world = world_new(82);
    struct world_school *a = world_school(world, "Adams");
    struct schema_set *set = schema_set_new();
    struct buf out = {0};
    char body[200], id[33];
    world_view_open(a, NULL);
    for (int i = 0; i < 4; i++) {
        (void)snprintf(body, sizeof(body),
                       "{\"head\":{\"round\":\"spring\"},\"pace\":{\"now\":%d,\"should\":6}}",
                       1 + i);
        world_new_record(a, "tension_rating", body, id);
    }
    assert_ok(tally_poles(a->reader, schema_set_find(set, "tension_rating"), NULL, &out));
    json_t *json = world_parse(&out), *line;
    size_t i, found = 0;
    assert_int_equal(number(json, "given"), 4);
    assert_int_equal(number(json, "answers"), 3);
    assert_int_equal(json_array_size(json_object_get(json, "lines")), 14);
    json_array_foreach(json_object_get(json, "lines"), i, line)
    {
        if (strcmp(world_text(line, "of"), "pace") != 0) continue;
        bool now = strcmp(world_text(line, "side"), "now") == 0;
        assert_int_equal(json_array_size(json_object_get(line, "counts")), 7);
        assert_int_equal(number(line, "middle"), now ? 2 : 6);
        assert_string_equal(world_text(line, "low"), "fast and furious");
        found++;
    }
    assert_int_equal(found, 2);
    json_decref(json);
    schema_set_free(set);
    world_free(world);
}

static void what_is_no_survey_is_said(void **state)
{
    (void)state;
    struct scene scene;
    struct buf out = {0};
    char idea[33];
    begin(&scene, 83);
    world_new_record(scene.a, "idea", "{\"head\":{\"title\":\"Greet\"}}", idea);
    assert_err(ERR_INVALID, tally_survey(scene.a->reader, idea, NULL, &out));
    json_t *why = world_parse(&out);
    assert_string_equal(world_text(why, "error"), "that record is no survey");
    json_decref(why);
    assert_err(ERR_NOT_FOUND, tally_survey(scene.a->reader, "ffffffff", NULL, &out));
    assert_int_equal(out.len, 0);
    world_free(scene.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_shown_in_threes),
        cmocka_unit_test(each_value_is_counted),
        cmocka_unit_test(ratings_between_poles),
        cmocka_unit_test(what_is_no_survey_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
