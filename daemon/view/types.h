/*
 * types.h: the record types that the tables were filled by. Titles, second lines and words
 * follow the types, so when one comes, goes or changes (a new Kith, a file of the school's own)
 * its records are made anew, and no others.
 */
#ifndef VIEW_TYPES_H
#define VIEW_TYPES_H

#include "daemon/view/db.h"
#include "proto/record/schema.h"

/* Puts the records of the types that differ from those that the tables know into `stale`, in a
 * transaction of its own. Returns how many types differ; failures stay in db->err. */
size_t types_compare(struct db *db, const struct schema_set *schemas);

#endif
