/*
 * status.h: the one screen, for the route and for the page.
 */
#ifndef API_STATUS_H
#define API_STATUS_H

#include "daemon/api/call.h"

/* Gathers what the view knows; then calls `then`, after which status_json tells all of it. */
void status_gather(struct call *call, call_fn then);
/* As in docs/API.md, GET …/status. New reference. */
json_t *status_json(struct call *call);

#endif
