/* For who keeps a copy: what changed, and the records of a type as a table. */
#include <stdlib.h>
#include <string.h>

#include "daemon/api/names.h"
#include "daemon/api/routes.h"
#include "daemon/api/state.h"
#include "daemon/sheet/write.h"
#include "daemon/view/query.h"
#include "proto/base/text.h"

/* ------------------------------------------------------------------------- what changed -- */

enum { COPIES_LIMIT = 100, COPIES_LIMIT_MAX = 500 };

struct changes {
    struct query_changes ask;
    struct query_key next;
    bool more;
};

/* "RECORD.OWNER", as the page before gave it. */
static bool take_cursor(struct call *call, const char *text, struct query_key *out)
{
    char hex[2 * sizeof(out->record.b) + 1] = {0};

    if (text == NULL) return true;
    if (strlen(text) > sizeof(hex) && text[sizeof(hex) - 1] == '.') {
        memcpy(hex, text, sizeof(hex) - 1);
        if (text_unhex(out->record.b, sizeof(out->record.b), hex) == ERR_OK &&
            text_unhex(out->owner.b, sizeof(out->owner.b), text + sizeof(hex)) == ERR_OK) {
            return true;
        }
    }
    call_fail(call, ERR_INVALID, "this is no cursor of ours",
              "give the `next` of the page before", "?cursor");
    return false;
}

static void put_cursor(struct buf *out, const struct query_key *key)
{
    char hex[2 * sizeof(key->owner.b) + 1];

    text_hex(hex, key->record.b, sizeof(key->record.b));
    buf_put_str(out, hex);
    buf_put_u8(out, '.');
    text_hex(hex, key->owner.b, sizeof(key->owner.b));
    buf_put_str(out, hex);
}

static enum err changes_job(struct call *call, struct view_reader *reader)
{
    struct changes *changes = call->state;
    enum err err =
        query_changes(reader, &changes->ask, &changes->next, &changes->more, &call->out);

    if (err != ERR_OK) return err;
    call->out.len--; /* the brace */
    buf_put_str(&call->out, ",\"next\":");
    if (changes->more) {
        buf_put_u8(&call->out, '"');
        put_cursor(&call->out, &changes->next);
        buf_put_str(&call->out, "\"}");
    } else {
        buf_put_str(&call->out, "null}");
    }
    return ERR_OK;
}

void copies_changes(struct call *call)
{
    struct changes *changes = arena_alloc(&call->arena, sizeof(*changes));
    uint64_t limit, since;

    if (!call_query_number(call, "limit", COPIES_LIMIT, COPIES_LIMIT_MAX, &limit) ||
        !call_query_number(call, "since", UINT64_MAX, INT64_MAX, &since) ||
        !take_cursor(call, call_query(call, "cursor"), &changes->ask.after)) {
        return;
    }
    changes->ask.all = since == UINT64_MAX;
    changes->ask.since = changes->ask.all ? 0 : since;
    changes->ask.type = call_query(call, "type");
    changes->ask.mine = call_query_flag(call, "mine");
    changes->ask.limit = limit == 0 ? COPIES_LIMIT : (size_t)limit;
    changes->ask.wall_s = call->wall_s;
    call->state = changes;
    call_read(call, changes_job, call_reply_view);
}

/* ---------------------------------------------------------------------- a type as a table --
 */

struct export
{
    struct query_changes ask;
    const struct schema *schema;
    bool more, ended;
};

/* The next rows as CSV, from the next page of records. */
static enum err export_job(void *arg, struct view_reader *reader)
{
    struct call *call = arg;
    struct export *export = call->state;
    struct buf page = {0};
    struct query_key next;
    enum err err = query_changes(reader, &export->ask, &next, &export->more, &page);

    if (err == ERR_OK) {
        json_t *json = json_loadb((const char *)page.data, page.len, 0, NULL);
        const json_t *items = json_object_get(json, "items");

        for (size_t i = 0; i < json_array_size(items); i++)
            write_row(&call->out, export->schema, json_array_get(items, i));
        json_decref(json);
        export->ask.after = next;
    }
    buf_fini(&page);
    return err;
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
    if (err == ERR_OK && call->out.len > 0) {
        http_stream_send(call->http, buf_slice(&call->out));
    }
    call->out.len = 0;
    if (err != ERR_OK || !export->more) {
        http_stream_end(call->http, err != ERR_OK);
        export->ended = true;
    }
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
    struct export *export = call->state;
    struct buf header = {0};

    call->answered = true;
    if (call->http == NULL) return;
    call->then = export_next;
    write_header(&header, export->schema);
    http_stream_begin(call->http, 200, "text/csv", false);
    http_stream_send(call->http, buf_slice(&header));
    buf_fini(&header);
}

void copies_table(struct call *call)
{
    struct export *export = arena_alloc(&call->arena, sizeof(*export));
    uint64_t after;

    if (!call_query_number(call, "after", call_seen(call), UINT64_MAX - 1, &after)) return;
    export->ask.all = true;
    export->ask.type = call->segments[0];
    export->ask.mine = call_query_flag(call, "mine");
    export->ask.limit = COPIES_LIMIT;
    export->ask.wall_s = call->wall_s;
    export->schema = schema_set_find(call->host->schemas, call->segments[0]);
    call->state = export;
    call_wait(call, after, export_start);
}

/* ------------------------------------------------------------------- which tables there are --
 */

static enum err tables_job(struct call *call, struct view_reader *reader)
{
    const bool *mine = call->state;

    return query_types(reader, *mine, &call->out);
}

void copies_tables(struct call *call)
{
    bool *mine = arena_alloc(&call->arena, sizeof(*mine));

    *mine = call_query_flag(call, "mine");
    call->state = mine;
    call_read(call, tables_job, call_reply_view);
}
