#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/api/routes.h"
#include "daemon/api/state.h"
#include "proto/base/text.h"

static void event_send(struct http_request *request, const struct api_event *event)
{
    char id[21];

    http_sse_send(request, text_decimal(id, event->id), event->kind, event->data);
}

void events_emit(struct api *api, const char *kind, json_t *data)
{
    struct api_event *event = &api->events[++api->events_last % API_EVENTS_KEPT];

    free(event->data);
    event->id = api->events_last;
    event->kind = kind;
    event->data = json_dumps(data, JSON_COMPACT);
    json_decref(data);
    for (size_t i = 0; i < API_STREAMS_MAX; i++) {
        if (api->streams[i] != NULL) event_send(api->streams[i], event);
    }
}

void events_gone(struct api *api, struct http_request *request)
{
    for (size_t i = 0; i < API_STREAMS_MAX; i++) {
        if (api->streams[i] == request) api->streams[i] = NULL;
    }
}

void events_fini(struct api *api)
{
    for (size_t i = 0; i < API_EVENTS_KEPT; i++)
        free(api->events[i].data);
}

/* What came after the id that the client knows; "reset" when that is no longer here. */
static void replay(struct api *api, struct http_request *request, uint64_t last)
{
    uint64_t kept = api->events_last < API_EVENTS_KEPT ? api->events_last : API_EVENTS_KEPT;
    char id[21];

    if (last > api->events_last || last < api->events_last - kept) {
        http_sse_send(request, text_decimal(id, api->events_last), "reset", "{}");
        return;
    }
    for (uint64_t i = last + 1; i <= api->events_last; i++) {
        event_send(request, &api->events[i % API_EVENTS_KEPT]);
    }
}

void events_stream(struct call *call)
{
    struct api *api = call->api;
    const char *header = http_header(call->http, "Last-Event-ID");
    size_t free_at = 0;
    uint64_t last;

    if (!call_query_number(call, "last", api->events_last, UINT64_MAX - 1, &last)) return;
    if (header != NULL) last = strtoull(header, NULL, 10);
    if (http_is_head(call->http)) {
        call_fail_code(call, 405, "METHOD", "HEAD is not offered here", "use GET", NULL);
        return;
    }
    while (free_at < API_STREAMS_MAX && api->streams[free_at] != NULL)
        free_at++;
    if (free_at == API_STREAMS_MAX) {
        call_fail(call, ERR_BUSY, "all streams are taken: close a tab", NULL, NULL);
        return;
    }
    call_finish(call, 200, NULL);
    api->streams[free_at] = call->http;
    http_stream_begin(call->http, 200, "text/event-stream", true);
    http_stream_send(call->http, slice_of(":\n\n", 3)); /* the head goes out at once */
    replay(api, call->http, last);
}
