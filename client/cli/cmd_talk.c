#include "client/cli/cmd_talk.h"

#include <stdlib.h>
#include <string.h>

#include "client/cli/api.h"
#include "client/cli/compose.h"
#include "client/cli/find.h"
#include "client/cli/screen.h"
#include "client/cli/when.h"

static enum cli_exit send_feedback(struct cli *cli, const char *target, const char *kind,
                                   const char *text, const char *answers, const char *our_cycle,
                                   const struct args *args)
{
    json_t *answer = NULL;
    char shorter[9];
    json_t *body = json_pack("{s:s, s:s, s:s*, s:s*}", "kind", kind, "text", text, "answers",
                             answers, "our_cycle", our_cycle);
    if (body == NULL) {
        return api_fail(cli, CLI_USAGE, NULL, "this text is not valid UTF-8.");
    }
    compose_person(body, args);
    enum cli_exit code = api_send(
        cli, "POST", api_path(cli, "records", target, "feedback", NULL), body, &answer);
    if (code == CLI_DONE && !api_json(cli, answer)) {
        term_add(&cli->out, TERM_GOOD, "Said");
        term_addf(&cli->out, TERM_BOLD, " %s", api_short(shorter, api_str(answer, "record")));
        term_add(&cli->out, TERM_DIM, "  it goes where you read the record");
        term_end(&cli->out, 0, 2);
        api_warnings(cli, answer);
    }
    json_decref(answer);
    return code;
}

static const char *feedback_kind(const char *typed)
{
    static const char *const kinds[] = {"warm",       "cool",        "question",
                                        "suggestion", "we-tried-it", "answer"};
    if (strcmp(typed, "tried") == 0) typed = "we-tried-it";
    for (size_t i = 0; i < 6; i++) {
        if (strcmp(kinds[i], typed) == 0) return kinds[i];
    }
    return NULL;
}

/* The reference of a record that an option names; NULL when it was not given. free() it. */
static enum cli_exit named_ref(struct cli *cli, const char *word, const char *type, char **ref)
{
    json_t *record;
    *ref = NULL;
    if (word == NULL) return CLI_DONE;
    enum cli_exit code = find_record(cli, word, type, false, &record);
    if (code != CLI_DONE) return code;
    *ref = find_ref(record);
    json_decref(record);
    return CLI_DONE;
}

static enum cli_exit run_feedback_add(struct cli *cli, const struct command *command,
                                      const struct args *args)
{
    (void)command;
    json_t *record;
    const char *kind = args_get(args, "kind"), *text = args_get(args, "text");
    size_t at = 1;
    if (kind == NULL) kind = args_word(args, at++);
    if (text == NULL) text = args_word(args, at++);
    kind = kind == NULL ? NULL : feedback_kind(kind);
    if (kind == NULL || text == NULL || at < args->n) {
        return api_fail(cli, CLI_USAGE, "kith feedback add ID warm \"what you liked\"",
                        "say one of warm, cool, question, suggestion, tried; then the text in "
                        "quotes.");
    }
    enum cli_exit code = find_record(cli, args->words[0], NULL, false, &record);
    if (code != CLI_DONE) return code;
    char *id = find_id(record);
    char *answers = NULL, *our_cycle = NULL;
    code = named_ref(cli, args_get(args, "answers"), "feedback", &answers);
    if (code == CLI_DONE)
        code = named_ref(cli, args_get(args, "our-cycle"), "cycle", &our_cycle);
    if (code == CLI_DONE) code = send_feedback(cli, id, kind, text, answers, our_cycle, args);
    free(our_cycle);
    free(answers);
    free(id);
    json_decref(record);
    return code;
}

static enum cli_exit run_feedback_answer(struct cli *cli, const struct command *command,
                                         const struct args *args)
{
    (void)command;
    json_t *found, *feedback = NULL;
    enum cli_exit code = find_record(cli, args->words[0], "feedback", false, &found);
    if (code != CLI_DONE) return code;
    char *id = find_id(found);
    json_decref(found);
    code = api_get(cli, api_path(cli, "records", id, NULL), &feedback);
    free(id);
    if (code != CLI_DONE) return code;
    id = find_ref(feedback);
    char *target = mem_strdup(
        api_str(json_object_get(json_object_get(feedback, "sections"), "head"), "target"));
    char *slash = strchr(target, '/');
    if (slash != NULL) *slash = '.';
    code = send_feedback(cli, target, "answer", args->words[1], id, NULL, args);
    free(target);
    free(id);
    json_decref(feedback);
    return code;
}

