#include "proto/record/author.h"

#include <string.h>

#include "proto/base/mem.h"
#include "proto/base/text.h"
#include "proto/record/ijson.h"

static json_t *item_of(const json_t *list, const char *id)
{
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        const char *other = json_string_value(json_object_get(item, "id"));
        if (other != NULL && strcmp(other, id) == 0) return item;
    }
    return NULL;
}

static bool is_deleted(const json_t *item)
{
    return json_is_true(json_object_get(item, "deleted"));
}

/* --- a patch --- */

static void patch_members(json_t *into, const json_t *patch)
{
    const char *name;
    json_t *value;
    IJSON_FOREACH(patch, name, value)
    {
        if (json_is_null(value))
            json_object_del(into, name);
        else
            json_object_set_new(into, name, json_deep_copy(value));
    }
}

static void patch_item(json_t *list, const json_t *item)
{
    json_t *old = item_of(list, ijson_str(item, "id"));
    size_t i;
    json_t *other;
    if (!is_deleted(item)) {
        if (old == NULL) json_array_append_new(list, old = json_object());
        patch_members(old, item);
        return;
    }
    json_array_foreach(list, i, other)
    {
        if (other == old) {
            json_array_remove(list, i);
            return;
        }
    }
}

static void patch_section(json_t *section, const json_t *patch)
{
    const char *name;
    json_t *value, *item;
    size_t i;
    IJSON_FOREACH(patch, name, value)
    {
        json_t *old = json_object_get(section, name);
        if (!fold_is_items(value)) {
            /* An empty list names no item: an item list stays as it is. */
            if (fold_is_items(old) && json_is_array(value) && json_array_size(value) == 0) {
                continue;
            }
            if (json_is_null(value))
                json_object_del(section, name);
            else
                json_object_set_new(section, name, json_deep_copy(value));
            continue;
        }
        if (!fold_is_items(old)) {
            old = json_array();
            json_object_set_new(section, name, old);
        }
        json_array_foreach(value, i, item) patch_item(old, item);
        if (json_array_size(old) == 0) json_object_del(section, name);
    }
}

json_t *author_patch(const json_t *before, const json_t *patch)
{
    json_t *out = before == NULL ? json_object() : json_deep_copy(before);
    const char *name;
    json_t *section;
    IJSON_FOREACH(patch, name, section)
    {
        json_t *old = json_object_get(out, name);
        if (!json_is_object(section)) {
            /* null empties; what is no section at all is left for validation to refuse */
            json_object_set_new(
                out, name, json_is_null(section) ? json_object() : json_deep_copy(section));
            continue;
        }
        if (old == NULL) json_object_set_new(out, name, old = json_object());
        patch_section(old, section);
    }
    return out;
}

/* --- what changed --- */

static bool is_list_in(const json_t *before, const json_t *wanted, const char *name)
{
    return fold_is_items(json_object_get(before, name)) ||
           fold_is_items(json_object_get(wanted, name));
}

/* Members that are in no item list and not null. New reference. */
static json_t *plain_of(const json_t *section, const json_t *before, const json_t *wanted)
{
    json_t *out = json_object(), *value;
    const char *name;
    IJSON_FOREACH(section, name, value)
    {
        if (!json_is_null(value) && !is_list_in(before, wanted, name)) {
            json_object_set(out, name, value);
        }
    }
    return out;
}

static void change_plain(json_t *change, const json_t *before, const json_t *wanted)
{
    json_t *old = plain_of(before, before, wanted), *new = plain_of(wanted, before, wanted);
    const char *name;
    json_t *value;
    if (!json_equal(old, new)) {
        json_object_update(change, new);
        /* Nulls say that the plain members were written, and are gone. */
        IJSON_FOREACH(old, name, value)
        {
            if (json_object_size(new) == 0) json_object_set_new(change, name, json_null());
        }
    }
    json_decref(old);
    json_decref(new);
}

static void change_list(json_t *change, const char *name, const json_t *old, const json_t *new)
{
    json_t *items = json_array(), *item;
    size_t i;
    json_array_foreach(new, i, item)
    {
        const json_t *was = item_of(old, ijson_str(item, "id"));
        if (!is_deleted(item) && (was == NULL || !json_equal(was, item))) {
            json_array_append(items, item);
        }
    }
    json_array_foreach(old, i, item)
    {
        const json_t *now = item_of(new, ijson_str(item, "id"));
        if (now != NULL && !is_deleted(now)) continue;
        json_t *gone = json_object();
        json_object_set(gone, "id", json_object_get(item, "id"));
        json_object_set_new(gone, "deleted", json_true());
        json_array_append_new(items, gone);
    }
    if (json_array_size(items) > 0) json_object_set(change, name, items);
    json_decref(items);
}

