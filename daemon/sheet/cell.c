#include "daemon/sheet/cell.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/sheet/cell_date.h"
#include "daemon/sheet/synonyms.h"
#include "proto/base/plain.h"

static enum err refuse(struct schema_problem *problem, const struct schema_field *field,
                       const char *text)
{
    size_t n = strlen(field->path);

    if (n >= sizeof(problem->path)) n = sizeof(problem->path) - 1;
    memcpy(problem->path, field->path, n);
    problem->path[n] = '\0';
    n = strlen(text);
    if (n >= sizeof(problem->text)) n = sizeof(problem->text) - 1;
    memcpy(problem->text, text, n);
    problem->text[n] = '\0';
    return ERR_INVALID;
}

/* ------------------------------------------------------------------------------------- dates
 */

static enum err date_value(const struct schema_field *field, const char *text,
                           const struct cell_forms *forms, json_t **out,
                           struct schema_problem *problem)
{
    static const char *const sentences[] = {
        [CELL_DATE_GOOD] = "",
        [CELL_DATE_NONE] = "this is no day: write it as 2026-03-02",
        [CELL_DATE_NO_YEAR] = "the year is missing: write the day as 2026-03-02",
        [CELL_DATE_UNCLEAR] = "day first or month first? say which",
        [CELL_DATE_AGAINST] =
            "this is no day in the order of the others: write it as 2026-03-02",
    };
    char day[11];
    enum cell_date found = cell_date_read(text, forms->dates, day);

    if (found != CELL_DATE_GOOD) return refuse(problem, field, sentences[found]);
    *out = json_string(day);
    return ERR_OK;
}

/* ----------------------------------------------------------------------------------- numbers
 */

/* Digits and marks of a number, without spaces, a per cent sign and an apostrophe. */
static bool number_marks(const char *text, struct buf *out)
{
    for (const char *at = text; *at != '\0'; at++) {
        if ((uint8_t)at[0] == 0xc2 && (uint8_t)at[1] == 0xa0) {
            at++;
        } else if (strchr(" %'", *at) == NULL) {
            if (strchr("0123456789.,-+", *at) == NULL) return false;
            buf_put_u8(out, (uint8_t)*at);
        }
    }
    return out->len > 0;
}

/* One mark, with exactly three digits behind it and at most three before: "1,234". */
static bool is_unclear(const char *number, char mark)
{
    const char *at = strchr(number, mark);

    return at != NULL && strchr(at + 1, mark) == NULL && strlen(at + 1) == 3 && at > number &&
           at - number <= 3 && number[0] != '0' &&
           strpbrk(number, mark == ',' ? "." : ",") == NULL;
}

bool cell_number_unclear(const struct schema_field *field, const char *text)
{
    struct buf number = {0};
    bool unclear = false;

    if (field->item_kind == SCHEMA_NUMBER && number_marks(text, &number)) {
        buf_put_u8(&number, 0);
        unclear = is_unclear((const char *)number.data, ',') ||
                  is_unclear((const char *)number.data, '.');
    }
    buf_fini(&number);
    return unclear;
}

/* The mark of fractions: the one that was said, else the last of two kinds, else one that is
 * not followed by groups of three. 0: none. */
static char decimal_of(const char *number, const struct schema_field *field,
                       const struct cell_forms *forms)
{
    const char *comma = strrchr(number, ','), *point = strrchr(number, '.');

    if (comma != NULL && point != NULL) return comma > point ? ',' : '.';
    if (comma == NULL && point == NULL) return 0;
    if (forms->decimal != 0) return forms->decimal;
    if (field->item_kind == SCHEMA_INTEGER) {
        const char *mark = comma != NULL ? comma : point;

        return strlen(mark + 1) == 3 ? 0 : *mark;
    }
    return comma != NULL ? ',' : '.';
}

static enum err number_value(const struct schema_field *field, const char *text,
                             const struct cell_forms *forms, json_t **out,
                             struct schema_problem *problem)
{
    struct buf marks = {0}, number = {0};
    enum err err;
    char decimal;

    if (!number_marks(text, &marks)) {
        buf_fini(&marks);
        return schema_parse(field, text, out, problem);
    }
    buf_put_u8(&marks, 0);
    if (forms->decimal == 0 && cell_number_unclear(field, text)) {
        buf_fini(&marks);
        return refuse(problem, field,
                      "a thousand, or a fraction? write it without the mark for thousands, or "
                      "say which mark is for fractions");
    }
    decimal = decimal_of((const char *)marks.data, field, forms);
    for (const char *at = (const char *)marks.data; *at != '\0'; at++) {
        if (*at == decimal) {
            buf_put_u8(&number, '.');
        } else if (*at != ',' && *at != '.' && !(*at == '+' && number.len == 0)) {
            buf_put_u8(&number, (uint8_t)*at);
        }
    }
    buf_put_u8(&number, 0);
    err = schema_parse(field, (const char *)number.data, out, problem);
    buf_fini(&marks);
    buf_fini(&number);
    return err;
}

