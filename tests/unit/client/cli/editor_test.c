/* A record as text in an editor. The editor is a script; what it leaves is read back. */
#include "tests/unit/client/cli/fake.h"

#define N "/v1/networks/-"
static const struct fake_row school[] = {
    {.request = "GET " N "/records?type=cycle", .file = "records.json"},
    {.request = "GET " N "/records?", .body = "{\"items\": []}"},
    {.request = "GET " N "/records/", .file = "cycle.json"},
    {.request = "POST " N "/cycles", .file = "done.json"},
    {.request = "POST " N "/records", .file = "done.json"},
    {.request = "PATCH " N "/records", .body = "{\"lseq\": \"5\", \"spaces\": []}"},
    {.request = NULL},
};

/* $EDITOR is a script; what it leaves is read back, and only what it changed is sent. */
static void an_editor_changes_what_it_changed(void **state)
{
    (void)state;
    struct fake fake;
    fake_start(&fake, school);
    setenv("EDITOR", "sed -i 's/a month earlier/two months earlier/; s/half of them/all/'", 1);
    struct run run = RUN(&fake, "edit", "4fa2");
    if (run.code != 0) fail_msg("%s", run.err);
    json_t *body = fake_body(&fake, "PATCH " N "/records/");
    json_t *expected = json_loads("{\"head\": {\"title\": \"Parent night two months "
                                  "earlier\"}, \"plan\": {\"questions\": ["
                                  "{\"id\": \"q2\", \"question\": \"Do they start the form?\", "
                                  "\"prediction\": \"all\"}]}}",
                                  0, NULL);
    if (!json_equal(json_object_get(body, "sections"), expected)) {
        fail_msg("%s", fake_seen(&fake, "PATCH " N "/records/"));
    }
    assert_int_equal(json_array_size(json_object_get(body, "parents")), 1);
    json_decref(body);
    json_decref(expected);
    run_fini(&run);
    setenv("EDITOR", "true", 1); /* looks, and changes nothing */
    run = RUN(&fake, "edit", "4fa2");
    assert_int_equal(run.code, CLI_REFUSED);
    run_fini(&run);
    setenv("EDITOR", "sed -i 's/^one-grade$/two-grades/'", 1); /* a mistake */
    run = RUN(&fake, "edit", "4fa2");
    assert_int_equal(run.code, CLI_FAILED);
    assert_non_null(strstr(run.err, "Scale"));
    run_fini(&run);
    setenv("EDITOR", "false", 1);
    run = RUN(&fake, "edit", "4fa2");
    assert_int_equal(run.code, CLI_FAILED);
    run_fini(&run);
    unsetenv("EDITOR");
    fake_stop(&fake);
}

/* What has no id yet is new: the daemon names it. */
static void an_editor_adds_items(void **state)
{
    (void)state;
    struct fake fake;
    fake_start(&fake, school);
    setenv("EDITOR", "sed -i 's/^- text:$/- text: the gym was full/'", 1);
    struct run run = RUN(&fake, "cycle", "do", "4fa2", "--edit");
    if (run.code != 0) fail_msg("%s", run.err);
    json_t *body = fake_body(&fake, "POST " N "/cycles/");
    json_t *expected =
        json_loads("{\"do\": {\"observations\": [{\"text\": \"the gym was full\"}]}}", 0, NULL);
    if (!json_equal(body, expected)) fail_msg("%s", fake_seen(&fake, "POST " N "/cycles/"));
    json_decref(body);
    json_decref(expected);
    run_fini(&run);
    setenv("EDITOR",
           "sed -i 's/^- question:$/- question: Who came?/; /^\\[head.title\\]/a A plan'", 1);
    run = RUN(&fake, "cycle", "plan", "--edit");
    if (run.code != 0) fail_msg("%s", run.err);
    body = fake_body(&fake, "POST " N "/cycles {");
    expected = json_loads("{\"head\": {\"title\": \"A plan\"}, \"plan\": {\"questions\": "
                          "[{\"question\": \"Who came?\"}]}}",
                          0, NULL);
    if (!json_equal(body, expected)) fail_msg("%s", fake_seen(&fake, "POST " N "/cycles {"));
    json_decref(body);
    json_decref(expected);
    run_fini(&run);
    unsetenv("EDITOR");
    fake_stop(&fake);
}

