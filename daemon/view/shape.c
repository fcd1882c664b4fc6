#include "daemon/view/shape.h"

#include <stdlib.h>

#include "daemon/view/tables.h"
#include "proto/base/check.h"
#include "proto/base/text.h"
#include "proto/record/author.h"
#include "proto/record/ijson.h"
#include "proto/record/render.h"

/* What one space says, and what all of them come to. */
struct shown {
    int64_t record;
    struct query_key key;
    bool mine;
    bool fresh;    /* nothing was shown of it before */
    int64_t space; /* the narrowest; 0: none */
    int64_t lseq;
    int64_t lagging, waiting;
    struct shape_entries entries; /* of the narrowest */
    struct fold_state state;
    char *current; /* what a wider space should show too; made when there is one */
    struct cycle cycle;
    bool is_cycle;
};

void shape_init(struct shape *shape, struct db *db, const struct members *members,
                const struct schema_set *schemas)
{
    *shape = (struct shape){.db = db, .members = members, .schemas = schemas};
    map_init(&shape->ideas, sizeof(int64_t), 1);
}

void shape_fini(struct shape *shape)
{
    map_fini(&shape->ideas);
}

/* ------------------------------------------------------------------- a state a space ---- */

static void put_count(struct buf *out, const char *name, uint64_t value)
{
    char digits[21];
    buf_put_str(out, name);
    buf_put_str(out, text_decimal(digits, value));
}

static void put_value(struct buf *out, const char *name, const json_t *value)
{
    buf_put_str(out, name);
    ijson_dump(out, value);
}

/* Members in order of their names, as ijson_dump has them. With a NUL. */
static void put_derived(struct buf *out, const struct fold_state *state,
                        const struct cycle *cycle)
{
    put_value(out, "{\"also\":", state->also);
    if (cycle != NULL) {
        json_t *json = cycle_json(cycle);
        put_value(out, ",\"cycle\":", json);
        json_decref(json);
    }
    put_count(out, ",\"erased\":", state->counts[FOLD_STATUS_ERASED]);
    buf_put_str(out, ",\"heads\":[");
    for (size_t i = 0; i < state->n_heads; i++) {
        char hex[2 * sizeof(state->heads[i].b) + 1];
        text_hex(hex, state->heads[i].b, sizeof(state->heads[i].b));
        buf_put_str(out, i == 0 ? "\"" : ",\"");
        buf_put_str(out, hex);
        buf_put_u8(out, '"');
    }
    put_count(out, "],\"lamport_next\":", state->lamport_next);
    put_count(out, ",\"revisions\":", state->counts[FOLD_STATUS_IN_EFFECT]);
    put_count(out, ",\"v\":", state->v);
    put_count(out, ",\"waiting\":", state->counts[FOLD_STATUS_WAITING]);
    put_value(out, ",\"written\":", state->written);
    buf_put(out, "}", 2);
}

static int64_t put_standings(struct db *db, const struct shape_entries *entries,
                             const struct fold_state *state)
{
    int64_t lseq = 0;
    for (size_t i = 0; i < entries->n; i++) {
        if ((int)state->status[i] != entries->standing[i]) {
            db_run(db, "UPDATE revisions SET standing = ? WHERE lseq = ?", "ii",
                   (int64_t)state->status[i], entries->lseq[i]);
        }
        if (state->status[i] == FOLD_STATUS_IN_EFFECT && entries->lseq[i] > lseq) {
            lseq = entries->lseq[i];
        }
    }
    return lseq;
}

static char *current_text(const struct shape_entries *entries, const struct fold_state *state)
{
    json_t *current = author_current_sections(entries->entries, entries->n, state);
    char *text = ijson_text(current);
    json_decref(current);
    return text;
}

/* Whether a wider space of an own record lacks an edit of the narrowest. */
static bool lags(struct shown *shown, const struct shape_entries *entries,
                 const struct fold_state *state)
{
    if (!shown->mine || shown->space == 0) {
        return false;
    }
    if (shown->current == NULL) {
        shown->current = current_text(&shown->entries, &shown->state);
    }
    char *theirs = current_text(entries, state);
    bool differs = strcmp(shown->current, theirs) != 0;
    free(theirs);
    return differs;
}

