/*
 * period.h: the periods of a measure: each is known by its first day, "2026-09-01".
 */
#ifndef REPORT_PERIOD_H
#define REPORT_PERIOD_H

#include <stdbool.h>

#include "proto/base/err.h"

enum { PERIOD_CHARS = 10, PERIOD_LABEL_BYTES = 24 };

/* What a measure's `frequency` says; FREE: nothing, any day. */
enum period_kind { PERIOD_FREE, PERIOD_DAY, PERIOD_WEEK, PERIOD_MONTH, PERIOD_TERM };
enum period_kind period_kind_of(const char *frequency);

/*
 * From what a person writes to the first day: "2026-09-14" (of a week its Monday, of a month
 * its first), "2026-09" or "September 2026" (a month, or the first of it), "2026-W38" (a week,
 * or the first of it). MALFORMED for anything else; what else a date could be is not guessed
 * at.
 */
MUST_USE enum err period_parse(enum period_kind kind, const char *text,
                               char out[PERIOD_CHARS + 1]);

/* The period that follows, into out (the period itself may be it); false where that is not known:
 * terms, any day. */
bool period_next(enum period_kind kind, const char *period, char out[PERIOD_CHARS + 1]);

/* For people: "Sep 2026", "14 Sep 2026". Returns out. */
char *period_label(enum period_kind kind, const char *period, char out[PERIOD_LABEL_BYTES]);

#endif
