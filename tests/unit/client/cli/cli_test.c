#include "client/cli/cli.h"

#include <time.h>

#include "client/cli/api.h"
#include "client/cli/command.h"
#include "client/cli/line.h"
#include "tests/unit/client/cli/fake.h"

#define N "/v1/networks/-"
static const struct fake_row school[] = {
    {.request = "GET " N "/status", .file = "status.json"},
    {.request = "GET " N "/records?type=idea&text=parent%20night", .file = "ideas.json"},
    {.request = "GET " N "/records?type=idea", .body = "{\"items\": []}"},
    {.request = "GET " N "/records?type=cycle", .file = "records.json"},
    {.request = "GET " N "/records/4fa2", .file = "cycle.json"},
    {.request =
         "GET " N "/records/aaaa000000000000000000000000000000000000000000000000000000000000."
         "4fa21c00000000000000000000000001/share",
     .file = "share.json"},
    {.request =
         "GET " N "/records/aaaa000000000000000000000000000000000000000000000000000000000000."
         "4fa21c00000000000000000000000001",
     .file = "cycle.json"},
    {.request = "GET " N "/records/7be0", .file = "idea.json"},
    {.request = "GET " N "/records/bbbb", .file = "idea.json"},
    {.request = "GET " N "/feedback?which=got", .file = "feedback.json"},
    {.request = "GET " N "/feedback?which=owed", .file = "owed.json"},
    {.request = "GET " N "/buddies", .file = "buddies.json"},
    {.request = "GET " N "/board", .file = "board.json"},
    {.request = "GET " N "/search", .file = "search.json"},
    {.request = "GET " N "/feed", .file = "feed.json"},
    {.request = "GET " N "/reports/summary", .file = "report.json"},
    {.request = "GET " N "/records", .file = "records.json"},
    {.request =
         "POST " N "/cycles/aaaa000000000000000000000000000000000000000000000000000000000000."
         "4fa21c00000000000000000000000001/act",
     .file = "acted.json"},
    {.request = "POST " N "/cycles", .file = "done.json"},
    {.request = "POST " N "/records", .file = "done.json"},
    {.request = "PATCH " N "/records", .body = "{\"lseq\": \"5\", \"spaces\": []}"},
    {.request = NULL},
};

static void every_command_has_help_and_an_example(void **state)
{
    (void)state;
    const struct command *command;
    size_t n = 0;
    for (size_t at = 0; (command = command_next(&at)) != NULL; n++) {
        char first[64], second[64] = "";
        snprintf(first, sizeof(first), "%.*s", (int)strcspn(command->name, " "), command->name);
        const char *rest = strchr(command->name, ' ');
        if (rest != NULL) snprintf(second, sizeof(second), "%s", rest + 1);
        struct run run = RUN(NULL, "help", first, rest == NULL ? NULL : second);
        assert_int_equal(run.code, CLI_DONE);
        const char *example = strstr(run.out, "\nExample\n  kith ");
        if (example == NULL) fail_msg("kith help %s has no example", command->name);
        if (strncmp(command->example, "kith ", 5) != 0) fail_msg("%s", command->name);
        assert_non_null(strstr(run.out, command->name));
        assert_true(strlen(command->help) > 10);
        assert_true(strlen(command->summary) <= 60);
        for (const char *line = run.out; *line != '\0'; line += strcspn(line, "\n") + 1) {
            size_t bytes = strcspn(line, "\n");
            if (line_width(line, bytes) > 80) fail_msg("over 80 columns: %s", line);
        }
        run_fini(&run);
    }
    assert_true(n > 60);
}

