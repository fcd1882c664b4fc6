/* A school's day before it has joined anything, through the API, over a real view. */
#include "tests/unit/daemon/api/client.h"

#define M "/v1/networks/main"

static struct answer ask(struct fake *fake, const char *method, const char *target,
                         const char *body, int status)
{
    struct answer answer = fake_ask(fake, method, target, body);

    if (answer.status != status) {
        fail_msg("%s %s: %d, not %d: %.*s", method, target, answer.status, status,
                 (int)answer.body.len, (const char *)answer.body.data);
    }
    return answer;
}

static json_t *at(const struct answer *answer, const char *a, const char *b)
{
    return json_object_get(json_object_get(answer->json, a), b);
}

static json_t *item(const struct answer *answer, size_t i)
{
    return json_array_get(json_object_get(answer->json, "items"), i);
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text == NULL ? "" : text;
}

/* Adds an idea; its id goes to out. */
static void add_idea(struct fake *fake, const char *title, char out[33])
{
    char body[300];
    struct answer answer;

    snprintf(
        body, sizeof(body),
        "{\"type\":\"idea\",\"sections\":{\"head\":{\"title\":\"%s\"}},\"person\":\"R. Vale\"}",
        title);
    answer = ask(fake, "POST", M "/records", body, 201);
    snprintf(out, 33, "%s", answer_str(&answer, "record"));
    assert_int_equal(strlen(out), 32);
    answer_fini(&answer);
}

static void what_was_written_is_read(void **state)
{
    struct fake *fake = fake_start(0);
    char id[33], target[200];
    struct answer answer;

    (void)state;
    add_idea(fake, "Exit tickets", id);
    snprintf(target, sizeof(target), M "/records/%s", id);
    answer = ask(fake, "GET", target, NULL, 200);
    assert_string_equal(text_of(answer.json, "title"), "Exit tickets");
    assert_string_equal(text_of(answer.json, "person"), "R. Vale");
    assert_true(json_is_true(at(&answer, "owner", "mine")));
    assert_true(json_is_array(json_object_get(answer.json, "reached")));
    assert_true(json_is_false(json_object_get(answer.json, "behind")));
    answer_fini(&answer);
    /* The first digits are enough, and another's are not. */
    snprintf(target, sizeof(target), M "/records/%.6s", id);
    answer = ask(fake, "GET", target, NULL, 200);
    assert_string_equal(text_of(answer.json, "id"), id);
    answer_fini(&answer);
    assert_refused(fake, "POST", M "/records", "{\"type\":\"idea\",\"sections\":{}}", 400,
                   "INVALID");
    assert_refused(fake, "POST", M "/records",
                   "{\"type\":\"idea\",\"sections\":{\"head\":{\"title\":7}}}", 400, "INVALID");
    assert_refused(fake, "POST", M "/records", "{\"type\":\"A b\",\"sections\":{}}", 400,
                   "INVALID");
    assert_refused(fake, "POST", M "/records",
                   "{\"type\":\"aim\",\"network_owned\":true,"
                   "\"sections\":{\"head\":{\"statement\":\"x\"}}}",
                   409, "NOT_JOINED");
    fake_stop(fake);
}

static void an_edit_lies_over_what_was_there(void **state)
{
    struct fake *fake = fake_start(0);
    char id[33], target[200];
    struct answer answer;

    (void)state;
    add_idea(fake, "Exit tickets", id);
    snprintf(target, sizeof(target), M "/records/%s", id);
    answer = ask(fake, "PATCH", target,
                 "{\"sections\":{\"head\":{\"description\":\"Three questions\"}}}", 200);
    assert_string_equal(text_of(answer.json, "record"), id);
    assert_int_equal(json_array_size(json_object_get(answer.json, "spaces")), 1);
    answer_fini(&answer);
    answer = ask(fake, "GET", target, NULL, 200);
    assert_string_equal(text_of(at(&answer, "sections", "head"), "title"), "Exit tickets");
    assert_string_equal(text_of(at(&answer, "sections", "head"), "description"),
                        "Three questions");
    answer_fini(&answer);
    assert_refused(fake, "PATCH", target,
                   "{\"sections\":{\"head\":{\"title\":\"Exit tickets\"}}}", 409, "EXISTS");
    strcat(target, "/history");
    answer = ask(fake, "GET", target, NULL, 200);
    assert_int_equal(json_array_size(json_object_get(answer.json, "items")), 2);
    assert_true(json_is_true(json_object_get(item(&answer, 0), "effective")));
    assert_int_equal(json_integer_value(json_object_get(item(&answer, 0), "lamport")), 2);
    answer_fini(&answer);
    assert_refused(fake, "PATCH", M "/records/ffffffff", "{\"sections\":{\"head\":{}}}", 404,
                   "NOT_FOUND");
    fake_stop(fake);
}

