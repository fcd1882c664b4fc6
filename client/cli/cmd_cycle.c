#include "client/cli/cmd_cycle.h"

#include <stdlib.h>
#include <string.h>

#include "client/cli/api.h"
#include "client/cli/cmd_predict.h"
#include "client/cli/cmd_record.h"
#include "client/cli/cmd_study.h"
#include "client/cli/compose.h"
#include "client/cli/fields.h"
#include "client/cli/find.h"
#include "client/cli/screen.h"

/* The whole of a record that a list named. Takes record, replaces it. */
static enum cli_exit read_whole(struct cli *cli, json_t **record)
{
    char *id = find_id(*record);
    json_decref(*record);
    enum cli_exit code = api_get(cli, api_path(cli, "records", id, NULL), record);
    free(id);
    return code;
}

static enum cli_exit several_open(struct cli *cli, const json_t *items)
{
    json_t *item;
    size_t i;
    if (!cli->json) {
        json_array_foreach(items, i, item)
        {
            term_addf(&cli->err, TERM_BOLD, "%s", api_str(item, "short"));
            term_addf(&cli->err, TERM_PLAIN, "  %s", api_str(item, "title"));
            term_addf(&cli->err, TERM_DIM, "  %s", api_str(item, "state"));
            term_end(&cli->err, 2, 4);
        }
    }
    return api_fail(cli, CLI_USAGE, "Say which, by its id.",
                    "%zu of your cycles could be meant.", json_array_size(items));
}

/* "planned doing" as "planned or doing". free() it. */
static char *states_named(const char *states)
{
    struct buf out = {0};
    for (; *states != '\0'; states++) {
        if (*states == ' ') buf_put_str(&out, " or ");
        if (*states != ' ') buf_put_u8(&out, (uint8_t)*states);
    }
    buf_put_u8(&out, 0);
    return (char *)out.data;
}

/* Without a word: the only own cycle in one of the states ("planned doing"). */
enum cli_exit cmd_cycle_find(struct cli *cli, const char *word, const char *states,
                             json_t **record)
{
    json_t *answer, *item;
    enum cli_exit code;
    size_t i;
    if (word != NULL) {
        code = find_record(cli, word, "cycle", true, record);
        return code == CLI_DONE ? read_whole(cli, record) : code;
    }
    char *target = api_with(api_path(cli, "records", NULL), "type", "cycle");
    target = api_with(api_with(target, "mine", "1"), "limit", "500");
    code = api_get(cli, target, &answer);
    if (code != CLI_DONE) return code;
    json_t *fit = json_array();
    json_array_foreach(api_list(answer, "items"), i, item)
    {
        const char *state = api_str(item, "state");
        if (state[0] != '\0' && strstr(states, state) != NULL) json_array_append(fit, item);
    }
    *record = json_incref(json_array_get(fit, 0));
    if (json_array_size(fit) > 1) {
        code = several_open(cli, fit);
    } else if (json_array_size(fit) == 0) {
        char *named = states_named(states);
        code = api_fail(cli, CLI_NOT_FOUND,
                        "kith cycle list --mine shows them; name one by its id.",
                        "none of your cycles is %s.", named);
        free(named);
    }
    json_decref(fit);
    json_decref(answer);
    if (code == CLI_DONE) return read_whole(cli, record);
    json_decref(*record);
    *record = NULL;
    return code;
}

json_t *cmd_cycle_section(json_t *sections, const char *name)
{
    if (json_object_get(sections, name) == NULL) {
        json_object_set_new(sections, name, json_object());
    }
    return json_object_get(sections, name);
}

/* "Planned: cycle 4fa21c" and what comes next. Takes answer. */
void cmd_cycle_done(struct cli *cli, const char *what, const json_t *answer, const char *title)
{
    char shorter[9];
    term_addf(&cli->out, TERM_GOOD, "%s", what);
    term_addf(&cli->out, TERM_PLAIN, " cycle ");
    term_addf(&cli->out, TERM_BOLD, "%s", api_short(shorter, api_str(answer, "record")));
    if (title[0] != '\0') term_addf(&cli->out, TERM_PLAIN, "  %s", title);
    term_end(&cli->out, 0, 2);
    json_t *flag;
    size_t i;
    json_array_foreach(api_list(answer, "flags"), i, flag)
    {
        const char *text = json_string_value(flag);
        if (text != NULL) term_line(&cli->out, TERM_WARN, "  %s", screen_flag(text));
    }
    api_warnings(cli, answer);
}

