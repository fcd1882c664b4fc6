#include "client/cli/cmd_survey.h"

#include <stdlib.h>
#include <string.h>

#include "client/cli/api.h"
#include "client/cli/ask.h"
#include "client/cli/cmd_record.h"
#include "client/cli/find.h"
#include "client/cli/screen.h"

/* --- answering --- */

/* A survey as it is asked. */
struct form {
    const json_t *labels, *parts, *statements; /* borrowed */
    bool dont_know, evidence, next;
};

static struct form form_of(const json_t *record)
{
    const json_t *sections = json_object_get(record, "sections");
    const json_t *scale = json_object_get(sections, "scale");
    return (struct form){.labels = schema_get(sections, "scale.labels"),
                         .parts = schema_get(sections, "form.parts"),
                         .statements = schema_get(sections, "form.statements"),
                         .dont_know = api_bool(scale, "dont_know"),
                         .evidence = api_bool(scale, "evidence"),
                         .next = api_bool(scale, "next")};
}

static const json_t *with_id(const json_t *list, const char *id)
{
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        if (strcmp(api_str(item, "id"), id) == 0) return item;
    }
    return NULL;
}

/* What was typed, into the answer; false when it is none of those that there are. */
static bool take_answer(const struct form *form, const char *typed, json_t *answer)
{
    char *end;
    size_t n = json_array_size(form->labels), i;
    json_t *label;
    unsigned long value = strtoul(typed, &end, 10);
    if (*typed != '\0' && *end == '\0' && value >= 1 && value <= n) {
        json_object_set_new(answer, "answer", json_integer((json_int_t)value));
        return true;
    }
    json_array_foreach(form->labels, i, label)
    {
        if (strcasecmp(json_string_value(label), typed) != 0) continue;
        json_object_set_new(answer, "answer", json_integer((json_int_t)i + 1));
        return true;
    }
    bool unknown = strcasecmp(typed, "d") == 0 || strcasecmp(typed, "dont-know") == 0;
    if (!form->dont_know || !unknown) return false;
    json_object_set_new(answer, "dont_know", json_true());
    return true;
}

static void show_scale(struct cli *cli, const struct form *form)
{
    size_t i;
    json_t *label;
    json_array_foreach(form->labels, i, label)
    {
        term_addf(&cli->err, TERM_DIM, "%s%zu %s", i == 0 ? "" : "   ", i + 1,
                  json_string_value(label));
    }
    if (form->dont_know) term_add(&cli->err, TERM_DIM, "   d don't know");
    term_end(&cli->err, 2, 2);
}

static void ask_more(struct cli *cli, const char *prompt, const char *name, json_t *answer)
{
    char *line = ask_line(cli, prompt);
    if (line != NULL && line[0] != '\0') {
        json_object_set_new(answer, name, json_string(line));
    }
    free(line);
}

/* False at the end of the input: what was answered so far is answered. */
static bool ask_statement(struct cli *cli, const struct form *form, const json_t *statement,
                          json_t *answers)
{
    json_t *answer = json_object();
    json_object_set(answer, "id", json_object_get(statement, "id"));
    term_gap(&cli->err);
    term_line(&cli->err, TERM_BOLD, "%s", api_str(statement, "text"));
    if (api_str(statement, "help")[0] != '\0') {
        term_line(&cli->err, TERM_DIM, "%s", api_str(statement, "help"));
    }
    for (;;) {
        show_scale(cli, form);
        char *line = ask_line(cli, "Your answer");
        bool end = line == NULL, open = end || line[0] == '\0';
        bool taken = !open && take_answer(form, line, answer);
        free(line);
        if (open) {
            json_decref(answer);
            return !end;
        }
        if (taken) break;
        term_line(&cli->err, TERM_WARN, "Give one of the numbers, or Enter to leave it open.");
    }
    if (form->evidence) ask_more(cli, "What would one see?", "evidence", answer);
    if (form->next) ask_more(cli, "What is a next step?", "next", answer);
    json_array_append_new(answers, answer);
    return true;
}

