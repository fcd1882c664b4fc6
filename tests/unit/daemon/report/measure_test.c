/* Numbers on their way: entered, drawn, published by schools, read by the network. */
#include "daemon/report/entry.h"
#include "daemon/report/plot.h"
#include "daemon/report/release.h"
#include "daemon/report/svg.h"
#include "tests/unit/daemon/view/world.h"

struct scene {
    struct world *world;
    struct world_school *hub, *schools; /* four of them */
    char measure[33];
};

static void network_record(struct world_school *hub, const char *type, const char *sections,
                           char id[33])
{
    struct compose compose;
    struct compose_who who = world_who(hub);
    enum err err = compose_new(hub->reader, &who, type, sections, true, &compose);
    if (err != ERR_OK) fail_msg("%s: %s", type, compose.problems);
    world_record_id(id, &compose);
    world_do(hub, &compose);
    compose_fini(&compose);
    world_sync(hub->world);
}

static struct scene scene_new(uint64_t seed, const char *head)
{
    struct scene scene = {.world = world_new(seed)};
    static const char *const names[] = {"Hub", "Adams", "Baker", "Clark", "Dewey"};
    char id[33];
    for (size_t i = 0; i < 5; i++)
        world_view_open(world_school(scene.world, names[i]), NULL);
    scene.hub = &scene.world->schools[0];
    scene.schools = &scene.world->schools[1];
    world_found(scene.hub, "Net");
    for (size_t i = 0; i < 4; i++)
        world_join(scene.hub, &scene.schools[i]);
    world_sync(scene.world);
    network_record(
        scene.hub, "vocabulary",
        "{\"head\":{\"name\":\"Ours\"},\"groups\":{\"factors\":[{\"id\":\"i\",\"name\":"
        "\"income\",\"sums\":true},{\"id\":\"l\",\"name\":\"language\",\"two_valued\":"
        "true}],\"list\":[{\"id\":\"1\",\"name\":\"A\",\"factor\":\"i\"},{\"id\":\"2\","
        "\"name\":\"B\",\"factor\":\"i\"},{\"id\":\"3\",\"name\":\"C\",\"factor\":\"i\"},"
        "{\"id\":\"4\",\"name\":\"D\",\"factor\":\"i\"},{\"id\":\"5\",\"name\":"
        "\"learners\",\"factor\":\"l\"},{\"id\":\"6\",\"name\":\"others\",\"factor\":"
        "\"l\"}]}}",
        id);
    network_record(scene.hub, "measure", head, scene.measure);
    return scene;
}

#define SHARE_HEAD \
    "{\"head\":{\"name\":\"FAFSA\",\"unit\":\"percent\",\"frequency\":\"month\"}}"

/* Enters a table as the API does; how many were written. */
static size_t enter(struct scene *scene, struct world_school *school, const char *table)
{
    struct arena arena = {0};
    struct entries entries;
    struct buf out = {0};
    size_t written = 0;
    enum err err =
        entry_read(school->reader, scene->measure, NULL, table, &arena, &entries, &out);
    if (err != ERR_OK) fail_msg("%s: %.*s", table, (int)out.len, (const char *)out.data);
    for (size_t i = 0; i < entries.n; i++) {
        const struct entry_line *line = &entries.list[i];
        struct compose compose;
        struct compose_who who = world_who(school);
        if (line->what == ENTRY_WRONG) fail_msg("line %u: %s", line->line, line->problem);
        if (line->what == ENTRY_SAME) continue;
        json_t *sections = json_pack("{s:O}", "head", line->head);
        char *text = json_dumps(sections, JSON_COMPACT);
        if (line->what == ENTRY_NEW) {
            assert_ok(compose_new(school->reader, &who, "point", text, false, &compose));
        } else {
            assert_ok(compose_edit(school->reader, &who, line->record, text, NULL, &compose));
        }
        world_do(school, &compose);
        compose_fini(&compose);
        free(text);
        json_decref(sections);
        written++;
    }
    json_decref(entries.keep);
    arena_fini(&arena);
    buf_fini(&out);
    world_deliver(school);
    world_catch_up(school);
    return written;
}

