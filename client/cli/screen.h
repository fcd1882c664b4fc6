/*
 * screen.h: records on the terminal.
 */
#ifndef CLI_SCREEN_H
#define CLI_SCREEN_H

#include <jansson.h>

#include "client/cli/cli.h"

/* The whole record: head line, what it is in, its fields in the schema's words. */
void screen_record(struct cli *cli, const json_t *record);
/* Its fields alone (sections of the type). links: the record's, so that what it points at has a
 * title; or NULL. */
void screen_sections(struct cli *cli, const char *type, const json_t *sections,
                     const json_t *links);
/* A table of records; of one type: without saying which. Says `nothing` when there are none. */
void screen_records(struct cli *cli, const json_t *items, bool one_type, const char *nothing);
/* Its title, or why it shows none. Borrowed. */
const char *screen_title(const json_t *record);
/* "Cycle", "Bright spot"; the name itself for an unknown type. */
const char *screen_type(const char *type);
/* "this school", "the hub", "Lincoln and Roosevelt", "the network". free() it. */
char *screen_audience(const json_t *audience);
/* What a flag of a cycle means; the flag itself when unknown. */
const char *screen_flag(const char *flag);
/* A dim line when the projection is not up to date, or the list goes on. */
void screen_behind(struct cli *cli, const json_t *answer);

#endif