static void ask_all(struct cli *cli, const json_t *record, const struct form *form,
                    json_t *answers)
{
    const char *part = "";
    size_t i;
    json_t *statement;
    const char *intro =
        json_string_value(schema_get(json_object_get(record, "sections"), "head.intro"));
    term_line(&cli->err, TERM_BOLD, "%s", api_str(record, "title"));
    if (intro != NULL) term_line(&cli->err, TERM_PLAIN, "%s", intro);
    term_line(&cli->err, TERM_DIM, "Nobody is named. Enter leaves a statement open.");
    json_array_foreach(form->statements, i, statement)
    {
        const char *in = api_str(statement, "part");
        if (strcmp(in, part) != 0) {
            const json_t *heading = with_id(form->parts, in);
            term_heading(&cli->err, heading == NULL ? in : api_str(heading, "title"));
            part = in;
        }
        if (!ask_statement(cli, form, statement, answers)) return;
    }
}

/* "s1=3" of --answer. */
static enum cli_exit take_given(struct cli *cli, const struct form *form, const char *given,
                                json_t *answers)
{
    char id[65];
    const char *equals = strchr(given, '=');
    size_t n = equals == NULL ? 0 : (size_t)(equals - given);
    snprintf(id, sizeof(id), "%.*s", (int)(n < 64 ? n : 64), given);
    if (equals == NULL || with_id(form->statements, id) == NULL) {
        return api_fail(cli, CLI_USAGE, "kith show SURVEY --json has the statements' ids.",
                        "\"%s\" is no STATEMENT=ANSWER of this survey.", given);
    }
    json_t *answer = json_pack("{s:s}", "id", id);
    if (answer == NULL || !take_answer(form, equals + 1, answer)) {
        json_decref(answer);
        return api_fail(cli, CLI_USAGE, NULL, "%s: answer with 1 to %zu%s.", id,
                        json_array_size(form->labels), form->dont_know ? ", or d" : "");
    }
    json_array_append_new(answers, answer);
    return CLI_DONE;
}

static enum cli_exit collect(struct cli *cli, const json_t *record, const struct args *args,
                             json_t *answers)
{
    struct form form = form_of(record);
    const char *given;
    size_t at = 0;
    enum cli_exit code = CLI_DONE;
    if (!args_has(args, "answer") && cli->interactive) {
        ask_all(cli, record, &form, answers);
    }
    while (code == CLI_DONE && (given = args_next(args, "answer", &at)) != NULL)
        code = take_given(cli, &form, given, answers);
    if (code == CLI_DONE && json_array_size(answers) == 0) {
        return api_fail(cli, CLI_REFUSED, "kith survey answer SURVEY --answer STATEMENT=2",
                        "nothing was answered.");
    }
    return code;
}

/* The survey that a person means, whole. */
static enum cli_exit load_survey(struct cli *cli, const char *word, json_t **record, char **ref)
{
    json_t *found;
    enum cli_exit code = find_record(cli, word, "survey", false, &found);
    if (code != CLI_DONE) return code;
    char *id = find_id(found);
    code = api_get(cli, api_path(cli, "records", id, NULL), record);
    if (code == CLI_DONE) *ref = find_ref(found);
    free(id);
    json_decref(found);
    return code;
}

static enum cli_exit run_answer(struct cli *cli, const struct command *command,
                                const struct args *args)
{
    (void)command;
    json_t *record = NULL, *answers = json_array(), *answer = NULL;
    char *ref = NULL;
    enum cli_exit code = load_survey(cli, args->words[0], &record, &ref);
    if (code == CLI_DONE) code = collect(cli, record, args, answers);
    if (code == CLI_DONE) {
        json_t *body = json_pack("{s:s, s:{s:{s:s, s:s*}, s:{s:O}}}", "type", "survey_response",
                                 "sections", "head", "survey", ref, "round",
                                 args_get(args, "round"), "answers", "list", answers);
        code = api_send(cli, "POST", api_path(cli, "records", NULL), body, &answer);
    }
    if (code == CLI_DONE && !api_json(cli, answer)) {
        size_t n = json_array_size(answers);
        term_line(&cli->out, TERM_GOOD, "Noted: %zu answer%s, without a name.", n,
                  n == 1 ? "" : "s");
        term_next(&cli->out, "kith survey results %s shows what all say together.",
                  api_str(record, "short"));
    }
    json_decref(answer);
    json_decref(answers);
    json_decref(record);
    free(ref);
    return code;
}

