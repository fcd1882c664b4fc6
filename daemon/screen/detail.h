/*
 * detail.h: what is true of one or two only: "the only girl in …", where somebody came from, a
 * family's or a body's matters of somebody in particular. What is said of several is left
 * alone.
 */
#ifndef SCREEN_DETAIL_H
#define SCREEN_DETAIL_H

#include "daemon/screen/look.h"

/* Adds SCREEN_DETAIL points. Comes last: it asks whether the sentence speaks of one. */
void detail_look(struct look *look);

#endif
