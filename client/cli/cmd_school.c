#include "client/cli/cmd_school.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/cli/api.h"
#include "client/cli/ask.h"
#include "client/cli/find.h"

/* This school's record about itself, made under its present name when there is none yet. */
static enum cli_exit own_record(struct cli *cli, json_t **record)
{
    json_t *answer = NULL, *status = NULL;
    enum cli_exit code = find_maybe(cli, NULL, "school", true, record);
    if (code != CLI_DONE || *record != NULL) return code;
    code = api_get(cli, api_path(cli, "status", NULL), &status);
    if (code == CLI_DONE) {
        const json_t *me = json_object_get(status, "me");
        code = api_send(cli, "POST", api_path(cli, "records", NULL),
                        json_pack("{s:s, s:{s:{s:s}}}", "type", "school", "sections", "head",
                                  "name", api_name(me, "school")),
                        &answer);
    }
    if (code == CLI_DONE)
        code = find_record(cli, api_str(answer, "record"), "school", true, record);
    json_decref(answer);
    json_decref(status);
    return code;
}

static bool is_shared(const json_t *record)
{
    const json_t *audience;
    size_t i;
    json_array_foreach(api_list(record, "audiences"), i, audience)
    {
        if (strcmp(api_str(audience, "class"), "network") == 0) return true;
    }
    return false;
}

/* An edit goes wherever the record is; the first has to be shared. */
static enum cli_exit share(struct cli *cli, const char *id)
{
    json_t *screen = NULL;
    char *target = api_with(api_path(cli, "records", id, "share", NULL), "with", "network");
    enum cli_exit code = api_get(cli, target, &screen);
    if (code == CLI_DONE) {
        code = api_send(
            cli, "POST", api_path(cli, "records", id, "share", NULL),
            json_pack("{s:s, s:s}", "with", "network", "token", api_str(screen, "token")),
            NULL);
    }
    json_decref(screen);
    return code;
}

static void today(char out[16])
{
    time_t now = time(NULL);
    struct tm tm;
    if (gmtime_r(&now, &tm) == NULL || strftime(out, 16, "%Y-%m-%d", &tm) == 0) out[0] = '\0';
}

/* Takes sections. */
static enum cli_exit say(struct cli *cli, const json_t *record, json_t *sections)
{
    char *id = find_id(record);
    json_t *answer = NULL;
    enum cli_exit code = api_send(cli, "PATCH", api_path(cli, "records", id, NULL),
                                  json_pack("{s:o}", "sections", sections), &answer);
    if (code == CLI_DONE && !is_shared(record)) code = share(cli, id);
    if (code == CLI_DONE && !api_json(cli, answer)) {
        term_line(&cli->out, TERM_GOOD, "Written, and shared with the network.");
        term_next(&cli->out,
                  "The others see it when their computers have met yours or another's "
                  "that has it: kith members");
    }
    json_decref(answer);
    free(id);
    return code;
}

/* The names that it had, with the present one. */
static json_t *formerly(struct cli *cli, const char *id, const char *name, enum cli_exit *code)
{
    json_t *full = NULL, *list;
    *code = api_get(cli, api_path(cli, "records", id, NULL), &full);
    list = json_deep_copy(
        api_list(json_object_get(json_object_get(full, "sections"), "standing"), "formerly"));
    if (list == NULL) list = json_array();
    json_array_append_new(list, json_string(name));
    json_decref(full);
    return list;
}

static enum cli_exit run_rename(struct cli *cli, const struct command *command,
                                const struct args *args)
{
    (void)command;
    const char *name = args->words[0], *since = args_get(args, "since");
    char day[16];
    json_t *record = NULL;
    today(day);
    enum cli_exit code = ask_sure(cli, "Tell the network that this school is called %s?", name);
    if (code == CLI_DONE) code = own_record(cli, &record);
    if (code == CLI_DONE) {
        char *id = find_id(record);
        json_t *names = formerly(cli, id, api_str(record, "title"), &code);
        free(id);
        json_t *sections = json_pack("{s:{s:s}, s:{s:s, s:o, s:s}}", "head", "name", name,
                                     "standing", "standing", "renamed", "formerly", names,
                                     "since", since == NULL ? day : since);
        if (code == CLI_DONE)
            code = say(cli, record, sections);
        else
            json_decref(sections);
    }
    json_decref(record);
    return code;
}

static enum cli_exit end_as(struct cli *cli, const struct args *args, const char *standing,
                            const char *into)
{
    const char *since = args_get(args, "since");
    char day[16];
    json_t *record = NULL;
    today(day);
    enum cli_exit code = own_record(cli, &record);
    if (code == CLI_DONE) {
        json_t *section =
            json_pack("{s:s, s:s}", "standing", standing, "since", since == NULL ? day : since);
        if (into != NULL) json_object_set_new(section, "note", json_string(into));
        code = say(cli, record, json_pack("{s:o}", "standing", section));
    }
    json_decref(record);
    return code;
}

static enum cli_exit run_merge(struct cli *cli, const struct command *command,
                               const struct args *args)
{
    (void)command;
    char note[240];
    (void)snprintf(note, sizeof(note), "Merged into %.200s", args->words[0]);
    enum cli_exit code = ask_sure(
        cli, "Tell the network that this school has become part of %s?", args->words[0]);
    return code == CLI_DONE ? end_as(cli, args, "merged", note) : code;
}

static enum cli_exit run_retire(struct cli *cli, const struct command *command,
                                const struct args *args)
{
    (void)command;
    enum cli_exit code =
        ask_sure(cli, "Tell the network that this school does not take part any more?");
    return code == CLI_DONE ? end_as(cli, args, "retired", NULL) : code;
}

static enum cli_exit run_active(struct cli *cli, const struct command *command,
                                const struct args *args)
{
    (void)command;
    return end_as(cli, args, "active", NULL);
}

static const struct args_option since_options[] = {
    {.name = "since", .value = "DAY", .help = "from which day on (else today)"},
    {.name = NULL},
};

#define ROW .group = COMMAND_PEOPLE, .options = since_options
const struct command cmd_school_commands[] = {
    {.name = "school rename",
     .words = "NAME",
     ROW,
     .min = 1,
     .max = 1,
     .summary = "This school has another name",
     .help = "Everybody sees the new name, on old work too, and the old one in kith members. A "
             "name that another school has is not taken over.",
     .example = "kith school rename \"Lincoln Middle School\"",
     .run = run_rename},
    {.name = "school merge",
     .words = "INTO",
     ROW,
     .min = 1,
     .max = 1,
     .summary = "This school has become part of another",
     .help =
         "Its work stays under its name; nothing more is expected of it in reports. It is a "
         "member until it leaves.",
     .example = "kith school merge \"Washington Middle School\" --since 2026-08-01",
     .run = run_merge},
    {.name = "school retire",
     .words = "",
     ROW,
     .summary = "This school does not take part any more",
     .help = "Its work stays, and nothing more is expected of it in reports. kith leave ends "
             "its membership; this does not.",
     .example = "kith school retire",
     .run = run_retire},
    {.name = "school active",
     .words = "",
     ROW,
     .summary = "This school takes part again",
     .help = "Undoes school merge and school retire.",
     .example = "kith school active",
     .run = run_active},
    {.name = NULL},
};
