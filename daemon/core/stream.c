#include "daemon/core/stream.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/core/compare.h"
#include "daemon/core/inner.h"

/* A run ends on a checked signature; this many are tried from its end in one step. */
enum { STREAM_SIGNATURE_TRIES = 8 };
/* Each statement costs its receiver a signature or two and a fold: this many are some ms. */
enum { STREAM_STATEMENTS_MAX = 32 };

static void run_fini(struct stream_run *run)
{
    free(run->items);
    buf_fini(&run->bytes);
}

void stream_fini(struct stream *stream)
{
    run_fini(&stream->run);
    for (size_t i = 0; i < STREAM_AHEAD; i++)
        run_fini(&stream->ahead[i].run);
    free(stream->ring);
    buf_fini(&stream->message);
    *stream = (struct stream){0};
}

/* How far a chain goes that may be told: durable, and clipped by the fold. */
static uint64_t head_seq(struct node *node, const struct chain *chain)
{
    struct book *book = books_find(node, &chain->tag);
    const struct entry *entry =
        book == NULL ? NULL : frontier_get(book->frontier, &chain->device);
    return entry == NULL ? 0 : entry->head.seq;
}

static void ring_push(struct session *session, struct link *link)
{
    struct stream *stream = &session->stream;
    if (link->queued) return;
    if (stream->ring_n == stream->ring_cap) {
        uint32_t *ring = mem_realloc(NULL, stream->ring_cap * 2 + 8, sizeof(*ring));
        for (size_t i = 0; i < stream->ring_n; i++) {
            ring[i] = stream->ring[(stream->ring_at + i) % stream->ring_cap];
        }
        free(stream->ring);
        stream->ring = ring;
        stream->ring_at = 0;
        stream->ring_cap = stream->ring_cap * 2 + 8;
    }
    stream->ring[(stream->ring_at + stream->ring_n++) % stream->ring_cap] =
        (uint32_t)(link - session->links);
    link->queued = true;
}

static struct link *ring_pop(struct session *session)
{
    struct stream *stream = &session->stream;
    if (stream->ring_n == 0) return NULL;
    struct link *link = &session->links[stream->ring[stream->ring_at]];
    stream->ring_at = (stream->ring_at + 1) % stream->ring_cap;
    stream->ring_n--;
    link->queued = false;
    return link;
}

void stream_wake(struct node *node, struct session *session, struct link *link)
{
    (void)node;
    if (space_tag_is_zero(&link->chain.tag)) return; /* statements go in their own order */
    ring_push(session, link);
}

/* ---------------------------------------------------------------------------- what is ahead */

/* Where the i-th stands. */
static size_t nth(const struct stream *stream, size_t i)
{
    return (stream->ahead_at + i) % STREAM_AHEAD;
}

static bool is_ahead(const struct stream *stream, const struct chain *chain)
{
    for (size_t i = 0; i < stream->ahead_n; i++) {
        if (chain_eq(&stream->ahead[nth(stream, i)].run.chain, chain)) return true;
    }
    return false;
}

/* Statements go in their order, so one run of them at a time; of chains some, but few bytes. */
static bool looks_further(const struct stream *stream)
{
    size_t count = 0;
    for (size_t i = 0; i < stream->ahead_n; i++) {
        const struct stream_ahead *ahead = &stream->ahead[nth(stream, i)];
        if (space_tag_is_zero(&ahead->run.chain.tag)) return false;
        count += ahead->count;
    }
    return stream->ahead_n < STREAM_AHEAD && count < LIMIT_RUN_ENVELOPES;
}

/* ----------------------------------------------------------------------- what goes next -- */

struct portion {
    struct chain chain;
    uint64_t seq;
    size_t count;
};

/*
 * How far in that order the peer may read: to the end, or, for who was removed, to the
 * statement that says so. It learns nothing of who came later.
 */
static size_t statements_end(const struct node *node, const struct session *session)
{
    const struct books *books = &node->books;
    struct fold_device device;
    struct fold_item end;
    if (session->state != SESSION_TELLING) return books->order_n;
    if (!fold_device(node->fold, &session->device, &device) ||
        !fold_find(node->fold, &device.ended, &end)) {
        return 0;
    }
    for (size_t i = books->order_n; i > 0; i--) {
        const struct books_statement *at = &books->order[i - 1];
        if (at->seq == end.seq && device_pk_eq(&at->device, &end.device)) return i;
    }
    return 0;
}

/*
 * The next statements that the peer lacks, in the order in which they were admitted here, as
 * far as one device's follow each other. False when there are none (or not yet durable ones).
 */
