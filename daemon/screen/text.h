/*
 * text.h: a text as words, numbers and marks, for those who look for something in it. A token
 * knows where it stands in the text and what it is without case and accents ("José's" is
 * "joses", and "jose" before its apostrophe). Texts are UTF-8; what is not becomes a mark.
 */
#ifndef SCREEN_TEXT_H
#define SCREEN_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/mem.h"

enum text_kind {
    TEXT_WORD,   /* letters, and apostrophes between them */
    TEXT_NUMBER, /* digits */
    TEXT_MIXED,  /* both: "7B", "S2204417" */
    TEXT_MARK    /* one character of anything else but spaces */
};

struct text_token {
    enum text_kind kind;
    size_t start, end; /* bytes of the text */
    const char *fold;  /* lower case, no accents, no apostrophes; a mark is itself, if ASCII */
    const char *bare;  /* the fold before a possessive's apostrophe; else the fold */
    bool capital;      /* begins with an upper-case letter */
    bool capitals;     /* has no lower-case letter, and more than one letter */
    bool spaced;       /* a space or a new line stands before it */
    bool opens;        /* the first word of a sentence */
    size_t sentence;   /* number of its sentence */
    long value;        /* of a NUMBER with at most 9 digits; else -1 */
    uint64_t classes;  /* of words.h; 0 until words_mark */
    bool taken;        /* an address, a number or a date that was found covers it */
};

struct text {
    const char *p;
    size_t n;
    struct text_token *tokens;
    size_t tokens_n, tokens_cap;
    size_t sentences;   /* the last one's number */
    struct arena arena; /* the folds */
};

/* p is borrowed for the life of the text. */
void text_init(struct text *text, const char *p, size_t n);
void text_fini(struct text *text);

/* Token i, or NULL past either end: so that i - 1 and i + 3 need no care. */
const struct text_token *text_at(const struct text *text, size_t i);
/* Is token i (NULL safe) the ASCII mark c? */
bool text_is_mark(const struct text *text, size_t i, char c);
/* Is token i a word or number with that fold? */
bool text_is(const struct text *text, size_t i, const char *fold);

#endif
