/*
 * shape.h: from the revisions of a record to what is shown of it: a state a space, the summary
 * of the narrowest, its links, its words for search, and the ideas that its cycles test.
 * Everything is computed anew from the rows that are there, so the order in which they came is
 * forgotten.
 */
#ifndef VIEW_SHAPE_H
#define VIEW_SHAPE_H

#include "daemon/view/members.h"
#include "daemon/view/query.h"
#include "proto/base/map.h"
#include "proto/record/idea.h"
#include "proto/record/schema.h"

/* Records that are new in this batch: keys[i] gets the row `first` + i when it is shaped. */
struct shape_fresh {
    int64_t first;
    struct query_key *keys;
    size_t n, cap;
};

struct shape {
    struct db *db;
    const struct members *members;
    const struct schema_set *schemas;
    const struct map
        *decoded; /* lseq (8 bytes as in memory) -> struct revision *, of this batch */
    const struct shape_fresh *fresh; /* of this batch, or NULL */
    uint64_t applied;                /* what `changed` becomes */
    struct map ideas;                /* dirty: records.id -> 0 */
    bool called;                     /* what a school says of itself changed */
};

void shape_init(struct shape *shape, struct db *db, const struct members *members,
                const struct schema_set *schemas);
void shape_fini(struct shape *shape);

/* Makes the record with this row id anew. */
void shape_record(struct shape *shape, int64_t record);
/* Then the states of the ideas whose cycles changed. */
void shape_ideas(struct shape *shape);

/* What the cycles in the view say about an idea. sections: the idea's own. */
struct idea_history shape_history(struct db *db, const struct school_id *owner,
                                  const struct record_id *record, const json_t *sections);

/* The spaces that hold, or held, something of the record, the narrowest first. free() them. */
int64_t *shape_spaces(struct db *db, int64_t record, size_t *n);

/*
 * The revisions of a record in a space as the fold takes them. Revisions of `decoded` (may be
 * NULL) are borrowed, others are decoded here and owned.
 */
struct shape_entries {
    struct fold_entry *entries;
    int64_t *lseq;
    int *standing; /* as the table has it */
    size_t n, cap;
    struct revision **owned;
    size_t owned_n, owned_cap;
};
void shape_load(struct shape_entries *out, struct db *db, const struct map *decoded,
                int64_t record, const struct query_key *key, int64_t space);
void shape_unload(struct shape_entries *entries);

#endif
