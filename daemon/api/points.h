/*
 * points.h: a record's lines under the screen (daemon/screen): what in them may tell who a
 * student is. Fields by their schema: a date field's dates are no dates of birth, a choice or a
 * reference is nobody's words, and a number whose field has `x-counts: students` is judged as
 * a number of students.
 */
#ifndef API_POINTS_H
#define API_POINTS_H

#include <jansson.h>

#include "proto/record/schema.h"

enum { POINTS_MAX = 200 };

struct points_ask {
    const json_t *lines;         /* as of render.h: "kind", "path", "value" */
    const struct schema *schema; /* NULL: a type unknown here, every value is a text */
    const json_t *names;         /* the school's list: strings; or NULL */
    int64_t wall_s;              /* today */
};

/* [{"path", "kind", "found", "text", "hint"}]; "text" has the words around what was found. */
json_t *points_make(const struct points_ask *ask);

#endif
