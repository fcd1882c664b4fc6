/*
 * sheet.h: what a table is understood to say: which type its lines are, which field each column
 * is, and what each line becomes. Pure: a function of the bytes, of what a person said about
 * them, and of what was said before about such headers. What could mean two things is a
 * question, never a guess; what does not fit names its line and field. The caller writes (or
 * asks again).
 */
#ifndef SHEET_SHEET_H
#define SHEET_SHEET_H

#include <jansson.h>

#include "daemon/sheet/spread.h"
#include "proto/record/schema.h"

enum {
    SHEET_LINES_MAX = 2000, /* written at once, all or nothing; a preview that is still read */
    SHEET_KEY_CHARS = 16,
};

/* Finds the record that a cell of a REF field names: fills out (a REVISION_REF), or says why
 * not (static or living as long as the call of sheet_read). */
typedef bool (*sheet_ref_fn)(void *arg, const char *type, const char *text, char out[98],
                             const char **why);

/*
 * What a person says, a JSON object; every member may be missing:
 *   type      of the records
 *   columns   {HEADER: PLACE}: where a column goes (header.h), "" for nowhere
 *   dates     "dmy" or "mdy"
 *   decimal   "." or ","
 *   encoding  of spread.h · delimiter "," ";" "\t" or "|"
 *   set       {PLACE: TEXT}: the same in every record, where no column says otherwise
 */
struct sheet_ask {
    struct slice bytes;
    const struct schema_set *schemas;
    const json_t *said;       /* or NULL */
    const json_t *remembered; /* {KEY: what was said}; or NULL */
    sheet_ref_fn ref;         /* NULL: refs are left as they stand */
    void *arg;
};

/* One record to be. */
struct sheet_line {
    size_t line; /* of the file; of a table on its side the column */
    json_t *sections;
    json_t *fields;   /* [{"place", "label", "value", "note"?}] what was understood */
    json_t *problems; /* [{"line", "column", "header", "place", "text"}] */
    char *source; /* what tells this record from the others, whenever the file comes again */
    const char *record; /* the id that the file gives, or NULL */
};

struct sheet {
    const struct schema *schema; /* NULL: not known yet */
    bool turned;                 /* the headers stand in the first column */
    char key[SHEET_KEY_CHARS + 1];
    struct sheet_line *lines;
    size_t n;
    json_t *about; /* {"type", "encoding", "encoding_guessed", "delimiter", "turned", "dates",
                      "columns": [{"column", "header", "place", "label", "by", "sample"}],
                      "questions": [{"about", "text", "choices"}]} */
    json_t *remember; /* what to keep under the key when it is written */
    struct arena arena;
};

/* MALFORMED or TOO_BIG as spread_read, with *problem. A table that is not understood yet is OK:
 * it has questions. */
MUST_USE enum err sheet_read(struct sheet *out, const struct sheet_ask *ask,
                             struct spread_problem *problem);
void sheet_fini(struct sheet *sheet);
/* Nothing to ask, and no line with a problem. */
bool sheet_is_good(const struct sheet *sheet);

#endif
