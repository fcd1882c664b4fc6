#include "daemon/api/api.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/api/called.h"
#include "daemon/api/routes.h"
#include "daemon/api/state.h"
#include "daemon/api/target.h"
#include "daemon/core/node.h"
#include "daemon/core/update.h"
#include "proto/base/check.h"
#include "proto/base/limits.h"
#include "proto/base/text.h"
#include "proto/record/ijson.h"

/* -------------------------------------------------------------------------------- dispatch */

static bool method_known(const char *method)
{
    static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};

    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (strcmp(method, methods[i]) == 0) return true;
    }
    return false;
}

static size_t on_body_max(void *ctx, struct http_request *request)
{
    struct routes_match match;

    (void)ctx;
    routes_match(&match, http_method(request), http_path(request));
    return match.route == NULL ? 0 : routes_body_max(match.route);
}

/* A request that writes must not come from another page. */
static bool same_origin(struct api *api, struct http_request *request)
{
    const char *origin = http_header(request, "Origin");
    const char *site = http_header(request, "Sec-Fetch-Site");
    const char *host = http_header(request, "Host");

    (void)api;
    if (site != NULL && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0) {
        return false;
    }
    if (origin == NULL) return true;
    return strncmp(origin, "http://", 7) == 0 && strcasecmp(origin + 7, host) == 0;
}

static bool face_allowed(struct call *call)
{
    bool page = http_face(call->http) == HTTP_LOOPBACK;

    if (call->route->face == FACE_UNIX && page) {
        call_fail(call, ERR_REFUSED, "this is offered on the unix socket only", NULL, NULL);
        return false;
    }
    if ((call->route->face == FACE_PAGE || call->route->face == FACE_OPEN) && !page) {
        call_fail(call, ERR_NOT_FOUND, "the page is on loopback only",
                  "kith open prints its link", NULL);
        return false;
    }
    if (!page || call->route->face == FACE_OPEN) return true;
    if (!page_signed_in(call->api, call->http)) {
        call_fail_code(call, 401, "SIGN_IN", "this browser has no key to this Kith",
                       "run kith open and follow the link", NULL);
        return false;
    }
    if (strcmp(call->route->method, "GET") != 0 && !same_origin(call->api, call->http)) {
        call_fail_code(call, 403, "ORIGIN", "the request comes from another page",
                       "use the page that kith open shows", NULL);
        return false;
    }
    return true;
}

static bool query_allowed(struct call *call)
{
    const char *name, *value;

    for (size_t i = 0; http_query_at(call->http, i, &name, &value); i++) {
        if (routes_query_known(call->route, name)) continue;
        call_fail(call, ERR_INVALID,
                  call_format(call, "there is no parameter %.60s here", name),
                  "GET /v1/routes lists what there is", call_format(call, "?%.60s", name));
        return false;
    }
    return true;
}

static bool network_find(struct call *call, const char *name)
{
    const struct api_host *host = call->host;
    size_t n = host->networks(host->ctx);

    if (!host->initialised(host->ctx) || n == 0) {
        call_fail_code(call, 409, "NOT_INITIALISED", "there is no school here yet",
                       "make one with kith init", NULL);
        return false;
    }
    for (size_t i = 0; i < n && i < API_NETWORKS_MAX; i++) {
        const struct api_network *network = host->network(host->ctx, i);

        if (strcmp(network->name, name) == 0 || (n == 1 && strcmp(name, "-") == 0)) {
            call->network = network;
            return true;
        }
    }
    call_fail(call, ERR_NOT_FOUND,
              strcmp(name, "-") == 0 ? "there are several networks here: name one"
                                     : call_format(call, "no network is called %.60s", name),
              "kith networks lists them; kith --network NAME chooses one", NULL);
    return false;
}

static bool segments_take(struct call *call, const struct routes_match *match)
{
    size_t first = routes_has_network(match->route) ? 1 : 0;

    for (size_t i = 0; i < match->segments_n; i++) {
        char *text = mem_zalloc(match->segments[i].n + 1);
        bool good;

        memcpy(text, match->segments[i].p, match->segments[i].n);
        good = target_unescape(text) && text_is_utf8(slice_of(text, strlen(text)));
        if (!good) {
            free(text);
            call_fail(call, ERR_INVALID, "the path is not well formed", NULL, NULL);
            return false;
        }
        if (i < first) {
            good = network_find(call, text);
            free(text);
            if (!good) return false;
        } else {
            call->segments[i - first] = text;
        }
    }
    return true;
}

