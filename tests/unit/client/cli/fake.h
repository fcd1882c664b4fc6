/*
 * fake.h: a daemon of canned answers on a unix socket, and a run of the program against it.
 *
 * A fake answers each request with the first of its rows whose method and target begin so, and
 * remembers what it was sent. An answer is a file of data/, or a whole HTTP answer as it is.
 */
#ifndef UNIT_CLIENT_CLI_FAKE_H
#define UNIT_CLIENT_CLI_FAKE_H

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "client/cli/cli.h"
#include "tests/support/tests.h"

#ifndef TEST_DATA
#define TEST_DATA "tests"
#endif

struct fake_row {
    const char *request; /* "GET /v1/networks/-/status" */
    int status;
    const char *file; /* of data/, or NULL */
    const char *body; /* JSON, when file is NULL */
    const char *raw;  /* a whole answer, when not NULL */
};

struct fake {
    const struct fake_row *rows; /* the last has no request */
    char dir[40];
    char path[100]; /* of the socket */
    int fd;
    pthread_t thread;
    pthread_mutex_t lock;
    char *seen[256]; /* "POST /v1/… BODY" */
    size_t n_seen;
};

static inline size_t fake_body_length(const char *head)
{
    const char *length = strcasestr(head, "\r\nContent-Length:");
    return length == NULL ? 0 : strtoul(length + 17, NULL, 10);
}

/* Reads a request; returns its text, framing and all. */
static inline char *fake_receive(int fd)
{
    struct buf in = {0};
    char block[4096];
    for (;;) {
        ssize_t n = recv(fd, block, sizeof(block), 0);
        if (n <= 0) break;
        buf_put(&in, block, (size_t)n);
        buf_put_u8(&in, 0);
        in.len--;
        char *end = strstr((char *)in.data, "\r\n\r\n");
        if (end == NULL) continue;
        size_t head = (size_t)(end - (char *)in.data) + 4;
        bool chunked = strcasestr((char *)in.data, "\r\nTransfer-Encoding: chunked") != NULL;
        if (chunked && strstr(end, "\r\n0\r\n\r\n") != NULL) break;
        if (!chunked && in.len >= head + fake_body_length((char *)in.data)) break;
    }
    buf_put_u8(&in, 0);
    return (char *)in.data;
}

static inline void fake_answer(int fd, const struct fake_row *row)
{
    char head[200], *file = NULL, path[200];
    const char *body = row->body == NULL ? "{}" : row->body;
    if (row->raw != NULL) {
        assert_true(send(fd, row->raw, strlen(row->raw), MSG_NOSIGNAL) >= 0);
        return;
    }
    if (row->file != NULL) {
        snprintf(path, sizeof(path), "unit/client/cli/data/%s", row->file);
        file = tests_file(path, NULL);
        body = file;
    }
    snprintf(head, sizeof(head),
             "HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
             row->status == 0 ? 200 : row->status, strlen(body));
    (void)!send(fd, head, strlen(head), MSG_NOSIGNAL);
    (void)!send(fd, body, strlen(body), MSG_NOSIGNAL);
    free(file);
}

static inline const struct fake_row *fake_find(const struct fake *fake, const char *request)
{
    static const struct fake_row none = {
        .status = 404,
        .body = "{\"error\": {\"code\": \"NOT_FOUND\", \"message\": \"no such thing\","
                "\"hint\": \"kith feed lists what is here\"}}"};
    for (const struct fake_row *row = fake->rows; row->request != NULL; row++) {
        if (strncmp(request, row->request, strlen(row->request)) == 0) return row;
    }
    return &none;
}

static inline void *fake_serve(void *ctx)
{
    struct fake *fake = ctx;
    int fd;
    while ((fd = accept(fake->fd, NULL, NULL)) >= 0) {
        char *request = fake_receive(fd), *body = strstr(request, "\r\n\r\n");
        size_t target = strcspn(request, "\r");
        struct buf line = {0};
        if (target > 9) buf_put(&line, request, target - 9); /* without " HTTP/1.1" */
        if (body != NULL && body[4] != '\0') {
            buf_put_u8(&line, ' ');
            buf_put_str(&line, body + 4);
        }
        buf_put_u8(&line, 0);
        pthread_mutex_lock(&fake->lock);
        if (fake->n_seen < 256) fake->seen[fake->n_seen++] = (char *)line.data;
        pthread_mutex_unlock(&fake->lock);
        fake_answer(fd, fake_find(fake, (char *)line.data));
        close(fd);
        free(request);
    }
    return NULL;
}

