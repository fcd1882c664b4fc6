/*
 * Files of artifacts: taken in, given out, forgotten. A file is sealed piece by piece, one
 * command each, so the loop is never held up; the record is written when all pieces are
 * durable. Nobody runs, opens or names anything after what a file says of itself.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/api/names.h"
#include "daemon/api/records.h"
#include "daemon/api/routes.h"
#include "daemon/api/state.h"
#include "daemon/core/filing.h"
#include "proto/base/text.h"

enum {
    /* Of one school's files on one computer, its own or fetched: half of what an old PC's disk
       has to spare. */
    ARTIFACTS_QUOTA_MIB = 512,
};

static const char too_much[] =
    "the files of one school have at most 512 MiB on a computer; forget some first";

/* A file as the section `file` of its record says it, checked. */
struct file {
    uint64_t size;
    uint8_t key[FILING_KEY_BYTES], hash[32];
    struct piece_id *ids; /* in the call's arena */
    size_t n;
};

static bool take_hex(const json_t *file, const char *name, uint8_t *out, size_t n)
{
    const char *text = json_string_value(json_object_get(file, name));

    return text != NULL && text_unhex(out, n, text) == ERR_OK;
}

/* False when the record has no file, or not one that can be. */
static bool take_file(struct call *call, const json_t *json, struct file *out)
{
    const json_t *pieces = json_object_get(json, "pieces");
    json_int_t size = json_integer_value(json_object_get(json, "size"));
    json_int_t part = json_integer_value(json_object_get(json, "piece"));

    out->n = json_array_size(pieces);
    if (size < 0 || part < 0 || !filing_fits((uint64_t)size, (uint64_t)part, out->n) ||
        !take_hex(json, "key", out->key, sizeof(out->key)) ||
        !take_hex(json, "hash", out->hash, sizeof(out->hash))) {
        return false;
    }
    out->size = (uint64_t)size;
    out->ids = arena_alloc(&call->arena, out->n * sizeof(*out->ids));
    for (size_t i = 0; i < out->n; i++) {
        const char *text = json_string_value(json_array_get(pieces, i));
        if (text == NULL || text_unhex(out->ids[i].b, sizeof(out->ids[i].b), text) != ERR_OK)
            return false;
    }
    return true;
}

static size_t held_of(const struct call *call, const struct file *file)
{
    size_t n = 0;

    for (size_t i = 0; i < file->n; i++)
        n += node_piece(call->network->node, &file->ids[i]) > 0;
    return n;
}

static json_t *answer_of(const struct call *call)
{
    return json_loadb((const char *)call->out.data, call->out.len, 0, NULL);
}

/* Bytes of a school's files, from what query_files said: all, or what is held here. */
static uint64_t files_bytes(struct call *call, bool held)
{
    json_t *answer = answer_of(call), *one;
    uint64_t bytes = 0;
    size_t i;

    json_array_foreach(json_object_get(answer, "files"), i, one)
    {
        struct file file;
        if (!take_file(call, one, &file)) continue;
        bytes += held ? (uint64_t)held_of(call, &file) * FILING_PIECE_BYTES : file.size;
    }
    json_decref(answer);
    return bytes;
}

static bool over_quota(uint64_t bytes)
{
    return bytes > (uint64_t)ARTIFACTS_QUOTA_MIB * 1024 * 1024;
}

/* ------------------------------------------------------------------------------- taken in */

struct adding {
    struct buf body; /* the file; the call's out, so that it is freed with it */
    struct file file;
    size_t at;
    uint8_t *piece; /* the one under way */
};

static json_t *hex_of(const uint8_t *bytes, size_t n)
{
    return names_hex(bytes, n);
}

static json_t *file_json(struct call *call, const struct file *file)
{
    json_t *json = json_object(), *pieces = json_array();
    const char *name = call_query(call, "name"), *media = call_query(call, "media");

    for (size_t i = 0; i < file->n; i++)
        json_array_append_new(pieces, hex_of(file->ids[i].b, sizeof(file->ids[i].b)));
    if (name != NULL) names_set(json, "name", json_string(name));
    if (media != NULL) names_set(json, "media", json_string(media));
    names_set(json, "size", json_integer((json_int_t)file->size));
    names_set(json, "hash", hex_of(file->hash, sizeof(file->hash)));
    names_set(json, "key", hex_of(file->key, sizeof(file->key)));
    names_set(json, "piece", json_integer(FILING_PART_BYTES));
    names_set(json, "pieces", pieces);
    return json;
}