static bool needs_met(struct call *call)
{
    struct node_status status;

    if (call->route->needs != NEEDS_MEMBER) return true;
    node_get_status(call->network->node, &status);
    if (status.state == NODE_MEMBER || status.state == NODE_ENDED) return true;
    call_fail(call, ERR_NOT_JOINED, NULL,
              status.state == NODE_JOINING ? "the request to join waits for a steward" : NULL,
              NULL);
    return false;
}

static bool body_take(struct call *call)
{
    struct slice body = http_body(call->http);
    const char *why = NULL;
    enum err err;

    if (call->route->body == BODY_TABLE) { /* its first line; the handler takes the rest */
        const uint8_t *end = body.n == 0 ? NULL : memchr(body.p, '\n', body.n);

        body.n = end == NULL ? body.n : (size_t)(end - body.p);
    } else if (call->route->body != BODY_JSON) {
        return true;
    }
    if (body.n == 0) {
        call->body = json_object();
        return true;
    }
    err = ijson_decode(body, 64 * 1024, &call->body, &why);
    if (err != ERR_OK) {
        call_fail(call, err, why == NULL ? "the body is not JSON" : why,
                  "send one JSON object in UTF-8", "$");
        return false;
    }
    if (!json_is_object(call->body)) {
        call_fail(call, ERR_INVALID, "the body is a JSON object", NULL, "$");
        return false;
    }
    return true;
}

static void fail_unmatched(struct call *call, const struct routes_match *match)
{
    if (match->known || !method_known(http_method(call->http))) {
        call_fail_code(call, 405, "METHOD",
                       call_format(call, "%.15s is not offered here", http_method(call->http)),
                       "GET /v1/routes lists what there is", NULL);
    } else {
        call_fail(call, ERR_NOT_FOUND, "there is no such route",
                  "GET /v1/routes lists what there is", NULL);
    }
}

static void on_request(void *ctx, struct http_request *request)
{
    struct api *api = ctx;
    struct call *call = call_new(api, request);
    struct routes_match match;

    http_set_arg(request, call);
    if (api->stopping || api->calls_n > API_CALLS_MAX) {
        call_fail(call, ERR_BUSY, api->stopping ? "the daemon is ending" : NULL, NULL, NULL);
        return;
    }
    routes_match(&match, http_method(request), http_path(request));
    if (match.route == NULL) {
        fail_unmatched(call, &match);
        return;
    }
    call->route = match.route;
    if (!face_allowed(call) || !query_allowed(call) || !segments_take(call, &match) ||
        !needs_met(call) || !body_take(call)) {
        return;
    }
    call->route->handler(call);
}

static void on_fault(void *ctx, struct http_request *request, enum http_fault fault)
{
    struct call *call = call_new(ctx, request);

    http_set_arg(request, call);
    switch (fault) {
    case HTTP_FAULT_HOST:
        call_fail_code(call, 421, "HOST", "exactly one Host header that is this daemon's",
                       http_face(request) == HTTP_UNIX ? "send Host: kith"
                                                       : "use the link that kith open prints",
                       NULL);
        break;
    case HTTP_FAULT_TOO_BIG:
        call_fail(call, ERR_TOO_BIG, "the body is larger than this route takes", NULL, NULL);
        break;
    case HTTP_FAULT_PEER:
        call_fail(call, ERR_REFUSED, "this Kith belongs to another user of this machine",
                  "ask whoever set it up to put you into the group kith", NULL);
        break;
    case HTTP_FAULT_NONE:
    case HTTP_FAULT_TARGET:
        call_fail(call, ERR_INVALID, "the path is not well formed", NULL, NULL);
        break;
    }
}

static void on_gone(void *ctx, struct http_request *request)
{
    struct call *call = http_arg(request);

    events_gone(ctx, request);
    if (call != NULL) call_gone(call);
}

static void on_drained(void *ctx, struct http_request *request)
{
    struct call *call = http_arg(request);

    (void)ctx;
    /* A stream that is made in pieces (export) keeps its next step in `then`. */
    if (call != NULL && call->then != NULL && call->owed == 0) call->then(call);
}

static void on_log(void *ctx, const char *line)
{
    struct api *api = ctx;

    api->host->log(api->host->ctx, line);
}

/* ------------------------------------------------------------------------- what it is told */

