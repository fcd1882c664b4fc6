#include "client/cli/cmd_draft.h"

#include <stdlib.h>
#include <string.h>

#include "client/cli/api.h"
#include "client/cli/cmd_record.h"
#include "client/cli/compose.h"
#include "client/cli/screen.h"
#include "client/cli/when.h"

static enum cli_exit run_draft_list(struct cli *cli, const struct command *command,
                                    const struct args *args)
{
    (void)command;
    (void)args;
    json_t *answer, *item;
    size_t i;
    enum cli_exit code = api_get(cli, api_path(cli, "drafts", NULL), &answer);
    if (code == CLI_DONE && !api_json(cli, answer)) {
        json_array_foreach(api_list(answer, "items"), i, item)
        {
            char ago[WHEN_MAX];
            term_addf(&cli->out, TERM_BOLD, "%s", api_str(item, "draft"));
            term_addf(&cli->out, TERM_PLAIN, "  %s  %s", screen_type(api_str(item, "type")),
                      api_str(item, "title"));
            if (api_time(item, "saved_at") != 0) {
                term_addf(&cli->out, TERM_DIM, "  %s",
                          when_ago(ago, api_time(item, "saved_at"), cli->now_s));
            }
            term_end(&cli->out, 2, 4);
        }
        if (i == 0)
            term_line(&cli->out, TERM_PLAIN, "No drafts.");
        else
            term_next(&cli->out, "kith draft resume NAME goes on with one.");
    }
    json_decref(answer);
    return code;
}

static enum cli_exit run_draft_delete(struct cli *cli, const struct command *command,
                                      const struct args *args)
{
    (void)command;
    json_t *answer;
    enum cli_exit code =
        api_send(cli, "DELETE", api_path(cli, "drafts", args->words[0], NULL), NULL, &answer);
    if (code == CLI_DONE && !api_json(cli, answer)) {
        term_line(&cli->out, TERM_PLAIN, "Deleted the draft %s.", args->words[0]);
    }
    json_decref(answer);
    return code;
}

static enum cli_exit resume(struct cli *cli, const json_t *draft, const struct args *args)
{
    const char *type = api_str(draft, "type"), *record = api_str(draft, "record");
    const struct schema *schema = command_schema(type);
    json_t *sections = NULL, *answer = NULL;
    static const struct args_option open_editor = {.name = "edit", .help = ""};
    struct args_given given = {.option = &open_editor};
    struct args with = {.given = &given, .n_given = 1};
    bool typed;
    if (schema == NULL) {
        return api_fail(cli, CLI_FAILED, NULL, "this kith does not know the type %s.", type);
    }
    struct compose compose = {.schema = schema, .preset = json_object_get(draft, "body")};
    enum cli_exit code = CLI_DONE;
    if (args_has(args, "as-it-is")) {
        sections = json_deep_copy(compose.preset);
    } else {
        code = compose_run(cli, &compose, &with, &sections, &typed);
    }
    if (code != CLI_DONE) return code;
    json_t *body =
        json_pack("{s:O, s:s}", "sections", sections, "draft", api_str(draft, "draft"));
    if (record[0] == '\0') {
        json_object_set_new(body, "type", json_string(type));
        code = api_send(cli, "POST", api_path(cli, "records", NULL), body, &answer);
    } else {
        code = api_send(cli, "PATCH", api_path(cli, "records", record, NULL), body, &answer);
    }
    if (code != CLI_DONE) {
        json_t *changed = record[0] == '\0' ? NULL : json_pack("{s:s}", "id", record);
        compose_keep(cli, api_str(draft, "draft"), type, changed, sections);
        json_decref(changed);
    }
    if (code == CLI_DONE && !api_json(cli, answer)) {
        if (record[0] == '\0')
            cmd_record_added(cli, type, answer, sections);
        else
            term_line(&cli->out, TERM_GOOD, "Changed %.8s", record);
    }
    json_decref(answer);
    json_decref(sections);
    return code;
}

static enum cli_exit run_draft_resume(struct cli *cli, const struct command *command,
                                      const struct args *args)
{
    (void)command;
    json_t *draft;
    enum cli_exit code = api_get(cli, api_path(cli, "drafts", args->words[0], NULL), &draft);
    if (code == CLI_DONE) code = resume(cli, draft, args);
    json_decref(draft);
    return code;
}

static const struct args_option resume_options[] = {
    {.name = "as-it-is", .help = "write it without opening the editor"}, {.name = NULL}};

#define ROW .group = COMMAND_RECORD
const struct command cmd_draft_commands[] = {
    {.name = "draft list",
     .words = "",
     ROW,
     .summary = "List what you have not finished",
     .help = "Text that could not be written is kept as a draft.",
     .example = "kith draft list",
     .run = run_draft_list},
    {.name = "draft resume",
     .words = "NAME",
     ROW,
     .min = 1,
     .max = 1,
     .summary = "Go on with a draft",
     .help = "Opens it in your editor, and writes it when it is "
             "complete.",
     .example = "kith draft resume idea-1772357400",
     .options = resume_options,
     .run = run_draft_resume},
    {.name = "draft delete",
     .words = "NAME",
     ROW,
     .min = 1,
     .max = 1,
     .summary = "Throw a draft away",
     .help = "It cannot be brought back.",
     .example = "kith draft delete idea-1772357400",
     .run = run_draft_delete},
    {.name = NULL},
};
