/*
 * sharing.h: what sharing and taking back (erasing.c) have in common: whom it is about, who may,
 * and the log of it.
 */
#ifndef API_SHARING_H
#define API_SHARING_H

#include "daemon/api/call.h"

/* An audience as a person names it; else as compose_audience, with its problems in the call. */
MUST_USE enum err sharing_audience(struct call *call, struct view_reader *reader,
                                   const char *with, struct compose_audience *out);
/* "Who may share outside is a setting of the school": empty, anybody. False: answered. */
bool sharing_may(struct call *call, const char *person);

/* One line of the sharing log; the record is that of call->compose. */
struct sharing_line {
    const char *person, *act;
    const char *title; /* or NULL */
    const char *with;
    const json_t *points; /* what was pointed at, or NULL */
};
void sharing_log(struct call *call, const struct sharing_line *line, call_fn then);

#endif
