/* Prompts, on a terminal: a pseudo-terminal with the program on one side and us on the other.
 */
#include <pty.h>
#include <sys/wait.h>

#include "tests/unit/client/cli/fake.h"

#define N "/v1/networks/-"
#define CYCLE                                                           \
    "aaaa000000000000000000000000000000000000000000000000000000000000." \
    "4fa21c00000000000000000000000001"
static const struct fake_row school[] = {
    {.request = "GET " N "/records?type=cycle", .file = "records.json"},
    {.request = "GET " N "/records?", .body = "{\"items\": []}"},
    {.request = "GET " N "/records/" CYCLE "/share", .file = "share.json"},
    {.request = "GET " N "/records/", .file = "cycle.json"},
    {.request = "GET " N "/requests",
     .body =
         "{\"items\": [{\"invite\": \"71d0aa\", \"school_name\": \"Washington\", \"words\": "
         "\"amber boat clay drum\"}]}"},
    {.request = "POST " N "/cycles", .file = "done.json"},
    {.request = "POST " N, .file = "done.json"},
    {.request = "PUT " N "/drafts", .body = "{}"},
    {.request = NULL},
};

struct session {
    pid_t child;
    int fd;
    struct buf seen;
    size_t read_to; /* what was expected so far */
};

/*
 * The child becomes this program anew, which main() then lets be kith: a mere fork of a process
 * with threads may wait for ever on a lock that one of them held.
 */
static void begin(struct session *session, const struct fake *fake, const char *const *words)
{
    struct winsize size = {.ws_row = 24, .ws_col = 80};
    char *argv[20] = {strdup("kith"), strdup("--data"), strdup(fake->dir)};
    int argc = 3;
    for (; *words != NULL; words++)
        argv[argc++] = strdup(*words);
    *session = (struct session){0};
    session->child = forkpty(&session->fd, NULL, NULL, &size);
    assert_true(session->child >= 0);
    if (session->child == 0) {
        execv("/proc/self/exe", argv);
        _exit(127);
    }
    while (argc > 0)
        free(argv[--argc]);
}

/* Reads until the text stands there, after what was expected before. */
static void expect(struct session *session, const char *text)
{
    for (;;) {
        buf_put_u8(&session->seen, 0);
        session->seen.len--;
        const char *from = (const char *)session->seen.data + session->read_to;
        const char *found = strstr(from, text);
        if (found != NULL) {
            session->read_to += (size_t)(found - from) + strlen(text);
            return;
        }
        struct pollfd poll_fd = {.fd = session->fd, .events = POLLIN};
        char block[4096];
        ssize_t n = poll(&poll_fd, 1, 20000) == 1 ? read(session->fd, block, sizeof(block)) : 0;
        if (n <= 0) fail_msg("expected \"%s\" after:\n%s", text, (char *)session->seen.data);
        buf_put(&session->seen, block, (size_t)n);
    }
}

static void type(struct session *session, const char *line)
{
    assert_int_equal(write(session->fd, line, strlen(line)), (ssize_t)strlen(line));
    assert_int_equal(write(session->fd, "\n", 1), 1);
}

/* The exit code; everything that was shown is in session->seen. */
static int end(struct session *session)
{
    char block[4096];
    int status = 0;
    ssize_t n;
    while ((n = read(session->fd, block, sizeof(block))) > 0) {
        buf_put(&session->seen, block, (size_t)n);
    }
    assert_int_equal(waitpid(session->child, &status, 0), session->child);
    assert_true(WIFEXITED(status));
    buf_put_u8(&session->seen, 0);
    close(session->fd);
    return WEXITSTATUS(status);
}

#define BEGIN(session, fake, ...) begin(session, fake, (const char *const[]){__VA_ARGS__, NULL})

