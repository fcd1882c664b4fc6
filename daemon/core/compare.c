#include "daemon/core/compare.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/core/inner.h"
#include "daemon/core/stream.h"
#include "proto/crypto/hash.h"

enum {
    COMPARE_PLAIN_ENTRIES = 28, /* this many entries are no longer than 256 bucket digests */
    COMPARE_STALLED_MS = 30 * 1000,  /* an unanswered question is asked again */
    COMPARE_OFFERED_MAX = 16 * 1024, /* spaces that a peer may offer: half a MiB */
    COMPARE_STRANGERS_MAX = 8192,    /* devices that a peer names and nobody knows */
    COMPARE_AGAIN_MS = 1000,         /* the fold changed: what was in vain may go through */
};

static const struct wire_set statements_set = {.kind = WIRE_SET_STATEMENTS};
static const struct wire_set beacons_set = {.kind = WIRE_SET_BEACONS};

static bool set_eq(const struct wire_set *x, const struct wire_set *y)
{
    return x->kind == y->kind && space_tag_eq(&x->tag, &y->tag);
}

struct compare *compare_find(struct session *session, const struct wire_set *set)
{
    for (size_t i = 0; i < session->compares_n; i++) {
        if (set_eq(&session->compares[i].set, set)) return &session->compares[i];
    }
    return NULL;
}

struct compare *compare_of_tag(struct session *session, const struct space_tag *tag)
{
    if (space_tag_is_zero(tag)) return compare_find(session, &statements_set);
    return compare_find(session, &(struct wire_set){.kind = WIRE_SET_SPACE, .tag = *tag});
}

bool compare_flows(const struct compare *compare)
{
    return compare != NULL &&
           (compare->state == COMPARE_FLOWING || compare->state == COMPARE_LIVE);
}

static struct frontier *frontier_of(struct node *node, const struct wire_set *set)
{
    if (set->kind == WIRE_SET_BEACONS) return &node->beacons.frontier;
    struct book *book = books_find(node, &set->tag);
    return book == NULL ? NULL : book->frontier;
}

static const uint8_t *hash_of(const struct session *session)
{
    return channel_handshake_hash(session->channel);
}

/* ------------------------------------------------------------------------------- offers -- */

/* A space is offered to its members and carriers, and only when the peer is surely known. */
static bool may_have(const struct node *node, const struct session *session,
                     const struct space_tag *tag)
{
    struct fold_device device;
    if (session->provisional || !fold_device(node->fold, &session->device, &device))
        return false;
    return device.status == FOLD_LIVE && fold_holds_space(node->fold, tag, &device.school);
}

void compare_offer(struct node *node, struct session *session, struct wire_offer *offer)
{
    *offer = (struct wire_offer){0};
    frontier_abbrev_digest(node->books.statements.frontier, offer->statements,
                           hash_of(session));
    frontier_abbrev_digest(&node->beacons.frontier, offer->beacons, hash_of(session));
    offer->spaces =
        arena_alloc(&node->out.arena, (node->books.spaces_n + 1) * sizeof(*offer->spaces));
    for (size_t i = 0; i < node->books.spaces_n; i++) {
        struct book *book = &node->books.spaces[i];
        if (offer->n == COMPARE_OFFERED_MAX) break;
        if (!may_have(node, session, &book->tag)) continue;
        struct wire_space *space = &offer->spaces[offer->n++];
        space->tag = book->tag;
        frontier_abbrev_digest(book->frontier, space->digest, hash_of(session));
        if (fold_part(node->fold, &book->tag, &node->options.school) == FOLD_CARRIER) {
            space->flags = WIRE_SPACE_CARRIER;
        }
    }
}

struct wire_offer compare_offer_part(struct wire_offer *rest)
{
    struct wire_offer part = *rest;
    if (part.n > WIRE_SPACES_MAX) {
        part.n = WIRE_SPACES_MAX;
        part.flags |= WIRE_MORE;
    }
    rest->spaces += part.n;
    rest->n -= part.n;
    return part;
}

