/* Invites, and those who come with one. */
#include <string.h>

#include "daemon/api/names.h"
#include "daemon/api/routes.h"
#include "daemon/api/state.h"
#include "proto/base/limits.h"
#include "proto/base/text.h"

static bool id_begins(const char *text, const struct invite_id *id)
{
    char hex[2 * sizeof(id->b) + 1];
    size_t n = strlen(text);

    text_hex(hex, id->b, sizeof(id->b));
    return n >= 4 && n <= 2 * sizeof(id->b) && strncasecmp(text, hex, n) == 0;
}

/* ------------------------------------------------------------------------------- observers */

/*
 * An invite for an observer is one like any other; that its school is to be an observer is kept
 * here, at the steward who made it and will approve it.
 */
static const char *observer_key(struct call *call, const struct invite_id *id)
{
    char hex[2 * sizeof(id->b) + 1];

    text_hex(hex, id->b, sizeof(id->b));
    return call_format(call, "app/observer-invite/%s", hex);
}

static bool is_for_observer(struct call *call, const struct invite_id *id)
{
    struct buf value = {0};
    bool is = call->host->setting_get(call->host->ctx, call->network, observer_key(call, id),
                                      &value) == ERR_OK;

    buf_fini(&value);
    return is;
}

/* --------------------------------------------------------------------------------- listing */

struct invite_local {
    const struct invite_id *id;
    json_t *json;
};

static void on_local(void *arg, const struct node_invite *invite)
{
    struct invite_local *local = arg;

    if (!invite_id_eq(&invite->invite, local->id)) return;
    if (invite->code != NULL) names_set(local->json, "code", json_string(invite->code));
    if (invite->note != NULL) names_set(local->json, "note", json_string(invite->note));
    names_set(local->json, "approve_automatically",
              json_boolean(invite->approve_automatically));
}

void invites_list(struct call *call)
{
    const struct fold *fold = names_fold(call);
    json_t *items = json_array();
    struct fold_invite invite;
    int64_t now = call->wall_s;

    for (size_t i = 0; fold_invite_at(fold, i, &invite); i++) {
        static const char *const states[] = {"open", "used", "void"};
        bool late = invite.expires_ms / 1000 <= (uint64_t)(now < 0 ? 0 : now);
        json_t *item = json_object();
        struct invite_local local = {.id = &invite.id, .json = item};

        names_set(item, "invite", names_hex(invite.id.b, sizeof(invite.id.b)));
        names_set(item, "code", json_null());
        names_set(item, "note", json_null());
        names_set(item, "expires_at", names_time((int64_t)(invite.expires_ms / 1000)));
        names_set(item, "state",
                  json_string(invite.status == FOLD_INVITE_OPEN && late
                                  ? "expired"
                                  : states[invite.status]));
        names_set(item, "approve_automatically", json_false());
        names_set(item, "observer", json_boolean(is_for_observer(call, &invite.id)));
        names_set(item, "uses", json_integer((json_int_t)invite.uses));
        names_set(item, "by", names_school(call, &invite.by));
        node_each_invite(call->network->node, on_local, &local);
        json_array_append_new(items, item);
    }
    call_reply(call, 200, json_pack("{s:o}", "items", items));
}

/* -------------------------------------------------------------------------------- creating */

struct invite_code {
    struct call *call;
    const char *code;
    struct invite_id id;
};

static void on_code(void *arg, const struct node_invite *invite)
{
    struct invite_code *code = arg;

    if (invite->code != NULL && strcmp(invite->code, code->code) == 0)
        code->id = invite->invite;
}

static void created_for_observer(struct call *call)
{
    call_reply(call, 201, json_incref(call->state));
}

