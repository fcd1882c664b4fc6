/*
 * tap.c: the linker puts this file between the sessions and the channel (--wrap), so that each
 * message is seen before it is sealed and after it is opened. Three uses: the rules of check.c;
 * "what is opened is what was sealed, in order"; and members that lie (DESIGN 8's withholding
 * and mutating relay), for whom the message is left out or changed before it is sealed.
 */
#include <stdlib.h>
#include <string.h>

#include "proto/base/check.h"
#include "proto/crypto/hash.h"
#include "proto/crypto/sign.h"
#include "tests/sim/parts.h"

static struct world *tapped;

void tap_start(struct world *world)
{
    tapped = world;
}

void tap_stop(void)
{
    tapped = NULL;
}

struct machine *tap_machine(void)
{
    return tapped == NULL ? NULL : tapped->current;
}

void __real_channel_seal(struct channel *channel, uint64_t now_ms, struct slice message,
                         struct buf *out);
void __wrap_channel_seal(struct channel *channel, uint64_t now_ms, struct slice message,
                         struct buf *out);
enum err __real_channel_receive(struct channel *channel, uint64_t now_ms, struct slice *bytes,
                                struct channel_event *event, struct buf *out);
enum err __wrap_channel_receive(struct channel *channel, uint64_t now_ms, struct slice *bytes,
                                struct channel_event *event, struct buf *out);

static struct session *session_of(struct node *node, const struct channel *channel)
{
    for (size_t i = 0; i < node->sessions.n; i++) {
        if (node->sessions.all[i]->channel == channel) return node->sessions.all[i];
    }
    return NULL;
}

static uint64_t digest_of(struct slice message)
{
    uint8_t out[16];
    uint64_t value;

    hash_bytes(out, sizeof(out), (struct slice){0}, "sim message", message, (struct slice){0});
    memcpy(&value, out, sizeof(value));
    return value;
}

static void seal(struct channel *channel, struct wire_end *end, struct slice message,
                 struct buf *out)
{
    MEM_RESERVE(end->sealed, end->sealed_n, end->sealed_cap);
    end->sealed[end->sealed_n++] = digest_of(message);
    __real_channel_seal(channel, tapped->now_ms, message, out);
}

/* --------------------------------------------------------------------- members that lie -- */

static void did(struct machine *machine)
{
    tapped->coverage.fault[machine->hostile]++;
    tapped->faults_done++;
}

/* Leaves out a whole run here and there. True when this message is not to be sent. */
static bool withheld(struct machine *machine, struct wire_end *end,
                     const struct wire_message *message)
{
    if (message->type == WIRE_RUN && rng_chance(&tapped->rng, 400)) {
        end->withholding = true;
        did(machine);
        world_say(tapped, machine, "fault: keeps a run to itself");
    }
    if (!end->withholding) return false;
    if (message->type == WIRE_RUN_END) {
        end->withholding = false;
        return true;
    }
    return message->type == WIRE_RUN || message->type == WIRE_ITEMS;
}

/* A run of one record of a device that nobody admitted, before a run of the member's own. */
static void add_stranger(struct machine *machine, struct channel *channel, struct wire_end *end,
                         const struct wire_run *run, struct buf *out)
{
    uint8_t seed[SIGN_SEED_BYTES];
    struct device_pk pk;
    struct device_sk sk;
    struct epoch_key key;
    struct run_item item = {0};
    struct run_packer packer = {0};
    struct buf payload = {0}, message = {0};
    struct place head = {0};

    env_random(&machine->env, seed, sizeof(seed));
    env_random(&machine->env, key.b, sizeof(key.b));
    sign_device_keypair(&pk, &sk, seed);
    struct envelope_signer signer = {.network = machine->node->network, .sk = &sk};
    struct envelope_epoch epoch = {.key = &key};
    memcpy(epoch.id.b, seed, sizeof(epoch.id.b));
    enum err err = envelope_seal_record(item.header, &payload, &signer, &run->tag, &head,
                                        &epoch, &machine->env, slice_of("{}", 2));
    CHECK(err == ERR_OK);
    envelope_id(&item.id, item.header);
    item.payload = buf_slice(&payload);
    err = run_packer_init(&packer, &item, 1);
    CHECK(err == ERR_OK);
    while (run_packer_next(&packer, &message)) {
        seal(channel, end, buf_slice(&message), out);
        message.len = 0;
    }
    did(machine);
    world_say(tapped, machine, "fault: forwards a stranger's record");
    buf_fini(&payload);
    buf_fini(&message);
}

