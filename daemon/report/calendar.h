/*
 * calendar.h: due dates as iCalendar (RFC 5545), for the calendar that a team looks at anyway:
 * when this school's cycles want their study, when action periods and convenings are, when the
 * tasks of an action period are due. All are whole days. A UID is of the record and the field,
 * so that a calendar that reads the file again moves an entry and makes no second one.
 */
#ifndef REPORT_CALENDAR_H
#define REPORT_CALENDAR_H

#include "daemon/view/view.h"

/* Appends the calendar: lines end in CRLF and are folded at 75 bytes, never within a letter. */
MUST_USE enum err calendar_make(struct view_reader *reader, struct buf *out);

#endif
