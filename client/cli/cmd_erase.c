#include "client/cli/cmd_erase.h"

#include <stdlib.h>
#include <string.h>

#include "client/cli/api.h"
#include "client/cli/ask.h"
#include "client/cli/compose.h"
#include "client/cli/find.h"
#include "client/cli/screen.h"
#include "client/cli/table.h"

static enum cli_exit run_unshare(struct cli *cli, const struct command *command,
                                 const struct args *args)
{
    (void)command;
    json_t *record, *answer = NULL;
    const char *from = args_get(args, "from");
    if (from == NULL) {
        return api_fail(cli, CLI_USAGE, "kith unshare ID --from buddies, hub or network",
                        "say from whom.");
    }
    enum cli_exit code = find_record(cli, args->words[0], NULL, true, &record);
    if (code != CLI_DONE) return code;
    char *id = find_id(record);
    code = ask_sure(cli, "Take \"%s\" back from %s? Copies that others made may remain.",
                    api_str(record, "title"), from);
    if (code == CLI_DONE) {
        json_t *body = json_pack("{s:s}", "from", from);
        compose_person(body, args);
        code =
            api_send(cli, "POST", api_path(cli, "records", id, "unshare", NULL), body, &answer);
    }
    if (code == CLI_DONE && !api_json(cli, answer)) {
        term_line(&cli->out, TERM_PLAIN, "Taken back from %s. Copies may remain.", from);
    }
    json_decref(answer);
    json_decref(record);
    free(id);
    return code;
}

static enum cli_exit run_erase(struct cli *cli, const struct command *command,
                               const struct args *args)
{
    (void)command;
    json_t *record, *answer = NULL;
    enum cli_exit code = find_record(cli, args->words[0], NULL, true, &record);
    if (code != CLI_DONE) return code;
    char *id = find_id(record);
    code =
        ask_sure(cli,
                 "Erase \"%s\" for good, here and wherever it was shared? Copies that others "
                 "made may remain.",
                 api_str(record, "title"));
    if (code == CLI_DONE) {
        json_t *body = json_object();
        compose_person(body, args);
        code =
            api_send(cli, "POST", api_path(cli, "records", id, "erase", NULL), body, &answer);
    }
    if (code == CLI_DONE && !api_json(cli, answer))
        term_line(&cli->out, TERM_PLAIN, "Erased. Others follow when they hear of it.");
    json_decref(answer);
    json_decref(record);
    free(id);
    return code;
}

/* ------------------------------------------------------------------------------ retention --
 */

static void show_kept(struct cli *cli, const json_t *kept)
{
    static const struct table_column columns[] = {{"", 0, TABLE_LEFT},
                                                  {"last changed", 0, TABLE_LEFT},
                                                  {"", 8, TABLE_LEFT},
                                                  {"", 12, TABLE_LEFT}};
    int64_t years = api_int(kept, "years"), n = api_int(kept, "records");
    const json_t *items = api_list(kept, "items");
    json_t *item;
    size_t i;
    if (years == 0) {
        term_line(&cli->out, TERM_PLAIN, "This school keeps what it wrote for ever.");
        term_next(&cli->out, "kith retention 5 keeps it for five years.");
        return;
    }
    term_line(&cli->out, TERM_PLAIN,
              "This school keeps what it wrote for %lld year%s after its last change.",
              (long long)years, years == 1 ? "" : "s");
    if (n == 0) {
        term_line(&cli->out, TERM_GOOD, "Nothing is older.");
        return;
    }
    term_gap(&cli->out);
    term_line(&cli->out, TERM_WARN,
              n == 1 ? "%lld record is older:" : "%lld records are older:", (long long)n);
    struct table table;
    table_init(&table, columns, 4);
    json_array_foreach(items, i, item)
    {
        table_put(&table, TERM_DIM, api_str(item, "short"));
        table_putf(&table, TERM_PLAIN, "%.10s", api_str(item, "at"));
        table_put(&table, TERM_DIM, screen_type(api_str(item, "type")));
        table_put(&table, TERM_PLAIN, api_str(item, "title"));
    }
    table_write(&table, &cli->out);
    table_fini(&table);
    if (n > (int64_t)i)
        term_line(&cli->out, TERM_DIM, "  and %lld more", (long long)n - (long long)i);
    term_next(&cli->out, "kith retention --erase erases them, after asking.");
}

