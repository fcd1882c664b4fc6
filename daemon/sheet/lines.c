#include "daemon/sheet/lines.h"

#include <stdlib.h>
#include <string.h>

#include "proto/base/map.h"
#include "proto/base/text.h"
#include "proto/record/ijson.h"

struct making {
    struct sheet *sheet;
    const struct lines_ask *ask;
    struct sheet_line *line;
    size_t record;
    const struct column *column; /* NULL: it is set for all lines */
    size_t at;                   /* the column's number */
    const struct header_place *place;
};

/* ---------------------------------------------------------------------------------- problems
 */

static json_t *place_json(const struct header_place *place)
{
    struct buf text = {0};
    json_t *json;

    header_place_put(&text, place);
    json = json_stringn((const char *)text.data, text.len);
    buf_fini(&text);
    return json;
}

static void complain(const struct making *making, const char *text)
{
    const struct schema_field *field =
        making->place->item != NULL ? making->place->item : making->place->field;
    json_t *problem = json_object();
    bool cell = making->column != NULL;
    size_t line =
        cell ? grid_line(making->ask->grid, making->record, making->at) : making->line->line;

    json_object_set_new(problem, "line", json_integer((json_int_t)line));
    json_object_set_new(problem, "column",
                        cell ? json_integer((json_int_t)making->at + 1) : json_null());
    json_object_set_new(problem, "header",
                        cell ? json_string(making->column->header) : json_null());
    json_object_set_new(problem, "place", place_json(making->place));
    json_object_set_new(problem, "label", json_string(field == NULL ? "Record" : field->label));
    json_object_set_new(problem, "text", json_string(text));
    json_array_append_new(making->line->problems, problem);
}

/* ------------------------------------------------------------------------------- the sections
 */

static json_t *member(json_t *object, const char *name, json_t *(*make)(void))
{
    json_t *value = json_object_get(object, name);

    if (value == NULL) {
        value = make();
        json_object_set_new(object, name, value);
    }
    return value;
}

static json_t *make_object(void)
{
    return json_object();
}

static json_t *make_array(void)
{
    return json_array();
}

/* Item number i of a list of objects; the list is made long enough with empty ones. */
static json_t *item_at(json_t *list, size_t i)
{
    while (json_array_size(list) <= i)
        json_array_append_new(list, json_object());
    return json_array_get(list, i);
}

/* Takes the reference. i: of a list of objects. */
static void put_value(struct making *making, size_t i, json_t *value)
{
    const struct schema_field *field = making->place->field;
    json_t *section = member(making->line->sections, field->section, make_object);

    if (making->place->item != NULL) {
        json_t *item = item_at(member(section, field->name, make_array), i);

        json_object_set_new(item, making->place->item->name, value);
    } else if (field->list) {
        json_array_append_new(member(section, field->name, make_array), value);
    } else {
        json_object_set_new(section, field->name, value);
    }
}

/* The record that a cell names, instead of its words. Takes and gives a reference; NULL: none.
 */
static json_t *find_ref(struct making *making, const struct schema_field *field, json_t *value)
{
    char ref[98];
    const char *why = "there is no such record";

    if (field->input != SCHEMA_INPUT_REF || making->ask->ref == NULL) return value;
    if (!making->ask->ref(making->ask->arg, field->ref, json_string_value(value), ref, &why)) {
        complain(making, why);
        json_decref(value);
        return NULL;
    }
    json_decref(value);
    return json_string(ref);
}

static void take_entry(struct making *making, size_t i, const char *text)
{
    const struct schema_field *field =
        making->place->item != NULL ? making->place->item : making->place->field;
    struct schema_problem problem;
    json_t *value = NULL;

    if (cell_value(field, text, making->ask->forms, &value, &problem) != ERR_OK) {
        complain(making, problem.text);
        return;
    }
    value = find_ref(making, field, value);
    if (value != NULL) put_value(making, i, value);
}

