/* Tables as teams keep them: what is understood, what is asked, what is refused and where. */
#include "tests/support/tests.h"

#include <stdlib.h>

#include "daemon/sheet/sheet.h"
#include "daemon/sheet/template.h"
#include "proto/record/ijson.h"

static struct schema_set *set;
static struct sheet sheet;
static struct spread_problem problem;

/* A record of our own: 64 and 32 digits. */
#define REF                                                             \
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/" \
    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static char asked[256]; /* "type!text " of each look-up */

static bool find_ref(void *arg, const char *type, const char *text, char out[98],
                     const char **why)
{
    (void)arg;
    if (strcmp(text, "nobody") == 0) {
        *why = "there is no aim called so";
        return false;
    }
    snprintf(asked + strlen(asked), sizeof(asked) - strlen(asked), "%s!%s ",
             type == NULL ? "any" : type, text);
    memcpy(out, REF, sizeof(REF));
    return true;
}

static enum err read_said(const char *text, const char *said, const json_t *remembered)
{
    json_t *json = said == NULL ? NULL : json_loads(said, 0, NULL);
    struct sheet_ask ask = {.bytes = slice_of(text, strlen(text)),
                            .schemas = set,
                            .said = json,
                            .remembered = remembered,
                            .ref = find_ref};
    enum err err;

    assert_true(said == NULL || json != NULL);
    asked[0] = '\0';
    err = sheet_read(&sheet, &ask, &problem);
    json_decref(json);
    return err;
}

static void understand(const char *text, const char *said)
{
    assert_ok(read_said(text, said, NULL));
}

/* The sections of a line are that JSON. */
static void says(size_t i, const char *expected)
{
    char *text;
    json_t *json = json_loads(expected, 0, NULL);

    assert_non_null(json);
    assert_in_range(i, 0, sheet.n - 1);
    text = ijson_text(sheet.lines[i].sections);
    if (!json_equal(json, sheet.lines[i].sections)) fail_msg("%s", text);
    free(text);
    json_decref(json);
}

/* The n-th problem of a line: "LINE FIELD: …" begins so. */
static void complains(size_t i, size_t n, const char *expected)
{
    const json_t *of = json_array_get(sheet.lines[i].problems, n);
    char text[512];

    assert_non_null(of);
    snprintf(text, sizeof(text), "%d %s: %s",
             (int)json_integer_value(json_object_get(of, "line")), tests_str(of, "label"),
             tests_str(of, "text"));
    if (strncmp(text, expected, strlen(expected)) != 0) fail_msg("%s", text);
}

static const json_t *question(size_t i)
{
    return json_array_get(json_object_get(sheet.about, "questions"), i);
}

static const char *place(size_t column)
{
    const json_t *of = json_array_get(json_object_get(sheet.about, "columns"), column);
    const char *text = json_string_value(json_object_get(of, "place"));

    return text == NULL ? "" : text;
}

/* -------------------------------------------------------------------------------------------
 */

static void a_log_of_cycles(void **state)
{
    static const char text[] =
        "PDSA log 2026,,,,,,,,\n"
        "\n"
        "Test,Start date,Change idea,Question,Prediction,Observations,What did you learn?,"
        "Adopt / Adapt / Abandon,Room\n"
        "Exit tickets,14/03/2026,Exit ticket,How many answer?,60 %,\"- late start\n- "
        "quiet\",It "
        "takes five minutes,Adapt,204\n"
        "\"Exit tickets, shorter\",02/04/2026,,,,,,adoptado,204\n";

    (void)state;
    understand(text, NULL);
    assert_string_equal(sheet.schema->type, "cycle");
    assert_string_equal(tests_str(sheet.about, "dates"), "dmy");
    assert_true(sheet_is_good(&sheet));
    assert_int_equal(sheet.n, 2);
    assert_int_equal(sheet.lines[0].line, 4);
    assert_int_equal(sheet.lines[1].line, 6);
    says(0,
         "{\"head\":{\"title\":\"Exit tickets\",\"start\":\"2026-03-14\",\"idea\":\"" REF
         "\"},\"plan\":{\"questions\":[{\"id\":\"1\",\"question\":\"How many answer?\","
         "\"prediction\":\"60 %\"}]},\"do\":{\"observations\":[{\"id\":\"1\",\"text\":\"late "
         "start\"},{\"id\":\"2\",\"text\":\"quiet\"}]},\"study\":{\"summary\":\"It takes five "
         "minutes\"},\"act\":{\"decision\":\"adapt\"}}");
    says(1, "{\"head\":{\"title\":\"Exit tickets, shorter\",\"start\":\"2026-04-02\"},"
            "\"act\":{\"decision\":\"adopt\"}}");
    assert_string_equal(asked, "idea!Exit ticket ");
    assert_string_equal(place(8), ""); /* Room: nothing of a cycle, and said so */
    sheet_fini(&sheet);
}

