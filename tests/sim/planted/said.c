/* Planted: acknowledges what is not stored yet. */
#include "daemon/core/inner.h"

void __real_ledger_put(struct node *node, const uint8_t *header, const struct envelope_id *id,
                       struct slice payload, bool erased, uint64_t conn);
void __wrap_ledger_put(struct node *node, const uint8_t *header, const struct envelope_id *id,
                       struct slice payload, bool erased, uint64_t conn);

void __wrap_ledger_put(struct node *node, const uint8_t *header, const struct envelope_id *id,
                       struct slice payload, bool erased, uint64_t conn)
{
    struct envelope envelope;

    __real_ledger_put(node, header, id, payload, erased, conn);
    if (conn == 0 ||
        envelope_decode(&envelope, slice_of(header, ENVELOPE_HEADER_BYTES)) != ERR_OK)
        return;
    struct chain chain = envelope_chain(&envelope);
    struct place place = {.seq = envelope.seq, .id = *id};
    sessions_ack(node, conn, &chain, &place);
}
