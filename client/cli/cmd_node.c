#include "client/cli/cmd_node.h"

#include <stdlib.h>
#include <string.h>

#include "client/cli/api.h"
#include "client/cli/cmd_doctor.h"
#include "client/cli/screen.h"
#include "client/cli/table.h"
#include "client/cli/when.h"

/* --- status --- */

static void show_me(struct cli *cli, const json_t *status)
{
    const json_t *network = json_object_get(status, "network"),
                 *me = json_object_get(status, "me");
    const json_t *joining = json_object_get(me, "joining");
    const char *state = api_str(network, "state");
    json_t *role;
    size_t i;
    const char *device = api_name(me, "device");
    term_add(&cli->out, TERM_BOLD, api_name(me, "school"));
    json_array_foreach(api_list(me, "roles"), i, role)
    {
        term_addf(&cli->out, TERM_PLAIN, ", %s", json_string_value(role));
    }
    if (device[0] != '\0') term_addf(&cli->out, TERM_DIM, "  on %s", device);
    if (strcmp(state, "solo") == 0) {
        term_add(&cli->out, TERM_DIM, "  in no network yet; everything here works");
    } else {
        const char *title = api_str(network, "title"); /* unknown until it has let us in */
        if (title[0] != '\0') term_addf(&cli->out, TERM_DIM, "  in %s", title);
        if (strcmp(state, "member") != 0) {
            bool joining_now = strcmp(state, "joining") == 0;
            term_addf(&cli->out, TERM_WARN, "  %s", joining_now ? "joining a network" : state);
        }
    }
    term_end(&cli->out, 0, 2);
    const json_t *counts = json_object_get(status, "counts");
    int64_t records = api_int(counts, "records"), open = api_int(counts, "cycles_open");
    term_addf(&cli->out, TERM_DIM,
              "%lld record%s here, %lld written by you, %lld cycle%s under way",
              (long long)records, records == 1 ? "" : "s", (long long)api_int(counts, "mine"),
              (long long)open, open == 1 ? "" : "s");
    if (api_int(counts, "not_read") > 0) {
        term_addf(&cli->out, TERM_WARN, ", %lld not readable yet",
                  (long long)api_int(counts, "not_read"));
    }
    if (api_int(counts, "feedback_open") > 0) {
        term_addf(&cli->out, TERM_WARN, ", %lld waiting for an answer",
                  (long long)api_int(counts, "feedback_open"));
    }
    term_end(&cli->out, 0, 2);
    if (api_str(joining, "words")[0] != '\0') {
        term_addf(&cli->out, TERM_PLAIN, "Waiting to be let in. Your four words: ");
        term_add(&cli->out, TERM_BOLD, api_str(joining, "words"));
        term_end(&cli->out, 0, 2);
    }
}

static void show_waits(struct cli *cli, const json_t *waits)
{
    json_t *wait;
    size_t i;
    if (json_array_size(waits) == 0) return;
    term_heading(&cli->out, "What waits");
    json_array_foreach(waits, i, wait)
    {
        const json_t *whom = json_object_get(wait, "for");
        const char *name =
            json_is_string(whom) ? json_string_value(whom) : api_str(whom, "name");
        bool me = strcmp(name, "me") == 0;
        if (name[0] != '\0') {
            term_addf(&cli->out, me ? TERM_WARN : TERM_DIM, "%s: ",
                      me                             ? "you"
                      : strcmp(name, "steward") == 0 ? "a steward"
                                                     : name);
        }
        term_add(&cli->out, TERM_PLAIN, api_str(wait, "text"));
        if (api_str(wait, "command")[0] != '\0') {
            term_addf(&cli->out, TERM_DIM, "  %s", api_str(wait, "command"));
        }
        term_end(&cli->out, 2, 4);
    }
}

