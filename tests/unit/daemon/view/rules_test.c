/* What the hints of a type ask of a write: how far, after whom, pointing at what. */
#include "proto/base/text.h"
#include "tests/unit/daemon/view/world.h"

static struct world *trio(uint64_t seed)
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

/* "SCHOOL/RECORD" of a school's own record. */
static const char *ref_of(const struct world_school *school, const char *id, char out[98])
{
    char owner[65];
    text_hex(owner, school->id.b, sizeof(school->id.b));
    (void)snprintf(out, 98, "%s/%s", owner, id);
    return out;
}

static enum err try_share(struct world_school *a, const char *id, const char *with,
                          char why[200])
{
    struct compose compose, none;
    struct compose_audience audience;
    struct compose_who who = world_who(a);
    assert_ok(compose_audience(a->reader, with, &audience, &none));
    enum err err = compose_share(a->reader, &who, id, &audience, &compose);
    (void)snprintf(why, 200, "%s", compose.problems);
    compose_fini(&compose);
    compose_fini(&none);
    return err;
}

static enum err try_new(struct world_school *a, const char *type, const char *sections,
                        char why[200])
{
    struct compose compose;
    struct compose_who who = world_who(a);
    enum err err = compose_new(a->reader, &who, type, sections, false, &compose);
    (void)snprintf(why, 200, "%s", compose.problems);
    compose_fini(&compose);
    return err;
}

#define REF                                                             \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef/" \
    "0123456789abcdef0123456789abcdef"

static void a_record_goes_no_further_than_its_type(void **state)
{
    (void)state;
    static const struct {
        const char *type, *sections;
        enum err hub, buddies, network;
        const char *says;
    } rows[] = {
        {"point", "{\"head\":{\"measure\":\"" REF "\",\"period\":\"2026-03-02\",\"value\":1}}",
         ERR_OK, ERR_REFUSED, ERR_REFUSED, "Points go to the hub alone, no further"},
        {"coaching_note", "{\"head\":{\"text\":\"We looked at week three\"}}", ERR_OK, ERR_OK,
         ERR_REFUSED, "Coaching notes go to buddies or the hub, not to the whole network"},
        {"tension_rating", "{\"head\":{\"round\":\"spring\"},\"pace\":{\"now\":2}}",
         ERR_REFUSED, ERR_REFUSED, ERR_REFUSED,
         "Tension ratings stay with the school that wrote them"},
        {"story", "{\"head\":{\"title\":\"The first letter\"}}", ERR_OK, ERR_OK, ERR_OK, ""},
        {"moon_phase", "{\"head\":{\"title\":\"Full\"}}", ERR_OK, ERR_OK, ERR_OK, ""},
    };
    struct world *world = trio(60);
    struct world_school *a = &world->schools[1];
    char id[33], why[200];
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        world_new_record(a, rows[i].type, rows[i].sections, id);
        assert_err(rows[i].hub, try_share(a, id, "hub", why));
        assert_err(rows[i].buddies, try_share(a, id, "buddies", why));
        assert_err(rows[i].network, try_share(a, id, "network", why));
        assert_non_null(strstr(why, rows[i].says));
    }
    world_free(world);
}

