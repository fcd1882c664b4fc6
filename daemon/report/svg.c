#include "daemon/report/svg.h"

#include <string.h>

#include "daemon/report/svg_inner.h"

/* Seven colours that differ in lightness too, for eyes that do not tell them apart by hue. */
static const char style[] =
    "<style>\n"
    "text{font:13px system-ui,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;fill:#22262b}\n"
    ".ground{fill:#fff}\n"
    ".title{font-size:20px;font-weight:600}\n"
    ".muted,.tick{fill:#646b74}.tick{font-size:12px}.year{font-weight:600}\n"
    ".said{font-size:13px}.small{font-size:11.5px;fill:#646b74}\n"
    ".signal-text{font-weight:600}\n"
    ".grid{stroke:#e7e9ec;fill:none}\n"
    ".phase{stroke:#9aa1a9;stroke-dasharray:2 4;fill:none}\n"
    ".phase-text{font-size:12px;fill:#4a5058;font-weight:600}\n"
    ".median{stroke:#646b74;stroke-width:1.5;fill:none}.frozen{stroke-dasharray:7 3}\n"
    ".median-text,.goal-text,.phase-text{paint-order:stroke;stroke:#fff;stroke-width:4px}\n"
    ".median-text{font-size:12px;fill:#4a5058}\n"
    ".limit{stroke:#9aa1a9;stroke-dasharray:1 3;fill:none}\n"
    ".goal{stroke:#2b8a57;stroke-dasharray:9 4;fill:none}\n"
    ".goal-text{font-size:12px;fill:#1f7046}\n"
    ".way{fill:none;stroke-width:2;stroke-linejoin:round}\n"
    ".over{stroke-width:1.2;stroke-dasharray:1 4;stroke-linecap:round}\n"
    ".dot{stroke:#fff;stroke-width:1}\n"
    ".marked{fill:#d9601a!important}\n"
    ".hidden{fill:none;stroke-width:1.4}\n"
    ".band{stroke-width:5;stroke-opacity:.45;stroke-linecap:round;fill:none}\n"
    ".mark{fill:#22262b}.mark-text{font-size:10.5px;fill:#fff;font-weight:600}\n"
    ".name{font-size:13px;font-weight:600}\n"
    ".gap{fill:#c9ced5}\n"
    ".c0{stroke:#1f6fb2}.c1{stroke:#c2570c}.c2{stroke:#2b8a57}.c3{stroke:#a8456f}\n"
    ".c4{stroke:#7a6a12}.c5{stroke:#5a55b0}.c6{stroke:#4a5058}\n"
    ".dot.c0,.n0{fill:#1f6fb2}.dot.c1,.n1{fill:#c2570c}.dot.c2,.n2{fill:#2b8a57}\n"
    ".dot.c3,.n3{fill:#a8456f}.dot.c4,.n4{fill:#7a6a12}.dot.c5,.n5{fill:#5a55b0}\n"
    ".dot.c6,.n6{fill:#4a5058}.dot{stroke:#fff}\n"
    "@media (prefers-color-scheme:dark){\n"
    "text{fill:#e4e6ea}.ground{fill:#15181c}\n"
    ".muted,.tick,.small{fill:#9aa3ad}.phase-text,.median-text{fill:#b9c0c8}\n"
    ".median-text,.goal-text,.phase-text{stroke:#15181c}\n"
    ".grid{stroke:#2a2f36}.phase,.limit{stroke:#6b737d}.median{stroke:#9aa3ad}\n"
    ".goal{stroke:#58b985}.goal-text{fill:#6cc795}.gap{fill:#3a4048}\n"
    ".mark{fill:#e4e6ea}.mark-text{fill:#15181c}.marked{fill:#ff9a4d!important}\n"
    ".c0{stroke:#5ea9e6}.c1{stroke:#f08a45}.c2{stroke:#58b985}.c3{stroke:#e082ab}\n"
    ".c4{stroke:#c9b445}.c5{stroke:#9d98ee}.c6{stroke:#b9c0c8}\n"
    ".dot.c0,.n0{fill:#5ea9e6}.dot.c1,.n1{fill:#f08a45}.dot.c2,.n2{fill:#58b985}\n"
    ".dot.c3,.n3{fill:#e082ab}.dot.c4,.n4{fill:#c9b445}.dot.c5,.n5{fill:#9d98ee}\n"
    ".dot.c6,.n6{fill:#b9c0c8}.dot{stroke:#15181c}}\n"
    "</style>\n";

