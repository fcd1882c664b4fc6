#include "client/cli/cmd_digest.h"

#include <stdlib.h>
#include <string.h>

#include "client/cli/api.h"
#include "client/cli/files.h"
#include "client/cli/screen.h"

/* --- digest --- */

static void show_item(struct cli *cli, const json_t *item)
{
    const char *school = api_str(item, "school"), *day = api_str(item, "day");
    term_add(&cli->out, TERM_PLAIN, api_str(item, "text"));
    if (*school != '\0' || *day != '\0') {
        term_addf(&cli->out, TERM_DIM, "  %s%s%s", school,
                  *school != '\0' && *day != '\0' ? ", " : "", day);
    }
    term_end(&cli->out, 2, 4);
    if (*api_str(item, "detail") == '\0') return;
    term_add(&cli->out, TERM_PLAIN, api_str(item, "detail"));
    term_end(&cli->out, 4, 4);
}

static void show_digest(struct cli *cli, const json_t *digest)
{
    json_t *section, *item;
    size_t i, k;
    const char *title = api_str(digest, "title");
    term_addf(&cli->out, TERM_BOLD, "%s", *title == '\0' ? "Kith" : title);
    term_addf(&cli->out, TERM_DIM, "  %s – %s", api_str(digest, "from"), api_str(digest, "to"));
    term_end(&cli->out, 0, 2);
    json_array_foreach(api_list(digest, "sections"), i, section)
    {
        term_heading(&cli->out, api_str(section, "heading"));
        json_array_foreach(api_list(section, "items"), k, item) show_item(cli, item);
        if (api_int(section, "more") > 0) {
            term_line(&cli->out, TERM_DIM, "  and %lld more",
                      (long long)api_int(section, "more"));
        }
    }
    if (i == 0) term_line(&cli->out, TERM_DIM, "Nothing new in these days.");
}

static enum cli_exit save(struct cli *cli, char *target, const char *path, const char *what)
{
    struct files_received received;
    struct http_request request = {.method = "GET", .target = target};
    enum cli_exit code = files_receive(cli, &request, path, &received);
    free(target);
    if (code == CLI_DONE && path != NULL && strcmp(path, "-") != 0) {
        term_line(&cli->out, TERM_PLAIN, "%s: %s.", path, what);
    }
    return code;
}

static enum cli_exit run_digest(struct cli *cli, const struct command *command,
                                const struct args *args)
{
    (void)command;
    json_t *answer;
    char *target = api_with(api_path(cli, "digest", NULL), "days", args_get(args, "days"));
    if (args_has(args, "html"))
        return save(cli, api_with(target, "format", "html"), args_get(args, "html"),
                    "the digest as a page");
    enum cli_exit code = api_get(cli, target, &answer);
    if (code == CLI_DONE && !api_json(cli, answer)) {
        show_digest(cli, answer);
        screen_behind(cli, answer);
    }
    json_decref(answer);
    return code;
}

/* --- calendar --- */

static enum cli_exit run_calendar(struct cli *cli, const struct command *command,
                                  const struct args *args)
{
    (void)command;
    return save(cli, api_path(cli, "calendar.ics", NULL), args_word(args, 0),
                "open it with your calendar; write it again to bring it up to date");
}

static const struct args_option digest_options[] = {
    {.name = "days", .value = "N", .help = "of the last N days (7)"},
    {.name = "html", .value = "FILE", .help = "as a page, for a mail; - is the output"},
    {.name = NULL},
};

#define ROW .group = COMMAND_SHARE
const struct command cmd_digest_commands[] = {
    {.name = "digest",
     .words = "",
     ROW,
     .summary = "The week on one page",
     .help =
         "What was learned, what is new, what others said to you, what waits and what comes. "
         "Made here, of what you may read; nobody is told that you looked.",
     .example = "kith digest\nkith digest --html week.html",
     .options = digest_options,
     .run = run_digest},
    {.name = "calendar",
     .words = "[FILE]",
     ROW,
     .max = 1,
     .summary = "Due dates for your calendar",
     .help =
         "Writes an .ics file: when your cycles want their study, action periods, meetings, "
         "open tasks. Read again it moves entries and makes none twice.",
     .example = "kith calendar kith.ics",
     .run = run_calendar},
    {.name = NULL},
};
