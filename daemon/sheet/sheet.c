#include "daemon/sheet/sheet.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/sheet/columns.h"
#include "daemon/sheet/lines.h"
#include "proto/base/text.h"
#include "proto/record/ijson.h"

static enum err refuse(struct spread_problem *problem, const char *text)
{
    size_t n = strlen(text);

    problem->line = 0;
    if (n >= sizeof(problem->text)) n = sizeof(problem->text) - 1;
    memcpy(problem->text, text, n);
    problem->text[n] = '\0';
    return ERR_INVALID;
}

static void set_str(json_t *object, const char *name, const char *text)
{
    json_object_set_new(object, name, text == NULL ? json_null() : json_string(text));
}

static void ask_person(struct sheet *sheet, const char *about, const char *text,
                       json_t *choices)
{
    json_t *question = json_object();

    set_str(question, "about", about);
    set_str(question, "text", text);
    json_object_set_new(question, "choices", choices);
    json_array_append_new(json_object_get(sheet->about, "questions"), question);
}

/* --------------------------------------------------------------------------------- the bytes
 */

static enum err read_options(const json_t *said, struct spread_options *out,
                             struct spread_problem *problem)
{
    const char *encoding = ijson_str(said, "encoding");
    const char *delimiter = ijson_str(said, "delimiter");

    *out = (struct spread_options){0};
    if (*encoding != '\0' && !spread_encoding_of(encoding, &out->encoding)) {
        return refuse(problem, "an encoding is auto, utf-8, utf-16 or windows-1252");
    }
    if (*delimiter != '\0' && (delimiter[1] != '\0' || strchr(",;\t|", *delimiter) == NULL)) {
        return refuse(problem, "columns are parted by , ; tab or |");
    }
    out->delimiter = *delimiter;
    return ERR_OK;
}

/* The first cell with a letter that only the encoding explains: for a person to look at. */
static const char *telling_cell(const struct spread *cells)
{
    for (size_t r = 0; r < cells->n; r++) {
        for (size_t c = 0; c < cells->rows[r].n; c++) {
            for (const char *at = cells->rows[r].cells[c]; *at != '\0'; at++) {
                if ((uint8_t)*at >= 0x80) return cells->rows[r].cells[c];
            }
        }
    }
    return NULL;
}

static void tell_bytes(struct sheet *sheet, const struct spread *cells)
{
    char delimiter[2] = {cells->delimiter, '\0'};

    set_str(sheet->about, "encoding", spread_encoding_name(cells->encoding));
    json_object_set_new(sheet->about, "encoding_guessed", json_boolean(cells->guessed));
    set_str(sheet->about, "encoding_sample", cells->guessed ? telling_cell(cells) : NULL);
    set_str(sheet->about, "delimiter", delimiter);
}

/* -------------------------------------------------------------------------------- the type */

/* The headers of one type tell more than those of the others, by a whole column. */
static const struct schema *find_type(const struct sheet_ask *ask, const struct spread *cells)
{
    const struct schema *found = NULL;
    unsigned best = 0, second = 0;

    for (size_t i = 0; i < schema_set_count(ask->schemas); i++) {
        const struct schema *schema = schema_set_at(ask->schemas, i);
        struct header_book *book = header_book_new(schema);
        struct grid grid;
        unsigned fit = grid_find(&grid, cells, book);

        header_book_free(book);
        if (fit > best) {
            second = best;
            best = fit;
            found = schema;
        } else if (fit > second) {
            second = fit;
        }
    }
    return best >= 200 && best / 100 > second / 100 ? found : NULL;
}

static void ask_type(struct sheet *sheet)
{
    static const char *const usual[] = {"cycle", "idea", "bright_spot", "point"};
    json_t *choices = json_array();

    for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
        json_array_append_new(choices, json_string(usual[i]));
    ask_person(sheet, "type", "What are the lines of this file?", choices);
}

/* ------------------------------------------------------------------------- days and fractions
 */

struct orders {
    size_t dmy, mdy, either; /* lines that show it first; 0: none */
    const char *dmy_text, *mdy_text, *either_text;
};