static void show_heard(struct cli *cli, const json_t *heard)
{
    static const struct table_column columns[] = {
        {"", 12, TABLE_LEFT}, {"", 0, TABLE_LEFT}, {"", 10, TABLE_LEFT}};
    struct table table;
    json_t *item;
    size_t i;
    if (json_array_size(heard) == 0) return;
    term_heading(&cli->out, "Heard from");
    table_init(&table, columns, 3);
    json_array_foreach(heard, i, item)
    {
        char ago[WHEN_MAX];
        int64_t at = api_time(item, "at");
        bool connected = api_bool(item, "connected");
        table_put(&table, TERM_PLAIN, api_name(item, "school"));
        table_put(&table, connected ? TERM_GOOD : TERM_DIM,
                  connected ? "connected"
                  : at == 0 ? "not yet"
                            : when_ago(ago, at, cli->now_s));
        if (connected) {
            table_put(&table, TERM_DIM, api_bool(item, "equal") ? "up to date" : "catching up");
        } else {
            table_put(&table, TERM_DIM, "");
        }
    }
    table_write(&table, &cli->out);
    table_fini(&table);
}

static void show_reached(struct cli *cli, const json_t *reached)
{
    static const struct table_column columns[] = {
        {"", 12, TABLE_LEFT}, {"", 0, TABLE_RIGHT}, {"", 10, TABLE_LEFT}, {"", 0, TABLE_LEFT}};
    struct table table;
    json_t *item;
    size_t i;
    const json_t *schools = api_list(reached, "schools");
    if (json_array_size(schools) == 0) return;
    term_heading(&cli->out, "Your shared records reached");
    table_init(&table, columns, 4);
    json_array_foreach(schools, i, item)
    {
        char ago[WHEN_MAX];
        int64_t at = api_time(item, "at"), has = api_int(item, "records"),
                of = api_int(item, "of");
        table_put(&table, TERM_PLAIN, api_name(item, "school"));
        table_putf(&table, has < of ? TERM_WARN : TERM_GOOD, "%lld of %lld", (long long)has,
                   (long long)of);
        const char *through = api_name(item, "through");
        table_putf(&table, TERM_DIM, "%s%s", through[0] == '\0' ? "" : "through ", through);
        table_put(&table, TERM_DIM, at == 0 ? "" : when_ago(ago, at, cli->now_s));
    }
    table_write(&table, &cli->out);
    table_fini(&table);
}

static void show_attention(struct cli *cli, const json_t *status)
{
    const json_t *list = api_list(status, "attention"),
                 *store = json_object_get(status, "store");
    json_t *item;
    size_t i;
    if (json_array_size(list) == 0) return;
    term_heading(&cli->out, "Needs your attention");
    json_array_foreach(list, i, item)
    {
        bool store_says = strcmp(api_str(item, "code"), api_str(store, "err")) == 0;
        term_add(&cli->out, store_says ? TERM_BAD : TERM_WARN, api_str(item, "text"));
        if (api_str(item, "hint")[0] != '\0')
            term_addf(&cli->out, TERM_DIM, "  %s", api_str(item, "hint"));
        term_end(&cli->out, 2, 4);
    }
}

static enum cli_exit run_status(struct cli *cli, const struct command *command,
                                const struct args *args)
{
    (void)command;
    (void)args;
    json_t *status;
    enum cli_exit code = api_get(cli, api_path(cli, "status", NULL), &status);
    if (code == CLI_DONE && !api_json(cli, status)) {
        show_me(cli, status);
        show_attention(cli, status);
        show_waits(cli, api_list(status, "waits"));
        show_heard(cli, api_list(status, "heard"));
        show_reached(cli, json_object_get(status, "reached"));
        if (api_int(json_object_get(status, "counts"), "records") == 0) {
            term_next(&cli->out, "Next: kith cycle plan \"what you will try\" --predict \"what "
                                 "you think will happen\"");
        }
        if (api_bool(status, "behind")) {
            term_next(&cli->out, "The daemon is still reading what came in.");
        }
    }
    json_decref(status);
    return code;
}

/* --- peers, spaces, sync --- */

