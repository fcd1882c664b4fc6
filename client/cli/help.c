#include "client/cli/help.h"

#include <stdlib.h>
#include <string.h>

#include "client/cli/fields.h"
#include "proto/record/form.h"

static const char *const headings[] = {
#define X(name, heading) heading,
    COMMAND_GROUPS(X)
#undef X
};

enum { NAME_COLUMNS = 20, OPTION_COLUMNS = 26 };

static void put_row(struct term *term, const char *name, const char *text, unsigned columns)
{
    term_add(term, TERM_PLAIN, name);
    term_pad(term, columns);
    term_add(term, TERM_DIM, text);
    term_end(term, 2, columns + 2);
}

void help_all(struct term *term)
{
    const struct command *command;
    term_line(term, TERM_PLAIN,
              "kith [--data DIR] [--network NAME] [--json] COMMAND\n"
              "Log small tests of change, and learn with the schools beside you.");
    for (size_t group = 0; group < COMMAND_GROUP_COUNT; group++) {
        term_heading(term, headings[group]);
        for (size_t at = 0; (command = command_next(&at)) != NULL;) {
            if (command->group == (enum command_group)group) {
                put_row(term, command->name, command->summary, NAME_COLUMNS);
            }
        }
    }
    term_next(term, "kith help COMMAND explains one, with an example. Every other type of "
                    "record works like idea: kith aim list, kith driver add …; kith help types "
                    "lists them.");
}

void help_first(struct term *term)
{
    static const struct {
        const char *when, *command;
    } rows[] = {
        {"Begin", "kith init \"Lincoln High School\""},
        {"Plan a small test", "kith cycle plan \"parent night\" -p \"40 families come\""},
        {"While you try it", "kith cycle do -o \"52 families, 9 new\""},
        {"When it is over", "kith cycle study -r \"52 came\" -m yes -l \"earlier helps\""},
        {"Decide, and go on", "kith cycle act adapt -n \"offer childcare\" -p \"60 come\""},
        {"Let others learn", "kith share @ --with buddies"},
        {"What is new", "kith feed"},
        {"How things stand", "kith status"},
    };
    term_line(term, TERM_PLAIN,
              "Log small tests of change, and learn with the schools beside you.");
    term_gap(term);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        term_add(term, TERM_DIM, rows[i].when);
        term_pad(term, NAME_COLUMNS);
        term_add(term, TERM_PLAIN, rows[i].command);
        term_end(term, 2, NAME_COLUMNS + 2);
    }
    term_next(term,
              "Without options a command asks. kith help lists them all; kith help COMMAND "
              "explains one.");
}

static void put_options(struct term *term, const struct args_option *options,
                        const char *heading)
{
    char name[64];
    if (options == NULL || options->name == NULL) return;
    term_heading(term, heading);
    for (const struct args_option *option = options; option->name != NULL; option++) {
        snprintf(name, sizeof(name), "%s%c%s--%s%s%s", option->letter ? "-" : "",
                 option->letter ? option->letter : ' ', option->letter ? ", " : "",
                 option->name, option->value == NULL ? "" : " ",
                 option->value == NULL ? "" : option->value);
        put_row(term, option->letter ? name : name + 1, option->help, OPTION_COLUMNS);
    }
}

static void put_usage(struct term *term, const struct command *command, const char *type)
{
    char name[72] = "";
    if (type != NULL) {
        snprintf(name, sizeof(name), "%s ", type);
        for (char *p = name; *p != '\0'; p++) {
            if (*p == '_') *p = '-';
        }
    }
    const char *words = command->words;
    if (type != NULL && strncmp(words, "TYPE", 4) == 0) words += words[4] == ' ' ? 5 : 4;
    bool options = command->options != NULL || command->fields != COMMAND_FIELDS_NONE;
    term_addf(term, TERM_BOLD, "kith %s%s", name, command->name);
    term_addf(term, TERM_PLAIN, "%s%s%s", words[0] == '\0' ? "" : " ", words,
              options ? " [OPTION …]" : "");
    term_end(term, 0, 4);
}

/* "kith driver list --mine": of a general row, for one type. */
static void put_type_example(struct term *term, const char *name, const char *type)
{
    char typed[72];
    snprintf(typed, sizeof(typed), "%s", type);
    for (char *p = typed; *p != '\0'; p++) {
        if (*p == '_') *p = '-';
    }
    const char *rest = strcmp(name, "add") == 0    ? "--from"
                       : strcmp(name, "list") == 0 ? "--mine"
                                                   : "7be02a";
    bool file = strcmp(name, "add") == 0;
    term_heading(term, "Example");
    term_addf(term, TERM_PLAIN, "kith %s %s %s%s%s%s", typed, name, rest, file ? " " : "",
              file ? typed : "", file ? ".json" : "");
    term_end(term, 2, 6);
}

