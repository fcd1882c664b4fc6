/*
 * Spreadsheets: any bytes, with anything said about them, are a table, a question or a
 * sentence. What is understood holds: sections that have no problem are valid by the schema;
 * every problem has a line and a text; what was remembered is understood again; the same bytes
 * give the same records. What we write as a table is read back as it was.
 */
#include <jansson.h>

#include "daemon/sheet/sheet.h"
#include "daemon/sheet/write.h"
#include "proto/base/csv.h"
#include "proto/record/ijson.h"
#include "tests/fuzz/fuzz.h"

static struct schema_set *embedded(void)
{
    static struct schema_set *set;
    if (set == NULL) set = schema_set_new();
    return set;
}

static void check_lines(const struct sheet *sheet)
{
    for (size_t i = 0; i < sheet->n; i++) {
        const struct sheet_line *line = &sheet->lines[i];
        struct schema_problem problem;
        FUZZ_CHECK(line->line > 0 && line->source != NULL);
        if (json_array_size(line->problems) == 0) {
            FUZZ_CHECK(schema_validate(sheet->schema, line->sections, SCHEMA_WHOLE, &problem) ==
                       ERR_OK);
        }
        for (size_t k = 0; k < json_array_size(line->problems); k++) {
            const json_t *of = json_array_get(line->problems, k);
            FUZZ_CHECK(json_integer_value(json_object_get(of, "line")) > 0);
            FUZZ_CHECK(json_string_length(json_object_get(of, "text")) > 0);
        }
    }
}

static bool same(const struct sheet *a, const struct sheet *b)
{
    if (a->n != b->n || strcmp(a->key, b->key) != 0) return false;
    for (size_t i = 0; i < a->n; i++) {
        if (!json_equal(a->lines[i].sections, b->lines[i].sections)) return false;
        if (strcmp(a->lines[i].source, b->lines[i].source) != 0) return false;
    }
    return true;
}

/* Read once more, with what was remembered and nothing said but what memory does not keep. */
static void read_again(const struct sheet_ask *before, const struct sheet *sheet)
{
    struct sheet again;
    struct spread_problem problem;
    json_t *memory = json_object(), *said = json_object();
    static const char *const kept[] = {"encoding", "delimiter", "set"};
    for (size_t i = 0; i < 3; i++) {
        json_t *value = json_object_get(before->said, kept[i]);
        if (value != NULL) json_object_set(said, kept[i], value);
    }
    json_object_set(memory, sheet->key, sheet->remember);
    struct sheet_ask ask = {
        .bytes = before->bytes, .schemas = before->schemas, .said = said, .remembered = memory};
    enum err err = sheet_read(&again, &ask, &problem);
    if (err != ERR_OK) fuzz_fail(problem.text, __FILE__, __LINE__);
    FUZZ_CHECK(same(sheet, &again));
    sheet_fini(&again);
    json_decref(memory);
    json_decref(said);
}

static void fuzz_file(struct fuzz_in *in)
{
    struct slice text = fuzz_part(in);
    json_t *said = NULL;
    if (ijson_decode(text, LIMIT_BODY_BYTES, &said, NULL) != ERR_OK) said = NULL;
    struct sheet_ask ask = {.bytes = fuzz_rest(in), .schemas = embedded(), .said = said};
    struct sheet sheet;
    struct spread_problem problem = {0};
    enum err err = sheet_read(&sheet, &ask, &problem);
    if (err != ERR_OK) {
        FUZZ_CHECK(problem.text[0] != '\0');
    } else {
        FUZZ_CHECK(json_is_object(sheet.about));
        if (sheet.schema != NULL) {
            check_lines(&sheet);
            read_again(&ask, &sheet);
        }
        sheet_fini(&sheet);
    }
    json_decref(said);
}

/* Cells of any text: written, read, and no cell of ours begins a formula. */
static void fuzz_cells(struct fuzz_in *in)
{
    struct buf out = {0};
    char *cells[8];
    size_t n = 0;
    while (n < 8 && fuzz_more(in)) {
        struct slice part = fuzz_take(in, fuzz_below(in, 40));
        char *cell = mem_zalloc(part.n + 1);
        size_t len = 0;
        for (size_t i = 0; i < part.n; i++) {
            /* Ends and returns are the reader's to change. */
            if (part.p[i] > ' ' && part.p[i] < 0x7f) cell[len++] = (char)part.p[i];
        }
        if (len == 0) cell[len++] = 'x';
        cells[n++] = cell;
    }
    for (size_t i = 0; i < n; i++) {
        size_t at = out.len + (i > 0);
        csv_put_text(&out, i == 0, cells[i]);
        FUZZ_CHECK(strchr("=+-@\t\r", out.data[at + (out.data[at] == '"')]) == NULL);
    }
    csv_put_end(&out);
    struct spread back;
    struct spread_problem problem;
    struct spread_options options = {.delimiter = ','};
    if (n > 0) {
        FUZZ_CHECK(spread_read(&back, buf_slice(&out), &options, &problem) == ERR_OK);
        FUZZ_CHECK(back.n == 1 && back.rows[0].n == n);
        for (size_t i = 0; i < n; i++)
            FUZZ_CHECK(strcmp(back.rows[0].cells[i], cells[i]) == 0);
        spread_fini(&back);
    }
    for (size_t i = 0; i < n; i++)
        free(cells[i]);
    buf_fini(&out);
}

