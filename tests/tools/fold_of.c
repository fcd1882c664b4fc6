#include "tests/tools/fold_of.h"

static enum err judge(const struct ask_envelope *item, struct envelope *envelope,
                      const struct network_id *network)
{
    enum err err = envelope_decode(envelope, slice_of(item->header, sizeof(item->header)));
    if (err != ERR_OK) return err;
    if (envelope->kind != ENVELOPE_STATEMENT) return ERR_INVALID;
    if (network_id_is_zero(&envelope->network)) {
        /* The only `found` is the one whose id is the network's. */
        if (memcmp(item->id.b, network->b, sizeof(network->b)) != 0) return ERR_NETWORK;
    } else if (!network_id_eq(&envelope->network, network)) {
        return ERR_NETWORK;
    }
    if (!envelope_verify_signature(item->header)) return ERR_SIGNATURE;
    return item->whole ? envelope_check_payload(envelope, item->payload) : ERR_HASH;
}

struct fold *fold_of(struct ask *ask, json_t *refused)
{
    struct network_id network;
    ask_bytes(ask, ask->request, "network_id", network.b, sizeof(network.b));
    const json_t *list = ask_list(ask, ask->request, "statements", false);
    if (ask->failed) return NULL;
    struct fold *fold = fold_new(&network);
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct ask_envelope item;
        struct envelope envelope;
        ask_envelope(ask, json_array_get(list, i), &item);
        if (ask->failed) break;
        enum err err = judge(&item, &envelope, &network);
        if (err == ERR_OK) {
            struct fold_item statement = {.id = item.id,
                                          .device = envelope.device,
                                          .seq = envelope.seq,
                                          .prev = envelope.prev,
                                          .body = item.payload};
            enum fold_added added = fold_add(fold, &statement);
            if (added == FOLD_REFUSED) err = ERR_MALFORMED;
            if (added == FOLD_FULL) err = ERR_LIMIT;
        }
        if (err != ERR_OK && refused != NULL) {
            json_t *row = json_object();
            ask_put_number(row, "index", i);
            ask_put_hex(row, "id", item.id.b, sizeof(item.id.b));
            json_object_set_new(row, "reason", json_string(err_name(err)));
            json_array_append_new(refused, row);
        }
    }
    if (ask->failed) {
        fold_free(fold);
        return NULL;
    }
    fold_refresh(fold);
    return fold;
}
