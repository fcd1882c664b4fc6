#include "daemon/api/called.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/api/state.h"
#include "daemon/view/query.h"
#include "proto/base/text.h"

/* One look at the projection; when more came meanwhile another follows. */
struct look {
    struct api *api;
    const struct api_network *network;
    struct buf answer;
};

static enum err look_job(void *arg, struct view_reader *reader)
{
    struct look *look = arg;

    return query_called(reader, &look->answer);
}

static void start(struct api *api, struct api_called *called);

static void on_look(void *arg, enum err err)
{
    struct look *look = arg;
    struct api *api = look->api;
    struct api_called *called = api_called_of(api, look->network);
    json_t *schools =
        err != ERR_OK ? NULL
                      : json_loadb((const char *)look->answer.data, look->answer.len, 0, NULL);

    if (schools != NULL) {
        json_decref(called->schools);
        called->schools = schools;
    }
    called->looking = false;
    buf_fini(&look->answer);
    free(look);
    api->jobs_owed--;
    if (called->again && !api->stopping) start(api, called);
    api_settle(api);
}

static void start(struct api *api, struct api_called *called)
{
    struct look *look = mem_zalloc(sizeof(*look));

    look->api = api;
    look->network = called->network;
    called->looking = true;
    called->again = false;
    api->jobs_owed++;
    api->host->view(api->host->ctx, called->network, look_job, on_look, look);
}

void called_follow(struct api *api, const struct api_network *network)
{
    struct api_called *called = api_called_of(api, network);

    if (called == NULL || api->stopping) return;
    called->again = called->looking;
    if (!called->looking) start(api, called);
}

void called_fini(struct api *api)
{
    for (size_t i = 0; i < API_NETWORKS_MAX; i++) {
        json_decref(api->called[i].schools);
        api->called[i].schools = NULL;
    }
}

const json_t *called_find(const struct api *api, const struct api_network *network,
                          const struct school_id *school)
{
    char hex[2 * sizeof(school->b) + 1];

    text_hex(hex, school->b, sizeof(school->b));
    for (size_t i = 0; i < API_NETWORKS_MAX; i++) {
        if (api->called[i].network == network && network != NULL)
            return json_object_get(api->called[i].schools, hex);
    }
    return NULL;
}
