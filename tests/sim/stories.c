/*
 * stories NAME FILE [--update]: the stories that explain the protocol, played in a quiet world
 * and told by the nodes' own traces. The telling is compared with FILE, line for line.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/sim/operate_members.h"
#include "tests/sim/parts.h"

static const struct faults quiet = {
    .latency_min_ms = 10, .latency_mean_ms = 10, .sync_min_ms = 5, .sync_mean_ms = 5};

static void tell(struct world *world, const char *text)
{
    fprintf(world->trace, "\n# %s\n", text);
}

static struct machine *school(struct world *world)
{
    return world_add_machine(world, world_add_school(world));
}

static void found(struct world *world, struct machine *machine)
{
    op_found(world, machine);
    world_run(world, 3000);
}

/* ------------------------------------------------------------------------------- commands --
 */

static void invite(struct world *world, struct machine *machine, bool automatic)
{
    struct command command = {
        .kind = COMMAND_INVITE_CREATE,
        .invite_create = {.note = "", .days = 7, .approve_automatically = automatic}};

    world_command(world, machine, &command, NULL);
    world_run(world, 500);
}

static void join(struct world *world, struct machine *machine)
{
    struct school *of = &world->schools[machine->school];
    struct command command = {.kind = COMMAND_JOIN,
                              .join = {.code = world->codes[world->codes_n - 1].text,
                                       .school_name = of->name,
                                       .root_pk = of->keys.root_pk,
                                       .root_sk = of->keys.root_sk,
                                       .recovery_pk = of->keys.recovery_pk}};

    world_command(world, machine, &command, NULL);
    world_run(world, 1500);
}

/* The whole way in, without a telephone. */
static struct machine *member(struct world *world, struct machine *steward)
{
    struct machine *machine = school(world);

    invite(world, steward, true);
    join(world, machine);
    world_run(world, 60000);
    return machine;
}

static void write_text(struct world *world, struct machine *machine, enum audience_class class)
{
    struct command_revision revision = {.audience = {.class = class}};
    struct asked asked = {.revisions_n = 1};
    struct buf body = {0};

    if (class == AUDIENCE_GROUP) revision.audience.group = world->groups[0].space;
    registry_text(world, machine, &revision.audience, 0, &body, &asked.revision[0]);
    revision.body = buf_slice(&body);
    struct command command = {.kind = COMMAND_WRITE, .write = {.revisions = &revision, .n = 1}};
    world_command(world, machine, &command, &asked);
    buf_fini(&body);
}

static void group(struct world *world, struct machine *a, struct machine *b)
{
    struct command propose = {
        .kind = COMMAND_SPACE_NEW,
        .space_new = {.with = world->schools[b->school].id, .name = "buddies"}};
    struct asked asked = {.other = b->school};

    world_command(world, a, &propose, &asked);
    world_run(world, 1000);
    struct command accept = {.kind = COMMAND_SPACE_ACCEPT,
                             .space = {.space = world->groups[0].space}};
    world_command(world, b, &accept, NULL);
    world_run(world, 25000);
}

/* ---------------------------------------------------------------------- what is looked at --
 */

static unsigned can_read(struct machine *machine)
{
    const struct world *world = machine->world;
    const struct store_reader *reader = ram_store_get_reader(machine->store);
    unsigned n = 0;

    for (size_t i = 0; i < world->genuine_n; i++) {
        const struct genuine *genuine = &world->genuine[i];
        uint8_t header[ENVELOPE_HEADER_BYTES];
        struct envelope envelope;
        if (!genuine->sealed ||
            reader->header(reader->ctx, &genuine->chain, genuine->seq, header) != ERR_OK ||
            envelope_decode(&envelope, slice_of(header, sizeof(header))) != ERR_OK)
            continue;
        n += keyring_find(machine->node->keyring, &envelope.key_id) != NULL;
    }
    return n;
}

