/*
 * query.h: the questions that the faces ask of the view. Each appends one JSON text to *out;
 * the shapes are in README.md, and docs/API.md repeats them. Numbers that can pass 2^53 do not
 * occur; ids are lower-case hex. Each answers from one snapshot.
 *
 * An id in a question may be a full record id (32 hex digits), or a prefix of at least 4 that
 * is unique here; "OWNER/RECORD" or "OWNER.RECORD" (64 and 32 digits) names one exactly.
 * Errors: NOT_FOUND; INVALID, and then *out holds {"error": text, "matches": [record items]}
 * when a prefix is not unique; IO or CORRUPT.
 */
#ifndef VIEW_QUERY_H
#define VIEW_QUERY_H

#include "daemon/view/view.h"
#include "proto/envelope/space.h"

/* All fields may be zero or NULL: no restriction. */
struct query_filter {
    const char *type;
    const char *state;    /* "planned", "testing" … */
    const char *flag;     /* "not_studied", "no_prediction", "overdue" … */
    const char *owner;    /* school id, its unique prefix, its name, or "me" */
    const char *audience; /* "own", "hub", "network", "group", or a space id: in that space */
    const char *text;     /* people's words: full-text search */
    const char *link;     /* records that point at this record (id or prefix) */
    uint64_t since;       /* changed after this log sequence */
    int64_t wall_s;       /* today, for the flags that need a date; 0: leave these out */
    bool archived;        /* also what is in the archive; text and link find it in any case */
    bool full;            /* with sections, what was also written, amendments, derived */
    size_t limit;         /* 0: 100; at most 1000 */
    size_t offset;
};

/* {"applied", "records": [item…], "more": bool}, newest change first. */
MUST_USE enum err query_records(struct view_reader *reader, const struct query_filter *filter,
                                struct buf *out);
/* One record in full; with its history (revisions, who wrote them, where) when asked. wall_s as
 * in the filter. */
MUST_USE enum err query_record(struct view_reader *reader, const char *id, bool history,
                               int64_t wall_s, struct buf *out);
/* What arrived, newest first: one line an edit. Before: only what is older than this lseq (0:
 * from the newest). */
MUST_USE enum err query_feed(struct view_reader *reader, uint64_t before, size_t limit,
                             struct buf *out);
/* People's words → records with a snippet; [ ] mark the words found. */
MUST_USE enum err query_search(struct view_reader *reader, const char *words, const char *type,
                               size_t limit, struct buf *out);
/* Cycles by state, the newest of each (limit as in the filter): {"columns": [{"state",
 * "records": [item…], "count": of all}…]}. owner as in the filter. */
MUST_USE enum err query_board(struct view_reader *reader, const char *owner, size_t limit,
                              int64_t wall_s, struct buf *out);
/* An idea with the test history that its cycles make. */
MUST_USE enum err query_idea(struct view_reader *reader, const char *id, struct buf *out);

enum query_feedback {
    QUERY_FEEDBACK_ON,
    QUERY_FEEDBACK_GIVEN,
    QUERY_FEEDBACK_GOT,
    QUERY_FEEDBACK_OWED
};
/* ON: of the record id. GIVEN, GOT: by or for this school. OWED: what buddies shared with this
 * school and have not heard about, due 14 days after it arrived by their own date. id may be
 * NULL except for ON. */
MUST_USE enum err query_feedback(struct view_reader *reader, enum query_feedback which,
                                 const char *id, int64_t wall_s, struct buf *out);

/* Counts for `status`: records, what is unreadable and why, what waits, offers to share again.
 */
MUST_USE enum err query_status(struct view_reader *reader, int64_t wall_s, struct buf *out);
/*
 * What is older than a school keeps: its own records that nobody changed since before the day,
 * but for types that last. {"records": n, "oldest": DAY | null, "items": [item…]}, oldest first.
 * The reader's archive is that day from here on.
 */
MUST_USE enum err query_aged(struct view_reader *reader, const char *before, size_t limit,
                             struct buf *out);
/* Entries that do not read: {"unreadable": [{"reason", "text", "school", "device", "space",
 * "seq", "lseq"}…]}. */
MUST_USE enum err query_unreadable(struct view_reader *reader, size_t limit, struct buf *out);
/* Schools, devices and spaces as of the view's own membership. */
MUST_USE enum err query_members(struct view_reader *reader, struct buf *out);

/*
 * Export: JSON lines, one a revision, in the order in which they came. after: 0 at first, then
 * the value that *next got; *next is 0 at the end. mine: only this school's records.
 */
MUST_USE enum err query_export(struct view_reader *reader, bool mine, uint64_t after,
                               size_t limit, uint64_t *next, struct buf *out);

struct query_key {
    struct school_id owner; /* or the network's id, for what the network owns */
    struct record_id record;
};

/* What schools say of themselves, by id: {ID: {"id", "name", "was", "standing", "since"}}. */
MUST_USE enum err query_called(struct view_reader *reader, struct buf *out);
/* {"files": [the section `file` of each artifact of that school that shows]}. */
MUST_USE enum err query_files(struct view_reader *reader, const struct school_id *owner,
                              struct buf *out);
/* The addresses of all pieces that a readable revision names: 32 bytes each, ascending. */
MUST_USE enum err query_pieces(struct view_reader *reader, struct buf *out);

/*
 * For who keeps a copy: the records by record id, then owner, an order that no rebuild changes.
 * all: those that show. Else those that changed after `since` (a log sequence), also those that
 * show no more: {"id", "owner": {"id"}, "type", "gone": true}. The copy is complete up to the
 * "applied" of the *first* page once the last page is taken; what changed meanwhile comes again.
 */
struct query_changes {
    bool all;
    uint64_t since;
    struct query_key after; /* zeros at first */
    const char *type;       /* NULL: any */
    bool mine;
    size_t limit; /* 0: 100; at most 1000 */
    int64_t wall_s;
};
/* {"items": [full item…], "applied"}; *next is where the next page begins, when *more. */
MUST_USE enum err query_changes(struct view_reader *reader, const struct query_changes *ask,
                                struct query_key *next, bool *more, struct buf *out);

/* {"items": [{"type", "records": n}], "applied"}: the types of what shows. */
MUST_USE enum err query_types(struct view_reader *reader, bool mine, struct buf *out);

/* ---- for programs in this process ---- */

MUST_USE enum err query_resolve(struct view_reader *reader, const char *id,
                                struct query_key *out);

/* Where the envelopes of a record's revisions stand in their chains: for "reached". */
struct query_place {
    struct chain chain;
    struct space_id space;
    enum space_class class;
    uint64_t seq;
    struct revision_id revision;
    uint64_t lamport;
};
typedef void (*query_place_fn)(void *arg, const struct query_place *place);
MUST_USE enum err query_places(struct view_reader *reader, const struct query_key *key,
                               query_place_fn fn, void *arg);

#endif