bool compare_offer_changed(struct node *node, struct session *session)
{
    struct hash hash;
    struct digest now;
    hash_init(&hash, sizeof(now.b), (struct slice){0}, "kith/1 offer");
    for (size_t i = 0; i < node->books.spaces_n; i++) {
        const struct space_tag *tag = &node->books.spaces[i].tag;
        if (may_have(node, session, tag)) hash_add(&hash, tag->b, sizeof(tag->b));
    }
    hash_final(&hash, now.b);
    bool changed = !digest_eq(&now, &session->offered_spaces);
    session->offered_spaces = now;
    return changed;
}

/* False when a list has no end. */
static bool keep_offered(struct session *session, const struct wire_offer *offer)
{
    if (session->offered_whole) session->offered_n = 0; /* a new offer replaces the last */
    session->offered_whole = (offer->flags & WIRE_MORE) == 0;
    if (offer->n > COMPARE_OFFERED_MAX - session->offered_n) return false;
    for (size_t i = 0; i < offer->n; i++) {
        MEM_RESERVE(session->offered, session->offered_n, session->offered_cap);
        session->offered[session->offered_n++] = offer->spaces[i];
    }
    return true;
}

static struct compare *add_compare(struct session *session, const struct wire_set *set)
{
    struct compare *compare = compare_find(session, set);
    if (compare != NULL) return compare;
    MEM_RESERVE(session->compares, session->compares_n, session->compares_cap);
    compare = &session->compares[session->compares_n++];
    *compare = (struct compare){.set = *set};
    return compare;
}

static void set_theirs(struct compare *compare, const uint8_t *digest)
{
    compare->theirs_known = true;
    memcpy(compare->theirs, digest, WIRE_ABBREV_BYTES);
}

/* Forgets the sets that are not held here any more, or that the peer may not have any more. */
static void unlist(struct node *node, struct session *session)
{
    size_t kept = 0;
    for (size_t i = 0; i < session->compares_n; i++) {
        struct compare *compare = &session->compares[i];
        bool common = compare->set.kind != WIRE_SET_SPACE;
        if (!common && frontier_of(node, &compare->set) != NULL) {
            common = may_have(node, session, &compare->set.tag);
        }
        if (common) session->compares[kept++] = *compare;
    }
    session->compares_n = kept;
}

/* The common sets: ours that the peer may have, and that it offers too. */
static void relist(struct node *node, struct session *session)
{
    unlist(node, session);
    for (size_t i = 0; i < session->offered_n; i++) {
        const struct wire_space *space = &session->offered[i];
        struct wire_set set = {.kind = WIRE_SET_SPACE, .tag = space->tag};
        if (frontier_of(node, &set) == NULL || !may_have(node, session, &space->tag)) continue;
        set_theirs(add_compare(session, &set), space->digest);
    }
}

/* ---------------------------------------------------------------------------- comparing -- */

static void begin(struct node *node, struct compare *compare, enum compare_state state)
{
    compare->state = state;
    compare->done_sent = compare->done_heard = compare->moved = false;
    compare->since_ms = node->now_ms;
    memset(compare->covered, 0, sizeof(compare->covered));
}

static int by_device(const void *x, const void *y)
{
    return device_pk_cmp(&((const struct entry *)x)->device,
                         &((const struct entry *)y)->device);
}