/* What it was taken for, where that is not what stands there: a day, a choice. */
static json_t *note_of(const struct making *making, const char *text)
{
    const struct schema_field *field = making->place->field;
    const json_t *value;

    if (field == NULL || field->list || field->input == SCHEMA_INPUT_REF) return NULL;
    value =
        json_object_get(json_object_get(making->line->sections, field->section), field->name);
    if (json_is_true(value)) return json_string("yes");
    if (json_is_false(value)) return json_string("no");
    if (json_is_number(value)) {
        char *number = json_dumps(value, JSON_ENCODE_ANY);
        json_t *note = strcmp(number, text) == 0 ? NULL : json_string(number);

        free(number);
        return note;
    }
    return json_is_string(value) && strcmp(json_string_value(value), text) != 0
               ? json_incref((json_t *)(uintptr_t)value)
               : NULL;
}

static void note_field(struct making *making, const char *text)
{
    const struct schema_field *field =
        making->place->item != NULL ? making->place->item : making->place->field;
    json_t *json = json_object(), *note = note_of(making, text);

    json_object_set_new(json, "place", place_json(making->place));
    json_object_set_new(json, "label", json_string(field == NULL ? "Record" : field->label));
    json_object_set_new(json, "value", json_string(text));
    if (note != NULL) json_object_set_new(json, "note", note);
    json_array_append_new(making->line->fields, json);
}

static void take_cell(struct making *making, const char *text)
{
    const struct header_place *place = making->place;
    const struct schema_field *field = place->field;
    size_t before = json_array_size(making->line->problems);

    if (place->record) {
        making->line->record = arena_strdup(&making->sheet->arena, text);
    } else if (field->list && place->index < 0) {
        bool tags = place->item == NULL && field->input != SCHEMA_INPUT_TEXT;
        const char *at = text, *marks = cell_marks(text, tags);
        struct buf entry = {0};

        for (size_t i = 0; cell_next(&at, marks, &entry); i++) {
            /* A lone hyphen holds the place of an item that has nothing here (write.c). */
            if (tags || strcmp((const char *)entry.data, "-") != 0) {
                take_entry(making, i, (const char *)entry.data);
            }
        }
        buf_fini(&entry);
    } else {
        take_entry(making, place->index < 0 ? 0 : (size_t)place->index, text);
    }
    if (json_array_size(making->line->problems) == before) note_field(making, text);
}

/* Items that stayed empty go; the others get the number of their place as id, so that the same
 * file gives the same items, and a result has the id of its question. */
static void name_items(const struct schema *schema, json_t *sections)
{
    const struct schema_field *field;
    size_t walk = 0;
    char digits[21];

    while ((field = schema_next(schema, &walk)) != NULL) {
        json_t *list = json_object_get(json_object_get(sections, field->section), field->name);

        if (!field->merge_items) continue;
        for (size_t i = json_array_size(list); i-- > 0;) {
            json_t *item = json_array_get(list, i);

            if (json_object_size(item) == 0) {
                (void)json_array_remove(list, i);
            } else {
                ijson_set_str(item, "id", text_decimal(digits, (uint64_t)i + 1));
            }
        }
    }
}

/* --------------------------------------------------------------------- one record from others
 */

/* "x-key": the paths that tell a school's records of a type apart; else its title. */
static void put_key(struct buf *out, const struct schema *schema, const json_t *sections)
{
    const json_t *paths = json_object_get(schema->root, "x-key");
    size_t n = paths == NULL ? 1 : json_array_size(paths);

    for (size_t i = 0; i < n; i++) {
        const char *path =
            paths == NULL ? schema->title : json_string_value(json_array_get(paths, i));
        const json_t *value = schema_get(sections, path);

        if (value != NULL) ijson_dump(out, value);
        buf_put_u8(out, '\n');
    }
}

