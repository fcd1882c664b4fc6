#include "client/cli/cmd_people.h"

#include <stdlib.h>
#include <string.h>

#include "client/cli/api.h"
#include "client/cli/ask.h"
#include "client/cli/table.h"
#include "client/cli/when.h"

/* "hub, steward" of a list of texts; "Lincoln, Roosevelt" of one of schools. free() it. */
static char *joined(const json_t *list)
{
    struct buf out = {0};
    json_t *item;
    size_t i;
    json_array_foreach(list, i, item)
    {
        if (i > 0) buf_put_str(&out, ", ");
        buf_put_str(&out,
                    json_is_string(item) ? json_string_value(item) : api_str(item, "name"));
    }
    buf_put_u8(&out, 0);
    return (char *)out.data;
}

static void put_joined(struct table *table, enum term_style style, const json_t *list)
{
    char *text = joined(list);
    table_put(table, style, text);
    free(text);
}

static void put_ago(struct table *table, const struct cli *cli, const json_t *item,
                    const char *key)
{
    char ago[WHEN_MAX];
    int64_t at = api_time(item, key);
    table_put(table, TERM_DIM, at == 0 ? "" : when_ago(ago, at, cli->now_s));
}

static void put_short(struct table *table, const json_t *item, const char *key)
{
    char shorter[9];
    table_put(table, TERM_BOLD, api_short(shorter, api_str(item, key)));
}

/* A GET whose items make a table, one row by `row` each. */
typedef void (*row_fn)(struct table *table, struct cli *cli, const json_t *item);

static enum cli_exit show_list(struct cli *cli, char *target,
                               const struct table_column *columns, size_t n, row_fn row,
                               const char *nothing, const char *next)
{
    json_t *answer, *item;
    struct table table;
    size_t i;
    enum cli_exit code = api_get(cli, target, &answer);
    if (code == CLI_DONE && !api_json(cli, answer)) {
        table_init(&table, columns, n);
        json_array_foreach(api_list(answer, "items"), i, item) row(&table, cli, item);
        if (table_rows(&table) == 0) term_line(&cli->out, TERM_PLAIN, "%s", nothing);
        table_write(&table, &cli->out);
        if (table_rows(&table) > 0 && next != NULL) term_next(&cli->out, "%s", next);
        table_fini(&table);
    }
    json_decref(answer);
    return code;
}

/*
 * Says that an act was done. An act of several stewards may still wait for the others. Takes
 * answer.
 */
static enum cli_exit say(struct cli *cli, enum cli_exit code, json_t *answer, const char *what,
                         const char *next)
{
    if (code == CLI_DONE && !api_json(cli, answer)) {
        term_line(&cli->out, TERM_GOOD, "%s", what);
        if (api_bool(answer, "waiting")) {
            term_next(&cli->out, "It counts when enough other stewards agree: kith proposals.");
        } else if (next != NULL) {
            term_next(&cli->out, "%s", next);
        }
    }
    json_decref(answer);
    return code;
}

/* --- members, roles --- */

static void member_row(struct table *table, struct cli *cli, const json_t *item)
{
    bool mine = api_bool(json_object_get(item, "school"), "mine");
    char shorter[9];
    table_put(table, TERM_DIM,
              api_short(shorter, api_str(json_object_get(item, "school"), "id")));
    table_putf(table, mine ? TERM_BOLD : TERM_PLAIN, "%s%s", api_name(item, "school"),
               mine ? " (you)" : "");
    put_joined(table, TERM_PLAIN, api_list(item, "roles"));
    const char *state = api_str(item, "state");
    table_put(table, TERM_WARN, strcmp(state, "member") == 0 ? "" : state);
    table_put(table, TERM_PLAIN, api_bool(item, "buddy") ? "buddy" : "");
    table_putf(table, TERM_PLAIN, "%lld", (long long)api_int(item, "devices"));
    put_ago(table, cli, item, "heard_at");
}

