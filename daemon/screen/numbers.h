/*
 * numbers.h: addresses, telephone numbers, students' numbers, dates of birth and ages with a
 * day.
 */
#ifndef SCREEN_NUMBERS_H
#define SCREEN_NUMBERS_H

#include "daemon/screen/look.h"

/* Adds SCREEN_CONTACT, SCREEN_ID and SCREEN_DATE points. */
void numbers_look(struct look *look);

#endif
