/*
 * schema_load.h: inside schema.c: from a type's JSON text to a struct schema. What the subset
 * of JSON Schema does not have, and what is no hint, is refused by its place: a word that is
 * quietly ignored helps nobody who writes a type.
 */
#ifndef RECORD_SCHEMA_LOAD_H
#define RECORD_SCHEMA_LOAD_H

#include "proto/record/schema.h"

/* free with schema_load_free. NULL: *why (appended, no NUL) says where it is wrong and how. */
struct schema *schema_load(struct slice text, struct buf *why);
void schema_load_free(struct schema *schema);

#endif
