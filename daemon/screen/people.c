#include "daemon/screen/people.h"

#include <string.h>

/* Words between a number and its noun, besides "of the": "two quiet sixth grade girls". */
enum { BETWEEN_MOST = 3, YEARS_LEAST = 3, YEARS_MOST = 20 };

static const struct text_token *at(const struct look *look, size_t i)
{
    return text_at(&look->text, i);
}

/* "student council", "student-led": the noun is part of a thing. */
static bool is_compound(const struct look *look, size_t noun)
{
    const struct text_token *next = at(look, noun + 1);

    if (next == NULL || next->sentence != look->text.tokens[noun].sentence) return false;
    if (text_is_mark(&look->text, noun + 1, '-') && !next->spaced) return true;
    return (next->classes & WORDS(HEAD)) != 0 &&
           look->text.tokens[noun].bare == look->text.tokens[noun].fold;
}

static bool is_plural(const struct text_token *token)
{
    size_t n = strlen(token->fold);

    return n > 3 && token->fold[n - 1] == 's' && token->fold[n - 2] != 's' &&
           token->fold[n - 2] != 'u' && token->bare == token->fold;
}

size_t people_noun(const struct look *look, size_t i, uint64_t classes)
{
    const struct text_token *first = at(look, i);
    unsigned between = 0;

    for (size_t k = i; first != NULL; k++) {
        const struct text_token *token = at(look, k);

        if (token == NULL || token->sentence != first->sentence) return SIZE_MAX;
        if (text_is_mark(&look->text, k, '-') && !token->spaced) continue;
        if (token->kind == TEXT_MARK) return SIZE_MAX;
        if ((token->classes & classes) != 0) {
            return (classes & WORDS(ONE)) != 0 && is_compound(look, k) ? SIZE_MAX : k;
        }
        if ((token->classes & (WORDS(DETERMINER) | WORDS(GRADE))) != 0) continue;
        if ((token->classes & WORDS(STOP)) != 0 || is_plural(token)) return SIZE_MAX;
        if (between++ == BETWEEN_MOST) return SIZE_MAX;
    }
    return SIZE_MAX;
}

/* "per table", "at a time", "from each", "a la vez" behind token i: nobody in particular. */
static bool is_apiece(const struct look *look, size_t i)
{
    const struct text *text = &look->text;

    if (words_in(text, i + 1, WORDS(APIECE))) return true;
    if (words_in(text, i + 1, WORDS(PLACE_WORD)) && words_in(text, i + 2, WORDS(APIECE))) {
        return true;
    }
    return (text_is(text, i + 1, "at") && text_is(text, i + 2, "a") &&
            text_is(text, i + 3, "time")) ||
           (text_is(text, i + 1, "a") && text_is(text, i + 2, "la") &&
            text_is(text, i + 3, "vez"));
}

/* "When a student", "each time one student": among the three words before i. */
static bool is_generic(const struct look *look, size_t i)
{
    for (size_t k = i < 3 ? 0 : i - 3; k < i; k++) {
        if (look_in(look, k, look->text.tokens[i].sentence, WORDS(GENERIC))) return true;
    }
    return false;
}

/* Does the text speak of students at all? For "two of them". */
static bool speaks_of_people(const struct look *look)
{
    return (look->classes & WORDS(MANY)) != 0;
}

/* -------------------------------------------------------------------------------- few of them
 */

static bool is_one(const struct text *text, size_t i)
{
    const struct text_token *token = text_at(text, i);

    return text_is(text, i, "one") || text_is(text, i, "uno") || text_is(text, i, "una") ||
           (token != NULL && token->value == 1 && token->kind == TEXT_NUMBER);
}

/* A number from 2 to 9 that counts something. */
static bool is_few(const struct look *look, size_t i)
{
    const struct text *text = &look->text;
    const struct text_token *token = at(look, i);

    if (token == NULL || i + 1 >= text->tokens_n) return false;
    if ((token->classes & WORDS(NUMBER)) != 0) {
        return !text_is(text, i, "par") || text_is(text, i + 1, "de");
    }
    if (token->kind != TEXT_NUMBER || token->value < 2 || token->value >= SCREEN_GROUP_MIN) {
        return false;
    }
    if (i > 0 && words_in(text, i - 1, WORDS(LABEL))) return false;
    /* "4.1", "3/4", "+5", "2-3" */
    if (i > 0 && !token->spaced && text->tokens[i - 1].kind == TEXT_MARK &&
        strchr("([\"", text->tokens[i - 1].fold[0]) == NULL) {
        return false;
    }
    return text->tokens[i + 1].kind != TEXT_MARK;
}

