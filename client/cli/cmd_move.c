#include "client/cli/cmd_move.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/cli/api.h"
#include "client/cli/when.h"

/* A file that is written: what arrived so far, under a name of its own until it is whole. */
struct download {
    struct cli *cli;
    FILE *file;
    size_t bytes;
    char tail[256]; /* its last bytes, to see the end line */
    size_t tail_n;
};

static bool take(void *ctx, struct slice bytes)
{
    struct download *d = ctx;
    if (fwrite(bytes.p, 1, bytes.n, d->file) != bytes.n) return false;
    d->bytes += bytes.n;
    term_progress(&d->cli->err, "%zu kB …", d->bytes / 1024);
    size_t keep = bytes.n < sizeof(d->tail) ? bytes.n : sizeof(d->tail);
    size_t old = d->tail_n + keep > sizeof(d->tail) ? sizeof(d->tail) - keep : d->tail_n;
    memmove(d->tail, d->tail + d->tail_n - old, old);
    memcpy(d->tail + old, bytes.p + bytes.n - keep, keep);
    d->tail_n = old + keep;
    return true;
}

/* Asks and writes the answer to path, through path.part; "-" or NULL is the output. */
static enum cli_exit to_file(struct cli *cli, struct http_request *request, const char *path,
                             struct download *d)
{
    struct http_answer answer;
    char part[4096] = "";
    bool file = path != NULL && strcmp(path, "-") != 0;
    *d = (struct download){.cli = cli, .file = cli->out.file};
    if (file) {
        if ((size_t)snprintf(part, sizeof(part), "%s.part", path) >= sizeof(part)) {
            return api_fail(cli, CLI_USAGE, NULL, "that name is too long.");
        }
        /* its owner's alone: an export can be read by who gets at it */
        int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        d->file = fd < 0 ? NULL : fdopen(fd, "w");
        if (d->file == NULL) {
            return api_fail(cli, CLI_FAILED, "May you write there, and is there room?",
                            "%s: %s.", part, strerror(errno));
        }
    }
    request->sink = take;
    request->ctx = d;
    enum cli_exit code = api_stream(cli, request, &answer);
    term_progress_done(&cli->err);
    if (code == CLI_DONE) http_answer_fini(&answer);
    if (!file) return code;
    bool written = fflush(d->file) == 0 && fsync(fileno(d->file)) == 0;
    written = fclose(d->file) == 0 && written;
    if (code == CLI_DONE && (!written || rename(part, path) != 0)) {
        code = api_fail(cli, CLI_FAILED, "Is the disk full?", "%s: %s.", path, strerror(errno));
    }
    if (code != CLI_DONE) unlink(part);
    return code;
}

/* Sends a file as a body; "-" is the input. */
static enum cli_exit from_file(struct cli *cli, const char *path, struct http_request *request,
                               json_t **out)
{
    struct http_answer answer;
    int fd = strcmp(path, "-") == 0 ? dup(fileno(cli->in)) : open(path, O_RDONLY | O_CLOEXEC);
    *out = NULL;
    struct stat st;
    bool folder = fd >= 0 && fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);
    if (folder) {
        close(fd);
        errno = EISDIR;
    }
    if (fd < 0 || folder) {
        return api_fail(cli, CLI_FAILED, "Is the name right, and may you read it?", "%s: %s.",
                        path, strerror(errno));
    }
    request->body_fd = fd;
    request->timeout_ms = 600 * 1000;
    term_progress(&cli->err, "Reading %s …", path);
    enum cli_exit code = api_stream(cli, request, &answer);
    term_progress_done(&cli->err);
    close(fd);
    if (code != CLI_DONE) return code;
    *out = json_loadb((const char *)answer.body.data, answer.body.len, 0, NULL);
    http_answer_fini(&answer);
    return CLI_DONE;
}

static enum cli_exit run_bundle_write(struct cli *cli, const struct command *command,
                                      const struct args *args)
{
    (void)command;
    struct download d;
    json_t *body = json_object();
    if (args_has(args, "all")) json_object_set_new(body, "all", json_true());
    if (args_has(args, "to"))
        json_object_set_new(body, "to", json_string(args_get(args, "to")));
    char *text = json_dumps(body, JSON_COMPACT),
         *target = api_path(cli, "bundles", "write", NULL);
    struct http_request request = {.method = "POST",
                                   .target = target,
                                   .content_type = "application/json",
                                   .body = slice_of(text, strlen(text)),
                                   .timeout_ms = 600 * 1000};
    enum cli_exit code = to_file(cli, &request, args->words[0], &d);
    if (code == CLI_DONE && strcmp(args->words[0], "-") != 0) {
        json_t *answer =
            json_pack("{s:s, s:I}", "file", args->words[0], "bytes", (json_int_t)d.bytes);
        if (!api_json(cli, answer)) {
            term_line(&cli->out, TERM_PLAIN, "Wrote %s, %zu kB.", args->words[0],
                      (d.bytes + 1023) / 1024);
            term_next(&cli->out,
                      "On the other computer: kith bundle read FILE. It is sealed: only "
                      "members can open it.");
        }
        json_decref(answer);
    }
    json_decref(body);
    free(text);
    free(target);
    return code;
}

