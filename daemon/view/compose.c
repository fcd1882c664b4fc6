/* New records and edits; compose_share.c and compose_import.c have the rest of compose.h. */
#include "daemon/view/compose.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/view/draft.h"
#include "daemon/view/rules.h"
#include "proto/base/check.h"
#include "proto/base/text.h"
#include "proto/record/aim.h"
#include "proto/record/ijson.h"

void compose_fini(struct compose *compose)
{
    arena_fini(&compose->arena);
    *compose = (struct compose){0};
}

/* ----------------------------------------------------------------------------- warnings ----
 */

static void warn(json_t *warnings, const char *section, const char *field, const char *text)
{
    json_t *warning = json_object();
    json_object_set_new(warning, "section", json_string(section));
    json_object_set_new(warning, "field", json_string(field));
    json_object_set_new(warning, "text", json_string(text));
    CHECK(json_array_append_new(warnings, warning) == 0);
}

/* What of an aim is not said yet: what, for whom, how much, by when. */
static void lint_aim(json_t *warnings, const json_t *sections)
{
    static const struct {
        const char *section, *field, *text;
    } parts[AIM_PART_COUNT] = {
        [AIM_WHAT] = {"head", "statement", "what do you want to be true?"},
        [AIM_FOR_WHOM] = {"head", "population", "for whom? name the student groups"},
        [AIM_HOW_MUCH] = {"target", "value", "how much is enough? give a target"},
        [AIM_BY_WHEN] = {"head", "due", "by when? give a date"},
    };
    for (int i = 0; i < AIM_PART_COUNT; i++) {
        if (aim_lacks(sections, (enum aim_part)i)) {
            warn(warnings, parts[i].section, parts[i].field, parts[i].text);
        }
    }
}

static void lint_cycle(json_t *warnings, const json_t *sections)
{
    const json_t *questions = schema_get(sections, "plan.questions");
    bool predicted = false;
    for (size_t i = 0; i < json_array_size(questions); i++) {
        predicted |= *ijson_str(json_array_get(questions, i), "prediction") != '\0';
    }
    const char *change = json_string_value(schema_get(sections, "plan.change"));
    if (change != NULL && *change != '\0' && !predicted) {
        warn(warnings, "plan", "questions",
             "no prediction yet: what do you think will happen? it freezes when Do starts");
    }
}

static void warn_most(void *arg, const struct schema_field *field, const char *say)
{
    warn(arg, field->section, field->name, say);
}

static void lint(struct draft *draft, const json_t *sections)
{
    json_t *warnings = json_array();
    if (draft->schema == NULL) {
        warn(warnings, "", "", "this Kith does not know the type; it is kept as it is");
    } else {
        rules_most(draft->schema, sections, warn_most, warnings);
    }
    if (strcmp(draft->type, "aim") == 0) {
        lint_aim(warnings, sections);
    } else if (strcmp(draft->type, "cycle") == 0) {
        lint_cycle(warnings, sections);
    }
    char *text = ijson_text(warnings);
    draft->out->warnings = arena_strdup(&draft->out->arena, text);
    free(text);
    json_decref(warnings);
}

/* -------------------------------------------------------------------------- new records ----
 */

static bool type_is_name(const char *type)
{
    size_t n = strlen(type);
    return n > 0 && n <= REVISION_TYPE_BYTES &&
           strspn(type, "abcdefghijklmnopqrstuvwxyz0123456789_") == n;
}

