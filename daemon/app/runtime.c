#include "daemon/app/runtime.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/app/addresses.h"
#include "daemon/app/folder.h"
#include "daemon/app/log.h"
#include "daemon/app/moves.h"
#include "proto/base/check.h"
#include "proto/base/map.h"

enum {
    ADDRESSES_MS = 5 * 60 * 1000, /* a laptop moves; asking the kernel is cheap */
    SLOW_MS = 20,                 /* DESIGN 3: nothing holds the loop up longer */
};

struct asked {
    struct command *command; /* NULL once the node has it */
    runtime_reply_fn fn;     /* NULL: nobody waits for it */
    void *arg;
    struct asked *next;
};

struct runtime {
    struct runtime_options options;
    char name[FOLDER_NAME_BYTES];
    char listen[ADDRESS_TEXT_BYTES];
    char *advertise;
    struct node *node;
    struct store *store;
    struct storage *storage;
    struct viewer *viewer;
    struct net *net;
    struct seal seal;
    struct seal_reader reader; /* the store's, with its settings opened */
    struct settings settings;
    uv_async_t async; /* completions or commands wait */
    uv_timer_t timer; /* the node's */
    uv_timer_t address_timer;
    unsigned port;
    struct addresses addresses;
    struct command address_command;
    bool address_command_sent;
    bool stepping, opening, cancelled, stopping;
    unsigned notices; /* of the first step, told later */

    struct map asked;                    /* ticket -> struct asked, with the node */
    struct asked *asking, **asking_tail; /* not yet with the node */
    size_t asked_n;
    uint64_t next_ticket;

    size_t batches; /* the node's, under way */
    /* A failed STORED was told: the next batch asks for a retry first. retry_from is the first
       batch after the latest such request; what fails of before it is old news. */
    bool retry;
    uint64_t retry_from;

    unsigned handles;
    void (*stopped)(void *ctx);
    void *stopped_ctx;
};

static void on_runtime_async(uv_async_t *async);
static void on_runtime_timer(uv_timer_t *timer);
static void on_runtime_addresses(uv_timer_t *timer);
static void on_runtime_closed(uv_handle_t *handle);
static void on_net_opened(void *ctx, uint64_t conn, uint64_t dial, const char *address);
static void on_net_data(void *ctx, uint64_t conn, struct slice bytes);
static void on_net_closed(void *ctx, uint64_t conn);
static void on_net_dial_failed(void *ctx, uint64_t dial, enum err err);
static void on_net_stopped(void *ctx);
static void on_storage_wake(void *ctx);
static void on_view_applied(void *ctx);

int64_t runtime_wall_s(const struct runtime *runtime)
{
    return (int64_t)time(NULL) + runtime->options.clock_offset_s;
}

/* ---------------------------------------------------- carrying out what the node wants -- */

static void carry_batch(struct runtime *runtime, const struct update *update)
{
    if (update->batch == 0) return;
    CHECK(update->batch < SETTINGS_BATCH);
    if (runtime->retry) {
        storage_retry(runtime->storage);
        runtime->retry = false;
        runtime->retry_from = update->batch;
    }
    runtime->batches++;
    seal_commit(&runtime->seal, runtime->storage, update->batch, update->writes,
                update->writes_n);
}

static void carry_replies(struct runtime *runtime, const struct update *update)
{
    for (size_t i = 0; i < update->replies_n; i++) {
        const struct reply *reply = &update->replies[i];
        const uint64_t *value = map_get(&runtime->asked, &reply->ticket);
        if (value == NULL) continue;
        struct asked *asked = (struct asked *)(uintptr_t)*value;
        map_delete(&runtime->asked, &reply->ticket);
        runtime->asked_n--;
        if (asked->fn != NULL) asked->fn(asked->arg, reply);
        free(asked);
    }
}

static void carry_notices(struct runtime *runtime, unsigned notices)
{
    if (notices & NOTICE_LOG) viewer_poke(runtime->viewer);
    runtime->notices |= notices;
    if (runtime->opening || runtime->notices == 0) return;
    notices = runtime->notices;
    runtime->notices = 0;
    runtime->options.notice(runtime->options.ctx, runtime, notices);
}

