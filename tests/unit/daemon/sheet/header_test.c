/* What headers mean, in the words of the schemas and of teams. */
#include "tests/support/tests.h"

#include <stdlib.h>

#include "daemon/sheet/header.h"

static struct schema_set *set;

static const char *place_of(const char *type, const char *header)
{
    static char out[128];
    struct header_book *book = header_book_new(schema_set_find(set, type));
    struct header_place place;
    struct buf text = {0};

    out[0] = '\0';
    if (header_guess(book, header, &place) > 0) header_place_put(&text, &place);
    buf_put_u8(&text, 0);
    snprintf(out, sizeof(out), "%s", (const char *)text.data);
    buf_fini(&text);
    header_book_free(book);
    return out;
}

static void teams_words(void **state)
{
    static const struct {
        const char *type, *header, *place;
    } rows[] = {
        {"cycle", "Title", "head.title"},
        {"cycle", "PDSA name", "head.title"},
        {"cycle", "Nombre del ciclo", "head.title"},
        {"cycle", "Change idea", "head.idea"},
        {"cycle", "Test of Change", "plan.change"},
        {"cycle", "What will we do?", "plan.change"},
        {"cycle", "Questions", "plan.questions[].question"},
        {"cycle", "Question 2", "plan.questions[1].question"},
        {"cycle", "Prediction", "plan.questions[].prediction"},
        {"cycle", "PREDICCIÓN", "plan.questions[].prediction"},
        {"cycle", "Our hypothesis", "plan.questions[].prediction"},
        {"cycle", "Plan for collection of data", "plan.data_plan"},
        {"cycle", "Start date", "head.start"},
        {"cycle", "Fecha de inicio", "head.start"},
        {"cycle", "Observations", "do.observations[].text"},
        {"cycle", "Problems and unexpected observations", "do.surprises"},
        {"cycle", "What did you learn?", "study.summary"},
        {"cycle", "Adopt / Adapt / Abandon", "act.decision"},
        {"cycle", "Decisión", "act.decision"},
        {"cycle", "Next steps", "act.changes_next"},
        {"cycle", "Team members", "head.team"},
        {"cycle", "Tasks 1: Who", "plan.tasks[0].who"},
        {"cycle", "record", "record"},
        {"cycle", "Favourite colour", ""},
        {"cycle", "", ""},
        {"cycle", "the of and", ""},
        {"idea", "Change idea", "head.title"},
        {"idea", "Description", "head.description"},
        {"idea", "Descripción", "head.description"},
        {"idea", "Source", "evidence.source"},
        {"bright_spot", "What works", "head.title"},
        {"bright_spot", "Practice", "head.practice"},
        {"bright_spot", "How do you know?", "evidence.evidence"},
        {"point", "Measure", "head.measure"},
        {"point", "Month", "head.period"},
        {"point", "Student group", "head.group"},
        {"point", "Numerator", "head.numerator"},
        {"point", "Out of", "head.denominator"},
        {"point", "Valor", "head.value"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(place_of(rows[i].type, rows[i].header), rows[i].place) != 0) {
            fail_msg("%s of a %s: expected %s, got %s", rows[i].header, rows[i].type,
                     rows[i].place, place_of(rows[i].type, rows[i].header));
        }
    }
}

/* Every place of every type: its text reads back, and its header finds it back. */
static void every_place_finds_itself(void **state)
{
    size_t places = 0;

    (void)state;
    for (size_t t = 0; t < schema_set_count(set); t++) {
        const struct schema *schema = schema_set_at(set, t);
        struct header_book *book = header_book_new(schema);
        const struct schema_field *field;

        for (size_t at = 0; (field = schema_next(schema, &at)) != NULL;) {
            const struct schema_section *section = schema_section(schema, field->section);
            bool objects = field->item_kind == SCHEMA_OBJECT;

            if (field->hidden || section->hidden || (objects && !field->list)) continue;
            for (size_t i = 0; i < (objects ? field->n_items : 1); i++) {
                struct header_place place = {.field = field, .index = -1}, back;
                struct buf text = {0}, header = {0};

                if (objects) {
                    place.item = &field->items[i];
                    place.index = (int)i;
                    if (place.item->hidden || place.item->list ||
                        place.item->item_kind == SCHEMA_OBJECT) {
                        continue;
                    }
                }
                header_place_put(&text, &place);
                buf_put_u8(&text, 0);
                assert_true(header_place_of(schema, (const char *)text.data, &back));
                assert_true(header_place_eq(&place, &back));
                header_put(&header, book, &place);
                buf_put_u8(&header, 0);
                assert_true(header_guess(book, (const char *)header.data, &back) > 0);
                if (!header_place_eq(&place, &back)) {
                    fail_msg("%s: \"%s\" is taken for another field", (const char *)text.data,
                             (const char *)header.data);
                }
                places++;
                buf_fini(&text);
                buf_fini(&header);
            }
        }
        header_book_free(book);
    }
    assert_in_range(places, 200, 5000);
}

static void what_is_no_place(void **state)
{
    static const char *const bad[] = {
        "",
        "head",
        "head.nothing",
        "head.title[0]",
        "plan.questions[50].question",
        "plan.questions[x].question",
        "plan.questions[].nothing",
        "plan.questions.question",
        "head.title.x",
        "plan.questions[",
    };
    struct header_place place;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(header_place_of(schema_set_find(set, "cycle"), bad[i], &place));
    assert_true(
        header_place_of(schema_set_find(set, "cycle"), "plan.questions[49].question", &place));
    assert_int_equal(place.index, HEADER_ITEMS_MAX - 1);
}

static void a_set_of_headers_has_one_key(void **state)
{
    const char *a[] = {"Title", "Start", "Predicción"},
               *b[] = {"prediccion", "TITLE ", "start"};
    const char *c[] = {"Title", "Start"};
    char x[17], y[17], z[17];

    (void)state;
    header_set_key(x, a, 3);
    header_set_key(y, b, 3);
    header_set_key(z, c, 2);
    assert_string_equal(x, y);
    assert_string_not_equal(x, z);
    assert_int_equal(strlen(x), 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(teams_words),
        cmocka_unit_test(every_place_finds_itself),
        cmocka_unit_test(what_is_no_place),
        cmocka_unit_test(a_set_of_headers_has_one_key),
    };
    int failed;

    set = schema_set_new();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    schema_set_free(set);
    return failed;
}
