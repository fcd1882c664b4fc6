/* What people do with a network and with the computer: what they see, and what is sent. */
#include "tests/unit/client/cli/fake.h"

#define N "/v1/networks/-"
#define CYCLE                                                           \
    "aaaa000000000000000000000000000000000000000000000000000000000000." \
    "4fa21c00000000000000000000000001"

static void assert_says(const char *text, const char *words)
{
    if (strstr(text, words) == NULL) fail_msg("\"%s\" is not in:\n%s", words, text);
}

static size_t count_seen(const struct fake *fake, const char *begins)
{
    size_t n = 0;
    for (size_t i = 0; i < fake->n_seen; i++)
        n += strncmp(fake->seen[i], begins, strlen(begins)) == 0;
    return n;
}

#define SCREEN(name, token)                                                               \
    "{\"record\": {\"id\": \"4fa21c\", \"short\": \"4fa21c\", \"type\": \"cycle\", "      \
    "\"title\": "                                                                         \
    "\"T\", \"sections\": {}, \"edit\": \"e1\"}, \"audiences\": [{\"class\": \"group\", " \
    "\"space\": \"02\", \"name\": \"\", \"schools\": [{\"id\": \"bb\", \"name\": \"" name \
    "\", \"mine\": false}]}], \"points\": [], \"token\": \"" token "\"}"
#define HAS_IT                                                                            \
    "{\"error\": {\"code\": \"EXISTS\", \"message\": \"that is where it is\", \"hint\": " \
    "\"nothing has to be done\"}}"

/* --with buddies means all of them: one screen, one question, an act for each that lacks it. */
static void sharing_with_buddies_reaches_all_of_them(void **state)
{
    (void)state;
    static const struct fake_row rows[] = {
        {.request = "GET " N "/buddies",
         .body = "{\"items\": [{\"group\": \"0201\", \"state\": \"accepted\"}, {\"group\": "
                 "\"0202\", \"state\": \"waiting\"}, {\"group\": \"0203\", \"state\": "
                 "\"accepted\"}, {\"group\": \"0204\", \"state\": \"accepted\"}]}"},
        {.request = "GET " N "/records/" CYCLE "/share?with=0201",
         .body = SCREEN("Roosevelt", "t1")},
        {.request = "GET " N "/records/" CYCLE "/share?with=0203",
         .status = 409,
         .body = HAS_IT},
        {.request = "GET " N "/records/" CYCLE "/share?with=0204",
         .body = SCREEN("Washington", "t4")},
        {.request = "GET " N "/records/", .file = "cycle.json"},
        {.request = "POST " N "/records/" CYCLE "/share", .body = "{\"lseq\": \"5\"}"},
        {.request = NULL},
    };
    struct fake fake;
    fake_start(&fake, rows);
    struct run run = RUN(&fake, "share", "4fa2", "--with", "buddies", "--yes");
    if (run.code != CLI_DONE) fail_msg("%s", run.err);
    assert_says(run.out, "will be read by Roosevelt and Washington");
    assert_says(run.out, "Shared with Roosevelt and Washington.");
    assert_string_equal(run.err, "");
    assert_int_equal(count_seen(&fake, "POST "), 2);
    assert_says(fake_seen(&fake, "POST "), "\"token\":\"t4\"");
    run_fini(&run);
    fake_stop(&fake);
}

static void sharing_what_all_buddies_have_says_so(void **state)
{
    (void)state;
    static const struct fake_row rows[] = {
        {.request = "GET " N "/buddies",
         .body = "{\"items\": [{\"group\": \"0201\", \"state\": \"accepted\"}, {\"group\": "
                 "\"0202\", \"state\": \"accepted\"}]}"},
        {.request = "GET " N "/records/" CYCLE "/share", .status = 409, .body = HAS_IT},
        {.request = "GET " N "/records/", .file = "cycle.json"},
        {.request = NULL},
    };
    struct fake fake;
    fake_start(&fake, rows);
    struct run run = RUN(&fake, "share", "4fa2", "--with", "buddies", "--yes");
    assert_int_equal(run.code, CLI_REFUSED);
    assert_string_equal(run.err, "kith: that is where it is\n      nothing has to be done\n");
    run_fini(&run);
    fake_stop(&fake);
}