static json_t *chart(struct scene *scene, struct world_school *school,
                     const struct plot_options *options)
{
    struct buf out = {0};
    enum err err = plot_make(school->reader, scene->measure, options, &out);
    if (err != ERR_OK)
        fail_msg("%s: %.*s", err_name(err), (int)out.len, (const char *)out.data);
    return world_parse(&out);
}

static json_t *release(struct scene *scene, struct world_school *school, const char *period)
{
    struct buf out = {0};
    enum err err = release_make(school->reader, scene->measure, period, 10, &out);
    if (err != ERR_OK)
        fail_msg("%s: %.*s", err_name(err), (int)out.len, (const char *)out.data);
    return world_parse(&out);
}

/* Makes the release and shares it with the network. */
static json_t *publish(struct scene *scene, struct world_school *school, const char *period)
{
    char id[33];
    json_t *made = release(scene, school, period);
    char *sections = json_dumps(json_object_get(made, "sections"), JSON_COMPACT);
    world_new_record(school, "release", sections, id);
    world_share(school, id, "network");
    world_sync(scene->world);
    free(sections);
    return made;
}

/* What others read of a group. */
static const char *shown(const json_t *made, const char *group)
{
    const json_t *rows = json_object_get(made, "rows");
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        if (strcmp(world_text(row, "group"), group) == 0) return world_text(row, "shown");
    }
    return "no row";
}

/* ---- charts ---- */

static void test_a_chart(void **state)
{
    (void)state;
    struct scene scene = scene_new(60, SHARE_HEAD);
    struct world_school *a = &scene.schools[0];
    char id[33], ref[REVISION_REF_CHARS + 1], text[600];
    struct query_key key;
    assert_int_equal(
        enter(&scene, a,
              "period,all,A\n2026-01,10/20,5/10\n2026-02,12/20,6/12\n2026-04,14/20,\n"),
        5);
    /* The same once more changes nothing; another number corrects. */
    assert_int_equal(enter(&scene, a,
                           "period,group,numerator,denominator\n2026-02-17,All,12,20\n"
                           "2026-04,A,4,5\n2026-01,a,4,10\n"),
                     2);
    assert_ok(query_resolve(a->reader, scene.measure, &key));
    revision_ref(ref, &key.owner, &key.record);
    (void)snprintf(
        text, sizeof(text),
        "{\"head\":{\"measure\":\"%s\",\"starts\":\"2026-04-01\",\"title\":\"New\"}}", ref);
    world_new_record(a, "phase", text, id);
    json_t *json = chart(&scene, a, &(struct plot_options){.every_group = true});
    assert_string_equal(world_text(json, "of.what"), "me");
    assert_int_equal(json_array_size(json_object_get(json, "periods")), 4);
    assert_string_equal(world_text(json, "periods.2.label"), "Mar 2026");
    assert_string_equal(world_text(json, "series.0.points.2.state"), "missing");
    assert_string_equal(world_text(json, "series.0.points.1.text"), "60.0");
    assert_string_equal(world_text(json, "series.1.points.0.text"), "40.0");
    assert_string_equal(world_text(json, "series.0.phases.0.centre_text"), "55.0");
    assert_string_equal(world_text(json, "series.0.phases.1.centre_text"), "70.0");
    assert_string_equal(world_text(json, "series.0.phases.0.verdict"), "keep plotting");
    assert_string_equal(world_text(json, "phases.1.title"), "New");
    assert_int_equal(json_integer_value(world_at(json, "phases.1.first")), 3);
    struct buf picture = {0};
    svg_draw(json, &picture);
    buf_put_u8(&picture, 0);
    assert_non_null(
        strstr((const char *)picture.data, "Mar 2026: All students no data; A no data"));
    assert_non_null(
        strstr((const char *)picture.data, "Jan 2026: All students 50.0 % (10 of 20)"));
    buf_fini(&picture);
    json_decref(json);
    /* A number that was taken away is missing, and comes back. */
    assert_int_equal(enter(&scene, a, "period,all\n2026-02,-\n"), 1);
    json = chart(&scene, a, &(struct plot_options){0});
    assert_string_equal(world_text(json, "series.0.points.1.state"), "missing");
    json_decref(json);
    assert_int_equal(enter(&scene, a, "period,all\n2026-02,50\n"), 1);
    json = chart(&scene, a, &(struct plot_options){.from = "2026-02", .until = "March 2026"});
    assert_int_equal(json_array_size(json_object_get(json, "periods")), 2);
    assert_string_equal(world_text(json, "series.0.points.0.text"), "50.0");
    json_decref(json);
    world_free(scene.world);
}

