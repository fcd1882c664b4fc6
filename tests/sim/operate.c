/*
 * operate.c: what people do, drawn from a table of every command; and what they are told. What
 * a person would look up before acting (who is a steward, which group waits for me) is looked
 * up in the fold of the machine that acts.
 */
#include <stdlib.h>
#include <string.h>

#include "proto/base/check.h"
#include "tests/sim/operate_members.h"
#include "tests/sim/parts.h"

enum { OPERATE_TRIES = 40 };

struct machine *operate_pick(struct world *world, enum node_state state)
{
    struct machine *found[WORLD_MACHINES_MAX];
    unsigned n = 0;

    for (unsigned i = 0; i < world->machines_n; i++) {
        struct machine *machine = world->machines[i];
        if (machine->node != NULL && machine->node->state == state) found[n++] = machine;
    }
    return n == 0 ? NULL : found[rng_below(&world->rng, n)];
}

static const struct profile profiles[] = {
    {.name = "everyday"},
    {.name = "wary", .wary = true, .more = {{COMMAND_DENY, 50}}},
    {.name = "quarrel", /* roles come and go, and people with them */
     .more = {{COMMAND_ROLE, 4},
              {COMMAND_ASSENT, 4},
              {COMMAND_HUB_SUCCESSION, 5},
              {COMMAND_SCHOOL_REMOVE, 5},
              {COMMAND_DEVICE_REMOVE, 4},
              {COMMAND_LEAVE, 5},
              {COMMAND_DENY, 6}}},
    {.name = "keys", /* epochs, groups and carriers in quick turns */
     .more = {{COMMAND_ROTATE, 10},
              {COMMAND_ROOT_ROTATE, 4},
              {COMMAND_CARRIERS, 4},
              {COMMAND_SPACE_NEW, 2},
              {COMMAND_SPACE_ACCEPT, 2},
              {COMMAND_SPACE_LEAVE, 6},
              {COMMAND_ERASE, 4}}},
    {.name = "stick", /* much goes by hand */
     .more = {{COMMAND_BUNDLE_WRITE, 8}, {COMMAND_BUNDLE_READ, 8}, {COMMAND_ENLIST, 3}}},
};

const struct profile *profile_find(const char *name)
{
    for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++) {
        if (strcmp(profiles[i].name, name) == 0) return &profiles[i];
    }
    return NULL;
}

static unsigned times(const struct world *world, enum command_kind kind)
{
    for (unsigned i = 0; i < PROFILE_TIMES && world->profile->more[i].times > 0; i++) {
        if (world->profile->more[i].kind == kind) return world->profile->more[i].times;
    }
    return 1;
}

/* Until most schools are in, half of what people do is to get them in. */
static uint64_t weight_of(const struct world *world, const struct operation *operation)
{
    unsigned members = 0;

    for (unsigned i = 0; i < world->machines_n; i++) {
        const struct node *node = world->machines[i]->node;
        members += node != NULL && node->state != NODE_SOLO && node->state != NODE_JOINING;
    }
    bool joins = operation->kind == COMMAND_INVITE_CREATE || operation->kind == COMMAND_JOIN ||
                 operation->kind == COMMAND_APPROVE;
    bool early = 4 * members < 3 * world->machines_n;
    return times(world, operation->kind) * (joins && early ? 30 : 1) * operation->weight;
}

bool operate(struct world *world)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < operations_n; i++)
        sum += weight_of(world, &operations[i]);
    for (unsigned tries = 0; tries < OPERATE_TRIES; tries++) {
        uint64_t at = rng_below(&world->rng, sum);
        size_t i = 0;
        while (at >= weight_of(world, &operations[i]))
            at -= weight_of(world, &operations[i++]);
        struct machine *machine = world->machines[rng_below(&world->rng, world->machines_n)];
        if (machine->node == NULL || world->asked_n + 4 >= WORLD_ASKED_MAX) continue;
        if (operations[i].run(world, machine)) {
            world->coverage.operations++;
            return true;
        }
        if (world_is_broken(world)) return false;
    }
    return false;
}

/* ------------------------------------------------------------------------------- answers -- */

static void keep_code(struct world *world, struct machine *machine, const char *text)
{
    if (text == NULL || world->codes_n == WORLD_CODES_MAX) return;
    world->codes[world->codes_n++] =
        (struct code){.text = mem_strdup(text), .machine = machine->index};
}

static void keep_group(struct world *world, const struct asked *asked,
                       const struct reply *reply)
{
    if (world->groups_n == WORLD_GROUPS_MAX) return;
    world->groups[world->groups_n++] =
        (struct group){.space = reply->space,
                       .schools = {world->machines[asked->machine]->school, asked->other}};
}

