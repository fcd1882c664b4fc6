/*
 * client.h: a client of the API in the server's own thread: it turns the loop while it waits.
 */
#ifndef TESTS_API_CLIENT_H
#define TESTS_API_CLIENT_H

#include "tests/unit/daemon/api/fake.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

struct answer {
    int status;
    char *head; /* owned */
    struct buf body;
    json_t *json; /* owned; NULL when the body is none */
    bool closed;
};

FAKE_FN void answer_fini(struct answer *answer)
{
    free(answer->head);
    buf_fini(&answer->body);
    json_decref(answer->json);
    memset(answer, 0, sizeof(*answer));
}

FAKE_FN int fake_connect(struct fake *fake)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    strcpy(address.sun_path, fake->socket);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

FAKE_FN int fake_connect_page(struct fake *fake)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)api_page_port(fake->api))};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

/* One turn of the loop, and a millisecond for the socket. */
FAKE_FN void fake_turn(struct fake *fake, int fd)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

    uv_run(&fake->loop, UV_RUN_NOWAIT);
    if (fd >= 0) (void)poll(&poll_fd, 1, 1);
}

FAKE_FN void fake_send(struct fake *fake, int fd, const void *bytes, size_t n)
{
    const char *p = bytes;

    while (n > 0) {
        ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);

        if (sent < 0 && errno != EAGAIN) return; /* the server had enough of it */
        if (sent > 0) {
            p += sent;
            n -= (size_t)sent;
        }
        fake_turn(fake, -1);
    }
}

static bool answer_whole(struct answer *answer, const struct buf *in)
{
    const char *text = (const char *)in->data;
    const char *end = in->len == 0 ? NULL : memmem(text, in->len, "\r\n\r\n", 4);
    const char *length;
    size_t head, n;

    if (end == NULL) return false;
    head = (size_t)(end - text) + 4;
    free(answer->head);
    answer->head = mem_zalloc(head + 1);
    memcpy(answer->head, text, head);
    answer->status = atoi(answer->head + 9);
    length = strcasestr(answer->head, "Content-Length:");
    n = length == NULL ? 0 : strtoul(length + 15, NULL, 10);
    answer->body.len = 0;
    if (strcasestr(answer->head, "chunked") != NULL) {
        buf_put(&answer->body, text + head, in->len - head);
        return in->len >= head + 5 && memcmp(text + in->len - 5, "0\r\n\r\n", 5) == 0;
    }
    if (in->len < head + n) return false;
    buf_put(&answer->body, text + head, n);
    return true;
}

/* Waits for one answer, or the end of the connection, at most 10 s. */
FAKE_FN struct answer fake_receive(struct fake *fake, int fd)
{
    struct answer answer = {0};
    struct buf in = {0};
    uint64_t until = uv_hrtime() + 10000000000u;
    char bytes[65536];

    while (uv_hrtime() < until && !answer.closed) {
        ssize_t n;

        fake_turn(fake, fd);
        n = recv(fd, bytes, sizeof(bytes), 0);
        if (n > 0) buf_put(&in, bytes, (size_t)n);
        if (n == 0 || (n < 0 && errno != EAGAIN)) answer.closed = true;
        if (answer_whole(&answer, &in)) break;
    }
    buf_fini(&in);
    if (answer.body.len > 0) {
        answer.json = json_loadb((const char *)answer.body.data, answer.body.len,
                                 JSON_REJECT_DUPLICATES, NULL);
    }
    return answer;
}

/* Sends bytes on a new connection. */
FAKE_FN struct answer fake_raw(struct fake *fake, const void *bytes, size_t n)
{
    int fd = fake_connect(fake);
    struct answer answer;

    fake_send(fake, fd, bytes, n);
    answer = fake_receive(fake, fd);
    close(fd);
    return answer;
}

FAKE_FN struct answer fake_on(struct fake *fake, int fd, const char *method, const char *target,
                              const char *body)
{
    struct buf out = {0};
    char head[512];
    struct answer answer;

    snprintf(head, sizeof(head), "%s %s HTTP/1.1\r\nHost: kith\r\nContent-Length: %zu\r\n\r\n",
             method, target, body == NULL ? 0 : strlen(body));
    buf_put_str(&out, head);
    if (body != NULL) buf_put_str(&out, body);
    fake_send(fake, fd, out.data, out.len);
    answer = fake_receive(fake, fd);
    buf_fini(&out);
    return answer;
}

FAKE_FN struct answer fake_ask(struct fake *fake, const char *method, const char *target,
                               const char *body)
{
    int fd = fake_connect(fake);
    struct answer answer = fake_on(fake, fd, method, target, body);

    close(fd);
    return answer;
}

FAKE_FN const char *answer_code(const struct answer *answer)
{
    const char *code =
        json_string_value(json_object_get(json_object_get(answer->json, "error"), "code"));

    return code == NULL ? "" : code;
}

FAKE_FN const char *answer_str(const struct answer *answer, const char *key)
{
    const char *text = json_string_value(json_object_get(answer->json, key));

    return text == NULL ? "" : text;
}

/* The request fails with this status and code, and says what is wrong and what to do. */
#define assert_refused(fake, method, target, body, status_, code_)                        \
    do {                                                                                  \
        struct answer refused_ = fake_ask(fake, method, target, body);                    \
        if (refused_.status != (status_) || strcmp(answer_code(&refused_), code_) != 0) { \
            fail_msg("%s %s: %d %s, not %d %s", method, target, refused_.status,          \
                     answer_code(&refused_), status_, code_);                             \
        }                                                                                 \
        assert_true(json_string_length(json_object_get(                                   \
                        json_object_get(refused_.json, "error"), "message")) > 0);        \
        assert_true(json_string_length(json_object_get(                                   \
                        json_object_get(refused_.json, "error"), "hint")) > 0);           \
        answer_fini(&refused_);                                                           \
    } while (0)

#endif
