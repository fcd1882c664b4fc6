#include "client/cli/cmd_entry.h"

#include <stdlib.h>
#include <string.h>

#include "client/cli/api.h"
#include "client/cli/ask.h"
#include "client/cli/listing.h"

/* --- invitations, requests --- */

static void invite_row(struct table *table, struct cli *cli, const json_t *item)
{
    listing_put_short(table, item, "invite");
    table_put(table, TERM_PLAIN, api_str(item, "note"));
    table_put(table, strcmp(api_str(item, "state"), "open") == 0 ? TERM_GOOD : TERM_DIM,
              api_str(item, "state"));
    table_put(table, TERM_PLAIN, api_name(item, "by"));
    listing_put_ago(table, cli, item, "expires_at");
}

static enum cli_exit run_invite_list(struct cli *cli, const struct command *command,
                                     const struct args *args)
{
    (void)command;
    (void)args;
    static const struct table_column columns[] = {
        {"id", 0, TABLE_LEFT}, {"for", 10, TABLE_LEFT}, {"state", 0, TABLE_LEFT},
        {"by", 8, TABLE_LEFT}, {"ends", 0, TABLE_LEFT},
    };
    return listing_show(cli, api_path(cli, "invites", NULL), columns, 5, invite_row,
                        "No invitations. kith invite create makes one.", NULL);
}

static enum cli_exit run_invite_create(struct cli *cli, const struct command *command,
                                       const struct args *args)
{
    (void)command;
    json_t *body = json_object(), *answer = NULL;
    const char *days = args_get(args, "days"), *note = args_get(args, "note");
    if (note == NULL) note = args_word(args, 0);
    if (note != NULL) json_object_set_new(body, "note", json_string(note));
    if (days != NULL) json_object_set_new(body, "days", json_integer(strtol(days, NULL, 10)));
    if (args_has(args, "approve-automatically")) {
        json_object_set_new(body, "approve_automatically", json_true());
    }
    if (args_has(args, "observer")) json_object_set_new(body, "observer", json_true());
    enum cli_exit code = api_send(cli, "POST", api_path(cli, "invites", NULL), body, &answer);
    if (code == CLI_DONE && !api_json(cli, answer)) {
        term_line(&cli->out, TERM_PLAIN,
                  args_has(args, "observer") ? "The invitation, for one observer:"
                                             : "The invitation, for one school:");
        term_gap(&cli->out);
        /* one line whatever the width: it is copied */
        fprintf(cli->out.file, "%s\n", api_str(answer, "code"));
        cli->out.blank = false;
        term_next(&cli->out,
                  "Send it by any way you trust, or save it to a file and send that. They type "
                  "kith join and the code or the file; then kith requests shows you their four "
                  "words.");
    }
    json_decref(answer);
    return code;
}

static enum cli_exit run_invite_void(struct cli *cli, const struct command *command,
                                     const struct args *args)
{
    (void)command;
    json_t *answer = NULL;
    enum cli_exit code =
        api_send(cli, "DELETE", api_path(cli, "invites", args->words[0], NULL), NULL, &answer);
    return listing_say(cli, code, answer, "The invitation is worth nothing now.", NULL);
}

static void request_row(struct table *table, struct cli *cli, const json_t *item)
{
    listing_put_short(table, item, "invite");
    table_put(table, TERM_PLAIN, api_str(item, "school_name"));
    table_put(table, TERM_BOLD, api_str(item, "words"));
    listing_put_ago(table, cli, item, "at");
}

static enum cli_exit run_requests(struct cli *cli, const struct command *command,
                                  const struct args *args)
{
    (void)command;
    (void)args;
    static const struct table_column columns[] = {
        {"id", 0, TABLE_LEFT},
        {"school", 10, TABLE_LEFT},
        {"four words", 0, TABLE_LEFT},
        {"asked", 0, TABLE_LEFT},
    };
    return listing_show(
        cli, api_path(cli, "requests", NULL), columns, 4, request_row, "Nobody asks to join.",
        "Telephone them: they must read you the same four words. Then kith approve ID.");
}

/* The request that `word` begins, or the only one. */
static enum cli_exit find_request(struct cli *cli, const char *word, json_t **request)
{
    json_t *answer, *item, *found = NULL;
    size_t i, n = 0;
    enum cli_exit code = api_get(cli, api_path(cli, "requests", NULL), &answer);
    if (code != CLI_DONE) return code;
    json_array_foreach(api_list(answer, "items"), i, item)
    {
        if (word != NULL && strncmp(api_str(item, "invite"), word, strlen(word)) != 0 &&
            strcmp(api_str(item, "school_name"), word) != 0) {
            continue;
        }
        found = item;
        n++;
    }
    if (n == 1) {
        *request = json_incref(found);
    } else {
        code =
            api_fail(cli, CLI_NOT_FOUND, "kith requests lists them.",
                     n == 0 ? "there is no such request." : "several ask to join; say which.");
    }
    json_decref(answer);
    return code;
}

