/*
 * fake.h: a daemon around the API, for its tests: a real loop, real sockets, a real node that
 * is in no network, a real view over a log in memory, and a script that says what commands come
 * to. Callbacks come later, from an idle handle, as the host promises.
 */
#ifndef TESTS_API_FAKE_H
#define TESTS_API_FAKE_H

#include "tests/support/tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "daemon/api/api.h"
#include "daemon/core/node.h"
#include "daemon/core/update.h"
#include "proto/base/check.h"
#include "proto/crypto/hash.h"
#include "proto/record/revision.h"

#define FAKE_FN __attribute__((unused)) static

enum { FAKE_LATER_MAX = 64, FAKE_SETTINGS_MAX = 64, FAKE_LOG_MAX = 512 };

struct fake_later {
    void (*fn)(struct fake_later *later);
    void *arg;
    enum err err;
    union {
        api_reply_fn reply;
        api_done_fn done;
        api_init_fn init;
        api_root_fn root;
        api_result_fn result;
    } to;
    struct reply answer;
};

struct fake {
    uv_loop_t loop;
    uv_idle_t idle;
    struct rng rng;
    struct env env;
    struct schema_set *schemas;
    char dir[64], socket[96];
    struct api_host host;
    struct api *api;
    bool initialised, deaf, stopped, hold_view, hold_later;
    struct api_network network;
    struct node *node;
    struct node_options me;
    struct view *view;
    struct view_reader *reader;
    struct log_reader log;
    struct store_reader store;
    struct {
        struct buf body;
        struct revision_id id;
    } entries[FAKE_LOG_MAX];
    size_t entries_n;
    struct {
        char key[128];
        struct buf value;
    } settings[FAKE_SETTINGS_MAX];
    struct fake_later later[FAKE_LATER_MAX];
    size_t later_n;
    enum err command_err; /* what the next commands come to */
    const char *command_reason;
    enum command_kind command_last;
    size_t commands;
    bool shutdown_asked;
};

/* ----------------------------------------------------------------------------------- later */

static void fake_on_idle(uv_idle_t *idle)
{
    struct fake *fake = idle->data;
    struct fake_later due[FAKE_LATER_MAX];
    size_t n = fake->later_n;

    if (fake->hold_later) return;
    memcpy(due, fake->later, n * sizeof(due[0]));
    fake->later_n = 0;
    for (size_t i = 0; i < n; i++)
        due[i].fn(&due[i]);
}

FAKE_FN struct fake_later *fake_later(struct fake *fake, void (*fn)(struct fake_later *),
                                      void *arg, enum err err)
{
    struct fake_later *later = &fake->later[fake->later_n++];

    CHECK(fake->later_n < FAKE_LATER_MAX);
    memset(later, 0, sizeof(*later));
    later->fn = fn;
    later->arg = arg;
    later->err = err;
    return later;
}

/* --------------------------------------------------------------------------------- the log */

static enum err fake_log_give(struct fake *fake, uint64_t lseq, log_fn fn, void *arg, bool *go)
{
    struct log_entry entry = {.kind = LOG_LOCAL, .lseq = lseq};

    entry.payload = buf_slice(&fake->entries[lseq - 1].body);
    entry.revision = fake->entries[lseq - 1].id;
    *go = fn(arg, &entry);
    return ERR_OK;
}

static enum err fake_log_read(void *ctx, uint64_t after, size_t max, log_fn fn, void *arg)
{
    struct fake *fake = ctx;
    bool go = true;

    for (uint64_t at = after + 1; at <= fake->entries_n && max-- > 0 && go; at++) {
        enum err err = fake_log_give(fake, at, fn, arg, &go);

        if (err != ERR_OK) return err;
    }
    return ERR_OK;
}

static enum err fake_log_get(void *ctx, uint64_t lseq, log_fn fn, void *arg)
{
    struct fake *fake = ctx;
    bool go;

    if (lseq == 0 || lseq > fake->entries_n) return ERR_NOT_FOUND;
    return fake_log_give(fake, lseq, fn, arg, &go);
}

static uint64_t fake_log_last(void *ctx)
{
    return ((struct fake *)ctx)->entries_n;
}

FAKE_FN uint64_t fake_applied(struct fake *fake)
{
    struct view_status status;

    view_get_status(fake->view, &status);
    return status.applied;
}

FAKE_FN void fake_step_view(struct fake *fake)
{
    bool more = true;

    while (more)
        assert_ok(view_step(fake->view, VIEW_BATCH_MAX, &more));
    if (fake->api != NULL) api_on_applied(fake->api, "main");
}

