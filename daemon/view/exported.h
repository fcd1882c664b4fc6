/*
 * exported.h: inside compose*.c: a line of an export (query_export), taken apart.
 */
#ifndef VIEW_EXPORTED_H
#define VIEW_EXPORTED_H

#include "daemon/view/compose.h"
#include "proto/record/revision.h"

/* Which kind of space the line came from. */
enum space_class exported_class(const json_t *json);
/*
 * The revision that a line (as text and as JSON) holds, and its body byte for byte, borrowed
 * from the text. INVALID with a problem when it is not what it says it is.
 * revision_fini(*revision).
 */
MUST_USE enum err exported_decode(const char *line, const json_t *json,
                                  struct revision *revision, struct slice *body,
                                  struct compose *out);

#endif
