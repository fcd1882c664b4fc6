#include "daemon/api/call.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "daemon/api/routes.h"
#include "daemon/api/state.h"
#include "proto/base/check.h"
#include "proto/base/text.h"
#include "proto/record/ijson.h"

/* ---------------------------------------------------------------------------- what it asks */

const char *call_query(struct call *call, const char *name)
{
    const char *text = call->http == NULL ? NULL : http_query(call->http, name);

    return text == NULL ? NULL : arena_strdup(&call->arena, text);
}

bool call_query_number(struct call *call, const char *name, uint64_t absent, uint64_t max,
                       uint64_t *out)
{
    const char *text = call_query(call, name);
    uint64_t value = 0;

    if (text == NULL) {
        *out = absent;
        return true;
    }
    for (const char *p = text; *p != '\0'; p++) {
        if (*p < '0' || *p > '9' || value > (UINT64_MAX - 9) / 10) {
            value = UINT64_MAX;
            break;
        }
        value = value * 10 + (uint64_t)(*p - '0');
    }
    bool none =
        value == 0 && strcmp(name, "limit") == 0; /* a list of nothing is asked by none */
    if (*text == '\0' || value > max || none) {
        call_fail(call, ERR_INVALID,
                  call_format(call, "%s is a whole number of %d to %llu", name,
                              strcmp(name, "limit") == 0 ? 1 : 0, (unsigned long long)max),
                  NULL, call_format(call, "?%s", name));
        return false;
    }
    *out = value;
    return true;
}

bool call_query_flag(struct call *call, const char *name)
{
    const char *text = call_query(call, name);

    return text != NULL && strcmp(text, "0") != 0 && strcmp(text, "false") != 0;
}

static bool kind_holds(enum call_kind kind, const json_t *value)
{
    switch (kind) {
    case CALL_TEXT:
        return json_is_string(value);
    case CALL_BOOL:
        return json_is_boolean(value);
    case CALL_INTEGER:
        return json_is_integer(value);
    case CALL_OBJECT:
        return json_is_object(value);
    case CALL_LIST:
        return json_is_array(value);
    case CALL_ANY:
        return true;
    }
    return false;
}

static const char *kind_text(enum call_kind kind)
{
    static const char *const texts[] = {
        [CALL_TEXT] = "a text",
        [CALL_BOOL] = "true or false",
        [CALL_INTEGER] = "a whole number",
        [CALL_OBJECT] = "an object",
        [CALL_LIST] = "a list",
        [CALL_ANY] = "any value",
    };

    return texts[kind];
}

static const struct call_field *field_find(const struct call_field *fields, size_t n,
                                           const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(fields[i].name, name) == 0) return &fields[i];
    }
    return NULL;
}

bool call_body(struct call *call, const struct call_field *fields, size_t n)
{
    const char *name;
    json_t *value;

    json_object_foreach(call->body, name, value)
    {
        const struct call_field *field = field_find(fields, n, name);

        if (field == NULL) {
            call_fail_field(call, name, "there is no such field here");
            return false;
        }
        if (json_is_null(value) && !field->required) continue;
        if (!kind_holds(field->kind, value)) {
            call_fail_field(call, name,
                            call_format(call, "%s is wanted here", kind_text(field->kind)));
            return false;
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (!fields[i].required || json_object_get(call->body, fields[i].name) != NULL)
            continue;
        call_fail_field(call, fields[i].name, "is missing");
        return false;
    }
    return true;
}

const char *call_text(const struct call *call, const char *name)
{
    return json_string_value(json_object_get(call->body, name));
}

bool call_bool(const struct call *call, const char *name)
{
    return json_is_true(json_object_get(call->body, name));
}

const char *call_format(struct call *call, const char *format, ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    return arena_strdup(&call->arena, text);
}

/* ------------------------------------------------------------------------------ its answer */

void call_finish(struct call *call, unsigned status, const char *code)
{
    bool known = call->route != NULL;

    CHECK(!call->answered);
    call->answered = true;
    call->host->answered(call->host->ctx, known ? call->route->method : "?",
                         known ? call->route->path : "?", status, code,
                         uv_now(call->host->loop) - call->came_ms);
}

static void call_send(struct call *call, unsigned status, struct slice text)
{
    static const struct http_header_pair retry = {"Retry-After", "1"};

    if (call->http == NULL) return;
    http_respond(call->http, status, "application/json; charset=utf-8", text, &retry,
                 status == 503 ? 1 : 0);
}

void call_reply(struct call *call, unsigned status, json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);

    CHECK(text != NULL);
    call_finish(call, status,
                json_string_value(json_object_get(json_object_get(json, "error"), "code")));
    json_decref(json);
    call_send(call, status, slice_of(text, strlen(text)));
    free(text);
}