static enum cli_exit run_peers(struct cli *cli, const struct command *command,
                               const struct args *args)
{
    (void)command;
    (void)args;
    static const struct table_column columns[] = {
        {"school", 10, TABLE_LEFT},  {"device", 6, TABLE_LEFT}, {"", 0, TABLE_LEFT},
        {"address", 10, TABLE_LEFT}, {"heard", 0, TABLE_LEFT},  {"in kB", 0, TABLE_RIGHT},
        {"out kB", 0, TABLE_RIGHT},
    };
    json_t *answer, *item;
    size_t i;
    enum cli_exit code = api_get(cli, api_path(cli, "peers", NULL), &answer);
    if (code == CLI_DONE && !api_json(cli, answer)) {
        struct table table;
        table_init(&table, columns, 7);
        json_array_foreach(api_list(answer, "items"), i, item)
        {
            char ago[WHEN_MAX];
            const json_t *device = json_object_get(item, "device");
            bool connected = api_bool(item, "connected");
            int64_t at = api_time(item, "heard_at"), dial = api_int(item, "next_dial_s");
            table_put(&table, TERM_PLAIN, api_name(device, "school"));
            table_put(&table, TERM_PLAIN, api_str(device, "name"));
            if (connected) {
                table_put(&table, TERM_GOOD,
                          api_bool(item, "equal") ? "up to date" : "syncing");
            } else if (api_bool(item, "turned_away")) {
                table_put(&table, TERM_WARN, "turns us away");
            } else if (dial > 0) {
                table_putf(&table, TERM_DIM, "again in %lld s", (long long)dial);
            } else {
                table_put(&table, TERM_DIM, "away");
            }
            table_put(&table, TERM_DIM, api_str(item, "address"));
            table_put(&table, TERM_DIM,
                      at == 0 || connected ? "" : when_ago(ago, at, cli->now_s));
            table_putf(&table, TERM_PLAIN, "%lld", (long long)api_int(item, "bytes_in") / 1024);
            table_putf(&table, TERM_PLAIN, "%lld",
                       (long long)api_int(item, "bytes_out") / 1024);
        }
        if (table_rows(&table) == 0) term_line(&cli->out, TERM_PLAIN, "No peers known yet.");
        table_write(&table, &cli->out);
        table_fini(&table);
    }
    json_decref(answer);
    return code;
}

/* Every school has a group with the hub: here the names say which it is. */
static char *audience_with_hub(const json_t *space)
{
    json_t *named = json_deep_copy(space);
    if (strcmp(api_str(named, "class"), "hub") == 0)
        json_object_set_new(named, "class", json_string("group"));
    char *text = screen_audience(named);
    json_decref(named);
    return text;
}

static enum cli_exit run_spaces(struct cli *cli, const struct command *command,
                                const struct args *args)
{
    (void)command;
    (void)args;
    static const struct table_column columns[] = {
        {"id", 0, TABLE_LEFT},      {"audience", 12, TABLE_LEFT},  {"", 0, TABLE_LEFT},
        {"chains", 0, TABLE_RIGHT}, {"envelopes", 0, TABLE_RIGHT},
    };
    json_t *answer, *item;
    size_t i;
    enum cli_exit code = api_get(cli, api_path(cli, "spaces", NULL), &answer);
    if (code == CLI_DONE && !api_json(cli, answer)) {
        struct table table;
        table_init(&table, columns, 5);
        json_array_foreach(api_list(answer, "items"), i, item)
        {
            char shorter[9];
            bool readable = api_bool(item, "readable");
            char *audience = audience_with_hub(item);
            table_put(&table, TERM_BOLD, api_short(shorter, api_str(item, "space")));
            table_put(&table, TERM_PLAIN, audience);
            free(audience);
            table_put(&table, readable ? TERM_PLAIN : TERM_DIM,
                      readable ? "read here" : "only carried");
            table_putf(&table, TERM_PLAIN, "%lld", (long long)api_int(item, "chains"));
            table_putf(&table, TERM_PLAIN, "%lld", (long long)api_int(item, "envelopes"));
        }
        if (table_rows(&table) == 0) term_line(&cli->out, TERM_PLAIN, "Nothing is stored yet.");
        table_write(&table, &cli->out);
        table_fini(&table);
    }
    json_decref(answer);
    return code;
}

