#include "daemon/api/names.h"
#include "daemon/api/called.h"

#include <string.h>
#include <time.h>

#include "proto/base/check.h"
#include "proto/base/text.h"

enum { NAMES_PREFIX_MIN = 4, NAMES_HEX_MAX = 65 };

json_t *names_hex(const void *bytes, size_t n)
{
    char hex[NAMES_HEX_MAX];
    uint8_t any = 0;

    CHECK(2 * n < sizeof(hex));
    for (size_t i = 0; i < n; i++)
        any |= ((const uint8_t *)bytes)[i];
    if (any == 0) return json_null();
    text_hex(hex, bytes, n);
    return json_string(hex);
}

json_t *names_number(uint64_t value)
{
    char text[21];

    return json_string(text_decimal(text, value));
}

json_t *names_time(int64_t wall_s)
{
    time_t seconds = (time_t)wall_s;
    struct tm tm;
    char text[40];

    if (wall_s == 0 || gmtime_r(&seconds, &tm) == NULL ||
        strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0) {
        return json_null();
    }
    return json_string(text);
}

json_t *names_text(struct statement_text text)
{
    json_t *json = json_stringn(text.p == NULL ? "" : text.p, text.n);

    return json == NULL ? json_string("") : json;
}

void names_set(json_t *object, const char *key, json_t *value)
{
    CHECK(json_object_set_new(object, key, value) == 0);
}

bool names_is_over(const struct call *call, const struct fold_space *space)
{
    struct school_id school;

    return space->space_class == SPACE_GROUP &&
           !fold_part_at(names_fold(call), &space->tag, FOLD_MEMBER, 0, &school);
}

const struct school_id *names_owner(const struct fold_space *space)
{
    return space->space_class == SPACE_GROUP ? &space->maker : &space->school;
}

const struct fold *names_fold(const struct call *call)
{
    return node_fold(call->network->node);
}

json_t *names_own_school(const struct api_network *network)
{
    json_t *json = json_object();

    names_set(json, "id", names_hex(network->school.b, sizeof(network->school.b)));
    names_set(json, "name", json_string(network->school_name));
    names_set(json, "mine", json_true());
    return json;
}

json_t *names_own_device(const struct api_network *network)
{
    json_t *json = json_object();

    names_set(json, "id", names_hex(network->device.b, sizeof(network->device.b)));
    names_set(json, "name", json_string(network->device_name));
    names_set(json, "school", names_own_school(network));
    return json;
}

json_t *names_school(const struct call *call, const struct school_id *school)
{
    const struct fold *fold = names_fold(call);
    struct fold_school found;
    json_t *json;

    if (fold == NULL || !fold_school(fold, school, &found)) {
        if (school_id_eq(school, &call->network->school))
            return names_own_school(call->network);
        json = json_object();
        names_set(json, "id", names_hex(school->b, sizeof(school->b)));
        names_set(json, "name", json_string("?"));
        names_set(json, "mine", json_false());
        return json;
    }
    const json_t *called = called_find(call->api, call->network, school);
    json = json_object();
    names_set(json, "id", names_hex(school->b, sizeof(school->b)));
    names_set(json, "name",
              called != NULL ? json_incref(json_object_get(called, "name"))
                             : names_text(found.name));
    names_set(json, "mine", json_boolean(school_id_eq(school, &call->network->school)));
    return json;
}

const char *names_school_text(struct call *call, const struct school_id *school)
{
    struct fold_school found;

    if (!fold_school(names_fold(call), school, &found)) return "?";
    const json_t *called = called_find(call->api, call->network, school);
    if (called != NULL)
        return call_format(call, "%s", json_string_value(json_object_get(called, "name")));
    return call_format(call, "%.*s", (int)found.name.n, found.name.p);
}

json_t *names_device(const struct call *call, const struct device_pk *device)
{
    const struct fold *fold = names_fold(call);
    struct fold_device found;
    json_t *json;

    if (fold == NULL || !fold_device(fold, device, &found)) {
        if (device_pk_eq(device, &call->network->device))
            return names_own_device(call->network);
        json = json_object();
        names_set(json, "id", names_hex(device->b, sizeof(device->b)));
        names_set(json, "name", json_string("?"));
        names_set(json, "school", json_null());
        return json;
    }
    json = json_object();
    names_set(json, "id", names_hex(device->b, sizeof(device->b)));
    names_set(json, "name", names_text(found.name));
    names_set(json, "school", names_school(call, &found.school));
    return json;
}

