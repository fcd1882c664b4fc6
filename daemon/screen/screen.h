/*
 * screen.h: what in a text may tell who a student is, in English and Spanish: a hint to the
 * person who is about to share, no more. Nothing blocks, and nothing is promised: the test's
 * planted set says how much of it is found and how often it points at nothing.
 *
 * Pure: a function of the text, the school's list of names, and the year.
 */
#ifndef SCREEN_SCREEN_H
#define SCREEN_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

enum { SCREEN_GROUP_MIN = 10 }; /* fewer can be recognised by those who know the class */

/* X(KIND, name in the API, hint). Of two that overlap, the earlier row is kept. */
#define SCREEN_KINDS(X)                                                                     \
    X(NAME, "name", "a name of your list: write \"a student\" instead")                     \
    X(CONTACT, "contact", "an address or number of a person: leave it out")                 \
    X(ID, "id", "a student's number? Leave it out")                                         \
    X(DATE, "date", "a date of birth or an age with a day: leave it out")                   \
    X(DETAIL, "detail", "true of one or two only: whoever knows the class knows who it is") \
    X(SMALL_GROUP, "small_group", "fewer than ten can be recognised: \"a few\" is enough")  \
    X(ONE_STUDENT, "one_student", "who was it, for those who know the class?")

enum screen_kind {
#define X(kind, name, hint) SCREEN_##kind,
    SCREEN_KINDS(X)
#undef X
        SCREEN_KIND_COUNT
};

struct screen_point {
    enum screen_kind kind;
    size_t start, end; /* bytes of the text: whole characters */
};

const char *screen_kind_name(enum screen_kind kind);
const char *screen_kind_hint(enum screen_kind kind);

struct screen;
/*
 * names: the school's list, as people keep it: "Given Surname", "Surname, Given", nicknames in
 * quotes or brackets or as lines of their own. Each word of a name counts. Copied; may be
 * empty. year: this year, to tell a date of birth from a date of a cycle.
 */
struct screen *screen_new(const char *const *names, size_t names_n, int year);
void screen_free(struct screen *screen);

/* What there is in the text, in its order, at most max; returns how many. */
size_t screen_look(const struct screen *screen, const char *text, size_t n,
                   struct screen_point *out, size_t max);

/* A number of students that is too few: 1 … SCREEN_GROUP_MIN - 1. */
bool screen_is_few(double number);

#endif