static enum cli_exit run_members(struct cli *cli, const struct command *command,
                                 const struct args *args)
{
    (void)command;
    (void)args;
    static const struct table_column columns[] = {
        {"id", 0, TABLE_LEFT},    {"school", 12, TABLE_LEFT}, {"roles", 8, TABLE_LEFT},
        {"", 0, TABLE_LEFT},      {"", 0, TABLE_LEFT},        {"devices", 0, TABLE_RIGHT},
        {"heard", 0, TABLE_LEFT},
    };
    return show_list(cli, api_path(cli, "members", NULL), columns, 7, member_row,
                     "No members yet.", NULL);
}

static enum cli_exit run_remove(struct cli *cli, const struct command *command,
                                const struct args *args)
{
    (void)command;
    json_t *answer = NULL;
    enum cli_exit code = ask_sure(cli,
                                  "End the membership of %s? What it wrote from now on counts "
                                  "nowhere.",
                                  args->words[0]);
    if (code != CLI_DONE) return code;
    code =
        api_send(cli, "DELETE", api_path(cli, "members", args->words[0], NULL), NULL, &answer);
    return say(cli, code, answer, "The school is no longer a member.",
               "New keys go to the others; what it has already read it keeps.");
}

static enum cli_exit run_role(struct cli *cli, const struct command *command,
                              const struct args *args)
{
    char role[16] = "steward", *phrase = NULL;
    json_t *answer = NULL;
    if (strncmp(command->name, "steward", 7) != 0) {
        snprintf(role, sizeof(role), "%.8s", command->name); /* "observer add" */
    }
    bool on = strstr(command->name, " add") != NULL;
    enum cli_exit code = CLI_DONE;
    json_t *body =
        json_pack("{s:s, s:s, s:b}", "school", args->words[0], "role", role, "on", on);
    if (args_has(args, "phrase-file") || args_has(args, "phrase")) {
        code = ask_phrase(cli, args_get(args, "phrase-file"), &phrase);
        if (phrase != NULL) json_object_set_new(body, "phrase", json_string(phrase));
        ask_forget(phrase);
    }
    if (code == CLI_DONE) {
        code = api_send(cli, "POST", api_path(cli, "roles", NULL), json_incref(body), &answer);
    }
    json_decref(body);
    return say(cli, code, answer, on ? "The role is given." : "The role is taken back.", NULL);
}

static void proposal_row(struct table *table, struct cli *cli, const json_t *item)
{
    (void)cli;
    put_short(table, item, "statement");
    table_putf(table, TERM_PLAIN, "%s %s", api_str(item, "act"), api_str(item, "target"));
    table_put(table, TERM_PLAIN, api_name(item, "by"));
    put_joined(table, TERM_PLAIN, api_list(item, "assents"));
    table_putf(table, TERM_PLAIN, "%lld", (long long)api_int(item, "needed"));
}

static enum cli_exit run_proposals(struct cli *cli, const struct command *command,
                                   const struct args *args)
{
    (void)command;
    (void)args;
    static const struct table_column columns[] = {
        {"id", 0, TABLE_LEFT},     {"what", 14, TABLE_LEFT},   {"proposed by", 8, TABLE_LEFT},
        {"agreed", 8, TABLE_LEFT}, {"needed", 0, TABLE_RIGHT},
    };
    return show_list(cli, api_path(cli, "proposals", NULL), columns, 5, proposal_row,
                     "Nothing waits for the stewards.", "kith assent ID agrees.");
}

static enum cli_exit run_assent(struct cli *cli, const struct command *command,
                                const struct args *args)
{
    (void)command;
    json_t *answer = NULL;
    enum cli_exit code =
        api_send(cli, "POST", api_path(cli, "statements", args->words[0], "assent", NULL), NULL,
                 &answer);
    return say(cli, code, answer, "Agreed.", NULL);
}

static enum cli_exit run_succession(struct cli *cli, const struct command *command,
                                    const struct args *args)
{
    (void)command;
    json_t *answer = NULL;
    enum cli_exit code = ask_sure(cli, "Make %s the hub?", args->words[0]);
    if (code != CLI_DONE) return code;
    code = api_send(cli, "POST", api_path(cli, "succession", NULL),
                    json_pack("{s:s}", "school", args->words[0]), &answer);
    return say(cli, code, answer, "Proposed as the new hub.", NULL);
}