static void arm(struct runtime *runtime, uint64_t wake_ms)
{
    uint64_t now = uv_now(runtime->options.loop);

    if (wake_ms == UINT64_MAX)
        uv_timer_stop(&runtime->timer);
    else
        uv_timer_start(&runtime->timer, on_runtime_timer, wake_ms > now ? wake_ms - now : 0, 0);
}

/* In the order of update.h, always. */
static void carry_out(struct runtime *runtime, const struct update *update)
{
    carry_batch(runtime, update);
    for (size_t i = 0; i < update->reads_n; i++)
        storage_read(runtime->storage, &update->reads[i]);
    for (size_t i = 0; i < update->sends_n; i++)
        net_send(runtime->net, update->sends[i].conn, update->sends[i].bytes);
    for (size_t i = 0; i < update->dials_n; i++)
        net_dial(runtime->net, update->dials[i].dial, update->dials[i].address);
    for (size_t i = 0; i < update->closes_n; i++)
        net_close(runtime->net, update->closes[i]);
    carry_replies(runtime, update);
    moves_log(runtime->name, update->traces, update->traces_n);
    carry_notices(runtime, update->notices);
    arm(runtime, update->wake_ms);
}

static void step(struct runtime *runtime, struct event *event)
{
    struct update update = {0};
    CHECK(!runtime->stepping);
    if (runtime->stopping) return;
    runtime->stepping = true;
    event->now_ms = uv_now(runtime->options.loop);
    event->wall_s = runtime_wall_s(runtime);
    uint64_t from = uv_hrtime();
    node_step(runtime->node, event, &update);
    uint64_t ms = (uv_hrtime() - from) / 1000000;
    if (ms > SLOW_MS) moves_log_slow(event->kind, ms);
    carry_out(runtime, &update);
    runtime->stepping = false;
}

/* ------------------------------------------------------------ completions and commands -- */

static void take_stored(struct runtime *runtime, const struct storage_done *done)
{
    struct event event = {
        .kind = EVENT_STORED,
        .stored = {.batch = done->batch, .err = done->err, .lseq = done->lseq}};

    if (done->err != ERR_OK)
        log_fail(LOG_ERROR, LOG_STORE, "refused", done->err, runtime->name);
    if (done->batch >= SETTINGS_BATCH) {
        /* With a batch of the node's behind it, that one's failure will be told, and counts. */
        if (done->err != ERR_OK && runtime->batches == 0) runtime->retry = true;
        settings_on_stored(&runtime->settings, done->batch, done->err);
        return;
    }
    runtime->batches--;
    if (done->err != ERR_OK && done->batch >= runtime->retry_from) runtime->retry = true;
    step(runtime, &event);
}

static void take_done(struct runtime *runtime, struct storage_done *done)
{
    if (done->kind == STORAGE_STORED) {
        take_stored(runtime, done);
    } else {
        struct event event = {.kind = EVENT_READ,
                              .read = {.ticket = done->ticket,
                                       .err = done->err,
                                       .entries = done->read.entries,
                                       .n = done->read.n,
                                       .more = done->read.more}};
        step(runtime, &event);
    }
    storage_done_free(done);
}

static struct asked *asking_pop(struct runtime *runtime)
{
    struct asked *asked = runtime->asking;

    if (asked == NULL) return NULL;
    runtime->asking = asked->next;
    if (runtime->asking == NULL) runtime->asking_tail = &runtime->asking;
    return asked;
}

/* An answer of the runtime's own, in the place of the node's. */
static void answer(struct runtime *runtime, struct asked *asked, uint64_t ticket, enum err err)
{
    const struct reply reply = {.ticket = ticket, .err = err};

    runtime->asked_n--;
    if (asked->fn != NULL) asked->fn(asked->arg, &reply);
    free(asked);
}

static void take_command(struct runtime *runtime, struct asked *asked)
{
    struct event event = {.kind = EVENT_COMMAND, .command = asked->command};
    uint64_t ticket = asked->command->ticket;

    if (runtime->cancelled || runtime->asked_n > LIMIT_COMMANDS_PENDING) {
        answer(runtime, asked, ticket, runtime->cancelled ? ERR_CLOSED : ERR_BUSY);
        return;
    }
    asked->command = NULL;
    map_put(&runtime->asked, &ticket, (uintptr_t)asked);
    step(runtime, &event);
}

