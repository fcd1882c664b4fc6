#include "daemon/screen/screen.h"

#include <stdlib.h>

#include "daemon/screen/detail.h"
#include "daemon/screen/look.h"
#include "daemon/screen/names.h"
#include "daemon/screen/numbers.h"
#include "daemon/screen/people.h"

struct screen {
    struct words *words;
    struct names *names;
    int year;
};

const char *screen_kind_name(enum screen_kind kind)
{
    static const char *const names[] = {
#define X(kind, name, hint) name,
        SCREEN_KINDS(X)
#undef X
    };

    return names[kind];
}

const char *screen_kind_hint(enum screen_kind kind)
{
    static const char *const hints[] = {
#define X(kind, name, hint) hint,
        SCREEN_KINDS(X)
#undef X
    };

    return hints[kind];
}

bool screen_is_few(double number)
{
    return number >= 1 && number < SCREEN_GROUP_MIN;
}

struct screen *screen_new(const char *const *names, size_t names_n, int year)
{
    struct screen *screen = mem_zalloc(sizeof(*screen));

    screen->words = words_new();
    screen->names = names_new(screen->words, names, names_n);
    screen->year = year;
    return screen;
}

void screen_free(struct screen *screen)
{
    if (screen == NULL) return;
    names_free(screen->names);
    words_free(screen->words);
    free(screen);
}

/* By place; of two that overlap the earlier kind of the table comes first. */
static int by_place(const void *x, const void *y)
{
    const struct screen_point *a = x, *b = y;

    if (a->start != b->start) return a->start < b->start ? -1 : 1;
    return a->kind != b->kind ? (a->kind < b->kind ? -1 : 1) : 0;
}

static bool overlap(const struct screen_point *a, const struct screen_point *b)
{
    return a->start < b->end && b->start < a->end;
}

/* In order; where points overlap, the one of the earlier kind stays. */
static size_t settle(struct look *look, struct screen_point *out, size_t max)
{
    size_t n = 0;

    if (look->n > 0) qsort(look->points, look->n, sizeof(*look->points), by_place);
    for (size_t i = 0; i < look->n; i++) {
        const struct screen_point *point = &look->points[i];

        if (n > 0 && overlap(&out[n - 1], point)) {
            if (point->kind < out[n - 1].kind) out[n - 1] = *point;
        } else if (n < max) {
            out[n++] = *point;
        }
    }
    return n;
}

size_t screen_look(const struct screen *screen, const char *text, size_t n,
                   struct screen_point *out, size_t max)
{
    struct look look = {.names = screen->names, .words = screen->words, .year = screen->year};
    size_t found;

    look_init(&look, text, n);
    names_look(&look);
    numbers_look(&look);
    people_look(&look);
    detail_look(&look);
    found = settle(&look, out, max);
    look_fini(&look);
    return found;
}
