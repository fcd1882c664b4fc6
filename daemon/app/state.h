/*
 * state.h: the running daemon, shared by app.c (start and end) and hosting.c (what the API asks
 * for).
 */
#ifndef APP_STATE_H
#define APP_STATE_H

#include <jansson.h>
#include <uv.h>

#include "daemon/api/api.h"
#include "daemon/app/config.h"
#include "daemon/app/folder.h"
#include "daemon/app/keyfile.h"
#include "daemon/app/phrases.h"
#include "daemon/app/runtime.h"

enum {
    APP_CANCEL_MS = 300, /* after SIGTERM, what still waits is answered CLOSED */
    APP_END_MS = 950,    /* and then the process ends, done or not: it is crash-only anyway */
};

/* A network of the data folder. Its address does not change: the API keeps it. */
struct app_network {
    struct api_network face;
    struct runtime *runtime;
    struct app *app;
    char name[FOLDER_NAME_BYTES];
};

/* A call of ours for later: what the API asks is never answered inside its call. */
typedef void (*app_later_fn)(void *arg);
struct app_later {
    app_later_fn fn;
    void *arg;
    struct app_later *next;
};

struct app {
    struct config config;
    char data[FOLDER_PATH_BYTES];
    char key_path[FOLDER_PATH_BYTES];
    char socket_path[FOLDER_PATH_BYTES];
    char instance[17];
    uv_loop_t loop;
    struct env env;
    struct keyfile keyfile;
    bool has_key, making_key;
    struct app_network *networks[FOLDER_NETWORKS_MAX];
    size_t networks_n;
    struct phrases *phrases;
    struct schema_set *schemas; /* not changed once networks are open: their threads share it */
    json_t *types_refused;
    struct api_host host;
    struct api *api;
    struct app_later *later;
    uv_async_t later_async;
    uv_signal_t signals[2]; /* TERM and INT */
    uv_timer_t cancel_timer;
    bool ending;
    struct doctor *doctors;
    size_t runtimes_open;
};

/* Runs fn in one of the next turns of the loop. */
void app_later(struct app *app, app_later_fn fn, void *arg);
/* Opens DATA/networks/NAME and adds it. The key file is there. */
MUST_USE enum err app_open_network(struct app *app, const char *name);
/* Begins the end. */
void app_end(struct app *app, const char *why);

/* Fills app->host. */
void hosting_init(struct app *app);

#endif
