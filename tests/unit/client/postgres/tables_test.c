/* The SQL of a copy, as text: names that fit, columns with types, and no word of anybody's in
 * it. */
#include "tests/support/tests.h"

#include <stdlib.h>

#include "client/postgres/names.h"
#include "client/postgres/options.h"
#include "client/postgres/tables.h"

static const char *table(const char *type)
{
    static char out[128];
    struct buf name = {0};

    names_table(&name, type);
    buf_put_u8(&name, 0);
    snprintf(out, sizeof(out), "%s", (const char *)name.data);
    buf_fini(&name);
    return out;
}

static void names_fit_and_are_not_ours(void **state)
{
    char longest[65], other[65], first[128];
    struct buf quoted = {0};

    (void)state;
    assert_string_equal(table("bright_spot"), "bright_spot");
    assert_string_equal(table("records"), "type_records");
    assert_string_equal(table("state"), "type_state");
    memset(longest, 'a', 64);
    longest[64] = '\0';
    memcpy(other, longest, 65);
    other[63] = 'b';
    snprintf(first, sizeof(first), "%s", table(longest));
    assert_int_equal(strlen(first), NAMES_BYTES_MAX);
    assert_string_not_equal(first, table(other)); /* they differ past the end */
    longest[63] = '\0';
    assert_string_equal(table(longest), longest);
    names_quoted(&quoted, "a\"b", 3);
    buf_put_u8(&quoted, 0);
    assert_string_equal((const char *)quoted.data, "\"a\"\"b\"");
    buf_fini(&quoted);
}

static const struct tables_column *column(const struct tables_type *type, const char *name)
{
    for (size_t i = 0; i < type->n; i++) {
        if (strcmp(type->columns[i].name, name) == 0) return &type->columns[i];
    }
    fail_msg("there is no column %s", name);
    return NULL;
}

static void a_field_is_a_column_of_its_kind(void **state)
{
    static const struct {
        const char *type, *name, *sql_type;
    } rows[] = {{"cycle", "head_title", "text"},       {"cycle", "head_start", "date"},
                {"cycle", "head_number", "bigint"},    {"cycle", "head_team", "text[]"},
                {"cycle", "plan_questions", "jsonb"},  {"cycle", "do_finished", "boolean"},
                {"cycle", "head_idea", "text"},        {"point", "head_value", "numeric"},
                {"idea", "context_for_whom", "text[]"}};
    struct schema_set *set = schema_set_new();

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct tables_type type;

        tables_type_init(&type, schema_set_find(set, rows[i].type));
        assert_string_equal(column(&type, rows[i].name)->sql_type, rows[i].sql_type);
        tables_type_fini(&type);
    }
    /* No two of one name, whatever the type. */
    for (size_t t = 0; t < schema_set_count(set); t++) {
        struct tables_type type;

        tables_type_init(&type, schema_set_at(set, t));
        for (size_t i = 0; i < type.n; i++) {
            assert_in_range(strlen(type.columns[i].name), 1, NAMES_BYTES_MAX);
            for (size_t k = 0; k < i; k++)
                assert_string_not_equal(type.columns[i].name, type.columns[k].name);
        }
        tables_type_fini(&type);
    }
    schema_set_free(set);
}

static void names_that_would_meet_are_told_apart(void **state)
{
    static const char text[] =
        "{\"title\":\"t\",\"type\":\"object\",\"x-version\":1,\"x-owner\":\"school\",\"x-"
        "title\":"
        "\"head.title\",\"properties\":{\"head\":{\"type\":\"object\",\"properties\":{"
        "\"title\":"
        "{\"type\":\"string\"},\"a_b\":{\"type\":\"string\"}}},\"head_a\":{\"type\":\"object\","
        "\"properties\":{\"b\":{\"type\":\"integer\"}}}}}";
    struct schema_set *set = schema_set_bare();
    struct tables_type type;
    char *why = NULL;

    (void)state;
    if (schema_set_add(set, slice_of(text, strlen(text)), &why) != ERR_OK) fail_msg("%s", why);
    tables_type_init(&type, schema_set_at(set, 0));
    assert_string_equal(column(&type, "head_a_b")->sql_type, "text");
    assert_string_equal(column(&type, "head_a_b_")->sql_type, "bigint");
    tables_type_fini(&type);
    schema_set_free(set);
}

/* The schema's name is quoted wherever it stands; records come as a parameter. */
static void statements_are_made_of_our_words_alone(void **state)
{
    struct schema_set *set = schema_set_new();
    struct tables_type type;
    struct buf sql = {0};

    (void)state;
    tables_type_init(&type, schema_set_find(set, "cycle"));
    tables_make(&sql, "zq\"b");
    tables_type_make(&sql, "zq\"b", &type);
    tables_column_add(&sql, "zq\"b", &type, &type.columns[0]);
    tables_put_records(&sql, "zq\"b");
    tables_put_items(&sql, "zq\"b");
    tables_put_links(&sql, "zq\"b");
    tables_put_type(&sql, "zq\"b", &type);
    tables_drop_gone(&sql, "zq\"b");
    tables_state_write(&sql, "zq\"b");
    assert_null(strchr((const char *)sql.data, '@'));
    assert_null(strstr((const char *)sql.data, "typeof(^"));
    for (const char *at = (const char *)sql.data; (at = strstr(at, "zq")) != NULL; at += 2)
        assert_int_equal(strncmp(at - 1, "\"zq\"\"b\"", 7), 0);
    assert_non_null(strstr((const char *)sql.data, "i ->> 'type' = 'cycle'"));
    buf_fini(&sql);
    tables_type_fini(&type);
    schema_set_free(set);
}

static void the_command_line(void **state)
{
    struct options options;
    bool help;
    const char *good[] = {"x",        "--socket", "s", "--to", "postgres://y",
                          "--follow", "--page",   "3"};
    const char *bad[][4] = {
        {"x", "--socket", "s", NULL}, {"x", "--to", NULL, NULL}, {"x", "--what", NULL, NULL}};
    const char *page[] = {"x", "--socket", "s", "--to", "u", "--page", "501"};
    const char *asks[] = {"x", "--help"};

    (void)state;
    assert_null(options_parse(&options, 8, good, &help));
    assert_true(options.follow && !options.mine && !help);
    assert_int_equal(options.page, 3);
    assert_string_equal(options.schema, "kith");
    assert_non_null(options_parse(&options, 3, bad[0], &help));
    assert_non_null(options_parse(&options, 2, bad[1], &help));
    assert_non_null(options_parse(&options, 2, bad[2], &help));
    assert_non_null(options_parse(&options, 7, page, &help));
    page[6] = "500";
    assert_null(options_parse(&options, 7, page, &help));
    assert_null(options_parse(&options, 2, asks, &help));
    assert_true(help);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_fit_and_are_not_ours),
        cmocka_unit_test(a_field_is_a_column_of_its_kind),
        cmocka_unit_test(names_that_would_meet_are_told_apart),
        cmocka_unit_test(statements_are_made_of_our_words_alone),
        cmocka_unit_test(the_command_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