static void shape_space(struct shape *shape, struct shown *shown, int64_t space)
{
    struct shape_entries entries;
    struct fold_state state;
    shape_load(&entries, shape->db, shape->decoded, shown->record, &shown->key, space);
    fold_init(&state, entries.entries, entries.n);
    int64_t lseq = put_standings(shape->db, &entries, &state);
    shown->waiting += (int64_t)state.counts[FOLD_STATUS_WAITING];
    if (!state.exists) {
        db_run(shape->db, "DELETE FROM states WHERE id = ?", "i",
               TABLES_STATE_ID(shown->record, space));
        fold_fini(&state);
        shape_unload(&entries);
        return;
    }
    struct cycle cycle;
    bool is_cycle = strcmp(state.type, "cycle") == 0;
    if (is_cycle) {
        cycle_init(&cycle, entries.entries, entries.n, &state, NULL);
    }
    char *sections = ijson_text(state.sections);
    struct buf derived = {0};
    put_derived(&derived, &state, is_cycle ? &cycle : NULL);
    bool behind = lags(shown, &entries, &state);
    db_run(shape->db, "INSERT OR REPLACE INTO states VALUES(?,?,?,?,?)", "ittii",
           TABLES_STATE_ID(shown->record, space), sections, (const char *)derived.data, lseq,
           (int64_t)behind);
    shown->lagging += behind;
    free(sections);
    buf_fini(&derived);
    if (shown->space == 0) {
        shown->space = space;
        shown->lseq = lseq;
        shown->entries = entries;
        shown->state = state;
        shown->is_cycle = is_cycle;
        if (is_cycle) {
            shown->cycle = cycle;
        }
        return;
    }
    if (is_cycle) {
        cycle_fini(&cycle);
    }
    fold_fini(&state);
    shape_unload(&entries);
}

/* ------------------------------------------------------------------------- the summary -- */

static const char *plain_state(const json_t *sections)
{
    static const char *const paths[] = {"head.state", "head.standing", "standing.standing",
                                        "head.kind"};
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        const json_t *value = schema_get(sections, paths[i]);
        if (json_is_string(value)) {
            return json_string_value(value);
        }
    }
    return NULL;
}

static void add_flag(json_t *flags, bool on, const char *name)
{
    if (on) {
        CHECK(json_array_append_new(flags, json_string(name)) == 0);
    }
}

static char *flags_text(const struct shown *shown)
{
    json_t *flags = json_array();
    if (shown->is_cycle) {
        add_flag(flags, shown->cycle.done_not_studied, "done_not_studied");
        add_flag(flags, shown->cycle.no_prediction, "no_prediction");
        add_flag(flags, shown->cycle.no_data, "no_data");
        add_flag(flags, json_array_size(shown->cycle.amendments) > 0, "amended");
    }
    add_flag(flags, json_array_size(shown->state.also) > 0, "also_written");
    add_flag(flags, shown->waiting > 0, "waiting");
    add_flag(flags, shown->lagging > 0, "lagging");
    char *text = ijson_text(flags);
    json_decref(flags);
    return text;
}

/* Who hid it, and why. Owned text. */
struct hiding {
    bool hidden;
    struct school_id by;
    char *reason;
};

static struct hiding hiding_of(const struct shape *shape, const struct shown *shown)
{
    struct hiding out = {0};
    const struct fold *fold = shape->members->fold;
    struct envelope_id by;
    if (shown->mine || fold == NULL ||
        !fold_hidden(fold, &shown->key.owner, &shown->key.record, &by) ||
        db_int(shape->db, 0, "SELECT class FROM spaces WHERE id = ?", "i", shown->space) !=
            SPACE_NETWORK) {
        return out;
    }
    struct fold_item item;
    struct fold_device device;
    out.hidden = true;
    if (fold_find(fold, &by, &item) && fold_device(fold, &item.device, &device)) {
        out.by = device.school;
    }
    const struct statement *statement = fold_statement(fold, &by);
    if (statement != NULL && statement->u.hide.reason.n > 0) {
        out.reason = mem_zalloc(statement->u.hide.reason.n + 1);
        memcpy(out.reason, statement->u.hide.reason.p, statement->u.hide.reason.n);
    }
    return out;
}

