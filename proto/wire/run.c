#include "proto/wire/run.h"

#include <stdlib.h>
#include <string.h>

#include "proto/base/check.h"
#include "proto/wire/wire_codec.h"

/* A message up to this size is one channel frame: 65,535 less the tag and the kind byte. */
enum { MESSAGE_BYTES = LIMIT_FRAME_BYTES - 16 - 1 };

_Static_assert(1 + 1 + 1 + 32 + 24 + 32 + 64 + 4 + LIMIT_PAYLOAD_BYTES <= LIMIT_MESSAGE_BYTES,
               "the largest item fits a message");

static struct envelope decoded(const uint8_t header[ENVELOPE_HEADER_BYTES])
{
    struct envelope e;
    enum err err = envelope_decode(&e, slice_of(header, ENVELOPE_HEADER_BYTES));
    CHECK(err == ERR_OK); /* it comes from the own store */
    return e;
}

/* --------------------------------------------------------------------------------- Sending */

static size_t counted_bytes(size_t payload_bytes)
{
    return ENVELOPE_HEADER_BYTES + payload_bytes;
}

/* Whether b stands right behind a, whose id is given. */
static bool follows(const struct envelope *a, const struct envelope_id *a_id,
                    const struct envelope *b)
{
    return device_pk_eq(&a->device, &b->device) && space_tag_eq(&a->tag, &b->tag) &&
           b->seq == a->seq + 1 && envelope_id_eq(&b->prev, a_id);
}

size_t run_fit(const struct run_item *items, size_t n)
{
    size_t bytes = 0, fits = 0;
    struct envelope last = {0};
    for (; fits < n && fits < LIMIT_RUN_ENVELOPES; fits++) {
        struct envelope e = decoded(items[fits].header);
        bytes += counted_bytes(items[fits].payload.n);
        if (bytes > LIMIT_RUN_BYTES) break;
        if (fits > 0 && !follows(&last, &items[fits - 1].id, &e)) break;
        last = e;
    }
    return fits;
}

static size_t run_bytes(const struct run_item *items, size_t n)
{
    size_t bytes = 0;
    for (size_t i = 0; i < n; i++)
        bytes += counted_bytes(items[i].payload.n);
    return bytes;
}

enum err run_packer_init(struct run_packer *packer, const struct run_item *items, size_t n)
{
    if (n < 1 || n > LIMIT_RUN_ENVELOPES || run_bytes(items, n) > LIMIT_RUN_BYTES) {
        return ERR_LIMIT;
    }
    if (run_fit(items, n) < n) return ERR_ORDER;
    *packer = (struct run_packer){
        .items = items, .n = n, .state = RUN_PACKER_RUN, .kind = decoded(items[0].header).kind};
    return ERR_OK;
}

/* What remains of an envelope behind the one whose kind and key_id the packer remembers. */
static struct wire_item shorten(const struct run_packer *packer, const struct run_item *from)
{
    struct envelope e = decoded(from->header);
    struct wire_item item = {.kind = e.kind,
                             .key_id = e.key_id,
                             .payload_hash = e.payload_hash,
                             .payload_len = e.payload_len,
                             .payload = from->payload};
    memcpy(item.nonce, e.nonce, sizeof(item.nonce));
    memcpy(item.commit, e.commit, sizeof(item.commit));
    memcpy(item.signature, e.signature, sizeof(item.signature));
    unsigned flags = 0;
    if (e.kind != packer->kind) flags |= WIRE_ITEM_KIND;
    if (e.kind != ENVELOPE_STATEMENT) flags |= WIRE_ITEM_KEYED;
    if (!key_id_eq(&e.key_id, &packer->key_id)) flags |= WIRE_ITEM_KEY_ID;
    if (network_id_is_zero(&e.network)) flags |= WIRE_ITEM_FOUND;
    if (from->erased) {
        flags |= WIRE_ITEM_ERASED;
        item.payload = (struct slice){0};
    }
    CHECK(from->erased || from->payload.n == e.payload_len);
    item.flags = (uint8_t)flags;
    return item;
}

static void pack_items(struct run_packer *packer, struct buf *message)
{
    size_t before = message->len;
    buf_put_u8(message, WIRE_ITEMS);
    do {
        struct wire_item item = shorten(packer, &packer->items[packer->at]);
        size_t bytes = message->len - before + wire_item_bytes(&item);
        bool is_first = message->len == before + 1;
        if (!is_first && bytes > MESSAGE_BYTES) return;
        wire_put_item(message, &item);
        packer->kind = item.kind;
        packer->key_id = item.key_id;
        packer->at++;
    } while (packer->at < packer->n);
    packer->state = RUN_PACKER_END;
}

bool run_packer_next(struct run_packer *packer, struct buf *message)
{
    switch (packer->state) {
    case RUN_PACKER_RUN: {
        struct envelope e = decoded(packer->items[0].header);
        struct wire_message m = {
            .type = WIRE_RUN,
            .run = {.kind = e.kind,
                    .tag = e.tag,
                    .device = e.device,
                    .seq = e.seq,
                    .prev = e.prev,
                    .count = (uint16_t)packer->n,
                    .bytes = (uint32_t)run_bytes(packer->items, packer->n)}};
        wire_encode(message, &m);
        packer->state = RUN_PACKER_ITEMS;
        return true;
    }
    case RUN_PACKER_ITEMS:
        pack_items(packer, message);
        return true;
    case RUN_PACKER_END: {
        struct wire_message m = {.type = WIRE_RUN_END,
                                 .run_end = {.count = (uint16_t)packer->at}};
        wire_encode(message, &m);
        packer->state = RUN_PACKER_DONE;
        return true;
    }
    case RUN_PACKER_DONE:
        break;
    }
    return false;
}

