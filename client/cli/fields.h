/*
 * fields.h: a record's fields on the command line, by its schema: as flags, and as questions on
 * a terminal.
 *
 * The members of a list of objects ("--question", "--prediction") belong to one item until one
 * of them comes a second time; that begins the next item.
 */
#ifndef CLI_FIELDS_H
#define CLI_FIELDS_H

#include <jansson.h>

#include "client/cli/args.h"
#include "client/cli/cli.h"
#include "proto/record/schema.h"

/* Is the section among "head plan"? sections NULL: every one that is not hidden. */
bool fields_has_section(const struct schema_section *section, const char *sections);

/* The flags of some sections; schema NULL: of every type. free() it; ends with a NULL name. */
struct args_option *fields_options(const struct schema *schema, const char *sections);

/*
 * Sets in *out (an object of sections) what the flags say. CLI_USAGE when a value is not one,
 * or when a flag is of another type.
 */
enum cli_exit fields_from_args(struct cli *cli, const struct schema *schema,
                               const char *sections, const struct args *args, json_t *out);
/* Was any flag of these sections given? */
bool fields_given(const struct schema *schema, const char *sections, const struct args *args);

/* Says how questions are answered, left open and ended. */
void fields_ask_begin(struct cli *cli);
/* What a person is asked about. Borrowed. */
struct fields_form {
    const struct schema *schema;
    const char *sections; /* "head plan"; NULL: all */
    const char *first;    /* the path that is asked for before the others, or NULL */
    const json_t
        *current; /* the record's sections: only lists of items are added to; or NULL */
};
/*
 * Asks for each field that has a guiding question and no value yet in `out`. Ctrl-D leaves all
 * that is still to come open.
 */
enum cli_exit fields_ask(struct cli *cli, const struct fields_form *form, json_t *out);

/* One item of a list of objects; *item is NULL when the first answer was empty. */
enum cli_exit fields_ask_item(struct cli *cli, const struct schema_field *list, json_t **item);
/* Looks up references that are still as a person typed them. */
enum cli_exit fields_resolve(struct cli *cli, const struct schema *schema, json_t *sections);

/* One typed value; a reference is looked up. New reference in *value. CLI_USAGE if it is none.
 */
enum cli_exit fields_value(struct cli *cli, const struct schema_field *field, const char *text,
                           json_t **value);

#endif
