/*
 * synonyms.h: how teams call the fields in their spreadsheets, in English and Spanish, beside
 * the schema's own words. A row is for every field of that flag or name, of any type, unless it
 * names the type.
 */
#ifndef SHEET_SYNONYMS_H
#define SHEET_SYNONYMS_H

#include <stddef.h>

struct synonyms_row {
    const char *type;  /* NULL: of any */
    const char *field; /* its flag or its name */
    const char *words; /* "a|b": plain (plain.h) */
};
extern const struct synonyms_row synonyms_headers[];
extern const size_t synonyms_headers_n;

struct synonyms_choice {
    const char *choice;
    const char *words;
};
/* The same for the values of choices. */
extern const struct synonyms_choice synonyms_choices[];
extern const size_t synonyms_choices_n;

#endif
