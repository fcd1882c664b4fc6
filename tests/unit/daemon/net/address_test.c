#include <arpa/inet.h>

#include "daemon/net/address.h"
#include "tests/support/tests.h"

static void test_forms(void **state)
{
    static const struct {
        const char *text, *host;
        unsigned port;
    } good[] = {{"hub.example.org:7700", "hub.example.org", 7700},
                {"127.0.0.1:1", "127.0.0.1", 1},
                {"[::1]:65535", "::1", 65535},
                {"*:0", "*", 0}};
    static const char *const bad[] = {
        "",         ":",         "host", "host:", "host:x", ":7700",   "host:65536", "host:1e3",
        "::1:7700", "[::1:7700", "[]:1", "a b:1", "h\n:1",  "host:+1", "host:000001"};
    char text[ADDRESS_TEXT_BYTES], longest[300];
    struct address address;

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_ok(address_parse(&address, good[i].text));
        assert_string_equal(address.host, good[i].host);
        assert_int_equal(address.port, good[i].port);
        address_text(text, &address);
        assert_string_equal(text, good[i].text);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_err(ERR_INVALID, address_parse(&address, bad[i]));
    memset(longest, 'h', sizeof(longest));
    strcpy(longest + LIMIT_ADDRESS_BYTES - 2, ":1");
    assert_int_equal(strlen(longest), LIMIT_ADDRESS_BYTES);
    assert_ok(address_parse(&address, longest));
    strcpy(longest + LIMIT_ADDRESS_BYTES - 2, ":12");
    assert_err(ERR_INVALID, address_parse(&address, longest));
}

static void test_a_v4_peer_on_a_dual_socket_is_a_v4_peer(void **state)
{
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(9)};
    struct address address;

    (void)state;
    assert_int_equal(inet_pton(AF_INET6, "::ffff:10.1.2.3", &in6.sin6_addr), 1);
    address_of(&address, (const struct sockaddr *)&in6);
    assert_string_equal(address.host, "10.1.2.3");
    assert_int_equal(address.port, 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_a_v4_peer_on_a_dual_socket_is_a_v4_peer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