/* Owner and audience of a new record. */
static enum err place_new(struct draft *draft, bool network_owned, json_t *sections,
                          struct compose_audience *audience)
{
    const struct schema *schema = draft->schema;
    draft->key.owner = draft->reader->school;
    *audience = (struct compose_audience){.class = SPACE_OWN};
    if (schema != NULL && schema->audience == SCHEMA_AUDIENCE_TARGET) {
        struct draft_space space;
        enum err err = rules_target(draft, sections, &space);
        err = err == ERR_OK ? rules_widest(draft, space.class) : err;
        *audience = err == ERR_OK ? draft_audience(draft, &space) : *audience;
        return err;
    }
    if (schema != NULL && schema->owner == SCHEMA_OWNER_NETWORK) {
        network_owned = true;
    }
    if (!network_owned) {
        return ERR_OK;
    }
    if (schema != NULL && schema->owner == SCHEMA_OWNER_SCHOOL) {
        return draft_problem(draft->out, ERR_REFUSED, "",
                             "a record of this type is a school's");
    }
    sqlite3_stmt *row =
        db_start(&draft->reader->db, "SELECT value FROM meta WHERE name = 'network'", "");
    if (!db_next(&draft->reader->db, row)) {
        return draft_problem(draft->out, ERR_NOT_JOINED, "",
                             "a network owns this: join or found one first");
    }
    db_copy(row, 0, draft->key.owner.b, sizeof(draft->key.owner.b));
    db_end(row);
    if (!draft_has_role(draft->reader)) {
        return draft_problem(draft->out, ERR_REFUSED, "",
                             "only the hub and stewards write what the network owns");
    }
    audience->class = SPACE_NETWORK; /* what all of them share in writing, all read */
    return rules_widest(draft, SPACE_NETWORK);
}

static enum err write_new(struct draft *draft, const struct compose_who *who, json_t *sections,
                          const struct compose_audience *audience)
{
    env_random(who->env, draft->out->edit.b, sizeof(draft->out->edit.b));
    if (draft->schema != NULL) {
        author_name_items(draft->schema, sections, who->env);
    }
    json_t *wanted = author_patch(NULL, sections);
    struct draft_write write = {
        .who = who, .edit = draft->out->edit, .audience = *audience, .wanted = wanted};
    bool written = false;
    enum err err = draft_write(draft, &write, &written);
    if (err == ERR_OK && !written) {
        err = draft_problem(draft->out, ERR_INVALID, "",
                            "there is nothing in it: write something");
    }
    err = err == ERR_OK ? rules_lists(draft, wanted) : err;
    if (err == ERR_OK) {
        draft->out->key = draft->key;
        lint(draft, wanted);
    }
    json_decref(wanted);
    return err;
}

/* id: NULL for a random one. */
static enum err new_in(struct view_reader *reader, const struct compose_who *who,
                       const char *type, const char *text, bool network_owned,
                       const struct record_id *id, struct compose *out)
{
    struct draft draft = {.reader = reader, .out = out};
    struct compose_audience audience;
    json_t *sections = NULL;
    if (!type_is_name(type)) {
        return draft_problem(out, ERR_INVALID, "", "a type's name has 1 to 64 of a-z, 0-9, _");
    }
    memcpy(draft.type, type, strlen(type) + 1);
    draft.schema = schema_set_find(reader->schemas, type);
    enum err err = draft_json(out, text, &sections);
    if (err == ERR_OK) {
        err = place_new(&draft, network_owned, sections, &audience);
    }
    if (err == ERR_OK) {
        if (id == NULL) {
            env_random(who->env, draft.key.record.b, sizeof(draft.key.record.b));
        } else {
            draft.key.record = *id;
        }
        err = write_new(&draft, who, sections, &audience);
    }
    json_decref(sections);
    return err;
}

enum err compose_new(struct view_reader *reader, const struct compose_who *who,
                     const char *type, const char *sections, bool network_owned,
                     struct compose *out)
{
    draft_clear(out);
    enum err err = reader_begin(reader);
    if (err == ERR_OK) {
        err = new_in(reader, who, type, sections, network_owned, NULL, out);
    }
    enum err end = reader_end(reader);
    return err != ERR_OK ? err : end;
}

