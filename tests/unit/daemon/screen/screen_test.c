/* The sharing screen, shape by shape: what it points at, and the traps that it leaves alone. */
#include "tests/support/tests.h"

#include "daemon/screen/screen.h"
#include "proto/base/text.h"

enum { YEAR = 2026, MAX = 32 };

/* Made of syllables; "Hope" and "Luz" are words too, "Linden" is a school's name as well. */
static const char *const names[] = {
    "Tavika Brolen", "Osvika, Danelo", "Ransoli \"Rani\" Mektar", "Quenari del Vasto",
    "Vorén Halvick", "Zuleka Ñandor",  "Parvil O'Brenka",         "Jo",
    "Hope Tavrek",   "Luz Kentavo",    "Linden Farrosk",          "Fenna-Lu Dorvek",
    "May Lendosk",
};

/* "name:Tavika Brolen|date:May 4" */
static const char *look(const char *text)
{
    static char out[2048];
    struct screen *screen = screen_new(names, sizeof(names) / sizeof(names[0]), YEAR);
    struct screen_point points[MAX];
    size_t n = screen_look(screen, text, strlen(text), points, MAX);

    out[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        size_t len = points[i].end - points[i].start;

        assert_true(points[i].end <= strlen(text));
        assert_true(text_is_utf8(slice_of(text + points[i].start, len)));
        assert_true(i == 0 || points[i - 1].end <= points[i].start);
        snprintf(out + strlen(out), sizeof(out) - strlen(out), "%s%s:%.*s", i == 0 ? "" : "|",
                 screen_kind_name(points[i].kind), (int)len, text + points[i].start);
    }
    screen_free(screen);
    return out;
}

struct row {
    const char *text, *points;
};

#define expect(rows) expect_rows(rows, sizeof(rows) / sizeof((rows)[0]))
static void expect_rows(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(look(rows[i].text), rows[i].points) != 0) {
            fail_msg("%s\n  expected %s\n  got      %s", rows[i].text, rows[i].points,
                     look(rows[i].text));
        }
    }
}

static void it_knows_the_names_of_the_list(void **state)
{
    static const struct row rows[] = {
        {"with Tavika Brolen today", "name:Tavika Brolen"},
        {"brolen, tavika", "name:brolen, tavika"},
        {"TAVIKA'S work, the Brolens' house", "name:TAVIKA'S|name:Brolens"},
        {"T. Brolen and Tavika B. agree", "name:T. Brolen|name:Tavika B."},
        {"Danelo then Osvika", "name:Danelo|name:Osvika"},
        {"Rani asked; Ransolita asked", "name:Rani|name:Ransolita"},
        {"Quenari del Vasto", "name:Quenari del Vasto"},
        {"voren y ZULEKA NANDOR", "name:voren|name:ZULEKA NANDOR"},
        {"Zuleka Ñandor’s turn", "name:Zuleka Ñandor’s"},
        {"O’Brenka's and P. O'Brenka", "name:O’Brenka's|name:P. O'Brenka"},
        {"Fenna-Lu spoke", "name:Fenna-Lu"},
        {"Quenarita con Quenarito", "name:Quenarita|name:Quenarito"},
        {"Ms. Brolen called", "name:Ms. Brolen"},
        {"JO and Jo, not jo, not Joy, not Banjo", "name:JO|name:Jo"},
    };

    (void)state;
    expect(rows);
}

static void a_name_that_is_a_word_must_look_like_a_name(void **state)
{
    static const struct row rows[] = {
        {"We hope so. Hope is not a plan.", ""},
        {"we saw Hope in the hall", "name:Hope"},
        {"Hope helped out", "name:Hope"},
        {"Hope Tavrek and hope", "name:Hope Tavrek"},
        {"by the end of May", ""},
        {"May Lendosk", "name:May Lendosk"},
        {"la luz del salón", ""},
        {"con Luz Kentavo", "name:Luz Kentavo"},
        {"Linden Middle School, Farrosk Elementary", ""},
        {"la escuela Linden", ""},
        {"but Linden came", "name:Linden"},
        {"HOPE FOR ALL", ""},
        {"a student named Grelda left", "one_student:a student|name:Grelda"},
    };

    (void)state;
    expect(rows);
}

static void it_knows_numbers_that_are_somebodys(void **state)
{
    static const struct row rows[] = {
        {"number 20231187 left", "id:20231187"},
        {"ID: 4821, PIN 48213, #77120", "id:4821|id:48213|id:77120"},
        {"S2204417 and 219-09-9999", "id:S2204417|id:219-09-9999"},
        {"expediente 48213", "id:48213"},
        {"Room 204, Form 1040, grade 9, 7B, page 12345", ""},
        {"100000 families, 1,240,000 forms, $250000, 123456 students", ""},
        {"ID 2026, version 1.2.3, 10.0.0.1, 3.141592", ""},
        {"write to ab.c+d@x-y.example.", "contact:ab.c+d@x-y.example"},
        {"office@lincoln.example, @home, a@b", ""},
        {"(555) 204-8813 or 555-867-2201 or +34 612 345 678",
         "contact:(555) 204-8813|contact:555-867-2201|contact:+34 612 345 678"},
        {"tel 612 34 56 78, text 867-2201", "contact:612 34 56 78|contact:867-2201"},
        {"weeks 12 18 25 31, 62 70 74", ""},
    };

    (void)state;
    expect(rows);
}

