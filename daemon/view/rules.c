#include "daemon/view/rules.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/view/resolve.h"
#include "proto/base/check.h"
#include "proto/base/text.h"
#include "proto/record/ijson.h"

/* ------------------------------------------------------------------------ how far it goes --
 */

static enum schema_width width_of(enum space_class class)
{
    switch (class) {
    case SPACE_OWN:
        return SCHEMA_WIDTH_OWN;
    case SPACE_HUB:
        return SCHEMA_WIDTH_HUB;
    case SPACE_GROUP:
        return SCHEMA_WIDTH_GROUP;
    case SPACE_NETWORK:
        break;
    }
    return SCHEMA_WIDTH_NETWORK;
}

enum err rules_widest(const struct draft *draft, enum space_class class)
{
    static const char *const ends[] = {
        [SCHEMA_WIDTH_OWN] = " stay with the school that wrote them",
        [SCHEMA_WIDTH_HUB] = " go to the hub alone, no further",
        [SCHEMA_WIDTH_GROUP] = " go to buddies or the hub, not to the whole network",
        [SCHEMA_WIDTH_NETWORK] = "",
    };
    const struct schema *schema = draft->schema;
    if (schema == NULL || width_of(class) <= schema->widest) {
        return ERR_OK;
    }
    struct buf text = {0};
    buf_put_str(&text, schema->plural);
    buf_put_str(&text, ends[schema->widest]);
    buf_put_u8(&text, 0);
    enum err err = draft_problem(draft->out, ERR_REFUSED, "", (const char *)text.data);
    buf_fini(&text);
    return err;
}

/* -------------------------------------------------------------------- after whom it goes ---
 */

/* The space of the record that this one answers, when its section names one. */
static int64_t answered_space(const struct draft *target, const json_t *section)
{
    struct school_id owner;
    struct record_id record;
    if (revision_ref_decode(ijson_str(section, "answers"), &owner, &record) != ERR_OK) {
        return 0;
    }
    return db_int(&target->reader->db, 0,
                  "SELECT r.space FROM records r JOIN spaces s ON s.id = r.space WHERE"
                  " r.record = ? AND r.owner = ? AND s.class <> 2",
                  "bb", record.b, sizeof(record.b), owner.b, sizeof(owner.b));
}

/* The narrowest space in which others read the target too; else the school's own. */
static int64_t space_after(const struct draft *target, const json_t *section)
{
    int64_t id = answered_space(target, section);
    for (size_t i = 0; id == 0 && i < target->n; i++) {
        id = target->spaces[i].class == SPACE_OWN ? 0 : target->spaces[i].id;
    }
    return id == 0 ? DB_OWN_SPACE : id;
}

/* The section that holds the field at a path of two names; its name's length in *n. */
static json_t *section_of(json_t *sections, const char *path, size_t *n)
{
    char name[REVISION_TYPE_BYTES + 1] = "";
    *n = strcspn(path, ".");
    if (*n < sizeof(name)) {
        memcpy(name, path, *n);
    }
    return json_object_get(sections, name);
}

enum err rules_target(struct draft *draft, json_t *sections, struct draft_space *out)
{
    const struct schema *schema = draft->schema;
    size_t n = 0;
    json_t *section = section_of(sections, schema->target, &n);
    const char *ref = ijson_str(section, schema->target + n + 1);
    struct draft *target = mem_zalloc(sizeof(*target));
    struct school_id owner;
    struct record_id record;
    char edit[2 * sizeof(struct edit_id) + 1];
    enum err err = ERR_OK;
    if (revision_ref_decode(ref, &owner, &record) != ERR_OK) {
        err = draft_problem(draft->out, ERR_INVALID, schema->target,
                            "say which record it goes with, as owner/record");
    }
    if (err == ERR_OK) {
        err = draft_load(target, draft->reader, ref, draft->out);
    }
    if (err == ERR_OK) {
        err = draft_space_row(draft->reader, space_after(target, section), out);
    }
    if (err == ERR_OK && json_object_get(section, "edit") == NULL) {
        json_t *known = json_object_get(schema->json, "properties");
        known = section_of(known, schema->target, &n);
        if (json_object_get(json_object_get(known, "properties"), "edit") != NULL) {
            text_hex(edit, target->spaces[0].state.last->edit.b, sizeof(struct edit_id));
            json_object_set_new(section, "edit", json_string(edit));
        }
    }
    draft_unload(target);
    free(target);
    return err;
}

/* ------------------------------------------------------------------- what it must point at -
 */

/* What a record shows, where it shows: its sections, or NULL. New reference. */
static json_t *sections_at(struct view_reader *reader, const char *ref)
{
    struct school_id owner;
    struct record_id record;
    json_t *sections = NULL;
    if (revision_ref_decode(ref, &owner, &record) != ERR_OK) {
        return NULL;
    }
    sqlite3_stmt *row = db_start(&reader->db,
                                 "SELECT t.sections FROM records r JOIN states t ON"
                                 " t.id = r.id * 65536 + r.space WHERE r.record = ?"
                                 " AND r.owner = ? AND r.hidden IS NULL",
                                 "bb", record.b, sizeof(record.b), owner.b, sizeof(owner.b));
    if (db_next(&reader->db, row)) {
        if (ijson_decode(db_blob(row, 0), SIZE_MAX, &sections, NULL) != ERR_OK) {
            reader->db.err = ERR_CORRUPT;
        }
        db_end(row);
    }
    return sections;
}

