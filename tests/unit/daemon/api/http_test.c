/* The server under clients that are slow, broken, hostile, or simply keep their connection. */
#include "tests/unit/daemon/api/client.h"

#define RAW(fake, text) fake_raw(fake, text, sizeof(text) - 1)

static void expect(struct answer answer, int status, const char *code)
{
    if (answer.status != status || (code != NULL && strcmp(answer_code(&answer), code) != 0)) {
        fail_msg("%d %s, not %d %s", answer.status, answer_code(&answer), status,
                 code == NULL ? "" : code);
    }
    answer_fini(&answer);
}

static void only_one_good_host_is_served(void **state)
{
    struct fake *fake = fake_start(0);

    (void)state;
    expect(RAW(fake, "GET /v1/version HTTP/1.1\r\nHost: kith\r\n\r\n"), 200, NULL);
    expect(RAW(fake, "GET /v1/version HTTP/1.1\r\nHost: localhost\r\n\r\n"), 200, NULL);
    expect(RAW(fake, "GET /v1/version HTTP/1.1\r\nHost: evil.example\r\n\r\n"), 421, "HOST");
    expect(RAW(fake, "GET /v1/version HTTP/1.1\r\nHost: kith\r\nHost: kith\r\n\r\n"), 421,
           "HOST");
    expect(RAW(fake, "GET /v1/version HTTP/1.1\r\nHost: kith\r\nHost: evil\r\n\r\n"), 421,
           "HOST");
    expect(RAW(fake, "GET /v1/version HTTP/1.1\r\n\r\n"), 400, NULL); /* the library's own */
    expect(RAW(fake, "GET /v1/version HTTP/1.0\r\n\r\n"), 421, "HOST");
    fake_stop(fake);
}

static void a_target_with_nothing_hidden_in_it(void **state)
{
    struct fake *fake = fake_start(0);

    (void)state;
    expect(RAW(fake, "GET /v1/version%00x HTTP/1.1\r\nHost: kith\r\n\r\n"), 400, "INVALID");
    expect(RAW(fake, "GET /v1/version\0x HTTP/1.1\r\nHost: kith\r\n\r\n"), 400, "INVALID");
    expect(RAW(fake, "GET /v1/schemas/%zz HTTP/1.1\r\nHost: kith\r\n\r\n"), 400, "INVALID");
    expect(RAW(fake, "GET /v1/schemas/%ff HTTP/1.1\r\nHost: kith\r\n\r\n"), 400, "INVALID");
    expect(RAW(fake, "GET /v1/version?a=%00 HTTP/1.1\r\nHost: kith\r\n\r\n"), 400, "INVALID");
    expect(RAW(fake, "GET /v1/schemas/c%79cle HTTP/1.1\r\nHost: kith\r\n\r\n"), 200, NULL);
    expect(RAW(fake, "GET /v1/../v1/version HTTP/1.1\r\nHost: kith\r\n\r\n"), 404, "NOT_FOUND");
    expect(RAW(fake, "GET //v1/version HTTP/1.1\r\nHost: kith\r\n\r\n"), 404, "NOT_FOUND");
    fake_stop(fake);
}

static void head_is_get_without_a_body(void **state)
{
    struct fake *fake = fake_start(0);
    int fd = fake_connect(fake);
    char bytes[4096];
    ssize_t n = -1;
    static const char request[] =
        "HEAD /v1/version HTTP/1.1\r\nHost: kith\r\nConnection: close\r\n\r\n";
    struct buf in = {0};

    (void)state;
    fake_send(fake, fd, request, sizeof(request) - 1);
    while (n != 0) {
        fake_turn(fake, fd);
        n = recv(fd, bytes, sizeof(bytes), 0);
        if (n > 0) buf_put(&in, bytes, (size_t)n);
    }
    buf_put_u8(&in, 0);
    assert_non_null(strstr((char *)in.data, "200 OK"));
    assert_null(strstr((char *)in.data, "\"version\""));
    buf_fini(&in);
    close(fd);
    fake_stop(fake);
}

static void answers_say_what_they_are(void **state)
{
    struct fake *fake = fake_start(0);
    struct answer answer = fake_ask(fake, "GET", "/v1/version", NULL);

    (void)state;
    assert_non_null(strstr(answer.head, "Content-Type: application/json; charset=utf-8"));
    assert_non_null(strstr(answer.head, "Cache-Control: no-store"));
    assert_non_null(strstr(answer.head, "X-Content-Type-Options: nosniff"));
    assert_non_null(strstr(answer.head, "Content-Security-Policy: default-src 'none'"));
    assert_null(strstr(answer.head, "Access-Control"));
    answer_fini(&answer);
    fake_stop(fake);
}