static void in_spanish_with_semicolons_and_windows_letters(void **state)
{
    (void)state;
    understand(
        "T\xedtulo;Fecha de inicio;Pregunta 1;Predicci\xf3n 1;Pregunta 2;Predicci\xf3n 2;"
        "Decisi\xf3n\r\n"
        "Boleto de salida;14/3/2026;\xbf"
        "Cu\xe1ntos?;60 %;\xbf"
        "Qui\xe9n?;todos;Adaptar\r\n",
        NULL);
    assert_string_equal(sheet.schema->type, "cycle");
    assert_string_equal(tests_str(sheet.about, "encoding"), "windows-1252");
    assert_true(json_is_true(json_object_get(sheet.about, "encoding_guessed")));
    assert_string_equal(tests_str(sheet.about, "encoding_sample"), "Título");
    says(0, "{\"head\":{\"title\":\"Boleto de salida\",\"start\":\"2026-03-14\"},\"plan\":{"
            "\"questions\":[{\"id\":\"1\",\"question\":\"¿Cuántos?\",\"prediction\":\"60 "
            "%\"},{\"id\":\"2\",\"question\":\"¿Quién?\",\"prediction\":\"todos\"}]},\"act\":{"
            "\"decision\":\"adapt\"}}");
    sheet_fini(&sheet);
}

static void ideas_bright_spots_and_points(void **state)
{
    (void)state;
    understand("Change idea,Description,Driver,Source of idea,For whom\n"
               "Exit ticket,Five minutes,Routines; Feedback,hunch,\"newcomers, seniors\"\n",
               "{\"type\":\"idea\"}");
    says(0,
         "{\"head\":{\"title\":\"Exit ticket\",\"description\":\"Five minutes\",\"drivers\":["
         "\"" REF "\",\"" REF "\"]},\"evidence\":{\"source\":\"hunch\"},"
         "\"context\":{\"for_whom\":[\"newcomers\",\"seniors\"]}}");
    sheet_fini(&sheet);
    assert_string_equal(asked, "driver!Routines driver!Feedback ");
    understand("What works,Practice,How do you know?,State\nDoor greeting,Names at the door,3 "
               "weeks of data,verified\n",
               "{\"type\":\"bright_spot\"}");
    says(0,
         "{\"head\":{\"title\":\"Door greeting\",\"practice\":\"Names at the door\",\"state\":"
         "\"checked\"},\"evidence\":{\"evidence\":\"3 weeks of data\"}}");
    sheet_fini(&sheet);
    understand(
        "Month,Student group,Numerator,Denominator\nMar-26,seniors,12,48\nApr-26,,31,98\n",
        "{\"type\":\"point\",\"set\":{\"head.measure\":\"Plans\"}}");
    assert_true(sheet_is_good(&sheet));
    says(0, "{\"head\":{\"measure\":\"" REF "\",\"period\":\"2026-03-01\",\"group\":"
            "\"seniors\",\"numerator\":12,\"denominator\":48}}");
    says(1, "{\"head\":{\"measure\":\"" REF "\",\"period\":\"2026-04-01\","
            "\"numerator\":31,\"denominator\":98}}");
    sheet_fini(&sheet);
}

