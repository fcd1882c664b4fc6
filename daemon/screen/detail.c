#include "daemon/screen/detail.h"

#include <string.h>

#include "daemon/screen/people.h"

/* Does the sentence speak of one in particular? */
static bool of_one(const struct look *look, size_t sentence)
{
    return look_any(look, sentence, WORDS(HE) | WORDS(HIS)) ||
           look_has(look, SCREEN_NAME, sentence) ||
           look_has(look, SCREEN_ONE_STUDENT, sentence);
}

/* "the only girl", "our only student", "la única alumna", "el único con". */
static void look_only(struct look *look, size_t i)
{
    const struct text *text = &look->text;
    size_t sentence = text->tokens[i].sentence, noun;
    bool people = look_any(look, sentence, WORDS(HE) | WORDS(ONE));

    if (i == 0 || !words_in(text, i, WORDS(SOLE))) return;
    noun = people_noun(look, i + 1, WORDS(ONE));
    if (text_is(text, i, "only")) {
        if (!words_in(text, i - 1, WORDS(DETERMINER) | WORDS(MINE))) return;
        if (text_is(text, i + 1, "one") && people) noun = i + 1;
    } else if (noun == SIZE_MAX && (people || text_is(text, i + 1, "con")) &&
               words_in(text, i + 1, WORDS(RELATIVE) | WORDS(PLACE_WORD))) {
        noun = i;
    }
    if (noun != SIZE_MAX) look_add(look, SCREEN_DETAIL, i - 1, noun);
}

/* "her little brother", "su abuela", "mother of one of our sophomores". */
static void look_relation(struct look *look, size_t i)
{
    const struct text *text = &look->text;
    size_t sentence = text->tokens[i].sentence;

    if (words_in(text, i, WORDS(HIS))) {
        size_t k = words_in(text, i + 1, WORDS(RELATION)) ? i + 1 : i + 2;
        bool anybody = look_any(look, sentence, WORDS(GENERIC)) ||
                       (text_is(text, i, "su") && look_any(look, sentence, WORDS(MANY)));

        if (look_in(look, k, sentence, WORDS(RELATION)) && !anybody) {
            look_add(look, SCREEN_DETAIL, i, k);
        }
    } else if (words_in(text, i, WORDS(RELATION)) && !words_in(text, i, WORDS(MANY)) &&
               (text_is(text, i + 1, "of") || text_is(text, i + 1, "de")) &&
               (text_is(text, i + 2, "one") || text_is(text, i + 2, "una") ||
                text_is(text, i + 2, "uno"))) {
        look_add(look, SCREEN_DETAIL, i, i + 2);
    }
}

/* "the pastor's son", "hija de la directora", "the twins". */
static void look_kin(struct look *look, size_t i)
{
    const struct text *text = &look->text;

    if (words_in(text, i, WORDS(PAIR))) {
        look_add(look, SCREEN_DETAIL, i, i);
    } else if (words_in(text, i, WORDS(SON))) {
        bool owned = i > 0 && text->tokens[i - 1].bare != text->tokens[i - 1].fold;
        bool of = (text_is(text, i + 1, "of") || text_is(text, i + 1, "de") ||
                   text_is(text, i + 1, "del")) &&
                  !look_any(look, text->tokens[i].sentence, WORDS(GENERIC));

        if (owned) look_add(look, SCREEN_DETAIL, i - 1, i);
        if (!owned && (of || (i > 0 && words_in(text, i - 1, WORDS(HIS))))) {
            look_add(look, SCREEN_DETAIL, i, i + of);
        }
    }
}

static bool is_body(const struct text *text, size_t i)
{
    if (!words_in(text, i, WORDS(BODY))) return false;
    if (text_is(text, i, "hearing")) {
        return text_is(text, i + 1, "aid") || text_is(text, i + 1, "aids");
    }
    if (text_is(text, i, "ruedas")) return i > 1 && text_is(text, i - 2, "silla");
    return !text_is(text, i, "auditivo") || (i > 0 && text_is(text, i - 1, "aparato"));
}

static void look_life(struct look *look, size_t i)
{
    size_t sentence = look->text.tokens[i].sentence;
    bool one = of_one(look, sentence);

    if (is_body(&look->text, i) && (one || !look_any(look, sentence, WORDS(MANY)))) {
        look_add(look, SCREEN_DETAIL, i, i);
    } else if (words_in(&look->text, i, WORDS(LIFE)) && one) {
        look_add(look, SCREEN_DETAIL, i, i);
    }
}

/* "came from Guatemala", "our only student from Eritrea", "llegó de Honduras". */
static void look_origin(struct look *look, size_t i)
{
    const struct text *text = &look->text;
    size_t sentence = text->tokens[i].sentence;
    const struct text_token *from = NULL, *where;
    size_t k = i + 1;

    if (!words_in(text, i, WORDS(CAME))) return;
    for (; k <= i + 3; k++) {
        const struct text_token *token = text_at(text, k);

        if (token == NULL || token->sentence != sentence || token->kind == TEXT_MARK) return;
        if (words_in(text, k, WORDS(FROM))) {
            from = text_at(text, k);
            break;
        }
    }
    where = text_at(text, k + 1);
    if (from == NULL || where == NULL || !where->capital || where->opens ||
        where->sentence != sentence || (where->classes & WORDS(MONTH)) != 0) {
        return;
    }
    if (look_any(look, sentence, WORDS(HE) | WORDS(ONE)) ||
        look_has(look, SCREEN_NAME, sentence)) {
        look_add(look, SCREEN_DETAIL, i, k + 1);
    }
}

void detail_look(struct look *look)
{
    for (size_t i = 0; i < look->text.tokens_n; i++) {
        if (look->text.tokens[i].kind == TEXT_MARK) continue;
        look_only(look, i);
        look_relation(look, i);
        look_kin(look, i);
        look_life(look, i);
        look_origin(look, i);
    }
}
