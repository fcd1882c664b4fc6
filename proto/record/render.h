/*
 * render.h: what a reader of a record reads, as lines of label and value in the order of its
 * schema: the share screen, `show`, the feed. Wrapping and colour are the caller's.
 *
 * Everything that is in the sections is in the lines: members that the schema does not know
 * come after those it knows, under their own names, and so do whole types that it does not
 * know.
 */
#ifndef RECORD_RENDER_H
#define RECORD_RENDER_H

#include <jansson.h>
#include <stddef.h>

#include "proto/base/mem.h"
#include "proto/record/schema.h"

enum render_kind {
    RENDER_SECTION, /* label is the section's */
    RENDER_FIELD,   /* label and value */
    RENDER_LIST,    /* label; RENDER_ENTRY or RENDER_ITEM lines follow, one level deeper */
    RENDER_ENTRY,   /* a scalar of a list: value */
    RENDER_ITEM     /* an object of a list: label is "1", "2" …, value names what it is of
                       (x-of: a result's question), or ""; fields follow one level deeper */
};

struct render_line {
    enum render_kind kind;
    unsigned depth;
    const char *label;
    const char *value; /* "" when it has none */
    const char *path;  /* "plan.questions[0].prediction" */
};

/* All zero is empty. The lines live in the arena. */
struct render {
    struct arena arena;
    struct render_line *lines;
    size_t n, cap;
};

/* schema may be NULL (a type unknown here). Appends to *out. */
void render_record(struct render *out, const struct schema *schema, const json_t *sections);
void render_fini(struct render *render);

/* [{"kind","depth","label","value","path"}]. New reference. */
json_t *render_json(const struct render *render);
/* Appends every value, a line each, no NUL: what full-text search indexes. */
void render_words(struct buf *out, const struct schema *schema, const json_t *sections);

#endif
