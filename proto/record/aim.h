/*
 * aim.h: what an aim still lacks. An aim says what, for whom, how much and by when; a lint
 * names those that are missing, and stops nobody.
 */
#ifndef RECORD_AIM_H
#define RECORD_AIM_H

#include <jansson.h>
#include <stdbool.h>

/* X(name, path of the field that says it, text) */
#define AIM_PART_TABLE(X)                      \
    X(WHAT, "head.statement", "what")          \
    X(FOR_WHOM, "head.population", "for whom") \
    X(HOW_MUCH, "target.value", "how much")    \
    X(BY_WHEN, "head.due", "by when")

enum aim_part {
#define X(name, path, text) AIM_##name,
    AIM_PART_TABLE(X)
#undef X
        AIM_PART_COUNT
};

/* Is the part missing from an aim's sections? */
bool aim_lacks(const json_t *sections, enum aim_part part);
/* ["for whom", "by when"]: what is missing, in the order above. New reference. */
json_t *aim_missing(const json_t *sections);

#endif