static void what_can_be_two_things_is_asked(void **state)
{
    static const char dates[] = "Title,Start,End\nA,03/04/2026,05/06/2026\n";

    (void)state;
    understand(dates, "{\"type\":\"cycle\"}");
    assert_false(sheet_is_good(&sheet));
    assert_string_equal(tests_str(question(0), "about"), "dates");
    assert_non_null(strstr(tests_str(question(0), "text"), "03/04/2026 (line 2)"));
    sheet_fini(&sheet);
    understand(dates, "{\"type\":\"cycle\",\"dates\":\"mdy\"}");
    assert_true(sheet_is_good(&sheet));
    says(0, "{\"head\":{\"title\":\"A\",\"start\":\"2026-03-04\",\"end\":\"2026-05-06\"}}");
    sheet_fini(&sheet);

    /* Both orders in one file: a question, and after it the line that does not fit. */
    understand("Title,Start\nA,14/03/2026\nB,03/25/2026\n", "{\"type\":\"cycle\"}");
    assert_non_null(strstr(tests_str(question(0), "text"), "03/25/2026 (line 3)"));
    sheet_fini(&sheet);
    understand("Title,Start\nA,14/03/2026\nB,03/25/2026\n",
               "{\"type\":\"cycle\",\"dates\":\"dmy\"}");
    assert_null(question(0));
    complains(1, 0, "3 Start: this is no day in the order of the others");
    sheet_fini(&sheet);

    understand("Period,Value\n2026-03,\"1,234\"\n",
               "{\"type\":\"point\",\"set\":{\"head.measure\":\"x\"}}");
    assert_string_equal(tests_str(question(0), "about"), "decimal");
    sheet_fini(&sheet);
    understand("Period,Value\n2026-03,\"1,234\"\n",
               "{\"type\":\"point\",\"decimal\":\",\",\"set\":{\"head.measure\":\"x\"}}");
    says(0, "{\"head\":{\"measure\":\"" REF "\",\"period\":\"2026-03-01\",\"value\":1.234}}");
    sheet_fini(&sheet);

    understand("Alpha,Beta\n1,2\n", NULL);
    assert_string_equal(tests_str(question(0), "about"), "type");
    assert_null(sheet.schema);
    sheet_fini(&sheet);

    understand("Alpha,Start\nA,2026-03-02\n", "{\"type\":\"cycle\"}");
    assert_string_equal(tests_str(question(0), "about"), "columns");
    assert_string_equal(tests_str(question(0), "place"), "head.title");
    assert_string_equal(
        json_string_value(json_array_get(json_object_get(question(0), "choices"), 0)), "Alpha");
    sheet_fini(&sheet);
}

static void an_error_names_line_and_field(void **state)
{
    (void)state;
    understand("Title,Start,Decision,Aim,Number\n"
               "A,soon,perhaps,nobody,three\n"
               ",2026-03-02,,,\n"
               "C,2026-03-02,adopt,ours,3\n",
               "{\"type\":\"cycle\"}");
    assert_int_equal(sheet.n, 3);
    assert_int_equal(json_array_size(sheet.lines[0].problems), 4);
    complains(0, 0, "2 Start: this is no day");
    complains(0, 1, "2 Decision: ");
    complains(0, 2, "2 Aim: there is no aim called so");
    complains(0, 3, "2 Number in the ramp: give a whole number");
    complains(1, 0, "3 Title: ");
    assert_int_equal(json_array_size(sheet.lines[2].problems), 0);
    assert_false(sheet_is_good(&sheet));
    sheet_fini(&sheet);
}