static void who_rates_is_not_written_down(void **state)
{
    (void)state;
    struct world *world = trio(61);
    struct world_school *a = &world->schools[1];
    struct compose_who who = world_who(a);
    struct compose compose;
    struct revision revision;
    who.person = "grade 9 lead";
    assert_ok(compose_new(a->reader, &who, "tension_rating",
                          "{\"head\":{\"round\":\"spring\"},\"pace\":{\"now\":2,\"should\":5}}",
                          false, &compose));
    assert_int_equal(compose.revisions_n, 1);
    assert_ok(
        revision_decode(compose.revisions[0].body, &compose.revisions[0].id, &revision, NULL));
    assert_string_equal(revision.person, "");
    assert_string_equal(revision.at, "2026-03-01T00:00:00Z"); /* it was half past nine */
    revision_fini(&revision);
    char id[33];
    text_hex(id, compose.key.record.b, sizeof(compose.key.record.b));
    world_do(a, &compose);
    compose_fini(&compose);
    world_sync(world);
    json_t *shown = world_show(a, id);
    assert_string_equal(world_text(shown, "title"), "Tension rating");
    assert_true(json_is_true(json_object_get(shown, "withheld")));
    assert_int_equal(json_object_size(json_object_get(shown, "sections")), 0);
    json_decref(shown);
    struct buf out = {0};
    assert_ok(query_record(a->reader, id, true, 0, &out));
    buf_put_u8(&out, 0);
    assert_null(strstr((const char *)out.data, "should"));
    assert_null(strstr((const char *)out.data, "PC 1"));
    out.len = 0;
    assert_ok(query_search(a->reader, "spring", NULL, 10, &out));
    json_t *found = world_parse(&out);
    assert_int_equal(json_array_size(json_object_get(found, "found")), 0);
    json_decref(found);
    assert_err(ERR_REFUSED,
               compose_edit(a->reader, &who, id, "{\"pace\":{\"now\":3}}", NULL, &compose));
    assert_non_null(strstr(compose.problems, "as it was given"));
    compose_fini(&compose);
    world_free(world);
}

/* A request that only the hub reads is answered where the hub reads it, and nowhere else. */
static void an_answer_goes_where_its_request_is_read(void **state)
{
    (void)state;
    struct world *world = trio(62);
    struct world_school *hub = &world->schools[0], *a = &world->schools[1],
                        *b = &world->schools[2];
    char request[33], answer[33], ref[98], body[300], why[200];
    world_new_record(a, "support_request", "{\"head\":{\"need\":\"A counsellor for a day\"}}",
                     request);
    ref_of(a, request, ref);
    (void)snprintf(body, sizeof(body), "{\"head\":{\"request\":\"%s\",\"text\":\"Tuesday\"}}",
                   ref);
    assert_err(ERR_NOT_FOUND, try_new(hub, "support_answer", body, why));
    world_share(a, request, "hub");
    world_sync(world);
    world_new_record(hub, "support_answer", body, answer);
    world_sync(world);
    json_t *shown = world_show(a, answer);
    assert_string_equal(world_text(shown, "shown_in.class"), "hub");
    assert_string_equal(world_text(shown, "owner.name"), "Hub");
    json_decref(shown);
    struct buf out = {0};
    assert_err(ERR_NOT_FOUND, query_record(b->reader, answer, false, 0, &out));
    buf_fini(&out);
    world_free(world);
}

/* The other side's promise is a record of its own; on one's own private visit it is private. */
static void a_commitment_follows_its_visit(void **state)
{
    (void)state;
    struct world *world = trio(63);
    struct world_school *a = &world->schools[1], *b = &world->schools[2];
    char visit[33], ours[33], theirs[33], ref[98], body[300], why[200];
    world_new_record(a, "visit", "{\"head\":{\"title\":\"Two grade 9 rooms\"}}", visit);
    ref_of(a, visit, ref);
    (void)snprintf(body, sizeof(body), "{\"head\":{\"to\":\"%s\",\"what\":\"Come again\"}}",
                   ref);
    world_new_record(a, "commitment", body, ours);
    json_t *shown = world_show(a, ours);
    assert_string_equal(world_text(shown, "shown_in.class"), "own");
    json_decref(shown);
    assert_err(ERR_NOT_FOUND, try_new(b, "commitment", body, why));
    world_share(a, visit, "buddies");
    world_sync(world);
    world_new_record(b, "commitment", body, theirs);
    world_sync(world);
    shown = world_show(a, theirs);
    assert_string_equal(world_text(shown, "shown_in.class"), "group");
    assert_string_equal(world_text(shown, "links.0.path"), "head.to");
    assert_string_equal(world_text(shown, "links.0.ref"), ref);
    assert_string_equal(world_text(shown, "links.0.record.title"), "Two grade 9 rooms");
    json_decref(shown);
    /* Both promises hang on the visit, and neither is the visit's. */
    shown = world_show(a, visit);
    assert_string_equal(world_text(shown, "linked.0.type"), "commitment");
    assert_string_equal(world_text(shown, "linked.0.records.0.id"), theirs);
    assert_string_equal(world_text(shown, "linked.0.records.1.id"), ours);
    json_t *group = json_array_get(json_object_get(shown, "linked"), 0);
    assert_int_equal(json_integer_value(json_object_get(group, "count")), 2);
    json_decref(shown);
    world_free(world);
}

