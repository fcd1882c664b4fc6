/* Data on its way in and out: sync, bundles, export, import. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/api/names.h"
#include "daemon/api/routes.h"
#include "daemon/api/state.h"
#include "proto/base/text.h"

/* ------------------------------------------------------------------------------------ sync */

struct peers {
    json_int_t peers, connected, equal;
};

static void on_peer(void *arg, const struct node_peer *peer)
{
    struct peers *peers = arg;

    peers->peers++;
    peers->connected += peer->connected;
    peers->equal += peer->connected && peer->equal;
}

static void synced(struct call *call, const struct reply *reply)
{
    struct peers peers = {0};
    json_t *json = call_done_json(call);

    (void)reply;
    node_each_peer(call->network->node, on_peer, &peers);
    names_set(json, "peers", json_integer(peers.peers));
    names_set(json, "connected", json_integer(peers.connected));
    names_set(json, "equal", json_integer(peers.equal));
    call_reply(call, 200, json);
}

void moving_sync(struct call *call)
{
    static const struct call_field fields[] = {{"wait", CALL_BOOL, false}};

    if (!call_body(call, fields, 1)) return;
    call->command.sync.wait = call_bool(call, "wait");
    call_submit(call, COMMAND_SYNC, synced);
}

/* --------------------------------------------------------------------------------- bundles */

static void bundle_written(struct call *call, const struct reply *reply)
{
    char count[21];
    struct http_header_pair header = {"Kith-Envelopes", text_decimal(count, reply->count)};

    call_finish(call, 200, NULL);
    if (call->http == NULL) return;
    http_respond(call->http, 200, "application/octet-stream", reply->bytes, &header, 1);
}

void moving_bundle_write(struct call *call)
{
    static const struct call_field fields[] = {
        {"all", CALL_BOOL, false},
        {"to", CALL_TEXT, false},
    };
    struct command_bundle_write *write = &call->command.bundle_write;

    if (!call_body(call, fields, 2)) return;
    write->all = call_bool(call, "all");
    if (call_text(call, "to") != NULL &&
        !names_find_device(call, call_text(call, "to"), &write->to)) {
        return;
    }
    call_submit(call, COMMAND_BUNDLE_WRITE, bundle_written);
}

static void bundle_taken(struct call *call, const struct reply *reply)
{
    json_t *json = call_done_json(call);

    names_set(json, "taken", json_integer((json_int_t)reply->count));
    names_set(json, "reason", reply->reason == NULL ? json_null() : json_string(reply->reason));
    call_reply(call, 200, json);
}

void moving_bundle_read(struct call *call)
{
    http_take_body(call->http, &call->out);
    if (call->out.len == 0) {
        call_fail(call, ERR_INVALID, "the file is empty", "kith bundle read FILE", NULL);
        return;
    }
    call->command.bundle_read.bytes = buf_slice(&call->out);
    call_submit(call, COMMAND_BUNDLE_READ, bundle_taken);
}

/* ---------------------------------------------------------------------------------- export */

enum { EXPORT_BATCH = 100 };

/*
 * A stream: a batch of lines a job; the next job starts when the client has taken the last. The
 * call counts as answered from its first byte, so its callbacks are its own.
 */
struct export
{
    bool mine, started, ended;
    uint64_t after, next, lines;
};

static enum err export_job(void *arg, struct view_reader *reader)
{
    struct call *call = arg;
    struct export *export = call->state;

    return query_export(reader, export->mine, export->after, EXPORT_BATCH, &export->next,
                        &call->out);
}

static void export_end(struct call *call)
{
    struct export *export = call->state;
    char line[80];

    snprintf(line, sizeof(line), "{\"end\":true,\"revisions\":%llu}\n",
             (unsigned long long)export->lines);
    http_stream_send(call->http, slice_of(line, strlen(line)));
    http_stream_end(call->http, false);
    export->ended = true;
}

static void on_export(void *arg, enum err err)
{
    struct call *call = arg;
    struct export *export = call->state;

    call->owed--;
    if (call->http == NULL) {
        call_gone(call);
        return;
    }
    if (err != ERR_OK) {
        http_stream_end(call->http, true); /* no end line: the file says that it was cut */
        export->ended = true;
        return;
    }
    for (size_t i = 0; i < call->out.len; i++)
        export->lines += call->out.data[i] == '\n';
    http_stream_send(call->http, buf_slice(&call->out));
    call->out.len = 0;
    export->after = export->next;
    if (export->next == 0) export_end(call);
}

static void export_next(struct call *call)
{
    struct export *export = call->state;

    if (export->ended || call->owed > 0 || call->api->stopping) return;
    call->owed++;
    call->host->view(call->host->ctx, call->network, export_job, on_export, call);
}

