/* The reports over a small network whose numbers are known. */
#include "daemon/report/report.h"
#include "tests/unit/daemon/view/world.h"

struct scene {
    struct world *world;
    struct world_school *hub, *a, *b;
    char idea[33], spot[33];
};

static void ref_of(struct world_school *school, const char *id,
                   char ref[REVISION_REF_CHARS + 1])
{
    struct query_key key;
    assert_ok(query_resolve(school->reader, id, &key));
    revision_ref(ref, &key.owner, &key.record);
}

static void cycle(struct world_school *school, const char *idea, const char *rest, bool share)
{
    char sections[1024], ref[REVISION_REF_CHARS + 1], id[33];
    ref_of(school, idea, ref);
    (void)snprintf(
        sections, sizeof(sections),
        "{\"head\":{\"title\":\"A test\",\"idea\":\"%s\",\"end\":\"2026-02-01\"},%s}", ref,
        rest);
    world_new_record(school, "cycle", sections, id);
    if (share) world_share(school, id, "buddies");
    world_sync(school->world);
}

static void feedback(struct world_school *school, const char *on)
{
    struct compose compose;
    struct compose_who who = world_who(school);
    assert_ok(compose_feedback(school->reader, &who, on,
                               "{\"head\":{\"kind\":\"question\",\"text\":\"How?\"}}",
                               &compose));
    world_do(school, &compose);
    compose_fini(&compose);
    world_sync(school->world);
}

/* A driver of the network, an idea of Adams under it, cycles of both schools, feedback. */
static struct scene scene_new(void)
{
    struct scene scene = {.world = world_new(50)};
    struct world *world = scene.world;
    static const char *const names[] = {"Hub", "Adams", "Baker"};
    for (size_t i = 0; i < 3; i++)
        world_view_open(world_school(world, names[i]), NULL);
    scene.hub = &world->schools[0];
    scene.a = &world->schools[1];
    scene.b = &world->schools[2];
    world_found(scene.hub, "Net");
    world_join(scene.hub, scene.a);
    world_join(scene.hub, scene.b);
    (void)world_buddies(scene.a, scene.b);
    world_sync(world);

    struct compose compose;
    struct compose_who who = world_who(scene.hub);
    char driver[33], ref[REVISION_REF_CHARS + 1], sections[512], other[33];
    assert_ok(compose_new(scene.hub->reader, &who, "driver",
                          "{\"head\":{\"title\":\"Belonging\"}}", true, &compose));
    world_record_id(driver, &compose);
    world_do(scene.hub, &compose);
    compose_fini(&compose);
    world_sync(world);
    ref_of(scene.a, driver, ref);
    (void)snprintf(sections, sizeof(sections),
                   "{\"head\":{\"title\":\"Greet\",\"drivers\":[\"%s\"]}}", ref);
    world_new_record(scene.a, "idea", sections, scene.idea);
    world_share(scene.a, scene.idea, "network");
    world_sync(world);

#define PLAN \
    "\"plan\":{\"questions\":[{\"id\":\"q\",\"question\":\"?\",\"prediction\":\"Half\"}]}"
    cycle(scene.a, scene.idea,
          PLAN ",\"do\":{\"carried_out\":\"yes\"},\"study\":{\"results\":[{"
               "\"id\":\"q\",\"matched\":\"yes\"}]},\"act\":{\"decision\":\"adopt\"}",
          true);
    cycle(scene.a, scene.idea, PLAN ",\"do\":{\"finished\":true}", true);
    cycle(scene.b, scene.idea,
          PLAN ",\"do\":{\"carried_out\":\"no\"},\"study\":{\"results\":[{"
               "\"id\":\"q\",\"matched\":\"no\"}]},\"act\":{\"decision\":\"abandon\"}",
          true);
    cycle(scene.b, scene.idea, "\"plan\":{\"change\":\"x\"}", false);

    /* Baker builds on Adams' idea; Baker and the hub speak about it. */
    ref_of(scene.b, scene.idea, ref);
    (void)snprintf(sections, sizeof(sections),
                   "{\"head\":{\"title\":\"Greet by name\",\"based_on\":\"%s\"}}", ref);
    world_new_record(scene.b, "idea", sections, other);
    world_share(scene.b, other, "network");
    world_sync(world);
    feedback(scene.b, scene.idea);
    feedback(scene.hub, scene.idea);
    return scene;
}

