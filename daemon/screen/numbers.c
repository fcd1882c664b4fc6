#include "daemon/screen/numbers.h"

#include <string.h>

/* A full date that makes somebody so old may be a date of birth; a cycle is younger. */
enum { AGE_LEAST = 3, AGE_MOST = 22 };
/* How far a word that says "born" may stand from its date. */
enum { CUE_BEFORE = 8, CUE_AFTER = 5 };
enum { ID_DIGITS = 6, ID_DIGITS_CUED = 4, ID_DIGITS_MOST = 12, ID_LETTERS_MOST = 3 };

static size_t digits_of(const struct text_token *token)
{
    size_t n = 0;

    for (const char *c = token == NULL ? "" : token->fold; *c != '\0'; c++)
        n += *c >= '0' && *c <= '9';
    return n;
}

static bool is_number(const struct text *text, size_t i)
{
    const struct text_token *token = text_at(text, i);

    return token != NULL && token->kind == TEXT_NUMBER;
}

static bool taken(const struct look *look, size_t i)
{
    return look->text.tokens[i].taken;
}

/* A token of the classes among the `before` tokens before i and the `after` behind it. */
static bool cued(const struct look *look, size_t i, size_t before, size_t after, uint64_t cue)
{
    size_t sentence = look->text.tokens[i].sentence;

    for (size_t k = i < before ? 0 : i - before; k <= i + after; k++) {
        if (look_in(look, k, sentence, cue)) return true;
    }
    return false;
}

/* ------------------------------------------------------------------------------- addresses */

static bool joins(const struct text_token *token)
{
    return token != NULL && (token->kind != TEXT_MARK ||
                             (token->fold[0] != '\0' && strchr("._-+", token->fold[0])));
}

static void look_address(struct look *look, size_t at)
{
    const struct text *text = &look->text;
    size_t first = at, last = at;
    bool dot = false;

    while (first > 0 && !text->tokens[first].spaced && joins(&text->tokens[first - 1]))
        first--;
    while (joins(text_at(text, last + 1)) && !text->tokens[last + 1].spaced) {
        last++;
        dot |= text_is_mark(text, last, '.');
    }
    while (last > at && text->tokens[last].kind == TEXT_MARK)
        last--; /* the sentence's full stop */
    if (first == at || last == at || !dot) return;
    if (first + 1 == at && words_in(text, first, WORDS(DESK))) return;
    look_add(look, SCREEN_CONTACT, first, last);
}

/* --------------------------------------------------------------------------------- telephones
 */

struct phone {
    size_t groups[6], n, total, last;
    bool plus;
};

static void phone_read(const struct text *text, size_t at, struct phone *phone)
{
    size_t i = at;

    *phone = (struct phone){.plus = text_is_mark(text, at, '+')};
    i += phone->plus;
    i += text_is_mark(text, i, '(');
    while (is_number(text, i) && phone->n < 6 && digits_of(&text->tokens[i]) <= 4) {
        phone->groups[phone->n++] = digits_of(&text->tokens[i]);
        phone->total += phone->groups[phone->n - 1];
        phone->last = i++;
        if (text_is_mark(text, i, ')')) i++;
        if (is_number(text, i)) continue;
        if (text_is_mark(text, i, '(')) i++;
        if ((text_is_mark(text, i, '-') || text_is_mark(text, i, '.')) &&
            !text->tokens[i].spaced && is_number(text, i + 1) && !text->tokens[i + 1].spaced) {
            i++;
        }
    }
}

static bool shaped(const struct phone *phone, size_t a, size_t b, size_t c, size_t d)
{
    const size_t shape[] = {a, b, c, d};
    size_t n = d != 0 ? 4 : c != 0 ? 3 : 2;

    if (phone->n != n) return false;
    for (size_t i = 0; i < n; i++) {
        if (phone->groups[i] != shape[i]) return false;
    }
    return true;
}

static bool look_phone(struct look *look, size_t at)
{
    const struct text *text = &look->text;
    struct phone phone;
    size_t first = at + text_is_mark(text, at, '+');
    bool good;
    char lead;

    phone_read(text, at, &phone);
    if (phone.n == 0 || taken(look, first)) return false;
    first += text_is_mark(text, first, '(');
    lead = text->tokens[first].fold[0];
    good = (phone.plus && phone.n > 1 && phone.total >= 9 && phone.total <= 15) ||
           shaped(&phone, 3, 3, 4, 0) || shaped(&phone, 1, 3, 3, 4) ||
           (lead >= '6' && (shaped(&phone, 3, 3, 3, 0) || shaped(&phone, 3, 2, 2, 2))) ||
           (shaped(&phone, 3, 4, 0, 0) && cued(look, first, 4, 0, WORDS(PHONE_CUE)));
    if (!good) return false;
    look_add(look, SCREEN_CONTACT, at, phone.last);
    return true;
}

