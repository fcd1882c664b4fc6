/*
 * compose.h: the author: turns what a person wrote into the revisions that COMMAND_WRITE takes
 * and the places that COMMAND_ERASE takes. Pure over a snapshot of the view: nothing is written
 * here. The class and group below are the command's audience, field by field.
 *
 * Every call fills a `struct compose` or fails. INVALID and REFUSED leave in `problems` a JSON
 * list of {"section", "field", "text"} that tells the person what to do; NOT_FOUND and the
 * ambiguous id are as in query.h. Fields that are suspicious but allowed come as `warnings`.
 */
#ifndef VIEW_COMPOSE_H
#define VIEW_COMPOSE_H

#include "daemon/view/query.h"
#include "proto/base/env.h"

struct compose_revision {
    enum space_class class;
    struct space_id group; /* SPACE_GROUP; also how the hub writes to a school and itself */
    struct slice body;
    struct revision_id id;
};

struct compose_erase {
    struct chain chain;
    uint64_t seq;
    struct record_id record;
    struct revision_id revision;
    struct edit_id edit;
    uint64_t lamport;
    const struct revision_id *parents; /* ascending */
    size_t parents_n;
};

/* Owned; all zero is empty. */
struct compose {
    struct arena arena;                 /* everything below lies in it */
    struct compose_revision *revisions; /* parents first */
    size_t revisions_n;
    struct compose_erase *erases;
    size_t erases_n;
    size_t erased_n;      /* compose_retire: records that these are of */
    struct query_key key; /* of the record written or touched */
    struct edit_id edit;
    const char *problems; /* JSON list; "[]" when there are none */
    const char *warnings;
    const char
        *preview;      /* share: the lines that its readers will read, as JSON list; or NULL */
    const char *shown; /* share: the same as the JSON of its sections; or NULL */
    const char *type;  /* share: the record's; or NULL */
};
void compose_fini(struct compose *compose);

/* Who writes, when, and where ids come from. */
struct compose_who {
    const struct env *env;
    const char *person; /* may be empty */
    int64_t wall_s;     /* for display only */
};

/* Where something goes. OWN is where everything starts. */
struct compose_audience {
    enum space_class class;
    struct space_id group; /* SPACE_GROUP */
};
/* "own", "hub", "network", "buddies" (the only group there is), the name or id of a group, or
 * the name of the school it is shared with. INVALID with problems. */
MUST_USE enum err compose_audience(struct view_reader *reader, const char *text,
                                   struct compose_audience *out, struct compose *problems);

/* A new record of this school (or of the network when network_owned), in its own space. */
MUST_USE enum err compose_new(struct view_reader *reader, const struct compose_who *who,
                              const char *type, const char *sections, bool network_owned,
                              struct compose *out);
/*
 * A patch: {"study": {"summary": "…"}} sets members, null clears one, items of lists are
 * matched by id (author_patch). Goes under one edit id to every space that the record is in.
 * With `parents` NULL it follows all tips; else a JSON list of the revision ids that the person
 * saw, so that a concurrent edit is not overwritten unseen.
 */
MUST_USE enum err compose_edit(struct view_reader *reader, const struct compose_who *who,
                               const char *id, const char *sections, const char *parents,
                               struct compose *out);
/* The same with whole sections: each that is given becomes exactly that. Both: EXISTS, with a
 * problem that says so, when nothing would change. */
MUST_USE enum err compose_replace(struct view_reader *reader, const struct compose_who *who,
                                  const char *id, const char *sections, const char *parents,
                                  struct compose *out);
/* A root with all sections in the wider space, with the amendments; where the space has one,
 * the edit that brings it up to date. `preview` is set. EXISTS when it is there and up to date.
 */
MUST_USE enum err compose_share(struct view_reader *reader, const struct compose_who *who,
                                const char *id, const struct compose_audience *audience,
                                struct compose *out);
