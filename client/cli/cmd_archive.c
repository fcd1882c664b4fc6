#include "client/cli/cmd_archive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/api.h"

enum { YEAR_LETTERS = 4 };

/* "2024": up to the end of that year; else a day as it stands. */
static void before_of(char out[16], const char *word)
{
    bool year = strlen(word) == YEAR_LETTERS && strspn(word, "0123456789") == YEAR_LETTERS;
    if (year)
        snprintf(out, 16, "%04ld-01-01", strtol(word, NULL, 10) + 1);
    else
        snprintf(out, 16, "%.10s", word);
}

static enum cli_exit run_archive(struct cli *cli, const struct command *command,
                                 const struct args *args)
{
    (void)command;
    const char *word = args_word(args, 0);
    bool undo = args_has(args, "undo");
    char day[16];
    json_t *answer = NULL;
    enum cli_exit code;
    if (word == NULL && !undo) {
        code = api_get(cli, api_path(cli, "settings", NULL), &answer);
    } else {
        if (!undo) before_of(day, word);
        json_t *body =
            json_pack("{s:o}", "archive_before", undo ? json_null() : json_string(day));
        code = api_send(cli, "PATCH", api_path(cli, "settings", NULL), body, &answer);
    }
    if (code == CLI_DONE && !api_json(cli, answer)) {
        const char *before = api_str(answer, "archive_before");
        if (before[0] == '\0') {
            term_line(&cli->out, TERM_PLAIN, "Nothing is in the archive.");
        } else {
            term_line(&cli->out, TERM_GOOD,
                      "What was last changed before %s is in the archive of this computer.",
                      before);
            term_next(&cli->out,
                      "Lists, the board and what asks for attention leave it out; searches, "
                      "reports and exports have it. kith list cycle --archived shows it, kith "
                      "archive --undo takes it out.");
        }
    }
    json_decref(answer);
    return code;
}

static const struct args_option archive_options[] = {
    {.name = "undo", .help = "nothing is in the archive any more"},
    {.name = NULL},
};

const struct command cmd_archive_commands[] = {
    {.name = "archive",
     .words = "[YEAR | DAY]",
     .group = COMMAND_RECORD,
     .max = 1,
     .summary = "Years that are over leave the lists",
     .help = "A year is archived with all before it; a day, what was last changed before it. "
             "Nothing is deleted, and others see no difference. What lasts stays in the lists: "
             "people, aims, drivers, ideas, measures. Without a word it says where the archive "
             "ends.",
     .example = "kith archive 2024\nkith archive 2025-08-01\nkith archive --undo",
     .options = archive_options,
     .run = run_archive},
    {.name = NULL},
};
