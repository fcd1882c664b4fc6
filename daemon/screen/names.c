#include "daemon/screen/names.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_CHARS_MAX = 64 }; /* longer words are no names */

/* A word of an entry of the list. */
struct part {
    const char *fold;
    size_t entry;
};

struct names {
    struct arena arena;
    struct part *parts; /* in order of fold, entry */
    size_t n, cap;
};

/* ---------------------------------------------------------------------------------- the list
 */

static int by_fold(const void *x, const void *y)
{
    const struct part *a = x, *b = y;
    int order = strcmp(a->fold, b->fold);

    return order != 0 ? order : a->entry < b->entry ? -1 : a->entry > b->entry;
}

struct names *names_new(const struct words *words, const char *const *list, size_t n)
{
    struct names *names = mem_zalloc(sizeof(*names));

    for (size_t entry = 0; entry < n; entry++) {
        struct text text;

        text_init(&text, list[entry], strlen(list[entry]));
        words_mark(words, &text);
        for (size_t i = 0; i < text.tokens_n; i++) {
            const struct text_token *token = &text.tokens[i];

            if (token->kind != TEXT_WORD || strlen(token->fold) < 2) continue;
            if ((token->classes & (WORDS(PARTICLE) | WORDS(TITLE))) != 0) continue;
            MEM_RESERVE(names->parts, names->n, names->cap);
            names->parts[names->n++] =
                (struct part){.fold = arena_strdup(&names->arena, token->fold), .entry = entry};
        }
        text_fini(&text);
    }
    if (names->n > 0) qsort(names->parts, names->n, sizeof(*names->parts), by_fold);
    return names;
}

void names_free(struct names *names)
{
    if (names == NULL) return;
    free(names->parts);
    arena_fini(&names->arena);
    free(names);
}

/* ------------------------------------------------------------------------------ one word of it
 */

/* Parts of one spelling: parts[first … first + n - 1]. */
struct found {
    size_t first, n;
};

static struct found find(const struct names *names, const char *fold)
{
    size_t low = 0, high = names->n;
    struct found found = {0};

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (strcmp(names->parts[mid].fold, fold) < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    found.first = low;
    while (low + found.n < names->n && strcmp(names->parts[low + found.n].fold, fold) == 0)
        found.n++;
    return found;
}

/* fold without its last `cut` letters, with `add` (0: none) in their place. */
static struct found find_stem(const struct names *names, const char *fold, size_t cut, char add)
{
    char stem[NAME_CHARS_MAX + 2];
    size_t n = strlen(fold) - cut;

    memcpy(stem, fold, n);
    if (add != '\0') stem[n++] = add;
    stem[n] = '\0';
    return n < 3 ? (struct found){0} : find(names, stem);
}

static bool ends(const char *fold, const char *with)
{
    size_t n = strlen(fold), k = strlen(with);

    return n > k && strcmp(fold + n - k, with) == 0;
}

/* The word itself; a family's plural; a diminutive. */
static struct found find_word(const struct names *names, const struct text_token *token)
{
    static const struct {
        const char *ending;
        char add;
    } stems[] = {{"s", 0},     {"es", 0},    {"ito", 0},   {"ita", 0},   {"cito", 0},
                 {"cita", 0},  {"ito", 'o'}, {"ita", 'a'}, {"ito", 'a'}, {"ita", 'o'},
                 {"ito", 'e'}, {"ita", 'e'}, {"ito", 'i'}, {"ita", 'i'}};
    struct found found = {0};
    size_t n = strlen(token->bare);

