/* The author: what a person's wish becomes, and what it is refused with. */
#include "proto/base/text.h"
#include "tests/unit/daemon/view/world.h"

#define PLANNED                                                                               \
    "{\"head\":{\"title\":\"Week one\",\"ramp\":\"Door\",\"number\":1},\"plan\":{\"change\":" \
    "\"Greet\",\"questions\":[{\"question\":\"Do they smile?\",\"prediction\":\"Half\"}]}}"

static struct world *pair(uint64_t seed)
{
    struct world *world = world_new(seed);
    static const char *const names[] = {"Hub", "Adams", "Baker"};
    for (size_t i = 0; i < 3; i++)
        world_view_open(world_school(world, names[i]), NULL);
    world_found(&world->schools[0], "Net");
    world_join(&world->schools[0], &world->schools[1]);
    world_join(&world->schools[0], &world->schools[2]);
    (void)world_buddies(&world->schools[1], &world->schools[2]);
    world_sync(world);
    return world;
}

static void problems_say_what_to_do(void **state)
{
    static const struct {
        const char *type, *sections;
        enum err err;
        const char *says;
    } cases[] = {
        {"cycle", "{\"head\":{}}", ERR_INVALID, "title"},
        {"cycle", "{\"head\":{\"title\":7}}", ERR_INVALID, "title"},
        {"cycle", "{\"head\":\"x\"}", ERR_INVALID, "object"},
        {"cycle", "[]", ERR_INVALID, "object"},
        {"cycle", "{\"head\":", ERR_INVALID, "text"},
        {"cycle", "{}", ERR_INVALID, "head"},
        {"Cycle!", "{}", ERR_INVALID, "a-z"},
        {"feedback", "{\"head\":{\"kind\":\"warm\",\"text\":\"x\"}}", ERR_INVALID,
         "which record"},
        {"commitment", "{\"head\":{\"what\":\"x\",\"to\":\"Adams\"}}", ERR_INVALID,
         "which record"},
        {"driver", "{\"head\":{\"title\":\"x\"}}", ERR_NOT_JOINED, "join"},
        {"idea", "{\"head\":{\"title\":\"x\",\"title\":\"y\"}}", ERR_INVALID, "text"},
    };
    (void)state;
    struct world *world = world_new(30);
    struct world_school *a = world_school(world, "Adams");
    world_view_open(a, NULL);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct compose compose;
        struct compose_who who = world_who(a);
        assert_err(cases[i].err, compose_new(a->reader, &who, cases[i].type, cases[i].sections,
                                             false, &compose));
        if (strstr(compose.problems, cases[i].says) == NULL) {
            fail_msg("%zu: \"%s\" is not in %s", i, cases[i].says, compose.problems);
        }
        json_t *list = json_loads(compose.problems, 0, NULL);
        assert_int_equal(json_array_size(list), 1);
        json_decref(list);
        assert_int_equal(compose.revisions_n, 0);
        compose_fini(&compose);
    }
    world_free(world);
}

static void same_again_is_nothing(void **state)
{
    (void)state;
    struct world *world = pair(31);
    struct world_school *a = &world->schools[1];
    char id[33];
    struct compose compose, none;
    struct compose_audience audience;
    world_new_record(a, "cycle", PLANNED, id);
    struct compose_who who = world_who(a);
    assert_err(ERR_EXISTS, compose_edit(a->reader, &who, id,
                                        "{\"head\":{\"title\":\"Week one\"}}", NULL, &compose));
    compose_fini(&compose);
    world_share(a, id, "network");
    assert_ok(compose_audience(a->reader, "network", &audience, &none));
    assert_err(ERR_EXISTS, compose_share(a->reader, &who, id, &audience, &compose));
    assert_non_null(strstr(compose.preview, "Week one"));
    compose_fini(&compose);
    assert_err(ERR_NOT_FOUND, compose_edit(a->reader, &who, "ffffffff", "{}", NULL, &compose));
    compose_fini(&compose);
    compose_fini(&none);
    world_free(world);
}

