/* The steps of a cycle: each is a patch of its sections. */
#include <stdlib.h>
#include <string.h>

#include "daemon/api/names.h"
#include "daemon/api/records.h"
#include "daemon/api/routes.h"

/* The sections of the body (plan, do …) as one object, without person and draft. */
static json_t *sections_of(const struct call *call, const char *const *names, size_t n)
{
    json_t *sections = json_object();

    for (size_t i = 0; i < n; i++) {
        json_t *value = json_object_get(call->body, names[i]);

        if (json_is_object(value)) json_object_set(sections, names[i], value);
    }
    return sections;
}

void cycles_new(struct call *call)
{
    static const struct call_field fields[] = {
        {"head", CALL_OBJECT, true},
        {"plan", CALL_OBJECT, false},
        {"person", CALL_TEXT, false},
        {"draft", CALL_TEXT, false},
    };
    static const char *const sections[] = {"head", "plan"};

    if (!call_body(call, fields, 4) || !records_draft(call)) return;
    records_create(call, "cycle", sections_of(call, sections, 2), false, records_created);
}

static void write_sections(struct call *call, const char *section)
{
    const struct call_field fields[] = {
        {section, CALL_OBJECT, true},
        {"head", CALL_OBJECT, false},
        {"person", CALL_TEXT, false},
        {"draft", CALL_TEXT, false},
    };
    const char *const sections[] = {section, "head"};

    if (!call_body(call, fields, 4) || !records_draft(call)) return;
    records_patch(call, sections_of(call, sections, 2), false, NULL, records_written);
}

void cycles_plan(struct call *call)
{
    write_sections(call, "plan");
}

void cycles_do(struct call *call)
{
    write_sections(call, "do");
}

void cycles_study(struct call *call)
{
    write_sections(call, "study");
}

/* -------------------------------------------------------------------------- the next cycle */

struct next_state {
    struct compose_who who;
    json_t *changes; /* borrowed from the body, or NULL */
    json_t *first;   /* what was answered for `act`; NULL for `next` alone */
};

static enum err next_job(struct call *call, struct view_reader *reader)
{
    struct next_state *state = call->state;
    char *text = state->changes == NULL ? NULL : json_dumps(state->changes, JSON_COMPACT);
    enum err err =
        compose_next_cycle(reader, &state->who, call->segments[0], text, &call->compose);

    free(text);
    return err;
}

static void next_written(struct call *call)
{
    struct next_state *state = call->state;
    json_t *json = call_written_json(call);
    json_t *first = state->first;

    if (first == NULL) {
        call_reply(call, 201, json);
        return;
    }
    json_object_set(first, "next", json_object_get(json, "record"));
    json_object_set(first, "lseq", json_object_get(json, "lseq"));
    json_decref(json);
    call_reply(call, 200, json_incref(first));
}

static void next_composed(struct call *call)
{
    call_write(call, next_written);
}

static void next_start(struct call *call)
{
    call_view(call, next_job, next_composed);
}

/* The changes to lay over the copy: the object's head and plan, nothing else. */
static bool changes_of(struct call *call, const json_t *from, json_t **out)
{
    const char *name;
    json_t *value;

    *out = NULL;
    json_object_foreach((json_t *)(uintptr_t)from, name, value)
    {
        if ((strcmp(name, "head") != 0 && strcmp(name, "plan") != 0) ||
            !json_is_object(value)) {
            call_fail_field(call, "next", "head and plan, each an object");
            return false;
        }
        *out = (json_t *)(uintptr_t)from;
    }
    return true;
}

void cycles_next(struct call *call)
{
    static const struct call_field fields[] = {
        {"head", CALL_OBJECT, false},
        {"plan", CALL_OBJECT, false},
        {"person", CALL_TEXT, false},
        {"draft", CALL_TEXT, false},
    };
    static const char *const sections[] = {"head", "plan"};
    struct next_state *state = arena_alloc(&call->arena, sizeof(*state));
    json_t *changes;

    if (!call_body(call, fields, 4) || !records_draft(call)) return;
    state->who = call_who(call);
    changes = sections_of(call, sections, 2);
    json_object_set_new(call->body,
                        "\x01"
                        "changes",
                        changes);
    if (json_object_size(changes) > 0) state->changes = changes;
    call->state = state;
    call_wait(call, call_seen(call), next_start);
}

