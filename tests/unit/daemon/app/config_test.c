#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/app/config.h"
#include "tests/support/tests.h"

static char path[64];

static void write_file(const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static int setup(void **state)
{
    (void)state;
    snprintf(path, sizeof(path), "/tmp/kith-conf-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    unlink(path);
    return 0;
}

static void test_what_it_prints_it_can_read(void **state)
{
    struct config one, two;
    struct buf text = {0};
    char *why = NULL;
    enum config_ask ask;
    char *argv[] = {(char[]){"kithd"},       (char[]){"--listen"},
                    (char[]){"[::1]:7000"},  (char[]){"--page-port=none"},
                    (char[]){"--log-level"}, (char[]){"debug"},
                    (char[]){"--advertise"}, (char[]){"a.example:1, b.example:2"}};

    (void)state;
    config_init(&one);
    assert_ok(config_flags(&one, 8, argv, &ask, &why));
    assert_int_equal(ask, CONFIG_RUN);
    config_print(&one, &text);
    buf_put_u8(&text, 0);
    write_file((const char *)text.data);
    config_init(&two);
    assert_ok(config_file(&two, path, &why));
    assert_memory_equal(&one, &two, sizeof(one));
    assert_string_equal(two.listen, "[::1]:7000");
    assert_int_equal(config_port(two.page_port), -1);
    assert_int_equal(config_level(two.log_level), LOG_DEBUG);
    buf_fini(&text);
}

static void test_a_flag_beats_the_environment_beats_the_file(void **state)
{
    struct config config;
    enum config_ask ask;
    char *why = NULL, *argv[] = {(char[]){"kithd"}, (char[]){"--page-port"}, (char[]){"3"}};

    (void)state;
    write_file("# ours\n\n page-port = 1\nnetwork= west \nlog-level = warn\n");
    setenv("KITH_PAGE_PORT", "2", 1);
    setenv("KITH_LOG_LEVEL", "error", 1);
    config_init(&config);
    assert_ok(config_file(&config, path, &why));
    assert_string_equal(config.page_port, "1");
    assert_ok(config_environment(&config, &why));
    assert_string_equal(config.page_port, "2");
    assert_ok(config_flags(&config, 3, argv, &ask, &why));
    assert_string_equal(config.page_port, "3");
    assert_string_equal(config.log_level, "error");
    assert_string_equal(config.network, "west");
    unsetenv("KITH_PAGE_PORT");
    unsetenv("KITH_LOG_LEVEL");
}

static void test_a_wrong_line_is_named(void **state)
{
    static const struct {
        const char *text, *says;
    } wrong[] = {{"listen = *:7447\nlisten\n", ":2: expected \"name = value\""},
                 {"colour = red\n", "there is no setting \"colour\""},
                 {"data = /tmp\n", "data can be set by flag or environment only"},
                 {"page-port = 65536\n", "page-port wants a port"},
                 {"page-port = 1x\n", "not \"1x\""},
                 {"listen = 7447\n", "listen wants host:port, or none"},
                 {"advertise = a:1,b\n", "advertise wants at most 8"},
                 {"advertise = a:0\n", "advertise wants"},
                 {"advertise = a:1,a:1,a:1,a:1,a:1,a:1,a:1,a:1,a:1\n", "advertise wants"},
                 {"log-level = loud\n", "error, warn, info or debug"},
                 {"log-groups = store, people\n", "log-groups wants"},
                 {"network = West\n", "1 to 32 of a-z"},
                 {"network = \n", "1 to 32 of a-z"}};
    (void)state;

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct config config;
        char *why = NULL;
        config_init(&config);
        write_file(wrong[i].text);
        assert_err(ERR_INVALID, config_file(&config, path, &why));
        assert_non_null(why);
        if (strstr(why, wrong[i].says) == NULL)
            fail_msg("\"%s\" does not say \"%s\"", why, wrong[i].says);
        free(why);
    }
}

static void test_wrong_flags(void **state)
{
    static const char *const wrong[] = {"--colour", "-x", "word", "--page-port",
                                        "--page-port="};
    struct config config;
    enum config_ask ask;

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        char text[32], *why = NULL, *argv[] = {(char[]){"kithd"}, text};
        snprintf(text, sizeof(text), "%s", wrong[i]);
        config_init(&config);
        assert_err(ERR_INVALID, config_flags(&config, 2, argv, &ask, &why));
        assert_non_null(why);
        free(why);
    }
}

static void test_a_missing_file_is_fine_and_values_have_a_bound(void **state)
{
    struct config config;
    char line[CONFIG_TEXT_BYTES + 64], *why = NULL;

    (void)state;
    config_init(&config);
    assert_ok(config_file(&config, "/nonexistent/kith.conf", &why));
    memset(line, 'x', sizeof(line));
    memcpy(line, "socket = ", 9);
    line[9 + CONFIG_TEXT_BYTES - 1] = '\0';
    write_file(line);
    assert_ok(config_file(&config, path, &why));
    line[9 + CONFIG_TEXT_BYTES - 1] = 'x';
    line[9 + CONFIG_TEXT_BYTES] = '\0';
    write_file(line);
    assert_err(ERR_INVALID, config_file(&config, path, &why));
    free(why);
}

static void test_groups(void **state)
{
    (void)state;
    assert_int_equal(config_groups("store, net"), 1U << LOG_STORE | 1U << LOG_NET);
    assert_int_equal(config_groups("all"), ~0U);
    assert_int_equal(config_groups(""), 0);
}

static void test_help_fits_a_screen(void **state)
{
    struct buf help = {0};
    size_t column = 0;

    (void)state;
    config_help(&help);
    for (size_t i = 0; i < help.len; i++) {
        bool begins = (help.data[i] & 0xc0) != 0x80; /* a character, not a byte */
        column = help.data[i] == '\n' ? 0 : column + begins;
        assert_true(column <= 80);
    }
    buf_put_u8(&help, 0);
    assert_non_null(strstr((const char *)help.data, "--page-port"));
    buf_fini(&help);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_what_it_prints_it_can_read),
        T(test_a_flag_beats_the_environment_beats_the_file),
        T(test_a_wrong_line_is_named),
        T(test_wrong_flags),
        T(test_a_missing_file_is_fine_and_values_have_a_bound),
        T(test_groups),
        T(test_help_fits_a_screen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
