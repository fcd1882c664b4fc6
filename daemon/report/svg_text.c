/* What is written on a chart, and in words behind it. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "daemon/report/svg_inner.h"

enum { PARAGRAPH_COLUMNS = 118, ANNOTATIONS_SHOWN = 12 };

const json_t *svg_get(const json_t *object, const char *key)
{
    return json_object_get(object, key);
}

const char *svg_str(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text == NULL ? "" : text;
}

size_t svg_int(const json_t *object, const char *key)
{
    json_int_t value = json_integer_value(json_object_get(object, key));
    return value < 0 ? 0 : (size_t)value;
}

void svg_put(const struct svg *svg, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (n > 0) buf_put(svg->out, text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1);
}

static void put_escaped(const struct svg *svg, const char *text, size_t n)
{
    for (const char *end = text + n; text < end; text++) {
        switch (*text) {
        case '<':
            buf_put_str(svg->out, "&lt;");
            break;
        case '>':
            buf_put_str(svg->out, "&gt;");
            break;
        case '&':
            buf_put_str(svg->out, "&amp;");
            break;
        default:
            /* XML knows no other control characters than these blanks. */
            if ((unsigned char)*text >= 0x20) {
                buf_put_u8(svg->out, (uint8_t)*text);
            } else {
                buf_put_u8(svg->out, ' ');
            }
        }
    }
}

void svg_put_escaped(const struct svg *svg, const char *text)
{
    put_escaped(svg, text, strlen(text));
}

/* How many bytes the first so many characters take. */
static size_t fit(const char *text, size_t columns)
{
    size_t n = 0;
    for (; text[n] != '\0'; n++) {
        if (((unsigned char)text[n] & 0xc0) == 0x80) continue;
        if (columns-- == 0) break;
    }
    return n;
}

void svg_put_text(const struct svg *svg, double x, double y, const char *css,
                  const char *anchor, const char *text, size_t columns)
{
    size_t n = fit(text, columns);
    svg_put(svg, "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\" text-anchor=\"%s\">", x, y, css,
            anchor);
    if (text[n] != '\0') {
        put_escaped(svg, text, fit(text, columns - 1));
        buf_put_str(svg->out, "…");
    } else {
        svg_put_escaped(svg, text);
    }
    buf_put_str(svg->out, "</text>\n");
}

void svg_put_paragraph(struct svg *svg, const char *css, const char *text)
{
    while (*text != '\0') {
        size_t n = fit(text, PARAGRAPH_COLUMNS), end = n;
        while (text[n] != '\0' && end > 0 && text[end] != ' ')
            end--;
        if (text[n] == '\0' || end == 0) end = n;
        svg_put(svg, "<text x=\"%d\" y=\"%.1f\" class=\"%s\">", 24, svg->y, css);
        put_escaped(svg, text, end);
        buf_put_str(svg->out, "</text>\n");
        svg->y += SVG_LINE;
        text += end + strspn(text + end, " ");
    }
}

/* ---- whose, and of what ---- */

static void whose(const struct svg *svg, char *out, size_t n)
{
    const json_t *of = svg_get(svg->chart, "of"), *measure = svg_get(svg->chart, "measure");
    const char *what = svg_str(of, "what"), *school = svg_str(svg_get(of, "school"), "name");
    const char *frequency = svg_str(measure, "frequency");
    if (strcmp(what, "network") == 0) {
        (void)snprintf(out, n, "The network, from what %zu schools publish",
                       svg_int(of, "schools"));
    } else if (strcmp(what, "all") == 0) {
        (void)snprintf(out, n, "All schools whose points are read here");
    } else {
        (void)snprintf(out, n, "%s", *school == '\0' ? "This school" : school);
    }
    size_t at = strlen(out);
    if (*frequency != '\0') (void)snprintf(out + at, n - at, " · by %s", frequency);
}

void svg_put_head(const struct svg *svg)
{
    const json_t *measure = svg_get(svg->chart, "measure");
    const char *top = svg_str(measure, "numerator"), *bottom = svg_str(measure, "denominator");
    char text[400];
    svg_put_text(svg, 24, 36, "title", "start", svg_str(measure, "name"), 70);
    whose(svg, text, sizeof(text));
    size_t at = strlen(text);
    if (*top != '\0' && *bottom != '\0') {
        (void)snprintf(text + at, sizeof(text) - at, " · %s, of %s", top, bottom);
    } else if (*svg_str(measure, "definition") != '\0') {
        (void)snprintf(text + at, sizeof(text) - at, " · %s", svg_str(measure, "definition"));
    }
    svg_put_text(svg, 24, 58, "muted", "start", text, 120);
}

/* ---- the table behind the picture ---- */