static void see_date(struct orders *orders, const char *text, size_t line)
{
    unsigned can = cell_date_orders(text);

    if (can == CELL_CAN_DMY && orders->dmy == 0) {
        orders->dmy = line;
        orders->dmy_text = text;
    } else if (can == CELL_CAN_MDY && orders->mdy == 0) {
        orders->mdy = line;
        orders->mdy_text = text;
    } else if (can == (CELL_CAN_DMY | CELL_CAN_MDY) && orders->either == 0) {
        orders->either = line;
        orders->either_text = text;
    }
}

static void put_where(struct buf *out, const char *text, size_t line)
{
    char digits[21];

    buf_put(out, text, strnlen(text, 40));
    buf_put_str(out, " (line ");
    buf_put_str(out, text_decimal(digits, line));
    buf_put_str(out, ")");
}

static void ask_dates(struct sheet *sheet, const struct orders *orders)
{
    struct buf text = {0};

    buf_put_str(&text, "Does the day or the month come first? ");
    if (orders->dmy != 0 && orders->mdy != 0) {
        put_where(&text, orders->dmy_text, orders->dmy);
        buf_put_str(&text, " has the day first, ");
        put_where(&text, orders->mdy_text, orders->mdy);
        buf_put_str(&text, " the month.");
    } else {
        put_where(&text, orders->either_text, orders->either);
        buf_put_str(&text, " can be both.");
    }
    buf_put_u8(&text, 0);
    ask_person(sheet, "dates", (const char *)text.data, json_pack("[s, s]", "dmy", "mdy"));
    buf_fini(&text);
}

struct forms_seen {
    struct orders orders;
    size_t unclear; /* a line with a number that can be two */
    const char *unclear_text;
};

static void see_forms(struct forms_seen *seen, const struct grid *grid,
                      const struct columns *columns)
{
    for (size_t i = 0; i < columns->n; i++) {
        const struct schema_field *field = columns_field(&columns->all[i]);

        if (field == NULL) continue;
        for (size_t r = 0; r < grid_records(grid); r++) {
            const char *text = grid_cell(grid, r, i);

            if (field->input == SCHEMA_INPUT_DATE && *text != '\0') {
                see_date(&seen->orders, text, grid_line(grid, r, i));
            } else if (cell_number_unclear(field, text) && seen->unclear == 0) {
                seen->unclear = grid_line(grid, r, i);
                seen->unclear_text = text;
            }
        }
    }
}

/* What a person said, else what was remembered, else what the dates themselves show. */
static void find_forms(struct sheet *sheet, const struct grid *grid,
                       const struct columns *columns, const json_t *said,
                       const json_t *remembered, struct cell_forms *forms)
{
    struct forms_seen seen = {0};
    const char *dates = ijson_str(said, "dates"), *decimal = ijson_str(said, "decimal");
    const struct orders *orders = &seen.orders;

    see_forms(&seen, grid, columns);
    if (*dates == '\0') dates = ijson_str(remembered, "dates");
    if (*decimal == '\0') decimal = ijson_str(remembered, "decimal");
    if (*dates != '\0') {
        forms->dates = strcmp(dates, "dmy") == 0 ? CELL_DATES_DMY : CELL_DATES_MDY;
    } else if ((orders->dmy != 0) != (orders->mdy != 0)) {
        forms->dates = orders->dmy != 0 ? CELL_DATES_DMY : CELL_DATES_MDY;
    } else if (orders->dmy != 0 || orders->either != 0) {
        ask_dates(sheet, orders);
    }
    forms->decimal = *decimal;
    if (*decimal == '\0' && seen.unclear != 0) {
        struct buf text = {0};

        buf_put_str(&text, "Which mark is for fractions? ");
        put_where(&text, seen.unclear_text, seen.unclear);
        buf_put_str(&text, " can be a thousand and more, or less.");
        buf_put_u8(&text, 0);
        ask_person(sheet, "decimal", (const char *)text.data, json_pack("[s, s]", ".", ","));
        buf_fini(&text);
    }
    set_str(sheet->about, "dates",
            forms->dates == CELL_DATES_UNKNOWN ? NULL
            : forms->dates == CELL_DATES_DMY   ? "dmy"
                                               : "mdy");
}

static enum err check_forms(const json_t *said, struct spread_problem *problem)
{
    const char *dates = ijson_str(said, "dates"), *decimal = ijson_str(said, "decimal");

