/*
 * The planted set: 300 texts as teams write them, about half with something that may identify a
 * student. Prints how much of it is found and how often the screen points at nothing, for the
 * half that the finders were tuned on and for the half that was held out, and holds both to
 * floors. `planted show` lists what was missed, and pointed at wrongly, in the tuning half
 * alone.
 */
#include "tests/support/tests.h"

#include <stdio.h>
#include <stdlib.h>

#include "daemon/screen/screen.h"

enum { TEXTS = 300, LIST_MAX = 64, POINTS_MAX = 64, PLANTED_MAX = 16, YEAR = 2026 };

struct planted {
    char *text; /* without the marks */
    size_t n;   /* planted spans */
    struct screen_point spans[PLANTED_MAX];
};

struct figures {
    unsigned planted[SCREEN_KIND_COUNT], found[SCREEN_KIND_COUNT], named[SCREEN_KIND_COUNT];
    unsigned points[SCREEN_KIND_COUNT], wrong[SCREEN_KIND_COUNT];
    unsigned innocent, innocent_pointed;
};

static bool show;

/* "[[kind:…]]" becomes a span. */
static struct planted parse(char *line)
{
    struct planted out = {.text = mem_zalloc(strlen(line) + 1)};
    size_t n = 0;

    while (*line != '\0') {
        if (strncmp(line, "[[", 2) == 0) {
            struct screen_point *span = &out.spans[out.n];
            size_t kind = 0, length = strcspn(line + 2, ":");

            assert_in_range(out.n, 0, PLANTED_MAX - 1);
            while (kind < SCREEN_KIND_COUNT &&
                   (strlen(screen_kind_name(kind)) != length ||
                    strncmp(screen_kind_name(kind), line + 2, length) != 0)) {
                kind++;
            }
            assert_in_range(kind, 0, SCREEN_KIND_COUNT - 1);
            span->kind = (enum screen_kind)kind;
            span->start = n;
            line += 2 + length + 1;
        } else if (strncmp(line, "]]", 2) == 0) {
            out.spans[out.n++].end = n;
            line += 2;
        } else {
            out.text[n++] = *line++;
        }
    }
    return out;
}

static bool overlap(const struct screen_point *a, const struct screen_point *b)
{
    return a->start < b->end && b->start < a->end;
}

static void tell(const char *what, const struct planted *text, const struct screen_point *point)
{
    if (show) {
        printf("%-6s %-11s «%.*s» in: %s\n", what, screen_kind_name(point->kind),
               (int)(point->end - point->start), text->text + point->start, text->text);
    }
}

static void judge(const struct screen *screen, const struct planted *text,
                  struct figures *figures)
{
    struct screen_point points[POINTS_MAX];
    size_t n = screen_look(screen, text->text, strlen(text->text), points, POINTS_MAX);

    for (size_t i = 0; i < text->n; i++) {
        bool found = false, named = false;

        for (size_t k = 0; k < n; k++) {
            found |= overlap(&text->spans[i], &points[k]);
            named |=
                overlap(&text->spans[i], &points[k]) && points[k].kind == text->spans[i].kind;
        }
        figures->planted[text->spans[i].kind]++;
        figures->found[text->spans[i].kind] += found;
        figures->named[text->spans[i].kind] += named;
        if (!found) tell("missed", text, &text->spans[i]);
    }
    for (size_t k = 0; k < n; k++) {
        bool right = false;

        for (size_t i = 0; i < text->n; i++)
            right |= overlap(&text->spans[i], &points[k]);
        figures->points[points[k].kind]++;
        figures->wrong[points[k].kind] += !right;
        if (!right) tell("wrong", text, &points[k]);
    }
    figures->innocent += text->n == 0;
    figures->innocent_pointed += text->n == 0 && n > 0;
}

static unsigned sum(const unsigned *of)
{
    unsigned total = 0;

    for (size_t i = 0; i < SCREEN_KIND_COUNT; i++)
        total += of[i];
    return total;
}

static unsigned percent(unsigned part, unsigned of)
{
    return of == 0 ? 100 : (100 * part + of / 2) / of;
}

static void print(const char *half, const struct figures *f)
{
    printf("%s half\n  %-12s %8s %6s %11s %7s %6s\n", half, "kind", "planted", "found",
           "of its kind", "points", "wrong");
    for (size_t i = 0; i < SCREEN_KIND_COUNT; i++) {
        printf("  %-12s %8u %6u %11u %7u %6u\n", screen_kind_name((enum screen_kind)i),
               f->planted[i], f->found[i], f->named[i], f->points[i], f->wrong[i]);
    }
    printf("  recall %u %% (%u of %u); false alarms %u %% of points (%u of %u), and %u of %u "
           "innocent texts\n",
           percent(sum(f->found), sum(f->planted)), sum(f->found), sum(f->planted),
           percent(sum(f->wrong), sum(f->points)), sum(f->wrong), sum(f->points),
           f->innocent_pointed, f->innocent);
}

/* In per cent: recall at least, wrong points and innocent texts that are pointed at at most. Of
 * each kind at least two thirds are found: none may hide behind the others. */
static void hold(const struct figures *f, unsigned recall, unsigned wrong, unsigned innocent)
{
    assert_in_range(percent(sum(f->found), sum(f->planted)), recall, 100);
    assert_in_range(percent(sum(f->wrong), sum(f->points)), 0, wrong);
    assert_in_range(percent(f->innocent_pointed, f->innocent), 0, innocent);
    for (size_t i = 0; i < SCREEN_KIND_COUNT; i++)
        assert_in_range(percent(f->found[i], f->planted[i]), 67, 100);
}

/* Lines of a file that are no comment; the file stays in *file, to be freed. */
static size_t lines_of(const char *path, char **file, char **out, size_t max)
{
    size_t n = 0;

    *file = tests_file(path, NULL);
    for (char *line = strtok(*file, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        if (line[0] == '#') continue;
        assert_in_range(n, 0, max - 1);
        out[n++] = line;
    }
    return n;
}

static void it_finds_what_was_planted(void **state)
{
    char *list[LIST_MAX], *lines[TEXTS + 1], *names, *texts;
    size_t n = lines_of("unit/daemon/screen/data/names.txt", &names, list, LIST_MAX);
    struct screen *screen = screen_new((const char *const *)list, n, YEAR);
    struct figures halves[2] = {0};
    bool showing = show;

    (void)state;
    assert_int_equal(lines_of("unit/daemon/screen/data/planted.txt", &texts, lines, TEXTS + 1),
                     TEXTS);
    for (size_t i = 0; i < TEXTS; i++) {
        struct planted text = parse(lines[i] + 3);

        show = showing && i % 2 == 0;
        judge(screen, &text, &halves[i % 2]);
        free(text.text);
    }
    print("tuning", &halves[0]);
    print("held-out", &halves[1]);
    hold(&halves[0], 95, 5, 5);
    hold(&halves[1], 90, 10, 8);
    screen_free(screen);
    free(names);
    free(texts);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_finds_what_was_planted),
    };

    show = argc > 1 && strcmp(argv[1], "show") == 0;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
