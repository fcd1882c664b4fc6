#include "client/cli/cmd_share.h"

#include <stdlib.h>
#include <string.h>

#include "client/cli/api.h"
#include "client/cli/ask.h"
#include "client/cli/compose.h"
#include "client/cli/find.h"
#include "client/cli/screen.h"
#include "client/cli/table.h"
#include "client/cli/when.h"

/* "Lincoln; the hub". free() it. */
static char *audiences_text(const json_t *audiences)
{
    struct buf out = {0};
    json_t *audience;
    size_t i, n = 0;
    json_array_foreach(audiences, i, audience)
    {
        if (strcmp(api_str(audience, "class"), "own") == 0) continue;
        char *name = screen_audience(audience);
        if (n++ > 0) buf_put_str(&out, " and ");
        buf_put_str(&out, name);
        free(name);
    }
    if (n == 0) buf_put_str(&out, "nobody yet");
    buf_put_u8(&out, 0);
    return (char *)out.data;
}

/* What may identify a student. Hints: the person decides. */
static void show_points(struct cli *cli, const json_t *points)
{
    json_t *point;
    size_t i;
    if (json_array_size(points) == 0) return;
    term_heading(&cli->out, "Look again before it leaves");
    json_array_foreach(points, i, point)
    {
        const char *path = api_str(point, "path");
        term_addf(&cli->out, TERM_WARN, "%s", api_str(point, "text"));
        term_addf(&cli->out, TERM_PLAIN, "  %s", api_str(point, "hint"));
        term_addf(&cli->out, TERM_DIM, "  (%s)", path);
        term_end(&cli->out, 2, 4);
    }
}

static void show_share(struct cli *cli, const json_t *screen, const char *to)
{
    const json_t *record = json_object_get(screen, "record");
    term_addf(&cli->out, TERM_PLAIN, "This is what will be read by ");
    term_add(&cli->out, TERM_BOLD, to);
    term_end(&cli->out, 0, 2);
    term_gap(&cli->out);
    term_addf(&cli->out, TERM_BOLD, "%s", api_str(record, "title"));
    term_addf(&cli->out, TERM_DIM, "  %s %s", screen_type(api_str(record, "type")),
              api_str(record, "short"));
    term_end(&cli->out, 0, 2);
    screen_sections(cli, api_str(record, "type"), json_object_get(record, "sections"), NULL);
    show_points(cli, api_list(screen, "points"));
    term_gap(&cli->out);
    fflush(cli->out.file);
}

/*
 * What --with means, as a list of what the API takes: it knows one audience at a time, and who
 * has several buddies means all of them. New reference.
 */
static json_t *audiences_of(struct cli *cli, const char *with)
{
    json_t *list = json_array(), *answer = NULL, *item;
    size_t i;
    if (strcmp(with, "buddies") == 0) {
        cli->mute = true; /* it is said when the first of them is asked for */
        if (api_get(cli, api_path(cli, "buddies", NULL), &answer) == CLI_DONE) {
            json_array_foreach(api_list(answer, "items"), i, item)
            {
                if (strcmp(api_str(item, "state"), "accepted") == 0)
                    json_array_append(list, json_object_get(item, "group"));
            }
        }
        cli->mute = false;
        json_decref(answer);
    }
    if (json_array_size(list) < 2) { /* the API says it better */
        json_array_clear(list);
        json_array_append_new(list, json_string(with));
    }
    return list;
}

/* The screens of all audiences that lack it, as [{"with", "screen"}]; at least one, or an
 * error. */
static enum cli_exit screens_of(struct cli *cli, const char *id, const json_t *audiences,
                                json_t **out)
{
    json_t *with;
    enum cli_exit code = CLI_DONE;
    size_t i;
    *out = json_array();
    json_array_foreach(audiences, i, with)
    {
        json_t *screen = NULL;
        bool last = i + 1 == json_array_size(audiences);
        cli->mute = !(last && json_array_size(*out) == 0);
        code = api_get(cli,
                       api_with(api_path(cli, "records", id, "share", NULL), "with",
                                json_string_value(with)),
                       &screen);
        cli->mute = false;
        if (code == CLI_DONE)
            json_array_append_new(*out,
                                  json_pack("{s:O, s:O}", "with", with, "screen", screen));
        json_decref(screen);
    }
    return json_array_size(*out) > 0 ? CLI_DONE : code;
}

static enum cli_exit send_share(struct cli *cli, const char *id, const json_t *one,
                                const struct args *args)
{
    const json_t *screen = json_object_get(one, "screen");
    json_t *body = json_object(), *answer = NULL;
    json_object_set(body, "with", json_object_get(one, "with"));
    json_object_set(body, "edit", json_object_get(json_object_get(screen, "record"), "edit"));
    json_object_set(body, "token", json_object_get(screen, "token"));
    compose_person(body, args);
    enum cli_exit code =
        api_send(cli, "POST", api_path(cli, "records", id, "share", NULL), body, &answer);
    if (code == CLI_DONE) api_json(cli, answer);
    json_decref(answer);
    return code;
}

