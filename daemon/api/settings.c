#include "daemon/api/settings.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/api/erasing.h"
#include "daemon/api/names.h"
#include "daemon/api/routes.h"
#include "daemon/api/state.h"
#include "proto/base/limits.h"
#include "proto/record/date.h"

enum { SETTINGS_NAMES_MAX = 5000, SETTINGS_LOG_MAX = 1000 };

json_t *settings_json(const struct call *call, const char *key)
{
    struct buf value = {0};
    json_t *json = NULL;

    if (call->host->setting_get(call->host->ctx, call->network, key, &value) == ERR_OK) {
        json = json_loadb((const char *)value.data, value.len, JSON_DECODE_ANY, NULL);
    }
    buf_fini(&value);
    return json;
}

static void put_json(struct call *call, const char *key, const json_t *json, call_fn then)
{
    char *text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);

    call_put(call, key, slice_of(text, strlen(text)), then);
    free(text);
}

static void reply_empty(struct call *call)
{
    call_reply(call, 200, json_object());
}

/* A list of short texts in the body; false: answered. */
static bool texts_good(struct call *call, const char *field, size_t max)
{
    const json_t *list = json_object_get(call->body, field);
    size_t i;
    json_t *value;

    if (json_array_size(list) > max) {
        call_fail(call, ERR_LIMIT, call_format(call, "at most %zu", max), NULL,
                  call_format(call, "$.%s", field));
        return false;
    }
    json_array_foreach(list, i, value)
    {
        size_t n = json_string_length(value);

        if (json_is_string(value) && n >= 1 && n <= LIMIT_NAME_BYTES) continue;
        call_fail(call, ERR_INVALID, "a text of 1 to 200 bytes", NULL,
                  call_format(call, "$.%s[%zu]", field, i));
        return false;
    }
    return true;
}

/* ----------------------------------------------------------------------------------- names */

void settings_names(struct call *call)
{
    json_t *names = settings_json(call, "app/names");

    call_reply(call, 200, json_pack("{s:o}", "items", names == NULL ? json_array() : names));
}

void settings_names_put(struct call *call)
{
    static const struct call_field fields[] = {{"items", CALL_LIST, true}};

    if (!call_body(call, fields, 1) || !texts_good(call, "items", SETTINGS_NAMES_MAX)) return;
    put_json(call, "app/names", json_object_get(call->body, "items"), reply_empty);
}

/* -------------------------------------------------------------------------------- settings */

void settings_show(struct call *call)
{
    json_t *may_share = settings_json(call, "app/may_share");
    struct buf person = {0}, day = {0};
    json_t *name = NULL;

    if (call->host->setting_get(call->host->ctx, call->network, "app/person", &person) ==
        ERR_OK) {
        name = json_stringn((const char *)person.data, person.len);
    }
    buf_fini(&person);
    json_t *json =
        json_pack("{s:o, s:o}", "may_share", may_share == NULL ? json_array() : may_share,
                  "person", name == NULL ? json_null() : name);
    bool some =
        call->host->setting_get(call->host->ctx, call->network, "app/archive", &day) == ERR_OK;
    names_set(json, "archive_before",
              some ? json_stringn((const char *)day.data, day.len) : json_null());
    buf_fini(&day);
    json_t *years = settings_json(call, "app/retention");
    names_set(json, "retention_years", years == NULL ? json_null() : years);
    call_reply(call, 200, json);
}

/* "2025-08-01", or null: nothing is in the archive. */
static bool archive_good(struct call *call, const json_t *day)
{
    const char *text = json_string_value(day);

    if (day == NULL || json_is_null(day)) return true;
    if (text != NULL && date_is(text)) return true;
    call_fail_field(call, "archive_before", "a day such as 2025-08-01, or null");
    return false;
}

static bool retention_good(struct call *call, const json_t *years)
{
    json_int_t n = json_integer_value(years);

    if (years == NULL || json_is_null(years) || (n >= 1 && n <= ERASING_YEARS_MAX)) return true;
    call_fail_field(call, "retention_years", "1 to 99, or null: for ever");
    return false;
}

static void edit_retention(struct call *call)
{
    const json_t *years = json_object_get(call->body, "retention_years");

    if (years == NULL)
        settings_show(call);
    else if (json_is_null(years))
        call_put(call, "app/retention", slice_of(NULL, 0), settings_show);
    else
        put_json(call, "app/retention", years, settings_show);
}

static void edit_archive(struct call *call)
{
    const json_t *day = json_object_get(call->body, "archive_before");
    const char *text = json_string_value(day);

    if (day == NULL)
        edit_retention(call);
    else
        call_put(call, "app/archive", slice_of(text, text == NULL ? 0 : strlen(text)),
                 edit_retention);
}

static void edit_may_share(struct call *call)
{
    const json_t *list = json_object_get(call->body, "may_share");

    if (list == NULL)
        edit_archive(call);
    else
        put_json(call, "app/may_share", list, edit_archive);
}