/* A code comes as one word, as several, or in a file with whatever stands around it. */
static void a_code_is_taken_as_it_comes(void **state)
{
    (void)state;
    static const struct fake_row rows[] = {
        {.request = "POST " N "/join", .body = "{\"words\": \"a b c d\"}"}, {.request = NULL}};
    struct fake fake;
    char words[100], code[100];
    fake_start(&fake, rows);
    snprintf(words, sizeof(words), "%s/words", fake.dir);
    snprintf(code, sizeof(code), "%s/invitation.txt", fake.dir);
    FILE *file = fopen(words, "w");
    fputs("one two\n", file);
    fclose(file);
    file = fopen(code, "w");
    fputs("The invitation, for one school:\n\nKITH-ABCDE-FGHJK\n\nSend it.\n", file);
    fclose(file);
    const char *const typed[][3] = {
        {"KITH-ABCDE-FGHJK"}, {"kith-abcde-fghjk"}, {"KITH-ABCDE", "FGHJK"}, {code}};
    static const char *const sent[] = {"KITH-ABCDE-FGHJK", "kith-abcde-fghjk",
                                       "KITH-ABCDE FGHJK", "KITH-ABCDE-FGHJK\n"};
    for (size_t i = 0; i < 4; i++) {
        const char *argv[] = {"join", "--phrase-file", words, typed[i][0], typed[i][1], NULL};
        struct run run = run_kith(&fake, NULL, argv);
        if (run.code != CLI_DONE) fail_msg("%s", run.err);
        json_t *body = fake_body(&fake, "POST " N "/join");
        assert_string_equal(tests_str(body, "code"), sent[i]);
        json_decref(body);
        run_fini(&run);
    }
    struct run run = RUN(&fake, "join", "--phrase-file", words);
    assert_int_equal(run.code, CLI_USAGE);
    assert_says(run.err, "kith join FILE");
    run_fini(&run);
    unlink(words);
    unlink(code);
    fake_stop(&fake);
}

static void proposals_are_sentences(void **state)
{
    (void)state;
    static const struct fake_row rows[] = {
        {.request = "GET " N "/proposals",
         .body = "{\"items\": [{\"statement\": \"fa08a2ff\", \"text\": \"make Roosevelt High "
                 "School a steward\", \"needed\": 2, \"mine\": true, \"assents\": [{\"id\": "
                 "\"aa\", \"name\": \"The hub\"}]}]}"},
        {.request = NULL}};
    struct fake fake;
    fake_start(&fake, rows);
    struct run run = RUN(&fake, "proposals");
    assert_string_equal(run.out, "fa08a2  make Roosevelt High School a steward\n"
                                 "        1 of 2 agree: The hub; you have agreed\n\n"
                                 "kith assent ID agrees.\n");
    run_fini(&run);
    fake_stop(&fake);
}

/* Sixty findings of one kind are one line, with how many. */
static void the_doctor_says_each_thing_once(void **state)
{
    (void)state;
    static const struct fake_row rows[] = {
        {.request = "POST " N "/doctor",
         .body =
             "{\"job\": {\"id\": \"1\", \"state\": \"done\", \"result\": {\"healthy\": false, "
             "\"checked\": {\"envelopes\": \"1\", \"records\": \"2\"}, \"problems\": ["
             "{\"code\": \"PAYLOAD\", \"text\": \"a payload is damaged\", \"hint\": \"do "
             "this\", \"where\": \"a1\"}, {\"code\": \"FORM\", \"text\": \"not well formed\", "
             "\"hint\": \"do that\", \"where\": \"\"}, {\"code\": \"PAYLOAD\", \"text\": \"a "
             "payload is damaged\", \"hint\": \"do this\", \"where\": \"a2\"}]}}}"},
        {.request = NULL}};
    struct fake fake;
    fake_start(&fake, rows);
    struct run run = RUN(&fake, "doctor");
    assert_int_equal(run.code, CLI_FAILED);
    assert_string_equal(
        run.out, "Not healthy. Checked 1 envelope, 0 statements, 0 signatures, 0 grants, 2\n"
                 "  records.\n\n"
                 "  a payload is damaged (a1), and 1 more\n    do this\n\n"
                 "  not well formed\n    do that\n");
    run_fini(&run);
    fake_stop(&fake);
}

static void an_import_says_each_refusal_once(void **state)
{
    (void)state;
    static const struct fake_row rows[] = {
        {.request = "POST " N "/import",
         .body =
             "{\"written\": 1, \"skipped\": 0, \"refused\": [{\"line\": 2, \"message\": \"no\"}"
             ", {\"line\": 3, \"message\": \"no\"}, {\"line\": 4, \"message\": \"not "
             "JSON\"}, {\"line\": 6, \"message\": \"not JSON\"}]}"},
        {.request = NULL}};
    struct fake fake;
    fake_start(&fake, rows);
    struct run run = RUN(&fake, "import", "/dev/null");
    assert_int_equal(run.code, CLI_FAILED);
    assert_string_equal(run.out, "Wrote 1, skipped 0 that were here.\n  lines 2 to 3: no\n"
                                 "  line 4: not JSON\n  line 6: not JSON\n");
    run_fini(&run);
    run = RUN(&fake, "import", "/tmp");
    assert_int_equal(run.code, CLI_FAILED);
    assert_says(run.err, "Is a directory");
    run_fini(&run);
    fake_stop(&fake);
}

static void to_wait_for_nobody_is_a_failure(void **state)
{
    (void)state;
    static const struct fake_row rows[] = {
        {.request = "POST " N "/sync",
         .body = "{\"lseq\": \"5\", \"peers\": 3, \"connected\": 0, \"equal\": 0}"},
        {.request = NULL}};
    struct fake fake;
    fake_start(&fake, rows);
    struct run run = RUN(&fake, "sync", "--wait");
    assert_int_equal(run.code, CLI_FAILED);
    assert_says(run.out, "Nobody could be reached (3 known).");
    run_fini(&run);
    run = RUN(&fake, "sync");
    assert_int_equal(run.code, CLI_DONE);
    run_fini(&run);
    fake_stop(&fake);
}

