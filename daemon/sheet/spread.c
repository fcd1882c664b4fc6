#include "daemon/sheet/spread.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/csv.h"
#include "proto/base/text.h"

const char *spread_encoding_name(enum spread_encoding encoding)
{
    static const char *const names[] = {
#define X(name, text) text,
        SPREAD_ENCODINGS(X)
#undef X
    };

    return names[encoding];
}

bool spread_encoding_of(const char *name, enum spread_encoding *out)
{
    for (int i = 0; i < SPREAD_ENCODING_COUNT; i++) {
        if (strcmp(spread_encoding_name((enum spread_encoding)i), name) != 0) continue;
        *out = (enum spread_encoding)i;
        return true;
    }
    return false;
}

static enum err fail(struct spread_problem *problem, enum err err, size_t line,
                     const char *text)
{
    size_t n = strlen(text);

    problem->line = line;
    if (n >= sizeof(problem->text)) n = sizeof(problem->text) - 1;
    memcpy(problem->text, text, n);
    problem->text[n] = '\0';
    return err;
}

/* ------------------------------------------------------------------------------ to UTF-8 */

static void put_char(struct buf *out, uint32_t c)
{
    if (c < 0x80) {
        buf_put_u8(out, (uint8_t)c);
    } else if (c < 0x800) {
        buf_put_u8(out, (uint8_t)(0xc0 | c >> 6));
        buf_put_u8(out, (uint8_t)(0x80 | (c & 0x3f)));
    } else if (c < 0x10000) {
        buf_put_u8(out, (uint8_t)(0xe0 | c >> 12));
        buf_put_u8(out, (uint8_t)(0x80 | (c >> 6 & 0x3f)));
        buf_put_u8(out, (uint8_t)(0x80 | (c & 0x3f)));
    } else {
        buf_put_u8(out, (uint8_t)(0xf0 | c >> 18));
        buf_put_u8(out, (uint8_t)(0x80 | (c >> 12 & 0x3f)));
        buf_put_u8(out, (uint8_t)(0x80 | (c >> 6 & 0x3f)));
        buf_put_u8(out, (uint8_t)(0x80 | (c & 0x3f)));
    }
}

/* What Windows-1252 has at 0x80 … 0x9f; 0: nothing. */
static const uint16_t w1252[32] = {
    0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178,
};

static void from_w1252(struct buf *out, struct slice bytes)
{
    for (size_t i = 0; i < bytes.n; i++) {
        uint8_t b = bytes.p[i];
        uint32_t c = b >= 0x80 && b < 0xa0 ? w1252[b - 0x80] : b;

        put_char(out, c == 0 && b != 0 ? 0xfffd : c);
    }
}

