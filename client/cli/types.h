/*
 * types.h: the record types that the daemon has and this program does not: a school's own, from
 * files beside the daemon, and those of a newer Kith.
 */
#ifndef CLI_TYPES_H
#define CLI_TYPES_H

#include <jansson.h>

#include "client/cli/cli.h"
#include "proto/record/schema.h"

/* Adds them to set. Without a word: where no daemon answers there are none. */
void types_fetch(const struct cli *cli, struct schema_set *set);
/* The page of `kith help types`: every type by its group, and what the daemon left out. */
void types_help(struct cli *cli, const struct schema_set *set);

#endif
