#include "proto/base/cursor.h"

#include "tests/support/tests.h"

static const uint8_t bytes[] = {1, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 4, 'x', 'y'};

static void reads_in_order_and_knows_the_end(void **state)
{
    (void)state;
    struct cursor cursor = cursor_of(slice_of(bytes, sizeof(bytes)));
    assert_int_equal(cursor_u8(&cursor), 1);
    assert_int_equal(cursor_u16(&cursor), 2);
    assert_int_equal(cursor_u32(&cursor), 3);
    assert_int_equal(cursor_u64(&cursor), 4);
    assert_false(cursor_done(&cursor));
    char text[2];
    cursor_copy(&cursor, text, 2);
    assert_memory_equal(text, "xy", 2);
    assert_true(cursor_done(&cursor));
}

static void failure_stays_and_gives_zeros(void **state)
{
    (void)state;
    struct cursor cursor = cursor_of(slice_of(bytes, 3));
    assert_int_equal(cursor_u32(&cursor), 0);
    assert_int_equal(cursor_u8(&cursor), 0); /* there would be a byte: it is refused all the same */
    uint8_t out[4] = {9, 9, 9, 9};
    cursor_copy(&cursor, out, 4);
    assert_int_equal(get_be32(out), 0);
    assert_null(cursor_take(&cursor, 1).p);
    assert_false(cursor_done(&cursor));
}

static void a_count_is_held_against_what_is_left(void **state)
{
    (void)state;
    const uint8_t three[] = {0, 3, 1, 2, 3};
    struct cursor cursor = cursor_of(slice_of(three, sizeof(three)));
    assert_int_equal(cursor_count(&cursor, 3, 1), 3);
    cursor = cursor_of(slice_of(three, sizeof(three)));
    assert_int_equal(cursor_count(&cursor, 2, 1), 0); /* over the bound */
    assert_true(cursor.failed);
    cursor = cursor_of(slice_of(three, sizeof(three)));
    assert_int_equal(cursor_count(&cursor, 3, 2), 0); /* not enough bytes for three of two */
    assert_true(cursor.failed);
}

static void numbers_go_both_ways(void **state)
{
    (void)state;
    uint8_t out[8];
    put_be64(out, 0x0123456789abcdefu);
    assert_int_equal(out[0], 0x01);
    assert_true(get_be64(out) == 0x0123456789abcdefu);
    assert_int_equal(get_be32(out + 4), 0x89abcdef);
    assert_int_equal(get_be16(out + 6), 0xcdef);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_in_order_and_knows_the_end),
        cmocka_unit_test(failure_stays_and_gives_zeros),
        cmocka_unit_test(a_count_is_held_against_what_is_left),
        cmocka_unit_test(numbers_go_both_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
