/*
 * words.h: what a word can mean to the screen, in English and Spanish: one table of classes,
 * each with its words (without case and accents). A word may be of several classes.
 */
#ifndef SCREEN_WORDS_H
#define SCREEN_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/screen/text.h"

/* X(CLASS, what its words are) */
#define WORDS_CLASSES(X)                                                       \
    X(ONE, "one student: student, girl, alumno")                               \
    X(MANY, "several: students, girls, alumnos")                               \
    X(YOUNG, "girl, boy, chica: a girl is somebody, a student may be anybody") \
    X(HEAD, "after ONE makes a thing of it: student council")                  \
    X(GRADE, "before grader: ninth, 9th")                                      \
    X(SOLE, "only, unica")                                                     \
    X(POINTING, "this, that, another, ese, otra")                              \
    X(ARTICLE, "a, an, un, una")                                               \
    X(MINE, "my, our, mi, nuestro")                                            \
    X(SOMEBODY, "someone, alguien")                                            \
    X(BESIDE, "the girl next to the door")                                     \
    X(DETERMINER, "the, of, los: between a number and people")                 \
    X(NUMBER, "two … nine, dos … nueve, both, ambos")                          \
    X(RELATIVE, "who, whose, que: what follows is about one")                  \
    X(PLACE_WORD, "in, from, at, de: a student in my class")                   \
    X(ACTED, "said, cried, put, dijo: somebody did")                           \
    X(GENERIC, "when, if, each, cada, cuando: nobody at all")                  \
    X(APIECE, "per, each, por, cada: behind a number")                         \
    X(LABEL, "grade, period, room: a number behind it counts nothing")         \
    X(GROUPS, "groups, pairs: how people sit")                                 \
    X(THEM, "them, ellos")                                                     \
    X(STOP, "ends a group of words")                                           \
    X(BORN, "born, birthday, nacio, cumple")                                   \
    X(TURNS, "turned, turns, cumple, cumplio")                                 \
    X(AGE, "thirteen, trece")                                                  \
    X(MONTH, "march, marzo")                                                   \
    X(YEARS, "years, anos")                                                    \
    X(ID_CUE, "id, pin, matricula, expediente")                                \
    X(DESK, "office@ is nobody's own address")                                 \
    X(PHONE_CUE, "call, text, phone, telefono")                                \
    X(HE, "he, she, her, his, el, ella")                                       \
    X(HIS, "her, his, su: before a relative")                                  \
    X(RELATION, "mother, brother, abuela")                                     \
    X(SON, "son, daughter, hijo")                                              \
    X(PAIR, "twins, gemelos")                                                  \
    X(BODY, "wheelchair, deaf, embarazada")                                    \
    X(LIFE, "foster, custody, shelter, carcel")                                \
    X(CAME, "came, arrived, llego, vino, student")                             \
    X(FROM, "from, de")                                                        \
    X(CALLED, "named, called, llamado, llama")                                 \
    X(SCHOOL, "school, academy, escuela, street")                              \
    X(SCHOOL_OF, "escuela, colegio: a name behind it is its")                  \
    X(TITLE, "ms, mrs, mr, sra")                                               \
    X(PARTICLE, "del, de, van, la: between names")                             \
    X(PLAIN, "also an everyday word: hope, may, luz")

enum words_class_bit {
#define X(name, what) WORDS_BIT_##name,
    WORDS_CLASSES(X)
#undef X
        WORDS_BITS
};
_Static_assert(WORDS_BITS <= 64, "a token's classes are bits of 64");
#define WORDS(name) (UINT64_C(1) << WORDS_BIT_##name)

struct words;
struct words *words_new(void);
void words_free(struct words *words);

uint64_t words_of(const struct words *words, const char *fold);
/* Sets the classes of every token. */
void words_mark(const struct words *words, struct text *text);

/* Has token i (NULL safe) one of the classes? */
static inline bool words_in(const struct text *text, size_t i, uint64_t classes)
{
    const struct text_token *token = text_at(text, i);

    return token != NULL && (token->classes & classes) != 0;
}

#endif
