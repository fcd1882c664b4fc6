/* What leaves the school: the screen before it, and the act. */
#include "daemon/api/sharing.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/api/names.h"
#include "daemon/api/points.h"
#include "daemon/api/routes.h"
#include "daemon/api/settings.h"
#include "proto/base/text.h"
#include "proto/record/render.h"

struct share {
    struct compose_who who;
    const char *with;
    const char *token, *edit; /* of the screen that the person saw */
    struct compose_audience audience;
    char made[33];
    const char *title;      /* for the log */
    json_t *names;          /* this and the next two hang under the call's body */
    json_t *lines, *points; /* what would be read, and what in it points at somebody */
};

/* Keeps the value for as long as the call lives. */
static json_t *hang(struct call *call, const char *key, json_t *value)
{
    if (call->body == NULL) call->body = json_object();
    json_object_set_new(call->body, call_format(call, "\x01%s", key), value);
    return value;
}

/*
 * Names what would leave and for whom, so that nothing else leaves than what was on the screen.
 * It guards against changes in between, not against an enemy: FNV-1a, twice, will do.
 */
static void token_make(char out[33], const struct compose_audience *audience,
                       const char *preview)
{
    uint8_t bytes[16];

    for (unsigned half = 0; half < 2; half++) {
        uint64_t h = 0xcbf29ce484222325u + half * 0x9e3779b97f4a7c15u;
        uint8_t head[1 + sizeof(audience->group.b)];

        head[0] = (uint8_t)audience->class;
        memcpy(head + 1, audience->group.b, sizeof(audience->group.b));
        for (size_t i = 0; i < sizeof(head); i++)
            h = (h ^ head[i]) * 0x100000001b3u;
        for (const char *p = preview; *p != '\0'; p++) {
            h = (h ^ (uint8_t)*p) * 0x100000001b3u;
        }
        for (unsigned i = 0; i < 8; i++)
            bytes[half * 8 + i] = (uint8_t)(h >> (8 * i));
    }
    text_hex(out, bytes, sizeof(bytes));
}

enum err sharing_audience(struct call *call, struct view_reader *reader, const char *with,
                          struct compose_audience *out)
{
    struct compose problems = {0};
    enum err err = compose_audience(reader, with, out, &problems);

    if (err != ERR_OK) {
        compose_fini(&call->compose);
        call->compose = problems;
    } else {
        compose_fini(&problems);
    }
    return err;
}

/* On the view thread: a long record takes longer than the loop may wait. */
static void look(struct call *call)
{
    struct share *share = call->state;
    const char *type = call->compose.type;
    struct points_ask ask = {.names = share->names, .wall_s = call->wall_s};

    ask.schema = type == NULL ? NULL : schema_set_find(call->host->schemas, type);
    share->lines =
        hang(call, "lines",
             call->compose.preview == NULL ? json_array()
                                           : json_loads(call->compose.preview, 0, NULL));
    ask.lines = share->lines;
    share->points = hang(call, "points", points_make(&ask));
}

static enum err share_job(struct call *call, struct view_reader *reader)
{
    struct share *share = call->state;
    enum err err = sharing_audience(call, reader, share->with, &share->audience);

    if (err == ERR_OK) {
        err = compose_share(reader, &share->who, call->segments[0], &share->audience,
                            &call->compose);
    }
    if (err == ERR_OK && share->token == NULL && share->edit == NULL) {
        err = query_record(reader, call->segments[0], false, call->wall_s, &call->out);
    }
    if (err == ERR_OK) {
        token_make(share->made, &share->audience,
                   call->compose.preview == NULL ? "[]" : call->compose.preview);
        look(call);
    }
    return err;
}

static const char *title_of(struct call *call, const json_t *lines)
{
    size_t i;
    json_t *line;

    json_array_foreach((json_t *)(uintptr_t)lines, i, line)
    {
        const char *value = json_string_value(json_object_get(line, "value"));

        if (value != NULL && *value != '\0') return arena_strdup(&call->arena, value);
    }
    return "";
}

/* The record as its readers will have it: nothing else of it may be on the screen. */
static json_t *screen_record(struct call *call)
{
    static const char *const drop[] = {"also_written", "amendments", "derived", "linked",
                                       "written",      "waiting",    "erased",  "applied"};
    json_t *record = json_loadb((const char *)call->out.data, call->out.len, 0, NULL);
    json_t *sections =
        call->compose.shown == NULL ? NULL : json_loads(call->compose.shown, 0, NULL);

    if (record == NULL) record = json_object();
    for (size_t i = 0; i < sizeof(drop) / sizeof(drop[0]); i++)
        json_object_del(record, drop[i]);
    names_set(record, "sections", sections == NULL ? json_object() : sections);
    return record;
}

static void screen_made(struct call *call)
{
    struct share *share = call->state;
    json_t *json = json_object(), *audiences = json_array();

    json_array_append_new(audiences,
                          names_written(call, share->audience.class, &share->audience.group));
    names_set(json, "record", screen_record(call));
    names_set(json, "audiences", audiences);
    names_set(json, "lines", json_incref(share->lines));
    names_set(json, "points", json_incref(share->points));
    names_set(json, "token", json_string(share->made));
    call_reply(call, 200, json);
}

void sharing_screen(struct call *call)
{
    struct share *share = arena_alloc(&call->arena, sizeof(*share));

    share->with = call_query(call, "with");
    if (share->with == NULL) {
        call_fail(call, ERR_INVALID, "with whom? buddies, hub, network, a group or a school",
                  "add ?with=buddies", "?with");
        return;
    }
    share->who = call_who(call);
    share->names = hang(call, "names", settings_json(call, "app/names"));
    call->state = share;
    call_read(call, share_job, screen_made);
}

