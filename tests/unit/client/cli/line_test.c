#include "client/cli/line.h"

#include <stdlib.h>

#include "tests/support/tests.h"

static char *safe(const char *text)
{
    struct buf out = {0};
    line_put_safe(&out, text, strlen(text));
    buf_put_u8(&out, 0);
    return (char *)out.data;
}

static void what_steers_a_terminal_is_replaced(void **state)
{
    (void)state;
    static const struct {
        const char *text, *shown;
    } rows[] = {
        {"plain", "plain"},
        {"two\nlines", "two\nlines"},
        {"of\r\nWindows", "of\nWindows"},
        {"a\tb", "a b"},
        {"\x1b[31mred", "\xef\xbf\xbd[31mred"},
        {"\x1b]0;title\x07", "\xef\xbf\xbd]0;title\xef\xbf\xbd"},
        {"back\bspace\x7f", "back\xef\xbf\xbdspace\xef\xbf\xbd"},
        {"overwrite\rme", "overwrite\xef\xbf\xbdme"},
        {"\xc2\x9b"
         "31m",
         "\xef\xbf\xbd"
         "31m"},
        {"\xe2\x80\xae"
         "desrever",
         "\xef\xbf\xbd"
         "desrever"},
        {"\xe2\x81\xa6x\xe2\x81\xa9", "\xef\xbf\xbdx\xef\xbf\xbd"},
        {"\xe2\x80\xa8line", "\xef\xbf\xbdline"},
        {"bad\xff\xc0\x80utf", "bad\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdutf"},
        {"cut\xe2\x82", "cut\xef\xbf\xbd\xef\xbf\xbd"},
        {"na\xc3\xafve \xe6\x97\xa5\xe6\x9c\xac", "na\xc3\xafve \xe6\x97\xa5\xe6\x9c\xac"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *shown = safe(rows[i].text);
        assert_string_equal(shown, rows[i].shown);
        free(shown);
    }
}

static void whatever_the_bytes_the_result_is_calm_utf8(void **state)
{
    (void)state;
    struct rng rng = {.state = 7};
    for (int round = 0; round < 3000; round++) {
        char text[40];
        size_t n = (size_t)rng_below(&rng, sizeof(text));
        struct buf out = {0};
        for (size_t i = 0; i < n; i++)
            text[i] = (char)rng_next(&rng);
        line_put_safe(&out, text, n);
        for (size_t i = 0, used; i < out.len; i += used) {
            const char *p = (const char *)out.data + i;
            uint32_t c = line_char(p, out.len - i, &used);
            assert_true(c == '\n' || c >= 0x20);
            assert_true(c != 0xfffd || used == 3); /* a real U+FFFD, not broken bytes */
        }
        buf_fini(&out);
    }
}

static size_t width(const char *text)
{
    return line_width(text, strlen(text));
}

static void widths_are_columns(void **state)
{
    (void)state;
    assert_int_equal(width("abc"), 3);
    assert_int_equal(width("na\xc3\xafve"), 5);
    assert_int_equal(width("e\xcc\x81"), 1);                /* e and a combining accent */
    assert_int_equal(width("\xe6\x97\xa5\xe6\x9c\xac"), 4); /* two wide characters */
    assert_int_equal(width("\xf0\x9f\x98\x80"), 2);         /* an emoji */
    assert_int_equal(width("\xef\xbf\xbd"), 1);
}

static void cutting_never_splits_a_character(void **state)
{
    (void)state;
    const char *text = "a\xe6\x97\xa5"
                       "e\xcc\x81z";
    assert_int_equal(line_fit(text, strlen(text), 0), 0);
    assert_int_equal(line_fit(text, strlen(text), 1), 1);
    assert_int_equal(line_fit(text, strlen(text), 2), 1); /* the wide one needs two */
    assert_int_equal(line_fit(text, strlen(text), 3), 4);
    assert_int_equal(line_fit(text, strlen(text), 4), 7); /* the accent goes along */
}

static void lines_break_at_blanks_and_always_get_on(void **state)
{
    (void)state;
    size_t next;
    assert_int_equal(line_break("one two three", 13, 8, &next), 7);
    assert_int_equal(next, 8);
    assert_int_equal(line_break("one two", 7, 20, &next), 7);
    assert_int_equal(next, 7);
    assert_int_equal(line_break("unbreakable", 11, 4, &next), 4);
    assert_int_equal(next, 4);
    assert_int_equal(line_break("\xe6\x97\xa5", 3, 1, &next), 3); /* too wide, and yet shown */
    assert_int_equal(next, 3);
}

static void one_line_swallows_blanks(void **state)
{
    (void)state;
    struct buf out = {0};
    const char *text = "  a\n\n b\t\tc\r\n";
    line_put_one(&out, text, strlen(text));
    buf_put_u8(&out, 0);
    assert_string_equal((char *)out.data, "a b c");
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_steers_a_terminal_is_replaced),
        cmocka_unit_test(whatever_the_bytes_the_result_is_calm_utf8),
        cmocka_unit_test(widths_are_columns),
        cmocka_unit_test(cutting_never_splits_a_character),
        cmocka_unit_test(lines_break_at_blanks_and_always_get_on),
        cmocka_unit_test(one_line_swallows_blanks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