static json_t *change_section(const json_t *before, const json_t *wanted)
{
    json_t *change = json_object(), *value;
    const char *name;
    change_plain(change, before, wanted);
    IJSON_FOREACH(wanted, name, value)
    {
        if (!is_list_in(before, wanted, name)) continue;
        change_list(change, name, json_object_get(before, name), value);
    }
    IJSON_FOREACH(before, name, value)
    {
        if (fold_is_items(value) && json_object_get(wanted, name) == NULL) {
            change_list(change, name, value, NULL);
        }
    }
    return change;
}

json_t *author_changes(const json_t *before, const json_t *wanted)
{
    json_t *out = json_object(), *section;
    const char *name;
    IJSON_FOREACH(wanted, name, section)
    {
        json_t *change = change_section(json_object_get(before, name), section);
        if (json_object_size(change) > 0) json_object_set(out, name, change);
        json_decref(change);
    }
    return out;
}

void author_name_items(const struct schema *schema, json_t *sections, const struct env *env)
{
    size_t at = 0, i;
    json_t *item;
    for (const struct schema_field *f; (f = schema_next(schema, &at)) != NULL;) {
        if (!f->merge_items) continue;
        json_array_foreach(schema_get(sections, f->path), i, item)
        {
            uint8_t random[8];
            char id[2 * sizeof(random) + 1];
            if (!json_is_object(item) || json_object_get(item, "id") != NULL) continue;
            env_random(env, random, sizeof(random));
            text_hex(id, random, sizeof(random));
            ijson_set_str(item, "id", id);
        }
    }
}

/* --- the revision --- */

static enum err refuse(struct schema_problem *problem, enum err err, const char *text)
{
    size_t n = strlen(text);
    if (n >= sizeof(problem->text)) n = sizeof(problem->text) - 1;
    problem->path[0] = '\0';
    memcpy(problem->text, text, n);
    problem->text[n] = '\0';
    return err;
}

static enum err validate(const struct schema *schema, const json_t *before,
                         const json_t *wanted, struct schema_problem *problem)
{
    const char *name;
    json_t *section;
    IJSON_FOREACH(wanted, name, section)
    {
        if (*name == '\0' || !json_is_object(section)) {
            return refuse(problem, ERR_INVALID, "give each section as an object, {…}");
        }
    }
    if (schema == NULL) return ERR_OK;
    json_t *whole = before == NULL ? json_object() : json_copy((json_t *)(uintptr_t)before);
    json_object_update(whole, (json_t *)(uintptr_t)wanted);
    enum err err = schema_validate(schema, whole, SCHEMA_WHOLE, problem);
    json_decref(whole);
    return err;
}

enum err author_revision(const struct author *author, const struct schema *schema,
                         const struct fold_state *before, const json_t *wanted,
                         struct buf *body, struct schema_problem *problem)
{
    const json_t *old = before == NULL ? NULL : before->sections;
    enum err err = validate(schema, old, wanted, problem);
    if (err != ERR_OK) return err;
    if (strlen(author->type) > REVISION_TYPE_BYTES) {
        return refuse(problem, ERR_INVALID, "the name of a type has at most 64 characters");
    }
    struct revision revision = {.record = author->record,
                                .owner = author->owner,
                                .edit = author->edit,
                                .v = author->v,
                                .lamport = 1,
                                .person = (char *)(uintptr_t)author->person,
                                .at = (char *)(uintptr_t)author->at};
    memcpy(revision.type, author->type, strlen(author->type) + 1);
    if (before != NULL) {
        revision.parents = before->heads;
        revision.n_parents = before->n_heads;
        revision.lamport = before->lamport_next;
    }
    if (revision.lamport > (uint64_t)IJSON_INTEGER_MAX) {
        return refuse(problem, ERR_LIMIT, "this record cannot be revised any further");
    }
    revision.sections = author_changes(old, wanted);
    const char *why = "";
    err = ERR_OK;
    if (json_object_size(revision.sections) > 0) err = revision_encode(&revision, body, &why);
    json_decref(revision.sections);
    if (err == ERR_TOO_BIG) {
        why = "this is more than one revision holds (60 KiB, 16 levels); shorten or split it";
    }
    return err == ERR_OK ? ERR_OK : refuse(problem, err, why);
}

/* --- whole records --- */

json_t *author_current_sections(const struct fold_entry *entries, size_t n,
                                const struct fold_state *state)
{
    json_t *out = json_deep_copy(state->sections);
    if (strcmp(state->type, "cycle") != 0) return out;
    struct cycle cycle;
    cycle_init(&cycle, entries, n, state, NULL);
    if (json_object_size(cycle.plan_now) > 0) {
        json_object_set_new(out, "plan", json_deep_copy(cycle.plan_now));
    }
    json_object_del(out, "amendments");
    cycle_fini(&cycle);
    return out;
}

json_t *author_shared_sections(const struct fold_entry *entries, size_t n,
                               const struct fold_state *state)
{
    if (strcmp(state->type, "cycle") != 0) return json_deep_copy(state->sections);
    struct cycle cycle;
    cycle_init(&cycle, entries, n, state, NULL);
    json_t *out = cycle_shared_sections(&cycle);
    cycle_fini(&cycle);
    return out;
}