static void write_record(struct call *call)
{
    struct adding *adding = call->state;
    const char *title = call_query(call, "title"), *about = call_query(call, "about");
    json_t *head = json_object();
    static const char *const texts[] = {"kind", "note"};

    names_set(head, "title", json_string(title != NULL ? title : call_query(call, "name")));
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const char *text = call_query(call, texts[i]);
        if (text != NULL) names_set(head, texts[i], json_string(text));
    }
    if (about != NULL) names_set(head, "about", json_pack("[s]", about));
    json_t *file = file_json(call, &adding->file);
    if (call_query(call, "person") != NULL) {
        call->body = json_object();
        names_set(call->body, "person", json_string(call_query(call, "person")));
    }
    records_create(call, "artifact", json_pack("{s:o, s:o}", "head", head, "file", file), false,
                   records_created);
}

static void put_next(struct call *call);

static void on_put(struct call *call, const struct reply *reply)
{
    (void)reply;
    put_next(call);
}

static void put_next(struct call *call)
{
    struct adding *adding = call->state;
    struct file *file = &adding->file;
    struct slice body = buf_slice(&call->out);

    if (adding->at == file->n) {
        write_record(call);
        return;
    }
    size_t n = filing_seal(adding->piece, &file->ids[adding->at], body, adding->at, file->key);
    call->command.piece_put.id = file->ids[adding->at];
    call->command.piece_put.bytes = slice_of(adding->piece, n);
    adding->at++;
    call_submit(call, COMMAND_PIECE_PUT, on_put);
}

/* The hash is made here too: this thread may take its time. */
static enum err own_files_job(struct call *call, struct view_reader *reader)
{
    struct adding *adding = call->state;

    filing_hash(adding->file.hash, buf_slice(&adding->body));
    call->out.len = 0;
    return query_files(reader, &call->network->school, &call->out);
}

static void own_files(struct call *call)
{
    struct adding *adding = call->state;
    uint64_t bytes = files_bytes(call, false) + adding->body.len;

    buf_fini(&call->out);
    call->out = adding->body; /* freed with the call from here on */
    adding->body = (struct buf){0};
    if (over_quota(bytes)) {
        call_fail(call, ERR_LIMIT, too_much, "kith unshare or erase what is not used any more",
                  NULL);
        return;
    }
    env_random(call->host->env, adding->file.key, sizeof(adding->file.key));
    put_next(call);
}

/* As records are made: the title is checked with the rest when the record is written, and this
 * before 16 MiB are. */
static bool good_title(struct call *call)
{
    const char *title = call_query(call, "title"), *name = call_query(call, "name");

    if (title == NULL) title = name;
    if (title != NULL && *title != '\0' && strlen(title) <= 200) return true;
    call_fail(call, ERR_INVALID, "a file needs a title, or a name, of at most 200 letters",
              "?title=…", "?title");
    return false;
}

void artifacts_add(struct call *call)
{
    struct adding *adding = arena_alloc(&call->arena, sizeof(*adding));
    struct slice body = http_body(call->http);

    if (!good_title(call)) return;
    if (body.n == 0) {
        call_fail(call, ERR_INVALID, "the file is empty", NULL, NULL);
        return;
    }
    memset(adding, 0, sizeof(*adding));
    adding->file.size = body.n;
    adding->file.n = filing_count(body.n);
    adding->file.ids = arena_alloc(&call->arena, adding->file.n * sizeof(*adding->file.ids));
    adding->piece = arena_alloc(&call->arena, FILING_PIECE_BYTES);
    http_take_body(call->http, &adding->body);
    call->state = adding;
    call_view(call, own_files_job, own_files);
}

/* ------------------------------------------------------------------------------ given out */

struct fetching {
    struct file file;
    size_t at, held;
    bool mine;
};

static enum err record_job(struct call *call, struct view_reader *reader)
{
    enum err err = query_record(reader, call->segments[0], false, call->wall_s, &call->out);

    if (err == ERR_OK) err = query_resolve(reader, call->segments[0], &call->key);
    return err;
}

/* The record that was read has a file that can be: else the call is answered. */
static bool found_file(struct call *call, struct fetching *fetching)
{
    json_t *answer = answer_of(call);
    const json_t *file = json_object_get(json_object_get(answer, "sections"), "file");
    bool some = json_object_size(file) > 0;
    bool good = some && take_file(call, file, &fetching->file);

    call->body = answer;
    call->out.len = 0;
    fetching->mine = school_id_eq(&call->key.owner, &call->network->school);
    if (good) {
        fetching->held = held_of(call, &fetching->file);
        return true;
    }
    call_fail(call, some ? ERR_MALFORMED : ERR_NOT_FOUND,
              some ? "the record tells of a file that cannot be" : "this record has no file",
              "kith list artifact shows those that have one", NULL);
    return false;
}