json_t *names_roles(const struct fold *fold, const struct school_id *school)
{
    json_t *roles = json_array();
    struct fold_school found;

    if (fold == NULL || !fold_school(fold, school, &found)) return roles;
    if (found.hub) json_array_append_new(roles, json_string("hub"));
    if (found.steward) json_array_append_new(roles, json_string("steward"));
    if (found.observer) json_array_append_new(roles, json_string("observer"));
    return roles;
}

const char *names_class(enum space_class class)
{
    switch (class) {
    case SPACE_NETWORK:
        return "network";
    case SPACE_OWN:
        return "own";
    case SPACE_HUB:
        return "hub";
    case SPACE_GROUP:
        return "group";
    }
    return "?";
}

json_t *names_parts(const struct call *call, const struct space_tag *tag, enum fold_part part)
{
    json_t *list = json_array();
    struct school_id school;

    for (size_t i = 0; fold_part_at(names_fold(call), tag, part, i, &school); i++) {
        json_array_append_new(list, names_school(call, &school));
    }
    return list;
}

json_t *names_audience(const struct call *call, const struct fold_space *space)
{
    json_t *json = json_object();
    json_t *name;

    switch (space->space_class) {
    case SPACE_NETWORK:
        name = names_text(fold_network_name(names_fold(call)));
        break;
    case SPACE_HUB:
        name = json_string("the hub");
        break;
    case SPACE_GROUP:
        name = names_text(space->name);
        break;
    case SPACE_OWN:
    default:
        name = json_string("this school");
        break;
    }
    names_set(json, "class", json_string(names_class(space->space_class)));
    names_set(json, "space", names_hex(space->id.b, sizeof(space->id.b)));
    names_set(json, "name", name);
    if (space->space_class != SPACE_NETWORK) {
        names_set(json, "schools", names_parts(call, &space->tag, FOLD_MEMBER));
    }
    return json;
}

json_t *names_written(const struct call *call, enum space_class class,
                      const struct space_id *group)
{
    const struct fold *fold = names_fold(call);
    struct fold_space space;

    for (size_t i = 0; fold != NULL && fold_space_at(fold, i, &space); i++) {
        bool own = school_id_eq(&space.school, &call->network->school);

        /* A hub that writes into another school's space names it as a group is named. */
        if (class == SPACE_GROUP && !space_id_eq(&space.id, group)) continue;
        if (class != SPACE_GROUP && space.space_class != class) continue;
        if ((class == SPACE_OWN || class == SPACE_HUB) && !own) continue;
        return names_audience(call, &space);
    }
    return json_pack("{s:s, s:n, s:s}", "class", names_class(class), "space", "name",
                     class == SPACE_OWN ? "this school" : "");
}

/* --------------------------------------------------------------------- what a person wrote */

/* Is text the first digits of the id (all of them, or at least four)? */
static bool begins(const char *text, const void *bytes, size_t n)
{
    char hex[NAMES_HEX_MAX];
    size_t length = strlen(text);

    text_hex(hex, bytes, n);
    return length >= NAMES_PREFIX_MIN && length <= 2 * n && strncasecmp(text, hex, length) == 0;
}

static bool text_is(struct statement_text name, const char *text)
{
    return name.n == strlen(text) && name.n > 0 && memcmp(name.p, text, name.n) == 0;
}

/* Is text its first words, in small letters or large? */
static bool text_begins(struct statement_text name, const char *text)
{
    size_t n = strlen(text);

    return n > 0 && n <= name.n && strncasecmp((const char *)name.p, text, n) == 0 &&
           (n == name.n || name.p[n] == ' ');
}

/* Answers for n candidates; true when there was exactly one. */
static bool found_one(struct call *call, size_t n, const char *what, const char *text,
                      const char *hint)
{
    if (n == 1) return true;
    if (n == 0) {
        call_fail(call, ERR_NOT_FOUND, call_format(call, "no %s is called %.80s", what, text),
                  hint, NULL);
    } else {
        call_fail(call, ERR_INVALID,
                  call_format(call, "more than one %s fits %.80s", what, text),
                  "write more of its id", NULL);
    }
    return false;
}

