/*
 * people.h: one student, and few students: "a girl in my class", "una de mis alumnas", "3 of
 * the newcomers", "n = 6". What speaks of anybody ("each student", "when a student …", "groups
 * of four", "one student at a time") is left alone.
 */
#ifndef SCREEN_PEOPLE_H
#define SCREEN_PEOPLE_H

#include "daemon/screen/look.h"

/* Adds SCREEN_ONE_STUDENT and SCREEN_SMALL_GROUP points. */
void people_look(struct look *look);

/* The noun that the words from i on lead to ("two [quiet sixth grade girls]"), of the classes
 * ONE or MANY; SIZE_MAX when they lead to none. */
size_t people_noun(const struct look *look, size_t i, uint64_t classes);

#endif
