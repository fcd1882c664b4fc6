#include "proto/member/signatures.h"
#include "proto/base/cursor.h"
#include "proto/member/fold_state.h"

/* Signatures inside payloads, checked once when a statement becomes complete. */

static bool root_signed(const struct network_id *network, const struct node *node,
                        const struct root_pk *pk)
{
    struct statement_place place = {
        .network = *network,
        .device = node->item.device,
        .seq = node->item.seq,
        .prev = node->item.prev,
    };
    return statement_verify_root(node->item.body, &place, pk);
}

static bool joiner_signed(const struct network_id *network, const struct statement *st)
{
    struct invite_request request = {
        .invite = st->u.admit.invite,
        .school = st->u.admit.school,
        .school_name = st->u.admit.school_name,
        .root_pk = st->u.admit.root_pk,
        .recovery_pk = st->u.admit.recovery_pk,
        .device = st->u.admit.device,
    };
    memcpy(request.signature, st->u.admit.signature, sizeof(request.signature));
    return invite_request_verify(&request, network);
}

/* Two well-signed headers at one place; or a well-signed one that names an ill-signed one. */
bool signatures_prove(const struct network_id *network, const struct statement *st)
{
    struct envelope a, b;
    if (envelope_decode(&a, slice_of(st->u.proof.a, ENVELOPE_HEADER_BYTES)) != ERR_OK ||
        envelope_decode(&b, slice_of(st->u.proof.b, ENVELOPE_HEADER_BYTES)) != ERR_OK) {
        return false;
    }
    struct chain x = envelope_chain(&a), y = envelope_chain(&b);
    if (a.kind == ENVELOPE_BEACON || b.kind == ENVELOPE_BEACON || !chain_eq(&x, &y)) {
        return false;
    }
    /* A second `found` is no fork of this network: its header names none. */
    if (!network_id_eq(&a.network, network) || !network_id_eq(&b.network, network))
        return false;
    if (!envelope_verify_signature(st->u.proof.b)) return false;
    bool a_signed = envelope_verify_signature(st->u.proof.a);
    if (a.seq == b.seq) return a_signed;
    struct envelope_id id;
    envelope_id(&id, st->u.proof.a);
    return b.seq == a.seq + 1 && envelope_id_eq(&id, &b.prev) && !a_signed;
}

bool signatures_hold(const struct network_id *network, const struct node *node)
{
    static const struct network_id none;
    const struct statement *st = node->statement;
    if (st == NULL) return false;
    switch (st->type) {
    case STATEMENT_FOUND:
        return root_signed(&none, node, &st->u.found.root_pk);
    case STATEMENT_ADMIT:
        return joiner_signed(network, st);
    case STATEMENT_PROOF:
        return signatures_prove(network, st);
    default:
        return !st->root.by_root || root_signed(network, node, &st->root.pk);
    }
}

struct chain signatures_proven(const struct statement *proof, uint64_t *seq)
{
    struct chain chain;
    memcpy(chain.device.b, proof->u.proof.a + 40, sizeof(chain.device.b));
    memcpy(chain.tag.b, proof->u.proof.a + 72, sizeof(chain.tag.b));
    *seq = get_be64(proof->u.proof.a + 88);
    return chain;
}