/* ------------------------------------------------------------- the same for what is not
 * written */

static enum err look_job(struct call *call, struct view_reader *reader)
{
    struct share *share = call->state;
    struct points_ask ask = {.names = share->names, .wall_s = call->wall_s};
    struct render render = {0};

    (void)reader;
    ask.schema = schema_set_find(call->host->schemas, call_text(call, "type"));
    render_record(&render, ask.schema, json_object_get(call->body, "sections"));
    share->lines = hang(call, "lines", render_json(&render));
    ask.lines = share->lines;
    share->points = hang(call, "points", points_make(&ask));
    render_fini(&render);
    return ERR_OK;
}

static void looked(struct call *call)
{
    struct share *share = call->state;

    call_reply(call, 200, json_pack("{s:O}", "points", share->points));
}

void sharing_look(struct call *call)
{
    static const struct call_field fields[] = {
        {"type", CALL_TEXT, true},
        {"sections", CALL_OBJECT, true},
    };
    struct share *share = arena_alloc(&call->arena, sizeof(*share));

    if (!call_body(call, fields, 2)) return;
    share->names = hang(call, "names", settings_json(call, "app/names"));
    call->state = share;
    call_view(call, look_job, looked);
}

/* --------------------------------------------------------------------------------- sharing */

/* {"name": 2, "date": 1}: what the person saw and shared all the same. */
static json_t *kinds_of(const json_t *points)
{
    json_t *kinds = json_object();

    for (size_t i = 0; i < json_array_size(points); i++) {
        const char *kind =
            json_string_value(json_object_get(json_array_get(points, i), "kind"));

        json_object_set_new(kinds, kind,
                            json_integer(1 + json_integer_value(json_object_get(kinds, kind))));
    }
    return kinds;
}

void sharing_log(struct call *call, const struct sharing_line *said, call_fn then)
{
    json_t *line = json_object();
    char *text;

    names_set(line, "at", names_time(call->wall_s));
    names_set(line, "person", json_string(said->person));
    names_set(line, "act", json_string(said->act));
    names_set(line, "record",
              names_hex(call->compose.key.record.b, sizeof(call->compose.key.record.b)));
    names_set(line, "title", json_string(said->title == NULL ? "" : said->title));
    names_set(line, "with", json_string(said->with));
    if (said->points != NULL) {
        names_set(line, "points", json_integer((json_int_t)json_array_size(said->points)));
        names_set(line, "kinds", kinds_of(said->points));
    }
    text = json_dumps(line, JSON_COMPACT);
    call_put(call, settings_log_key(call), slice_of(text, strlen(text)), then);
    free(text);
    json_decref(line);
}

static void share_logged(struct call *call)
{
    struct share *share = call->state;
    json_t *json = call_written_json(call);

    json_t *audiences = json_array();

    json_array_append_new(audiences,
                          names_written(call, share->audience.class, &share->audience.group));
    names_set(json, "audiences", audiences);
    call_reply(call, 200, json);
}

static void share_written(struct call *call)
{
    const struct share *share = call->state;

    sharing_log(call,
                &(struct sharing_line){.person = share->who.person,
                                       .act = "share",
                                       .title = share->title,
                                       .with = share->with,
                                       .points = share->points},
                share_logged);
}

static void share_made(struct call *call)
{
    struct share *share = call->state;
    char edit[2 * sizeof(call->compose.edit.b) + 1];

    text_hex(edit, call->compose.edit.b, sizeof(call->compose.edit.b));
    if ((share->token != NULL && strcmp(share->token, share->made) != 0) ||
        (share->edit != NULL && strcmp(share->edit, edit) != 0)) {
        call_fail(call, ERR_REFUSED, "what would leave is no longer what you saw",
                  "kith share once more shows what it is now",
                  share->token != NULL ? "$.token" : "$.edit");
        return;
    }
    share->title = title_of(call, share->lines);
    call_write(call, share_written);
}

bool sharing_may(struct call *call, const char *person)
{
    json_t *list = settings_json(call, "app/may_share");
    bool may = json_array_size(list) == 0;
    size_t i;
    json_t *value;

    json_array_foreach(list, i, value)
    {
        const char *name = json_string_value(value);

        may = may || (name != NULL && strcmp(name, person) == 0);
    }
    json_decref(list);
    if (!may) {
        call_fail(call, ERR_REFUSED,
                  *person == '\0'
                      ? "this school says who may share: name yourself"
                      : call_format(call, "%.100s may not share outside the school", person),
                  "kith settings shows who may; --person says who shares", "$.person");
    }
    return may;
}

void sharing_share(struct call *call)
{
    static const struct call_field fields[] = {
        {"with", CALL_TEXT, true},
        {"token", CALL_TEXT, false},
        {"edit", CALL_TEXT, false},
        {"person", CALL_TEXT, false},
    };
    struct share *share = arena_alloc(&call->arena, sizeof(*share));

    if (!call_body(call, fields, 4)) return;
    share->who = call_who(call);
    if (!sharing_may(call, share->who.person)) return;
    share->with = call_text(call, "with");
    share->token = call_text(call, "token");
    share->edit = call_text(call, "edit");
    if (share->token == NULL && share->edit == NULL) {
        call_fail_field(call, "edit", "say which edit you saw on the screen (GET …/share)");
        return;
    }
    share->names = hang(call, "names", settings_json(call, "app/names"));
    call->state = share;
    call_read(call, share_job, share_made);
}
