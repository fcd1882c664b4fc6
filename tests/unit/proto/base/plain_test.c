/* Letters without case and accents. */
#include "tests/support/tests.h"

#include "proto/base/plain.h"
#include "proto/base/text.h"

static void words(const char *text, const char *expected)
{
    struct buf out = {0};

    plain_words(&out, text, strlen(text));
    buf_put_u8(&out, 0);
    assert_string_equal((const char *)out.data, expected);
    buf_fini(&out);
}

static void case_and_accents_go(void **state)
{
    (void)state;
    words("Predicción", "prediccion");
    words("  ¿QUÉ  predices?! ", "que predices");
    words("Test #3: Who/When", "test 3 who when");
    words("Ærøskøbing Straße Łódź œuvre Þór ŸĲ", "aeroskobing strasse lodz oeuvre thor yij");
    words("e\xcc\x81te\xcc\x81", "ete"); /* the accent as a character of its own */
    words("Ω ПРИВЕТ", "ω привет");
    words("", "");
    words("---", "");
}

/* Bytes that are no text are spaces, one by one. */
static void what_is_no_text_parts_words(void **state)
{
    uint32_t c;

    (void)state;
    words("a\xff"
          "b\xc3",
          "a b");
    assert_int_equal(plain_next("\xe2\x82\xac", 3, &c), 3);
    assert_int_equal(c, 0x20ac);
    assert_int_equal(plain_next("\xe2\x82\xac", 2, &c), 1);
    assert_int_equal(c, 0xfffd);
    assert_int_equal(plain_next("\xf0\x9f\x99\x82", 4, &c), 4);
    assert_int_equal(c, 0x1f642);
}

/* What comes out is UTF-8 when what went in was, and is its own plain form. */
static void twice_is_once(void **state)
{
    (void)state;
    for (uint32_t c = 0x20; c < 0x3100; c++) {
        char text[4];
        size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
        struct buf once = {0}, twice = {0};

        text[0] = (char)(n == 1 ? c : n == 2 ? 0xc0 | c >> 6 : 0xe0 | c >> 12);
        text[n - 1] = (char)(n == 1 ? c : 0x80 | (c & 0x3f));
        if (n == 3) text[1] = (char)(0x80 | (c >> 6 & 0x3f));
        plain_words(&once, text, n);
        assert_true(text_is_utf8(buf_slice(&once)));
        plain_words(&twice, (const char *)once.data, once.len);
        assert_true(slice_eq(buf_slice(&once), buf_slice(&twice)));
        buf_fini(&once);
        buf_fini(&twice);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(case_and_accents_go),
        cmocka_unit_test(what_is_no_text_parts_words),
        cmocka_unit_test(twice_is_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
