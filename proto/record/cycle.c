#include "proto/record/cycle.h"

#include <stdlib.h>
#include <string.h>

#include "proto/base/mem.h"
#include "proto/base/text.h"
#include "proto/record/date.h"
#include "proto/record/ijson.h"
#include "proto/record/schema.h"

const char *cycle_state_name(enum cycle_state state)
{
    static const char *const names[] = {
#define X(name, text) text,
        CYCLE_STATE_TABLE(X)
#undef X
    };
    return names[state];
}

/* --- content --- */

/*
 * Does a section, a list or a value say something? Not: absent, null, false, empty, a deleted
 * item, an item of which only the id is there.
 */
static bool has_content(const json_t *value)
{
    const char *name;
    json_t *member;
    size_t i;
    if (value == NULL || json_is_null(value) || json_is_false(value)) return false;
    if (json_is_string(value)) return json_string_length(value) > 0;
    if (!json_is_object(value) && !json_is_array(value)) return true;
    if (json_is_true(json_object_get(value, "deleted"))) return false;
    IJSON_FOREACH(value, name, member)
    {
        if (strcmp(name, "id") != 0 && has_content(member)) return true;
    }
    json_array_foreach(value, i, member)
    {
        if (has_content(member)) return true;
    }
    return false;
}

static const char *decision_of(const json_t *sections)
{
    static const char *const decisions[] = {"adopt", "adapt", "abandon"};
    const char *text = json_string_value(schema_get(sections, "act.decision"));
    for (size_t i = 0; text != NULL && i < sizeof(decisions) / sizeof(decisions[0]); i++) {
        if (strcmp(decisions[i], text) == 0) return decisions[i];
    }
    return "";
}

static enum cycle_state phase_of(const json_t *sections)
{
    if (*decision_of(sections) != '\0') {
        return json_is_true(schema_get(sections, "act.closed")) ? CYCLE_CLOSED : CYCLE_DECIDED;
    }
    if (has_content(json_object_get(sections, "study")) ||
        json_is_true(schema_get(sections, "do.finished"))) {
        return CYCLE_STUDYING;
    }
    if (has_content(json_object_get(sections, "do"))) return CYCLE_DOING;
    return has_content(json_object_get(sections, "plan")) ? CYCLE_PLANNED : CYCLE_DRAFT;
}

static enum cycle_state state_of(const json_t *sections, enum cycle_state phase)
{
    const char *standing = json_string_value(schema_get(sections, "head.standing"));
    if (standing == NULL) return phase;
    if (strcmp(standing, "withdrawn") == 0) return CYCLE_WITHDRAWN;
    return strcmp(standing, "paused") == 0 ? CYCLE_PAUSED : phase;
}

/* --- the frozen plan and its amendments --- */

static int by_precedence(const void *a, const void *b)
{
    const struct revision *const *x = a, *const *y = b;
    if ((*x)->lamport != (*y)->lamport) return (*x)->lamport < (*y)->lamport ? -1 : 1;
    return revision_id_cmp(&(*x)->id, &(*y)->id);
}

/* The revisions in effect, each once, in ascending precedence. free() it. */
static const struct revision **in_effect(const struct fold_entry *entries, size_t n,
                                         const struct fold_state *state, size_t *n_out)
{
    const struct revision **out = mem_zalloc(n * sizeof(*out));
    size_t count = 0, kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (state->status[i] == FOLD_STATUS_IN_EFFECT && entries[i].revision != NULL) {
            out[count++] = entries[i].revision;
        }
    }
    if (count > 1) qsort(out, count, sizeof(*out), by_precedence);
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && revision_id_eq(&out[kept - 1]->id, &out[i]->id)) continue;
        out[kept++] = out[i];
    }
    *n_out = kept;
    return out;
}

static bool in_past(const struct fold_entry *past, size_t n, const struct revision_id *id)
{
    for (size_t i = 0; i < n; i++) {
        const struct revision *revision = past[i].revision;
        if (revision_id_eq(revision == NULL ? &past[i].id : &revision->id, id)) return true;
    }
    return false;
}

/* Those that a shared root brought along, in their order. */
static void amend_carried(struct cycle *out)
{
    size_t i;
    json_t *entry;
    json_array_foreach(schema_get(out->sections, "amendments.list"), i, entry)
    {
        if (json_is_object(json_object_get(entry, "plan"))) {
            json_array_append(out->amendments, entry);
        }
    }
}

