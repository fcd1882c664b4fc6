/*
 * settings.h: what the faces keep sealed on this device: drafts, names, who may share, the log
 * of what was shared.
 *
 *   draft/NAME        {"type", "record", "title", "saved_at", "body"}
 *   app/names         [name …]
 *   app/person        a name, as bytes
 *   app/may_share     [name …]
 *   app/archive       a day, as bytes
 *   app/retention     years
 *   shared/TIME-N     {"at", "person", "act", "record", "title", "with", "points"}
 */
#ifndef API_SETTINGS_H
#define API_SETTINGS_H

#include "daemon/api/call.h"

bool settings_draft_name_good(const char *name);
/* The value as JSON, or NULL. New reference. */
json_t *settings_json(const struct call *call, const char *key);
/* The key under which the next line of the sharing log goes. In the arena. */
const char *settings_log_key(struct call *call);

#endif
