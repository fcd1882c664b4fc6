/* Schools, devices, roles, and the acts of several. */
#include <string.h>

#include "daemon/api/called.h"
#include "daemon/api/names.h"
#include "daemon/api/routes.h"
#include "daemon/api/state.h"

/* --------------------------------------------------------------------------------- listing */

/* When was any device of each school last heard, and are we connected? */
struct heard {
    struct school_id school;
    int64_t at;
    bool connected;
};

static void on_peer(void *arg, const struct node_peer *peer)
{
    struct heard *heard = arg;

    if (!school_id_eq(&heard->school, &peer->school)) return;
    if (peer->heard_wall_s > heard->at) heard->at = peer->heard_wall_s;
    heard->connected = heard->connected || peer->connected;
}

static bool is_buddy(const struct call *call, const struct school_id *school)
{
    const struct fold *fold = names_fold(call);
    struct fold_space space;

    for (size_t i = 0; fold_space_at(fold, i, &space); i++) {
        if (space.space_class == SPACE_GROUP &&
            fold_part(fold, &space.tag, &call->network->school) == FOLD_MEMBER &&
            fold_part(fold, &space.tag, school) == FOLD_MEMBER) {
            return true;
        }
    }
    return false;
}

/* What its own record says; null when nothing. New reference. */
static json_t *said_of(const struct call *call, const struct school_id *school,
                       const char *what)
{
    json_t *value = json_object_get(called_find(call->api, call->network, school), what);

    return value == NULL ? json_null() : json_incref(value);
}

void members_list(struct call *call)
{
    const struct fold *fold = names_fold(call);
    json_t *items = json_array();
    struct fold_school school;

    for (size_t i = 0; fold_school_at(fold, i, &school); i++) {
        struct heard heard = {.school = school.id};
        bool mine = school_id_eq(&school.id, &call->network->school);
        json_t *item = json_object();

        node_each_peer(call->network->node, on_peer, &heard);
        names_set(item, "school", names_school(call, &school.id));
        names_set(item, "roles", names_roles(fold, &school.id));
        names_set(item, "state",
                  json_string(school.status == FOLD_LIVE ? "member"
                              : school.left              ? "left"
                                                         : "removed"));
        names_set(item, "was", said_of(call, &school.id, "was"));
        names_set(item, "standing", said_of(call, &school.id, "standing"));
        names_set(item, "since", said_of(call, &school.id, "since"));
        names_set(item, "devices", json_integer((json_int_t)school.devices_n));
        names_set(item, "buddy", json_boolean(!mine && is_buddy(call, &school.id)));
        names_set(item, "connected", json_boolean(heard.connected));
        names_set(item, "heard_at", names_time(heard.at));
        json_array_append_new(items, item);
    }
    call_reply(call, 200, json_pack("{s:o}", "items", items));
}

void members_devices(struct call *call)
{
    const struct fold *fold = names_fold(call);
    const char *of = call_query(call, "school");
    json_t *items;
    struct school_id school;
    struct fold_device device;

    if (of != NULL && !names_find_school(call, of, &school)) return;
    items = json_array();
    for (size_t i = 0; fold_device_at(fold, i, &device); i++) {
        struct chain chain = {.device = device.id};
        json_t *item;

        if (of != NULL && !school_id_eq(&device.school, &school)) continue;
        item = json_object();
        names_set(item, "device", names_device(call, &device.id));
        names_set(item, "this", json_boolean(device_pk_eq(&device.id, &call->network->device)));
        names_set(item, "state",
                  json_string(device.status == FOLD_LIVE ? "standing" : "removed"));
        names_set(item, "frozen", json_boolean(fold_forked(fold, &chain) > 0));
        json_array_append_new(items, item);
    }
    call_reply(call, 200, json_pack("{s:o}", "items", items));
}

/* ------------------------------------------------------------------------------------ acts */

/* An act may wait for the assent of others. */
static void reply_proposal(struct call *call, const struct reply *reply)
{
    const struct fold *fold = names_fold(call);
    json_t *json = call_act_json(call, reply);
    bool waits = fold != NULL && fold_holds(fold, &reply->statement) &&
                 fold_verdict(fold, &reply->statement) == FOLD_VERDICT_PENDING;

    names_set(json, "waiting", json_boolean(waits));
    call_reply(call, 200, json);
}

void members_remove(struct call *call)
{
    struct school_id *school = &call->command.school_remove.school;

    if (!names_find_school(call, call->segments[0], school)) return;
    if (school_id_eq(school, &call->network->school)) {
        call_fail(call, ERR_REFUSED, "a school does not remove itself", "kith leave does that",
                  NULL);
        return;
    }
    call_submit(call, COMMAND_SCHOOL_REMOVE, reply_proposal);
}

