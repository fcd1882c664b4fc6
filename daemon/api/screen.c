#include "daemon/api/screen.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SCREEN_EXCERPT = 24, SCREEN_ID_DIGITS = 6 };

struct screen {
    json_t *points;
    const char *path;
    const char *value;
};

static bool letter(char c)
{
    /* Bytes over 127 are parts of letters: "José" is one word. */
    return isalpha((unsigned char)c) || ((unsigned char)c & 0x80) != 0;
}

/* The words around what was found, cut at whole UTF-8 characters. */
static void point(struct screen *screen, const char *kind, const char *at, size_t n,
                  const char *hint)
{
    const char *from = at, *to = at + n;

    if (json_array_size(screen->points) >= SCREEN_POINTS_MAX) return;
    while (from > screen->value && at - from < SCREEN_EXCERPT)
        from--;
    while (from > screen->value && ((unsigned char)*from & 0xc0) == 0x80)
        from--;
    while (*to != '\0' && to - (at + n) < SCREEN_EXCERPT)
        to++;
    while (((unsigned char)*to & 0xc0) == 0x80)
        to++;
    json_array_append_new(screen->points,
                          json_pack("{s:s, s:s, s:s%, s:s}", "path", screen->path, "kind", kind,
                                    "text", from, (size_t)(to - from), "hint", hint));
}

static void find_names(struct screen *screen, const json_t *names)
{
    size_t i;
    json_t *value;

    json_array_foreach((json_t *)(uintptr_t)names, i, value)
    {
        const char *name = json_string_value(value);
        size_t n = name == NULL ? 0 : strlen(name);

        for (const char *at = screen->value; n > 0 && *at != '\0'; at++) {
            if (strncasecmp(at, name, n) != 0 || letter(at[n])) continue;
            if (at > screen->value && letter(at[-1])) continue;
            point(screen, "name", at, n, "a name of your list: write \"a student\" instead");
            break;
        }
    }
}

/* "2012-04-30", "30.4.2012", "4/30/12": digits, one or two separators of one kind, digits. */
static size_t date_length(const char *at)
{
    char *end;
    long first = strtol(at, &end, 10);
    char separator = *end;
    long second, third;
    const char *rest;

    if (end == at || strchr("-./", separator) == NULL || separator == '\0') return 0;
    if (!isdigit((unsigned char)end[1])) return 0;
    second = strtol(end + 1, &end, 10);
    if (*end != separator || !isdigit((unsigned char)end[1])) return 0;
    rest = end + 1;
    third = strtol(rest, &end, 10);
    if (second < 1 || second > 31 || isdigit((unsigned char)*end)) return 0;
    if ((first > 1900 && first < 2100 && third >= 1 && third <= 31) ||
        (first >= 1 && first <= 31 && end - rest >= 2 && (third < 100 || third > 1900) &&
         third < 2100)) {
        return (size_t)(end - at);
    }
    return 0;
}

static bool word_follows(const char *at, const char *const *words)
{
    while (*at == ' ')
        at++;
    for (; *words != NULL; words++) {
        size_t n = strlen(*words);

        if (strncasecmp(at, *words, n) == 0 && !letter(at[n])) return true;
    }
    return false;
}

static void find_numbers(struct screen *screen)
{
    static const char *const people[] = {"student", "students", "pupil",   "pupils",
                                         "child",   "children", "kids",    "girls",
                                         "boys",    "learners", "of them", NULL};

    for (const char *at = screen->value; *at != '\0';) {
        size_t digits = strspn(at, "0123456789");
        size_t date;

        if (digits == 0 || (at > screen->value && letter(at[-1]))) {
            at += digits == 0 ? 1 : digits;
            continue;
        }
        date = date_length(at);
        if (date > 0) {
            point(screen, "date", at, date,
                  "a date of birth, or a day that points at somebody?");
            at += date;
            continue;
        }
        if (digits >= SCREEN_ID_DIGITS) {
            point(screen, "id", at, digits, "a student's number? Leave it out");
        } else if (strtol(at, NULL, 10) < SCREEN_GROUP_MIN && digits == 1 &&
                   word_follows(at + 1, people)) {
            point(screen, "small_group", at, digits,
                  "fewer than ten can be recognised: \"a few\" is enough");
        }
        at += digits;
    }
}

static void find_one_student(struct screen *screen)
{
    static const char *const phrases[] = {"one student",         "a single student",
                                          "one of the students", "one pupil",
                                          "one child",           "the student who"};

    for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++) {
        const char *at = strcasestr(screen->value, phrases[i]);

        if (at == NULL) continue;
        point(screen, "one_student", at, strlen(phrases[i]),
              "who was it, for those who know the class?");
        return;
    }
}

json_t *screen_points(const json_t *lines, const json_t *names)
{
    struct screen screen = {.points = json_array()};
    size_t i;
    json_t *line;

    json_array_foreach((json_t *)(uintptr_t)lines, i, line)
    {
        screen.path = json_string_value(json_object_get(line, "path"));
        screen.value = json_string_value(json_object_get(line, "value"));
        if (screen.path == NULL) screen.path = "";
        if (screen.value == NULL || screen.value[0] == '\0') continue;
        find_names(&screen, names);
        find_one_student(&screen);
        find_numbers(&screen);
    }
    return screen.points;
}
