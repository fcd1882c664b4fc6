#include "proto/base/mem.h"

#include <stdlib.h>

#include "tests/support/tests.h"

static void a_buffer_grows_and_gives_from_the_front(void **state)
{
    (void)state;
    struct buf buf = {0};
    for (unsigned i = 0; i < 1000; i++) buf_put_u16(&buf, (uint16_t)i);
    assert_int_equal(buf.len, 2000);
    buf_consume(&buf, 1998);
    assert_int_equal(buf.len, 2);
    assert_int_equal(buf.data[0] << 8 | buf.data[1], 999);
    buf_consume(&buf, 2);
    assert_int_equal(buf.len, 0);
    buf_put_u64(&buf, 1);
    assert_int_equal(buf.data[7], 1);
    buf_fini(&buf);
}

static void an_arena_gives_zeroed_aligned_memory_of_any_size(void **state)
{
    (void)state;
    struct arena arena = {0};
    for (size_t round = 0; round < 3; round++) {
        for (size_t n = 0; n < 10000; n += 777) {
            uint8_t *p = arena_alloc(&arena, n);
            assert_int_equal((uintptr_t)p % 16, 0);
            for (size_t i = 0; i < n; i++) assert_int_equal(p[i], 0);
            memset(p, 0xff, n);
        }
        arena_reset(&arena);
        assert_int_equal(arena.used, 0);
    }
    assert_string_equal(arena_strdup(&arena, "kept"), "kept");
    arena_fini(&arena);
}

static void slices_are_compared_by_content(void **state)
{
    (void)state;
    assert_true(slice_eq(slice_of("abc", 3), slice_of("abcd", 3)));
    assert_false(slice_eq(slice_of("abc", 3), slice_of("abd", 3)));
    assert_true(slice_eq((struct slice){0}, slice_of("x", 0)));
}

static void wiping_leaves_nothing(void **state)
{
    (void)state;
    char secret[] = "twelve words";
    mem_wipe(secret, sizeof(secret));
    for (size_t i = 0; i < sizeof(secret); i++) assert_int_equal(secret[i], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_buffer_grows_and_gives_from_the_front),
        cmocka_unit_test(an_arena_gives_zeroed_aligned_memory_of_any_size),
        cmocka_unit_test(slices_are_compared_by_content),
        cmocka_unit_test(wiping_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
