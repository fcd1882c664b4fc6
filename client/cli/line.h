/*
 * line.h: text as a terminal shows it. What peers wrote may hold escape sequences,
 * right-to-left overrides or broken UTF-8; nothing reaches a terminal but through
 * line_put_safe, which replaces each such character by U+FFFD. Widths are in terminal columns:
 * 2 for wide characters, 0 for combining marks.
 */
#ifndef CLI_LINE_H
#define CLI_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/mem.h"

/*
 * The character at p (n > 0 bytes): its code point, or U+FFFD where the bytes are not UTF-8 or
 * the character could steer a terminal or reorder a line. *used is how many bytes it took (>
 * 0). A line feed comes back as it is.
 */
uint32_t line_char(const char *p, size_t n, size_t *used);
/* Columns of one safe character: 0, 1 or 2. */
unsigned line_char_width(uint32_t c);

/* Appends text made safe. Tabs become a space; line feeds stay. */
void line_put_safe(struct buf *out, const char *text, size_t n);
/* Appends text made safe, on one line: every run of blanks and line feeds becomes one space. */
void line_put_one(struct buf *out, const char *text, size_t n);
/* Columns of safe text without line feeds. */
size_t line_width(const char *text, size_t n);
/*
 * How many bytes of safe text fit `columns` without splitting a character; marks that combine
 * with the last one are taken along.
 */
size_t line_fit(const char *text, size_t n, size_t columns);
/* As line_fit, but breaks after a blank where there is one. *next is where the next line
 * starts. */
size_t line_break(const char *text, size_t n, size_t columns, size_t *next);

#endif
