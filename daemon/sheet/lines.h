/* lines.h: inside sheet*.c: what each record of a table becomes. */
#ifndef SHEET_LINES_H
#define SHEET_LINES_H

#include "daemon/sheet/columns.h"

struct lines_ask {
    const struct grid *grid;
    const struct columns *columns;
    const struct cell_forms *forms;
    const json_t *set; /* {PLACE: TEXT}, checked */
    sheet_ref_fn ref;
    void *arg;
};

/* Fills out->lines. LIMIT: too many records, with *problem. */
MUST_USE enum err lines_make(struct sheet *out, const struct lines_ask *ask,
                             struct spread_problem *problem);

#endif
