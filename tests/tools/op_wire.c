/* The wire: digests of frontiers, single messages, runs. */
#include <stdlib.h>
#include <string.h>

#include "proto/frontier/frontier.h"
#include "proto/wire/run.h"
#include "proto/wire/wire.h"
#include "tests/tools/ops.h"

static enum frontier_kind kind_at(struct ask *ask)
{
    const char *kind = ask_text(ask, ask->request, "kind");
    if (strcmp(kind, "space") == 0) return FRONTIER_SPACE;
    if (strcmp(kind, "statements") == 0) return FRONTIER_STATEMENTS;
    if (strcmp(kind, "beacons") == 0) return FRONTIER_BEACONS;
    ask_fail(ask, "kind", "must be space, statements or beacons");
    return FRONTIER_SPACE;
}

static void put_digests(struct ask *ask, struct frontier *frontier, const uint8_t *hash)
{
    json_t *buckets = json_array();
    for (unsigned b = 0; b < FRONTIER_BUCKETS; b++) {
        size_t n;
        frontier_entries(frontier, (uint8_t)b, &n);
        if (n == 0) continue;
        json_t *row = json_object();
        ask_put_number(row, "bucket", b);
        const struct digest *digest = frontier_bucket_digest(frontier, (uint8_t)b);
        ask_put_hex(row, "digest", digest->b, sizeof(digest->b));
        if (hash != NULL) {
            uint8_t abbreviated[FRONTIER_ABBREV_BUCKET_BYTES];
            frontier_abbrev_bucket(frontier, (uint8_t)b, abbreviated, hash);
            ask_put_hex(row, "abbreviated", abbreviated, sizeof(abbreviated));
        }
        json_array_append_new(buckets, row);
    }
    json_object_set_new(ask->answer, "buckets", buckets);
    const struct digest *digest = frontier_digest(frontier);
    ask_put_hex(ask->answer, "digest", digest->b, sizeof(digest->b));
    if (hash != NULL) {
        uint8_t abbreviated[FRONTIER_ABBREV_BYTES];
        frontier_abbrev_digest(frontier, abbreviated, hash);
        ask_put_hex(ask->answer, "abbreviated", abbreviated, sizeof(abbreviated));
    }
}

void op_wire_digest(struct ask *ask)
{
    struct space_tag tag = {0};
    uint8_t hash[32];
    enum frontier_kind kind = kind_at(ask);
    if (kind == FRONTIER_SPACE) {
        ask_bytes(ask, ask->request, "space_tag", tag.b, sizeof(tag.b));
    }
    bool abbreviate = ask_has(ask->request, "handshake_hash");
    if (abbreviate) ask_bytes(ask, ask->request, "handshake_hash", hash, sizeof(hash));
    const json_t *entries = ask_list(ask, ask->request, "entries", false);
    if (ask->failed) return;
    struct frontier *frontier = mem_zalloc(sizeof(*frontier));
    frontier_init(frontier, kind, &tag);
    for (size_t i = 0; i < json_array_size(entries) && !ask->failed; i++) {
        const json_t *row = json_array_get(entries, i);
        struct entry entry;
        ask_bytes(ask, row, "device_pk", entry.device.b, sizeof(entry.device.b));
        entry.head.seq = ask_number(ask, row, "seq", INT64_MAX);
        ask_bytes(ask, row, "head", entry.head.id.b, sizeof(entry.head.id.b));
        if (entry.head.seq == 0) ask_fail(ask, "seq", "counts from 1");
        if (!ask->failed) frontier_set(frontier, &entry);
    }
    if (!ask->failed) {
        put_digests(ask, frontier, abbreviate ? hash : NULL);
        ask_result(ask, ERR_OK);
    }
    frontier_fini(frontier);
    free(frontier);
}

void op_wire_message(struct ask *ask)
{
    struct slice bytes = ask_hex(ask, ask->request, "message", false);
    if (ask->failed) return;
    struct wire_message message;
    enum err err = wire_decode(&message, &ask->arena, bytes);
    ask_result(ask, err);
    if (err != ERR_OK) return;
    struct buf again = {0};
    ask_put_number(ask->answer, "number", bytes.p[0]);
    json_object_set_new(ask->answer, "name", json_string(wire_type_name(message.type)));
    if (message.type == WIRE_UNKNOWN) return; /* to be skipped */
    wire_encode(&again, &message);
    ask_put_hex(ask->answer, "message", again.data, again.len);
    buf_fini(&again);
}

/* ----------------------------------------------------------------------------------- runs */