static void created(struct call *call, const struct reply *reply)
{
    struct invite_code code = {.call = call, .code = reply->text == NULL ? "" : reply->text};
    json_t *json = call_act_json(call, reply);

    node_each_invite(call->network->node, on_code, &code);
    names_set(json, "code", json_string(code.code));
    names_set(json, "invite", names_hex(code.id.b, sizeof(code.id.b)));
    names_set(json, "observer", json_boolean(call_bool(call, "observer")));
    if (!call_bool(call, "observer")) {
        call_reply(call, 201, json);
        return;
    }
    call->state = json;
    json_object_set_new(call->body,
                        "\x01"
                        "answer",
                        json); /* freed with the body */
    call_put(call, observer_key(call, &code.id), slice_of("1", 1), created_for_observer);
}

void invites_create(struct call *call)
{
    static const struct call_field fields[] = {
        {"note", CALL_TEXT, false},
        {"days", CALL_INTEGER, false},
        {"approve_automatically", CALL_BOOL, false},
        {"observer", CALL_BOOL, false},
    };
    const json_t *days;
    struct command_invite_create *create = &call->command.invite_create;

    if (!call_body(call, fields, 4)) return;
    if (call_bool(call, "observer") && call_bool(call, "approve_automatically")) {
        call_fail_field(call, "observer", "an observer is approved by a person");
        return;
    }
    days = json_object_get(call->body, "days");
    create->note = call_text(call, "note");
    if (create->note == NULL) create->note = "";
    create->days = LIMIT_INVITE_DAYS;
    create->approve_automatically = call_bool(call, "approve_automatically");
    if (json_is_integer(days)) {
        json_int_t value = json_integer_value(days);

        if (value < 1 || value > LIMIT_INVITE_DAYS) {
            call_fail_field(call, "days", "1 to 7 days");
            return;
        }
        create->days = (unsigned)value;
    }
    if (strlen(create->note) > LIMIT_NAME_BYTES) {
        call_fail_field(call, "note", "at most 200 bytes");
        return;
    }
    call_submit(call, COMMAND_INVITE_CREATE, created);
}

void invites_void(struct call *call)
{
    const struct fold *fold = names_fold(call);
    struct fold_invite invite;
    size_t n = 0;

    for (size_t i = 0; fold_invite_at(fold, i, &invite); i++) {
        if (!id_begins(call->segments[0], &invite.id)) continue;
        call->command.invite_void.invite = invite.id;
        n++;
    }
    if (n != 1) {
        call_fail(call, n == 0 ? ERR_NOT_FOUND : ERR_INVALID,
                  n == 0 ? "there is no such invite" : "more than one invite begins so",
                  "kith invite list shows them", NULL);
        return;
    }
    call_submit(call, COMMAND_INVITE_VOID, call_reply_act);
}

/* -------------------------------------------------------------------------------- requests */

static json_t *text_or_null(const char *text)
{
    return text == NULL ? json_null() : json_string(text);
}

static void on_request(void *arg, const struct node_request *request)
{
    json_t *item = json_object();

    names_set(item, "invite", names_hex(request->invite.b, sizeof(request->invite.b)));
    names_set(item, "school_name", text_or_null(request->school_name));
    names_set(item, "device_name", text_or_null(request->device_name));
    names_set(item, "words", text_or_null(request->four_words));
    names_set(item, "note", text_or_null(request->note));
    names_set(item, "at", names_time(request->wall_s));
    json_array_append_new(arg, item);
}

void invites_requests(struct call *call)
{
    json_t *items = json_array();

    node_each_request(call->network->node, on_request, items);
    call_reply(call, 200, json_pack("{s:o}", "items", items));
}

struct request_find {
    struct call *call;
    const char *text;
    struct invite_id invite;
    const char *words;
    size_t n;
};

static void on_find(void *arg, const struct node_request *request)
{
    struct request_find *find = arg;

    if (!id_begins(find->text, &request->invite) &&
        (request->school_name == NULL || strcmp(request->school_name, find->text) != 0)) {
        return;
    }
    find->invite = request->invite;
    find->words = request->four_words == NULL
                      ? ""
                      : arena_strdup(&find->call->arena, request->four_words);
    find->n++;
}