/* -------------------------------------------------------------------------- an empty store */

static void fake_each_head(void *ctx, store_head_fn fn, void *arg)
{
    (void)ctx;
    (void)fn;
    (void)arg;
}
static void fake_each_envelope(void *ctx, store_envelope_fn fn, void *arg)
{
    (void)ctx;
    (void)fn;
    (void)arg;
}
static void fake_each_statement(void *ctx, store_statement_fn fn, void *arg)
{
    (void)ctx;
    (void)fn;
    (void)arg;
}
static void fake_each_pair(void *ctx, const char *prefix, store_pair_fn fn, void *arg)
{
    (void)ctx;
    (void)prefix;
    (void)fn;
    (void)arg;
}
static size_t fake_piece(void *ctx, const struct piece_id *id)
{
    (void)ctx;
    (void)id;
    return 0;
}
static void fake_each_piece(void *ctx, store_piece_fn fn, void *arg)
{
    (void)ctx;
    (void)fn;
    (void)arg;
}
static bool fake_at(void *ctx, const struct chain *chain, uint64_t seq, struct stored *out)
{
    (void)ctx;
    (void)chain;
    (void)seq;
    (void)out;
    return false;
}
static bool fake_find(void *ctx, const struct envelope_id *id, struct chain *chain,
                      uint64_t *seq)
{
    (void)ctx;
    (void)id;
    (void)chain;
    (void)seq;
    return false;
}
static enum err fake_header(void *ctx, const struct chain *chain, uint64_t seq, uint8_t *out)
{
    (void)ctx;
    (void)chain;
    (void)seq;
    (void)out;
    return ERR_NOT_FOUND;
}

/* -------------------------------------------------------------------------------- the host */

static int64_t fake_wall(void *ctx)
{
    (void)ctx;
    return 1772357400; /* 2026-03-01T09:30:00Z */
}
static bool fake_initialised(void *ctx)
{
    return ((struct fake *)ctx)->initialised;
}
static size_t fake_networks(void *ctx)
{
    return ((struct fake *)ctx)->initialised ? 1 : 0;
}
static const struct api_network *fake_network(void *ctx, size_t index)
{
    (void)index;
    return &((struct fake *)ctx)->network;
}

static void fake_inited(struct fake_later *later)
{
    later->to.init(later->arg, later->err, NULL,
                   later->err == ERR_OK ? "twelve words that nobody has" : NULL);
}
static void fake_init(void *ctx, const struct api_init *init, api_init_fn fn, void *arg)
{
    struct fake *fake = ctx;
    enum err err = fake->initialised ? ERR_EXISTS : ERR_OK;

    (void)init;
    fake->initialised = true;
    fake_later(fake, fake_inited, arg, err)->to.init = fn;
}

static void fake_rooted(struct fake_later *later)
{
    struct api_root root = {0};

    later->to.root(later->arg, later->err, NULL, later->err == ERR_OK ? &root : NULL, NULL);
}
static void fake_root(void *ctx, const struct api_network *network, const char *phrase,
                      api_root_fn fn, void *arg)
{
    bool good = phrase == NULL || strcmp(phrase, "good words") == 0;

    (void)network;
    fake_later(ctx, fake_rooted, arg, good ? ERR_OK : ERR_PHRASE)->to.root = fn;
}

static void fake_replied(struct fake_later *later)
{
    later->answer.err = later->err;
    later->to.reply(later->arg, &later->answer);
}
static void fake_write(struct fake *fake, const struct command_write *write)
{
    for (size_t i = 0; i < write->n; i++) {
        struct revision_id *id = &fake->entries[fake->entries_n].id;

        CHECK(fake->entries_n < FAKE_LOG_MAX);
        hash_bytes(id->b, sizeof(id->b), slice_of(NULL, 0), REVISION_ID_LABEL,
                   write->revisions[i].body, slice_of(NULL, 0));
        buf_put(&fake->entries[fake->entries_n++].body, write->revisions[i].body.p,
                write->revisions[i].body.n);
    }
}
static void fake_submit(void *ctx, const struct api_network *network, struct command *command,
                        api_reply_fn fn, void *arg)
{
    struct fake *fake = ctx;
    struct fake_later *later;

    (void)network;
    fake->commands++;
    fake->command_last = command->kind;
    if (fake->command_err == ERR_OK && command->kind == COMMAND_WRITE) {
        fake_write(fake, &command->write);
    }
    later = fake_later(fake, fake_replied, arg, fake->command_err);
    later->to.reply = fn;
    later->answer.reason = fake->command_reason;
    later->answer.lseq = fake->entries_n;
    later->answer.count = command->kind == COMMAND_WRITE ? command->write.n : 0;
    if (!fake->hold_view) fake_step_view(fake);
}