static void test_typed_by_two(void **state)
{
    (void)state;
    struct scene scene = scene_new(61, "{\"head\":{\"name\":\"Absent\",\"unit\":\"count\"}}");
    struct world_school *a = &scene.schools[0];
    struct query_key key;
    char id[33], ref[REVISION_REF_CHARS + 1], text[400];
    assert_ok(query_resolve(a->reader, scene.measure, &key));
    revision_ref(ref, &key.owner, &key.record);
    for (int i = 0; i < 2; i++) {
        (void)snprintf(
            text, sizeof(text),
            "{\"head\":{\"measure\":\"%s\",\"period\":\"2026-01-0%d\",\"value\":%s}}", ref, 1,
            i == 0 ? "87.1" : "87.3");
        world_new_record(a, "point", text, id);
    }
    json_t *json = chart(&scene, a, &(struct plot_options){0});
    assert_int_equal(json_array_size(json_object_get(json, "periods")), 1);
    assert_non_null(strstr(world_text(json, "notes.0"), "stand twice"));
    json_decref(json);
    (void)snprintf(text, sizeof(text),
                   "{\"head\":{\"measure\":\"%s\",\"period\":\"2026-01-02\",\"value\":87.3}}",
                   ref);
    world_edit(a, id, "{\"head\":{\"value\":87.1}}");
    world_new_record(a, "point", text, id);
    json = chart(&scene, a, &(struct plot_options){0});
    /* Half of 87.1 and 87.3, and no binary fraction near it. */
    assert_string_equal(world_text(json, "series.0.phases.0.centre_text"), "87.2");
    json_decref(json);
    world_free(scene.world);
}

/* ---- what is wrong is said, line by line ---- */

static void test_wrong_lines(void **state)
{
    (void)state;
    struct scene scene = scene_new(62, SHARE_HEAD);
    struct arena arena = {0};
    struct entries entries;
    struct buf out = {0};
    static const char table[] = "period,group,numerator,denominator\n"
                                "2026-01,A,1,2\n"
                                "2026-13,A,1,2\n"
                                "2026-01,Z,1,2\n"
                                "2026-01,B,3,2\n"
                                "2026-01,B,one,2\n"
                                "2026-01,a,1,2\n"
                                "2026-02,,5\n"
                                "2026-02,,-5,9\n"
                                "2026-03,,1,2,3\n";
    static const char *const fields[] = {NULL,          "period",    "group",
                                         "numerator",   "numerator", "period",
                                         "denominator", "numerator", ""};
    assert_ok(
        entry_read(scene.hub->reader, scene.measure, NULL, table, &arena, &entries, &out));
    assert_int_equal(entries.n, 9);
    for (size_t i = 0; i < 9; i++) {
        assert_int_equal(entries.list[i].line, i + 2);
        assert_int_equal(entries.list[i].what, fields[i] == NULL ? ENTRY_NEW : ENTRY_WRONG);
        if (fields[i] != NULL) assert_string_equal(entries.list[i].field, fields[i]);
    }
    json_t *json = entry_json(&entries);
    assert_int_equal(json_integer_value(json_object_get(json, "wrong")), 8);
    assert_non_null(strstr(world_text(json, "items.3.problem"), "larger than the denominator"));
    json_decref(json);
    json_decref(entries.keep);
    static const char *const tables[] = {"", "a,b\n1,2\n", "period\n2026-01\n",
                                         "period,numerator,A\n2026-01,1,2\n",
                                         "period,all\n\"2026-01,1/2\n"};
    for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
        assert_err(ERR_INVALID, entry_read(scene.hub->reader, scene.measure, NULL, tables[i],
                                           &arena, &entries, &out));
        json_decref(entries.keep);
        out.len = 0;
    }
    /* As many as may be, and one more. */
    for (size_t n = ENTRY_LINES_MAX; n <= ENTRY_LINES_MAX + 1; n++) {
        struct buf many = {0};
        char line[40];
        buf_put_str(&many, "period,value\n");
        for (size_t i = 0; i < n; i++) {
            (void)snprintf(line, sizeof(line), "%04zu-%02zu,7\n", 1000 + i / 12, i % 12 + 1);
            buf_put_str(&many, line);
        }
        buf_put_u8(&many, 0);
        assert_err(n == ENTRY_LINES_MAX ? ERR_OK : ERR_LIMIT,
                   entry_read(scene.hub->reader, scene.measure, NULL, (const char *)many.data,
                              &arena, &entries, &out));
        json_decref(entries.keep);
        buf_fini(&many);
        out.len = 0;
    }
    buf_fini(&out);
    arena_fini(&arena);
    world_free(scene.world);
}

