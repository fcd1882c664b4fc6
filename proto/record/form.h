/*
 * form.h: records to begin with, which are data: proto/form/NAME.json, embedded in the program.
 */
#ifndef RECORD_FORM_H
#define RECORD_FORM_H

#include <jansson.h>

/* {"form", "type", "about", "sections"}, in order of name; NULL past the end. New reference. */
json_t *form_at(size_t index);
/* By its name ("thirteen-conditions"); NULL when there is none. New reference. */
json_t *form_find(const char *name);

#endif
