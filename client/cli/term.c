#include "client/cli/term.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "client/cli/line.h"

enum { WIDTH_MIN = 40, WIDTH_DEFAULT = 80, WIDTH_MAX = 100, LABEL_COLUMNS = 16 };

static const char *const codes[TERM_STYLES] = {
    [TERM_PLAIN] = "",          [TERM_BOLD] = "\x1b[1m",  [TERM_DIM] = "\x1b[2m",
    [TERM_GOOD] = "\x1b[32m",   [TERM_WARN] = "\x1b[33m", [TERM_BAD] = "\x1b[31m",
    [TERM_MARK] = "\x1b[1;36m",
};

static bool wants_colour(void)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    if (no_color != NULL && no_color[0] != '\0') return false;
    return term != NULL && term[0] != '\0' && strcmp(term, "dumb") != 0;
}

void term_init(struct term *term, FILE *file)
{
    *term = (struct term){.file = file, .width = WIDTH_DEFAULT, .blank = true};
    int fd = fileno(file);
    struct winsize size;
    term->tty = fd >= 0 && isatty(fd);
    if (term->tty) {
        term->colour = wants_colour();
        if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col != 0) term->width = size.ws_col;
    } else if (getenv("COLUMNS") != NULL) { /* said on purpose, for a pipe */
        long columns = strtol(getenv("COLUMNS"), NULL, 10);
        if (columns >= WIDTH_MIN && columns <= WIDTH_MAX) term->width = (unsigned)columns;
    }
    if (term->width < WIDTH_MIN) term->width = WIDTH_MIN;
    if (term->width > WIDTH_MAX) term->width = WIDTH_MAX;
}

void term_fini(struct term *term)
{
    term_progress_done(term);
    fflush(term->file);
    buf_fini(&term->text);
    buf_fini(&term->styles);
}

static void add(struct term *term, enum term_style style, const char *text, size_t n)
{
    line_put_safe(&term->text, text, n);
    size_t more = term->text.len - term->styles.len;
    memset(buf_extend(&term->styles, more), (int)style, more);
}

void term_add(struct term *term, enum term_style style, const char *text)
{
    if (text != NULL) add(term, style, text, strlen(text));
}

static void add_va(struct term *term, enum term_style style, const char *format, va_list args)
{
    char *text = NULL;
    int n = vasprintf(&text, format, args);
    if (n < 0) abort(); /* out of memory, as mem.h has it */
    add(term, style, text, (size_t)n);
    free(text);
}

void term_addf(struct term *term, enum term_style style, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add_va(term, style, format, args);
    va_end(args);
}

void term_pad(struct term *term, size_t column)
{
    size_t at = line_width((const char *)term->text.data, term->text.len);
    do {
        add(term, TERM_PLAIN, " ", 1);
    } while (++at < column);
}

static void spaces(struct term *term, unsigned n)
{
    while (n-- > 0)
        fputc(' ', term->file);
}

static void put_styled(struct term *term, const char *text, const uint8_t *styles, size_t n)
{
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i; end < n && styles[end] == styles[i];)
            end++;
        bool coloured = term->colour && styles[i] != TERM_PLAIN;
        if (coloured) fputs(codes[styles[i]], term->file);
        fwrite(text + i, 1, end - i, term->file);
        if (coloured) fputs("\x1b[0m", term->file);
    }
    fputc('\n', term->file);
}

void term_end(struct term *term, unsigned first, unsigned rest)
{
    term_progress_done(term);
    const char *text = (const char *)term->text.data;
    const uint8_t *styles = term->styles.data;
    size_t left = term->text.len, next;
    unsigned indent = first;
    if (left == 0) fputc('\n', term->file);
    while (left > 0) {
        const char *feed = memchr(text, '\n', left);
        size_t line = feed == NULL ? left : (size_t)(feed - text);
        size_t room = term->width > indent + 10 ? term->width - indent : 10;
        size_t n = line_break(text, line, room, &next);
        if (feed != NULL && next >= line) next = line + 1;
        if (n > 0) spaces(term, indent);
        put_styled(term, text, styles, n);
        text += next;
        styles += next;
        left -= next;
        indent = rest;
    }
    term->blank = false;
    term->text.len = term->styles.len = 0;
}

void term_line(struct term *term, enum term_style style, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add_va(term, style, format, args);
    va_end(args);
    term_end(term, 0, 0);
}

void term_gap(struct term *term)
{
    if (term->blank) return;
    term_progress_done(term);
    fputc('\n', term->file);
    term->blank = true;
}

void term_heading(struct term *term, const char *text)
{
    term_gap(term);
    term_add(term, TERM_BOLD, text);
    term_end(term, 0, 2);
}

void term_field(struct term *term, const char *label, const char *text)
{
    if (text == NULL || text[0] == '\0') return;
    term_add(term, TERM_DIM, label);
    term_pad(term, LABEL_COLUMNS);
    term_add(term, TERM_PLAIN, text);
    term_end(term, 2, LABEL_COLUMNS + 2);
}

void term_next(struct term *term, const char *format, ...)
{
    va_list args;
    term_gap(term);
    va_start(args, format);
    add_va(term, TERM_DIM, format, args);
    va_end(args);
    term_end(term, 0, 2);
}

void term_progress(struct term *term, const char *format, ...)
{
    if (!term->tty) return;
    struct buf safe = {0};
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int n = vasprintf(&text, format, args);
    va_end(args);
    if (n < 0) abort();
    line_put_one(&safe, text, (size_t)n);
    size_t fit = line_fit((char *)safe.data, safe.len, term->width - 1);
    fputs("\r\x1b[K", term->file);
    fwrite(safe.data, 1, fit, term->file);
    fflush(term->file);
    term->progress = true;
    free(text);
    buf_fini(&safe);
}

void term_progress_done(struct term *term)
{
    if (!term->progress) return;
    fputs("\r\x1b[K", term->file);
    fflush(term->file);
    term->progress = false;
}
