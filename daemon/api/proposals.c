/* What waits for the word of more stewards. */
#include "daemon/api/proposals.h"

#include "daemon/api/names.h"
#include "daemon/api/routes.h"

static const char *const roles[] = {"?", "steward", "hub", "observer"};

static const char *role_of(const struct statement *statement)
{
    uint8_t role = statement->u.role.role;

    return roles[role < sizeof(roles) / sizeof(roles[0]) ? role : 0];
}

static const char *target_name(struct call *call, const struct statement *statement)
{
    const struct school_id *school = NULL;

    if (statement->type == STATEMENT_SCHOOL_REMOVE) school = &statement->u.school_remove.school;
    if (statement->type == STATEMENT_ROLE) school = &statement->u.role.school;
    if (statement->type == STATEMENT_ROOT_ROTATE) school = &statement->u.root_rotate.school;
    if (statement->type == STATEMENT_HUB_SUCCESSION)
        school = &statement->u.hub_succession.school;
    if (school == NULL) return "";
    return names_school_text(call, school);
}

static const char *act_name(struct call *call, const struct statement *statement)
{
    if (statement->type != STATEMENT_ROLE) return statement_name(statement->type);
    return call_format(call, "%s the role of %s", statement->u.role.on ? "give" : "take",
                       role_of(statement));
}

const char *proposals_text(struct call *call, const struct statement *statement)
{
    const char *school = target_name(call, statement), *role = role_of(statement);
    bool hub = statement->type == STATEMENT_HUB_SUCCESSION ||
               (statement->type == STATEMENT_ROLE && statement->u.role.role == ROLE_HUB);

    if (statement->type == STATEMENT_SCHOOL_REMOVE)
        return call_format(call, "end the membership of %s", school);
    if (statement->type == STATEMENT_ROOT_ROTATE)
        return call_format(call, "give %s new twelve words", school);
    if (statement->type == STATEMENT_HUB_SUCCESSION || (hub && statement->u.role.on))
        return call_format(call, "make %s the hub", school);
    if (statement->type != STATEMENT_ROLE) return statement_name(statement->type);
    if (!statement->u.role.on)
        return call_format(call, "end the role of %s of %s", role, school);
    return call_format(call, "make %s %s %s", school, role[0] == 'o' ? "an" : "a", role);
}

/* The schools that have proposed or assented, and whether this one has. */
static json_t *assents_of(const struct call *call, const struct envelope_id *act, bool *mine)
{
    const struct fold *fold = names_fold(call);
    json_t *list = json_array();
    struct fold_device device;
    struct fold_item item;

    *mine = false;
    for (size_t i = 0; i < fold_count(fold) && fold_item_at(fold, i, &item); i++) {
        const struct statement *statement = fold_statement(fold, &item.id);
        bool proposes = envelope_id_eq(&item.id, act);

        if (!proposes && (statement == NULL || statement->type != STATEMENT_ASSENT ||
                          !envelope_id_eq(&statement->u.assent.act, act))) {
            continue;
        }
        if (!fold_device(fold, &item.device, &device)) continue;
        *mine = *mine || school_id_eq(&device.school, &call->network->school);
        json_array_append_new(list, names_school(call, &device.school));
    }
    return list;
}

bool proposals_agreed(const struct call *call, const struct envelope_id *act)
{
    bool mine;

    json_decref(assents_of(call, act, &mine));
    return mine;
}

static json_t *by_school(const struct call *call, const struct device_pk *device)
{
    struct fold_device found;

    if (!fold_device(names_fold(call), device, &found)) return json_null();
    return names_school(call, &found.school);
}

void proposals_list(struct call *call)
{
    const struct fold *fold = names_fold(call);
    json_t *items = json_array();
    struct envelope_id id;
    struct fold_item held;
    size_t missing;

    for (size_t i = 0; fold_pending_at(fold, i, &id, &missing); i++) {
        const struct statement *statement = fold_statement(fold, &id);
        json_t *item;
        bool mine;

        if (statement == NULL || !fold_find(fold, &id, &held)) continue;
        item = json_object();
        names_set(item, "statement", names_hex(id.b, sizeof(id.b)));
        names_set(item, "act", json_string(act_name(call, statement)));
        names_set(item, "text", json_string(proposals_text(call, statement)));
        names_set(item, "by", by_school(call, &held.device));
        names_set(item, "target", json_string(target_name(call, statement)));
        names_set(item, "assents", assents_of(call, &id, &mine));
        names_set(item, "needed",
                  json_integer((json_int_t)(missing + json_array_size(
                                                          json_object_get(item, "assents")))));
        names_set(item, "mine", json_boolean(mine));
        json_array_append_new(items, item);
    }
    call_reply(call, 200, json_pack("{s:o}", "items", items));
}