static void export_start(struct call *call)
{
    json_t *head;
    struct node_status status;
    char *text;

    if (call->http == NULL) {
        call->answered = true;
        return;
    }
    node_get_status(call->network->node, &status);
    head = json_pack("{s:s, s:i}", "kith", "export", "version", 1);
    names_set(head, "network", names_hex(status.network.b, sizeof(status.network.b)));
    names_set(head, "school", names_school(call, &call->network->school));
    names_set(head, "at", names_time(call->wall_s));
    text = json_dumps(head, JSON_COMPACT);
    call_finish(call, 200, NULL);
    call->then = export_next;
    http_stream_begin(call->http, 200, "application/x-ndjson", false);
    http_stream_send(call->http, slice_of(text, strlen(text)));
    http_stream_send(call->http, slice_of("\n", 1));
    free(text);
    json_decref(head);
}

void moving_export(struct call *call)
{
    struct export *export = arena_alloc(&call->arena, sizeof(*export));
    uint64_t after;

    if (!call_query_number(call, "after", call_seen(call), UINT64_MAX - 1, &after)) return;
    export->mine = call_query_flag(call, "mine");
    call->state = export;
    call_wait(call, after, export_start);
}

/* ---------------------------------------------------------------------------------- import */

enum { IMPORT_BATCH = 64, IMPORT_LINE_BYTES = 64 * 1024, IMPORT_REFUSED_MAX = 100 };

/* A line of another school's record, kept until all of them are known. */
struct foreign {
    struct query_key key;
    size_t line;
    const char *text; /* in the arena */
};

struct import {
    struct compose_who who;
    bool adopt;
    size_t at, line; /* where the next line begins in call->out, and its number */
    struct foreign *foreign;
    size_t foreign_n, foreign_cap, adopted; /* how many of them were looked at */
    struct compose made[IMPORT_BATCH];
    size_t made_n;
    uint64_t written, skipped, refused_n;
    json_t *refused; /* hung under the body */
};

static void refuse(struct import *import, enum err err, const struct compose *made,
                   const char *message)
{
    json_t *problems =
        made == NULL || made->problems == NULL ? NULL : json_loads(made->problems, 0, NULL);
    const char *text = json_string_value(json_object_get(json_array_get(problems, 0), "text"));

    import->refused_n++;
    if (json_array_size(import->refused) < IMPORT_REFUSED_MAX) {
        json_array_append_new(import->refused,
                              json_pack("{s:I, s:s, s:s}", "line", (json_int_t)import->line,
                                        "code", err_name(err), "message",
                                        message != NULL ? message
                                        : text != NULL  ? text
                                                        : err_text(err)));
    }
    json_decref(problems);
}

/* The head and end lines of an export say nothing to write. */
static bool is_frame(const char *line)
{
    json_t *json = json_loads(line, 0, NULL);
    bool frame = json_object_get(json, "kith") != NULL || json_object_get(json, "end") != NULL;

    json_decref(json);
    return frame;
}

/* What the composing of a line, or of a record, came to. */
static void import_made(struct import *import, enum err err)
{
    struct compose *made = &import->made[import->made_n];

    if (err == ERR_OK && made->revisions_n > 0) {
        import->made_n++;
        return;
    }
    if (err == ERR_OK || err == ERR_EXISTS) {
        import->skipped++;
    } else {
        refuse(import, err, made, NULL);
    }
    compose_fini(made);
    memset(made, 0, sizeof(*made));
}

static void import_line(struct call *call, struct view_reader *reader, const uint8_t *p,
                        size_t n)
{
    struct import *import = call->state;
    struct query_key key;
    char *line;

    if (n > 0 && p[n - 1] == '\r') n--;
    if (n == 0) return;
    if (n > IMPORT_LINE_BYTES) {
        refuse(import, ERR_TOO_BIG, NULL, "a line has at most 64 KiB");
        return;
    }
    line = mem_zalloc(n + 1);
    memcpy(line, p, n);
    if (strlen(line) != n) {
        refuse(import, ERR_MALFORMED, NULL, "the line is not JSON");
    } else if (import->adopt && compose_is_foreign(reader, line, &key)) {
        MEM_RESERVE(import->foreign, import->foreign_n, import->foreign_cap);
        import->foreign[import->foreign_n++] = (struct foreign){
            .key = key, .line = import->line, .text = arena_strdup(&call->arena, line)};
    } else if (!is_frame(line)) {
        import_made(import,
                    compose_import(reader, &import->who, line, &import->made[import->made_n]));
    }
    free(line);
}

static int by_key(const void *a, const void *b)
{
    const struct foreign *one = a, *other = b;
    int order = memcmp(&one->key, &other->key, sizeof(one->key));

    return order != 0 ? order : one->line < other->line ? -1 : one->line > other->line;
}

