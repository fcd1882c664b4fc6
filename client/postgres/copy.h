/*
 * copy.h: the copy: from the daemon's pages into the database, a transaction a page, so that it
 * goes on where it stopped, whatever stopped it. The state's row in the database says how far:
 *
 *   since          all changes up to that place in the device's log are there
 *   pass           number of the last whole pass; a record that it did not meet is dropped
 *   pass_through   of the pass that is under way: what `since` becomes when it ends; null: none
 *   pass_from      what changed since then is fetched by it; null: everything
 *   pass_cursor    where its next page begins
 */
#ifndef POSTGRES_COPY_H
#define POSTGRES_COPY_H

#include "client/postgres/base.h"
#include "client/postgres/daemon.h"
#include "client/postgres/tables.h"

struct copy {
    struct base *base;
    struct daemon *daemon;
    const char *schema; /* of the database */
    size_t page;        /* records a page */
    struct schema_set *types;
    struct tables_type *tables;
    size_t n;
    char why[BASE_WHY_BYTES + 20];

    /* the state's row; "" is null */
    char network[130], device[130];
    char since[24], from[24], through[24], cursor[130];
    uint64_t pass;
    uint64_t written, gone; /* by copy_run */
};

/*
 * Makes what is missing in the database, for the types that the daemon has now, and reads how
 * far the copy is. REFUSED: the schema holds another network's copy, or one by a later program.
 * CLOSED: the daemon or the database is gone. `why` is a sentence.
 */
MUST_USE enum err copy_open(struct copy *copy);
void copy_close(struct copy *copy);

/* One pass, or the rest of one: until the copy has all that the daemon shows. */
MUST_USE enum err copy_run(struct copy *copy);

#endif
