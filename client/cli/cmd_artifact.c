#include "client/cli/cmd_artifact.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "client/cli/api.h"
#include "client/cli/files.h"
#include "client/cli/find.h"

enum {
    FILE_BYTES_MAX = 16 * 1024 * 1024, /* docs/API.md */
    NAME_BYTES = 100,                  /* of a file that is saved; the rest of a name is cut */
    SAVE_MS = 30 * 60 * 1000,          /* a poor line; what came stays */
};

/* Its part after the last slash. */
static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

/* Said before 16 MiB are sent. */
static enum cli_exit check_size(struct cli *cli, const char *path)
{
    struct stat file;
    if (stat(path, &file) != 0 || file.st_size <= FILE_BYTES_MAX) return CLI_DONE;
    return api_fail(cli, CLI_FAILED, "Make it smaller, or say in a note where it is.",
                    "%s has %lld MiB; a file has at most 16 MiB.", path,
                    (long long)file.st_size / (1024 * 1024) + 1);
}

static enum cli_exit run_add(struct cli *cli, const struct command *command,
                             const struct args *args)
{
    (void)command;
    static const char *const texts[] = {"title", "kind", "note"};
    const char *path = args->words[0], *about = args_get(args, "about");
    json_t *record = NULL, *answer = NULL;
    enum cli_exit code = check_size(cli, path);
    char *ref = NULL;
    if (code == CLI_DONE && about != NULL) code = find_record(cli, about, NULL, false, &record);
    if (code == CLI_DONE && record != NULL) ref = find_ref(record);
    json_decref(record);
    if (code == CLI_DONE) {
        char *target = api_with(api_path(cli, "artifacts", NULL), "name",
                                strcmp(path, "-") == 0 ? NULL : base_of(path));
        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
            target = api_with(target, texts[i], args_get(args, texts[i]));
        target = api_with(target, "about", ref);
        struct http_request request = {
            .method = "POST", .target = target, .content_type = "application/octet-stream"};
        code = files_send(cli, path, &request, &answer);
        free(target);
    }
    if (code == CLI_DONE && !api_json(cli, answer)) {
        term_line(&cli->out, TERM_GOOD, "Added %.6s.", api_str(answer, "record"));
        term_next(&cli->out,
                  "Nobody else reads it yet, and nobody checks what is inside: look for names "
                  "of students yourself. Next: kith share %.6s --with buddies",
                  api_str(answer, "record"));
    }
    json_decref(answer);
    free(ref);
    return code;
}

/*
 * Where it goes when nobody says: the record's first digits and the letters, digits, dots,
 * dashes of the name that it had. What a peer calls a file is never a path, hidden or an
 * option.
 */
static char *safe_name(const json_t *record, const char *name)
{
    char *out = mem_zalloc(NAME_BYTES + 8);
    size_t n = (size_t)snprintf(out, NAME_BYTES, "%.6s-", api_str(record, "id"));
    for (const char *p = base_of(name); *p != '\0' && n < NAME_BYTES; p++) {
        unsigned char c = (unsigned char)*p;
        bool plain = isalnum(c) || c == '-' || c == '_' || (c == '.' && out[n - 1] != '.');
        out[n++] = plain ? (char)c : '_';
    }
    if (out[n - 1] == '-') memcpy(out + n, "file", 5);
    return out;
}

/* "OWNER.RECORD", and the segments of a path under it. */
static char *file_path(const struct cli *cli, const json_t *record, const char *more)
{
    char *id = find_id(record), *path = api_path(cli, "records", id, "file", more, NULL);
    free(id);
    return path;
}

static enum cli_exit save(struct cli *cli, const json_t *record, const char *to)
{
    struct files_received received;
    struct stat there;
    bool out = strcmp(to, "-") == 0;
    if (!out && lstat(to, &there) == 0) {
        return api_fail(cli, CLI_REFUSED, "Save it under another name: --to PATH",
                        "%s is there already.", to);
    }
    char *target = file_path(cli, record, NULL);
    struct http_request request = {.method = "GET", .target = target, .timeout_ms = SAVE_MS};
    enum cli_exit code = files_receive(cli, &request, to, &received);
    free(target);
    if (code != CLI_DONE || out) return code;
    json_t *answer = json_pack("{s:s, s:I}", "file", to, "bytes", (json_int_t)received.bytes);
    if (!api_json(cli, answer)) {
        term_line(&cli->out, TERM_GOOD, "Saved %s, %zu kB.", to,
                  (received.bytes + 1023) / 1024);
        term_next(&cli->out, "It is as its school made it: open it only if you trust them.");
    }
    json_decref(answer);
    return code;
}