/* Sends what was composed. Takes body; record: the cycle, or NULL for a new one. */
enum cli_exit cmd_cycle_send(struct cli *cli, const json_t *record, const char *verb,
                             json_t *body, const struct args *args, bool typed, json_t **answer)
{
    char *id = record == NULL ? NULL : find_id(record);
    char *target =
        id == NULL ? api_path(cli, "cycles", NULL) : api_path(cli, "cycles", id, verb, NULL);
    json_t *kept = json_deep_copy(body);
    compose_person(body, args);
    enum cli_exit code = api_send(cli, "POST", target, body, answer);
    if (code != CLI_DONE && typed) compose_keep(cli, NULL, "cycle", record, kept);
    json_decref(kept);
    free(id);
    return code;
}

/* --- plan --- */

/* What the words mean: a cycle to plan on, an idea to test, or the title of something new. */
static enum cli_exit meant_by(struct cli *cli, const char *words, json_t **cycle, json_t **head)
{
    json_t *record = NULL;
    enum cli_exit code = CLI_DONE;
    *cycle = NULL;
    if (words[0] == '\0') return CLI_DONE;
    if (find_is_id(words) || words[0] == '@') {
        code = find_maybe(cli, words, NULL, false, &record);
        if (code != CLI_DONE) return code;
        if (record != NULL && strcmp(api_str(record, "type"), "cycle") == 0) {
            *cycle = record;
            return read_whole(cli, cycle);
        }
    }
    if (record == NULL) code = find_maybe(cli, words, "idea", false, &record);
    if (code != CLI_DONE) return code;
    *head = json_object();
    if (record == NULL) {
        json_object_set_new(*head, "title", json_string(words));
    } else {
        char *ref = find_ref(record);
        const char *type = api_str(record, "type");
        if (strcmp(type, "idea") == 0) json_object_set_new(*head, "idea", json_string(ref));
        json_object_set(*head, "title", json_object_get(record, "title"));
        free(ref);
    }
    json_decref(record);
    return CLI_DONE;
}

static void say_planned(struct cli *cli, const json_t *answer, const json_t *sections,
                        const char *title, bool fresh)
{
    char shorter[9];
    const char *id = api_short(shorter, api_str(answer, "record"));
    cmd_cycle_done(cli, fresh ? "Planned" : "Changed the plan of", answer, title);
    if (fresh && !cmd_predict_has(sections)) {
        term_next(&cli->out,
                  "Next, before you start: kith cycle plan %s --predict \"what you "
                  "think will happen\"",
                  id);
    } else {
        term_next(&cli->out,
                  "Next, when you try it: kith cycle do %s --observation \"what you "
                  "see\"",
                  id);
    }
}

/*
 * What a person is asked when nothing but a cycle, or what to try, was named: the prediction
 * first, then the rest of the plan.
 */
static enum cli_exit ask_plan(struct cli *cli, const json_t *cycle, const json_t *preset,
                              json_t **out)
{
    struct fields_form form = {.schema = command_schema("cycle"),
                               .sections = "plan",
                               .first = "plan.questions",
                               .current = json_object_get(cycle, "sections")};
    json_t *sections = preset == NULL ? json_object() : json_deep_copy(preset);
    fields_ask_begin(cli);
    cmd_predict_ask(cli, cycle, cmd_cycle_section(sections, "plan"));
    enum cli_exit code = fields_ask(cli, &form, sections);
    if (code == CLI_DONE && preset == NULL &&
        json_object_size(json_object_get(sections, "plan")) == 0) {
        code = api_fail(cli, CLI_REFUSED, NULL, "nothing was said, so nothing was written.");
    }
    *out = sections;
    return code;
}

