#include "daemon/app/app.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "daemon/app/doctor.h"
#include "daemon/app/state.h"
#include "daemon/app/types.h"
#include "proto/base/check.h"
#include "proto/base/text.h"
#include "proto/crypto/hash.h"

static void on_app_later(uv_async_t *async);
static void on_app_signal(uv_signal_t *signal, int number);
static void on_app_cancel(uv_timer_t *timer);
static void on_api_stopped(void *arg);
static void on_runtime_stopped(void *ctx);
static void on_runtime_notice(void *ctx, struct runtime *runtime, unsigned notices);
static void on_runtime_applied(void *ctx, struct runtime *runtime);
static void on_alarm(int number);
static void on_bus(int number);

static void random_bytes(void *ctx, void *out, size_t n)
{
    (void)ctx;
    randombytes_buf(out, n);
}

void app_later(struct app *app, app_later_fn fn, void *arg)
{
    struct app_later *later = mem_zalloc(sizeof(*later)), **tail = &app->later;

    *later = (struct app_later){.fn = fn, .arg = arg};
    while (*tail != NULL)
        tail = &(*tail)->next;
    *tail = later;
    uv_async_send(&app->later_async);
}

/* ---------------------------------------------------------------------------- networks -- */

/* One port, one network: a caller's first message does not say which network it means. The
 * second listens on the next port, and so on. */
static void listen_of(char out[CONFIG_TEXT_BYTES], const struct app *app)
{
    char text[ADDRESS_TEXT_BYTES];
    struct address address;

    (void)strcpy(out, app->config.listen);
    if (app->networks_n == 0 || address_parse(&address, app->config.listen) != ERR_OK) return;
    if (address.port != 0) address.port += (unsigned)app->networks_n;
    if (address.port > 65535) {
        (void)strcpy(out, "none");
        return;
    }
    address_text(text, &address);
    (void)strcpy(out, text);
}

enum err app_open_network(struct app *app, const char *name)
{
    char dir[FOLDER_PATH_BYTES], listen[CONFIG_TEXT_BYTES];

    if (app->networks_n >= FOLDER_NETWORKS_MAX) return ERR_LIMIT;
    enum err err = folder_network(dir, app->data, name);
    if (err != ERR_OK) return err;
    struct app_network *network = mem_zalloc(sizeof(*network));
    listen_of(listen, app);
    const struct runtime_options options = {
        .loop = &app->loop,
        .name = name,
        .dir = dir,
        .keyfile = &app->keyfile,
        .env = &app->env,
        .schemas = app->schemas,
        .version = KITH_VERSION,
        .listen = listen,
        .advertise = app->networks_n == 0 ? app->config.advertise : "",
        .clock_offset_s = config_number(app->config.clock_offset),
        .notice = on_runtime_notice,
        .applied = on_runtime_applied,
        .ctx = app,
    };
    err = runtime_open(&network->runtime, &options);
    if (err != ERR_OK) {
        log_fail(LOG_ERROR, LOG_APP, "network-refused", err, name);
        free(network);
        return err;
    }
    network->app = app;
    (void)strcpy(network->name, name);
    network->face = (struct api_network){.name = network->name,
                                         .node = runtime_node(network->runtime),
                                         .school = app->keyfile.school,
                                         .school_name = app->keyfile.school_name,
                                         .device = app->keyfile.device_pk,
                                         .device_name = app->keyfile.device_name,
                                         .transport = app->keyfile.transport_pk};
    app->networks[app->networks_n++] = network;
    app->runtimes_open++;
    return ERR_OK;
}

static enum err open_networks(struct app *app)
{
    char names[FOLDER_NETWORKS_MAX][FOLDER_NAME_BYTES];
    size_t n = folder_networks(names, app->data);
    enum err err = ERR_OK;

    if (!app->has_key) return ERR_OK;
    if (n == 0) return app_open_network(app, app->config.network);
    for (size_t i = 0; i < n && err == ERR_OK; i++) {
        /* An empty store would be a second history of this device. */
        if (folder_network_is_lost(app->data, names[i])) {
            log_say(LOG_ERROR, LOG_STORE, "missing", "network", names[i]);
            return ERR_CORRUPT;
        }
        err = app_open_network(app, names[i]);
    }
    return err;
}

/* ----------------------------------------------------------------------------- the end -- */

static void stop_runtimes(struct app *app)
{
    uv_close((uv_handle_t *)&app->cancel_timer, NULL);
    uv_close((uv_handle_t *)&app->later_async, NULL);
    uv_close((uv_handle_t *)&app->signals[0], NULL);
    uv_close((uv_handle_t *)&app->signals[1], NULL);
    for (size_t i = 0; i < app->networks_n; i++)
        runtime_stop(app->networks[i]->runtime, on_runtime_stopped, app);
}