/* Two people who saw the same state and edit the same field: both are kept. */
static void parents_keep_concurrent_edits(void **state)
{
    (void)state;
    struct world *world = pair(32);
    struct world_school *a = &world->schools[1];
    char id[33], parents[80];
    world_new_record(a, "cycle", PLANNED, id);
    json_t *record = world_show(a, id);
    (void)snprintf(parents, sizeof(parents), "[\"%s\"]", world_text(record, "revisions.0"));
    json_decref(record);
    world_edit(a, id, "{\"plan\":{\"change\":\"Greet by name\"}}");
    struct compose compose;
    struct compose_who who = world_who(a);
    assert_ok(compose_edit(a->reader, &who, id, "{\"plan\":{\"change\":\"Greet twice\"}}",
                           parents, &compose));
    world_do(a, &compose);
    compose_fini(&compose);
    world_sync(world);
    record = world_show(a, id);
    assert_int_equal(json_array_size(json_object_get(record, "also_written")), 1);
    assert_int_equal(json_array_size(json_object_get(record, "revisions")), 2);
    json_decref(record);
    assert_err(ERR_INVALID,
               compose_edit(a->reader, &who, id, "{\"plan\":{}}", "[\"zz\"]", &compose));
    compose_fini(&compose);
    world_free(world);
}

/* An edit that one space lacks is offered, and sharing again brings it up to date. */
static void lagging_is_offered(void **state)
{
    (void)state;
    struct world *world = pair(33);
    struct world_school *a = &world->schools[1], *b = &world->schools[2];
    char id[33];
    struct buf out = {0};
    world_new_record(a, "cycle", PLANNED, id);
    world_share(a, id, "buddies");
    struct compose compose;
    struct compose_who who = world_who(a);
    assert_ok(compose_edit(a->reader, &who, id, "{\"do\":{\"carried_out\":\"yes\"}}", NULL,
                           &compose));
    assert_int_equal(compose.revisions_n, 2);
    compose.revisions_n = 1; /* only the own space got it */
    world_do(a, &compose);
    compose_fini(&compose);
    world_sync(world);
    assert_ok(query_status(a->reader, 0, &out));
    json_t *status = world_parse(&out);
    assert_string_equal(world_text(status, "lagging.0.id"), id);
    assert_string_equal(world_text(status, "lagging.0.audience.class"), "group");
    json_decref(status);
    world_share(a, id, "buddies");
    world_sync(world);
    assert_ok(query_status(a->reader, 0, &out));
    status = world_parse(&out);
    assert_int_equal(json_array_size(json_object_get(status, "lagging")), 0);
    json_decref(status);
    json_t *record = world_show(b, id);
    assert_string_equal(world_text(record, "sections.do.carried_out"), "yes");
    json_decref(record);
    world_free(world);
}

static void adapt_opens_the_next(void **state)
{
    (void)state;
    struct world *world = pair(34);
    struct world_school *a = &world->schools[1];
    char id[33], next[33];
    struct compose compose;
    struct compose_who who = world_who(a);
    world_new_record(a, "cycle", PLANNED, id);
    assert_err(ERR_REFUSED, compose_next_cycle(a->reader, &who, id, NULL, &compose));
    assert_non_null(strstr(compose.problems, "decide first"));
    compose_fini(&compose);
    world_edit(a, id,
               "{\"do\":{\"carried_out\":\"yes\"},\"study\":{\"summary\":\"Half\"},"
               "\"act\":{\"decision\":\"adapt\"}}");
    assert_ok(compose_next_cycle(a->reader, &who, id,
                                 "{\"plan\":{\"change\":\"Greet by name\"}}", &compose));
    world_record_id(next, &compose);
    world_do(a, &compose);
    compose_fini(&compose);
    world_sync(world);
    json_t *record = world_show(a, next);
    assert_int_equal(
        json_integer_value(json_object_get(
            json_object_get(json_object_get(record, "sections"), "head"), "number")),
        2);
    assert_string_equal(world_text(record, "sections.plan.change"), "Greet by name");
    assert_string_equal(world_text(record, "sections.plan.questions.0.question"),
                        "Do they smile?");
    assert_string_equal(world_text(record, "sections.plan.questions.0.prediction"), "");
    json_decref(record);
    record = world_show(a, id);
    assert_string_equal(world_text(record, "derived.next.0.id"), next);
    json_decref(record);
    world_free(world);
}

