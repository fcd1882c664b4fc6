#include "daemon/screen/text.h"

#include <stdlib.h>
#include <string.h>

#include "proto/base/plain.h"

enum char_kind { CHAR_SPACE, CHAR_LETTER, CHAR_DIGIT, CHAR_APOSTROPHE, CHAR_JOIN, CHAR_OTHER };

static enum char_kind kind_of(uint32_t c)
{
    if (c <= ' ' || c == 0x7f || (c >= 0x80 && c <= 0xa0) || c == 0x202f || c == 0x3000 ||
        (c >= 0x2000 && c <= 0x200b)) {
        return CHAR_SPACE;
    }
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return CHAR_LETTER;
    if (c >= '0' && c <= '9') return CHAR_DIGIT;
    if (c == '\'' || c == 0x2019 || c == 0x2bc) return CHAR_APOSTROPHE;
    if (c >= 0x300 && c <= 0x36f) return CHAR_JOIN; /* an accent on the letter before */
    if (c == 0xaa || c == 0xba) return CHAR_OTHER;
    if (c >= 0xc0 && c != 0xd7 && c != 0xf7 && c < 0x2000) return CHAR_LETTER;
    if (c >= 0x3040 && c < 0xfe00 && c != 0xfffd) return CHAR_LETTER;
    return CHAR_OTHER;
}

static bool is_upper(uint32_t c)
{
    if (c < 0x80) return c >= 'A' && c <= 'Z';
    if (c >= 0xc0 && c <= 0xde) return true;
    if (c >= 0x100 && c <= 0x137) return (c & 1) == 0;
    if (c >= 0x139 && c <= 0x148) return (c & 1) == 1;
    if (c >= 0x14a && c <= 0x177) return (c & 1) == 0;
    if (c == 0x178 || c == 0x179 || c == 0x17b || c == 0x17d) return true;
    return (c >= 0x391 && c <= 0x3a9) || (c >= 0x410 && c <= 0x42f);
}

struct scan {
    struct text *text;
    struct buf fold;
    size_t sentence;
    bool opening; /* the next word begins a sentence */
    bool spaced;
};

static struct text_token *add(struct scan *scan, enum text_kind kind, size_t start, size_t end)
{
    struct text *text = scan->text;
    struct text_token *token;

    MEM_RESERVE(text->tokens, text->tokens_n, text->tokens_cap);
    token = &text->tokens[text->tokens_n++];
    *token = (struct text_token){.kind = kind,
                                 .start = start,
                                 .end = end,
                                 .spaced = scan->spaced,
                                 .sentence = scan->sentence,
                                 .value = -1};
    scan->spaced = false;
    return token;
}

static const char *keep(struct scan *scan, size_t n)
{
    char *copy = arena_alloc(&scan->text->arena, n + 1);

    if (n > 0) memcpy(copy, scan->fold.data, n);
    return copy;
}