/* "groups of four": how people sit. */
static bool is_seating(const struct look *look, size_t i)
{
    return i > 1 && (text_is(&look->text, i - 1, "of") || text_is(&look->text, i - 1, "de")) &&
           words_in(&look->text, i - 2, WORDS(GROUPS));
}

/* "one in nine", "una de cada nueve": a share, of however many. */
static bool is_share(const struct look *look, size_t i)
{
    const struct text *text = &look->text;

    if (i > 0 && (text_is(text, i - 1, "cada") || text_is(text, i - 1, "every"))) return true;
    return i > 1 && text_is(text, i - 1, "in") &&
           (is_one(text, i - 2) || words_in(text, i - 2, WORDS(NUMBER)) ||
            text->tokens[i - 2].kind == TEXT_NUMBER);
}

/* Past "(out) of (the) 8" behind a number; 0 when it is a share ("nine of ten"). */
static size_t past_whole(const struct look *look, size_t i)
{
    const struct text *text = &look->text;
    size_t k = i + text_is(text, i, "out");

    if (!text_is(text, k, "of") && !text_is(text, k, "de")) return i;
    k++;
    if (text_is(text, k, "cada") || text_is(text, k, "every")) return 0;
    while (words_in(text, k, WORDS(DETERMINER)))
        k++;
    if (words_in(text, k, WORDS(AGE) | WORDS(NUMBER)) || at(look, k) == NULL ||
        text->tokens[k].kind == TEXT_NUMBER) {
        if (at(look, k) == NULL) return i;
        if (text->tokens[k].value == 10 || text->tokens[k].value == 100 ||
            text_is(text, k, "ten") || text_is(text, k, "diez")) {
            return 0;
        }
        return k + 1;
    }
    return i;
}

/* "my three who …", "los seis que …". */
static bool is_ours(const struct look *look, size_t i)
{
    const struct text *text = &look->text;

    return i > 0 && words_in(text, i + 1, WORDS(RELATIVE)) && !text_is(text, i + 1, "with") &&
           !text_is(text, i + 1, "con") &&
           (words_in(text, i - 1, WORDS(MINE)) || text_is(text, i - 1, "mis") ||
            text_is(text, i - 1, "the") || text_is(text, i - 1, "los") ||
            text_is(text, i - 1, "las"));
}

static void look_few(struct look *look, size_t i)
{
    const struct text *text = &look->text;
    size_t next, noun;

    if (!is_few(look, i) || is_seating(look, i) || is_share(look, i)) return;
    next = past_whole(look, i + 1);
    if (next == 0) return;
    if ((text_is(text, i + 1, "of") || text_is(text, i + 1, "de")) &&
        words_in(text, i + 2, WORDS(THEM))) {
        bool all = i > 0 && words_in(text, i - 1, WORDS(DETERMINER)); /* "the three of them" */

        bool ours = text_is(text, i + 2, "mine") || text_is(text, i + 2, "ours");

        if (!all && (ours || speaks_of_people(look)))
            look_add(look, SCREEN_SMALL_GROUP, i, i + 2);
        return;
    }
    noun = people_noun(look, next, WORDS(MANY));
    if (noun == SIZE_MAX && is_ours(look, i)) noun = i;
    if (noun == SIZE_MAX || is_apiece(look, noun)) return;
    if ((text_is(text, i, "both") || text_is(text, i, "ambos")) &&
        (text_is(text, noun + 1, "and") || text_is(text, noun + 1, "y"))) {
        return; /* "both students and teachers" */
    }
    look_add(look, SCREEN_SMALL_GROUP, i, noun);
}

/* "n = 6", "a group of 5", "una clase de 8". */
static void look_size(struct look *look, size_t i)
{
    static const char *const wholes[] = {"group", "class", "team", "grupo", "clase", "equipo"};
    const struct text *text = &look->text;
    const struct text_token *number = at(look, i + 2);
    bool sized = text_is(text, i, "n") &&
                 (text_is_mark(text, i + 1, '=') || text_is_mark(text, i + 1, ':'));

    if (number == NULL || number->kind != TEXT_NUMBER ||
        !screen_is_few((double)number->value)) {
        return;
    }
    for (size_t k = 0; k < sizeof(wholes) / sizeof(wholes[0]) && !sized; k++) {
        sized = text_is(text, i, wholes[k]) &&
                (text_is(text, i + 1, "of") || text_is(text, i + 1, "de"));
    }
    if (sized) look_add(look, SCREEN_SMALL_GROUP, i, i + 2);
}

/* -------------------------------------------------------------------------------- one student
 */

