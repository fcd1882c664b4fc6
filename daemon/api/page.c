/*
 * The plain status page: HTML made here, from what the status route answers, every text
 * escaped. No script, nothing from elsewhere. A link with a token that works once brings the
 * cookie.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/api/names.h"
#include "daemon/api/routes.h"
#include "daemon/api/state.h"
#include "daemon/api/status.h"
#include "proto/base/text.h"

static const char policy[] = "default-src 'none'; style-src 'self'; base-uri 'none'; "
                             "form-action 'none'; frame-ancestors 'none'";

/* ---------------------------------------------------------------------------------- tokens */

/* A fresh token in a free place, or in that of the oldest. */
static struct api_token *token_new(struct api *api, struct api_token *tokens)
{
    struct api_token *place = &tokens[0];
    uint8_t bytes[32];

    for (size_t i = 0; i < API_TOKENS_MAX; i++) {
        if (tokens[i].text[0] == '\0') {
            place = &tokens[i];
            break;
        }
        if (tokens[i].born_ms < place->born_ms) place = &tokens[i];
    }
    api->host->env->random(api->host->env->ctx, bytes, sizeof(bytes));
    text_hex(place->text, bytes, sizeof(bytes));
    place->born_ms = uv_now(api->host->loop);
    return place;
}

/* Takes as long for a near miss as for a far one. */
static struct api_token *token_find(struct api_token *tokens, const char *text)
{
    struct api_token *found = NULL;

    if (text == NULL || strlen(text) != sizeof(tokens[0].text) - 1) return NULL;
    for (size_t i = 0; i < API_TOKENS_MAX; i++) {
        unsigned char difference = tokens[i].text[0] == '\0';

        for (size_t j = 0; j < sizeof(tokens[i].text) - 1; j++) {
            difference |= (unsigned char)(tokens[i].text[j] ^ text[j]);
        }
        if (difference == 0) found = &tokens[i];
    }
    return found;
}

static void cookie_name(const struct api *api, char *out, size_t n)
{
    snprintf(out, n, "kith-%s", api->host->instance);
}

bool page_signed_in(struct api *api, struct http_request *request)
{
    char name[80];

    cookie_name(api, name, sizeof(name));
    return token_find(api->pages, http_cookie(request, name)) != NULL;
}

void page_link(struct call *call)
{
    int port = http_port(call->api->http);

    if (port < 0) {
        call_fail(call, ERR_REFUSED, "this daemon offers no page",
                  "start it with a loopback port for the page", NULL);
        return;
    }
    call_reply(call, 201,
               json_pack("{s:s, s:i}", "url",
                         call_format(call, "http://127.0.0.1:%d/open?token=%s", port,
                                     token_new(call->api, call->api->links)->text),
                         "expires_s", API_TOKEN_S));
}

static void respond(struct call *call, unsigned status, const char *type, const char *text,
                    const char *cookie)
{
    struct http_header_pair headers[] = {{"Content-Security-Policy", policy},
                                         {"Set-Cookie", cookie}};

    call_finish(call, status, NULL);
    if (call->http == NULL) return;
    http_respond(call->http, status, type, slice_of(text, strlen(text)), headers,
                 cookie == NULL ? 1 : 2);
}

void page_open(struct call *call)
{
    struct api *api = call->api;
    struct api_token *link = token_find(api->links, call_query(call, "token"));
    char name[80];
    uint64_t age;

    if (link == NULL) {
        call_fail_code(call, 401, "SIGN_IN", "this link was used already, or is none",
                       "kith open prints a new one", NULL);
        return;
    }
    age = uv_now(api->host->loop) - link->born_ms;
    memset(link, 0, sizeof(*link));
    if (age > API_TOKEN_S * 1000) {
        call_fail(call, ERR_EXPIRED, "this link has expired", "kith open prints a new one",
                  NULL);
        return;
    }
    cookie_name(api, name, sizeof(name));
    /* Not a redirect: the browser would not send a Strict cookie along one from elsewhere. */
    respond(call, 200, "text/html; charset=utf-8",
            "<!doctype html><meta charset=utf-8><meta http-equiv=refresh content=\"0;url=/\">"
            "<title>Kith</title><p><a href=\"/\">Open Kith</a></p>\n",
            call_format(call, "%s=%s; HttpOnly; SameSite=Strict; Path=/", name,
                        token_new(api, api->pages)->text));
}

void page_style(struct call *call)
{
    respond(call, 200, "text/css; charset=utf-8",
            ":root{color-scheme:light dark}\n"
            "body{font:16px/1.5 system-ui,sans-serif;max-width:48rem;margin:2rem auto;"
            "padding:0 1rem}\n"
            "h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:1.6rem}\n"
            "table{border-collapse:collapse;width:100%}\n"
            "th,td{text-align:left;padding:.3rem .6rem .3rem 0;border-bottom:1px solid #8884}\n"
            "code{font-size:.9em}\n",
            NULL);
}

/* -------------------------------------------------------------------------------- the page */

static void put(struct buf *out, const char *html)
{
    buf_put_str(out, html);
}

/* Text from a record or a peer: never markup. */
static void put_text(struct buf *out, const char *text)
{
    for (; text != NULL && *text != '\0'; text++) {
        switch (*text) {
        case '&':
            put(out, "&amp;");
            break;
        case '<':
            put(out, "&lt;");
            break;
        case '>':
            put(out, "&gt;");
            break;
        case '"':
            put(out, "&quot;");
            break;
        case '\'':
            put(out, "&#39;");
            break;
        default:
            buf_put(out, text, 1);
            break;
        }
    }
}

