/*
 * tally.h: what several people say together, of records in which nobody is named
 * (x-anonymous): a survey's responses, or ratings between two poles. Counts alone. They are
 * shown from `least` answers on (3 at the least), and then three more at a time in the order in
 * which they came here: between two looks lie three people or none, so that nobody's answer is
 * known by what it changed. What this does not hide: docs/THREATS.md.
 *
 *   {"title", "survey": REF | null, "kind": "survey" | "poles", "type", "round": TEXT | null,
 *    "rounds": [TEXT…], "given": n, "answers": n of them shown, "least", "labels": [TEXT…],
 *    "lines": [{"of", "label", "side": TEXT | null, "low", "high": the poles or null,
 *               "counts": [n of each value, from the lowest], "dont_know": n,
 *               "middle": the median or null}…], "applied"}
 *
 * A round is what `head.round` says; none asked for: the newest.
 */
#ifndef REPORT_TALLY_H
#define REPORT_TALLY_H

#include "daemon/view/query.h"
#include "proto/record/schema.h"

enum { TALLY_LEAST = 3, TALLY_STEP = 3, TALLY_VALUES_MAX = 20 };

/* Of this school's responses to a survey that is here. NOT_FOUND; INVALID, and then *out holds
 * {"error": text}: it is no survey, or (as in query.h) several records begin so. */
MUST_USE enum err tally_survey(struct view_reader *reader, const char *id, const char *round,
                               struct buf *out);
/* Of a type whose fields have poles: a line for each. */
MUST_USE enum err tally_poles(struct view_reader *reader, const struct schema *schema,
                              const char *round, struct buf *out);

#endif
