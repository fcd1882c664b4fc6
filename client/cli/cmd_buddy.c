#include "client/cli/cmd_buddy.h"

#include <stdlib.h>
#include <string.h>

#include "client/cli/api.h"
#include "client/cli/ask.h"
#include "client/cli/listing.h"

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
    if (n == 0) buf_put_str(&names, "nobody");
    buf_put_u8(&names, 0);
    for (i = 0; i < 3; i++) {
        if (strcmp(words[i].state, state) == 0) state = words[i].said;
    }
    if (n == 0) state = "they ended it"; /* this school is the last one in the group */
    int64_t owes = owed_to(owed, api_list(item, "schools"), &late);
    listing_put_short(table, item, "group");
    table_put(table, TERM_PLAIN, (char *)names.data);
    table_put(table, strcmp(state, "they ask you") == 0 ? TERM_WARN : TERM_PLAIN, state);
    table_putf(table, late ? TERM_WARN : TERM_PLAIN, "%lld%s", (long long)owes,
               late ? ", late" : "");
    listing_put_joined(table, TERM_DIM, api_list(item, "carriers"));
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
    return listing_say(cli, code, answer, "Asked.",
                       "It holds when they say yes: kith buddy accept.");
}

static enum cli_exit run_buddy_accept(struct cli *cli, const struct command *command,
                                      const struct args *args)
{
    (void)command;
    json_t *answer = NULL;
    enum cli_exit code = api_send(
        cli, "POST", api_path(cli, "buddies", args->words[0], "accept", NULL), NULL, &answer);
    return listing_say(cli, code, answer, "You are buddies.",
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
    return listing_say(cli, code, answer, "Ended.", NULL);
}

/* --- carrying --- */

static void carry_row(struct table *table, struct cli *cli, const json_t *item)
{
    (void)cli;
    listing_put_short(table, item, "space");
    listing_put_joined(table, TERM_PLAIN, api_list(item, "for"));
    bool own = strcmp(api_str(item, "class"), "own") == 0;
    table_put(table, TERM_DIM, own ? "its own records" : api_str(item, "name"));
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
        {"id", 0, TABLE_LEFT},    {"for", 12, TABLE_LEFT},       {"what", 8, TABLE_LEFT},
        {"state", 0, TABLE_LEFT}, {"envelopes", 0, TABLE_RIGHT},
    };
    return listing_show(cli, api_path(cli, "carry", NULL), columns, 5, carry_row,
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
    return listing_say(cli, code, answer,
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
    return listing_say(cli, code, answer, "Named. They carry it when they say yes.", NULL);
}

static const struct args_option propose_options[] = {
    {.name = "name", .value = "NAME", .help = "what the pair is called"}, {.name = NULL}};

#define ROW .group = COMMAND_PEOPLE
#define ONE .min = 1, .max = 1
const struct command cmd_buddy_commands[] = {
    {.name = "buddy propose",
     .words = "SCHOOL",
     ROW,
     ONE,
     .summary = "Ask a school to be buddies",
     .help =
         "Buddies read what each shares with them and give feedback. To have a buddy keep a "
         "copy of everything, unread, see kith carry ask.",
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