/* The lines of one record, together: a record is in several spaces, and was edited since. */
static void adopt_one(struct call *call, struct view_reader *reader)
{
    struct import *import = call->state;
    size_t first = import->adopted, n = 0;
    const char **lines = mem_zalloc((import->foreign_n - first) * sizeof(*lines));

    while (first + n < import->foreign_n &&
           memcmp(&import->foreign[first + n].key, &import->foreign[first].key,
                  sizeof(struct query_key)) == 0) {
        lines[n] = import->foreign[first + n].text;
        n++;
    }
    import->line = import->foreign[first].line;
    import->adopted += n;
    import_made(import,
                compose_adopt(reader, &import->who, lines, n, &import->made[import->made_n]));
    free(lines);
}

static enum err import_job(struct call *call, struct view_reader *reader)
{
    struct import *import = call->state;
    const struct buf *body = &call->out;

    while (import->at < body->len && import->made_n < IMPORT_BATCH) {
        const uint8_t *p = body->data + import->at;
        const uint8_t *end = memchr(p, '\n', body->len - import->at);
        size_t n = end == NULL ? body->len - import->at : (size_t)(end - p);

        import->line++;
        import_line(call, reader, p, n);
        import->at += n + (end != NULL);
        if (import->at >= body->len && import->foreign_n > 0)
            qsort(import->foreign, import->foreign_n, sizeof(*import->foreign), by_key);
    }
    while (import->at >= body->len && import->adopted < import->foreign_n &&
           import->made_n < IMPORT_BATCH)
        adopt_one(call, reader);
    return ERR_OK;
}

static void import_next(struct call *call);

static void import_fini(struct import *import)
{
    for (size_t i = 0; i < import->made_n; i++) {
        compose_fini(&import->made[i]);
        memset(&import->made[i], 0, sizeof(import->made[i]));
    }
    import->made_n = 0;
}

static void import_free(struct import *import)
{
    import_fini(import);
    free(import->foreign);
    import->foreign = NULL;
    import->foreign_n = import->adopted = 0;
}

static void import_done(struct call *call)
{
    struct import *import = call->state;
    json_t *json = call_done_json(call);

    names_set(json, "written", json_integer((json_int_t)import->written));
    names_set(json, "skipped", json_integer((json_int_t)import->skipped));
    names_set(json, "refused_n", json_integer((json_int_t)import->refused_n));
    json_object_set(json, "refused", import->refused);
    import_free(import);
    call_reply(call, 200, json);
}

static void on_import_reply(void *arg, const struct reply *reply)
{
    struct call *call = arg;
    struct import *import = call->state;

    call->owed--;
    import_fini(import);
    if (call->answered) {
        import_free(import);
        if (call->http == NULL) call_gone(call);
        return;
    }
    if (reply->err != ERR_OK) {
        import_free(import);
        call_fail(call, reply->err,
                  call_format(call, "%s (what stands before line %zu was written)",
                              reply->reason == NULL ? err_text(reply->err) : reply->reason,
                              import->line),
                  NULL, NULL);
        if (call->http == NULL) call_gone(call);
        return;
    }
    import->written += reply->count;
    call_written(call, reply->lseq);
    /* The next lines may be children of these: they are composed on top of them. */
    call_wait(call, call->lseq, import_next);
}

static void import_composed(struct call *call)
{
    struct import *import = call->state;
    struct command_revision *revisions;
    size_t n = 0;

    if (import->made_n == 0) {
        import_done(call);
        return;
    }
    for (size_t i = 0; i < import->made_n; i++)
        n += import->made[i].revisions_n;
    revisions = arena_alloc(&call->arena, n * sizeof(*revisions));
    n = 0;
    for (size_t i = 0; i < import->made_n; i++) {
        for (size_t j = 0; j < import->made[i].revisions_n; j++, n++) {
            const struct compose_revision *from = &import->made[i].revisions[j];

            revisions[n].audience.class = (enum audience_class)from->class;
            revisions[n].audience.group = from->group;
            revisions[n].body = from->body;
        }
    }
    call->command.kind = COMMAND_WRITE;
    call->command.write.revisions = revisions;
    call->command.write.n = n;
    call->owed++;
    call->host->submit(call->host->ctx, call->network, &call->command, on_import_reply, call);
}

static void import_next(struct call *call)
{
    struct import *import = call->state;

    if (import->at >= call->out.len && import->adopted == import->foreign_n) {
        import_done(call);
        return;
    }
    call_view(call, import_job, import_composed);
}

void moving_import(struct call *call)
{
    struct import *import = arena_alloc(&call->arena, sizeof(*import));

    http_take_body(call->http, &call->out);
    call->body = json_object();
    import->who = call_who(call);
    import->adopt = call_query_flag(call, "adopt");
    import->refused = json_array();
    json_object_set_new(call->body, "refused", import->refused);
    call->state = import;
    call_wait(call, call_seen(call), import_next);
}