/* What is in every example is understood: its command, its options. */
static void every_example_is_understood(void **state)
{
    (void)state;
    struct fake fake;
    static const struct fake_row nothing[] = {{.request = NULL}};
    const struct command *command;
    fake_start(&fake, nothing);
    for (size_t at = 0; (command = command_next(&at)) != NULL;) {
        char words[16][200], example[400];
        const char *argv[17];
        size_t n = 0;
        bool quoted = false;
        snprintf(example, sizeof(example), "%s", command->example);
        if (strncmp(command->name, "completion", 10) == 0) continue; /* a redirection */
        if (strstr(command->name, "stop") != NULL) continue;
        words[0][0] = '\0';
        size_t length = 0;
        for (const char *p = example + 5;; p++) { /* as a shell splits it */
            if (*p == '\\' && p[1] == '\n') {
                p++;
            } else if (*p == '"') {
                quoted = !quoted;
                continue;
            } else if (*p == '\0' || *p == '\n' || (*p == ' ' && !quoted)) {
                words[n][length] = '\0';
                if (length > 0) argv[n] = words[n], n++;
                length = 0;
            } else {
                words[n][length++] = *p;
                continue;
            }
            if (*p == '\0' || (*p == '\n' && p[-1] != '\\')) break;
        }
        argv[n] = NULL;
        struct run run = run_kith(&fake, NULL, argv);
        if (strstr(run.err, "There is no option") != NULL ||
            strstr(run.err, "no command") != NULL || strstr(run.err, "too many") != NULL ||
            strstr(run.err, "missing here") != NULL) {
            fail_msg("%s\n%s", command->example, run.err);
        }
        run_fini(&run);
    }
    fake_stop(&fake);
}

static void mistakes_exit_2_and_say_what_is_near(void **state)
{
    (void)state;
    static const struct {
        const char *words[6];
        const char *says;
    } rows[] = {
        {{"cylce", "plan"}, "Did you mean: kith cycle plan?"},
        {{"cylce"}, "Did you mean: kith cycle?"},
        {{"cycle", "pln"}, "Did you mean: kith cycle plan?"},
        {{"feed", "--limt", "3"}, "Did you mean --limit?"},
        {{"feed", "--limit"}, "--limit needs a value"},
        {{"share"}, "missing"},
        {{"status", "now"}, "a word too many"},
        {{"--jsn", "feed"}, "Did you mean --json?"},
        {{"idea", "add", "--kind", "redsign"}, "Kind"},
        {{"idea", "add", "--predict", "x"}, "There is no option --predict"},
        {{"cycle", "do", "4fa2", "--carried-out", "perhaps"}, "Carried out"},
    };
    struct fake fake;
    fake_start(&fake, school);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct run run = run_kith(&fake, NULL, rows[i].words);
        if (run.code != CLI_USAGE) fail_msg("%s: %d %s", rows[i].says, run.code, run.err);
        assert_non_null(strstr(run.err, rows[i].says));
        assert_string_equal(run.out, "");
        run_fini(&run);
    }
    struct run run = RUN(NULL, "cycle");
    assert_int_equal(run.code, CLI_USAGE);
    assert_non_null(strstr(run.err, "cycle study"));
    run_fini(&run);
    fake_stop(&fake);
}

static void the_exit_code_follows_the_error(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        int status, exit;
    } rows[] = {
        {"{\"error\": {\"code\": \"NOT_FOUND\", \"message\": \"no such\", \"hint\": \"look\"}}",
         404, 3},
        {"{\"error\": {\"code\": \"INVALID\", \"message\": \"bad\", \"hint\": \"mend it\", "
         "\"path\": \"$.x\"}}",
         400, 1},
        {"{\"error\": {\"code\": \"NOT_JOINED\", \"message\": \"not in one\", \"hint\": "
         "\"join\"}}",
         409, 5},
        {"{\"error\": {\"code\": \"PHRASE\", \"message\": \"wrong words\", \"hint\": \"look "
         "again\"}}",
         403, 5},
        {"{\"error\": {\"code\": \"NO_SPACE\", \"message\": \"full\", \"hint\": \"make "
         "room\"}}",
         507, 1},
        {"{\"error\": {\"code\": \"A_NEW_ONE\", \"message\": \"new\", \"hint\": \"\"}}", 499,
         1},
        {"<html>", 500, 1},
        {"not json", 200, 1},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct fake_row answers[] = {
            {.request = "GET ", .status = rows[i].status, .body = rows[i].body},
            {.request = NULL}};
        struct fake fake;
        fake_start(&fake, answers);
        struct run run = RUN(&fake, "status");
        assert_int_equal(run.code, rows[i].exit);
        assert_true(run.n_err > 6);
        assert_string_equal(run.out, "");
        run_fini(&run);
        fake_stop(&fake);
    }
    struct run run = RUN(NULL, "--data", "/tmp/kith-cli-nowhere", "status");
    assert_int_equal(run.code, CLI_UNREACHABLE);
    assert_non_null(strstr(run.err, "kithd --data /tmp/kith-cli-nowhere"));
    run_fini(&run);
    run = RUN(NULL, "--data", "/tmp/kith-cli-nowhere", "--json", "status");
    assert_int_equal(run.code, CLI_UNREACHABLE);
    json_t *error = json_loads(run.err, 0, NULL);
    assert_string_equal(tests_str(json_object_get(error, "error"), "code"), "UNREACHABLE");
    json_decref(error);
    run_fini(&run);
}