static void fake_done(struct fake_later *later)
{
    later->to.done(later->arg, later->err);
}
static void fake_view(void *ctx, const struct api_network *network, api_view_fn fn,
                      api_done_fn done, void *arg)
{
    struct fake *fake = ctx;
    enum err err = fn(arg, fake->reader);

    (void)network;
    fake_later(fake, fake_done, arg, err)->to.done = done;
}
static uint64_t fake_view_applied(void *ctx, const struct api_network *network)
{
    (void)network;
    return fake_applied(ctx);
}

static struct buf *fake_setting(struct fake *fake, const char *key, bool make)
{
    for (size_t i = 0; i < FAKE_SETTINGS_MAX; i++) {
        if (strcmp(fake->settings[i].key, key) == 0) return &fake->settings[i].value;
    }
    for (size_t i = 0; make && i < FAKE_SETTINGS_MAX; i++) {
        if (fake->settings[i].key[0] != '\0') continue;
        snprintf(fake->settings[i].key, sizeof(fake->settings[i].key), "%s", key);
        return &fake->settings[i].value;
    }
    return NULL;
}
static enum err fake_setting_get(void *ctx, const struct api_network *network, const char *key,
                                 struct buf *out)
{
    struct buf *value = fake_setting(ctx, key, false);

    (void)network;
    if (value == NULL) return ERR_NOT_FOUND;
    buf_put(out, value->data, value->len);
    return ERR_OK;
}
static void fake_setting_each(void *ctx, const struct api_network *network, const char *prefix,
                              api_setting_fn fn, void *arg)
{
    struct fake *fake = ctx;

    (void)network;
    for (size_t i = 0; i < FAKE_SETTINGS_MAX; i++) {
        if (strncmp(fake->settings[i].key, prefix, strlen(prefix)) != 0) continue;
        if (fake->settings[i].key[0] == '\0') continue;
        fn(arg, fake->settings[i].key, buf_slice(&fake->settings[i].value));
    }
}
static void fake_setting_put(void *ctx, const struct api_network *network, const char *key,
                             struct slice value, api_done_fn done, void *arg)
{
    struct fake *fake = ctx;
    struct buf *at = fake_setting(fake, key, value.p != NULL);

    (void)network;
    if (at != NULL) {
        at->len = 0;
        buf_put(at, value.p, value.n);
        if (value.p == NULL) {
            for (size_t i = 0; i < FAKE_SETTINGS_MAX; i++) {
                if (&fake->settings[i].value == at) fake->settings[i].key[0] = '\0';
            }
        }
    }
    fake_later(fake, fake_done, arg, ERR_OK)->to.done = done;
}
static bool fake_deaf(void *ctx, const struct api_network *network)
{
    (void)network;
    return ((struct fake *)ctx)->deaf;
}
static size_t fake_addresses(void *ctx, const struct api_network *network, const char **out,
                             size_t max)
{
    (void)ctx;
    (void)network;
    (void)out;
    (void)max;
    return 0;
}
static void fake_doctored(struct fake_later *later)
{
    later->to.result(later->arg, ERR_OK, "{\"healthy\":true}");
}
static void fake_doctor(void *ctx, const struct api_network *network, bool rebuild,
                        api_progress_fn progress, api_result_fn done, void *arg)
{
    (void)network;
    (void)rebuild;
    (void)progress;
    fake_later(ctx, fake_doctored, arg, ERR_OK)->to.result = done;
}
static void fake_shutdown(void *ctx)
{
    ((struct fake *)ctx)->shutdown_asked = true;
}
static void fake_answered(void *ctx, const char *method, const char *route, unsigned status,
                          const char *code, uint64_t ms)
{
    (void)ctx;
    (void)method;
    (void)ms;
    CHECK(route != NULL && (status < 400 || code != NULL));
}
static void fake_log(void *ctx, const char *line)
{
    (void)ctx;
    (void)line;
}
static void fake_random(void *ctx, void *out, size_t n)
{
    struct fake *fake = ctx;

    for (size_t i = 0; i < n; i++)
        ((uint8_t *)out)[i] = (uint8_t)rng_next(&fake->rng);
}

/* -------------------------------------------------------------------------- start and stop */

