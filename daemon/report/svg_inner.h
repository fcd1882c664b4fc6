/* What svg.c (the frame), svg_lines.c (what is drawn in it) and svg_text.c (what is written)
 * share. */
#ifndef REPORT_SVG_INNER_H
#define REPORT_SVG_INNER_H

#include <stdbool.h>

#include "daemon/report/svg.h"

/* Pixels of the picture, which scales as a whole. */
enum {
    SVG_WIDTH = 880,
    SVG_LEFT = 56,   /* of the plot: room for the values */
    SVG_RIGHT = 740, /* room for what the lines are called */
    SVG_TOP = 92,
    SVG_BOTTOM = 372,
    SVG_GAP_HEIGHT = 44,
    SVG_LINE = 18, /* of text */
    SVG_COLOURS = 7,
};

struct svg {
    struct buf *out;
    const json_t *chart;
    const json_t *series;
    size_t periods;
    double low, high, step; /* of the values */
    double y;               /* where writing goes on, below the plot */
    int places;             /* of the values at the side */
};

/* svg.c: from places and values to pixels. */
double svg_x(const struct svg *svg, size_t place);
double svg_y(const struct svg *svg, double value);
/* One series is judged with its median; several are laid over one another. */
bool svg_is_overlay(const struct svg *svg);

/* svg_lines.c */
void svg_put_grid(const struct svg *svg);
void svg_put_phases(const struct svg *svg);
void svg_put_series(const struct svg *svg);
void svg_put_marks(const struct svg *svg);
void svg_put_gap(struct svg *svg);

/* svg_text.c */
__attribute__((format(printf, 2, 3))) void svg_put(const struct svg *svg, const char *format,
                                                   ...);
/* Text with <, > and & escaped, and nothing that XML does not know. */
void svg_put_escaped(const struct svg *svg, const char *text);
/* A line at x, y; of at most `columns` characters, the rest an ellipsis. */
void svg_put_text(const struct svg *svg, double x, double y, const char *css,
                  const char *anchor, const char *text, size_t columns);
/* A paragraph at svg->y, which goes on below it. */
void svg_put_paragraph(struct svg *svg, const char *css, const char *text);
void svg_put_head(const struct svg *svg);
void svg_put_desc(const struct svg *svg);
void svg_put_foot(struct svg *svg);

const char *svg_str(const json_t *object, const char *key);
const json_t *svg_get(const json_t *object, const char *key);
size_t svg_int(const json_t *object, const char *key);

#endif