/* What waits, for at most RUNTIME_TURN_MS. */
static void turn(struct runtime *runtime)
{
    uint64_t until = uv_hrtime() + (uint64_t)RUNTIME_TURN_MS * 1000000;
    struct storage_done *done;
    struct asked *asked;

    carry_notices(runtime, 0);
    settings_tell(&runtime->settings);
    while (!runtime->stopping) {
        uv_update_time(runtime->options.loop);
        if ((done = storage_take(runtime->storage)) != NULL)
            take_done(runtime, done);
        else if ((asked = asking_pop(runtime)) != NULL)
            take_command(runtime, asked);
        else
            return;
        if (uv_hrtime() > until) break;
    }
    uv_async_send(&runtime->async);
}

void runtime_command(struct runtime *runtime, struct command *command, runtime_reply_fn fn,
                     void *arg)
{
    struct asked *asked = mem_zalloc(sizeof(*asked));

    command->ticket = ++runtime->next_ticket;
    *asked = (struct asked){.command = command, .fn = fn, .arg = arg};
    *runtime->asking_tail = asked;
    runtime->asking_tail = &asked->next;
    runtime->asked_n++;
    uv_async_send(&runtime->async);
}

void runtime_cancel(struct runtime *runtime)
{
    struct asked *asked;
    const void *key;
    uint64_t value;
    size_t at = 0;

    runtime->cancelled = true;
    while ((asked = asking_pop(runtime)) != NULL)
        answer(runtime, asked, asked->command->ticket, ERR_CLOSED);
    while (map_next(&runtime->asked, &at, &key, &value)) {
        uint64_t ticket;
        memcpy(&ticket, key, sizeof(ticket));
        map_delete(&runtime->asked, &ticket);
        answer(runtime, (struct asked *)(uintptr_t)value, ticket, ERR_CLOSED);
        at = 0;
    }
}

/* ---------------------------------------------------------------------------- settings -- */

enum err runtime_setting(struct runtime *runtime, const char *key, struct buf *out)
{
    return settings_get(&runtime->settings, key, out);
}

void runtime_each_setting(struct runtime *runtime, const char *prefix, settings_fn fn,
                          void *arg)
{
    settings_each(&runtime->settings, prefix, fn, arg);
}

void runtime_set(struct runtime *runtime, const char *key, struct slice value,
                 settings_done_fn done, void *arg)
{
    if (runtime->retry && runtime->batches == 0) {
        storage_retry(runtime->storage);
        runtime->retry = false;
    }
    settings_put(&runtime->settings, key, value, done, arg);
    uv_async_send(&runtime->async); /* it may have been refused */
}

/* --------------------------------------------------------------------------- addresses -- */

/* Tells the node, when it is news. */
static void find_addresses(struct runtime *runtime)
{
    struct addresses now;

    addresses_find(&now, runtime->advertise, runtime->listen, runtime->port);
    if (runtime->address_command_sent && addresses_eq(&now, &runtime->addresses)) return;
    runtime->addresses = now;
    for (size_t i = 0; i < now.n; i++)
        runtime->addresses.list[i] = runtime->addresses.text[i];
    runtime->address_command = (struct command){
        .kind = COMMAND_ADDRESSES,
        .addresses = {.addresses = runtime->addresses.list, .n = runtime->addresses.n}};
    runtime->address_command_sent = true;
    runtime_command(runtime, &runtime->address_command, NULL, NULL);
}

size_t runtime_addresses(struct runtime *runtime, const char **out, size_t max)
{
    size_t n = runtime->addresses.n < max ? runtime->addresses.n : max;

    for (size_t i = 0; i < n; i++)
        out[i] = runtime->addresses.text[i];
    return n;
}

/* -------------------------------------------------------------------------- open, stop -- */