static void lists_go_page_by_page(void **state)
{
    struct fake *fake = fake_start(0);
    char id[33], target[200];
    struct answer answer;

    (void)state;
    add_idea(fake, "One", id);
    add_idea(fake, "Two, \\\"more\\\":true", id); /* what looks like the list's own end */
    add_idea(fake, "Three", id);
    answer = ask(fake, "GET", M "/records?type=idea&mine=1&limit=2", NULL, 200);
    assert_int_equal(json_array_size(json_object_get(answer.json, "items")), 2);
    assert_string_equal(text_of(item(&answer, 0), "title"), "Three");
    snprintf(target, sizeof(target), M "/records?type=idea&mine=1&limit=2&cursor=%s",
             answer_str(&answer, "next"));
    answer_fini(&answer);
    answer = ask(fake, "GET", target, NULL, 200);
    assert_int_equal(json_array_size(json_object_get(answer.json, "items")), 1);
    assert_string_equal(text_of(item(&answer, 0), "title"), "One");
    assert_true(json_is_null(json_object_get(answer.json, "next")));
    answer_fini(&answer);
    answer = ask(fake, "GET", M "/feed?limit=2", NULL, 200);
    assert_int_equal(json_array_size(json_object_get(answer.json, "items")), 2);
    assert_string_equal(text_of(item(&answer, 0), "what"), "new");
    snprintf(target, sizeof(target), M "/feed?limit=2&cursor=%s", answer_str(&answer, "next"));
    answer_fini(&answer);
    answer = ask(fake, "GET", target, NULL, 200);
    assert_int_equal(json_array_size(json_object_get(answer.json, "items")), 1);
    answer_fini(&answer);
    answer = ask(fake, "GET", M "/feed?others=1", NULL, 200);
    assert_int_equal(json_array_size(json_object_get(answer.json, "items")), 0);
    answer_fini(&answer);
    answer = ask(fake, "GET", M "/search?q=three", NULL, 200);
    assert_int_equal(json_array_size(json_object_get(answer.json, "items")), 1);
    assert_string_equal(text_of(json_object_get(item(&answer, 0), "record"), "title"), "Three");
    answer_fini(&answer);
    assert_refused(fake, "GET", M "/search?q=", NULL, 400, "INVALID");
    fake_stop(fake);
}