static enum cli_exit run_bundle_read(struct cli *cli, const struct command *command,
                                     const struct args *args)
{
    (void)command;
    json_t *answer;
    char *target = api_path(cli, "bundles", "read", NULL);
    struct http_request request = {
        .method = "POST", .target = target, .content_type = "application/octet-stream"};
    enum cli_exit code = from_file(cli, args->words[0], &request, &answer);
    free(target);
    if (code == CLI_DONE && !api_json(cli, answer)) {
        int64_t taken = api_int(answer, "taken");
        if (taken == 0)
            term_line(&cli->out, TERM_PLAIN, "There was nothing new in it.");
        else
            term_line(&cli->out, TERM_GOOD, "Took in %lld.", (long long)taken);
        if (api_str(answer, "reason")[0] != '\0') {
            term_line(&cli->out, TERM_WARN, "Not all of it: %s", api_str(answer, "reason"));
        }
        if (taken > 0) term_next(&cli->out, "Next: kith feed shows what is new.");
    }
    json_decref(answer);
    return code;
}

static enum cli_exit run_export(struct cli *cli, const struct command *command,
                                const struct args *args)
{
    (void)command;
    struct download d;
    const char *path = args_word(args, 0);
    char *target =
        api_with(api_path(cli, "export", NULL), "mine", args_has(args, "mine") ? "1" : NULL);
    struct http_request request = {.method = "GET", .target = target, .timeout_ms = 600 * 1000};
    enum cli_exit code = to_file(cli, &request, path, &d);
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

static enum cli_exit run_import(struct cli *cli, const struct command *command,
                                const struct args *args)
{
    (void)command;
    json_t *answer;
    char *target =
        api_with(api_path(cli, "import", NULL), "adopt", args_has(args, "adopt") ? "1" : NULL);
    struct http_request request = {
        .method = "POST", .target = target, .content_type = "application/x-ndjson"};
    enum cli_exit code = from_file(cli, args->n == 0 ? "-" : args->words[0], &request, &answer);
    free(target);
    if (code == CLI_DONE && !api_json(cli, answer)) {
        term_line(&cli->out, TERM_PLAIN, "Wrote %lld, skipped %lld that were here.",
                  (long long)api_int(answer, "written"), (long long)api_int(answer, "skipped"));
        show_refused(cli, api_list(answer, "refused"));
    }
    if (code == CLI_DONE && json_array_size(api_list(answer, "refused")) > 0) code = CLI_FAILED;
    json_decref(answer);
    return code;
}

static const struct args_option bundle_options[] = {
    {.name = "all", .help = "everything, not only what nobody has acknowledged"},
    {.name = "to", .value = "DEVICE", .help = "only this device can open it"},
    {.name = NULL},
};

static const struct args_option export_options[] = {
    {.name = "mine", .help = "only what this school owns"}, {.name = NULL}};
static const struct args_option import_options[] = {
    {.name = "adopt", .help = "other schools' records become copies of this school's"},
    {.name = NULL},
};

#define ROW .group = COMMAND_MOVE
const struct command cmd_move_commands[] = {
    {.name = "bundle write",
     .words = "FILE",
     ROW,
     .min = 1,
     .max = 1,
     .summary = "Write what others lack to a USB stick",
     .help = "A sealed file that any member can read in; - is the output.",
     .example = "kith bundle write /media/stick/lincoln.kith",
     .options = bundle_options,
     .run = run_bundle_write},
    {.name = "bundle read",
     .words = "FILE",
     ROW,
     .min = 1,
     .max = 1,
     .summary = "Take in what a USB stick brings",
     .help = "Everything in it is checked as if it came by wire; reading it twice is fine.",
     .example = "kith bundle read /media/stick/lincoln.kith",
     .run = run_bundle_read},
    {.name = "export",
     .words = "[FILE]",
     ROW,
     .max = 1,
     .summary = "Everything you may read, as JSON lines",
     .help =
         "To a file or to the output; the last line says that it is whole. Anybody can read "
         "the file.",
     .example = "kith export lincoln.jsonl",
     .options = export_options,
     .run = run_export},
    {.name = "import",
     .words = "[FILE]",
     ROW,
     .max = 1,
     .summary = "Bring an export back",
     .help = "This school's own records, byte for byte; what is here already is skipped. A "
             "line may "
             "also be {\"type\": …, \"sections\": …}, written by hand or by another program.",
     .example = "kith import lincoln.jsonl",
     .options = import_options,
     .run = run_import},
    {.name = NULL},
};
