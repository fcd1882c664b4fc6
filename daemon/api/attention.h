/*
 * attention.h: what needs a person's attention.
 */
#ifndef API_ATTENTION_H
#define API_ATTENTION_H

#include <jansson.h>

#include "daemon/api/call.h"
#include "daemon/core/node.h"

/* [{"code", "text", "hint"}]. view: what query_status answered. New reference. */
json_t *attention_json(struct call *call, const struct node_status *node, const json_t *view);

#endif