static void fetch_next(struct call *call);

static void on_piece(struct call *call, const struct reply *reply)
{
    struct fetching *fetching = call->state;
    if (filing_open(&call->out, reply->bytes, fetching->at, fetching->file.key) != ERR_OK) {
        call_fail(call, ERR_DECRYPT, "a piece of the file does not open with the record's key",
                  NULL, NULL);
        return;
    }
    fetching->at++;
    fetch_next(call);
}

static enum err check_job(struct call *call, struct view_reader *reader)
{
    const struct fetching *fetching = call->state;
    uint8_t hash[32];

    (void)reader;
    filing_hash(hash, buf_slice(&call->out));
    return call->out.len == fetching->file.size &&
                   memcmp(hash, fetching->file.hash, sizeof(hash)) == 0
               ? ERR_OK
               : ERR_HASH;
}

static void give_out(struct call *call)
{
    /* Never shown in a page: saved, under a name that the receiver chooses. */
    static const struct http_header_pair headers[] = {
        {"Content-Disposition", "attachment"},
        {"Content-Security-Policy", "default-src 'none'; sandbox"},
    };
    call_finish(call, 200, NULL);
    if (call->http == NULL) return;
    http_respond(call->http, 200, "application/octet-stream", buf_slice(&call->out), headers,
                 2);
}

static void fetch_next(struct call *call)
{
    struct fetching *fetching = call->state;

    if (fetching->at == fetching->file.n) {
        call_view(call, check_job, give_out);
        return;
    }
    size_t held = held_of(call, &fetching->file);
    call->refused = call_format(
        call,
        "%zu of %zu pieces are here and stay; ask again when its school, or one that "
        "opened the file, is connected (kith peers)",
        held, fetching->file.n);
    call->command.piece.id = fetching->file.ids[fetching->at];
    call_submit(call, COMMAND_PIECE_GET, on_piece);
}

static enum err their_files_job(struct call *call, struct view_reader *reader)
{
    call->out.len = 0;
    return query_files(reader, &call->key.owner, &call->out);
}

static void their_files(struct call *call)
{
    const struct fetching *fetching = call->state;
    uint64_t missing = (uint64_t)(fetching->file.n - fetching->held) * FILING_PIECE_BYTES;
    uint64_t bytes = files_bytes(call, true) + missing;

    call->out.len = 0;
    if (over_quota(bytes)) {
        call_fail(call, ERR_LIMIT, too_much, "kith artifact drop ID", NULL);
        return;
    }
    fetch_next(call);
}

static void fetch_found(struct call *call)
{
    struct fetching *fetching = call->state;

    if (!found_file(call, fetching)) return;
    if (fetching->mine || fetching->held == fetching->file.n)
        fetch_next(call);
    else
        call_view(call, their_files_job, their_files);
}

static void state_found(struct call *call)
{
    struct fetching *fetching = call->state;
    const json_t *file;

    if (!found_file(call, fetching)) return;
    file = json_object_get(json_object_get(call->body, "sections"), "file");
    call_reply(call, 200,
               json_pack("{s:O?, s:O?, s:I, s:i, s:i, s:b}", "name",
                         json_object_get(file, "name"), "media", json_object_get(file, "media"),
                         "size", (json_int_t)fetching->file.size, "pieces",
                         (int)fetching->file.n, "held", (int)fetching->held, "mine",
                         fetching->mine));
}

static void drop_found(struct call *call)
{
    struct fetching *fetching = call->state;

    if (!found_file(call, fetching)) return;
    if (fetching->mine) {
        call_fail(call, ERR_REFUSED,
                  "this school's own file is not forgotten while its record stands",
                  "kith unshare takes it back from others", NULL);
        return;
    }
    call->command.piece_drop.ids = fetching->file.ids;
    call->command.piece_drop.n = fetching->file.n;
    call_submit(call, COMMAND_PIECE_DROP, call_reply_done);
}

static void with_record(struct call *call, call_fn then)
{
    struct fetching *fetching = arena_alloc(&call->arena, sizeof(*fetching));

    memset(fetching, 0, sizeof(*fetching));
    call->state = fetching;
    call_read(call, record_job, then);
}

