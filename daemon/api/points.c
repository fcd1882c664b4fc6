#include "daemon/api/points.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/screen/screen.h"
#include "proto/base/mem.h"

enum { POINTS_EXCERPT = 24 };

/* "plan.questions[0].prediction" as a schema writes it: "plan.questions[].prediction". */
static const struct schema_field *field_at(const struct schema *schema, const char *path)
{
    char plain[256];
    size_t n = 0, at = 0;
    const struct schema_field *field = NULL;

    if (schema == NULL) return NULL;
    for (const char *p = path; *p != '\0' && n + 1 < sizeof(plain); p++) {
        if (*p >= '0' && *p <= '9' && n > 0 && plain[n - 1] == '[') continue;
        plain[n++] = *p;
    }
    plain[n] = '\0';
    while ((field = schema_next(schema, &at)) != NULL) {
        size_t length = strlen(field->path);

        if (strcmp(field->path, plain) == 0) return field;
        /* An entry of a list of texts: "plan.for_whom[]". */
        if (field->list && strncmp(field->path, plain, length) == 0 &&
            strcmp(plain + length, "[]") == 0) {
            return field;
        }
        for (size_t i = 0; i < field->n_items; i++) {
            if (strcmp(field->items[i].path, plain) == 0) return &field->items[i];
        }
    }
    return NULL;
}

static void point(json_t *points, const char *path, const char *value,
                  const struct screen_point *found)
{
    const char *from = value + found->start, *to = value + found->end;

    if (json_array_size(points) >= POINTS_MAX) return;
    while (from > value && value + found->start - from < POINTS_EXCERPT)
        from--;
    while (from > value && ((unsigned char)*from & 0xc0) == 0x80)
        from--;
    while (*to != '\0' && to - (value + found->end) < POINTS_EXCERPT)
        to++;
    while (((unsigned char)*to & 0xc0) == 0x80)
        to++;
    json_array_append_new(points, json_pack("{s:s, s:s, s:s%, s:s%, s:s}", "path", path, "kind",
                                            screen_kind_name(found->kind), "found",
                                            value + found->start, found->end - found->start,
                                            "text", from, (size_t)(to - from), "hint",
                                            screen_kind_hint(found->kind)));
}

static void look_at(const struct screen *screen, const struct schema_field *field,
                    const char *path, const char *value, json_t *points)
{
    struct screen_point found[POINTS_MAX];
    enum schema_kind kind = field == NULL ? SCHEMA_STRING : field->item_kind;
    size_t n;

    if (kind == SCHEMA_INTEGER || kind == SCHEMA_NUMBER) {
        struct screen_point few = {.kind = SCREEN_SMALL_GROUP, .end = strlen(value)};

        if (field->counts_students && screen_is_few(strtod(value, NULL))) {
            point(points, path, value, &few);
        }
        return;
    }
    if (field != NULL && (field->input == SCHEMA_INPUT_REF || kind == SCHEMA_BOOLEAN)) return;
    n = screen_look(screen, value, strlen(value), found, POINTS_MAX);
    for (size_t i = 0; i < n; i++) {
        if (field != NULL && field->input == SCHEMA_INPUT_DATE &&
            found[i].kind == SCREEN_DATE) {
            continue;
        }
        point(points, path, value, &found[i]);
    }
}

static struct screen *screen_for(const struct points_ask *ask)
{
    const char **list = mem_zalloc((json_array_size(ask->names) + 1) * sizeof(*list));
    size_t n = 0;
    time_t wall = (time_t)ask->wall_s;
    struct tm tm;
    struct screen *screen;

    for (size_t i = 0; i < json_array_size(ask->names); i++) {
        const char *name = json_string_value(json_array_get(ask->names, i));

        if (name != NULL) list[n++] = name;
    }
    screen = screen_new(list, n, gmtime_r(&wall, &tm) == NULL ? 0 : tm.tm_year + 1900);
    free(list);
    return screen;
}

json_t *points_make(const struct points_ask *ask)
{
    struct screen *screen = screen_for(ask);
    json_t *points = json_array();

    for (size_t i = 0; i < json_array_size(ask->lines); i++) {
        const json_t *line = json_array_get(ask->lines, i);
        const char *path = json_string_value(json_object_get(line, "path"));
        const char *value = json_string_value(json_object_get(line, "value"));
        const char *kind = json_string_value(json_object_get(line, "kind"));

        /* An item's value is its question, which has a line of its own. */
        if (path == NULL || value == NULL || *value == '\0') continue;
        if (kind != NULL && strcmp(kind, "item") == 0) continue;
        look_at(screen, field_at(ask->schema, path), path, value, points);
    }
    screen_free(screen);
    return points;
}