/* The twelve words, where they were asked for. */
static enum cli_exit add_phrase(struct cli *cli, const struct args *args, json_t *body)
{
    char *phrase = NULL;
    if (!args_has(args, "phrase") && !args_has(args, "phrase-file")) return CLI_DONE;
    enum cli_exit code = ask_phrase(cli, args_get(args, "phrase-file"), &phrase);
    if (phrase != NULL) json_object_set_new(body, "phrase", json_string(phrase));
    ask_forget(phrase);
    return code;
}

static enum cli_exit say_observer(struct cli *cli, json_t *answer)
{
    bool yes = strcmp(api_str(answer, "observer"), "yes") == 0;
    bool waits = strcmp(api_str(answer, "observer"), "waiting") == 0;
    return listing_say(
        cli, CLI_DONE, answer,
        yes ? "Admitted as an observer: it reads the network, and writes nothing."
            : "Admitted, and not an observer yet: until then it may write.",
        yes     ? "They are told when the two computers next meet."
        : waits ? "The other stewards have to agree: kith proposals shows them what waits."
                : "The hub gives the role with its twelve words: kith observer add SCHOOL "
                  "--phrase");
}

static enum cli_exit run_approve(struct cli *cli, const struct command *command,
                                 const struct args *args)
{
    (void)command;
    json_t *request, *answer = NULL;
    const char *words = args_get(args, "words");
    enum cli_exit code = find_request(cli, args_word(args, 0), &request);
    if (code != CLI_DONE) return code;
    if (words == NULL) {
        if (!cli->json) {
            term_addf(&cli->out, TERM_PLAIN,
                      "%s asks to join. The four words:", api_str(request, "school_name"));
            term_end(&cli->out, 0, 2);
            term_gap(&cli->out);
            term_add(&cli->out, TERM_BOLD, api_str(request, "words"));
            term_end(&cli->out, 4, 4);
            term_gap(&cli->out);
        }
        code = ask_sure(cli, "Did they read you the same four words on the telephone?");
    }
    if (code == CLI_DONE) {
        json_t *body = json_object();
        if (words != NULL) json_object_set_new(body, "words", json_string(words));
        code = add_phrase(cli, args, body);
        if (code != CLI_DONE) json_decref(body);
        if (code == CLI_DONE)
            code =
                api_send(cli, "POST",
                         api_path(cli, "requests", api_str(request, "invite"), "approve", NULL),
                         body, &answer);
    }
    json_decref(request);
    if (code == CLI_DONE && strcmp(api_str(answer, "observer"), "") != 0)
        return say_observer(cli, answer);
    return listing_say(cli, code, answer, "Admitted.",
                       "They are told when the two computers next meet.");
}

static enum cli_exit run_deny(struct cli *cli, const struct command *command,
                              const struct args *args)
{
    (void)command;
    json_t *request, *answer = NULL;
    enum cli_exit code = find_request(cli, args_word(args, 0), &request);
    if (code != CLI_DONE) return code;
    code = api_send(cli, "POST",
                    api_path(cli, "requests", api_str(request, "invite"), "deny", NULL), NULL,
                    &answer);
    json_decref(request);
    return listing_say(cli, code, answer, "Sent away.", NULL);
}

/* --- devices --- */

static void device_row(struct table *table, struct cli *cli, const json_t *item)
{
    char shorter[9];
    (void)cli;
    const json_t *device = json_object_get(item, "device");
    table_put(table, TERM_BOLD, api_short(shorter, api_str(device, "id")));
    table_putf(table, TERM_PLAIN, "%s%s", api_str(device, "name"),
               api_bool(item, "this") ? " (this one)" : "");
    table_put(table, TERM_PLAIN, api_name(device, "school"));
    table_put(table, TERM_WARN,
              strcmp(api_str(item, "state"), "standing") == 0 ? "" : api_str(item, "state"));
    table_put(table, TERM_BAD,
              api_bool(item, "frozen") ? "frozen: it wrote two histories" : "");
}

static enum cli_exit run_device_list(struct cli *cli, const struct command *command,
                                     const struct args *args)
{
    (void)command;
    static const struct table_column columns[] = {
        {"id", 0, TABLE_LEFT}, {"device", 10, TABLE_LEFT}, {"school", 10, TABLE_LEFT},
        {"", 0, TABLE_LEFT},   {"", 8, TABLE_LEFT},
    };
    char *target = api_with(api_path(cli, "devices", NULL), "school", args_word(args, 0));
    return listing_show(cli, target, columns, 5, device_row, "No devices.", NULL);
}