static enum cli_exit run_unreadable(struct cli *cli, const struct command *command,
                                    const struct args *args)
{
    (void)command;
    json_t *answer, *item;
    size_t i;
    char *target =
        api_with(api_path(cli, "unreadable", NULL), "limit", args_get(args, "limit"));
    enum cli_exit code = api_get(cli, target, &answer);
    if (code == CLI_DONE && !api_json(cli, answer)) {
        json_array_foreach(api_list(answer, "items"), i, item)
        {
            const json_t *school = json_object_get(item, "school");
            term_add(&cli->out, TERM_PLAIN, api_str(school, "name"));
            term_addf(&cli->out, TERM_WARN, "  %s", api_str(item, "text"));
            term_addf(&cli->out, TERM_DIM, "  number %lld", (long long)api_int(item, "seq"));
            term_end(&cli->out, 2, 4);
        }
        if (i == 0) term_line(&cli->out, TERM_PLAIN, "Everything here can be read.");
        screen_behind(cli, answer);
    }
    json_decref(answer);
    return code;
}

static enum cli_exit run_sync(struct cli *cli, const struct command *command,
                              const struct args *args)
{
    (void)command;
    json_t *answer = NULL;
    bool wait = args_has(args, "wait");
    if (wait) term_progress(&cli->err, "Meeting the others, at most a minute …");
    enum cli_exit code =
        api_send(cli, "POST", api_path(cli, "sync", NULL),
                 wait ? json_pack("{s:b}", "wait", 1) : json_object(), &answer);
    term_progress_done(&cli->err);
    bool nobody = code == CLI_DONE && wait && api_int(answer, "connected") == 0;
    if (code == CLI_DONE && !api_json(cli, answer)) {
        long long peers = (long long)api_int(answer, "peers"),
                  connected = (long long)api_int(answer, "connected"),
                  equal = (long long)api_int(answer, "equal");
        if (!wait) {
            term_line(&cli->out, TERM_PLAIN, "Calling the others.");
            term_next(&cli->out, "kith sync --wait waits until all is exchanged.");
        } else if (connected == 0) {
            term_line(&cli->out, TERM_WARN, "Nobody could be reached (%lld known).", peers);
            term_next(&cli->out,
                      "Nothing is lost: it goes when there is a way. kith bundle write "
                      "makes a file for a USB stick.");
        } else {
            term_line(&cli->out, equal == connected ? TERM_GOOD : TERM_WARN,
                      "Up to date with %lld of the %lld reached (%lld known).", equal,
                      connected, peers);
        }
    }
    json_decref(answer);
    return nobody ? CLI_FAILED : code; /* a script asked whether all is exchanged */
}

/* --- the page, the daemon --- */

static enum cli_exit run_open(struct cli *cli, const struct command *command,
                              const struct args *args)
{
    (void)command;
    (void)args;
    json_t *answer = NULL;
    enum cli_exit code = api_send(cli, "POST", mem_strdup("/v1/page/links"), NULL, &answer);
    if (code == CLI_DONE && !api_json(cli, answer)) {
        char span[WHEN_MAX];
        /* whole, whatever the width: it is copied; only what a link may hold */
        const char *url = api_str(answer, "url");
        size_t n = strspn(url, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                               "-._~:/?#[]@!$&'()*+,;=%");
        fprintf(cli->out.file, "%.*s\n", (int)n, url);
        cli->out.blank = false;
        term_next(&cli->out, "Open it in a browser on this computer within %s. It works once.",
                  when_span(span, api_int(answer, "expires_s") * 1000));
    }
    json_decref(answer);
    return code;
}

static enum cli_exit run_networks(struct cli *cli, const struct command *command,
                                  const struct args *args)
{
    (void)command;
    (void)args;
    static const struct table_column columns[] = {
        {"name", 0, TABLE_LEFT},    {"network", 12, TABLE_LEFT}, {"state", 0, TABLE_LEFT},
        {"school", 10, TABLE_LEFT}, {"device", 8, TABLE_LEFT},
    };
    json_t *answer, *item;
    size_t i;
    enum cli_exit code = api_get(cli, mem_strdup("/v1/networks"), &answer);
    if (code == CLI_DONE && !api_json(cli, answer)) {
        struct table table;
        table_init(&table, columns, 5);
        json_array_foreach(api_list(answer, "items"), i, item)
        {
            table_put(&table, TERM_BOLD, api_str(item, "name"));
            table_put(&table, TERM_PLAIN, api_str(item, "title"));
            table_put(&table, TERM_PLAIN, api_str(item, "state"));
            table_put(&table, TERM_PLAIN, api_name(item, "school"));
            table_put(&table, TERM_PLAIN, api_name(item, "device"));
        }
        if (table_rows(&table) == 0) {
            term_line(&cli->out, TERM_PLAIN, "Nothing here yet: kith init \"School\" begins.");
        }
        table_write(&table, &cli->out);
        table_fini(&table);
    }
    json_decref(answer);
    return code;
}

