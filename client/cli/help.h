/*
 * help.h: what the table of commands says, as pages.
 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "client/cli/command.h"

/* All commands by group. */
void help_all(struct term *term);
/* What a person sees who types kith alone: the day's commands, one a line. */
void help_first(struct term *term);
/* One command; type: for the general rows, whose fields to list (or NULL). */
void help_command(struct term *term, const struct command *command, const char *type);
/* The commands that begin with a word ("cycle"). False: none. */
bool help_group(struct term *term, const char *word);
/* The reference for docs/, in Markdown. */
void help_markdown(FILE *out);

#endif