static void amend_by(struct cycle *out, const struct revision *revision, const json_t *plan)
{
    char hex[65];
    json_t *amendment = json_object();
    text_hex(hex, revision->id.b, sizeof(revision->id.b));
    ijson_set_str(amendment, "id", hex);
    ijson_set_str(amendment, "person", revision->person);
    ijson_set_str(amendment, "at", revision->at);
    json_object_set(amendment, "plan", (json_t *)(uintptr_t)plan);
    json_array_append_new(out->amendments, amendment);
}

static json_t *plan_of(const struct fold_state *state)
{
    json_t *plan = json_object_get(state->sections, "plan");
    return plan == NULL ? json_object() : json_deep_copy(plan);
}

/*
 * What shows, but where a shared root brought its amended plan along: then that, and after it
 * the writes that came later, one by one.
 */
static json_t *plan_now_of(const struct fold_state *state, const struct revision **revisions,
                           size_t n)
{
    json_t *now = NULL;
    for (size_t i = 0; i < n; i++) {
        const json_t *carried = schema_get(revisions[i]->sections, "amendments.plan");
        const json_t *write = json_object_get(revisions[i]->sections, "plan");
        if (now != NULL && write != NULL) fold_apply(now, write);
        if (!json_is_object(carried)) continue;
        json_decref(now);
        now = json_deep_copy(carried);
    }
    return now == NULL ? plan_of(state) : now;
}

static void set_plan(struct cycle *out, const struct fold_entry *entries, size_t n,
                     const struct fold_state *state)
{
    size_t n_revisions, first = 0;
    const struct revision **revisions = in_effect(entries, n, state, &n_revisions);
    while (first < n_revisions &&
           !has_content(json_object_get(revisions[first]->sections, "do"))) {
        first++;
    }
    out->frozen = first < n_revisions;
    out->plan_now = plan_now_of(state, revisions, n_revisions);
    if (!out->frozen) {
        out->plan = json_deep_copy(out->plan_now);
        free(revisions);
        return;
    }
    struct fold_entry *past = mem_dup(entries, n * sizeof(*past));
    size_t n_past = fold_past(past, n, &revisions[first]->id);
    struct fold_state then;
    fold_init(&then, past, n_past);
    out->plan = plan_of(&then);
    fold_fini(&then);
    amend_carried(out);
    for (size_t i = 0; i < n_revisions; i++) {
        const json_t *plan = json_object_get(revisions[i]->sections, "plan");
        if (plan == NULL || in_past(past, n_past, &revisions[i]->id)) continue;
        amend_by(out, revisions[i], plan);
    }
    free(past);
    free(revisions);
}

/* --- counts and flags --- */

static const json_t *item_of(const json_t *list, const char *id)
{
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        if (strcmp(ijson_str(item, "id"), id) == 0) return item;
    }
    return NULL;
}

/* A result belongs to the question whose id it has. */
static void count_predictions(struct cycle *out)
{
    const json_t *results = schema_get(out->sections, "study.results");
    size_t i;
    json_t *question;
    json_array_foreach(json_object_get(out->plan, "questions"), i, question)
    {
        out->questions++;
        if (*ijson_str(question, "prediction") == '\0') continue;
        out->predictions++;
        const char *matched = ijson_str(item_of(results, ijson_str(question, "id")), "matched");
        out->judged += *matched != '\0';
        out->matched += strcmp(matched, "yes") == 0;
    }
}

static void set_flags(struct cycle *out, const struct fold_state *state, const char *today)
{
    const char *end = json_string_value(schema_get(out->sections, "head.end"));
    enum cycle_state phase = out->phase;
    bool open = phase < CYCLE_DECIDED && out->state != CYCLE_WITHDRAWN;
    bool awake = open && out->state != CYCLE_PAUSED;
    int64_t days;
    bool late = cycle_days_between(end, today, &days) && days > 0;
    bool done = json_is_true(schema_get(out->sections, "do.finished")) ||
                (phase == CYCLE_DOING && late) || phase >= CYCLE_DECIDED;
    out->overdue = awake && late;
    out->done_not_studied = done && !has_content(json_object_get(out->sections, "study")) &&
                            out->state != CYCLE_WITHDRAWN;
    out->no_prediction = phase >= CYCLE_PLANNED && out->predictions == 0;
    out->no_data =
        phase >= CYCLE_STUDYING && !has_content(schema_get(out->sections, "do.data"));
    out->stalled = awake && phase > CYCLE_DRAFT && state->last != NULL &&
                   cycle_days_between(state->last->at, today, &days) &&
                   days > CYCLE_STALLED_DAYS;
}

