/* The reports over a small network whose numbers are known. */
#include "daemon/report/report.h"

#include "proto/base/text.h"
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

static struct report_options narrow; /* what the reports of a test are narrowed to */

static json_t *make(struct world_school *school, enum report_kind kind)
{
    struct report_options options = narrow;
    options.wall_s = school->world->wall_s;
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

/* The row that holds the text in any cell. */
static void assert_cell(struct world_school *school, enum report_kind kind, const char *cell,
                        const char *expected)
{
    json_t *report = make(school, kind), *row, *value, *found = NULL;
    size_t i, k;
    json_array_foreach(json_object_get(report, "rows"), i, row)
    {
        json_array_foreach(row, k, value)
        {
            const char *text = json_string_value(value);
            if (text != NULL && strcmp(text, cell) == 0 && found == NULL) found = row;
        }
    }
    if (found == NULL) fail_msg("%s: no row with %s", report_name(kind), cell);
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

/* Nobody's cycle of an idea, for whom and under what conditions; then the next step of one. */
static void what_works_for_whom(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    struct world_school *a = scene.a;
    cycle(a, scene.idea,
          "\"plan\":{\"for_whom\":[\"new here\",\"seniors\"],\"conditions\":[\"small\"]},"
          "\"do\":{\"carried_out\":\"yes\"},\"study\":{\"worked_for\":[\"seniors\"],"
          "\"not_for\":[\"new here\"]},\"act\":{\"decision\":\"adapt\"}",
          false);
    cycle(a, scene.idea,
          "\"plan\":{\"for_whom\":[\"seniors\"],\"conditions\":[\"small\"]},"
          "\"act\":{\"decision\":\"adopt\"},\"study\":{\"worked_for\":[\"seniors\"]}",
          false);
    assert_cell(a, REPORT_matrix, "seniors", "[\"Greet\",\"seniors\",\"small\",2,1,1,0,2,0]");
    assert_cell(a, REPORT_matrix, "new here", "[\"Greet\",\"new here\",\"small\",1,0,1,0,0,1]");
    narrow.group = "new here";
    json_t *report = make(a, REPORT_matrix);
    assert_int_equal(json_array_size(json_object_get(report, "rows")), 1);
    assert_string_equal(world_text(report, "group"), "new here");
    json_decref(report);
    assert_row(a, REPORT_learnings, "Adams", "[\"Adams\",0,0,0,null]"); /* not shared */
    narrow.group = NULL;
    memcpy(narrow.from, "2027-01-01", sizeof(narrow.from)); /* nothing was worked on then */
    report = make(a, REPORT_matrix);
    assert_int_equal(json_array_size(json_object_get(report, "rows")), 0);
    json_decref(report);
    assert_row(a, REPORT_states, "decided", "[\"decided\",0,0]");
    narrow = (struct report_options){0};
    world_free(scene.world);
}

static void paths_and_ramps(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    struct world_school *a = scene.a;
    char sections[512], ref[REVISION_REF_CHARS + 1], spot[33], idea[33], first[33], next[33];
    world_new_record(a, "bright_spot", "{\"head\":{\"title\":\"They all came\"}}", spot);
    ref_of(a, spot, ref);
    (void)snprintf(sections, sizeof(sections),
                   "{\"head\":{\"title\":\"Ring\",\"based_on\":\"%s\"}}", ref);
    world_new_record(a, "idea", sections, idea);
    ref_of(a, idea, ref);
    (void)snprintf(sections, sizeof(sections),
                   "{\"head\":{\"title\":\"Ring two\",\"idea\":\"%s\",\"scale\":"
                   "\"one-student\"},\"act\":{\"decision\":\"adapt\"}}",
                   ref);
    world_new_record(a, "cycle", sections, first);
    ref_of(a, first, ref);
    (void)snprintf(sections, sizeof(sections),
                   "{\"head\":{\"title\":\"Ring ten\",\"prior\":\"%s\"}}", ref);
    world_new_record(a, "cycle", sections, next);
    assert_cell(a, REPORT_paths, "They all came",
                "[\"They all came\",0,\"bright_spot\",\"They all came\",\"Adams\","
                "\"2026-03-01\",null]");
    assert_cell(a, REPORT_paths, "Ring two",
                "[\"They all came\",2,\"cycle\",\"Ring two\",\"Adams\",\"2026-03-01\","
                "\"adapt\"]");
    assert_cell(a, REPORT_ramps, "Ring ten",
                "[\"Ring two\",2,\"Ring ten\",\"Adams\",null,\"draft\",null]");
    world_free(scene.world);
}

/* The newest period that has begun is spoken of; team and hub are held side by side. */
static void the_rhythm_of_a_year(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    struct world_school *a = scene.a;
    char id[33], owner[65], sections[300];
    world_new_record(a, "action_period",
                     "{\"head\":{\"title\":\"Old\",\"starts\":\"2025-09-01\",\"ends\":"
                     "\"2025-12-20\"}}",
                     id);
    world_new_record(a, "action_period",
                     "{\"head\":{\"title\":\"Now\",\"starts\":\"2026-02-01\",\"ends\":"
                     "\"2026-04-20\"}}",
                     id);
    world_new_record(a, "action_period",
                     "{\"head\":{\"title\":\"Next\",\"starts\":\"2026-05-01\"}}", id);
    json_t *report = make(a, REPORT_standing);
    assert_string_equal(world_text(report, "from"), "2026-02-01");
    assert_string_equal(world_text(report, "to"), "2026-04-20");
    json_decref(report);
    assert_row(a, REPORT_standing, "Adams", "[\"Adams\",0,0,1,1,1,0,\"2026-03-01\"]");
    assert_row(a, REPORT_standing, "Hub", "[\"Hub\",0,0,0,0,0,0,null]");
    memcpy(narrow.from, "2025-09-01", sizeof(narrow.from));
    memcpy(narrow.to, "2025-12-20", sizeof(narrow.to));
    assert_row(a, REPORT_standing, "Adams", "[\"Adams\",0,0,0,0,0,0,null]");
    narrow = (struct report_options){0};

    world_new_record(
        a, "progress_score",
        "{\"head\":{\"score\":2.5,\"reason\":\"r\",\"by\":\"team\",\"period\":\"2026-02-01\"}}",
        id);
    text_hex(owner, a->id.b, sizeof(a->id.b));
    (void)snprintf(sections, sizeof(sections),
                   "{\"head\":{\"score\":4,\"reason\":\"r\",\"by\":\"hub\",\"about\":"
                   "\"%s/%032d\",\"period\":\"2026-02-01\"}}",
                   owner, 7);
    world_new_record(a, "progress_score", sections, id);
    assert_row(a, REPORT_progress, "Adams",
               "[\"Adams\",\"2026-02-01\",\"2.5\",\"4.0\",\"-1.5\"]");
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
        cmocka_unit_test(what_works_for_whom),
        cmocka_unit_test(paths_and_ramps),
        cmocka_unit_test(the_rhythm_of_a_year),
        cmocka_unit_test(all_at_once_and_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
