/* The screen before sharing: what it points at, and what it leaves alone. */
#include "tests/support/tests.h"

#include "daemon/api/points.h"
#include "proto/base/text.h"

enum { TODAY = 1790000000 }; /* in 2026 */

/* The kinds of points in a text, "name small_group", in order. */
static const char *kinds_of(const char *value)
{
    static char out[512];
    json_t *lines = json_pack("[{s:s, s:s}]", "path", "do.surprises", "value", value);
    json_t *names = json_pack("[s, s, s]", "Jo", "Ana Lima", "José");
    struct points_ask ask = {.lines = lines, .names = names, .wall_s = TODAY};
    json_t *points = points_make(&ask), *point;
    size_t i;

    out[0] = '\0';
    json_array_foreach(points, i, point)
    {
        const char *text = json_string_value(json_object_get(point, "text"));

        if (out[0] != '\0') strcat(out, " ");
        strncat(out, json_string_value(json_object_get(point, "kind")), 20);
        assert_string_equal(json_string_value(json_object_get(point, "path")), "do.surprises");
        assert_true(json_string_length(json_object_get(point, "hint")) > 0);
        assert_non_null(strstr(value, text)); /* an excerpt, whole characters */
        assert_non_null(strstr(text, json_string_value(json_object_get(point, "found"))));
        assert_true(text_is_utf8(slice_of(text, strlen(text))));
    }
    json_decref(points);
    json_decref(lines);
    json_decref(names);
    return out;
}

static void it_points_at_what_may_identify(void **state)
{
    (void)state;
    assert_string_equal(kinds_of("we asked Jo about it"), "name");
    assert_string_equal(kinds_of("JO said"), "name");
    assert_string_equal(kinds_of("with ana lima and others"), "name");
    assert_string_equal(kinds_of("aujourd'hui José a parlé, déjà"), "name");
    assert_string_equal(kinds_of("one student cried"), "one_student");
    assert_string_equal(kinds_of("number 20231187 left"), "id");
    assert_string_equal(kinds_of("born 2012-04-30"), "date");
    assert_string_equal(kinds_of("born 30.4.2012, 4/30/12"), "date date");
    assert_string_equal(kinds_of("3 students were late"), "small_group");
    assert_string_equal(kinds_of("9 girls"), "small_group");
}

static void it_leaves_the_rest_alone(void **state)
{
    (void)state;
    assert_string_equal(kinds_of(""), "");
    assert_string_equal(kinds_of("a journey, a job, joy, Banjo"), "");
    assert_string_equal(kinds_of("10 students, 24 pupils, 300 children"), "");
    assert_string_equal(kinds_of("3 tickets a week, 5 minutes"), "");
    assert_string_equal(kinds_of("from 12 % to 48 %, page 12345"), "");
    assert_string_equal(kinds_of("version 1.2.3 and 10.0.0.1"), "");
    assert_string_equal(kinds_of("9A and Room101"), "");
}

/* What the fields are is the schema's to say. */
static void it_knows_the_fields(void **state)
{
    static const struct {
        const char *path, *value, *kind; /* kind "": no point */
    } rows[] = {
        {"head.start", "2012-04-30", ""},
        {"head.title", "2012-04-30", "date"},
        {"do.data[0].of", "7", "small_group"},
        {"do.data[0].of", "10", ""},
        {"do.data[0].of", "0", ""},
        {"do.data[3].value", "7", ""},
        {"head.number", "3", ""},
        {"head.idea", "20231187/20231187", ""},
        {"plan.for_whom[0]", "3 students", "small_group"},
        {"plan.questions[11].prediction", "Jo will do it", "name"},
        {"other.thing", "Jo", "name"},
    };
    struct schema_set *schemas = schema_set_new();
    json_t *names = json_pack("[s]", "Jo");

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_t *lines = json_pack("[{s:s, s:s, s:s}, {s:s, s:s, s:s}]", "kind", "item", "path",
                                  "study.results[0]", "value", "Jo", "kind", "field", "path",
                                  rows[i].path, "value", rows[i].value);
        struct points_ask ask = {.lines = lines, .names = names, .wall_s = TODAY};
        json_t *points;

        ask.schema = schema_set_find(schemas, "cycle");
        points = points_make(&ask);
        assert_int_equal(json_array_size(points), rows[i].kind[0] != '\0');
        if (rows[i].kind[0] != '\0') {
            const json_t *point = json_array_get(points, 0);

            assert_string_equal(tests_str(point, "kind"), rows[i].kind);
            assert_string_equal(tests_str(point, "path"), rows[i].path);
        }
        json_decref(points);
        json_decref(lines);
    }
    json_decref(names);
    schema_set_free(schemas);
}

/* However long the text, the answer is bounded. */
static void it_is_bounded(void **state)
{
    struct buf text = {0};
    json_t *lines, *points;
    struct points_ask ask = {.wall_s = TODAY};

    (void)state;
    for (int i = 0; i < 5000; i++)
        buf_put_str(&text, "123456 ");
    buf_put_u8(&text, 0);
    lines = json_pack("[{s:s, s:s}]", "path", "x", "value", (const char *)text.data);
    ask.lines = lines;
    points = points_make(&ask);
    assert_int_equal(json_array_size(points), POINTS_MAX);
    json_decref(points);
    json_decref(lines);
    buf_fini(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_points_at_what_may_identify),
        cmocka_unit_test(it_leaves_the_rest_alone),
        cmocka_unit_test(it_knows_the_fields),
        cmocka_unit_test(it_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
