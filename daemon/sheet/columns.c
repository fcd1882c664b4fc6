#include "daemon/sheet/columns.h"

#include <stdlib.h>
#include <string.h>

#include "proto/base/plain.h"
#include "proto/record/ijson.h"

static bool same_header(const char *a, const char *b)
{
    struct buf x = {0}, y = {0};
    bool same;

    plain_words(&x, a, strlen(a));
    plain_words(&y, b, strlen(b));
    same = slice_eq(buf_slice(&x), buf_slice(&y));
    buf_fini(&x);
    buf_fini(&y);
    return same;
}

/* What {HEADER: PLACE} says of a header; NULL when nothing. */
static const char *place_said(const json_t *columns, const char *header)
{
    const char *name;
    json_t *place;

    IJSON_FOREACH(columns, name, place)
    {
        if (same_header(name, header)) return json_string_value(place);
    }
    return NULL;
}

static void put_problem(struct spread_problem *problem, const char *before, const char *what,
                        const char *after)
{
    struct buf text = {0};

    buf_put_str(&text, before);
    buf_put(&text, what, strnlen(what, 60));
    buf_put_str(&text, after);
    buf_put_u8(&text, 0);
    problem->line = 0;
    memcpy(problem->text, text.data,
           text.len < sizeof(problem->text) ? text.len : sizeof(problem->text));
    problem->text[sizeof(problem->text) - 1] = '\0';
    buf_fini(&text);
}

/* Takes what `map` says of the columns that have no place yet. */
static enum err take_map(struct columns *columns, const struct schema *schema,
                         const json_t *map, enum columns_by by, struct spread_problem *problem)
{
    for (size_t i = 0; i < columns->n; i++) {
        struct column *column = &columns->all[i];
        const char *place =
            column->by == COLUMNS_NOBODY ? place_said(map, column->header) : NULL;

        if (place == NULL) continue;
        if (*place != '\0' && !header_place_of(schema, place, &column->place)) {
            column->place = (struct header_place){.index = -1};
            if (by == COLUMNS_REMEMBERED) continue; /* the type has changed since */
            put_problem(problem, "there is no field ", place, " for a column to be");
            return ERR_INVALID;
        }
        column->by = by;
    }
    return ERR_OK;
}

/* A name in what was said that is no header: a slip, and silence would lose a column. */
static enum err check_said(const struct columns *columns, const json_t *map,
                           struct spread_problem *problem)
{
    const char *name;
    json_t *place;

    IJSON_FOREACH(map, name, place)
    {
        bool found = false;

        for (size_t i = 0; i < columns->n; i++)
            found |= same_header(columns->all[i].header, name);
        if (!found) {
            put_problem(problem, "there is no column ", name, " in this file");
            return ERR_INVALID;
        }
        if (!json_is_string(place)) {
            put_problem(problem, "say a field for the column ", name, ", or \"\" for none");
            return ERR_INVALID;
        }
    }
    return ERR_OK;
}

static bool has_place(const struct header_place *place)
{
    return place->field != NULL || place->record;
}

/* Of several columns for one place the surest keeps it; of those that a person said none may.
 */
static enum err settle(struct columns *columns, struct spread_problem *problem)
{
    for (size_t i = 0; i < columns->n; i++) {
        for (size_t k = 0; k < i; k++) {
            struct column *a = &columns->all[k], *b = &columns->all[i], *loser;

            if (!has_place(&a->place) || !header_place_eq(&a->place, &b->place)) continue;
            if (a->by == COLUMNS_SAID && b->by == COLUMNS_SAID) {
                put_problem(problem, "two columns cannot be one field: ", b->header, "");
                return ERR_INVALID;
            }
            loser = b->by > a->by || (b->by == a->by && b->sure > a->sure) ? a : b;
            loser->place = (struct header_place){.index = -1};
            loser->by = COLUMNS_NOBODY;
        }
    }
    return ERR_OK;
}

