/* A spreadsheet through the API: looked at, asked about, written once, all or nothing. */
#include "tests/unit/daemon/api/client.h"

#define M "/v1/networks/main"

static struct answer send_table(struct fake *fake, const char *said, const char *file,
                                int status)
{
    struct buf body = {0};
    struct answer answer;

    buf_put_str(&body, said);
    buf_put_str(&body, "\n");
    buf_put_str(&body, file);
    buf_put_u8(&body, 0);
    answer = fake_ask(fake, "POST", M "/tables", (const char *)body.data);
    if (answer.status != status) {
        fail_msg("%s: %d, not %d: %.*s", said, answer.status, status, (int)answer.body.len,
                 (const char *)answer.body.data);
    }
    buf_fini(&body);
    return answer;
}

static int64_t count(const struct answer *answer, const char *of)
{
    return json_integer_value(json_object_get(json_object_get(answer->json, "counts"), of));
}

static const json_t *line(const struct answer *answer, size_t i)
{
    return json_array_get(json_object_get(answer->json, "lines"), i);
}

static size_t records(struct fake *fake, const char *type)
{
    char target[100];
    struct answer answer;
    size_t n;

    snprintf(target, sizeof(target), M "/records?type=%s", type);
    answer = fake_ask(fake, "GET", target, NULL);
    assert_int_equal(answer.status, 200);
    n = json_array_size(json_object_get(answer.json, "items"));
    answer_fini(&answer);
    return n;
}

/* Previews with `said` (an object without its closing brace), then writes just that. */
static struct answer write_table(struct fake *fake, const char *said, const char *file)
{
    char text[600];
    struct answer answer;

    snprintf(text, sizeof(text), "%s}", said);
    answer = send_table(fake, text, file, 200);
    snprintf(text, sizeof(text), "%s%s\"write\":true,\"token\":\"%s\"}", said,
             strlen(said) > 1 ? "," : "", answer_str(&answer, "token"));
    answer_fini(&answer);
    return send_table(fake, text, file, 200);
}

static const char cycles[] = "Test,Start date,Question,Prediction,Decision\n"
                             "Exit tickets,2026-03-02,How many?,60 %,adapt\n"
                             "Exit tickets again,2026-03-16,,,adopt\n";

static void it_is_looked_at_written_and_not_doubled(void **state)
{
    struct fake *fake = fake_start(0);
    struct answer answer;

    (void)state;
    answer = send_table(fake, "{}", cycles, 200);
    assert_string_equal(answer_str(&answer, "type"), "cycle");
    assert_int_equal(count(&answer, "new"), 2);
    assert_string_equal(tests_str(line(&answer, 0), "title"), "Exit tickets");
    assert_string_equal(tests_str(line(&answer, 0), "is"), "new");
    assert_int_equal(json_array_size(json_object_get(line(&answer, 0), "fields")), 5);
    answer_fini(&answer);
    assert_int_equal(records(fake, "cycle"), 0); /* a look writes nothing */

    answer = write_table(fake, "{", cycles);
    assert_int_equal(json_integer_value(json_object_get(answer.json, "written")), 2);
    assert_true(strlen(answer_str(&answer, "lseq")) > 0);
    answer_fini(&answer);
    assert_int_equal(records(fake, "cycle"), 2);
    assert_int_equal(fake->commands, 1); /* one batch */

    answer = write_table(fake, "{", cycles);
    assert_int_equal(count(&answer, "same"), 2);
    assert_int_equal(json_integer_value(json_object_get(answer.json, "written")), 0);
    answer_fini(&answer);
    assert_int_equal(records(fake, "cycle"), 2);
    assert_int_equal(fake->commands, 1);
    fake_stop(fake);
}

static void what_differs_is_shown_and_laid_over_when_asked(void **state)
{
    static const char changed[] = "Test,Start date,Question,Prediction,Decision\n"
                                  "Exit tickets,2026-03-02,How many?,70 %,adapt\n"
                                  "Exit tickets again,2026-03-16,,,adopt\n"
                                  "A third,2026-03-30,,,\n";
    struct fake *fake = fake_start(0);
    struct answer answer = write_table(fake, "{", cycles);
    const json_t *difference;
    char *here;

    (void)state;
    answer_fini(&answer);
    answer = write_table(fake, "{", changed);
    assert_int_equal(count(&answer, "new"), 1);
    assert_int_equal(count(&answer, "same"), 1);
    assert_int_equal(count(&answer, "differs"), 1);
    assert_int_equal(json_integer_value(json_object_get(answer.json, "written")), 1);
    difference = json_array_get(json_object_get(line(&answer, 0), "differs"), 0);
    assert_string_equal(tests_str(difference, "place"), "plan.questions");
    here = json_dumps(json_object_get(difference, "here"), JSON_COMPACT);
    assert_non_null(strstr(here, "60 %"));
    free(here);
    answer_fini(&answer);
    assert_int_equal(records(fake, "cycle"), 3);

    answer = write_table(fake, "{\"update\":true", changed);
    assert_int_equal(json_integer_value(json_object_get(answer.json, "written")), 1);
    answer_fini(&answer);
    answer = write_table(fake, "{\"update\":true", changed);
    assert_int_equal(count(&answer, "same"), 3);
    answer_fini(&answer);
    assert_int_equal(records(fake, "cycle"), 3);
    fake_stop(fake);
}