static void a_person_has_the_last_word_on_columns(void **state)
{
    static const char text[] = "Alpha,Title,Notes\nA,B,C\n";

    (void)state;
    understand(text, "{\"type\":\"cycle\",\"columns\":{\"alpha\":\"head.title\",\"Title\":"
                     "\"plan.change\",\"Notes\":\"\"}}");
    says(0, "{\"head\":{\"title\":\"A\"},\"plan\":{\"change\":\"B\"}}");
    sheet_fini(&sheet);
    assert_err(
        ERR_INVALID,
        read_said(text, "{\"type\":\"cycle\",\"columns\":{\"Alpha\":\"head.x\"}}", NULL));
    assert_non_null(strstr(problem.text, "head.x"));
    assert_err(ERR_INVALID,
               read_said(text, "{\"type\":\"cycle\",\"columns\":{\"Beta\":\"\"}}", NULL));
    assert_non_null(strstr(problem.text, "Beta"));
    assert_err(ERR_INVALID, read_said(text,
                                      "{\"type\":\"cycle\",\"columns\":{\"Alpha\":"
                                      "\"head.title\",\"Title\":\"head.title\"}}",
                                      NULL));
    assert_err(ERR_INVALID, read_said(text, "{\"type\":\"cicle\"}", NULL));
    assert_err(ERR_INVALID, read_said(text, "{\"dates\":\"ymd\"}", NULL));
    assert_err(ERR_INVALID, read_said(text, "{\"encoding\":\"ebcdic\"}", NULL));
    assert_err(ERR_INVALID, read_said(text, "{\"delimiter\":\"x\"}", NULL));
    assert_err(ERR_INVALID,
               read_said(text, "{\"type\":\"cycle\",\"set\":{\"head.x\":\"y\"}}", NULL));
}

/* What was answered once is not asked again, in whatever order the columns come. */
static void it_remembers(void **state)
{
    json_t *memory = json_object();

    (void)state;
    understand("Alpha,Start\nA,03/04/2026\n",
               "{\"type\":\"cycle\",\"dates\":\"mdy\",\"columns\":{\"Alpha\":\"head.title\"}}");
    json_object_set(memory, sheet.key, sheet.remember);
    sheet_fini(&sheet);
    assert_ok(read_said("start,ALPHA\n05/06/2026,B\n", NULL, memory));
    assert_true(sheet_is_good(&sheet));
    says(0, "{\"head\":{\"title\":\"B\",\"start\":\"2026-05-06\"}}");
    sheet_fini(&sheet);
    assert_ok(read_said("A log\n\nStart,Alpha\n05/06/2026,B\n", NULL, memory));
    assert_true(sheet_is_good(&sheet)); /* and wherever they stand */
    sheet_fini(&sheet);
    assert_ok(read_said("Start,Alpha,More\n05/06/2026,B,\n", NULL, memory));
    assert_false(sheet_is_good(&sheet)); /* other headers */
    sheet_fini(&sheet);
    json_decref(memory);
}

/* What tells a record from others stays when the file comes again, grown and in another order.
 */
static void a_line_keeps_its_source(void **state)
{
    char *first[3];

    (void)state;
    understand("Title,Number,Summary\nA,1,x\nA,2,y\nA,1,z\n", "{\"type\":\"cycle\"}");
    for (size_t i = 0; i < 3; i++)
        first[i] = mem_strdup(sheet.lines[i].source);
    assert_string_not_equal(first[0], first[1]);
    assert_string_not_equal(first[0], first[2]);
    sheet_fini(&sheet);
    understand("Number,Title,Summary\n2,A,changed\n7,B,new\n1,A,x\n1,A,z\n",
               "{\"type\":\"cycle\"}");
    assert_string_equal(sheet.lines[0].source, first[1]);
    assert_string_equal(sheet.lines[2].source, first[0]);
    assert_string_equal(sheet.lines[3].source, first[2]);
    sheet_fini(&sheet);
    for (size_t i = 0; i < 3; i++)
        free(first[i]);
}

