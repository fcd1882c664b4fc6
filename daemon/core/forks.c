#include "daemon/core/forks.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/core/inner.h"

enum {
    FORKS_SEARCHES_MAX = 64,
    FORKS_OF_ONE_MAX = 4, /* with one peer: who claims forks at random keeps nobody waiting */
    FORKS_SERVINGS_MAX = 64,
    FORKS_STALE_MS = 60 * 1000, /* an unanswered search makes room for another */
    FORKS_DOUBT_MS = 10 * 1000, /* a peer that holds more of our chain sends it within this */
    FORKS_DOUBTS_MS = 5 * 60 * 1000, /* who only claims it cannot keep us from writing */
};

void forks_fini(struct forks *forks)
{
    free(forks->searches);
    free(forks->servings);
    *forks = (struct forks){0};
}

static struct forks_search *by_number(struct forks *forks, uint64_t conn, uint32_t number)
{
    for (size_t i = 0; i < forks->n; i++) {
        if (forks->searches[i].conn == conn && forks->searches[i].number == number) {
            return &forks->searches[i];
        }
    }
    return NULL;
}

static void drop(struct forks *forks, struct forks_search *search)
{
    *search = forks->searches[--forks->n];
}

/* ------------------------------------------------------------------------- the proof -- */

static void file_proof(struct node *node, const uint8_t *ours, const uint8_t *theirs)
{
    struct make make = acts_make(node);
    struct buf body = {0};
    struct envelope_id id;
    if (forks_in_doubt(node)) return; /* not while our own chain may be the one that forks */
    enum err err = make_proof(&body, &make, ours, theirs);
    if (err == ERR_OK) err = books_say(node, buf_slice(&body), &id);
    node_trace(node, "fork", 0, "proof", err_name(err), NULL, get_be64(ours + 88));
    buf_fini(&body);
}

/* Our header at a place: durable ones only, as the proof is. */
static bool own_header(struct node *node, const struct chain *chain, uint64_t seq, uint8_t *out)
{
    return node->reader->header(node->reader->ctx, chain, seq, out) == ERR_OK;
}

/*
 * Two headers of one place. Both well signed: that is the proof. Ours badly signed but followed
 * by a good one of ours: the well-signed next one is proof with it, whatever theirs is (where
 * theirs is so, its holder proves it).
 */
static void prove(struct node *node, const struct chain *chain, uint64_t seq,
                  const uint8_t *theirs)
{
    uint8_t ours[ENVELOPE_HEADER_BYTES], next[ENVELOPE_HEADER_BYTES];
    if (fold_forked(node->fold, chain) != 0 && fold_forked(node->fold, chain) <= seq) return;
    if (!own_header(node, chain, seq, ours)) return;
    node->checks += 2;
    if (envelope_verify_signature(ours)) {
        if (!envelope_verify_signature(theirs)) return; /* a bad end proves nothing alone */
        file_proof(node, ours, theirs);
    } else if (own_header(node, chain, seq + 1, next) && envelope_verify_signature(next)) {
        file_proof(node, ours, next);
    }
}

/* ------------------------------------------------------------------------ the search -- */

static void ask_ids(struct node *node, struct session *session, struct forks_search *search)
{
    uint64_t span = search->high - search->low - 1; /* unknown places between */
    search->stride = (uint32_t)(span / WIRE_IDS_MAX + 1);
    search->first = search->low + search->stride;
    search->since_ms = node->now_ms;
    uint64_t count = span / search->stride;
    session_send(
        node, session,
        &(struct wire_message){
            .type = WIRE_IDS_WANT,
            .ids_want = {.number = search->number,
                         .chain = search->chain,
                         .first = search->first,
                         .stride = search->stride,
                         .count = (uint16_t)(count > WIRE_IDS_MAX ? WIRE_IDS_MAX : count)},
        });
}

static void step_search(struct node *node, struct session *session, struct forks_search *search)
{
    if (search->high > search->low + 1) {
        ask_ids(node, session, search);
        return;
    }
    search->fetching = true;
    search->since_ms = node->now_ms;
    session_send(node, session,
                 &(struct wire_message){
                     .type = WIRE_FETCH,
                     .fetch = {.number = search->number,
                               .by = WIRE_FETCH_PLACE,
                               .chain = search->chain,
                               .seq = search->high},
                 });
}

/* Starts to look for the lowest place where the peer's chain and ours differ, at or below high.
 */
