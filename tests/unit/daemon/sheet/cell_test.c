/* What a cell says: days, numbers, choices, lists; and where it could be two things, that it
 * is. */
#include "tests/support/tests.h"

#include "daemon/sheet/cell.h"
#include "daemon/sheet/cell_date.h"

static void days(void **state)
{
    static const struct {
        const char *text, *dmy, *mdy; /* NULL: no day in that order */
    } rows[] = {
        {"2026-03-02", "2026-03-02", "2026-03-02"},
        {"2026/3/2", "2026-03-02", "2026-03-02"},
        {"2026-03-02 08:30:00", "2026-03-02", "2026-03-02"},
        {"2026-03-02T08:30", "2026-03-02", "2026-03-02"},
        {"3/4/2026", "2026-04-03", "2026-03-04"},
        {"03.04.26", "2026-04-03", "2026-03-04"},
        {"14/03/2026", "2026-03-14", NULL},
        {"03-14-2026", NULL, "2026-03-14"},
        {"14 March 2026", "2026-03-14", "2026-03-14"},
        {"March 14th, 2026", "2026-03-14", "2026-03-14"},
        {"Tuesday, 3 March 2026", "2026-03-03", "2026-03-03"},
        {"14 de marzo de 2026", "2026-03-14", "2026-03-14"},
        {"14-Mar-26", "2026-03-14", "2026-03-14"},
        {"Mar-26", "2026-03-01", "2026-03-01"},
        {"marzo 2026", "2026-03-01", "2026-03-01"},
        {"2026-03", "2026-03-01", "2026-03-01"},
        {"03/2026", "2026-03-01", "2026-03-01"},
        {"Week of 3/2/2026", "2026-02-03", "2026-03-02"},
        {"semana del 2/3/2026", "2026-03-02", "2026-02-03"},
        {"46083", "2026-03-02", "2026-03-02"},
        {"36526", "2000-01-01", "2000-01-01"},
        {"29/2/2024", "2024-02-29", NULL},
        {"29/2/2026", NULL, NULL},
        {"March 14", NULL, NULL},
        {"14-Mar", NULL, NULL},
        {"3/4", NULL, NULL},
        {"soon", NULL, NULL},
        {"week 10", NULL, NULL},
        {"12345", NULL, NULL},
        {"2026", NULL, NULL},
        {"", NULL, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (int order = 0; order < 2; order++) {
            const char *expected = order == 0 ? rows[i].dmy : rows[i].mdy;
            char out[11] = "";
            enum cell_date found =
                cell_date_read(rows[i].text, order == 0 ? CELL_DATES_DMY : CELL_DATES_MDY, out);

            if ((found == CELL_DATE_GOOD) != (expected != NULL) ||
                (expected != NULL && strcmp(out, expected) != 0)) {
                fail_msg("%s: %s", rows[i].text, out);
            }
        }
    }
}

static void days_that_can_be_two(void **state)
{
    char out[11];

    (void)state;
    assert_int_equal(cell_date_orders("3/4/2026"), CELL_CAN_DMY | CELL_CAN_MDY);
    assert_int_equal(cell_date_orders("14/3/2026"), CELL_CAN_DMY);
    assert_int_equal(cell_date_orders("3/14/2026"), CELL_CAN_MDY);
    assert_int_equal(cell_date_orders("3/3/2026"), 0);
    assert_int_equal(cell_date_orders("2026-03-04"), 0);
    assert_int_equal(cell_date_orders("4 March 2026"), 0);
    assert_int_equal(cell_date_orders("soon"), 0);
    assert_int_equal(cell_date_read("3/4/2026", CELL_DATES_UNKNOWN, out), CELL_DATE_UNCLEAR);
    assert_int_equal(cell_date_read("14/3/2026", CELL_DATES_MDY, out), CELL_DATE_AGAINST);
    assert_int_equal(cell_date_read("3 March", CELL_DATES_DMY, out), CELL_DATE_NO_YEAR);
}

static struct schema_set *set;

/* The value as JSON, or the problem's text. */
static const char *value_of(const char *type, const char *path, const char *text, char decimal)
{
    static char out[512];
    struct cell_forms forms = {.dates = CELL_DATES_DMY, .decimal = decimal};
    struct schema_problem problem;
    json_t *value = NULL;
    const struct schema_field *field = schema_field(schema_set_find(set, type), path);

    assert_non_null(field);
    if (cell_value(field, text, &forms, &value, &problem) == ERR_OK) {
        char *json = json_dumps(value, JSON_ENCODE_ANY);

        snprintf(out, sizeof(out), "%s", json);
        free(json);
        json_decref(value);
    } else {
        assert_null(value);
        assert_string_equal(problem.path, path);
        snprintf(out, sizeof(out), "! %s", problem.text);
    }
    return out;
}

static void values(void **state)
{
    static const struct {
        const char *type, *path, *text, *value;
        char decimal;
    } rows[] = {
        {"cycle", "head.number", "3", "3", 0},
        {"cycle", "head.number", "3.0", "3.0", 0},
        {"cycle", "head.number", "three", "! give a whole number", 0},
        {"point", "head.numerator", "1,234", "1234", 0},
        {"point", "head.numerator", "1 234", "1234", 0},
        {"point", "head.numerator", "1.234.567", "1234567", 0},
        {"point", "head.value", "12.5 %", "12.5", 0},
        {"point", "head.value", "12,5", "12.5", 0},
        {"point", "head.value", "1,234.5", "1234.5", 0},
        {"point", "head.value", "1.234,5", "1234.5", 0},
        {"point", "head.value", "1,234", "1.234", ','},
        {"point", "head.value", "1,234", "1234", '.'},
        {"point", "head.value", "0.125", "0.125", 0},
        {"point", "head.value", "n/a", "! give a number, as 12.5", 0},
        {"cycle", "act.decision", "ADOPT", "\"adopt\"", 0},
        {"cycle", "act.decision", "Adaptar", "\"adapt\"", 0},
        {"cycle", "act.decision", "abandonado", "\"abandon\"", 0},
        {"cycle", "do.carried_out", "Sí", "\"yes\"", 0},
        {"cycle", "do.carried_out", "en parte", "\"partly\"", 0},
        {"cycle", "do.finished", "x", "true", 0},
        {"cycle", "do.finished", "No", "false", 0},
        {"cycle", "do.finished", "maybe", "! say yes or no", 0},
        {"cycle", "head.scale", "One class", "\"one-class\"", 0},
        {"cycle", "head.title", "two\nlines", "\"two lines\"", 0},
        {"cycle", "plan.change", "two\nlines", "\"two\\nlines\"", 0},
        {"cycle", "head.start", "3/4/2026", "\"2026-04-03\"", 0},
        {"cycle", "head.start", "soon", "! this is no day: write it as 2026-03-02", 0},
        {"cycle", "head.start", "3 March", "! the year is missing: write the day as 2026-03-02",
         0},
        {"cycle", "head.idea", "Exit tickets", "\"Exit tickets\"", 0},
        {"cycle", "plan.questions[].prediction", "60 %", "\"60 %\"", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *got = value_of(rows[i].type, rows[i].path, rows[i].text, rows[i].decimal);

        if (strcmp(got, rows[i].value) != 0) {
            fail_msg("%s %s: expected %s, got %s", rows[i].path, rows[i].text, rows[i].value,
                     got);
        }
    }
    assert_non_null(strstr(value_of("cycle", "act.decision", "perhaps", 0), "adopt"));
    assert_non_null(strstr(value_of("point", "head.value", "1,234", 0), "a thousand"));
    assert_true(cell_number_unclear(schema_field(schema_set_find(set, "point"), "head.value"),
                                    "1.234"));
    assert_false(cell_number_unclear(schema_field(schema_set_find(set, "point"), "head.value"),
                                     "12.34"));
}

static void several(const char *text, bool tags, const char *entries)
{
    const char *at = text, *marks = cell_marks(text, tags);
    struct buf entry = {0}, all = {0};

    while (cell_next(&at, marks, &entry)) {
        if (all.len > 0) buf_put_u8(&all, '/');
        buf_put_str(&all, (const char *)entry.data);
    }
    buf_put_u8(&all, 0);
    assert_string_equal((const char *)all.data, entries);
    buf_fini(&entry);
    buf_fini(&all);
}

static void entries_of_a_cell(void **state)
{
    (void)state;
    several("a, b,c", true, "a/b/c");
    several("a, b; c, d", true, "a, b/c, d");
    several("a\nb\n\nc", true, "a/b/c");
    several("a, b; c", false, "a, b; c");
    several("- one\n* two\n• three\n1. four\n2) five\n2026 six", false,
            "one/two/three/four/five/2026 six");
    several(" ; ,", true, ",");
    several("", false, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days),
        cmocka_unit_test(days_that_can_be_two),
        cmocka_unit_test(values),
        cmocka_unit_test(entries_of_a_cell),
    };
    int failed;

    set = schema_set_new();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    schema_set_free(set);
    return failed;
}