static enum cli_exit run_plan(struct cli *cli, const struct command *command,
                              const struct args *args)
{
    json_t *cycle = NULL, *head = NULL, *sections = NULL, *answer = NULL;
    bool typed = false;
    char *words = args_words(args);
    enum cli_exit code = meant_by(cli, words, &cycle, &head);
    struct compose compose = {.schema = command_schema("cycle"), .sections = command->sections};
    json_t *preset = head == NULL ? NULL : json_pack("{s:O}", "head", head);
    if (cycle != NULL) compose.current = json_object_get(cycle, "sections");
    /* with nothing but the words a person at a terminal is asked for the rest */
    bool alone = words[0] != '\0' && cli->interactive && !args_has(args, "from") &&
                 !args_has(args, "edit") && !fields_given(compose.schema, "head plan", args);
    if (!alone) compose.preset = preset;
    if (code == CLI_DONE && alone) {
        code = ask_plan(cli, cycle, preset, &sections);
        typed = true;
    } else if (code == CLI_DONE) {
        code = compose_run(cli, &compose, args, &sections, &typed);
    }
    if (code == CLI_DONE && cycle != NULL) {
        cmd_predict_name(json_object_get(json_object_get(sections, "plan"), "questions"),
                         schema_get(compose.current, "plan.questions"));
        cmd_cycle_section(sections, "plan");
    } else if (code == CLI_DONE &&
               json_object_get(cmd_cycle_section(sections, "head"), "title") == NULL) {
        code = api_fail(cli, CLI_USAGE, "kith cycle plan \"what you will try\" --predict \"…\"",
                        "a cycle needs a title.");
    }
    if (code == CLI_DONE) {
        code =
            cmd_cycle_send(cli, cycle, "plan", json_deep_copy(sections), args, typed, &answer);
    }
    if (code == CLI_DONE && !api_json(cli, answer)) {
        const char *title = cycle != NULL ? api_str(cycle, "title")
                                          : api_str(json_object_get(sections, "head"), "title");
        say_planned(cli, answer, sections, title, cycle == NULL);
    }
    json_decref(answer);
    json_decref(sections);
    json_decref(preset);
    json_decref(head);
    json_decref(cycle);
    free(words);
    return code;
}

/* --- do, study --- */

static enum cli_exit run_do(struct cli *cli, const struct command *command,
                            const struct args *args)
{
    json_t *cycle, *sections = NULL, *answer = NULL;
    bool typed = false;
    enum cli_exit code = cmd_cycle_find(cli, args_word(args, 0), "planned doing", &cycle);
    if (code != CLI_DONE) return code;
    struct compose compose = {.schema = command_schema("cycle"),
                              .sections = command->sections,
                              .current = json_object_get(cycle, "sections"),
                              .first = "do.observations"};
    code = compose_run(cli, &compose, args, &sections, &typed);
    if (code == CLI_DONE) {
        cmd_cycle_section(sections, "do");
        code = cmd_cycle_send(cli, cycle, "do", json_deep_copy(sections), args, typed, &answer);
    }
    if (code == CLI_DONE && !api_json(cli, answer)) {
        cmd_cycle_done(cli, "Noted in", answer, api_str(cycle, "title"));
        term_next(&cli->out,
                  "Next, when it is over: kith cycle study %s --result \"what "
                  "happened\" --matched yes|partly|no --learned \"…\"",
                  api_str(cycle, "short"));
    }
    json_decref(answer);
    json_decref(sections);
    json_decref(cycle);
    return code;
}

static enum cli_exit run_board(struct cli *cli, const struct command *command,
                               const struct args *args)
{
    (void)command;
    json_t *answer, *column, *record;
    size_t i, k, n = 0;
    char *target = api_with(api_path(cli, "board", NULL), "owner",
                            args_has(args, "mine") ? "me" : args_get(args, "owner"));
    enum cli_exit code = api_get(cli, target, &answer);
    if (code == CLI_DONE && !api_json(cli, answer)) {
        json_array_foreach(api_list(answer, "columns"), i, column)
        {
            if (json_array_size(api_list(column, "records")) == 0) continue;
            term_heading(&cli->out, api_str(column, "state"));
            json_array_foreach(api_list(column, "records"), k, record)
            {
                bool flagged = json_array_size(api_list(record, "flags")) > 0;
                term_addf(&cli->out, TERM_DIM, "%s  ", api_str(record, "short"));
                term_add(&cli->out, TERM_PLAIN, api_str(record, "title"));
                if (!api_bool(json_object_get(record, "owner"), "mine")) {
                    term_addf(&cli->out, TERM_DIM, "  %s", api_name(record, "owner"));
                }
                if (flagged) {
                    const json_t *flag = json_array_get(api_list(record, "flags"), 0);
                    term_addf(&cli->out, TERM_WARN, "  %s",
                              screen_flag(json_string_value(flag)));
                }
                term_end(&cli->out, 2, 10);
                n++;
            }
        }
        if (n == 0)
            term_line(&cli->out, TERM_PLAIN,
                      "No cycles yet. kith cycle plan \"…\" begins one.");
        screen_behind(cli, answer);
    }
    json_decref(answer);
    return code;
}