/* The study is written below what was predicted; results go to the questions in their order. */
static void a_study_stands_below_its_predictions(void **state)
{
    (void)state;
    struct fake fake;
    fake_start(&fake, school);
    setenv("EDITOR",
           "grep -q '^# You predicted: 40, because it is earlier$' \"$1\" && "
           "sed -i '0,/^- result:$/s//- result: 52 came/'",
           1);
    struct run run = RUN(&fake, "cycle", "study", "4fa2", "--edit");
    if (run.code != 0) fail_msg("%s", run.err);
    json_t *body = fake_body(&fake, "POST " N "/cycles/");
    json_t *expected = json_loads(
        "{\"study\": {\"results\": [{\"id\": \"q1\", \"result\": \"52 came\"}]}}", 0, NULL);
    if (!json_equal(body, expected)) fail_msg("%s", fake_seen(&fake, "POST " N "/cycles/"));
    json_decref(body);
    json_decref(expected);
    run_fini(&run);
    unsetenv("EDITOR");
    fake_stop(&fake);
}

/* An emptied file gives up; a form that lacks what a record needs is asked for again. */
static void nothing_is_taken_away_by_accident(void **state)
{
    (void)state;
    static const struct {
        const char *editor, *says;
        int code;
    } rows[] = {
        {"truncate -s 0", "the text is empty", CLI_REFUSED},
        {"sed -i '/^[^#]/d'", "the text is empty", CLI_REFUSED},
        {"sed -i 's/^Parent night a month earlier$//'", "[head.title] this one is needed",
         CLI_FAILED},
    };
    struct fake fake;
    fake_start(&fake, school);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        setenv("EDITOR", rows[i].editor, 1);
        struct run run = RUN(&fake, "edit", "4fa2");
        if (run.code != rows[i].code) fail_msg("%s: %d %s", rows[i].editor, run.code, run.err);
        if (strstr(run.err, rows[i].says) == NULL) fail_msg("%s: %s", rows[i].says, run.err);
        run_fini(&run);
    }
    for (size_t i = 0; i < fake.n_seen; i++)
        assert_int_not_equal(strncmp(fake.seen[i], "PATCH", 5), 0);
    unsetenv("EDITOR");
    fake_stop(&fake);
}

/* What cannot be written stays the draft that it was, as it was edited last. */
static void a_draft_stays_one_draft(void **state)
{
    (void)state;
    static const struct fake_row rows[] = {
        {.request = "GET " N "/drafts/idea-1",
         .body = "{\"draft\": \"idea-1\", \"type\": \"idea\", \"record\": null, \"body\": "
                 "{\"head\": {\"title\": \"Greet\"}}}"},
        {.request = "POST " N "/records",
         .status = 507,
         .body =
             "{\"error\": {\"code\": \"NO_SPACE\", \"message\": \"full\", \"hint\": \"\"}}"},
        {.request = "PUT " N "/drafts/idea-1 ", .body = "{}"},
        {.request = NULL}};
    struct fake fake;
    fake_start(&fake, rows);
    setenv("EDITOR", "sed -i 's/^Greet$/Greet them all/'", 1);
    struct run run = RUN(&fake, "draft", "resume", "idea-1");
    assert_int_equal(run.code, CLI_FAILED);
    assert_non_null(strstr(run.err, "  kith draft resume idea-1\n"));
    json_t *body = fake_body(&fake, "PUT " N "/drafts/idea-1");
    assert_string_equal(tests_str(body, "title"), "Greet them all");
    json_decref(body);
    run_fini(&run);
    unsetenv("EDITOR");
    fake_stop(&fake);
}

int main(void)
{
    unsetenv("VISUAL");
    setenv("NO_COLOR", "1", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_editor_changes_what_it_changed),
        cmocka_unit_test(an_editor_adds_items),
        cmocka_unit_test(a_study_stands_below_its_predictions),
        cmocka_unit_test(nothing_is_taken_away_by_accident),
        cmocka_unit_test(a_draft_stays_one_draft),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