static void json_is_the_answer_and_nothing_else(void **state)
{
    (void)state;
    static const struct {
        const char *words[8];
        const char *file;
    } rows[] = {
        {{"--json", "status"}, "status.json"},
        {{"list", "cycle", "--json"}, "records.json"},
        {{"show", "4fa2", "--json"}, "cycle.json"},
        {{"search", "--json", "parent", "night"}, "search.json"},
        {{"report", "--json"}, "report.json"},
        {{"cycle", "do", "4fa2", "--observation", "x", "--json"}, NULL},
    };
    struct fake fake;
    fake_start(&fake, school);
    for (size_t i = 0; i < 5; i++) {
        char path[100];
        snprintf(path, sizeof(path), "unit/client/cli/data/%s", rows[i].file);
        json_t *expected = tests_json(path);
        struct run run = run_kith(&fake, NULL, rows[i].words);
        json_t *got = json_loads(run.out, JSON_REJECT_DUPLICATES, NULL);
        assert_int_equal(run.code, 0);
        assert_true(json_equal(expected, got));
        assert_string_equal(run.err, "");
        /* members stand as the daemon wrote them: the same text every time, on one line */
        char *text = json_dumps(expected, JSON_COMPACT);
        assert_memory_equal(run.out, text, strlen(text));
        assert_string_equal(run.out + strlen(text), "\n");
        free(text);
        json_decref(expected);
        json_decref(got);
        run_fini(&run);
    }
    fake_stop(&fake);
}

static void screens_are_calm_and_fit_80_columns(void **state)
{
    (void)state;
    static const struct {
        const char *words[5];
        const char *golden;
    } rows[] = {
        {{"status"}, "status.txt"},
        {{"show", "4fa2"}, "show.txt"},
        {{"list"}, "list.txt"},
        {{"search", "parent", "night"}, "search.txt"},
        {{"feed"}, "feed.txt"},
        {{"report"}, "report.txt"},
        {{"feedback", "list"}, "feedback.txt"},
        {{"feedback", "list", "--owed"}, "owed.txt"},
        {{"buddy", "list"}, "buddies.txt"},
        {{"cycle", "board"}, "board.txt"},
        {{"idea", "show", "7be0"}, "idea.txt"},
    };
    struct fake fake;
    fake_start(&fake, school);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct run run = run_kith(&fake, NULL, rows[i].words);
        assert_string_equal(run.err, "");
        assert_int_equal(run.code, 0);
        assert_calm(run.out);
        assert_golden(rows[i].golden, run.out);
        run_fini(&run);
    }
    fake_stop(&fake);
}

