#include "daemon/core/beacons.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/core/inner.h"

/* At most one own beacon in this time: every device hears each of them. */
enum { BEACONS_PAUSE_MS = 10 * 1000 };

static void kept_free(struct beacons_kept *kept)
{
    buf_fini(&kept->payload);
    arena_fini(&kept->arena);
    free(kept);
}

void beacons_fini(struct node *node)
{
    struct beacons *beacons = &node->beacons;
    for (size_t i = 0; i < beacons->n; i++)
        kept_free(beacons->all[i]);
    for (size_t i = 0; i < beacons->addresses_n; i++)
        free(beacons->addresses[i]);
    free(beacons->all);
    if (beacons->loaded) frontier_fini(&beacons->frontier);
    *beacons = (struct beacons){0};
}

const struct beacons_kept *beacons_find(const struct node *node, const struct device_pk *device)
{
    for (size_t i = 0; i < node->beacons.n; i++) {
        if (device_pk_eq(&node->beacons.all[i]->device, device)) return node->beacons.all[i];
    }
    return NULL;
}

/* Of two beacons the greater (seq, id) is kept. */
static bool is_newer(const struct place *x, const struct place *y)
{
    return x->seq != y->seq ? x->seq > y->seq : envelope_id_cmp(&x->id, &y->id) > 0;
}

/* Decodes and keeps; false when it is older or not well formed. */
static bool keep(struct node *node, const uint8_t *header, const struct envelope *envelope,
                 struct slice payload)
{
    struct beacons *beacons = &node->beacons;
    struct place place = {.seq = envelope->seq};
    envelope_id(&place.id, header);
    size_t at = 0;
    while (at < beacons->n && !device_pk_eq(&beacons->all[at]->device, &envelope->device))
        at++;
    if (at < beacons->n && !is_newer(&place, &beacons->all[at]->place)) return false;

    struct beacons_kept *kept = mem_zalloc(sizeof(*kept));
    kept->device = envelope->device;
    kept->place = place;
    memcpy(kept->header, header, ENVELOPE_HEADER_BYTES);
    buf_put(&kept->payload, payload.p, payload.n);
    if (beacon_decode(&kept->body, &kept->arena, buf_slice(&kept->payload)) != ERR_OK) {
        kept_free(kept);
        return false;
    }
    if (at < beacons->n) {
        kept_free(beacons->all[at]);
    } else {
        MEM_RESERVE(beacons->all, beacons->n, beacons->cap);
        beacons->n++;
    }
    beacons->all[at] = kept;
    frontier_set(&beacons->frontier, &(struct entry){.device = kept->device, .head = place});
    return true;
}

static void on_stored_beacon(void *arg, struct slice header, struct slice payload)
{
    struct node *node = arg;
    struct envelope envelope;
    if (envelope_decode(&envelope, header) != ERR_OK ||
        !network_id_eq(&envelope.network, &node->network) ||
        !keep(node, header.p, &envelope, payload)) {
        node->damaged++;
    }
}

void beacons_load(struct node *node)
{
    struct beacons *beacons = &node->beacons;
    frontier_init(&beacons->frontier, FRONTIER_BEACONS, NULL);
    beacons->loaded = true;
    beacons->due_ms = UINT64_MAX;
    node->reader->each_beacon(node->reader->ctx, on_stored_beacon, node);
}

static void send_one(struct node *node, struct session *session,
                     const struct beacons_kept *kept)
{
    struct wire_message message = {.type = WIRE_BEACON,
                                   .beacon = {.payload = buf_slice(&kept->payload)}};
    memcpy(message.beacon.header, kept->header, ENVELOPE_HEADER_BYTES);
    session_send(node, session, &message);
}

static void spread(struct node *node, const struct beacons_kept *kept,
                   const struct session *from)
{
    for (size_t i = 0; i < node->sessions.n; i++) {
        struct session *session = node->sessions.all[i];
        if (session == from || session->state != SESSION_OPEN || session->provisional) continue;
        if (device_pk_eq(&session->device, &kept->device)) continue;
        send_one(node, session, kept);
    }
}

static void write_down(struct node *node, const struct beacons_kept *kept)
{
    ledger_write(node, &(struct write){
                           .kind = WRITE_BEACON,
                           .header = slice_of(kept->header, ENVELOPE_HEADER_BYTES),
                           .payload = buf_slice(&kept->payload),
                       });
}

enum err beacons_take(struct node *node, struct session *from,
                      const struct wire_beacon *message)
{
    struct envelope envelope;
    struct fold_device device;
    enum err err = envelope_decode(&envelope, slice_of(message->header, ENVELOPE_HEADER_BYTES));
    if (err == ERR_OK && envelope.kind != ENVELOPE_BEACON) err = ERR_MALFORMED;
    if (err == ERR_OK && !network_id_eq(&envelope.network, &node->network)) err = ERR_NETWORK;
    if (err == ERR_OK) err = envelope_check_payload(&envelope, message->payload);
    if (err != ERR_OK) return err;
    if (!fold_device(node->fold, &envelope.device, &device) || device.status != FOLD_LIVE)
        return ERR_OK;
    if (device_pk_eq(&envelope.device, &node->options.device_pk)) return ERR_OK;
    const struct beacons_kept *held = beacons_find(node, &envelope.device);
    struct place place = {.seq = envelope.seq};
    envelope_id(&place.id, message->header);
    if (held != NULL && !is_newer(&place, &held->place)) return ERR_OK;
    node->checks++;
    if (!envelope_verify_signature(message->header)) return ERR_SIGNATURE;
    if (!keep(node, message->header, &envelope, message->payload)) return ERR_OK;
    const struct beacons_kept *kept = beacons_find(node, &envelope.device);
    write_down(node, kept);
    spread(node, kept, from);
    dialer_refresh(node);
    out_notice(&node->out, NOTICE_PEERS);
    return ERR_OK;
}