/* ------------------------------------------------------------------------------------- dates
 */

struct date {
    size_t last;
    long year; /* 0: it has none */
};

/* "30", "3rd" as a day of a month; else 0. */
static long day_of(const struct text *text, size_t i)
{
    const struct text_token *token = text_at(text, i);
    long day = 0;
    const char *c = token == NULL ? "" : token->fold;

    for (; *c >= '0' && *c <= '9' && day < 100; c++)
        day = day * 10 + (*c - '0');
    if (*c != '\0' && strcmp(c, "st") != 0 && strcmp(c, "nd") != 0 && strcmp(c, "rd") != 0 &&
        strcmp(c, "th") != 0 && strcmp(c, "ro") != 0) {
        return 0;
    }
    return day >= 1 && day <= 31 ? day : 0;
}

static long year_of(const struct look *look, size_t i, bool short_too)
{
    const struct text_token *token = text_at(&look->text, i);
    size_t digits = digits_of(token);

    if (token == NULL || token->kind != TEXT_NUMBER) return 0;
    if (digits == 4 && token->value > 1900 && token->value < 2100) return token->value;
    if (!short_too || digits != 2) return 0;
    return token->value <= look->year % 100 ? 2000 + token->value : 1900 + token->value;
}

/* "2012-04-30", "30.4.2012", "4/30/12", and "3/4" without a year. */
static bool date_in_digits(const struct look *look, size_t i, struct date *out)
{
    const struct text *text = &look->text;
    const char *mark = i + 1 < text->tokens_n ? text->tokens[i + 1].fold : "";
    long first, second, third;

    if (mark[0] == '\0' || strchr("-./", mark[0]) == NULL || !is_number(text, i) ||
        !is_number(text, i + 2)) {
        return false;
    }
    second = text->tokens[i + 2].value;
    if (!text_is_mark(text, i + 3, mark[0]) || !is_number(text, i + 4)) {
        *out = (struct date){.last = i + 2};
        return mark[0] == '/' && day_of(text, i) > 0 && day_of(text, i + 2) > 0;
    }
    if (text_is_mark(text, i + 5, mark[0]) && is_number(text, i + 6))
        return false; /* 1.2.3.4 */
    first = text->tokens[i].value;
    third = text->tokens[i + 4].value;
    out->last = i + 4;
    out->year = year_of(look, i, false);
    if (out->year != 0) return second >= 1 && second <= 31 && third >= 1 && third <= 31;
    out->year = year_of(look, i + 4, true);
    return out->year != 0 && first >= 1 && first <= 31 && second >= 1 && second <= 31 &&
           (first <= 12 || second <= 12);
}

/* "May 4(th)(, 2012)", "the 4th of May (2012)", "30 de abril de 2012". */
static bool date_in_words(const struct look *look, size_t i, struct date *out)
{
    const struct text *text = &look->text;
    size_t year;

    if (words_in(text, i, WORDS(MONTH)) &&
        day_of(text, i + 1 + text_is_mark(text, i + 1, '.'))) {
        out->last = i + 1 + text_is_mark(text, i + 1, '.');
    } else if (day_of(text, i) > 0) {
        size_t month = i + 1 + (text_is(text, i + 1, "of") || text_is(text, i + 1, "de"));

        if (!words_in(text, month, WORDS(MONTH))) return false;
        out->last = month;
    } else {
        return false;
    }
    year = out->last + 1;
    year += text_is_mark(text, year, ',') || text_is_mark(text, year, '.');
    year +=
        text_is(text, year, "de") || text_is(text, year, "del") || text_is(text, year, "of");
    out->year = year_of(look, year, false);
    if (out->year != 0) out->last = year;
    return true;
}

static void look_date(struct look *look, size_t i)
{
    struct date date = {0};
    long age;

    if (taken(look, i)) return;
    if (!date_in_digits(look, i, &date)) {
        date = (struct date){0};
        if (!date_in_words(look, i, &date)) return;
    }
    age = look->year - date.year;
    if ((date.year != 0 && age >= AGE_LEAST && age <= AGE_MOST) ||
        cued(look, i, CUE_BEFORE, date.last - i + CUE_AFTER, WORDS(BORN) | WORDS(TURNS))) {
        look_add(look, SCREEN_DATE, i, date.last);
    }
}

