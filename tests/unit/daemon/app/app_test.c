/* The whole daemon as a process of its own: its start, its refusals, its end. */
#include "daemon/app/app.h"

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/tests.h"

struct ran {
    char dir[64];
    pid_t pid;
    int out; /* what it writes, and its readiness */
};

static int setup(void **state)
{
    struct ran *ran = mem_zalloc(sizeof(*ran));
    snprintf(ran->dir, sizeof(ran->dir), "/tmp/kith-app-XXXXXX");
    assert_non_null(mkdtemp(ran->dir));
    *state = ran;
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st;
    (void)flag;
    (void)ftw;
    return remove(path);
}

static int teardown(void **state)
{
    struct ran *ran = *state;
    nftw(ran->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(ran);
    return 0;
}

/* kithd --data DIR flag value, with everything it says in one pipe. */
static void start(struct ran *ran, const char *flag, const char *value)
{
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    ran->pid = fork();
    assert_true(ran->pid >= 0);
    if (ran->pid == 0) {
        char text[6][80];
        char *argv[] = {text[0], text[1], text[2], text[3], text[4], text[5], NULL};
        dup2(ends[1], 1);
        dup2(ends[1], 2);
        close(ends[0]);
        close(ends[1]);
        snprintf(text[0], 80, "kithd");
        snprintf(text[1], 80, "--data=%s", ran->dir);
        snprintf(text[2], 80, "--listen=none");
        snprintf(text[3], 80, "--ready-fd=1");
        snprintf(text[4], 80, "%s", flag);
        snprintf(text[5], 80, "%s", value);
        _exit(app_main(flag[0] == '\0' ? 4 : value[0] == '\0' ? 5 : 6, argv));
    }
    close(ends[1]);
    ran->out = ends[0];
}

/* Reads until the words come or the end; then the whole text so far. free() it. */
static char *read_until(struct ran *ran, const char *words)
{
    struct buf text = {0};
    char block[512];
    ssize_t n;

    buf_put_u8(&text, 0);
    while (strstr((const char *)text.data, words) == NULL &&
           (n = read(ran->out, block, sizeof(block))) > 0) {
        text.len--;
        buf_put(&text, block, (size_t)n);
        buf_put_u8(&text, 0);
    }
    return (char *)text.data;
}

static int end_of(struct ran *ran)
{
    int status;
    assert_int_equal(waitpid(ran->pid, &status, 0), ran->pid);
    close(ran->out);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void expect(struct ran *ran, const char *words)
{
    char *text = read_until(ran, words);
    if (strstr(text, words) == NULL) fail_msg("it did not say \"%s\" but: %s", words, text);
    free(text);
}

static void expect_end(struct ran *ran, const char *flag, const char *value, int code,
                       const char *says)
{
    start(ran, flag, value);
    expect(ran, says);
    assert_int_equal(end_of(ran), code);
}

static void test_it_starts_empty_and_ends_in_order(void **state)
{
    struct ran *ran = *state, second = *ran;
    struct timespec from, to;
    struct stat st;
    char path[128];

    start(ran, "", "");
    expect(ran, "ready\n");
    assert_int_equal(stat(ran->dir, &st), 0);
    assert_int_equal(st.st_mode & 077, 0);
    snprintf(path, sizeof(path), "%s/kithd.sock", ran->dir);
    assert_int_equal(stat(path, &st), 0);
    assert_true(S_ISSOCK(st.st_mode));
    assert_int_equal(st.st_mode & 0777, 0600);
    expect_end(&second, "", "", 1, "Another kithd runs there");

    clock_gettime(CLOCK_MONOTONIC, &from);
    kill(ran->pid, SIGTERM);
    expect(ran, "app ended");
    assert_int_equal(end_of(ran), 0);
    clock_gettime(CLOCK_MONOTONIC, &to);
    assert_true(to.tv_sec - from.tv_sec <= 1);
    start(ran, "", ""); /* the lock went with it */
    expect(ran, "ready\n");
    kill(ran->pid, SIGKILL);
    int status;
    assert_int_equal(waitpid(ran->pid, &status, 0), ran->pid);
    close(ran->out);
    start(ran, "", ""); /* also after the worst end */
    expect(ran, "ready\n");
    kill(ran->pid, SIGINT);
    assert_int_equal(end_of(ran), 0);
}

static void test_it_says_what_is_wrong(void **state)
{
    struct ran *ran = *state;
    char path[128];

    expect_end(ran, "--version", "", 0, "kithd ");
    expect_end(ran, "--help", "", 0, "--page-port PORT");
    expect_end(ran, "--print-config", "", 0, "listen = none\n");
    expect_end(ran, "--colour", "red", 2, "there is no flag --colour");
    expect_end(ran, "--page-port", "x", 2, "page-port wants a port");
    expect_end(ran, "--log-file", "/nonexistent/log", 1, "Choose another file with --log-file");

    snprintf(path, sizeof(path), "%s/kith.conf", ran->dir);
    FILE *file = fopen(path, "w");
    fputs("page-port = none\nlisten: *:1\n", file);
    fclose(file);
    expect_end(ran, "", "", 2, "kith.conf:2: expected \"name = value\"");
    unlink(path);

    snprintf(path, sizeof(path), "%s/device.key", ran->dir);
    file = fopen(path, "w");
    fputs("not a key", file);
    fclose(file);
    chmod(path, 0600);
    expect_end(ran, "", "", 1, "stored data is damaged");
    chmod(path, 0644);
    expect_end(ran, "", "", 1, "chmod 600");
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_it_starts_empty_and_ends_in_order),
        T(test_it_says_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
