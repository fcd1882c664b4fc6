/* Lines of a table: the record that each is, and the records that its cells name. */
#include <stdlib.h>
#include <string.h>

#include "daemon/view/compose.h"
#include "daemon/view/draft.h"
#include "daemon/view/resolve.h"
#include "proto/base/check.h"
#include "proto/base/text.h"
#include "proto/crypto/hash.h"
#include "proto/record/ijson.h"

/* ------------------------------------------------------------------------ records in words -- */

static enum err find_titled(struct view_reader *reader, const char *type, const char *text,
                            struct query_key *out)
{
    sqlite3_stmt *row =
        db_start(&reader->db,
                 "SELECT owner, record FROM records WHERE title = ?1 COLLATE NOCASE AND"
                 " (?2 IS NULL OR type = ?2) AND space IS NOT NULL AND hidden IS NULL LIMIT 2",
                 "tt", text, type);
    size_t found = 0;
    while (db_next(&reader->db, row)) {
        if (found++ == 0) {
            db_copy(row, 0, out->owner.b, sizeof(out->owner.b));
            db_copy(row, 1, out->record.b, sizeof(out->record.b));
        }
    }
    if (reader->db.err != ERR_OK) {
        return reader->db.err;
    }
    return found == 0 ? ERR_NOT_FOUND : found == 1 ? ERR_OK : ERR_INVALID;
}

static bool is_type(struct view_reader *reader, const char *type, const struct query_key *key)
{
    return type == NULL ||
           db_int(&reader->db, 0,
                  "SELECT count(*) FROM records WHERE record = ? AND owner = ? AND type = ?",
                  "bbt", key->record.b, sizeof(key->record.b), key->owner.b,
                  sizeof(key->owner.b), type) != 0;
}

enum err compose_named(struct view_reader *reader, const char *type, const char *text,
                       struct query_key *out)
{
    enum err err = reader_begin(reader);
    int64_t row = 0;
    if (err == ERR_OK) {
        err = find_titled(reader, type, text, out);
    }
    if (err == ERR_NOT_FOUND) {
        err = resolve_record(reader, text, out, &row);
        if (err == ERR_OK && !is_type(reader, type, out)) {
            err = ERR_NOT_FOUND;
        }
    }
    enum err end = reader_end(reader);
    return err != ERR_OK ? err : end;
}

/* --------------------------------------------------------------------- which record it is ---- */

/* What tells the line from others, in this school: so the same line is the same record. */
static void row_id(struct record_id *out, const struct school_id *school, const char *type,
                   const char *source)
{
    struct buf head = {0};
    uint8_t hash[32];
    buf_put(&head, school->b, sizeof(school->b));
    buf_put_str(&head, type);
    buf_put_u8(&head, 0);
    hash_bytes(hash, sizeof(hash), slice_of(NULL, 0), "kith/1 import row", buf_slice(&head),
               slice_of(source, strlen(source)));
    memcpy(out->b, hash, sizeof(out->b));
    buf_fini(&head);
}

/* ------------------------------------------------------------------------------ differences --
 */

static const json_t *item_of(const json_t *list, const char *id)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        if (strcmp(ijson_str(item, "id"), id) == 0) {
            return item;
        }
    }
    return NULL;
}

/* Is all that the line says of a list's items there? What else they hold does not count. */
static bool items_same(const json_t *there, const json_t *said)
{
    for (size_t i = 0; i < json_array_size(said); i++) {
        const json_t *item = json_array_get(said, i), *member = NULL;
        const json_t *found = item_of(there, ijson_str(item, "id"));
        const char *name = NULL;
        IJSON_FOREACH(item, name, member)
        {
            if (!json_equal((json_t *)(uintptr_t)member, json_object_get(found, name))) {
                return false;
            }
        }
    }
    return true;
}

static bool field_same(const struct schema *schema, const char *path, const json_t *there,
                       const json_t *said)
{
    const struct schema_field *field = schema == NULL ? NULL : schema_field(schema, path);
    if (field != NULL && field->merge_items) {
        return items_same(there, said);
    }
    return json_equal((json_t *)(uintptr_t)there, (json_t *)(uintptr_t)said);
}

/*
 * A file that names the record was written from it, and has items in their order without their
 * ids: item number k is what stands there as number k.
 */
static void take_ids(const struct schema *schema, const json_t *current, json_t *said)
{
    const struct schema_field *field = NULL;
    for (size_t at = 0; schema != NULL && (field = schema_next(schema, &at)) != NULL;) {
        const json_t *there =
            json_object_get(json_object_get(current, field->section), field->name);
        const json_t *list =
            json_object_get(json_object_get(said, field->section), field->name);
        for (size_t i = 0; field->merge_items && i < json_array_size(list); i++) {
            json_t *item = json_array_get(list, i);
            long number = strtol(ijson_str(item, "id"), NULL, 10);
            if (number >= 1 && (size_t)number <= json_array_size(there)) {
                ijson_set_str(item, "id",
                              ijson_str(json_array_get(there, (size_t)number - 1), "id"));
            }
        }
    }
}