static void put_point(const struct svg *svg, const json_t *point)
{
    const char *state = svg_str(point, "state"), *suffix;
    suffix = svg_str(svg_get(svg->chart, "measure"), "suffix");
    if (strcmp(state, "given") == 0) {
        svg_put_escaped(svg, svg_str(point, "text"));
        buf_put_str(svg->out, suffix);
        if (svg_get(point, "denominator") != NULL) {
            svg_put(svg, " (%zu of %zu)", svg_int(point, "numerator"),
                    svg_int(point, "denominator"));
        }
    } else if (strcmp(state, "clamped") == 0) {
        svg_put_escaped(svg, svg_str(point, "text"));
    } else {
        buf_put_str(svg->out, strcmp(state, "suppressed") == 0 ? "suppressed" : "no data");
    }
}

void svg_put_desc(const struct svg *svg)
{
    const json_t *periods = svg_get(svg->chart, "periods");
    svg_put(svg, "<title id=\"t\">");
    svg_put_escaped(svg, svg_str(svg_get(svg->chart, "measure"), "name"));
    svg_put(svg, "</title>\n<desc id=\"d\">");
    for (size_t i = 0; i < svg->periods; i++) {
        svg_put_escaped(svg, svg_str(json_array_get(periods, i), "label"));
        for (size_t k = 0; k < json_array_size(svg->series); k++) {
            const json_t *series = json_array_get(svg->series, k);
            buf_put_str(svg->out, k == 0 ? ": " : "; ");
            svg_put_escaped(svg, svg_str(series, "label"));
            buf_put_u8(svg->out, ' ');
            put_point(svg, json_array_get(svg_get(series, "points"), i));
        }
        buf_put_str(svg->out, "\n");
    }
    svg_put(svg, "</desc>\n");
}

/* ---- what is said below ---- */

static void put_annotations(struct svg *svg)
{
    const json_t *list = svg_get(svg->chart, "annotations"), *periods;
    periods = svg_get(svg->chart, "periods");
    for (size_t i = 0; i < json_array_size(list) && i < ANNOTATIONS_SHOWN; i++) {
        const json_t *item = json_array_get(list, i), *cycle = svg_get(item, "cycle");
        const char *said = svg_str(item, "text"), *title = svg_str(cycle, "title");
        char text[420];
        (void)snprintf(text, sizeof(text), "(%zu) %s: %s%s%s", i + 1,
                       svg_str(json_array_get(periods, svg_int(item, "at")), "label"), said,
                       *said != '\0' && *title != '\0' ? ", " : "", title);
        svg_put_paragraph(svg, "said", text);
    }
}

/* What the rules say of a phase: signals each on a line of their own, the rest as a paragraph.
 */
static void put_phase(struct svg *svg, const json_t *phase, const char *title)
{
    const json_t *list = svg_get(phase, "say");
    char text[2400];
    if (json_array_size(list) == 0) return;
    (void)snprintf(text, sizeof(text), "%s%s", title, *title == '\0' ? "" : ":");
    for (size_t k = 0; k < json_array_size(list); k++) {
        const char *said = json_string_value(json_array_get(list, k));
        size_t at = strlen(text);
        if (said == NULL) continue;
        if (strncmp(said, "Signal", 6) == 0) {
            svg_put_paragraph(svg, "said signal-text", said);
        } else {
            (void)snprintf(text + at, sizeof(text) - at, "%s%s", at == 0 ? "" : " ", said);
        }
    }
    svg_put_paragraph(svg, "said", text);
    svg->y += 4;
}

static void put_phases(struct svg *svg, const json_t *series)
{
    const json_t *phases = svg_get(series, "phases"), *set = svg_get(svg->chart, "phases");
    size_t n = json_array_size(phases);
    for (size_t i = 0; i < n; i++) {
        const char *title = svg_str(json_array_get(set, i), "title");
        put_phase(svg, json_array_get(phases, i), n == 1 ? "" : title);
    }
}

/* Of several groups the last phase of each, with its n. */
static void put_groups(struct svg *svg)
{
    for (size_t k = 0; k < json_array_size(svg->series); k++) {
        const json_t *series = json_array_get(svg->series, k), *phases;
        char title[160];
        phases = svg_get(series, "phases");
        (void)snprintf(title, sizeof(title), "%.100s, n = %zu", svg_str(series, "label"),
                       svg_int(series, "n"));
        put_phase(svg, json_array_get(phases, json_array_size(phases) - 1), title);
    }
}

void svg_put_foot(struct svg *svg)
{
    const json_t *rules = svg_get(svg->chart, "rules"), *notes = svg_get(svg->chart, "notes");
    const json_t *first = json_array_get(svg->series, 0);
    char text[500];
    put_annotations(svg);
    svg->y += 6;
    if (svg_is_overlay(svg)) {
        put_groups(svg);
    } else {
        put_phases(svg, first);
    }
    for (size_t i = 0; i < json_array_size(notes); i++)
        svg_put_paragraph(svg, "said", json_string_value(json_array_get(notes, i)));
    if (first == NULL) return;
    (void)snprintf(text, sizeof(text), "n = %zu of %zu periods. Rules: %s.",
                   svg_int(first, "n"), svg->periods, svg_str(rules, "text"));
    svg_put_paragraph(svg, "small", text);
}