/* After Act: adapt opens the next cycle, once the view shows the decision. */
static void act_written(struct call *call)
{
    struct next_state *state = arena_alloc(&call->arena, sizeof(*state));
    const json_t *act = json_object_get(call->body, "act");
    const char *decision = json_string_value(json_object_get(act, "decision"));
    const json_t *next = json_object_get(call->body, "next");
    json_t *json = call_written_json(call);

    json_object_set_new(json, "next", json_null());
    if (decision == NULL || strcmp(decision, "adapt") != 0 || json_is_false(next)) {
        call_reply(call, 200, json);
        return;
    }
    json_object_set_new(call->body,
                        "\x01"
                        "first",
                        json);
    state->first = json;
    state->who = call_who(call);
    if (json_object_size(next) > 0) state->changes = (json_t *)(uintptr_t)next;
    call->state = state;
    compose_fini(&call->compose);
    memset(&call->compose, 0, sizeof(call->compose));
    call_wait(call, call->lseq, next_start);
}

void cycles_act(struct call *call)
{
    static const struct call_field fields[] = {
        {"act", CALL_OBJECT, true},
        {"next", CALL_ANY, false},
        {"person", CALL_TEXT, false},
        {"draft", CALL_TEXT, false},
    };
    static const char *const sections[] = {"act"};
    const json_t *next;
    json_t *changes;

    if (!call_body(call, fields, 4) || !records_draft(call)) return;
    next = json_object_get(call->body, "next");
    if (next != NULL && !json_is_object(next) && !json_is_boolean(next) &&
        !json_is_null(next)) {
        call_fail_field(call, "next", "an object with head and plan, or false");
        return;
    }
    if (json_is_object(next) && !changes_of(call, next, &changes)) return;
    records_patch(call, sections_of(call, sections, 1), false, NULL, act_written);
}

/* ------------------------------------------------------------------------- moving sideways */

static json_t *standing(const char *state, const char *reason)
{
    json_t *head = json_object();

    names_set(head, "standing", json_string(state));
    names_set(head, "standing_reason", reason == NULL ? json_null() : json_string(reason));
    return json_pack("{s:o}", "head", head);
}

void cycles_withdraw(struct call *call)
{
    static const struct call_field fields[] = {
        {"reason", CALL_TEXT, true},
        {"person", CALL_TEXT, false},
        {"draft", CALL_TEXT, false},
    };
    const char *reason;

    if (!call_body(call, fields, 3) || !records_draft(call)) return;
    reason = call_text(call, "reason");
    if (reason[strspn(reason, " \t\r\n")] == '\0') {
        call_fail_field(call, "reason", "say why: that helps the next team");
        return;
    }
    records_patch(call, standing("withdrawn", reason), false, NULL, records_written);
}

void cycles_state(struct call *call)
{
    static const struct call_field fields[] = {
        {"state", CALL_TEXT, true},
        {"reason", CALL_TEXT, false},
        {"person", CALL_TEXT, false},
        {"draft", CALL_TEXT, false},
    };
    const char *state;
    json_t *sections;

    if (!call_body(call, fields, 4) || !records_draft(call)) return;
    state = call_text(call, "state");
    if (strcmp(state, "closed") == 0) {
        sections = json_pack("{s:{s:b}}", "act", "closed", 1);
    } else if (strcmp(state, "paused") == 0 || strcmp(state, "active") == 0) {
        sections = standing(state, call_text(call, "reason"));
    } else {
        call_fail_field(call, "state", "paused, active or closed");
        return;
    }
    records_patch(call, sections, false, NULL, records_written);
}
