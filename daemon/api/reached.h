/*
 * reached.h: who is known to hold a record of this device, and who said so. The places of its
 * envelopes come from the view, who holds them from the node.
 */
#ifndef API_REACHED_H
#define API_REACHED_H

#include <jansson.h>

#include "daemon/api/call.h"

struct reached_place {
    struct reached_place *next;
    struct query_place place; /* the last of the record in its space */
};

struct reached_record {
    struct reached_record *next;
    struct reached_place *places;
};

/* On the view thread: the places of a record, in the call's arena. */
MUST_USE enum err reached_places(struct call *call, struct view_reader *reader,
                                 const struct query_key *key, struct reached_place **out);
/* On the loop: [{"school", "class", "through", "at"}], a line a school and class. */
json_t *reached_json(struct call *call, const struct reached_place *places);
/*
 * On the loop: {"records", "schools": [{"school", "records", "of", "through", "at"}]}: of the
 * records that each other school may read, how many it is known to hold.
 */
json_t *reached_records(struct call *call, const struct reached_record *records);
/* Is any of the places shared: in another space than the school's own? */
bool reached_shared(const struct reached_place *places);

#endif
