/* The table of routes: against the document, and what a request meets on its way to a handler.
 */
#include "tests/unit/daemon/api/client.h"

#include "daemon/api/routes.h"

static void every_route_is_documented_and_nothing_else(void **state)
{
    size_t n, found = 0;
    char *text = tests_file("../docs/API.md", &n);

    (void)state;
    for (size_t i = 0; i < routes_n; i++) {
        char heading[200];

        snprintf(heading, sizeof(heading), "\n### %s %s\n", routes_all[i].method,
                 routes_all[i].path);
        if (strstr(text, heading) == NULL) fail_msg("docs/API.md lacks%s", heading);
    }
    for (char *line = strstr(text, "\n### "); line != NULL; line = strstr(line + 1, "\n### ")) {
        char method[16], path[200];
        bool known = false;

        if (sscanf(line, "\n### %15s %199s", method, path) != 2 || path[0] != '/') continue;
        for (size_t i = 0; i < routes_n; i++) {
            known = known || (strcmp(method, routes_all[i].method) == 0 &&
                              strcmp(path, routes_all[i].path) == 0);
        }
        if (!known) fail_msg("docs/API.md has %s %s, which is no route", method, path);
        found++;
    }
    assert_int_equal(found, routes_n);
    free(text);
}

static void every_error_code_is_documented_with_its_status(void **state)
{
    size_t n;
    char *text = tests_file("../docs/API.md", &n);
    unsigned rows = 0;

    (void)state;
    for (int err = 1; err < ERR_COUNT; err++) {
        char row[64];

        snprintf(row, sizeof(row), "| %s | %u |", err_name(err), call_status(err));
        rows += strstr(text, row) != NULL;
        if (strstr(text, row) == NULL && call_status(err) != 422 && call_status(err) != 500) {
            fail_msg("docs/API.md lacks the row %s", row);
        }
    }
    assert_true(rows >= 15);
    free(text);
}

static void routes_are_answered_as_the_table_says(void **state)
{
    struct fake *fake = fake_start(0);
    struct answer answer = fake_ask(fake, "GET", "/v1/routes", NULL);

    (void)state;
    assert_int_equal(answer.status, 200);
    assert_int_equal(json_array_size(json_object_get(answer.json, "items")), routes_n);
    answer_fini(&answer);
    fake_stop(fake);
}

static void what_is_not_there_is_said_to_be(void **state)
{
    struct fake *fake = fake_start(0);
    struct answer answer;

    (void)state;
    assert_refused(fake, "GET", "/v1/nothing", NULL, 404, "NOT_FOUND");
    assert_refused(fake, "GET", "/v1/version/", NULL, 404, "NOT_FOUND");
    assert_refused(fake, "DELETE", "/v1/version", NULL, 405, "METHOD");
    assert_refused(fake, "BREW", "/v1/version", NULL, 405, "METHOD");
    assert_refused(fake, "GET", "/v1/networks/other/status", NULL, 404, "NOT_FOUND");
    assert_refused(fake, "GET", "/v1/networks/main/records?colour=red", NULL, 400, "INVALID");
    assert_refused(fake, "GET", "/v1/networks/main/records?limit=501", NULL, 400, "INVALID");
    assert_refused(fake, "GET", "/v1/networks/main/records?limit=-1", NULL, 400, "INVALID");
    assert_refused(fake, "GET", "/v1/networks/main/members", NULL, 409, "NOT_JOINED");
    assert_refused(fake, "GET", "/v1/networks/main/records/abcdef", NULL, 404, "NOT_FOUND");
    assert_refused(fake, "GET", "/v1/schemas/elephant", NULL, 404, "NOT_FOUND");
    assert_refused(fake, "GET", "/v1/networks/main/jobs/7", NULL, 404, "NOT_FOUND");
    assert_refused(fake, "GET", "/v1/networks/main/reports/none", NULL, 404, "NOT_FOUND");
    assert_refused(fake, "GET", "/", NULL, 404, "NOT_FOUND"); /* the page is on loopback */
    answer = fake_ask(fake, "GET", "/v1/networks/-/status", NULL);
    assert_int_equal(answer.status, 200);
    answer_fini(&answer);
    answer = fake_ask(fake, "GET", "/v1/schemas/cycle", NULL);
    assert_string_equal(answer_str(&answer, "title"), "cycle");
    answer_fini(&answer);
    fake_stop(fake);
}