/* The number of times that this key came before in the file tells equal ones apart. */
static void name_sources(struct sheet *sheet)
{
    struct map seen;

    map_init(&seen, sizeof(uint64_t), 5);
    for (size_t i = 0; i < sheet->n; i++) {
        struct sheet_line *line = &sheet->lines[i];
        struct buf key = {0};
        uint64_t hash = 0xcbf29ce484222325u, *count;
        char digits[21];

        put_key(&key, sheet->schema, line->sections);
        for (size_t k = 0; k < key.len; k++)
            hash = (hash ^ key.data[k]) * 0x100000001b3u;
        count = map_get(&seen, &hash);
        buf_put_str(&key, text_decimal(digits, count == NULL ? 0 : *count));
        map_put(&seen, &hash, count == NULL ? 1 : *count + 1);
        buf_put_u8(&key, 0);
        line->source = arena_strdup(&sheet->arena, (const char *)key.data);
        buf_fini(&key);
    }
    map_fini(&seen);
}

/* ----------------------------------------------------------------------------------- one line
 */

static void take_set(struct making *making)
{
    const char *name;
    json_t *text;

    IJSON_FOREACH(making->ask->set, name, text)
    {
        struct header_place place;

        if (columns_of(making->ask->columns, name) != NULL) continue;
        if (!header_place_of(making->sheet->schema, name, &place)) continue;
        making->place = &place;
        making->column = NULL;
        take_cell(making, json_string_value(text));
    }
}

/* What the schema says of the whole: a field that must be there, a text that is too long. */
static void judge(struct making *making)
{
    struct schema_problem problem;
    struct header_place place;
    const struct column *column;

    if (json_array_size(making->line->problems) > 0) return;
    if (schema_validate(making->sheet->schema, making->line->sections, SCHEMA_WHOLE,
                        &problem) == ERR_OK) {
        return;
    }
    if (!header_place_of(making->sheet->schema, problem.path, &place)) {
        place = (struct header_place){.index = -1};
    }
    column = columns_of(making->ask->columns, problem.path);
    making->place = &place;
    making->column = column;
    making->at = column == NULL ? 0 : (size_t)(column - making->ask->columns->all);
    complain(making, problem.text);
}

static void make_line(struct making *making)
{
    const struct columns *columns = making->ask->columns;

    for (size_t i = 0; i < columns->n; i++) {
        const struct column *column = &columns->all[i];
        const char *text = grid_cell(making->ask->grid, making->record, i);

        if (*text == '\0' || (column->place.field == NULL && !column->place.record)) continue;
        making->column = column;
        making->place = &column->place;
        making->at = i;
        take_cell(making, text);
    }
    take_set(making);
    name_items(making->sheet->schema, making->line->sections);
    judge(making);
}

static bool is_empty(const struct lines_ask *ask, size_t record)
{
    for (size_t i = 0; i < ask->columns->n; i++) {
        const struct header_place *place = &ask->columns->all[i].place;

        if (place->field != NULL && *grid_cell(ask->grid, record, i) != '\0') return false;
    }
    return true;
}

enum err lines_make(struct sheet *out, const struct lines_ask *ask,
                    struct spread_problem *problem)
{
    size_t records = grid_records(ask->grid);

    out->lines = mem_zalloc((records + 1) * sizeof(*out->lines));
    for (size_t r = 0; r < records; r++) {
        struct sheet_line *line = &out->lines[out->n];
        struct making making = {.sheet = out, .ask = ask, .line = line, .record = r};

        if (is_empty(ask, r)) continue;
        if (out->n == SHEET_LINES_MAX) {
            static const char text[] =
                "at most 2000 records come at once: split the file in two";

            problem->line = grid_record_line(ask->grid, r);
            memcpy(problem->text, text, sizeof(text));
            return ERR_LIMIT;
        }
        out->n++;
        *line = (struct sheet_line){.line = grid_record_line(ask->grid, r),
                                    .sections = json_object(),
                                    .fields = json_array(),
                                    .problems = json_array()};
        make_line(&making);
    }
    name_sources(out);
    return ERR_OK;
}
