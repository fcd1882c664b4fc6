/*
 * Requests of the API, over its real socket: raw bytes, and requests that begin well. Whatever
 * comes, the daemon stays up, and what it answers is whole: JSON that says what to do.
 */
#include "tests/fuzz/fuzz.h"
#include "tests/unit/daemon/api/client.h"

#include "daemon/api/routes.h"
#include "daemon/api/target.h"

/* Turns of the loop without an answer before the client gives up; nothing here takes time. */
enum { TURNS_MAX = 120, INPUTS_A_DAEMON = 100 };

static struct fake *fake;
static unsigned inputs;
static char cookie[256]; /* "Cookie: …\r\n" of a page that has signed in */

static void stop(void)
{
    if (fake != NULL) fake_stop(fake);
    fake = NULL;
}

/* What `kith open` does: a link on the unix socket, which the page turns into its cookie. */
static void sign_in(void)
{
    struct answer answer = fake_ask(fake, "POST", "/v1/page/links", NULL);
    const char *token = strstr(answer_str(&answer, "url"), "/open?token=");
    char request[512];
    int fd = fake_connect_page(fake);
    FUZZ_CHECK(token != NULL);
    snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n", token,
             api_page_port(fake->api));
    answer_fini(&answer);
    fake_send(fake, fd, request, strlen(request));
    answer = fake_receive(fake, fd);
    close(fd);
    const char *set = answer.head == NULL ? NULL : strstr(answer.head, "Set-Cookie: ");
    FUZZ_CHECK(set != NULL);
    snprintf(cookie, sizeof(cookie), "Cookie: %.*s\r\n", (int)strcspn(set + 12, ";"), set + 12);
    answer_fini(&answer);
}

static void fresh(void)
{
    static bool registered;
    if (!registered) atexit(stop);
    registered = true;
    if (inputs++ % INPUTS_A_DAEMON != 0 && fake->entries_n < FAKE_LOG_MAX / 2) return;
    stop();
    fake = fake_start(0);
    sign_in();
}

/* ---- what must hold of an answer ---- */

static void check_error(const struct answer *answer)
{
    const json_t *error = json_object_get(answer->json, "error");
    FUZZ_CHECK(json_string_length(json_object_get(error, "code")) > 0);
    FUZZ_CHECK(json_string_length(json_object_get(error, "message")) > 0);
    FUZZ_CHECK(json_string_length(json_object_get(error, "hint")) > 0);
}

static void check_answer(const struct answer *answer, bool own)
{
    FUZZ_CHECK(strncmp(answer->head, "HTTP/1.", 7) == 0);
    FUZZ_CHECK(answer->status >= 100 && answer->status < 600);
    if (!own || answer->body.len == 0) return;
    if (strcasestr(answer->head, "application/json") == NULL) return;
    if (strcasestr(answer->head, "chunked") != NULL) return;
    FUZZ_CHECK(answer->json != NULL);
    if (answer->status >= 400) check_error(answer);
}

/* Sends, and turns the loop until there is an answer, the end, or nothing more to expect. */
static void converse(struct slice bytes, bool page, bool own)
{
    int fd = page ? fake_connect_page(fake) : fake_connect(fake);
    struct answer answer = {0};
    struct buf in = {0};
    fake_send(fake, fd, bytes.p, bytes.n);
    for (int turn = 0; turn < TURNS_MAX; turn++) {
        char block[65536];
        uv_run(&fake->loop, UV_RUN_NOWAIT);
        ssize_t n = recv(fd, block, sizeof(block), 0);
        if (n > 0) buf_put(&in, block, (size_t)n);
        if (n == 0 || (n < 0 && errno != EAGAIN)) break;
        if (answer_whole(&answer, &in)) break;
        if (answer.head != NULL && strcasestr(answer.head, "event-stream") != NULL) break;
        if (turn == TURNS_MAX / 2) shutdown(fd, SHUT_WR);
    }
    if (answer_whole(&answer, &in)) {
        answer.json = json_loadb((const char *)answer.body.data, answer.body.len,
                                 JSON_REJECT_DUPLICATES, NULL);
        check_answer(&answer, own);
    }
    close(fd);
    for (int turn = 0; turn < 8; turn++) /* let it notice that the client is gone */
        uv_run(&fake->loop, UV_RUN_NOWAIT);
    buf_fini(&in);
    answer_fini(&answer);
}

