/*
 * plain.h: letters without case and accents, for comparing what people typed: "Predicción" and
 * "PREDICCION" are both "prediccion". Latin letters; Greek and Cyrillic lose their case only.
 */
#ifndef BASE_PLAIN_H
#define BASE_PLAIN_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/mem.h"

/* One character at p (n > 0 bytes left): how many bytes it has. *c is 0xfffd, and the length 1,
 * where there is none. */
size_t plain_next(const char *p, size_t n, uint32_t *c);
/* Appends the character, whose bytes are p[0 … len - 1], without case and accents. An accent
 * that stands alone is left out. */
void plain_put(struct buf *out, const char *p, size_t len, uint32_t c);
/* Appends the words of a text so, with one space between: what is no letter or digit is a
 * space. No NUL. */
void plain_words(struct buf *out, const char *text, size_t n);

#endif
