/*
 * digest.h: what a team should know of the last days, for a mail or the wall: what was learned,
 * what is new, what others said to this school, what waits for it, what comes. Every node makes
 * its own, of what it may read.
 *
 *   {"title", "from": DATE, "to": DATE, "until": DATE, "sections": [{"name", "heading",
 *    "items": [{"text", "detail": TEXT | null, "school": TEXT | null, "day": DATE | null}…],
 *    "more": n}…], "applied"}
 *
 * A section without items is left out. An item's text and detail are what people wrote.
 */
#ifndef REPORT_DIGEST_H
#define REPORT_DIGEST_H

#include "daemon/view/view.h"

enum {
    DIGEST_DAYS = 7, /* looked back over, unless said otherwise */
    DIGEST_DAYS_MAX = 366,
    DIGEST_AHEAD_DAYS = 14, /* looked ahead */
    DIGEST_ITEMS_MAX = 12,  /* of a section; `more` counts the rest */
};

/* Appends the digest as JSON. wall_s: what the machine believes the date is. */
MUST_USE enum err digest_make(struct view_reader *reader, int64_t wall_s, int days,
                              struct buf *out);
/* The JSON of digest_make as one page of HTML that needs nothing else and runs nothing. */
MUST_USE enum err digest_html(struct slice json, struct buf *out);

#endif
