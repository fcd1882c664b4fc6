#include "client/cli/http.h"

#include <errno.h>
#include <fcntl.h>

#include "tests/unit/client/cli/fake.h"

static const struct fake_row rows[] = {
    {.request = "GET /length",
     .raw = "HTTP/1.1 200 OK\r\ncontent-type: Application/JSON; charset=utf-8\r\n"
            "Content-Length: 5\r\n\r\nhello"},
    {.request = "GET /chunked",
     .raw = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n1\r\n!\r\n"
            "0\r\nTrailer: x\r\n\r\n"},
    {.request = "GET /close", .raw = "HTTP/1.0 200 OK\r\n\r\nhello"},
    {.request = "GET /continue",
     .raw = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"},
    {.request = "GET /none", .raw = "HTTP/1.1 204 No Content\r\n\r\n"},
    {.request = "GET /both",
     .raw =
         "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
    {.request = "GET /twice",
     .raw = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"},
    {.request = "GET /negative", .raw = "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello"},
    {.request = "GET /short", .raw = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"},
    {.request = "GET /halfchunk",
     .raw = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhello"},
    {.request = "GET /badchunk",
     .raw = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nhello\r\n0\r\n\r\n"},
    {.request = "GET /longchunk",
     .raw = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello!\r\n0\r\n\r\n"},
    {.request = "GET /space", .raw = "HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\nhello"},
    {.request = "GET /garbage", .raw = "SSH-2.0-OpenSSH\r\n"},
    {.request = "GET /barefeed", .raw = "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello"},
    {.request = "GET /silent", .raw = ""},
    {.request = "GET /refused", .raw = "HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\n{}"},
    {.request = "POST /in", .body = "{\"ok\":true}"},
    {.request = NULL},
};

static enum err get(struct fake *fake, const char *target, struct http_answer *answer)
{
    struct http_request request = {.method = "GET", .target = target, .timeout_ms = 5000};
    return http_call(fake->path, &request, answer);
}

static void proper_answers_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *target, *body;
    } good[] = {{"/length", "hello"},
                {"/chunked", "hello!"},
                {"/close", "hello"},
                {"/continue", "hello"},
                {"/none", ""}};
    struct fake fake;
    fake_start(&fake, rows);
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct http_answer answer;
        assert_ok(get(&fake, good[i].target, &answer));
        assert_int_equal(answer.body.len, strlen(good[i].body));
        if (answer.body.len > 0) {
            assert_memory_equal(answer.body.data, good[i].body, answer.body.len);
        }
        if (i == 0) assert_string_equal(answer.content_type, "application/json");
        http_answer_fini(&answer);
    }
    fake_stop(&fake);
}

static void improper_answers_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *target;
        enum err err;
    } bad[] = {
        {"/both", ERR_MALFORMED},      {"/twice", ERR_MALFORMED},  {"/negative", ERR_MALFORMED},
        {"/short", ERR_CLOSED},        {"/halfchunk", ERR_CLOSED}, {"/badchunk", ERR_MALFORMED},
        {"/longchunk", ERR_MALFORMED}, {"/space", ERR_MALFORMED},  {"/garbage", ERR_MALFORMED},
        {"/barefeed", ERR_MALFORMED},  {"/silent", ERR_CLOSED},
    };
    struct fake fake;
    fake_start(&fake, rows);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct http_answer answer;
        enum err err = get(&fake, bad[i].target, &answer);
        if (err != bad[i].err) fail_msg("%s: %s", bad[i].target, err_name(err));
    }
    fake_stop(&fake);
}

static void an_endless_head_is_cut(void **state)
{
    (void)state;
    struct buf raw = {0};
    buf_put_str(&raw, "HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < 1000; i++)
        buf_put_str(&raw, "X-Filler: 0123456789012345678901\r\n");
    buf_put_str(&raw, "\r\n");
    buf_put_u8(&raw, 0);
    const struct fake_row endless[] = {{.request = "GET /", .raw = (char *)raw.data},
                                       {.request = NULL}};
    struct fake fake;
    struct http_answer answer;
    fake_start(&fake, endless);
    assert_err(ERR_MALFORMED, get(&fake, "/", &answer));
    fake_stop(&fake);
    buf_fini(&raw);
}

struct collect {
    struct buf got;
    bool refuse;
};

static bool collect(void *ctx, struct slice bytes)
{
    struct collect *collect = ctx;
    buf_put(&collect->got, bytes.p, bytes.n);
    return !collect->refuse;
}

static void bodies_stream_both_ways(void **state)
{
    (void)state;
    struct fake fake;
    struct collect out = {{0}, false};
    struct http_answer answer;
    char path[] = "/tmp/kith-cli-body-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "line one\nline two\n", 18), 18);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    fake_start(&fake, rows);
    struct http_request request = {.method = "POST",
                                   .target = "/in",
                                   .timeout_ms = 5000,
                                   .content_type = "application/x-ndjson",
                                   .body_fd = fd,
                                   .sink = collect,
                                   .ctx = &out};
    assert_ok(http_call(fake.path, &request, &answer));
    assert_int_equal(answer.body.len, 0);
    assert_int_equal(out.got.len, 11);
    assert_memory_equal(out.got.data, "{\"ok\":true}", 11);
    http_answer_fini(&answer);
    assert_non_null(
        strstr(fake_seen(&fake, "POST /in"), "12\r\nline one\nline two\n\r\n0\r\n\r\n"));

    out.refuse = true; /* our own disk is full */
    request.body_fd = 0;
    assert_err(ERR_IO, http_call(fake.path, &request, &answer));

    out.refuse = false; /* what is no success is kept for the error, not written to the file */
    out.got.len = 0;
    request = (struct http_request){.method = "GET",
                                    .target = "/refused",
                                    .timeout_ms = 5000,
                                    .sink = collect,
                                    .ctx = &out};
    assert_ok(http_call(fake.path, &request, &answer));
    assert_int_equal(answer.status, 403);
    assert_int_equal(out.got.len, 0);
    assert_int_equal(answer.body.len, 2);
    http_answer_fini(&answer);
    fake_stop(&fake);
    buf_fini(&out.got);
    close(fd);
    unlink(path);
}

static void nobody_there_is_told_apart_from_nobody_answering(void **state)
{
    (void)state;
    struct http_request request = {.method = "GET", .target = "/", .timeout_ms = 50};
    struct http_answer answer;
    assert_err(ERR_NOT_FOUND, http_call("/tmp/kith-cli-nowhere/kithd.sock", &request, &answer));

    /* somebody who accepts and says nothing */
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char dir[] = "/tmp/kith-cli-XXXXXX";
    assert_non_null(mkdtemp(dir));
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/s", dir);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_err(ERR_TIMEOUT, http_call(address.sun_path, &request, &answer));
    close(fd);
    assert_err(ERR_CLOSED, http_call(address.sun_path, &request, &answer)); /* a dead socket */
    unlink(address.sun_path);
    rmdir(dir);
}

/* sun_path holds 108 bytes; a school's folder may be deeper. */
static void a_deep_folder_is_reached(void **state)
{
    (void)state;
    struct fake fake;
    struct http_answer answer;
    char deep[512], old[160];
    fake_start(&fake, rows);
    snprintf(deep, sizeof(deep), "%s/%0120d", fake.dir, 7);
    assert_int_equal(mkdir(deep, 0700), 0);
    strcat(deep, "/kithd.sock");
    snprintf(old, sizeof(old), "%s", fake.path);
    assert_int_equal(rename(old, deep), 0);
    struct http_request request = {.method = "GET", .target = "/length", .timeout_ms = 5000};
    assert_ok(http_call(deep, &request, &answer));
    assert_int_equal(answer.status, 200);
    http_answer_fini(&answer);
    unlink(deep);
    *strrchr(deep, '/') = '\0';
    rmdir(deep);
    fake_stop(&fake);
}

static void targets_are_escaped(void **state)
{
    (void)state;
    struct buf out = {0};
    http_put_escaped(&out, "a b/\xc3\xa9?&=\r\n~");
    buf_put_u8(&out, 0);
    assert_string_equal((char *)out.data, "a%20b%2F%C3%A9%3F%26%3D%0D%0A~");
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(proper_answers_are_read),
        cmocka_unit_test(improper_answers_are_refused),
        cmocka_unit_test(an_endless_head_is_cut),
        cmocka_unit_test(bodies_stream_both_ways),
        cmocka_unit_test(nobody_there_is_told_apart_from_nobody_answering),
        cmocka_unit_test(a_deep_folder_is_reached),
        cmocka_unit_test(targets_are_escaped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
