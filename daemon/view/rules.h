/*
 * rules.h: inside compose*.c: what a type's hints ask of a write (proto/schema/README.md):
 * where it may go, whom it goes after, what it must point at, what its writer is told. A type
 * that this node does not know asks nothing.
 */
#ifndef VIEW_RULES_H
#define VIEW_RULES_H

#include "daemon/view/draft.h"

/* x-widest: REFUSED with a problem when a record of the type may not go to a space so wide. */
MUST_USE enum err rules_widest(const struct draft *draft, enum space_class class);
/*
 * x-audience: target. The space that a new record with these sections goes to; a field `edit`
 * beside the target gets the edit that is shown of it now. INVALID or NOT_FOUND with a problem.
 */
MUST_USE enum err rules_target(struct draft *draft, json_t *sections, struct draft_space *out);
/* x-of and x-up-to: INVALID with a problem for what is not in the list that they name. */
MUST_USE enum err rules_lists(struct draft *draft, const json_t *sections);
/* x-most: calls fn with what the writer is told. */
void rules_most(const struct schema *schema, const json_t *sections,
                void (*fn)(void *arg, const struct schema_field *field, const char *say),
                void *arg);

#endif
