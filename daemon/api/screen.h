/*
 * screen.h: what in a text may tell who a student is: a hint to the person who is about to
 * share, no more. Nothing blocks, and nothing is promised: it knows names from the school's own
 * list, long numbers, dates of birth, "one student", and groups under ten.
 */
#ifndef API_SCREEN_H
#define API_SCREEN_H

#include <jansson.h>

enum { SCREEN_POINTS_MAX = 200, SCREEN_GROUP_MIN = 10 };

/*
 * lines: as of compose.h's preview ("path", "value"). names: a list of strings, or NULL. The
 * result is [{"path", "kind": "name"|"id"|"date"|"one_student"|"small_group", "text", "hint"}].
 */
json_t *screen_points(const json_t *lines, const json_t *names);

#endif