static void a_plan_of_an_idea_is_one_command(void **state)
{
    (void)state;
    struct fake fake;
    fake_start(&fake, school);
    struct run run = RUN(&fake, "cycle", "plan", "parent", "night", "--predict", "40 come");
    assert_int_equal(run.code, 0);
    assert_non_null(strstr(run.out, "4fa21c"));
    json_t *body = fake_body(&fake, "POST " N "/cycles");
    json_t *head = json_object_get(body, "head");
    assert_string_equal(tests_str(head, "idea"),
                        "bbbb000000000000000000000000000000000000000000000000000000000000/"
                        "7be02a00000000000000000000000009");
    assert_string_equal(tests_str(head, "title"), "Hold the parent night earlier");
    json_t *question =
        json_array_get(json_object_get(json_object_get(body, "plan"), "questions"), 0);
    assert_string_equal(tests_str(question, "prediction"), "40 come");
    json_decref(body);
    run_fini(&run);
    fake_stop(&fake);
}

static void a_plan_of_anything_else_takes_its_words_as_title(void **state)
{
    (void)state;
    struct fake fake;
    fake_start(&fake, school);
    struct run run =
        RUN(&fake, "cycle", "plan", "Greet at the door", "--question", "Who smiles?",
            "--prediction", "most", "--question", "Who is late?", "--person", "A B");
    assert_int_equal(run.code, 0);
    json_t *body = fake_body(&fake, "POST " N "/cycles");
    json_t *expected =
        json_loads("{\"head\": {\"title\": \"Greet at the door\"}, \"plan\": {\"questions\": ["
                   "{\"question\": \"Who smiles?\", \"prediction\": \"most\"}, {\"question\": "
                   "\"Who is late?\"}]},"
                   "\"person\": \"A B\"}",
                   0, NULL);
    assert_true(json_equal(body, expected));
    json_decref(body);
    json_decref(expected);
    run_fini(&run);

    /* without a prediction it is planned all the same, and asked for */
    run = RUN(&fake, "cycle", "plan", "Greet at the door");
    assert_int_equal(run.code, 0);
    assert_non_null(strstr(run.out, "--predict"));
    run_fini(&run);
    fake_stop(&fake);
}

static void results_find_their_questions(void **state)
{
    (void)state;
    struct fake fake;
    fake_start(&fake, school);
    struct run run = RUN(&fake, "cycle", "study", "--result", "52 came", "--matched", "no",
                         "--learned", "Food helps", "--result", "a third did", "--matched",
                         "partly", "--summary", "Earlier is better");
    if (run.code != 0) fail_msg("%s", run.err);
    json_t *body = fake_body(&fake, "POST " N "/cycles/");
    json_t *expected =
        json_loads("{\"study\": {\"results\": ["
                   "{\"id\": \"q1\", \"result\": \"52 came\", \"matched\": \"no\", "
                   "\"learned\": \"Food helps\"},"
                   "{\"id\": \"q2\", \"result\": \"a third did\", \"matched\": \"partly\"}],"
                   "\"summary\": \"Earlier is better\"}}",
                   0, NULL);
    assert_true(json_equal(body, expected));
    json_decref(body);
    json_decref(expected);
    run_fini(&run);
    run = RUN(&fake, "cycle", "study", "4fa2", "--about", "2", "--result", "a third");
    assert_int_equal(run.code, 0);
    body = fake_body(&fake, "POST " N "/cycles/");
    json_t *result =
        json_array_get(json_object_get(json_object_get(body, "study"), "results"), 0);
    assert_string_equal(tests_str(result, "id"), "q2");
    json_decref(body);
    run_fini(&run);
    run = RUN(&fake, "cycle", "study", "4fa2", "--about", "3", "--result", "x");
    assert_int_equal(run.code, CLI_USAGE);
    run_fini(&run);
    fake_stop(&fake);
}