static void start_listening(struct runtime *runtime)
{
    if (strcmp(runtime->listen, "none") == 0) return;
    enum err err = net_listen(runtime->net, runtime->listen, &runtime->port);
    struct log_line line;
    log_begin(&line, err == ERR_OK ? LOG_INFO : LOG_WARN, LOG_NET,
              err == ERR_OK ? "listening" : "not-listening");
    log_text(&line, "network", runtime->name);
    if (err != ERR_OK) {
        runtime->port = 0;
        log_text(&line, "at", runtime->listen);
        log_text(&line, "why",
                 err == ERR_EXISTS ? "another program has that port" : err_text(err));
    } else {
        log_number(&line, "port", runtime->port);
    }
    log_end(&line);
}

static struct node *make_node(const struct runtime_options *options,
                              const struct store_reader *reader)
{
    const struct keyfile *keys = options->keyfile;
    struct node_options node = {.device_pk = keys->device_pk,
                                .device_sk = keys->device_sk,
                                .box_pk = keys->box_pk,
                                .box_sk = keys->box_sk,
                                .transport_pk = keys->transport_pk,
                                .transport_sk = keys->transport_sk,
                                .school = keys->school,
                                .device_name = keys->device_name,
                                .version = options->version};

    env_random(options->env, &node.seed, sizeof(node.seed));
    struct node *made = node_new(&node, options->env, reader);
    mem_wipe(&node, sizeof(node));
    return made;
}

/* The threads, and what they stand on. */
static enum err open_store(struct runtime *runtime)
{
    const struct runtime_options *options = &runtime->options;
    char store_dir[FOLDER_PATH_BYTES], view_path[FOLDER_PATH_BYTES];
    enum err err = folder_path(store_dir, options->dir, "store");

    if (err == ERR_OK) err = folder_path(view_path, options->dir, "view.sqlite");
    if (err == ERR_OK)
        err = store_open(&runtime->store,
                         &(struct store_options){.dir = store_dir,
                                                 .convert = seal_convert,
                                                 .convert_ctx = &runtime->seal,
                                                 .fault = options->fault,
                                                 .fault_ctx = options->fault_ctx});
    if (err != ERR_OK) return err;
    struct viewer_options viewer = {.loop = options->loop,
                                    .view = {.path = view_path,
                                             .school = options->keyfile->school,
                                             .device = options->keyfile->device_pk,
                                             .box_pk = options->keyfile->box_pk,
                                             .box_sk = options->keyfile->box_sk,
                                             .schemas = options->schemas},
                                    .log = store_get_log(runtime->store),
                                    .applied = on_view_applied,
                                    .ctx = runtime};
    err = viewer_start(&runtime->viewer, &viewer);
    mem_wipe(&viewer.view, sizeof(viewer.view));
    if (err != ERR_OK) goto close_store;
    err = storage_start(&runtime->storage, runtime->store, on_storage_wake, runtime);
    if (err == ERR_OK) return ERR_OK;
    viewer_stop(runtime->viewer);
close_store:
    store_close(runtime->store);
    return err;
}

enum err runtime_open(struct runtime **out, const struct runtime_options *options)
{
    struct runtime *runtime = mem_zalloc(sizeof(*runtime));
    struct event start = {.kind = EVENT_START};
    const struct net_callbacks callbacks = {runtime, on_net_opened, on_net_data, on_net_closed,
                                            on_net_dial_failed};

    CHECK(strlen(options->name) < sizeof(runtime->name));
    CHECK(strlen(options->listen) < sizeof(runtime->listen));
    runtime->options = *options;
    (void)strcpy(runtime->name, options->name);
    (void)strcpy(runtime->listen, options->listen);
    seal_init(&runtime->seal, &options->keyfile->device_sk, options->env);
    enum err err = open_store(runtime);
    if (err != ERR_OK) {
        seal_wipe(&runtime->seal);
        free(runtime);
        return err;
    }
    runtime->advertise = mem_strdup(options->advertise);
    runtime->asking_tail = &runtime->asking;
    map_init(&runtime->asked, sizeof(uint64_t), 0);
    seal_reader_init(&runtime->reader, &runtime->seal, store_get_reader(runtime->store));
    settings_init(&runtime->settings, &runtime->seal, &runtime->reader.reader,
                  runtime->storage);
    CHECK(uv_async_init(options->loop, &runtime->async, on_runtime_async) == 0);
    CHECK(uv_timer_init(options->loop, &runtime->timer) == 0);
    CHECK(uv_timer_init(options->loop, &runtime->address_timer) == 0);
    runtime->async.data = runtime->timer.data = runtime->address_timer.data = runtime;
    runtime->handles = 3;
    runtime->net = net_new(options->loop, &callbacks);
    runtime->node = make_node(options, &runtime->reader.reader);
    runtime->opening = true;
    step(runtime, &start);
    runtime->opening = false;
    start_listening(runtime);
    find_addresses(runtime);
    uv_timer_start(&runtime->address_timer, on_runtime_addresses, ADDRESSES_MS, ADDRESSES_MS);
    uv_async_send(&runtime->async);
    *out = runtime;
    return ERR_OK;
}

