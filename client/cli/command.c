#include "client/cli/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/cmd_archive.h"
#include "client/cli/cmd_artifact.h"
#include "client/cli/cmd_buddy.h"
#include "client/cli/cmd_copy.h"
#include "client/cli/cmd_cycle.h"
#include "client/cli/cmd_digest.h"
#include "client/cli/cmd_draft.h"
#include "client/cli/cmd_entry.h"
#include "client/cli/cmd_erase.h"
#include "client/cli/cmd_handover.h"
#include "client/cli/cmd_help.h"
#include "client/cli/cmd_measure.h"
#include "client/cli/cmd_move.h"
#include "client/cli/cmd_node.h"
#include "client/cli/cmd_people.h"
#include "client/cli/cmd_read.h"
#include "client/cli/cmd_record.h"
#include "client/cli/cmd_school.h"
#include "client/cli/cmd_share.h"
#include "client/cli/cmd_start.h"
#include "client/cli/cmd_survey.h"
#include "client/cli/cmd_talk.h"
#include "client/cli/types.h"

/* The parts of the table, each beside its handlers, in the order of `kith help`. */
static const struct command *const parts[] = {
    cmd_start_commands,    cmd_cycle_commands,   cmd_record_commands, cmd_survey_commands,
    cmd_draft_commands,    cmd_measure_commands, cmd_talk_commands,   cmd_share_commands,
    cmd_erase_commands,    cmd_read_commands,    cmd_digest_commands, cmd_people_commands,
    cmd_school_commands,   cmd_entry_commands,   cmd_buddy_commands,  cmd_handover_commands,
    cmd_artifact_commands, cmd_archive_commands, cmd_move_commands,   cmd_copy_commands,
    cmd_node_commands,     cmd_help_commands,
};

const struct args_option command_globals[] = {
    {.name = "data",
     .value = "DIR",
     .help = "the data folder (else $KITH_DATA, else your own)"},
    {.name = "network", .value = "NAME", .help = "which network, when there are several"},
    {.name = "json", .help = "the answer as JSON, for programs"},
    {.name = "yes", .letter = 'y', .help = "answer every question with yes"},
    {.name = "help", .letter = 'h', .help = "explain the command"},
    {.name = NULL},
};

static struct schema_set *schemas;
static const struct cli *asker; /* whose daemon is asked for types that are not built in */
static char *asked;             /* the socket that was asked last */

static void forget_schemas(void)
{
    schema_set_free(schemas);
    free(asked);
    schemas = NULL;
    asked = NULL;
}

void command_ask(const struct cli *cli)
{
    asker = cli;
    if (asked != NULL) forget_schemas(); /* another run, perhaps beside another daemon */
}

static struct schema_set *built_in(void)
{
    static bool once;
    if (!once) atexit(forget_schemas);
    once = true;
    if (schemas == NULL) schemas = schema_set_new();
    return schemas;
}

const struct schema_set *command_schemas(void)
{
    return built_in();
}

const struct schema_set *command_all_schemas(void)
{
    struct schema_set *set = built_in();
    if (asker == NULL || asker->socket_path == NULL) return set;
    if (asked != NULL && strcmp(asked, asker->socket_path) == 0) return set;
    free(asked);
    asked = mem_strdup(asker->socket_path);
    types_fetch(asker, set);
    return set;
}

const struct schema *command_schema(const char *name)
{
    char type[65];
    size_t i = 0;
    for (; name[i] != '\0' && i + 1 < sizeof(type); i++) {
        type[i] = name[i] == '-' ? '_' : name[i];
    }
    type[i] = '\0';
    const struct schema *schema = schema_set_find(command_schemas(), type);
    return schema != NULL ? schema : schema_set_find(command_all_schemas(), type);
}

const struct command *command_next(size_t *at)
{
    size_t index = *at;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        for (const struct command *command = parts[i]; command->name != NULL; command++) {
            if (index-- > 0) continue;
            (*at)++;
            return command;
        }
    }
    return NULL;
}

static const struct command *find_name(const char *name)
{
    const struct command *command;
    for (size_t at = 0; (command = command_next(&at)) != NULL;) {
        if (strcmp(command->name, name) == 0) return command;
    }
    return NULL;
}

const struct command *command_find(int argc, char *const *argv, int *used, const char **type)
{
    char name[64];
    const struct command *command;
    *type = NULL;
    if (argc >= 2) {
        snprintf(name, sizeof(name), "%s %s", argv[0], argv[1]);
        *used = 2;
        if ((command = find_name(name)) != NULL) return command;
    }
    *used = 1;
    if (argc >= 1 && (command = find_name(argv[0])) != NULL) return command;
    /* "aim list": the general rows, for a type without its own */
    const struct schema *schema = argc >= 2 ? command_schema(argv[0]) : NULL;
    if (schema == NULL) return NULL;
    command = find_name(argv[1]);
    if (command == NULL || command->fields == COMMAND_FIELDS_TYPE) return NULL;
    for (size_t i = 0; i < 4; i++) {
        static const char *const general[] = {"add", "edit", "list", "show"};
        if (strcmp(command->name, general[i]) != 0) continue;
        *used = 2;
        *type = schema->type;
        return command;
    }
    return NULL;
}

bool command_is_group(const char *word)
{
    const struct command *command;
    size_t n = strlen(word);
    for (size_t at = 0; (command = command_next(&at)) != NULL;) {
        if (strncmp(command->name, word, n) == 0 && command->name[n] == ' ') return true;
    }
    return command_schema(word) != NULL;
}

const char *command_nearest(const char *typed)
{
    const char *names[256];
    size_t n = 0;
    const struct command *command;
    for (size_t at = 0; n < 256 && (command = command_next(&at)) != NULL;) {
        names[n++] = command->name;
    }
    const char *near = args_nearest(typed, names, n);
    if (near != NULL) return near;
    /* the first word alone: "cylce" is near "cycle" */
    static char first[64];
    for (size_t i = 0; i < n; i++) {
        snprintf(first, sizeof(first), "%.*s", (int)strcspn(names[i], " "), names[i]);
        const char *word = first;
        if (args_nearest(typed, &word, 1) != NULL) return first;
    }
    return NULL;
}