enum cli_exit cmd_share_record(struct cli *cli, const char *id, const char *with,
                               const struct args *args)
{
    json_t *audiences = audiences_of(cli, with), *screens = NULL, *whom = json_array(), *one;
    char *to = NULL;
    size_t i;
    enum cli_exit code = screens_of(cli, id, audiences, &screens);
    json_array_foreach(screens, i, one)
    {
        json_array_extend(whom, api_list(json_object_get(one, "screen"), "audiences"));
    }
    if (code == CLI_DONE) {
        to = audiences_text(whom);
        if (!cli->json)
            show_share(cli, json_object_get(json_array_get(screens, 0), "screen"), to);
        code = ask_sure(cli, "Share this with %s?", to);
    }
    for (i = 0; code == CLI_DONE && i < json_array_size(screens); i++)
        code = send_share(cli, id, json_array_get(screens, i), args);
    if (code == CLI_DONE && !cli->json) {
        term_add(&cli->out, TERM_GOOD, "Shared");
        term_addf(&cli->out, TERM_PLAIN, " with %s.", to);
        term_end(&cli->out, 0, 2);
        term_next(&cli->out,
                  "It leaves as soon as there is a way; kith status shows when it has "
                  "arrived.");
    }
    json_decref(whom);
    json_decref(audiences);
    json_decref(screens);
    free(to);
    return code;
}

static enum cli_exit run_share(struct cli *cli, const struct command *command,
                               const struct args *args)
{
    (void)command;
    json_t *record;
    const char *with = args_get(args, "with");
    if (with == NULL) {
        return api_fail(cli, CLI_USAGE, "kith share ID --with buddies, hub or network",
                        "say with whom.");
    }
    enum cli_exit code = find_record(cli, args->words[0], NULL, true, &record);
    if (code != CLI_DONE) return code;
    char *id = find_id(record);
    json_decref(record);
    code = cmd_share_record(cli, id, with, args);
    free(id);
    return code;
}

static enum cli_exit run_log(struct cli *cli, const struct command *command,
                             const struct args *args)
{
    (void)command;
    (void)args;
    static const struct table_column columns[] = {
        {"when", 0, TABLE_LEFT},  {"who", 6, TABLE_LEFT},  {"did", 0, TABLE_LEFT},
        {"what", 12, TABLE_LEFT}, {"with", 8, TABLE_LEFT}, {"hints", 0, TABLE_RIGHT},
    };
    json_t *answer, *item;
    size_t i;
    enum cli_exit code = api_get(cli, api_path(cli, "sharing-log", NULL), &answer);
    if (code == CLI_DONE && !api_json(cli, answer)) {
        struct table table;
        table_init(&table, columns, 6);
        json_array_foreach(api_list(answer, "items"), i, item)
        {
            char ago[WHEN_MAX];
            table_put(&table, TERM_DIM, when_ago(ago, api_time(item, "at"), cli->now_s));
            table_put(&table, TERM_PLAIN, api_str(item, "person"));
            table_put(&table, TERM_PLAIN, api_str(item, "act"));
            const char *title = api_str(item, "title");
            table_putf(&table, TERM_PLAIN, title[0] == '\0' ? "%.6s" : "%s",
                       title[0] == '\0' ? api_str(item, "record") : title);
            table_put(&table, TERM_PLAIN, api_str(item, "with"));
            table_putf(&table, TERM_DIM, "%lld", (long long)api_int(item, "points"));
        }
        if (table_rows(&table) == 0)
            term_line(&cli->out, TERM_PLAIN, "Nothing was shared yet.");
        table_write(&table, &cli->out);
        table_fini(&table);
    }
    json_decref(answer);
    return code;
}

/* --- the names that the sharing screen points at --- */

static void change_names(json_t *items, const struct args *args)
{
    const char *name;
    for (size_t at = 0; (name = args_next(args, "remove", &at)) != NULL;) {
        for (size_t i = json_array_size(items); i-- > 0;) {
            const char *have = json_string_value(json_array_get(items, i));
            if (have != NULL && strcmp(have, name) == 0) json_array_remove(items, i);
        }
    }
    for (size_t at = 0; (name = args_next(args, "add", &at)) != NULL;) {
        json_array_append_new(items, json_string(name));
    }
}

static enum cli_exit add_from(struct cli *cli, const char *path, json_t *items)
{
    char *line = NULL;
    size_t cap = 0;
    FILE *file = strcmp(path, "-") == 0 ? cli->in : fopen(path, "re");
    if (file == NULL) {
        return api_fail(cli, CLI_FAILED, "A text file with a name on each line.",
                        "%s cannot be read.", path);
    }
    while (getline(&line, &cap, file) >= 0) {
        line[strcspn(line, "\r\n")] = '\0';
        if (line[0] != '\0') json_array_append_new(items, json_string(line));
    }
    free(line);
    if (file != cli->in) fclose(file);
    return CLI_DONE;
}