void artifacts_fetch(struct call *call)
{
    with_record(call, fetch_found);
}

void artifacts_state(struct call *call)
{
    with_record(call, state_found);
}

void artifacts_drop(struct call *call)
{
    with_record(call, drop_found);
}

/* ------------------------------------------------------------------------------ forgotten */

/*
 * What no readable revision names any more goes: that is how an erase reaches a file. It is
 * looked for when a statement came (an erase is one), once the projection shows all of the log.
 */
struct sweep {
    struct api *api;
    const struct api_network *network;
    uint64_t lseq;         /* the log's end when it began */
    struct buf named;      /* 32 bytes each, ascending */
    struct piece_id *held; /* ascending, as the store has them */
    size_t held_n, held_cap;
    struct command command;
};

static void sweep_end(struct sweep *sweep)
{
    struct api *api = sweep->api;

    buf_fini(&sweep->named);
    free(sweep->held);
    free(sweep);
    api->sweeping = false;
    api->jobs_owed--;
    api_settle(api);
}

static void note_piece(void *arg, const struct piece_id *id, size_t bytes)
{
    struct sweep *sweep = arg;

    (void)bytes;
    MEM_RESERVE(sweep->held, sweep->held_n, sweep->held_cap);
    sweep->held[sweep->held_n++] = *id;
}

static void on_swept(void *arg, const struct reply *reply)
{
    (void)reply; /* what could not go goes the next time */
    sweep_end(arg);
}

static enum err named_job(void *arg, struct view_reader *reader)
{
    struct sweep *sweep = arg;

    return query_pieces(reader, &sweep->named);
}

static int id_order(const void *x, const void *y)
{
    return memcmp(x, y, sizeof(struct piece_id));
}

/* Of a file that is being put in: its record is still to be written. */
static bool is_under_way(const struct api *api, const struct piece_id *id)
{
    for (const struct call *call = api->calls; call != NULL; call = call->next) {
        const struct adding *adding = call->state;

        if (call->route == NULL || call->route->handler != artifacts_add || adding == NULL)
            continue;
        for (size_t i = 0; i < adding->at; i++) {
            if (piece_id_eq(&adding->file.ids[i], id)) return true;
        }
    }
    return false;
}

static size_t unnamed(struct sweep *sweep)
{
    size_t kept = 0, named_n = sweep->named.len / sizeof(struct piece_id);

    for (size_t i = 0; i < sweep->held_n; i++) {
        const struct piece_id *id = &sweep->held[i];
        bool named = named_n > 0 &&
                     bsearch(id, sweep->named.data, named_n, sizeof(*id), id_order) != NULL;
        if (!named && !is_under_way(sweep->api, id)) sweep->held[kept++] = *id;
    }
    return kept;
}

static void on_named(void *arg, enum err err)
{
    struct sweep *sweep = arg;
    struct api *api = sweep->api;
    struct node_status status;

    node_get_status(sweep->network->node, &status);
    if (err != ERR_OK || status.lseq != sweep->lseq) { /* what came meanwhile may name some */
        uint64_t *swept = api_swept_at(api, sweep->network);
        if (swept != NULL) *swept = 0;
        sweep_end(sweep);
        return;
    }
    size_t n = api->stopping ? 0 : unnamed(sweep);
    if (n == 0) {
        sweep_end(sweep);
        return;
    }
    sweep->command.kind = COMMAND_PIECE_DROP;
    sweep->command.piece_drop.ids = sweep->held;
    sweep->command.piece_drop.n = n;
    api->host->submit(api->host->ctx, sweep->network, &sweep->command, on_swept, sweep);
}

void artifacts_sweep(struct api *api, const struct api_network *network)
{
    const struct fold *fold = node_fold(network->node);
    uint64_t count = fold == NULL ? 0 : fold_count(fold);
    uint64_t *swept = api_swept_at(api, network);
    struct node_status status;

    node_get_status(network->node, &status);
    if (swept == NULL || *swept == count + 1 || api->sweeping || api->stopping) return;
    if (api->host->view_applied(api->host->ctx, network) < status.lseq) return;
    struct sweep *sweep = mem_zalloc(sizeof(*sweep));
    sweep->api = api;
    sweep->network = network;
    sweep->lseq = status.lseq;
    *swept = count + 1;
    node_each_piece(network->node, note_piece, sweep);
    if (sweep->held_n == 0) {
        free(sweep);
        return;
    }
    api->sweeping = true;
    api->jobs_owed++;
    api->host->view(api->host->ctx, network, named_job, on_named, sweep);
}