    if (*dates != '\0' && strcmp(dates, "dmy") != 0 && strcmp(dates, "mdy") != 0) {
        return refuse(problem, "dates are dmy (day first) or mdy (month first)");
    }
    if (*decimal != '\0' && strcmp(decimal, ".") != 0 && strcmp(decimal, ",") != 0) {
        return refuse(problem, "the mark for fractions is . or ,");
    }
    return ERR_OK;
}

/* ------------------------------------------------------------------------------- the columns
 */

static enum err check_set(const struct sheet *sheet, const json_t *set,
                          struct spread_problem *problem)
{
    const char *name;
    json_t *text;
    struct header_place place;

    IJSON_FOREACH(set, name, text)
    {
        if (!json_is_string(text) || !header_place_of(sheet->schema, name, &place) ||
            place.record) {
            return refuse(problem, "what is set for all lines is a field and a text");
        }
    }
    return ERR_OK;
}

/* A field that must be there, and that no column is: which one, of those without a place? */
static void ask_columns(struct sheet *sheet, const struct columns *columns, const json_t *set)
{
    const struct schema_field *field;
    size_t walk = 0;

    while ((field = schema_next(sheet->schema, &walk)) != NULL) {
        struct buf text = {0};
        json_t *choices, *question;

        if (!field->required || field->hidden || columns_of(columns, field->path) != NULL ||
            json_object_get(set, field->path) != NULL) {
            continue;
        }
        choices = json_array();
        for (size_t i = 0; i < columns->n; i++) {
            if (columns->all[i].place.field == NULL && *columns->all[i].sample != '\0' &&
                *columns->all[i].header != '\0') {
                json_array_append_new(choices, json_string(columns->all[i].header));
            }
        }
        buf_put_str(&text, "Which column is: ");
        buf_put_str(&text, field->label);
        buf_put_str(&text, "?");
        buf_put_u8(&text, 0);
        ask_person(sheet, "columns", (const char *)text.data, choices);
        question =
            json_array_get(json_object_get(sheet->about, "questions"),
                           json_array_size(json_object_get(sheet->about, "questions")) - 1);
        set_str(question, "place", field->path);
        buf_fini(&text);
    }
}

static void make_key(struct sheet *sheet, const struct grid *grid)
{
    const char **headers = mem_zalloc((grid_columns(grid) + 1) * sizeof(*headers));

    for (size_t i = 0; i < grid_columns(grid); i++)
        headers[i] = grid_header(grid, i);
    header_set_key(sheet->key, headers, grid_columns(grid));
    free(headers);
}

static void make_memory(struct sheet *sheet, const struct columns *columns,
                        const struct cell_forms *forms, const json_t *said)
{
    const char *encoding = ijson_str(said, "encoding");

    sheet->remember = json_object();
    set_str(sheet->remember, "type", sheet->schema->type);
    json_object_set_new(sheet->remember, "columns", columns_memory(columns));
    if (forms->dates != CELL_DATES_UNKNOWN) {
        set_str(sheet->remember, "dates", forms->dates == CELL_DATES_DMY ? "dmy" : "mdy");
    }
    if (forms->decimal != 0) {
        char mark[2] = {forms->decimal, '\0'};

        set_str(sheet->remember, "decimal", mark);
    }
    if (*encoding != '\0') set_str(sheet->remember, "encoding", encoding);
}

/* --------------------------------------------------------------------------------- the whole
 */

/* Of the type that was said, that these headers were before, or that they look like. */
static enum err choose_type(struct sheet *sheet, const struct sheet_ask *ask,
                            const struct spread *cells, const json_t *remembered,
                            struct spread_problem *problem)
{
    const char *type = ijson_str(ask->said, "type");

    if (*type == '\0') type = ijson_str(remembered, "type");
    sheet->schema = *type == '\0' ? find_type(ask, cells) : schema_set_find(ask->schemas, type);
    if (*type != '\0' && sheet->schema == NULL) {
        return refuse(problem, "there is no such type; kith help add lists them");
    }
    if (sheet->schema == NULL) ask_type(sheet);
    set_str(sheet->about, "type", sheet->schema == NULL ? NULL : sheet->schema->type);
    return ERR_OK;
}