/* Plan, do, study, act: adapt opens the next cycle with the plan copied. */
static void a_cycle_from_plan_to_the_next(void **state)
{
    struct fake *fake = fake_start(0);
    char id[33], target[200];
    struct answer answer;

    (void)state;
    answer =
        ask(fake, "POST", M "/cycles",
            "{\"head\":{\"title\":\"Exit tickets in 9A\",\"ramp\":\"tickets\",\"number\":1},"
            "\"plan\":{\"change\":\"A ticket a day\",\"questions\":[{\"question\":\"Do they "
            "answer?\",\"prediction\":\"20 of 24\"}]}}",
            201);
    snprintf(id, sizeof(id), "%s", answer_str(&answer, "record"));
    answer_fini(&answer);
    snprintf(target, sizeof(target), M "/cycles/%s/do", id);
    answer =
        ask(fake, "POST", target,
            "{\"do\":{\"carried_out\":\"yes\",\"observations\":[{\"text\":\"Quick\"}]}}", 200);
    answer_fini(&answer);
    assert_refused(fake, "POST", target, "{\"study\":{}}", 400, "INVALID");
    snprintf(target, sizeof(target), M "/cycles/%s/study", id);
    answer = ask(fake, "POST", target, "{\"study\":{\"summary\":\"They like it\"}}", 200);
    answer_fini(&answer);
    snprintf(target, sizeof(target), M "/cycles/%s/act", id);
    answer = ask(fake, "POST", target,
                 "{\"act\":{\"decision\":\"adapt\",\"why\":\"Too long\"},"
                 "\"next\":{\"head\":{\"title\":\"Shorter tickets\"}}}",
                 200);
    assert_string_equal(answer_str(&answer, "record"), id);
    assert_string_not_equal(answer_str(&answer, "next"), "");
    snprintf(target, sizeof(target), M "/records/%s", answer_str(&answer, "next"));
    answer_fini(&answer);
    answer = ask(fake, "GET", target, NULL, 200);
    assert_string_equal(text_of(at(&answer, "sections", "head"), "title"), "Shorter tickets");
    assert_int_equal(
        json_integer_value(json_object_get(at(&answer, "sections", "head"), "number")), 2);
    assert_string_equal(text_of(at(&answer, "sections", "plan"), "change"), "A ticket a day");
    assert_string_equal(text_of(answer.json, "state"), "planned");
    answer_fini(&answer);
    snprintf(target, sizeof(target), M "/records/%s", id);
    answer = ask(fake, "GET", target, NULL, 200);
    assert_string_equal(text_of(answer.json, "state"), "decided");
    answer_fini(&answer);
    snprintf(target, sizeof(target), M "/cycles/%s/withdraw", id);
    assert_refused(fake, "POST", target, "{\"reason\":\"  \"}", 400, "INVALID");
    snprintf(target, sizeof(target), M "/cycles/%s/state", id);
    assert_refused(fake, "POST", target, "{\"state\":\"flying\"}", 400, "INVALID");
    answer = ask(fake, "POST", target, "{\"state\":\"closed\"}", 200);
    answer_fini(&answer);
    fake_stop(fake);
}

/* The projection is late: a read waits for what was answered, and then says that it is behind.
 */
static void a_read_waits_for_what_was_written(void **state)
{
    struct fake *fake = fake_start(0);
    char id[33];
    int fd;
    struct answer answer;
    static const char request[] = "GET " M "/records?type=idea HTTP/1.1\r\nHost: kith\r\n\r\n";

    (void)state;
    fake->hold_view = true;
    add_idea(fake, "Late", id);
    fd = fake_connect(fake);
    fake_send(fake, fd, request, sizeof(request) - 1);
    for (int i = 0; i < 100; i++)
        fake_turn(fake, -1);
    {
        char byte;

        assert_int_equal(recv(fd, &byte, 1, 0), -1); /* not answered yet */
    }
    fake_step_view(fake);
    answer = fake_receive(fake, fd);
    assert_int_equal(json_array_size(json_object_get(answer.json, "items")), 1);
    answer_fini(&answer);
    close(fd);
    answer = ask(fake, "GET", M "/records?after=999", NULL, 200); /* 5 s, then what there is */
    assert_true(json_is_true(json_object_get(answer.json, "behind")));
    answer_fini(&answer);
    fake_stop(fake);
}

static void drafts_and_settings_are_kept(void **state)
{
    struct fake *fake = fake_start(0);
    struct answer answer;

    (void)state;
    answer =
        ask(fake, "PUT", M "/drafts/monday", "{\"type\":\"idea\",\"body\":{\"x\":1}}", 200);
    answer_fini(&answer);
    answer = ask(fake, "GET", M "/drafts", NULL, 200);
    assert_string_equal(text_of(item(&answer, 0), "draft"), "monday");
    answer_fini(&answer);
    answer = ask(fake, "GET", M "/drafts/monday", NULL, 200);
    assert_int_equal(json_integer_value(at(&answer, "body", "x")), 1);
    answer_fini(&answer);
    /* Writing the record finishes the draft. */
    answer = ask(
        fake, "POST", M "/records",
        "{\"type\":\"idea\",\"sections\":{\"head\":{\"title\":\"T\"}},\"draft\":\"monday\"}",
        201);
    answer_fini(&answer);
    assert_refused(fake, "GET", M "/drafts/monday", NULL, 404, "NOT_FOUND");
    assert_refused(fake, "DELETE", M "/drafts/monday", NULL, 404, "NOT_FOUND");
    assert_refused(fake, "PUT", M "/drafts/a%2Fb", "{\"type\":\"idea\",\"body\":1}", 400,
                   "INVALID");
    answer = ask(fake, "PUT", M "/names", "{\"items\":[\"Jo\",\"Ana\"]}", 200);
    answer_fini(&answer);
    answer = ask(fake, "GET", M "/names", NULL, 200);
    assert_int_equal(json_array_size(json_object_get(answer.json, "items")), 2);
    answer_fini(&answer);
    assert_refused(fake, "PUT", M "/names", "{\"items\":[\"Jo\",7]}", 400, "INVALID");
    answer = ask(fake, "PATCH", M "/settings", "{\"person\":\"R. Vale\",\"may_share\":[\"A\"]}",
                 200);
    assert_string_equal(answer_str(&answer, "person"), "R. Vale");
    assert_int_equal(json_array_size(json_object_get(answer.json, "may_share")), 1);
    answer_fini(&answer);
    fake_stop(fake);
}