void app_end(struct app *app, const char *why)
{
    const struct itimerval last = {
        .it_value = {.tv_sec = APP_END_MS / 1000, .tv_usec = APP_END_MS % 1000 * 1000}};

    if (app->ending) return;
    app->ending = true;
    log_say(LOG_INFO, LOG_APP, "ending", "why", why);
    (void)setitimer(ITIMER_REAL, &last, NULL);
    uv_timer_start(&app->cancel_timer, on_app_cancel, APP_CANCEL_MS, 0);
    phrases_free(app->phrases);
    app->phrases = NULL;
    doctor_cancel(app);
    if (app->api == NULL)
        stop_runtimes(app);
    else
        api_stop(app->api, on_api_stopped, app);
}

/* ----------------------------------------------------------------------------- a start -- */

/* What stands on the screen when it cannot run: what is wrong, and what to do. */
static int complain(const char *what, const char *wrong, const char *advice)
{
    fprintf(stderr, "kithd: %s: %s\n%s\n", what, wrong, advice);
    return 1;
}

/* What the operating system said last, when it refused. */
static const char *wrong_with(enum err err)
{
    return err == ERR_SYSTEM && errno != 0 ? strerror(errno) : err_text(err);
}

/* Where the CLI looks too. */
static void default_data(char out[CONFIG_TEXT_BYTES])
{
    const char *xdg = getenv("XDG_DATA_HOME"), *home = getenv("HOME");

    if (xdg != NULL && xdg[0] == '/')
        (void)snprintf(out, CONFIG_TEXT_BYTES, "%.900s/kith", xdg);
    else
        (void)snprintf(out, CONFIG_TEXT_BYTES, "%.900s/.local/share/kith",
                       home == NULL ? "" : home);
}

static enum err read_config(struct config *config, int argc, char **argv, enum config_ask *ask,
                            char **why)
{
    char path[FOLDER_PATH_BYTES], data[CONFIG_TEXT_BYTES];
    enum err err;

    /* Twice: the file lies in the folder that the environment and the flags name. */
    config_init(config);
    err = config_environment(config, why);
    if (err == ERR_OK) err = config_flags(config, argc, argv, ask, why);
    if (err != ERR_OK || *ask == CONFIG_HELP || *ask == CONFIG_VERSION) return err;
    (void)strcpy(data, config->data);
    if (data[0] == '\0') default_data(data);
    config_init(config);
    err = folder_path(path, data, "kith.conf");
    /* A folder that is not there, or not ours, is another story, and comes later. */
    if (err == ERR_OK && access(data, X_OK) == 0) err = config_file(config, path, why);
    if (err == ERR_OK) err = config_environment(config, why);
    if (err == ERR_OK) err = config_flags(config, argc, argv, ask, why);
    (void)strcpy(config->data, data);
    return err;
}

static int print_and_end(const struct config *config, enum config_ask ask)
{
    struct buf out = {0};

    if (ask == CONFIG_HELP)
        config_help(&out);
    else if (ask == CONFIG_VERSION)
        buf_put_str(&out, "kithd " KITH_VERSION "\n");
    else
        config_print(config, &out);
    bool ok = fwrite(out.data, 1, out.len, stdout) == out.len && fflush(stdout) == 0;
    buf_fini(&out);
    return ok ? 0 : 1;
}

static int open_folder(struct app *app)
{
    char log_path[FOLDER_PATH_BYTES];
    bool to_file = strcmp(app->config.log_file, "-") != 0;
    enum err err = folder_open(app->data, app->config.data);

    if (err != ERR_OK)
        return complain(app->config.data, wrong_with(err),
                        "Choose another folder with --data, or make this one yours.");
    err = folder_lock(app->data);
    if (err == ERR_LOCKED)
        return complain(app->data, err_text(err),
                        "Another kithd runs there; kith --data … status asks it.");
    if (err == ERR_OK) err = folder_path(app->key_path, app->data, "device.key");
    if (err == ERR_OK) err = folder_path(app->socket_path, app->data, app->config.socket);
    if (err == ERR_OK) err = folder_path(log_path, app->data, app->config.log_file);
    if (err != ERR_OK)
        return complain(app->data, wrong_with(err),
                        "Choose another folder with --data, or make this one yours.");
    const struct log_options log = {.path = to_file ? log_path : NULL,
                                    .level = config_level(app->config.log_level),
                                    .groups = config_groups(app->config.log_groups)};
    err = log_open(&log);
    return err == ERR_OK
               ? 0
               : complain(log_path, wrong_with(err), "Choose another file with --log-file.");
}

