/*
 * reshape.h: from the view's answers to those of docs/API.md: every list is "items" with
 * "next", rows of reports are objects. Text in, text out, in place; called on the view thread,
 * for a long list takes longer than the loop should wait.
 */
#ifndef API_RESHAPE_H
#define API_RESHAPE_H

#include <jansson.h>
#include <stdbool.h>

#include "proto/base/mem.h"

/* {"records": […], "more", "applied"} -> {"items": […], "next": the next offset, "applied"}. */
void reshape_records(struct buf *text, size_t offset, size_t limit);
/* {"KEY": […], "applied"} -> {"items": […], "applied"}. */
void reshape_list(struct buf *text);
/* {"found": [item with snippet]} -> {"items": [{"record": item, "snippet"}]}, those of the
 * owner (as in reshape_feed), from offset on. */
void reshape_search(struct buf *text, const char *owner, size_t offset, size_t limit);
/* A record with its history -> {"items": [revision …]}, newest first, at most limit. */
void reshape_history(struct buf *text, size_t limit);
/* The feedback on a record, as records of that type. */
void reshape_feedback(struct buf *text, size_t limit);
/* One report, or all of them. heard: what is known of the others' news; may be NULL. */
void reshape_report(struct buf *text, json_t *heard);
/* One report as a table for a spreadsheet. */
void reshape_report_csv(struct buf *text);

/* What is asked of the feed beyond the view's own page. */
struct reshape_feed {
    const char *type, *owner; /* owner: "me", an id, its first digits, or a name; NULL: all */
    bool others;              /* not this school's */
    size_t limit;
};
/* Appends the lines of a page of the view's feed that are asked for; *before gets the place of
 * the last that was looked at. Returns true when the view has more and items are wanting still.
 */
bool reshape_feed_page(struct buf *text, const struct reshape_feed *feed, json_t *items,
                       uint64_t *before, bool *more, json_t **applied);

#endif
