/*
 * schema_subset.h: inside schema_load.c: which words a type's JSON may use, and where: the
 * subset of JSON Schema and the hints, one table. What is not in it is refused: a word that is
 * quietly ignored helps nobody who writes a type.
 */
#ifndef RECORD_SCHEMA_SUBSET_H
#define RECORD_SCHEMA_SUBSET_H

#include "proto/record/schema.h"

enum { SCHEMA_SUBSET_NAME_BYTES = 64 }; /* of a type (as in a revision), a field, a flag */

/* Is all of a type's schema in the subset? When not, *why says where, as schema_subset_complain.
 */
bool schema_subset(const json_t *root, struct buf *why);
/* The kind that `type` says; false for what is not in the subset. */
bool schema_subset_kind(const json_t *json, enum schema_kind *kind);
/* 1 to 64 of a-z, 0-9 and the characters of `more`. */
bool schema_subset_name(const char *name, const char *more);
/* Appends `where: "word" text` (word may be NULL), unless something was complained of before. */
void schema_subset_complain(struct buf *why, const char *where, const char *word,
                            const char *text);

#endif