/*
 * Changes a byte of what it passes on. Half of the time in the payload or signature of an item,
 * which leaves the message well formed.
 */
static void change(struct machine *machine, const struct wire_message *message,
                   struct buf *bytes)
{
    if (message->type == WIRE_ITEMS && rng_chance(&tapped->rng, 500)) {
        const struct wire_item *item = &message->items.items[message->items.n - 1];
        size_t at = bytes->len - 1;
        if (item->payload.n > 0)
            at = bytes->len - 1 - (size_t)rng_below(&tapped->rng, item->payload.n);
        bytes->data[at] ^= 1;
    } else {
        size_t at = (size_t)rng_below(&tapped->rng, bytes->len);
        bytes->data[at] ^= (uint8_t)(1 + rng_below(&tapped->rng, 255));
    }
    did(machine);
    world_say(tapped, machine, "fault: changes a message, %s",
              wire_type_name((uint8_t)message->type));
}

static void send_hostile(struct machine *machine, struct channel *channel, struct wire_end *end,
                         const struct wire_message *message, struct slice plain,
                         struct buf *out)
{
    if (machine->hostile == FAULT_WITHHOLD && withheld(machine, end, message)) return;
    if (machine->hostile == FAULT_STRANGER && message->type == WIRE_RUN &&
        !space_tag_is_zero(&message->run.tag))
        add_stranger(machine, channel, end, &message->run, out);
    unsigned chance = message->type == WIRE_ITEMS ? 500 : 40;
    if (machine->hostile == FAULT_RELAY && rng_chance(&tapped->rng, chance)) {
        struct buf copy = {0};
        buf_put(&copy, plain.p, plain.n);
        change(machine, message, &copy);
        seal(channel, end, buf_slice(&copy), out);
        buf_fini(&copy);
        return;
    }
    seal(channel, end, plain, out);
}

/* ------------------------------------------------------------------------- what is seen -- */

void __wrap_channel_seal(struct channel *channel, uint64_t now_ms, struct slice message,
                         struct buf *out)
{
    struct machine *machine = tapped == NULL ? NULL : tapped->current;
    struct session *session = NULL;
    struct wire_end *end = NULL;

    if (machine != NULL && machine->node != NULL) session = session_of(machine->node, channel);
    if (session != NULL) end = wire_find(tapped, machine, session->conn);
    if (end == NULL) {
        __real_channel_seal(channel, now_ms, message, out);
        return;
    }
    struct arena arena = {0};
    struct wire_message decoded;
    enum err err = wire_decode(&decoded, &arena, message);
    if (err != ERR_OK || decoded.type == WIRE_UNKNOWN) {
        world_break(tapped, "message", "m%u seals what it could not read itself: %s",
                    machine->index, err_name(err));
    } else {
        tapped->coverage.message[decoded.type]++;
        if (tapped->wire_tap)
            world_say(tapped, machine, "sends m%u %s", wire_peer(tapped, end)->machine,
                      wire_type_name((uint8_t)decoded.type));
        check_bytes(tapped, machine, message, wire_type_name((uint8_t)decoded.type));
        check_message(tapped, machine, session, &decoded);
        send_hostile(machine, channel, end, &decoded, message, out);
    }
    arena_fini(&arena);
}

enum err __wrap_channel_receive(struct channel *channel, uint64_t now_ms, struct slice *bytes,
                                struct channel_event *event, struct buf *out)
{
    enum err err = __real_channel_receive(channel, now_ms, bytes, event, out);
    struct machine *machine = tapped == NULL ? NULL : tapped->current;

    if (machine == NULL || machine->node == NULL) return err;
    if (err != ERR_OK) {
        tapped->coverage.err[err]++;
        return err;
    }
    if (event->kind != CHANNEL_MESSAGE) return err;
    struct session *session = session_of(machine->node, channel);
    struct wire_end *end = session == NULL ? NULL : wire_find(tapped, machine, session->conn);
    struct wire_end *peer = end == NULL ? NULL : wire_peer(tapped, end);
    if (peer == NULL) return err;
    if (peer->sealed_at >= peer->sealed_n ||
        peer->sealed[peer->sealed_at] != digest_of(event->bytes))
        world_break(tapped, "surfaced", "m%u opened a message that m%u did not seal next",
                    machine->index, peer->machine);
    peer->sealed_at++;
    return err;
}
