/* The page's door: a link that works once, a cookie, no other page, and text that stays text.
 */
#include "daemon/api/page_files.h"
#include "tests/unit/daemon/api/client.h"

static struct answer page(struct fake *fake, const char *method, const char *target,
                          const char *headers)
{
    char request[2048];
    int fd = fake_connect_page(fake);
    struct answer answer;

    snprintf(request, sizeof(request), "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n%s\r\n", method,
             target, api_page_port(fake->api), headers);
    fake_send(fake, fd, request, strlen(request));
    answer = fake_receive(fake, fd);
    close(fd);
    return answer;
}

static void expect(struct answer answer, int status, const char *code)
{
    if (answer.status != status || (code != NULL && strcmp(answer_code(&answer), code) != 0)) {
        fail_msg("%d %s, not %d", answer.status, answer_code(&answer), status);
    }
    answer_fini(&answer);
}

/* Follows a link; the Cookie header for what comes after. */
static void sign_in(struct fake *fake, char cookie[256], char target[256])
{
    struct answer answer = fake_ask(fake, "POST", "/v1/page/links", NULL);
    const char *set, *end;

    assert_int_equal(answer.status, 201);
    snprintf(target, 256, "%s", strstr(answer_str(&answer, "url"), "/open"));
    answer_fini(&answer);
    answer = page(fake, "GET", target, "");
    assert_int_equal(answer.status, 200);
    set = strstr(answer.head, "Set-Cookie: kith-t1=");
    assert_non_null(set);
    assert_non_null(strstr(set, "HttpOnly"));
    assert_non_null(strstr(set, "SameSite=Strict"));
    end = strchr(set, ';');
    snprintf(cookie, 256, "Cookie: %.*s\r\n", (int)(end - set - 12), set + 12);
    answer_fini(&answer);
}

static void loopback_needs_the_cookie_of_a_link(void **state)
{
    struct fake *fake = fake_start(0);
    char cookie[256], target[256];

    (void)state;
    expect(page(fake, "GET", "/", ""), 401, "SIGN_IN");
    expect(page(fake, "GET", "/v1/version", ""), 401, "SIGN_IN");
    expect(page(fake, "GET", "/v1/version", "Cookie: kith-t1=00\r\n"), 401, "SIGN_IN");
    expect(page(fake, "GET", "/open?token=0000", ""), 401, "SIGN_IN");
    sign_in(fake, cookie, target);
    expect(page(fake, "GET", "/v1/version", cookie), 200, NULL);
    expect(page(fake, "GET", target, ""), 401, "SIGN_IN"); /* it worked once */
    /* What only the unix socket may do. */
    expect(page(fake, "POST", "/v1/shutdown", cookie), 403, "REFUSED");
    expect(page(fake, "POST", "/v1/page/links", cookie), 403, "REFUSED");
    assert_false(fake->shutdown_asked);
    fake_stop(fake);
}

static void another_page_cannot_write(void **state)
{
    struct fake *fake = fake_start(0);
    char cookie[256], target[256], headers[600];
    static const char draft[] = "/v1/networks/main/drafts/d";

    (void)state;
    sign_in(fake, cookie, target);
    snprintf(headers, sizeof(headers), "%sOrigin: http://evil.example\r\n", cookie);
    expect(page(fake, "DELETE", draft, headers), 403, "ORIGIN");
    snprintf(headers, sizeof(headers), "%sOrigin: null\r\n", cookie);
    expect(page(fake, "DELETE", draft, headers), 403, "ORIGIN");
    snprintf(headers, sizeof(headers), "%sSec-Fetch-Site: cross-site\r\n", cookie);
    expect(page(fake, "DELETE", draft, headers), 403, "ORIGIN");
    snprintf(headers, sizeof(headers), "%sSec-Fetch-Site: same-site\r\n", cookie);
    expect(page(fake, "DELETE", draft, headers), 403, "ORIGIN");
    snprintf(headers, sizeof(headers),
             "%sSec-Fetch-Site: same-origin\r\nOrigin: http://127.0.0.1:%d\r\n", cookie,
             api_page_port(fake->api));
    expect(page(fake, "DELETE", draft, headers), 404, "NOT_FOUND"); /* let in: there is none */
    fake_stop(fake);
}

