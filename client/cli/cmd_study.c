#include "client/cli/cmd_study.h"

#include <stdlib.h>
#include <string.h>

#include "client/cli/api.h"
#include "client/cli/cmd_cycle.h"
#include "client/cli/cmd_predict.h"
#include "client/cli/compose.h"
#include "client/cli/fields.h"

/* Is there a result for this question? */
static bool has_result(const json_t *results, const char *id)
{
    json_t *result;
    size_t i;
    json_array_foreach(results, i, result)
    {
        if (strcmp(api_str(result, "id"), id) == 0) return true;
    }
    return false;
}

/*
 * A result's id is its question's (cycle.json). Results come in the order of the questions that
 * have none yet; --about N says another.
 */
static void whole_results(json_t *results, const json_t *had)
{
    json_t *item, *was;
    size_t i, k;
    json_array_foreach(results, i, item)
    {
        json_array_foreach(had, k, was)
        {
            if (strcmp(api_str(was, "id"), api_str(item, "id")) != 0) continue;
            json_object_update_missing(item, was);
        }
    }
}

static enum cli_exit name_results(struct cli *cli, json_t *results, const json_t *cycle,
                                  const char *about)
{
    const json_t *sections = json_object_get(cycle, "sections");
    const json_t *questions = schema_get(sections, "plan.questions");
    const json_t *had = schema_get(sections, "study.results");
    size_t n = json_array_size(questions), at = 0, i;
    json_t *item;
    if (about != NULL) {
        char *end;
        at = strtoul(about, &end, 10) - 1;
        if (*end != '\0' || at >= n || json_array_size(results) != 1) {
            return api_fail(cli, CLI_USAGE, "--about 2 is the second question of the plan.",
                            "this cycle has %zu questions.", n);
        }
        json_object_set(json_array_get(results, 0), "id",
                        json_object_get(json_array_get(questions, at), "id"));
        whole_results(results, had);
        return CLI_DONE;
    }
    json_array_foreach(results, i, item)
    {
        if (json_object_get(item, "id") != NULL) continue;
        while (at < n && has_result(had, api_str(json_array_get(questions, at), "id")))
            at++;
        if (at >= n && n == 1) at = 0; /* the only question's result, written anew */
        if (at >= n) break;
        json_object_set(item, "id", json_object_get(json_array_get(questions, at), "id"));
        at++;
    }
    whole_results(results, had); /* an item is replaced whole */
    return CLI_DONE;
}

/* Each question with its prediction, then what happened. */
static enum cli_exit ask_results(struct cli *cli, const json_t *cycle, json_t *sections)
{
    const struct schema *schema = command_schema("cycle");
    const struct schema_field *results = schema_field(schema, "study.results");
    const json_t *had = json_object_get(cycle, "sections");
    json_t *question, *item, *list = json_array();
    size_t i;
    json_object_set_new(cmd_cycle_section(sections, "study"), "results", list);
    json_array_foreach(schema_get(had, "plan.questions"), i, question)
    {
        if (has_result(schema_get(had, "study.results"), api_str(question, "id"))) continue;
        term_heading(&cli->err, api_str(question, "question")[0] == '\0'
                                    ? api_str(cycle, "title")
                                    : api_str(question, "question"));
        if (api_str(question, "prediction")[0] != '\0') {
            term_addf(&cli->err, TERM_PLAIN, "You predicted: %s",
                      api_str(question, "prediction"));
            term_end(&cli->err, 2, 4);
        }
        enum cli_exit code = fields_ask_item(cli, results, &item);
        if (code != CLI_DONE) return code;
        if (item == NULL) continue;
        json_object_set(item, "id", json_object_get(question, "id"));
        json_array_append_new(list, item);
    }
    if (json_array_size(list) == 0)
        json_object_del(cmd_cycle_section(sections, "study"), "results");
    const struct fields_form form = {.schema = schema, .sections = "study", .current = had};
    return fields_ask(cli, &form, sections);
}

/* What was asked and predicted, on top of the editor's text; the results go below in its order.
 */
static char *plan_above(const json_t *cycle)
{
    struct buf out = {0};
    json_t *question;
    size_t i;
    json_array_foreach(schema_get(json_object_get(cycle, "sections"), "plan.questions"), i,
                       question)
    {
        static const struct {
            const char *key, *label;
        } lines[] = {{"question", "Question"}, {"prediction", "You predicted"}};
        for (size_t k = 0; k < 2; k++) {
            const char *text = api_str(question, lines[k].key);
            if (text[0] == '\0') continue;
            buf_put_str(&out, "# ");
            buf_put_str(&out, lines[k].label);
            buf_put_str(&out, ": ");
            for (; *text != '\0'; text++)
                buf_put_u8(&out, *text == '\n' ? ' ' : (uint8_t)*text);
            buf_put_u8(&out, '\n');
        }
    }
    buf_put_u8(&out, 0);
    return (char *)out.data;
}