/* --- invitations, requests --- */

static void invite_row(struct table *table, struct cli *cli, const json_t *item)
{
    put_short(table, item, "invite");
    table_put(table, TERM_PLAIN, api_str(item, "note"));
    table_put(table, strcmp(api_str(item, "state"), "open") == 0 ? TERM_GOOD : TERM_DIM,
              api_str(item, "state"));
    table_put(table, TERM_PLAIN, api_name(item, "by"));
    put_ago(table, cli, item, "expires_at");
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
    return show_list(cli, api_path(cli, "invites", NULL), columns, 5, invite_row,
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
    enum cli_exit code = api_send(cli, "POST", api_path(cli, "invites", NULL), body, &answer);
    if (code == CLI_DONE && !api_json(cli, answer)) {
        term_line(&cli->out, TERM_PLAIN, "The invitation, for one school:");
        term_gap(&cli->out);
        /* one line whatever the width: it is copied */
        fprintf(cli->out.file, "%s\n", api_str(answer, "code"));
        cli->out.blank = false;
        term_next(&cli->out,
                  "Send it by any way you trust. They type kith join and the code; then "
                  "kith requests shows you their four words.");
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
    return say(cli, code, answer, "The invitation is worth nothing now.", NULL);
}

static void request_row(struct table *table, struct cli *cli, const json_t *item)
{
    put_short(table, item, "invite");
    table_put(table, TERM_PLAIN, api_str(item, "school_name"));
    table_put(table, TERM_BOLD, api_str(item, "words"));
    put_ago(table, cli, item, "at");
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
    return show_list(
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
        code = api_send(cli, "POST",
                        api_path(cli, "requests", api_str(request, "invite"), "approve", NULL),
                        body, &answer);
    }
    json_decref(request);
    return say(cli, code, answer, "Admitted.",
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
    return say(cli, code, answer, "Sent away.", NULL);
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
    return show_list(cli, target, columns, 5, device_row, "No devices.", NULL);
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
        fprintf(cli->out.file, "kith init --code %s\nkith enlist %s\n", api_str(answer, "code"),
                api_str(answer, "code"));
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
    return say(cli, code, answer, "The device is removed; new keys go to the others.", NULL);
}

/* --- buddies --- */

/* How many of what buddies shared waits for a word from here, by school. */
static int64_t owed_to(const json_t *owed, const json_t *schools, bool *late)
{
    json_t *record, *school;
    size_t i, k;
    int64_t n = 0;
    json_array_foreach(owed, i, record)
    {
        const char *owner = api_str(json_object_get(record, "owner"), "id");
        json_array_foreach(schools, k, school)
        {
            if (api_bool(school, "mine") || strcmp(api_str(school, "id"), owner) != 0) continue;
            *late = *late || api_bool(record, "late");
            n++;
        }
    }
    return n;
}

static void buddy_row(struct table *table, const json_t *item, const json_t *owed)
{
    static const struct {
        const char *state, *said;
    } words[] = {{"accepted", "agreed"}, {"asked", "they ask you"}, {"waiting", "you asked"}};
    const char *state = api_str(item, "state");
    struct buf names = {0};
    json_t *school;
    size_t i, n = 0;
    bool late = false;
    json_array_foreach(api_list(item, "schools"), i, school)
    {
        if (api_bool(school, "mine")) continue;
        if (n++ > 0) buf_put_str(&names, ", ");
        buf_put_str(&names, api_str(school, "name"));
    }
    buf_put_u8(&names, 0);
    for (i = 0; i < 3; i++) {
        if (strcmp(words[i].state, state) == 0) state = words[i].said;
    }
    int64_t owes = owed_to(owed, api_list(item, "schools"), &late);
    put_short(table, item, "group");
    table_put(table, TERM_PLAIN, (char *)names.data);
    table_put(table, strcmp(state, "they ask you") == 0 ? TERM_WARN : TERM_PLAIN, state);
    table_putf(table, late ? TERM_WARN : TERM_PLAIN, "%lld%s", (long long)owes,
               late ? ", late" : "");
    put_joined(table, TERM_DIM, api_list(item, "carriers"));
    buf_fini(&names);
}

static enum cli_exit run_buddy_list(struct cli *cli, const struct command *command,
                                    const struct args *args)
{
    (void)command;
    (void)args;
    static const struct table_column columns[] = {
        {"id", 0, TABLE_LEFT},       {"with", 10, TABLE_LEFT},      {"state", 0, TABLE_LEFT},
        {"you owe", 0, TABLE_RIGHT}, {"carried by", 8, TABLE_LEFT},
    };
    json_t *answer, *owed = NULL, *item;
    size_t i;
    enum cli_exit code = api_get(cli, api_path(cli, "buddies", NULL), &answer);
    if (code == CLI_DONE && !cli->json) {
        code = api_get(cli, api_with(api_path(cli, "feedback", NULL), "which", "owed"), &owed);
    }
    if (code == CLI_DONE && !api_json(cli, answer)) {
        struct table table;
        table_init(&table, columns, 5);
        json_array_foreach(api_list(answer, "items"), i, item)
        {
            buddy_row(&table, item, api_list(owed, "items"));
        }
        if (table_rows(&table) == 0) {
            term_line(&cli->out, TERM_PLAIN,
                      "No buddies yet. kith buddy propose SCHOOL asks one.");
        } else {
            table_write(&table, &cli->out);
            term_next(&cli->out,
                      "kith feedback list --owed shows what waits for a word from you; "
                      "every two weeks is a good rhythm.");
        }
        table_fini(&table);
    }
    json_decref(owed);
    json_decref(answer);
    return code;
}

static enum cli_exit run_buddy_propose(struct cli *cli, const struct command *command,
                                       const struct args *args)
{
    (void)command;
    json_t *answer = NULL, *body = json_pack("{s:s}", "school", args->words[0]);
    if (args_has(args, "name"))
        json_object_set_new(body, "name", json_string(args_get(args, "name")));
    enum cli_exit code = api_send(cli, "POST", api_path(cli, "buddies", NULL), body, &answer);
    return say(cli, code, answer, "Asked.", "It holds when they say yes: kith buddy accept.");
}

static enum cli_exit run_buddy_accept(struct cli *cli, const struct command *command,
                                      const struct args *args)
{
    (void)command;
    json_t *answer = NULL;
    enum cli_exit code = api_send(
        cli, "POST", api_path(cli, "buddies", args->words[0], "accept", NULL), NULL, &answer);
    return say(cli, code, answer, "You are buddies.",
               "Share with them: kith share ID --with buddies.");
}

static enum cli_exit run_buddy_end(struct cli *cli, const struct command *command,
                                   const struct args *args)
{
    (void)command;
    json_t *answer = NULL;
    enum cli_exit code = ask_sure(cli,
                                  "End the link with %s? What was shared stays there; nothing "
                                  "new goes.",
                                  args->words[0]);
    if (code != CLI_DONE) return code;
    code =
        api_send(cli, "DELETE", api_path(cli, "buddies", args->words[0], NULL), NULL, &answer);
    return say(cli, code, answer, "Ended.", NULL);
}

/* --- carrying --- */

static void carry_row(struct table *table, struct cli *cli, const json_t *item)
{
    (void)cli;
    put_short(table, item, "space");
    put_joined(table, TERM_PLAIN, api_list(item, "for"));
    table_put(table, TERM_DIM, api_str(item, "name"));
    bool asked = strcmp(api_str(item, "state"), "asked") == 0;
    table_put(table, asked ? TERM_WARN : TERM_PLAIN,
              asked ? "they ask you" : api_str(item, "state"));
    table_putf(table, TERM_PLAIN, "%lld", (long long)api_int(item, "envelopes"));
}

static enum cli_exit run_carry(struct cli *cli, const struct command *command,
                               const struct args *args)
{
    (void)args;
    (void)command;
    static const struct table_column columns[] = {
        {"id", 0, TABLE_LEFT},    {"for", 12, TABLE_LEFT},       {"", 8, TABLE_LEFT},
        {"state", 0, TABLE_LEFT}, {"envelopes", 0, TABLE_RIGHT},
    };
    return show_list(cli, api_path(cli, "carry", NULL), columns, 5, carry_row,
                     "This computer carries nothing for others.",
                     "Sealed letters: this computer passes them on and cannot read them.");
}

static enum cli_exit run_carry_act(struct cli *cli, const struct command *command,
                                   const struct args *args)
{
    json_t *answer = NULL;
    bool accept = strcmp(command->name, "carry accept") == 0;
    enum cli_exit code =
        accept ? api_send(cli, "POST", api_path(cli, "carry", args->words[0], "accept", NULL),
                          NULL, &answer)
               : api_send(cli, "DELETE", api_path(cli, "carry", args->words[0], NULL), NULL,
                          &answer);
    return say(cli, code, answer,
               accept ? "This computer carries it." : "No longer carried here.", NULL);
}

static enum cli_exit run_carriers(struct cli *cli, const struct command *command,
                                  const struct args *args)
{
    (void)command;
    json_t *list = json_array(), *answer = NULL;
    for (size_t i = 1; i < args->n; i++)
        json_array_append_new(list, json_string(args->words[i]));
    enum cli_exit code =
        api_send(cli, "PUT", api_path(cli, "spaces", args->words[0], "carriers", NULL),
                 json_pack("{s:o}", "schools", list), &answer);
    return say(cli, code, answer, "Named. They carry it when they say yes.", NULL);
}

static enum cli_exit run_hide(struct cli *cli, const struct command *command,
                              const struct args *args)
{
    json_t *answer = NULL;
    bool hide = strcmp(command->name, "hide") == 0;
    enum cli_exit code =
        api_send(cli, "POST", api_path(cli, "records", args->words[0], "hide", NULL),
                 json_pack("{s:b}", "hidden", hide), &answer);
    return say(cli, code, answer, hide ? "Hidden from the network." : "Shown again.", NULL);
}

static const struct args_option invite_options[] = {
    {.name = "note", .value = "TEXT", .help = "for whom it is; stays here"},
    {.name = "days", .value = "N", .help = "how long it is good for (7, the most)"},
    {.name = "approve-automatically", .help = "admit whoever comes with it: for demos"},
    {.name = NULL},
};
static const struct args_option approve_options[] = {
    {.name = "words", .value = "WORDS", .help = "the four words that they read to you"},
    {.name = NULL},
};
static const struct args_option phrase_options[] = {
    {.name = "phrase", .help = "with the school's twelve words; asks for them"},
    {.name = "phrase-file", .value = "FILE", .help = "read the twelve words from a file"},
    {.name = NULL},
};
static const struct args_option propose_options[] = {
    {.name = "name", .value = "NAME", .help = "what the pair is called"}, {.name = NULL}};

#define ROW .group = COMMAND_PEOPLE
#define ONE .min = 1, .max = 1
const struct command cmd_people_commands[] = {
    {.name = "members",
     .words = "",
     ROW,
     .summary = "Who is in the network",
     .help = "Every school with its roles, and when this computer last heard from it.",
     .example = "kith members",
     .run = run_members},
    {.name = "invite create",
     .words = "[FOR]",
     ROW,
     .max = 1,
     .summary = "Invite a school",
     .help = "Makes a code for one school, good for seven days. For stewards.",
     .example = "kith invite create \"Washington Middle School\"",
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
     .help = "Of this school, or of another.",
     .example = "kith device list",
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
    {.name = "steward add",
     .words = "SCHOOL",
     ROW,
     ONE,
     .summary = "Make a school a steward",
     .help =
         "Stewards admit others, so that the network does not hang on the hub. The hub uses "
         "--phrase; among several stewards others agree with kith assent.",
     .example = "kith steward add \"Lincoln High School\" --phrase",
     .options = phrase_options,
     .run = run_role},
    {.name = "steward remove",
     .words = "SCHOOL",
     ROW,
     ONE,
     .summary = "End a stewardship",
     .help = "The school stays a member.",
     .example = "kith steward remove \"Lincoln High School\" --phrase",
     .options = phrase_options,
     .run = run_role},
    {.name = "observer add",
     .words = "SCHOOL",
     ROW,
     ONE,
     .summary = "Make a school an observer",
     .help = "It reads what the network shares.",
     .example = "kith observer add \"A university\"",
     .options = phrase_options,
     .run = run_role},
    {.name = "observer remove",
     .words = "SCHOOL",
     ROW,
     ONE,
     .summary = "End an observer's role",
     .help = "The school stays a member.",
     .example = "kith observer remove \"A university\"",
     .options = phrase_options,
     .run = run_role},
    {.name = "proposals",
     .words = "",
     ROW,
     .summary = "What waits for the stewards",
     .help = "Acts that need more than one steward.",
     .example = "kith proposals",
     .run = run_proposals},
    {.name = "assent",
     .words = "ID",
     ROW,
     ONE,
     .summary = "Agree to another steward's proposal",
     .help = "It counts when enough have agreed.",
     .example = "kith assent 5c90",
     .run = run_assent},
    {.name = "hub",
     .words = "SCHOOL",
     ROW,
     ONE,
     .summary = "Hand the hub's role to another school",
     .help = "A majority of stewards, at least two.",
     .example = "kith hub \"Roosevelt High School\"",
     .run = run_succession},
    {.name = "remove",
     .words = "SCHOOL",
     ROW,
     ONE,
     .summary = "End a school's membership",
     .help = "For stewards. A steward's school first loses that role.",
     .example = "kith remove \"Washington Middle School\"",
     .run = run_remove},
    {.name = "hide",
     .words = "ID",
     ROW,
     ONE,
     .summary = "Hide a record from the network",
     .help = "For stewards, until its school takes it back. It is logged.",
     .example = "kith hide 4fa21c",
     .run = run_hide},
    {.name = "unhide",
     .words = "ID",
     ROW,
     ONE,
     .summary = "Show a hidden record again",
     .help = "For stewards.",
     .example = "kith unhide 4fa21c",
     .run = run_hide},
    {.name = "buddy propose",
     .words = "SCHOOL",
     ROW,
     ONE,
     .summary = "Ask a school to be buddies",
     .help = "Buddies read what each shares with them, give feedback, and keep each other's "
             "backup.",
     .example = "kith buddy propose \"Roosevelt High School\"",
     .options = propose_options,
     .run = run_buddy_propose},
    {.name = "buddy accept",
     .words = "SCHOOL",
     ROW,
     ONE,
     .summary = "Say yes to a buddy",
     .help = "By the school's name or the link's id.",
     .example = "kith buddy accept \"Lincoln High School\"",
     .run = run_buddy_accept},
    {.name = "buddy list",
     .words = "",
     ROW,
     .summary = "Your buddies, and the feedback you owe",
     .help = "Who is your buddy, who waits for whom, and how much of what they shared waits "
             "for a word.",
     .example = "kith buddy list",
     .run = run_buddy_list},
    {.name = "buddy end",
     .words = "SCHOOL",
     ROW,
     ONE,
     .summary = "End a buddy link",
     .help = "What was shared stays where it is; nothing new goes there.",
     .example = "kith buddy end \"Lincoln High School\"",
     .run = run_buddy_end},
    {.name = "carry",
     .words = "",
     ROW,
     .summary = "What this computer stores for others",
     .help = "Sealed, so that two schools that are never awake together still meet.",
     .example = "kith carry",
     .run = run_carry},
    {.name = "carry accept",
     .words = "ID",
     ROW,
     ONE,
     .summary = "Agree to carry",
     .help = "It costs disk space and nothing else.",
     .example = "kith carry accept a91c",
     .run = run_carry_act},
    {.name = "carry end",
     .words = "ID",
     ROW,
     ONE,
     .summary = "Stop carrying",
     .help = "Others are told.",
     .example = "kith carry end a91c",
     .run = run_carry_act},
    {.name = "carry ask",
     .words = "SPACE SCHOOL …",
     ROW,
     .min = 2,
     .max = COMMAND_MANY,
     .summary = "Name who carries a space of yours",
     .help = "They store and forward it and cannot read it. kith spaces shows the ids.",
     .example = "kith carry ask a91c \"Roosevelt High School\"",
     .run = run_carriers},
    {.name = NULL},
};
