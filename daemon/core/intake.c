#include "daemon/core/intake.h"

#include "daemon/core/compare.h"
#include "daemon/core/inner.h"

/* What did not attach is compared again soon: what it lacked is often on its way. */
enum { INTAKE_AGAIN_MS = 2000 };

void intake_on_run(struct node *node, struct session *session, const struct wire_run *run)
{
    struct intake *intake = &session->intake;
    if (intake->running) {
        session_fail(node, session, ERR_MALFORMED, "run");
        return;
    }
    intake->running = true;
    intake->bytes = 0;
    /* Whose membership reached us later than its envelopes is heard again at the next compare.
     */
    intake->skip = books_find(node, &run->tag) == NULL || node->ledger.store != ERR_OK;
    run_unpacker_begin(&intake->unpacker, &node->network, run);
}

void intake_on_items(struct node *node, struct session *session, const struct wire_items *items,
                     size_t message_bytes)
{
    struct intake *intake = &session->intake;
    if (!intake->running || message_bytes > intake->credit) {
        session_fail(node, session, intake->running ? ERR_CREDIT : ERR_MALFORMED, "items");
        return;
    }
    intake->credit -= message_bytes;
    intake->bytes += message_bytes;
    if (intake->skip) return;
    enum err err = run_unpacker_items(&intake->unpacker, items);
    if (err != ERR_OK) {
        intake_on_cut(node, session);
        session_fail(node, session, err, "items");
    }
}

/* A record: by a device that may write there, with the payload it was signed with or an erase.
 */
static enum err admit_record(struct node *node, const struct envelope *envelope,
                             const struct run_item *item, bool *erased)
{
    struct chain chain = envelope_chain(envelope);
    enum err err = fold_admits(node->fold, envelope, &item->id, (struct slice){0});
    if (err != ERR_OK) return err;
    enum fold_erased named = fold_erased(node->fold, &chain, envelope->seq, &item->id);
    if (item->erased && named == FOLD_NOT_ERASED) return ERR_HASH;
    *erased = item->erased || named == FOLD_ERASED;
    return ERR_OK;
}

static enum err take_one(struct node *node, const struct run_item *item, uint64_t conn,
                         bool *is_new)
{
    struct envelope envelope;
    enum err err = envelope_decode(&envelope, slice_of(item->header, ENVELOPE_HEADER_BYTES));
    if (err != ERR_OK) return err;
    struct chain chain = envelope_chain(&envelope);
    struct place tip = ledger_tip(node, &chain);
    *is_new = envelope.seq > tip.seq;
    if (!*is_new) {
        struct envelope_id held;
        if (!ledger_id_at(node, &chain, envelope.seq, &held)) return ERR_ORDER;
        return envelope_id_eq(&held, &item->id) ? ERR_OK : ERR_FORK;
    }
    if (envelope.seq != tip.seq + 1) return ERR_ORDER;
    if (!envelope_id_eq(&envelope.prev, &tip.id)) return ERR_FORK;
    if (device_pk_eq(&chain.device, &node->options.device_pk)) forks_on_own(node);
    if (space_tag_is_zero(&chain.tag)) {
        return books_add_statement(node, item->header, &item->id, item->payload, conn);
    }
    bool erased;
    err = admit_record(node, &envelope, item, &erased);
    if (err != ERR_OK) return err;
    ledger_put(node, item->header, &item->id, erased ? (struct slice){0} : item->payload,
               erased, conn);
    return ERR_OK;
}

enum err intake_take(struct node *node, struct run_unpacker *unpacker, uint64_t conn,
                     size_t *taken)
{
    *taken = 0;
    for (size_t i = 0; i < run_unpacker_good(unpacker); i++) {
        const struct run_item *item = run_unpacker_item(unpacker, i);
        bool is_new;
        enum err err = take_one(node, item, conn, &is_new);
        if (err != ERR_OK) {
            if (err == ERR_FORK) forks_on_item(node, conn, item);
            return err;
        }
        *taken += is_new;
    }
    return ERR_OK;
}

/*
 * What a run's end means for its sender. A wrong signature or hash is its fault; what does not
 * attach, or whose writer is not known yet, is not: digests are compared again.
 */
static void judge(struct node *node, struct session *session, enum err err)
{
    switch ((int)err) {
    case ERR_OK:
        return;
    case ERR_ORDER:
    case ERR_NOT_MEMBER:
    case ERR_CLIPPED:
    case ERR_FROZEN:
    case ERR_FORK:
    case ERR_EXISTS:
        node->refused++;
        node_trace(node, "intake", session->conn, "run", "stopped", err_text(err), 0);
        if (session->compare_ms > node->now_ms + INTAKE_AGAIN_MS) {
            session->compare_ms =
                node_jitter_ms(node, INTAKE_AGAIN_MS / 2, INTAKE_AGAIN_MS / 2);
        }
        return;
    default:
        session_fail(node, session, err, "run");
    }
}

static void end(struct node *node, struct session *session, enum run_ending ending,
                uint16_t count)
{
    struct intake *intake = &session->intake;
    size_t taken = 0;
    enum err err = ERR_OK;
    intake->running = false;
    if (!intake->skip) {
        enum err signature = run_unpacker_finish(&intake->unpacker, ending, count);
        node->checks += signature == ERR_OK ? 1 : 10; /* halving */
        err = intake_take(node, &intake->unpacker, session->conn, &taken);
        if (err == ERR_OK) err = signature;
    }
    session->envelopes_in += taken;
    if (taken > 0) {
        struct compare *compare = compare_of_tag(session, &intake->unpacker.run.tag);
        if (compare != NULL) compare->moved = true;
    }
    ledger_credit(node, session->conn, intake->bytes);
    if (ending == RUN_COMPLETE) judge(node, session, err);
}

void intake_on_run_end(struct node *node, struct session *session,
                       const struct wire_run_end *run_end)
{
    if (!session->intake.running) {
        session_fail(node, session, ERR_MALFORMED, "run end");
        return;
    }
    end(node, session, RUN_COMPLETE, run_end->count);
}

void intake_on_cut(struct node *node, struct session *session)
{
    if (session->intake.running) end(node, session, RUN_CUT, 0);
}
