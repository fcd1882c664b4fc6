#include "daemon/core/ledger.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/core/inner.h"

/* After a failed commit the store is tried again this much later: a disk is cleared by a
 * person. */
enum { LEDGER_RETRY_MS = 5000 };

static struct ledger_head *head_of(struct ledger *ledger, const struct chain *chain)
{
    uint64_t *at = map_get(&ledger->by_chain, chain);
    return at == NULL ? NULL : &ledger->heads[*at];
}

static struct ledger_head *head_add(struct ledger *ledger, const struct chain *chain)
{
    struct ledger_head *head = head_of(ledger, chain);
    if (head != NULL) return head;
    MEM_RESERVE(ledger->heads, ledger->heads_n, ledger->heads_cap);
    map_put(&ledger->by_chain, chain, ledger->heads_n);
    head = &ledger->heads[ledger->heads_n++];
    *head = (struct ledger_head){.chain = *chain};
    return head;
}

static void on_head(void *arg, const struct chain *chain, const struct place *place)
{
    struct ledger_head *head = head_add(arg, chain);
    head->stored = head->pending = *place;
}

void ledger_load(struct node *node)
{
    struct ledger *ledger = &node->ledger;
    *ledger = (struct ledger){.next_batch = 1};
    map_init(&ledger->by_chain, sizeof(struct chain), node->options.seed);
    node->reader->each_head(node->reader->ctx, on_head, ledger);
}

static void batch_fini(struct ledger_batch *batch)
{
    for (size_t i = 0; i < batch->replies_n; i++) {
        free((void *)(uintptr_t)batch->replies[i].reason);
        free((void *)(uintptr_t)batch->replies[i].text);
        free((void *)(uintptr_t)batch->replies[i].bytes.p);
    }
    free(batch->replies);
    free(batch->entries);
    free(batch->credits);
    *batch = (struct ledger_batch){0};
}

void ledger_fini(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->batches_n; i++)
        batch_fini(&ledger->batches[i]);
    free(ledger->batches);
    free(ledger->heads);
    map_fini(&ledger->by_chain);
    *ledger = (struct ledger){0};
}

const struct ledger_head *ledger_head(const struct node *node, const struct chain *chain)
{
    uint64_t *at = map_get(&node->ledger.by_chain, chain);
    return at == NULL ? NULL : &node->ledger.heads[*at];
}

struct place ledger_tip(const struct node *node, const struct chain *chain)
{
    const struct ledger_head *head = ledger_head(node, chain);
    return head == NULL ? (struct place){0} : head->pending;
}

bool ledger_id_at(const struct node *node, const struct chain *chain, uint64_t seq,
                  struct envelope_id *out)
{
    const struct ledger_head *head = ledger_head(node, chain);
    if (head == NULL || seq == 0 || seq > head->pending.seq) return false;
    if (seq == head->pending.seq) {
        *out = head->pending.id;
        return true;
    }
    struct stored stored;
    if (seq <= head->stored.seq) {
        if (!node->reader->at(node->reader->ctx, chain, seq, &stored)) return false;
        *out = stored.id;
        return true;
    }
    for (size_t i = 0; i < node->ledger.batches_n; i++) {
        const struct ledger_batch *batch = &node->ledger.batches[i];
        for (size_t k = 0; k < batch->entries_n; k++) {
            const struct ledger_entry *entry = &batch->entries[k];
            if (entry->place.seq == seq && chain_eq(&entry->chain, chain)) {
                *out = entry->place.id;
                return true;
            }
        }
    }
    return false;
}

enum err ledger_ready(const struct node *node)
{
    if (node->ledger.store != ERR_OK && node->now_ms < node->ledger.retry_ms) {
        return node->ledger.store;
    }
    return node->ledger.batches_n >= LEDGER_BATCHES_MAX ? ERR_BUSY : ERR_OK;
}

