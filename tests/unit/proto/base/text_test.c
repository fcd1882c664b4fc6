#include "proto/base/text.h"

#include <stdlib.h>

#include "tests/support/tests.h"

static void hex_goes_both_ways(void **state)
{
    (void)state;
    uint8_t bytes[] = {0x00, 0x7f, 0xff}, back[3];
    char hex[7];
    text_hex(hex, bytes, sizeof(bytes));
    assert_string_equal(hex, "007fff");
    assert_ok(text_unhex(back, 3, "007FFf"));
    assert_memory_equal(back, bytes, 3);
    assert_err(ERR_MALFORMED, text_unhex(back, 3, "007ff"));
    assert_err(ERR_MALFORMED, text_unhex(back, 3, "007ffg"));
}

static void base32_of_every_length_comes_back(void **state)
{
    (void)state;
    struct rng rng = {.state = 1};
    for (size_t n = 0; n < 70; n++) {
        uint8_t bytes[70];
        for (size_t i = 0; i < n; i++) bytes[i] = (uint8_t)rng_next(&rng);
        struct buf text = {0}, back = {0};
        text_base32(&text, slice_of(bytes, n));
        buf_put_u8(&text, 0);
        assert_ok(text_unbase32(&back, (char *)text.data));
        assert_int_equal(back.len, n);
        if (n > 0) assert_memory_equal(back.data, bytes, n);
        buf_fini(&text);
        buf_fini(&back);
    }
}

static void base32_forgives_people_but_not_noise(void **state)
{
    (void)state;
    struct buf a = {0}, b = {0};
    assert_ok(text_unbase32(&a, "01jk-AB00"));
    assert_ok(text_unbase32(&b, " oljk ab0O\n"));
    assert_true(slice_eq(buf_slice(&a), buf_slice(&b)));
    size_t len = a.len;
    assert_err(ERR_MALFORMED, text_unbase32(&a, "01U"));
    assert_err(ERR_MALFORMED, text_unbase32(&a, "0Z")); /* loose bits */
    assert_int_equal(a.len, len);
    buf_fini(&a);
    buf_fini(&b);
}

static void utf8_is_shortest_form_only(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        bool good;
    } rows[] = {
        {"plain", true},       {"\xc3\xb1", true},         {"\xe2\x82\xac", true},
        {"\xf0\x9f\x98\x80", true}, {"\xc0\x80", false},   {"\xc1\xbf", false},
        {"\xe0\x9f\xbf", false},    {"\xed\xa0\x80", false}, {"\xf4\x90\x80\x80", false},
        {"\xf0\x8f\xbf\xbf", false}, {"\xe2\x82", false},  {"\x80", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(text_is_utf8(slice_of(rows[i].bytes, strlen(rows[i].bytes))),
                         rows[i].good);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hex_goes_both_ways),
        cmocka_unit_test(base32_of_every_length_comes_back),
        cmocka_unit_test(base32_forgives_people_but_not_noise),
        cmocka_unit_test(utf8_is_shortest_form_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
