/* A record type comes, changes and goes: its records are made anew, and no others. */
#include "daemon/view/db.h"
#include "tests/unit/daemon/view/world.h"

#define MOON                                                                                   \
    "{\"title\":\"moon_phase\",\"type\":\"object\",\"x-label\":\"Moon "                        \
    "phase\",\"x-title\":\"sky.seen\","                                                        \
    "\"x-summary\":\"sky.note\",\"properties\":{\"sky\":{\"type\":\"object\",\"properties\":{" \
    "\"seen\":{\"type\":\"string\"},\"note\":{\"type\":\"string\"},\"shape\":{\"type\":"       \
    "\"string\","                                                                              \
    "\"enum\":[\"nearly-full\",\"new\"]}}}}}"
#define PLAIN \
    "{\"sky\":{\"note\":\"Over the gym\",\"seen\":\"Friday\",\"shape\":\"nearly-full\"}}"

static struct schema_set *types_with(const char *text)
{
    struct schema_set *set = schema_set_new();
    if (text != NULL) assert_ok(schema_set_add(set, slice_of(text, strlen(text)), NULL));
    return set;
}

static void again(struct world_school *school, const struct schema_set *schemas,
                  const char *path)
{
    world_view_close(school);
    school->schemas = schemas;
    world_view_open(school, path);
}

static uint64_t stale(const struct world_school *school)
{
    struct view_status status;
    view_get_status(school->view, &status);
    assert_false(status.rebuilding);
    return status.stale;
}

static void expect_shown(struct world_school *school, const char *id, const char *title,
                         const char *summary)
{
    json_t *shown = world_show(school, id);
    assert_string_equal(world_text(shown, "title"), title);
    assert_string_equal(world_text(shown, "summary"), summary);
    json_decref(shown);
}

static size_t found(struct world_school *school, const char *words)
{
    struct buf out = {0};
    assert_ok(query_search(school->reader, words, NULL, 10, &out));
    json_t *json = world_parse(&out);
    size_t n = json_array_size(json_object_get(json, "found"));
    json_decref(json);
    return n;
}

/* The log kept it raw; the file arrives, and it shows as what it is. */
static void a_type_that_arrives_shows_what_was_carried(void **state)
{
    (void)state;
    char path[] = "/tmp/kith-types-XXXXXX", moon[33], idea[33];
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    (void)close(fd);
    struct schema_set *none = types_with(NULL), *with = types_with(MOON);
    struct world *world = world_new(70);
    struct world_school *a = world_school(world, "Adams");
    a->schemas = none;
    world_view_open(a, path);
    world_new_record(a, "moon_phase", PLAIN, moon);
    world_new_record(a, "idea", "{\"head\":{\"title\":\"Look up\"}}", idea);
    world_sync(world);
    expect_shown(a, moon, "Over the gym", ""); /* the first text there is */
    assert_int_equal(found(a, "nearly"), 1);

    again(a, with, path);
    assert_int_equal(stale(a), 1); /* the idea stays as it was made */
    expect_shown(a, moon, "Over the gym", "");
    world_catch_up(a);
    assert_int_equal(stale(a), 0);
    expect_shown(a, moon, "Friday", "Over the gym");
    expect_shown(a, idea, "Look up", "");
    assert_int_equal(found(a, "\"nearly full\""), 1); /* the choice in words */
    world_assert_rebuild_equal(a);

    again(a, with, path);
    assert_int_equal(stale(a), 0);

    again(a, none, path); /* and back */
    assert_int_equal(stale(a), 1);
    world_catch_up(a);
    expect_shown(a, moon, "Over the gym", "");
    world_assert_rebuild_equal(a);
    world_free(world);
    schema_set_free(none);
    schema_set_free(with);
    (void)unlink(path);
}

/* More of them than one step takes, and new entries of the log among them. */
static void many_are_made_anew_in_steps(void **state)
{
    (void)state;
    char path[] = "/tmp/kith-types-XXXXXX", id[33];
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    (void)close(fd);
    struct schema_set *none = types_with(NULL), *with = types_with(MOON);
    struct world *world = world_new(71);
    struct world_school *a = world_school(world, "Adams");
    a->schemas = none;
    world_view_open(a, path);
    for (int i = 0; i < 40; i++)
        world_new_record(a, "moon_phase", PLAIN, id);
    world_catch_up(a);
    again(a, with, path);
    assert_int_equal(stale(a), 40);
    world_view_close(a); /* killed in the middle: what is left is left */
    world_view_open(a, path);
    bool more = false;
    assert_ok(view_step(a->view, 15, &more));
    assert_true(more);
    assert_int_equal(stale(a), 25);
    again(a, with, path);
    assert_int_equal(stale(a), 25);
    world_new_record(a, "moon_phase", PLAIN, id);
    while (more)
        assert_ok(view_step(a->view, 10, &more));
    assert_int_equal(stale(a), 0);
    world_assert_rebuild_equal(a);
    world_free(world);
    schema_set_free(none);
    schema_set_free(with);
    (void)unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_type_that_arrives_shows_what_was_carried),
        cmocka_unit_test(many_are_made_anew_in_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