static const char lost_key[] =
    "A device whose key is lost is replaced: start with an empty folder and add a new device "
    "with "
    "the school's twelve words (kith device add on another of its computers).";

/* A folder without a key is new, unless it holds what a device has written. */
static int without_key(const struct app *app)
{
    char names[FOLDER_NETWORKS_MAX][FOLDER_NAME_BYTES];
    size_t n = folder_networks(names, app->data);

    for (size_t i = 0; i < n; i++) {
        if (folder_network_is_kept(app->data, names[i]))
            return complain(app->key_path,
                            "the key is missing, and the folder holds what it wrote", lost_key);
    }
    return 0;
}

static int load_key(struct app *app)
{
    enum err err = keyfile_load(&app->keyfile, app->key_path);

    app->has_key = err == ERR_OK;
    if (err == ERR_NOT_FOUND) return without_key(app);
    if (err == ERR_OK) return 0;
    return complain(app->key_path, wrong_with(err),
                    err == ERR_REFUSED
                        ? "It must be this user's alone: chmod 600 it, if nobody copied it."
                    : err == ERR_VERSION ? "Start the newer kithd."
                                         : lost_key);
}

/* The cookie of this instance: the same after a restart, another for another folder. */
static void name_instance(struct app *app)
{
    uint8_t id[16];

    hash_bytes(id, sizeof(id), slice_of(NULL, 0), "kith/1 instance",
               slice_of(app->data, strlen(app->data)), slice_of(NULL, 0));
    text_hex(app->instance, id, 8);
}

static int start_api(struct app *app)
{
    struct api_options options = {
        .socket_path = app->socket_path,
        .socket_group = app->config.socket_group[0] == '\0' ? NULL : app->config.socket_group,
        .page_port = config_port(app->config.page_port)};
    bool any = options.page_port == 0;
    char *why = NULL;
    enum err err;

    hosting_init(app);
    if (any) options.page_port = folder_page_port(app->data);
    err = api_start(&app->api, &app->host, &options, &why);
    if (err != ERR_OK && any && options.page_port != 0) {
        free(why);
        why = NULL;
        options.page_port = 0; /* somebody has it now */
        err = api_start(&app->api, &app->host, &options, &why);
    }
    if (err == ERR_OK) {
        if (any) folder_keep_page_port(app->data, api_page_port(app->api));
        return 0;
    }
    app->api = NULL;
    (void)complain(why == NULL ? app->socket_path : why,
                   err == ERR_LOCKED ? "another program is there" : err_text(err),
                   "Choose another with --socket, --socket-group or --page-port.");
    free(why);
    return 1;
}

static void tell_ready(struct app *app)
{
    int fd = (int)config_number(app->config.ready_fd);
    struct log_line line;

    log_begin(&line, LOG_INFO, LOG_APP, "ready");
    log_text(&line, "data", app->data);
    log_text(&line, "socket", app->socket_path);
    log_number(&line, "page", api_page_port(app->api));
    if (app->networks_n > 0) log_number(&line, "port", runtime_port(app->networks[0]->runtime));
    log_text(&line, "school", app->has_key ? app->keyfile.school_name : NULL);
    log_end(&line);
    if (fd < 0) return;
    if (write(fd, "ready\n", 6) != 6)
        log_say(LOG_WARN, LOG_APP, "nobody-waits", "fd", app->config.ready_fd);
    if (fd > STDERR_FILENO) close(fd);
}

static void start_loop(struct app *app)
{
    static const int numbers[] = {SIGTERM, SIGINT};
    const struct sigaction alarm = {.sa_handler = on_alarm}, bus = {.sa_handler = on_bus};

    CHECK(uv_loop_init(&app->loop) == 0);
    app->env = (struct env){.random = random_bytes};
    app->phrases = phrases_new(&app->loop);
    CHECK(uv_async_init(&app->loop, &app->later_async, on_app_later) == 0);
    CHECK(uv_timer_init(&app->loop, &app->cancel_timer) == 0);
    app->later_async.data = app->cancel_timer.data = app;
    for (size_t i = 0; i < 2; i++) {
        CHECK(uv_signal_init(&app->loop, &app->signals[i]) == 0);
        CHECK(uv_signal_start(&app->signals[i], on_app_signal, numbers[i]) == 0);
        app->signals[i].data = app;
    }
    (void)sigaction(SIGALRM, &alarm, NULL);
    (void)sigaction(SIGBUS, &bus, NULL);
}