static void a_study_shows_each_prediction_and_asks(void **state)
{
    (void)state;
    struct fake fake;
    struct session session;
    fake_start(&fake, school);
    BEGIN(&session, &fake, "cycle", "study");
    expect(&session, "How many families come?");
    expect(&session, "You predicted: 40, because it is earlier");
    expect(&session, "What happened?");
    type(&session, "52 came");
    expect(&session, "Did it match the prediction?");
    type(&session, "perhaps"); /* no answer: it asks again */
    expect(&session, "Did it match the prediction?");
    type(&session, "3"); /* the third choice */
    expect(&session, "What did you learn?");
    type(&session, "Food \xe6\x97\xa5 helps");
    expect(&session, "Do they start the form?");
    expect(&session, "What happened?");
    type(&session, "");
    expect(&session, "in a sentence or two?");
    type(&session, "Earlier is better");
    expect(&session, "For which students did it work?");
    type(&session, "");
    expect(&session, "not work?");
    type(&session, "");
    int code = end(&session);
    if (code != 0) fail_msg("%s", (char *)session.seen.data);
    json_t *body = fake_body(&fake, "POST " N "/cycles/" CYCLE "/study");
    json_t *expected = json_loads(
        "{\"study\": {\"results\": [{\"id\": \"q1\", \"result\": \"52 came\", \"matched\": "
        "\"no\","
        "\"learned\": \"Food \xe6\x97\xa5 helps\"}], \"summary\": \"Earlier is better\"}}",
        0, NULL);
    assert_true(json_equal(body, expected));
    json_decref(body);
    json_decref(expected);
    buf_fini(&session.seen);
    fake_stop(&fake);
}

static void ctrl_d(struct session *session)
{
    assert_int_equal(write(session->fd, "\x04", 1), 1);
}

/* What is learned from is asked first; Ctrl-D leaves the rest open. */
static void a_plan_begins_with_its_prediction(void **state)
{
    (void)state;
    struct fake fake;
    struct session session;
    fake_start(&fake, school);
    BEGIN(&session, &fake, "cycle", "plan", "Greet at the door");
    expect(&session, "What do you want to learn?");
    type(&session, "");
    expect(&session, "What do you think will happen, and why?");
    type(&session, "Fewer come late");
    expect(&session, "What do you want to learn?");
    type(&session, "");
    expect(&session, "What do you want to find out?");
    expect(&session, "> ");
    ctrl_d(&session);
    int code = end(&session);
    if (code != 0) fail_msg("%s", (char *)session.seen.data);
    assert_null(strstr((char *)session.seen.data, "Who does what"));
    json_t *body = fake_body(&fake, "POST " N "/cycles {");
    json_t *expected = json_loads("{\"head\": {\"title\": \"Greet at the door\"}, \"plan\": "
                                  "{\"questions\": [{\"prediction\": \"Fewer come late\"}]}}",
                                  0, NULL);
    if (!json_equal(body, expected)) fail_msg("%s", fake_seen(&fake, "POST " N "/cycles {"));
    json_decref(body);
    json_decref(expected);
    buf_fini(&session.seen);
    fake_stop(&fake);
}

/* A cycle that was opened with its plan copied is asked for its predictions alone, first. */
static void a_copied_plan_is_asked_for_its_predictions(void **state)
{
    (void)state;
    static const struct fake_row copied[] = {
        {.request = "GET " N "/records/",
         .body = "{\"id\": \"4fa21c00000000000000000000000001\", \"short\": \"4fa21c\", "
                 "\"owner\": {\"id\": \"aaaa\", \"name\": \"Lincoln\", \"mine\": true}, "
                 "\"type\": \"cycle\", \"title\": \"T\", \"state\": \"planned\", \"sections\": "
                 "{\"head\": {\"title\": \"T\"}, \"plan\": {\"objective\": \"O\", "
                 "\"questions\": [{\"id\": \"q1\", \"question\": \"How many?\"}]}}}"},
        {.request = "POST " N, .file = "done.json"},
        {.request = NULL},
    };
    struct fake fake;
    struct session session;
    fake_start(&fake, copied);
    BEGIN(&session, &fake, "cycle", "plan", "4fa21c");
    expect(&session, "How many?");
    expect(&session, "What do you think will happen, and why?");
    type(&session, "Sixty");
    expect(&session, "What exactly will you do differently?"); /* the objective is there */
    expect(&session, "> ");
    ctrl_d(&session);
    int code = end(&session);
    if (code != 0) fail_msg("%s", (char *)session.seen.data);
    json_t *body =
        fake_body(&fake, "POST " N "/cycles/aaaa.4fa21c00000000000000000000000001/plan");
    json_t *expected = json_loads("{\"plan\": {\"questions\": [{\"id\": \"q1\", \"question\": "
                                  "\"How many?\", \"prediction\": \"Sixty\"}]}}",
                                  0, NULL);
    if (!json_equal(body, expected)) fail_msg("%s", fake_seen(&fake, "POST " N "/cycles"));
    json_decref(body);
    json_decref(expected);
    buf_fini(&session.seen);
    fake_stop(&fake);
}

