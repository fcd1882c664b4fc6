#include "client/cli/complete.h"

#include <stdlib.h>
#include <string.h>

#include "client/cli/command.h"
#include "client/cli/fields.h"

static void put_options(FILE *out, const struct args_option *options)
{
    for (const struct args_option *option = options; option != NULL && option->name != NULL;
         option++) {
        fprintf(out, " --%s", option->name);
    }
}

/* A line of the case: what may stand behind these words. */
static void put_command(FILE *out, const char *name, const struct command *command,
                        const struct schema *schema)
{
    fprintf(out, "    \" %s\" | \" %s \"*) words=\"", name, name);
    put_options(out, command->options);
    if (schema != NULL) {
        struct args_option *fields = fields_options(schema, command->sections);
        put_options(out, fields);
        free(fields);
    }
    put_options(out, command_globals);
    fputs("\" ;;\n", out);
}

static void put_commands(FILE *out)
{
    const struct command *command;
    for (size_t at = 0; (command = command_next(&at)) != NULL;) {
        bool typed = command->fields == COMMAND_FIELDS_TYPE;
        put_command(out, command->name, command, typed ? command_schema(command->type) : NULL);
    }
}

/* A type's name as it is typed. */
static const char *typed_name(char out[80], const struct schema *schema)
{
    snprintf(out, 80, "%s", schema->type);
    for (char *p = out; *p != '\0'; p++) {
        if (*p == '_') *p = '-';
    }
    return out;
}

/* Has the type rows of its own ("cycle plan")? */
static bool has_rows(const char *type)
{
    const struct command *command;
    size_t n = strlen(type);
    for (size_t at = 0; (command = command_next(&at)) != NULL;) {
        if (strncmp(command->name, type, n) == 0 && command->name[n] == ' ') return true;
    }
    return false;
}

/* "aim add", "aim list": the general rows, for types without rows of their own. */
static void put_types(FILE *out)
{
    static const char *const verbs[] = {"add", "edit", "list", "show"};
    const struct schema_set *set = command_schemas();
    for (size_t i = 0; i < schema_set_count(set); i++) {
        const struct schema *schema = schema_set_at(set, i);
        char type[80], name[96];
        typed_name(type, schema);
        for (size_t k = 0; k < 4; k++) {
            char *words[2] = {type, (char *)(uintptr_t)verbs[k]};
            const char *general;
            int used;
            const struct command *command = command_find(2, words, &used, &general);
            if (command == NULL || general == NULL) continue;
            snprintf(name, sizeof(name), "%s %s", type, verbs[k]);
            put_command(out, name, command,
                        command->fields == COMMAND_FIELDS_NONE ? NULL : schema);
        }
    }
}

/* The second words of each first word. */
static void put_groups(FILE *out)
{
    const struct command *command;
    const char *last = "";
    for (size_t at = 0; (command = command_next(&at)) != NULL;) {
        size_t n = strcspn(command->name, " ");
        bool same = strncmp(last, command->name, n) == 0 && strcspn(last, " ") == n;
        if (command->name[n] == '\0') continue;
        if (!same)
            fprintf(out, "%s    \" %.*s\") words=\"", last[0] == '\0' ? "" : "\" ;;\n", (int)n,
                    command->name);
        fprintf(out, " %s", command->name + n + 1);
        last = command->name;
    }
    fputs("\" ;;\n", out);
    const struct schema_set *set = command_schemas();
    for (size_t i = 0; i < schema_set_count(set); i++) {
        char type[80];
        if (has_rows(typed_name(type, schema_set_at(set, i)))) continue;
        fprintf(out, "    \" %s\") words=\" add edit list show\" ;;\n", type);
    }
}

static void put_first_words(FILE *out)
{
    const struct command *command;
    const struct schema_set *set = command_schemas();
    const char *last = "";
    fputs("    \"\") words=\"", out);
    for (size_t at = 0; (command = command_next(&at)) != NULL;) {
        size_t n = strcspn(command->name, " ");
        if (strncmp(last, command->name, n) == 0 && strcspn(last, " ") == n) continue;
        last = command->name;
        fprintf(out, " %.*s", (int)n, last);
    }
    for (size_t i = 0; i < schema_set_count(set); i++) {
        char type[80];
        if (!has_rows(typed_name(type, schema_set_at(set, i)))) fprintf(out, " %s", type);
    }
    fputs("\" ;;\n", out);
}

void complete_bash(FILE *out)
{
    fputs("# bash completion for kith; made by `kith completion bash`\n"
          "_kith() {\n"
          "    local word=${COMP_WORDS[COMP_CWORD]} line=\"\" i\n"
          "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
          "        case ${COMP_WORDS[i]} in\n"
          "        --data | --network) ((i++)) ;;\n"
          "        -*) ;;\n"
          "        *) line=\"$line ${COMP_WORDS[i]}\" ;;\n"
          "        esac\n"
          "    done\n"
          "    line=${line# help} # what help explains is completed as if it were run\n"
          "    local words=\"\"\n"
          "    case $line in\n",
          out);
    put_groups(out);
    put_commands(out);
    put_types(out);
    put_first_words(out);
    fputs("    esac\n"
          "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
          "}\n"
          "complete -o default -F _kith kith\n",
          out);
}
