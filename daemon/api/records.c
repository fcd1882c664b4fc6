/* Records of any type. */
#include "daemon/api/records.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/api/names.h"
#include "daemon/api/reached.h"
#include "daemon/api/reshape.h"
#include "daemon/api/routes.h"
#include "daemon/api/settings.h"
#include "proto/base/limits.h"

/* --------------------------------------------------------------------------------- reading */

enum { RECORDS_LIMIT = 50, RECORDS_LIMIT_MAX = 500 };

static enum err list_job(struct call *call, struct view_reader *reader)
{
    const struct query_filter *filter = call->state;
    enum err err = query_records(reader, filter, &call->out);

    if (err == ERR_OK) reshape_records(&call->out, filter->offset, filter->limit);
    return err;
}

void records_list(struct call *call)
{
    struct query_filter *filter = arena_alloc(&call->arena, sizeof(*filter));
    uint64_t limit, offset, since;

    if (!call_query_number(call, "limit", RECORDS_LIMIT, RECORDS_LIMIT_MAX, &limit) ||
        !call_query_number(call, "cursor", 0, UINT32_MAX, &offset) ||
        !call_query_number(call, "since", 0, UINT64_MAX - 1, &since)) {
        return;
    }
    filter->type = call_query(call, "type");
    filter->state = call_query(call, "state");
    filter->flag = call_query(call, "flag");
    if (!names_query_owner(call, &filter->owner)) return;
    filter->audience = call_query(call, "audience");
    filter->text = call_query(call, "text");
    filter->link = call_query(call, "link");
    filter->since = since;
    filter->wall_s = call->wall_s;
    filter->full = call_query_flag(call, "full");
    filter->archived = call_query_flag(call, "archived");
    if (call_query_flag(call, "mine")) filter->owner = "me";
    filter->limit = (size_t)limit;
    filter->offset = (size_t)offset;
    call->state = filter;
    call_read(call, list_job, call_reply_view);
}

struct show {
    struct reached_place *places;
};

static enum err show_job(struct call *call, struct view_reader *reader)
{
    struct show *show = call->state;
    enum err err = query_record(reader, call->segments[0], false, call->wall_s, &call->out);

    if (err == ERR_OK) err = query_resolve(reader, call->segments[0], &call->key);
    if (err == ERR_OK) err = reached_places(call, reader, &call->key, &show->places);
    return err;
}

static void shown(struct call *call)
{
    struct show *show = call->state;
    json_t *reached = reached_json(call, show->places);
    char *text = json_dumps(reached, JSON_COMPACT);

    call->out.len--; /* the brace */
    buf_put_str(&call->out, ",\"reached\":");
    buf_put_str(&call->out, text);
    buf_put_str(&call->out, "}");
    free(text);
    json_decref(reached);
    call_reply_view(call);
}

void records_show(struct call *call)
{
    call->state = arena_alloc(&call->arena, sizeof(struct show));
    call_read(call, show_job, shown);
}

static enum err history_job(struct call *call, struct view_reader *reader)
{
    enum err err = query_record(reader, call->segments[0], true, call->wall_s, &call->out);

    if (err == ERR_OK) reshape_history(&call->out, *(const uint64_t *)call->state);
    return err;
}

void records_history(struct call *call)
{
    uint64_t *limit = arena_alloc(&call->arena, sizeof(*limit));

    if (!call_query_number(call, "limit", RECORDS_LIMIT_MAX, RECORDS_LIMIT_MAX, limit)) return;
    call->state = limit;
    call_read(call, history_job, call_reply_view);
}

static enum err tests_job(struct call *call, struct view_reader *reader)
{
    return query_idea(reader, call->segments[0], &call->out);
}

void records_tests(struct call *call)
{
    call_read(call, tests_job, call_reply_view);
}

/* --------------------------------------------------------------------------------- writing */

bool records_draft(struct call *call)
{
    const char *draft = call_text(call, "draft");

    if (draft == NULL) return true;
    if (!settings_draft_name_good(draft)) {
        call_fail_field(call, "draft", "1 to 64 letters, digits, - and _");
        return false;
    }
    call->done_draft = call_format(call, "draft/%s", draft);
    return true;
}