/* A number of times, for the daemon erases some at a time. */
static enum cli_exit erase_aged(struct cli *cli, const json_t *kept, const struct args *args)
{
    int64_t of = api_int(kept, "records"), done = 0, erased = 1;
    enum cli_exit code = CLI_DONE;
    while (code == CLI_DONE && erased > 0 && done < of) {
        json_t *answer = NULL, *body = json_object();
        json_object_set(body, "before", json_object_get(kept, "before"));
        compose_person(body, args);
        code = api_send(cli, "POST", api_path(cli, "retention", "erase", NULL), body, &answer);
        erased = api_int(answer, "erased");
        done += erased;
        json_decref(answer);
        if (of > 0)
            term_progress(&cli->err, "erasing  %lld of %lld", (long long)done, (long long)of);
    }
    term_progress_done(&cli->err);
    if (code == CLI_DONE && !cli->json) {
        term_line(&cli->out, TERM_GOOD,
                  done == 1 ? "Erased %lld record." : "Erased %lld records.", (long long)done);
        term_next(&cli->out, "Others who had them follow when they hear of it.");
    }
    return code;
}

static enum cli_exit set_years(struct cli *cli, const char *word)
{
    char *end;
    long years = strtol(word, &end, 10);
    bool forever = strcmp(word, "forever") == 0;
    if (!forever && (*end != '\0' || years < 1 || years > 99)) {
        return api_fail(cli, CLI_USAGE, "kith retention 5, or kith retention forever",
                        "say a number of years from 1 to 99.");
    }
    json_t *body = json_pack("{s:o}", "retention_years",
                             forever ? json_null() : json_integer((json_int_t)years));
    return api_send(cli, "PATCH", api_path(cli, "settings", NULL), body, NULL);
}

static enum cli_exit run_retention(struct cli *cli, const struct command *command,
                                   const struct args *args)
{
    (void)command;
    const char *word = args_word(args, 0);
    json_t *kept = NULL;
    enum cli_exit code = word == NULL ? CLI_DONE : set_years(cli, word);
    if (code == CLI_DONE) code = api_get(cli, api_path(cli, "retention", NULL), &kept);
    bool erase = args_has(args, "erase") && api_int(kept, "records") > 0;
    if (code == CLI_DONE && !api_json(cli, kept)) show_kept(cli, kept);
    if (code == CLI_DONE && erase) {
        code = ask_sure(cli, "Erase what is older for good, here and wherever it was shared?");
        if (code == CLI_DONE) code = erase_aged(cli, kept, args);
    }
    json_decref(kept);
    return code;
}

static const struct args_option unshare_options[] = {
    {.name = "from", .value = "WHOM", .help = "buddies, hub, network, a school or a group"},
    {.name = "person", .value = "NAME", .help = "who takes it back"},
    {.name = NULL},
};
static const struct args_option erase_options[] = {
    {.name = "person", .value = "NAME", .help = "who erases it"},
    {.name = NULL},
};
static const struct args_option retention_options[] = {
    {.name = "erase", .help = "erase what is older, after asking"},
    {.name = "person", .value = "NAME", .help = "who erases it"},
    {.name = NULL},
};

const struct command cmd_erase_commands[] = {
    {.name = "unshare",
     .words = "ID --from WHOM",
     .group = COMMAND_SHARE,
     .min = 1,
     .max = 1,
     .summary = "Take a record back",
     .help = "Every honest machine erases its text. Copies that people made may remain.",
     .example = "kith unshare 4fa21c --from network",
     .options = unshare_options,
     .run = run_unshare},
    {.name = "erase",
     .words = "ID",
     .group = COMMAND_SHARE,
     .min = 1,
     .max = 1,
     .summary = "Delete a record everywhere, for good",
     .help = "Its text goes from this school's computers and from every honest machine that it "
             "was shared with, as soon as they hear of it. A file's pieces go with it. That "
             "something was erased stays to be seen, and nothing brings it back.",
     .example = "kith erase 4fa21c",
     .options = erase_options,
     .run = run_erase},
    {.name = "retention",
     .words = "[YEARS | forever]",
     .group = COMMAND_SHARE,
     .max = 1,
     .summary = "How many years this school keeps what it wrote",
     .help = "Nothing is erased by itself: kith status says when something is older, and "
             "--erase erases it, here and wherever it was shared. A record's age counts from "
             "its last change. What lasts stays: people, aims, drivers, ideas, measures. "
             "Without a word it says what is older now.",
     .example = "kith retention 5\nkith retention --erase\nkith retention forever",
     .options = retention_options,
     .run = run_retention},
    {.name = NULL},
};