/* --- what all say --- */

/* The counts, from the lowest. */
static void put_counts(struct term *term, const json_t *line)
{
    size_t i;
    json_t *count;
    json_array_foreach(api_list(line, "counts"), i, count)
    {
        term_addf(term, TERM_PLAIN, "%s%lld", i == 0 ? "" : "  ",
                  (long long)json_integer_value(count));
    }
    if (api_int(line, "dont_know") > 0) {
        term_addf(term, TERM_DIM, "  don't know %lld", (long long)api_int(line, "dont_know"));
    }
    const json_t *middle = json_object_get(line, "middle");
    if (json_is_number(middle)) {
        term_addf(term, TERM_DIM, "  middle %g", json_number_value(middle));
    }
}

static void put_line(struct cli *cli, const json_t *line, const char *before)
{
    const char *side = api_str(line, "side");
    if (strcmp(api_str(line, "of"), before) != 0) {
        term_gap(&cli->out);
        term_add(&cli->out, TERM_BOLD, api_str(line, "label"));
        if (side[0] != '\0') {
            term_addf(&cli->out, TERM_DIM, "  %s … %s", api_str(line, "low"),
                      api_str(line, "high"));
        }
        term_end(&cli->out, 0, 2);
    }
    if (side[0] != '\0') term_addf(&cli->out, TERM_DIM, "%-7s ", side);
    put_counts(&cli->out, line);
    term_end(&cli->out, 2, 4);
}

static void put_tally(struct cli *cli, const json_t *tally)
{
    size_t i;
    json_t *line;
    int64_t given = api_int(tally, "given"), shown = api_int(tally, "answers");
    const char *round = api_str(tally, "round"), *before = "";
    term_addf(&cli->out, TERM_BOLD, "%s", api_str(tally, "title"));
    if (round[0] != '\0') term_addf(&cli->out, TERM_DIM, "  %s", round);
    term_end(&cli->out, 0, 0);
    if (shown == 0) {
        term_line(&cli->out, TERM_PLAIN, "%lld so far; shown from %lld on.", (long long)given,
                  (long long)api_int(tally, "least"));
        return;
    }
    term_line(&cli->out, TERM_PLAIN,
              shown < given ? "What %lld of %lld people say; more with every third answer."
                            : "What %lld people say.",
              (long long)shown, (long long)given);
    json_array_foreach(api_list(tally, "labels"), i, line)
    {
        term_addf(&cli->out, TERM_DIM, "%s%s", i == 0 ? "From the lowest: " : ", ",
                  json_string_value(line));
    }
    if (i > 0) term_end(&cli->out, 0, 2);
    json_array_foreach(api_list(tally, "lines"), i, line)
    {
        put_line(cli, line, before);
        before = api_str(line, "of");
    }
}

/* The tally as a record, which may be shared. */
static enum cli_exit publish(struct cli *cli, const json_t *tally)
{
    json_t *lines = json_array(), *line, *answer = NULL;
    size_t i;
    if (api_int(tally, "answers") == 0) {
        return api_fail(cli, CLI_REFUSED, NULL, "there are too few answers to publish.");
    }
    json_array_foreach(api_list(tally, "lines"), i, line)
    {
        json_t *side = json_object_get(line, "side");
        json_t *out =
            json_pack("{s:O, s:O, s:O, s:O}", "of", json_object_get(line, "of"), "label",
                      json_object_get(line, "label"), "counts", json_object_get(line, "counts"),
                      "dont_know", json_object_get(line, "dont_know"));
        if (json_is_string(side)) json_object_set(out, "side", side);
        json_array_append_new(lines, out);
    }
    const char *survey = json_string_value(json_object_get(tally, "survey"));
    const char *round = json_string_value(json_object_get(tally, "round"));
    json_t *sections =
        json_pack("{s:{s:s, s:s, s:O, s:s*, s:s*}, s:{s:o}}", "head", "title",
                  api_str(tally, "title"), "kind", survey != NULL ? "survey" : "tensions",
                  "answers", json_object_get(tally, "answers"), "survey", survey, "round",
                  round, "lines", "list", lines);
    json_t *body = json_pack("{s:s, s:O}", "type", "tally", "sections", sections);
    enum cli_exit code = api_send(cli, "POST", api_path(cli, "records", NULL), body, &answer);
    if (code == CLI_DONE && !api_json(cli, answer)) {
        cmd_record_added(cli, "tally", answer, sections);
    }
    json_decref(answer);
    json_decref(sections);
    return code;
}

