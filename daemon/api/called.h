/*
 * called.h: what schools call themselves now. A school is admitted under a name; its own record
 * (`school`) may say another, or that it merged or retired. The projection knows; here it is kept
 * for answers that are made of the membership, and followed whenever the projection moves on.
 */
#ifndef API_CALLED_H
#define API_CALLED_H

#include <jansson.h>

#include "daemon/api/call.h"

/* Looks again, soon. */
void called_follow(struct api *api, const struct api_network *network);
void called_fini(struct api *api);

/* {"id", "name", "was", "standing", "since"} of a school that says something of itself; else
 * NULL. Borrowed until the loop turns. */
const json_t *called_find(const struct api *api, const struct api_network *network,
                          const struct school_id *school);

#endif
