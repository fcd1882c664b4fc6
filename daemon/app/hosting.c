/*
 * What the API asks of the program (daemon/api/host.h). Nothing here answers inside the call
 * that asked: what is known at once goes through app_later.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/app/doctor.h"
#include "daemon/app/log.h"
#include "daemon/app/state.h"
#include "proto/base/text.h"

static struct app_network *network_of(const struct api_network *face)
{
    /* face is the first member */
    return (struct app_network *)(uintptr_t)face;
}

static struct runtime *runtime_of(const struct api_network *face)
{
    return network_of(face)->runtime;
}

static int64_t wall_s(void *ctx)
{
    const struct app *app = ctx;
    return (int64_t)time(NULL) + config_number(app->config.clock_offset);
}

static bool initialised(void *ctx)
{
    const struct app *app = ctx;
    return app->has_key;
}

static size_t networks(void *ctx)
{
    const struct app *app = ctx;
    return app->networks_n;
}

static const struct api_network *network(void *ctx, size_t index)
{
    const struct app *app = ctx;
    return index < app->networks_n ? &app->networks[index]->face : NULL;
}

/* ----------------------------------------------------------------------------- phrases -- */

/* A phrase on its way to keys, for init or for one command. */
struct asking {
    struct app *app;
    struct app_network *network; /* NULL: init */
    bool fresh;                  /* the words were made now */
    bool has_school; /* of a device code: its school, and the root that the words must give */
    struct school_id school;
    struct root_pk root_pk;
    uint8_t entropy[PHRASE_ENTROPY_BYTES];
    char name[FOLDER_NAME_BYTES];
    char school_name[LIMIT_NAME_BYTES + 1];
    char device_name[LIMIT_NAME_BYTES + 1];
    enum err err; /* known before any key was made */
    char reason[160];
    api_init_fn init_fn;
    api_root_fn root_fn;
    void *arg;
};

static void asking_end(struct asking *asking, enum err err, const struct api_root *root)
{
    char words[PHRASE_TEXT_BYTES] = "";
    const char *reason = asking->reason[0] != '\0' && err != ERR_OK ? asking->reason : NULL;
    const char *made = NULL;

    if (err == ERR_OK && asking->fresh) {
        phrase_encode(words, asking->entropy);
        made = words;
    }
    if (asking->network != NULL)
        asking->root_fn(asking->arg, err, reason, err == ERR_OK ? root : NULL, made);
    else
        asking->init_fn(asking->arg, err, reason, made);
    mem_wipe(words, sizeof(words));
    mem_wipe(asking, sizeof(*asking));
    free(asking);
}

static void asking_refused(void *arg)
{
    struct asking *asking = arg;
    asking_end(asking, asking->err, NULL);
}

/* The root that this school's words should give, as far as it is known here. */
static const struct root_pk *root_expected(const struct asking *asking,
                                           struct fold_school *room)
{
    const struct fold *fold = node_fold(runtime_node(asking->network->runtime));

    if (fold != NULL && fold_school(fold, &asking->app->keyfile.school, room))
        return &room->root_pk;
    return &asking->app->keyfile.root_pk;
}

static void on_root_keys(void *arg, enum err err, const struct school_keys *keys)
{
    struct asking *asking = arg;
    struct fold_school room;
    struct api_root root = {0};

    if (err == ERR_OK && !asking->fresh &&
        !root_pk_eq(&keys->root_pk, root_expected(asking, &room)))
        err = ERR_PHRASE;
    if (err == ERR_OK) {
        root.root_pk = keys->root_pk;
        root.root_sk = keys->root_sk;
        root.recovery_pk = keys->recovery_pk;
        phrase_school_id(&root.school, &keys->root_pk);
    }
    asking_end(asking, err, &root);
    KEY_WIPE(&root);
}

static size_t words_in(const char *text)
{
    size_t n = 0;

    for (text += strspn(text, " \t\r\n"); *text != '\0'; n++) {
        text += strcspn(text, " \t\r\n");
        text += strspn(text, " \t\r\n");
    }
    return n;
}

/* Takes the words apart, or makes new ones. */
static enum err entropy_of(struct asking *asking, const char *phrase)
{
    int bad;

    asking->fresh = phrase == NULL;
    if (phrase == NULL) {
        env_random(&asking->app->env, asking->entropy, sizeof(asking->entropy));
        return ERR_OK;
    }
    enum err err = phrase_decode(asking->entropy, &bad, phrase);
    size_t n = words_in(phrase);
    if (err != ERR_OK && bad >= 0)
        (void)snprintf(asking->reason, sizeof(asking->reason),
                       "word %d is not one of Kith's; check its spelling", bad + 1);
    else if (err != ERR_OK && n != 12)
        (void)snprintf(asking->reason, sizeof(asking->reason),
                       "these are %zu words, and a school has twelve", n);
    else if (err != ERR_OK)
        (void)snprintf(asking->reason, sizeof(asking->reason),
                       "the twelve words do not belong together; check each, and their order");
    return err;
}

