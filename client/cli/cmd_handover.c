#include "client/cli/cmd_handover.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/cli/api.h"
#include "client/cli/ask.h"
#include "client/cli/screen.h"

/* Where a record names who works on it: a text, a list of texts, or a field of a list's items.
 */
static const struct place {
    const char *type, *section, *field, *item;
} places[] = {
    {"cycle", "head", "team", NULL},
    {"cycle", "plan", "tasks", "who"},
    {"bright_spot", "head", "contact", NULL},
};

/* Cycles whose work is over stay as they were: that is history. */
static bool is_open(const json_t *record)
{
    static const char *const over[] = {"decided", "closed", "withdrawn"};
    for (size_t i = 0; i < sizeof(over) / sizeof(over[0]); i++) {
        if (strcmp(api_str(record, "state"), over[i]) == 0) return false;
    }
    return true;
}

static bool is_named(const json_t *value, const char *name)
{
    return json_is_string(value) && strcasecmp(json_string_value(value), name) == 0;
}

/* The list with the name changed, and without a second mention of it; NULL when it is not
 * there. */
static json_t *in_texts(const json_t *list, const char *from, const char *to)
{
    json_t *out = json_array(), *value;
    bool found = false, there = false;
    size_t i;
    json_array_foreach((json_t *)(uintptr_t)list, i, value)
    {
        bool one = is_named(value, from);
        found = found || one;
        if (one || is_named(value, to)) {
            if (!there) json_array_append_new(out, json_string(to));
            there = true;
        } else {
            json_array_append(out, value);
        }
    }
    if (found) return out;
    json_decref(out);
    return NULL;
}

/* The items that name somebody, with the name changed; the others stay as they are. */
static json_t *in_items(const json_t *list, const char *item, const char *from, const char *to)
{
    json_t *out = json_array(), *value;
    size_t i;
    json_array_foreach((json_t *)(uintptr_t)list, i, value)
    {
        if (!is_named(json_object_get(value, item), from)) continue;
        json_t *changed = json_copy(value);
        json_object_set_new(changed, item, json_string(to));
        json_array_append_new(out, changed);
    }
    if (json_array_size(out) > 0) return out;
    json_decref(out);
    return NULL;
}

/* The sections to send, or NULL when the record does not name them. */
static json_t *patch_of(const json_t *record, const char *from, const char *to)
{
    json_t *sections = json_object();
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        const struct place *at = &places[i];
        if (strcmp(api_str(record, "type"), at->type) != 0) continue;
        const json_t *value = json_object_get(
            json_object_get(json_object_get(record, "sections"), at->section), at->field);
        json_t *changed = at->item != NULL        ? in_items(value, at->item, from, to)
                          : json_is_array(value)  ? in_texts(value, from, to)
                          : is_named(value, from) ? json_string(to)
                                                  : NULL;
        if (changed == NULL) continue;
        if (json_object_get(sections, at->section) == NULL)
            json_object_set_new(sections, at->section, json_object());
        json_object_set_new(json_object_get(sections, at->section), at->field, changed);
    }
    if (json_object_size(sections) > 0) return sections;
    json_decref(sections);
    return NULL;
}

/* All of the school's records of a type that name `from`: [{"record", "sections"}…] into found.
 */
static enum cli_exit look(struct cli *cli, const char *type, const char *from, const char *to,
                          json_t *found)
{
    char *cursor = NULL;
    enum cli_exit code;
    do {
        json_t *answer = NULL, *record;
        size_t i;
        char *target = api_with(api_path(cli, "records", NULL), "type", type);
        target = api_with(api_with(target, "mine", "1"), "full", "1");
        if (cursor != NULL) target = api_with(target, "cursor", cursor);
        free(cursor);
        cursor = NULL;
        code = api_get(cli, target, &answer);
        json_array_foreach(api_list(answer, "items"), i, record)
        {
            json_t *sections = is_open(record) ? patch_of(record, from, to) : NULL;
            if (sections == NULL) continue;
            json_array_append_new(
                found, json_pack("{s:O, s:o}", "record", record, "sections", sections));
        }
        const char *next = api_str(answer, "next");
        if (*next != '\0') cursor = strdup(next);
        json_decref(answer);
    } while (code == CLI_DONE && cursor != NULL);
    free(cursor);
    return code;
}

static enum cli_exit change(struct cli *cli, const json_t *found)
{
    const json_t *record = json_object_get(found, "record");
    json_t *answer = NULL;
    json_t *body = json_pack("{s:O, s:O}", "sections", json_object_get(found, "sections"),
                             "parents", json_object_get(record, "revisions"));
    if (body == NULL) body = json_pack("{s:O}", "sections", json_object_get(found, "sections"));
    enum cli_exit code = api_send(
        cli, "PATCH", api_path(cli, "records", api_str(record, "id"), NULL), body, &answer);
    json_decref(answer);
    return code;
}

static void show(struct cli *cli, const json_t *found)
{
    json_t *one;
    size_t i;
    json_array_foreach((json_t *)(uintptr_t)found, i, one)
    {
        const json_t *record = json_object_get(one, "record");
        term_addf(&cli->out, TERM_DIM, "%.6s  ", api_str(record, "id"));
        term_addf(&cli->out, TERM_PLAIN, "%s", api_str(record, "title"));
        term_end(&cli->out, 2, 10);
    }
}

static enum cli_exit run_handover(struct cli *cli, const struct command *command,
                                  const struct args *args)
{
    (void)command;
    const char *from = args->words[0], *to = args->words[1];
    json_t *found = json_array(), *one;
    size_t i, n = 0;
    enum cli_exit code = look(cli, "cycle", from, to, found);
    if (code == CLI_DONE) code = look(cli, "bright_spot", from, to, found);
    if (code == CLI_DONE && json_array_size(found) == 0) {
        term_line(&cli->out, TERM_PLAIN, "No open work of this school names %s.", from);
        json_decref(found);
        return CLI_DONE;
    }
    if (code == CLI_DONE && !cli->json) show(cli, found);
    if (code == CLI_DONE && !args_has(args, "look")) {
        code = ask_sure(cli, "Give these %zu from %s to %s?", json_array_size(found), from, to);
        json_array_foreach(found, i, one)
        {
            if (code == CLI_DONE) code = change(cli, one);
            n += code == CLI_DONE;
        }
        if (n > 0) term_line(&cli->out, TERM_GOOD, "%zu of %zu now with %s.", n, i, to);
    }
    json_decref(found);
    return code;
}

static const struct args_option handover_options[] = {
    {.name = "look", .help = "show what would change, and change nothing"},
    {.name = NULL},
};

#define ROW .group = COMMAND_RECORD
const struct command cmd_handover_commands[] = {
    {.name = "handover",
     .words = "FROM TO",
     ROW,
     .min = 2,
     .max = 2,
     .summary = "Somebody's open work goes on with somebody else",
     .help = "The teams and tasks of this school's open cycles, and whom to ask about a bright "
             "spot. It is shown before, and asked. What they wrote stays theirs.",
     .example = "kith handover \"the old lead\" \"the new lead\"",
     .options = handover_options,
     .run = run_handover},
    {.name = NULL},
};
