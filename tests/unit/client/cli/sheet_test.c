/* A spreadsheet on the command line: what is shown, what is asked, what is sent. */
#include "tests/unit/client/cli/fake.h"

#include "client/cli/sheet.h"

#define N "/v1/networks/-"
#define ABOUT                                                                                  \
    "\"type\": \"cycle\", \"encoding\": \"utf-8\", \"encoding_guessed\": false, "              \
    "\"delimiter\": \";\", \"turned\": false, \"dates\": \"dmy\", \"columns\": [{\"column\": " \
    "1, \"header\": \"Test\", \"place\": \"head.title\", \"label\": \"Title\", \"by\": "       \
    "\"guess\", \"sample\": \"A\"}, {\"column\": 2, \"header\": \"Room\", \"place\": null, "   \
    "\"label\": null, \"by\": null, \"sample\": \"204\"}]"
#define LINE(is, more)                                                          \
    "{\"line\": 2, \"is\": " is ", \"title\": \"A\", \"fields\": [{\"place\": " \
    "\"head.start\", \"label\": \"Start\", \"value\": \"3/4/2026\", \"note\": " \
    "\"2026-04-03\"}], \"problems\": [" more "]}"

static void assert_says(const char *text, const char *words)
{
    if (strstr(text, words) == NULL) fail_msg("\"%s\" is not in:\n%s", words, text);
}

/* A file of its own for each test; removed by it. */
static const char *file(const char *text)
{
    static char path[64];
    FILE *f;

    snprintf(path, sizeof(path), "/tmp/kith-sheet-%d.csv", (int)getpid());
    f = fopen(path, "we");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    return path;
}

static void tables_and_lines_are_told_apart(void **state)
{
    (void)state;
    assert_true(sheet_is(slice_of("Title,Start\n", 12)));
    assert_true(sheet_is(slice_of("\xef\xbb\xbf\nTitle", 9)));
    assert_false(sheet_is(slice_of(" {\"type\":1}", 11)));
    assert_false(sheet_is(slice_of("\xef\xbb\xbf{", 4)));
    assert_false(sheet_is(slice_of("", 0)));
}

static void it_is_shown_line_by_line_and_written(void **state)
{
    static const struct fake_row rows[] = {
        {.request = "POST " N "/tables",
         .body = "{" ABOUT ", \"questions\": [], \"lines\": [" LINE(
             "\"new\"",
             "") "], "
                 "\"counts\": {\"new\": 1, \"same\": 0, \"differs\": 0, \"bad\": 0}, "
                 "\"token\": \"t1\", \"written\": 1, \"lseq\": \"7\"}"},
        {.request = NULL},
    };
    struct fake fake;
    struct run run;

    (void)state;
    fake_start(&fake, rows);
    run = RUN(&fake, "import", file("Test;Room;Start\nA;204;3/4/2026\n"), "--yes", "--type",
              "cycle", "--column", "Our bet=prediction", "--column", "Room=", "--set",
              "objective=x", "--dates", "dmy", "--person", "a counsellor");
    if (run.code != CLI_DONE) fail_msg("%s", run.err);
    assert_says(run.out,
                "1 of Cycles, a line each, parted by semicolons, in");
    assert_says(run.out, "Test  → Title");
    assert_says(run.out, "Room  not used");
    assert_says(run.out, "line 2   new      A");
    assert_says(run.out, "Start: 3/4/2026 = 2026-04-03");
    assert_says(run.out, "Wrote 1, all at once.");
    assert_int_equal(fake.n_seen, 2); /* a look, then the same with its token */
    assert_says(fake.seen[0], "\"columns\":{\"Our bet\":\"plan.questions[].prediction\","
                              "\"Room\":\"\"}");
    assert_says(fake.seen[0], "\"set\":{\"plan.objective\":\"x\"}");
    assert_says(fake.seen[0], "\nTest;Room;Start\nA;204;3/4/2026\n");
    assert_null(strstr(fake.seen[0], "\"write\""));
    assert_says(fake.seen[1], "\"write\":true");
    assert_says(fake.seen[1], "\"token\":\"t1\"");
    run_fini(&run);
    fake_stop(&fake);
    unlink(file(""));
}