static void show_feedback(struct cli *cli, const json_t *item)
{
    char ago[WHEN_MAX];
    int64_t at = api_time(item, "at");
    const char *person = api_str(item, "person"),
               *about = api_str(json_object_get(item, "target"), "title");
    term_gap(&cli->out);
    term_addf(&cli->out, TERM_BOLD, "%s", api_str(item, "short"));
    const char *answers = strchr(api_str(item, "answers"), '/');
    term_addf(&cli->out, TERM_PLAIN, "  %s", api_str(item, "kind"));
    if (answers != NULL) term_addf(&cli->out, TERM_DIM, " to %.6s", answers + 1);
    term_addf(&cli->out, TERM_DIM, "  %s", api_name(item, "owner"));
    if (person[0] != '\0') term_addf(&cli->out, TERM_DIM, ", %s", person);
    if (at != 0) term_addf(&cli->out, TERM_DIM, ", %s", when_ago(ago, at, cli->now_s));
    if (about[0] != '\0') term_addf(&cli->out, TERM_DIM, ", on %s", about);
    if (json_is_false(json_object_get(item, "current")))
        term_add(&cli->out, TERM_DIM, ", on what it said before");
    if (api_bool(item, "open")) term_add(&cli->out, TERM_WARN, "  waits for an answer");
    term_end(&cli->out, 0, 2);
    term_add(&cli->out, TERM_PLAIN, api_str(item, "text"));
    term_end(&cli->out, 2, 2);
}

/* What buddies shared and nobody here has said a word about yet. */
static void show_owed(struct cli *cli, const json_t *item)
{
    char due[WHEN_MAX];
    int64_t at = api_time(item, "due");
    term_addf(&cli->out, TERM_BOLD, "%s", api_str(item, "short"));
    term_addf(&cli->out, TERM_PLAIN, "  %s  ", api_str(item, "title"));
    term_add(&cli->out, TERM_DIM, api_name(item, "owner"));
    if (at != 0) {
        term_addf(&cli->out, api_bool(item, "late") ? TERM_WARN : TERM_DIM, ", due %s",
                  when_ago(due, at, cli->now_s));
    }
    term_end(&cli->out, 2, 4);
}

static enum cli_exit run_feedback_list(struct cli *cli, const struct command *command,
                                       const struct args *args)
{
    (void)command;
    json_t *record = NULL, *answer = NULL, *item;
    enum cli_exit code = CLI_DONE;
    bool owed = args->n == 0 && args_has(args, "owed");
    size_t i;
    char *target;
    if (args->n == 0) {
        const char *which = owed ? "owed" : args_has(args, "given") ? "given" : "got";
        target = api_with(api_path(cli, "feedback", NULL), "which", which);
    } else {
        code = find_record(cli, args->words[0], NULL, false, &record);
        if (code != CLI_DONE) return code;
        char *id = find_id(record);
        target = api_path(cli, "records", id, "feedback", NULL);
        target = api_with(target, "limit", args_get(args, "limit"));
        free(id);
    }
    code = api_get(cli, target, &answer);
    if (code == CLI_DONE && !api_json(cli, answer)) {
        json_array_foreach(api_list(answer, "items"), i, item)
        {
            if (owed)
                show_owed(cli, item);
            else
                show_feedback(cli, item);
        }
        if (i == 0) {
            term_line(&cli->out, TERM_PLAIN,
                      owed ? "You owe no feedback." : "No feedback here yet.");
        } else if (owed) {
            term_next(&cli->out, "kith feedback add ID warm \"what you liked\"");
        }
        screen_behind(cli, answer);
    }
    json_decref(answer);
    json_decref(record);
    return code;
}

static const struct args_option feedback_options[] = {
    {.name = "kind", .value = "KIND", .help = "warm, cool, question, suggestion or tried"},
    {.name = "text", .value = "TEXT", .help = "what you say"},
    {.name = "answers", .value = "ID", .help = "the feedback that this answers"},
    {.name = "our-cycle", .value = "ID", .help = "tried: the cycle in which you did"},
    {.name = "person", .value = "NAME", .help = "who writes"},
    {.name = NULL},
};
static const struct args_option answer_options[] = {
    {.name = "person", .value = "NAME", .help = "who writes"}, {.name = NULL}};
static const struct args_option limit_options[] = {
    {.name = "owed", .help = "what buddies shared and you have not answered yet"},
    {.name = "given", .help = "what this school said"},
    {.name = "limit", .value = "N", .help = "on one record: how many (50)"},
    {.name = NULL}};

#define ROW .group = COMMAND_RECORD
const struct command cmd_talk_commands[] = {
    {.name = "feedback add",
     .words = "ID KIND TEXT",
     ROW,
     .min = 1,
     .max = 3,
     .summary = "Say something about a record",
     .help =
         "Warm: what you liked. Cool: what you doubt. A question, a suggestion, or tried: we "
         "tried it, and this happened. It goes where you read the record.",
     .example = "kith feedback add 4fa21c question \"How did families hear of it?\"",
     .options = feedback_options,
     .run = run_feedback_add},
    {.name = "feedback answer",
     .words = "FEEDBACK TEXT",
     ROW,
     .min = 2,
     .max = 2,
     .summary = "Answer feedback",
     .help = "The answer goes where the question came from.",
     .example = "kith feedback answer 9c01d2 \"By text message, twice\"",
     .options = answer_options,
     .run = run_feedback_answer},
    {.name = "feedback list",
     .words = "[ID]",
     ROW,
     .max = 1,
     .summary = "Read feedback",
     .help = "On one record; or without one all that this "
             "school was told, with what waits for an answer.",
     .example = "kith feedback list 4fa21c\nkith feedback list --owed",
     .options = limit_options,
     .run = run_feedback_list},
    {.name = NULL},
};