/* An idea's is made of the tests that are here; cycles that come later touch it again. */
static const char *state_of(struct shape *shape, const struct shown *shown)
{
    const json_t *sections = shown->state.sections;
    if (shown->is_cycle) {
        return cycle_state_name(shown->cycle.state);
    }
    if (strcmp(shown->state.type, "idea") == 0) {
        return idea_state_name(
            shape_history(shape->db, &shown->key.owner, &shown->key.record, sections).state);
    }
    return plain_state(sections);
}

static void put_summary(struct shape *shape, const struct shown *shown,
                        const struct hiding *hiding)
{
    bool hidden = hiding->hidden;
    const struct fold_state *state = &shown->state;
    const struct revision *last = state->last;
    const struct schema *schema = schema_set_find(shape->schemas, state->type);
    bool unnamed = schema != NULL && schema->anonymous;
    const json_t *summary = schema == NULL || schema->summary == NULL || unnamed
                                ? NULL
                                : schema_get(state->sections, schema->summary);
    const char *title = unnamed ? schema->label : schema_title(schema, state->sections);
    bool second = json_is_string(summary) && !hidden;
    char *flags = flags_text(shown);
    db_run(
        shape->db,
        "INSERT INTO records VALUES(?1,?2,?3,?4,?5,'$.' || ?6,?7,?8,?9,?10,?11,?12,?13,?14,"
        "?15,?16,?17,?18) ON CONFLICT(id) DO UPDATE SET type = ?4, title = ?5,"
        " summary = '$.' || ?6, state = ?7, flags = ?8, person = ?9, at = ?10, edit = ?11,"
        " created = ?12, lamport = ?13, lseq = ?14, changed = ?15, space = ?16, hidden = ?17,"
        " reason = ?18",
        "ibb"
        "ttttt"
        "ttbtiiiibt",
        shown->record, shown->key.record.b, sizeof(shown->key.record.b), shown->key.owner.b,
        sizeof(shown->key.owner.b), state->type, hidden ? NULL : title,
        second ? schema->summary : NULL, hidden ? NULL : state_of(shape, shown), flags,
        last->person, last->at, last->edit.b, sizeof(last->edit.b), state->first->at,
        (int64_t)last->lamport, shown->lseq, (int64_t)shape->applied, shown->space,
        hidden ? hiding->by.b : NULL, sizeof(hiding->by.b), hiding->reason);
    free(flags);
}

/* Nothing of it is in effect. */
static void put_nothing(struct shape *shape, const struct shown *shown)
{
    db_run(shape->db,
           "INSERT INTO records(id, record, owner, changed) VALUES(?1,?2,?3,?4) ON CONFLICT(id)"
           " DO UPDATE SET type = NULL, title = NULL, summary = NULL, state = NULL,"
           " flags = NULL, person = NULL, at = NULL, created = NULL, edit = NULL,"
           " lamport = NULL, lseq = NULL, hidden = NULL, reason = NULL, space = NULL,"
           " changed = ?4",
           "ibbi", shown->record, shown->key.record.b, sizeof(shown->key.record.b),
           shown->key.owner.b, sizeof(shown->key.owner.b), (int64_t)shape->applied);
}

static bool lists(const json_t *list, const char *text)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *entry = json_string_value(json_array_get(list, i));
        if (entry != NULL && strcmp(entry, text) == 0) return true;
    }
    return false;
}

/* For whom and under what conditions: one row for each pair; NULL where it was not said. */
static void put_trials(struct shape *shape, const struct shown *shown)
{
    const json_t *sections = shown->state.sections;
    const json_t *groups = schema_get(sections, "plan.for_whom");
    const json_t *conditions = schema_get(sections, "plan.conditions");
    size_t n = json_array_size(groups), m = json_array_size(conditions);
    for (size_t g = 0; g < (n == 0 ? 1 : n); g++) {
        const char *group = json_string_value(json_array_get(groups, g));
        bool worked = group != NULL && lists(schema_get(sections, "study.worked_for"), group);
        bool not_for = group != NULL && lists(schema_get(sections, "study.not_for"), group);
        for (size_t c = 0; c < (m == 0 ? 1 : m); c++) {
            db_run(shape->db, "INSERT INTO trials VALUES(?,?,?,?,?)", "ittii", shown->record,
                   group, json_string_value(json_array_get(conditions, c)), (int64_t)worked,
                   (int64_t)not_for);
        }
    }
}

