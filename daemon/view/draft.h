/*
 * draft.h: inside compose*.c: a record as it stands in its spaces, and the revision that a
 * person's wish becomes in each.
 */
#ifndef VIEW_DRAFT_H
#define VIEW_DRAFT_H

#include <jansson.h>

#include "daemon/view/compose.h"
#include "daemon/view/reader.h"
#include "daemon/view/shape.h"
#include "proto/record/author.h"

enum { DRAFT_SPACES_MAX = 72 };

/* A record in one space. */
struct draft_space {
    int64_t id;
    enum space_class class;
    struct space_id space;
    struct school_id school;
    struct shape_entries entries;
    struct fold_state state;
};

struct draft {
    struct view_reader *reader;
    struct compose *out;
    struct query_key key;
    int64_t row;
    char type[REVISION_TYPE_BYTES + 1];
    const struct schema *schema;                 /* NULL: a type unknown here */
    struct draft_space spaces[DRAFT_SPACES_MAX]; /* narrowest first */
    size_t n;
};

/* Begins an empty result. */
void draft_clear(struct compose *out);
/* Adds a problem (path "plan.change" or "") and returns err. */
MUST_USE enum err draft_problem(struct compose *out, enum err err, const char *path,
                                const char *text);
/* A JSON object from text; INVALID with a problem. */
MUST_USE enum err draft_json(struct compose *out, const char *text, json_t **object);

/* Loads a record that is shown; NOT_FOUND or INVALID with a problem. */
MUST_USE enum err draft_load(struct draft *draft, struct view_reader *reader, const char *id,
                             struct compose *out);
void draft_unload(struct draft *draft);
/* REFUSED with a problem unless this school may revise the record. */
MUST_USE enum err draft_mine(const struct draft *draft);
/* Whether this school is a steward or the hub. */
bool draft_has_role(struct view_reader *reader);

/* Where a new revision goes, as a command says it. */
struct compose_audience draft_audience(const struct draft *draft,
                                       const struct draft_space *space);

/* What to write. */
struct draft_write {
    const struct compose_who *who;
    struct edit_id edit;
    struct compose_audience audience;
    const struct fold_state *before; /* NULL: a root */
    const json_t *wanted;
};
/* Appends the revision to out->revisions; *written false when nothing would change. */
MUST_USE enum err draft_write(struct draft *draft, const struct draft_write *write,
                              bool *written);

/* The record's own row of a space that it is not in yet: an empty place in draft->spaces' form.
 */
MUST_USE enum err draft_space_row(struct view_reader *reader, int64_t id,
                                  struct draft_space *out);
/* The space that an audience means; NOT_FOUND when it is not there (yet). */
MUST_USE enum err draft_space_of(struct view_reader *reader,
                                 const struct compose_audience *audience,
                                 struct draft_space *out);
/* {kind,label,value,…} lines as JSON text in the result's arena. */
void draft_preview(struct draft *draft, const json_t *sections);

#endif
