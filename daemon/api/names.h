/*
 * names.h: ids, schools, devices and spaces as JSON, and back from what a person wrote: a whole
 * id, its first digits (at least 4), or a school's exact name. Membership as the node knows it.
 */
#ifndef API_NAMES_H
#define API_NAMES_H

#include <jansson.h>

#include "daemon/api/call.h"
#include "daemon/core/node.h"

/* Lower-case hex; NULL for zero bytes. New references all. */
json_t *names_hex(const void *bytes, size_t n);
json_t *names_number(uint64_t value); /* 64 bits, as a string */
json_t *names_time(int64_t wall_s);   /* null for 0 */
json_t *names_text(struct statement_text text);
json_t *names_school(const struct call *call, const struct school_id *school);
/* Its name, or "?". In the call's arena. */
const char *names_school_text(struct call *call, const struct school_id *school);
json_t *names_device(const struct call *call, const struct device_pk *device);
json_t *names_own_school(const struct api_network *network);
json_t *names_own_device(const struct api_network *network);
json_t *names_roles(const struct fold *fold, const struct school_id *school);
/* {"class", "space", "name", "schools"} */
json_t *names_audience(const struct call *call, const struct fold_space *space);
/* The same of where this school writes to: its own space of the class, or that group. */
json_t *names_written(const struct call *call, enum space_class class,
                      const struct space_id *group);
const char *names_class(enum space_class class);
/* The live members (carriers …) of a space. */
json_t *names_parts(const struct call *call, const struct space_tag *tag, enum fold_part part);
/* A group that everybody has left: there is nothing to answer, and nothing to carry. */
bool names_is_over(const struct call *call, const struct fold_space *space);
/* The school that asks for it: who made a group, else whose the space is. */
const struct school_id *names_owner(const struct fold_space *space);
/* Adds under its key; takes the reference. */
void names_set(json_t *object, const char *key, json_t *value);

/* NULL: the school is in no network. */
const struct fold *names_fold(const struct call *call);

/* Each answers NOT_FOUND or INVALID and returns false when it is not one of those here. */
bool names_find_school(struct call *call, const char *text, struct school_id *out);
bool names_find_device(struct call *call, const char *text, struct device_pk *out);
/* ?owner as "me" or a whole id; NULL when it is not asked for. */
bool names_query_owner(struct call *call, const char **out);
bool names_find_space(struct call *call, const char *text, struct fold_space *out);
/*
 * A group by its id, its first digits, its name, or the other school's. asked: of those that
 * wait for this school's yes; then several that fit are as good as one.
 */
bool names_find_group(struct call *call, const char *text, bool asked, struct fold_space *out);
bool names_find_statement(struct call *call, const char *text, struct envelope_id *out);

#endif