/* --- sideways --- */

static enum cli_exit run_move(struct cli *cli, const struct command *command,
                              const struct args *args)
{
    static const struct {
        const char *name, *verb, *state, *states, *said;
    } moves[] = {
        {"cycle withdraw", "withdraw", NULL, "draft planned doing studying paused", "Withdrew"},
        {"cycle pause", "state", "paused", "draft planned doing studying", "Paused"},
        {"cycle resume", "state", "active", "paused", "Going on with"},
        {"cycle close", "state", "closed", "decided", "Closed"},
    };
    size_t i = 0;
    while (strcmp(moves[i].name, command->name) != 0)
        i++;
    json_t *cycle, *answer = NULL, *body = json_object();
    const char *reason = args_get(args, "reason"), *state = moves[i].state;
    enum cli_exit code = cmd_cycle_find(cli, args_word(args, 0), moves[i].states, &cycle);
    if (code != CLI_DONE) {
        json_decref(body);
        return code;
    }
    if (state == NULL && reason == NULL) {
        code = api_fail(cli, CLI_USAGE, "--reason \"why it is not tried after all\"",
                        "say why, for those who read it later.");
    }
    if (state != NULL) json_object_set_new(body, "state", json_string(state));
    if (reason != NULL) json_object_set_new(body, "reason", json_string(reason));
    if (code == CLI_DONE) {
        code =
            cmd_cycle_send(cli, cycle, moves[i].verb, json_incref(body), args, false, &answer);
    }
    if (code == CLI_DONE && !api_json(cli, answer)) {
        cmd_cycle_done(cli, moves[i].said, answer, api_str(cycle, "title"));
    }
    json_decref(answer);
    json_decref(body);
    json_decref(cycle);
    return code;
}

static const struct args_option plan_options[] = {COMPOSE_OPTIONS, {.name = NULL}};
static const struct args_option study_options[] = {
    {.name = "about", .value = "N", .help = "which question of the plan (1 is the first)"},
    COMPOSE_OPTIONS,
    {.name = NULL},
};
static const struct args_option act_options[] = {
    {.name = "predict",
     .letter = 'p',
     .many = true,
     .value = "TEXT",
     .help = "adapt: what you predict for the next cycle"},
    {.name = "no-next", .help = "adapt, but open no next cycle"},
    COMPOSE_OPTIONS,
    {.name = NULL},
};
static const struct args_option next_options[] = {
    {.name = "predict",
     .letter = 'p',
     .many = true,
     .value = "TEXT",
     .help = "what you predict for it"},
    {.name = "person", .value = "NAME", .help = "who writes"},
    {.name = NULL},
};
static const struct args_option board_options[] = {
    {.name = "mine", .help = "only this school's"},
    {.name = "owner", .value = "SCHOOL", .help = "only that school's"},
    {.name = NULL},
};
static const struct args_option move_options[] = {
    {.name = "reason", .value = "TEXT", .help = "why"},
    {.name = "person", .value = "NAME", .help = "who writes"},
    {.name = NULL},
};