/* ---- the pure part ---- */

static void check_target(struct slice text)
{
    char *copy = mem_zalloc(text.n + 1);
    struct target_pair pairs[TARGET_PAIRS_MAX];
    size_t n = 0;
    if (text.n > 0) memcpy(copy, text.p, text.n);
    if (target_split(copy, pairs, &n)) {
        FUZZ_CHECK(n <= TARGET_PAIRS_MAX && strchr(copy, '#') == NULL);
        struct routes_match match;
        routes_match(&match, "GET", copy);
        FUZZ_CHECK(match.route == NULL || match.known);
        for (size_t i = 0; i < n && match.route != NULL; i++)
            (void)routes_query_known(match.route, pairs[i].name);
        size_t before = strlen(copy);
        if (target_unescape(copy)) FUZZ_CHECK(strlen(copy) <= before);
    }
    free(copy);
}

/* ---- a request from few bytes ---- */

static const char *const segments[] = {
    "main",
    "-",
    "other",
    "cycle",
    "1111111111111111",
    "00000000000000000000000000000001",
    "1111111111111111111111111111111111111111111111111111111111111111."
    "00000000000000000000000000000001",
    "%41",
    "%00",
    "a%2Fb",
    "plan",
    "d1"};
static const char *const hosts[] = {"kith", "localhost", "127.0.0.1:1", "evil.example", ""};
static const char *const bodies[] = {
    "{}",
    "{\"type\":\"cycle\",\"sections\":{\"head\":{\"title\":\"t\"}}}",
    "[]",
    "{\"a\":1",
    "{\"school\":\"Lincoln\",\"phrase\":\"good words\"}",
    "{\"with\":\"network\",\"yes\":true}",
    "{\"name\":\"n\",\"network\":\"n\",\"phrase\":\"good words\"}",
    "{\"a\":1,\"a\":2}",
    "{\"type\":\"idea\",\"sections\":{\"head\":{\"title\":\"t\",\"description\":\"d\"}}}",
    "{\"head\":{\"title\":\"t\"},\"plan\":{\"change\":\"c\"}}",
    "{\"study\":{\"summary\":\"s\"}}",
    "{\"type\":\"cycle\"}\nTitle,Start\nA,2026-03-02\n",
};
#define COUNT(list) (sizeof(list) / sizeof(*(list)))

static void put_path(struct buf *out, const struct route *route, struct fuzz_in *in)
{
    bool first = true;
    for (const char *p = route->path; *p != 0;) {
        if (*p != '{') {
            buf_put_u8(out, (uint8_t)*p++);
            continue;
        }
        uint8_t which = fuzz_u8(in);
        /* The network's name mostly is one: behind it is the rest. */
        buf_put_str(out, segments[first && which < 200 ? 0 : which % COUNT(segments)]);
        first = false;
        p = strchr(p, '}') + 1;
    }
    uint8_t query = fuzz_u8(in);
    if (query < 100) return;
    buf_put_str(out, "?");
    if (query < 200 && route->query[0] != 0) {
        buf_put(out, route->query, strcspn(route->query, " "));
    } else {
        buf_put_str(out, "x");
    }
    struct slice value = fuzz_take(in, fuzz_u8(in) % 16);
    buf_put_str(out, "=");
    for (size_t i = 0; i < value.n; i++)
        buf_put_u8(out, value.p[i] <= ' ' ? '1' : value.p[i]);
}