static void it_knows_dates_of_birth(void **state)
{
    static const struct row rows[] = {
        {"2012-04-30, 30.4.2012, 4/30/12", "date:2012-04-30|date:30.4.2012|date:4/30/12"},
        {"April 30, 2012 or 30 April 2012 or the 30th of April 2012",
         "date:April 30, 2012|date:30 April 2012|date:30th of April 2012"},
        {"el 30 de abril de 2012", "date:30 de abril de 2012"},
        {"born on March 3", "date:March 3"},
        {"his birthday is 3/4", "date:3/4"},
        {"cumple el 2 de noviembre", "date:2 de noviembre"},
        {"turned 13 on May 4", "date:turned 13|date:May 4"},
        {"cumplió 15 años", "date:cumplió 15 años"},
        /* cycles: this year's and last year's days, days without a year, a year alone */
        {"2026-03-02 to 2026-03-20, 3/14/25, 10/15", ""},
        {"on March 3 and May 4th, 2026", ""},
        {"in 2012, the class of 2012, May 2012", ""},
        {"turned 5 pages, turned in 14", ""},
    };

    (void)state;
    expect(rows);
}

static void it_knows_one_student_from_any_student(void **state)
{
    static const struct row rows[] = {
        {"one student cried", "one_student:one student"},
        {"one of the quiet ninth grade girls",
         "one_student:one of the quiet ninth grade girls"},
        {"this student, that boy", "one_student:this student|one_student:that boy"},
        {"a student who left; a girl; a student in my class",
         "one_student:a student|one_student:a girl|one_student:a student"},
        {"the student who wrote it", "one_student:the student"},
        {"a 12-year-old; niña de 9 años", "one_student:12-year-old|one_student:9 años"},
        {"un alumno, otra alumna, una de mis alumnas, ese niño",
         "one_student:un alumno|one_student:otra alumna|one_student:una de mis alumnas|"
         "one_student:ese niño"},
        {"each student, per student, every student, the students", ""},
        {"when a student finishes; if a girl asks", ""},
        {"a student can choose; a student's first draft", ""},
        {"one student at a time, one student per table", ""},
        {"our student council, one student survey, a student-led talk", ""},
        {"cada alumno, por alumno, cuando un alumno termina, un alumno por mesa", ""},
        {"12-year-old students, alumnos de 13 años", ""},
        {"one page, one class, a class", ""},
    };

    (void)state;
    expect(rows);
}

static void it_counts(void **state)
{
    static const struct row rows[] = {
        {"9 students", "small_group:9 students"},
        {"10 students", ""},
        {"two of our quiet newcomers", "small_group:two of our quiet newcomers"},
        {"3 out of 7 English learners", "small_group:3 out of 7 English learners"},
        {"both boys; both students and teachers", "small_group:both boys"},
        {"students came, two of them late", "small_group:two of them"},
        {"a group of 5, n = 6, N = 12", "small_group:group of 5|small_group:n = 6"},
        {"tres alumnos, dos de las niñas, cinco de los ocho alumnos",
         "small_group:tres alumnos|small_group:dos de las niñas|"
         "small_group:cinco de los ocho alumnos"},
        {"nine of ten seniors, nueve de cada diez alumnos, one in nine students", ""},
        {"grade 9 students, period 4 students, 4.1 students", ""},
        {"groups of 4 students, 3 students per table", ""},
        {"two of the teachers, 3 minutes, five weeks, 5 to 2", ""},
    };

    (void)state;
    expect(rows);
}

static void it_knows_what_is_true_of_one(void **state)
{
    static const struct row rows[] = {
        {"the only girl in the club", "detail:the only girl"},
        {"la única alumna de noveno", "detail:la única alumna"},
        {"the twins, the pastor's son", "detail:twins|detail:pastor's son"},
        {"her little brother, su abuela", "detail:her little brother|detail:su abuela"},
        {"She came from Eritrea", "detail:came from Eritrea"},
        {"uses a wheelchair", "detail:wheelchair"},
        {"students in wheelchairs, students on probation, the only way", ""},
        {"every student and their family; each child with his mother", ""},
        {"the idea came from Linden Academy", ""},
    };

    (void)state;
    expect(rows);
}

/* At the bound and past it; and bytes that are no text. */
static void it_is_bounded(void **state)
{
    struct screen *screen = screen_new(NULL, 0, YEAR);
    struct screen_point points[2];
    static const char three[] = "20231187 x 20231188 x 20231189";
    struct rng rng;
    struct env env = tests_env(&rng);

    (void)state;
    assert_int_equal(screen_look(screen, three, 19, points, 2), 2);
    assert_int_equal(screen_look(screen, three, strlen(three), points, 2), 2);
    assert_int_equal(screen_look(screen, three, strlen(three), points, 0), 0);
    assert_int_equal(screen_look(screen, NULL, 0, points, 2), 0);
    for (int i = 0; i < 2000; i++) {
        char junk[64];

        env_random(&env, junk, sizeof(junk));
        (void)screen_look(screen, junk, sizeof(junk), points, 2);
    }
    assert_false(screen_is_few(0));
    assert_true(screen_is_few(1));
    assert_true(screen_is_few(SCREEN_GROUP_MIN - 1));
    assert_false(screen_is_few(SCREEN_GROUP_MIN));
    screen_free(screen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_knows_the_names_of_the_list),
        cmocka_unit_test(a_name_that_is_a_word_must_look_like_a_name),
        cmocka_unit_test(it_knows_numbers_that_are_somebodys),
        cmocka_unit_test(it_knows_dates_of_birth),
        cmocka_unit_test(it_knows_one_student_from_any_student),
        cmocka_unit_test(it_counts),
        cmocka_unit_test(it_knows_what_is_true_of_one),
        cmocka_unit_test(it_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