/* ----------------------------------------------------------------------------------- choices
 */

static bool same_words(const char *a, size_t a_n, const char *b, size_t b_n)
{
    struct buf x = {0}, y = {0};
    bool same;

    plain_words(&x, a, a_n);
    plain_words(&y, b, b_n);
    same = slice_eq(buf_slice(&x), buf_slice(&y));
    buf_fini(&x);
    buf_fini(&y);
    return same;
}

static bool means(const char *choice, const char *text)
{
    if (same_words(choice, strlen(choice), text, strlen(text))) return true;
    for (size_t i = 0; i < synonyms_choices_n; i++) {
        if (strcmp(synonyms_choices[i].choice, choice) != 0) continue;
        for (const char *at = synonyms_choices[i].words; *at != '\0';) {
            size_t n = strcspn(at, "|");

            if (same_words(at, n, text, strlen(text))) return true;
            at += n + (at[n] == '|');
        }
    }
    return false;
}

/* The choice that the text means, else the text. */
static const char *choice_of(const struct schema_field *field, const char *text)
{
    for (size_t i = 0; i < field->n_choices; i++) {
        if (means(field->choices[i], text)) return field->choices[i];
    }
    return text;
}

/* ------------------------------------------------------------------------------------ texts */

/* A line has no line ends. */
static enum err text_value(const struct schema_field *field, const char *text, json_t **out,
                           struct schema_problem *problem)
{
    char *line = mem_strdup(text);
    enum err err;

    if (field->input == SCHEMA_INPUT_LINE) {
        for (char *at = line; *at != '\0'; at++) {
            if (*at == '\n') *at = ' ';
        }
    }
    err =
        schema_parse(field, field->n_choices > 0 ? choice_of(field, text) : line, out, problem);
    free(line);
    return err;
}

enum err cell_value(const struct schema_field *field, const char *text,
                    const struct cell_forms *forms, json_t **out,
                    struct schema_problem *problem)
{
    switch (field->item_kind) {
    case SCHEMA_INTEGER:
    case SCHEMA_NUMBER:
        return number_value(field, text, forms, out, problem);
    case SCHEMA_BOOLEAN:
        return schema_parse(field,
                            means("yes", text)  ? "yes"
                            : means("no", text) ? "no"
                                                : text,
                            out, problem);
    case SCHEMA_STRING:
    case SCHEMA_ANY:
    case SCHEMA_OBJECT:
    case SCHEMA_LIST:
        break;
    }
    if (field->input == SCHEMA_INPUT_DATE) {
        return date_value(field, text, forms, out, problem);
    }
    if (field->input == SCHEMA_INPUT_REF) {
        *out = json_string(text);
        return *out != NULL ? ERR_OK : refuse(problem, field, "this text is not UTF-8");
    }
    return text_value(field, text, out, problem);
}

/* ----------------------------------------------------------------------------- several in one
 */

static const char *skip_bullet(const char *at, const char *end)
{
    const char *from;

    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    from = at;
    if (end - at >= 2 && strchr("-*", *at) != NULL && at[1] == ' ') return at + 2;
    if (end - at >= 3 &&
        (memcmp(at, "\xe2\x80\xa2", 3) == 0 || memcmp(at, "\xe2\x80\x93", 3) == 0)) {
        return at + 3;
    }
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    if (at > from && at - from <= 2 && end - at >= 2 && (*at == '.' || *at == ')') &&
        at[1] == ' ') {
        return at + 2;
    }
    return from;
}

const char *cell_marks(const char *text, bool tags)
{
    if (!tags) return "\n";
    return strpbrk(text, ";|\n") != NULL ? ";|\n" : ",\n";
}

bool cell_next(const char **at, const char *marks, struct buf *out)
{
    while (**at != '\0') {
        const char *end = *at + strcspn(*at, marks), *from = skip_bullet(*at, end);

        *at = end + (*end != '\0');
        while (from < end && *from == ' ')
            from++;
        while (end > from && end[-1] == ' ')
            end--;
        if (from == end) continue;
        out->len = 0;
        buf_put(out, from, (size_t)(end - from));
        buf_put_u8(out, 0);
        return true;
    }
    return false;
}