void call_reply_view(struct call *call)
{
    struct buf *out = &call->out;

    CHECK(out->len >= 2 && out->data[out->len - 1] == '}');
    out->len--;
    if (out->data[out->len - 1] != '{') buf_put_str(out, ",");
    buf_put_str(out, call->behind ? "\"behind\":true}" : "\"behind\":false}");
    call_finish(call, 200, NULL);
    call_send(call, 200, buf_slice(out));
}

/* Codes to statuses; what is not here goes by its blame: PEER 422, LOCAL 500, CALLER 400. */
unsigned call_status(enum err err)
{
    static const struct {
        enum err err;
        unsigned status;
    } table[] = {
        {ERR_OK, 200},       {ERR_MALFORMED, 400},  {ERR_INVALID, 400},    {ERR_REFUSED, 403},
        {ERR_RIGHTS, 403},   {ERR_PHRASE, 403},     {ERR_NOT_MEMBER, 403}, {ERR_NOT_FOUND, 404},
        {ERR_EXISTS, 409},   {ERR_NOT_JOINED, 409}, {ERR_NO_KEY, 409},     {ERR_LIMIT, 409},
        {ERR_EXPIRED, 410},  {ERR_TOO_BIG, 413},    {ERR_BUSY, 503},       {ERR_TIMEOUT, 504},
        {ERR_NO_SPACE, 507},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (table[i].err == err) return table[i].status;
    }
    return err_blame(err) == BLAME_PEER ? 422 : err_blame(err) == BLAME_LOCAL ? 500 : 400;
}

/* What to do next, where the handler had nothing better to say. */
const char *call_hint(enum err err)
{
    static const struct {
        enum err err;
        const char *hint;
    } table[] = {
        {ERR_NOT_JOINED, "found a network (kith found) or join one with an invite (kith join)"},
        {ERR_PHRASE, "check the spelling and the order of the twelve words"},
        {ERR_NO_SPACE, "make room on the disk; what is there can still be read"},
        {ERR_IO, "look at the disk and the daemon's log; what is there can still be read"},
        {ERR_CORRUPT, "run kith doctor --rebuild"},
        {ERR_NO_KEY, "kith sync fetches it from whoever has it"},
        {ERR_BUSY, "wait a moment and try again"},
        {ERR_TIMEOUT, "kith peers shows who can be reached"},
        {ERR_EXPIRED, "ask for a new one"},
        {ERR_TOO_BIG, "split it into smaller pieces"},
        {ERR_VERSION, "update Kith on this machine"},
        {ERR_NOT_FOUND, "kith feed and kith search show what is here"},
        {ERR_RIGHTS, "kith members shows who may do that"},
        {ERR_REFUSED, "kith members shows who may do what, kith status how things stand"},
        {ERR_EXISTS, "nothing has to be done"},
        {ERR_LIMIT, "take less at a time, or end something first"},
        {ERR_INVALID, "correct it and try again"},
        {ERR_MALFORMED, "copy or write it anew: a piece is missing or was changed"},
        {ERR_NOT_MEMBER, "kith members shows who is one"},
        {ERR_LOCKED, "end the other program, or choose another data folder"},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (table[i].err == err) return table[i].hint;
    }
    return err_blame(err) == BLAME_PEER ? "ask whoever it comes from to send it anew"
                                        : "the daemon's log says more";
}

