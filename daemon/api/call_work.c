#include "daemon/api/call.h"

#include <string.h>

#include "daemon/api/routes.h"
#include "daemon/api/state.h"
#include "daemon/core/node.h"
#include "proto/base/check.h"
#include "proto/base/text.h"
#include "proto/record/ijson.h"

/* A callback came. False: nobody waits for it any more, and the call may be gone. */
static bool call_came(struct call *call)
{
    CHECK(call->owed > 0);
    call->owed--;
    /* The client left, but a command may be one step of several: go on to the end. */
    if (!call->answered) return true;
    if (call->http == NULL) call_gone(call);
    return false;
}

/* After a continuation: the call may have ended while its client was gone. */
static void call_rest(struct call *call)
{
    if (call->http == NULL && call->answered && call->owed == 0) call_gone(call);
}

/* -------------------------------------------------------------------------------- commands */

void call_written(struct call *call, uint64_t lseq)
{
    uint64_t *at = api_written_at(call->api, call->network);

    if (lseq > call->lseq) call->lseq = lseq;
    if (at != NULL && lseq > *at) *at = lseq;
}

/* What to do when the node says no: the handler knows best, but not that all is over here. */
static const char *refused_hint(const struct call *call, enum err err)
{
    struct node_status status;

    if (err_blame(err) != BLAME_CALLER && err != ERR_RIGHTS) return NULL;
    node_get_status(call->network->node, &status);
    if (err == ERR_REFUSED && status.state == NODE_ENDED) return CALL_HINT_ENDED;
    return call->refused;
}

static void on_reply(void *arg, const struct reply *reply)
{
    struct call *call = arg;

    if (!call_came(call)) return;
    if (reply->err != ERR_OK) {
        call_fail(call, reply->err, reply->reason, refused_hint(call, reply->err), NULL);
    } else {
        call_written(call, reply->lseq);
        call->then_reply(call, reply);
    }
    call_rest(call);
}

void call_submit(struct call *call, enum command_kind kind, call_reply_fn then)
{
    call->command.kind = kind;
    call->then_reply = then;
    call->owed++;
    call->host->submit(call->host->ctx, call->network, &call->command, on_reply, call);
}

/* -------------------------------------------------------------------------------- the view */

/* The sentence of the first problem, and its place. */
static void fail_view(struct call *call, enum err err)
{
    json_t *problems =
        call->compose.problems == NULL ? NULL : json_loads(call->compose.problems, 0, NULL);
    const json_t *first = json_array_get(problems, 0);
    json_t *out = call->out.len == 0
                      ? NULL
                      : json_loadb((const char *)call->out.data, call->out.len, 0, NULL);
    const char *message = json_string_value(json_object_get(first, "text"));
    const char *section = json_string_value(json_object_get(first, "section"));
    const char *field = json_string_value(json_object_get(first, "field"));
    const char *path = NULL;

    if (message == NULL) message = json_string_value(json_object_get(out, "error"));
    if (section != NULL && *section != '\0') {
        path =
            call_format(call, "$.sections.%s%s%s", section,
                        field == NULL || *field == '\0' ? "" : ".", field == NULL ? "" : field);
    }
    if (message == NULL && err == ERR_NOT_FOUND && call->segments[0] != NULL) {
        message = call_format(call, "there is nothing here that begins with %.80s",
                              call->segments[0]);
    }
    call_fail(call, err, message, NULL, path);
    json_decref(problems);
    json_decref(out);
}

static void on_view(void *arg, enum err err)
{
    struct call *call = arg;

    if (!call_came(call)) return;
    if (err != ERR_OK) {
        fail_view(call, err);
    } else {
        call->then(call);
    }
    call_rest(call);
}

static enum err on_view_thread(void *arg, struct view_reader *reader)
{
    struct call *call = arg;

    view_reader_set_archive(reader, call->archive);
    return call->job(call, reader);
}

/* Of the school's settings; read on the loop, for the job is on another thread. */
static void set_archive(struct call *call)
{
    struct buf day = {0};

    call->archive[0] = '\0';
    if (call->host->setting_get(call->host->ctx, call->network, "app/archive", &day) == ERR_OK &&
        day.len == sizeof(call->archive) - 1) {
        memcpy(call->archive, day.data, day.len);
        call->archive[day.len] = '\0';
    }
    buf_fini(&day);
}

void call_view(struct call *call, call_job_fn job, call_fn then)
{
    set_archive(call);
    call->job = job;
    call->then = then;
    call->owed++;
    call->host->view(call->host->ctx, call->network, on_view_thread, on_view, call);
}

/* -------------------------------------------------------------------- read your own writes */

static void waits_close_if_idle(struct api *api)
{
    for (struct call *c = api->calls; c != NULL; c = c->next) {
        if (c->waiting) return;
    }
    uv_timer_stop(&api->waits);
}

static void on_waits(uv_timer_t *timer)
{
    call_waits_step(timer->data);
}