static const char *str(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static void put_cell(struct buf *out, const char *text)
{
    put(out, "<td>");
    put_text(out, text == NULL ? "–" : text);
    put(out, "</td>");
}

static void put_number_cell(struct buf *out, const json_t *value)
{
    char text[24];

    snprintf(text, sizeof(text), "%lld", (long long)json_integer_value(value));
    put_cell(out, text);
}

static void put_me(struct buf *out, const json_t *status)
{
    const json_t *me = json_object_get(status, "me");
    const json_t *network = json_object_get(status, "network");
    const json_t *roles = json_object_get(me, "roles");
    size_t i;
    json_t *role;

    put(out, "<h1>");
    put_text(out, str(json_object_get(me, "school"), "name"));
    put(out, "</h1><p>");
    put_text(out, str(network, "title") == NULL ? "In no network yet" : str(network, "title"));
    put(out, " · ");
    put_text(out, str(network, "state"));
    json_array_foreach(roles, i, role)
    {
        put(out, " · ");
        put_text(out, json_string_value(role));
    }
    put(out, " · this device: ");
    put_text(out, str(json_object_get(me, "device"), "name"));
    put(out, "</p>");
}

static void put_waits(struct buf *out, const json_t *waits)
{
    size_t i;
    json_t *item;

    put(out, "<h2>What waits</h2>");
    if (json_array_size(waits) == 0) put(out, "<p>Nothing.</p>");
    put(out, "<ul>");
    json_array_foreach((json_t *)(uintptr_t)waits, i, item)
    {
        const char *whom = str(json_object_get(item, "for"), "name");

        put(out, "<li>");
        if (whom != NULL) {
            put_text(out, whom);
            put(out, ": ");
        }
        put_text(out, str(item, "text"));
        if (str(item, "command") != NULL) {
            put(out, " <code>");
            put_text(out, str(item, "command"));
            put(out, "</code>");
        }
        put(out, "</li>");
    }
    put(out, "</ul>");
}

static void put_heard(struct buf *out, const json_t *heard)
{
    size_t i;
    json_t *item;

    if (json_array_size(heard) == 0) return;
    put(out, "<h2>Heard from</h2><table><tr><th>School</th><th>Now</th><th>Last</th></tr>");
    json_array_foreach((json_t *)(uintptr_t)heard, i, item)
    {
        bool connected = json_is_true(json_object_get(item, "connected"));

        put(out, "<tr>");
        put_cell(out, str(json_object_get(item, "school"), "name"));
        put_cell(out, !connected                                     ? "away"
                      : json_is_true(json_object_get(item, "equal")) ? "connected, up to date"
                                                                     : "connected");
        put_cell(out, str(item, "at"));
        put(out, "</tr>");
    }
    put(out, "</table>");
}

static void put_reached(struct buf *out, const json_t *reached)
{
    size_t i;
    json_t *item;

    put(out, "<h2>What we shared has reached</h2>");
    put(out, "<table><tr><th>School</th><th>Records</th><th>Of</th><th>Through</th></tr>");
    json_array_foreach(json_object_get(reached, "schools"), i, item)
    {
        put(out, "<tr>");
        put_cell(out, str(json_object_get(item, "school"), "name"));
        put_number_cell(out, json_object_get(item, "records"));
        put_number_cell(out, json_object_get(item, "of"));
        put_cell(out, str(json_object_get(item, "through"), "name"));
        put(out, "</tr>");
    }
    put(out, "</table>");
}

static void put_attention(struct buf *out, const json_t *attention)
{
    size_t i;
    json_t *item;

    if (json_array_size(attention) == 0) return;
    put(out, "<h2>Needs attention</h2><ul>");
    json_array_foreach((json_t *)(uintptr_t)attention, i, item)
    {
        put(out, "<li>");
        put_text(out, str(item, "text"));
        put(out, " <code>");
        put_text(out, str(item, "hint"));
        put(out, "</code></li>");
    }
    put(out, "</ul>");
}

static void put_head(struct buf *out)
{
    put(out, "<!doctype html><html lang=en><meta charset=utf-8>"
             "<meta name=viewport content=\"width=device-width\">"
             "<link rel=stylesheet href=\"/page.css\"><title>Kith</title>");
}

static void page_reply(struct call *call)
{
    json_t *status = status_json(call);
    struct buf out = {0};

    put_head(&out);
    put_me(&out, status);
    put_waits(&out, json_object_get(status, "waits"));
    put_heard(&out, json_object_get(status, "heard"));
    put_reached(&out, json_object_get(status, "reached"));
    put_attention(&out, json_object_get(status, "attention"));
    put(&out, "</html>\n");
    buf_put_u8(&out, 0);
    respond(call, 200, "text/html; charset=utf-8", (const char *)out.data, NULL);
    buf_fini(&out);
    json_decref(status);
}

void page_show(struct call *call)
{
    const struct api_host *host = call->host;
    struct buf out = {0};

    if (host->initialised(host->ctx) && host->networks(host->ctx) > 0) {
        call->network = host->network(host->ctx, 0);
        status_gather(call, page_reply);
        return;
    }
    put_head(&out);
    put(&out,
        "<h1>Kith</h1><p>There is no school here yet: <code>kith init</code></p></html>\n");
    buf_put_u8(&out, 0);
    respond(call, 200, "text/html; charset=utf-8", (const char *)out.data, NULL);
    buf_fini(&out);
}