static bool request_find(struct call *call, struct request_find *find)
{
    find->call = call;
    find->text = call->segments[0];
    node_each_request(call->network->node, on_find, find);
    if (find->n == 1) {
        call->command.request.invite = find->invite;
        return true;
    }
    call_fail(call, find->n == 0 ? ERR_NOT_FOUND : ERR_INVALID,
              find->n == 0 ? "there is no such request" : "more than one request fits",
              "kith requests lists them", NULL);
    return false;
}

/* Case and the number of spaces do not count. */
static bool same_words(const char *a, const char *b)
{
    while (*a != '\0' || *b != '\0') {
        size_t n, m;

        a += strspn(a, " \t-");
        b += strspn(b, " \t-");
        n = strcspn(a, " \t-");
        m = strcspn(b, " \t-");
        if (n != m || strncasecmp(a, b, n) != 0) return false;
        a += n;
        b += m;
    }
    return true;
}

/* The school that this admission made a member. */
static bool admitted_school(const struct call *call, const struct envelope_id *admit,
                            struct school_id *out)
{
    const struct fold *fold = names_fold(call);
    struct fold_school school;

    for (size_t i = 0; fold != NULL && fold_school_at(fold, i, &school); i++) {
        if (!envelope_id_eq(&school.since, admit)) continue;
        *out = school.id;
        return true;
    }
    return false;
}

/* It is a member whatever came of the role: a refusal is told, not failed with. */
static void on_observer(void *arg, const struct reply *reply)
{
    struct call *call = arg;
    const struct fold *fold = names_fold(call);
    struct fold_school school;
    bool is = fold != NULL && fold_school(fold, &call->command.role.school, &school) &&
              school.observer;

    call->owed--;
    if (!call->answered) {
        json_t *json = json_incref(call->state);

        names_set(json, "observer",
                  json_string(is                     ? "yes"
                              : reply->err == ERR_OK ? "waiting"
                                                     : "no"));
        if (reply->err != ERR_OK)
            names_set(
                json, "reason",
                json_string(reply->reason != NULL ? reply->reason : err_text(reply->err)));
        call_reply(call, 200, json);
    }
    if (call->http == NULL) call_gone(call);
}

static void approved(struct call *call, const struct reply *reply)
{
    const struct request_find *find = call->state;
    struct command_role role = {.role = ROLE_OBSERVER, .on = true};
    if (call_text(call, "phrase") != NULL) role.root_sk = &call->root.root_sk;
    json_t *json = call_act_json(call, reply);

    if (!is_for_observer(call, &find->invite) ||
        !admitted_school(call, &reply->statement, &role.school)) {
        call_reply(call, 200, json);
        return;
    }
    call->state = json;
    json_object_set_new(call->body,
                        "\x01"
                        "answer",
                        json);
    call->command.kind = COMMAND_ROLE;
    call->command.role = role;
    call->owed++;
    call->host->submit(call->host->ctx, call->network, &call->command, on_observer, call);
}

static void approve(struct call *call)
{
    call_submit(call, COMMAND_APPROVE, approved);
}

void invites_approve(struct call *call)
{
    static const struct call_field fields[] = {{"words", CALL_TEXT, false},
                                               {"phrase", CALL_TEXT, false}};
    struct request_find *find = arena_alloc(&call->arena, sizeof(*find));

    memset(find, 0, sizeof(*find));
    if (!call_body(call, fields, 2) || !request_find(call, find)) return;
    if (call_text(call, "words") != NULL &&
        !same_words(call_text(call, "words"), find->words)) {
        call_fail(call, ERR_REFUSED, "the four words differ: somebody may stand in between",
                  "compare them again by telephone; kith deny drops the request", "$.words");
        return;
    }
    call->state = find;
    if (call_text(call, "phrase") != NULL)
        call_root(call, approve);
    else
        approve(call);
}

void invites_deny(struct call *call)
{
    struct request_find find = {0};

    if (!request_find(call, &find)) return;
    call_submit(call, COMMAND_DENY, call_reply_done);
}
