/*
 * Tables of spreadsheets: any text is rows of text, or is refused with a sentence and a line;
 * what was read, written again, reads the same; and what is written begins no formula.
 */
#include "proto/base/csv.h"
#include "proto/base/text.h"
#include "tests/fuzz/fuzz.h"

static bool begins_formula(const char *field)
{
    return *field != '\0' && strchr("=+-@\t\r", *field) != NULL;
}

/* One row, written with a first row that says which separator there is, and read again. */
static void again(const struct csv_row *row, struct arena *arena)
{
    struct buf out = {0};
    struct csv csv;
    struct csv_row back;
    csv_put_text(&out, true, "a");
    csv_put_text(&out, false, "b");
    csv_put_end(&out);
    size_t begin = out.len;
    for (size_t i = 0; i < row->n; i++)
        csv_put_text(&out, i == 0, row->fields[i]);
    csv_put_end(&out);
    csv_init(&csv, buf_slice(&out));
    FUZZ_CHECK(csv.separator == ',' && csv_next(&csv, arena, &back) && back.n == 2);
    bool some = csv_next(&csv, arena, &back);
    if (out.len == begin + 2) { /* one empty field is an empty line */
        FUZZ_CHECK(!some && csv.why == NULL);
    } else {
        FUZZ_CHECK(some && back.n == row->n);
    }
    for (size_t i = 0; i < row->n && some; i++) {
        bool formula = csv_begins_formula(row->fields[i]);
        FUZZ_CHECK(!begins_formula(back.fields[i]));
        const char *end = row->fields[i] + strlen(row->fields[i]);
        /* Blanks at the end of what needed no quotes belong to no field. */
        bool trimmed = end > row->fields[i] && end[-1] == ' ';
        FUZZ_CHECK(trimmed || strcmp(back.fields[i] + formula, row->fields[i]) == 0);
    }
    buf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct csv csv;
    struct csv_row row;
    struct arena arena = {0};
    unsigned line = 0;
    csv_init(&csv, slice_of(data, n));
    while (csv_next(&csv, &arena, &row)) {
        FUZZ_CHECK(row.n > 0 && row.n <= CSV_FIELDS_MAX && row.line > line);
        line = row.line;
        for (size_t i = 0; i < row.n; i++) {
            const char *field = row.fields[i];
            FUZZ_CHECK(text_is_utf8(slice_of(field, strlen(field))));
        }
        again(&row, &arena);
    }
    if (csv.why == NULL) FUZZ_CHECK(csv.p == csv.end);
    if (csv.why != NULL) FUZZ_CHECK(csv.line >= line && strlen(csv.why) > 10);
    arena_fini(&arena);
    return 0;
}

void fuzz_seeds(fuzz_put_fn put, void *ctx)
{
    static const char *const seeds[] = {
        "period,group,numerator,denominator\r\n2026-09-01,Girls,50,120\r\n",
        "period;all;Girls\n2026-09;50/120;20 of 60\n\n2026-10;41,7;-\n",
        "\xef\xbb\xbfmonth\tall\n\"2026-09\"\t\"50\"\"\"\n",
        "period     | all students | Girls\n2026-08-01 | 74/116       | 38/59\n",
        "\"a\nb\",=1+1,'x\n",
        "\"never closed\n",
        "\"closed\"x,\n",
        "a,,\n,",
        "\xff\xfe",
        "\r\r\n"};
    for (size_t i = 0; i < sizeof(seeds) / sizeof(*seeds); i++)
        put(ctx, slice_of(seeds[i], strlen(seeds[i])));
}