static struct ledger_batch *open_batch(struct ledger *ledger)
{
    if (!ledger->open) {
        MEM_RESERVE(ledger->batches, ledger->batches_n, ledger->batches_cap);
        ledger->batches[ledger->batches_n++] =
            (struct ledger_batch){.id = ledger->next_batch++};
        ledger->open = true;
    }
    return &ledger->batches[ledger->batches_n - 1];
}

void ledger_put(struct node *node, const uint8_t *header, const struct envelope_id *id,
                struct slice payload, bool erased, uint64_t conn)
{
    struct envelope envelope;
    enum err err = envelope_decode(&envelope, slice_of(header, ENVELOPE_HEADER_BYTES));
    CHECK(err == ERR_OK);
    struct chain chain = envelope_chain(&envelope);
    struct ledger_head *head = head_add(&node->ledger, &chain);
    CHECK(envelope.seq == head->pending.seq + 1);
    head->pending = (struct place){.seq = envelope.seq, .id = *id};

    struct ledger_batch *batch = open_batch(&node->ledger);
    MEM_RESERVE(batch->entries, batch->entries_n, batch->entries_cap);
    batch->entries[batch->entries_n++] =
        (struct ledger_entry){.chain = chain, .place = head->pending, .conn = conn};
    batch->any = true;
    out_write(&node->out,
              &(struct write){
                  .kind = WRITE_ENVELOPE,
                  .id = arena_dup(&node->out.arena, id, sizeof(*id)),
                  .header = out_copy(&node->out, slice_of(header, ENVELOPE_HEADER_BYTES)),
                  .payload = out_copy(&node->out, payload),
                  .erased = erased,
                  .vouched = space_tag_is_zero(&chain.tag) && fold_vouched(node->fold, id),
                  .chain = chain,
                  .seq = envelope.seq,
              });
}

void ledger_write(struct node *node, const struct write *write)
{
    struct ledger_batch *batch = open_batch(&node->ledger);
    batch->any = true;
    if (write->kind == WRITE_BEACON) batch->beacons = true;
    if (write->kind == WRITE_LOCAL) batch->local = true;
    struct write copy = *write;
    copy.header = out_copy(&node->out, write->header);
    copy.payload = out_copy(&node->out, write->payload);
    copy.key = out_copy(&node->out, write->key);
    out_write(&node->out, &copy);
}

void ledger_set(struct node *node, const char *key, struct slice value)
{
    ledger_write(node, &(struct write){.kind = WRITE_SETTING,
                                       .key = slice_of(key, strlen(key)),
                                       .payload = value});
}

void ledger_reply(struct node *node, const struct reply *reply)
{
    struct ledger_batch *batch = open_batch(&node->ledger);
    struct reply copy = *reply;
    if (copy.reason != NULL) copy.reason = mem_strdup(copy.reason);
    if (copy.text != NULL) copy.text = mem_strdup(copy.text);
    if (copy.bytes.n > 0) copy.bytes.p = mem_dup(copy.bytes.p, copy.bytes.n);
    MEM_RESERVE(batch->replies, batch->replies_n, batch->replies_cap);
    batch->replies[batch->replies_n++] = copy;
}

void ledger_credit(struct node *node, uint64_t conn, uint64_t bytes)
{
    struct ledger_batch *batch = open_batch(&node->ledger);
    for (size_t i = 0; i < batch->credits_n; i += 2) {
        if (batch->credits[i] == conn) {
            batch->credits[i + 1] += bytes;
            return;
        }
    }
    for (size_t k = 0; k < 2; k++) {
        MEM_RESERVE(batch->credits, batch->credits_n, batch->credits_cap);
        batch->credits[batch->credits_n++] = k == 0 ? conn : bytes;
    }
}