/* The audiences that what was written goes to. */
static json_t *written_spaces(const struct call *call)
{
    json_t *list = json_array();

    for (size_t i = 0; i < call->compose.revisions_n; i++) {
        const struct compose_revision *revision = &call->compose.revisions[i];

        json_array_append_new(list, names_written(call, revision->class, &revision->group));
    }
    return list;
}

void records_written(struct call *call)
{
    json_t *json = call_written_json(call);

    names_set(json, "spaces", written_spaces(call));
    call_reply(call, 200, json);
}

void records_created(struct call *call)
{
    call_reply(call, 201, call_written_json(call));
}

struct write_state {
    struct compose_who who;
    const char *type;
    json_t *sections; /* freed with the body: hung under it */
    const char *parents;
    bool network_owned, replace;
    call_fn then;
};

/* Keeps a reference for as long as the call lives. */
static json_t *hang(struct call *call, json_t *value)
{
    if (call->body == NULL) call->body = json_object();
    json_object_set_new(call->body,
                        "\x01"
                        "sections",
                        value);
    return value;
}

static char *sections_text(struct call *call, const json_t *sections)
{
    char *text = json_dumps(sections, JSON_COMPACT);
    char *copy = arena_strdup(&call->arena, text);

    free(text);
    return copy;
}

static enum err create_job(struct call *call, struct view_reader *reader)
{
    struct write_state *state = call->state;

    return compose_new(reader, &state->who, state->type, sections_text(call, state->sections),
                       state->network_owned, &call->compose);
}

static void composed(struct call *call)
{
    struct write_state *state = call->state;

    call_write(call, state->then);
}

void records_create(struct call *call, const char *type, json_t *sections, bool network_owned,
                    call_fn then)
{
    struct write_state *state = arena_alloc(&call->arena, sizeof(*state));

    state->who = call_who(call);
    state->type = type;
    state->sections = hang(call, sections);
    state->network_owned = network_owned;
    state->then = then;
    call->state = state;
    call_view(call, create_job, composed);
}

void records_add(struct call *call)
{
    static const struct call_field fields[] = {
        {"type", CALL_TEXT, true},           {"sections", CALL_OBJECT, true},
        {"network_owned", CALL_BOOL, false}, {"person", CALL_TEXT, false},
        {"draft", CALL_TEXT, false},
    };
    const struct schema *schema;
    bool network;

    if (!call_body(call, fields, 5) || !records_draft(call)) return;
    schema = schema_set_find(call->host->schemas, call_text(call, "type"));
    network = call_bool(call, "network_owned") ||
              (schema != NULL && schema->owner == SCHEMA_OWNER_NETWORK);
    if (network && names_fold(call) == NULL) {
        call_fail(call, ERR_NOT_JOINED, "records of this type are the network's", NULL,
                  "$.type");
        return;
    }
    records_create(call, call_text(call, "type"),
                   json_incref(json_object_get(call->body, "sections")), network,
                   records_created);
}

static enum err patch_job(struct call *call, struct view_reader *reader)
{
    struct write_state *state = call->state;

    return (state->replace ? compose_replace : compose_edit)(
        reader, &state->who, call->segments[0], sections_text(call, state->sections),
        state->parents, &call->compose);
}

void records_patch(struct call *call, json_t *sections, bool replace, const json_t *parents,
                   call_fn then)
{
    struct write_state *state = arena_alloc(&call->arena, sizeof(*state));

    state->who = call_who(call);
    state->sections = hang(call, sections);
    state->replace = replace;
    state->parents = parents == NULL ? NULL : sections_text(call, parents);
    state->then = then;
    call->state = state;
    /* An edit is made on top of what was answered before it. */
    call_read(call, patch_job, composed);
}