static void pack(struct ask *ask, const json_t *envelopes)
{
    size_t n = json_array_size(envelopes);
    struct run_item *items = arena_alloc(&ask->arena, (n + 1) * sizeof(*items));
    for (size_t i = 0; i < n; i++) {
        struct ask_envelope item;
        struct envelope envelope;
        ask_envelope(ask, json_array_get(envelopes, i), &item);
        if (ask->failed) return;
        enum err err = envelope_decode(&envelope, slice_of(item.header, sizeof(item.header)));
        if (err == ERR_OK && item.whole) err = envelope_check_payload(&envelope, item.payload);
        /* A beacon is in no chain, so in no run: sending one is a programmer error in run.c. */
        if (err == ERR_OK && envelope.kind == ENVELOPE_BEACON) err = ERR_ORDER;
        if (err != ERR_OK) {
            ask_result(ask, err);
            return;
        }
        memcpy(items[i].header, item.header, sizeof(item.header));
        items[i].id = item.id;
        items[i].payload = item.payload;
        items[i].erased = !item.whole;
    }
    struct run_packer packer = {0};
    enum err err = n == 0 ? ERR_INVALID : run_packer_init(&packer, items, n);
    ask_result(ask, err);
    if (err != ERR_OK) return;
    json_t *messages = json_array();
    struct buf message = {0};
    while (run_packer_next(&packer, &message)) {
        json_t *row = json_object();
        ask_put_hex(row, "message", message.data, message.len);
        json_array_append(messages, json_object_get(row, "message"));
        json_decref(row);
        message.len = 0;
    }
    buf_fini(&message);
    json_object_set_new(ask->answer, "messages", messages);
}

/* Feeds the messages to a receiver, up to the end or the first that it refuses. */
static enum err feed(struct ask *ask, struct run_unpacker *unpacker, const json_t *messages)
{
    struct network_id network;
    ask_bytes(ask, ask->request, "network_id", network.b, sizeof(network.b));
    bool begun = false;
    for (size_t i = 0; i < json_array_size(messages) && !ask->failed; i++) {
        json_t *row = json_object();
        json_object_set(row, "messages", json_array_get(messages, i));
        struct slice bytes = ask_hex(ask, row, "messages", false);
        json_decref(row);
        struct wire_message message;
        if (ask->failed) break;
        enum err err = wire_decode(&message, &ask->arena, bytes);
        if (err == ERR_OK && message.type == WIRE_RUN && !begun) {
            run_unpacker_begin(unpacker, &network, &message.run);
            begun = true;
        } else if (err == ERR_OK && message.type == WIRE_ITEMS && begun) {
            err = run_unpacker_items(unpacker, &message.items);
        } else if (err == ERR_OK && message.type == WIRE_RUN_END && begun) {
            return run_unpacker_finish(unpacker, RUN_COMPLETE, message.run_end.count);
        } else if (err == ERR_OK) {
            err = ERR_ORDER;
        }
        if (err != ERR_OK) {
            if (begun) {
                enum err cut = run_unpacker_finish(unpacker, RUN_CUT, 0);
                (void)cut; /* the first error is the one to report */
            }
            return err;
        }
    }
    if (ask->failed || !begun) return ERR_INVALID;
    enum err err = run_unpacker_finish(unpacker, RUN_CUT, 0);
    return err == ERR_OK ? ERR_CLOSED : err;
}

static void unpack(struct ask *ask, const json_t *messages)
{
    struct run_unpacker unpacker = {0};
    enum err err = feed(ask, &unpacker, messages);
    ask_result(ask, err);
    json_t *kept = json_array();
    for (size_t i = 0; i < run_unpacker_good(&unpacker); i++) {
        const struct run_item *item = run_unpacker_item(&unpacker, i);
        json_t *row = json_object();
        ask_put_hex(row, "id", item->id.b, sizeof(item->id.b));
        ask_put_hex(row, "header", item->header, sizeof(item->header));
        if (item->erased) {
            json_object_set_new(row, "erased", json_true());
        } else {
            ask_put_hex(row, "payload", item->payload.p, item->payload.n);
        }
        json_array_append_new(kept, row);
    }
    json_object_set_new(ask->answer, "envelopes", kept);
    run_unpacker_fini(&unpacker);
}

/* With "envelopes" it packs, with "messages" it unpacks. */
void op_wire_run(struct ask *ask)
{
    const json_t *envelopes = ask_list(ask, ask->request, "envelopes", true);
    const json_t *messages = ask_list(ask, ask->request, "messages", true);
    if (ask->failed) return;
    if ((envelopes == NULL) == (messages == NULL)) {
        ask_fail(ask, NULL, "give \"envelopes\" to pack or \"messages\" to unpack");
    } else if (envelopes != NULL) {
        pack(ask, envelopes);
    } else {
        unpack(ask, messages);
    }
}