static void doing_begins_with_what_was_seen(void **state)
{
    (void)state;
    struct fake fake;
    struct session session;
    fake_start(&fake, school);
    BEGIN(&session, &fake, "cycle", "do", "4fa2");
    expect(&session, "Observations: one after the other");
    expect(&session, "What did you see?");
    type(&session, "The gym was full");
    expect(&session, "What did you see?");
    expect(&session, "> ");
    ctrl_d(&session);
    int code = end(&session);
    if (code != 0) fail_msg("%s", (char *)session.seen.data);
    json_t *body = fake_body(&fake, "POST " N "/cycles/" CYCLE "/do");
    json_t *expected =
        json_loads("{\"do\": {\"observations\": [{\"text\": \"The gym was full\"}]}}", 0, NULL);
    if (!json_equal(body, expected)) fail_msg("%s", fake_seen(&fake, "POST " N "/cycles"));
    json_decref(body);
    json_decref(expected);
    buf_fini(&session.seen);
    fake_stop(&fake);
}

/* Who says nothing writes nothing, and finds no empty draft afterwards. */
static void who_says_nothing_writes_nothing(void **state)
{
    (void)state;
    static const char *const verbs[] = {"do", "study"};
    struct fake fake;
    fake_start(&fake, school);
    for (size_t i = 0; i < 2; i++) {
        struct session session;
        BEGIN(&session, &fake, "cycle", verbs[i], "4fa2");
        expect(&session, "> ");
        ctrl_d(&session);
        assert_int_equal(end(&session), CLI_REFUSED);
        assert_non_null(strstr((char *)session.seen.data, "nothing was said"));
        buf_fini(&session.seen);
    }
    for (size_t i = 0; i < fake.n_seen; i++)
        assert_int_equal(strncmp(fake.seen[i], "GET ", 4), 0);
    fake_stop(&fake);
}

/* The next cycle is opened with what is thought to happen in it. */
static void to_adapt_asks_what_will_happen_next(void **state)
{
    (void)state;
    struct fake fake;
    struct session session;
    fake_start(&fake, school);
    BEGIN(&session, &fake, "cycle", "act", "4fa2", "adapt");
    expect(&session, "How many families come?");
    expect(&session, "what do you think will happen next time?");
    type(&session, "Sixty");
    expect(&session, "Do they start the form?");
    expect(&session, "> ");
    type(&session, "");
    int code = end(&session);
    if (code != 0) fail_msg("%s", (char *)session.seen.data);
    json_t *body = fake_body(&fake, "POST " N "/cycles/" CYCLE "/act");
    json_t *expected = json_loads(
        "{\"act\": {\"decision\": \"adapt\"}, \"next\": {\"plan\": {\"questions\": [{\"id\": "
        "\"q1\", \"question\": \"How many families come?\", \"prediction\": \"Sixty\"}]}}}",
        0, NULL);
    if (!json_equal(body, expected)) fail_msg("%s", fake_seen(&fake, "POST " N "/cycles"));
    json_decref(body);
    json_decref(expected);
    buf_fini(&session.seen);
    fake_stop(&fake);
}

static void sharing_waits_for_a_yes(void **state)
{
    (void)state;
    struct fake fake;
    struct session session;
    fake_start(&fake, school);
    BEGIN(&session, &fake, "share", "4fa2", "--with", "buddies");
    expect(&session, "Jo found it easy");
    expect(&session, "Share this with Roosevelt High School? (yes or no)");
    type(&session, "hm");
    expect(&session, "(yes or no)");
    type(&session, "no");
    assert_int_equal(end(&session), CLI_REFUSED);
    assert_non_null(strstr((char *)session.seen.data, "Nothing was changed."));
    buf_fini(&session.seen);
    for (size_t i = 0; i < fake.n_seen; i++)
        assert_int_not_equal(strncmp(fake.seen[i], "POST", 4), 0);
    BEGIN(&session, &fake, "share", "4fa2", "--with", "buddies");
    expect(&session, "(yes or no)");
    type(&session, "YES");
    assert_int_equal(end(&session), CLI_DONE);
    buf_fini(&session.seen);
    fake_seen(&fake, "POST " N "/records/" CYCLE "/share");
    fake_stop(&fake);
}

#define SURVEY                                                          \
    "aaaa000000000000000000000000000000000000000000000000000000000000." \
    "6e263d00000000000000000000000003"