/* What stands behind "a student" says that it is somebody: "who", "in my class", "cried". */
static bool is_somebody(const struct look *look, size_t noun)
{
    const struct text_token *token = &look->text.tokens[noun];
    const uint64_t marks = WORDS(RELATIVE) | WORDS(PLACE_WORD) | WORDS(ACTED);

    if (token->bare != token->fold) return false; /* "a student's draft" */
    for (size_t k = noun + 1; k <= noun + 2; k++) {
        const struct text_token *next = at(look, k);

        if (next == NULL || next->sentence != token->sentence || next->kind == TEXT_MARK) break;
        if ((next->classes & marks) != 0) return true;
        if (strlen(next->fold) > 4 && strcmp(next->fold + strlen(next->fold) - 2, "ed") == 0) {
            return true;
        }
        if ((next->classes & WORDS(STOP)) != 0) break;
    }
    return words_in(&look->text, noun, WORDS(YOUNG));
}

static bool points_at_one(const struct look *look, size_t i, size_t noun)
{
    const struct text *text = &look->text;
    const struct text_token *token = &text->tokens[i];

    if (is_apiece(look, noun)) return false;
    if (i > 0 && (text_is(text, i - 1, "takes") || text_is(text, i - 1, "needs"))) return false;
    if (is_one(text, i) && !text_is(text, i, "una")) return true;
    if ((token->classes & (WORDS(POINTING) | WORDS(MINE))) != 0) return true;
    if ((token->classes & WORDS(ARTICLE)) != 0) {
        bool spanish = text_is(text, i, "un") || text_is(text, i, "una");

        if (text_is(text, i + 1, "single")) return true;
        if (is_generic(look, i)) return false;
        return spanish || is_somebody(look, noun);
    }
    /* "the student who", "the girl by the door", "la chica de la primera fila" */
    return noun == i + 1 && (words_in(text, noun + 1, WORDS(RELATIVE)) ||
                             (words_in(text, noun, WORDS(YOUNG)) &&
                              words_in(text, noun + 1, WORDS(PLACE_WORD) | WORDS(BESIDE))));
}

static void look_one(struct look *look, size_t i)
{
    const struct text *text = &look->text;
    size_t noun;

    if (is_one(text, i) && (text_is(text, i + 1, "of") || text_is(text, i + 1, "de"))) {
        noun = people_noun(look, i + 2, WORDS(MANY));
        if (text_is(text, i + 2, "mine") ||
            (words_in(text, i + 2, WORDS(THEM)) && speaks_of_people(look))) {
            noun = i + 2;
        }
        if (noun != SIZE_MAX && !is_apiece(look, noun)) {
            look_add(look, SCREEN_ONE_STUDENT, i, noun);
        }
        return;
    }
    if (words_in(text, i, WORDS(SOMEBODY)) && words_in(text, i + 1, WORDS(PLACE_WORD))) {
        look_add(look, SCREEN_ONE_STUDENT, i, i);
        return;
    }
    if (!is_one(text, i) &&
        !words_in(text, i, WORDS(POINTING) | WORDS(MINE) | WORDS(ARTICLE)) &&
        !text_is(text, i, "the") && !text_is(text, i, "el") && !text_is(text, i, "la")) {
        return;
    }
    noun = people_noun(look, i + 1, WORDS(ONE));
    if (noun != SIZE_MAX && points_at_one(look, i, noun)) {
        look_add(look, SCREEN_ONE_STUDENT, i, noun);
    }
}

/* "a 12-year-old", "de 13 años": an age of one. */
static void look_age(struct look *look, size_t i)
{
    const struct text *text = &look->text;
    const struct text_token *token = at(look, i);
    size_t year = i + 1, old;

    if (token->kind != TEXT_NUMBER || token->value < YEARS_LEAST || token->value > YEARS_MOST) {
        return;
    }
    year += text_is_mark(text, year, '-');
    if (!words_in(text, year, WORDS(YEARS))) return;
    old = year + 1 + text_is_mark(text, year + 1, '-');
    if (text_is(text, old, "old")) {
        if (people_noun(look, old + 1, WORDS(MANY)) == SIZE_MAX) {
            look_add(look, SCREEN_ONE_STUDENT, i, old);
        }
        return;
    }
    if (i > 0 && (text_is(text, i - 1, "de") || text_is(text, i - 1, "tiene") ||
                  text_is(text, i - 1, "tenia"))) {
        bool many = (i > 1 && words_in(text, i - 2, WORDS(MANY))) ||
                    (i > 2 && words_in(text, i - 3, WORDS(MANY)));

        if (!many) look_add(look, SCREEN_ONE_STUDENT, i, year);
    }
}

void people_look(struct look *look)
{
    for (size_t i = 0; i < look->text.tokens_n; i++) {
        if (look->text.tokens[i].kind == TEXT_MARK) continue;
        look_few(look, i);
        look_size(look, i);
        look_one(look, i);
        look_age(look, i);
    }
}