/* Letters and digits from `at` on; returns where they end. */
static size_t scan_word(struct scan *scan, size_t at)
{
    struct text *text = scan->text;
    size_t start = at, bare = SIZE_MAX, letters = 0, digits = 0, upper = 0;
    long value = 0;
    bool capital = false;
    struct text_token *token;

    scan->fold.len = 0;
    while (at < text->n) {
        uint32_t c, after;
        size_t len = plain_next(text->p + at, text->n - at, &c);
        enum char_kind kind = kind_of(c);

        if (kind == CHAR_APOSTROPHE) {
            /* Inside a word only: "O'Brenka's", not the quote behind "so". */
            if (at + len >= text->n) break;
            (void)plain_next(text->p + at + len, text->n - at - len, &after);
            if (kind_of(after) != CHAR_LETTER || letters == 0) break;
            bare = scan->fold.len;
        } else if (kind == CHAR_LETTER || kind == CHAR_DIGIT) {
            capital |= at == start && is_upper(c);
            letters += kind == CHAR_LETTER;
            upper += kind == CHAR_LETTER && is_upper(c);
            digits += kind == CHAR_DIGIT;
            if (kind == CHAR_DIGIT && digits <= 9) value = value * 10 + (long)(c - '0');
            plain_put(&scan->fold, text->p + at, len, c);
        } else if (kind != CHAR_JOIN) {
            break;
        }
        at += len;
    }
    /* "'s" and "'t" are no part of the name; the rest of "O'Brenka" is. */
    if (bare != SIZE_MAX && scan->fold.len - bare > 1) bare = SIZE_MAX;
    token = add(scan,
                digits == 0    ? TEXT_WORD
                : letters == 0 ? TEXT_NUMBER
                               : TEXT_MIXED,
                start, at);
    token->fold = keep(scan, scan->fold.len);
    token->bare = bare == SIZE_MAX ? token->fold : keep(scan, bare);
    token->capital = capital;
    token->capitals = letters > 1 && upper == letters;
    token->opens = scan->opening;
    if (token->kind == TEXT_NUMBER && digits <= 9) token->value = value;
    scan->opening = false;
    return at;
}

/* A full stop ends a sentence when something that can begin one stands behind it. */
static bool ends_sentence(const struct text *text, size_t at, uint32_t c)
{
    uint32_t after;
    const struct text_token *last = text_at(text, text->tokens_n - 1);

    if (c == '!' || c == '?' || c == 0x2026) return true;
    if (c != '.') return false;
    /* "Ms. S.", "7 p.m.": an initial or a title is no end. */
    if (last != NULL && last->kind == TEXT_WORD && last->end - last->start <= 2 &&
        last->end == at - 1 && (last->capital || last->end - last->start == 1)) {
        return false;
    }
    while (at < text->n) {
        size_t len = plain_next(text->p + at, text->n - at, &after);

        if (kind_of(after) != CHAR_SPACE) {
            return at > 0 && text->p[at - 1] != '.' && kind_of(after) != CHAR_OTHER;
        }
        at += len;
    }
    return true;
}

void text_init(struct text *text, const char *p, size_t n)
{
    struct scan scan = {.text = text, .opening = true};

    *text = (struct text){.p = p, .n = n};
    for (size_t at = 0; at < n;) {
        uint32_t c;
        size_t len = plain_next(p + at, n - at, &c);
        enum char_kind kind = kind_of(c);

        if (kind == CHAR_LETTER || kind == CHAR_DIGIT) {
            at = scan_word(&scan, at);
            continue;
        }
        if (kind == CHAR_SPACE) {
            scan.spaced = true;
            if (c == '\n') {
                scan.sentence++;
                scan.opening = true;
            }
        } else if (kind != CHAR_JOIN) {
            bool ends = ends_sentence(text, at + len, c);
            struct text_token *mark = add(&scan, TEXT_MARK, at, at + len);

            scan.fold.len = 0;
            if (c < 0x80) buf_put_u8(&scan.fold, (uint8_t)c);
            mark->fold = keep(&scan, scan.fold.len);
            mark->bare = mark->fold;
            scan.sentence += ends;
            scan.opening |= ends;
        }
        at += len;
    }
    text->sentences = scan.sentence;
    buf_fini(&scan.fold);
}

void text_fini(struct text *text)
{
    free(text->tokens);
    arena_fini(&text->arena);
    *text = (struct text){0};
}

const struct text_token *text_at(const struct text *text, size_t i)
{
    return i < text->tokens_n ? &text->tokens[i] : NULL;
}

bool text_is_mark(const struct text *text, size_t i, char c)
{
    const struct text_token *token = text_at(text, i);

    return token != NULL && token->kind == TEXT_MARK && token->fold[0] == c && c != '\0';
}

bool text_is(const struct text *text, size_t i, const char *fold)
{
    const struct text_token *token = text_at(text, i);

    return token != NULL && token->kind != TEXT_MARK && strcmp(token->bare, fold) == 0;
}