static void adapt_opens_the_next_with_its_prediction(void **state)
{
    (void)state;
    struct fake fake;
    fake_start(&fake, school);
    struct run run = RUN(&fake, "cycle", "act", "4fa2", "adapt", "--next", "Childcare",
                         "--predict", "60 come");
    if (run.code != 0) fail_msg("%s", run.err);
    assert_non_null(strstr(run.out, "8d21ee"));
    json_t *body = fake_body(&fake, "POST " N "/cycles/");
    json_t *expected = json_loads(
        "{\"act\": {\"decision\": \"adapt\", \"changes_next\": \"Childcare\"},"
        "\"next\": {\"plan\": {\"questions\": [{\"id\": \"q1\", \"prediction\": \"60 come\","
        "\"question\": \"How many families come?\"}]}}}",
        0, NULL);
    assert_true(json_equal(body, expected));
    json_decref(body);
    json_decref(expected);
    run_fini(&run);
    run = RUN(&fake, "cycle", "act", "4fa2", "adjourn");
    assert_int_equal(run.code, CLI_USAGE);
    run_fini(&run);
    fake_stop(&fake);
}

static void sharing_shows_asks_and_names_the_edit(void **state)
{
    (void)state;
    struct fake fake;
    fake_start(&fake, school);
    struct run run = RUN(&fake, "share", "4fa2", "--with", "buddies");
    assert_int_equal(run.code, CLI_USAGE); /* nobody to ask */
    assert_golden("share.txt", run.out);
    for (size_t i = 0; i < fake.n_seen; i++)
        assert_true(strncmp(fake.seen[i], "POST", 4) != 0);
    run_fini(&run);
    run = RUN(&fake, "share", "4fa2", "--with", "buddies", "--yes");
    assert_int_equal(run.code, CLI_DONE);
    assert_non_null(strstr(run.out, "Shared with Roosevelt High School."));
    json_t *body = fake_body(&fake, "POST " N "/records/");
    assert_string_equal(tests_str(body, "edit"), "e0000000000000000000000000000001");
    assert_string_equal(tests_str(body, "token"), "t0ken");
    assert_string_equal(tests_str(body, "with"), "buddies");
    json_decref(body);
    run_fini(&run);
    fake_stop(&fake);
}

static void flags_make_a_record_of_any_type(void **state)
{
    (void)state;
    struct fake fake;
    fake_start(&fake, school);
    struct run run = RUN(&fake, "idea", "add", "A title", "--kind", "redesign", "--for-whom",
                         "all", "--for-whom", "Latinx", "--based-on", "4fa2");
    if (run.code != 0) fail_msg("%s", run.err);
    json_t *body = fake_body(&fake, "POST " N "/records");
    json_t *expected = json_loads(
        "{\"type\": \"idea\", \"sections\": {\"head\": {\"title\": \"A title\", \"kind\": "
        "\"redesign\","
        "\"based_on\": \"aaaa000000000000000000000000000000000000000000000000000000000000/"
        "4fa21c00000000000000000000000001\"}, \"context\": {\"for_whom\": [\"all\", "
        "\"Latinx\"]}}}",
        0, NULL);
    assert_true(json_equal(body, expected));
    json_decref(body);
    json_decref(expected);
    run_fini(&run);
    run = run_kith(&fake, "{\"sections\": {\"x\": {\"y\": 1}}}",
                   (const char *const[]){"add", "of-tomorrow", "--from", "-", NULL});
    if (run.code != 0) fail_msg("%s", run.err);
    body = fake_body(&fake, "POST " N "/records");
    assert_string_equal(tests_str(body, "type"), "of_tomorrow");
    json_decref(body);
    run_fini(&run);
    run = RUN(&fake, "driver", "add", "--title", "Belonging", "--level", "primary");
    assert_int_equal(run.code, 0);
    run_fini(&run);
    run = run_kith(&fake, "{\"a\": 1, \"a\": 2}",
                   (const char *const[]){"add", "aim", "--from", "-", NULL});
    assert_int_equal(run.code, CLI_FAILED);
    run_fini(&run);
    fake_stop(&fake);
}

/* A field whose flag a command has already could not be given. */
static void no_field_hides_behind_an_option(void **state)
{
    (void)state;
    static const char *const taken[] = {"from", "edit", "person",    "draft",
                                        "data", "help", "network",   "json",
                                        "yes",  "form", "of-network"};
    const struct schema_set *set = command_schemas();
    for (size_t i = 0; i < schema_set_count(set); i++) {
        for (size_t k = 0; k < sizeof(taken) / sizeof(taken[0]); k++) {
            assert_null(schema_field_by_flag(schema_set_at(set, i), taken[k]));
        }
    }
}

