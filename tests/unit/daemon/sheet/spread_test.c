/* Tables as text: what spreadsheets write is read, what is written reads back. */
#include "tests/support/tests.h"

#include "daemon/sheet/spread.h"
#include "proto/base/csv.h"
#include "proto/base/text.h"

static struct spread cells;
static struct spread_problem problem;

static enum err read_as(const char *bytes, size_t n, enum spread_encoding encoding)
{
    struct spread_options options = {.encoding = encoding};

    return spread_read(&cells, slice_of(bytes, n), &options, &problem);
}

/* "a|b/c|d": cells by |, rows by /, a row's line where it is not the next. */
static void expect(const char *bytes, const char *expected)
{
    struct buf out = {0};

    assert_ok(read_as(bytes, strlen(bytes), SPREAD_AUTO));
    for (size_t r = 0; r < cells.n; r++) {
        if (r > 0) buf_put_u8(&out, '/');
        for (size_t c = 0; c < cells.rows[r].n; c++) {
            if (c > 0) buf_put_u8(&out, '|');
            buf_put_str(&out, cells.rows[r].cells[c]);
        }
    }
    buf_put_u8(&out, 0);
    assert_string_equal((const char *)out.data, expected);
    buf_fini(&out);
}

static void done(void)
{
    spread_fini(&cells);
}

static void it_reads_what_spreadsheets_write(void **state)
{
    static const struct {
        const char *bytes, *cells;
        char delimiter;
    } rows[] = {
        {"a,b\n1,2\n", "a|b/1|2", ','},
        {"a;b\r\n1,5;2\r\n", "a|b/1,5|2", ';'},
        {"a\tb\r1\t2\r", "a|b/1|2", '\t'},
        {"a|b\n1|2", "a|b/1|2", '|'},
        {"sep=;\r\na;b,c\r\n", "a|b,c", ';'},
        {"\xef\xbb\xbf"
         "a,b\n1,2\n",
         "a|b/1|2", ','},
        {"\"a\"\"b\",\" c \"\n\"x\ny\",\"z\r\nw\"\n", "a\"b|c/x\ny|z\nw", ','},
        {"a, b ,\xc2\xa0"
         "c\n,,\n\n1,,3\n",
         "a|b|c/1||3", ','},
        {"a,b\n1,say \"hi\"\n", "a|b/1|say \"hi\"", ','},
        {"'=1+1,'-x,'a,''=b\n", "=1+1|-x|'a|'=b", ','},
        {"one\ntwo\n", "one/two", ','},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        expect(rows[i].bytes, rows[i].cells);
        assert_int_equal(cells.delimiter, rows[i].delimiter);
        done();
    }
}

static void a_row_knows_its_line(void **state)
{
    (void)state;
    expect("h\n\n\"a\nb\"\nc\n", "h/a\nb/c");
    assert_int_equal(cells.rows[0].line, 1);
    assert_int_equal(cells.rows[1].line, 3);
    assert_int_equal(cells.rows[2].line, 5);
    done();
}

static void it_tells_encodings_apart(void **state)
{
    static const char utf16[] = "\xff\xfe"
                                "a\0\t\0\xf1\0\n\0"
                                "=\xd8\x42\xdd\t\0"
                                "b\0";

    (void)state;
    expect("a\xf1o,\x93hi\x94\n", "año|“hi”");
    assert_int_equal(cells.encoding, SPREAD_W1252);
    assert_true(cells.guessed);
    done();
    expect("a\xc3\xb1o,b\n", "año|b");
    assert_int_equal(cells.encoding, SPREAD_UTF8);
    assert_false(cells.guessed);
    done();
    assert_ok(read_as(utf16, sizeof(utf16) - 1, SPREAD_AUTO));
    assert_int_equal(cells.encoding, SPREAD_UTF16);
    assert_string_equal(cells.rows[0].cells[1], "ñ");
    assert_string_equal(cells.rows[1].cells[0], "\xf0\x9f\x95\x82");
    done();
    /* A person's word goes before what it looks like. */
    assert_ok(read_as("a\xc3\xb1o,b\n", 7, SPREAD_W1252));
    assert_string_equal(cells.rows[0].cells[0], "aÃ±o");
    assert_false(cells.guessed);
    done();
    assert_err(ERR_MALFORMED, read_as("a\xf1o\n", 4, SPREAD_UTF8));
}

