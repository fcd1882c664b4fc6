/*
 * template.h: a record as text to edit, and back.
 *
 *   # a comment: a line that begins with #
 *   [plan.objective] What do you want to find out?
 *   Text, several lines.
 *
 *   [plan.questions] ...                  a list of objects: an item begins with "- "
 *   - question: How many families come?
 *     prediction: At least 40,
 *         and more of them early.         a value goes on under itself, four blanks in
 *     who: the counsellor                 of a list in an item, a line for each
 *     who: the office
 *     id: 7c2e                            keeps an item the same item
 *
 *   [head.team] Who takes part?           a list: one a line
 *   - The ninth grade team
 *
 * A text line that begins with #, [ or \ gets a \ before it.
 */
#ifndef CLI_TEMPLATE_H
#define CLI_TEMPLATE_H

#include <jansson.h>

#include "proto/base/err.h"
#include "proto/base/mem.h"
#include "proto/record/schema.h"

/* Appends the text of some sections ("head plan"; NULL: all). values: sections, or NULL. */
void template_write(struct buf *out, const struct schema *schema, const char *sections,
                    const json_t *values);

struct template_problem {
    unsigned line; /* from 1 */
    char text[320];
};

/*
 * Reads it back as sections; empty fields are absent. References are left as typed. INVALID:
 * *problem says where and what to do.
 */
MUST_USE enum err template_read(const struct schema *schema, struct slice text, json_t **out,
                                struct template_problem *problem);

/*
 * What to send so that a record whose template read as `before` becomes `after`: fields set or
 * null, items whole, {"id", "deleted": true} for those that went. record: its sections, whose
 * items may hold more than the template shows. {} when nothing changed. New reference.
 */
json_t *template_changes(const struct schema *schema, const json_t *record,
                         const json_t *before, const json_t *after);

#endif