static void on_done(struct world *world, struct machine *machine, const struct asked *asked,
                    const struct reply *reply)
{
    struct school *school = &world->schools[machine->school];

    switch ((int)asked->kind) {
    case COMMAND_FOUND:
        school->ever_hub = true;
        break;
    case COMMAND_INVITE_CREATE:
        keep_code(world, machine, reply->text);
        break;
    case COMMAND_WRITE:
    case COMMAND_ERASE:
        registry_acknowledge(world, asked);
        break;
    case COMMAND_SPACE_NEW:
        keep_group(world, asked, reply);
        break;
    case COMMAND_HUB_SUCCESSION:
    case COMMAND_ROLE:
        world->schools[asked->other].ever_hub = true;
        break;
    case COMMAND_ROOT_ROTATE:
        world->schools[asked->other].keys = asked->keys;
        break;
    case COMMAND_BUNDLE_WRITE:
        world->bundle.len = 0;
        buf_put(&world->bundle, reply->bytes.p, reply->bytes.n);
        check_bytes(world, machine, reply->bytes, "a bundle");
        break;
    default:
        break;
    }
}

void operate_on_reply(struct world *world, struct machine *machine, const struct reply *reply)
{
    for (unsigned i = 0; i < world->asked_n; i++) {
        struct asked asked = world->asked[i];
        if (asked.ticket != reply->ticket) continue;
        world->asked[i] = world->asked[--world->asked_n];
        world->coverage.command[asked.kind]++;
        world->coverage.err[reply->err]++;
        world_say(world, machine, "answer: %s %s%s%s", command_name(asked.kind),
                  err_name(reply->err), reply->reason == NULL ? "" : ", ",
                  reply->reason == NULL ? "" : reply->reason);
        if (reply->err != ERR_OK) return;
        world->coverage.done[asked.kind]++;
        on_done(world, machine, &asked, reply);
        return;
    }
    world_break(world, "contract", "m%u answers a question that nobody asked", machine->index);
}

/* -------------------------------------------------------------------------------- writing --
 */

static bool draw_audience(struct world *world, struct machine *machine, struct audience *out)
{
    static const enum audience_class classes[] = {AUDIENCE_OWN, AUDIENCE_HUB, AUDIENCE_NETWORK,
                                                  AUDIENCE_GROUP, AUDIENCE_GROUP};
    const struct node *node = machine->node;

    *out = (struct audience){.class = AUDIENCE_OWN};
    if (node->state != NODE_MEMBER) return true;
    out->class = classes[rng_below(&world->rng, 5)];
    if (out->class != AUDIENCE_GROUP) return true;
    if (world->groups_n == 0) return false;
    unsigned start = (unsigned)rng_below(&world->rng, world->groups_n);
    for (unsigned i = 0; i < world->groups_n; i++) {
        const struct group *group = &world->groups[(start + i) % world->groups_n];
        struct space_tag tag = space_tag(&group->space);
        if (fold_part(node->fold, &tag, &machine->options.school) != FOLD_MEMBER) continue;
        out->group = group->space;
        return true;
    }
    /* Once in a while somebody tries a group that is not theirs. */
    out->group = world->groups[start].space;
    return rng_chance(&world->rng, 50);
}

static bool op_write(struct world *world, struct machine *machine)
{
    struct command_revision revisions[4];
    struct asked asked = {.revisions_n = 1 + (unsigned)rng_below(&world->rng, 3)};
    struct buf bodies[4] = {{0}};

    for (unsigned i = 0; i < asked.revisions_n; i++) {
        size_t bytes = rng_chance(&world->rng, 30) ? 40000 : rng_below(&world->rng, 1500);
        if (!draw_audience(world, machine, &revisions[i].audience)) {
            asked.revisions_n = i;
            break;
        }
        if (rng_chance(&world->rng, 3)) bytes = LIMIT_BODY_BYTES + 1;
        registry_text(world, machine, &revisions[i].audience, bytes, &bodies[i],
                      &asked.revision[i]);
        revisions[i].body = buf_slice(&bodies[i]);
    }
    struct command command = {.kind = COMMAND_WRITE,
                              .write = {.revisions = revisions, .n = asked.revisions_n}};
    if (asked.revisions_n > 0) world_command(world, machine, &command, &asked);
    for (unsigned i = 0; i < 4; i++)
        buf_fini(&bodies[i]);
    return asked.revisions_n > 0;
}

/* A record of the own school that was stored here and may be erased. */
static const struct genuine *own_record(struct world *world, const struct machine *machine)
{
    if (world->genuine_n == 0) return NULL;
    size_t start = (size_t)rng_below(&world->rng, world->genuine_n);
    for (size_t i = 0; i < world->genuine_n; i++) {
        const struct genuine *g = &world->genuine[(start + i) % world->genuine_n];
        const struct store_reader *reader = ram_store_get_reader(machine->store);
        struct stored stored;
        if (g->sealed && world->machines[g->machine]->school == machine->school &&
            reader->at(reader->ctx, &g->chain, g->seq, &stored) && stored.payload_held)
            return g;
    }
    return NULL;
}

static bool op_erase(struct world *world, struct machine *machine)
{
    const struct genuine *genuine = own_record(world, machine);

    if (genuine == NULL || machine->node->state != NODE_MEMBER) return false;
    struct command_erase_item item = {.chain = genuine->chain,
                                      .seq = genuine->seq,
                                      .record = genuine->record,
                                      .revision = genuine->revision,
                                      .edit = genuine->edit,
                                      .lamport = 1};
    struct asked asked = {.erased = genuine->id};
    struct command command = {.kind = COMMAND_ERASE, .erase = {.items = &item, .n = 1}};
    world_command(world, machine, &command, &asked);
    return true;
}