enum err compose_new_as(struct view_reader *reader, const struct compose_who *who,
                        const char *type, const char *sections, const struct record_id *id,
                        struct compose *out)
{
    draft_clear(out);
    enum err err = reader_begin(reader);
    if (err == ERR_OK) {
        err = new_in(reader, who, type, sections, false, id, out);
    }
    enum err end = reader_end(reader);
    return err != ERR_OK ? err : end;
}

/* ---------------------------------------------------------------------------------- edits --
 */

/* Keeps of `sections` those that the patch names: an edit writes what it touches. */
static void keep_touched(json_t *sections, const json_t *patch)
{
    const char *name = NULL;
    json_t *section = NULL;
    void *next = NULL;
    json_object_foreach_safe(sections, next, name, section)
    {
        if (json_object_get(patch, name) == NULL) {
            (void)json_object_del(sections, name);
        }
    }
}

static json_t *wanted_in(const struct shape_entries *entries, size_t n,
                         const struct fold_state *state, const json_t *patch, bool replace)
{
    if (replace) {
        return json_deep_copy(patch);
    }
    json_t *current = author_current_sections(entries->entries, n, state);
    json_t *wanted = author_patch(current, patch);
    json_decref(current);
    keep_touched(wanted, patch);
    return wanted;
}

/* The revision ids that the person saw, as text; false when it is no list of ids. */
static bool parse_parents(const char *text, struct revision_id *out, size_t *n)
{
    json_t *list = json_loads(text, 0, NULL);
    bool fine = json_is_array(list) && json_array_size(list) <= LIMIT_REVISION_PARENTS &&
                json_array_size(list) > 0;
    for (size_t i = 0; fine && i < json_array_size(list); i++) {
        const char *hex = json_string_value(json_array_get(list, i));
        fine = hex != NULL && text_unhex(out[i].b, sizeof(out[i].b), hex) == ERR_OK;
        *n = i + 1;
    }
    json_decref(list);
    return fine;
}

static int by_id(const void *x, const void *y)
{
    return revision_id_cmp(x, y);
}

/*
 * The entries of the narrowest space that the person saw: the pasts of the parents. The given
 * entries when these are its heads. Owned by the caller; *n is how many.
 */
static struct fold_entry *seen_entries(const struct draft_space *space,
                                       struct revision_id *parents, size_t parents_n, size_t *n)
{
    size_t all = space->entries.n, kept = 0;
    struct fold_entry *out = mem_zalloc((all + 1) * sizeof(*out));
    struct fold_entry *past = mem_zalloc((all + 1) * sizeof(*past));
    bool *in = mem_zalloc(all + 1);
    for (size_t p = 0; p < parents_n; p++) {
        memcpy(past, space->entries.entries, all * sizeof(*past));
        size_t past_n = fold_past(past, all, &parents[p]);
        for (size_t i = 0; i < past_n; i++) {
            for (size_t k = 0; k < all; k++) {
                const struct fold_entry *entry = &space->entries.entries[k];
                in[k] |= entry->revision == past[i].revision &&
                         (entry->revision != NULL || revision_id_eq(&entry->id, &past[i].id));
            }
        }
    }
    for (size_t k = 0; k < all; k++) {
        if (in[k]) {
            out[kept++] = space->entries.entries[k];
        }
    }
    free(in);
    free(past);
    *n = kept;
    return out;
}

struct edit {
    struct draft *draft;
    const struct compose_who *who;
    json_t *patch;
    bool replace;
    bool any; /* something was written */
};

static enum err edit_space(struct edit *edit, const struct draft_space *space,
                           const struct shape_entries *entries, const struct fold_state *state)
{
    json_t *wanted = wanted_in(entries, entries->n, state, edit->patch, edit->replace);
    struct draft_write write = {.who = edit->who,
                                .edit = edit->draft->out->edit,
                                .audience = draft_audience(edit->draft, space),
                                .before = state,
                                .wanted = wanted};
    bool written = false;
    enum err err = draft_write(edit->draft, &write, &written);
    edit->any |= written;
    json_decref(wanted);
    return err;
}