void beacons_on_beacon(struct node *node, struct session *session,
                       const struct wire_beacon *message)
{
    enum err err = beacons_take(node, session, message);
    if (err != ERR_OK) session_fail(node, session, err, "beacon");
}

void beacons_on_entries(struct node *node, struct session *session,
                        const struct wire_entries *message)
{
    for (size_t i = 0; i < node->beacons.n; i++) {
        const struct beacons_kept *kept = node->beacons.all[i];
        if (!wire_bit(message->covered, frontier_bucket_of(&kept->device))) continue;
        const struct entry *theirs = NULL;
        for (size_t k = 0; k < message->n && theirs == NULL; k++) {
            if (device_pk_eq(&message->entries[k].device, &kept->device)) {
                theirs = &message->entries[k];
            }
        }
        bool in_other_part = theirs == NULL && (message->flags & WIRE_MORE) != 0;
        if (in_other_part || (theirs != NULL && !is_newer(&kept->place, &theirs->head)))
            continue;
        send_one(node, session, kept);
    }
}

void beacons_wake(struct node *node, uint64_t soon_ms)
{
    struct beacons *beacons = &node->beacons;
    if (!beacons->loaded) return;
    uint64_t due = node->now_ms + soon_ms;
    uint64_t pause_end = beacons->said_ms == 0 ? 0 : beacons->said_ms + BEACONS_PAUSE_MS;
    if (due < pause_end) due = pause_end;
    if (due < beacons->due_ms) beacons->due_ms = due;
}

void beacons_set_addresses(struct node *node, const char *const *addresses, size_t n)
{
    struct beacons *beacons = &node->beacons;
    for (size_t i = 0; i < beacons->addresses_n; i++)
        free(beacons->addresses[i]);
    beacons->addresses_n = n;
    for (size_t i = 0; i < n; i++)
        beacons->addresses[i] = mem_strdup(addresses[i]);
    beacons->said_ms = 0;
    beacons_wake(node, 0);
}

static int by_tag(const void *x, const void *y)
{
    return space_tag_cmp(&((const struct beacon_head *)x)->tag,
                         &((const struct beacon_head *)y)->tag);
}

static void say(struct node *node)
{
    struct beacons *beacons = &node->beacons;
    struct beacon beacon = {
        .heads = arena_alloc(&node->out.arena, BEACON_HEADS_MAX * sizeof(*beacon.heads)),
        .software = slice_of(node->options.version, strlen(node->options.version)),
    };
    for (size_t i = 0; i < node->ledger.heads_n && beacon.n_heads < BEACON_HEADS_MAX; i++) {
        const struct ledger_head *head = &node->ledger.heads[i];
        if (!device_pk_eq(&head->chain.device, &node->options.device_pk)) continue;
        if (head->stored.seq == 0) continue;
        beacon.heads[beacon.n_heads++] =
            (struct beacon_head){.tag = head->chain.tag, .head = head->stored};
    }
    qsort(beacon.heads, beacon.n_heads, sizeof(*beacon.heads), by_tag);
    for (size_t i = 0; i < beacons->addresses_n; i++) {
        const char *address = beacons->addresses[i];
        beacon.addresses[beacon.n_addresses++] = slice_of(address, strlen(address));
    }
    struct buf body = {0};
    beacon_encode(&body, &beacon);
    const struct beacons_kept *last = beacons_find(node, &node->options.device_pk);
    uint8_t header[ENVELOPE_HEADER_BYTES];
    struct envelope_signer signer = {.network = node->network, .sk = &node->options.device_sk};
    enum err err = envelope_make_beacon(header, &signer, last == NULL ? 1 : last->place.seq + 1,
                                        buf_slice(&body));
    CHECK(err == ERR_OK);
    struct envelope envelope;
    err = envelope_decode(&envelope, slice_of(header, ENVELOPE_HEADER_BYTES));
    CHECK(err == ERR_OK && keep(node, header, &envelope, buf_slice(&body)));
    buf_fini(&body);
    const struct beacons_kept *own = beacons_find(node, &node->options.device_pk);
    write_down(node, own);
    spread(node, own, NULL);
}

uint64_t beacons_tick(struct node *node)
{
    struct beacons *beacons = &node->beacons;
    if (!beacons->loaded || node->state != NODE_MEMBER) return UINT64_MAX;
    if (node->now_ms >= beacons->due_ms) {
        beacons->due_ms = UINT64_MAX;
        beacons->said_ms = node->now_ms;
        say(node);
    }
    return beacons->due_ms;
}