void records_edit(struct call *call)
{
    static const struct call_field fields[] = {
        {"sections", CALL_OBJECT, true}, {"parents", CALL_LIST, false},
        {"replace", CALL_BOOL, false},   {"person", CALL_TEXT, false},
        {"draft", CALL_TEXT, false},
    };
    const json_t *parents;

    if (!call_body(call, fields, 5) || !records_draft(call)) return;
    parents = json_object_get(call->body, "parents");
    records_patch(call, json_incref(json_object_get(call->body, "sections")),
                  call_bool(call, "replace"), json_is_array(parents) ? parents : NULL,
                  records_written);
}

/* -------------------------------------------------------------------------------- feedback */

struct feedback {
    enum query_feedback which;
    uint64_t limit;
};

static enum err feedback_job(struct call *call, struct view_reader *reader)
{
    const struct feedback *feedback = call->state;
    enum err err =
        query_feedback(reader, feedback->which, call->segments[0], call->wall_s, &call->out);

    if (err == ERR_OK && feedback->which == QUERY_FEEDBACK_OWED) {
        reshape_list(&call->out);
    } else if (err == ERR_OK) {
        reshape_feedback(&call->out, feedback->limit);
    }
    return err;
}

static void feedback_read(struct call *call, enum query_feedback which)
{
    struct feedback *feedback = arena_alloc(&call->arena, sizeof(*feedback));

    if (!call_query_number(call, "limit", RECORDS_LIMIT_MAX, RECORDS_LIMIT_MAX,
                           &feedback->limit)) {
        return;
    }
    feedback->which = which;
    call->state = feedback;
    call_read(call, feedback_job, call_reply_view);
}

void records_feedback(struct call *call)
{
    feedback_read(call, QUERY_FEEDBACK_ON);
}

void records_feedback_all(struct call *call)
{
    static const struct {
        const char *name;
        enum query_feedback which;
    } table[] = {
        {"given", QUERY_FEEDBACK_GIVEN},
        {"got", QUERY_FEEDBACK_GOT},
        {"owed", QUERY_FEEDBACK_OWED},
    };
    const char *name = call_query(call, "which");

    for (size_t i = 0; i < 3; i++) {
        if (strcmp(name == NULL ? "owed" : name, table[i].name) != 0) continue;
        feedback_read(call, table[i].which);
        return;
    }
    call_fail(call, ERR_INVALID, "which is given, got or owed", NULL, "?which");
}

static enum err feedback_add_job(struct call *call, struct view_reader *reader)
{
    struct write_state *state = call->state;

    return compose_feedback(reader, &state->who, call->segments[0],
                            sections_text(call, state->sections), &call->compose);
}

void records_feedback_add(struct call *call)
{
    static const struct call_field fields[] = {
        {"kind", CALL_TEXT, true},     {"text", CALL_TEXT, true},
        {"answers", CALL_TEXT, false}, {"our_cycle", CALL_TEXT, false},
        {"person", CALL_TEXT, false},  {"draft", CALL_TEXT, false},
    };
    struct write_state *state = arena_alloc(&call->arena, sizeof(*state));
    json_t *head;

    if (!call_body(call, fields, 6) || !records_draft(call)) return;
    head = json_object();
    for (size_t i = 0; i < 4; i++) {
        json_t *value = json_object_get(call->body, fields[i].name);

        if (value != NULL) json_object_set(head, fields[i].name, value);
    }
    state->who = call_who(call);
    state->sections = hang(call, json_pack("{s:o}", "head", head));
    state->then = records_created;
    call->state = state;
    call_read(call, feedback_add_job, composed);
}

/* ---------------------------------------------------------------------------------- hiding */

static enum err resolve_job(struct call *call, struct view_reader *reader)
{
    return query_resolve(reader, call->segments[0], &call->key);
}

static void hide_resolved(struct call *call)
{
    call->command.hide.owner = call->key.owner;
    call->command.hide.record = call->key.record;
    call->command.hide.hidden = call_bool(call, "hidden");
    call_submit(call, COMMAND_HIDE, call_reply_act);
}

void records_hide(struct call *call)
{
    static const struct call_field fields[] = {{"hidden", CALL_BOOL, true}};

    if (!call_body(call, fields, 1)) return;
    call_view(call, resolve_job, hide_resolved);
}
