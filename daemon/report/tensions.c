#include "daemon/report/tensions.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/report/tally.h"
#include "proto/base/check.h"
#include "proto/record/ijson.h"

/* From the lowest to the highest value that was given: "1 – 4"; null when none was. */
static json_t *spread(const json_t *counts)
{
    size_t n = json_array_size(counts), first = n, last = 0;
    char text[32];
    for (size_t i = 0; i < n; i++) {
        if (json_integer_value(json_array_get(counts, i)) == 0) continue;
        if (first == n) first = i;
        last = i;
    }
    if (first == n) return json_null();
    (void)snprintf(text, sizeof(text), "%zu – %zu", first + 1, last + 1);
    return json_string(text);
}

static json_t *half(const json_t *middle)
{
    char text[32];
    if (!json_is_number(middle)) return json_null();
    (void)snprintf(text, sizeof(text), "%.1f", json_number_value(middle));
    return json_string(text);
}

static json_t *gap(const json_t *now, const json_t *should)
{
    char text[32];
    if (!json_is_number(now) || !json_is_number(should)) return json_null();
    (void)snprintf(text, sizeof(text), "%+.1f",
                   json_number_value(should) - json_number_value(now));
    return json_string(text);
}

/* The line of the same tension with the other side. */
static const json_t *line_of(const json_t *lines, const char *of, const char *side)
{
    size_t i;
    json_t *line;
    json_array_foreach((json_t *)(uintptr_t)lines, i, line)
    {
        if (strcmp(ijson_str(line, "of"), of) == 0 &&
            strcmp(ijson_str(line, "side"), side) == 0)
            return line;
    }
    return NULL;
}

static void put_line(const json_t *tally, const json_t *now, bool first, struct buf *out)
{
    const json_t *should =
        line_of(json_object_get(tally, "lines"), ijson_str(now, "of"), "should");
    const json_t *now_middle = json_object_get(now, "middle");
    const json_t *should_middle = json_object_get(should, "middle");
    json_t *row = json_pack("[s, o, o, o, o, o, O]", ijson_str(now, "label"), half(now_middle),
                            spread(json_object_get(now, "counts")), half(should_middle),
                            spread(json_object_get(should, "counts")),
                            gap(now_middle, should_middle), json_object_get(tally, "answers"));
    char *text = json_dumps(row, JSON_COMPACT);
    CHECK(text != NULL);
    buf_put_str(out, first ? "" : ",");
    buf_put_str(out, text);
    free(text);
    json_decref(row);
}

enum err tensions_rows(struct view_reader *reader, const struct report_options *options,
                       struct buf *out)
{
    struct buf text = {0};
    if (options->poles == NULL) return ERR_OK;
    enum err err = tally_poles(reader, options->poles, NULL, &text);
    json_t *tally =
        err == ERR_OK ? json_loadb((const char *)text.data, text.len, 0, NULL) : NULL;
    buf_fini(&text);
    size_t i, n = 0;
    json_t *line;
    if (json_integer_value(json_object_get(tally, "answers")) > 0) {
        json_array_foreach(json_object_get(tally, "lines"), i, line)
        {
            if (strcmp(ijson_str(line, "side"), "now") == 0)
                put_line(tally, line, n++ == 0, out);
        }
    }
    json_decref(tally);
    return err;
}