enum cli_exit cmd_study_run(struct cli *cli, const struct command *command,
                            const struct args *args)
{
    json_t *cycle, *sections = NULL, *answer = NULL;
    bool typed = false;
    enum cli_exit code = cmd_cycle_find(cli, args_word(args, 0), "doing studying", &cycle);
    if (code != CLI_DONE) return code;
    struct compose compose = {.schema = command_schema("cycle"),
                              .sections = command->sections,
                              .current = json_object_get(cycle, "sections")};
    bool by_flags = args_has(args, "from") || args_has(args, "edit") ||
                    fields_given(compose.schema, compose.sections, args);
    if (cli->interactive && !by_flags) {
        sections = json_object();
        fields_ask_begin(cli);
        code = ask_results(cli, cycle, sections);
        typed = true;
    } else {
        char *above = plan_above(cycle);
        compose.above = above;
        code = compose_run(cli, &compose, args, &sections, &typed);
        free(above);
    }
    if (code == CLI_DONE && typed &&
        json_object_size(json_object_get(sections, "study")) == 0) {
        code = api_fail(cli, CLI_REFUSED, NULL, "nothing was said, so nothing was written.");
    }
    if (code == CLI_DONE) {
        json_t *study = cmd_cycle_section(sections, "study");
        code = name_results(cli, json_object_get(study, "results"), cycle,
                            args_get(args, "about"));
    }
    if (code == CLI_DONE) {
        code =
            cmd_cycle_send(cli, cycle, "study", json_deep_copy(sections), args, typed, &answer);
    }
    if (code == CLI_DONE && !api_json(cli, answer)) {
        cmd_cycle_done(cli, "Studied", answer, api_str(cycle, "title"));
        term_next(&cli->out,
                  "Next: kith cycle act %s adopt, adapt or abandon; adapt opens the "
                  "next cycle.",
                  api_str(cycle, "short"));
    }
    json_decref(answer);
    json_decref(sections);
    json_decref(cycle);
    return code;
}

/* --- act --- */

static const char *const decisions[] = {"adopt", "adapt", "abandon"};

static const char *decision_of(const char *word)
{
    for (size_t i = 0; word != NULL && i < 3; i++) {
        if (strcmp(word, decisions[i]) == 0) return decisions[i];
    }
    return NULL;
}

static void say_acted(struct cli *cli, const json_t *cycle, const json_t *answer,
                      const char *decision, bool predicted)
{
    char shorter[9];
    char said[32];
    snprintf(said, sizeof(said), "Decided to %.10s", decision);
    cmd_cycle_done(cli, said, answer, api_str(cycle, "title"));
    const char *next = api_str(answer, "next");
    if (next[0] == '\0') {
        term_next(&cli->out, "Next: let the others learn from it: kith share %s --with buddies",
                  api_str(cycle, "short"));
        return;
    }
    term_addf(&cli->out, TERM_GOOD, "Opened");
    term_addf(&cli->out, TERM_PLAIN, " the next cycle ");
    term_addf(&cli->out, TERM_BOLD, "%s", api_short(shorter, next));
    term_end(&cli->out, 0, 2);
    if (predicted) {
        term_next(&cli->out, "Next, when you try it: kith cycle do %s --observation \"…\"",
                  shorter);
    } else {
        term_next(&cli->out,
                  "Next: kith cycle plan %s --predict \"what you think will happen "
                  "this time\"",
                  shorter);
    }
}

enum cli_exit cmd_study_act(struct cli *cli, const struct command *command,
                            const struct args *args)
{
    const char *word = args_word(args, 0), *decision = decision_of(args_word(args, 1));
    json_t *cycle, *sections = NULL, *answer = NULL, *preset = NULL;
    bool typed = false, predicted = false;
    if (args->n == 1 && (decision = decision_of(word)) != NULL) word = NULL;
    if (args->n == 2 && decision == NULL) {
        return api_fail(cli, CLI_USAGE, "kith cycle act ID adopt, adapt or abandon",
                        "\"%s\" is no decision.", args->words[1]);
    }
    enum cli_exit code = cmd_cycle_find(cli, word, "studying doing", &cycle);
    if (code != CLI_DONE) return code;
    struct compose compose = {.schema = command_schema("cycle"),
                              .sections = command->sections,
                              .current = json_object_get(cycle, "sections")};
    if (decision != NULL) preset = json_pack("{s:{s:s}}", "act", "decision", decision);
    compose.preset = preset;
    code = compose_run(cli, &compose, args, &sections, &typed);
    if (code == CLI_DONE) {
        json_t *act = cmd_cycle_section(sections, "act");
        decision = api_str(act, "decision");
        json_t *body = json_deep_copy(sections);
        json_t *next = NULL;
        if (args_has(args, "no-next"))
            json_object_set_new(body, "next", json_false());
        else if (strcmp(decision, "adapt") == 0 || args_has(args, "predict"))
            next = cmd_predict_next(cli, cycle, args);
        if (next != NULL) json_object_set_new(body, "next", next);
        predicted = next != NULL;
        code = cmd_cycle_send(cli, cycle, "act", body, args, typed, &answer);
    }
    if (code == CLI_DONE && !api_json(cli, answer)) {
        say_acted(cli, cycle, answer, decision, predicted);
    }
    json_decref(answer);
    json_decref(sections);
    json_decref(preset);
    json_decref(cycle);
    return code;
}

enum cli_exit cmd_study_next(struct cli *cli, const struct command *command,
                             const struct args *args)
{
    (void)command;
    json_t *cycle, *answer = NULL;
    enum cli_exit code = cmd_cycle_find(cli, args_word(args, 0), "decided closed", &cycle);
    if (code != CLI_DONE) return code;
    json_t *body = cmd_predict_next(cli, cycle, args);
    bool predicted = body != NULL;
    if (body == NULL) body = json_object();
    code = cmd_cycle_send(cli, cycle, "next", body, args, false, &answer);
    if (code == CLI_DONE && !api_json(cli, answer)) {
        cmd_cycle_done(cli, "Opened", answer, "");
        term_next(&cli->out,
                  predicted ? "Next, when you try it: kith cycle do %.6s --observation \"…\""
                            : "Next: kith cycle plan %.6s --predict \"what you think will "
                              "happen\"",
                  api_str(answer, "record"));
    }
    json_decref(answer);
    json_decref(cycle);
    return code;
}