/* One line that is not right, and no line is written. */
static void nothing_is_half_imported(void **state)
{
    static const char bad[] = "Test,Start date,Decision\n"
                              "A,2026-03-02,adapt\n"
                              "B,soon,perhaps\n";
    struct fake *fake = fake_start(0);
    struct answer answer = send_table(fake, "{}", bad, 200);
    const json_t *problem = json_array_get(json_object_get(line(&answer, 1), "problems"), 0);
    char said[100];

    (void)state;
    assert_int_equal(count(&answer, "bad"), 1);
    assert_int_equal(json_integer_value(json_object_get(problem, "line")), 3);
    assert_int_equal(json_integer_value(json_object_get(problem, "column")), 2);
    assert_string_equal(tests_str(problem, "header"), "Start date");
    assert_string_equal(tests_str(problem, "place"), "head.start");
    snprintf(said, sizeof(said), "{\"write\":true,\"token\":\"%s\"}",
             answer_str(&answer, "token"));
    answer_fini(&answer);
    answer = send_table(fake, said, bad, 403);
    assert_string_equal(answer_code(&answer), "REFUSED");
    answer_fini(&answer);
    assert_int_equal(records(fake, "cycle"), 0);

    /* Not with another token than the preview's, and not when the store refuses. */
    answer = send_table(fake, "{\"write\":true,\"token\":\"0123456789abcdef\"}", cycles, 403);
    answer_fini(&answer);
    answer = send_table(fake, "{}", cycles, 200);
    snprintf(said, sizeof(said), "{\"write\":true,\"token\":\"%s\"}",
             answer_str(&answer, "token"));
    answer_fini(&answer);
    fake->command_err = ERR_NO_SPACE;
    answer = send_table(fake, said, cycles, 507);
    answer_fini(&answer);
    fake->command_err = ERR_OK;
    assert_int_equal(records(fake, "cycle"), 0);
    answer = send_table(fake, said, cycles, 200); /* and then it works, with the same token */
    answer_fini(&answer);
    assert_int_equal(records(fake, "cycle"), 2);
    fake_stop(fake);
}

static void what_was_answered_is_remembered(void **state)
{
    static const char file[] = "Alpha,Beta\nA,03/04/2026\n";
    struct fake *fake = fake_start(0);
    struct answer answer = send_table(fake, "{}", file, 200);
    const json_t *question = json_array_get(json_object_get(answer.json, "questions"), 0);

    (void)state;
    assert_string_equal(tests_str(question, "about"), "type");
    answer_fini(&answer);
    answer = send_table(fake, "{\"write\":true,\"token\":\"\"}", file, 403);
    answer_fini(&answer);
    answer = write_table(fake,
                         "{\"type\":\"cycle\",\"dates\":\"dmy\",\"columns\":{\"Alpha\":"
                         "\"head.title\",\"Beta\":\"head.start\"}",
                         file);
    answer_fini(&answer);
    answer = send_table(fake, "{}", "BETA,alpha\n05/06/2026,B\n", 200);
    assert_int_equal(count(&answer, "new"), 1);
    assert_string_equal(answer_str(&answer, "dates"), "dmy");
    answer_fini(&answer);
    fake_stop(fake);
}

static void cells_name_records(void **state)
{
    static const char file[] =
        "Test,Change idea\nA,exit TICKET\nB,Nothing of the kind\nC,Twice\n";
    struct fake *fake = fake_start(0);
    struct answer answer;

    (void)state;
    answer = write_table(fake, "{\"type\":\"idea\"", "Title\nExit ticket\nTwice\nTwice\n");
    assert_int_equal(count(&answer, "new"), 3); /* the same title twice is two */
    answer_fini(&answer);
    answer = send_table(fake, "{\"type\":\"cycle\"}", file, 200);
    assert_int_equal(count(&answer, "new"), 1);
    assert_int_equal(count(&answer, "bad"), 2);
    assert_non_null(strstr(
        tests_str(json_array_get(json_object_get(line(&answer, 1), "problems"), 0), "text"),
        "Nothing of the kind"));
    assert_non_null(strstr(
        tests_str(json_array_get(json_object_get(line(&answer, 2), "problems"), 0), "text"),
        "several"));
    answer_fini(&answer);
    fake_stop(fake);
}

static void bad_bytes_get_a_sentence(void **state)
{
    struct fake *fake = fake_start(0);
    struct answer answer;

    (void)state;
    answer = fake_ask(fake, "POST", M "/tables", "{}");
    assert_int_equal(answer.status, 400);
    answer_fini(&answer);
    answer = send_table(fake, "{", "a,b\n", 400);
    answer_fini(&answer);
    answer = send_table(fake, "{\"sheet\":1}", "a,b\n", 400);
    answer_fini(&answer);
    answer = send_table(fake, "{}", "Title\n\"open\n", 400);
    assert_non_null(strstr((const char *)answer.body.data, "line 2"));
    answer_fini(&answer);
    answer = send_table(fake, "{\"type\":\"cycle\",\"columns\":{\"Title\":\"head.x\"}}",
                        "Title\nA\n", 400);
    answer_fini(&answer);
    fake_stop(fake);
}

static void templates(void **state)
{
    struct fake *fake = fake_start(0);
    struct answer answer = fake_ask(fake, "GET", "/v1/templates/pdsa", NULL);

    (void)state;
    assert_int_equal(answer.status, 200);
    buf_put_u8(&answer.body, 0);
    assert_non_null(strstr((const char *)answer.body.data, "Prediction"));
    answer_fini(&answer);
    answer = fake_ask(fake, "GET", "/v1/templates/nothing", NULL);
    assert_int_equal(answer.status, 404);
    answer_fini(&answer);
    fake_stop(fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_looked_at_written_and_not_doubled),
        cmocka_unit_test(what_differs_is_shown_and_laid_over_when_asked),
        cmocka_unit_test(nothing_is_half_imported),
        cmocka_unit_test(what_was_answered_is_remembered),
        cmocka_unit_test(cells_name_records),
        cmocka_unit_test(bad_bytes_get_a_sentence),
        cmocka_unit_test(templates),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