/* The erases of this school's envelopes of the record in that space. NOT_FOUND when none. */
MUST_USE enum err compose_unshare(struct view_reader *reader, const char *id,
                                  const struct compose_audience *audience, struct compose *out);
/* The same in every space, the school's own too: the record is gone for good. */
MUST_USE enum err compose_erase(struct view_reader *reader, const char *id,
                                struct compose *out);
/* Erases at a time: what LIMIT_STEP_CRYPTO_US allows. A record is erased whole. */
enum { COMPOSE_RETIRE = 48 };
/* The erases of the oldest records that query_aged names; erased_n is 0 when none is left. */
MUST_USE enum err compose_retire(struct view_reader *reader, const char *before,
                                 struct compose *out);
/*
 * Feedback on a record, to the narrowest space in which both read it. body: the sections of the
 * type `feedback` without its target. REFUSED for what only this school reads.
 */
MUST_USE enum err compose_feedback(struct view_reader *reader, const struct compose_who *who,
                                   const char *target, const char *sections,
                                   struct compose *out);
/* The next cycle of the ramp, its plan copied, its number one higher; changes: sections to put
 * over the copy, or NULL. */
MUST_USE enum err compose_next_cycle(struct view_reader *reader, const struct compose_who *who,
                                     const char *id, const char *changes, struct compose *out);

/*
 * One line of an import: a line of query_export, or {"type", "sections"} by hand. An exported
 * revision of this school's own space comes back as it was, byte for byte; EXISTS when it is
 * here already. A line by hand may name its "record" (32 hex digits): EXISTS when that is here.
 * What another school owns: REFUSED.
 */
MUST_USE enum err compose_import(struct view_reader *reader, const struct compose_who *who,
                                 const char *line, struct compose *out);
/* Is it a line of an export that another school owns? Then whose, and of which record. */
bool compose_is_foreign(struct view_reader *reader, const char *line, struct query_key *key);
/*
 * All lines of an export that are of one record of another school, as a new record of this one,
 * in the state that shows in the narrowest space among them. Once: EXISTS when the copy is
 * here, and for what speaks of another record and stays with it (feedback).
 */
MUST_USE enum err compose_adopt(struct view_reader *reader, const struct compose_who *who,
                                const char *const *lines, size_t n, struct compose *out);

/* ---- lines of a table ---- */

/* As compose_new of a school's record, with that id. */
MUST_USE enum err compose_new_as(struct view_reader *reader, const struct compose_who *who,
                                 const char *type, const char *sections,
                                 const struct record_id *id, struct compose *out);

/* The record of the type (NULL: any) that somebody's words name: its title in any case, else its
 * id or the beginning of one. NOT_FOUND; INVALID when several are called so. */
MUST_USE enum err compose_named(struct view_reader *reader, const char *type, const char *text,
                                struct query_key *out);

struct compose_row_ask {
    const char *type;
    const char *sections; /* JSON; the items of its lists have ids */
    const char *source;   /* what tells the line from all others of the school's tables */
    const char *record;   /* the id that the line gives; or NULL */
    bool update;          /* lay it over a record that differs */
};
/* X(NAME, name in the API) */
#define COMPOSE_ROWS(X) \
    X(NEW, "new")       \
    X(SAME, "same")     \
    X(DIFFERS, "differs")
enum compose_row_is {
#define X(name, text) COMPOSE_ROW_##name,
    COMPOSE_ROWS(X)
#undef X
};
/*
 * A record's id comes from the line's source, so that the same table, read again, finds what it
 * made: SAME when the record says all that the line says, DIFFERS otherwise, with the list
 * [{"place", "here", "file"}] as preview. Revisions are made for NEW, and for DIFFERS when
 * update is set.
 */
MUST_USE enum err compose_row(struct view_reader *reader, const struct compose_who *who,
                              const struct compose_row_ask *ask, enum compose_row_is *is,
                              struct compose *out);

#endif
