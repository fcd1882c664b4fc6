/*
 * records.h: what cycles and sharing need of the handlers of records.
 */
#ifndef API_RECORDS_H
#define API_RECORDS_H

#include "daemon/api/call.h"

/* The body's "draft": it is deleted when the write is durable. False: answered. */
bool records_draft(struct call *call);
/* Writes a new record with these sections (takes the reference); then is called on the loop. */
void records_create(struct call *call, const char *type, json_t *sections, bool network_owned,
                    call_fn then);
/* Lays sections (takes the reference) over the record of the path's first {…}. */
void records_patch(struct call *call, json_t *sections, bool replace, const json_t *parents,
                   call_fn then);
/* 200 or 201 with call_written_json. */
void records_written(struct call *call);
void records_created(struct call *call);

#endif
