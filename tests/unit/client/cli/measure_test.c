/* Numbers and charts, as a person sees them. */
#include "client/cli/cli.h"

#include "tests/unit/client/cli/fake.h"

#define N "/v1/networks/-"
#define ID                                                              \
    "aaaa000000000000000000000000000000000000000000000000000000000000." \
    "d00d0000000000000000000000000000"
#define M N "/measures/" ID
static const struct fake_row school[] = {
    {.request = "GET " N "/records/d00d",
     .body = "{\"id\": \"d00d0000000000000000000000000000\", \"short\": \"d00d00\", \"type\":"
             " \"measure\", \"title\": \"FAFSA completed\", \"owner\": {\"id\": "
             "\"aaaa000000000000000000000000000000000000000000000000000000000000\", \"name\": "
             "\"Lincoln High School\", \"mine\": true}}"},
    {.request = "GET " M "/chart.svg",
     .raw = "HTTP/1.1 200 OK\r\nContent-Type: image/svg+xml\r\n"
            "Content-Length: 6\r\n\r\n<svg/>"},
    {.request = "GET " M "/chart?of=network", .body = "{\"series\": [], \"periods\": []}"},
    {.request = "GET " M "/chart?groups=1", .file = "chart_groups.json"},
    {.request = "GET " M "/chart?group=Girls%7CBoys&", .file = "chart_groups.json"},
    {.request = "GET " M "/chart", .file = "chart.json"},
    {.request = "GET " M "/grid", .file = "grid.json"},
    {.request = "GET " M "/release?period=2026-10", .file = "release.json"},
    {.request = "POST " M "/release",
     .body = "{\"record\": \"4fa21c00000000000000000000000001\", \"edit\": \"e\"}"},
    {.request = "GET " N "/records/4fa21c00000000000000000000000001/share",
     .file = "share.json"},
    {.request = "POST " N "/records/4fa21c00000000000000000000000001/share",
     .body = "{\"lseq\": \"7\"}"},
    {.request = "POST " M "/points", .file = "numbers.json"},
    {.request = NULL},
};

static void screens(void **state)
{
    (void)state;
    static const struct {
        const char *words[6];
        const char *golden;
    } rows[] = {
        {{"chart", "d00d"}, "chart.txt"},
        {{"chart", "d00d", "--groups"}, "chart_groups.txt"},
        {{"chart", "d00d", "--groups", "--ascii"}, "chart_ascii.txt"},
        {{"chart", "d00d", "--table", "--groups"}, "chart_table.txt"},
        {{"measure", "grid", "d00d"}, "grid.txt"},
        {{"measure", "publish", "d00d", "--period=2026-10", "--check"}, "release.txt"},
    };
    struct fake fake;
    fake_start(&fake, school);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct run run = run_kith(&fake, NULL, rows[i].words);
        assert_string_equal(run.err, "");
        assert_int_equal(run.code, 0);
        if (i != 4) assert_calm(run.out);
        assert_golden(rows[i].golden, run.out);
        run_fini(&run);
    }
    fake_stop(&fake);
}

/* Every terminal can show it: no byte beyond ASCII is drawn. */
static void ascii_is_ascii(void **state)
{
    (void)state;
    struct fake fake;
    fake_start(&fake, school);
    assert_int_equal(setenv("LC_ALL", "C", 1), 0);
    struct run run = RUN(&fake, "chart", "d00d");
    assert_int_equal(setenv("LC_ALL", "C.UTF-8", 1), 0);
    const char *end = strstr(run.out, "Before  Median");
    assert_non_null(end);
    for (const char *p = run.out; p < end; p++)
        assert_true((unsigned char)*p < 0x80);
    run_fini(&run);
    fake_stop(&fake);
}

static void nothing_to_draw_says_what_to_do(void **state)
{
    (void)state;
    struct fake fake;
    fake_start(&fake, school);
    struct run run = RUN(&fake, "chart", "d00d", "--of", "network");
    assert_int_equal(run.code, 0);
    assert_non_null(strstr(run.out, "kith measure point"));
    run_fini(&run);
    run = RUN(&fake, "chart", "d00d", "--group", "Girls", "--group", "Boys", "--limits");
    assert_int_equal(run.code, 0);
    run_fini(&run);
    run = RUN(&fake, "chart", "d00d", "--svg", "-");
    assert_string_equal(run.out, "<svg/>");
    run_fini(&run);
    fake_stop(&fake);
}

