#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/app/log.h"
#include "tests/support/tests.h"

static char dir[64], path[128], old[140];

static int setup(void **state)
{
    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/kith-log-XXXXXX");
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/log", dir);
    snprintf(old, sizeof(old), "%s.1", path);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    log_close();
    unlink(path);
    unlink(old);
    assert_int_equal(rmdir(dir), 0);
    return 0;
}

static void open_log(enum log_level level, unsigned groups)
{
    const struct log_options options = {.path = path, .level = level, .groups = groups};
    assert_ok(log_open(&options));
}

/* The file's text; free() it. */
static char *text(void)
{
    FILE *file = fopen(path, "r");
    char *out = mem_zalloc(64 * 1024);
    assert_non_null(file);
    size_t n = fread(out, 1, 64 * 1024 - 1, file);
    out[n] = '\0';
    fclose(file);
    return out;
}

static void test_a_line(void **state)
{
    struct log_line line;

    (void)state;
    open_log(LOG_INFO, ~0U);
    log_begin(&line, LOG_INFO, LOG_NODE, "moved");
    log_text(&line, "machine", "session");
    log_number(&line, "conn", -4);
    log_text(&line, "why", "a \"name\"\nand = more\\");
    log_text(&line, "none", NULL);
    log_text(&line, "empty", "");
    log_end(&line);
    char *got = text();
    /* 2026-11-22T17:03:46.120Z */
    assert_int_equal(got[4], '-');
    assert_int_equal(got[10], 'T');
    assert_int_equal(got[23], 'Z');
    assert_string_equal(got + 24, " info node moved machine=session conn=-4 "
                                  "why=\"a \\\"name\\\"\\x0aand = more\\\\\" empty=\"\"\n");
    free(got);
}

static void test_levels_and_groups(void **state)
{
    (void)state;
    open_log(LOG_WARN, 1U << LOG_NET);
    log_say(LOG_WARN, LOG_NET, "one", NULL, NULL);
    log_say(LOG_INFO, LOG_NET, "two", NULL, NULL);
    log_say(LOG_WARN, LOG_STORE, "three", NULL, NULL);
    log_fail(LOG_ERROR, LOG_STORE, "four", ERR_NO_SPACE, "x"); /* errors are always said */
    assert_true(log_on(LOG_WARN, LOG_NET));
    assert_false(log_on(LOG_DEBUG, LOG_NET));
    char *got = text();
    assert_non_null(strstr(got, "warn net one\n"));
    assert_null(strstr(got, "two"));
    assert_null(strstr(got, "three"));
    assert_non_null(
        strstr(got, "error store four about=x err=NO_SPACE text=\"the disk is full\"\n"));
    free(got);
}

static void test_a_long_line_is_cut_and_stays_one_line(void **state)
{
    char value[3000];

    (void)state;
    memset(value, 'v', sizeof(value) - 1);
    value[sizeof(value) - 1] = '\0';
    open_log(LOG_INFO, ~0U);
    log_say(LOG_INFO, LOG_APP, "long", "value", value);
    char *got = text();
    assert_int_equal(strlen(got), LOG_LINE_BYTES);
    assert_string_equal(got + LOG_LINE_BYTES - 4, "\xe2\x80\xa6\n");
    free(got);
}

static void test_the_file_turns_over(void **state)
{
    char value[900];
    struct stat st;

    (void)state;
    memset(value, 'v', sizeof(value) - 1);
    value[sizeof(value) - 1] = '\0';
    open_log(LOG_INFO, ~0U);
    for (unsigned i = 0; i < LOG_FILE_BYTES_MAX / 900; i++)
        log_say(LOG_INFO, LOG_APP, "fill", "value", value);
    assert_int_equal(stat(path, &st), 0);
    assert_true(st.st_size <= LOG_FILE_BYTES_MAX);
    assert_int_equal(stat(old, &st), 0);
    assert_true(st.st_size <= LOG_FILE_BYTES_MAX);
    assert_int_equal(st.st_mode & 0777, 0600);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_a_line),
        T(test_levels_and_groups),
        T(test_a_long_line_is_cut_and_stays_one_line),
        T(test_the_file_turns_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