void call_waits_step(struct api *api)
{
    uint64_t now = uv_now(api->host->loop);
    bool again = true;

    /* A continuation may end calls: begin anew after each. */
    while (again) {
        again = false;
        for (struct call *c = api->calls; c != NULL; c = c->next) {
            bool there;

            if (!c->waiting) continue;
            there = api->host->view_applied(api->host->ctx, c->network) >= c->wait_lseq;
            if (!there && now < c->wait_until_ms && !api->stopping) continue;
            c->waiting = false;
            c->behind = !there;
            if (c->answered) {
                if (c->http == NULL) call_gone(c);
            } else {
                c->then(c);
                call_rest(c);
            }
            again = true;
            break;
        }
    }
    waits_close_if_idle(api);
}

void call_wait(struct call *call, uint64_t lseq, call_fn then)
{
    uint64_t applied = call->host->view_applied(call->host->ctx, call->network);

    call->then = then;
    /* Of a projection that is being made anew nobody waits for the end: it answers what it has. */
    if (applied >= lseq || lseq - applied > API_WAIT_ENTRIES) {
        call->behind = applied < lseq;
        then(call);
        return;
    }
    call->waiting = true;
    call->wait_lseq = lseq;
    call->wait_until_ms = uv_now(call->host->loop) + API_WAIT_MS;
    if (!uv_is_active((uv_handle_t *)&call->api->waits)) {
        call->api->waits.data = call->api;
        uv_timer_start(&call->api->waits, on_waits, 250, 250);
    }
}

static void read_ready(struct call *call)
{
    call_view(call, call->read_job, call->read_then);
}

uint64_t call_seen(const struct call *call)
{
    const uint64_t *written = api_written_at(call->api, call->network);

    return written == NULL ? 0 : *written;
}

void call_read(struct call *call, call_job_fn job, call_fn then)
{
    uint64_t lseq;

    if (!call_query_number(call, "after", call_seen(call), UINT64_MAX - 1, &lseq)) {
        return;
    }
    call->read_job = job;
    call->read_then = then;
    call_wait(call, lseq, read_ready);
}

/* -------------------------------------------------------------------------- keys, settings */

static void on_root(void *arg, enum err err, const char *reason, const struct api_root *root,
                    const char *words)
{
    struct call *call = arg;

    (void)words;
    if (!call_came(call)) return;
    if (err != ERR_OK) {
        call_fail(call, err, reason, NULL, err == ERR_PHRASE ? "$.phrase" : NULL);
    } else {
        call->root = *root;
        call->then(call);
    }
    call_rest(call);
}

void call_root(struct call *call, call_fn then)
{
    call->then = then;
    call->owed++;
    call->host->root(call->host->ctx, call->network, call_text(call, "phrase"), on_root, call);
}

static void on_put(void *arg, enum err err)
{
    struct call *call = arg;

    if (!call_came(call)) return;
    if (err != ERR_OK) {
        call_fail(call, err, NULL, NULL, NULL);
    } else {
        call->then(call);
    }
    call_rest(call);
}

void call_put(struct call *call, const char *key, struct slice value, call_fn then)
{
    call->then = then;
    call->owed++;
    call->host->setting_put(call->host->ctx, call->network, key, value, on_put, call);
}

/* ------------------------------------------------------------------------- writing records */

static void write_done(struct call *call)
{
    const char *draft = call->done_draft;

    call->done_draft = NULL;
    if (draft != NULL) {
        call_put(call, draft, slice_of(NULL, 0), call->then);
    } else {
        call->then(call);
    }
}

static void write_written(struct call *call, const struct reply *reply)
{
    (void)reply;
    write_done(call);
}

void call_write(struct call *call, call_fn then)
{
    struct command_revision *revisions;

    call->then = then;
    if (call->compose.revisions_n == 0) { /* nothing changed */
        write_done(call);
        return;
    }
    revisions = arena_alloc(&call->arena, call->compose.revisions_n * sizeof(*revisions) + 1);
    for (size_t i = 0; i < call->compose.revisions_n; i++) {
        const struct compose_revision *from = &call->compose.revisions[i];

        revisions[i].audience.class = (enum audience_class)from->class;
        revisions[i].audience.group = from->group;
        revisions[i].body = from->body;
    }
    call->command.write.revisions = revisions;
    call->command.write.n = call->compose.revisions_n;
    call_submit(call, COMMAND_WRITE, write_written);
}

json_t *call_written_json(const struct call *call)
{
    json_t *json = call_done_json(call);
    json_t *warnings =
        call->compose.warnings == NULL ? NULL : json_loads(call->compose.warnings, 0, NULL);
    char hex[65];

    text_hex(hex, call->compose.key.record.b, sizeof(call->compose.key.record.b));
    json_object_set_new(json, "record", json_string(hex));
    text_hex(hex, call->compose.edit.b, sizeof(call->compose.edit.b));
    json_object_set_new(json, "edit", json_string(hex));
    json_object_set_new(json, "warnings", warnings == NULL ? json_array() : warnings);
    return json;
}

struct compose_who call_who(struct call *call)
{
    const char *person = call_text(call, "person");
    struct buf value = {0};

    if (person == NULL && call->host->setting_get(call->host->ctx, call->network, "app/person",
                                                  &value) == ERR_OK) {
        buf_put_u8(&value, 0);
        person = arena_strdup(&call->arena, (const char *)value.data);
    }
    buf_fini(&value);
    return (struct compose_who){
        .env = call->host->env,
        .person = person == NULL ? "" : person,
        .wall_s = call->wall_s,
    };
}
