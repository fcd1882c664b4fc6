#include "daemon/view/draft.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/view/resolve.h"
#include "daemon/view/sql.h"
#include "proto/base/check.h"
#include "proto/crypto/hash.h"
#include "proto/record/ijson.h"
#include "proto/record/render.h"

/* ------------------------------------------------------------------------- the result ---- */

void draft_clear(struct compose *out)
{
    *out = (struct compose){.problems = "[]", .warnings = "[]"};
}

enum err draft_problem(struct compose *out, enum err err, const char *path, const char *text)
{
    json_t *list = json_loads(out->problems == NULL ? "[]" : out->problems, 0, NULL);
    json_t *problem = json_object();
    const char *dot = strchr(path, '.');
    size_t section = dot == NULL ? strlen(path) : (size_t)(dot - path);
    json_object_set_new(problem, "section", json_stringn(path, section));
    json_object_set_new(problem, "field", json_string(dot == NULL ? "" : dot + 1));
    json_object_set_new(problem, "text", json_string(text));
    CHECK(json_array_append_new(list, problem) == 0);
    char *json = ijson_text(list);
    out->problems = arena_strdup(&out->arena, json);
    free(json);
    json_decref(list);
    return err;
}

enum err draft_json(struct compose *out, const char *text, json_t **object)
{
    const char *why = "give the sections as a JSON object";
    json_t *value = NULL;
    enum err err = ERR_OK;
    if (text == NULL ||
        ijson_decode(slice_of(text, strlen(text)), LIMIT_BODY_BYTES, &value, &why) != ERR_OK ||
        !json_is_object(value)) {
        json_decref(value);
        err = draft_problem(out, ERR_INVALID, "", why == NULL ? "this is no object" : why);
    } else {
        *object = value;
    }
    return err;
}

void draft_preview(struct draft *draft, const json_t *sections)
{
    struct render render = {0};
    render_record(&render, draft->schema, sections);
    json_t *lines = render_json(&render);
    char *text = ijson_text(lines);
    draft->out->preview = arena_strdup(&draft->out->arena, text);
    free(text);
    text = ijson_text(sections);
    draft->out->shown = arena_strdup(&draft->out->arena, text);
    draft->out->type = arena_strdup(&draft->out->arena, draft->type);
    free(text);
    json_decref(lines);
    render_fini(&render);
}

/* -------------------------------------------------------------------------- the record ---- */

enum err draft_space_row(struct view_reader *reader, int64_t id, struct draft_space *out)
{
    *out = (struct draft_space){.id = id};
    sqlite3_stmt *row =
        db_start(&reader->db, "SELECT class, space, school FROM spaces WHERE id = ?", "i", id);
    if (!db_next(&reader->db, row)) {
        return reader->db.err != ERR_OK ? reader->db.err : ERR_NOT_FOUND;
    }
    out->class = (enum space_class)sqlite3_column_int(row, 0);
    db_copy(row, 1, out->space.b, sizeof(out->space.b));
    db_copy(row, 2, out->school.b, sizeof(out->school.b));
    db_end(row);
    return ERR_OK;
}

static enum err load_spaces(struct draft *draft)
{
    struct db *db = &draft->reader->db;
    int64_t ids[DRAFT_SPACES_MAX];
    size_t n = 0;
    sqlite3_stmt *row =
        db_start(db,
                 "SELECT s.id FROM states t JOIN spaces s ON s.id = t.id % 65536"
                 " WHERE t.id BETWEEN ?1 * 65536 AND ?1 * 65536 + 65535"
                 " ORDER BY s.width, s.space LIMIT ?2",
                 "ii", draft->row, (int64_t)DRAFT_SPACES_MAX);
    while (db_next(db, row)) {
        ids[n++] = sqlite3_column_int64(row, 0);
    }
    for (size_t i = 0; i < n; i++) {
        struct draft_space *space = &draft->spaces[i];
        enum err err = draft_space_row(draft->reader, ids[i], space);
        if (err != ERR_OK) {
            return err;
        }
        shape_load(&space->entries, db, NULL, draft->row, &draft->key, ids[i]);
        fold_init(&space->state, space->entries.entries, space->entries.n);
        draft->n = i + 1;
    }
    return db->err;
}

enum err draft_load(struct draft *draft, struct view_reader *reader, const char *id,
                    struct compose *out)
{
    *draft = (struct draft){.reader = reader, .out = out};
    enum err err = resolve_record(reader, id, &draft->key, &draft->row);
    if (err == ERR_NOT_FOUND) {
        return draft_problem(out, err, "", "there is no record of that id here");
    }
    if (err == ERR_INVALID) {
        return draft_problem(out, err, "", "several records begin so: write more digits");
    }
    if (err == ERR_OK) {
        err = load_spaces(draft);
    }
    if (err != ERR_OK || draft->n == 0) {
        return err == ERR_OK ? ERR_NOT_FOUND : err;
    }
    const struct fold_state *state = &draft->spaces[0].state;
    memcpy(draft->type, state->type, strlen(state->type) + 1);
    draft->schema = schema_set_find(reader->schemas, draft->type);
    out->key = draft->key;
    return ERR_OK;
}

