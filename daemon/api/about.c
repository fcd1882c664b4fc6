/* The daemon itself: what runs, what it offers, what it counted; peers and spaces. */
#include <string.h>
#include <unistd.h>

#include "daemon/api/names.h"
#include "daemon/api/routes.h"
#include "daemon/api/state.h"

void about_version(struct call *call)
{
    const struct api_host *host = call->host;

    call_reply(call, 200,
               json_pack("{s:s, s:i, s:s, s:b, s:s, s:i}", "version", host->version, "api", 1,
                         "instance", host->instance, "initialised",
                         (int)host->initialised(host->ctx), "data", host->data_dir, "pid",
                         (int)getpid()));
}

void about_routes(struct call *call)
{
    json_t *items = json_array();

    for (size_t i = 0; i < routes_n; i++) {
        json_array_append_new(items, json_pack("{s:s, s:s, s:s, s:s}", "method",
                                               routes_all[i].method, "path", routes_all[i].path,
                                               "needs", routes_needs_name(routes_all[i].needs),
                                               "summary", routes_all[i].summary));
    }
    call_reply(call, 200, json_pack("{s:o}", "items", items));
}

static void count_piece(void *arg, const struct piece_id *id, size_t bytes)
{
    uint64_t *counts = arg;

    (void)id;
    counts[0]++;
    counts[1] += bytes;
}

void about_metrics(struct call *call)
{
    struct api *api = call->api;
    struct http_counts counts;
    uint64_t pieces[2] = {0, 0};
    json_t *json = json_object();

    http_get_counts(api->http, &counts);
    names_set(json, "uptime_s",
              json_integer((json_int_t)((uv_now(api->host->loop) - api->started_ms) / 1000)));
    names_set(json, "requests", names_number(counts.requests));
    names_set(json, "refused", names_number(counts.faults));
    names_set(json, "errors", names_number(api->errors));
    names_set(json, "cut_slow", names_number(counts.cut_slow));
    names_set(json, "connections", json_integer((json_int_t)counts.connections));
    names_set(json, "streams", json_integer((json_int_t)counts.streams));
    names_set(json, "calls", json_integer((json_int_t)api->calls_n));
    names_set(json, "events", names_number(api->events_last));
    for (size_t i = 0; i < api->host->networks(api->host->ctx); i++)
        node_each_piece(api->host->network(api->host->ctx, i)->node, count_piece, pieces);
    names_set(json, "pieces", names_number(pieces[0]));
    names_set(json, "piece_bytes", names_number(pieces[1]));
    call_reply(call, 200, json);
}

void about_shutdown(struct call *call)
{
    call_reply(call, 202, json_object());
    call->host->shutdown(call->host->ctx);
}

/* --------------------------------------------------------------------------- peers, spaces */

struct list {
    struct call *call;
    json_t *items;
    const char *class; /* of spaces, NULL: all */
};

static void on_peer(void *arg, const struct node_peer *peer)
{
    struct list *list = arg;
    json_t *item = json_object();
    uint64_t now = uv_now(list->call->host->loop);

    names_set(item, "device", names_device(list->call, &peer->device));
    names_set(item, "connected", json_boolean(peer->connected));
    names_set(item, "turned_away", json_boolean(peer->turned_away));
    names_set(item, "outgoing", json_boolean(peer->outgoing));
    names_set(item, "equal", json_boolean(peer->equal));
    names_set(item, "address",
              peer->address == NULL ? json_null() : json_string(peer->address));
    names_set(item, "heard_at", names_time(peer->heard_wall_s));
    names_set(item, "failures", json_integer((json_int_t)peer->failures));
    names_set(item, "next_dial_s",
              peer->next_dial_ms == 0
                  ? json_null()
                  : json_integer(peer->next_dial_ms <= now
                                     ? 0
                                     : (json_int_t)((peer->next_dial_ms - now) / 1000)));
    names_set(item, "bytes_in", names_number(peer->bytes_in));
    names_set(item, "bytes_out", names_number(peer->bytes_out));
    names_set(item, "envelopes_in", names_number(peer->envelopes_in));
    names_set(item, "envelopes_out", names_number(peer->envelopes_out));
    json_array_append_new(list->items, item);
}

void about_peers(struct call *call)
{
    struct list list = {.call = call, .items = json_array()};

    node_each_peer(call->network->node, on_peer, &list);
    call_reply(call, 200, json_pack("{s:o}", "items", list.items));
}

static void on_space(void *arg, const struct node_space *held)
{
    struct list *list = arg;
    const struct fold *fold = names_fold(list->call);
    struct fold_space space;
    struct space_tag tag;
    json_t *item;

    memcpy(tag.b, held->space.b, sizeof(tag.b)); /* a tag is how its space's id begins */
    if (fold == NULL || !fold_space(fold, &tag, &space)) {
        if (list->class != NULL) return;
        item = json_object();
        names_set(item, "space", names_hex(held->space.b, sizeof(held->space.b)));
    } else {
        if (list->class != NULL && strcmp(list->class, names_class(space.space_class)) != 0)
            return;
        item = names_audience(list->call, &space);
    }
    names_set(item, "readable", json_boolean(held->readable));
    names_set(item, "chains", names_number(held->chains));
    names_set(item, "envelopes", names_number(held->envelopes));
    names_set(item, "key", json_string(err_name(held->key)));
    json_array_append_new(list->items, item);
}

void about_spaces(struct call *call)
{
    struct list list = {
        .call = call, .items = json_array(), .class = call_query(call, "class")};

    node_each_space(call->network->node, on_space, &list);
    call_reply(call, 200, json_pack("{s:o}", "items", list.items));
}
