#include "client/cli/cli.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client/cli/api.h"
#include "client/cli/command.h"
#include "client/cli/fields.h"
#include "client/cli/help.h"
#include "proto/base/text.h"

static char *joined(const char *a, const char *b)
{
    struct buf out = {0};
    buf_put_str(&out, a);
    buf_put_str(&out, b);
    buf_put_u8(&out, 0);
    return (char *)out.data;
}

static char *default_data(void)
{
    const char *data = getenv("KITH_DATA"), *xdg = getenv("XDG_DATA_HOME"),
               *home = getenv("HOME");
    if (data != NULL && data[0] != '\0') return mem_strdup(data);
    if (xdg != NULL && xdg[0] == '/') return joined(xdg, "/kith");
    return joined(home == NULL ? "" : home, "/.local/share/kith");
}

/* How many of argv stand before the command: options that every command has, and their values.
 */
static int skip_globals(int argc, char *const *argv)
{
    int i = 0;
    while (i < argc && argv[i][0] == '-' && argv[i][1] != '\0') {
        bool takes = false;
        for (const struct args_option *o = command_globals; o->name != NULL; o++) {
            if (o->value != NULL && strncmp(argv[i], "--", 2) == 0 &&
                strcmp(argv[i] + 2, o->name) == 0) {
                takes = true;
            }
        }
        i += takes ? 2 : 1;
    }
    return i < argc ? i : argc;
}

static void set_data(struct cli *cli, const char *data)
{
    free(cli->data_dir);
    free(cli->socket_path);
    cli->data_dir = data != NULL && data[0] != '\0' ? mem_strdup(data) : default_data();
    size_t n = strlen(cli->data_dir);
    while (n > 1 && cli->data_dir[n - 1] == '/')
        cli->data_dir[--n] = '\0';
    /* as the daemon's setting: a name without / lies in the data folder; who says --data means
     * the daemon of that folder, whatever the environment says of another's */
    const char *name = data != NULL && data[0] != '\0' ? NULL : getenv("KITH_SOCKET");
    if (name != NULL && strchr(name, '/') != NULL) {
        cli->socket_path = mem_strdup(name);
        return;
    }
    char *folder = joined(cli->data_dir, "/");
    cli->socket_path = joined(folder, name != NULL && name[0] != '\0' ? name : "kithd.sock");
    free(folder);
}

static void apply_globals(struct cli *cli, const struct args *args)
{
    cli->json = args_has(args, "json");
    cli->yes = args_has(args, "yes");
    cli->network = args_get(args, "network");
    set_data(cli, args_get(args, "data"));
}

/* A folder that is named after the command counts before it too: that daemon may know a type
 * that the command is about. */
static void look_ahead(struct cli *cli, int argc, char *const *argv)
{
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strncmp(argv[i], "--data=", 7) == 0) set_data(cli, argv[i] + 7);
        if (strcmp(argv[i], "--data") == 0 && i + 1 < argc) set_data(cli, argv[i + 1]);
    }
}

static enum cli_exit no_command(struct cli *cli, int argc, char *const *argv)
{
    char typed[96], hint[160];
    if (argc == 1 && command_is_group(argv[0])) {
        help_group(&cli->err, argv[0]);
        return CLI_USAGE;
    }
    snprintf(typed, sizeof(typed), "%s", argv[0]);
    if (argc > 1 && argv[1][0] != '-' && command_is_group(argv[0])) {
        snprintf(typed, sizeof(typed), "%s %s", argv[0], argv[1]);
    }
    const char *near = command_nearest(typed);
    char both[96];
    if (near != NULL && argc > 1 && !command_is_group(argv[0])) { /* "cylce plan" */
        snprintf(both, sizeof(both), "%.40s %.40s", near, argv[1]);
        const char *whole = command_nearest(both);
        if (whole != NULL) near = whole;
    }
    if (near == NULL) {
        snprintf(hint, sizeof(hint), "kith help lists the commands.");
    } else {
        snprintf(hint, sizeof(hint), "Did you mean: kith %s?", near);
    }
    return api_fail(cli, CLI_USAGE, hint, "there is no command \"%s\".", typed);
}

static enum cli_exit usage(struct cli *cli, const struct command *command, const char *type,
                           const char *message)
{
    char hint[256];
    const char *words = command->words;
    if (type != NULL && strncmp(words, "TYPE", 4) == 0) words += words[4] == ' ' ? 5 : 4;
    snprintf(hint, sizeof(hint), "Usage: kith %s%s%s %s · kith help %s",
             type == NULL ? "" : type, type == NULL ? "" : " ", command->name, words,
             command->name);
    return api_fail(cli, CLI_USAGE, hint, "%s", message);
}

