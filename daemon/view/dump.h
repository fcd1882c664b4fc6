/*
 * dump.h: the canonical text of the tables, for view_dump.
 */
#ifndef VIEW_DUMP_H
#define VIEW_DUMP_H

#include "daemon/view/db.h"

/* Failure stays in db->err. */
void dump_db(struct db *db, struct buf *out);

#endif