/* The narrowest space, as the person saw it. */
static enum err edit_seen(struct edit *edit, const char *parents_text)
{
    const struct draft_space *space = &edit->draft->spaces[0];
    struct revision_id parents[LIMIT_REVISION_PARENTS];
    size_t n = 0;
    if (parents_text == NULL) {
        return edit_space(edit, space, &space->entries, &space->state);
    }
    if (!parse_parents(parents_text, parents, &n)) {
        return draft_problem(edit->draft->out, ERR_INVALID, "",
                             "parents is a list of revision ids, as `revisions` gave them");
    }
    qsort(parents, n, sizeof(parents[0]), by_id);
    size_t seen_n = 0;
    struct fold_entry *seen = seen_entries(space, parents, n, &seen_n);
    struct shape_entries entries = {.entries = seen, .n = seen_n};
    struct fold_state state;
    fold_init(&state, seen, seen_n);
    enum err err = state.exists
                       ? edit_space(edit, space, &entries, &state)
                       : draft_problem(edit->draft->out, ERR_INVALID, "",
                                       "these revisions are not here; load the record again");
    fold_fini(&state);
    free(seen);
    return err;
}

static enum err edit_in(struct view_reader *reader, const struct compose_who *who,
                        const char *id, const char *text, const char *parents, bool replace,
                        struct compose *out)
{
    struct draft *draft = mem_zalloc(sizeof(*draft));
    struct edit edit = {.draft = draft, .who = who, .replace = replace};
    enum err err = draft_load(draft, reader, id, out);
    if (err == ERR_OK) {
        err = draft_mine(draft);
    }
    if (err == ERR_OK && draft->schema != NULL && draft->schema->anonymous) {
        err = draft_problem(out, ERR_REFUSED, "",
                            "this stays as it was given, so that nobody can look into it");
    }
    if (err == ERR_OK) {
        err = draft_json(out, text, &edit.patch);
    }
    if (err == ERR_OK) {
        env_random(who->env, out->edit.b, sizeof(out->edit.b));
        if (draft->schema != NULL) {
            author_name_items(draft->schema, edit.patch, who->env);
        }
        err = edit_seen(&edit, parents);
    }
    for (size_t i = 1; i < draft->n && err == ERR_OK; i++) {
        err = edit_space(&edit, &draft->spaces[i], &draft->spaces[i].entries,
                         &draft->spaces[i].state);
    }
    if (err == ERR_OK && !edit.any) {
        err = draft_problem(out, ERR_EXISTS, "", "it says that already: nothing would change");
    }
    if (err == ERR_OK) {
        json_t *after = wanted_in(&draft->spaces[0].entries, draft->spaces[0].entries.n,
                                  &draft->spaces[0].state, edit.patch, replace);
        json_t *whole = json_deep_copy(draft->spaces[0].state.sections);
        json_object_update(whole, after);
        err = rules_lists(draft, whole);
        lint(draft, whole);
        json_decref(whole);
        json_decref(after);
    }
    json_decref(edit.patch);
    draft_unload(draft);
    free(draft);
    return err;
}

static enum err edit_any(struct view_reader *reader, const struct compose_who *who,
                         const char *id, const char *sections, const char *parents,
                         bool replace, struct compose *out)
{
    draft_clear(out);
    enum err err = reader_begin(reader);
    if (err == ERR_OK) {
        err = edit_in(reader, who, id, sections, parents, replace, out);
    }
    enum err end = reader_end(reader);
    return err != ERR_OK ? err : end;
}

enum err compose_edit(struct view_reader *reader, const struct compose_who *who, const char *id,
                      const char *sections, const char *parents, struct compose *out)
{
    return edit_any(reader, who, id, sections, parents, false, out);
}

enum err compose_replace(struct view_reader *reader, const struct compose_who *who,
                         const char *id, const char *sections, const char *parents,
                         struct compose *out)
{
    return edit_any(reader, who, id, sections, parents, true, out);
}
