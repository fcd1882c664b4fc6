#include "daemon/app/addresses.h"
#include "tests/support/tests.h"

static void test_what_the_operator_says_comes_first(void **state)
{
    struct addresses found;

    (void)state;
    addresses_find(&found, "hub.example:7447, [2001:db8::1]:1", "*:7447", 7447);
    assert_int_equal(found.n, 2);
    assert_string_equal(found.list[0], "hub.example:7447");
    assert_string_equal(found.list[1], "[2001:db8::1]:1");
    addresses_find(&found, "hub.example:7447", "none", 0);
    assert_int_equal(found.n, 1); /* a port that a router passes on */
}

static void test_else_where_it_listens(void **state)
{
    struct addresses found, other;

    (void)state;
    addresses_find(&found, "", "127.0.0.1:0", 40000);
    assert_int_equal(found.n, 1);
    assert_string_equal(found.text[0], "127.0.0.1:40000");
    addresses_find(&other, "", "127.0.0.1:0", 40001);
    assert_false(addresses_eq(&found, &other));
    addresses_find(&other, "", "127.0.0.1:0", 0);
    assert_int_equal(other.n, 0);
    addresses_find(&other, "", "*:7447", 7447);
    for (size_t i = 0; i < other.n; i++) {
        assert_non_null(strstr(other.text[i], ":7447"));
        assert_null(strstr(other.text[i], "127.0.0.1"));
        assert_null(strstr(other.text[i], "fe80"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_the_operator_says_comes_first),
        cmocka_unit_test(test_else_where_it_listens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
