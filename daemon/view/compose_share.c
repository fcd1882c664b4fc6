/* Audiences, sharing, feedback. */
#include <stdlib.h>
#include <string.h>

#include "daemon/view/compose.h"
#include "daemon/view/draft.h"
#include "daemon/view/resolve.h"
#include "daemon/view/rules.h"
#include "daemon/view/sql.h"
#include "daemon/view/tables.h"
#include "proto/base/check.h"
#include "proto/base/text.h"
#include "proto/member/fold.h"
#include "proto/record/ijson.h"

/* ------------------------------------------------------------------------------ audiences --
 */

static bool joined(struct view_reader *reader)
{
    return db_int(&reader->db, 0, "SELECT count(*) FROM meta WHERE name = 'network'", "") != 0;
}

static enum err audience_in(struct view_reader *reader, const char *text,
                            struct compose_audience *out, struct compose *problems)
{
    int64_t row = 0;
    struct draft_space space;
    if (!joined(reader) && strcmp(text, "own") != 0) {
        return draft_problem(problems, ERR_NOT_JOINED, "",
                             "sharing begins once this school has joined a network");
    }
    enum err err = resolve_space(reader, text, &row);
    if (err == ERR_OK) {
        err = draft_space_row(reader, row, &space);
    }
    if (err == ERR_NOT_FOUND) {
        return draft_problem(
            problems, ERR_INVALID, "",
            strcmp(text, "buddies") == 0
                ? "this school has no buddies yet: propose a link to one"
                : "say own, hub, buddies, network, or a group's or buddy's name");
    }
    if (err == ERR_INVALID) {
        return draft_problem(problems, err, "",
                             "that can mean several groups: name the group or the school");
    }
    if (err == ERR_OK) {
        *out = (struct compose_audience){.class = space.class};
        if (space.class == SPACE_GROUP) {
            out->group = space.space;
        }
        if (space.class == SPACE_HUB &&
            db_int(&reader->db, 0, "SELECT hub FROM schools WHERE school = ?", "b",
                   reader->school.b, sizeof(reader->school.b)) != 0) {
            err = draft_problem(problems, ERR_REFUSED, "",
                                "this school is the hub: share with buddies or the network");
        }
    }
    return err;
}

enum err compose_audience(struct view_reader *reader, const char *text,
                          struct compose_audience *out, struct compose *problems)
{
    draft_clear(problems);
    enum err err = reader_begin(reader);
    if (err == ERR_OK) {
        err = audience_in(reader, text, out, problems);
    }
    enum err end = reader_end(reader);
    return err != ERR_OK ? err : end;
}

/* -------------------------------------------------------------------------------- sharing --
 */

static const struct draft_space *space_in(const struct draft *draft, int64_t id)
{
    for (size_t i = 0; i < draft->n; i++) {
        if (draft->spaces[i].id == id) {
            return &draft->spaces[i];
        }
    }
    return NULL;
}

/* Of `wanted` the sections that differ from what the space shows now. New reference. */
static json_t *lacking(const struct draft_space *there, const json_t *wanted)
{
    json_t *out = json_object(), *section = NULL;
    const char *name = NULL;
    json_t *now =
        author_current_sections(there->entries.entries, there->entries.n, &there->state);
    IJSON_FOREACH(wanted, name, section)
    {
        if (!json_equal(section, json_object_get(now, name))) {
            json_object_set(out, name, section);
        }
    }
    IJSON_FOREACH(now, name, section)
    {
        if (json_object_get(wanted, name) == NULL) {
            json_object_set_new(out, name, json_object());
        }
    }
    json_decref(now);
    return out;
}