static void device_remove_with_root(struct call *call)
{
    call->command.device_remove.root_sk = &call->root.root_sk;
    call_submit(call, COMMAND_DEVICE_REMOVE, call_reply_act);
}

void members_device_remove(struct call *call)
{
    static const struct call_field fields[] = {{"phrase", CALL_TEXT, false}};

    if (!call_body(call, fields, 1)) return;
    if (!names_find_device(call, call->segments[0], &call->command.device_remove.device))
        return;
    if (call_text(call, "phrase") != NULL) {
        call_root(call, device_remove_with_root);
        return;
    }
    call->refused =
        "a school's own computers, its twelve words (--phrase) or a steward can; of a "
        "steward's school only itself";
    call->command.device_remove.root_sk = NULL;
    call_submit(call, COMMAND_DEVICE_REMOVE, call_reply_act);
}

static void role_with_root(struct call *call)
{
    call->command.role.root_sk = &call->root.root_sk;
    call_submit(call, COMMAND_ROLE, reply_proposal);
}

void members_role(struct call *call)
{
    static const struct call_field fields[] = {
        {"school", CALL_TEXT, true},
        {"role", CALL_TEXT, true},
        {"on", CALL_BOOL, true},
        {"phrase", CALL_TEXT, false},
    };
    static const struct {
        const char *name;
        enum role role;
    } roles[] = {{"steward", ROLE_STEWARD}, {"hub", ROLE_HUB}, {"observer", ROLE_OBSERVER}};
    struct command_role *role = &call->command.role;

    if (!call_body(call, fields, 4)) return;
    for (size_t i = 0; i < 3; i++) {
        if (strcmp(call_text(call, "role"), roles[i].name) == 0) role->role = roles[i].role;
    }
    if (role->role == 0) {
        call_fail_field(call, "role", "steward, hub or observer");
        return;
    }
    if (!names_find_school(call, call_text(call, "school"), &role->school)) return;
    role->on = call_bool(call, "on");
    role->root_sk = NULL;
    call->refused =
        "kith members shows who has which role; the hub gives and takes roles with its "
        "twelve words (--phrase), other stewards propose";
    if (call_text(call, "phrase") != NULL) {
        call_root(call, role_with_root);
    } else {
        call_submit(call, COMMAND_ROLE, reply_proposal);
    }
}

void members_assent(struct call *call)
{
    if (!names_find_statement(call, call->segments[0], &call->command.assent.statement)) return;
    call_submit(call, COMMAND_ASSENT, call_reply_act);
}

void members_succession(struct call *call)
{
    static const struct call_field fields[] = {{"school", CALL_TEXT, true}};

    if (!call_body(call, fields, 1)) return;
    if (!names_find_school(call, call_text(call, "school"),
                           &call->command.hub_succession.school)) {
        return;
    }
    call_submit(call, COMMAND_HUB_SUCCESSION, reply_proposal);
}

static const struct call_field phrase_fields[] = {{"phrase", CALL_TEXT, true}};

static void leave_with_root(struct call *call)
{
    call->command.leave.root_sk = &call->root.root_sk;
    call_submit(call, COMMAND_LEAVE, call_reply_act);
}

void members_leave(struct call *call)
{
    if (!call_body(call, phrase_fields, 1)) return;
    call_root(call, leave_with_root);
}

/* ------------------------------------------------------------------------------- new words */

struct rotate_state {
    char *words; /* in the arena; wiped when it was answered */
};

static void rotated(struct call *call, const struct reply *reply)
{
    struct rotate_state *state = call->state;
    json_t *json = call_act_json(call, reply);

    names_set(json, "words", json_string(state->words));
    mem_wipe(state->words, strlen(state->words));
    call_reply(call, 200, json);
}

static void on_new_root(void *arg, enum err err, const char *reason,
                        const struct api_root *root, const char *words)
{
    struct call *call = arg;
    struct command_root_rotate *rotate = &call->command.root_rotate;
    struct rotate_state *state = call->state;

    call->owed--;
    if (call->answered) {
        if (call->http == NULL) call_gone(call);
        return;
    }
    if (err != ERR_OK) {
        call_fail(call, err, reason, NULL, NULL);
        if (call->http == NULL) call_gone(call);
        return;
    }
    state->words = arena_strdup(&call->arena, words);
    rotate->school = call->network->school;
    rotate->new_root = root->root_pk;
    rotate->new_recovery = root->recovery_pk;
    rotate->root_sk = &call->root.root_sk;
    call_submit(call, COMMAND_ROOT_ROTATE, rotated);
}

static void rotate_with_root(struct call *call)
{
    call->state = arena_alloc(&call->arena, sizeof(struct rotate_state));
    call->owed++;
    call->host->root(call->host->ctx, call->network, NULL, on_new_root, call);
}

void members_rotate(struct call *call)
{
    if (!call_body(call, phrase_fields, 1)) return;
    call_root(call, rotate_with_root);
}
