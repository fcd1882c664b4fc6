/*
 * records.h: the reference of the record types, in Markdown: docs/RECORDS.md, made from the
 * types by `kith help types --markdown`.
 */
#ifndef CLI_RECORDS_H
#define CLI_RECORDS_H

#include <stdio.h>

#include "proto/record/schema.h"

void records_markdown(FILE *out, const struct schema_set *set);

#endif
