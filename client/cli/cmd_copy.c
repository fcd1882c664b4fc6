#include "client/cli/cmd_copy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/cli/api.h"
#include "client/cli/files.h"
#include "client/cli/sheet.h"

enum { COPY_IMPORT_MAX = 64 * 1024 * 1024 }; /* what the daemon takes */

/* ---------------------------------------------------------------------------------- export --
 */

static enum cli_exit export_lines(struct cli *cli, const char *path, const struct args *args)
{
    struct files_received d;
    char *target =
        api_with(api_path(cli, "export", NULL), "mine", args_has(args, "mine") ? "1" : NULL);
    struct http_request request = {.method = "GET", .target = target, .timeout_ms = 600 * 1000};
    enum cli_exit code = files_receive(cli, &request, path, &d);
    free(target);
    if (code != CLI_DONE) return code;
    d.tail[d.tail_n < sizeof(d.tail) ? d.tail_n : sizeof(d.tail) - 1] = '\0';
    if (strstr(d.tail, "\"end\"") == NULL) {
        return api_fail(cli, CLI_FAILED, "Try again; what was written is not whole.",
                        "the export was cut off.");
    }
    if (path != NULL && strcmp(path, "-") != 0) {
        term_line(&cli->err, TERM_PLAIN,
                  "Wrote %s, %zu kB. It is readable by anybody: keep it safe.", path,
                  (d.bytes + 1023) / 1024);
    }
    return CLI_DONE;
}

/* One table: DIR/TYPE.csv. */
static enum cli_exit export_table(struct cli *cli, const char *dir, const json_t *item,
                                  const struct args *args)
{
    struct files_received d;
    char path[4096];
    const char *type = api_str(item, "type");
    char *target = api_with(api_path(cli, "tables", type, NULL), "mine",
                            args_has(args, "mine") ? "1" : NULL);
    struct http_request request = {.method = "GET", .target = target, .timeout_ms = 600 * 1000};
    enum cli_exit code = CLI_USAGE;
    if ((size_t)snprintf(path, sizeof(path), "%s/%s.csv", dir, type) >= sizeof(path)) {
        (void)api_fail(cli, CLI_USAGE, NULL, "that name is too long.");
    } else {
        code = files_receive(cli, &request, path, &d);
    }
    free(target);
    if (code == CLI_DONE) {
        term_line(&cli->err, TERM_PLAIN, "%s: %lld records, %zu kB", path,
                  (long long)api_int(item, "records"), (d.bytes + 1023) / 1024);
    }
    return code;
}

static enum cli_exit export_tables(struct cli *cli, const char *dir, const struct args *args)
{
    json_t *answer = NULL, *item;
    size_t i;
    if (mkdir(dir, 0777) != 0 && errno != EEXIST) {
        return api_fail(cli, CLI_FAILED, "May you write there?", "%s: %s.", dir,
                        strerror(errno));
    }
    enum cli_exit code = api_get(
        cli,
        api_with(api_path(cli, "tables", NULL), "mine", args_has(args, "mine") ? "1" : NULL),
        &answer);
    json_array_foreach(api_list(answer, "items"), i, item)
    {
        if (code == CLI_DONE) code = export_table(cli, dir, item, args);
    }
    if (code == CLI_DONE) {
        term_line(&cli->err, TERM_PLAIN,
                  json_array_size(api_list(answer, "items")) == 0
                      ? "There is nothing to write yet."
                      : "They are readable by anybody: keep them safe.");
    }
    json_decref(answer);
    return code;
}

/* The program that knows PostgreSQL: beside this one, else on the path. It takes this one's
 * place, so that what ends this ends that. */
static enum cli_exit export_to(struct cli *cli, const char *to, const struct args *args)
{
    static const char name[] = "kith-export-postgres";
    char beside[4096];
    const char *argv[12] = {name, "--socket", cli->socket_path, "--to", to};
    size_t n = 5;
    ssize_t length = readlink("/proc/self/exe", beside, sizeof(beside) - sizeof(name));
    if (cli->network != NULL) {
        argv[n++] = "--network";
        argv[n++] = cli->network;
    }
    if (args_has(args, "follow")) argv[n++] = "--follow";
    if (args_has(args, "mine")) argv[n++] = "--mine";
    argv[n] = NULL;
    fflush(cli->out.file);
    fflush(cli->err.file);
    if (length > 0) {
        beside[length] = '\0';
        char *slash = strrchr(beside, '/');
        if (slash != NULL) {
            memcpy(slash + 1, name, sizeof(name));
            execv(beside, (char *const *)(uintptr_t)argv);
        }
    }
    execvp(name, (char *const *)(uintptr_t)argv);
    return api_fail(cli, CLI_FAILED,
                    "It is built where libpq is installed: deploy/setup --postgres, then build "
                    "again.",
                    "%s is not installed here.", name);
}

static enum cli_exit run_export(struct cli *cli, const struct command *command,
                                const struct args *args)
{
    (void)command;
    const char *path = args_word(args, 0), *dir = args_get(args, "csv"),
               *to = args_get(args, "to");
    if ((path != NULL) + (dir != NULL) + (to != NULL) > 1) {
        return api_fail(cli, CLI_USAGE, "A FILE, --csv DIR or --to URL.", "where to? say one.");
    }
    if (args_has(args, "follow") && to == NULL) {
        return api_fail(cli, CLI_USAGE, "kith export --to postgres://… --follow",
                        "--follow needs --to.");
    }
    if (to != NULL && strncmp(to, "postgres://", 11) != 0 &&
        strncmp(to, "postgresql://", 13) != 0) {
        return api_fail(cli, CLI_USAGE, "kith export --to postgres://USER@HOST/DATABASE",
                        "only PostgreSQL is known.");
    }
    if (to != NULL) return export_to(cli, to, args);
    return dir != NULL ? export_tables(cli, dir, args) : export_lines(cli, path, args);
}

