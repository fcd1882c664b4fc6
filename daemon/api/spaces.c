/* Groups, and what is carried. */
#include <string.h>

#include "daemon/api/names.h"
#include "daemon/api/routes.h"
#include "proto/base/limits.h"

/* --------------------------------------------------------------------------------- buddies */

static json_t *buddy_json(const struct call *call, const struct fold_space *space,
                          enum fold_part part)
{
    json_t *json = json_object();
    json_t *asked = names_parts(call, &space->tag, FOLD_ASKED_MEMBER);
    json_t *schools = names_parts(call, &space->tag, FOLD_MEMBER);
    const char *state = part == FOLD_ASKED_MEMBER    ? "asked"
                        : json_array_size(asked) > 0 ? "waiting"
                                                     : "accepted";

    json_array_extend(schools, asked);
    json_decref(asked);
    names_set(json, "group", names_hex(space->id.b, sizeof(space->id.b)));
    names_set(json, "name", names_text(space->name));
    names_set(json, "state", json_string(state));
    names_set(json, "by", names_school(call, &space->maker));
    names_set(json, "schools", schools);
    names_set(json, "carriers", names_parts(call, &space->tag, FOLD_CARRIER));
    return json;
}

void spaces_buddies(struct call *call)
{
    const struct fold *fold = names_fold(call);
    json_t *items = json_array();
    struct fold_space space;

    for (size_t i = 0; fold_space_at(fold, i, &space); i++) {
        enum fold_part part = fold_part(fold, &space.tag, &call->network->school);

        if (space.space_class != SPACE_GROUP || names_is_over(call, &space)) continue;
        if (part != FOLD_MEMBER && part != FOLD_ASKED_MEMBER) continue;
        json_array_append_new(items, buddy_json(call, &space, part));
    }
    call_reply(call, 200, json_pack("{s:o}", "items", items));
}

static void proposed(struct call *call, const struct reply *reply)
{
    json_t *json = call_act_json(call, reply);

    names_set(json, "group", names_hex(reply->space.b, sizeof(reply->space.b)));
    call_reply(call, 201, json);
}

/* How two schools stand already: a second group of the two alone would divide what they share.
 */
static bool linked(struct call *call, const struct school_id *other)
{
    const struct fold *fold = names_fold(call);
    struct fold_space space;

    for (size_t i = 0; fold_space_at(fold, i, &space); i++) {
        enum fold_part mine = fold_part(fold, &space.tag, &call->network->school);
        enum fold_part theirs = fold_part(fold, &space.tag, other);

        if (space.space_class != SPACE_GROUP) continue;
        if (mine == FOLD_MEMBER && theirs == FOLD_MEMBER) {
            call_fail(call, ERR_EXISTS, "you are buddies already",
                      "kith share ID --with buddies; --name begins a further group",
                      "$.school");
        } else if (mine == FOLD_MEMBER && theirs == FOLD_ASKED_MEMBER) {
            call_fail(call, ERR_EXISTS, "they were asked already, and have not answered yet",
                      "telephone them: kith buddy accept is theirs to type", "$.school");
        } else if (mine == FOLD_ASKED_MEMBER && theirs == FOLD_MEMBER) {
            call_fail(call, ERR_EXISTS, "they have asked you already",
                      "kith buddy accept SCHOOL says yes", "$.school");
        } else {
            continue;
        }
        return true;
    }
    return false;
}

void spaces_propose(struct call *call)
{
    static const struct call_field fields[] = {
        {"school", CALL_TEXT, true},
        {"name", CALL_TEXT, false},
    };
    struct command_space_new *new = &call->command.space_new;

    if (!call_body(call, fields, 2)) return;
    if (!names_find_school(call, call_text(call, "school"), &new->with)) return;
    if (school_id_eq(&new->with, &call->network->school)) {
        call_fail(call, ERR_REFUSED, "that is this school itself", NULL, "$.school");
        return;
    }
    if (call_text(call, "name") == NULL && linked(call, &new->with)) return;
    new->name = call_text(call, "name") == NULL ? "" : call_text(call, "name");
    if (strlen(new->name) > LIMIT_NAME_BYTES) {
        call_fail_field(call, "name", "at most 200 bytes");
        return;
    }
    call_submit(call, COMMAND_SPACE_NEW, proposed);
}