static void search_for(struct node *node, uint64_t conn, const struct chain *chain,
                       uint64_t high)
{
    struct forks *forks = &node->forks;
    struct session *session = session_find(node, conn);
    if (session == NULL || fold_forked(node->fold, chain) != 0) return;
    size_t of_conn = 0;
    for (size_t i = 0; i < forks->n;) {
        struct forks_search *search = &forks->searches[i];
        if (search->conn == conn && chain_eq(&search->chain, chain) &&
            node->now_ms < search->since_ms + FORKS_STALE_MS) {
            return;
        }
        if (node->now_ms >= search->since_ms + FORKS_STALE_MS ||
            session_find(node, search->conn) == NULL) {
            drop(forks, search);
        } else {
            of_conn += search->conn == conn;
            i++;
        }
    }
    if (forks->n >= FORKS_SEARCHES_MAX || of_conn >= FORKS_OF_ONE_MAX) return;
    MEM_RESERVE(forks->searches, forks->n, forks->cap);
    struct forks_search *search = &forks->searches[forks->n++];
    *search = (struct forks_search){
        .conn = conn, .number = ++node->next_question, .chain = *chain, .high = high};
    node_trace(node, "fork", conn, "suspected", "searching", NULL, high);
    step_search(node, session, search);
}

/* Names the device that was copied: the same disk under new keys is a new device. */
static const char copied_key[] = "node/copied";

static void on_copied(void *arg, struct slice key, struct slice value)
{
    struct node *node = arg;
    const struct device_pk *own = &node->options.device_pk;
    (void)key;
    if (value.n == sizeof(own->b) && memcmp(value.p, own->b, value.n) == 0) {
        node->forks.copied = true;
    }
}

void forks_load(struct node *node)
{
    node->reader->each_setting(node->reader->ctx, copied_key, on_copied, node);
}

static void stop_writing(struct node *node)
{
    if (node->forks.copied) return;
    node->forks.copied = true;
    ledger_set(node, copied_key,
               slice_of(node->options.device_pk.b, sizeof(node->options.device_pk.b)));
    node_trace(node, "fork", 0, "own chain", "copied", "a peer holds more of it than we do", 0);
    out_notice(&node->out, NOTICE_ALARM);
}

/*
 * A peer only says that it has more of our chain. Until its envelopes show it (they bear our
 * own signature) nothing new is signed for a moment; a lie costs that moment, once in a while.
 */
static void doubt(struct node *node)
{
    struct forks *forks = &node->forks;
    if (node->state == NODE_JOINING) return; /* our device-add went ahead of us */
    if (forks->doubted && node->now_ms < forks->doubt_ms + FORKS_DOUBTS_MS) return;
    forks->doubted = true;
    forks->doubt_ms = node->now_ms;
}

bool forks_in_doubt(const struct node *node)
{
    const struct forks *forks = &node->forks;
    return forks->copied || (forks->doubted && node->now_ms < forks->doubt_ms + FORKS_DOUBT_MS);
}

void forks_on_own(struct node *node)
{
    if (node->state != NODE_JOINING) stop_writing(node);
}

void forks_on_item(struct node *node, uint64_t conn, const struct run_item *item)
{
    struct envelope envelope;
    if (envelope_decode(&envelope, slice_of(item->header, sizeof(item->header))) != ERR_OK)
        return;
    struct chain chain = envelope_chain(&envelope);
    if (device_pk_eq(&chain.device, &node->options.device_pk)) stop_writing(node);
    struct envelope_id before;
    bool at_fork =
        envelope.seq == 1 || (ledger_id_at(node, &chain, envelope.seq - 1, &before) &&
                              envelope_id_eq(&before, &envelope.prev));
    if (at_fork) {
        prove(node, &chain, envelope.seq, item->header);
    } else if (conn != 0 && envelope.seq > 1) {
        search_for(node, conn, &chain, envelope.seq - 1);
    }
}

void forks_on_entry(struct node *node, struct session *session, const struct chain *chain,
                    const struct place *theirs)
{
    struct place tip = ledger_tip(node, chain);
    struct envelope_id held;
    bool own = device_pk_eq(&chain->device, &node->options.device_pk);
    if (theirs->seq > tip.seq) {
        if (own) doubt(node);
        return;
    }
    if (!ledger_id_at(node, chain, theirs->seq, &held)) return;
    if (envelope_id_eq(&held, &theirs->id)) return;
    if (own) doubt(node);
    search_for(node, session->conn, chain, theirs->seq);
}

static void on_ids(struct node *node, struct session *session, const struct wire_ids *ids)
{
    struct forks_search *search = by_number(&node->forks, session->conn, ids->number);
    if (search == NULL || search->fetching) return;
    uint64_t low = search->low, high = search->high;
    for (size_t i = 0; i < ids->n; i++) {
        uint64_t seq = search->first + i * search->stride;
        struct envelope_id ours;
        if (seq >= search->high || !ledger_id_at(node, &search->chain, seq, &ours)) break;
        if (envelope_id_eq(&ours, &ids->ids[i])) {
            low = seq;
        } else {
            high = seq;
            break;
        }
    }
    if (low == search->low && high == search->high) { /* it did not help: no way on */
        drop(&node->forks, search);
        return;
    }
    search->low = low;
    search->high = high;
    step_search(node, session, search);
}