static void send_entries(struct node *node, struct session *session, const struct wire_set *set,
                         const uint8_t *covered, uint8_t flags)
{
    struct frontier *frontier = frontier_of(node, set);
    struct entry *entries = arena_alloc(&node->out.arena, (frontier->n + 1) * sizeof(*entries));
    size_t n = 0;
    for (unsigned bucket = 0; bucket < WIRE_BUCKET_COUNT; bucket++) {
        if (!wire_bit(covered, (uint8_t)bucket)) continue;
        size_t of_bucket;
        const struct entry *of = frontier_entries(frontier, (uint8_t)bucket, &of_bucket);
        for (size_t i = 0; i < of_bucket; i++)
            entries[n++] = of[i];
    }
    qsort(entries, n, sizeof(*entries), by_device);
    for (size_t at = 0; at == 0 || at < n; at += WIRE_ENTRIES_MAX) {
        size_t part = n - at < WIRE_ENTRIES_MAX ? n - at : WIRE_ENTRIES_MAX;
        struct wire_message message = {
            .type = WIRE_ENTRIES,
            .entries = {.set = *set,
                        .flags = (uint8_t)(flags | (at + part < n ? WIRE_MORE : 0)),
                        .entries = entries + at,
                        .n = part},
        };
        memcpy(message.entries.covered, covered, WIRE_BITMAP_BYTES);
        session_send(node, session, &message);
    }
}

static void ask(struct node *node, struct session *session, struct compare *compare)
{
    struct frontier *frontier = frontier_of(node, &compare->set);
    begin(node, compare, COMPARE_ASKED);
    /* What this exchange is about; what comes in meanwhile it may not have covered. */
    frontier_abbrev_digest(frontier, compare->vain_mine, hash_of(session));
    memcpy(compare->vain_theirs, compare->theirs, sizeof(compare->theirs));
    if (frontier->n <= COMPARE_PLAIN_ENTRIES) {
        uint8_t all[WIRE_BITMAP_BYTES];
        memset(all, 0xff, sizeof(all));
        send_entries(node, session, &compare->set, all, 0);
        return;
    }
    struct wire_message *message = arena_alloc(&node->out.arena, sizeof(*message));
    message->type = WIRE_BUCKETS;
    message->buckets.set = compare->set;
    for (unsigned bucket = 0; bucket < WIRE_BUCKET_COUNT; bucket++) {
        size_t n;
        frontier_entries(frontier, (uint8_t)bucket, &n);
        if (n == 0) continue;
        wire_set_bit(message->buckets.nonempty, (uint8_t)bucket);
        frontier_abbrev_bucket(frontier, (uint8_t)bucket, message->buckets.digests[bucket],
                               hash_of(session));
    }
    session_send(node, session, message);
}

/* Starts, or sees that there is nothing to do. Only the side that dialled starts. */
static void consider(struct node *node, struct session *session, struct compare *compare)
{
    uint8_t mine[WIRE_ABBREV_BYTES];
    struct frontier *frontier = frontier_of(node, &compare->set);
    if (frontier == NULL || !compare->theirs_known) return;
    if (compare->state == COMPARE_ASKED || compare->state == COMPARE_FLOWING) {
        if (node->now_ms < compare->since_ms + COMPARE_STALLED_MS) return;
    }
    frontier_abbrev_digest(frontier, mine, hash_of(session));
    if (memcmp(mine, compare->theirs, sizeof(mine)) == 0) {
        begin(node, compare, COMPARE_LIVE);
        compare->done_sent = compare->done_heard = true;
        holdings_on_equal(node, session, &compare->set);
        return;
    }
    if (session->dial == 0) return;
    if (compare->vain && memcmp(mine, compare->vain_mine, sizeof(mine)) == 0 &&
        memcmp(compare->theirs, compare->vain_theirs, sizeof(mine)) == 0) {
        return;
    }
    ask(node, session, compare);
}

static void consider_all(struct node *node, struct session *session)
{
    struct compare *statements = compare_find(session, &statements_set);
    consider(node, session, statements);
    if (statements->state == COMPARE_LIVE || statements->vain) session->statements_agree = true;
    if (!session->statements_agree) return;
    for (size_t i = 0; i < session->compares_n; i++) {
        if (&session->compares[i] != statements) consider(node, session, &session->compares[i]);
    }
}

