/*
 * types.h: record types that a network brings itself, as files: FOLDER/TYPE.json, a schema of
 * the subset in proto/schema/README.md, read once at the start. A file that does not hold is
 * left out and said, in the log and by the API; the daemon runs without it. What is built in
 * stays as it is.
 */
#ifndef APP_TYPES_H
#define APP_TYPES_H

#include <jansson.h>

#include "proto/record/schema.h"

enum { TYPES_FILES_MAX = 200 }; /* a set is searched one by one, and each costs 50 KiB */

/* Adds the folder's types to set, in order of their names; a missing folder has none. Returns
 * the list [{"file", "text"}] of what was refused; the caller owns it. */
json_t *types_load(struct schema_set *set, const char *folder);

#endif