void cycle_init(struct cycle *out, const struct fold_entry *entries, size_t n,
                const struct fold_state *state, const char *today)
{
    *out = (struct cycle){.sections = json_incref(state->sections), .amendments = json_array()};
    out->phase = phase_of(out->sections);
    out->state = state_of(out->sections, out->phase);
    out->decision = decision_of(out->sections);
    set_plan(out, entries, n, state);
    count_predictions(out);
    set_flags(out, state, today);
}

void cycle_fini(struct cycle *cycle)
{
    json_decref(cycle->plan);
    json_decref(cycle->plan_now);
    json_decref(cycle->amendments);
    json_decref(cycle->sections);
    *cycle = (struct cycle){0};
}

/* --- as JSON, as a wider space gets it, as the next one begins --- */

json_t *cycle_json(const struct cycle *cycle)
{
    json_t *out = json_object(), *flags = json_array();
    ijson_set_str(out, "state", cycle_state_name(cycle->state));
    ijson_set_str(out, "phase", cycle_state_name(cycle->phase));
    ijson_set_str(out, "decision", cycle->decision);
    json_object_set_new(out, "frozen", json_boolean(cycle->frozen));
    json_object_set(out, "plan", cycle->plan);
    json_object_set(out, "plan_now", cycle->plan_now);
    json_object_set(out, "amendments", cycle->amendments);
    json_object_set_new(out, "questions", json_integer((json_int_t)cycle->questions));
    json_object_set_new(out, "predictions", json_integer((json_int_t)cycle->predictions));
    json_object_set_new(out, "judged", json_integer((json_int_t)cycle->judged));
    json_object_set_new(out, "matched", json_integer((json_int_t)cycle->matched));
#define X(flag, text) \
    if (cycle->flag) json_array_append_new(flags, json_string(#flag));
    CYCLE_FLAG_TABLE(X)
#undef X
    json_object_set_new(out, "flags", flags);
    return out;
}

json_t *cycle_shared_sections(const struct cycle *cycle)
{
    json_t *out = json_deep_copy(cycle->sections);
    if (!cycle->frozen) return out;
    if (json_object_size(cycle->plan) > 0) {
        json_object_set_new(out, "plan", json_deep_copy(cycle->plan));
    } else {
        json_object_del(out, "plan");
    }
    if (json_array_size(cycle->amendments) > 0) {
        json_t *section = json_object();
        json_object_set_new(section, "list", json_deep_copy(cycle->amendments));
        json_object_set_new(section, "plan", json_deep_copy(cycle->plan_now));
        json_object_set_new(out, "amendments", section);
    }
    return out;
}

enum err cycle_next(const struct cycle *cycle, const char *prior, enum cycle_next which,
                    json_t **sections)
{
    static const char *const not_kept[] = {"start", "end", "standing", "standing_reason"};
    if (*cycle->decision == '\0') return ERR_REFUSED;
    if (which == CYCLE_NEXT_AFTER_ADAPT && strcmp(cycle->decision, "adapt") != 0) {
        return ERR_REFUSED;
    }
    const json_t *old_head = json_object_get(cycle->sections, "head");
    json_t *head = old_head == NULL ? json_object() : json_deep_copy(old_head);
    json_t *plan = json_deep_copy(cycle->plan_now), *question;
    size_t i;
    for (size_t k = 0; k < sizeof(not_kept) / sizeof(not_kept[0]); k++) {
        json_object_del(head, not_kept[k]);
    }
    json_int_t number = json_integer_value(json_object_get(head, "number"));
    json_object_set_new(head, "number", json_integer(number < 1 ? 2 : number + 1));
    ijson_set_str(head, "prior", prior);
    if (*ijson_str(head, "ramp") == '\0' && *ijson_str(head, "title") != '\0') {
        ijson_set_str(head, "ramp", ijson_str(head, "title")); /* the ramp gets its name */
    }
    json_array_foreach(json_object_get(plan, "questions"), i, question)
    {
        json_object_del(question, "prediction");
    }
    *sections = json_object();
    json_object_set_new(*sections, "head", head);
    if (json_object_size(plan) > 0) json_object_set(*sections, "plan", plan);
    json_decref(plan);
    return ERR_OK;
}

bool cycle_days_between(const char *from, const char *to, int64_t *days)
{
    int64_t a, b;
    if (!date_days(from, &a) || !date_days(to, &b)) return false;
    *days = b - a;
    return true;
}
