#include "daemon/sheet/header.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/sheet/synonyms.h"
#include "proto/base/plain.h"
#include "proto/base/text.h"

/* ----------------------------------------------------------------------------------- places */

static bool is_objects(const struct schema_field *field)
{
    return field->list && field->item_kind == SCHEMA_OBJECT;
}

bool header_place_eq(const struct header_place *a, const struct header_place *b)
{
    return a->field == b->field && a->item == b->item && a->index == b->index &&
           a->record == b->record;
}

void header_place_put(struct buf *out, const struct header_place *place)
{
    char digits[21];

    if (place->record) {
        buf_put_str(out, "record");
    } else if (place->field != NULL) {
        buf_put_str(out, place->field->path);
        if (place->field->list && (place->index >= 0 || place->item != NULL)) {
            buf_put_u8(out, '[');
            if (place->index >= 0) {
                buf_put_str(out, text_decimal(digits, (uint64_t)place->index));
            }
            buf_put_u8(out, ']');
        }
        if (place->item != NULL) {
            buf_put_u8(out, '.');
            buf_put_str(out, place->item->name);
        }
    }
}

/* "[]" or "[12]" at *at, which it passes. False: something else. */
static bool read_index(const char **at, int *index)
{
    const char *p = *at + 1;
    int value = -1;

    for (; *p >= '0' && *p <= '9'; p++) {
        value = (value < 0 ? 0 : value * 10) + (*p - '0');
        if (value >= HEADER_ITEMS_MAX) return false;
    }
    if (*p != ']') return false;
    *at = p + 1;
    *index = value;
    return true;
}

bool header_place_of(const struct schema *schema, const char *text, struct header_place *out)
{
    const struct schema_field *field;
    size_t walk = 0;

    *out = (struct header_place){.index = -1};
    if (strcmp(text, "record") == 0) {
        out->record = true;
        return true;
    }
    while ((field = schema_next(schema, &walk)) != NULL) {
        size_t n = strlen(field->path);
        const char *at = text + n;
        bool bracket = false;

        if (strncmp(text, field->path, n) != 0) continue;
        out->field = field;
        if (*at == '[') {
            bracket = field->list && read_index(&at, &out->index);
            if (!bracket) continue;
        }
        if (is_objects(field) && *at == '.' && bracket) {
            for (size_t i = 0; i < field->n_items; i++) {
                if (strcmp(field->items[i].name, at + 1) != 0) continue;
                out->item = &field->items[i];
                return true;
            }
        } else if (*at == '\0') {
            if (is_objects(field)) out->item = field->n_items == 0 ? NULL : &field->items[0];
            return !is_objects(field) || out->item != NULL;
        }
    }
    *out = (struct header_place){.index = -1};
    return false;
}

/* ------------------------------------------------------------------------------- likeness */

/* A header as plain words; the same without the number in it. */
struct words {
    struct buf whole, bare; /* each with a NUL */
    int number;             /* 0: none */
};

static void words_init(struct words *words, const char *text)
{
    *words = (struct words){0};
    plain_words(&words->whole, text, strlen(text));
    buf_put_u8(&words->whole, 0);
    for (const char *at = (const char *)words->whole.data; *at != '\0';) {
        size_t n = strcspn(at, " ");
        int number = n < 3 ? 0 : -1;

        for (size_t i = 0; i < n && number >= 0; i++)
            number = at[i] >= '0' && at[i] <= '9' ? number * 10 + (at[i] - '0') : -1;
        if (number > 0) {
            words->number = number;
        } else {
            if (words->bare.len > 0) buf_put_u8(&words->bare, ' ');
            buf_put(&words->bare, at, n);
        }
        at += n + (at[n] == ' ');
    }
    buf_put_u8(&words->bare, 0);
}

static void words_fini(struct words *words)
{
    buf_fini(&words->whole);
    buf_fini(&words->bare);
}

/* Is word[0 … n-1] among the words? */
static bool has_word(const char *words, const char *word, size_t n)
{
    for (const char *at = words; *at != '\0';) {
        size_t len = strcspn(at, " ");

        if (len == n && strncmp(at, word, n) == 0) return true;
        at += len + (at[len] == ' ');
    }
    return false;
}

static bool is_filler(const char *word, size_t n)
{
    return has_word(
        "the a an of to for is are do does did you we our your this that it in and or "
        "will el la los las de del que se su un una nuestro nuestra y o en para",
        word, n);
}

/*
 * How alike two plain phrases are, of 100: the same words; the same but for small words; one
 * within the other, less what it lacks. A phrase of small words alone is like nothing.
 */