static void load_types(struct app *app)
{
    char folder[FOLDER_PATH_BYTES];

    app->schemas = schema_set_new();
    if (folder_path(folder, app->data, app->config.schemas) != ERR_OK) folder[0] = '\0';
    app->types_refused = types_load(app->schemas, folder);
}

static int run(struct app *app)
{
    int code = open_folder(app);

    if (code == 0) code = load_key(app);
    if (code != 0) return code;
    name_instance(app);
    load_types(app);
    start_loop(app);
    enum err err = open_networks(app);
    if (err != ERR_OK)
        code = complain(app->data, err_text(err),
                        err == ERR_VERSION ? "Start the newer kithd."
                        : err == ERR_CORRUPT
                            ? "The log says which part of it; nothing was changed. "
                              "docs/OPERATING.md, \"A damaged store\", says what helps."
                            : "The log says which part of it; nothing was changed.");
    if (code == 0) code = start_api(app);
    if (code == 0)
        tell_ready(app);
    else
        app_end(app, "it cannot run");
    uv_run(&app->loop, UV_RUN_DEFAULT);
    log_say(LOG_INFO, LOG_APP, "ended", NULL, NULL);
    while (app->networks_n > 0)
        free(app->networks[--app->networks_n]);
    CHECK(uv_loop_close(&app->loop) == 0);
    schema_set_free(app->schemas);
    json_decref(app->types_refused);
    keyfile_wipe(&app->keyfile);
    log_close();
    return code;
}

/* The buffers of a bulk receipt, a batch and what a peer has credit for, are no larger: as maps
   of their own their pages would be cleared anew for each of them. */
enum { HEAP_SPARE_BYTES = 2 * 1024 * 1024 };

/* A daemon that waits should hold little: few arenas, and what is freed goes back early. */
static void be_small(void)
{
    (void)mallopt(M_ARENA_MAX, 2);
    (void)mallopt(M_TRIM_THRESHOLD, HEAP_SPARE_BYTES);
    (void)mallopt(M_MMAP_THRESHOLD, HEAP_SPARE_BYTES);
}

int app_main(int argc, char **argv)
{
    static struct app app;
    enum config_ask ask = CONFIG_RUN;
    char *why = NULL;

    be_small();
    umask(077);
    (void)signal(SIGPIPE, SIG_IGN);
    check_set_hook(log_check);
    if (read_config(&app.config, argc, argv, &ask, &why) != ERR_OK) {
        fprintf(stderr, "kithd: %s\n",
                why == NULL ? "the data folder's path is too long" : why);
        free(why);
        return 2;
    }
    if (ask != CONFIG_RUN) return print_and_end(&app.config, ask);
    if (sodium_init() < 0)
        return complain("libsodium", err_text(ERR_SYSTEM), "Install it anew.");
    return run(&app);
}

/* --------------------------------------------------------------------------- callbacks -- */

static void on_app_later(uv_async_t *async)
{
    struct app *app = async->data;
    struct app_later *later;

    while ((later = app->later) != NULL) {
        app->later = later->next;
        later->fn(later->arg);
        free(later);
    }
}

static void on_app_signal(uv_signal_t *signal, int number)
{
    app_end(signal->data, number == SIGTERM ? "SIGTERM" : "SIGINT");
}

static void on_app_cancel(uv_timer_t *timer)
{
    struct app *app = timer->data;
    for (size_t i = 0; i < app->networks_n; i++)
        runtime_cancel(app->networks[i]->runtime);
}

static void on_api_stopped(void *arg)
{
    struct app *app = arg;
    app->api = NULL;
    stop_runtimes(app);
}

static void on_runtime_stopped(void *ctx)
{
    struct app *app = ctx;
    app->runtimes_open--;
}

static void on_runtime_notice(void *ctx, struct runtime *runtime, unsigned notices)
{
    struct app *app = ctx;
    if (app->api != NULL && !app->ending)
        api_on_notice(app->api, runtime_name(runtime), notices);
}

static void on_runtime_applied(void *ctx, struct runtime *runtime)
{
    struct app *app = ctx;
    if (app->api != NULL && !app->ending) api_on_applied(app->api, runtime_name(runtime));
}

/* What is acknowledged is on the disk; only manners are lost. */
static void on_alarm(int number)
{
    (void)number;
    _exit(0);
}

/* LMDB and SQLite read through the map: a file that was cut short, or a disk that does not
 * read, comes as this signal and not as an error. */
static void on_bus(int number)
{
    static const char words[] = "kithd: a file of the store does not read: it was cut short, "
                                "or the disk is full or fails.\n"
                                "docs/OPERATING.md, \"A damaged store\", says what helps.\n";

    (void)number;
    log_raw(words, sizeof(words) - 1);
    _exit(1);
}
