#include "client/cli/table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/line.h"

enum { GAP = 2, INDENT = 2 };

void table_init(struct table *table, const struct table_column *columns, size_t n)
{
    *table = (struct table){.columns = columns, .width = n};
}

void table_fini(struct table *table)
{
    for (size_t i = 0; i < table->n; i++)
        free(table->cells[i].text);
    free(table->cells);
}

void table_put(struct table *table, enum term_style style, const char *text)
{
    struct buf one = {0};
    if (text != NULL) line_put_one(&one, text, strlen(text));
    MEM_RESERVE(table->cells, table->n, table->cap);
    table->cells[table->n++] =
        (struct table_cell){.text = (char *)one.data, .n = one.len, .style = style};
}

void table_putf(struct table *table, enum term_style style, const char *format, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, format);
    if (vasprintf(&text, format, args) < 0) abort();
    va_end(args);
    table_put(table, style, text);
    free(text);
}

size_t table_rows(const struct table *table)
{
    return table->n / table->width;
}

static size_t cell_width(const struct table_cell *cell)
{
    return cell->n == 0 ? 0 : line_width(cell->text, cell->n);
}

/* Natural widths; 0 for a column without content. Returns the sum with gaps. */
static size_t measure(const struct table *table, size_t *widths)
{
    size_t sum = INDENT;
    for (size_t c = 0; c < table->width; c++) {
        widths[c] = 0;
        for (size_t i = c; i < table->n; i += table->width) {
            size_t width = cell_width(&table->cells[i]);
            if (width > widths[c]) widths[c] = width;
        }
        if (widths[c] == 0) continue;
        size_t title = line_width(table->columns[c].title, strlen(table->columns[c].title));
        if (title > widths[c]) widths[c] = title;
        sum += widths[c] + GAP;
    }
    return sum - GAP;
}

static size_t longest_word(const char *title)
{
    size_t longest = 0;
    while (*title != '\0') {
        size_t n = strcspn(title, " "), width = line_width(title, n);
        if (width > longest) longest = width;
        title += n + (title[n] == ' ');
    }
    return longest;
}

/* To what a column may shrink: numbers are never cut, a title may stand on several lines. */
static size_t least(const struct table *table, size_t c)
{
    const struct table_column *column = &table->columns[c];
    size_t min = column->min;
    if (column->align == TABLE_LEFT) return min;
    for (size_t i = c; i < table->n; i += table->width) {
        size_t width = cell_width(&table->cells[i]);
        if (width > min) min = width;
    }
    size_t word = longest_word(column->title);
    return word > min ? word : min;
}

/* The widest column that may still give way; table->width: none. */
static size_t giving(const struct table *table, const size_t *widths, bool numbers)
{
    size_t widest = table->width;
    for (size_t c = 0; c < table->width; c++) {
        const struct table_column *column = &table->columns[c];
        if (column->min == 0 || widths[c] <= least(table, c)) continue;
        if (numbers && column->align == TABLE_LEFT) continue;
        if (widest == table->width || widths[c] > widths[widest]) widest = c;
    }
    return widest;
}

/* Titles above numbers stand on several lines before a text is cut. */
static void shrink(const struct table *table, size_t *widths, size_t sum, size_t room)
{
    while (sum > room) {
        size_t gives = giving(table, widths, true);
        if (gives == table->width) gives = giving(table, widths, false);
        if (gives == table->width) return;
        widths[gives]--;
        sum--;
    }
}

static void put_cell(struct term *term, const struct table_cell *cell, size_t width,
                     enum table_align align, bool last)
{
    size_t natural = cell_width(cell), blanks = natural < width ? width - natural : 0;
    if (align == TABLE_RIGHT && blanks > 0) term_addf(term, TERM_PLAIN, "%*s", (int)blanks, "");
    if (natural <= width) {
        term_addf(term, cell->style, "%.*s", (int)cell->n, cell->n == 0 ? "" : cell->text);
    } else {
        size_t fit = line_fit(cell->text, cell->n, width - 1);
        while (fit > 0 && cell->text[fit - 1] == ' ')
            fit--;
        term_addf(term, cell->style, "%.*s…", (int)fit, cell->text);
        blanks = width - 1 - line_width(cell->text, fit);
    }
    if (last) return;
    if (align == TABLE_RIGHT) blanks = 0;
    term_addf(term, TERM_PLAIN, "%*s", (int)blanks + GAP, "");
}

static void write_row(const struct table *table, struct term *term, const size_t *widths,
                      const struct table_cell *cells)
{
    size_t end = table->width; /* after the last cell with content: no blanks at a line's end */
    while (end > 0 && (widths[end - 1] == 0 || cells[end - 1].n == 0))
        end--;
    for (size_t c = 0; c < end; c++) {
        if (widths[c] == 0) continue;
        put_cell(term, &cells[c], widths[c], table->columns[c].align, c + 1 == end);
    }
    term_end(term, INDENT, INDENT + 2);
}

/* Titles, a line at a time until all are said. */
static void write_titles(const struct table *table, struct term *term, const size_t *widths)
{
    struct table_cell *titles = mem_zalloc(table->width * sizeof(*titles));
    size_t *said = mem_zalloc(table->width * sizeof(*said));
    for (bool more = true; more;) {
        bool any = false;
        more = false;
        for (size_t c = 0; c < table->width; c++) {
            const char *left = table->columns[c].title + said[c];
            size_t next = 0, n = strlen(left);
            if (n > 0 && widths[c] > 0) {
                bool cut = table->columns[c].align == TABLE_LEFT;
                size_t fit = cut ? n : line_break(left, n, widths[c], &next);
                if (cut) next = n;
                n = fit;
            }
            titles[c] = (struct table_cell){strndup(left, n), n, TERM_DIM};
            said[c] += next;
            any = any || n > 0;
            more = more || (widths[c] > 0 && table->columns[c].title[said[c]] != '\0');
        }
        if (any) write_row(table, term, widths, titles);
        for (size_t c = 0; c < table->width; c++)
            free(titles[c].text);
    }
    free(said);
    free(titles);
}

void table_write(const struct table *table, struct term *term)
{
    if (table_rows(table) == 0) return;
    size_t *widths = mem_zalloc(table->width * sizeof(*widths));
    shrink(table, widths, measure(table, widths), term->width);
    write_titles(table, term, widths);
    for (size_t i = 0; i + table->width <= table->n; i += table->width) {
        write_row(table, term, widths, &table->cells[i]);
    }
    free(widths);
}
