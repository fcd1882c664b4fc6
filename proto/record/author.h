/*
 * author.h: how a person's edit becomes the body of a revision. Whoever writes goes through
 * here, so that a revision holds what changed and nothing else: two people who edit different
 * things at the same time then both stand (fold.h).
 */
#ifndef RECORD_AUTHOR_H
#define RECORD_AUTHOR_H

#include <jansson.h>

#include "proto/base/env.h"
#include "proto/base/err.h"
#include "proto/record/cycle.h"
#include "proto/record/fold.h"
#include "proto/record/schema.h"

/* Who writes what, when. All borrowed. */
struct author {
    struct record_id record;
    struct school_id owner;
    struct edit_id edit;
    const char *type;
    const char *person; /* or "" */
    const char *at;     /* RFC 3339 UTC with seconds, "…Z", or "" */
    uint64_t v;         /* the schema's; 1 for a type without one */
};

/*
 * How an edit is made, in each space that the record is in: name the items of the patch, lay it
 * over author_current_sections of that space, and give the result to author_revision.
 *
 * `before` with `patch` laid over it, as new sections: in a section a named member replaces, a
 * null one clears; of an item list the items that are named are added, or patched in the same
 * way, and {"id","deleted":true} takes one away; the rest stays. A null section is emptied.
 * before may be NULL: nothing. New reference, shared with nothing.
 */
json_t *author_patch(const json_t *before, const json_t *patch);

/*
 * What a revision must hold so that `before` becomes `wanted`; {} when nothing changes.
 * Sections that wanted does not have are left alone ({} clears one). New reference.
 */
json_t *author_changes(const json_t *before, const json_t *wanted);

/*
 * Gives an id of 16 random hex digits to every item without one, in the lists that the schema
 * merges by items. Changes `sections`. For a patch, before author_patch.
 */
void author_name_items(const struct schema *schema, json_t *sections, const struct env *env);

/*
 * Appends the body of the revision that turns `before` (the record's state in this space; NULL,
 * or one without heads: a root) into `wanted` (sections, each in full). Nothing is
 * appended when nothing changes. With a schema, `wanted` is validated whole: INVALID, *problem
 * says what to do. LIMIT when lamport has no more room, TOO_BIG over 60 KiB (*problem too).
 */
MUST_USE enum err author_revision(const struct author *author, const struct schema *schema,
                                  const struct fold_state *before, const json_t *wanted,
                                  struct buf *body, struct schema_problem *problem);

/*
 * What a patch is laid over: what shows; of a cycle the plan with all its amendments, and
 * without `amendments`. New reference.
 */
json_t *author_current_sections(const struct fold_entry *entries, size_t n,
                                const struct fold_state *state);
/*
 * Full sections as a wider space gets them when a record is first shared: for a cycle
 * cycle_shared_sections, else what shows. What the share screen renders and author_revision
 * writes as the root there. New reference.
 */
json_t *author_shared_sections(const struct fold_entry *entries, size_t n,
                               const struct fold_state *state);

#endif
