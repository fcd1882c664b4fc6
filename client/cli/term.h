/*
 * term.h: what a person reads. Every text passes line.h, so a peer's words cannot steer the
 * terminal; the only escape sequences written are the styles of this file, and only to a
 * terminal that wants colour (NO_COLOR unset, TERM not "dumb").
 *
 * A paragraph is built of styled pieces (term_add) and written wrapped (term_end).
 */
#ifndef CLI_TERM_H
#define CLI_TERM_H

#include <stdbool.h>
#include <stdio.h>

#include "proto/base/mem.h"

enum term_style {
    TERM_PLAIN,
    TERM_BOLD,
    TERM_DIM,
    TERM_GOOD, /* green */
    TERM_WARN, /* yellow */
    TERM_BAD,  /* red */
    TERM_MARK, /* what a search found; cyan bold */
    TERM_STYLES,
};

struct term {
    FILE *file;
    unsigned width; /* columns; 40 … 100 */
    bool tty;
    bool colour;
    bool blank;              /* the last line written was empty, or none was written */
    bool progress;           /* a progress line stands, to be overwritten */
    struct buf text, styles; /* the paragraph so far: safe text, a style for each byte */
};

/* Looks at the terminal behind file. A file that is no terminal is $COLUMNS or 80 wide, plain.
 */
void term_init(struct term *term, FILE *file);
void term_fini(struct term *term);

void term_add(struct term *term, enum term_style style, const char *text);
__attribute__((format(printf, 3, 4))) void term_addf(struct term *term, enum term_style style,
                                                     const char *format, ...);
/* Spaces up to `column` of an unwrapped paragraph; one at least. */
void term_pad(struct term *term, size_t column);
/* Writes the paragraph: `first` spaces before its first line, `rest` before the others. */
void term_end(struct term *term, unsigned first, unsigned rest);

/* A whole paragraph. */
__attribute__((format(printf, 3, 4))) void term_line(struct term *term, enum term_style style,
                                                     const char *format, ...);
/* An empty line, unless one was just written. */
void term_gap(struct term *term);
/* A gap and a bold line. */
void term_heading(struct term *term, const char *text);
/* "  label      text", the text wrapped under itself. Nothing when text is NULL or "". */
void term_field(struct term *term, const char *label, const char *text);
/* What to do next: one dim paragraph after a gap. */
__attribute__((format(printf, 2, 3))) void term_next(struct term *term, const char *format,
                                                     ...);

/* On a terminal: a line that the next progress or paragraph overwrites. Else nothing. */
__attribute__((format(printf, 2, 3))) void term_progress(struct term *term, const char *format,
                                                         ...);
void term_progress_done(struct term *term);

#endif