void compare_on_offer(struct node *node, struct session *session,
                      const struct wire_offer *offer)
{
    set_theirs(add_compare(session, &statements_set), offer->statements);
    if (session->state == SESSION_OPEN)
        set_theirs(add_compare(session, &beacons_set), offer->beacons);
    if (!keep_offered(session, offer)) {
        session_fail(node, session, ERR_TOO_BIG, "offer");
        return;
    }
    if (!session->offered_whole) return;
    relist(node, session);
    consider_all(node, session);
}

/* What was refused under the old fold may be taken under the new one. */
static void hope_again(struct node *node, struct session *session)
{
    for (size_t i = 0; i < session->compares_n; i++) {
        if (!session->compares[i].vain) continue;
        session->compares[i].vain = false;
        if (session->compare_ms > node->now_ms + 2 * COMPARE_AGAIN_MS) {
            session->compare_ms = node_jitter_ms(node, COMPARE_AGAIN_MS, COMPARE_AGAIN_MS);
        }
    }
}

void compare_on_membership(struct node *node, struct session *session)
{
    unlist(node, session); /* also while the peer's list is not whole: it may take its time */
    hope_again(node, session);
    if (!session->offered_whole) return;
    size_t before = session->compares_n;
    relist(node, session);
    for (size_t i = before; i < session->compares_n && session->statements_agree; i++) {
        consider(node, session, &session->compares[i]);
    }
}

void compare_on_removed(struct session *session)
{
    size_t kept = 0;
    for (size_t i = 0; i < session->compares_n; i++) {
        struct compare compare = session->compares[i];
        if (set_eq(&compare.set, &statements_set)) session->compares[kept++] = compare;
    }
    session->compares_n = kept;
}

void compare_on_buckets(struct node *node, struct session *session,
                        const struct wire_buckets *buckets)
{
    struct compare *compare = compare_find(session, &buckets->set);
    struct frontier *frontier = frontier_of(node, &buckets->set);
    if (compare == NULL || frontier == NULL) {
        session_send(node, session,
                     &(struct wire_message){.type = WIRE_DONE, .done = {.set = buckets->set}});
        return;
    }
    begin(node, compare, COMPARE_ASKED);
    for (unsigned bucket = 0; bucket < WIRE_BUCKET_COUNT; bucket++) {
        uint8_t mine[FRONTIER_ABBREV_BYTES] = {0};
        size_t n;
        frontier_entries(frontier, (uint8_t)bucket, &n);
        bool theirs = wire_bit(buckets->nonempty, (uint8_t)bucket);
        if (n > 0) frontier_abbrev_bucket(frontier, (uint8_t)bucket, mine, hash_of(session));
        if (theirs != (n > 0) ||
            (theirs && memcmp(mine, buckets->digests[bucket], WIRE_ABBREV_BUCKET_BYTES) != 0)) {
            wire_set_bit(compare->covered, (uint8_t)bucket);
        }
    }
    send_entries(node, session, &buckets->set, compare->covered, 0);
}

/* What the peer did not list in the buckets that it covers, it does not have. */
static void assume_nothing_held(struct session *session, const struct wire_entries *message,
                                struct frontier *frontier)
{
    for (unsigned bucket = 0; bucket < WIRE_BUCKET_COUNT; bucket++) {
        if (!wire_bit(message->covered, (uint8_t)bucket)) continue;
        size_t n;
        const struct entry *entries = frontier_entries(frontier, (uint8_t)bucket, &n);
        for (size_t i = 0; i < n; i++) {
            struct chain chain = {.device = entries[i].device, .tag = message->set.tag};
            struct link *link = session_link(session, &chain, 0);
            link->held = link->sent = 0;
        }
    }
}

/*
 * Whether a chain that a peer lists can be. Devices that are not known here have statements
 * that are not here yet, but nothing in a space, which is compared after them.
 */
