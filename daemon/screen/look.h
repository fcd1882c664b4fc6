/*
 * look.h: inside the box: one text that is being looked at. Each of names, numbers, people and
 * detail adds its points; screen.c puts them in order.
 */
#ifndef SCREEN_LOOK_H
#define SCREEN_LOOK_H

#include "daemon/screen/screen.h"
#include "daemon/screen/text.h"
#include "daemon/screen/words.h"

struct names;

/* What a sentence has in it. */
struct look_sentence {
    uint64_t classes; /* of its words */
    unsigned kinds;   /* of its points, a bit each */
};

struct look {
    const struct names *names;
    const struct words *words;
    int year;
    struct text text;
    struct look_sentence *sentences;
    uint64_t classes; /* of all words */
    struct screen_point *points;
    size_t n, cap;
};

/* Names, words and year are set already; text is borrowed. */
void look_init(struct look *look, const char *text, size_t n);
void look_fini(struct look *look);

/* From the start of one token to the end of another. */
void look_add(struct look *look, enum screen_kind kind, size_t first, size_t last);
/* Is there a point of the kind in that sentence? */
bool look_has(const struct look *look, enum screen_kind kind, size_t sentence);
/* Is token i of the sentence, and one of the classes? NULL safe. */
bool look_in(const struct look *look, size_t i, size_t sentence, uint64_t classes);
/* Does the sentence have a word of the classes? */
bool look_any(const struct look *look, size_t sentence, uint64_t classes);

#endif
