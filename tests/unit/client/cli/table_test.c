#include "client/cli/table.h"

#include "tests/unit/client/cli/fake.h"

static const struct table_column columns[] = {
    {"id", 0, TABLE_LEFT},      {"title", 16, TABLE_LEFT}, {"school", 8, TABLE_LEFT},
    {"nothing", 0, TABLE_LEFT}, {"count", 0, TABLE_RIGHT},
};

static void rows_fit_the_terminal_and_keep_their_columns(void **state)
{
    (void)state;
    static const char *const rows[][5] = {
        {"4fa21c",
         "Hold the first parent night a month earlier, with childcare and food for all",
         "Lincoln High School", "", "3"},
        {"7be02a", "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe3\x81\xae\xe9\xa1\x8c\xe5\x90\x8d",
         "Roosevelt", "", "12"},
        {"90aa10", "Evil \x1b[2J\x1b]0;x\x07 title\nof two lines",
         "Washington Middle School of"
         " the Arts and Sciences",
         "", "1234"},
    };
    char *text = NULL;
    size_t n;
    FILE *file = open_memstream(&text, &n);
    struct term term;
    struct table table;
    term_init(&term, file);
    table_init(&table, columns, 5);
    for (size_t i = 0; i < 15; i++)
        table_put(&table, TERM_PLAIN, rows[i / 5][i % 5]);
    assert_int_equal(table_rows(&table), 3);
    table_write(&table, &term);
    table_fini(&table);
    term_fini(&term);
    fclose(file);
    assert_calm(text);
    assert_null(strstr(text, "nothing")); /* a column without content is left out */
    assert_golden("table.txt", text);
    free(text);
}

/* A school's name is read before a title: the titles stand on two lines first. */
static void titles_give_way_before_texts(void **state)
{
    (void)state;
    static const struct table_column wide[] = {
        {"School", 10, TABLE_LEFT},
        {"With a prediction", 5, TABLE_RIGHT},
        {"Predictions judged", 5, TABLE_RIGHT},
        {"Share that matched them", 5, TABLE_RIGHT},
    };
    static const char *const cells[] = {"Washington High School", "12", "7", "58.3 %"};
    char *text = NULL;
    size_t n;
    FILE *file = open_memstream(&text, &n);
    struct term term;
    struct table table;
    term_init(&term, file);
    table_init(&table, wide, 4);
    for (size_t i = 0; i < 4; i++)
        table_put(&table, TERM_PLAIN, cells[i]);
    table_write(&table, &term);
    table_fini(&table);
    term_fini(&term);
    fclose(file);
    assert_non_null(strstr(text, "  Washington High School  "));
    free(text);
}

static void an_empty_table_is_silent(void **state)
{
    (void)state;
    char *text = NULL;
    size_t n;
    FILE *file = open_memstream(&text, &n);
    struct term term;
    struct table table;
    term_init(&term, file);
    table_init(&table, columns, 5);
    table_write(&table, &term);
    table_fini(&table);
    term_fini(&term);
    fclose(file);
    assert_int_equal(n, 0);
    free(text);
}

static void paragraphs_wrap_under_themselves(void **state)
{
    (void)state;
    char *text = NULL;
    size_t n;
    FILE *file = open_memstream(&text, &n);
    struct term term;
    term_init(&term, file);
    term_heading(&term, "Plan");
    term_field(&term, "Objective",
               "To find out whether families who work late come when the "
               "evening is a month earlier and childcare is offered.\nAlso: why.");
    term_field(&term, "Nothing", "");
    term_gap(&term);
    term_gap(&term);
    term_next(&term, "Next: %s", "kith cycle do 4fa21c");
    term_fini(&term);
    fclose(file);
    assert_golden("paragraphs.txt", text);
    free(text);
}

static void colour_is_only_for_terminals_that_want_it(void **state)
{
    (void)state;
    char *text = NULL;
    size_t n;
    FILE *file = open_memstream(&text, &n);
    struct term term;
    term_init(&term, file);
    assert_false(term.colour);
    assert_int_equal(term.width, 80);
    term.colour = true; /* as on a terminal */
    term_addf(&term, TERM_GOOD, "\x1b[5mDone");
    term_add(&term, TERM_PLAIN, " it");
    term_end(&term, 0, 0);
    term_fini(&term);
    fclose(file);
    assert_string_equal(text, "\x1b[32m\xef\xbf\xbd[5mDone\x1b[0m it\n");
    free(text);
}

int main(void)
{
    unsetenv("COLUMNS");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_fit_the_terminal_and_keep_their_columns),
        cmocka_unit_test(titles_give_way_before_texts),
        cmocka_unit_test(an_empty_table_is_silent),
        cmocka_unit_test(paragraphs_wrap_under_themselves),
        cmocka_unit_test(colour_is_only_for_terminals_that_want_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
