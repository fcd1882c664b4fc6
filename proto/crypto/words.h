/*
 * words.h: the 2,048 words of a phrase, 11 bits each. Plain English, 4 to 8 letters a to z,
 * ascending, no two with the same first four letters: so four letters name a word. The list is
 * part of the format and never changes.
 */
#ifndef CRYPTO_WORDS_H
#define CRYPTO_WORDS_H

enum { WORDS_COUNT = 2048, WORDS_BITS = 11, WORDS_LETTERS_MIN = 4, WORDS_LETTERS_MAX = 8 };

extern const char *const words[WORDS_COUNT];

#endif