static unsigned alike(const char *header, const char *phrase)
{
    unsigned here = 0, there = 0, both = 0;

    if (strcmp(header, phrase) == 0) return 100;
    for (const char *at = phrase; *at != '\0';) {
        size_t n = strcspn(at, " ");

        if (!is_filler(at, n)) {
            there++;
            both += has_word(header, at, n);
        }
        at += n + (at[n] == ' ');
    }
    for (const char *at = header; *at != '\0';) {
        size_t n = strcspn(at, " ");

        here += !is_filler(at, n);
        at += n + (at[n] == ' ');
    }
    if (both == 0) return 0;
    if (both == there && both == here) return 90;
    if (both == there && here - both <= 3) return 70 - 5 * (here - both);
    if (both == here && there - both <= 3 && here > 1) return 60 - 5 * (there - both);
    return 0;
}

/* ---------------------------------------------------------------------------------- the book
 */

struct phrase {
    const char *words; /* plain */
    uint32_t
        letters; /* that its words begin with, a bit each: two without one in common differ */
    unsigned weight; /* of 100 */
    const struct schema_field *field, *item;
};

static uint32_t letters_of(const char *words)
{
    uint32_t letters = 0;

    for (const char *at = words; *at != '\0';) {
        letters |= UINT32_C(1) << ((uint8_t)*at % 32);
        at += strcspn(at, " ");
        at += *at == ' ';
    }
    return letters;
}

struct header_book {
    const struct schema *schema;
    struct arena arena;
    struct phrase *phrases;
    size_t n, cap;
};

static void put_phrase(struct header_book *book, const char *text, size_t n, unsigned weight,
                       const struct schema_field *field, const struct schema_field *item)
{
    struct buf plain = {0};

    plain_words(&plain, text, n);
    buf_put_u8(&plain, 0);
    MEM_RESERVE(book->phrases, book->n, book->cap);
    book->phrases[book->n++] =
        (struct phrase){.letters = letters_of((const char *)plain.data),
                        .words = arena_strdup(&book->arena, (const char *)plain.data),
                        .weight = weight,
                        .field = field,
                        .item = item};
    buf_fini(&plain);
}

static void put_two(struct header_book *book, const char *first, const char *second,
                    unsigned weight, const struct schema_field *field,
                    const struct schema_field *item)
{
    struct buf both = {0};

    buf_put_str(&both, first);
    buf_put_u8(&both, ' ');
    buf_put_str(&both, second);
    put_phrase(book, (const char *)both.data, both.len, weight, field, item);
    buf_fini(&both);
}

static void put_synonyms(struct header_book *book, const char *name,
                         const struct schema_field *field, const struct schema_field *item)
{
    for (size_t i = 0; i < synonyms_headers_n; i++) {
        const struct synonyms_row *row = &synonyms_headers[i];

        if (strcmp(row->field, name) != 0) continue;
        if (row->type != NULL && strcmp(row->type, book->schema->type) != 0) continue;
        for (const char *at = row->words; *at != '\0';) {
            size_t n = strcspn(at, "|");

            put_phrase(book, at, n, row->type == NULL ? 92 : 94, field, item);
            at += n + (at[n] == '|');
        }
    }
}

/* The schema's own words for a field, or for a member of its items. */
static void put_field(struct header_book *book, const struct schema_field *field,
                      const struct schema_field *item)
{
    const struct schema_field *one = item == NULL ? field : item;
    const struct schema_section *section = schema_section(book->schema, field->section);

    put_phrase(book, one->label, strlen(one->label), item == NULL ? 100 : 90, field, item);
    put_phrase(book, one->name, strlen(one->name), item == NULL ? 96 : 88, field, item);
    put_phrase(book, one->prompt, strlen(one->prompt), 86, field, item);
    if (section != NULL) put_two(book, section->label, one->label, 98, field, item);
    if (item != NULL) put_two(book, field->label, one->label, 100, field, item);
    if (one->flag != NULL) {
        put_phrase(book, one->flag, strlen(one->flag), 97, field, item);
        put_synonyms(book, one->flag, field, item);
    }
    if (one->flag == NULL || strcmp(one->flag, one->name) != 0) {
        put_synonyms(book, one->name, field, item);
    }
}

static void put_list(struct header_book *book, const struct schema_field *field)
{
    for (size_t i = 0; i < field->n_items; i++) {
        const struct schema_field *item = &field->items[i];

        if (item->hidden || item->item_kind == SCHEMA_OBJECT || item->list) continue;
        put_field(book, field, item);
    }
    if (field->n_items == 0) return;
    /* The list's own words are its first member's: "Observations". */
    put_phrase(book, field->label, strlen(field->label), 97, field, &field->items[0]);
    if (field->flag != NULL) {
        put_phrase(book, field->flag, strlen(field->flag), 97, field, &field->items[0]);
        put_synonyms(book, field->flag, field, &field->items[0]);
    }
    put_synonyms(book, field->name, field, &field->items[0]);
}