/* The hub writes to a school and itself by that space's id. */
static void hub_answers_in_the_hubs_space(void **state)
{
    (void)state;
    struct world *world = pair(35);
    struct world_school *hub = &world->schools[0], *a = &world->schools[1];
    char id[33];
    world_new_record(a, "idea", "{\"head\":{\"title\":\"Greet\"}}", id);
    world_share(a, id, "hub");
    world_sync(world);
    struct compose compose;
    struct compose_who who = world_who(hub);
    assert_ok(compose_feedback(hub->reader, &who, id,
                               "{\"head\":{\"kind\":\"warm\",\"text\":\"Lovely\"}}", &compose));
    world_do(hub, &compose);
    compose_fini(&compose);
    world_sync(world);
    struct buf out = {0};
    assert_ok(query_feedback(a->reader, QUERY_FEEDBACK_ON, id, 0, &out));
    json_t *on = world_parse(&out);
    assert_string_equal(world_text(on, "feedback.0.text"), "Lovely");
    assert_string_equal(world_text(on, "feedback.0.space.class"), "hub");
    json_decref(on);
    world_free(world);
}

static void audiences(void **state)
{
    (void)state;
    struct world *world = pair(36);
    struct world_school *hub = &world->schools[0], *a = &world->schools[1];
    struct compose_audience audience;
    struct compose problems;
    static const char *const good[] = {"own", "hub", "network", "buddies", "Baker", "baker"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_ok(compose_audience(a->reader, good[i], &audience, &problems));
        compose_fini(&problems);
    }
    assert_err(ERR_INVALID, compose_audience(a->reader, "everybody", &audience, &problems));
    assert_non_null(strstr(problems.problems, "buddies"));
    compose_fini(&problems);
    assert_err(ERR_INVALID, compose_audience(hub->reader, "buddies", &audience, &problems));
    assert_non_null(strstr(problems.problems, "no buddies yet"));
    compose_fini(&problems);
    world_free(world);
}

/* A school with a planned cycle that it has begun and shared, exported as lines. */
static char *exported_lines(struct world *world, char id[33])
{
    struct world_school *a = &world->schools[1];
    uint64_t next = 0;
    struct buf lines = {0};
    world_new_record(a, "cycle", PLANNED, id);
    world_edit(a, id, "{\"do\":{\"carried_out\":\"yes\"}}");
    world_share(a, id, "buddies");
    world_sync(world);
    assert_ok(query_export(a->reader, true, 0, 100, &next, &lines));
    assert_int_equal(next, 0);
    buf_put_u8(&lines, 0);
    return (char *)lines.data;
}

