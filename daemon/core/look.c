/* The getters of node.h: what API, status and doctor ask between steps. */
#include <string.h>

#include "daemon/core/inner.h"

void node_get_status(const struct node *node, struct node_status *out)
{
    *out = (struct node_status){
        .state = node->state,
        .network = node->network,
        .store = node->forks.copied ? ERR_FROZEN : node->ledger.store,
        .lseq = node->ledger.lseq,
        .batches_pending = node->ledger.batches_n,
        .statements = node->fold == NULL ? 0 : fold_count(node->fold),
        .waiting = node->fold == NULL ? 0 : fold_waiting(node->fold),
        .unreadable_peers = node->refused,
        .damaged = node->damaged,
    };
    if (node->state == NODE_JOINING) {
        out->joining_words = node->joins.words[0] == '\0' ? NULL : node->joins.words;
        out->joining_note = node->joins.note;
    }
}

const struct fold *node_fold(const struct node *node)
{
    return node->state == NODE_SOLO ? NULL : node->fold;
}

static const struct session *session_with(const struct node *node,
                                          const struct device_pk *device)
{
    for (size_t i = 0; i < node->sessions.n; i++) {
        const struct session *session = node->sessions.all[i];
        if (session->state == SESSION_OPEN && device_pk_eq(&session->device, device)) {
            return session;
        }
    }
    return NULL;
}

void node_each_peer(const struct node *node, node_peer_fn fn, void *arg)
{
    for (size_t i = 0; i < node->dialer.n; i++) {
        const struct dialer_contact *contact = &node->dialer.contacts[i];
        struct fold_device device;
        if (node->fold == NULL || !contact->wanted) continue;
        if (!fold_device(node->fold, &contact->device, &device)) continue;
        const struct session *session = session_with(node, &contact->device);
        struct node_peer peer = {
            .device = contact->device,
            .school = device.school,
            .connected = session != NULL,
            .address = contact->worked[0] != '\0' ? contact->worked
                       : contact->addresses_n > 0 ? contact->addresses[0]
                                                  : NULL,
            .heard_wall_s = contact->heard_wall_s,
            .next_dial_ms = session != NULL ? 0 : contact->next_ms,
            .failures = contact->failures,
            .turned_away = session == NULL && contact->turned_away,
        };
        if (session != NULL) {
            peer.outgoing = session->dial != 0;
            peer.equal = session_is_equal(session);
            peer.heard_wall_s = node->wall_s;
            peer.bytes_in = session->bytes_in;
            peer.bytes_out = session->bytes_out;
            peer.envelopes_in = session->envelopes_in;
            peer.envelopes_out = session->envelopes_out;
        }
        fn(arg, &peer);
    }
}

void node_each_holding(const struct node *node, node_holding_fn fn, void *arg)
{
    for (size_t i = 0; i < node->holdings.n; i++) {
        const struct holdings_row *row = &node->holdings.rows[i];
        if (!device_pk_eq(&row->chain.device, &node->options.device_pk)) continue;
        struct node_holding holding = {.tag = row->chain.tag,
                                       .holder = row->holder,
                                       .seq = row->seq,
                                       .through = row->through,
                                       .wall_s = row->wall_s};
        fn(arg, &holding);
    }
}

void node_each_request(const struct node *node, node_request_fn fn, void *arg)
{
    for (size_t i = 0; i < node->joins.requests_n; i++) {
        const struct joins_request *request = &node->joins.requests[i];
        const char *note = "";
        for (size_t k = 0; k < node->joins.invites_n; k++) {
            if (invite_id_eq(&node->joins.invites[k].id, &request->invite)) {
                note = node->joins.invites[k].note;
            }
        }
        fn(arg, &(struct node_request){.invite = request->invite,
                                       .school_name = request->school_name,
                                       .device_name = request->device_name,
                                       .four_words = request->words,
                                       .note = note,
                                       .wall_s = request->wall_s});
    }
}

void node_each_invite(const struct node *node, node_invite_fn fn, void *arg)
{
    for (size_t i = 0; i < node->joins.invites_n; i++) {
        const struct joins_invite *invite = &node->joins.invites[i];
        fn(arg, &(struct node_invite){.invite = invite->id,
                                      .code = invite->code,
                                      .note = invite->note,
                                      .expires_wall_s = invite->expires_wall_s,
                                      .approve_automatically = invite->approve_automatically});
    }
}

void node_each_space(const struct node *node, node_space_fn fn, void *arg)
{
    for (size_t i = 0; i < node->books.spaces_n; i++) {
        const struct book *book = &node->books.spaces[i];
        struct node_space space = {.space = book->space, .chains = book->frontier->n};
        struct key_id id;
        const struct epoch_key *key;
        size_t at = 0;
        for (const struct entry *entry; (entry = frontier_next(book->frontier, &at)) != NULL;) {
            space.envelopes += entry->head.seq;
        }
        if (fold_part(node->fold, &book->tag, &node->options.school) == FOLD_MEMBER) {
            space.key = keyring_write_key(node->keyring, node->fold, &book->tag, &id, &key);
            space.readable = space.key == ERR_OK;
        }
        fn(arg, &space);
    }
}

size_t node_piece(const struct node *node, const struct piece_id *id)
{
    return node->reader->piece(node->reader->ctx, id);
}

void node_each_piece(const struct node *node, store_piece_fn fn, void *arg)
{
    node->reader->each_piece(node->reader->ctx, fn, arg);
}