/* ---------------------------------------------------------------------------------- import --
 */

/* "line 2: …", and "lines 2 to 16: …" for neighbours that were refused for one reason. */
static void show_refused(struct cli *cli, const json_t *refused)
{
    const json_t *item;
    for (size_t i = 0; (item = json_array_get(refused, i)) != NULL; i++) {
        const char *message = api_str(item, "message");
        int64_t first = api_int(item, "line"), last = first;
        const json_t *next;
        while ((next = json_array_get(refused, i + 1)) != NULL &&
               api_int(next, "line") == last + 1 &&
               strcmp(api_str(next, "message"), message) == 0) {
            last++;
            i++;
        }
        term_addf(&cli->out, TERM_WARN, first == last ? "line %lld" : "lines %lld to %lld",
                  (long long)first, (long long)last);
        term_addf(&cli->out, TERM_WARN, ": %s", message);
        term_end(&cli->out, 2, 4);
    }
}

static enum cli_exit import_lines(struct cli *cli, const char *path, struct slice file,
                                  const struct args *args)
{
    json_t *answer = NULL;
    struct http_answer said;
    char *target =
        api_with(api_path(cli, "import", NULL), "adopt", args_has(args, "adopt") ? "1" : NULL);
    struct http_request request = {
        .method = "POST", .target = target, .content_type = "application/x-ndjson"};
    request.body = file;
    request.timeout_ms = 600 * 1000;
    term_progress(&cli->err, "Reading %s …", path);
    enum cli_exit code = api_stream(cli, &request, &said);
    term_progress_done(&cli->err);
    free(target);
    if (code == CLI_DONE) {
        answer = json_loadb((const char *)said.body.data, said.body.len, 0, NULL);
        http_answer_fini(&said);
    }
    if (code == CLI_DONE && !api_json(cli, answer)) {
        term_line(&cli->out, TERM_PLAIN, "Wrote %lld, skipped %lld that were here.",
                  (long long)api_int(answer, "written"), (long long)api_int(answer, "skipped"));
        show_refused(cli, api_list(answer, "refused"));
    }
    if (code == CLI_DONE && json_array_size(api_list(answer, "refused")) > 0) code = CLI_FAILED;
    json_decref(answer);
    return code;
}

static enum cli_exit run_import(struct cli *cli, const struct command *command,
                                const struct args *args)
{
    (void)command;
    const char *path = args->n == 0 ? "-" : args->words[0];
    struct buf file = {0};
    if (args_has(args, "template")) {
        return sheet_template(cli, args_get(args, "template"), args_word(args, 0));
    }
    enum cli_exit code = files_read(cli, path, COPY_IMPORT_MAX, &file);
    if (code == CLI_DONE) {
        code = sheet_is(buf_slice(&file)) ? sheet_import(cli, path, buf_slice(&file), args)
                                          : import_lines(cli, path, buf_slice(&file), args);
    }
    buf_fini(&file);
    return code;
}

static const struct args_option export_options[] = {
    {.name = "mine", .help = "only what this school owns"},
    {.name = "csv", .value = "DIR", .help = "one file a type, for a spreadsheet"},
    {.name = "to", .value = "URL", .help = "into PostgreSQL: postgres://USER@HOST/DATABASE"},
    {.name = "follow", .help = "with --to: stay, and write what changes as it comes"},
    {.name = NULL},
};
static const struct args_option import_options[] = {
    SHEET_OPTIONS,
    {.name = "template",
     .value = "NAME",
     .help = "write an empty table: pdsa (the worksheet), or a type"},
    {.name = "adopt", .help = "JSON lines: other schools' records become this school's copies"},
    {.name = NULL},
};

#define ROW .group = COMMAND_MOVE
const struct command cmd_copy_commands[] = {
    {.name = "export",
     .words = "[FILE]",
     ROW,
     .max = 1,
     .summary = "Everything you may read, for other programs",
     .help = "As JSON lines to a file or to the output; the last line says that it is whole. "
             "With --csv as tables, one file a type: no cell begins a formula, and kith import "
             "takes them back. With --to into PostgreSQL, where it goes on from where it "
             "stopped, and takes out what was erased or unshared (docs/EXPORT.md). Whoever has "
             "the files can read them.",
     .example = "kith export lincoln.jsonl\n"
                "kith export --csv tables\n"
                "kith export --to postgres://kith@localhost/network --follow",
     .options = export_options,
     .run = run_export},
    {.name = "import",
     .words = "[FILE]",
     ROW,
     .max = 1,
     .summary = "Bring in a spreadsheet, or an export",
     .help =
         "A table as a spreadsheet saves it (CSV), a line a record: what its columns are is "
         "guessed from their headers, in English or Spanish, and remembered. What could mean "
         "two things is asked. You see line by line what was understood; then all of it is "
         "written for this school alone, or nothing. The same file again finds its records "
         "and writes nothing twice.\n\n"
         "A worksheet with its fields one below the other is understood too: --template pdsa "
         "writes an empty one.\n\n"
         "JSON lines of kith export come back byte for byte; what is here already is skipped. "
         "A line may also be {\"type\": …, \"sections\": …}, by another program.",
     .example =
         "kith import --template pdsa worksheet.csv\n"
         "kith import pdsa-log.csv\n"
         "kith import plans.csv --type point --set measure=4fa2 --dates dmy\n"
         "kith import log.csv --type cycle --column \"Our bet=prediction\" --column Room=\n"
         "kith import lincoln.jsonl",
     .options = import_options,
     .run = run_import},
    {.name = NULL},
};