static void on_envelope(struct node *node, struct session *session,
                        const struct wire_envelope *envelope)
{
    struct forks_search *search = by_number(&node->forks, session->conn, envelope->number);
    if (search == NULL && !mends_on_envelope(node, session, envelope))
        aside_on_envelope(node, session, envelope);
    if (search == NULL || !search->fetching) return;
    struct forks_search found = *search;
    drop(&node->forks, search);
    struct envelope decoded;
    if (envelope->held == WIRE_HELD_NONE ||
        envelope_decode(&decoded, slice_of(envelope->header, ENVELOPE_HEADER_BYTES)) !=
            ERR_OK) {
        return;
    }
    struct chain chain = envelope_chain(&decoded);
    if (chain_eq(&chain, &found.chain) && decoded.seq == found.high) {
        prove(node, &chain, decoded.seq, envelope->header);
    }
}

/* --------------------------------------------------------------------------- answering -- */

static bool may_tell(struct node *node, struct session *session, const struct chain *chain)
{
    struct fold_device peer;
    if (space_tag_is_zero(&chain->tag)) return true;
    return fold_device(node->fold, &session->device, &peer) && peer.status == FOLD_LIVE &&
           books_find(node, &chain->tag) != NULL &&
           fold_holds_space(node->fold, &chain->tag, &peer.school);
}

static void answer_ids(struct node *node, struct session *session,
                       const struct wire_ids_want *want)
{
    struct wire_ids ids = {.number = want->number};
    ids.ids = arena_alloc(&node->out.arena, WIRE_IDS_MAX * sizeof(*ids.ids));
    uint64_t seq = want->first;
    while (ids.n < want->count && may_tell(node, session, &want->chain) &&
           ledger_id_at(node, &want->chain, seq, &ids.ids[ids.n])) {
        ids.n++;
        if (seq > UINT64_MAX - want->stride) break;
        seq += want->stride;
    }
    session_send(node, session, &(struct wire_message){.type = WIRE_IDS, .ids = ids});
}

static void answer_none(struct node *node, struct session *session, uint32_t number)
{
    session_send(node, session,
                 &(struct wire_message){
                     .type = WIRE_ENVELOPE,
                     .envelope = {.number = number, .held = WIRE_HELD_NONE},
                 });
}

static void answer_fetch(struct node *node, struct session *session,
                         const struct wire_fetch *fetch)
{
    struct forks *forks = &node->forks;
    struct chain chain = fetch->chain;
    uint64_t seq = fetch->seq;
    struct stored stored;
    struct wire_message aside = {.type = WIRE_ENVELOPE, .envelope = {.number = fetch->number}};
    if (fetch->by == WIRE_FETCH_ID && aside_find(node, &fetch->id, &aside.envelope)) {
        session_send(node, session, &aside);
        return;
    }
    bool found = fetch->by == WIRE_FETCH_PLACE ||
                 node->reader->find(node->reader->ctx, &fetch->id, &chain, &seq);
    found = found && may_tell(node, session, &chain) &&
            node->reader->at(node->reader->ctx, &chain, seq, &stored);
    if (!found || forks->servings_n >= FORKS_SERVINGS_MAX) {
        answer_none(node, session, fetch->number);
        return;
    }
    MEM_RESERVE(forks->servings, forks->servings_n, forks->servings_cap);
    struct forks_serving *serving = &forks->servings[forks->servings_n++];
    *serving = (struct forks_serving){
        .conn = session->conn, .number = fetch->number, .ticket = ++node->next_ticket};
    out_read(&node->out, &(struct read_request){.kind = READ_RUN,
                                                .ticket = serving->ticket,
                                                .chain = chain,
                                                .seq = seq,
                                                .count = 1,
                                                .bytes_max = LIMIT_RUN_BYTES});
}

bool forks_on_read(struct node *node, const struct event_read *read)
{
    struct forks *forks = &node->forks;
    for (size_t i = 0; i < forks->servings_n; i++) {
        if (forks->servings[i].ticket != read->ticket) continue;
        struct forks_serving serving = forks->servings[i];
        forks->servings[i] = forks->servings[--forks->servings_n];
        struct session *session = session_find(node, serving.conn);
        if (session == NULL || session->state != SESSION_OPEN) return true;
        if (read->err != ERR_OK || read->n == 0) {
            answer_none(node, session, serving.number);
            return true;
        }
        const struct read_entry *entry = &read->entries[0];
        struct wire_message message = {
            .type = WIRE_ENVELOPE,
            .envelope = {.number = serving.number,
                         .held = entry->erased ? WIRE_HELD_HEADER : WIRE_HELD_WHOLE,
                         .payload = entry->payload},
        };
        memcpy(message.envelope.header, entry->header.p, ENVELOPE_HEADER_BYTES);
        session_send(node, session, &message);
        return true;
    }
    return false;
}

void forks_on_message(struct node *node, struct session *session,
                      const struct wire_message *message)
{
    switch ((int)message->type) {
    case WIRE_FETCH:
        answer_fetch(node, session, &message->fetch);
        return;
    case WIRE_ENVELOPE:
        on_envelope(node, session, &message->envelope);
        return;
    case WIRE_IDS_WANT:
        answer_ids(node, session, &message->ids_want);
        return;
    case WIRE_IDS:
        on_ids(node, session, &message->ids);
        return;
    default:
        return;
    }
}
