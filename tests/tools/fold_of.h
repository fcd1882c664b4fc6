/* fold_of.h: the membership fold of a request's "statements". */
#ifndef TESTS_TOOLS_FOLD_OF_H
#define TESTS_TOOLS_FOLD_OF_H

#include "proto/member/fold.h"
#include "tests/tools/ask.h"

/*
 * Adds request["statements"] (envelopes of kind 2, in the order given) to a fold of
 * request["network_id"] and refreshes it; as a node would, it leaves out those whose header,
 * signature or payload does not hold, and lists them in *refused when that is not NULL. NULL
 * when the request is not well formed. fold_free it.
 */
struct fold *fold_of(struct ask *ask, json_t *refused);

#endif