static enum cli_exit show_results(struct cli *cli, const struct args *args, const char *key,
                                  const char *value)
{
    json_t *tally = NULL;
    char *target = api_with(api_path(cli, "tally", NULL), key, value);
    target = api_with(target, "round", args_get(args, "round"));
    enum cli_exit code = api_get(cli, target, &tally);
    if (code == CLI_DONE && args_has(args, "publish")) {
        code = publish(cli, tally);
    } else if (code == CLI_DONE && !api_json(cli, tally)) {
        put_tally(cli, tally);
        if (api_int(tally, "answers") > 0) {
            term_next(&cli->out, "--publish makes a record of it, which may be shared.");
        }
        screen_behind(cli, tally);
    }
    json_decref(tally);
    return code;
}

static enum cli_exit run_results(struct cli *cli, const struct command *command,
                                 const struct args *args)
{
    (void)command;
    json_t *record;
    enum cli_exit code = find_record(cli, args->words[0], "survey", false, &record);
    if (code != CLI_DONE) return code;
    char *id = find_id(record);
    code = show_results(cli, args, "survey", id);
    free(id);
    json_decref(record);
    return code;
}

static enum cli_exit run_ratings(struct cli *cli, const struct command *command,
                                 const struct args *args)
{
    return show_results(cli, args, "type", command->type);
}

static const struct args_option answer_options[] = {
    {.name = "answer",
     .value = "STATEMENT=N",
     .many = true,
     .help = "one answer, by the statement's id; d is don't know"},
    {.name = "round", .value = "TEXT", .help = "which round, for example \"autumn 2026\""},
    {.name = NULL},
};
static const struct args_option results_options[] = {
    {.name = "round", .value = "TEXT", .help = "which round (the newest)"},
    {.name = "publish", .help = "make a record of it"},
    {.name = NULL},
};

#define ROW .group = COMMAND_RECORD
const struct command cmd_survey_commands[] = {
    {.name = "survey answer",
     .words = "SURVEY",
     ROW,
     .min = 1,
     .max = 1,
     .summary = "Answer a survey, without a name",
     .help = "Asks statement by statement. No name is written, and of the time the day alone. "
             "Answers stay with this school; what is shown is what several say together. An "
             "answer that was given stays as it is.",
     .example = "kith survey answer 7be02a\nkith survey answer 7be02a --answer data=3",
     .options = answer_options,
     .run = run_answer},
    {.name = "survey results",
     .words = "SURVEY",
     ROW,
     .min = 1,
     .max = 1,
     .summary = "Show what all say together in a survey",
     .help = "How often each answer was given, from the lowest. It is shown from three answers "
             "on, and then three more at a time.",
     .example = "kith survey results 7be02a\nkith survey results 7be02a --publish",
     .options = results_options,
     .run = run_results},
    {.name = "tension-rating results",
     .words = "",
     ROW,
     .type = "tension_rating",
     .summary = "Show the spread of ratings on the seven tensions",
     .help =
         "Where people see us, and where we should be, on each of the seven: how many chose "
         "each step between the two poles, and the middle. Nobody is named.",
     .example = "kith tension-rating results --round \"autumn 2026\"",
     .options = results_options,
     .run = run_ratings},
    {.name = NULL},
};
