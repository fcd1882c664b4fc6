/* The next cycle of a ramp, and the import of JSON lines. */
#include <stdlib.h>
#include <string.h>

#include "daemon/view/compose.h"
#include "daemon/view/draft.h"
#include "daemon/view/exported.h"
#include "proto/base/check.h"
#include "proto/base/text.h"
#include "proto/crypto/hash.h"
#include "proto/record/ijson.h"

/* ------------------------------------------------------------------------- the next cycle --
 */

static enum err next_sections(struct draft *draft, json_t **sections)
{
    const struct draft_space *space = &draft->spaces[0];
    char prior[REVISION_REF_CHARS + 1];
    struct cycle cycle;
    if (strcmp(draft->type, "cycle") != 0) {
        return draft_problem(draft->out, ERR_INVALID, "", "only a cycle has a next one");
    }
    revision_ref(prior, &draft->key.owner, &draft->key.record);
    cycle_init(&cycle, space->entries.entries, space->entries.n, &space->state, NULL);
    enum err err = cycle_next(&cycle, prior, CYCLE_NEXT_AFTER_ANY, sections);
    cycle_fini(&cycle);
    if (err == ERR_REFUSED) {
        err = draft_problem(draft->out, err, "act.decision",
                            "decide first: adopt, adapt or abandon");
    }
    return err;
}

enum err compose_next_cycle(struct view_reader *reader, const struct compose_who *who,
                            const char *id, const char *changes, struct compose *out)
{
    draft_clear(out);
    struct draft *draft = mem_zalloc(sizeof(*draft));
    json_t *sections = NULL, *patch = NULL;
    char *text = NULL;
    enum err err = reader_begin(reader);
    if (err == ERR_OK) {
        err = draft_load(draft, reader, id, out);
    }
    if (err == ERR_OK) {
        err = draft_mine(draft);
    }
    if (err == ERR_OK) {
        err = next_sections(draft, &sections);
    }
    if (err == ERR_OK && changes != NULL) {
        err = draft_json(out, changes, &patch);
    }
    if (err == ERR_OK && patch != NULL) {
        json_t *patched = NULL;
        author_name_items(draft->schema, patch, who->env);
        patched = author_patch(sections, patch);
        json_decref(sections);
        sections = patched;
    }
    if (err == ERR_OK) {
        struct compose made;
        text = ijson_text(sections);
        err = compose_new(reader, who, "cycle", text, false, &made);
        compose_fini(out);
        *out = made;
    }
    free(text);
    json_decref(patch);
    json_decref(sections);
    draft_unload(draft);
    free(draft);
    enum err end = reader_end(reader);
    return err != ERR_OK ? err : end;
}

/* --------------------------------------------------------------------------------- import --
 */

static bool held(struct view_reader *reader, const struct revision *revision)
{
    return db_int(&reader->db, 0,
                  "SELECT count(*) FROM records r JOIN revisions v ON v.record = r.id WHERE"
                  " r.record = ? AND r.owner = ? AND v.revision = ? AND v.status = 0",
                  "bbb", revision->record.b, sizeof(revision->record.b), revision->owner.b,
                  sizeof(revision->owner.b), revision->id.b, sizeof(revision->id.b)) != 0;
}

static enum err take_revision(struct view_reader *reader, const struct revision *revision,
                              struct slice body, bool own_space, struct compose *out)
{
    if (held(reader, revision)) {
        return draft_problem(out, ERR_EXISTS, "", "it is here already");
    }
    if (!school_id_eq(&revision->owner, &reader->school)) {
        return draft_problem(out, ERR_REFUSED, "",
                             "another school owns this; kith import --adopt takes it over as a "
                             "copy");
    }
    if (!own_space) {
        return draft_problem(
            out, ERR_EXISTS, "",
            "a shared copy: the record comes from its own lines; share it again");
    }
    struct compose_revision *made = arena_alloc(&out->arena, sizeof(*made));
    made->class = SPACE_OWN;
    made->body = slice_of(arena_dup(&out->arena, body.p, body.n), body.n);
    made->id = revision->id;
    out->revisions = made;
    out->revisions_n = 1;
    out->key.owner = revision->owner;
    out->key.record = revision->record;
    out->edit = revision->edit;
    return ERR_OK;
}

static enum err take_exported(struct view_reader *reader, const char *line, const json_t *json,
                              struct compose *out)
{
    struct slice body;
    struct revision revision;
    enum err err = exported_decode(line, json, &revision, &body, out);
    if (err != ERR_OK) return err;
    bool own_space = exported_class(json) == SPACE_OWN;
    err = take_revision(reader, &revision, body, own_space, out);
    revision_fini(&revision);
    return err;
}

static enum err take_by_hand(struct view_reader *reader, const struct compose_who *who,
                             const json_t *json, struct compose *out)
{
    struct query_key key;
    const char *record = json_string_value(json_object_get(json, "record"));
    if (record != NULL && query_resolve(reader, record, &key) == ERR_OK) {
        return draft_problem(out, ERR_EXISTS, "record", "it is here already");
    }
    if (!json_is_object(json_object_get(json, "sections"))) {
        return draft_problem(
            out, ERR_INVALID, "sections",
            "a line is {\"type\": …, \"sections\": {…}}, or one that was exported");
    }
    struct compose made;
    char *text = ijson_text(json_object_get(json, "sections"));
    enum err err = compose_new(reader, who, ijson_str(json, "type"), text, false, &made);
    compose_fini(out);
    *out = made;
    free(text);
    return err;
}

enum err compose_import(struct view_reader *reader, const struct compose_who *who,
                        const char *line, struct compose *out)
{
    draft_clear(out);
    json_t *json = NULL;
    enum err err = reader_begin(reader);
    /* The line holds a body one level deeper than ijson allows; the body itself is judged. */
    json = json_loadb(line, strlen(line), JSON_REJECT_DUPLICATES, NULL);
    if (err == ERR_OK && !json_is_object(json)) {
        err = draft_problem(out, ERR_INVALID, "", "this line is no JSON object");
    }
    if (err == ERR_OK && json_object_get(json, "body") != NULL) {
        err = take_exported(reader, line, json, out);
    } else if (err == ERR_OK) {
        err = take_by_hand(reader, who, json, out);
    }
    json_decref(json);
    enum err end = reader_end(reader);
    return err != ERR_OK ? err : end;
}