void settings_edit(struct call *call)
{
    static const struct call_field fields[] = {
        {"may_share", CALL_LIST, false},
        {"person", CALL_TEXT, false},
        {"archive_before", CALL_ANY, false},
        {"retention_years", CALL_ANY, false},
    };
    const json_t *person;
    const char *text;

    if (!call_body(call, fields, 4) ||
        !archive_good(call, json_object_get(call->body, "archive_before")) ||
        !retention_good(call, json_object_get(call->body, "retention_years")))
        return;
    person = json_object_get(call->body, "person");
    text = json_string_value(person);
    if (text != NULL && strlen(text) > LIMIT_NAME_BYTES) {
        call_fail_field(call, "person", "at most 200 bytes");
        return;
    }
    if (!texts_good(call, "may_share", SETTINGS_NAMES_MAX)) return;
    if (person == NULL) {
        edit_may_share(call);
    } else {
        call_put(call, "app/person", slice_of(text, text == NULL ? 0 : strlen(text)),
                 edit_may_share);
    }
}

/* ---------------------------------------------------------------------------------- drafts */

bool settings_draft_name_good(const char *name)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");

    return n >= 1 && n <= 64 && name[n] == '\0';
}

static void on_draft(void *arg, const char *key, struct slice value)
{
    json_t *json = json_loadb((const char *)value.p, value.n, 0, NULL);
    json_t *item = json_object();
    char *body = json_dumps(json_object_get(json, "body"), JSON_COMPACT | JSON_ENCODE_ANY);

    names_set(item, "draft", json_string(key + strlen("draft/")));
    json_object_set(item, "type", json_object_get(json, "type"));
    json_object_set(item, "record", json_object_get(json, "record"));
    json_object_set(item, "title", json_object_get(json, "title"));
    json_object_set(item, "saved_at", json_object_get(json, "saved_at"));
    names_set(item, "bytes", json_integer(body == NULL ? 0 : (json_int_t)strlen(body)));
    json_array_append_new(arg, item);
    free(body);
    json_decref(json);
}

void settings_drafts(struct call *call)
{
    json_t *items = json_array();

    call->host->setting_each(call->host->ctx, call->network, "draft/", on_draft, items);
    call_reply(call, 200, json_pack("{s:o}", "items", items));
}

/* The key of the path's draft, or NULL: answered. */
static const char *draft_key(struct call *call)
{
    if (settings_draft_name_good(call->segments[0])) {
        return call_format(call, "draft/%s", call->segments[0]);
    }
    call_fail(call, ERR_INVALID, "a draft's name is 1 to 64 letters, digits, - and _", NULL,
              NULL);
    return NULL;
}

static json_t *draft_find(struct call *call, const char *key)
{
    json_t *json = settings_json(call, key);

    if (json == NULL) {
        call_fail(call, ERR_NOT_FOUND, "there is no such draft", "kith draft list shows them",
                  NULL);
    }
    return json;
}

void settings_draft(struct call *call)
{
    const char *key = draft_key(call);
    json_t *json = key == NULL ? NULL : draft_find(call, key);

    if (json == NULL) return;
    names_set(json, "draft", json_string(call->segments[0]));
    call_reply(call, 200, json);
}

void settings_draft_put(struct call *call)
{
    static const struct call_field fields[] = {
        {"type", CALL_TEXT, true},
        {"record", CALL_TEXT, false},
        {"title", CALL_TEXT, false},
        {"body", CALL_ANY, true},
    };
    const char *key = draft_key(call);

    if (key == NULL || !call_body(call, fields, 4)) return;
    names_set(call->body, "saved_at", names_time(call->wall_s));
    put_json(call, key, call->body, reply_empty);
}

void settings_draft_delete(struct call *call)
{
    const char *key = draft_key(call);
    json_t *json = key == NULL ? NULL : draft_find(call, key);

    if (json == NULL) return;
    json_decref(json);
    call_put(call, key, slice_of(NULL, 0), reply_empty);
}

/* ------------------------------------------------------------------------- the sharing log */

const char *settings_log_key(struct call *call)
{
    uint8_t salt[4];

    /* Two lines of one second do not meet. */
    call->host->env->random(call->host->env->ctx, salt, sizeof(salt));
    return call_format(call, "shared/%016llx-%02x%02x%02x%02x",
                       (unsigned long long)(call->wall_s < 0 ? 0 : call->wall_s), salt[0],
                       salt[1], salt[2], salt[3]);
}

static void on_line(void *arg, const char *key, struct slice value)
{
    json_t *json = json_loadb((const char *)value.p, value.n, 0, NULL);

    (void)key;
    if (json != NULL) json_array_insert_new(arg, 0, json); /* newest first */
    if (json_array_size(arg) > SETTINGS_LOG_MAX) {
        json_array_remove(arg, json_array_size(arg) - 1);
    }
}

void settings_sharing_log(struct call *call)
{
    json_t *items = json_array();

    call->host->setting_each(call->host->ctx, call->network, "shared/", on_line, items);
    call_reply(call, 200, json_pack("{s:o}", "items", items));
}
