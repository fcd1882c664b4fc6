/* Envelopes: what every node judges without a key, and what the audience reads with one. */
#include <string.h>

#include "proto/base/text.h"
#include "proto/envelope/space.h"
#include "proto/member/fold.h"
#include "tests/tools/fold_of.h"
#include "tests/tools/ops.h"

static void put_envelope(json_t *out, const struct envelope *envelope,
                         const struct envelope_id *id)
{
    ask_put_hex(out, "id", id->b, sizeof(id->b));
    ask_put_number(out, "kind", envelope->kind);
    ask_put_hex(out, "network_id", envelope->network.b, sizeof(envelope->network.b));
    ask_put_hex(out, "device_pk", envelope->device.b, sizeof(envelope->device.b));
    ask_put_hex(out, "space_tag", envelope->tag.b, sizeof(envelope->tag.b));
    ask_put_number(out, "seq", envelope->seq);
    ask_put_hex(out, "prev", envelope->prev.b, sizeof(envelope->prev.b));
    ask_put_hex(out, "key_id", envelope->key_id.b, sizeof(envelope->key_id.b));
    ask_put_number(out, "payload_len", envelope->payload_len);
}

/* The place that the envelope must follow, when the request names the chain's head. */
static enum err check_place(struct ask *ask, const struct envelope *envelope,
                            const struct envelope_id *id)
{
    const json_t *head = json_object_get(ask->request, "head");
    if (head == NULL) return ERR_OK;
    struct envelope_id at;
    uint64_t seq = ask_number(ask, head, "seq", INT64_MAX);
    ask_bytes(ask, head, "id", at.b, sizeof(at.b));
    if (ask->failed) return ERR_OK;
    if (envelope->seq == seq && !envelope_id_eq(id, &at)) return ERR_FORK;
    if (envelope->seq != seq + 1) return ERR_ORDER;
    return envelope_id_eq(&envelope->prev, &at) ? ERR_OK : ERR_FORK;
}

static enum err admit(struct ask *ask, const struct ask_envelope *item,
                      struct envelope *envelope)
{
    enum err err = envelope_decode(envelope, slice_of(item->header, sizeof(item->header)));
    if (err != ERR_OK) return err;
    if (ask_has(ask->request, "network_id") && !network_id_is_zero(&envelope->network)) {
        struct network_id network;
        ask_bytes(ask, ask->request, "network_id", network.b, sizeof(network.b));
        if (!network_id_eq(&network, &envelope->network)) return ERR_NETWORK;
    }
    if ((err = check_place(ask, envelope, &item->id)) != ERR_OK) return err;
    if (!envelope_verify_signature(item->header)) return ERR_SIGNATURE;
    if (item->whole && (err = envelope_check_payload(envelope, item->payload)) != ERR_OK) {
        return err;
    }
    if (!ask_has(ask->request, "statements")) return ERR_OK;
    struct fold *fold = fold_of(ask, NULL);
    if (fold == NULL) return ERR_OK;
    err = fold_admits(fold, envelope, &item->id,
                      envelope->kind == ENVELOPE_STATEMENT ? item->payload : (struct slice){0});
    fold_free(fold);
    return err;
}

void op_envelope_admit(struct ask *ask)
{
    struct ask_envelope item;
    struct envelope envelope = {0};
    ask_envelope(ask, ask->request, &item);
    if (ask->failed) return;
    enum err err = admit(ask, &item, &envelope);
    ask_result(ask, err);
    if (err == ERR_OK) put_envelope(ask->answer, &envelope, &item.id);
}

void op_envelope_read(struct ask *ask)
{
    struct ask_envelope item;
    struct epoch_key key;
    struct envelope envelope;
    ask_envelope(ask, ask->request, &item);
    ask_bytes(ask, ask->request, "epoch_key", key.b, sizeof(key.b));
    if (!item.whole) ask_fail(ask, "payload", "is missing");
    if (ask->failed) return;
    struct buf plain = {0};
    enum err err = envelope_decode(&envelope, slice_of(item.header, sizeof(item.header)));
    if (err == ERR_OK) err = envelope_check_payload(&envelope, item.payload);
    if (err == ERR_OK) err = envelope_open_record(&plain, item.header, &key, item.payload);
    ask_result(ask, err);
    if (err == ERR_OK) {
        ask_put_hex(ask->answer, "plain", plain.data, plain.len);
        if (text_is_utf8(buf_slice(&plain))) {
            ask_put_text(ask->answer, "text", (const char *)plain.data, plain.len);
        }
    }
    buf_fini(&plain);
}

/* Names of a space and, with an epoch's key, of that key. */
void op_space(struct ask *ask)
{
    struct space_id space = {0};
    if (ask_has(ask->request, "space_id")) {
        ask_bytes(ask, ask->request, "space_id", space.b, sizeof(space.b));
    } else {
        struct network_id network;
        uint8_t x[32] = {0};
        uint64_t class = ask_number(ask, ask->request, "class", SPACE_GROUP);
        ask_bytes(ask, ask->request, "network_id", network.b, sizeof(network.b));
        if (class != SPACE_NETWORK) ask_bytes(ask, ask->request, "x", x, sizeof(x));
        if (ask->failed) return;
        struct school_id school;
        struct envelope_id group;
        memcpy(school.b, x, sizeof(x));
        memcpy(group.b, x, sizeof(x));
        switch (class) {
        case SPACE_NETWORK:
            space_network(&space, &network);
            break;
        case SPACE_OWN:
            space_own(&space, &network, &school);
            break;
        case SPACE_HUB:
            space_hub(&space, &network, &school);
            break;
        case SPACE_GROUP:
            space_group(&space, &network, &group);
            break;
        default:
            ask_fail(ask, "class", "must be 1 to 4");
            return;
        }
    }
    struct space_tag tag = space_tag(&space);
    ask_put_hex(ask->answer, "space_id", space.b, sizeof(space.b));
    ask_put_hex(ask->answer, "space_tag", tag.b, sizeof(tag.b));
    if (ask_has(ask->request, "key")) {
        struct epoch_key key;
        ask_bytes(ask, ask->request, "key", key.b, sizeof(key.b));
        const json_t *list = ask_list(ask, ask->request, "parents", true);
        size_t n = json_array_size(list);
        struct envelope_id *parents = arena_alloc(&ask->arena, (n + 1) * sizeof(*parents));
        for (size_t i = 0; i < n; i++) {
            const char *hex = json_string_value(json_array_get(list, i));
            if (hex == NULL || text_unhex(parents[i].b, 32, hex) != ERR_OK ||
                (i > 0 && envelope_id_cmp(&parents[i - 1], &parents[i]) >= 0)) {
                ask_fail(ask, "parents", "must be ids in hex, ascending");
                return;
            }
        }
        struct key_id id;
        space_key_id(&id, &key, &space, parents, n);
        ask_put_hex(ask->answer, "key_id", id.b, sizeof(id.b));
    }
    ask_result(ask, ERR_OK);
}
