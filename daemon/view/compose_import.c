/* The next cycle of a ramp, and the import of JSON lines. */
#include <stdlib.h>
#include <string.h>

#include "daemon/view/compose.h"
#include "daemon/view/draft.h"
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

/* Copies a foreign record's sections into a new one of this school. */
static enum err adopt(struct view_reader *reader, const struct compose_who *who,
                      const struct revision *revision, struct compose *out)
{
    json_t *sections = json_deep_copy(revision->sections);
    char ref[REVISION_REF_CHARS + 1];
    revision_ref(ref, &revision->owner, &revision->record);
    json_t *head = json_object_get(sections, "head");
    if (strcmp(revision->type, "idea") == 0 && json_is_object(head)) {
        json_object_set_new(head, "based_on", json_string(ref));
    }
    char *text = ijson_text(sections);
    struct compose made;
    enum err err = compose_new(reader, who, revision->type, text, false, &made);
    compose_fini(out);
    *out = made;
    free(text);
    json_decref(sections);
    return err;
}

static enum err take_revision(struct view_reader *reader, const struct compose_who *who,
                              const struct revision *revision, struct slice body,
                              bool own_space, bool adopting, struct compose *out)
{
    if (held(reader, revision)) {
        return draft_problem(out, ERR_EXISTS, "", "it is here already");
    }
    if (!school_id_eq(&revision->owner, &reader->school)) {
        if (!adopting) {
            return draft_problem(
                out, ERR_REFUSED, "",
                "another school owns this; take it over as a copy, or leave it");
        }
        /* Only a whole record makes sense alone: what has parents is a change to one. */
        return revision->n_parents == 0
                   ? adopt(reader, who, revision, out)
                   : draft_problem(out, ERR_EXISTS, "",
                                   "a change to a record that is a copy here");
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

/* The text of the member "body" of an exported line, byte for byte as it was written. */
static struct slice body_text(const char *line)
{
    static const char mark[] = ",\"body\":{";
    const char *at = strstr(line, mark);
    size_t n = strlen(line);
    while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r' || line[n - 1] == ' ')) {
        n--;
    }
    if (at == NULL || n == 0 || line[n - 1] != '}') {
        return slice_of(NULL, 0);
    }
    const char *begin = at + sizeof(mark) - 2;
    return begin < line + n - 1 ? slice_of(begin, (size_t)(line + n - 1 - begin))
                                : slice_of(NULL, 0);
}

static enum err take_exported(struct view_reader *reader, const struct compose_who *who,
                              const char *line, const json_t *json, bool adopting,
                              struct compose *out)
{
    struct slice body = body_text(line);
    struct revision revision;
    struct revision_id id, named;
    const char *why = "this is no revision";
    hash_bytes(id.b, sizeof(id.b), slice_of(NULL, 0), REVISION_ID_LABEL, body,
               slice_of(NULL, 0));
    if (text_unhex(named.b, sizeof(named.b), ijson_str(json, "revision")) != ERR_OK ||
        !revision_id_eq(&named, &id)) {
        return draft_problem(
            out, ERR_INVALID, "revision",
            "the line was changed since it was exported; as a line by hand give "
            "{\"type\", \"sections\"}");
    }
    if (revision_decode(body, &id, &revision, &why) != ERR_OK) {
        return draft_problem(out, ERR_INVALID, "body", why);
    }
    bool own_space = strcmp(ijson_str(json_object_get(json, "space"), "class"), "own") == 0;
    enum err err = take_revision(reader, who, &revision, body, own_space, adopting, out);
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
                        const char *line, bool adopting, struct compose *out)
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
        err = take_exported(reader, who, line, json, adopting, out);
    } else if (err == ERR_OK) {
        err = take_by_hand(reader, who, json, out);
    }
    json_decref(json);
    enum err end = reader_end(reader);
    return err != ERR_OK ? err : end;
}