struct header_book *header_book_new(const struct schema *schema)
{
    struct header_book *book = mem_zalloc(sizeof(*book));
    const struct schema_field *field;
    size_t walk = 0;

    book->schema = schema;
    while ((field = schema_next(schema, &walk)) != NULL) {
        const struct schema_section *section = schema_section(schema, field->section);

        if (field->hidden || (section != NULL && section->hidden)) continue;
        if (is_objects(field)) {
            put_list(book, field);
        } else if (field->item_kind != SCHEMA_OBJECT) {
            put_field(book, field, NULL);
        }
    }
    return book;
}

void header_book_free(struct header_book *book)
{
    if (book == NULL) return;
    free(book->phrases);
    arena_fini(&book->arena);
    free(book);
}

/* The phrase that is likest, if likelier than *best. */
static const struct phrase *likest(const struct header_book *book, const char *words,
                                   unsigned *best)
{
    const struct phrase *found = NULL;
    uint32_t letters = letters_of(words);

    for (size_t i = 0; i < book->n; i++) {
        const struct phrase *phrase = &book->phrases[i];
        unsigned score;

        if ((phrase->letters & letters) == 0 || phrase->weight <= *best) continue;
        score = alike(words, phrase->words) * phrase->weight / 100;
        if (score <= *best) continue;
        *best = score;
        found = phrase;
    }
    return found;
}

unsigned header_guess(const struct header_book *book, const char *header,
                      struct header_place *out)
{
    enum { LEAST = 45 }; /* less is no guess */
    struct words words;
    const struct phrase *found, *bare;
    unsigned best = LEAST - 1;

    *out = (struct header_place){.index = -1};
    words_init(&words, header);
    found = likest(book, (const char *)words.whole.data, &best);
    bare = words.number > 0 ? likest(book, (const char *)words.bare.data, &best) : NULL;
    if (strcmp((const char *)words.whole.data, "record") == 0) {
        out->record = true;
        best = 100;
    } else if (strncmp((const char *)words.whole.data, "kith ", 5) == 0) {
        best = 0; /* what a table of ours tells beside the fields */
    } else if (bare != NULL) {
        out->field = bare->field;
        out->item = bare->item;
        if (words.number <= HEADER_ITEMS_MAX && bare->field->list) {
            out->index = words.number - 1;
        }
    } else if (found != NULL) {
        out->field = found->field;
        out->item = found->item;
    }
    words_fini(&words);
    return best < LEAST ? 0 : best;
}

/* ------------------------------------------------------------------------------- our headers
 */

void header_put(struct buf *out, const struct header_book *book,
                const struct header_place *place)
{
    char digits[21];
    struct header_place back;
    size_t begin = out->len;

    if (place->record) {
        buf_put_str(out, "record");
        return;
    }
    buf_put_str(out, place->field->label);
    if (place->index >= 0) {
        buf_put_u8(out, ' ');
        buf_put_str(out, text_decimal(digits, (uint64_t)place->index + 1));
    }
    if (place->item != NULL) {
        buf_put_str(out, ": ");
        buf_put_str(out, place->item->label);
    } else {
        /* Two fields of one label are told apart by their sections. */
        buf_put_u8(out, 0);
        (void)header_guess(book, (const char *)out->data + begin, &back);
        out->len--;
        if (!header_place_eq(&back, place)) {
            const struct schema_section *section =
                schema_section(book->schema, place->field->section);

            out->len = begin;
            buf_put_str(out, section == NULL ? "" : section->label);
            buf_put_str(out, ": ");
            buf_put_str(out, place->field->label);
        }
    }
}

/* --------------------------------------------------------------------------------- their set
 */

static int by_value(const void *x, const void *y)
{
    uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;

    return a < b ? -1 : a > b;
}

void header_set_key(char out[17], const char *const *headers, size_t n)
{
    uint64_t *each = mem_zalloc((n + 1) * sizeof(*each));
    uint64_t all = 0xcbf29ce484222325u;
    uint8_t bytes[8];

    for (size_t i = 0; i < n; i++) {
        struct buf plain = {0};

        plain_words(&plain, headers[i], strlen(headers[i]));
        each[i] = 0xcbf29ce484222325u;
        for (size_t k = 0; k < plain.len; k++)
            each[i] = (each[i] ^ plain.data[k]) * 0x100000001b3u;
        buf_fini(&plain);
    }
    qsort(each, n, sizeof(*each), by_value);
    for (size_t i = 0; i < n; i++) {
        for (unsigned b = 0; b < 8; b++)
            all = (all ^ (uint8_t)(each[i] >> (8 * b))) * 0x100000001b3u;
    }
    for (unsigned b = 0; b < 8; b++)
        bytes[b] = (uint8_t)(all >> (8 * b));
    text_hex(out, bytes, sizeof(bytes));
    free(each);
}