static void before_init_only_init_is_offered(void **state)
{
    struct fake *fake = fake_start(0);
    struct answer answer;

    (void)state;
    fake->initialised = false;
    assert_refused(fake, "GET", "/v1/networks/main/status", NULL, 409, "NOT_INITIALISED");
    assert_refused(fake, "POST", "/v1/init", "{}", 400, "INVALID");
    assert_refused(fake, "POST", "/v1/init", "{\"school\":\"\"}", 400, "INVALID");
    assert_refused(fake, "POST", "/v1/init", "{\"school\":\"L\",\"network\":\"../x\"}", 400,
                   "INVALID");
    assert_refused(fake, "POST", "/v1/init",
                   "{\"school\":\"L\",\"phrase\":\"w\",\"code\":\"KITHDEV-0\"}", 400,
                   "MALFORMED");
    answer = fake_ask(fake, "POST", "/v1/init", "{\"school\":\"Lincoln\"}");
    assert_int_equal(answer.status, 201);
    assert_string_equal(answer_str(&answer, "words"), "twelve words that nobody has");
    answer_fini(&answer);
    assert_refused(fake, "POST", "/v1/init", "{\"school\":\"Lincoln\"}", 409, "EXISTS");
    fake_stop(fake);
}

/* What a command comes to decides the status and the code, for every row of the table. */
static void every_error_row_reaches_the_person(void **state)
{
    struct fake *fake = fake_start(0);

    (void)state;
    for (int err = 1; err < ERR_COUNT; err++) {
        fake->command_err = err;
        fake->command_reason = err % 2 == 0 ? "because of this" : NULL;
        assert_refused(fake, "POST", "/v1/networks/main/found",
                       "{\"title\":\"N\",\"phrase\":\"good words\"}", (int)call_status(err),
                       err_name(err));
    }
    assert_int_equal(fake->command_last, COMMAND_FOUND);
    fake->command_err = ERR_OK;
    assert_refused(fake, "POST", "/v1/networks/main/found",
                   "{\"title\":\"N\",\"phrase\":\"bad words\"}", 403, "PHRASE");
    fake_stop(fake);
}

static void hostile_bodies_are_refused(void **state)
{
    static const struct {
        const char *body;
        const char *code;
    } bodies[] = {
        {"{\"title\":\"a\",\"title\":\"b\",\"phrase\":\"p\"}", "MALFORMED"},
        {"{\"title\":\"a\"", "MALFORMED"},
        {"{\"title\":\"a\",\"phrase\":\"p\"} x", "MALFORMED"},
        {"{\"title\":\"\\u0000\",\"phrase\":\"p\"}", "MALFORMED"},
        {"{\"title\":\"\xff\",\"phrase\":\"p\"}", "MALFORMED"},
        {"{\"title\":1e999,\"phrase\":\"p\"}", "MALFORMED"},
        {"[]", "INVALID"},
        {"\"text\"", "INVALID"},
        {"{\"title\":7,\"phrase\":\"p\"}", "INVALID"},
        {"{\"title\":\"a\"}", "INVALID"},
        {"{\"title\":\"a\",\"phrase\":\"p\",\"extra\":1}", "INVALID"},
        {"{\"title\":\"a\\nb\",\"phrase\":\"p\"}", "INVALID"},
    };
    struct fake *fake = fake_start(0);
    struct buf deep = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        assert_refused(fake, "POST", "/v1/networks/main/found", bodies[i].body, 400,
                       bodies[i].code);
    }
    for (int i = 0; i < 5000; i++)
        buf_put_str(&deep, "[");
    buf_put_u8(&deep, 0);
    {
        struct answer answer =
            fake_ask(fake, "POST", "/v1/networks/main/found", (const char *)deep.data);

        assert_true(answer.status == 400 || answer.status == 413);
        answer_fini(&answer);
    }
    buf_fini(&deep);
    assert_int_equal(fake->commands, 0); /* nothing of it reached the node */
    fake_stop(fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_is_documented_and_nothing_else),
        cmocka_unit_test(every_error_code_is_documented_with_its_status),
        cmocka_unit_test(routes_are_answered_as_the_table_says),
        cmocka_unit_test(what_is_not_there_is_said_to_be),
        cmocka_unit_test(before_init_only_init_is_offered),
        cmocka_unit_test(every_error_row_reaches_the_person),
        cmocka_unit_test(hostile_bodies_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
