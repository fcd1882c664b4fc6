#include "daemon/core/mends.h"

#include <stdlib.h>

#include "daemon/core/inner.h"

void mends_fini(struct mends *mends)
{
    free(mends->wants);
    *mends = (struct mends){0};
}

static void forget(struct mends *mends, struct mends_want *want)
{
    *want = mends->wants[--mends->n];
}

static void refuse(struct node *node, struct mends_want *want, enum err err, const char *why)
{
    node_refuse(node, want->ticket, err, why);
    forget(&node->mends, want);
}

/* Of the next peer; the MEND ends when there is none. False: it ended. */
static bool ask_next(struct node *node, struct mends_want *want)
{
    struct session *session = asking_next(node, &want->asking);
    if (session == NULL) {
        refuse(node, want, ERR_NOT_FOUND, "nobody who is connected now has it");
        return false;
    }
    session_send(node, session,
                 &(struct wire_message){
                     .type = WIRE_FETCH,
                     .fetch = {.number = want->asking.number,
                               .by = WIRE_FETCH_PLACE,
                               .chain = want->chain,
                               .seq = want->seq},
                 });
    return true;
}

/* Whether the payload of a place is to be here; an erase may have come meanwhile. */
static bool is_due(const struct node *node, const struct chain *chain, uint64_t seq,
                   struct stored *out)
{
    return node->reader->at(node->reader->ctx, chain, seq, out) && out->payload_held &&
           fold_erased(node->fold, chain, seq, &out->id) != FOLD_ERASED;
}

void mends_mend(struct node *node, const struct command *command)
{
    const struct command_mend *act = &command->mend;
    struct mends *mends = &node->mends;
    struct stored stored;
    if (!is_due(node, &act->chain, act->seq, &stored)) {
        node_refuse(node, command->ticket, ERR_INVALID, "nothing is missing there");
        return;
    }
    if (mends->n >= MENDS_WANTS_MAX) {
        node_refuse(node, command->ticket, ERR_BUSY, "others are being fetched");
        return;
    }
    MEM_RESERVE(mends->wants, mends->n, mends->cap);
    struct mends_want *want = &mends->wants[mends->n++];
    *want =
        (struct mends_want){.ticket = command->ticket, .chain = act->chain, .seq = act->seq};
    (void)ask_next(node, want);
}

/* It is the envelope that stands there, and whole. */
static bool is_whole(const struct stored *stored, const struct wire_envelope *message)
{
    struct envelope envelope;
    struct envelope_id id;
    if (message->held != WIRE_HELD_WHOLE ||
        envelope_decode(&envelope, slice_of(message->header, ENVELOPE_HEADER_BYTES)) !=
            ERR_OK) {
        return false;
    }
    envelope_id(&id, message->header);
    return envelope_id_eq(&id, &stored->id) &&
           envelope_check_payload(&envelope, message->payload) == ERR_OK;
}

bool mends_on_envelope(struct node *node, struct session *session,
                       const struct wire_envelope *message)
{
    struct mends *mends = &node->mends;
    size_t i = 0;
    while (i < mends->n && !asking_is(&mends->wants[i].asking, session, message->number))
        i++;
    if (i == mends->n) return false;
    struct mends_want *want = &mends->wants[i];
    struct stored stored;
    if (!is_due(node, &want->chain, want->seq, &stored)) {
        refuse(node, want, ERR_INVALID, "it was erased meanwhile");
    } else if (!is_whole(&stored, message)) {
        node->refused += message->held == WIRE_HELD_WHOLE;
        (void)ask_next(node, want);
    } else if (ledger_ready(node) != ERR_OK) {
        refuse(node, want, ERR_NO_SPACE, "the disk takes nothing; free some space");
    } else {
        ledger_write(node, &(struct write){.kind = WRITE_PAYLOAD,
                                           .chain = want->chain,
                                           .seq = want->seq,
                                           .payload = message->payload});
        ledger_reply(node, &(struct reply){.ticket = want->ticket, .count = 1});
        forget(mends, want);
    }
    return true;
}

uint64_t mends_tick(struct node *node)
{
    uint64_t wake = UINT64_MAX;
    for (size_t i = 0; i < node->mends.n;) {
        struct mends_want *want = &node->mends.wants[i];
        if (asking_is_lost(node, &want->asking) && !ask_next(node, want)) continue;
        uint64_t due = want->asking.since_ms + ASKING_ANSWER_MS;
        if (due < wake) wake = due;
        i++;
    }
    return wake;
}