/* [{"place", "here", "file"}]: what the line says otherwise than the record. New reference. */
static json_t *differences(const struct schema *schema, const json_t *current,
                           const json_t *said)
{
    json_t *list = json_array();
    const char *section = NULL, *name = NULL;
    const json_t *fields = NULL, *value = NULL;
    IJSON_FOREACH(said, section, fields)
    {
        IJSON_FOREACH(fields, name, value)
        {
            const json_t *there = json_object_get(json_object_get(current, section), name);
            struct buf path = {0};
            buf_put_str(&path, section);
            buf_put_u8(&path, '.');
            buf_put_str(&path, name);
            buf_put_u8(&path, 0);
            if (!field_same(schema, (const char *)path.data, there, value)) {
                json_t *one = json_object();
                ijson_set_str(one, "place", (const char *)path.data);
                json_object_set_new(one, "here",
                                    there == NULL ? json_null() : json_deep_copy(there));
                json_object_set_new(one, "file", json_deep_copy(value));
                CHECK(json_array_append_new(list, one) == 0);
            }
            buf_fini(&path);
        }
    }
    return list;
}

/* ------------------------------------------------------------------------------------ a row --
 */

/* *sections gets the line as the record's own items have it. free() it. */
static enum err existing(struct draft *draft, const struct compose_row_ask *ask,
                         enum compose_row_is *is, char **sections)
{
    struct compose *out = draft->out;
    json_t *said = NULL;
    if (strcmp(draft->type, ask->type) != 0) {
        return draft_problem(out, ERR_INVALID, "record", "that record is of another type");
    }
    enum err err = draft_json(out, ask->sections, &said);
    if (err == ERR_OK) {
        const struct draft_space *space = &draft->spaces[0];
        json_t *current =
            author_current_sections(space->entries.entries, space->entries.n, &space->state);
        if (ask->record != NULL) {
            take_ids(draft->schema, current, said);
        }
        *sections = ijson_text(said);
        json_t *list = differences(draft->schema, current, said);
        char *text = ijson_text(list);
        *is = json_array_size(list) == 0 ? COMPOSE_ROW_SAME : COMPOSE_ROW_DIFFERS;
        out->preview = arena_strdup(&out->arena, text);
        out->key = draft->key;
        free(text);
        json_decref(list);
        json_decref(current);
        json_decref(said);
    }
    return err;
}

/* Lays the line over the record; keeps what was found out about it. */
static enum err update(struct view_reader *reader, const struct compose_who *who,
                       const char *sections, const char *id, struct compose *out)
{
    struct compose made;
    char *preview = mem_strdup(out->preview);
    enum err err = compose_edit(reader, who, id, sections, NULL, &made);
    compose_fini(out);
    *out = made;
    out->preview = arena_strdup(&out->arena, preview);
    free(preview);
    return err;
}

static enum err row_in(struct view_reader *reader, const struct compose_who *who,
                       const struct compose_row_ask *ask, enum compose_row_is *is,
                       struct compose *out)
{
    struct draft *draft = mem_zalloc(sizeof(*draft));
    struct record_id made;
    char hex[2 * sizeof(made.b) + 1];
    row_id(&made, &reader->school, ask->type, ask->source);
    text_hex(hex, made.b, sizeof(made.b));
    const char *id = ask->record == NULL ? hex : ask->record;
    char *sections = NULL;
    enum err err = draft_load(draft, reader, id, out);
    if (err == ERR_OK) {
        err = draft_mine(draft);
        if (err == ERR_OK) {
            err = existing(draft, ask, is, &sections);
        }
        if (err == ERR_OK && *is == COMPOSE_ROW_DIFFERS && ask->update) {
            err = update(reader, who, sections, id, out);
        }
    } else if (err == ERR_NOT_FOUND && ask->record != NULL) {
        err = draft_problem(out, ERR_NOT_FOUND, "record",
                            "there is no such record here: leave the cell empty for a new one");
    } else if (err == ERR_NOT_FOUND) {
        *is = COMPOSE_ROW_NEW;
        compose_fini(out);
        err = compose_new_as(reader, who, ask->type, ask->sections, &made, out);
    }
    free(sections);
    draft_unload(draft);
    free(draft);
    return err;
}

enum err compose_row(struct view_reader *reader, const struct compose_who *who,
                     const struct compose_row_ask *ask, enum compose_row_is *is,
                     struct compose *out)
{
    draft_clear(out);
    enum err err = reader_begin(reader);
    if (err == ERR_OK) {
        err = row_in(reader, who, ask, is, out);
    }
    enum err end = reader_end(reader);
    return err != ERR_OK ? err : end;
}