/* Statement by statement; a wrong number is asked again; what is left open is left out. */
static void a_survey_is_answered_without_a_name(void **state)
{
    (void)state;
    static const struct fake_row survey[] = {
        {.request = "GET " N "/records?",
         .body = "{\"items\": [{\"id\": \"6e263d00000000000000000000000003\", \"short\": "
                 "\"6e263d\", \"owner\": {\"id\": "
                 "\"aaaa000000000000000000000000000000000000000000000000000000000000\"}, "
                 "\"type\": \"survey\", \"title\": \"How we meet\"}]}"},
        {.request = "GET " N "/records/" SURVEY,
         .body = "{\"id\": \"6e263d00000000000000000000000003\", \"short\": \"6e263d\", "
                 "\"title\": \"How we meet\", \"sections\": {\"scale\": {\"labels\": [\"no\", "
                 "\"so-so\", \"yes\"], \"dont_know\": true, \"evidence\": true}, \"form\": "
                 "{\"parts\": [{\"id\": \"p\", \"title\": \"Our meetings\"}], \"statements\": "
                 "[{\"id\": \"s1\", \"part\": \"p\", \"text\": \"We begin in time\"}, {\"id\": "
                 "\"s2\", \"part\": \"p\", \"text\": \"Everybody speaks\"}, {\"id\": \"s3\", "
                 "\"text\": \"We stop in time\"}]}}}"},
        {.request = "POST " N "/records", .file = "done.json"},
        {.request = NULL},
    };
    struct fake fake;
    struct session session;
    fake_start(&fake, survey);
    BEGIN(&session, &fake, "survey", "answer", "6e263d", "--round", "spring");
    expect(&session, "Nobody is named.");
    expect(&session, "Our meetings");
    expect(&session, "We begin in time");
    expect(&session, "3 yes");
    expect(&session, "Your answer");
    type(&session, "4");
    expect(&session, "Give one of the numbers");
    type(&session, "2");
    expect(&session, "What would one see?");
    type(&session, "The door is open at eight");
    expect(&session, "Everybody speaks");
    expect(&session, "> ");
    type(&session, "");
    expect(&session, "We stop in time");
    expect(&session, "> ");
    type(&session, "d");
    expect(&session, "What would one see?");
    type(&session, "");
    int code = end(&session);
    if (code != 0) fail_msg("%s", (char *)session.seen.data);
    json_t *body = fake_body(&fake, "POST " N "/records");
    json_t *expected = json_loads(
        "{\"type\": \"survey_response\", \"sections\": {\"head\": {\"survey\": "
        "\"aaaa000000000000000000000000000000000000000000000000000000000000/"
        "6e263d00000000000000000000000003\", \"round\": \"spring\"}, \"answers\": {\"list\": "
        "[{\"id\": \"s1\", \"answer\": 2, \"evidence\": \"The door is open at eight\"}, "
        "{\"id\": "
        "\"s3\", \"dont_know\": true}]}}}",
        0, NULL);
    assert_non_null(expected);
    if (!json_equal(body, expected)) fail_msg("%s", fake_seen(&fake, "POST " N "/records"));
    json_decref(body);
    json_decref(expected);
    buf_fini(&session.seen);
    fake_stop(&fake);
}

static void the_twelve_words_do_not_show(void **state)
{
    (void)state;
    struct fake fake;
    struct session session;
    static const char words[] =
        "amber boat clay drum eagle fern glass hill iron jade kite lamp";
    fake_start(&fake, school);
    BEGIN(&session, &fake, "found", "Our network");
    expect(&session, "they do not show)");
    expect(&session, "> ");
    type(&session, words);
    assert_int_equal(end(&session), CLI_DONE);
    assert_null(strstr((char *)session.seen.data, "eagle"));
    buf_fini(&session.seen);
    json_t *body = fake_body(&fake, "POST " N "/found");
    assert_string_equal(tests_str(body, "phrase"), words);
    json_decref(body);
    fake_stop(&fake);
}

static void four_words_are_compared_by_a_person(void **state)
{
    (void)state;
    struct fake fake;
    struct session session;
    fake_start(&fake, school);
    BEGIN(&session, &fake, "approve");
    expect(&session, "Washington asks to join");
    expect(&session, "amber boat clay drum");
    expect(&session, "(yes or no)");
    type(&session, "yes");
    assert_int_equal(end(&session), CLI_DONE);
    buf_fini(&session.seen);
    fake_seen(&fake, "POST " N "/requests/71d0aa/approve");
    fake_stop(&fake);
}

