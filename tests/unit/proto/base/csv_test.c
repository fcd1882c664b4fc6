#include "proto/base/csv.h"

#include "tests/support/tests.h"

static void open_text(struct csv *csv, const char *text)
{
    csv_init(csv, slice_of(text, strlen(text)));
}

/* Rows as "line:field|field", for comparing. */
static void assert_rows(const char *text, const char *expected)
{
    struct csv csv;
    struct csv_row row;
    struct arena arena = {0};
    struct buf out = {0};
    char number[21];
    open_text(&csv, text);
    while (csv_next(&csv, &arena, &row)) {
        (void)snprintf(number, sizeof(number), "%u:", row.line);
        buf_put_str(&out, number);
        for (size_t i = 0; i < row.n; i++) {
            if (i > 0) buf_put_str(&out, "|");
            buf_put_str(&out, row.fields[i]);
        }
        buf_put_str(&out, "\n");
    }
    if (csv.why != NULL) {
        (void)snprintf(number, sizeof(number), "%u! ", csv.line);
        buf_put_str(&out, number);
        buf_put_str(&out, csv.why);
    }
    buf_put_u8(&out, 0);
    assert_string_equal((const char *)out.data, expected);
    buf_fini(&out);
    arena_fini(&arena);
}

static void test_reading(void **state)
{
    (void)state;
    assert_rows("", "");
    assert_rows("a,b\n1,2\n", "1:a|b\n2:1|2\n");
    assert_rows("\xef\xbb\xbf"
                "a;b,c\r\n 1 ; 2\r\n",
                "1:a|b,c\n2:1|2\n");
    assert_rows("a\tb\n\n\n,\t", "1:a|b\n4:,|\n");
    assert_rows("\"a,1\",\"two\nlines\",\"q\"\"q\"\nlast", "1:a,1|two\nlines|q\"q\n3:last\n");
    assert_rows("a,,\n", "1:a||\n");
    assert_rows("\"x\" ,y", "1:x|y\n");
    assert_rows("one", "1:one\n");
    assert_rows("a   | b\n1,5 |  2 ", "1:a|b\n2:1,5|2\n");
}

static void test_wrong(void **state)
{
    (void)state;
    assert_rows("a,b\n\"c,d\n\n", "1:a|b\n2! a quotation mark is never closed");
    assert_rows("a,b\n\"c\"d,e", "1:a|b\n2! something stands after a closing quotation mark");
    assert_rows("\xff\xfe"
                "a",
                "1! the file is not UTF-8: save it as CSV in UTF-8");
    struct csv csv;
    struct csv_row row;
    struct arena arena = {0};
    csv_init(&csv, slice_of("a\0b", 3));
    assert_false(csv_next(&csv, &arena, &row));
    assert_string_equal(csv.why, "the file is no text");
    for (size_t n = CSV_FIELDS_MAX; n <= CSV_FIELDS_MAX + 1; n++) {
        char text[CSV_FIELDS_MAX + 2] = "";
        memset(text, ',', n - 1);
        open_text(&csv, text);
        assert_true(csv_next(&csv, &arena, &row) == (n == CSV_FIELDS_MAX));
    }
    arena_fini(&arena);
}

static void test_writing(void **state)
{
    (void)state;
    struct buf out = {0};
    csv_put_text(&out, true, "plain");
    csv_put_text(&out, false, "a,\"b\"");
    csv_put_text(&out, false, "=SUM(A1)");
    csv_put_text(&out, false, "-1+2");
    csv_put_text(&out, false, "@x,y");
    csv_put_text(&out, false, "'=x");
    csv_put_text(&out, false, "'x");
    csv_put_number(&out, false, "-1.5");
    csv_put_text(&out, false, "");
    csv_put_end(&out);
    buf_put_u8(&out, 0);
    assert_string_equal((const char *)out.data,
                        "plain,\"a,\"\"b\"\"\",'=SUM(A1),'-1+2,\"'@x,y\",''=x,'x,-1.5,\r\n");
    buf_fini(&out);
}

/* What is written is read back, but for the apostrophe. */
static void test_there_and_back(void **state)
{
    (void)state;
    static const char letters[] = "ab,;\"\n\t x";
    struct rng rng = {5};
    struct arena arena = {0};
    for (int round = 0; round < 500; round++) {
        struct buf out = {0};
        char fields[4][12] = {"h"};
        size_t n = 1 + rng_below(&rng, 4);
        csv_put_text(&out, true, "h,h"); /* says that the comma separates */
        csv_put_end(&out);
        for (size_t i = 0; i < n; i++) {
            size_t length = rng_below(&rng, 10);
            memset(fields[i], 0, sizeof(fields[i]));
            for (size_t k = 0; k < length; k++)
                fields[i][k] = letters[rng_below(&rng, sizeof(letters) - 1)];
            if (fields[i][0] == '\t') fields[i][0] = 'a';
            /* Blanks at the end of a field without quotes belong to no field. */
            if (length > 0 && fields[i][length - 1] == ' ') fields[i][length - 1] = 'b';
            csv_put_text(&out, i == 0, fields[i]);
        }
        csv_put_end(&out);
        struct csv csv;
        struct csv_row row;
        csv_init(&csv, slice_of((const char *)out.data + 7, out.len - 7));
        csv.separator = ',';
        bool some = csv_next(&csv, &arena, &row);
        if (n > 1 || fields[0][0] != '\0') {
            assert_true(some && row.n == n);
            for (size_t i = 0; i < n; i++)
                assert_string_equal(row.fields[i], fields[i]);
            assert_false(csv_next(&csv, &arena, &row));
            assert_null(csv.why);
        }
        buf_fini(&out);
        arena_reset(&arena);
    }
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reading), cmocka_unit_test(test_wrong),
        cmocka_unit_test(test_writing), cmocka_unit_test(test_there_and_back)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