static const struct api_network *network_by_name(struct api *api, const char *name)
{
    size_t n = api->host->networks(api->host->ctx);

    for (size_t i = 0; i < n; i++) {
        const struct api_network *network = api->host->network(api->host->ctx, i);

        if (strcmp(network->name, name) == 0) return network;
    }
    return NULL;
}

void api_on_notice(struct api *api, const char *network, unsigned notices)
{
    static const struct {
        unsigned notice;
        const char *kind;
    } kinds[] = {
        {NOTICE_MEMBERSHIP, "membership"},
        {NOTICE_PEERS, "peers"},
        {NOTICE_JOINED, "joined"},
        {NOTICE_ALARM, "alarm"},
    };

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if ((notices & kinds[i].notice) == 0) continue;
        events_emit(api, kinds[i].kind, json_pack("{s:s}", "network", network));
    }
}

void api_on_applied(struct api *api, const char *name)
{
    const struct api_network *network = network_by_name(api, name);
    char text[21];

    if (network == NULL) return;
    text_decimal(text, api->host->view_applied(api->host->ctx, network));
    events_emit(api, "log", json_pack("{s:s, s:s}", "network", name, "lseq", text));
    call_waits_step(api);
    artifacts_sweep(api, network);
    called_follow(api, network);
}

struct api_called *api_called_of(struct api *api, const struct api_network *network)
{
    for (size_t i = 0; network != NULL && i < API_NETWORKS_MAX; i++) {
        if (api->called[i].network == NULL) api->called[i].network = network;
        if (api->called[i].network == network) return &api->called[i];
    }
    return NULL;
}

static struct api_written *written_of(struct api *api, const struct api_network *network)
{
    for (size_t i = 0; i < api->written_n; i++) {
        if (api->written[i].network == network) return &api->written[i];
    }
    if (network == NULL || api->written_n == API_NETWORKS_MAX) return NULL;
    api->written[api->written_n].network = network;
    return &api->written[api->written_n++];
}

uint64_t *api_written_at(struct api *api, const struct api_network *network)
{
    struct api_written *written = written_of(api, network);
    return written == NULL ? NULL : &written->lseq;
}

uint64_t *api_swept_at(struct api *api, const struct api_network *network)
{
    struct api_written *written = written_of(api, network);
    return written == NULL ? NULL : &written->swept;
}

/* -------------------------------------------------------------------------- start and stop */

enum err api_start(struct api **out, const struct api_host *host,
                   const struct api_options *options, char **why)
{
    struct api *api = mem_zalloc(sizeof(*api));
    struct http_options http = {
        .loop = host->loop,
        .socket_path = options->socket_path,
        .socket_group = options->socket_group,
        .port = options->page_port,
        .deadline_ms = options->deadline_ms,
        .handlers = {.ctx = api,
                     .body_max = on_body_max,
                     .request = on_request,
                     .fault = on_fault,
                     .drained = on_drained,
                     .gone = on_gone,
                     .log = on_log},
    };
    enum err err;

    api->host = host;
    api->started_ms = uv_now(host->loop);
    err = http_start(&api->http, &http, why);
    if (err != ERR_OK) {
        free(api);
        return err;
    }
    CHECK(uv_timer_init(host->loop, &api->waits) == 0);
    api->waits.data = api;
    *out = api;
    return ERR_OK;
}

int api_page_port(const struct api *api)
{
    return http_port(api->http);
}

static void on_http_stopped(void *arg)
{
    struct api *api = arg;

    api->http = NULL;
    api_settle(api);
}

static void on_waits_closed(uv_handle_t *handle)
{
    struct api *api = handle->data;

    events_fini(api);
    jobs_fini(api);
    called_fini(api);
    if (api->done != NULL) api->done(api->done_arg);
    free(api);
}

void api_settle(struct api *api)
{
    if (!api->stopping || api->http != NULL || api->calls_n > 0 || api->jobs_owed > 0) return;
    if (uv_is_closing((uv_handle_t *)&api->waits)) return;
    uv_close((uv_handle_t *)&api->waits, on_waits_closed);
}

void api_stop(struct api *api, void (*done)(void *arg), void *arg)
{
    api->stopping = true;
    api->done = done;
    api->done_arg = arg;
    call_waits_step(api);
    for (struct call *call = api->calls; call != NULL; call = call->next) {
        if (!call->answered) call_fail(call, ERR_BUSY, "the daemon is ending", NULL, NULL);
    }
    http_stop(api->http, on_http_stopped, api);
}
