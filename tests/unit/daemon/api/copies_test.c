/* Copies of a school's records: as tables that come back, and as what changed since. */
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

static void add(struct fake *fake, const char *type, const char *sections)
{
    char body[2000];
    struct answer answer;

    snprintf(body, sizeof(body),
             "{\"type\":\"%s\",\"sections\":%s,\"person\":\"A counsellor\"}", type, sections);
    answer = ask(fake, "POST", M "/records", body, 201);
    answer_fini(&answer);
}

static char *csv_of(struct fake *fake, const char *type)
{
    char target[100];
    struct answer answer;
    char *text;

    snprintf(target, sizeof(target), M "/tables/%s", type);
    answer = ask(fake, "GET", target, NULL, 200);
    buf_put_u8(&answer.body, 0);
    text = mem_strdup((const char *)answer.body.data);
    answer_fini(&answer);
    return text;
}

static struct answer send_table(struct fake *fake, const char *said, const char *file)
{
    struct buf body = {0};
    struct answer answer;

    buf_put_str(&body, said);
    buf_put_str(&body, "\n");
    buf_put_str(&body, file);
    buf_put_u8(&body, 0);
    answer = ask(fake, "POST", M "/tables", (const char *)body.data, 200);
    buf_fini(&body);
    return answer;
}

static int64_t count(const struct answer *answer, const char *of)
{
    return json_integer_value(json_object_get(json_object_get(answer->json, "counts"), of));
}

static const char full[] =
    "{\"head\":{\"title\":\"=Exit, \\\"tickets\\\"\",\"number\":2,\"start\":\"2026-03-02\","
    "\"team\":[\"the registrar\",\"two counsellors\"]},\"plan\":{\"change\":\"- one\\ntwo\","
    "\"questions\":[{\"question\":\"How many?\",\"prediction\":\"60 "
    "%\"},{\"question\":\"Who?\"},"
    "{\"prediction\":\"nobody\"}],\"for_whom\":[\"seniors\"]},\"do\":{\"finished\":true,"
    "\"observations\":[{\"text\":\"late\\nstart\"}]},\"act\":{\"decision\":\"adapt\"}}";

/* What is written as a table is read as the same records, nothing new and nothing changed. */
static void a_table_comes_back(void **state)
{
    struct fake *fake = fake_start(0);
    char *text, *at;
    struct answer answer;

    (void)state;
    add(fake, "cycle", full);
    add(fake, "cycle", "{\"head\":{\"title\":\"Plain\"}}");
    add(fake, "idea",
        "{\"head\":{\"title\":\"An idea\"},\"context\":{\"for_whom\":[\"all\"]}}");
    text = csv_of(fake, "cycle");
    assert_non_null(strstr(text, "\"'=Exit, \"\"tickets\"\"\""));
    assert_non_null(strstr(text, "\r\n"));
    answer = send_table(fake, "{}", text);
    assert_string_equal(answer_str(&answer, "type"), "cycle");
    if (count(&answer, "same") != 1) {
        /* The line break within an observation became a space: that one differs. */
        fail_msg("%.*s", (int)answer.body.len, (const char *)answer.body.data);
    }
    assert_int_equal(count(&answer, "differs"), 1);
    answer_fini(&answer);

    /* Changed in the spreadsheet, and laid over: the items stay the items that they were. */
    at = strstr(text, "60 %");
    memcpy(at, "70 %", 4);
    answer = send_table(fake, "{\"update\":true}", text);
    {
        char said[100];

        snprintf(said, sizeof(said), "{\"update\":true,\"write\":true,\"token\":\"%s\"}",
                 answer_str(&answer, "token"));
        answer_fini(&answer);
        answer = send_table(fake, said, text);
        assert_int_equal(json_integer_value(json_object_get(answer.json, "written")), 1);
        answer_fini(&answer);
    }
    free(text);
    text = csv_of(fake, "cycle");
    assert_non_null(strstr(text, "70 %"));
    assert_null(strstr(text, "60 %"));
    answer = send_table(fake, "{}", text);
    assert_int_equal(count(&answer, "same"), 2);
    answer_fini(&answer);
    free(text);

    answer = ask(fake, "GET", M "/tables", NULL, 200);
    assert_int_equal(json_array_size(json_object_get(answer.json, "items")), 2);
    answer_fini(&answer);
    fake_stop(fake);
}

/* Every page of what changed; `since` leaves out what was there before. */
static void what_changed_comes_in_pages(void **state)
{
    enum { N = 7 };
    struct fake *fake = fake_start(0);
    char target[300], cursor[120] = "";
    size_t seen = 0, pages = 0;
    long long applied = 0;
    struct answer answer;

    (void)state;
    for (int i = 0; i < N; i++)
        add(fake, "idea", "{\"head\":{\"title\":\"An idea\"}}");
    do {
        const json_t *next;

        snprintf(target, sizeof(target), M "/changes?limit=3%s%s", *cursor ? "&cursor=" : "",
                 cursor);
        answer = ask(fake, "GET", target, NULL, 200);
        next = json_object_get(answer.json, "next");
        seen += json_array_size(json_object_get(answer.json, "items"));
        if (pages++ == 0) {
            applied = json_integer_value(json_object_get(answer.json, "applied"));
        }
        snprintf(cursor, sizeof(cursor), "%s",
                 json_is_string(next) ? json_string_value(next) : "");
        answer_fini(&answer);
    } while (*cursor != '\0');
    assert_int_equal(seen, N);
    assert_int_equal(pages, 3);

    snprintf(target, sizeof(target), M "/changes?since=%lld", applied);
    answer = ask(fake, "GET", target, NULL, 200);
    assert_int_equal(json_array_size(json_object_get(answer.json, "items")), 0);
    answer_fini(&answer);
    add(fake, "idea", "{\"head\":{\"title\":\"Another\"}}");
    answer = ask(fake, "GET", target, NULL, 200);
    assert_int_equal(json_array_size(json_object_get(answer.json, "items")), 1);
    answer_fini(&answer);
    answer = ask(fake, "GET", M "/changes?cursor=abc", NULL, 400);
    answer_fini(&answer);
    fake_stop(fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_comes_back),
        cmocka_unit_test(what_changed_comes_in_pages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