/* ---- what leaves a school ---- */

static void test_a_release(void **state)
{
    (void)state;
    struct scene scene = scene_new(63, SHARE_HEAD);
    struct world_school *a = &scene.schools[0];
    assert_int_equal(
        enter(&scene, a, "period,all,A,B,C,D\n2026-01,49/98,24/48,15/31,6/12,4/7\n"), 5);
    json_t *made = publish(&scene, a, "2026-01");
    assert_string_equal(shown(made, ""), "50.0 %");
    assert_string_equal(shown(made, "A"), "50.0 %");
    assert_string_equal(shown(made, "C"), "suppressed");
    assert_string_equal(shown(made, "D"), "suppressed");
    /* Of what is hidden nothing is in the record but that it is. */
    const json_t *cells =
        json_object_get(json_object_get(json_object_get(made, "sections"), "figures"), "cells");
    for (size_t i = 2; i < 4; i++) {
        const json_t *cell = json_array_get(cells, i);
        assert_int_equal(json_object_size(cell), 3);
        assert_true(json_is_true(json_object_get(cell, "hidden")));
        assert_non_null(json_object_get(cell, "basis"));
    }
    json_decref(made);
    /* Seven were fifteen: they are many now, and would tell what they were with the twelve. */
    assert_int_equal(enter(&scene, a, "period,all,D\n2026-01,53/106,8/15\n"), 2);
    made = publish(&scene, a, "2026-01");
    assert_int_equal(json_integer_value(world_at(made, "edition")), 2);
    assert_string_equal(shown(made, "C"), "suppressed");
    assert_true(strcmp(shown(made, "D"), "suppressed") == 0 ||
                strcmp(shown(made, ""), "suppressed") == 0);
    json_decref(made);
    world_free(scene.world);
}

static void test_what_cannot_be_published(void **state)
{
    (void)state;
    struct scene scene = scene_new(64, SHARE_HEAD);
    struct world_school *a = &scene.schools[0];
    struct buf out = {0};
    assert_err(ERR_NOT_FOUND, release_make(a->reader, scene.measure, "2026-01", 10, &out));
    out.len = 0;
    (void)enter(&scene, a, "period,all,A\n2026-01,50,40\n");
    assert_err(ERR_INVALID, release_make(a->reader, scene.measure, "2026-01", 10, &out));
    buf_put_u8(&out, 0);
    assert_non_null(strstr((const char *)out.data, "without a denominator"));
    out.len = 0;
    (void)enter(&scene, a, "period,all,A,B\n2026-02,10/20,9/15,3/15\n");
    assert_err(ERR_INVALID, release_make(a->reader, scene.measure, "2026-02", 10, &out));
    buf_put_u8(&out, 0);
    assert_non_null(strstr((const char *)out.data, "more students together"));
    out.len = 0;
    assert_err(ERR_INVALID, release_make(a->reader, scene.measure, "soon", 10, &out));
    buf_fini(&out);
    /* Raw points go to the hub, and no further. */
    struct query_filter filter = {.type = "point"};
    struct buf list = {0};
    assert_ok(query_records(a->reader, &filter, &list));
    json_t *points = world_parse(&list);
    struct compose compose;
    struct compose_who who = world_who(a);
    struct compose_audience network = {.class = SPACE_NETWORK};
    assert_err(ERR_REFUSED, compose_share(a->reader, &who, world_text(points, "records.0.id"),
                                          &network, &compose));
    compose_fini(&compose);
    world_share(a, world_text(points, "records.0.id"), "hub");
    world_sync(scene.world);
    json_t *json =
        chart(&scene, scene.hub, &(struct plot_options){.of = "Adams", .every_group = true});
    assert_string_equal(world_text(json, "of.source"), "points");
    json_decref(json);
    json_decref(points);
    world_free(scene.world);
}