/* What was exported comes back byte for byte, once. */
static void export_and_import(void **state)
{
    (void)state;
    struct world *world = pair(37);
    struct world_school *a = &world->schools[1];
    char id[33], *lines = exported_lines(world, id);

    /* Into an empty view of the same school, as after the loss of everything but the file. */
    struct world *other = world_new(38);
    struct world_school *same = world_school(other, "Adams");
    same->id = a->id;
    world_view_open(same, NULL);
    size_t taken = 0, skipped = 0;
    for (int round = 0; round < 2; round++) {
        char *copy = mem_strdup(lines);
        for (char *save = NULL, *line = strtok_r(copy, "\n", &save); line != NULL;
             line = strtok_r(NULL, "\n", &save)) {
            struct compose compose;
            struct compose_who who = world_who(same);
            enum err err = compose_import(same->reader, &who, line, &compose);
            if (err == ERR_OK) {
                world_do(same, &compose);
                world_catch_up(same);
                taken++;
            } else {
                assert_int_equal(err, ERR_EXISTS);
                skipped++;
            }
            compose_fini(&compose);
            if (err == ERR_OK && taken == 1) {
                /* A line that was changed by hand is not the revision that it names. */
                char *at = strstr(line, "Greet");
                if (at != NULL) *at = 'g';
                assert_err(ERR_INVALID, compose_import(same->reader, &who, line, &compose));
                compose_fini(&compose);
            }
        }
        free(copy);
    }
    assert_int_equal(taken, 2);
    assert_int_equal(skipped, 4);
    json_t *record = world_show(same, id);
    assert_string_equal(world_text(record, "state"), "doing");
    json_decref(record);
    world_free(other);
    free(lines);
    world_free(world);
}

/* Another school's is refused, or taken over as its own: whole, and once. */
static void an_export_of_another_school(void **state)
{
    (void)state;
    struct world *world = pair(37);
    struct world_school *a = &world->schools[1], *b = &world->schools[2];
    char id[33], *lines = exported_lines(world, id), *save = NULL;
    char *line = strtok_r(lines, "\n", &save);
    struct compose compose;
    struct compose_who who = world_who(b);
    struct world *third = world_new(39);
    struct world_school *c = world_school(third, "Clay");
    world_view_open(c, NULL);
    assert_err(ERR_REFUSED, compose_import(c->reader, &who, line, &compose));
    compose_fini(&compose);
    assert_ok(compose_import(
        c->reader, &who, "{\"type\":\"idea\",\"sections\":{\"head\":{\"title\":\"By hand\"}}}",
        &compose));
    compose_fini(&compose);
    assert_err(ERR_INVALID, compose_import(c->reader, &who, "nonsense", &compose));
    compose_fini(&compose);

    /* As a copy: all its lines together, in the state that shows, and once. */
    const char *all[8] = {line};
    size_t n = 1;
    struct query_key key;
    while (n < 8 && (all[n] = strtok_r(NULL, "\n", &save)) != NULL)
        n++;
    assert_int_equal(n, 3); /* planned and done in its own space, and shared */
    for (size_t i = 0; i < n; i++) {
        assert_true(compose_is_foreign(c->reader, all[i], &key));
        assert_true(school_id_eq(&key.owner, &a->id));
    }
    assert_false(compose_is_foreign(c->reader, "{\"type\":\"idea\"}", &key));
    for (size_t turn = 0; turn < n; turn++) { /* in any order of the lines */
        const char *first = all[0];
        memmove(all, all + 1, (n - 1) * sizeof(*all));
        all[n - 1] = first;
        enum err err = compose_adopt(c->reader, &who, all, n, &compose);
        if (turn > 0) {
            assert_err(ERR_EXISTS, err);
            compose_fini(&compose);
            continue;
        }
        assert_ok(err);
        assert_true(school_id_eq(&compose.key.owner, &c->id));
        char made[33];
        text_hex(made, compose.key.record.b, sizeof(compose.key.record.b));
        world_do(c, &compose);
        world_catch_up(c);
        compose_fini(&compose);
        json_t *record = world_show(c, made);
        assert_string_equal(world_text(record, "state"), "doing"); /* the edit came along */
        json_decref(record);
    }
    world_free(third);
    free(lines);
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(problems_say_what_to_do),
        cmocka_unit_test(same_again_is_nothing),
        cmocka_unit_test(parents_keep_concurrent_edits),
        cmocka_unit_test(lagging_is_offered),
        cmocka_unit_test(adapt_opens_the_next),
        cmocka_unit_test(hub_answers_in_the_hubs_space),
        cmocka_unit_test(audiences),
        cmocka_unit_test(export_and_import),
        cmocka_unit_test(an_export_of_another_school),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