    if (token->kind != TEXT_WORD || n > NAME_CHARS_MAX) return found;
    found = find(names, token->bare);
    if (found.n > 0 || !token->capital || n < 5) return found;
    for (size_t i = 0; i < sizeof(stems) / sizeof(stems[0]) && found.n == 0; i++) {
        if (!ends(token->bare, stems[i].ending)) continue;
        found = find_stem(names, token->bare, strlen(stems[i].ending), stems[i].add);
    }
    return found;
}

/* --------------------------------------------------------------------------- names in a text
 */

struct run {
    size_t first, last; /* tokens */
    size_t words;       /* of the list */
    bool initial;
    bool plain;        /* all of them are everyday words too */
    struct found with; /* of its first word */
};

/* Have the two an entry in common? */
static bool together(const struct names *names, struct found a, struct found b)
{
    for (size_t i = 0; i < a.n; i++) {
        for (size_t j = 0; j < b.n; j++) {
            if (names->parts[a.first + i].entry == names->parts[b.first + j].entry) return true;
        }
    }
    return false;
}

/* Does an entry of `found` have another word with that first letter? */
static bool begins(const struct names *names, struct found found, char letter)
{
    for (size_t k = 0; k < names->n; k++) {
        if (names->parts[k].fold[0] != letter) continue;
        if (together(names, found, (struct found){.first = k, .n = 1}) &&
            (k < found.first || k >= found.first + found.n)) {
            return true;
        }
    }
    return false;
}

static bool is_initial(const struct look *look, size_t i)
{
    const struct text_token *token = text_at(&look->text, i);

    return token != NULL && token->kind == TEXT_WORD && token->capital && token->fold[0] != 0 &&
           token->fold[1] == '\0';
}

/* The token behind i that could go on with a name: past one comma or hyphen, and particles. */
static size_t onward(const struct look *look, size_t i)
{
    size_t k = i + 1;

    if (text_is_mark(&look->text, k, ',') || text_is_mark(&look->text, k, '-')) k++;
    for (unsigned most = 3; most > 0 && words_in(&look->text, k, WORDS(PARTICLE)); most--)
        k++;
    return k;
}

static void extend(const struct look *look, struct run *run)
{
    const struct names *names = look->names;

    for (;;) {
        size_t k = onward(look, run->last);
        const struct text_token *token = text_at(&look->text, k);
        struct found next = {0};

        if (token != NULL) next = find_word(names, token);
        if (next.n == 0 || !together(names, run->with, next)) break;
        run->last = k;
        run->words++;
        run->plain = run->plain && (token->classes & WORDS(PLAIN)) != 0;
    }
    if (is_initial(look, run->last + 1) &&
        begins(names, run->with, look->text.tokens[run->last + 1].fold[0])) {
        run->last++;
        run->initial = true;
        if (text_is_mark(&look->text, run->last + 1, '.')) run->last++;
    }
    if (run->first > 0) {
        size_t before = run->first - 1;

        if (before > 0 && text_is_mark(&look->text, before, '.')) before--;
        if (is_initial(look, before) && look->text.tokens[run->first].spaced &&
            begins(names, run->with, look->text.tokens[before].fold[0])) {
            run->first = before;
            run->initial = true;
        }
    }
}

/* "Linden Middle School", "la escuela Linden": no student. */
static bool is_place(const struct look *look, const struct run *run)
{
    const struct text_token *next = text_at(&look->text, run->last + 1);

    return (next != NULL && next->capital && (next->classes & WORDS(SCHOOL)) != 0) ||
           (run->first > 0 && words_in(&look->text, run->first - 1, WORDS(SCHOOL_OF)));
}

/* Alone: is it the name, or the word? */
static bool looks_like_name(const struct look *look, const struct run *run)
{
    const struct text_token *token = &look->text.tokens[run->first];
    const struct text_token *before = run->first == 0 ? NULL : token - 1;
    const struct text_token *next = text_at(&look->text, run->first + 1);

    if ((token->classes & WORDS(PLAIN)) == 0) return token->capital || strlen(token->bare) > 3;
    if (token->capital && next != NULL && next->kind == TEXT_WORD && !next->capital &&
        ((next->classes & WORDS(ACTED)) != 0 || ends(next->fold, "ed"))) {
        return true; /* "Hope helped", "May asked" */
    }
    if (!token->capital || token->opens || (token->classes & WORDS(MONTH)) != 0) return false;
    if (token->capitals && strlen(token->bare) > 2) return false;
    /* "High Hope Academy": a word of a longer title. */
    return (before == NULL || !before->capital || before->opens) &&
           (next == NULL || !next->capital);
}

static void judge(struct look *look, struct run *run)
{
    bool several = run->words > 1 && (look->text.tokens[run->first].capital || !run->plain);

    if (!several && is_place(look, run)) return;
    if (!several && !run->initial && !looks_like_name(look, run)) return;
    if (run->first > 0 && words_in(&look->text, run->first - 1, WORDS(TITLE))) run->first--;
    if (run->first > 1 && text_is_mark(&look->text, run->first - 1, '.') &&
        words_in(&look->text, run->first - 2, WORDS(TITLE))) {
        run->first -= 2;
    }
    look_add(look, SCREEN_NAME, run->first, run->last);
}

/* "a student named …", "se llama …": a name that is not on the list. */
static bool is_called(const struct look *look, size_t i)
{
    const struct text_token *token = text_at(&look->text, i);

    return token->capital && !token->opens && i > 0 && token->kind == TEXT_WORD &&
           words_in(&look->text, i - 1, WORDS(CALLED)) &&
           (token->classes & (WORDS(ARTICLE) | WORDS(SCHOOL))) == 0;
}

void names_look(struct look *look)
{
    for (size_t i = 0; i < look->text.tokens_n; i++) {
        struct run run = {.first = i, .last = i, .words = 1};

        run.with = find_word(look->names, &look->text.tokens[i]);
        run.plain = words_in(&look->text, i, WORDS(PLAIN));
        if (run.with.n > 0) {
            extend(look, &run);
            judge(look, &run);
            i = run.last;
        } else if (is_called(look, i)) {
            look_add(look, SCREEN_NAME, i, i);
        }
    }
}
