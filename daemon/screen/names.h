/*
 * names.h: the school's list of names, and its names in a text: with or without case and
 * accents, possessives, families ("the …s"), Spanish diminutives, initials beside a name, in
 * any order. A name that is also an everyday word or a school's counts only where it looks like
 * a name.
 */
#ifndef SCREEN_NAMES_H
#define SCREEN_NAMES_H

#include "daemon/screen/look.h"

struct names *names_new(const struct words *words, const char *const *list, size_t n);
void names_free(struct names *names);

/* Adds SCREEN_NAME points. */
void names_look(struct look *look);

#endif