static bool next_statements(struct node *node, struct session *session, struct portion *out)
{
    const struct books *books = &node->books;
    struct stream *stream = &session->stream;
    size_t end = statements_end(node, session);
    if (!compare_flows(
            compare_find(session, &(struct wire_set){.kind = WIRE_SET_STATEMENTS}))) {
        return false;
    }
    for (; stream->statement_at < end; stream->statement_at++) {
        const struct books_statement *first = &books->order[stream->statement_at];
        struct chain chain = {.device = first->device};
        const struct ledger_head *head = ledger_head(node, &chain);
        if (head == NULL || head->stored.seq < first->seq) return false;
        struct link *link = session_link_find(session, &chain);
        uint64_t last = head_seq(node, &chain);
        if (link == NULL || first->seq <= link->sent || first->seq > last) continue;
        *out = (struct portion){.chain = chain, .seq = first->seq, .count = 1};
        for (size_t i = stream->statement_at + 1; i < end; i++) {
            const struct books_statement *next = &books->order[i];
            if (out->count == STREAM_STATEMENTS_MAX || next->seq > last ||
                next->seq != first->seq + out->count ||
                !device_pk_eq(&next->device, &first->device)) {
                break;
            }
            out->count++;
        }
        return true;
    }
    return false;
}

static bool next_records(struct node *node, struct session *session, struct portion *out)
{
    for (struct link *link; (link = ring_pop(session)) != NULL;) {
        if (!compare_flows(compare_of_tag(session, &link->chain.tag))) continue;
        uint64_t last = head_seq(node, &link->chain);
        /* What is ahead looks at its chain again when it goes out. */
        if (last <= link->sent || is_ahead(&session->stream, &link->chain)) continue;
        uint64_t count = last - link->sent;
        *out = (struct portion){
            .chain = link->chain,
            .seq = link->sent + 1,
            .count = count < LIMIT_RUN_ENVELOPES ? (size_t)count : LIMIT_RUN_ENVELOPES,
        };
        return true;
    }
    return false;
}

static void ask_for(struct node *node, struct session *session, const struct portion *portion)
{
    struct stream *stream = &session->stream;
    struct stream_ahead *ahead = &stream->ahead[nth(stream, stream->ahead_n++)];
    ahead->ticket = ++node->next_ticket;
    ahead->count = portion->count;
    ahead->run.chain = portion->chain;
    ahead->run.n = 0;
    out_read(&node->out, &(struct read_request){.kind = READ_RUN,
                                                .ticket = ahead->ticket,
                                                .chain = portion->chain,
                                                .seq = portion->seq,
                                                .count = portion->count,
                                                .bytes_max = LIMIT_RUN_BYTES});
}

/* ------------------------------------------------------------------------- what was read -- */

static void take_items(struct stream_run *run, const struct event_read *read)
{
    free(run->items);
    run->items = mem_realloc(NULL, read->n + 1, sizeof(*run->items));
    run->n = 0;
    run->bytes.len = 0;
    size_t bytes = 0;
    for (size_t i = 0; i < read->n; i++)
        bytes += read->entries[i].payload.n;
    uint8_t *to = buf_extend(&run->bytes, bytes);
    for (size_t i = 0; i < read->n; i++) {
        const struct read_entry *entry = &read->entries[i];
        if (entry->header.n != ENVELOPE_HEADER_BYTES) break;
        struct run_item *item = &run->items[run->n++];
        *item = (struct run_item){.erased = entry->erased};
        memcpy(item->header, entry->header.p, ENVELOPE_HEADER_BYTES);
        envelope_id(&item->id, item->header);
        if (!entry->erased) {
            if (entry->payload.n > 0) memcpy(to, entry->payload.p, entry->payload.n);
            item->payload = slice_of(to, entry->payload.n);
            to += entry->payload.n;
        }
    }
}

/*
 * Cuts the items to one run that ends on a good signature. When there is none among the tries
 * of one step, left is how many items before them are to be tried in another.
 */
static size_t end_on_signature(struct node *node, const struct stream_run *run, size_t *left)
{
    size_t n = run_fit(run->items, run->n);
    *left = 0;
    if (device_pk_eq(&run->chain.device, &node->options.device_pk)) return n;
    for (unsigned tries = 0; n > 0 && tries < STREAM_SIGNATURE_TRIES; tries++, n--) {
        if (envelope_verify_signature(run->items[n - 1].header)) return n;
    }
    *left = n;
    return 0;
}

/* What lies ready is what goes out now. */
static void start_run(struct node *node, struct session *session)
{
    struct stream *stream = &session->stream;
    struct stream_ahead *ahead = &stream->ahead[stream->ahead_at];
    struct stream_run run = ahead->run;
    stream->ahead_at = (stream->ahead_at + 1) % STREAM_AHEAD;
    stream->ahead_n--;
    ahead->run = stream->run; /* its room serves again */
    stream->run = run;
    if (run.n == 0) return; /* it could not be read */
    struct link *link = session_link(session, &run.chain, 0);
    size_t left;
    size_t n = end_on_signature(node, &run, &left);
    uint64_t first = get_be64(run.items[0].header + 88); /* its seq, DESIGN 4.2 */
    if (n == 0 && left > 0) { /* a shorter run, when it was read: this step tried enough */
        ask_for(node, session,
                &(struct portion){.chain = run.chain, .seq = first, .count = left});
        return;
    }
    if (n == 0 || run_packer_init(&stream->packer, run.items, n) != ERR_OK) {
        node->damaged++;
        return;
    }
    stream->packing = true;
    session->envelopes_out += n;
    link->sent = first + n - 1;
    struct compare *compare = compare_of_tag(session, &run.chain.tag);
    if (compare != NULL) compare->moved = true;
    if (link->sent < head_seq(node, &link->chain)) stream_wake(node, session, link);
}