static enum err share_into(struct draft *draft, const struct compose_who *who,
                           const struct draft_space *target)
{
    const struct draft_space *from = &draft->spaces[0];
    const struct draft_space *there = space_in(draft, target->id);
    json_t *wanted = NULL, *shown = NULL;
    if (there == NULL) {
        shown = author_shared_sections(from->entries.entries, from->entries.n, &from->state);
        wanted = json_incref(shown);
    } else {
        shown = author_current_sections(from->entries.entries, from->entries.n, &from->state);
        wanted = lacking(there, shown);
    }
    /* The edit that it shows here: feedback then speaks of the same one everywhere. */
    draft->out->edit = from->state.last->edit;
    struct draft_write write = {.who = who,
                                .edit = draft->out->edit,
                                .audience = draft_audience(draft, target),
                                .before = there == NULL ? NULL : &there->state,
                                .wanted = wanted};
    bool written = false;
    enum err err = draft_write(draft, &write, &written);
    if (err == ERR_OK && !written) {
        err = draft_problem(draft->out, ERR_EXISTS, "", "it is shared there, and up to date");
    }
    draft_preview(draft, shown);
    json_decref(wanted);
    json_decref(shown);
    return err;
}

static enum err share_in(struct view_reader *reader, const struct compose_who *who,
                         const char *id, const struct compose_audience *audience,
                         struct compose *out)
{
    struct draft *draft = mem_zalloc(sizeof(*draft));
    struct draft_space target;
    enum err err = draft_load(draft, reader, id, out);
    if (err == ERR_OK) {
        err = draft_mine(draft);
    }
    if (err == ERR_OK && draft_space_of(reader, audience, &target) != ERR_OK) {
        err = draft_problem(out, joined(reader) ? ERR_NOT_FOUND : ERR_NOT_JOINED, "",
                            joined(reader)
                                ? "this school is not in that audience"
                                : "sharing begins once this school has joined a network");
    }
    if (err == ERR_OK && target.id == draft->spaces[0].id) {
        err = draft_problem(out, ERR_EXISTS, "", "that is where it is");
    }
    if (err == ERR_OK) {
        err = rules_widest(draft, target.class);
    }
    if (err == ERR_OK) {
        err = share_into(draft, who, &target);
    }
    draft_unload(draft);
    free(draft);
    return err;
}

enum err compose_share(struct view_reader *reader, const struct compose_who *who,
                       const char *id, const struct compose_audience *audience,
                       struct compose *out)
{
    draft_clear(out);
    enum err err = reader_begin(reader);
    if (err == ERR_OK) {
        err = share_in(reader, who, id, audience, out);
    }
    enum err end = reader_end(reader);
    return err != ERR_OK ? err : end;
}

/* ------------------------------------------------------------------------------- feedback --
 */

static enum err write_feedback(const struct draft *target, const struct compose_who *who,
                               json_t *sections)
{
    struct compose made;
    char ref[REVISION_REF_CHARS + 1];
    json_t *head = json_object_get(sections, "head");
    if (!json_is_object(head)) {
        return draft_problem(target->out, ERR_INVALID, "head", "give head: {kind, text}");
    }
    revision_ref(ref, &target->key.owner, &target->key.record);
    json_object_set_new(head, "target", json_string(ref));
    if (target->n == 1 && target->spaces[0].class == SPACE_OWN) {
        return draft_problem(target->out, ERR_REFUSED, "head.target",
                             "only this school reads that record: share it first");
    }
    char *text = ijson_text(sections);
    enum err err = compose_new(target->reader, who, "feedback", text, false, &made);
    compose_fini(target->out);
    *target->out = made;
    free(text);
    return err;
}

enum err compose_feedback(struct view_reader *reader, const struct compose_who *who,
                          const char *target, const char *sections, struct compose *out)
{
    draft_clear(out);
    struct draft *draft = mem_zalloc(sizeof(*draft));
    json_t *json = NULL;
    enum err err = reader_begin(reader);
    if (err == ERR_OK) {
        err = draft_load(draft, reader, target, out);
    }
    if (err == ERR_OK) {
        err = draft_json(out, sections, &json);
    }
    if (err == ERR_OK) {
        err = write_feedback(draft, who, json);
    }
    json_decref(json);
    draft_unload(draft);
    free(draft);
    enum err end = reader_end(reader);
    return err != ERR_OK ? err : end;
}