static json_t *make(struct world_school *school, enum report_kind kind)
{
    struct report_options options = {.wall_s = school->world->wall_s};
    struct buf out = {0};
    assert_ok(report_make(school->reader, kind, &options, &out));
    json_t *report = world_parse(&out);
    assert_string_equal(world_text(report, "name"), report_name(kind));
    assert_true(*world_text(report, "meaning") != '\0');
    size_t columns = json_array_size(json_object_get(report, "columns"));
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(report, "rows"), i, row)
    {
        assert_int_equal(json_array_size(row), columns);
    }
    return report;
}

/* The row whose first cell is `first`, as text; NULL: the first row. */
static void assert_row(struct world_school *school, enum report_kind kind, const char *first,
                       const char *expected)
{
    json_t *report = make(school, kind), *row = NULL, *found = NULL;
    size_t i;
    json_array_foreach(json_object_get(report, "rows"), i, row)
    {
        if (strcmp(json_string_value(json_array_get(row, 0)), first) == 0) found = row;
    }
    if (found == NULL) fail_msg("%s: no row %s", report_name(kind), first);
    char *text = json_dumps(found, JSON_COMPACT | JSON_REAL_PRECISION(3));
    assert_string_equal(text, expected);
    free(text);
    json_decref(report);
}

static void numbers(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    struct world_school *a = scene.a;
    /* Adams reads its own, what Baker shared, and not Baker's own cycle. */
    assert_row(a, REPORT_schools, "Adams", "[\"Adams\",2,1,0,0,3]");
    assert_row(a, REPORT_schools, "Baker", "[\"Baker\",1,1,0,1,3]");
    assert_row(scene.b, REPORT_schools, "Baker", "[\"Baker\",2,1,0,1,4]");
    assert_row(a, REPORT_active, "Hub", "[\"Hub\",1,\"2026-03-01\"]");
    assert_row(a, REPORT_states, "decided", "[\"decided\",2,2]");
    assert_row(a, REPORT_states, "studying", "[\"studying\",1,1]");
    assert_row(a, REPORT_ideas, "Greet", "[\"Greet\",\"Adams\",\"testing\",3,2,1,0,1]");
    assert_row(scene.b, REPORT_ideas, "Greet", "[\"Greet\",\"Adams\",\"testing\",4,2,1,0,1]");
    assert_row(a, REPORT_drivers, "Belonging", "[\"Belonging\",1,3,2,2]");
    assert_row(a, REPORT_predictions, "Adams", "[\"Adams\",2,2,1.0,1,1,1.0]");
    assert_row(scene.b, REPORT_predictions, "Baker", "[\"Baker\",2,1,0.5,1,0,0.0]");
    assert_row(a, REPORT_predictions, "Hub", "[\"Hub\",0,0,null,0,0,null]");
    assert_row(a, REPORT_learnings, "Adams", "[\"Adams\",1,0,0,0.0]");
    assert_row(a, REPORT_learnings, "Baker", "[\"Baker\",0,0,1,1.0]");
    json_t *report = make(a, REPORT_not_studied);
    assert_int_equal(json_array_size(json_object_get(report, "rows")), 1);
    json_decref(report);
    /* One of two pieces of feedback and one of one idea went from school to school. */
    assert_row(a, REPORT_share, "feedback", "[\"feedback\",1,2,0.5]");
    assert_row(a, REPORT_share, "together", "[\"together\",2,3,0.667]");
    /* Baker gave one and owes on the two cycles of Adams in the group; Adams on one. */
    assert_row(a, REPORT_feedback, "Baker", "[\"Baker\",1,2,0,0,0]");
    assert_row(a, REPORT_feedback, "Adams", "[\"Adams\",0,1,2,2,0]");
    world_free(scene.world);
}

static void all_at_once_and_names(void **state)
{
    (void)state;
    struct world *world = world_new(51);
    struct world_school *a = world_school(world, "Adams");
    struct report_options options = {.wall_s = 0};
    struct buf out = {0};
    enum report_kind kind;
    world_view_open(a, NULL);
    char id[33];
    world_new_record(a, "idea", "{\"head\":{\"title\":\"Greet\"}}", id);
    assert_ok(report_all(a->reader, &options, &out));
    json_t *all = world_parse(&out);
    assert_int_equal(json_array_size(json_object_get(all, "reports")), REPORT_COUNT);
    assert_string_equal(world_text(all, "reports.0.rows.0.0"), "this school");
    json_decref(all);
    for (int i = 0; i < REPORT_COUNT; i++) {
        assert_ok(report_by_name(report_name((enum report_kind)i), &kind));
        assert_int_equal(kind, i);
        assert_true(*report_text(kind) != '\0');
    }
    assert_err(ERR_NOT_FOUND, report_by_name("weather", &kind));
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers),
        cmocka_unit_test(all_at_once_and_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