/* The record that a field names. */
struct ref {
    bool named;
    struct school_id owner;
    struct record_id record;
};

static struct ref ref_of(const json_t *section, const char *field)
{
    struct ref ref = {0};
    const char *text = ijson_str(section, field);
    ref.named = strlen(text) == REVISION_REF_CHARS &&
                revision_ref_decode(text, &ref.owner, &ref.record) == ERR_OK;
    return ref;
}

static void put_cycle(struct shape *shape, const struct shown *shown)
{
    const struct cycle *cycle = &shown->cycle;
    const json_t *head = json_object_get(shown->state.sections, "head");
    const json_t *act = json_object_get(shown->state.written, "act");
    struct ref idea = ref_of(head, "idea"), prior = ref_of(head, "prior");
    db_run(shape->db,
           "INSERT OR REPLACE INTO cycles VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
           "itttt"
           "iiiiitt"
           "bbbbbtt",
           shown->record, cycle_state_name(cycle->state), cycle_state_name(cycle->phase),
           cycle->decision, ijson_str(act, "at"), (int64_t)cycle->questions,
           (int64_t)cycle->predictions, (int64_t)cycle->judged, (int64_t)cycle->matched,
           (int64_t)json_array_size(cycle->amendments), ijson_str(head, "end"),
           shown->state.last->at, shown->key.owner.b, sizeof(shown->key.owner.b),
           idea.named ? idea.owner.b : NULL, sizeof(idea.owner.b),
           idea.named ? idea.record.b : NULL, sizeof(idea.record.b),
           prior.named ? prior.owner.b : NULL, sizeof(prior.owner.b),
           prior.named ? prior.record.b : NULL, sizeof(prior.record.b),
           ijson_str(head, "scale"), ijson_str(head, "ramp"));
    put_trials(shape, shown);
}

/* ---------------------------------------------------------------------------- the links -- */

static void put_links(struct shape *shape, int64_t record, const char *path,
                      const json_t *value)
{
    struct school_id owner;
    struct record_id target;
    if (json_is_string(value)) {
        if (json_string_length(value) == REVISION_REF_CHARS &&
            revision_ref_decode(json_string_value(value), &owner, &target) == ERR_OK) {
            db_run(shape->db, "INSERT INTO links VALUES(?,?,?,?)", "itbb", record, path,
                   owner.b, sizeof(owner.b), target.b, sizeof(target.b));
        }
    } else if (json_is_array(value)) {
        for (size_t i = 0; i < json_array_size(value); i++) {
            put_links(shape, record, path, json_array_get(value, i));
        }
    } else if (json_is_object(value)) {
        /* Sections and fields only: within lists of objects the list's path names them all. */
        const char *name = NULL;
        json_t *member = NULL;
        json_object_foreach((json_t *)(uintptr_t)value, name, member)
        {
            char *longer = sqlite3_mprintf("%s%s%s", path, *path == '\0' ? "" : ".", name);
            CHECK(longer != NULL);
            put_links(shape, record, longer, member);
            sqlite3_free(longer);
        }
    }
}

/* The ideas that the record's links name now have to be looked at again. */
static void touch_ideas(struct shape *shape, int64_t record)
{
    sqlite3_stmt *row =
        db_start(shape->db,
                 "SELECT r.id FROM links l JOIN records r ON r.record = l.target"
                 " AND r.owner = l.owner WHERE l.record = ?"
                 " AND l.path = 'head.idea'",
                 "i", record);
    while (db_next(shape->db, row)) {
        int64_t idea = sqlite3_column_int64(row, 0);
        map_put(&shape->ideas, &idea, 0);
    }
}

static void put_words(struct shape *shape, const struct shown *shown)
{
    const struct schema *schema = schema_set_find(shape->schemas, shown->state.type);
    struct buf words = {0};
    if (schema != NULL && schema->anonymous) {
        return; /* a word of it would find the one who wrote it */
    }
    render_words(&words, schema, shown->state.sections);
    buf_put_u8(&words, 0);
    db_run(shape->db, "INSERT INTO search(rowid, title, words) VALUES(?,?,?)", "itt",
           shown->record, schema_title(schema, shown->state.sections),
           (const char *)words.data);
    buf_fini(&words);
}