static void put_examples(struct term *term, const struct command *command, const char *type)
{
    if (type != NULL) {
        put_type_example(term, command->name, type);
        return;
    }
    term_heading(term, "Example");
    for (const char *line = command->example; *line != '\0';) {
        size_t n = strcspn(line, "\n");
        term_addf(term, TERM_PLAIN, "%.*s", (int)n, line);
        term_end(term, 2, 6);
        line += n + (line[n] == '\n');
    }
}

/* The forms that a type comes with. */
static void put_forms(struct term *term, const char *type)
{
    json_t *form;
    bool any = false;
    for (size_t i = 0; (form = form_at(i)) != NULL; i++) {
        if (strcmp(json_string_value(json_object_get(form, "type")), type) == 0) {
            if (!any) term_heading(term, "Forms to begin with (--form)");
            any = true;
            put_row(term, json_string_value(json_object_get(form, "form")),
                    json_string_value(json_object_get(form, "about")), OPTION_COLUMNS);
        }
        json_decref(form);
    }
}

void help_command(struct term *term, const struct command *command, const char *type)
{
    put_usage(term, command, type);
    term_line(term, TERM_PLAIN, "%s.", command->summary);
    term_gap(term);
    term_line(term, TERM_PLAIN, "%s", command->help);
    put_options(term, command->options, "Options");
    const char *of = command->fields == COMMAND_FIELDS_TYPE ? command->type : type;
    const struct schema *schema = of == NULL ? NULL : command_schema(of);
    if (schema != NULL && command->fields != COMMAND_FIELDS_NONE) {
        struct args_option *fields = fields_options(schema, command->sections);
        put_options(term, fields, "What can be said");
        free(fields);
        if (strcmp(command->name, "add") == 0) put_forms(term, schema->type);
    } else if (command->fields != COMMAND_FIELDS_NONE) {
        term_next(term, "Its fields are options too; kith help TYPE add lists them.");
    }
    put_examples(term, command, type);
}

/* The rows that every type has, but those that it has of its own. */
static void put_general(struct term *term, const char *word)
{
    static const char *const general[] = {"add", "edit ID", "list", "show ID"};
    for (size_t i = 0; i < 4; i++) {
        char own[80];
        snprintf(own, sizeof(own), "%.60s %.*s", word, (int)strcspn(general[i], " "),
                 general[i]);
        const struct command *command = NULL;
        for (size_t at = 0; (command = command_next(&at)) != NULL;) {
            if (strcmp(command->name, own) == 0) break;
        }
        if (command != NULL) continue;
        term_addf(term, TERM_PLAIN, "kith %s %s", word, general[i]);
        term_end(term, 2, 4);
    }
}

bool help_group(struct term *term, const char *word)
{
    const struct command *command;
    size_t n = strlen(word), found = 0;
    for (size_t at = 0; (command = command_next(&at)) != NULL;) {
        if (strncmp(command->name, word, n) != 0 || command->name[n] != ' ') continue;
        if (found++ == 0) term_line(term, TERM_BOLD, "kith %s …", word);
        put_row(term, command->name, command->summary, NAME_COLUMNS);
    }
    const struct schema *schema = command_schema(word);
    if (schema != NULL) {
        if (found > 0) term_gap(term);
        term_line(term, TERM_PLAIN, "%s. %s", schema->label, schema->help);
        term_gap(term);
        put_general(term, word);
    }
    return found > 0 || schema != NULL;
}

static void markdown_options(FILE *out, const struct args_option *options)
{
    for (const struct args_option *option = options; option != NULL && option->name != NULL;
         option++) {
        fprintf(out, "- `--%s%s%s`%s: %s\n", option->name, option->value == NULL ? "" : " ",
                option->value == NULL ? "" : option->value, option->many ? " (repeatable)" : "",
                option->help);
    }
}

void help_markdown(FILE *out)
{
    const struct command *command;
    fputs(
        "# The commands of kith\n\nMade by `kith help --markdown` from the table of commands. "
        "Exit codes: 0 done, 1 failed, 2 usage, 3 not found, 4 daemon unreachable, 5 refused.\n"
        "\nEvery command takes:\n\n",
        out);
    markdown_options(out, command_globals);
    for (size_t group = 0; group < COMMAND_GROUP_COUNT; group++) {
        fprintf(out, "\n## %s\n", headings[group]);
        for (size_t at = 0; (command = command_next(&at)) != NULL;) {
            if (command->group != (enum command_group)group) continue;
            fprintf(out, "\n### kith %s%s%s\n\n%s.\n\n%s\n\n", command->name,
                    command->words[0] == '\0' ? "" : " ", command->words, command->summary,
                    command->help);
            markdown_options(out, command->options);
            if (command->fields == COMMAND_FIELDS_TYPE) {
                struct args_option *fields =
                    fields_options(command_schema(command->type), command->sections);
                markdown_options(out, fields);
                free(fields);
            }
            fprintf(out, "\n```\n%s\n```\n", command->example);
        }
    }
}
