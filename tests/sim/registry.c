/*
 * registry.c: what is known outside of all nodes: every envelope that its own device made,
 * every text that a person wrote and for whom, and every write that a person was told is safe.
 */
#include <stdlib.h>
#include <string.h>

#include "proto/base/check.h"
#include "proto/crypto/hash.h"
#include "proto/crypto/sign.h"
#include "tests/sim/parts.h"

const char *const registry_plant = "kith-plant-";

void registry_init(struct world *world)
{
    map_init(&world->genuine_by_id, sizeof(struct envelope_id), 0);
    map_init(&world->audience_of, sizeof(struct revision_id), 0);
}

void registry_fini(struct world *world)
{
    map_fini(&world->genuine_by_id);
    map_fini(&world->audience_of);
    free(world->genuine);
    free(world->texts);
    free(world->acknowledged);
    free(world->erased);
}

const struct genuine *registry_find(const struct world *world, const struct envelope_id *id)
{
    const uint64_t *at = map_get(&world->genuine_by_id, id);
    return at == NULL ? NULL : &world->genuine[*at];
}

const struct genuine *registry_text_of(const struct world *world, const struct revision_id *id)
{
    const uint64_t *at = map_get(&world->audience_of, id);
    return at == NULL ? NULL : &world->texts[*at];
}

/* ------------------------------------------------------------------- what a node makes -- */

/* The text that was sealed last: its envelope's write follows in the same step. */
static struct {
    struct envelope_id id;
    struct revision_id revision;
} * sealed;
static size_t sealed_n, sealed_cap;

enum err __real_envelope_seal_record(uint8_t header[ENVELOPE_HEADER_BYTES], struct buf *payload,
                                     const struct envelope_signer *signer,
                                     const struct space_tag *tag, const struct place *head,
                                     const struct envelope_epoch *epoch, const struct env *env,
                                     struct slice revision);
enum err __wrap_envelope_seal_record(uint8_t header[ENVELOPE_HEADER_BYTES], struct buf *payload,
                                     const struct envelope_signer *signer,
                                     const struct space_tag *tag, const struct place *head,
                                     const struct envelope_epoch *epoch, const struct env *env,
                                     struct slice revision);

static void revision_name(struct revision_id *out, struct slice body)
{
    hash_bytes(out->b, sizeof(out->b), (struct slice){0}, "kith/1 revision", body,
               (struct slice){0});
}

enum err __wrap_envelope_seal_record(uint8_t header[ENVELOPE_HEADER_BYTES], struct buf *payload,
                                     const struct envelope_signer *signer,
                                     const struct space_tag *tag, const struct place *head,
                                     const struct envelope_epoch *epoch, const struct env *env,
                                     struct slice revision)
{
    enum err err =
        __real_envelope_seal_record(header, payload, signer, tag, head, epoch, env, revision);
    if (err == ERR_OK) {
        MEM_RESERVE(sealed, sealed_n, sealed_cap);
        envelope_id(&sealed[sealed_n].id, header);
        revision_name(&sealed[sealed_n++].revision, revision);
    }
    return err;
}

static void find_sealed(const struct world *world, struct genuine *genuine)
{
    for (size_t i = sealed_n; i-- > 0;) {
        if (!envelope_id_eq(&sealed[i].id, &genuine->id)) continue;
        const struct genuine *text = registry_text_of(world, &sealed[i].revision);
        sealed[i] = sealed[--sealed_n];
        if (text == NULL) return;
        genuine->sealed = true;
        genuine->revision = text->revision;
        genuine->record = text->record;
        genuine->edit = text->edit;
        genuine->class = text->class;
        genuine->school = text->school;
        genuine->group = text->group;
        return;
    }
}

/* A device that runs twice said two things at one place of its statement chain. */
static void note_fork(struct world *world, const struct genuine *genuine)
{
    for (size_t i = 0; i < world->genuine_n; i++) {
        const struct genuine *other = &world->genuine[i];
        if (other->seq == genuine->seq && chain_eq(&other->chain, &genuine->chain))
            world->statements_forked = true;
    }
}

