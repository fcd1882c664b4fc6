/*
 * svg.h: a chart as a picture: SVG without scripts, fonts or anything from elsewhere, light or
 * dark as its reader's screen is, with a table of its numbers in <desc> for who does not see
 * it.
 */
#ifndef REPORT_SVG_H
#define REPORT_SVG_H

#include <jansson.h>

#include "proto/base/mem.h"

/* chart: what plot_make made. Appends the text of the picture. */
void svg_draw(const json_t *chart, struct buf *out);

#endif