/* Takes away what hangs on the record's former state. */
static void clear(struct shape *shape, const struct shown *shown)
{
    if (!shown->fresh) {
        touch_ideas(shape, shown->record);
        db_run(shape->db, "DELETE FROM links WHERE record = ?", "i", shown->record);
        db_run(shape->db, "DELETE FROM cycles WHERE record = ?", "i", shown->record);
        db_run(shape->db, "DELETE FROM trials WHERE record = ?", "i", shown->record);
        db_run(shape->db, "DELETE FROM search WHERE rowid = ?", "i", shown->record);
    }
}

static void put_shown(struct shape *shape, const struct shown *shown)
{
    struct hiding hiding = hiding_of(shape, shown);
    put_summary(shape, shown, &hiding);
    free(hiding.reason);
    if (hiding.hidden) {
        return;
    }
    if (shown->is_cycle) {
        put_cycle(shape, shown);
    }
    put_links(shape, shown->record, "", shown->state.sections);
    if (shown->is_cycle) {
        touch_ideas(shape, shown->record);
    }
    put_words(shape, shown);
}

/* What a school says of itself: of several such records, by the latest edit. */
static void put_called(struct shape *shape, const struct school_id *owner)
{
    db_run(shape->db, "DELETE FROM called WHERE school = ?", "b", owner->b, sizeof(owner->b));
    db_run(
        shape->db,
        "INSERT INTO called SELECT r.owner, r.title, json_extract(t.sections,"
        " '$.standing.standing'), json_extract(t.sections, '$.standing.since') FROM records r"
        " JOIN states t ON t.id = r.id * 65536 + r.space WHERE r.owner = ? AND r.type ="
        " 'school' AND r.space IS NOT NULL AND r.hidden IS NULL ORDER BY r.lamport DESC,"
        " r.record LIMIT 1",
        "b", owner->b, sizeof(owner->b));
    shape->called = true;
}

static bool was_called(const struct shape *shape, const struct school_id *owner)
{
    return db_int(shape->db, 0, "SELECT count(*) FROM called WHERE school = ?", "b", owner->b,
                  sizeof(owner->b)) > 0;
}

/* False when there is no such record. */
static bool find(const struct shape *shape, struct shown *shown)
{
    const struct shape_fresh *fresh = shape->fresh;
    shown->fresh = fresh != NULL && fresh->n > 0 && shown->record >= fresh->first;
    if (shown->fresh) {
        shown->key = fresh->keys[shown->record - fresh->first];
        return true;
    }
    sqlite3_stmt *row = db_start(shape->db,
                                 "SELECT owner, record, space IS NULL FROM records"
                                 " WHERE id = ?",
                                 "i", shown->record);
    if (!db_next(shape->db, row)) {
        return false;
    }
    db_copy(row, 0, shown->key.owner.b, sizeof(shown->key.owner.b));
    db_copy(row, 1, shown->key.record.b, sizeof(shown->key.record.b));
    shown->fresh = sqlite3_column_int(row, 2) != 0;
    db_end(row);
    return true;
}

void shape_record(struct shape *shape, int64_t record)
{
    struct shown shown = {.record = record};
    if (!find(shape, &shown)) {
        return;
    }
    shown.mine = school_id_eq(&shown.key.owner, &shape->members->school);

    size_t n = 0;
    int64_t *spaces = shape_spaces(shape->db, record, &n);
    for (size_t i = 0; i < n; i++) {
        shape_space(shape, &shown, spaces[i]);
    }
    free(spaces);
    clear(shape, &shown);
    if (shown.space == 0) {
        put_nothing(shape, &shown);
        if (was_called(shape, &shown.key.owner)) put_called(shape, &shown.key.owner);
        return;
    }
    put_shown(shape, &shown);
    if (strcmp(shown.state.type, "school") == 0) put_called(shape, &shown.key.owner);
    if (shown.is_cycle) {
        cycle_fini(&shown.cycle);
    }
    free(shown.current);
    fold_fini(&shown.state);
    shape_unload(&shown.entries);
}
