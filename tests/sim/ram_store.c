#include "tests/sim/ram_store.h"

#include <stdlib.h>
#include <string.h>

#include "proto/base/limits.h"
#include "proto/envelope/piece.h"
#include "tests/sim/ram_parts.h"

/* -------------------------------------------------------------------------- the places -- */

/* Index of the first that is not below; found tells whether it is equal. */
static size_t head_index(const struct ram_store *store, const struct chain *chain, bool *found)
{
    size_t low = 0, high = store->heads_n;

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (chain_cmp(&store->heads[middle].chain, chain) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *found = low < store->heads_n && chain_eq(&store->heads[low].chain, chain);
    return low;
}

static uint64_t head_seq(const struct ram_store *store, const struct chain *chain)
{
    bool found;
    size_t i = head_index(store, chain, &found);
    return found ? store->heads[i].place.seq : 0;
}

static void head_set(struct ram_store *store, const struct chain *chain, struct place place)
{
    bool found;
    size_t i = head_index(store, chain, &found);

    if (!found) {
        MEM_RESERVE(store->heads, store->heads_n, store->heads_cap);
        memmove(&store->heads[i + 1], &store->heads[i],
                (store->heads_n - i) * sizeof(*store->heads));
        store->heads_n++;
        store->heads[i].chain = *chain;
    }
    store->heads[i].place = place;
}

/* -------------------------------------------------------------------------- the writes -- */

static struct item *item_add(struct ram_store *store, enum log_kind kind, struct slice payload)
{
    MEM_RESERVE(store->items, store->items_n, store->items_cap);
    struct item *item = &store->items[store->items_n++];
    memset(item, 0, sizeof(*item));
    item->kind = kind;
    item->payload = mem_dup(payload.n > 0 ? payload.p : (const uint8_t *)"", payload.n);
    item->payload_n = payload.n;
    return item;
}

static enum err add_envelope(struct ram_store *store, const struct write *write)
{
    struct envelope envelope;
    struct envelope_id id;
    uint8_t key[PLACE_BYTES];

    if (envelope_decode(&envelope, write->header) != ERR_OK ||
        envelope.kind == ENVELOPE_BEACON || (write->erased && write->payload.n > 0) ||
        write->payload.n > LIMIT_PAYLOAD_BYTES)
        return ERR_INVALID;
    envelope_id(&id, write->header.p);
    if (map_get(&store->ids, id.b) != NULL) return ERR_OK;
    struct chain chain = envelope_chain(&envelope);
    if (envelope.seq != head_seq(store, &chain) + 1 && !write->aside) return ERR_ORDER;
    struct item *item = item_add(
        store, space_tag_is_zero(&envelope.tag) ? LOG_STATEMENT : LOG_RECORD, write->payload);
    memcpy(item->header, write->header.p, sizeof(item->header));
    item->id = id;
    item->erased = write->erased;
    item->vouched = write->vouched;
    ram_reads_place(key, &chain, envelope.seq);
    map_put(&store->ids, id.b, store->items_n);
    if (write->aside) return ERR_OK;
    map_put(&store->places, key, store->items_n);
    head_set(store, &chain, (struct place){.seq = envelope.seq, .id = id});
    return ERR_OK;
}

static enum err set_payload(struct ram_store *store, const struct write *write)
{
    uint64_t lseq;
    struct item *item = ram_reads_item(store, &write->chain, write->seq, &lseq);

    if (item == NULL) return ERR_OK;
    free(item->payload);
    item->erased = write->kind == WRITE_ERASE;
    item->payload_n = item->erased ? 0 : write->payload.n;
    item->payload =
        mem_dup(item->payload_n > 0 ? write->payload.p : (const uint8_t *)"", item->payload_n);
    return ERR_OK;
}

static enum err set_beacon(struct ram_store *store, const struct write *write)
{
    struct envelope envelope;
    size_t i = 0;

    if (envelope_decode(&envelope, write->header) != ERR_OK ||
        envelope.kind != ENVELOPE_BEACON || write->payload.n > LIMIT_PAYLOAD_BYTES)
        return ERR_INVALID;
    while (i < store->beacons_n &&
           device_pk_cmp(&store->beacons[i].device, &envelope.device) < 0)
        i++;
    if (i == store->beacons_n || !device_pk_eq(&store->beacons[i].device, &envelope.device)) {
        MEM_RESERVE(store->beacons, store->beacons_n, store->beacons_cap);
        memmove(&store->beacons[i + 1], &store->beacons[i],
                (store->beacons_n++ - i) * sizeof(*store->beacons));
        store->beacons[i] = (struct beacon){.device = envelope.device};
    }
    struct buf *bytes = &store->beacons[i].bytes;
    bytes->len = 0;
    buf_put(bytes, write->header.p, write->header.n);
    buf_put(bytes, write->payload.p, write->payload.n);
    return ERR_OK;
}

static enum err add_local(struct ram_store *store, const struct write *write)
{
    if (write->key.n != ID_BYTES || write->payload.n > LIMIT_BODY_BYTES) return ERR_INVALID;
    if (map_get(&store->ids, write->key.p) != NULL) return ERR_OK;
    struct item *item = item_add(store, LOG_LOCAL, write->payload);
    memcpy(item->id.b, write->key.p, ID_BYTES);
    map_put(&store->ids, write->key.p, store->items_n);
    return ERR_OK;
}

static enum err drop_local(struct ram_store *store, const struct write *write)
{
    if (write->key.n != ID_BYTES) return ERR_INVALID;
    const uint64_t *lseq = map_get(&store->ids, write->key.p);
    if (lseq == NULL) return ERR_OK;
    struct item *item = &store->items[*lseq - 1];
    if (item->kind != LOG_LOCAL) return ERR_INVALID;
    item->gone = true;
    map_delete(&store->ids, write->key.p);
    return ERR_OK;
}

static void pair_drop(struct keyeds *pairs, size_t i)
{
    buf_fini(&pairs->v[i].key);
    buf_fini(&pairs->v[i].value);
    memmove(&pairs->v[i], &pairs->v[i + 1], (--pairs->n - i) * sizeof(*pairs->v));
}

static void pair_put(struct keyeds *pairs, struct slice key, struct slice value)
{
    bool found;
    size_t i = ram_reads_pair(pairs, key, &found);

    if (found) pair_drop(pairs, i);
    MEM_RESERVE(pairs->v, pairs->n, pairs->cap);
    memmove(&pairs->v[i + 1], &pairs->v[i], (pairs->n++ - i) * sizeof(*pairs->v));
    pairs->v[i] = (struct keyed){0};
    buf_put(&pairs->v[i].key, key.p, key.n);
    buf_put(&pairs->v[i].value, value.p, value.n);
}

static void pairs_copy(struct keyeds *to, const struct keyeds *from)
{
    for (size_t i = 0; i < from->n; i++)
        pair_put(to, buf_slice(&from->v[i].key), buf_slice(&from->v[i].value));
}

static void pairs_fini(struct keyeds *pairs)
{
    while (pairs->n > 0)
        pair_drop(pairs, pairs->n - 1);
    free(pairs->v);
}

static enum err set_setting(struct ram_store *store, const struct write *write)
{
    bool found;

    if (write->key.n == 0 || write->key.n > KEY_BYTES_MAX) return ERR_INVALID;
    size_t i = ram_reads_pair(&store->settings, write->key, &found);
    if (write->payload.p != NULL)
        pair_put(&store->settings, write->key, write->payload);
    else if (found)
        pair_drop(&store->settings, i);
    return ERR_OK;
}

static enum err check_piece(const struct write *write)
{
    bool drop = write->kind == WRITE_PIECE_DROP;
    bool good = drop || (write->payload.n > 0 && write->payload.n <= PIECE_BYTES_MAX);
    return write->key.n == sizeof(struct piece_id) && good ? ERR_OK : ERR_INVALID;
}

static enum err set_piece(struct ram_store *store, const struct write *write)
{
    bool found;
    enum err err = check_piece(write);

    if (err != ERR_OK) return err;
    size_t i = ram_reads_pair(&store->pieces, write->key, &found);
    if (write->kind == WRITE_PIECE && !found)
        pair_put(&store->pieces, write->key, write->payload);
    if (write->kind == WRITE_PIECE_DROP && found) pair_drop(&store->pieces, i);
    return ERR_OK;
}

static enum err apply(struct ram_store *store, const struct write *write)
{
    switch (write->kind) {
    case WRITE_ENVELOPE:
        return add_envelope(store, write);
    case WRITE_ERASE:
    case WRITE_PAYLOAD:
        return set_payload(store, write);
    case WRITE_BEACON:
        return set_beacon(store, write);
    case WRITE_LOCAL:
        return add_local(store, write);
    case WRITE_LOCAL_DROP:
        return drop_local(store, write);
    case WRITE_SETTING:
        return set_setting(store, write);
    case WRITE_PIECE:
    case WRITE_PIECE_DROP:
        return set_piece(store, write);
    }
    return ERR_INVALID;
}

/* ------------------------------------------------------------------ dry run of a batch -- */

/*
 * What a batch would come to, before anything of it is kept: a refused batch must leave no
 * trace. `ids` and `heads` hold what the batch itself has added so far.
 */
struct rehearsal {
    const struct ram_store *store;
    struct map ids;   /* -> the kind of write; 0: dropped */
    struct map heads; /* chain -> seq */
};

static bool rehearse_held(const struct rehearsal *r, const uint8_t *id, bool *local)
{
    const uint64_t *own = map_get(&r->ids, id);
    const uint64_t *lseq = map_get(&r->store->ids, id);

    if (own != NULL) {
        *local = *own == WRITE_LOCAL;
        return *own != WRITE_LOCAL_DROP;
    }
    *local = lseq != NULL && r->store->items[*lseq - 1].kind == LOG_LOCAL;
    return lseq != NULL;
}

static enum err rehearse_envelope(struct rehearsal *r, const struct write *write)
{
    struct envelope envelope;
    struct envelope_id id;
    bool local;

    if (envelope_decode(&envelope, write->header) != ERR_OK ||
        envelope.kind == ENVELOPE_BEACON || (write->erased && write->payload.n > 0) ||
        write->payload.n > LIMIT_PAYLOAD_BYTES)
        return ERR_INVALID;
    envelope_id(&id, write->header.p);
    if (rehearse_held(r, id.b, &local)) return ERR_OK;
    struct chain chain = envelope_chain(&envelope);
    const uint64_t *own = map_get(&r->heads, &chain);
    if (write->aside) {
        map_put(&r->ids, id.b, WRITE_ENVELOPE);
        return envelope.kind == ENVELOPE_STATEMENT ? ERR_OK : ERR_INVALID;
    }
    if (envelope.seq != (own != NULL ? *own : head_seq(r->store, &chain)) + 1) return ERR_ORDER;
    map_put(&r->heads, &chain, envelope.seq);
    map_put(&r->ids, id.b, WRITE_ENVELOPE);
    return ERR_OK;
}

static enum err rehearse_write(struct rehearsal *r, const struct write *write)
{
    struct envelope envelope;
    bool local;

    switch (write->kind) {
    case WRITE_ENVELOPE:
        return rehearse_envelope(r, write);
    case WRITE_ERASE:
    case WRITE_PAYLOAD:
        return ERR_OK;
    case WRITE_BEACON:
        return envelope_decode(&envelope, write->header) == ERR_OK &&
                       envelope.kind == ENVELOPE_BEACON &&
                       write->payload.n <= LIMIT_PAYLOAD_BYTES
                   ? ERR_OK
                   : ERR_INVALID;
    case WRITE_LOCAL:
        if (write->key.n != ID_BYTES || write->payload.n > LIMIT_BODY_BYTES) return ERR_INVALID;
        if (!rehearse_held(r, write->key.p, &local))
            map_put(&r->ids, write->key.p, WRITE_LOCAL);
        return ERR_OK;
    case WRITE_LOCAL_DROP:
        if (write->key.n != ID_BYTES) return ERR_INVALID;
        if (rehearse_held(r, write->key.p, &local)) {
            if (!local) return ERR_INVALID;
            map_put(&r->ids, write->key.p, WRITE_LOCAL_DROP);
        }
        return ERR_OK;
    case WRITE_SETTING:
        return write->key.n == 0 || write->key.n > KEY_BYTES_MAX ? ERR_INVALID : ERR_OK;
    case WRITE_PIECE:
    case WRITE_PIECE_DROP:
        return check_piece(write);
    }
    return ERR_INVALID;
}

static enum err rehearse(const struct ram_store *store, const struct waiting *waiting)
{
    struct rehearsal r = {.store = store};
    enum err err = ERR_OK;

    map_init(&r.ids, ID_BYTES, 0);
    map_init(&r.heads, sizeof(struct chain), 0);
    for (size_t i = 0; i < waiting->n && err == ERR_OK; i++)
        err = rehearse_write(&r, &waiting->writes[i]);
    map_fini(&r.heads);
    map_fini(&r.ids);
    return err;
}

/* -------------------------------------------------------------- submit, sync and crash -- */

void ram_store_submit(struct ram_store *store, uint64_t batch, const struct write *writes,
                      size_t n)
{
    MEM_RESERVE(store->waiting, store->waiting_n, store->waiting_cap);
    struct waiting *waiting = &store->waiting[store->waiting_n++];

    *waiting = (struct waiting){.batch = batch, .n = n};
    waiting->writes = arena_dup(&waiting->arena, writes, n * sizeof(*writes));
    for (size_t i = 0; i < n; i++) {
        struct write *write = &waiting->writes[i];
        write->header.p = arena_dup(&waiting->arena, write->header.p, write->header.n);
        if (write->payload.p != NULL)
            write->payload.p = arena_dup(&waiting->arena, write->payload.p, write->payload.n);
        write->key.p = arena_dup(&waiting->arena, write->key.p, write->key.n);
    }
}

size_t ram_store_pending(const struct ram_store *store)
{
    return store->waiting_n;
}

static void doom(struct ram_store *store, enum err err)
{
    for (size_t i = 0; i < store->waiting_n && err != ERR_OK; i++)
        store->waiting[i].doomed = err;
}

static void shift(struct ram_store *store)
{
    arena_fini(&store->waiting[0].arena);
    memmove(&store->waiting[0], &store->waiting[1],
            --store->waiting_n * sizeof(*store->waiting));
}

bool ram_store_sync(struct ram_store *store, struct ram_store_result *out)
{
    if (store->waiting_n == 0) return false;
    const struct waiting *waiting = &store->waiting[0];
    enum err err = waiting->doomed != ERR_OK ? waiting->doomed : rehearse(store, waiting);
    for (size_t i = 0; i < waiting->n && err == ERR_OK; i++)
        err = apply(store, &waiting->writes[i]);
    *out =
        (struct ram_store_result){.batch = waiting->batch, .err = err, .lseq = store->items_n};
    doom(store, err);
    shift(store);
    return true;
}

bool ram_store_fail(struct ram_store *store, enum err err, struct ram_store_result *out)
{
    if (store->waiting_n == 0) return false;
    *out = (struct ram_store_result){
        .batch = store->waiting[0].batch, .err = err, .lseq = store->items_n};
    doom(store, err);
    shift(store);
    return true;
}

void ram_store_crash(struct ram_store *store)
{
    while (store->waiting_n > 0)
        shift(store);
}

enum err ram_store_read(struct ram_store *store, const struct read_request *request,
                        const struct read_entry **entries, size_t *n, bool *more)
{
    return ram_reads_request(store, request, entries, n, more);
}

const struct store_reader *ram_store_get_reader(struct ram_store *store)
{
    return &store->reader;
}

const struct log_reader *ram_store_get_log(struct ram_store *store)
{
    return &store->log;
}

/* -------------------------------------------------------------------------------------- */

struct ram_store *ram_store_new(void)
{
    struct ram_store *store = mem_zalloc(sizeof(*store));

    map_init(&store->ids, ID_BYTES, 0);
    map_init(&store->places, PLACE_BYTES, 0);
    ram_reads_init(store);
    return store;
}

static void map_copy(struct map *to, const struct map *from)
{
    const void *key;
    uint64_t value;
    size_t i = 0;

    while (map_next(from, &i, &key, &value))
        map_put(to, key, value);
}

struct ram_store *ram_store_clone(const struct ram_store *store)
{
    struct ram_store *copy = ram_store_new();

    for (size_t i = 0; i < store->items_n; i++) {
        const struct item *item = &store->items[i];
        struct item *to = item_add(copy, item->kind, slice_of(item->payload, item->payload_n));
        to->gone = item->gone;
        to->erased = item->erased;
        to->id = item->id;
        memcpy(to->header, item->header, sizeof(to->header));
    }
    for (size_t i = 0; i < store->heads_n; i++)
        head_set(copy, &store->heads[i].chain, store->heads[i].place);
    for (size_t i = 0; i < store->beacons_n; i++) {
        MEM_RESERVE(copy->beacons, copy->beacons_n, copy->beacons_cap);
        struct beacon *beacon = &copy->beacons[copy->beacons_n++];
        *beacon = (struct beacon){.device = store->beacons[i].device};
        buf_put(&beacon->bytes, store->beacons[i].bytes.data, store->beacons[i].bytes.len);
    }
    pairs_copy(&copy->settings, &store->settings);
    pairs_copy(&copy->pieces, &store->pieces);
    map_copy(&copy->ids, &store->ids);
    map_copy(&copy->places, &store->places);
    return copy;
}

void ram_store_free(struct ram_store *store)
{
    if (store == NULL) return;
    ram_store_crash(store);
    for (size_t i = 0; i < store->items_n; i++)
        free(store->items[i].payload);
    for (size_t i = 0; i < store->beacons_n; i++)
        buf_fini(&store->beacons[i].bytes);
    pairs_fini(&store->settings);
    pairs_fini(&store->pieces);
    free(store->items);
    free(store->heads);
    free(store->beacons);
    free(store->waiting);
    free(store->entries);
    map_fini(&store->ids);
    map_fini(&store->places);
    free(store);
}
