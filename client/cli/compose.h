/*
 * compose.h: how a person gives what a record is to hold: from a file (--from), by flags, in an
 * editor (--edit), or, with nothing given on a terminal, by answering questions.
 */
#ifndef CLI_COMPOSE_H
#define CLI_COMPOSE_H

#include <jansson.h>

#include "client/cli/args.h"
#include "client/cli/cli.h"
#include "proto/record/schema.h"

/* The options of it, for a command's own list. */
#define COMPOSE_OPTIONS                                                                        \
    {.name = "from", .value = "FILE", .help = "take it from a JSON file (- reads the input)"}, \
        {.name = "edit", .letter = 'e', .help = "write it in your editor"},                    \
    {                                                                                          \
        .name = "person", .value = "NAME", .help = "who writes"                                \
    }

/* Members added before a person is asked, and after flags and file; borrowed. */
struct compose {
    const struct schema *schema;
    const char *sections;  /* "head plan"; NULL: all */
    const json_t *current; /* the record's sections, when it is there already; else NULL */
    const json_t *preset;  /* known already: not asked for */
    const char *first;     /* the field that is asked for first ("do.observations"), or NULL */
    const char *above;     /* what stands on top of the editor's text, in lines; or NULL */
};

/*
 * *out: an object of sections: the whole of a new record, or what changes in `current`. Empty
 * when an edit changes nothing. *typed (may be NULL): a person wrote it by hand just now.
 * CLI_REFUSED when a person was asked and said nothing.
 */
enum cli_exit compose_run(struct cli *cli, const struct compose *compose,
                          const struct args *args, json_t **out, bool *typed);

/*
 * What was typed by hand could not be written: keeps it as a draft or a file, and says where.
 * draft: the name of the draft that it was; NULL makes a new one. record: what it changes, or
 * NULL.
 */
void compose_keep(struct cli *cli, const char *draft, const char *type, const json_t *record,
                  const json_t *sections);

/* Adds "person" from --person. */
void compose_person(json_t *body, const struct args *args);

/* Reads a JSON file; "-" is the input. Says what is wrong. */
enum cli_exit compose_file(struct cli *cli, const char *path, json_t **out);

#endif