static enum cli_exit run_device_add(struct cli *cli, const struct command *command,
                                    const struct args *args)
{
    (void)command;
    (void)args;
    json_t *answer = NULL;
    enum cli_exit code =
        api_send(cli, "POST", api_path(cli, "devices", "code", NULL), NULL, &answer);
    if (code == CLI_DONE && !api_json(cli, answer)) {
        term_line(&cli->out, TERM_PLAIN,
                  "On the new computer, with the school's twelve words:");
        term_gap(&cli->out);
        fprintf(cli->out.file, "kith init --code %s\n", api_str(answer, "code"));
        cli->out.blank = false;
        term_next(&cli->out, "The code is no secret; the twelve words are.");
    }
    json_decref(answer);
    return code;
}

static enum cli_exit run_device_remove(struct cli *cli, const struct command *command,
                                       const struct args *args)
{
    (void)command;
    json_t *answer = NULL, *body = json_object();
    char *phrase = NULL;
    enum cli_exit code = ask_sure(cli,
                                  "Remove the device %s for ever? What it writes from now on "
                                  "counts nowhere.",
                                  args->words[0]);
    if (code == CLI_DONE && (args_has(args, "phrase") || args_has(args, "phrase-file"))) {
        code = ask_phrase(cli, args_get(args, "phrase-file"), &phrase);
        if (phrase != NULL) json_object_set_new(body, "phrase", json_string(phrase));
        ask_forget(phrase);
    }
    if (code == CLI_DONE) {
        code = api_send(cli, "DELETE", api_path(cli, "devices", args->words[0], NULL),
                        json_incref(body), &answer);
    }
    json_decref(body);
    return listing_say(cli, code, answer, "The device is removed; new keys go to the others.",
                       NULL);
}

static const struct args_option invite_options[] = {
    {.name = "note", .value = "TEXT", .help = "for whom it is; stays here"},
    {.name = "days", .value = "N", .help = "how long it is good for (7, the most)"},
    {.name = "observer", .help = "who comes reads the network and writes nothing"},
    {.name = "approve-automatically", .help = "admit whoever comes with it: for demos"},
    {.name = NULL},
};
static const struct args_option approve_options[] = {
    {.name = "words", .value = "WORDS", .help = "the four words that they read to you"},
    {.name = "phrase", .help = "of an observer, at the hub: with the hub's twelve words"},
    {.name = "phrase-file", .value = "FILE", .help = "read the twelve words from a file"},
    {.name = NULL},
};
static const struct args_option phrase_options[] = {
    {.name = "phrase", .help = "with the school's twelve words; asks for them"},
    {.name = "phrase-file", .value = "FILE", .help = "read the twelve words from a file"},
    {.name = NULL},
};

#define ROW .group = COMMAND_PEOPLE
#define ONE .min = 1, .max = 1
const struct command cmd_entry_commands[] = {
    {.name = "invite create",
     .words = "[FOR]",
     ROW,
     .max = 1,
     .summary = "Invite a school",
     .help =
         "Makes a code for one school, good for seven days. For stewards. With --observer for "
         "a district or an evaluator: approve it at this computer, and it becomes an "
         "observer at once, or as soon as the other stewards agree.",
     .example = "kith invite create \"Washington Middle School\"\n"
                "kith invite create \"The university\" --observer",
     .options = invite_options,
     .run = run_invite_create},
    {.name = "invite list",
     .words = "",
     ROW,
     .summary = "List invitations",
     .help = "Open, used and past ones.",
     .example = "kith invite list",
     .run = run_invite_list},
    {.name = "invite void",
     .words = "ID",
     ROW,
     ONE,
     .summary = "Make an invitation worthless",
     .help = "When it went astray.",
     .example = "kith invite void 71d0aa",
     .run = run_invite_void},
    {.name = "requests",
     .words = "",
     ROW,
     .summary = "Who asks to join, with their four words",
     .help = "Compare the words on the telephone before you approve.",
     .example = "kith requests",
     .run = run_requests},
    {.name = "approve",
     .words = "[ID]",
     ROW,
     .max = 1,
     .summary = "Admit a school",
     .help = "Shows the four words and asks whether they are the same at the other end.",
     .example = "kith approve 71d0aa",
     .options = approve_options,
     .run = run_approve},
    {.name = "deny",
     .words = "[ID]",
     ROW,
     .max = 1,
     .summary = "Send a request away",
     .help = "The school can ask again with a new invitation.",
     .example = "kith deny 71d0aa",
     .run = run_deny},
    {.name = "device add",
     .words = "",
     ROW,
     .summary = "Add a computer to this school",
     .help = "Prints what to type on the new one.",
     .example = "kith device add",
     .run = run_device_add},
    {.name = "device list",
     .words = "[SCHOOL]",
     ROW,
     .max = 1,
     .summary = "List devices",
     .help = "Of all schools, or of one.",
     .example = "kith device list \"Lincoln High School\"",
     .run = run_device_list},
    {.name = "device remove",
     .words = "ID",
     ROW,
     ONE,
     .summary = "Remove a lost computer",
     .help = "For ever. A stolen computer reads nothing new afterwards.",
     .example = "kith device remove 8be1 --phrase",
     .options = phrase_options,
     .run = run_device_remove},
    {.name = NULL},
};