/* What one daemon exports another takes in, once; a line that is wrong is told with its number.
 */
static void an_export_is_imported_once(void **state)
{
    struct fake *from = fake_start(0), *to = fake_start(0);
    char id[33];
    struct answer answer;
    struct buf lines = {0};
    const char *p, *end;

    (void)state;
    for (int i = 0; i < 150; i++)
        add_idea(from, "Idea", id);
    answer = ask(from, "GET", M "/export", NULL, 200);
    /* Undo the chunks: size line, bytes, line end. */
    p = (const char *)answer.body.data;
    end = p + answer.body.len;
    while (p < end) {
        size_t n = strtoul(p, NULL, 16);

        p = memmem(p, (size_t)(end - p), "\r\n", 2);
        if (n == 0 || p == NULL) break;
        buf_put(&lines, p + 2, n);
        p += 2 + n + 2;
    }
    buf_put_str(&lines, "not json\n");
    buf_put_u8(&lines, 0);
    answer_fini(&answer);
    assert_non_null(strstr((char *)lines.data, "{\"kith\":\"export\""));
    assert_non_null(strstr((char *)lines.data, "{\"end\":true,\"revisions\":150}"));
    answer = ask(to, "POST", M "/import", (char *)lines.data, 200);
    assert_int_equal(json_integer_value(json_object_get(answer.json, "written")), 150);
    assert_int_equal(json_integer_value(json_object_get(answer.json, "refused_n")), 1);
    assert_int_equal(json_integer_value(json_object_get(
                         json_array_get(json_object_get(answer.json, "refused"), 0), "line")),
                     153);
    answer_fini(&answer);
    answer = ask(to, "POST", M "/import", (char *)lines.data, 200);
    assert_int_equal(json_integer_value(json_object_get(answer.json, "written")), 0);
    assert_int_equal(json_integer_value(json_object_get(answer.json, "skipped")), 150);
    answer_fini(&answer);
    buf_fini(&lines);
    fake_stop(from);
    fake_stop(to);
}

static void the_doctor_is_a_job(void **state)
{
    struct fake *fake = fake_start(0);
    struct answer answer;
    char target[100];

    (void)state;
    fake->hold_later = true;
    answer = ask(fake, "POST", M "/doctor", "{}", 202);
    snprintf(target, sizeof(target), M "/jobs/%s",
             text_of(json_object_get(answer.json, "job"), "id"));
    answer_fini(&answer);
    assert_refused(fake, "POST", M "/doctor", "{}", 503, "BUSY");
    answer = ask(fake, "GET", target, NULL, 200);
    assert_string_equal(answer_str(&answer, "state"), "running");
    answer_fini(&answer);
    fake->hold_later = false;
    fake_turn(fake, -1);
    answer = ask(fake, "GET", target, NULL, 200);
    assert_string_equal(answer_str(&answer, "state"), "done");
    assert_true(json_is_true(at(&answer, "result", "healthy")));
    answer_fini(&answer);
    fake_stop(fake);
}

