#include "daemon/core/aside.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/core/inner.h"

enum {
    ASIDE_KEPT_MAX = 4096,
    ASIDE_WANTS_MAX = 64,
    ASIDE_FOUND_MAX = 128,
    ASIDE_STALE_MS = 20 * 1000, /* an unanswered question is asked again */
};

static void found_drop(struct aside *aside, size_t i)
{
    buf_fini(&aside->found[i].payload);
    aside->found[i] = aside->found[--aside->found_n];
}

void aside_fini(struct aside *aside)
{
    while (aside->found_n > 0)
        found_drop(aside, 0);
    free(aside->kept);
    free(aside->wants);
    free(aside->found);
    *aside = (struct aside){0};
}

void aside_reload(struct aside *aside)
{
    aside->kept_n = 0;
}

void aside_on_stored(struct aside *aside, const struct envelope_id *id, const uint8_t *header)
{
    MEM_RESERVE(aside->kept, aside->kept_n, aside->kept_cap);
    struct aside_kept *kept = &aside->kept[aside->kept_n++];
    kept->id = *id;
    memcpy(kept->header, header, sizeof(kept->header));
}

bool aside_find(const struct node *node, const struct envelope_id *id,
                struct wire_envelope *out)
{
    for (size_t i = 0; i < node->aside.kept_n; i++) {
        const struct aside_kept *kept = &node->aside.kept[i];
        struct fold_item item;
        if (!envelope_id_eq(&kept->id, id) || !fold_find(node->fold, id, &item)) continue;
        out->held = WIRE_HELD_WHOLE;
        out->payload = item.body;
        memcpy(out->header, kept->header, sizeof(out->header));
        return true;
    }
    return false;
}

/* ------------------------------------------------------------------------------- asking -- */

static struct aside_found *found_of(struct aside *aside, const struct envelope_id *id)
{
    for (size_t i = 0; i < aside->found_n; i++) {
        if (envelope_id_eq(&aside->found[i].id, id)) return &aside->found[i];
    }
    return NULL;
}

void aside_want(struct node *node, uint64_t conn, const struct envelope_id *id, bool vouched)
{
    struct aside *aside = &node->aside;
    struct session *session = conn == 0 ? NULL : session_find(node, conn);
    struct aside_found *found = found_of(aside, id);
    if (found != NULL) {
        found->offered = false;
        return;
    }
    if (session == NULL || session->state != SESSION_OPEN) return;
    for (size_t i = 0; i < aside->wants_n;) {
        struct aside_want *want = &aside->wants[i];
        if (node->now_ms >= want->since_ms + ASIDE_STALE_MS) {
            *want = aside->wants[--aside->wants_n];
            continue;
        }
        if (want->conn == conn && envelope_id_eq(&want->id, id)) return;
        i++;
    }
    if (aside->wants_n >= ASIDE_WANTS_MAX) return;
    MEM_RESERVE(aside->wants, aside->wants_n, aside->wants_cap);
    struct aside_want *want = &aside->wants[aside->wants_n++];
    *want = (struct aside_want){.conn = conn,
                                .number = ++node->next_question,
                                .id = *id,
                                .vouched = vouched,
                                .since_ms = node->now_ms};
    session_send(node, session,
                 &(struct wire_message){
                     .type = WIRE_FETCH,
                     .fetch = {.number = want->number, .by = WIRE_FETCH_ID, .id = *id},
                 });
}

static bool take_want(struct aside *aside, uint64_t conn, uint32_t number,
                      struct aside_want *out)
{
    for (size_t i = 0; i < aside->wants_n; i++) {
        if (aside->wants[i].conn != conn || aside->wants[i].number != number) continue;
        *out = aside->wants[i];
        aside->wants[i] = aside->wants[--aside->wants_n];
        return true;
    }
    return false;
}

/* ------------------------------------------------------------------------------- keeping -- */

/* What it names as its past and is not held; false when all of it is. */
static bool lacks(const struct node *node, const struct envelope *envelope, struct slice body,
                  struct envelope_id *out)
{
    uint8_t type;
    struct statement_list seen;
    if (envelope->seq > 1 && !fold_holds(node->fold, &envelope->prev)) {
        *out = envelope->prev;
        return true;
    }
    if (statement_decode_seen(&type, &seen, body) != ERR_OK) return false;
    for (size_t i = 0; i < seen.n; i++) {
        if (fold_holds(node->fold, statement_id_at(&seen, i))) continue;
        *out = *statement_id_at(&seen, i);
        return true;
    }
    return false;
}

/* Of a chain that is known, and that the fold clips before it, or where another stands. */
static void keep(struct node *node, const struct aside_found *found,
                 const struct envelope *envelope)
{
    struct chain chain = envelope_chain(envelope);
    struct fold_limit limit = fold_limit(node->fold, &chain);
    bool unknown = limit.why == FOLD_CLIP_NOT_MEMBER && limit.limit == 0;
    if (unknown || node->aside.kept_n >= ASIDE_KEPT_MAX) return;
    struct fold_item item = {.id = found->id,
                             .device = envelope->device,
                             .seq = envelope->seq,
                             .prev = envelope->prev,
                             .body = buf_slice(&found->payload)};
    enum fold_added added = fold_add(node->fold, &item);
    fold_refresh(node->fold);
    if (added != FOLD_ADDED) return;
    ledger_write(node, &(struct write){.kind = WRITE_ENVELOPE,
                                       .header = slice_of(found->header, ENVELOPE_HEADER_BYTES),
                                       .payload = buf_slice(&found->payload),
                                       .chain = chain,
                                       .seq = envelope->seq,
                                       .aside = true});
    aside_on_stored(&node->aside, &found->id, found->header);
    node->membership_changed = true;
    node_trace(node, "aside", 0, "statement", "kept", NULL, envelope->seq);
}