void draft_unload(struct draft *draft)
{
    for (size_t i = 0; i < draft->n; i++) {
        fold_fini(&draft->spaces[i].state);
        shape_unload(&draft->spaces[i].entries);
    }
    draft->n = 0;
}

bool draft_has_role(struct view_reader *reader)
{
    return db_int(&reader->db, 0,
                  "SELECT steward OR hub FROM schools WHERE school = ? AND live", "b",
                  reader->school.b, sizeof(reader->school.b)) != 0;
}

enum err draft_mine(const struct draft *draft)
{
    struct view_reader *reader = draft->reader;
    if (school_id_eq(&draft->key.owner, &reader->school)) {
        return ERR_OK;
    }
    if (db_int(&reader->db, 0, "SELECT count(*) FROM meta WHERE name = 'network' AND value = ?",
               "b", draft->key.owner.b, sizeof(draft->key.owner.b)) != 0) {
        return draft_has_role(reader)
                   ? ERR_OK
                   : draft_problem(
                         draft->out, ERR_REFUSED, "",
                         "this is the network's: only the hub and stewards change it");
    }
    return draft_problem(
        draft->out, ERR_REFUSED, "",
        "another school owns this: give feedback, or make your own record that "
        "is based on it");
}

/* ------------------------------------------------------------------------ the revision ---- */

struct compose_audience draft_audience(const struct draft *draft,
                                       const struct draft_space *space)
{
    struct compose_audience audience = {.class = space->class};
    if (space->class == SPACE_GROUP ||
        (space->class == SPACE_HUB && !school_id_eq(&space->school, &draft->reader->school))) {
        /* A command's HUB is this school's own; the hub names another's by its id. */
        audience.class = SPACE_GROUP;
        audience.group = space->space;
    }
    return audience;
}

/* The day alone when it is to name nobody. */
static const char *at_text(char out[32], int64_t wall_s, bool day)
{
    time_t t = (time_t)wall_s;
    struct tm tm;
    /* A clock far off (before 1970, after 9999) gives no date rather than a malformed one. */
    if (wall_s < 0 || gmtime_r(&t, &tm) == NULL ||
        strftime(out, 32, day ? "%Y-%m-%dT00:00:00Z" : "%Y-%m-%dT%H:%M:%SZ", &tm) != 20) {
        return "";
    }
    return out;
}

static void append(struct compose *out, const struct compose_audience *audience,
                   const struct buf *body)
{
    struct compose_revision *grown =
        arena_alloc(&out->arena, (out->revisions_n + 1) * sizeof(*grown));
    if (out->revisions_n > 0) {
        memcpy(grown, out->revisions, out->revisions_n * sizeof(*grown));
    }
    struct compose_revision *revision = &grown[out->revisions_n++];
    revision->class = audience->class;
    revision->group = audience->group;
    revision->body = slice_of(arena_dup(&out->arena, body->data, body->len), body->len);
    hash_bytes(revision->id.b, sizeof(revision->id.b), slice_of(NULL, 0), REVISION_ID_LABEL,
               revision->body, slice_of(NULL, 0));
    out->revisions = grown;
}

enum err draft_write(struct draft *draft, const struct draft_write *write, bool *written)
{
    char at[32];
    struct buf body = {0};
    struct schema_problem problem = {{0}, {0}};
    bool unnamed = draft->schema != NULL && draft->schema->anonymous;
    const struct author author = {
        .record = draft->key.record,
        .owner = draft->key.owner,
        .edit = write->edit,
        .type = draft->type,
        .person = unnamed || write->who->person == NULL ? "" : write->who->person,
        .at = at_text(at, write->who->wall_s, unnamed),
        .v = draft->schema == NULL ? 1 : draft->schema->v,
    };
    enum err err =
        author_revision(&author, draft->schema, write->before, write->wanted, &body, &problem);
    if (err != ERR_OK) {
        /* What is too long for a revision is the caller's to mend, not a peer's fault. */
        err = err == ERR_TOO_BIG ? ERR_LIMIT : err;
        err = draft_problem(draft->out, err, problem.path, problem.text);
    } else {
        *written = body.len > 0;
        if (*written) {
            append(draft->out, &write->audience, &body);
        }
    }
    buf_fini(&body);
    return err;
}

enum err draft_space_of(struct view_reader *reader, const struct compose_audience *audience,
                        struct draft_space *out)
{
    int64_t id = 0;
    switch (audience->class) {
    case SPACE_OWN:
        id = DB_OWN_SPACE;
        break;
    case SPACE_NETWORK:
        id = db_int(&reader->db, 0, "SELECT id FROM spaces WHERE class = 1", "");
        break;
    case SPACE_HUB:
        id = db_int(&reader->db, 0, "SELECT id FROM spaces WHERE class = 3 AND school = ?", "b",
                    reader->school.b, sizeof(reader->school.b));
        break;
    case SPACE_GROUP:
        id = db_int(&reader->db, 0, "SELECT id FROM spaces WHERE space = ? AND part = ?", "bi",
                    audience->group.b, sizeof(audience->group.b), (int64_t)FOLD_MEMBER);
        break;
    }
    return id == 0 ? ERR_NOT_FOUND : draft_space_row(reader, id, out);
}