#define ROW .group = COMMAND_CYCLE, .type = "cycle"
const struct command cmd_cycle_commands[] = {
    {.name = "cycle plan",
     .words = "[IDEA | WORDS | ID]",
     ROW,
     .max = COMMAND_MANY,
     .summary = "Plan a small test, with what you predict",
     .help = "Begins a cycle: of a change idea (its id or words of its title), or of anything "
             "you name. With the id of a cycle it changes that plan. Without options it asks. "
             "The prediction is what most is learned from: write it before you start; then it "
             "is frozen.",
     .example = "kith cycle plan \"parent night\" --predict \"40 families come\"",
     .options = plan_options,
     .fields = COMMAND_FIELDS_TYPE,
     .sections = "head plan",
     .run = run_plan},
    {.name = "cycle do",
     .words = "[ID]",
     ROW,
     .max = 1,
     .summary = "Note what happens while you try it",
     .help = "Adds observations, data and surprises. The first one freezes the prediction. "
             "Without an id: the only cycle that is planned or under way.",
     .example = "kith cycle do 4fa21c --observation \"52 families, 9 new\"",
     .options = plan_options,
     .fields = COMMAND_FIELDS_TYPE,
     .sections = "do",
     .run = run_do},
    {.name = "cycle study",
     .words = "[ID]",
     ROW,
     .max = 1,
     .summary = "Compare what happened with what you predicted",
     .help = "For each question of the plan: what happened, whether it matched the prediction, "
             "and what you learned. Results go to the questions in their order.",
     .example = "kith cycle study 4fa21c --result \"52 came\" --matched yes \\\n"
                "  --learned \"an earlier date helps those who work late\"",
     .options = study_options,
     .fields = COMMAND_FIELDS_TYPE,
     .sections = "study",
     .run = cmd_study_run},
    {.name = "cycle act",
     .words = "[ID] [adopt|adapt|abandon]",
     ROW,
     .max = 2,
     .summary = "Decide: adopt, adapt or abandon",
     .help = "Adapt opens the next cycle with the plan copied and prints its id. Abandon is "
             "worth as much to the others as adopt: say what you learned.",
     .example = "kith cycle act 4fa21c adapt --next \"offer childcare\" --predict \"60 come\"",
     .options = act_options,
     .fields = COMMAND_FIELDS_TYPE,
     .sections = "act",
     .run = cmd_study_act},
    {.name = "cycle next",
     .words = "[ID]",
     ROW,
     .max = 1,
     .summary = "Open the next cycle after any decision",
     .help =
         "Adapt does it by itself. After adopt or abandon this goes on with the plan copied.",
     .example = "kith cycle next 4fa21c --predict \"70 come\"",
     .options = next_options,
     .run = cmd_study_next},
    {.name = "cycle board",
     .words = "",
     ROW,
     .summary = "All cycles, by where they stand",
     .help = "Planned, under way, studied, decided; with what needs a look.",
     .example = "kith cycle board --mine",
     .options = board_options,
     .run = run_board},
    {.name = "cycle list",
     .words = "",
     ROW,
     .summary = "List cycles",
     .help = "Your own and those that others shared, newest first.",
     .example = "kith cycle list --mine --state doing",
     .options = cmd_record_list_options,
     .run = cmd_record_list},
    {.name = "cycle show",
     .words = "ID",
     ROW,
     .min = 1,
     .max = COMMAND_MANY,
     .summary = "Show one cycle",
     .help = "All that you may read of it.",
     .example = "kith cycle show 4fa21c --history",
     .options = cmd_record_show_options,
     .run = cmd_record_show},
    {.name = "cycle withdraw",
     .words = "[ID] --reason TEXT",
     ROW,
     .max = 1,
     .summary = "Say that a cycle will not be done",
     .help = "The cycle stays readable, with the reason.",
     .example = "kith cycle withdraw 4fa21c --reason \"the teacher changed schools\"",
     .options = move_options,
     .run = run_move},
    {.name = "cycle pause",
     .words = "[ID]",
     ROW,
     .max = 1,
     .summary = "Set a cycle aside",
     .help = "It is not counted as late until it goes on.",
     .example = "kith cycle pause 4fa21c --reason \"exam weeks\"",
     .options = move_options,
     .run = run_move},
    {.name = "cycle resume",
     .words = "[ID]",
     ROW,
     .max = 1,
     .summary = "Go on with a paused cycle",
     .help = "It goes on where it was.",
     .example = "kith cycle resume 4fa21c",
     .options = move_options,
     .run = run_move},
    {.name = "cycle close",
     .words = "[ID]",
     ROW,
     .max = 1,
     .summary = "Close a decided cycle",
     .help = "Nothing more is to come of it.",
     .example = "kith cycle close 4fa21c",
     .options = move_options,
     .run = run_move},
    {.name = NULL},
};