/* ---- what the network reads ---- */

static void test_the_network(void **state)
{
    (void)state;
    struct scene scene = scene_new(65, SHARE_HEAD);
    static const char *const tables[] = {
        "period,all,A,B,C,D\n2026-01,60/120,20/40,20/40,10/20,10/20\n2026-02,60/120,,,,\n",
        "period,all,A,B,C,D\n2026-01,60/120,20/40,20/40,10/20,10/20\n2026-02,60/120,,,,\n",
        "period,all,A,B,C,D\n2026-01,60/120,20/40,20/40,17/33,3/7\n",
        "period,all,A,B,C\n2026-01,60/120,20/40,20/40,20/40\n"};
    for (size_t i = 0; i < 4; i++) {
        (void)enter(&scene, &scene.schools[i], tables[i]);
        json_decref(publish(&scene, &scene.schools[i], "2026-01"));
    }
    for (size_t i = 0; i < 2; i++)
        json_decref(publish(&scene, &scene.schools[i], "2026-02"));
    /* Anybody can compute it; here the last school, and the hub. */
    for (size_t i = 0; i < 2; i++) {
        struct world_school *reader = i == 0 ? &scene.schools[3] : scene.hub;
        json_t *json =
            chart(&scene, reader, &(struct plot_options){.of = "network", .every_group = true});
        assert_int_equal(json_integer_value(world_at(json, "of.schools")), 4);
        assert_string_equal(world_text(json, "series.0.points.0.text"), "50.0");
        assert_int_equal(json_integer_value(world_at(json, "series.0.points.0.denominator")),
                         480);
        /* Two schools are behind February: it is hidden. */
        assert_string_equal(world_text(json, "series.0.points.1.state"), "suppressed");
        /* Of D two schools tell, and one of the two others hides it with C: what is told of C
         * says without how many cells, and D is nobody's to know. */
        assert_string_equal(world_text(json, "series.4.group"), "D");
        assert_string_equal(world_text(json, "series.4.points.0.state"), "suppressed");
        assert_string_equal(world_text(json, "series.3.points.0.state"), "given");
        assert_int_equal(json_integer_value(world_at(json, "series.3.points.0.hidden")), 1);
        assert_int_equal(json_integer_value(world_at(json, "series.3.points.0.schools")), 3);
        json_decref(json);
    }
    /* A release that somebody wrote by hand, with a small number in it: nobody is shown that.
     */
    struct query_key key;
    char ref[REVISION_REF_CHARS + 1], text[600], id[33];
    assert_ok(query_resolve(scene.hub->reader, scene.measure, &key));
    revision_ref(ref, &key.owner, &key.record);
    (void)snprintf(text, sizeof(text),
                   "{\"head\":{\"measure\":\"%s\",\"period\":\"2026-03-01\"},\"figures\":{"
                   "\"denominator\":30,\"numerator\":20,\"cells\":[{\"group\":\"A\","
                   "\"denominator\":4,\"numerator\":3}]}}",
                   ref);
    world_new_record(&scene.schools[2], "release", text, id);
    world_share(&scene.schools[2], id, "network");
    world_sync(scene.world);
    json_t *small =
        chart(&scene, scene.hub, &(struct plot_options){.of = "Clark", .every_group = true});
    assert_string_equal(world_text(small, "series.1.points.2.state"), "suppressed");
    assert_string_equal(world_text(small, "series.0.points.2.state"), "given");
    json_decref(small);
    /* A school's own page of it is what it publishes. */
    json_t *json =
        chart(&scene, scene.hub, &(struct plot_options){.of = "Clark", .every_group = true});
    assert_string_equal(world_text(json, "of.source"), "releases");
    assert_string_equal(world_text(json, "series.4.points.0.state"), "suppressed");
    json_decref(json);
    world_free(scene.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_chart),
        cmocka_unit_test(test_typed_by_two),
        cmocka_unit_test(test_wrong_lines),
        cmocka_unit_test(test_a_release),
        cmocka_unit_test(test_what_cannot_be_published),
        cmocka_unit_test(test_the_network),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
