/*
 * header.h: what a column's header means: a field of a type, from the schema's own words
 * (label, name, flag, prompt) and from the words that teams use, in English and Spanish. A
 * number in a header names the item of a list: "Question 2".
 */
#ifndef SHEET_HEADER_H
#define SHEET_HEADER_H

#include <jansson.h>

#include "proto/record/schema.h"

enum { HEADER_ITEMS_MAX = 50 }; /* numbered columns of one list */

/* Where a column's cells go. */
struct header_place {
    const struct schema_field *field; /* NULL: nowhere */
    const struct schema_field *item;  /* of a list of objects: the member; else NULL */
    int index;                        /* of the list, from 0; -1: a cell may hold several */
    bool record;                      /* no field: the record's own id */
};

/*
 * A place as text and back: "plan.change", "plan.questions[].prediction" (several in a cell),
 * "plan.questions[1].prediction", "record". False for what is no place of the type.
 */
bool header_place_of(const struct schema *schema, const char *text, struct header_place *out);
/* No NUL. */
void header_place_put(struct buf *out, const struct header_place *place);
bool header_place_eq(const struct header_place *a, const struct header_place *b);

/* All that a header may be called, of one type. */
struct header_book;
struct header_book *header_book_new(const struct schema *schema);
void header_book_free(struct header_book *book);

/* The best place for a header, and how sure: 100 the schema's own words … 0 none. "record" is
 * the record's id, and "kith …" never a field. */
unsigned header_guess(const struct header_book *book, const char *header,
                      struct header_place *out);

/* What a column of that place is called in a file of ours: header_guess finds it back. No NUL.
 */
void header_put(struct buf *out, const struct header_book *book,
                const struct header_place *place);

/* A digest of a set of headers, whatever their order, case and accents: 16 hex digits. */
void header_set_key(char out[17], const char *const *headers, size_t n);

#endif
