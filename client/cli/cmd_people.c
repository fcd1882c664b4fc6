#include "client/cli/cmd_people.h"

#include <stdlib.h>
#include <string.h>

#include "client/cli/api.h"
#include "client/cli/ask.h"
#include "client/cli/listing.h"

/* --- members, roles --- */

static void member_row(struct table *table, struct cli *cli, const json_t *item)
{
    bool mine = api_bool(json_object_get(item, "school"), "mine");
    char shorter[9];
    table_put(table, TERM_DIM,
              api_short(shorter, api_str(json_object_get(item, "school"), "id")));
    const char *was = api_str(item, "was"), *standing = api_str(item, "standing");
    table_putf(table, mine ? TERM_BOLD : TERM_PLAIN, "%s%s%s%s%s", api_name(item, "school"),
               mine ? " (you)" : "", was[0] == '\0' ? "" : " (was ", was,
               was[0] == '\0' ? "" : ")");
    listing_put_joined(table, TERM_PLAIN, api_list(item, "roles"));
    const char *state = api_str(item, "state");
    bool ended = strcmp(standing, "merged") == 0 || strcmp(standing, "retired") == 0;
    table_put(table, TERM_WARN, strcmp(state, "member") != 0 ? state : ended ? standing : "");
    table_put(table, TERM_PLAIN, api_bool(item, "buddy") ? "buddy" : "");
    table_putf(table, TERM_PLAIN, "%lld", (long long)api_int(item, "devices"));
    listing_put_ago(table, cli, item, "heard_at");
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
    return listing_show(cli, api_path(cli, "members", NULL), columns, 7, member_row,
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
    return listing_say(cli, code, answer, "The school is no longer a member.",
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
    return listing_say(cli, code, answer, on ? "The role is given." : "The role is taken back.",
                       NULL);
}

static enum cli_exit run_proposals(struct cli *cli, const struct command *command,
                                   const struct args *args)
{
    (void)command;
    (void)args;
    json_t *answer, *item;
    size_t i;
    enum cli_exit code = api_get(cli, api_path(cli, "proposals", NULL), &answer);
    if (code == CLI_DONE && !api_json(cli, answer)) {
        json_array_foreach(api_list(answer, "items"), i, item)
        {
            char shorter[9];
            const json_t *agreed = api_list(item, "assents");
            char *names = listing_joined(agreed);
            term_addf(&cli->out, TERM_BOLD, "%s",
                      api_short(shorter, api_str(item, "statement")));
            term_addf(&cli->out, TERM_PLAIN, "  %s", api_str(item, "text"));
            term_end(&cli->out, 0, 8);
            term_addf(&cli->out, TERM_DIM, "%zu of %lld agree: %s", json_array_size(agreed),
                      (long long)api_int(item, "needed"), names);
            if (api_bool(item, "mine")) term_add(&cli->out, TERM_DIM, "; you have agreed");
            term_end(&cli->out, 8, 10);
            free(names);
        }
        if (i == 0)
            term_line(&cli->out, TERM_PLAIN, "Nothing waits for the stewards.");
        else
            term_next(&cli->out, "kith assent ID agrees.");
    }
    json_decref(answer);
    return code;
}

static enum cli_exit run_assent(struct cli *cli, const struct command *command,
                                const struct args *args)
{
    (void)command;
    json_t *answer = NULL;
    enum cli_exit code =
        api_send(cli, "POST", api_path(cli, "statements", args->words[0], "assent", NULL), NULL,
                 &answer);
    return listing_say(cli, code, answer, "Agreed.", NULL);
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
    return listing_say(cli, code, answer, "Proposed as the new hub.", NULL);
}

static enum cli_exit run_hide(struct cli *cli, const struct command *command,
                              const struct args *args)
{
    json_t *answer = NULL;
    bool hide = strcmp(command->name, "hide") == 0;
    enum cli_exit code =
        api_send(cli, "POST", api_path(cli, "records", args->words[0], "hide", NULL),
                 json_pack("{s:b}", "hidden", hide), &answer);
    return listing_say(cli, code, answer, hide ? "Hidden from the network." : "Shown again.",
                       NULL);
}

static const struct args_option phrase_options[] = {
    {.name = "phrase", .help = "with the school's twelve words; asks for them"},
    {.name = "phrase-file", .value = "FILE", .help = "read the twelve words from a file"},
    {.name = NULL},
};
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
     .help =
         "A district, an evaluator: it reads what the network shares, and what it writes stays "
         "with itself. Others do not count what it would send.",
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
    {.name = NULL},
};