static uint8_t put_head(struct buf *out, struct fuzz_in *in, bool page, size_t body_n)
{
    static const char *const lines[] = {"",
                                        "Origin: http://evil.example\r\n",
                                        "Sec-Fetch-Site: cross-site\r\n",
                                        "Host: kith\r\n",
                                        "Content-Type: text/plain\r\n",
                                        "Cookie: kith_t1=x; a=b\r\n",
                                        "Expect: 100-continue\r\n",
                                        "Last-Event-ID: 7\r\n",
                                        "Connection: close\r\n",
                                        "Origin: null\r\nSec-Fetch-Site: same-origin\r\n",
                                        "Origin: http://kith\r\n"};
    char line[96];
    uint8_t host = fuzz_u8(in);
    if (page && host < 200) {
        snprintf(line, sizeof(line), "Host: 127.0.0.1:%d\r\n", api_page_port(fake->api));
    } else {
        snprintf(line, sizeof(line), "Host: %s\r\n",
                 hosts[host < 200 ? 0 : host % COUNT(hosts)]);
    }
    if (host != 255) buf_put_str(out, line);
    uint8_t other = fuzz_u8(in);
    buf_put_str(out, lines[other % COUNT(lines)]);
    if (page && other >= 128) buf_put_str(out, cookie);
    uint8_t length = fuzz_u8(in);
    if (length < 240) {
        snprintf(line, sizeof(line), "Content-Length: %zu\r\n", body_n);
    } else {
        snprintf(line, sizeof(line), "Content-Length: %s\r\n",
                 length % 2 == 0 ? "999999999" : "-1");
    }
    bool chunked = length == 238 || length == 239;
    buf_put_str(out, chunked ? "Transfer-Encoding: chunked\r\n" : line);
    buf_put_str(out, "\r\n");
    return length;
}

/* In chunks: as it is, or said again and again until it is more than a route takes. */
static void put_chunks(struct buf *out, struct slice body, bool lots)
{
    char size[32];
    for (size_t i = 0; body.n > 0 && i <= (lots ? 80000 / body.n : 0); i++) {
        snprintf(size, sizeof(size), "%zx\r\n", body.n);
        buf_put_str(out, size);
        buf_put(out, body.p, body.n);
        buf_put_str(out, "\r\n");
    }
    buf_put_str(out, "0\r\n\r\n");
}

static void composed(struct fuzz_in *in)
{
    struct buf out = {0};
    uint8_t face = fuzz_u8(in);
    const struct route *route = &routes_all[fuzz_below(in, routes_n)];
    uint8_t method = fuzz_u8(in);
    static const char *const methods[] = {"GET",    "HEAD",  "POST", "PUT",
                                          "DELETE", "PATCH", "FOO"};
    buf_put_str(&out, method < 200 ? route->method : methods[method % COUNT(methods)]);
    buf_put_str(&out, " ");
    put_path(&out, route, in);
    buf_put_str(&out, " HTTP/1.1\r\n");
    uint8_t which = fuzz_u8(in);
    struct fuzz_in head = *in;
    fuzz_take(in, 3);
    struct slice body = which < 128 ? slice_of(bodies[which % COUNT(bodies)],
                                               strlen(bodies[which % COUNT(bodies)]))
                                    : fuzz_rest(in);
    if (route->body == BODY_NONE && which != 1) body.n = 0;
    uint8_t length = put_head(&out, &head, face % 4 == 3, body.n);
    if (length == 238 || length == 239) {
        put_chunks(&out, body, length == 239);
    } else {
        buf_put(&out, body.p, body.n);
    }
    fake->initialised = face < 240;
    converse(buf_slice(&out), face % 4 == 3, true);
    fake->initialised = true;
    buf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct fuzz_in in = fuzz_in_of(data, n);
    fresh();
    switch (fuzz_u8(&in) % 4) {
    case 0:
        check_target(fuzz_rest(&in));
        break;
    case 1: {
        bool page = fuzz_u8(&in) % 2 == 1;
        converse(fuzz_rest(&in), page, false);
        break;
    }
    default:
        composed(&in);
        break;
    }
    return 0;
}

