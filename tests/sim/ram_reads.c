#include <string.h>

#include "proto/base/cursor.h"
#include "tests/sim/ram_parts.h"

void ram_reads_place(uint8_t out[PLACE_BYTES], const struct chain *chain, uint64_t seq)
{
    memcpy(out, chain->device.b, 32);
    memcpy(out + 32, chain->tag.b, 16);
    put_be64(out + 48, seq);
}

struct item *ram_reads_item(const struct ram_store *store, const struct chain *chain,
                            uint64_t seq, uint64_t *lseq)
{
    uint8_t key[PLACE_BYTES];

    ram_reads_place(key, chain, seq);
    const uint64_t *value = map_get(&store->places, key);
    if (value == NULL) return NULL;
    *lseq = *value;
    return &store->items[*value - 1];
}

/* --------------------------------------------------------------------------- the reads -- */

static void each_head(void *ctx, store_head_fn fn, void *arg)
{
    const struct ram_store *store = ctx;
    for (size_t i = 0; i < store->heads_n; i++)
        fn(arg, &store->heads[i].chain, &store->heads[i].place);
}

static void each_statement(void *ctx, store_statement_fn fn, void *arg)
{
    const struct ram_store *store = ctx;
    for (size_t i = 0; i < store->items_n; i++) {
        const struct item *item = &store->items[i];
        if (item->kind == LOG_STATEMENT)
            fn(arg, slice_of(item->header, sizeof(item->header)),
               slice_of(item->payload, item->payload_n), item->vouched);
    }
}

static void each_beacon(void *ctx, store_envelope_fn fn, void *arg)
{
    const struct ram_store *store = ctx;
    for (size_t i = 0; i < store->beacons_n; i++) {
        const struct buf *bytes = &store->beacons[i].bytes;
        fn(arg, slice_of(bytes->data, ENVELOPE_HEADER_BYTES),
           slice_of(bytes->data + ENVELOPE_HEADER_BYTES, bytes->len - ENVELOPE_HEADER_BYTES));
    }
}

static void each_setting(void *ctx, const char *prefix, store_pair_fn fn, void *arg)
{
    const struct ram_store *store = ctx;
    size_t n = strlen(prefix);

    for (size_t i = 0; i < store->settings.n; i++) {
        const struct keyed *setting = &store->settings.v[i];
        if (setting->key.len >= n && memcmp(setting->key.data, prefix, n) == 0)
            fn(arg, buf_slice(&setting->key), buf_slice(&setting->value));
    }
}

/* memcmp order, the shorter first. */
static int slice_cmp(struct slice a, struct slice b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n == 0 ? 0 : memcmp(a.p, b.p, n);

    return order != 0 ? order : (a.n > b.n) - (a.n < b.n);
}

size_t ram_reads_pair(const struct keyeds *pairs, struct slice key, bool *found)
{
    size_t i = 0;

    while (i < pairs->n && slice_cmp(buf_slice(&pairs->v[i].key), key) < 0)
        i++;
    *found = i < pairs->n && slice_cmp(buf_slice(&pairs->v[i].key), key) == 0;
    return i;
}

static const struct buf *piece_bytes(const struct ram_store *store, const struct piece_id *id)
{
    bool found;
    size_t i = ram_reads_pair(&store->pieces, slice_of(id->b, sizeof(id->b)), &found);
    return found ? &store->pieces.v[i].value : NULL;
}

static size_t piece(void *ctx, const struct piece_id *id)
{
    const struct buf *bytes = piece_bytes(ctx, id);
    return bytes == NULL ? 0 : bytes->len;
}

static void each_piece(void *ctx, store_piece_fn fn, void *arg)
{
    const struct ram_store *store = ctx;

    for (size_t i = 0; i < store->pieces.n; i++) {
        struct piece_id id;
        memcpy(id.b, store->pieces.v[i].key.data, sizeof(id.b));
        fn(arg, &id, store->pieces.v[i].value.len);
    }
}

static bool at(void *ctx, const struct chain *chain, uint64_t seq, struct stored *out)
{
    const struct ram_store *store = ctx;
    uint64_t lseq;
    const struct item *item = ram_reads_item(store, chain, seq, &lseq);

    if (item == NULL) return false;
    *out = (struct stored){.lseq = lseq, .id = item->id, .payload_held = !item->erased};
    return true;
}

static bool find(void *ctx, const struct envelope_id *id, struct chain *chain, uint64_t *seq)
{
    const struct ram_store *store = ctx;
    const uint64_t *lseq = map_get(&store->ids, id->b);
    struct envelope envelope;

    if (lseq == NULL || store->items[*lseq - 1].kind == LOG_LOCAL) return false;
    const struct item *item = &store->items[*lseq - 1];
    if (envelope_decode(&envelope, slice_of(item->header, sizeof(item->header))) != ERR_OK)
        return false;
    *chain = envelope_chain(&envelope);
    *seq = envelope.seq;
    return true;
}

