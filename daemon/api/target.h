/*
 * target.h: the target of a request: its path, and the pairs of its query, unescaped strictly.
 */
#ifndef API_TARGET_H
#define API_TARGET_H

#include <stdbool.h>
#include <stddef.h>

enum { TARGET_PAIRS_MAX = 32 };

struct target_pair {
    const char *name, *value;
};

/*
 * Splits text in place: the path is left in it, still escaped; the pairs point into it, "+" is
 * a space. False for control characters, "#", "%00", a bad escape or more than
 * TARGET_PAIRS_MAX.
 */
bool target_split(char *text, struct target_pair *pairs, size_t *n);
/* Undoes %XX in place; false for a bad escape or %00. */
bool target_unescape(char *text);

#endif
