#include "client/cli/cmd_move.h"

#include <stdlib.h>
#include <string.h>

#include "client/cli/api.h"
#include "client/cli/files.h"

static enum cli_exit run_bundle_write(struct cli *cli, const struct command *command,
                                      const struct args *args)
{
    (void)command;
    struct files_received d;
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
    enum cli_exit code = files_receive(cli, &request, args->words[0], &d);
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
    enum cli_exit code = files_send(cli, args->words[0], &request, &answer);
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

static const struct args_option bundle_options[] = {
    {.name = "all", .help = "everything, not only what nobody has acknowledged"},
    {.name = "to", .value = "DEVICE", .help = "only this device can open it"},
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
    {.name = NULL},
};