/* The type whose fields are options here, and those options. free() them. */
static struct args_option *field_options(const struct command *command, int argc,
                                         char *const *argv, const char **type)
{
    const struct schema *schema = NULL;
    switch (command->fields) {
    case COMMAND_FIELDS_NONE:
        return NULL;
    case COMMAND_FIELDS_TYPE:
        schema = command_schema(command->type);
        break;
    case COMMAND_FIELDS_WORD:
        if (*type == NULL) {
            int at = skip_globals(argc, argv);
            schema = at < argc ? command_schema(argv[at]) : NULL;
        } else {
            schema = command_schema(*type);
        }
        break;
    case COMMAND_FIELDS_ANY:
        schema = *type == NULL ? NULL : command_schema(*type);
        break;
    }
    /* an unknown type: its flags are judged by the command, which knows more */
    return fields_options(schema, command->sections);
}

static enum cli_exit run(struct cli *cli, const struct command *command, const char *type,
                         struct args *args)
{
    if (args_has(args, "help")) {
        help_command(&cli->out, command, type);
        return CLI_DONE;
    }
    /* "aim list": the general rows want the type as their first word (list), or know it */
    if (type != NULL && strncmp(command->words, "TYPE", 4) == 0) {
        memmove(args->words + 1, args->words, args->n * sizeof(*args->words));
        args->words[0] = type;
        args->n++;
    } else if (type != NULL && strncmp(command->words, "[TYPE]", 6) == 0) {
        args->words[0] = type;
        args->n = 1;
    }
    if (args->n < command->min) return usage(cli, command, type, "something is missing here.");
    if (args->n > command->max) return usage(cli, command, type, "that is a word too many.");
    enum cli_exit code = command->run(cli, command, args);
    if (ferror(cli->out.file) != 0 || fflush(cli->out.file) != 0) {
        return api_fail(cli, CLI_FAILED, "Is the disk full?",
                        "the output could not be written.");
    }
    return code;
}

static enum cli_exit dispatch(struct cli *cli, int argc, char **argv)
{
    const struct args_option *lists[3] = {command_globals};
    struct args before, args;
    const char *type;
    int used, skip = skip_globals(argc, argv);
    for (int i = 0; i < argc; i++) {
        if (text_is_utf8(slice_of(argv[i], strlen(argv[i])))) continue;
        return api_fail(cli, CLI_USAGE, "Is the terminal set to UTF-8?",
                        "word %d of the command is not UTF-8 text.", i + 1);
    }
    bool good = args_parse(&before, skip, argv, lists, 1);
    apply_globals(cli, &before);
    const char *problem = good ? NULL : (const char *)before.error.data;
    enum cli_exit code;
    if (problem != NULL) {
        code = api_fail(cli, CLI_USAGE, "kith help lists what there is.", "%s", problem);
        args_fini(&before);
        return code;
    }
    bool bare = skip == argc, wants_help = args_has(&before, "help");
    args_fini(&before);
    if (bare && wants_help) {
        help_all(&cli->out);
        return CLI_DONE;
    }
    if (bare) {
        help_first(&cli->err);
        return CLI_USAGE;
    }
    look_ahead(cli, argc - skip, argv + skip);
    const struct command *command = command_find(argc - skip, argv + skip, &used, &type);
    if (command == NULL) {
        if (wants_help && help_group(&cli->out, argv[skip])) return CLI_DONE;
        return no_command(cli, argc - skip, argv + skip);
    }
    /* what stood before the command and what stands after it are one command line */
    int n = 0;
    char **rest = mem_zalloc(((size_t)argc + 1) * sizeof(*rest));
    for (int i = 0; i < skip; i++)
        rest[n++] = argv[i];
    for (int i = skip + used; i < argc; i++)
        rest[n++] = argv[i];
    struct args_option *fields = field_options(command, n, rest, &type);
    size_t n_lists = 1;
    if (command->options != NULL) lists[n_lists++] = command->options;
    if (fields != NULL) lists[n_lists++] = fields;
    good = args_parse(&args, n, rest, lists, n_lists);
    if (!good) {
        code = usage(cli, command, type, (const char *)args.error.data);
    } else {
        apply_globals(cli, &args);
        code = run(cli, command, type, &args);
    }
    args_fini(&args);
    free(fields);
    free(rest);
    return code;
}

int cli_main(int argc, char **argv, FILE *in, FILE *out, FILE *err)
{
    struct cli cli = {.in = in, .now_s = (int64_t)time(NULL)};
    command_ask(&cli);
    term_init(&cli.out, out);
    term_init(&cli.err, err);
    cli.interactive = isatty(fileno(in)) && cli.err.tty;
    enum cli_exit code = dispatch(&cli, argc - 1, argv + 1);
    command_ask(NULL);
    free(cli.data_dir);
    free(cli.socket_path);
    term_fini(&cli.out);
    term_fini(&cli.err);
    return (int)code;
}