static void fails(const char *bytes, size_t n, enum err err, size_t line, const char *says)
{
    assert_err(err, read_as(bytes, n, SPREAD_AUTO));
    assert_int_equal(problem.line, line);
    if (strstr(problem.text, says) == NULL) fail_msg("%s", problem.text);
}

static void what_is_no_table_is_refused(void **state)
{
    char *wide = mem_zalloc(SPREAD_COLUMNS_MAX + 3), *big = mem_zalloc(SPREAD_BYTES_MAX + 1);
    struct buf rows = {0};

    (void)state;
    fails("", 0, ERR_MALFORMED, 0, "nothing in this file");
    fails(" \n,,\n", 5, ERR_MALFORMED, 0, "nothing in this file");
    fails("a,b\n\"open\nmore\n", 15, ERR_MALFORMED, 2, "does not end");
    fails("PK\x03\x04zzzz", 8, ERR_MALFORMED, 0, "Save as, CSV");
    fails("a\0b,c\n", 6, ERR_MALFORMED, 0, "no text");

    memset(wide, ',', SPREAD_COLUMNS_MAX);
    wide[SPREAD_COLUMNS_MAX - 1] = 'a';
    assert_ok(read_as(wide, SPREAD_COLUMNS_MAX, SPREAD_AUTO));
    assert_int_equal(cells.columns, SPREAD_COLUMNS_MAX);
    done();
    wide[SPREAD_COLUMNS_MAX - 1] = ',';
    wide[SPREAD_COLUMNS_MAX] = 'a';
    fails(wide, SPREAD_COLUMNS_MAX + 1, ERR_TOO_BIG, 1, "256 cells");

    memset(big, 'x', SPREAD_BYTES_MAX + 1);
    fails(big, SPREAD_BYTES_MAX + 1, ERR_TOO_BIG, 0, "4 MiB");
    fails(big, SPREAD_CELL_BYTES_MAX + 1, ERR_TOO_BIG, 1, "32 KiB");
    assert_ok(read_as(big, SPREAD_CELL_BYTES_MAX, SPREAD_AUTO));
    done();

    for (size_t i = 0; i < SPREAD_ROWS_MAX; i++)
        buf_put_str(&rows, "a,b\n");
    assert_ok(read_as((const char *)rows.data, rows.len, SPREAD_AUTO));
    done();
    buf_put_str(&rows, "a,b\n");
    fails((const char *)rows.data, rows.len, ERR_TOO_BIG, SPREAD_ROWS_MAX + 1, "2000 records");
    buf_fini(&rows);
    free(wide);
    free(big);
}

/* What is written reads back, whatever it is; and no cell begins a formula. */
static void what_is_written_reads_back(void **state)
{
    static const char letters[] = "=+-@'\",;|\n \tab\xc3\xb1"
                                  "1";
    struct rng rng;
    struct env env = tests_env(&rng);

    (void)state;
    for (int round = 0; round < 3000; round++) {
        char text[9], second[] = "x";
        uint8_t random[8];
        struct buf out = {0};
        size_t n = 0;

        env_random(&env, random, sizeof(random));
        for (size_t i = 0; i < 8; i++) {
            char c = letters[random[i] % (sizeof(letters) - 1)];

            if ((uint8_t)c < 0x80 && c != '|') text[n++] = c;
        }
        /* Spaces at the ends are the reader's to drop. */
        while (n > 0 && strchr(" \t\n", text[n - 1]) != NULL)
            n--;
        text[n] = '\0';
        if (n == 0 || strchr(" \n", text[0]) != NULL || text[0] == '\t') continue;
        csv_put_text(&out, true, text);
        csv_put_text(&out, false, second);
        csv_put_end(&out);
        assert_null(memchr("=+-@\t\r", out.data[out.data[0] == '"'], 6));
        assert_ok(spread_read(&cells, buf_slice(&out),
                              &(struct spread_options){.delimiter = ','}, &problem));
        assert_int_equal(cells.n, 1);
        assert_int_equal(cells.rows[0].n, 2);
        assert_string_equal(cells.rows[0].cells[0], text);
        done();
        buf_fini(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_reads_what_spreadsheets_write),
        cmocka_unit_test(a_row_knows_its_line),
        cmocka_unit_test(it_tells_encodings_apart),
        cmocka_unit_test(what_is_no_table_is_refused),
        cmocka_unit_test(what_is_written_reads_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