void fuzz_seeds(fuzz_put_fn put, void *ctx)
{
    static const char *const targets[] = {"/v1/version", "/v1/networks/main?after=7&x=%41+b",
                                          "/a%00b",      "/%zz",
                                          "/?a",         "/?=1&&",
                                          "/#x",         "/?a=%2"};
    static const char *const raw[] = {
        "GET /v1/version HTTP/1.1\r\nHost: kith\r\n\r\n",
        "GET /v1/routes HTTP/1.0\r\nHost: localhost\r\n\r\n",
        "HEAD /v1/version HTTP/1.1\r\nHost: kith\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "nonsense\r\n\r\n",
        "POST /v1/init HTTP/1.1\r\nHost: kith\r\nTransfer-Encoding: chunked\r\n\r\n"
        "2\r\n{}\r\n0\r\n\r\n",
        "POST /v1/init HTTP/1.1\r\nHost: kith\r\nContent-Length: 40\r\n\r\n{"};
    for (size_t i = 0; i < COUNT(targets) + COUNT(raw); i++) {
        bool is_raw = i >= COUNT(targets);
        struct buf seed = {0};
        buf_put_u8(&seed, is_raw ? 1 : 0);
        if (is_raw) buf_put_u8(&seed, (uint8_t)(i % 2));
        buf_put_str(&seed, is_raw ? raw[i - COUNT(targets)] : targets[i]);
        put(ctx, buf_slice(&seed));
        buf_fini(&seed);
    }
    /* Every route: well asked on the socket with each body, by a page that has signed in,
     * before there is a school, and in a way that has something wrong. */
    for (size_t i = 0; i < routes_n; i++) {
        static const uint8_t faces[] = {0, 0, 3, 3, 240, 0};
        for (uint8_t how = 0; how < COUNT(faces); how++) {
            struct buf seed = {0};
            buf_put_u8(&seed, 2);
            buf_put_u8(&seed, faces[how]);
            buf_put_u8(&seed, (uint8_t)i);
            buf_put_u8(&seed, 0); /* its own method */
            for (const char *p = strchr(routes_all[i].path, '{'); p != NULL;
                 p = strchr(p + 1, '{'))
                buf_put_u8(&seed, how == 5 ? 208 : 3);
            buf_put_u8(&seed, how == 5 ? 150 : 0); /* no query */
            if (how == 5) buf_put_u8(&seed, 0);
            buf_put_u8(&seed, (uint8_t)(how == 1 ? 8 + i % 3 : i % COUNT(bodies)));
            buf_put_u8(&seed, how == 5 ? 210 : 0); /* Host */
            buf_put_u8(&seed, how == 2   ? 131 - 131 % 11
                              : how == 3 ? 131
                                         : 0); /* lines, cookie */
            buf_put_u8(&seed, how == 4 ? 239 : how == 1 ? 238 : 0);
            put(ctx, buf_slice(&seed));
            buf_fini(&seed);
        }
    }
    /* Each body to each route that takes one, whatever stands at which place in the table. */
    for (size_t i = 0; i < routes_n; i++) {
        for (uint8_t body = 0; body < COUNT(bodies) && routes_all[i].body != BODY_NONE;
             body++) {
            struct buf seed = {0};
            uint8_t head[] = {2, 0, (uint8_t)i, 0};
            buf_put(&seed, head, sizeof(head));
            for (const char *p = strchr(routes_all[i].path, '{'); p != NULL;
                 p = strchr(p + 1, '{'))
                buf_put_u8(&seed, 3);
            uint8_t tail[] = {0, body, 0, 0, 0};
            buf_put(&seed, tail, sizeof(tail));
            put(ctx, buf_slice(&seed));
            buf_fini(&seed);
        }
    }
}
