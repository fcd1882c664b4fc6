/* The words that types bring, and types that only the daemon has. */
#include "client/cli/types.h"

#include "client/cli/command.h"
#include "tests/unit/client/cli/fake.h"

#define N "/v1/networks/-"

static const struct fake_row school[] = {
    {.request = "GET /v1/schemas", .body = "{\"items\": [], \"refused\": []}"},
    {.request = "POST " N "/records", .file = "done.json"},
    {.request = NULL},
};

#define WALK                                                                                   \
    "{\"title\":\"hall_walk\",\"type\":\"object\",\"x-label\":\"Hall walk\",\"x-help\":\"Ten " \
    "minutes in the hall.\",\"x-title\":\"seen.where\",\"x-share\":\"hub\",\"properties\":{"   \
    "\"seen\":{\"type\":\"object\",\"required\":[\"where\"],\"properties\":{\"where\":{"       \
    "\"type\":\"string\",\"x-flag\":\"where\"},\"mood\":{\"type\":\"string\",\"enum\":["       \
    "\"calm\","                                                                                \
    "\"wild\"],\"x-flag\":\"mood\"}}}}}"

static void expect_sent(struct fake *fake, const char *sections)
{
    json_t *body = fake_body(fake, "POST " N "/records");
    json_t *expected = json_loads(sections, 0, NULL);
    assert_non_null(expected);
    if (!json_equal(json_object_get(body, "sections"), expected)) {
        fail_msg("%s", fake_seen(fake, "POST " N "/records"));
    }
    json_decref(expected);
    json_decref(body);
}

/* Entries, lists within entries, what is missing, and with whom it is usually shared. */
static void a_type_brings_its_own_words(void **state)
{
    (void)state;
    struct fake fake;
    fake_start(&fake, school);
    struct run run = RUN(&fake, "strategy", "add", "Our way", "--entry", "Forms first",
                         "--entry-criterion", "meets a felt need now", "--entry-criterion",
                         "changes-what-drives-cost", "--entry", "Then visits");
    if (run.code != 0) fail_msg("%s", run.err);
    expect_sent(&fake,
                "{\"head\":{\"title\":\"Our way\"},\"entry_points\":{\"list\":[{\"what\":"
                "\"Forms first\",\"criteria\":[\"meets-a-felt-need-now\","
                "\"changes-what-drives-cost\"]},{\"what\":\"Then visits\"}]}}");
    run_fini(&run);
    run = RUN(&fake, "progress-score", "add", "Two teams test");
    assert_int_equal(run.code, CLI_USAGE);
    assert_non_null(strstr(run.err, "Score (--score): fill this in"));
    run_fini(&run);
    run = RUN(&fake, "progress-score", "add", "Two teams test", "--score", "3.5");
    assert_int_equal(run.code, CLI_DONE);
    assert_non_null(strstr(run.out, "--with hub widens that"));
    run_fini(&run);
    run = RUN(&fake, "tension-rating", "add", "autumn", "--pace", "2");
    assert_non_null(strstr(run.out, "Nobody is named in it"));
    run_fini(&run);
    fake_stop(&fake);
}

static void a_form_is_a_beginning(void **state)
{
    (void)state;
    struct fake fake;
    fake_start(&fake, school);
    struct run run = RUN(&fake, "survey", "add", "Ours", "--form", "thirteen-conditions",
                         "--statement", "We read this together");
    if (run.code != 0) fail_msg("%s", run.err);
    json_t *body = fake_body(&fake, "POST " N "/records");
    const json_t *sections = json_object_get(body, "sections");
    assert_string_equal(json_string_value(schema_get(sections, "head.title")), "Ours");
    assert_int_equal(json_array_size(schema_get(sections, "form.statements")), 14);
    json_decref(body);
    run_fini(&run);
    run = RUN(&fake, "survey", "add", "--form", "every-voice");
    assert_int_equal(run.code, CLI_USAGE);
    assert_non_null(strstr(run.err, "no form every-voice of the type survey"));
    run_fini(&run);
    fake_stop(&fake);
}

/* What only the daemon knows is asked of it: a type from a file beside it. */
static void the_daemon_brings_types_of_its_own(void **state)
{
    (void)state;
    static const struct fake_row brings[] = {
        {.request = "GET /v1/schemas/hall_walk", .body = WALK},
        {.request = "GET /v1/schemas",
         .body =
             "{\"items\":[{\"type\":\"idea\",\"built_in\":true},{\"type\":\"hall_walk\","
             "\"built_in\":false}],\"refused\":[{\"file\":\"cut.json\",\"text\":\"line 3: it "
             "is not well-formed JSON\"}]}"},
        {.request = "POST " N "/records", .file = "done.json"},
        {.request = NULL},
    };
    struct fake fake;
    fake_start(&fake, brings);
    struct run run = RUN(&fake, "hall-walk", "add", "North stairs", "--mood", "wild");
    if (run.code != 0) fail_msg("%s", run.err);
    expect_sent(&fake, "{\"seen\":{\"where\":\"North stairs\",\"mood\":\"wild\"}}");
    assert_non_null(strstr(run.out, "--with hub"));
    run_fini(&run);
    run = RUN(&fake, "help", "types");
    assert_non_null(strstr(run.out, "Types of our own"));
    assert_non_null(strstr(run.out, "hall-walk"));
    assert_non_null(strstr(run.out, "cut.json  line 3"));
    const struct schema_set *set = command_schemas();
    for (size_t i = 0; i < schema_set_count(set); i++) {
        char name[65];
        (void)snprintf(name, sizeof(name), "  %s", schema_set_at(set, i)->type);
        for (char *p = name; *p != '\0'; p++) {
            if (*p == '_') *p = '-';
        }
        if (strstr(run.out, name) == NULL) fail_msg("%s is not listed", name);
    }
    run_fini(&run);
    fake_stop(&fake);
    fake_start(&fake, school); /* another daemon does not know it */
    run = RUN(&fake, "hall-walk", "add", "North stairs");
    assert_int_equal(run.code, CLI_USAGE);
    run_fini(&run);
    fake_stop(&fake);
}

int main(void)
{
    setenv("TZ", "UTC", 1);
    unsetenv("COLUMNS");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_type_brings_its_own_words),
        cmocka_unit_test(a_form_is_a_beginning),
        cmocka_unit_test(the_daemon_brings_types_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
