#include "client/cli/cmd_predict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/api.h"
#include "client/cli/ask.h"
#include "client/cli/command.h"

static const json_t *questions_of(const json_t *sections)
{
    return json_object_get(json_object_get(sections, "plan"), "questions");
}

bool cmd_predict_has(const json_t *sections)
{
    json_t *question;
    size_t i;
    json_array_foreach(questions_of(sections), i, question)
    {
        if (api_str(question, "prediction")[0] != '\0') return true;
    }
    return false;
}

void cmd_predict_name(json_t *questions, const json_t *had)
{
    json_t *item, *question;
    size_t i, at = 0;
    json_array_foreach(questions, i, item)
    {
        if (json_object_get(item, "id") != NULL || json_object_get(item, "question") != NULL)
            continue;
        while ((question = json_array_get(had, at)) != NULL &&
               api_str(question, "prediction")[0] != '\0') {
            at++;
        }
        if (question == NULL) return;
        json_object_update_missing(item, question); /* an item is replaced whole */
        at++;
    }
}

/* --- asked for --- */

/* An item with the prediction, otherwise as the question (NULL: none) is. */
static void put(json_t *list, const char *text, const json_t *question)
{
    json_t *item = json_pack("{s:s}", "prediction", text);
    if (item == NULL) return; /* not UTF-8 */
    if (question != NULL) json_object_update_missing(item, (json_t *)(uintptr_t)question);
    json_array_append_new(list, item);
}

static void ask_one(struct cli *cli, const json_t *question, const char *prompt, json_t *list)
{
    if (feof(cli->in)) return;
    if (api_str(question, "question")[0] != '\0') {
        term_gap(&cli->err);
        term_line(&cli->err, TERM_PLAIN, "%s", api_str(question, "question"));
    }
    char *text = ask_line(cli, prompt);
    if (text != NULL && text[0] != '\0') put(list, text, question);
    free(text);
}

void cmd_predict_ask(struct cli *cli, const json_t *cycle, json_t *out)
{
    const struct schema *schema = command_schema("cycle");
    const struct schema_field *questions = schema_field(schema, "plan.questions");
    const char *prompt = "What do you think will happen, and why?";
    json_t *list = json_array(), *question;
    size_t i;
    for (i = 0; questions != NULL && i < questions->n_items; i++) {
        const char *flag = questions->items[i].flag;
        if (flag != NULL && strcmp(flag, "prediction") == 0)
            prompt = questions->items[i].prompt;
    }
    json_array_foreach(questions_of(json_object_get(cycle, "sections")), i, question)
    {
        if (api_str(question, "prediction")[0] == '\0') ask_one(cli, question, prompt, list);
    }
    if (json_array_size(list) > 0)
        json_object_set_new(out, "questions", list);
    else
        json_decref(list);
}

json_t *cmd_predict_next(struct cli *cli, const json_t *cycle, const struct args *args)
{
    static const char prompt[] =
        "And what do you think will happen next time? (Enter leaves it open)";
    const json_t *questions = questions_of(json_object_get(cycle, "sections"));
    json_t *list = json_array(), *question;
    const char *text;
    size_t i;
    for (size_t at = 0; (text = args_next(args, "predict", &at)) != NULL;)
        put(list, text, json_array_get(questions, json_array_size(list)));
    if (!args_has(args, "predict") && cli->interactive && !cli->json && !cli->yes) {
        json_array_foreach(questions, i, question) ask_one(cli, question, prompt, list);
        if (json_array_size(questions) == 0) ask_one(cli, NULL, prompt, list);
    }
    if (json_array_size(list) == 0) {
        json_decref(list);
        return NULL;
    }
    return json_pack("{s:{s:o}}", "plan", "questions", list);
}
