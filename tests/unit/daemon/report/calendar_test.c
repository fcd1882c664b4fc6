/* Due dates as RFC 5545 wants them: whole days, escaped, folded within 75 bytes. */
#include "daemon/report/calendar.h"

#include "tests/unit/daemon/view/world.h"

static char *calendar(struct world_school *school)
{
    struct buf out = {0};
    assert_ok(calendar_make(school->reader, &out));
    buf_put_u8(&out, 0);
    return (char *)out.data;
}

static void assert_lines_are_whole(const char *text)
{
    for (const char *line = text; *line != '\0';) {
        const char *end = strstr(line, "\r\n");
        assert_non_null(end);
        assert_true(end - line <= 75);
        assert_true(((unsigned char)*line & 0xc0) != 0x80); /* no letter is cut */
        assert_null(memchr(line, '\n', (size_t)(end - line)));
        line = end + 2;
    }
}

static void due_dates(void **state)
{
    (void)state;
    struct world *world = world_new(86);
    struct world_school *a = world_school(world, "Adams");
    char id[33], uid[80];
    world_view_open(a, NULL);
    char *text = calendar(a);
    assert_string_equal(
        text,
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Kith//Kith//EN\r\nEND:VCALENDAR\r\n");
    free(text);
    world_new_record(
        a, "cycle",
        "{\"head\":{\"title\":\"Ring; ask, listen – é é é é é é é é é é é é é é é é é é "
        "é é é é é é é é\",\"end\":\"2026-12-31\"},\"plan\":{\"change\":\"x\"}}",
        id);
    (void)snprintf(uid, sizeof(uid), "UID:%s-study@kith\r\n", id);
    text = calendar(a);
    assert_lines_are_whole(text);
    assert_non_null(strstr(text, uid));
    assert_non_null(
        strstr(text, "DTSTART;VALUE=DATE:20261231\r\nDTEND;VALUE=DATE:20270101\r\n"));
    assert_non_null(strstr(text, "SUMMARY:Study: Ring\\; ask\\, listen"));
    free(text);
    world_edit(a, id, "{\"head\":{\"end\":\"2026-12-01\"}}"); /* moved, not made twice */
    text = calendar(a);
    assert_non_null(strstr(text, uid));
    assert_null(strstr(strstr(text, uid) + 1, "UID:"));
    assert_non_null(strstr(text, "DTSTART;VALUE=DATE:20261201\r\n"));
    free(text);
    world_edit(a, id, "{\"act\":{\"decision\":\"adopt\"}}"); /* studied: nothing is due */
    text = calendar(a);
    assert_null(strstr(text, "VEVENT"));
    free(text);
    world_new_record(
        a, "action_period",
        "{\"head\":{\"title\":\"Spring\",\"starts\":\"2026-03-01\",\"ends\":"
        "\"2026-05-31\"},\"plan\":{\"tasks\":[{\"id\":\"t1\",\"what\":\"Print\",\"due\":"
        "\"2026-03-05\"},{\"id\":\"t2\",\"what\":\"Done\",\"due\":\"2026-03-06\","
        "\"done\":true}]}}",
        id);
    text = calendar(a);
    assert_non_null(
        strstr(text, "DTSTART;VALUE=DATE:20260301\r\nDTEND;VALUE=DATE:20260601\r\n"));
    assert_non_null(strstr(text, "SUMMARY:Print\r\n"));
    assert_null(strstr(text, "SUMMARY:Done\r\n"));
    free(text);
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(due_dates)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