/* A record of anything as a row: as many cells as its header has. */
static void fuzz_write(struct fuzz_in *in)
{
    struct schema_set *set = embedded();
    size_t at = fuzz_below(in, schema_set_count(set) + 1);
    const struct schema *schema = at == schema_set_count(set) ? NULL : schema_set_at(set, at);
    json_t *sections = NULL;
    if (ijson_decode(fuzz_rest(in), LIMIT_BODY_BYTES, &sections, NULL) != ERR_OK ||
        !json_is_object(sections)) {
        json_decref(sections);
        sections = json_object();
    }
    json_t *item = json_pack("{s:s, s:o}", "id", "00", "sections", sections);
    struct buf out = {0};
    struct spread back;
    struct spread_problem problem;
    write_header(&out, schema);
    write_row(&out, schema, item);
    enum err err =
        spread_read(&back, buf_slice(&out), &(struct spread_options){.delimiter = ','}, &problem);
    if (err == ERR_OK) {
        FUZZ_CHECK(back.n == 2 && back.rows[0].n == back.rows[1].n);
        spread_fini(&back);
    } else {
        FUZZ_CHECK(err == ERR_TOO_BIG);
    }
    buf_fini(&out);
    json_decref(item);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct fuzz_in in = fuzz_in_of(data, n);
    switch (fuzz_u8(&in) % 4) {
    case 0:
        fuzz_cells(&in);
        break;
    case 1:
        fuzz_write(&in);
        break;
    default:
        fuzz_file(&in);
        break;
    }
    return 0;
}

static void put_file(fuzz_put_fn put, void *ctx, const char *said, const char *file, size_t n)
{
    struct buf seed = {0};
    buf_put_u8(&seed, 2);
    buf_put_u16(&seed, (uint16_t)strlen(said));
    buf_put_str(&seed, said);
    buf_put(&seed, file, n);
    put(ctx, buf_slice(&seed));
    buf_fini(&seed);
}

void fuzz_seeds(fuzz_put_fn put, void *ctx)
{
    static const char *const said[] = {
        "{}",
        "{\"type\":\"cycle\"}",
        "{\"type\":\"cycle\",\"dates\":\"dmy\",\"decimal\":\",\"}",
        "{\"type\":\"point\",\"set\":{\"head.measure\":\"x\"}}",
        "{\"type\":\"idea\",\"columns\":{\"A\":\"head.title\",\"B\":\"\"}}",
        "{\"encoding\":\"windows-1252\",\"delimiter\":\";\"}",
    };
    static const char *const files[] = {
        "Title,Start,Question,Prediction\nA,3/4/2026,q,p\nB,14/03/2026,,\n",
        "A;B\n\"x;\"\"y\";z\n",
        "sep=;\r\nT\xedtulo;Fecha\r\nUno;14 de marzo de 2026\r\n",
        "PDSA,\nTitle,One,Two\nQuestion 1,a,b\nPrediction 1,c,d\nDecision,adopt,adaptar\n",
        "Month\tNumerator\tDenominator\tValue\nMar-26\t1,234\t48\t12.5 %\n",
        "Title,Observations,For whom,Tasks 1: What,Tasks 1: Who\nA,\"- x\n- y\n1. z\",\"a; b\","
        "w,v\n",
        "record,kith state,Title\n00112233445566778899aabbccddeeff,done,=1+1\n",
        "Title,Number,Start\nA,x,soon\n,1,\n",
        "\xef\xbb\xbf"
        "Title|Aim|Carried out as planned\nA|b|en parte\n",
    };
    static const char wide[] = "\xff\xfeT\0i\0t\0l\0e\0\t\0N\0o\0t\0e\0\n\0A\0\t\0\xf1\0";
    for (size_t s = 0; s < sizeof(said) / sizeof(said[0]); s++) {
        for (size_t f = 0; f < sizeof(files) / sizeof(files[0]); f++)
            put_file(put, ctx, said[s], files[f], strlen(files[f]));
        put_file(put, ctx, said[s], wide, sizeof(wide) - 1);
    }
    for (uint8_t i = 0; i <= schema_set_count(embedded()); i++) {
        struct buf seed = {0};
        buf_put_u8(&seed, 1);
        buf_put_u8(&seed, i);
        buf_put_str(&seed, "{\"head\":{\"title\":\"=a,\\\"b\\n\",\"team\":[\"x\",\"-y\"]},"
                           "\"plan\":{\"questions\":[{\"id\":\"1\",\"question\":\"q\"},{}]}}");
        put(ctx, buf_slice(&seed));
        buf_fini(&seed);
        /* Its own headers, and a line of nothing much. */
        struct buf header = {0};
        buf_put_u8(&header, 2);
        buf_put_u16(&header, 2);
        buf_put_str(&header, "{}");
        if (i < schema_set_count(embedded())) {
            write_header(&header, schema_set_at(embedded(), i));
        }
        buf_put_str(&header, ",,,,,,,A,2026-03-02,yes,4,x\n");
        put(ctx, buf_slice(&header));
        buf_fini(&header);
    }
    for (uint8_t i = 0; i < 90; i++) {
        uint8_t cells[12] = {0, 3, '=', i, '"', 4, '\'', '-', i, ',', 2, '@'};
        put(ctx, slice_of(cells, sizeof(cells)));
    }
}