static enum cli_exit run_names(struct cli *cli, const struct command *command,
                               const struct args *args)
{
    (void)command;
    json_t *answer, *name;
    size_t i;
    enum cli_exit code = api_get(cli, api_path(cli, "names", NULL), &answer);
    bool changes = args_has(args, "add") || args_has(args, "remove") || args_has(args, "from");
    if (code == CLI_DONE && changes) {
        json_t *items = json_object_get(answer, "items");
        if (args_has(args, "from")) code = add_from(cli, args_get(args, "from"), items);
        change_names(items, args);
        if (code == CLI_DONE) {
            code = api_send(cli, "PUT", api_path(cli, "names", NULL),
                            json_pack("{s:O}", "items", items), NULL);
        }
    }
    if (code == CLI_DONE && !api_json(cli, answer)) {
        json_array_foreach(api_list(answer, "items"), i, name)
        {
            term_add(&cli->out, TERM_PLAIN, json_string_value(name));
            term_end(&cli->out, 2, 4);
        }
        if (i == 0) term_line(&cli->out, TERM_PLAIN, "No names yet.");
        term_next(&cli->out, "They stay on this computer; share points at them before a text "
                             "leaves.");
    }
    json_decref(answer);
    return code;
}

static enum cli_exit run_settings(struct cli *cli, const struct command *command,
                                  const struct args *args)
{
    (void)command;
    json_t *answer = NULL, *body = json_object(), *list = json_array(), *name;
    const char *value;
    size_t i;
    for (size_t at = 0; (value = args_next(args, "may-share", &at)) != NULL;) {
        if (value[0] != '\0') json_array_append_new(list, json_string(value));
    }
    if (args_has(args, "may-share")) json_object_set(body, "may_share", list);
    if ((value = args_get(args, "person")) != NULL) {
        json_object_set_new(body, "person",
                            value[0] == '\0' ? json_null() : json_string(value));
    }
    json_decref(list);
    enum cli_exit code;
    if (json_object_size(body) > 0) {
        code = api_send(cli, "PATCH", api_path(cli, "settings", NULL), body, &answer);
    } else {
        json_decref(body);
        code = api_get(cli, api_path(cli, "settings", NULL), &answer);
    }
    if (code == CLI_DONE && !api_json(cli, answer)) {
        term_field(&cli->out, "writes",
                   api_str(answer, "person")[0] == '\0' ? "nobody is named"
                                                        : api_str(answer, "person"));
        if (json_array_size(api_list(answer, "may_share")) == 0) {
            term_field(&cli->out, "may share", "everybody here");
        }
        json_array_foreach(api_list(answer, "may_share"), i, name)
        {
            term_field(&cli->out, i == 0 ? "may share" : "", json_string_value(name));
        }
    }
    json_decref(answer);
    return code;
}

static const struct args_option share_options[] = {
    {.name = "with",
     .letter = 'w',
     .value = "WHOM",
     .help = "buddies, hub, network, a school or a group"},
    {.name = "person", .value = "NAME", .help = "who shares"},
    {.name = NULL},
};
static const struct args_option names_options[] = {
    {.name = "add", .many = true, .value = "NAME", .help = "point at this name from now on"},
    {.name = "remove", .many = true, .value = "NAME", .help = "no longer"},
    {.name = "from", .value = "FILE", .help = "add every line of a file (- reads the input)"},
    {.name = NULL},
};
static const struct args_option settings_options[] = {
    {.name = "person", .value = "NAME", .help = "who writes when nobody is named"},
    {.name = "may-share",
     .many = true,
     .value = "NAME",
     .help = "who may share outside the school; \"\" for everybody"},
    {.name = NULL},
};

#define ROW .group = COMMAND_SHARE
const struct command cmd_share_commands[] = {
    {.name = "share",
     .words = "ID --with WHOM",
     ROW,
     .min = 1,
     .max = 1,
     .summary = "Let others read a record",
     .help =
         "Shows exactly what will be read, and by whom, points at what may identify a student, "
         "and asks. buddies: your buddy schools. hub: the hub alone. network: all members.",
     .example = "kith share 4fa21c --with buddies",
     .options = share_options,
     .run = run_share},
    {.name = "sharing-log",
     .words = "",
     ROW,
     .summary = "Who shared what, with whom",
     .help = "Kept on this computer.",
     .example = "kith sharing-log",
     .run = run_log},
    {.name = "names",
     .words = "",
     ROW,
     .summary = "Names that share points at",
     .help =
         "The names of students, so that share can warn when one is in a text. The list never "
         "leaves this computer.",
     .example = "kith names --from class-list.txt",
     .options = names_options,
     .run = run_names},
    {.name = "settings",
     .words = "",
     ROW,
     .summary = "Who writes here, who may share",
     .help = "Without options it shows them.",
     .example = "kith settings --person \"Ninth grade team\"",
     .options = settings_options,
     .run = run_settings},
    {.name = NULL},
};