void run_packer_stop(struct run_packer *packer)
{
    if (packer->state == RUN_PACKER_RUN) packer->state = RUN_PACKER_DONE;
    if (packer->state == RUN_PACKER_ITEMS) packer->state = RUN_PACKER_END;
}

/* ------------------------------------------------------------------------------- Receiving */

void run_unpacker_fini(struct run_unpacker *unpacker)
{
    free(unpacker->items);
    buf_fini(&unpacker->payloads);
    *unpacker = (struct run_unpacker){0};
}

void run_unpacker_begin(struct run_unpacker *unpacker, const struct network_id *network,
                        const struct wire_run *run)
{
    run_unpacker_fini(unpacker);
    *unpacker = (struct run_unpacker){
        .network = *network, .run = *run, .kind = run->kind, .head = run->prev};
}

/* The envelope that an item stands for, behind those that came. MALFORMED for a second way to
 * say the same, or a header that envelope_decode refuses. */
static enum err rebuild(struct envelope *out, const struct run_unpacker *u,
                        const struct wire_item *item)
{
    struct envelope e = {.kind = u->kind,
                         .network = u->network,
                         .device = u->run.device,
                         .tag = u->run.tag,
                         .seq = u->run.seq + u->n,
                         .prev = u->head,
                         .payload_hash = item->payload_hash,
                         .payload_len = item->payload_len};
    if ((item->flags & WIRE_ITEM_KIND) != 0) {
        if (item->kind == u->kind || u->n == 0) return ERR_MALFORMED;
        e.kind = item->kind;
    }
    bool keyed = (item->flags & WIRE_ITEM_KEYED) != 0;
    if (keyed != (e.kind != ENVELOPE_STATEMENT)) return ERR_MALFORMED;
    if (keyed) {
        e.key_id = u->key_id;
        memcpy(e.nonce, item->nonce, sizeof(e.nonce));
        memcpy(e.commit, item->commit, sizeof(e.commit));
    }
    if ((item->flags & WIRE_ITEM_KEY_ID) != 0) {
        if (key_id_eq(&item->key_id, &u->key_id)) return ERR_MALFORMED;
        e.key_id = item->key_id;
    }
    if ((item->flags & WIRE_ITEM_FOUND) != 0) e.network = (struct network_id){0};
    if ((item->flags & WIRE_ITEM_ERASED) == 0) {
        envelope_payload_hash(&e.payload_hash, item->payload);
    }
    memcpy(e.signature, item->signature, sizeof(e.signature));

    uint8_t header[ENVELOPE_HEADER_BYTES];
    envelope_encode(header, &e);
    enum err err = envelope_decode(out, slice_of(header, sizeof(header)));
    return err == ERR_OK ? ERR_OK : ERR_MALFORMED;
}

static enum err unpack(struct run_unpacker *u, const struct wire_item *item)
{
    size_t bytes = u->bytes + counted_bytes(item->payload.n);
    if (u->n >= u->run.count || bytes > u->run.bytes) return ERR_TOO_BIG;
    struct envelope e;
    enum err err = rebuild(&e, u, item);
    if (err != ERR_OK) return err;

    MEM_RESERVE(u->items, u->n, u->cap);
    struct run_item *kept = &u->items[u->n++];
    *kept = (struct run_item){.erased = (item->flags & WIRE_ITEM_ERASED) != 0,
                              .payload = {.n = item->payload.n}};
    envelope_encode(kept->header, &e);
    envelope_id(&kept->id, kept->header);
    buf_put(&u->payloads, item->payload.p, item->payload.n);
    u->head = kept->id;
    u->kind = e.kind;
    u->key_id = e.key_id;
    u->bytes = bytes;
    return ERR_OK;
}

enum err run_unpacker_items(struct run_unpacker *unpacker, const struct wire_items *items)
{
    for (size_t i = 0; i < items->n; i++) {
        enum err err = unpack(unpacker, &items->items[i]);
        if (err != ERR_OK) return err;
    }
    return ERR_OK;
}

/*
 * How many from the start a good signature covers. An envelope that was changed on the way
 * changes the id, and so breaks the signatures, of all behind it; hence halving finds the last
 * good one. In a chain with signatures that were bad from the start it finds some good one or
 * none: what is kept is valid in any case, and the rest is asked for again.
 */
static size_t count_good(const struct run_unpacker *u)
{
    if (u->n == 0 || envelope_verify_signature(u->items[u->n - 1].header)) return u->n;
    size_t good = 0, bad = u->n; /* the bad-th (from 1) has a bad signature */
    while (bad - good > 1) {
        size_t mid = good + (bad - good) / 2;
        if (envelope_verify_signature(u->items[mid - 1].header)) {
            good = mid;
        } else {
            bad = mid;
        }
    }
    return good;
}

enum err run_unpacker_finish(struct run_unpacker *u, enum run_ending ending, uint16_t count)
{
    size_t at = 0;
    for (size_t i = 0; i < u->n; i++) {
        struct slice *payload = &u->items[i].payload;
        if (payload->n > 0) payload->p = u->payloads.data + at;
        at += payload->n;
    }
    u->good = count_good(u);
    if (u->good < u->n) return ERR_SIGNATURE;
    if (ending == RUN_CUT) return ERR_OK;
    bool is_whole = u->n == u->run.count;
    if (count != u->n || (is_whole && u->bytes != u->run.bytes)) return ERR_MALFORMED;
    return ERR_OK;
}

size_t run_unpacker_good(const struct run_unpacker *unpacker)
{
    return unpacker->good;
}

const struct run_item *run_unpacker_item(const struct run_unpacker *unpacker, size_t i)
{
    CHECK(i < unpacker->n);
    return &unpacker->items[i];
}