/* What was typed by hand and then refused is not lost. */
static void what_cannot_be_written_becomes_a_draft(void **state)
{
    (void)state;
    static const struct fake_row full[] = {
        {.request = "GET ", .body = "{\"items\": []}"},
        {.request = "POST " N "/records",
         .status = 507,
         .body = "{\"error\": {\"code\": \"NO_SPACE\", \"message\": \"the disk is full\", "
                 "\"hint\": \"\"}}"},
        {.request = "PUT " N "/drafts/idea-", .body = "{}"},
        {.request = NULL},
    };
    struct fake fake;
    struct session session;
    fake_start(&fake, full);
    BEGIN(&session, &fake, "idea", "add");
    expect(&session, "What could you try?");
    type(&session, "");
    expect(&session, "This one is needed.");
    expect(&session, "What could you try?");
    type(&session, "Greet at the door");
    for (int i = 0; i < 6; i++) {
        expect(&session, "> ");
        type(&session, "");
    }
    expect(&session, "kith draft resume idea-");
    assert_int_equal(end(&session), CLI_FAILED);
    json_t *body = fake_body(&fake, "PUT " N "/drafts/idea-");
    json_t *head = json_object_get(json_object_get(body, "body"), "head");
    assert_string_equal(tests_str(head, "title"), "Greet at the door");
    json_decref(body);
    buf_fini(&session.seen);
    fake_stop(&fake);
}

/* Without a daemon nobody is asked ten questions first. */
static void no_daemon_asks_nothing(void **state)
{
    (void)state;
    struct fake nowhere = {0};
    struct session session;
    snprintf(nowhere.dir, sizeof(nowhere.dir), "/tmp/kith-cli-nowhere");
    BEGIN(&session, &nowhere, "idea", "add");
    assert_int_equal(end(&session), CLI_UNREACHABLE);
    assert_null(strstr((char *)session.seen.data, "What could you try?"));
    assert_non_null(strstr((char *)session.seen.data, "kithd --data"));
    buf_fini(&session.seen);
}

/* On a terminal there is colour, and of escape sequences only ours. */
static void only_our_own_escapes_reach_a_terminal(void **state)
{
    (void)state;
    struct fake fake;
    struct session session;
    fake_start(&fake, school);
    setenv("TERM", "xterm", 1);
    unsetenv("NO_COLOR");
    BEGIN(&session, &fake, "show", "4fa2");
    assert_int_equal(end(&session), CLI_DONE);
    const char *seen = (const char *)session.seen.data;
    size_t styles = 0;
    for (const char *p = strchr(seen, '\x1b'); p != NULL; p = strchr(p + 1, '\x1b'), styles++) {
        size_t n = strspn(p + 2, "0123456789;");
        assert_true(p[1] == '[' && p[2 + n] == 'm');
    }
    assert_true(styles > 10);
    assert_null(strchr(seen, '\x07'));
    buf_fini(&session.seen);
    setenv("NO_COLOR", "1", 1);
    BEGIN(&session, &fake, "show", "4fa2");
    assert_int_equal(end(&session), CLI_DONE);
    assert_null(strchr((const char *)session.seen.data, '\x1b'));
    buf_fini(&session.seen);
    unsetenv("NO_COLOR");
    fake_stop(&fake);
}

int main(int argc, char **argv)
{
    if (argc > 1) return cli_main(argc, argv, stdin, stdout, stderr); /* begin()'s child */
    unsetenv("EDITOR");
    unsetenv("VISUAL");
    setenv("NO_COLOR", "1", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_study_shows_each_prediction_and_asks),
        cmocka_unit_test(a_plan_begins_with_its_prediction),
        cmocka_unit_test(a_copied_plan_is_asked_for_its_predictions),
        cmocka_unit_test(doing_begins_with_what_was_seen),
        cmocka_unit_test(who_says_nothing_writes_nothing),
        cmocka_unit_test(to_adapt_asks_what_will_happen_next),
        cmocka_unit_test(sharing_waits_for_a_yes),
        cmocka_unit_test(a_survey_is_answered_without_a_name),
        cmocka_unit_test(the_twelve_words_do_not_show),
        cmocka_unit_test(four_words_are_compared_by_a_person),
        cmocka_unit_test(what_cannot_be_written_becomes_a_draft),
        cmocka_unit_test(no_daemon_asks_nothing),
        cmocka_unit_test(only_our_own_escapes_reach_a_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