/* A daemon in a fresh folder; sub names a folder within it ("" for none). */
static inline void fake_start(struct fake *fake, const struct fake_row *rows)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    *fake = (struct fake){.rows = rows};
    pthread_mutex_init(&fake->lock, NULL);
    snprintf(fake->dir, sizeof(fake->dir), "/tmp/kith-cli-XXXXXX");
    assert_non_null(mkdtemp(fake->dir));
    snprintf(fake->path, sizeof(fake->path), "%s/kithd.sock", fake->dir);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", fake->path);
    fake->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fake->fd >= 0);
    assert_int_equal(bind(fake->fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(fake->fd, 8), 0);
    assert_int_equal(pthread_create(&fake->thread, NULL, fake_serve, fake), 0);
}

static inline void fake_stop(struct fake *fake)
{
    shutdown(fake->fd, SHUT_RDWR);
    pthread_join(fake->thread, NULL);
    close(fake->fd);
    unlink(fake->path);
    rmdir(fake->dir);
    for (size_t i = 0; i < fake->n_seen; i++)
        free(fake->seen[i]);
    pthread_mutex_destroy(&fake->lock);
}

/* What was sent in a request that begins so; fails the test when there was none. */
static inline const char *fake_seen(struct fake *fake, const char *begins)
{
    const char *found = NULL;
    pthread_mutex_lock(&fake->lock);
    for (size_t i = 0; i < fake->n_seen; i++) {
        if (strncmp(fake->seen[i], begins, strlen(begins)) == 0) found = fake->seen[i];
    }
    pthread_mutex_unlock(&fake->lock);
    if (found == NULL) fail_msg("nothing was sent that begins with %s", begins);
    return found;
}

/* The JSON body of such a request. json_decref it. */
static inline json_t *fake_body(struct fake *fake, const char *begins)
{
    const char *seen = fake_seen(fake, begins), *body = strchr(seen, '{');
    json_t *root = body == NULL ? NULL : json_loads(body, 0, NULL);
    if (root == NULL) fail_msg("no JSON was sent: %s", seen);
    return root;
}

/* One run of the program. */
struct run {
    int code;
    char *out, *err;
    size_t n_out, n_err;
};

/* words: NULL-terminated, without the program's name. fake may be NULL. input may be NULL. */
static inline struct run run_kith(const struct fake *fake, const char *input,
                                  const char *const *words)
{
    struct run run = {0};
    char *argv[40] = {strdup("kith")}, *given[40];
    int argc = 1;
    if (fake != NULL) {
        argv[argc++] = strdup("--data");
        argv[argc++] = strdup(fake->dir);
    }
    for (; *words != NULL; words++)
        argv[argc++] = strdup(*words);
    memcpy(given, argv, sizeof(given));
    FILE *in = fmemopen((void *)(uintptr_t)(input == NULL ? "\n" : input),
                        input == NULL ? 1 : strlen(input), "r");
    FILE *out = open_memstream(&run.out, &run.n_out);
    FILE *err = open_memstream(&run.err, &run.n_err);
    run.code = cli_main(argc, argv, in, out, err);
    fclose(in);
    fclose(out);
    fclose(err);
    for (int i = 0; i < argc; i++)
        free(given[i]);
    return run;
}

#define RUN(fake, ...) run_kith(fake, NULL, (const char *const[]){__VA_ARGS__, NULL})

static inline void run_fini(struct run *run)
{
    free(run->out);
    free(run->err);
}

/* Nothing that could steer a terminal, in any output that is no terminal: not even colour. */
static inline void assert_calm(const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p != 0; p++) {
        if (*p == '\n') continue;
        if (*p < 0x20 || *p == 0x7f || (*p == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f)) {
            fail_msg("a control character 0x%02x reached the output: %s", *p, text);
        }
    }
}

/* Compares with data/<name>; KITH_WRITE_GOLDEN=1 writes it instead, for a person to read. */
static inline void assert_golden(const char *name, const char *text)
{
    char path[256];
    if (getenv("KITH_WRITE_GOLDEN") != NULL) {
        snprintf(path, sizeof(path), "%s/unit/client/cli/data/%s", TEST_DATA, name);
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fputs(text, file);
        fclose(file);
        return;
    }
    snprintf(path, sizeof(path), "unit/client/cli/data/%s", name);
    char *expected = tests_file(path, NULL);
    assert_string_equal(text, expected);
    free(expected);
}

#endif