static enum err understand(struct sheet *sheet, const struct sheet_ask *ask,
                           const struct grid *grid, const struct header_book *book,
                           const json_t *remembered, struct spread_problem *problem)
{
    const json_t *set = json_object_get(ask->said, "set");
    struct columns columns;
    struct cell_forms forms = {0};
    struct lines_ask lines = {.grid = grid,
                              .columns = &columns,
                              .forms = &forms,
                              .set = set,
                              .ref = ask->ref,
                              .arg = ask->arg};
    enum err err = check_set(sheet, set, problem);

    if (err != ERR_OK) return err;
    err =
        columns_init(&columns, grid, book, sheet->schema, json_object_get(ask->said, "columns"),
                     json_object_get(remembered, "columns"), problem);
    if (err != ERR_OK) return err;
    find_forms(sheet, grid, &columns, ask->said, remembered, &forms);
    ask_columns(sheet, &columns, set);
    json_object_set_new(sheet->about, "columns", columns_json(&columns));
    make_memory(sheet, &columns, &forms, ask->said);
    err = lines_make(sheet, &lines, problem);
    columns_fini(&columns);
    return err;
}

/* What was remembered of the headers, wherever they stand: the type is not known yet. */
static const json_t *find_memory(struct sheet *sheet, const struct sheet_ask *ask,
                                 const struct spread *cells)
{
    const json_t *found = NULL;
    struct grid grid = {.cells = cells};

    for (; grid.head < cells->n && grid.head < GRID_HEADS_MAX && found == NULL; grid.head++) {
        make_key(sheet, &grid);
        found = json_object_get(ask->remembered, sheet->key);
    }
    if (found == NULL && cells->columns > 1) {
        grid = (struct grid){.cells = cells, .turned = true};
        make_key(sheet, &grid);
        found = json_object_get(ask->remembered, sheet->key);
    }
    return found;
}

/* The headers stand where the type's do; without a type, in the first row. */
static enum err find_grid(struct sheet *sheet, const struct sheet_ask *ask,
                          const struct spread *cells, struct spread_problem *problem)
{
    struct grid grid = {.cells = cells};
    const json_t *remembered;
    struct header_book *book;
    enum err err;

    err = choose_type(sheet, ask, cells, find_memory(sheet, ask, cells), problem);
    if (err != ERR_OK || sheet->schema == NULL) return err;
    book = header_book_new(sheet->schema);
    (void)grid_find(&grid, cells, book);
    make_key(sheet, &grid);
    remembered = json_object_get(ask->remembered, sheet->key);
    /* What was remembered of another type says nothing of this one's fields. */
    if (strcmp(ijson_str(remembered, "type"), sheet->schema->type) != 0) remembered = NULL;
    sheet->turned = grid.turned;
    json_object_set_new(sheet->about, "turned", json_boolean(grid.turned));
    err = understand(sheet, ask, &grid, book, remembered, problem);
    header_book_free(book);
    return err;
}

enum err sheet_read(struct sheet *out, const struct sheet_ask *ask,
                    struct spread_problem *problem)
{
    struct spread_options options;
    struct spread cells;
    enum err err = read_options(ask->said, &options, problem);

    *out = (struct sheet){0};
    if (err == ERR_OK) err = check_forms(ask->said, problem);
    if (err == ERR_OK) err = spread_read(&cells, ask->bytes, &options, problem);
    if (err != ERR_OK) return err;
    out->about = json_object();
    json_object_set_new(out->about, "questions", json_array());
    tell_bytes(out, &cells);
    err = find_grid(out, ask, &cells, problem);
    spread_fini(&cells);
    if (err != ERR_OK) sheet_fini(out);
    return err;
}

void sheet_fini(struct sheet *sheet)
{
    for (size_t i = 0; i < sheet->n; i++) {
        json_decref(sheet->lines[i].sections);
        json_decref(sheet->lines[i].fields);
        json_decref(sheet->lines[i].problems);
    }
    free(sheet->lines);
    json_decref(sheet->about);
    json_decref(sheet->remember);
    arena_fini(&sheet->arena);
    *sheet = (struct sheet){0};
}

bool sheet_is_good(const struct sheet *sheet)
{
    if (json_array_size(json_object_get(sheet->about, "questions")) > 0) return false;
    for (size_t i = 0; i < sheet->n; i++) {
        if (json_array_size(sheet->lines[i].problems) > 0) return false;
    }
    return sheet->schema != NULL;
}