static enum cli_exit run_stop(struct cli *cli, const struct command *command,
                              const struct args *args)
{
    (void)command;
    (void)args;
    json_t *answer = NULL;
    enum cli_exit code = api_send(cli, "POST", mem_strdup("/v1/shutdown"), NULL, &answer);
    if (code == CLI_DONE && !api_json(cli, answer)) {
        term_line(&cli->out, TERM_PLAIN, "The daemon ends.");
        term_next(&cli->out, "Start it again with: kithd --data %s", cli->data_dir);
    }
    json_decref(answer);
    return code;
}

static const struct args_option sync_options[] = {
    {.name = "wait", .help = "until all who can be reached have the same"}, {.name = NULL}};
static const struct args_option unreadable_options[] = {
    {.name = "limit", .value = "N", .help = "how many (50)"}, {.name = NULL}};
static const struct args_option doctor_options[] = {
    {.name = "rebuild", .help = "build what is shown anew from what is stored"},
    {.name = NULL}};

#define ROW .group = COMMAND_MOVE
const struct command cmd_node_commands[] = {
    {.name = "status",
     .words = "",
     .group = COMMAND_START,
     .summary = "Who am I, what waits, what arrived where",
     .help =
         "One screen: this school, what waits for whom, who was heard from and when, which of "
         "your records reached whom and through whom, and what needs attention.",
     .example = "kith status",
     .run = run_status},
    {.name = "networks",
     .words = "",
     .group = COMMAND_START,
     .summary = "The networks in this data folder",
     .help = "Their local names are what --network "
             "takes.",
     .example = "kith networks",
     .run = run_networks},
    {.name = "sync",
     .words = "",
     ROW,
     .summary = "Call the other schools now",
     .help = "It happens by itself; this does it at once.",
     .example = "kith sync --wait",
     .options = sync_options,
     .run = run_sync},
    {.name = "peers",
     .words = "",
     ROW,
     .summary = "The computers that this one talks to",
     .help = "Connected or not, since when, and how much went each way.",
     .example = "kith peers",
     .run = run_peers},
    {.name = "spaces",
     .words = "",
     ROW,
     .summary = "What is stored here, by audience",
     .help = "What this computer reads, and what it only carries for others.",
     .example = "kith spaces",
     .run = run_spaces},
    {.name = "unreadable",
     .words = "",
     ROW,
     .summary = "What is kept here and cannot be read",
     .help =
         "With the reason: a key that has not arrived, a newer Kith, a right that was missing. "
         "Nothing of it is lost.",
     .example = "kith unreadable",
     .options = unreadable_options,
     .run = run_unreadable},
    {.name = "doctor",
     .words = "",
     ROW,
     .summary = "Check everything that is stored",
     .help =
         "Verifies every hash, signature, chain and key grant, and that what is shown is what "
         "is stored. Exit code 1 when something is wrong.",
     .example = "kith doctor --rebuild",
     .options = doctor_options,
     .run = cmd_doctor_run},
    {.name = "open",
     .words = "",
     ROW,
     .summary = "A link to the page in your browser",
     .help = "Prints a link that works once, on this computer.",
     .example = "kith open",
     .run = run_open},
    {.name = "stop",
     .words = "",
     ROW,
     .summary = "End the daemon in order",
     .help = "Everything acknowledged is on disk. kithd --data DIR starts it again.",
     .example = "kith stop",
     .run = run_stop},
    {.name = NULL},
};
