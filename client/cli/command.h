/*
 * command.h: the one table of commands. What is understood, `kith help`, each command's page,
 * the completion and the list in the documents all come from it.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "client/cli/args.h"
#include "client/cli/cli.h"
#include "proto/record/schema.h"

/* X(name, heading in `kith help`) */
#define COMMAND_GROUPS(X)                    \
    X(START, "Begin")                        \
    X(CYCLE, "Test a change")                \
    X(RECORD, "Keep what you learn")         \
    X(MEASURE, "See whether it gets better") \
    X(SHARE, "Share and learn from others")  \
    X(PEOPLE, "The network")                 \
    X(MOVE, "Move and look after data")

enum command_group {
#define X(name, heading) COMMAND_##name,
    COMMAND_GROUPS(X)
#undef X
        COMMAND_GROUP_COUNT
};

/* Which fields are options of a command besides its own. */
enum command_fields {
    COMMAND_FIELDS_NONE,
    COMMAND_FIELDS_TYPE, /* of the command's type and sections */
    COMMAND_FIELDS_WORD, /* of the type that the first word names */
    COMMAND_FIELDS_ANY   /* of every type: which one it is shows when the record is read */
};

struct command {
    const char *name;    /* one or two words: "cycle plan" */
    const char *words;   /* its words in the usage line: "[ID] adopt|adapt|abandon" */
    const char *summary; /* at most 60 columns */
    const char *help;    /* paragraphs */
    const char *example; /* lines to type */
    const struct args_option *options; /* ends with a NULL name; NULL: none */
    enum cli_exit (*run)(struct cli *cli, const struct command *command,
                         const struct args *args);
    enum command_group group;
    unsigned min, max; /* how many words */
    enum command_fields fields;
    const char *type;
    const char *sections; /* "head plan"; NULL: all of the type */
};

enum { COMMAND_MANY = 1000 }; /* as max: any number of words */

/* All of them, in the order of `kith help`: *at = 0 first; NULL at the end. */
const struct command *command_next(size_t *at);
/*
 * The command that argv begins with, and how many of its words it took. A record type without
 * rows of its own ("aim list") gets the general ones, with *type set. NULL: none.
 */
const struct command *command_find(int argc, char *const *argv, int *used, const char **type);
/* Is it the first of two words ("cycle")? */
bool command_is_group(const char *word);
/* The nearest command to a mistyped one, or NULL. */
const char *command_nearest(const char *typed);

/* From here on cli's daemon is asked, once, for types that this program does not have. */
void command_ask(const struct cli *cli);
/* The types that are known so far; and with all that the daemon has, which is asked now unless
 * it was. Owned by this file, for the life of the program. */
const struct schema_set *command_schemas(void);
const struct schema_set *command_all_schemas(void);
/* By name as typed ("bright-spot"), the daemon's types too; NULL for an unknown type. */
const struct schema *command_schema(const char *name);

/* Options that every command has. */
extern const struct args_option command_globals[];

#endif