static void one_number(void **state)
{
    (void)state;
    struct fake fake;
    fake_start(&fake, school);
    struct run run = RUN(&fake, "measure", "point", "d00d", "50 of 120", "--period", "2026-09",
                         "--group", "Girls", "--annotation", "first");
    assert_int_equal(run.code, 0);
    json_t *body = fake_body(&fake, "POST " M "/points");
    json_t *point = json_array_get(json_object_get(body, "points"), 0);
    assert_int_equal(json_integer_value(json_object_get(point, "numerator")), 50);
    assert_int_equal(json_integer_value(json_object_get(point, "denominator")), 120);
    assert_string_equal(tests_str(point, "period"), "2026-09");
    assert_string_equal(tests_str(point, "group"), "Girls");
    assert_string_equal(tests_str(point, "annotation"), "first");
    json_decref(body);
    run_fini(&run);
    run = RUN(&fake, "measure", "point", "d00d", "many");
    assert_int_equal(run.code, CLI_USAGE);
    run_fini(&run);
    run = RUN(&fake, "measure", "point", "d00d", "--numerator", "-3");
    assert_int_equal(run.code, CLI_USAGE);
    run_fini(&run);
    fake_stop(&fake);
}

/* Line by line what was understood; the question; nothing without an answer. */
static void a_table_is_asked_about(void **state)
{
    (void)state;
    struct fake fake;
    fake_start(&fake, school);
    static const char table[] = "period;Girls\n2026-10;41/60\n";
    struct run run =
        run_kith(&fake, table, (const char *const[]){"measure", "import", "d00d", "-", NULL});
    assert_int_equal(run.code, CLI_USAGE); /* nobody to ask */
    assert_non_null(strstr(run.out, "2  Oct 2026, Girls: 41 of 60 (68.3 %)  new"));
    assert_non_null(strstr(run.out, "changed, was 29 of 50"));
    json_t *body = fake_body(&fake, "POST " M "/points");
    assert_string_equal(tests_str(body, "table"), table);
    assert_true(json_is_true(json_object_get(body, "check")));
    json_decref(body);
    run_fini(&run);
    run =
        run_kith(&fake, table,
                 (const char *const[]){"measure", "grid", "d00d", "--table=-", "--yes", NULL});
    assert_int_equal(run.code, 0);
    body = fake_body(&fake, "POST " M "/points");
    assert_null(json_object_get(body, "check"));
    json_decref(body);
    run_fini(&run);
    fake_stop(&fake);
}

static void a_wrong_line_stops_it(void **state)
{
    (void)state;
    static const struct fake_row rows[] = {
        {.request = "GET " N "/records/d00d",
         .body =
             "{\"id\": \"d00d0000000000000000000000000000\", \"type\": \"measure\", \"owner\":"
             " {\"id\": "
             "\"aaaa000000000000000000000000000000000000000000000000000000000000\"}}"},
        {.request = "POST " M "/points", .file = "numbers_wrong.json"},
        {.request = NULL},
    };
    struct fake fake;
    fake_start(&fake, rows);
    struct run run =
        run_kith(&fake, "period,x\n",
                 (const char *const[]){"measure", "import", "d00d", "-", "--yes", NULL});
    assert_int_equal(run.code, CLI_FAILED);
    assert_non_null(strstr(run.out, "wrong  2026-11, Bo"));
    assert_non_null(strstr(run.out, "numerator: the numerator is larger"));
    assert_null(strchr(run.out, '\x1b'));
    assert_non_null(strstr(run.err, "nothing was written"));
    json_t *body = fake_body(&fake, "POST " M "/points");
    assert_true(json_is_true(json_object_get(body, "check")));
    json_decref(body);
    run_fini(&run);
    fake_stop(&fake);
}

static void publishing_ends_in_the_usual_screen(void **state)
{
    (void)state;
    struct fake fake;
    fake_start(&fake, school);
    struct run run = RUN(&fake, "measure", "publish", "d00d", "--period", "2026-10", "--yes",
                         "--person", "Team");
    assert_string_equal(run.err, "");
    assert_int_equal(run.code, 0);
    assert_non_null(strstr(run.out, "suppressed"));
    assert_non_null(strstr(run.out, "This is what will be read by"));
    json_t *body =
        fake_body(&fake, "POST " N "/records/4fa21c00000000000000000000000001/share");
    assert_string_equal(tests_str(body, "with"), "network");
    assert_string_equal(tests_str(body, "person"), "Team");
    json_decref(body);
    run_fini(&run);
    run = RUN(&fake, "measure", "publish", "d00d");
    assert_int_equal(run.code, CLI_USAGE);
    run_fini(&run);
    fake_stop(&fake);
}

int main(void)
{
    (void)setenv("LC_ALL", "C.UTF-8", 1);
    (void)setenv("TZ", "UTC", 1);
    (void)unsetenv("COLUMNS");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(screens),
        cmocka_unit_test(ascii_is_ascii),
        cmocka_unit_test(nothing_to_draw_says_what_to_do),
        cmocka_unit_test(one_number),
        cmocka_unit_test(a_table_is_asked_about),
        cmocka_unit_test(a_wrong_line_stops_it),
        cmocka_unit_test(publishing_ends_in_the_usual_screen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
