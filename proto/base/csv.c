#include "proto/base/csv.h"

#include <string.h>

#include "proto/base/text.h"

static char separator_of(const char *p, const char *end)
{
    bool quoted = false;
    for (; p < end && (quoted || (*p != '\n' && *p != '\r')); p++) {
        if (*p == '"') quoted = !quoted;
        if (!quoted && strchr(",;\t|", *p) != NULL) return *p;
    }
    return ',';
}

void csv_init(struct csv *csv, struct slice text)
{
    static const char mark[] = "\xef\xbb\xbf";
    const char *p = (const char *)text.p, *end = text.n == 0 ? p : p + text.n;
    if (text.n >= 3 && memcmp(p, mark, 3) == 0) p += 3;
    *csv = (struct csv){.p = p, .end = end, .line = 1};
    if (p == end) return;
    csv->separator = separator_of(p, end);
    if (!text_is_utf8(text)) csv->why = "the file is not UTF-8: save it as CSV in UTF-8";
    if (memchr(p, '\0', (size_t)(end - p)) != NULL) csv->why = "the file is no text";
}

static bool at_end_of_line(const struct csv *csv)
{
    return csv->p == csv->end || *csv->p == '\n' ||
           (*csv->p == '\r' && (csv->p + 1 == csv->end || csv->p[1] == '\n'));
}

static void skip_blanks(struct csv *csv)
{
    while (csv->p < csv->end && *csv->p == ' ')
        csv->p++;
}

/* What stands in quotes; the cursor is on the first of them. NULL when the last is missing. */
static const char *quoted(struct csv *csv, struct arena *arena)
{
    struct buf text = {0};
    bool closed = false;
    for (csv->p++; csv->p < csv->end && !closed; csv->p++) {
        if (*csv->p == '\n') csv->line++;
        if (*csv->p != '"') {
            buf_put_u8(&text, (uint8_t)*csv->p);
        } else if (csv->p + 1 < csv->end && csv->p[1] == '"') {
            buf_put_u8(&text, '"');
            csv->p++;
        } else {
            closed = true;
        }
    }
    buf_put_u8(&text, 0);
    const char *out = arena_dup(arena, text.data, text.len);
    buf_fini(&text);
    return closed ? out : NULL;
}

static const char *plain(struct csv *csv, struct arena *arena)
{
    const char *from = csv->p;
    while (!at_end_of_line(csv) && *csv->p != csv->separator)
        csv->p++;
    const char *to = csv->p;
    while (to > from && to[-1] == ' ')
        to--;
    char *out = arena_alloc(arena, (size_t)(to - from) + 1);
    memcpy(out, from, (size_t)(to - from));
    return out;
}

static bool field(struct csv *csv, struct arena *arena, struct csv_row *row)
{
    if (row->n == CSV_FIELDS_MAX) {
        csv->why = "a row has more than 256 fields";
        return false;
    }
    skip_blanks(csv);
    const char *text;
    if (csv->p < csv->end && *csv->p == '"') {
        text = quoted(csv, arena);
        if (text == NULL) csv->why = "a quotation mark is never closed";
        skip_blanks(csv);
        if (csv->why == NULL && !at_end_of_line(csv) && *csv->p != csv->separator) {
            csv->why = "something stands after a closing quotation mark";
        }
    } else {
        text = plain(csv, arena);
    }
    row->fields[row->n++] = text;
    return csv->why == NULL;
}

static void end_line(struct csv *csv)
{
    if (csv->p < csv->end && *csv->p == '\r') csv->p++;
    if (csv->p < csv->end && *csv->p == '\n') csv->p++;
    csv->line++;
}

bool csv_next(struct csv *csv, struct arena *arena, struct csv_row *row)
{
    while (csv->why == NULL && csv->p < csv->end && at_end_of_line(csv))
        end_line(csv);
    if (csv->why != NULL || csv->p == csv->end) return false;
    row->n = 0;
    row->line = csv->line;
    while (field(csv, arena, row) && csv->p < csv->end && *csv->p == csv->separator)
        csv->p++;
    if (csv->why != NULL) {
        csv->line = row->line;
        return false;
    }
    end_line(csv);
    return true;
}

/* ---- writing ---- */

static void put(struct buf *out, bool first, const char *before, const char *text)
{
    if (!first) buf_put_u8(out, ',');
    if (text[strcspn(text, ",;\"\r\n\t|")] == '\0' && *text != ' ') {
        buf_put_str(out, before);
        buf_put_str(out, text);
        return;
    }
    buf_put_u8(out, '"');
    buf_put_str(out, before);
    for (; *text != '\0'; text++) {
        if (*text == '"') buf_put_u8(out, '"');
        buf_put_u8(out, (uint8_t)*text);
    }
    buf_put_u8(out, '"');
}

bool csv_begins_formula(const char *text)
{
    while (*text == '\'')
        text++;
    return *text != '\0' && strchr("=+-@\t\r", *text) != NULL;
}

void csv_put_text(struct buf *out, bool first, const char *text)
{
    put(out, first, csv_begins_formula(text) ? "'" : "", text);
}

void csv_put_number(struct buf *out, bool first, const char *number)
{
    put(out, first, "", number);
}

void csv_put_end(struct buf *out)
{
    buf_put_str(out, "\r\n");
}