static void files_are_written_whole_or_not_at_all(void **state)
{
    (void)state;
    static const char whole[] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                "1c\r\n{\"end\": true, \"revisions\":0}\r\n0\r\n\r\n";
    static const struct fake_row rows[] = {
        {.request = "GET " N "/export", .raw = whole},
        {.request = "POST " N "/bundles/write",
         .raw = "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\ncut"},
        {.request = "POST " N "/bundles/read",
         .body = "{\"lseq\": \"5\", \"taken\": 3, \"reason\": null}"},
        {.request = NULL}};
    struct fake fake;
    char file[100], part[120];
    fake_start(&fake, rows);
    snprintf(file, sizeof(file), "%s/out.jsonl", fake.dir);
    snprintf(part, sizeof(part), "%s.part", file);
    struct run run = RUN(&fake, "export", file);
    if (run.code != 0) fail_msg("%s", run.err);
    assert_int_equal(access(file, F_OK), 0);
    run_fini(&run);
    run = RUN(&fake, "bundle", "read", file);
    assert_int_equal(run.code, 0);
    assert_non_null(strstr(run.out, "Took in 3"));
    assert_non_null(strstr(fake_seen(&fake, "POST " N "/bundles/read"), "\"revisions\":0}"));
    run_fini(&run);
    unlink(file);
    run = RUN(&fake, "bundle", "write", file);
    assert_int_equal(run.code, CLI_UNREACHABLE);
    assert_int_not_equal(access(file, F_OK), 0);
    assert_int_not_equal(access(part, F_OK), 0);
    run_fini(&run);
    run = RUN(&fake, "bundle", "read", "/tmp/kith-cli-nowhere/x");
    assert_int_equal(run.code, CLI_FAILED);
    run_fini(&run);
    fake_stop(&fake);
}

static void the_documents_list_every_command(void **state)
{
    (void)state;
    struct run run = RUN(NULL, "help", "--markdown"), bash = RUN(NULL, "completion", "bash");
    const struct command *command;
    for (size_t at = 0; (command = command_next(&at)) != NULL;) {
        char heading[100];
        snprintf(heading, sizeof(heading), "### kith %s", command->name);
        assert_non_null(strstr(run.out, heading));
        assert_non_null(strstr(bash.out, command->name));
    }
    assert_non_null(strstr(bash.out, "\" aim add \"*) words=\" --from")); /* and every type */
    assert_non_null(strstr(bash.out, "--statement"));
    struct run aim = RUN(NULL, "help", "aim", "list");
    assert_non_null(strstr(aim.out, "kith aim list --mine"));
    run_fini(&aim);
    run_fini(&run);
    run_fini(&bash);
}

int main(void)
{
    setenv("TZ", "UTC", 1);
    tzset();
    unsetenv("EDITOR");
    unsetenv("VISUAL");
    unsetenv("COLUMNS");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_command_has_help_and_an_example),
        cmocka_unit_test(every_example_is_understood),
        cmocka_unit_test(mistakes_exit_2_and_say_what_is_near),
        cmocka_unit_test(the_exit_code_follows_the_error),
        cmocka_unit_test(json_is_the_answer_and_nothing_else),
        cmocka_unit_test(screens_are_calm_and_fit_80_columns),
        cmocka_unit_test(a_plan_of_an_idea_is_one_command),
        cmocka_unit_test(a_plan_of_anything_else_takes_its_words_as_title),
        cmocka_unit_test(results_find_their_questions),
        cmocka_unit_test(adapt_opens_the_next_with_its_prediction),
        cmocka_unit_test(sharing_shows_asks_and_names_the_edit),
        cmocka_unit_test(flags_make_a_record_of_any_type),
        cmocka_unit_test(no_field_hides_behind_an_option),
        cmocka_unit_test(files_are_written_whole_or_not_at_all),
        cmocka_unit_test(the_documents_list_every_command),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