static bool op_hide(struct world *world, struct machine *machine)
{
    for (size_t i = world->genuine_n; i-- > 0;) {
        const struct genuine *genuine = &world->genuine[i];
        if (!genuine->sealed || genuine->class != AUDIENCE_NETWORK) continue;
        struct command command = {.kind = COMMAND_HIDE,
                                  .hide = {.owner = world->schools[genuine->school].id,
                                           .record = genuine->record,
                                           .hidden = rng_chance(&world->rng, 600)}};
        world_command(world, machine, &command, NULL);
        return true;
    }
    return false;
}

static bool op_sync(struct world *world, struct machine *machine)
{
    struct command command = {.kind = COMMAND_SYNC,
                              .sync = {.wait = rng_chance(&world->rng, 500)}};

    world_command(world, machine, &command, NULL);
    return true;
}

static bool op_addresses(struct world *world, struct machine *machine)
{
    const char *addresses[LIMIT_ADDRESSES + 1];
    size_t n = rng_chance(&world->rng, 200) ? LIMIT_ADDRESSES + 1 : 2;

    for (size_t i = 0; i < n; i++)
        addresses[i] = i == 0 ? machine->address : "nowhere:1";
    struct command command = {.kind = COMMAND_ADDRESSES,
                              .addresses = {.addresses = addresses, .n = n}};
    world_command(world, machine, &command, NULL);
    return true;
}

/* -------------------------------------------------------------------------------- bundles --
 */

static bool op_bundle_write(struct world *world, struct machine *machine)
{
    struct command command = {.kind = COMMAND_BUNDLE_WRITE,
                              .bundle_write = {.all = rng_chance(&world->rng, 500)}};

    if (rng_chance(&world->rng, 300))
        command.bundle_write.to =
            world->machines[rng_below(&world->rng, world->machines_n)]->options.device_pk;
    world_command(world, machine, &command, NULL);
    return true;
}

static bool op_bundle_read(struct world *world, struct machine *machine)
{
    struct buf copy = {0};

    if (world->bundle.len == 0) return false;
    buf_put(&copy, world->bundle.data, world->bundle.len);
    if (rng_chance(&world->rng, 150)) copy.len = (size_t)rng_below(&world->rng, copy.len);
    if (copy.len > 0 && rng_chance(&world->rng, 150))
        copy.data[rng_below(&world->rng, copy.len)] ^= 4;
    struct command command = {.kind = COMMAND_BUNDLE_READ,
                              .bundle_read = {.bytes = buf_slice(&copy)}};
    world_command(world, machine, &command, NULL);
    buf_fini(&copy);
    return true;
}

/* ------------------------------------------------------------------------------ the table --
 */

const struct operation operations[] = {
    {"found", COMMAND_FOUND, 2, op_found},
    {"join", COMMAND_JOIN, 120, op_join},
    {"enlist", COMMAND_ENLIST, 6, op_enlist},
    {"invite", COMMAND_INVITE_CREATE, 40, op_invite_create},
    {"void an invite", COMMAND_INVITE_VOID, 6, op_invite_void},
    {"approve", COMMAND_APPROVE, 120, op_approve},
    {"deny", COMMAND_DENY, 20, op_deny},
    {"write", COMMAND_WRITE, 400, op_write},
    {"erase", COMMAND_ERASE, 25, op_erase},
    {"hide", COMMAND_HIDE, 10, op_hide},
    {"remove a device", COMMAND_DEVICE_REMOVE, 6, op_device_remove},
    {"role", COMMAND_ROLE, 20, op_role},
    {"assent", COMMAND_ASSENT, 20, op_assent},
    {"remove a school", COMMAND_SCHOOL_REMOVE, 5, op_school_remove},
    {"leave", COMMAND_LEAVE, 2, op_leave},
    {"rotate a root", COMMAND_ROOT_ROTATE, 6, op_root_rotate},
    {"succession", COMMAND_HUB_SUCCESSION, 5, op_hub_succession},
    {"propose a group", COMMAND_SPACE_NEW, 30, op_space_new},
    {"accept", COMMAND_SPACE_ACCEPT, 80, op_space_accept},
    {"leave a group", COMMAND_SPACE_LEAVE, 6, op_space_leave},
    {"carriers", COMMAND_CARRIERS, 15, op_carriers},
    {"rotate", COMMAND_ROTATE, 15, op_rotate},
    {"sync", COMMAND_SYNC, 30, op_sync},
    {"write a bundle", COMMAND_BUNDLE_WRITE, 15, op_bundle_write},
    {"read a bundle", COMMAND_BUNDLE_READ, 20, op_bundle_read},
    {"addresses", COMMAND_ADDRESSES, 8, op_addresses},
};
const size_t operations_n = sizeof(operations) / sizeof(operations[0]);
