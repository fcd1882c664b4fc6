#include "daemon/core/holdings.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/core/inner.h"

enum {
    HOLDINGS_SAVE_MS = 5 * 1000, /* gathers what a sync acknowledges into one write */
    HOLDINGS_KEY_BYTES = sizeof(struct chain) + sizeof(struct device_pk),
    HOLDINGS_MAX = 100 * 1000, /* rows; about 16 MiB. Past it, news of others is dropped */
};

static const char prefix[] = "node/holding/";

static void key_of(uint8_t key[HOLDINGS_KEY_BYTES], const struct chain *chain,
                   const struct device_pk *holder)
{
    memcpy(key, chain, sizeof(*chain));
    memcpy(key + sizeof(*chain), holder, sizeof(*holder));
}

static struct holdings_row *row_of(struct holdings *holdings, const struct chain *chain,
                                   const struct device_pk *holder)
{
    uint8_t key[HOLDINGS_KEY_BYTES];
    key_of(key, chain, holder);
    uint64_t *at = map_get(&holdings->by_key, key);
    if (at != NULL) return &holdings->rows[*at];
    if (holdings->n >= HOLDINGS_MAX) return NULL;
    MEM_RESERVE(holdings->rows, holdings->n, holdings->cap);
    map_put(&holdings->by_key, key, holdings->n);
    struct holdings_row *row = &holdings->rows[holdings->n++];
    *row = (struct holdings_row){.chain = *chain, .holder = *holder};
    return row;
}

/* Key: prefix, tag, holder. Value: seq, through, wall. */
static void on_setting(void *arg, struct slice key, struct slice value)
{
    struct node *node = arg;
    struct space_tag tag;
    struct device_pk holder, through;
    struct cursor at = cursor_of(slice_of(key.p + strlen(prefix), key.n - strlen(prefix)));
    cursor_copy(&at, &tag, sizeof(tag));
    cursor_copy(&at, &holder, sizeof(holder));
    struct cursor in = cursor_of(value);
    uint64_t seq = cursor_u64(&in);
    cursor_copy(&in, &through, sizeof(through));
    int64_t wall_s = (int64_t)cursor_u64(&in);
    if (!cursor_done(&at) || !cursor_done(&in)) {
        node->damaged++;
        return;
    }
    struct chain chain = node_own_chain(node, &tag);
    struct holdings_row *row = row_of(&node->holdings, &chain, &holder);
    if (row == NULL) return;
    row->seq = seq;
    row->through = through;
    row->wall_s = wall_s;
}

void holdings_load(struct node *node)
{
    struct holdings *holdings = &node->holdings;
    *holdings = (struct holdings){.loaded = true, .save_ms = UINT64_MAX};
    map_init(&holdings->by_key, HOLDINGS_KEY_BYTES, node->options.seed);
    node->reader->each_setting(node->reader->ctx, prefix, on_setting, node);
}

void holdings_fini(struct holdings *holdings)
{
    free(holdings->rows);
    if (holdings->loaded) map_fini(&holdings->by_key);
    *holdings = (struct holdings){0};
}

void holdings_on_held(struct node *node, const struct chain *chain,
                      const struct device_pk *holder, uint64_t seq,
                      const struct device_pk *through)
{
    struct holdings *holdings = &node->holdings;
    if (device_pk_eq(holder, &node->options.device_pk) || seq == 0) return;
    if (device_pk_eq(holder, &chain->device)) return;
    /* A peer may say anything: only of what can be is kept. */
    struct fold_device known;
    if (node->fold == NULL || books_find(node, &chain->tag) == NULL ||
        !fold_device(node->fold, &chain->device, &known) ||
        !fold_device(node->fold, holder, &known)) {
        return;
    }
    struct holdings_row *row = row_of(holdings, chain, holder);
    if (row == NULL || seq <= row->seq) return;
    row->seq = seq;
    row->through = *through;
    row->wall_s = node->wall_s;
    if (!device_pk_eq(&chain->device, &node->options.device_pk)) return;
    row->dirty = true;
    if (holdings->save_ms == UINT64_MAX) holdings->save_ms = node->now_ms + HOLDINGS_SAVE_MS;
    out_notice(&node->out, NOTICE_PEERS);
}

void holdings_on_equal(struct node *node, struct session *session, const struct wire_set *set)
{
    if (set->kind == WIRE_SET_BEACONS) return;
    struct book *book = books_find(node, &set->tag);
    size_t at = 0;
    for (const struct entry *entry; (entry = frontier_next(book->frontier, &at)) != NULL;) {
        struct chain chain = {.device = entry->device, .tag = set->tag};
        holdings_on_held(node, &chain, &session->device, entry->head.seq, &session->device);
    }
}

static int by_place(const void *x, const void *y)
{
    const struct wire_hold *a = x, *b = y;
    int order = space_tag_cmp(&a->tag, &b->tag);
    if (order == 0) order = device_pk_cmp(&a->device, &b->device);
    return order != 0 ? order : device_pk_cmp(&a->holder, &b->holder);
}

void holdings_tell(struct node *node, struct session *session)
{
    struct holdings *holdings = &node->holdings;
    struct wire_hold *holds = NULL;
    size_t n = 0;
    for (size_t i = 0; i < holdings->n && n < WIRE_HOLDS_MAX; i++) {
        struct holdings_row *row = &holdings->rows[i];
        if (row->told >= row->seq || !device_pk_eq(&row->chain.device, &session->device))
            continue;
        if (holds == NULL)
            holds = arena_alloc(&node->out.arena, WIRE_HOLDS_MAX * sizeof(*holds));
        holds[n++] = (struct wire_hold){.tag = row->chain.tag,
                                        .device = row->chain.device,
                                        .holder = row->holder,
                                        .seq = row->seq};
        row->told = row->seq;
    }
    if (n == 0) return;
    qsort(holds, n, sizeof(*holds), by_place);
    session_send(node, session,
                 &(struct wire_message){.type = WIRE_HOLDS, .holds = {.holds = holds, .n = n}});
}

static void save(struct node *node)
{
    for (size_t i = 0; i < node->holdings.n; i++) {
        struct holdings_row *row = &node->holdings.rows[i];
        if (!row->dirty) continue;
        row->dirty = false;
        struct buf key = {0}, value = {0};
        buf_put_str(&key, prefix);
        buf_put(&key, &row->chain.tag, sizeof(row->chain.tag));
        buf_put(&key, &row->holder, sizeof(row->holder));
        buf_put_u64(&value, row->seq);
        buf_put(&value, &row->through, sizeof(row->through));
        buf_put_u64(&value, (uint64_t)row->wall_s);
        ledger_write(node, &(struct write){.kind = WRITE_SETTING,
                                           .key = buf_slice(&key),
                                           .payload = buf_slice(&value)});
        buf_fini(&key);
        buf_fini(&value);
    }
}

uint64_t holdings_tick(struct node *node)
{
    if (!node->holdings.loaded) return UINT64_MAX;
    for (size_t i = 0; i < node->sessions.n; i++) {
        if (node->sessions.all[i]->state == SESSION_OPEN) {
            holdings_tell(node, node->sessions.all[i]);
        }
    }
    if (node->now_ms >= node->holdings.save_ms) {
        node->holdings.save_ms = UINT64_MAX;
        save(node);
    }
    return node->holdings.save_ms;
}