/* Its past is held: it follows its chain's head after all, or stands aside. */
static void place(struct node *node, const struct aside_found *found,
                  const struct envelope *envelope)
{
    struct chain chain = envelope_chain(envelope);
    struct place tip = ledger_tip(node, &chain);
    if (envelope->seq == tip.seq + 1 && envelope_id_eq(&envelope->prev, &tip.id) &&
        books_add_statement(node, found->header, &found->id, buf_slice(&found->payload), 0) ==
            ERR_OK) {
        return;
    }
    keep(node, found, envelope);
    if (envelope->seq <= tip.seq) {
        struct run_item item = {.id = found->id, .payload = buf_slice(&found->payload)};
        memcpy(item.header, found->header, sizeof(item.header));
        forks_on_item(node, 0, &item);
    }
}

/* All that came and whose past is held now; what the others lack is asked for. */
static void settle(struct node *node, uint64_t conn)
{
    struct aside *aside = &node->aside;
    for (size_t i = 0; i < aside->found_n;) {
        struct aside_found *found = &aside->found[i];
        struct envelope envelope;
        struct envelope_id lacking;
        if (found->offered) {
            i++;
            continue;
        }
        bool good = envelope_decode(&envelope,
                                    slice_of(found->header, sizeof(found->header))) == ERR_OK;
        if (good && !fold_holds(node->fold, &found->id)) {
            if (lacks(node, &envelope, buf_slice(&found->payload), &lacking)) {
                const struct aside_found *other = found_of(aside, &lacking);
                bool named = other != NULL && other->offered;
                aside_want(node, conn, &lacking, envelope_id_eq(&lacking, &envelope.prev));
                i = named ? 0 : i + 1;
                continue;
            }
            place(node, found, &envelope);
        }
        found_drop(aside, i);
        i = 0; /* it may be what another one waited for */
    }
}

static bool is_ours(const struct node *node, const struct wire_envelope *message,
                    struct envelope *out)
{
    return message->held == WIRE_HELD_WHOLE &&
           envelope_decode(out, slice_of(message->header, ENVELOPE_HEADER_BYTES)) == ERR_OK &&
           out->kind == ENVELOPE_STATEMENT && network_id_eq(&out->network, &node->network) &&
           envelope_check_payload(out, message->payload) == ERR_OK;
}

static struct aside_found *found_add(struct aside *aside, const struct envelope_id *id,
                                     const struct wire_envelope *message)
{
    if (aside->found_n >= ASIDE_FOUND_MAX) found_drop(aside, 0);
    MEM_RESERVE(aside->found, aside->found_n, aside->found_cap);
    struct aside_found *found = &aside->found[aside->found_n++];
    *found = (struct aside_found){.id = *id};
    memcpy(found->header, message->header, sizeof(found->header));
    buf_put(&found->payload, message->payload.p, message->payload.n);
    return found;
}

void aside_offer(struct node *node, const struct wire_envelope *message)
{
    struct envelope envelope;
    struct envelope_id id;
    if (!is_ours(node, message, &envelope)) return;
    envelope_id(&id, message->header);
    if (fold_holds(node->fold, &id) || found_of(&node->aside, &id) != NULL) return;
    node->checks++;
    if (!envelope_verify_signature(message->header)) return;
    found_add(&node->aside, &id, message)->offered = true;
}

void aside_settle(struct node *node)
{
    if (ledger_ready(node) == ERR_OK) settle(node, 0);
}

void aside_end_offers(struct node *node)
{
    struct aside *aside = &node->aside;
    for (size_t i = 0; i < aside->found_n;) {
        if (aside->found[i].offered) {
            found_drop(aside, i);
        } else {
            i++;
        }
    }
}

bool aside_at(const struct node *node, size_t i, struct wire_envelope *out)
{
    *out = (struct wire_envelope){0};
    return i < node->aside.kept_n && aside_find(node, &node->aside.kept[i].id, out);
}

void aside_on_envelope(struct node *node, struct session *session,
                       const struct wire_envelope *message)
{
    struct aside *aside = &node->aside;
    struct aside_want want;
    struct envelope envelope;
    struct envelope_id id;
    if (!take_want(aside, session->conn, message->number, &want)) return;
    if (message->held != WIRE_HELD_WHOLE || ledger_ready(node) != ERR_OK) return;
    envelope_id(&id, message->header);
    if (!envelope_id_eq(&id, &want.id) || !is_ours(node, message, &envelope) ||
        !(want.vouched || envelope_verify_signature(message->header))) {
        node->refused++;
        return;
    }
    found_add(aside, &id, message);
    settle(node, session->conn);
}