/* A sentence may quote what was asked, cut in the middle of a letter or no UTF-8 at all. */
static json_t *sentence(struct call *call, const char *text)
{
    if (text_is_utf8(slice_of(text, strlen(text)))) return json_string(text);
    char *copy = arena_strdup(&call->arena, text);
    for (char *p = copy; *p != '\0'; p++) {
        if ((unsigned char)*p >= 0x80) *p = '?';
    }
    return json_string(copy);
}

void call_fail_code(struct call *call, unsigned status, const char *code, const char *message,
                    const char *hint, const char *path)
{
    json_t *error = json_object();
    json_t *problems = NULL;

    json_object_set_new(error, "code", json_string(code));
    json_object_set_new(error, "message", sentence(call, message));
    if (hint != NULL) json_object_set_new(error, "hint", sentence(call, hint));
    if (path != NULL) json_object_set_new(error, "path", sentence(call, path));
    if (call->compose.problems != NULL) problems = json_loads(call->compose.problems, 0, NULL);
    if (json_array_size(problems) > 0) {
        json_object_set(error, "problems", problems);
    }
    json_decref(problems);
    call->api->errors++;
    call_reply(call, status, json_pack("{s:o}", "error", error));
}

void call_fail(struct call *call, enum err err, const char *message, const char *hint,
               const char *path)
{
    CHECK(err != ERR_OK);
    call_fail_code(call, call_status(err), err_name(err),
                   message == NULL ? err_text(err) : message,
                   hint == NULL ? call_hint(err) : hint, path);
}

void call_fail_field(struct call *call, const char *name, const char *message)
{
    call_fail(call, ERR_INVALID, call_format(call, "%s: %s", name, message),
              "correct it and try again; docs/API.md says what a request takes",
              call_format(call, "$.%s", name));
}

static json_t *call_number(uint64_t value)
{
    char text[21];

    return json_string(text_decimal(text, value));
}

json_t *call_done_json(const struct call *call)
{
    json_t *json = json_object();

    json_object_set_new(json, "lseq", call_number(call->lseq));
    return json;
}

json_t *call_act_json(const struct call *call, const struct reply *reply)
{
    json_t *json = call_done_json(call);
    char hex[65];

    if (!envelope_id_is_zero(&reply->statement)) {
        text_hex(hex, reply->statement.b, sizeof(reply->statement.b));
        json_object_set_new(json, "statement", json_string(hex));
    }
    return json;
}

void call_reply_act(struct call *call, const struct reply *reply)
{
    call_reply(call, 200, call_act_json(call, reply));
}

void call_reply_done(struct call *call, const struct reply *reply)
{
    (void)reply;
    call_reply(call, 200, call_done_json(call));
}

/* -------------------------------------------------------------------------------- its life */

struct call *call_new(struct api *api, struct http_request *request)
{
    struct call *call = mem_zalloc(sizeof(*call));

    call->api = api;
    call->host = api->host;
    call->http = request;
    call->wall_s = api->host->wall_s(api->host->ctx);
    call->came_ms = uv_now(api->host->loop);
    call->next = api->calls;
    call->link = &api->calls;
    if (call->next != NULL) call->next->link = &call->next;
    api->calls = call;
    api->calls_n++;
    return call;
}

void call_gone(struct call *call)
{
    struct api *api = call->api;

    call->http = NULL;
    if (call->owed > 0 || call->waiting) return;
    *call->link = call->next;
    if (call->next != NULL) call->next->link = call->link;
    api->calls_n--;
    for (size_t i = 0; i < CALL_SEGMENTS_MAX; i++)
        free(call->segments[i]);
    json_decref(call->body);
    KEY_WIPE(&call->root);
    KEY_WIPE(&call->command);
    compose_fini(&call->compose);
    buf_fini(&call->out);
    arena_fini(&call->arena);
    free(call);
    api_settle(api);
}