/* The list that "LIST" or "REF:LIST" names, with what keeps it alive in *holder (may be NULL).
 */
static enum err list_at(struct draft *draft, const json_t *sections, const char *path,
                        json_t **holder, const json_t **list)
{
    const char *colon = strchr(path, ':');
    *holder = NULL;
    *list = NULL;
    if (colon == NULL) {
        *list = schema_get(sections, path);
        return ERR_OK;
    }
    char *ref_path = arena_alloc(&draft->out->arena, (size_t)(colon - path) + 1);
    memcpy(ref_path, path, (size_t)(colon - path));
    const char *ref = json_string_value(schema_get(sections, ref_path));
    if (ref == NULL) {
        return ERR_OK; /* a missing ref is for validation to say */
    }
    *holder = sections_at(draft->reader, ref);
    if (*holder == NULL) {
        return draft_problem(draft->out, ERR_INVALID, ref_path,
                             "that record is not here, so nothing can be said to it yet");
    }
    *list = schema_get(*holder, colon + 1);
    return ERR_OK;
}

static bool has_id(const json_t *list, const json_t *id)
{
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        if (json_equal(json_object_get(item, "id"), id)) {
            return true;
        }
    }
    return false;
}

/* Each item's id is one of the list that the field goes by. */
static enum err ids_are_there(struct draft *draft, const json_t *sections,
                              const struct schema_field *field, const json_t *value)
{
    json_t *holder, *item;
    const json_t *list;
    size_t i;
    enum err err = list_at(draft, sections, field->of, &holder, &list);
    json_array_foreach(value, i, item)
    {
        if (err != ERR_OK || json_is_true(json_object_get(item, "deleted"))) {
            continue;
        }
        if (!has_id(list, json_object_get(item, "id"))) {
            err =
                draft_problem(draft->out, ERR_INVALID, field->path,
                              "an entry has an id that is not in the list that it answers to");
        }
    }
    json_decref(holder);
    return err;
}

static enum err is_up_to(struct draft *draft, const json_t *sections,
                         const struct schema_field *field, const json_t *value)
{
    json_t *holder;
    const json_t *list;
    char text[64], most[21];
    enum err err = list_at(draft, sections, field->up_to, &holder, &list);
    size_t n = json_array_size(list);
    if (err == ERR_OK && json_is_number(value) && json_number_value(value) > (double)n) {
        (void)snprintf(text, sizeof(text), "use %s or less", text_decimal(most, n));
        err = draft_problem(draft->out, ERR_INVALID, field->path, text);
    }
    json_decref(holder);
    return err;
}

static enum err check_value(struct draft *draft, const json_t *sections,
                            const struct schema_field *field, const json_t *value)
{
    enum err err = ERR_OK;
    size_t i;
    json_t *item;
    if (value == NULL || json_is_null(value)) {
        return ERR_OK;
    }
    if (field->of != NULL && strchr(field->of, ':') != NULL) {
        err = ids_are_there(draft, sections, field, value);
    }
    if (err == ERR_OK && field->up_to != NULL) {
        err = is_up_to(draft, sections, field, value);
    }
    json_array_foreach(value, i, item)
    {
        for (size_t k = 0; err == ERR_OK && k < field->n_items; k++) {
            err = check_value(draft, sections, &field->items[k],
                              json_object_get(item, field->items[k].name));
        }
    }
    return err;
}

enum err rules_lists(struct draft *draft, const json_t *sections)
{
    enum err err = ERR_OK;
    const struct schema_field *field;
    if (draft->schema == NULL) {
        return ERR_OK;
    }
    for (size_t at = 0; err == ERR_OK && (field = schema_next(draft->schema, &at)) != NULL;) {
        err = check_value(draft, sections, field, schema_get(sections, field->path));
    }
    return err;
}

/* ------------------------------------------------------------------- what a writer is told -
 */

void rules_most(const struct schema *schema, const json_t *sections,
                void (*fn)(void *arg, const struct schema_field *field, const char *say),
                void *arg)
{
    const struct schema_field *field;
    for (size_t at = 0; (field = schema_next(schema, &at)) != NULL;) {
        const json_t *list = schema_get(sections, field->path);
        size_t such = 0, i;
        json_t *item;
        if (field->most == NULL) {
            continue;
        }
        json_array_foreach(list, i, item)
        {
            such += strcmp(ijson_str(item, ijson_str(field->most, "field")),
                           ijson_str(field->most, "is")) == 0;
        }
        if (2 * such > json_array_size(list)) {
            fn(arg, field, ijson_str(field->most, "say"));
        }
    }
}
