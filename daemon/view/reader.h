/*
 * reader.h: inside view/: what a read-only connection is made of, and the snapshot that every
 * question is answered from.
 */
#ifndef VIEW_READER_H
#define VIEW_READER_H

#include "daemon/view/db.h"
#include "daemon/view/view.h"
#include "proto/record/schema.h"

struct view_reader {
    struct db db;
    char *uri;
    const struct view *view; /* for its generation alone */
    unsigned generation;
    unsigned depth; /* of snapshots */
    struct school_id school;
    const struct schema_set *schemas; /* the view's */
    char archive[11]; /* a day; "": nothing is in the archive */
};

/* Begins a snapshot (they nest). The connection follows a view that was made anew. */
MUST_USE enum err reader_begin(struct view_reader *reader);
/* Ends it; the first failure since the outermost begin. */
MUST_USE enum err reader_end(struct view_reader *reader);

#endif