#define FORM                                                                                   \
    "{\"head\":{\"title\":\"How we meet\"},\"scale\":{\"labels\":[\"no\",\"so-so\",\"yes\"]}," \
    "\"form\":{\"statements\":[{\"id\":\"s1\",\"text\":\"We begin in time\"},"                 \
    "{\"id\":\"s2\",\"text\":\"Everybody speaks\"}]}}"

static void answers_are_to_the_forms_statements(void **state)
{
    (void)state;
    static const struct {
        const char *answers;
        enum err err;
        const char *says;
    } rows[] = {
        {"[{\"id\":\"s1\",\"answer\":3},{\"id\":\"s2\",\"dont_know\":true}]", ERR_OK, "[]"},
        {"[{\"id\":\"s3\",\"answer\":1}]", ERR_INVALID, "answers to"},
        {"[{\"id\":\"s1\",\"answer\":4}]", ERR_INVALID, "use 3 or less"},
        {"[{\"id\":\"s1\",\"answer\":0}]", ERR_INVALID, "use 1 or more"},
    };
    struct world *world = trio(64);
    struct world_school *a = &world->schools[1];
    char survey[33], ref[98], body[400], why[200];
    world_new_record(a, "survey", FORM, survey);
    ref_of(a, survey, ref);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        (void)snprintf(body, sizeof(body),
                       "{\"head\":{\"survey\":\"%s\"},\"answers\":{\"list\":%s}}", ref,
                       rows[i].answers);
        assert_err(rows[i].err, try_new(a, "survey_response", body, why));
        assert_non_null(strstr(why, rows[i].says));
    }
    (void)snprintf(body, sizeof(body),
                   "{\"head\":{\"survey\":\"" REF "\"},\"answers\":{\"list\":"
                   "[{\"id\":\"s1\",\"answer\":1}]}}");
    assert_err(ERR_INVALID, try_new(a, "survey_response", body, why));
    assert_non_null(strstr(why, "is not here"));
    world_free(world);
}

static void most_causes_elsewhere_are_asked_about(void **state)
{
    (void)state;
    static const struct {
        const char *sections;
        bool told;
    } rows[] = {
        {"{\"head\":{\"title\":\"Few apply\"},\"causes\":{\"list\":["
         "{\"cause\":\"No time\",\"locus\":\"students-and-families\"},"
         "{\"cause\":\"No help\",\"locus\":\"students-and-families\"},"
         "{\"cause\":\"Late letters\",\"locus\":\"our-practice\"}]}}",
         true},
        {"{\"head\":{\"title\":\"Few apply\"},\"causes\":{\"list\":["
         "{\"cause\":\"No time\",\"locus\":\"students-and-families\"},"
         "{\"cause\":\"Late letters\",\"locus\":\"our-practice\"}]}}",
         false},
        {"{\"head\":{\"title\":\"Few apply\"}}", false},
    };
    struct world *world = trio(65);
    struct world_school *a = &world->schools[1];
    struct compose_who who = world_who(a);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct compose compose;
        assert_ok(
            compose_new(a->reader, &who, "root_cause", rows[i].sections, false, &compose));
        assert_int_equal(strstr(compose.warnings, "our own practice") != NULL, rows[i].told);
        compose_fini(&compose);
    }
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_goes_no_further_than_its_type),
        cmocka_unit_test(who_rates_is_not_written_down),
        cmocka_unit_test(an_answer_goes_where_its_request_is_read),
        cmocka_unit_test(a_commitment_follows_its_visit),
        cmocka_unit_test(answers_are_to_the_forms_statements),
        cmocka_unit_test(most_causes_elsewhere_are_asked_about),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