static void group_act(struct call *call, enum command_kind kind)
{
    struct fold_space space;

    if (!names_find_group(call, call->segments[0], kind == COMMAND_SPACE_ACCEPT, &space))
        return;
    call->command.space.space = space.id;
    call_submit(call, kind, call_reply_act);
}

void spaces_accept(struct call *call)
{
    group_act(call, COMMAND_SPACE_ACCEPT);
}

void spaces_leave(struct call *call)
{
    group_act(call, COMMAND_SPACE_LEAVE);
}

/* -------------------------------------------------------------------------------- carrying */

struct held {
    struct space_id space;
    uint64_t envelopes;
};

static void on_space(void *arg, const struct node_space *space)
{
    struct held *held = arg;

    if (space_id_eq(&held->space, &space->space)) held->envelopes = space->envelopes;
}

void spaces_carry(struct call *call)
{
    const struct fold *fold = names_fold(call);
    json_t *items = json_array();
    struct fold_space space;

    for (size_t i = 0; fold_space_at(fold, i, &space); i++) {
        enum fold_part part = fold_part(fold, &space.tag, &call->network->school);
        struct held held = {.space = space.id};
        json_t *item;

        if (part != FOLD_CARRIER && part != FOLD_ASKED_CARRIER) continue;
        if (names_is_over(call, &space)) continue;
        node_each_space(call->network->node, on_space, &held);
        item = names_audience(call, &space);
        names_set(item, "for", names_parts(call, &space.tag, FOLD_MEMBER));
        json_object_del(item, "schools");
        names_set(item, "state", json_string(part == FOLD_CARRIER ? "carrying" : "asked"));
        names_set(item, "envelopes", names_number(held.envelopes));
        json_array_append_new(items, item);
    }
    call_reply(call, 200, json_pack("{s:o}", "items", items));
}

static void carry_act(struct call *call, enum command_kind kind)
{
    const struct fold *fold = names_fold(call);
    struct fold_space space;
    enum fold_part part;

    if (!names_find_space(call, call->segments[0], &space)) return;
    part = fold_part(fold, &space.tag, &call->network->school);
    if (part != FOLD_CARRIER && part != FOLD_ASKED_CARRIER) {
        call_fail(call, ERR_REFUSED, "this school does not carry that space",
                  "kith carry lists what it carries", NULL);
        return;
    }
    if (space.space_class == SPACE_HUB && kind == COMMAND_SPACE_LEAVE) {
        call_fail(call, ERR_REFUSED, "every member carries what goes to the hub",
                  "what is asked of this school alone can be ended: kith carry", NULL);
        return;
    }
    call->command.space.space = space.id;
    call_submit(call, kind, call_reply_act);
}

void spaces_carry_accept(struct call *call)
{
    carry_act(call, COMMAND_SPACE_ACCEPT);
}

void spaces_carry_end(struct call *call)
{
    carry_act(call, COMMAND_SPACE_LEAVE);
}

void spaces_carriers(struct call *call)
{
    static const struct call_field fields[] = {{"schools", CALL_LIST, true}};
    struct fold_space space;
    struct school_id *schools;
    const json_t *list;
    json_t *value;
    size_t i;

    if (!call_body(call, fields, 1)) return;
    if (!names_find_space(call, call->segments[0], &space)) return;
    list = json_object_get(call->body, "schools");
    if (json_array_size(list) > STATEMENT_SCHOOLS_MAX) {
        call_fail(call, ERR_LIMIT, "at most 64 carriers", NULL, "$.schools");
        return;
    }
    schools = arena_alloc(&call->arena, STATEMENT_SCHOOLS_MAX * sizeof(*schools));
    json_array_foreach(list, i, value)
    {
        if (!json_is_string(value)) {
            call_fail_field(call, "schools", "a list of names or ids");
            return;
        }
        if (!names_find_school(call, json_string_value(value), &schools[i])) return;
    }
    call->command.carriers.space = space.id;
    call->command.carriers.schools = schools;
    call->command.carriers.n = json_array_size(list);
    call_submit(call, COMMAND_CARRIERS, call_reply_act);
}

void spaces_rotate(struct call *call)
{
    struct fold_space space;

    if (!names_find_space(call, call->segments[0], &space)) return;
    call->command.space.space = space.id;
    call_submit(call, COMMAND_ROTATE, call_reply_act);
}