static enum cli_exit run_save(struct cli *cli, const struct command *command,
                              const struct args *args)
{
    (void)command;
    json_t *record = NULL, *state = NULL;
    enum cli_exit code = find_record(cli, args->words[0], "artifact", false, &record);
    if (code == CLI_DONE) code = api_get(cli, file_path(cli, record, "state"), &state);
    if (code == CLI_DONE) {
        char *name = safe_name(record, api_str(state, "name"));
        code = save(cli, record, args_has(args, "to") ? args_get(args, "to") : name);
        free(name);
    }
    json_decref(state);
    json_decref(record);
    return code;
}

static enum cli_exit run_where(struct cli *cli, const struct command *command,
                               const struct args *args)
{
    (void)command;
    json_t *record = NULL, *state = NULL;
    enum cli_exit code = find_record(cli, args->words[0], "artifact", false, &record);
    if (code == CLI_DONE) code = api_get(cli, file_path(cli, record, "state"), &state);
    if (code == CLI_DONE && !api_json(cli, state)) {
        int64_t held = api_int(state, "held"), pieces = api_int(state, "pieces");
        term_line(&cli->out, TERM_PLAIN, "%s: %lld kB, %s.", api_str(record, "title"),
                  (long long)(api_int(state, "size") + 1023) / 1024,
                  held == pieces ? "all of it on this computer"
                  : held == 0    ? "nothing of it on this computer yet"
                                 : "partly on this computer");
        if (held < pieces) {
            term_next(&cli->out,
                      "%lld of %lld pieces. kith artifact save %.6s fetches the rest "
                      "from who is connected.",
                      (long long)held, (long long)pieces, api_str(record, "id"));
        }
    }
    json_decref(state);
    json_decref(record);
    return code;
}

static enum cli_exit run_drop(struct cli *cli, const struct command *command,
                              const struct args *args)
{
    (void)command;
    json_t *record = NULL, *answer = NULL;
    enum cli_exit code = find_record(cli, args->words[0], "artifact", false, &record);
    if (code == CLI_DONE)
        code = api_send(cli, "DELETE", file_path(cli, record, NULL), NULL, &answer);
    if (code == CLI_DONE && !api_json(cli, answer)) {
        term_line(&cli->out, TERM_GOOD, "Forgot the copy of %s.", api_str(record, "title"));
        term_next(&cli->out, "Its school still has it: kith artifact save %.6s",
                  api_str(record, "id"));
    }
    json_decref(answer);
    json_decref(record);
    return code;
}

static const struct args_option add_options[] = {
    {.name = "title", .value = "TEXT", .help = "what it is (else the file's name)"},
    {.name = "kind",
     .value = "KIND",
     .help = "student-work, template, tool, data, plan, picture or other"},
    {.name = "note", .value = "TEXT", .help = "what one should look at"},
    {.name = "about", .value = "ID", .help = "the record that it belongs to"},
    {.name = NULL},
};
static const struct args_option save_options[] = {
    {.name = "to", .value = "PATH", .help = "where (- for the output)"},
    {.name = NULL},
};

#define ROW .group = COMMAND_RECORD
const struct command cmd_artifact_commands[] = {
    {.name = "artifact add",
     .words = "FILE",
     ROW,
     .min = 1,
     .max = 1,
     .summary = "Keep a file as a record: a worksheet, a template, a picture",
     .help =
         "At most 16 MiB; - is the input. It is sealed and stays on this computer until the "
         "record is shared; then whoever may read the record can fetch the file. What is "
         "inside is not checked for names of students.",
     .example = "kith artifact add exit-ticket.pdf --title \"Exit ticket\" --kind template",
     .options = add_options,
     .run = run_add},
    {.name = "artifact save",
     .words = "ID",
     ROW,
     .min = 1,
     .max = 1,
     .summary = "Save the file of a record, from this computer or from a peer",
     .help =
         "Another school's file is fetched now, from who is connected and has it. What came "
         "stays, so the same command goes on after a cut. Nothing is overwritten, and "
         "nothing is opened.",
     .example = "kith artifact save 7be02a --to exit-ticket.pdf",
     .options = save_options,
     .run = run_save},
    {.name = "artifact where",
     .words = "ID",
     ROW,
     .min = 1,
     .max = 1,
     .summary = "How large a file is, and how much of it is here",
     .help = "What is missing is fetched by artifact save.",
     .example = "kith artifact where 7be02a",
     .run = run_where},
    {.name = "artifact drop",
     .words = "ID",
     ROW,
     .min = 1,
     .max = 1,
     .summary = "Forget this computer's copy of another school's file",
     .help = "The record stays, and the file can be fetched again. This school's own file goes "
             "when its record is taken back from everybody.",
     .example = "kith artifact drop 7be02a",
     .run = run_drop},
    {.name = NULL},
};