static void ask(struct asking *asking, phrases_fn fn)
{
    if (asking->err == ERR_OK && asking->app->ending) asking->err = ERR_CLOSED;
    if (asking->err == ERR_OK && phrases_busy(asking->app->phrases)) asking->err = ERR_BUSY;
    if (asking->err != ERR_OK) {
        app_later(asking->app, asking_refused, asking);
        return;
    }
    asking->app->making_key = asking->network == NULL || asking->app->making_key;
    phrases_derive(asking->app->phrases, asking->entropy, fn, asking);
}

static void root(void *ctx, const struct api_network *face, const char *phrase, api_root_fn fn,
                 void *arg)
{
    struct asking *asking = mem_zalloc(sizeof(*asking));

    *asking =
        (struct asking){.app = ctx, .network = network_of(face), .root_fn = fn, .arg = arg};
    asking->err = entropy_of(asking, phrase);
    ask(asking, on_root_keys);
}

/* -------------------------------------------------------------------------------- init -- */

static enum err check_name(struct asking *asking, const char *what, const char *name)
{
    size_t n = strlen(name);

    if (n > 0 && n <= LIMIT_NAME_BYTES && text_is_utf8(slice_of(name, n))) return ERR_OK;
    (void)snprintf(asking->reason, sizeof(asking->reason), "%s wants 1 to %d bytes of text",
                   what, LIMIT_NAME_BYTES);
    return ERR_INVALID;
}

static enum err check_init(struct asking *asking, const struct api_init *init)
{
    struct app *app = asking->app;
    char host[64] = "this device";

    if (app->has_key || app->making_key) {
        (void)snprintf(asking->reason, sizeof(asking->reason),
                       "this data folder is a school's already");
        return ERR_EXISTS;
    }
    if (!folder_name_is_good(init->network)) {
        (void)snprintf(asking->reason, sizeof(asking->reason),
                       "the network's local name wants 1 to 32 of a-z, 0-9 and -");
        return ERR_INVALID;
    }
    if (!folder_has_room(app->data)) return ERR_NO_SPACE;
    enum err err = check_name(asking, "the school's name", init->school_name);
    if (err == ERR_OK && init->device_name != NULL)
        err = check_name(asking, "the device's name", init->device_name);
    if (err != ERR_OK) return err;
    if (gethostname(host, sizeof(host)) == 0) host[sizeof(host) - 1] = '\0';
    if (host[0] == '\0' || !text_is_utf8(slice_of(host, strlen(host))))
        (void)strcpy(host, "this device");
    (void)strcpy(asking->name, init->network);
    (void)strcpy(asking->school_name, init->school_name);
    (void)strcpy(asking->device_name, init->device_name != NULL ? init->device_name : host);
    return ERR_OK;
}

/* First the folder, then the key: a key without a network would be half a school. */
static enum err make_school(struct asking *asking, const struct school_keys *keys)
{
    struct app *app = asking->app;
    char path[FOLDER_PATH_BYTES];
    enum err err = folder_network(path, app->data, asking->name);

    if (err != ERR_OK) return err;
    keyfile_make(&app->keyfile, &app->env);
    app->keyfile.root_pk = keys->root_pk;
    app->keyfile.recovery_pk = keys->recovery_pk;
    if (asking->has_school)
        app->keyfile.school = asking->school;
    else
        phrase_school_id(&app->keyfile.school, &keys->root_pk);
    (void)strcpy(app->keyfile.school_name, asking->school_name);
    (void)strcpy(app->keyfile.device_name, asking->device_name);
    err = keyfile_save(&app->keyfile, app->key_path);
    if (err != ERR_OK) return err;
    app->has_key = true;
    err = app_open_network(app, asking->name);
    if (err == ERR_OK) return ERR_OK;
    /* All or nothing: its words were shown to nobody, so this school must not stay. */
    app->has_key = false;
    (void)unlink(app->key_path);
    keyfile_wipe(&app->keyfile);
    folder_network_drop(app->data, asking->name);
    return err;
}

