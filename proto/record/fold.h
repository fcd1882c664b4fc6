/*
 * fold.h: the state of a record in one space: a pure function of the *set* of its revisions
 * there, whatever the order in which they came, and of no schema, so that nodes of different
 * versions agree.
 *
 *   waiting    a parent is not here: no effect until it comes; so also its descendants
 *   broken     all parents are here and lamport is not 1 + their greatest, or the type is not
 *              theirs: no effect ever; so also its descendants
 *   erased     the content is gone: a present parent without sections
 *   void       its writer had no right to it (the caller judges): counts like erased
 *   in effect  the rest
 *
 * Precedence: (lamport, revision id). A *write* is a revision in effect that holds the key;
 * keys are a section's plain members together, and each item of its item lists by (section,
 * list, item id). A section holds its plain members if it has any, or has no members at all.
 * The greatest write of a key shows. A write is superseded when a descendant writes the key
 * too; the others that do not show are kept in `also`, "also written". (A descendant's lamport
 * is greater, so the greatest write is never superseded.)
 *
 * A member counts as an item list in a section if some write in effect holds it as one (a list,
 * not empty, of objects with a string `id`); other forms of that member then count for nothing.
 * Items stand in the order in which they were first written; deleted ones and null members are
 * left out.
 *
 * (proto/member has a fold too, and one program links both: the names here differ from its.)
 */
#ifndef RECORD_FOLD_H
#define RECORD_FOLD_H

#include <jansson.h>
#include <stdbool.h>

#include "proto/base/id.h"
#include "proto/record/revision.h"

enum fold_mark { FOLD_MARK_FULL, FOLD_MARK_ERASED, FOLD_MARK_VOID };

/*
 * One revision as the caller holds it. FULL and VOID: `revision` is set and the rest of it is
 * read from there. ERASED: revision is NULL, `id` and `lamport` come from the erase; its
 * parents are unknown, and it counts as a descendant of every revision with a smaller lamport.
 */
struct fold_entry {
    enum fold_mark mark;
    const struct revision *revision; /* borrowed for as long as the state is used */
    struct revision_id id;           /* read only when revision is NULL */
    uint64_t lamport;                /* read only when revision is NULL */
};

struct fold_entry fold_entry_full(const struct revision *revision);
struct fold_entry fold_entry_void(const struct revision *revision);
struct fold_entry fold_entry_erased(const struct revision_id *id, uint64_t lamport);

enum fold_standing {
    FOLD_STATUS_IN_EFFECT,
    FOLD_STATUS_ERASED,
    FOLD_STATUS_VOID,
    FOLD_STATUS_WAITING,
    FOLD_STATUS_BROKEN,
    FOLD_STATUS_COUNT
};
const char *fold_status_name(enum fold_standing status); /* "in effect", "erased", … */

struct fold_state {
    /* One for each entry as it was given (repeats of an id get the status of the first). */
    enum fold_standing *status;
    size_t n_status;
    size_t counts[FOLD_STATUS_COUNT]; /* distinct revisions */

    bool exists;      /* something is in effect */
    const char *type; /* of the smallest revision in effect; "" */
    uint64_t v;       /* greatest in effect */
    json_t *sections; /* what shows: object of objects; owned */
    /*
     * {section: {"revision","edit","person","at","lamport"}} of the last write that shows
     * anything in it; owned.
     */
    json_t *written;
    /*
     * [{"section", "list"?, "item"?, "revision", "edit", "person", "at", "value"}], by section,
     * list, item, then precedence, the greatest first; value: plain members, or the item;
     * owned.
     */
    json_t *also;
    const struct revision *first; /* smallest in effect: who began it; NULL */
    const struct revision *last;  /* greatest in effect: whose edit shows; NULL */

    struct revision_id *heads; /* parents of the next revision, ascending, LIMIT_…_PARENTS */
    size_t n_heads;
    uint64_t lamport_next;
};

/* Folds. The caller owns *out (fold_fini). entries may be empty: nothing exists. */
void fold_init(struct fold_state *out, const struct fold_entry *entries, size_t n);
void fold_fini(struct fold_state *state);

/* All of it but the pointers as JSON, for tests, dumps and `show --history`. New reference. */
json_t *fold_json(const struct fold_state *state);

/*
 * Keeps, in place, of entries those in the past of `id` (itself included; an erased one's past
 * as above). Returns how many. For predictions that freeze (cycle.h).
 */
size_t fold_past(struct fold_entry *entries, size_t n, const struct revision_id *id);

/*
 * One section after another write of it: plain members replaced if `write` holds any, items
 * replaced or added by id. What fold_init does, one step at a time. Changes `section`.
 */
void fold_apply(json_t *section, const json_t *write);
/* Is it an item list: a list, not empty, of objects with a string id? */
bool fold_is_items(const json_t *value);

#endif