static void a_wrong_line_stops_it(void **state)
{
    static const struct fake_row rows[] = {
        {.request = "POST " N "/tables",
         .body = "{" ABOUT
                 ", \"questions\": [], \"lines\": [" LINE(
                     "null", "{\"line\": 2, \"column\": 3, \"header\": \"When\", \"place\": "
                             "\"head.start\", \"label\": \"Start\", \"text\": \"this is no "
                             "day\"}") "], "
                                       "\"counts\": {\"new\": 0, \"same\": 0, \"differs\": 0, "
                                       "\"bad\": 1}, "
                                       "\"token\": \"t1\", \"written\": 0}"},
        {.request = NULL},
    };
    struct fake fake;
    struct run run;

    (void)state;
    fake_start(&fake, rows);
    run = RUN(&fake, "import", file("Test\nA\n"), "--yes");
    assert_int_equal(run.code, CLI_FAILED);
    assert_says(run.out, "line 2   wrong    A");
    assert_says(run.out, "Start, column When: this is no day");
    assert_says(run.err, "1 line is not right: nothing was written.");
    assert_int_equal(fake.n_seen, 1);
    run_fini(&run);
    fake_stop(&fake);
    unlink(file(""));
}

static void with_nobody_to_ask_a_question_is_said(void **state)
{
    static const struct fake_row rows[] = {
        {.request = "POST " N "/tables",
         .body =
             "{" ABOUT ", \"questions\": [{\"about\": \"dates\", \"text\": \"Does the day or "
             "the month come first?\", \"choices\": [\"dmy\", \"mdy\"]}], \"lines\": [], "
             "\"counts\": {}, \"token\": \"t1\", \"written\": 0}"},
        {.request = NULL},
    };
    struct fake fake;
    struct run run;

    (void)state;
    fake_start(&fake, rows);
    run = RUN(&fake, "import", file("Test\nA\n"), "--yes");
    assert_int_equal(run.code, CLI_USAGE);
    assert_says(run.err, "Does the day or the month come first?");
    assert_says(run.err, "--dates");
    assert_int_equal(fake.n_seen, 1);
    run_fini(&run);
    run = RUN(&fake, "import", file("Test\nA\n"), "--column", "A=title");
    assert_int_equal(run.code, CLI_USAGE);
    assert_says(run.err, "--type");
    run_fini(&run);
    run = RUN(&fake, "import", file("Test\nA\n"), "--type", "cicle");
    assert_int_equal(run.code, CLI_USAGE);
    run_fini(&run);
    fake_stop(&fake);
    unlink(file(""));
}

static void where_an_export_goes_is_said_once(void **state)
{
    static const struct fake_row rows[] = {{.request = NULL}};
    struct fake fake;
    struct run run;

    (void)state;
    fake_start(&fake, rows);
    run = RUN(&fake, "export", "a.jsonl", "--csv", "b");
    assert_int_equal(run.code, CLI_USAGE);
    run_fini(&run);
    run = RUN(&fake, "export", "--follow");
    assert_int_equal(run.code, CLI_USAGE);
    run_fini(&run);
    run = RUN(&fake, "export", "--to", "mysql://x");
    assert_int_equal(run.code, CLI_USAGE);
    assert_says(run.err, "only PostgreSQL");
    run_fini(&run);
    fake_stop(&fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_and_lines_are_told_apart),
        cmocka_unit_test(it_is_shown_line_by_line_and_written),
        cmocka_unit_test(a_wrong_line_stops_it),
        cmocka_unit_test(with_nobody_to_ask_a_question_is_said),
        cmocka_unit_test(where_an_export_goes_is_said_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