/* "turned 13", "cumple 15 años". */
static void look_age(struct look *look, size_t i)
{
    const struct text *text = &look->text;
    const struct text_token *age = text_at(text, i + 1), *unit = text_at(text, i + 2);
    bool years = words_in(text, i + 2, WORDS(YEARS));

    if (age == NULL || !words_in(text, i, WORDS(TURNS))) return;
    if ((age->classes & WORDS(AGE)) == 0 && (age->value < 5 || age->value > AGE_MOST)) return;
    if (!years && unit != NULL && unit->kind != TEXT_MARK && unit->fold[0] != '\0' &&
        unit->fold[strlen(unit->fold) - 1] == 's') {
        return; /* "turned five pages" */
    }
    look_add(look, SCREEN_DATE, i, i + 1 + years);
}

/* ------------------------------------------------------------------------------------ numbers
 */

/* A number of a larger number, or of money or a share. */
static bool is_amount(const struct text *text, size_t i)
{
    const struct text_token *token = &text->tokens[i];
    size_t n = strlen(token->fold);

    if (i > 0 && !token->spaced) {
        const char *before = text->tokens[i - 1].fold;

        if (text->tokens[i - 1].kind == TEXT_MARK &&
            (before[0] == '\0' || strchr("$.,-/", before[0]) != NULL)) {
            return true;
        }
    }
    if (text_is_mark(text, i + 1, '%')) return true;
    if ((text_is_mark(text, i + 1, '.') || text_is_mark(text, i + 1, ',') ||
         text_is_mark(text, i + 1, '-') || text_is_mark(text, i + 1, '/')) &&
        !text->tokens[i + 1].spaced && is_number(text, i + 2) && !text->tokens[i + 2].spaced) {
        return true;
    }
    return (n >= 3 && strcmp(token->fold + n - 3, "000") == 0) ||
           words_in(text, i + 1, WORDS(MANY));
}

static bool social_number(const struct text *text, size_t i)
{
    return digits_of(text_at(text, i)) == 3 && is_number(text, i) &&
           text_is_mark(text, i + 1, '-') && digits_of(text_at(text, i + 2)) == 2 &&
           text_is_mark(text, i + 3, '-') && digits_of(text_at(text, i + 4)) == 4 &&
           !text_is_mark(text, i + 5, '-');
}

static void look_id(struct look *look, size_t i)
{
    const struct text *text = &look->text;
    const struct text_token *token = &text->tokens[i];
    size_t digits = digits_of(token);
    size_t letters = strlen(token->fold) - digits;
    bool marked, year;

    if (token->kind == TEXT_WORD || token->kind == TEXT_MARK || taken(look, i)) return;
    if (social_number(text, i)) {
        look_add(look, SCREEN_ID, i, i + 4);
        return;
    }
    if (digits < ID_DIGITS_CUED || digits > ID_DIGITS_MOST || letters > ID_LETTERS_MOST) return;
    if (is_amount(text, i)) return;
    year = digits == 4 && token->value > 1900 && token->value < 2100;
    marked = (text_is_mark(text, i - 1, '#') || cued(look, i, 3, 0, WORDS(ID_CUE))) && !year;
    if (digits < ID_DIGITS && !marked) return;
    look_add(look,
             digits >= 9 && cued(look, i, 3, 0, WORDS(PHONE_CUE)) ? SCREEN_CONTACT : SCREEN_ID,
             i, i);
}

void numbers_look(struct look *look)
{
    for (size_t i = 0; i < look->text.tokens_n; i++) {
        if (text_is_mark(&look->text, i, '@')) look_address(look, i);
    }
    for (size_t i = 0; i < look->text.tokens_n; i++) {
        look_age(look, i);
        look_date(look, i);
    }
    for (size_t i = 0; i < look->text.tokens_n; i++) {
        const struct text_token *token = &look->text.tokens[i];
        bool starts = is_number(&look->text, i) || text_is_mark(&look->text, i, '+') ||
                      text_is_mark(&look->text, i, '(');
        bool inside =
            i > 0 && !token->spaced && is_number(&look->text, i) &&
            (text_is_mark(&look->text, i - 1, '-') || text_is_mark(&look->text, i - 1, '.'));

        if (!starts || inside || !look_phone(look, i)) look_id(look, i);
    }
}
