#include "daemon/sheet/template.h"

#include <string.h>

#include "daemon/sheet/header.h"
#include "proto/base/csv.h"

enum { TEMPLATE_ITEMS = 2 }; /* numbered columns of a list of objects */

static void put_header(struct buf *out, const struct header_book *book,
                       const struct header_place *place, bool *first)
{
    struct buf text = {0};

    header_put(&text, book, place);
    buf_put_u8(&text, 0);
    csv_put_text(out, *first, (const char *)text.data);
    *first = false;
    buf_fini(&text);
}

static void put_type(struct buf *out, const struct schema *schema)
{
    struct header_book *book = header_book_new(schema);
    const struct schema_field *field;
    size_t walk = 0;
    bool first = true;

    while ((field = schema_next(schema, &walk)) != NULL) {
        const struct schema_section *section = schema_section(schema, field->section);
        struct header_place place = {.field = field, .index = -1};

        if (field->hidden || (section != NULL && section->hidden)) continue;
        if (field->item_kind != SCHEMA_OBJECT) {
            put_header(out, book, &place, &first);
            continue;
        }
        for (int i = 0; i < TEMPLATE_ITEMS && field->list; i++) {
            for (size_t k = 0; k < field->n_items; k++) {
                place.index = i;
                place.item = &field->items[k];
                if (!place.item->hidden && !place.item->list &&
                    place.item->item_kind != SCHEMA_OBJECT) {
                    put_header(out, book, &place, &first);
                }
            }
        }
    }
    csv_put_end(out);
    header_book_free(book);
}

/* The worksheet in the order in which teams fill it in; NULL is a heading's place. */
static const struct {
    const char *heading, *place;
} worksheet[] = {
    {"PDSA worksheet", NULL},
    {NULL, "head.title"},
    {NULL, "head.idea"},
    {NULL, "head.number"},
    {NULL, "head.team"},
    {NULL, "head.start"},
    {NULL, "head.end"},
    {"PLAN", NULL},
    {NULL, "plan.objective"},
    {NULL, "plan.change"},
    {NULL, "plan.questions[0].question"},
    {NULL, "plan.questions[0].prediction"},
    {NULL, "plan.questions[1].question"},
    {NULL, "plan.questions[1].prediction"},
    {NULL, "plan.questions[2].question"},
    {NULL, "plan.questions[2].prediction"},
    {NULL, "plan.tasks[0].what"},
    {NULL, "plan.tasks[0].who"},
    {NULL, "plan.tasks[0].when"},
    {NULL, "plan.tasks[0].where"},
    {NULL, "plan.tasks[1].what"},
    {NULL, "plan.tasks[1].who"},
    {NULL, "plan.tasks[1].when"},
    {NULL, "plan.tasks[1].where"},
    {NULL, "plan.data_plan"},
    {NULL, "plan.for_whom"},
    {NULL, "plan.conditions"},
    {"DO", NULL},
    {NULL, "do.carried_out"},
    {NULL, "do.observations[].text"},
    {NULL, "do.surprises"},
    {"STUDY", NULL},
    {NULL, "study.results[0].result"},
    {NULL, "study.results[0].matched"},
    {NULL, "study.results[1].result"},
    {NULL, "study.results[1].matched"},
    {NULL, "study.results[2].result"},
    {NULL, "study.results[2].matched"},
    {NULL, "study.summary"},
    {"ACT", NULL},
    {NULL, "act.decision"},
    {NULL, "act.why"},
    {NULL, "act.changes_next"},
};

static void put_worksheet(struct buf *out, const struct schema *schema)
{
    struct header_book *book = header_book_new(schema);

    for (size_t i = 0; i < sizeof(worksheet) / sizeof(worksheet[0]); i++) {
        struct header_place place;
        bool first = true;

        if (worksheet[i].heading != NULL) {
            csv_put_text(out, true, worksheet[i].heading);
        } else if (header_place_of(schema, worksheet[i].place, &place)) {
            put_header(out, book, &place, &first);
        } else {
            continue; /* the type has lost the field */
        }
        csv_put_text(out, false, "");
        csv_put_end(out);
    }
    header_book_free(book);
}

enum err template_put(struct buf *out, const struct schema_set *schemas, const char *name)
{
    bool pdsa = strcmp(name, "pdsa") == 0;
    const struct schema *schema = schema_set_find(schemas, pdsa ? "cycle" : name);

    if (schema == NULL) return ERR_NOT_FOUND;
    if (pdsa) {
        put_worksheet(out, schema);
    } else {
        put_type(out, schema);
    }
    return ERR_OK;
}
