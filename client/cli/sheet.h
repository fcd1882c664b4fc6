/*
 * sheet.h: a spreadsheet's file into the daemon: what it is understood to say is shown line by
 * line, what could be two things is asked, and then all of it is written or nothing.
 */
#ifndef CLI_SHEET_H
#define CLI_SHEET_H

#include "client/cli/args.h"
#include "client/cli/cli.h"

/* The options of it, for a command's own list. */
#define SHEET_OPTIONS                                                                      \
    {.name = "type", .value = "TYPE", .help = "what its lines are: cycle, idea, point …"}, \
        {.name = "column",                                                                 \
         .value = "HEADER=FIELD",                                                          \
         .many = true,                                                                     \
         .help = "where a column goes; HEADER= leaves it out"},                            \
        {.name = "set",                                                                    \
         .value = "FIELD=TEXT",                                                            \
         .many = true,                                                                     \
         .help = "the same in every line, such as measure=ID"},                            \
        {.name = "dates", .value = "dmy|mdy", .help = "day or month first"},               \
        {.name = "decimal", .value = ".|,", .help = "the mark for fractions"},             \
        {.name = "encoding", .value = "NAME", .help = "utf-8, utf-16 or windows-1252"},    \
        {.name = "delimiter", .value = "CHAR", .help = ", ; | or tab"},                    \
        {.name = "update", .help = "lay it over records that differ"},                     \
        {.name = "all", .help = "show every field of every line first"},                   \
    {                                                                                      \
        .name = "person", .value = "NAME", .help = "who writes"                            \
    }

/* Is it a table, rather than lines of JSON? By its first character; an empty file is none. */
bool sheet_is(struct slice file);
/* path: for people. */
enum cli_exit sheet_import(struct cli *cli, const char *path, struct slice file,
                           const struct args *args);
/* An empty table to fill in, to path or the output. */
enum cli_exit sheet_template(struct cli *cli, const char *name, const char *path);

#endif