void runtime_stop(struct runtime *runtime, void (*done)(void *ctx), void *ctx)
{
    struct event stop = {.kind = EVENT_STOP};
    runtime_cancel(runtime);
    step(runtime, &stop);
    runtime->stopping = true;
    runtime->stopped = done;
    runtime->stopped_ctx = ctx;
    viewer_stop(runtime->viewer);
    storage_stop(runtime->storage); /* writes what is queued */
    settings_fini(&runtime->settings);
    node_free(runtime->node);
    store_close(runtime->store);
    runtime->handles++;
    net_stop(runtime->net, on_net_stopped, runtime);
    uv_close((uv_handle_t *)&runtime->async, on_runtime_closed);
    uv_close((uv_handle_t *)&runtime->timer, on_runtime_closed);
    uv_close((uv_handle_t *)&runtime->address_timer, on_runtime_closed);
}

static void release(struct runtime *runtime)
{
    if (--runtime->handles > 0) return;
    void (*done)(void *ctx) = runtime->stopped;
    void *ctx = runtime->stopped_ctx;
    map_fini(&runtime->asked);
    seal_wipe(&runtime->seal);
    free(runtime->advertise);
    free(runtime);
    done(ctx);
}

const char *runtime_name(const struct runtime *runtime)
{
    return runtime->name;
}

const struct node *runtime_node(const struct runtime *runtime)
{
    return runtime->node;
}

struct viewer *runtime_viewer(struct runtime *runtime)
{
    return runtime->viewer;
}

struct store *runtime_store(struct runtime *runtime)
{
    return runtime->store;
}

unsigned runtime_port(const struct runtime *runtime)
{
    return runtime->port;
}

/* ---------------------------------------------------- callbacks of libuv and the boxes -- */

static void on_runtime_async(uv_async_t *async)
{
    turn(async->data);
}

static void on_runtime_timer(uv_timer_t *timer)
{
    struct event event = {.kind = EVENT_TICK};
    step(timer->data, &event);
}

static void on_runtime_addresses(uv_timer_t *timer)
{
    find_addresses(timer->data);
}

static void on_runtime_closed(uv_handle_t *handle)
{
    release(handle->data);
}

static void on_net_opened(void *ctx, uint64_t conn, uint64_t dial, const char *address)
{
    struct event event = {.kind = EVENT_CONN_OPENED,
                          .conn = {.conn = conn, .dial = dial, .address = address}};
    step(ctx, &event);
}

static void on_net_data(void *ctx, uint64_t conn, struct slice bytes)
{
    struct event event = {.kind = EVENT_CONN_DATA, .conn = {.conn = conn, .bytes = bytes}};
    step(ctx, &event);
}

static void on_net_closed(void *ctx, uint64_t conn)
{
    struct event event = {.kind = EVENT_CONN_CLOSED, .conn = {.conn = conn}};
    step(ctx, &event);
}

static void on_net_dial_failed(void *ctx, uint64_t dial, enum err err)
{
    struct event event = {.kind = EVENT_DIAL_FAILED, .conn = {.dial = dial}};
    log_fail(LOG_DEBUG, LOG_NET, "dial-failed", err, NULL);
    step(ctx, &event);
}

static void on_net_stopped(void *ctx)
{
    release(ctx);
}

static void on_storage_wake(void *ctx)
{
    struct runtime *runtime = ctx;
    uv_async_send(&runtime->async);
}

static void on_view_applied(void *ctx)
{
    struct runtime *runtime = ctx;
    if (!runtime->stopping) runtime->options.applied(runtime->options.ctx, runtime);
}
