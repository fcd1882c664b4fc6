/* date.h: calendar days in texts. For display and flags only: nothing else depends on a date.
 */
#ifndef RECORD_DATE_H
#define RECORD_DATE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Days from 1970-01-01 to "YYYY-MM-DD", which may go on with "T…". False when that is no day of
 * the (Gregorian) calendar.
 */
bool date_days(const char *text, int64_t *days);
/* Exactly "YYYY-MM-DD", a day of the calendar. */
bool date_is(const char *text);

#endif