static unsigned holds(struct machine *machine)
{
    const struct world *world = machine->world;
    const struct store_reader *reader = ram_store_get_reader(machine->store);
    unsigned n = 0;
    struct stored stored;

    for (size_t i = 0; i < world->genuine_n; i++) {
        const struct genuine *genuine = &world->genuine[i];
        n += genuine->sealed && reader->at(reader->ctx, &genuine->chain, genuine->seq, &stored);
    }
    return n;
}

static void look(struct machine *machine)
{
    fprintf(machine->world->trace, "= m%u holds %u records and reads %u\n", machine->index,
            holds(machine), can_read(machine));
}

/* -------------------------------------------------------------------------------- stories --
 */

static void play_join(struct world *world)
{
    struct machine *hub = school(world), *joiner = school(world);

    tell(world, "m0 founds a network and makes an invite");
    found(world, hub);
    invite(world, hub, false);
    tell(world, "m1 joins with the code: it calls m0 on the invite's secret, and waits");
    join(world, joiner);
    struct node_status status;
    node_get_status(joiner->node, &status);
    fprintf(world->trace, "= m1 reads out: %s\n",
            status.joining_words == NULL ? "nothing" : status.joining_words);
    tell(world, "the steward hears the same four words by telephone, and approves");
    op_approve(world, hub);
    world_run(world, 8000);
    node_get_status(joiner->node, &status);
    fprintf(world->trace, "= m1 is %s\n", status.state == NODE_MEMBER ? "a member" : "not in");
}

static void play_buddies(struct world *world)
{
    struct machine *hub = school(world);

    found(world, hub);
    struct machine *a = member(world, hub), *b = member(world, hub);
    tell(world, "m1 proposes a group to m2, and m2 accepts");
    group(world, a, b);
    tell(world, "m1 shares a record with the group");
    write_text(world, a, AUDIENCE_GROUP);
    world_run(world, 2000);
    look(b);
    look(hub);
}

static void play_carrier(struct world *world)
{
    struct machine *hub = school(world);

    found(world, hub);
    struct machine *a = member(world, hub), *b = member(world, hub);
    group(world, a, b);
    tell(world, "m2 goes off; m1 shares with the group; m0 carries it and cannot read it");
    world_power(world, b, false);
    write_text(world, a, AUDIENCE_GROUP);
    world_run(world, 2000);
    look(hub);
    tell(world, "m1 goes off; m2 comes back and finds the record at m0");
    world_power(world, a, false);
    world_power(world, b, true);
    world_run(world, 5000);
    look(b);
}

static void play_hub_off(struct world *world)
{
    struct machine *hub = school(world);

    found(world, hub);
    struct machine *a = member(world, hub), *b = member(world, hub);
    tell(world, "the hub goes off; m1 writes to the network, and for the hub alone");
    world_power(world, hub, false);
    write_text(world, a, AUDIENCE_NETWORK);
    write_text(world, a, AUDIENCE_HUB);
    world_run(world, 3000);
    look(b);
    tell(world, "m1 goes off, too; the hub comes back, and m2 has both for it");
    world_power(world, a, false);
    world_power(world, hub, true);
    world_run(world, 5000);
    look(hub);
}

static void play_removed(struct world *world)
{
    struct machine *hub = school(world);

    found(world, hub);
    struct machine *a = member(world, hub), *b = member(world, hub);
    tell(world, "m2 is cut off; the steward removes its school; a new epoch follows");
    b->island = 1;
    struct command command = {.kind = COMMAND_SCHOOL_REMOVE,
                              .school_remove = {.school = b->options.school}};
    world_command(world, hub, &command, NULL);
    world_run(world, 90000);
    tell(world, "what m1 writes now is not for m2, and what m2 writes goes nowhere");
    write_text(world, a, AUDIENCE_NETWORK);
    write_text(world, b, AUDIENCE_NETWORK);
    world_run(world, 2000);
    b->island = 0;
    tell(world, "m2 is back on the net, calls, and hears that it was removed");
    world_run(world, 60000);
    look(a);
    look(b);
}