static void fake_make_view(struct fake *fake)
{
    struct view_options options = {.school = fake->me.school, .device = fake->me.device_pk};

    fake->log = (struct log_reader){fake, fake_log_read, fake_log_get, fake_log_last};
    assert_ok(view_open(&fake->view, &options, &fake->log));
    assert_ok(view_reader_open(&fake->reader, fake->view));
}

static void fake_make_node(struct fake *fake)
{
    fake->store = (struct store_reader){.ctx = fake,
                                        .each_head = fake_each_head,
                                        .each_statement = fake_each_statement,
                                        .each_beacon = fake_each_envelope,
                                        .each_setting = fake_each_pair,
                                        .at = fake_at,
                                        .find = fake_find,
                                        .header = fake_header,
                                        .piece = fake_piece,
                                        .each_piece = fake_each_piece};
    memset(fake->me.school.b, 0x11, sizeof(fake->me.school.b));
    memset(fake->me.device_pk.b, 0x22, sizeof(fake->me.device_pk.b));
    fake->me.device_name = "office <PC>";
    fake->me.version = "test";
    fake->node = node_new(&fake->me, &fake->env, &fake->store);
    fake->network = (struct api_network){.name = "main",
                                         .node = fake->node,
                                         .school = fake->me.school,
                                         .school_name = "Lincoln <b>& Sons</b>",
                                         .device = fake->me.device_pk,
                                         .device_name = fake->me.device_name};
}

FAKE_FN struct fake *fake_start(unsigned deadline_ms)
{
    struct fake *fake = mem_zalloc(sizeof(*fake));
    struct api_options options = {.page_port = 0, .deadline_ms = deadline_ms};
    char *why = NULL;

    assert_int_equal(uv_loop_init(&fake->loop), 0);
    uv_idle_init(&fake->loop, &fake->idle);
    fake->idle.data = fake;
    uv_idle_start(&fake->idle, fake_on_idle);
    fake->rng.state = 1;
    fake->env = (struct env){.random = fake_random, .ctx = fake};
    fake->schemas = schema_set_new();
    fake->initialised = true;
    strcpy(fake->dir, "/tmp/kith-api-XXXXXX");
    assert_non_null(mkdtemp(fake->dir));
    snprintf(fake->socket, sizeof(fake->socket), "%s/kithd.sock", fake->dir);
    fake_make_node(fake);
    fake_make_view(fake);
    fake->host = (struct api_host){
        .ctx = fake,
        .loop = &fake->loop,
        .env = &fake->env,
        .schemas = fake->schemas,
        .version = "test",
        .data_dir = fake->dir,
        .instance = "t1",
        .wall_s = fake_wall,
        .initialised = fake_initialised,
        .networks = fake_networks,
        .network = fake_network,
        .init = fake_init,
        .root = fake_root,
        .submit = fake_submit,
        .view = fake_view,
        .view_applied = fake_view_applied,
        .setting_get = fake_setting_get,
        .setting_each = fake_setting_each,
        .setting_put = fake_setting_put,
        .addresses = fake_addresses,
        .deaf = fake_deaf,
        .doctor = fake_doctor,
        .shutdown = fake_shutdown,
        .log = fake_log,
        .answered = fake_answered,
    };
    options.socket_path = fake->socket;
    if (api_start(&fake->api, &fake->host, &options, &why) != ERR_OK) fail_msg("%s", why);
    return fake;
}

static void fake_on_stopped(void *arg)
{
    struct fake *fake = arg;

    fake->stopped = true;
    fake->api = NULL;
}

FAKE_FN void fake_stop(struct fake *fake)
{
    fake->hold_later = false;
    if (fake->api != NULL) api_stop(fake->api, fake_on_stopped, fake);
    while (!fake->stopped)
        uv_run(&fake->loop, UV_RUN_NOWAIT);
    uv_close((uv_handle_t *)&fake->idle, NULL);
    uv_run(&fake->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&fake->loop), 0);
    view_reader_close(fake->reader);
    view_close(fake->view);
    node_free(fake->node);
    schema_set_free(fake->schemas);
    for (size_t i = 0; i < fake->entries_n; i++)
        buf_fini(&fake->entries[i].body);
    for (size_t i = 0; i < FAKE_SETTINGS_MAX; i++)
        buf_fini(&fake->settings[i].value);
    assert_int_not_equal(access(fake->socket, F_OK), 0); /* the socket file went */
    rmdir(fake->dir);
    free(fake);
}

#endif
