/* cell_date.h: inside cell*.c: a day in the forms that spreadsheets write. */
#ifndef SHEET_CELL_DATE_H
#define SHEET_CELL_DATE_H

#include "daemon/sheet/cell.h"

enum cell_date {
    CELL_DATE_GOOD,
    CELL_DATE_NONE,    /* it is no day */
    CELL_DATE_NO_YEAR, /* "3 March" */
    CELL_DATE_UNCLEAR, /* day or month first? */
    CELL_DATE_AGAINST  /* no day in the order that holds: "14/03" where months come first */
};

/* "YYYY-MM-DD" into out. */
enum cell_date cell_date_read(const char *text, enum cell_dates order, char out[11]);

#endif