static void on_init_keys(void *arg, enum err err, const struct school_keys *keys)
{
    struct asking *asking = arg;
    struct app *app = asking->app;

    app->making_key = false;
    if (err == ERR_OK && asking->has_school && !root_pk_eq(&keys->root_pk, &asking->root_pk)) {
        err = ERR_PHRASE;
        (void)snprintf(asking->reason, sizeof(asking->reason),
                       "these are the twelve words of another school");
    }
    if (err == ERR_OK) err = make_school(asking, keys);
    if (err != ERR_OK)
        log_fail(LOG_ERROR, LOG_APP, "init-failed", err, NULL);
    else
        log_say(LOG_INFO, LOG_APP, "initialised", "network", asking->name);
    asking_end(asking, err, NULL);
}

static void init(void *ctx, const struct api_init *init_options, api_init_fn fn, void *arg)
{
    struct asking *asking = mem_zalloc(sizeof(*asking));

    *asking = (struct asking){.app = ctx, .init_fn = fn, .arg = arg};
    asking->has_school = init_options->school != NULL;
    if (asking->has_school) {
        asking->school = *init_options->school;
        asking->root_pk = *init_options->root_pk;
    }
    asking->err = check_init(asking, init_options);
    if (asking->err == ERR_OK) asking->err = entropy_of(asking, init_options->phrase);
    ask(asking, on_init_keys);
}

/* ---------------------------------------------------------------- commands, view, rest -- */

static void submit(void *ctx, const struct api_network *face, struct command *command,
                   api_reply_fn fn, void *arg)
{
    (void)ctx;
    runtime_command(runtime_of(face), command, fn, arg);
}

static void view(void *ctx, const struct api_network *face, api_view_fn fn, api_done_fn done,
                 void *arg)
{
    (void)ctx;
    viewer_run(runtime_viewer(runtime_of(face)), fn, done, arg);
}

static uint64_t view_applied(void *ctx, const struct api_network *face)
{
    (void)ctx;
    return viewer_get_status(runtime_viewer(runtime_of(face))).applied;
}

static enum err setting_get(void *ctx, const struct api_network *face, const char *key,
                            struct buf *out)
{
    (void)ctx;
    return runtime_setting(runtime_of(face), key, out);
}

static void setting_each(void *ctx, const struct api_network *face, const char *prefix,
                         api_setting_fn fn, void *arg)
{
    (void)ctx;
    runtime_each_setting(runtime_of(face), prefix, fn, arg);
}

static void setting_put(void *ctx, const struct api_network *face, const char *key,
                        struct slice value, api_done_fn done, void *arg)
{
    (void)ctx;
    runtime_set(runtime_of(face), key, value, done, arg);
}

static size_t addresses(void *ctx, const struct api_network *face, const char **out, size_t max)
{
    (void)ctx;
    return runtime_addresses(runtime_of(face), out, max);
}

static bool deaf(void *ctx, const struct api_network *face)
{
    const struct app *app = ctx;
    return strcmp(app->config.listen, "none") != 0 && runtime_port(runtime_of(face)) == 0;
}

static void doctor(void *ctx, const struct api_network *face, bool rebuild,
                   api_progress_fn progress, api_result_fn done, void *arg)
{
    doctor_start(ctx, network_of(face), rebuild, progress, done, arg);
}

static void end_now(void *arg)
{
    app_end(arg, "asked by the API");
}

static void end_daemon(void *ctx)
{
    app_later(ctx, end_now, ctx);
}

static void say(void *ctx, const char *line)
{
    (void)ctx;
    log_say(LOG_INFO, LOG_API, "said", "text", line);
}

static void answered(void *ctx, const char *method, const char *route, unsigned status,
                     const char *code, uint64_t ms)
{
    struct log_line line;

    (void)ctx;
    log_begin(&line, status == 500 ? LOG_WARN : LOG_DEBUG, LOG_API, "answered");
    log_text(&line, "method", method);
    log_text(&line, "route", route);
    log_number(&line, "status", (int64_t)status);
    log_text(&line, "err", code);
    log_number(&line, "ms", (int64_t)ms);
    log_end(&line);
}

void hosting_init(struct app *app)
{
    app->host = (struct api_host){
        .ctx = app,
        .loop = &app->loop,
        .env = &app->env,
        .schemas = app->schemas,
        .types_refused = app->types_refused,
        .version = KITH_VERSION,
        .data_dir = app->data,
        .instance = app->instance,
        .wall_s = wall_s,
        .initialised = initialised,
        .networks = networks,
        .network = network,
        .init = init,
        .root = root,
        .submit = submit,
        .view = view,
        .view_applied = view_applied,
        .setting_get = setting_get,
        .setting_each = setting_each,
        .setting_put = setting_put,
        .addresses = addresses,
        .deaf = deaf,
        .doctor = doctor,
        .shutdown = end_daemon,
        .log = say,
        .answered = answered,
    };
}