/* What waited for a batch: answers, and room for more at the sender's side. */
static void release(struct node *node, struct ledger_batch *batch, enum err err)
{
    for (size_t i = 0; i < batch->replies_n; i++) {
        struct reply reply = batch->replies[i];
        if (err != ERR_OK) {
            reply = (struct reply){.ticket = reply.ticket,
                                   .err = err,
                                   .reason = "nothing was written; free some disk space and "
                                             "try again"};
        }
        reply.lseq = node->ledger.lseq;
        out_reply(&node->out, &reply);
    }
    for (size_t i = 0; i < batch->credits_n; i += 2) {
        sessions_credit(node, batch->credits[i], batch->credits[i + 1]);
    }
}

uint64_t ledger_close(struct node *node)
{
    struct ledger *ledger = &node->ledger;
    if (!ledger->open) return 0;
    ledger->open = false;
    struct ledger_batch *batch = &ledger->batches[ledger->batches_n - 1];
    if (batch->any) return batch->id;
    /* Nothing to wait for, unless batches before it are on their way: order is kept then too.
     */
    if (ledger->batches_n > 1) return batch->id;
    struct ledger_batch now = *batch;
    ledger->batches_n--;
    ledger->next_batch--;
    release(node, &now, ERR_OK);
    batch_fini(&now);
    return 0;
}

static void fail_all(struct node *node, enum err err)
{
    struct ledger *ledger = &node->ledger;
    for (size_t i = 0; i < ledger->batches_n; i++) {
        release(node, &ledger->batches[i], err);
        batch_fini(&ledger->batches[i]);
    }
    ledger->batches_n = 0;
    for (size_t i = 0; i < ledger->heads_n; i++) {
        ledger->heads[i].pending = ledger->heads[i].stored;
    }
    if (ledger->store == ERR_OK) {
        node_trace(node, "store", 0, "writing", "refusing", err_text(err), 0);
        out_notice(&node->out, NOTICE_ALARM);
    }
    ledger->store = err;
    ledger->retry_ms = node->now_ms + LEDGER_RETRY_MS;
}

void ledger_on_stored(struct node *node, uint64_t id, enum err err, uint64_t lseq)
{
    struct ledger *ledger = &node->ledger;
    if (ledger->batches_n == 0 || ledger->batches[0].id != id) return; /* failed before it */
    if (err != ERR_OK) {
        fail_all(node, err);
        joins_reload(node, err);
        books_reload(node);
        duty_reload(node);
        return;
    }
    if (ledger->store != ERR_OK) {
        ledger->store = ERR_OK;
        node_trace(node, "store", 0, "refusing", "writing", NULL, 0);
        out_notice(&node->out, NOTICE_ALARM);
        sessions_compare_now(node); /* what peers sent meanwhile was dropped */
    }
    if (lseq > ledger->lseq) {
        ledger->lseq = lseq;
        out_notice(&node->out, NOTICE_LOG);
    }
    struct ledger_batch batch = ledger->batches[0];
    ledger->batches_n--;
    memmove(ledger->batches, ledger->batches + 1, ledger->batches_n * sizeof(batch));
    for (size_t i = 0; i < batch.entries_n; i++) {
        const struct ledger_entry *entry = &batch.entries[i];
        bool last = i + 1 == batch.entries_n || entry->conn != entry[1].conn ||
                    !chain_eq(&entry->chain, &entry[1].chain);
        if (!last) continue; /* one word for a run */
        head_of(ledger, &entry->chain)->stored = entry->place;
        books_on_stored(node, &entry->chain);
        if (entry->conn != 0) sessions_ack(node, entry->conn, &entry->chain, &entry->place);
    }
    if (batch.local) duty_on_local(node);
    release(node, &batch, ERR_OK);
    batch_fini(&batch);
}

uint64_t ledger_tick(struct node *node)
{
    struct ledger *ledger = &node->ledger;
    if (ledger->store == ERR_OK || ledger->batches_n > 0) return UINT64_MAX;
    if (node->now_ms < ledger->retry_ms) return ledger->retry_ms;
    open_batch(ledger)->any = true; /* empty: the store proves itself before it answers */
    return UINT64_MAX;
}