static bool may_be(const struct node *node, struct session *session,
                   const struct wire_entries *message, const struct chain *chain)
{
    struct fold_device known;
    if (fold_device(node->fold, &chain->device, &known)) return true;
    if (session_link_find(session, chain) != NULL) return true;
    return message->set.kind == WIRE_SET_STATEMENTS &&
           session->strangers++ < COMPARE_STRANGERS_MAX;
}

static void take_entries(struct node *node, struct session *session,
                         const struct wire_entries *message)
{
    for (size_t i = 0; i < message->n; i++) {
        const struct entry *entry = &message->entries[i];
        struct chain chain = {.device = entry->device, .tag = message->set.tag};
        if (!may_be(node, session, message, &chain)) continue;
        struct link *link = session_link(session, &chain, entry->head.seq);
        link->held = link->sent = entry->head.seq;
        holdings_on_held(node, &chain, &session->device, entry->head.seq, &session->device);
        forks_on_entry(node, session, &chain, &entry->head);
    }
}

void compare_on_entries(struct node *node, struct session *session,
                        const struct wire_entries *message)
{
    struct compare *compare = compare_find(session, &message->set);
    struct frontier *frontier = frontier_of(node, &message->set);
    if (compare == NULL || frontier == NULL) {
        session_send(node, session,
                     &(struct wire_message){.type = WIRE_DONE, .done = {.set = message->set}});
        return;
    }
    bool asks = (message->flags & WIRE_REPLY) == 0;
    if (message->set.kind == WIRE_SET_BEACONS) {
        beacons_on_entries(node, session, message);
    } else {
        if (!compare->gathering) assume_nothing_held(session, message, frontier);
        take_entries(node, session, message);
    }
    compare->gathering = (message->flags & WIRE_MORE) != 0;
    if (compare->gathering) return;
    if (asks) {
        begin(node, compare, COMPARE_FLOWING);
        memcpy(compare->covered, message->covered, sizeof(compare->covered));
        send_entries(node, session, &message->set, message->covered, WIRE_REPLY);
    }
    compare->state = COMPARE_FLOWING;
    compare->since_ms = node->now_ms;
    if (message->set.kind == WIRE_SET_STATEMENTS) session->stream.statement_at = 0;
    for (size_t i = 0; i < session->links_n; i++) {
        if (space_tag_eq(&session->links[i].chain.tag, &message->set.tag)) {
            stream_wake(node, session, &session->links[i]);
        }
    }
}

void compare_on_done(struct node *node, struct session *session, const struct wire_done *done)
{
    struct compare *compare = compare_find(session, &done->set);
    if (compare == NULL) return;
    if (compare->state == COMPARE_ASKED) {
        compare->state =
            COMPARE_IDLE; /* not common for the peer yet: its next offer starts it */
        return;
    }
    compare->done_heard = true;
    compare_step(node, session);
}

/*
 * Both sides sent everything. Equal or not, it is over; in vain when nothing moved, unless that
 * was for our disk, which may take the same tomorrow.
 */
static void finish(const struct node *node, struct session *session, struct compare *compare)
{
    compare->state = COMPARE_LIVE;
    compare->vain = !compare->moved && node->ledger.store == ERR_OK;
    if (compare->set.kind == WIRE_SET_STATEMENTS && !session->statements_agree) {
        session->statements_agree = true;
        session->offer_stale = session->dial != 0; /* the answer starts the spaces */
    }
}

void compare_step(struct node *node, struct session *session)
{
    for (size_t i = 0; i < session->compares_n; i++) {
        struct compare *compare = &session->compares[i];
        if (compare->state != COMPARE_FLOWING || frontier_of(node, &compare->set) == NULL)
            continue;
        if (!compare->done_sent && stream_idle_on(node, session, &compare->set)) {
            compare->done_sent = true;
            session_send(
                node, session,
                &(struct wire_message){.type = WIRE_DONE, .done = {.set = compare->set}});
        }
        if (compare->done_sent && compare->done_heard) finish(node, session, compare);
    }
}