static void from_utf16(struct buf *out, struct slice bytes, bool big)
{
    for (size_t i = 0; i + 1 < bytes.n; i += 2) {
        uint32_t c = (uint32_t)bytes.p[i + !big] << 8 | bytes.p[i + big];

        if (c >= 0xd800 && c < 0xdc00 && i + 3 < bytes.n) {
            uint32_t low = (uint32_t)bytes.p[i + 2 + !big] << 8 | bytes.p[i + 2 + big];

            if (low >= 0xdc00 && low < 0xe000) {
                c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
                i += 2;
            }
        }
        put_char(out, c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
    }
}

static enum err decode(struct spread *cells, struct slice bytes, enum spread_encoding said,
                       struct buf *out, struct spread_problem *problem)
{
    bool mark8 = bytes.n >= 3 && memcmp(bytes.p, "\xef\xbb\xbf", 3) == 0;
    bool little = bytes.n >= 2 && bytes.p[0] == 0xff && bytes.p[1] == 0xfe;
    bool big = bytes.n >= 2 && bytes.p[0] == 0xfe && bytes.p[1] == 0xff;
    struct slice rest = mark8           ? slice_of(bytes.p + 3, bytes.n - 3)
                        : little || big ? slice_of(bytes.p + 2, bytes.n - 2)
                                        : bytes;

    if (bytes.n >= 4 && memcmp(bytes.p, "PK\x03\x04", 4) == 0) {
        return fail(problem, ERR_MALFORMED, 0,
                    "this is a spreadsheet's own file: in the spreadsheet choose Save as, CSV");
    }
    cells->encoding = said;
    if (said == SPREAD_AUTO) {
        cells->encoding = little || big         ? SPREAD_UTF16
                          : text_is_utf8(bytes) ? SPREAD_UTF8
                                                : SPREAD_W1252;
        cells->guessed = cells->encoding == SPREAD_W1252;
    }
    if (cells->encoding == SPREAD_UTF16) {
        from_utf16(out, rest, big);
    } else if (cells->encoding == SPREAD_W1252) {
        from_w1252(out, bytes);
    } else if (text_is_utf8(rest)) {
        buf_put(out, rest.p, rest.n);
    } else {
        return fail(problem, ERR_MALFORMED, 0, "this is not UTF-8: try windows-1252");
    }
    if (out->len > 0 && memchr(out->data, 0, out->len) != NULL) {
        return fail(problem, ERR_MALFORMED, 0,
                    "this is no text: in the spreadsheet choose Save as, CSV");
    }
    return ERR_OK;
}

/* -------------------------------------------------------------------------------- cells */

struct scan {
    const char *p, *end;
    size_t line;
    char delimiter;
    struct buf cell;
    size_t opened; /* the line of a quote that did not end; 0: none */
};

static bool at_line_end(const struct scan *scan)
{
    return scan->p < scan->end && (*scan->p == '\n' || *scan->p == '\r');
}

static void skip_line_end(struct scan *scan)
{
    if (*scan->p == '\r' && scan->p + 1 < scan->end && scan->p[1] == '\n') scan->p++;
    scan->p++;
    scan->line++;
}

/* What stands between quotes, from behind the first one. */
static void scan_quoted(struct scan *scan)
{
    size_t opened = scan->line;

    while (scan->p < scan->end) {
        if (*scan->p == '"') {
            scan->p++;
            if (scan->p == scan->end || *scan->p != '"') return;
            buf_put_u8(&scan->cell, '"');
            scan->p++;
        } else if (at_line_end(scan)) {
            buf_put_u8(&scan->cell, '\n');
            skip_line_end(scan);
        } else {
            buf_put_u8(&scan->cell, (uint8_t)*scan->p++);
        }
    }
    scan->opened = opened;
}

/* One cell into scan->cell. False: it was the last of its row. */
static bool scan_cell(struct scan *scan)
{
    bool blank = true;

    scan->cell.len = 0;
    while (scan->p < scan->end && !at_line_end(scan)) {
        char c = *scan->p;

        if (c == scan->delimiter) {
            scan->p++;
            return true;
        }
        if (c == '"' && blank) {
            scan->cell.len = 0;
            scan->p++;
            scan_quoted(scan);
            blank = false;
            continue;
        }
        blank = blank && (c == ' ' || c == '\t');
        buf_put_u8(&scan->cell, (uint8_t)c);
        scan->p++;
    }
    if (scan->p < scan->end) skip_line_end(scan);
    return false;
}

/* Spaces, also those that do not break, at both ends go. */
static struct slice trimmed(const struct buf *cell)
{
    const uint8_t *p = cell->data, *end = p == NULL ? NULL : p + cell->len;

    for (;;) {
        if (p < end && (*p <= ' ')) {
            p++;
        } else if (end - p >= 2 && p[0] == 0xc2 && p[1] == 0xa0) {
            p += 2;
        } else {
            break;
        }
    }
    for (;;) {
        if (end > p && end[-1] <= ' ') {
            end--;
        } else if (end - p >= 2 && end[-2] == 0xc2 && end[-1] == 0xa0) {
            end -= 2;
        } else {
            break;
        }
    }
    return slice_of(p, (size_t)(end - p));
}

static const char *keep_cell(struct spread *cells, const struct buf *cell)
{
    struct slice text = trimmed(cell);
    char *copy = arena_alloc(&cells->arena, text.n + 1);

    if (text.n > 0) memcpy(copy, text.p, text.n);
    return copy[0] == '\'' && csv_begins_formula(copy) ? copy + 1 : copy;
}

/* -------------------------------------------------------------------------- the delimiter */

/* How alike the first rows are when cut at this character: those of the commonest width. */
static size_t likeness(struct slice text, char delimiter)
{
    enum { ROWS = 20, WIDTHS = 64 };
    struct scan scan = {.p = (const char *)text.p,
                        .end = (const char *)text.p + text.n,
                        .delimiter = delimiter};
    size_t widths[WIDTHS] = {0}, best = 0;

    for (size_t row = 0; row < ROWS && scan.p < scan.end; row++) {
        size_t width = 1;

        while (scan_cell(&scan))
            width++;
        if (width > 1) widths[width < WIDTHS ? width : WIDTHS - 1]++;
    }
    for (size_t width = 2; width < WIDTHS; width++) {
        size_t score = widths[width] * WIDTHS + width;

        if (widths[width] > 0 && score > best) best = score;
    }
    buf_fini(&scan.cell);
    return best;
}

static char find_delimiter(struct slice text)
{
    static const char candidates[] = ",;\t|";
    char found = ',';
    size_t most = 0;

    for (const char *c = candidates; *c != '\0'; c++) {
        size_t score = likeness(text, *c);

        if (score > most) {
            most = score;
            found = *c;
        }
    }
    return found;
}

/* ------------------------------------------------------------------------------------ rows */

static enum err take_row(struct spread *cells, struct scan *scan,
                         struct spread_problem *problem)
{
    const char *row_cells[SPREAD_COLUMNS_MAX];
    struct spread_row row = {.line = scan->line};
    bool more = true, empty = true;

    while (more) {
        if (row.n == SPREAD_COLUMNS_MAX) {
            return fail(problem, ERR_TOO_BIG, row.line, "a row has at most 256 cells");
        }
        more = scan_cell(scan);
        if (scan->opened != 0) {
            return fail(problem, ERR_MALFORMED, scan->opened,
                        "a cell begins with a \" here that does not end");
        }
        if (scan->cell.len > SPREAD_CELL_BYTES_MAX) {
            return fail(problem, ERR_TOO_BIG, row.line, "a cell has at most 32 KiB");
        }
        row_cells[row.n] = keep_cell(cells, &scan->cell);
        empty = empty && row_cells[row.n][0] == '\0';
        row.n++;
    }
    if (empty) return ERR_OK;
    if (cells->n == SPREAD_ROWS_MAX) {
        return fail(problem, ERR_TOO_BIG, row.line,
                    "a file has at most 2000 records: split it in two");
    }
    row.cells = arena_dup(&cells->arena, row_cells, row.n * sizeof(*row_cells));
    if (row.n > cells->columns) cells->columns = row.n;
    MEM_RESERVE(cells->rows, cells->n, cells->cap);
    cells->rows[cells->n++] = row;
    return ERR_OK;
}

/* "sep=;" on a line of its own: how a spreadsheet is told. */
static size_t separator_line(struct slice text, char *delimiter)
{
    size_t n;

    if (text.n < 6 || memcmp(text.p, "sep=", 4) != 0) return 0;
    if (text.p[5] != '\n' && text.p[5] != '\r') return 0;
    *delimiter = (char)text.p[4];
    n = 6;
    if (text.p[5] == '\r' && n < text.n && text.p[n] == '\n') n++;
    return n;
}

enum err spread_read(struct spread *out, struct slice bytes,
                     const struct spread_options *options, struct spread_problem *problem)
{
    struct buf text = {0};
    struct scan scan = {.line = 1};
    enum err err;
    size_t skip;

    *out = (struct spread){0};
    if (bytes.n > SPREAD_BYTES_MAX) {
        return fail(problem, ERR_TOO_BIG, 0, "a table has at most 4 MiB: split it in two");
    }
    err = decode(out, bytes, options->encoding, &text, problem);
    if (err == ERR_OK) {
        skip = separator_line(buf_slice(&text), &out->delimiter);
        if (options->delimiter != 0) out->delimiter = options->delimiter;
        scan.p = (const char *)text.data + (text.len == 0 ? 0 : skip);
        scan.end = (const char *)text.data + text.len;
        scan.line += skip > 0;
        if (out->delimiter == 0 || strchr(",;\t|", out->delimiter) == NULL) {
            out->delimiter = find_delimiter(slice_of(scan.p, (size_t)(scan.end - scan.p)));
        }
        scan.delimiter = out->delimiter;
        while (err == ERR_OK && scan.p < scan.end)
            err = take_row(out, &scan, problem);
    }
    if (err == ERR_OK && out->n == 0) {
        err = fail(problem, ERR_MALFORMED, 0, "there is nothing in this file");
    }
    buf_fini(&scan.cell);
    buf_fini(&text);
    if (err != ERR_OK) spread_fini(out);
    return err;
}

void spread_fini(struct spread *cells)
{
    free(cells->rows);
    arena_fini(&cells->arena);
    *cells = (struct spread){0};
}