static void status_and_reports_answer_alone(void **state)
{
    struct fake *fake = fake_start(0);
    char id[33];
    struct answer answer;

    (void)state;
    add_idea(fake, "Exit tickets", id);
    answer = ask(fake, "GET", M "/status", NULL, 200);
    assert_string_equal(text_of(at(&answer, "me", "school"), "name"), "Lincoln <b>& Sons</b>");
    assert_string_equal(text_of(json_object_get(answer.json, "network"), "state"), "solo");
    assert_int_equal(json_integer_value(at(&answer, "counts", "mine")), 1);
    assert_int_equal(json_integer_value(at(&answer, "reached", "records")), 0);
    answer_fini(&answer);
    answer = ask(fake, "GET", M "/reports/summary", NULL, 200);
    assert_true(json_array_size(json_object_get(answer.json, "reports")) >= 8);
    answer_fini(&answer);
    answer = ask(fake, "GET", M "/reports/states", NULL, 200);
    assert_true(json_array_size(json_object_get(answer.json, "columns")) >= 1);
    answer_fini(&answer);
    answer = ask(fake, "GET", M "/board?owner=me", NULL, 200);
    assert_true(json_array_size(json_object_get(answer.json, "columns")) >= 8);
    answer_fini(&answer);
    answer = ask(fake, "GET", M "/feedback", NULL, 200);
    assert_true(json_is_array(json_object_get(answer.json, "items")));
    answer_fini(&answer);
    answer = ask(fake, "GET", M "/unreadable", NULL, 200);
    assert_true(json_is_array(json_object_get(answer.json, "items")));
    answer_fini(&answer);
    fake_stop(fake);
}

/* What was asked may be no UTF-8, or be cut in the middle of a letter: the error still speaks.
 */
static void an_error_always_says_something(void **state)
{
    static const char *const targets[] = {
        M "/board?owner=%ff%ff1111",
        M
        "/records/"
        "%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9"
        "%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9"
        "%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A91%C3%A9%C3%A9%C3%A9",
    };
    struct fake *fake = fake_start(0);

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct answer answer = ask(fake, "GET", targets[i], NULL, 404);
        assert_true(strlen(text_of(json_object_get(answer.json, "error"), "message")) > 10);
        answer_fini(&answer);
    }
    fake_stop(fake);
}

static void a_survey_is_tallied(void **state)
{
    static const char survey[] =
        "{\"type\":\"survey\",\"sections\":{\"head\":{\"title\":\"How we meet\"},\"scale\":{"
        "\"labels\":[\"no\",\"yes\"]},\"form\":{\"statements\":[{\"id\":\"s1\",\"text\":\"We "
        "begin in "
        "time\"}]}}}";
    struct fake *fake = fake_start(0);
    char id[33], target[200];

    (void)state;
    struct answer answer = ask(fake, "POST", M "/records", survey, 201);
    (void)snprintf(id, sizeof(id), "%s", answer_str(&answer, "record"));
    answer_fini(&answer);
    (void)snprintf(target, sizeof(target), M "/tally?survey=%s", id);
    answer = ask(fake, "GET", target, NULL, 200);
    assert_string_equal(text_of(answer.json, "title"), "How we meet");
    assert_int_equal(json_integer_value(json_object_get(answer.json, "given")), 0);
    answer_fini(&answer);
    answer = ask(fake, "GET", M "/tally?type=tension_rating", NULL, 200);
    assert_int_equal(json_array_size(json_object_get(answer.json, "lines")), 14);
    answer_fini(&answer);
    add_idea(fake, "Greet", id);
    (void)snprintf(target, sizeof(target), M "/tally?survey=%s", id);
    assert_refused(fake, "GET", target, NULL, 400, "INVALID");
    assert_refused(fake, "GET", M "/tally", NULL, 400, "INVALID");
    assert_refused(fake, "GET", M "/tally?type=idea", NULL, 400, "INVALID");
    assert_refused(fake, "GET", M "/tally?survey=ffffffff", NULL, 404, "NOT_FOUND");
    fake_stop(fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_read),
        cmocka_unit_test(an_edit_lies_over_what_was_there),
        cmocka_unit_test(lists_go_page_by_page),
        cmocka_unit_test(a_cycle_from_plan_to_the_next),
        cmocka_unit_test(a_read_waits_for_what_was_written),
        cmocka_unit_test(drafts_and_settings_are_kept),
        cmocka_unit_test(an_export_is_imported_once),
        cmocka_unit_test(the_doctor_is_a_job),
        cmocka_unit_test(status_and_reports_answer_alone),
        cmocka_unit_test(an_error_always_says_something),
        cmocka_unit_test(a_survey_is_tallied),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
