#include "client/cli/cmd_help.h"

#include <string.h>

#include "client/cli/api.h"
#include "client/cli/complete.h"
#include "client/cli/help.h"
#include "client/cli/records.h"
#include "client/cli/types.h"

static enum cli_exit run_help(struct cli *cli, const struct command *command,
                              const struct args *args)
{
    (void)command;
    char *words[3] = {NULL, NULL, NULL};
    int used;
    const char *type;
    bool types = args->n == 1 && strcmp(args->words[0], "types") == 0;
    if (args_has(args, "markdown")) {
        if (types)
            records_markdown(cli->out.file, command_all_schemas());
        else
            help_markdown(cli->out.file);
        return CLI_DONE;
    }
    if (args->n == 0) {
        help_all(&cli->out);
        return CLI_DONE;
    }
    if (types) {
        types_help(cli, command_all_schemas());
        return CLI_DONE;
    }
    char first[64], second[64];
    snprintf(first, sizeof(first), "%s", args->words[0]);
    snprintf(second, sizeof(second), "%s", args->n > 1 ? args->words[1] : "");
    words[0] = first;
    words[1] = second;
    const struct command *found = command_find(args->n > 1 ? 2 : 1, words, &used, &type);
    if (found != NULL && (used == 2 || args->n == 1)) {
        help_command(&cli->out, found, type);
        return CLI_DONE;
    }
    if (args->n == 1 && help_group(&cli->out, first)) return CLI_DONE;
    const char *near = command_nearest(first);
    char hint[128];
    snprintf(hint, sizeof(hint), "%s%s%s",
             near == NULL ? "kith help lists the commands." : "Did you mean: kith help ",
             near == NULL ? "" : near, near == NULL ? "" : "?");
    return api_fail(cli, CLI_USAGE, hint, "there is no command \"%s%s%s\".", first,
                    second[0] == '\0' ? "" : " ", second);
}

static enum cli_exit run_completion(struct cli *cli, const struct command *command,
                                    const struct args *args)
{
    (void)command;
    if (strcmp(args->words[0], "bash") != 0) {
        return api_fail(cli, CLI_USAGE, "kith completion bash", "only bash is known here.");
    }
    complete_bash(cli->out.file);
    return CLI_DONE;
}

static enum cli_exit run_version(struct cli *cli, const struct command *command,
                                 const struct args *args)
{
    (void)command;
    (void)args;
    json_t *answer;
    enum cli_exit code = api_get(cli, mem_strdup("/v1/version"), &answer);
    if (code == CLI_DONE && !api_json(cli, answer)) {
        term_line(&cli->out, TERM_PLAIN, "kith %s, kithd %s", KITH_VERSION,
                  api_str(answer, "version"));
    } else if (code == CLI_UNREACHABLE && !cli->json) {
        term_line(&cli->out, TERM_PLAIN, "kith %s", KITH_VERSION);
    }
    json_decref(answer);
    return code;
}

static const struct args_option help_options[] = {
    {.name = "markdown", .help = "the whole reference, for the documents"},
    {.name = NULL},
};

const struct command cmd_help_commands[] = {
    {.name = "help",
     .words = "[COMMAND|types]",
     .group = COMMAND_MOVE,
     .max = 2,
     .summary = "Explain all commands, or one",
     .help = "Lists the commands, or explains one with its options and an example. types lists "
             "all that can be written down.",
     .example = "kith help\nkith help cycle plan\nkith help types",
     .options = help_options,
     .run = run_help},
    {.name = "completion",
     .words = "bash",
     .group = COMMAND_MOVE,
     .min = 1,
     .max = 1,
     .summary = "Print what makes the Tab key complete commands",
     .help = "Prints a bash completion. Put it where bash looks, or read it at once.",
     .example = "kith completion bash > ~/.local/share/bash-completion/completions/kith",
     .run = run_completion},
    {.name = "version",
     .words = "",
     .group = COMMAND_MOVE,
     .summary = "Which version is this, and which is running",
     .help = "Shows the version of kith and of the daemon that answers.",
     .example = "kith version",
     .run = run_version},
    {.name = NULL},
};