bool names_find_school(struct call *call, const char *text, struct school_id *out)
{
    struct fold_school school;
    size_t n = 0;

    for (size_t i = 0; fold_school_at(names_fold(call), i, &school); i++) {
        const json_t *called = called_find(call->api, call->network, &school.id);
        const char *name = json_string_value(json_object_get(called, "name"));
        if (!begins(text, school.id.b, sizeof(school.id.b)) && !text_is(school.name, text) &&
            (name == NULL || strcasecmp(name, text) != 0)) {
            continue;
        }
        *out = school.id;
        n++;
    }
    for (size_t i = 0, exact = n; exact == 0 && fold_school_at(names_fold(call), i, &school);
         i++) {
        if (!text_begins(school.name, text)) continue;
        *out = school.id;
        n++;
    }
    return found_one(call, n, "school", text, "kith members lists them");
}

bool names_query_owner(struct call *call, const char **out)
{
    const char *text = call_query(call, "owner");
    struct school_id school;
    char hex[2 * sizeof(school.b) + 1];

    *out = text;
    if (text == NULL || strcmp(text, "me") == 0) return true;
    if (names_fold(call) == NULL)
        return found_one(call, 0, "school", text, "this school is alone: --mine, or owner=me");
    if (!names_find_school(call, text, &school)) return false;
    text_hex(hex, school.b, sizeof(school.b));
    *out = arena_strdup(&call->arena, hex);
    return true;
}

bool names_find_device(struct call *call, const char *text, struct device_pk *out)
{
    struct fold_device device;
    size_t n = 0;

    for (size_t i = 0; fold_device_at(names_fold(call), i, &device); i++) {
        bool own = school_id_eq(&device.school, &call->network->school);

        if (!begins(text, device.id.b, sizeof(device.id.b)) &&
            !(own && text_is(device.name, text))) {
            continue;
        }
        *out = device.id;
        n++;
    }
    return found_one(call, n, "device", text, "kith device list shows them");
}

bool names_find_space(struct call *call, const char *text, struct fold_space *out)
{
    struct fold_space space;
    size_t n = 0;

    for (size_t i = 0; fold_space_at(names_fold(call), i, &space); i++) {
        if (!begins(text, space.id.b, sizeof(space.id.b))) continue;
        *out = space;
        n++;
    }
    return found_one(call, n, "space", text, "kith spaces lists them");
}

static bool group_with(const struct call *call, const struct fold_space *space,
                       const char *text)
{
    static const enum fold_part parts[] = {FOLD_MEMBER, FOLD_ASKED_MEMBER};
    const struct fold *fold = names_fold(call);
    struct fold_school school;
    struct school_id id;

    for (size_t p = 0; p < sizeof(parts) / sizeof(parts[0]); p++) {
        for (size_t i = 0; fold_part_at(fold, &space->tag, parts[p], i, &id); i++) {
            if (school_id_eq(&id, &call->network->school)) continue;
            if (!fold_school(fold, &id, &school)) continue;
            if (text_begins(school.name, text) || begins(text, id.b, sizeof(id.b))) return true;
        }
    }
    return false;
}

bool names_find_group(struct call *call, const char *text, bool asked, struct fold_space *out)
{
    const struct fold *fold = names_fold(call);
    struct fold_space space;
    size_t n = 0;

    for (size_t i = 0; fold_space_at(fold, i, &space); i++) {
        enum fold_part part = fold_part(fold, &space.tag, &call->network->school);

        if (space.space_class != SPACE_GROUP || names_is_over(call, &space) ||
            (part != FOLD_ASKED_MEMBER && (asked || part != FOLD_MEMBER))) {
            continue;
        }
        if (!begins(text, space.id.b, sizeof(space.id.b)) && !text_is(space.name, text) &&
            !group_with(call, &space, text)) {
            continue;
        }
        *out = space;
        n++;
    }
    if (asked && n > 1) n = 1;
    return found_one(call, n, asked ? "buddy that asks" : "group", text,
                     "kith buddy list shows them");
}

bool names_find_statement(struct call *call, const char *text, struct envelope_id *out)
{
    const struct fold *fold = names_fold(call);
    struct fold_item item;
    size_t n = 0;

    for (size_t i = 0; i < fold_count(fold) && fold_item_at(fold, i, &item); i++) {
        if (!begins(text, item.id.b, sizeof(item.id.b))) continue;
        *out = item.id;
        n++;
    }
    return found_one(call, n, "statement", text, "kith proposals lists what waits");
}