/* n bytes of JSON that is a draft: {"type":"x","body":"aaa…"}. */
static char *draft_of(size_t n)
{
    static const char head[] = "{\"type\":\"x\",\"body\":\"", tail[] = "\"}";
    char *text = mem_zalloc(n + 1);

    memset(text, 'a', n);
    memcpy(text, head, sizeof(head) - 1);
    memcpy(text + n - sizeof(tail) + 1, tail, sizeof(tail) - 1);
    return text;
}

static void a_body_at_its_bound_and_one_past_it(void **state)
{
    static const char target[] = "/v1/networks/main/drafts/d";
    struct fake *fake = fake_start(0);
    char *text = draft_of(64 * 1024);

    (void)state;
    expect(fake_ask(fake, "PUT", target, text), 200, NULL);
    free(text);
    text = draft_of(64 * 1024 + 1);
    expect(fake_ask(fake, "PUT", target, text), 413, "TOO_BIG");
    free(text);
    /* Where none is taken, one byte is too much. */
    expect(fake_ask(fake, "POST", "/v1/shutdown", "x"), 413, "TOO_BIG");
    assert_false(fake->shutdown_asked);
    fake_stop(fake);
}

static void a_chunked_body_over_its_bound(void **state)
{
    struct fake *fake = fake_start(0);
    struct buf out = {0};
    char *chunk = mem_zalloc(0x4000);

    (void)state;
    memset(chunk, ' ', 0x4000);
    buf_put_str(&out, "PUT /v1/networks/main/drafts/d HTTP/1.1\r\nHost: kith\r\n"
                      "Transfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 5; i++) { /* 80 KiB */
        buf_put_str(&out, "4000\r\n");
        buf_put(&out, chunk, 0x4000);
        buf_put_str(&out, "\r\n");
    }
    buf_put_str(&out, "0\r\n\r\n");
    expect(fake_raw(fake, out.data, out.len), 413, "TOO_BIG");
    buf_fini(&out);
    free(chunk);
    /* Two lengths, or a length and chunks: no answer but an error. */
    expect(RAW(fake, "PUT /v1/networks/main/drafts/d HTTP/1.1\r\nHost: kith\r\n"
                     "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello"),
           400, NULL);
    expect(RAW(fake, "PUT /v1/networks/main/drafts/d HTTP/1.1\r\nHost: kith\r\n"
                     "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
           400, NULL);
    fake_stop(fake);
}

static void a_head_over_its_bound(void **state)
{
    struct fake *fake = fake_start(0);
    struct buf out = {0};
    struct answer answer;

    (void)state;
    buf_put_str(&out, "GET /v1/version HTTP/1.1\r\nHost: kith\r\nX: ");
    for (int i = 0; i < 3000; i++)
        buf_put_str(&out, "0123456789");
    buf_put_str(&out, "\r\n\r\n");
    answer = fake_raw(fake, out.data, out.len);
    assert_true(answer.status == 431 || answer.status == 413 || answer.closed);
    assert_int_not_equal(answer.status, 200);
    answer_fini(&answer);
    buf_fini(&out);
    expect(fake_ask(fake, "GET", "/v1/version", NULL), 200, NULL);
    fake_stop(fake);
}

/*
 * The library does not wake its own descriptor when a connection is resumed from outside. On a
 * connection that is kept, an answer that comes later would wait for the library's timeout of
 * seconds; ours comes at once.
 */
static void a_kept_connection_is_answered_at_once(void **state)
{
    struct fake *fake = fake_start(0);
    int fd = fake_connect(fake);

    (void)state;
    for (int i = 0; i < 5; i++) {
        uint64_t before = uv_hrtime();
        struct answer answer = fake_on(fake, fd, "PUT", "/v1/networks/main/drafts/d",
                                       "{\"type\":\"cycle\",\"body\":1}");

        assert_int_equal(answer.status, 200);
        assert_false(answer.closed);
        assert_true(uv_hrtime() - before < 200000000u);
        answer_fini(&answer);
    }
    close(fd);
    fake_stop(fake);
}

/* Reads until the text has come; milliseconds, or -1 after 3 s. */
static int64_t until_text(struct fake *fake, int fd, struct buf *in, const char *text)
{
    uint64_t start = uv_hrtime();
    char bytes[4096];

    while (uv_hrtime() - start < 3000000000u) {
        ssize_t n;

        if (in->len > 0 && memmem(in->data, in->len, text, strlen(text)) != NULL) {
            return (int64_t)((uv_hrtime() - start) / 1000000);
        }
        fake_turn(fake, fd);
        n = recv(fd, bytes, sizeof(bytes), 0);
        if (n > 0) buf_put(in, bytes, (size_t)n);
    }
    return -1;
}

static int open_stream(struct fake *fake, struct buf *in, const char *extra)
{
    int fd = fake_connect(fake);
    char request[256];

    snprintf(request, sizeof(request), "GET /v1/events HTTP/1.1\r\nHost: kith\r\n%s\r\n",
             extra);
    fake_send(fake, fd, request, strlen(request));
    assert_true(until_text(fake, fd, in, ":\n\n") >= 0);
    assert_non_null(memmem(in->data, in->len, "text/event-stream", 17));
    return fd;
}

static void an_idle_stream_gets_events_at_once(void **state)
{
    struct fake *fake = fake_start(0);
    struct buf in = {0};
    int fd = open_stream(fake, &in, "");
    int64_t ms;

    (void)state;
    for (int i = 0; i < 100; i++)
        fake_turn(fake, fd); /* it is suspended now */
    api_on_notice(fake->api, "main", NOTICE_PEERS);
    ms = until_text(fake, fd, &in, "event: peers\ndata: {\"network\":\"main\"}\n\n");
    assert_true(ms >= 0 && ms < 200);
    /* From inside a handler too: a write moves the projection, and that is an event. */
    in.len = 0;
    {
        struct answer answer = fake_ask(
            fake, "POST", "/v1/networks/main/records",
            "{\"type\":\"idea\",\"sections\":{\"head\":{\"title\":\"Exit tickets\"}}}");

        assert_int_equal(answer.status, 201);
        answer_fini(&answer);
    }
    ms = until_text(fake, fd, &in, "event: log\ndata: {\"network\":\"main\",\"lseq\":\"1\"}");
    assert_true(ms >= 0 && ms < 200);
    buf_fini(&in);
    close(fd);
    fake_stop(fake);
}

static void a_stream_replays_what_was_missed(void **state)
{
    struct fake *fake = fake_start(0);
    struct buf in = {0};
    int fd;

    (void)state;
    api_on_notice(fake->api, "main", NOTICE_PEERS);      /* 1 */
    api_on_notice(fake->api, "main", NOTICE_MEMBERSHIP); /* 2 */
    api_on_notice(fake->api, "main", NOTICE_ALARM);      /* 3 */
    fd = open_stream(fake, &in, "Last-Event-ID: 1\r\n");
    assert_true(until_text(fake, fd, &in, "id: 3\nevent: alarm") >= 0);
    assert_non_null(memmem(in.data, in.len, "id: 2\nevent: membership", 23));
    assert_null(memmem(in.data, in.len, "event: peers", 12));
    close(fd);
    /* Too far behind, or from another life of the daemon: read everything again. */
    in.len = 0;
    fd = open_stream(fake, &in, "Last-Event-ID: 99\r\n");
    assert_true(until_text(fake, fd, &in, "event: reset") >= 0);
    close(fd);
    for (int i = 0; i < 600; i++)
        api_on_notice(fake->api, "main", NOTICE_PEERS);
    in.len = 0;
    fd = open_stream(fake, &in, "Last-Event-ID: 3\r\n");
    assert_true(until_text(fake, fd, &in, "event: reset") >= 0);
    close(fd);
    buf_fini(&in);
    fake_stop(fake);
}

static void streams_are_capped(void **state)
{
    struct fake *fake = fake_start(0);
    struct buf in = {0};
    int fds[16];

    (void)state;
    for (size_t i = 0; i < 16; i++) {
        in.len = 0;
        fds[i] = open_stream(fake, &in, "");
    }
    expect(fake_ask(fake, "GET", "/v1/events", NULL), 503, "BUSY");
    for (size_t i = 0; i < 16; i++)
        close(fds[i]);
    buf_fini(&in);
    fake_stop(fake); /* with streams that are still open on our side */
}

/* Sends a byte whenever asked; true once the server has cut the connection. */
static bool trickle(int fd, const char *text, size_t *at)
{
    char byte;
    ssize_t n;

    if (text[*at] != '\0' && send(fd, text + *at, 1, MSG_NOSIGNAL) == 1) (*at)++;
    n = recv(fd, &byte, 1, 0);
    return n == 0 || (n < 0 && errno != EAGAIN);
}

static void slow_clients_are_cut_and_others_served(void **state)
{
    struct fake *fake = fake_start(1000);
    static const char *const texts[] = {
        "GET /v1/version HTTP/1.1\r\nHost: kith\r\nX: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "PUT /v1/networks/main/drafts/d HTTP/1.1\r\nHost: kith\r\nContent-Length: "
        "60000\r\n\r\n{{{",
        "",
    };
    int fds[3];
    size_t at[3] = {0};
    bool cut[3] = {false};
    uint64_t start = uv_hrtime(), last = 0;

    (void)state;
    for (size_t i = 0; i < 3; i++)
        fds[i] = fake_connect(fake);
    while (!(cut[0] && cut[1] && cut[2]) && uv_hrtime() - start < 6000000000u) {
        fake_turn(fake, fds[0]);
        if (uv_hrtime() - last < 40000000u) continue; /* 25 bytes a second each */
        last = uv_hrtime();
        for (size_t i = 0; i < 3; i++)
            cut[i] = cut[i] || trickle(fds[i], texts[i], &at[i]);
    }
    for (size_t i = 0; i < 3; i++) {
        assert_true(cut[i]);
        close(fds[i]);
    }
    assert_true(uv_hrtime() - start > 900000000u); /* not before its time either */
    {
        struct answer answer = fake_ask(fake, "GET", "/v1/metrics", NULL);

        assert_string_equal(answer_str(&answer, "cut_slow"), "3");
        answer_fini(&answer);
    }
    fake_stop(fake);
}

/* A write is a write: its client may leave, the daemon finishes it and lives on. */
static void a_client_that_leaves_does_not_stop_its_write(void **state)
{
    static const char body[] = "{\"type\":\"idea\",\"sections\":{\"head\":{\"title\":\"T\"}}}";
    struct fake *fake = fake_start(0);
    int fd = fake_connect(fake);
    char head[256];

    (void)state;
    fake->hold_later = true;
    snprintf(head, sizeof(head),
             "POST /v1/networks/main/records HTTP/1.1\r\nHost: kith\r\nContent-Length: "
             "%zu\r\n\r\n%s",
             strlen(body), body);
    fake_send(fake, fd, head, strlen(head));
    for (int i = 0; i < 50; i++)
        fake_turn(fake, fd);
    close(fd);
    fake->hold_later = false;
    for (int i = 0; i < 50; i++)
        fake_turn(fake, -1);
    assert_int_equal(fake->entries_n, 1);
    expect(fake_ask(fake, "GET", "/v1/version", NULL), 200, NULL);
    fake_stop(fake);
}

/* The end comes in the middle of a command: it is answered with BUSY, and its reply is awaited.
 */
static void stopping_answers_what_is_open(void **state)
{
    struct fake *fake = fake_start(0);
    int fd = fake_connect(fake);
    static const char request[] = "POST /v1/networks/main/found HTTP/1.1\r\nHost: kith\r\n"
                                  "Content-Length: 37\r\n\r\n"
                                  "{\"title\":\"N\",\"phrase\":\"good words\"}  ";
    struct answer answer;

    (void)state;
    fake->hold_later = true;
    fake_send(fake, fd, request, sizeof(request) - 1);
    for (int i = 0; i < 50; i++)
        fake_turn(fake, fd);
    api_stop(fake->api, fake_on_stopped, fake);
    fake->api = NULL;
    answer = fake_receive(fake, fd);
    assert_int_equal(answer.status, 503);
    assert_false(fake->stopped); /* a callback is still owed */
    answer_fini(&answer);
    close(fd);
    fake_stop(fake);
}

static void a_second_daemon_on_the_socket_is_refused(void **state)
{
    struct fake *fake = fake_start(0);
    struct api_options options = {.socket_path = fake->socket, .page_port = -1};
    struct api *second;
    struct stat stat_;
    char *why = NULL;

    (void)state;
    assert_err(ERR_LOCKED, api_start(&second, &fake->host, &options, &why));
    assert_non_null(strstr(why, "another kithd"));
    free(why);
    assert_int_equal(stat(fake->socket, &stat_), 0);
    assert_int_equal(stat_.st_mode & 0777, 0600);
    expect(fake_ask(fake, "GET", "/v1/version", NULL), 200, NULL);
    fake_stop(fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_one_good_host_is_served),
        cmocka_unit_test(a_target_with_nothing_hidden_in_it),
        cmocka_unit_test(head_is_get_without_a_body),
        cmocka_unit_test(answers_say_what_they_are),
        cmocka_unit_test(a_body_at_its_bound_and_one_past_it),
        cmocka_unit_test(a_chunked_body_over_its_bound),
        cmocka_unit_test(a_head_over_its_bound),
        cmocka_unit_test(a_kept_connection_is_answered_at_once),
        cmocka_unit_test(an_idle_stream_gets_events_at_once),
        cmocka_unit_test(a_stream_replays_what_was_missed),
        cmocka_unit_test(streams_are_capped),
        cmocka_unit_test(slow_clients_are_cut_and_others_served),
        cmocka_unit_test(a_client_that_leaves_does_not_stop_its_write),
        cmocka_unit_test(stopping_answers_what_is_open),
        cmocka_unit_test(a_second_daemon_on_the_socket_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