/* The worksheet is filled in, a column a cycle, and comes back whole. */
static void the_worksheet_comes_back(void **state)
{
    struct buf blank = {0}, filled = {0};
    size_t rows = 0;

    (void)state;
    assert_ok(template_put(&blank, set, "pdsa"));
    buf_put_u8(&blank, 0);
    for (char *line = strtok((char *)blank.data, "\r\n"); line != NULL;
         line = strtok(NULL, "\r\n")) {
        bool title = strncmp(line, "Title", 5) == 0;
        bool question = strncmp(line, "Questions and predictions 1: Q", 30) == 0;
        bool result = strncmp(line, "Results 1: R", 12) == 0;

        buf_put_str(&filled, line);
        buf_put_str(&filled, title      ? "One,Two\n"
                             : question ? "How many?,\n"
                             : result   ? "half,\n"
                                        : ",\n");
        rows++;
    }
    buf_put_u8(&filled, 0);
    assert_in_range(rows, 30, 60);
    understand((const char *)filled.data, NULL);
    assert_string_equal(sheet.schema->type, "cycle");
    assert_true(sheet.turned);
    assert_true(sheet_is_good(&sheet));
    assert_int_equal(sheet.n, 2);
    says(0, "{\"head\":{\"title\":\"One\"},\"plan\":{\"questions\":[{\"id\":\"1\",\"question\":"
            "\"How many?\"}]},\"study\":{\"results\":[{\"id\":\"1\",\"result\":\"half\"}]}}");
    says(1, "{\"head\":{\"title\":\"Two\"}}");
    sheet_fini(&sheet);
    buf_fini(&blank);
    buf_fini(&filled);
}

/* Every type's own template is understood as that type, every column of it. */
static void every_template_is_understood(void **state)
{
    (void)state;
    for (size_t i = 0; i < schema_set_count(set); i++) {
        const struct schema *schema = schema_set_at(set, i);
        struct buf text = {0};
        char *said = NULL;
        size_t columns = 1;

        assert_ok(template_put(&text, set, schema->type));
        for (size_t k = 0; k < text.len; k++)
            columns += text.data[k] == ',';
        buf_put_str(&text, "x");
        for (size_t k = 1; k < columns; k++)
            buf_put_str(&text, ",x");
        buf_put_str(&text, "\n");
        buf_put_u8(&text, 0);
        said = mem_zalloc(200);
        snprintf(said, 200, "{\"type\":\"%s\"}", schema->type);
        understand((const char *)text.data, said);
        for (size_t k = 0; k < json_array_size(json_object_get(sheet.about, "columns")); k++) {
            const json_t *of = json_array_get(json_object_get(sheet.about, "columns"), k);

            /* A comma within a header made a cell too many. */
            if (*place(k) == '\0' && *tests_str(of, "header") != '\0') {
                fail_msg("%s: %s", schema->type,
                         tests_str(json_array_get(json_object_get(sheet.about, "columns"), k),
                                   "header"));
            }
        }
        sheet_fini(&sheet);
        free(said);
        buf_fini(&text);
    }
    assert_err(ERR_NOT_FOUND, template_put(&(struct buf){0}, set, "nothing"));
}

static void it_is_bounded(void **state)
{
    struct buf text = {0};

    (void)state;
    buf_put_str(&text, "Title,Number\n");
    for (size_t i = 0; i < SHEET_LINES_MAX; i++)
        buf_put_str(&text, "A,1\n");
    buf_put_u8(&text, 0);
    understand((const char *)text.data, "{\"type\":\"cycle\"}");
    assert_int_equal(sheet.n, SHEET_LINES_MAX);
    sheet_fini(&sheet);
    text.len--;
    buf_put_str(&text, "A,1\n");
    buf_put_u8(&text, 0);
    assert_err(ERR_LIMIT, read_said((const char *)text.data, "{\"type\":\"cycle\"}", NULL));
    assert_int_equal(problem.line, SHEET_LINES_MAX + 2);
    buf_fini(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_log_of_cycles),
        cmocka_unit_test(in_spanish_with_semicolons_and_windows_letters),
        cmocka_unit_test(ideas_bright_spots_and_points),
        cmocka_unit_test(what_can_be_two_things_is_asked),
        cmocka_unit_test(an_error_names_line_and_field),
        cmocka_unit_test(a_person_has_the_last_word_on_columns),
        cmocka_unit_test(it_remembers),
        cmocka_unit_test(a_line_keeps_its_source),
        cmocka_unit_test(the_worksheet_comes_back),
        cmocka_unit_test(every_template_is_understood),
        cmocka_unit_test(it_is_bounded),
    };
    int failed;

    set = schema_set_new();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    schema_set_free(set);
    return failed;
}