enum err columns_init(struct columns *out, const struct grid *grid,
                      const struct header_book *book, const struct schema *schema,
                      const json_t *said, const json_t *remembered,
                      struct spread_problem *problem)
{
    enum err err;

    out->n = grid_columns(grid);
    out->all = mem_zalloc((out->n + 1) * sizeof(*out->all));
    for (size_t i = 0; i < out->n; i++) {
        struct column *column = &out->all[i];

        *column = (struct column){
            .header = grid_header(grid, i), .sample = "", .place = {.index = -1}};
        for (size_t r = 0; r < grid_records(grid) && *column->sample == '\0'; r++)
            column->sample = grid_cell(grid, r, i);
    }
    err = check_said(out, said, problem);
    if (err == ERR_OK) err = take_map(out, schema, said, COLUMNS_SAID, problem);
    if (err == ERR_OK) err = take_map(out, schema, remembered, COLUMNS_REMEMBERED, problem);
    for (size_t i = 0; i < out->n && err == ERR_OK; i++) {
        struct column *column = &out->all[i];

        /* A heading over nothing ("DO") is no column. */
        if (column->by != COLUMNS_NOBODY || *column->header == '\0' ||
            *column->sample == '\0') {
            continue;
        }
        column->sure = header_guess(book, column->header, &column->place);
        if (column->sure > 0) column->by = COLUMNS_GUESS;
    }
    if (err == ERR_OK) err = settle(out, problem);
    if (err != ERR_OK) columns_fini(out);
    return err;
}

void columns_fini(struct columns *columns)
{
    free(columns->all);
    *columns = (struct columns){0};
}

static json_t *place_json(const struct header_place *place)
{
    struct buf text = {0};
    json_t *json;

    if (!has_place(place)) return json_null();
    header_place_put(&text, place);
    json = json_stringn((const char *)text.data, text.len);
    buf_fini(&text);
    return json;
}

const struct column *columns_of(const struct columns *columns, const char *place)
{
    const struct column *found = NULL;

    for (size_t i = 0; i < columns->n && found == NULL; i++) {
        json_t *json = place_json(&columns->all[i].place);

        if (json_is_string(json) && strcmp(json_string_value(json), place) == 0) {
            found = &columns->all[i];
        }
        json_decref(json);
    }
    return found;
}

const struct schema_field *columns_field(const struct column *column)
{
    return column->place.item != NULL ? column->place.item : column->place.field;
}

json_t *columns_memory(const struct columns *columns)
{
    json_t *map = json_object();

    for (size_t i = 0; i < columns->n; i++) {
        json_t *place = place_json(&columns->all[i].place);

        if (*columns->all[i].header != '\0' && *columns->all[i].sample != '\0') {
            json_object_set_new(map, columns->all[i].header,
                                json_is_string(place) ? json_incref(place) : json_string(""));
        }
        json_decref(place);
    }
    return map;
}

json_t *columns_json(const struct columns *columns)
{
    static const char *const names[] = {NULL, "guess", "remembered", "said"};
    json_t *list = json_array();

    for (size_t i = 0; i < columns->n; i++) {
        const struct column *column = &columns->all[i];
        const struct schema_field *field = columns_field(column);
        json_t *json = json_object();

        if (*column->header == '\0' && *column->sample == '\0') {
            json_decref(json);
            continue;
        }
        json_object_set_new(json, "column", json_integer((json_int_t)i + 1));
        json_object_set_new(json, "header", json_string(column->header));
        json_object_set_new(json, "place", place_json(&column->place));
        json_object_set_new(json, "label",
                            field == NULL ? json_null() : json_string(field->label));
        json_object_set_new(json, "by",
                            names[column->by] == NULL ? json_null()
                                                      : json_string(names[column->by]));
        json_object_set_new(json, "sample", json_string(column->sample));
        json_array_append_new(list, json);
    }
    return list;
}
