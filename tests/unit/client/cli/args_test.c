#include "client/cli/args.h"

#include "tests/support/tests.h"

static const struct args_option options[] = {
    {.name = "title", .letter = 't', .value = "TEXT", .help = ""},
    {.name = "team", .many = true, .value = "TEXT", .help = ""},
    {.name = "json", .letter = 'j', .help = ""},
    {.name = NULL},
};

static bool parse(struct args *args, int argc, const char *const *words)
{
    static const struct args_option *const lists[] = {options};
    return args_parse(args, argc, (char *const *)(uintptr_t)words, lists, 1);
}

#define PARSE(args, ...)                                                            \
    parse(args, (int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)), \
          (const char *const[]){__VA_ARGS__})

static void options_stand_anywhere(void **state)
{
    (void)state;
    struct args args;
    assert_true(
        PARSE(&args, "4fa2", "--title", "A b", "--json", "adapt", "--team=x", "--team", "-y"));
    assert_int_equal(args.n, 2);
    assert_string_equal(args_word(&args, 1), "adapt");
    assert_null(args_word(&args, 2));
    assert_string_equal(args_get(&args, "title"), "A b");
    assert_true(args_has(&args, "json"));
    size_t at = 0;
    assert_string_equal(args_next(&args, "team", &at), "x");
    assert_string_equal(args_next(&args, "team", &at), "-y");
    assert_null(args_next(&args, "team", &at));
    args_fini(&args);
}

static void two_hyphens_end_the_options(void **state)
{
    (void)state;
    struct args args;
    assert_true(PARSE(&args, "-t", "x", "--", "--json", "-"));
    assert_int_equal(args.n, 2);
    assert_string_equal(args.words[0], "--json");
    assert_false(args_has(&args, "json"));
    args_fini(&args);
}

static void mistakes_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *words[3];
        const char *said;
    } rows[] = {
        {{"--tilte", "x"}, "There is no option --tilte. Did you mean --title?"},
        {{"--quite-another"}, "There is no option --quite-another."},
        {{"-x"}, "There is no option -x."},
        {{"--title"}, "--title needs a value: --title TEXT"},
        {{"--json=1"}, "--json takes no value."},
        {{"--title=a", "--title=b"}, "--title was given twice."},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct args args;
        int n = 0;
        while (n < 3 && rows[i].words[n] != NULL)
            n++;
        assert_false(parse(&args, n, rows[i].words));
        assert_string_equal((const char *)args.error.data, rows[i].said);
        args_fini(&args);
    }
}

static void an_empty_value_is_a_value(void **state)
{
    (void)state;
    struct args args;
    assert_true(PARSE(&args, "--title="));
    assert_string_equal(args_get(&args, "title"), "");
    args_fini(&args);
}

static void the_nearest_word_is_near(void **state)
{
    (void)state;
    static const char *const words[] = {"cycle plan", "share", "search", "status"};
    assert_string_equal(args_nearest("shaer", words, 4), "share");
    assert_string_equal(args_nearest("sta", words, 4), "status");
    assert_string_equal(args_nearest("serch", words, 4), "search");
    assert_null(args_nearest("xylophone", words, 4));
    assert_null(args_nearest("", words, 4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_stand_anywhere),
        cmocka_unit_test(two_hyphens_end_the_options),
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(an_empty_value_is_a_value),
        cmocka_unit_test(the_nearest_word_is_near),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