static void play_told(struct world *world)
{
    struct machine *hub = school(world);

    found(world, hub);
    struct machine *a = member(world, hub), *b = member(world, hub);
    tell(world, "m2 is removed while it is on the line: it hears so, then is cut off");
    struct command command = {.kind = COMMAND_SCHOOL_REMOVE,
                              .school_remove = {.school = b->options.school}};
    world_command(world, hub, &command, NULL);
    world_run(world, 3000);
    tell(world, "it calls once more, to see that the others know; then no more");
    world_run(world, 120000);
    look(a);
    look(b);
}

static void play_fork(struct world *world)
{
    struct machine *hub = school(world);

    found(world, hub);
    struct machine *a = member(world, hub), *b = member(world, hub);
    write_text(world, a, AUDIENCE_NETWORK);
    world_run(world, 2000);
    tell(world, "m1's disk is copied; original and copy are parted, and both write");
    struct machine *copy = world_clone(world, a);
    copy->island = a->island = 1;
    world_run(world, 200 * 1000);
    a->island = 2;
    world_run(world, 200 * 1000);
    write_text(world, a, AUDIENCE_NETWORK);
    write_text(world, copy, AUDIENCE_NETWORK);
    world_run(world, 2000);
    tell(world, "both branches reach others: the two headers are the proof");
    copy->island = 0;
    world_run(world, 20 * 60 * 1000);
    world_power(world, copy, false);
    a->island = 0;
    world_run(world, 20 * 60 * 1000);
    struct space_id space;
    space_network(&space, &hub->node->network);
    struct chain chain = {.device = a->options.device_pk, .tag = space_tag(&space)};
    fprintf(world->trace, "= m0 and m2 count m1's chain up to %lu and %lu\n",
            (unsigned long)fold_limit(hub->node->fold, &chain).limit,
            (unsigned long)fold_limit(b->node->fold, &chain).limit);
}

static const struct {
    const char *name;
    void (*play)(struct world *);
} stories[] = {
    {"join", play_join},       {"buddies", play_buddies}, {"carrier", play_carrier},
    {"hub_off", play_hub_off}, {"removed", play_removed}, {"told", play_told},
    {"fork", play_fork},
};

/* ------------------------------------------------------------------------------------------ */

static bool same(const char *path, const char *told, size_t n)
{
    FILE *file = fopen(path, "r");
    char *want = mem_zalloc(n + 2);
    size_t got = file == NULL ? 0 : fread(want, 1, n + 1, file);
    bool equal = file != NULL && got == n && memcmp(want, told, n) == 0;

    if (file != NULL) fclose(file);
    free(want);
    return equal;
}

int main(int argc, char **argv)
{
    char *told = NULL;
    size_t n = 0, at = 0;

    if (argc < 3) return fprintf(stderr, "usage: sim_stories NAME FILE [--update]\n"), 2;
    while (at < sizeof(stories) / sizeof(stories[0]) && strcmp(stories[at].name, argv[1]) != 0)
        at++;
    if (at == sizeof(stories) / sizeof(stories[0]))
        return fprintf(stderr, "no such story\n"), 2;
    struct world *world = world_new(1, &quiet);
    world->trace = open_memstream(&told, &n);
    world->brief = true;
    stories[at].play(world);
    bool broken = world_is_broken(world);
    fclose(world->trace);
    world->trace = NULL;
    world_free(world);
    if (argc > 3 && strcmp(argv[3], "--update") == 0) {
        FILE *file = fopen(argv[2], "w");
        if (file == NULL || fwrite(told, 1, n, file) != n) return 1;
        fclose(file);
    }
    bool equal = same(argv[2], told, n);
    if (!equal || broken) {
        printf("%s is told differently from %s:\n%s", argv[1], argv[2], told);
        printf("see the difference: sim_stories %s %s --update; git diff\n", argv[1], argv[2]);
    }
    free(told);
    return equal && !broken ? 0 : 1;
}