double svg_x(const struct svg *svg, size_t place)
{
    double inset = 18, width = SVG_RIGHT - SVG_LEFT - 2 * inset;
    if (svg->periods < 2) return SVG_LEFT + inset + width / 2;
    return SVG_LEFT + inset + width * (double)place / (double)(svg->periods - 1);
}

double svg_y(const struct svg *svg, double value)
{
    return SVG_BOTTOM - (value - svg->low) / (svg->high - svg->low) * (SVG_BOTTOM - SVG_TOP);
}

bool svg_is_overlay(const struct svg *svg)
{
    return json_array_size(svg->series) > 1;
}

/* ---- from where to where ---- */

static void reach(struct svg *svg, bool *some, const json_t *value)
{
    if (!json_is_number(value)) return;
    double here = json_number_value(value);
    if (!*some || here < svg->low) svg->low = here;
    if (!*some || here > svg->high) svg->high = here;
    *some = true;
}

static void reach_series(struct svg *svg, bool *some, const json_t *series)
{
    const json_t *points = svg_get(series, "points"), *phases = svg_get(series, "phases");
    for (size_t i = 0; i < json_array_size(points); i++) {
        const json_t *point = json_array_get(points, i);
        reach(svg, some, svg_get(point, "value"));
        reach(svg, some, svg_get(point, "low"));
        reach(svg, some, svg_get(point, "high"));
    }
    for (size_t i = 0; i < json_array_size(phases) && !svg_is_overlay(svg); i++) {
        const json_t *phase = json_array_get(phases, i), *limits = svg_get(phase, "limits");
        reach(svg, some, svg_get(phase, "centre"));
        for (size_t k = 0; k < json_array_size(limits); k++) {
            reach(svg, some, json_array_get(json_array_get(limits, k), 0));
            reach(svg, some, json_array_get(json_array_get(limits, k), 1));
        }
    }
}

/* Round steps of 1, 2 or 5, four to eight of them, around all that is drawn. */
static void scale(struct svg *svg)
{
    bool some = false;
    const json_t *measure = svg_get(svg->chart, "measure");
    bool percent = strcmp(svg_str(measure, "unit"), "percent") == 0;
    for (size_t k = 0; k < json_array_size(svg->series); k++)
        reach_series(svg, &some, json_array_get(svg->series, k));
    if (some) reach(svg, &some, svg_get(svg_get(measure, "goal"), "value"));
    if (!some) svg->high = percent ? 100 : 10;
    double span = svg->high - svg->low, low, step = 1e-6;
    if (span <= 0) span = svg->high == 0 ? 1 : svg->high < 0 ? -svg->high : svg->high;
    low = svg->low - span * 0.08;
    if (svg->low >= 0 && (low < 0 || svg->low < span)) low = 0;
    span = svg->high + span * 0.08 - low;
    static const double factors[] = {2, 2.5, 2};
    for (int i = 0; step * 6 < span; i++)
        step *= factors[i % 3];
    svg->step = step;
    svg->low = (double)(long long)(low / step) * step;
    if (svg->low > low) svg->low -= step;
    double high = svg->low + span;
    svg->high = svg->low;
    while (svg->high < high - step / 1000)
        svg->high += step;
    if (percent && svg->high > 100 && svg->low >= 0) svg->high = 100;
    svg->places = 0;
    for (double s = step; s < 0.999 && svg->places < 6; s *= 10)
        svg->places++;
}

/* ---- the whole ---- */

static void draw_body(struct svg *svg)
{
    svg_put_head(svg);
    svg_put_grid(svg);
    svg_put_phases(svg);
    svg_put_series(svg);
    svg_put_marks(svg);
    svg->y = SVG_BOTTOM + 66;
    svg_put_gap(svg);
    svg_put_foot(svg);
}

void svg_draw(const json_t *chart, struct buf *out)
{
    struct buf body = {0};
    struct svg svg = {.out = &body, .chart = chart, .series = svg_get(chart, "series")};
    svg.periods = json_array_size(svg_get(chart, "periods"));
    scale(&svg);
    draw_body(&svg);
    svg.out = out;
    svg_put(&svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %.0f\" role=\"img\""
            " aria-labelledby=\"t d\">\n",
            SVG_WIDTH, svg.y + 8);
    svg_put_desc(&svg);
    buf_put_str(out, style);
    svg_put(&svg, "<rect class=\"ground\" width=\"100%%\" height=\"100%%\"/>\n");
    buf_put(out, body.data, body.len);
    buf_put_str(out, "</svg>\n");
    buf_fini(&body);
}