static void a_name_that_points_here_is_refused(void **state)
{
    struct fake *fake = fake_start(0);
    char request[256];
    int fd = fake_connect_page(fake);

    (void)state;
    snprintf(request, sizeof(request), "GET / HTTP/1.1\r\nHost: evil.example:%d\r\n\r\n",
             api_page_port(fake->api));
    fake_send(fake, fd, request, strlen(request));
    expect(fake_receive(fake, fd), 421, "HOST");
    close(fd);
    fd = fake_connect_page(fake);
    fake_send(fake, fd, "GET / HTTP/1.1\r\nHost: kith\r\n\r\n", 30);
    expect(fake_receive(fake, fd), 421, "HOST");
    close(fd);
    fake_stop(fake);
}

static void what_people_wrote_stays_text(void **state)
{
    struct fake *fake = fake_start(0);
    char cookie[256], target[256];
    struct answer answer;

    (void)state;
    sign_in(fake, cookie, target);
    answer = page(fake, "GET", "/plain", cookie);
    assert_int_equal(answer.status, 200);
    buf_put_u8(&answer.body, 0);
    assert_non_null(strstr((char *)answer.body.data, "Lincoln &lt;b&gt;&amp; Sons&lt;/b&gt;"));
    assert_non_null(strstr((char *)answer.body.data, "office &lt;PC&gt;"));
    assert_null(strstr((char *)answer.body.data, "<script"));
    assert_null(strstr((char *)answer.body.data, "<b>"));
    assert_non_null(strstr(answer.head, "default-src 'none'; style-src 'self'"));
    assert_non_null(strstr(answer.head, "frame-ancestors 'none'"));
    answer_fini(&answer);
    answer = page(fake, "GET", "/page.css", cookie);
    assert_non_null(strstr(answer.head, "text/css"));
    answer_fini(&answer);
    fake->initialised = false;
    answer = page(fake, "GET", "/plain", cookie);
    buf_put_u8(&answer.body, 0);
    assert_non_null(strstr((char *)answer.body.data, "kith init"));
    answer_fini(&answer);
    fake_stop(fake);
}

/* The page's own files: whole once, and only when they changed; nothing inline, nothing else's.
 */
static void the_page_is_its_own_files(void **state)
{
    struct fake *fake = fake_start(0);
    char cookie[256], target[256], etag[400];
    struct answer answer;

    (void)state;
    if (page_files[0].name == NULL) skip(); /* built without the page */
    sign_in(fake, cookie, target);
    answer = page(fake, "GET", "/", cookie);
    assert_int_equal(answer.status, 200);
    assert_non_null(strstr(answer.head, "script-src 'self'; style-src 'self'"));
    assert_non_null(strstr(answer.head, "require-trusted-types-for 'script'"));
    assert_null(strstr(answer.head, "unsafe"));
    answer_fini(&answer);
    answer = page(fake, "GET", "/page/app.js", cookie);
    assert_int_equal(answer.status, 200);
    assert_non_null(strstr(answer.head, "text/javascript"));
    assert_non_null(strstr(answer.head, "no-cache"));
    const char *at = strstr(answer.head, "ETag: ");
    assert_non_null(at);
    (void)snprintf(etag, sizeof(etag), "%sIf-None-Match: %.18s\r\n", cookie, at + 6);
    answer_fini(&answer);
    answer = page(fake, "GET", "/page/app.js", etag);
    assert_int_equal(answer.status, 304);
    assert_int_equal(answer.body.len, 0);
    answer_fini(&answer);
    expect(page(fake, "GET", "/page/device.key", cookie), 404, "NOT_FOUND");
    expect(page(fake, "GET", "/page/app.js", ""), 401, "SIGN_IN");
    fake_stop(fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loopback_needs_the_cookie_of_a_link),
        cmocka_unit_test(another_page_cannot_write),
        cmocka_unit_test(a_name_that_points_here_is_refused),
        cmocka_unit_test(what_people_wrote_stays_text),
        cmocka_unit_test(the_page_is_its_own_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