void registry_on_write(struct world *world, struct machine *machine, const struct write *write)
{
    struct envelope envelope;

    if (write->kind != WRITE_ENVELOPE && write->kind != WRITE_BEACON) return;
    if (envelope_decode(&envelope, write->header) != ERR_OK) return;
    if (!device_pk_eq(&envelope.device, &machine->options.device_pk)) return;
    struct genuine genuine = {
        .machine = machine->index, .seq = envelope.seq, .at_ms = world->now_ms};
    envelope_id(&genuine.id, write->header.p);
    if (map_get(&world->genuine_by_id, &genuine.id) != NULL) return;
    if (!sign_device_verify(envelope.signature, &envelope.device, "kith/1 envelope",
                            slice_of(write->header.p, ENVELOPE_SIGNED_BYTES),
                            (struct slice){0})) {
        /* Own envelopes that came back from a peer are genuine already; this one is new. */
        world_break(world, "forged", "m%u wrote under its own name what it did not sign",
                    machine->index);
        return;
    }
    if (write->kind == WRITE_ENVELOPE) {
        genuine.chain = envelope_chain(&envelope);
        if (envelope.kind == ENVELOPE_RECORD) find_sealed(world, &genuine);
    }
    if (machine->forked && space_tag_is_zero(&genuine.chain.tag)) note_fork(world, &genuine);
    map_put(&world->genuine_by_id, &genuine.id, world->genuine_n);
    MEM_RESERVE(world->genuine, world->genuine_n, world->genuine_cap);
    world->genuine[world->genuine_n++] = genuine;
}

/* ----------------------------------------------------------------- what a person writes -- */

static void put_hex(struct buf *out, const uint8_t *bytes, size_t n)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < n; i++) {
        buf_put_u8(out, (uint8_t)digits[bytes[i] >> 4]);
        buf_put_u8(out, (uint8_t)digits[bytes[i] & 15]);
    }
}

void registry_text(struct world *world, struct machine *machine,
                   const struct audience *audience, size_t bytes, struct buf *body,
                   struct revision_id *id)
{
    struct genuine text = {.machine = machine->index,
                           .class = audience->class,
                           .school = machine->school,
                           .group = audience->group,
                           .at_ms = world->now_ms};
    size_t start = body->len;

    env_random(&machine->env, text.record.b, sizeof(text.record.b));
    env_random(&machine->env, text.edit.b, sizeof(text.edit.b));
    buf_put_str(body, "{\"record\":\"");
    put_hex(body, text.record.b, sizeof(text.record.b));
    buf_put_str(body, "\",\"owner\":\"");
    put_hex(body, machine->options.school.b, sizeof(machine->options.school.b));
    buf_put_str(body, "\",\"type\":\"idea\",\"v\":1,\"edit\":\"");
    put_hex(body, text.edit.b, sizeof(text.edit.b));
    buf_put_str(body, "\",\"parents\":[],\"lamport\":1,\"person\":\"\",\"at\":\"\","
                      "\"sections\":{\"head\":{\"title\":\"");
    buf_put_str(body, registry_plant);
    put_hex(body, text.edit.b, 8);
    while (body->len - start < bytes)
        buf_put_str(body, " and so on");
    buf_put_str(body, "\"}}}");
    revision_name(id, slice_of(body->data + start, body->len - start));
    text.revision = *id;
    map_put(&world->audience_of, id, world->texts_n);
    MEM_RESERVE(world->texts, world->texts_n, world->texts_cap);
    world->texts[world->texts_n++] = text;
}

void registry_acknowledge(struct world *world, const struct asked *asked)
{
    struct machine *machine = world->machines[asked->machine];

    for (unsigned i = 0; i < asked->revisions_n; i++) {
        if (map_get(&machine->revisions, &asked->revision[i]) == NULL)
            world_break(world, "acknowledged before stored",
                        "m%u said that a write is safe, and its disk does not hold it",
                        machine->index);
        MEM_RESERVE(world->acknowledged, world->acknowledged_n, world->acknowledged_cap);
        world->acknowledged[world->acknowledged_n++] =
            (struct acknowledged){.machine = asked->machine, .revision = asked->revision[i]};
        world->coverage.acknowledged++;
    }
    if (asked->kind == COMMAND_ERASE) {
        MEM_RESERVE(world->erased, world->erased_n, world->erased_cap);
        world->erased[world->erased_n++] = asked->erased;
        world->coverage.erased++;
    }
}

/* Who may ever read a text, by what people agreed and nothing that a node computed. */
bool registry_entitled(const struct world *world, const struct genuine *text, unsigned school)
{
    switch (text->class) {
    case AUDIENCE_OWN:
        return school == text->school;
    case AUDIENCE_HUB:
        return school == text->school || world->schools[school].ever_hub;
    case AUDIENCE_NETWORK:
        return true;
    case AUDIENCE_GROUP:
        for (unsigned i = 0; i < world->groups_n; i++) {
            const struct group *group = &world->groups[i];
            if (space_id_eq(&group->space, &text->group))
                return group->schools[0] == school || group->schools[1] == school;
        }
        return false;
    }
    return false;
}
