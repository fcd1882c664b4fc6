/*
 * view.h: the projection: what this school can read of the log, as a SQLite database for lists,
 * search, history and reports. It is a pure function of the log, this device's box key and the
 * school's id, and can be deleted at any time.
 *
 * It does the *Read* step of DESIGN 4.2: key by key_id, commitment, seal, padding, strict
 * decode, rights. What does not read is kept, counted and shown with its reason, and read again
 * when its key arrives or its writer's rights change. It has a membership fold and a keyring of
 * its own, made from the log's statements, so it shares no memory with the loop.
 *
 * Threads: a `struct view` belongs to one thread, and its functions are synchronous. A
 * `struct view_reader` is a read-only connection; it belongs to one thread too, but any number
 * of them may be open beside the view. A reader sees whole batches only, and never holds up the
 * writer (nor the writer it) when the database is a file.
 */
#ifndef VIEW_VIEW_H
#define VIEW_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/core/store.h"
#include "proto/base/err.h"
#include "proto/base/id.h"
#include "proto/base/mem.h"
#include "proto/crypto/key.h"
#include "proto/record/schema.h"

enum {
    VIEW_BATCH_MAX = 500, /* log entries in one step */
    VIEW_GATHER = 1000,   /* in one transaction, as long as there are more: then it costs less */
};

struct view;

/* Copied. */
struct view_options {
    const char *path;        /* the file; NULL: in memory (attended mode) */
    struct school_id school; /* this school: of its phrase, known before it joins */
    struct device_pk device;
    struct box_pk box_pk;
    struct box_sk box_sk;
    /* The record types; not changed while the view or a reader of it is open, for threads share
     * it. NULL: those in the program. */
    const struct schema_set *schemas;
};

struct view_status {
    uint64_t applied; /* every log entry up to here is in the view */
    uint64_t last;    /* the log's last, as of the latest step */
    bool rebuilding;  /* it started empty (new, damaged or of another schema) and catches up */
    const char *rebuilt; /* why it started empty, or NULL */
    uint64_t fold;       /* grows whenever the membership that the view knows changed */
    uint64_t stale;      /* records of types that changed, and are not yet made anew */
};

/*
 * Opens the database, making it when it is missing. One that is damaged or of another schema is
 * removed and starts again at 0. log must outlive the view. IO, NO_SPACE, LOCKED or SYSTEM when
 * the disk refuses.
 */
MUST_USE enum err view_open(struct view **out, const struct view_options *options,
                            const struct log_reader *log);
void view_close(struct view *view);

/*
 * Takes in the next entries of the log, at most max (≤ VIEW_BATCH_MAX) of them; when the log has
 * no more, records whose type changed since they were shown are made anew. *more: there was
 * more than that. Call it when the log grew, until *more is false: while there is more, readers
 * may see up to VIEW_GATHER entries less than was taken. An error takes back what readers do not
 * see yet; the next call tries again.
 */
MUST_USE enum err view_step(struct view *view, size_t max, bool *more);
/*
 * Gives back the disk and the memory that catching up took; for when nobody asks for a while.
 * False when there was nothing to give back.
 */
bool view_rest(struct view *view);

/* Empties the database; the steps that follow fill it again. Readers stay open. */
MUST_USE enum err view_rebuild(struct view *view);

/* May be called between steps by the owning thread. */
void view_get_status(const struct view *view, struct view_status *out);

/*
 * Appends everything the view knows as text, one row a line, in an order that depends on the
 * content alone: equal for a maintained and a rebuilt view of one log.
 */
MUST_USE enum err view_dump(struct view *view, struct buf *out);

/* SQLite's own integrity check and the search index's. CORRUPT with a line of text in *why. */
MUST_USE enum err view_check(struct view *view, struct buf *why);

/* ---- reading, from any thread ---- */

struct view_reader;
struct sqlite3;

/* Opens beside a view that is open (and outlives the reader). */
MUST_USE enum err view_reader_open(struct view_reader **out, const struct view *view);
void view_reader_close(struct view_reader *reader);

/* The log sequence that the reader sees now. */
uint64_t view_reader_applied(struct view_reader *reader);
/*
 * The school keeps what was last changed before that day ("2025-08-01"; NULL: nothing) in its
 * archive: lists, the board and what asks for attention leave it out from here on; searches,
 * reports and exports do not. Types that last (people, aims, ideas, measures …) are not in it.
 */
void view_reader_set_archive(struct view_reader *reader, const char *before);
/* The school whose view it is. */
const struct school_id *view_reader_school(const struct view_reader *reader);
/* For daemon/report: the connection, to prepare SELECTs on the tables of README.md. */
struct sqlite3 *view_reader_db(struct view_reader *reader);

#endif
