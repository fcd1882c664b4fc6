/*
 * complete.h: what makes the Tab key complete commands, options and record types.
 */
#ifndef CLI_COMPLETE_H
#define CLI_COMPLETE_H

#include <stdio.h>

/* The script that bash reads, from the table of commands and the schemas. */
void complete_bash(FILE *out);

#endif