/* For programs an error is the API's, whole; for people a path is a field of theirs, or
 * nothing. */
static void errors_are_for_their_readers(void **state)
{
    (void)state;
    static const char body[] =
        "{\"error\": {\"code\": \"INVALID\", \"message\": \"too long\", \"hint\": \"shorten "
        "it\", "
        "\"path\": \"$.days\", \"problems\": [{\"section\": \"head\", \"field\": \"title\", "
        "\"text\": \"too long\"}]}}";
    static const struct fake_row rows[] = {{.request = "GET ", .status = 400, .body = body},
                                           {.request = NULL}};
    struct fake fake;
    fake_start(&fake, rows);
    struct run run = RUN(&fake, "--json", "status");
    json_t *got = json_loads(run.err, 0, NULL), *sent = json_loads(body, 0, NULL);
    assert_true(json_equal(got, sent));
    json_decref(got);
    json_decref(sent);
    run_fini(&run);
    run = RUN(&fake, "status");
    assert_string_equal(run.err, "kith: too long\n      shorten it\n");
    run_fini(&run);
    run = RUN(&fake, "search", "caf\xff");
    assert_int_equal(run.code, CLI_USAGE);
    assert_says(run.err, "word 4 of the command is not UTF-8");
    run_fini(&run);
    fake_stop(&fake);
}

/* The socket is found where the daemon was told to put it. */
static void the_socket_may_lie_elsewhere(void **state)
{
    (void)state;
    static const struct fake_row rows[] = {
        {.request = "GET /v1/version", .body = "{\"version\": \"9.9\"}"}, {.request = NULL}};
    struct fake fake;
    fake_start(&fake, rows);
    setenv("KITH_SOCKET", fake.path, 1);
    setenv("KITH_DATA", "/tmp/kith-cli-nowhere", 1);
    struct run run = RUN(NULL, "version");
    assert_int_equal(run.code, CLI_DONE);
    assert_says(run.out, "kithd 9.9");
    run_fini(&run);
    run = RUN(NULL, "--data", "/tmp/kith-cli-nowhere",
              "status"); /* that folder's, and no other */
    assert_int_equal(run.code, CLI_UNREACHABLE);
    run_fini(&run);
    setenv("KITH_DATA", fake.dir, 1);
    setenv("KITH_SOCKET", "kithd.sock", 1); /* a name lies in the data folder */
    run = RUN(NULL, "version");
    assert_int_equal(run.code, CLI_DONE);
    run_fini(&run);
    unsetenv("KITH_SOCKET");
    unsetenv("KITH_DATA");
    fake_stop(&fake);
}

/* kith alone shows a day's commands on one screen, and all of them are understood. */
static void the_first_page_is_one_screen(void **state)
{
    (void)state;
    struct run run = RUN(NULL, NULL);
    size_t lines = 0;
    assert_int_equal(run.code, CLI_USAGE);
    for (const char *p = run.err; *p != '\0'; p++)
        lines += *p == '\n';
    assert_true(lines < 24);
    assert_says(run.err, "cycle plan \"parent night\" -p");
    assert_says(run.err, "kith help lists them all");
    run_fini(&run);
    static const struct fake_row rows[] = {
        {.request = "GET " N "/records?type=cycle", .file = "records.json"},
        {.request = "GET " N "/records/", .file = "cycle.json"},
        {.request = "POST " N "/cycles", .file = "done.json"},
        {.request = NULL}};
    struct fake fake;
    fake_start(&fake, rows);
    run = RUN(&fake, "cycle", "do", "-o", "52 families, 9 new");
    assert_int_equal(run.code, CLI_DONE);
    assert_says(fake_seen(&fake, "POST "),
                "{\"observations\":[{\"text\":\"52 families, 9 new\"}]}");
    run_fini(&run);
    run = RUN(&fake, "cycle", "study", "-r", "52 came", "-m", "yes", "-l", "earlier helps");
    assert_int_equal(run.code, CLI_DONE);
    assert_says(fake_seen(&fake, "POST "), "\"matched\":\"yes\"");
    run_fini(&run);
    fake_stop(&fake);
}

int main(void)
{
    setenv("TZ", "UTC", 1);
    unsetenv("COLUMNS");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sharing_with_buddies_reaches_all_of_them),
        cmocka_unit_test(sharing_what_all_buddies_have_says_so),
        cmocka_unit_test(a_code_is_taken_as_it_comes),
        cmocka_unit_test(proposals_are_sentences),
        cmocka_unit_test(the_doctor_says_each_thing_once),
        cmocka_unit_test(an_import_says_each_refusal_once),
        cmocka_unit_test(to_wait_for_nobody_is_a_failure),
        cmocka_unit_test(errors_are_for_their_readers),
        cmocka_unit_test(the_socket_may_lie_elsewhere),
        cmocka_unit_test(the_first_page_is_one_screen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