static enum err header(void *ctx, const struct chain *chain, uint64_t seq, uint8_t *out)
{
    uint64_t lseq;
    const struct item *item = ram_reads_item(ctx, chain, seq, &lseq);

    if (item == NULL) return ERR_NOT_FOUND;
    memcpy(out, item->header, sizeof(item->header));
    return ERR_OK;
}

/* The next item of a request, from *at (a seq or an lseq) on. NULL at the end. */
static const struct item *next_item(const struct ram_store *store,
                                    const struct read_request *request, uint64_t *next,
                                    uint64_t *lseq)
{
    if (request->kind == READ_RUN)
        return ram_reads_item(store, &request->chain, (*next)++, lseq);
    for (*next = *next == 0 ? 1 : *next; *next <= store->items_n;) {
        const struct item *item = &store->items[*next - 1];
        *lseq = (*next)++;
        if (item->kind == LOG_LOCAL && !item->gone) return item;
    }
    return NULL;
}

enum err ram_reads_request(struct ram_store *store, const struct read_request *request,
                           const struct read_entry **entries, size_t *n, bool *more)
{
    uint64_t next = request->seq, lseq = 0;
    const struct item *item;
    size_t bytes = 0;

    *n = 0;
    *more = false;
    *entries = store->entries;
    if (request->kind == READ_PIECE) {
        const struct buf *piece = piece_bytes(store, &request->piece);
        if (piece == NULL || request->count == 0) return ERR_OK;
        MEM_RESERVE(store->entries, *n, store->entries_cap);
        store->entries[(*n)++] = (struct read_entry){.payload = buf_slice(piece)};
        *entries = store->entries;
        return ERR_OK;
    }
    if (request->kind == READ_RUN && next == 0) next = 1;
    while ((item = next_item(store, request, &next, &lseq)) != NULL) {
        bool local = item->kind == LOG_LOCAL;
        size_t size = item->payload_n + (local ? 0 : sizeof(item->header));
        if (*n >= request->count ||
            (*n > 0 && request->bytes_max > 0 && bytes + size > request->bytes_max)) {
            *more = true;
            break;
        }
        MEM_RESERVE(store->entries, *n, store->entries_cap);
        struct read_entry *entry = &store->entries[(*n)++];
        *entry = (struct read_entry){.payload = slice_of(item->payload, item->payload_n),
                                     .lseq = lseq,
                                     .erased = item->erased,
                                     .vouched = item->vouched};
        if (local)
            memcpy(entry->revision.b, item->id.b, ID_BYTES);
        else
            entry->header = slice_of(item->header, sizeof(item->header));
        bytes += size;
    }
    *entries = store->entries;
    return ERR_OK;
}

/* ----------------------------------------------------------------------------- the log -- */

static bool log_deliver(const struct ram_store *store, uint64_t lseq, log_fn fn, void *arg)
{
    const struct item *item = &store->items[lseq - 1];
    struct log_entry entry = {.kind = item->kind,
                              .lseq = lseq,
                              .payload = slice_of(item->payload, item->payload_n),
                              .erased = item->erased,
                              .vouched = item->vouched};

    if (item->kind == LOG_LOCAL)
        memcpy(entry.revision.b, item->id.b, ID_BYTES);
    else
        entry.header = slice_of(item->header, sizeof(item->header));
    return fn(arg, &entry);
}

static enum err log_read(void *ctx, uint64_t after, size_t max, log_fn fn, void *arg)
{
    const struct ram_store *store = ctx;

    for (uint64_t lseq = after + 1; lseq <= store->items_n && max > 0; lseq++) {
        if (store->items[lseq - 1].gone) continue;
        max--;
        if (!log_deliver(store, lseq, fn, arg)) break;
    }
    return ERR_OK;
}

static enum err log_get(void *ctx, uint64_t lseq, log_fn fn, void *arg)
{
    const struct ram_store *store = ctx;

    if (lseq == 0 || lseq > store->items_n || store->items[lseq - 1].gone) return ERR_NOT_FOUND;
    (void)log_deliver(store, lseq, fn, arg);
    return ERR_OK;
}

static uint64_t log_last(void *ctx)
{
    const struct ram_store *store = ctx;
    return store->items_n;
}

void ram_reads_init(struct ram_store *store)
{
    store->reader = (struct store_reader){.ctx = store,
                                          .each_head = each_head,
                                          .each_statement = each_statement,
                                          .each_beacon = each_beacon,
                                          .each_setting = each_setting,
                                          .at = at,
                                          .find = find,
                                          .header = header,
                                          .piece = piece,
                                          .each_piece = each_piece};
    store->log =
        (struct log_reader){.ctx = store, .read = log_read, .get = log_get, .last = log_last};
}