static void take_read(struct node *node, const struct session *session,
                      struct stream_ahead *ahead, const struct event_read *read)
{
    ahead->ticket = 0;
    if (read->err != ERR_OK || read->n == 0) {
        node_trace(node, "stream", session->conn, "reading", "idle", err_text(read->err), 0);
        return;
    }
    take_items(&ahead->run, read);
    if (ahead->run.n == 0) node->damaged++;
}

bool stream_on_read(struct node *node, const struct event_read *read)
{
    for (size_t i = 0; i < node->sessions.n; i++) {
        struct session *session = node->sessions.all[i];
        for (size_t k = 0; k < session->stream.ahead_n; k++) {
            struct stream_ahead *ahead = &session->stream.ahead[nth(&session->stream, k)];
            if (ahead->ticket != read->ticket) continue;
            take_read(node, session, ahead, read);
            return true;
        }
    }
    return false;
}

/* ------------------------------------------------------------------------------- sending -- */

/* Sends the packed message when there is credit for it. False: it has to wait. */
static bool send_packed(struct node *node, struct session *session)
{
    struct stream *stream = &session->stream;
    if (stream->message.len == 0) return true;
    if (stream->message.data[0] == WIRE_ITEMS) {
        if (stream->message.len > stream->credit) return false;
        stream->credit -= stream->message.len;
    }
    struct buf *out = out_conn(&node->out, session->conn);
    size_t before = out->len;
    channel_seal(session->channel, node->now_ms, buf_slice(&stream->message), out);
    session->bytes_out += out->len - before;
    stream->message.len = 0;
    return true;
}

/* Asks for what goes next, unless enough is asked for or lies ready. */
static void look_ahead(struct node *node, struct session *session)
{
    struct portion portion;
    while (looks_further(&session->stream)) {
        if (!next_statements(node, session, &portion) &&
            !next_records(node, session, &portion)) {
            break;
        }
        ask_for(node, session, &portion);
    }
}

void stream_pump(struct node *node, struct session *session)
{
    struct stream *stream = &session->stream;
    while (session_is_up(session) && send_packed(node, session)) {
        if (stream->packing) {
            stream->packing = run_packer_next(&stream->packer, &stream->message);
        } else if (stream->ahead_n > 0 && stream->ahead[stream->ahead_at].ticket == 0) {
            start_run(node, session);
        } else {
            break;
        }
    }
    if (session_is_up(session)) look_ahead(node, session);
}

bool stream_on_removed(struct session *session)
{
    struct stream *stream = &session->stream;
    bool sending = stream->packing || stream->message.len > 0;
    size_t kept = 0;
    for (size_t i = 0; i < stream->ahead_n; i++) {
        struct stream_ahead *ahead = &stream->ahead[nth(stream, i)];
        if (!space_tag_is_zero(&ahead->run.chain.tag)) continue;
        struct stream_ahead keep = *ahead;
        *ahead = stream->ahead[nth(stream, kept)]; /* its room is not lost */
        stream->ahead[nth(stream, kept++)] = keep;
    }
    stream->ahead_n = kept;
    return !sending || space_tag_is_zero(&stream->run.chain.tag);
}

bool stream_busy(const struct stream *stream)
{
    return stream->ahead_n > 0 || stream->packing || stream->message.len > 0;
}

bool stream_idle_on(struct node *node, const struct session *session,
                    const struct wire_set *set)
{
    const struct stream *stream = &session->stream;
    bool sending = stream->packing || stream->message.len > 0;
    if (sending && space_tag_eq(&stream->run.chain.tag, &set->tag)) return false;
    for (size_t i = 0; i < stream->ahead_n; i++) {
        if (space_tag_eq(&stream->ahead[nth(stream, i)].run.chain.tag, &set->tag)) return false;
    }
    if (set->kind == WIRE_SET_BEACONS) return true;
    if (set->kind == WIRE_SET_STATEMENTS)
        return stream->statement_at >= statements_end(node, session);
    for (size_t i = 0; i < stream->ring_n; i++) {
        uint32_t at = stream->ring[(stream->ring_at + i) % stream->ring_cap];
        if (space_tag_eq(&session->links[at].chain.tag, &set->tag)) return false;
    }
    return true;
}
