/*
 * faults.c: what goes wrong, and for how long. Each kind is one function of a table; what lasts
 * is ended by a DUE_HEAL. faults_end makes the world good again, for the last comparison.
 */
#include <string.h>

#include "proto/base/check.h"
#include "tests/sim/parts.h"

const struct faults faults_usual = {
    .latency_min_ms = 2,
    .latency_mean_ms = 40,
    .sync_min_ms = 1,
    .sync_mean_ms = 15,
    .every_ms = 3000,
    .weight =
        {
#define X(name, weight, text) [FAULT_##name] = weight,
            FAULT_TABLE(X)
#undef X
        },
    .partition_ms = 12000,
    .crash_ms = 5000,
    .disk_ms = 4000,
    .hostile_ms = 8000,
    .clones_max = 1,
    .removals_max = 2,
};

static void took_place(struct world *world, enum fault fault, const struct machine *machine)
{
    world->coverage.fault[fault]++;
    world->faults_done++;
    world_say(world, machine, "fault: %s", fault_name(fault));
}

static struct machine *any_on(struct world *world)
{
    struct machine *found[WORLD_MACHINES_MAX];
    unsigned n = 0;

    for (unsigned i = 0; i < world->machines_n; i++) {
        if (world->machines[i]->node != NULL) found[n++] = world->machines[i];
    }
    return n == 0 ? NULL : found[rng_below(&world->rng, n)];
}

static void heal_in(struct world *world, const struct machine *machine, enum fault fault,
                    unsigned mean_ms)
{
    struct due *due =
        world_due(world, world_wait(world, mean_ms / 10, mean_ms), DUE_HEAL, machine);
    due->what = fault;
}

/* ------------------------------------------------------------------------------ the kinds --
 */

static void fault_line(struct world *world, enum fault fault)
{
    struct wire_line *line = wire_any(world);

    if (line == NULL) return;
    took_place(world, fault, NULL);
    wire_break(world, line, fault == FAULT_CUT);
}

/* The next chunk on some line meets the attacker; wire.c counts it when it happens. */
static void fault_chunk(struct world *world, enum fault fault)
{
    struct wire_line *line = wire_any(world);

    if (line != NULL) line->end[rng_below(&world->rng, 2)].attack = fault;
}

static void fault_partition(struct world *world, enum fault fault)
{
    unsigned mode = (unsigned)rng_below(&world->rng, 3);
    unsigned alone = (unsigned)rng_below(&world->rng, world->machines_n);

    took_place(world, fault, NULL);
    for (unsigned i = 0; i < world->machines_n; i++) {
        unsigned island = mode == 0   ? i == alone
                          : mode == 1 ? (unsigned)rng_below(&world->rng, 2)
                                      : (unsigned)rng_below(&world->rng, 4);
        world->machines[i]->island = island;
    }
    heal_in(world, NULL, fault, world->faults.partition_ms);
}

static void fault_crash(struct world *world, enum fault fault)
{
    struct machine *machine = any_on(world);

    if (machine == NULL) return;
    took_place(world, fault, machine);
    world_power(world, machine, false);
    world_due(world, world_wait(world, 100, world->faults.crash_ms), DUE_POWER, machine);
}

static void fault_disk(struct world *world, enum fault fault)
{
    struct machine *machine = any_on(world);

    if (machine == NULL || machine->disk != ERR_OK) return;
    took_place(world, fault, machine);
    machine->disk = rng_chance(&world->rng, 500) ? ERR_NO_SPACE : ERR_IO;
    heal_in(world, machine, fault, world->faults.disk_ms);
}

static void fault_clock(struct world *world, enum fault fault)
{
    static const int64_t dates[] = {0, 1800000000, 4102444800, 1700000000};
    struct machine *machine = any_on(world);

    if (machine == NULL) return;
    took_place(world, fault, machine);
    machine->wall_skew_s =
        dates[rng_below(&world->rng, 4)] - WORLD_WALL_S - (int64_t)(world->now_ms / 1000);
    heal_in(world, machine, fault, world->faults.partition_ms);
}

static void fault_clone(struct world *world, enum fault fault)
{
    struct machine *machine = operate_pick(world, NODE_MEMBER);

    if (machine == NULL || world->clones >= world->faults.clones_max ||
        world->machines_n == WORLD_MACHINES_MAX || world->operations_done < 100)
        return;
    took_place(world, fault, machine);
    world->clones++;
    world_clone(world, machine);
}

static void fault_hostile(struct world *world, enum fault fault)
{
    struct machine *machine = operate_pick(world, NODE_MEMBER);

    if (machine == NULL || machine->hostile != FAULT_COUNT) return;
    world_say(world, machine, "fault: %s, from now on", fault_name(fault));
    machine->hostile = fault; /* tap.c counts each thing that it does */
    heal_in(world, machine, fault, world->faults.hostile_ms);
}

/* A steward removes a school whose machines are cut off; what they do meanwhile is back-dated.
 */
static void fault_backdate(struct world *world, enum fault fault)
{
    struct machine *steward = operate_pick(world, NODE_MEMBER);
    struct machine *victim = operate_pick(world, NODE_MEMBER);
    struct fold_school own;

    if (steward == NULL || steward->school == victim->school ||
        world->removals >= world->faults.removals_max || world->operations_done < 60 ||
        !fold_school(steward->node->fold, &steward->options.school, &own) || !own.steward)
        return;
    took_place(world, fault, victim);
    world->removals++;
    for (unsigned i = 0; i < world->machines_n; i++) {
        if (world->machines[i]->school == victim->school) world->machines[i]->island = 7;
    }
    struct command command = {.kind = COMMAND_SCHOOL_REMOVE,
                              .school_remove = {.school = victim->options.school}};
    world_command(world, steward, &command, NULL);
    heal_in(world, NULL, FAULT_PARTITION, world->faults.partition_ms);
}

static void (*const kinds[])(struct world *, enum fault) = {
    [FAULT_CUT] = fault_line,         [FAULT_HALF_OPEN] = fault_line,
    [FAULT_MUTATE] = fault_chunk,     [FAULT_DUPLICATE] = fault_chunk,
    [FAULT_REORDER] = fault_chunk,    [FAULT_PARTITION] = fault_partition,
    [FAULT_CRASH] = fault_crash,      [FAULT_DISK] = fault_disk,
    [FAULT_CLOCK] = fault_clock,      [FAULT_CLONE] = fault_clone,
    [FAULT_WITHHOLD] = fault_hostile, [FAULT_RELAY] = fault_hostile,
    [FAULT_STRANGER] = fault_hostile, [FAULT_BACKDATE] = fault_backdate,
};

/* ------------------------------------------------------------------------------------------ */

void faults_next(struct world *world)
{
    uint64_t sum = 0;
    unsigned fault = 0;

    if (world->calm || world->faults.every_ms == 0) return;
    for (unsigned i = 0; i < FAULT_COUNT; i++)
        sum += world->faults.weight[i];
    uint64_t at = rng_below(&world->rng, sum);
    while (at >= world->faults.weight[fault])
        at -= world->faults.weight[fault++];
    kinds[fault](world, (enum fault)fault);
    world_due(world, world_wait(world, 20, world->faults.every_ms), DUE_FAULT, NULL);
}

static void stop_lying(struct world *world, struct machine *machine)
{
    if (machine->hostile == FAULT_COUNT) return;
    machine->hostile = FAULT_COUNT;
    /* Half a run may be withheld: its sessions begin anew. */
    for (size_t i = 0; i < world->lines_n; i++) {
        struct wire_line *line = world->lines[i];
        for (unsigned k = 0; k < 2; k++) {
            if (line->end[k].machine == machine->index && line->end[k].open)
                wire_break(world, line, true);
        }
    }
}

void faults_on_heal(struct world *world, struct due *due)
{
    struct machine *machine = world->machines[due->machine];

    if (due->what == FAULT_PARTITION) {
        for (unsigned i = 0; i < world->machines_n; i++)
            world->machines[i]->island = 0;
        world_say(world, NULL, "healed: everybody reaches everybody");
    } else if (due->what == FAULT_DISK) {
        machine->disk = ERR_OK;
    } else if (due->what == FAULT_CLOCK) {
        machine->wall_skew_s = 0;
    } else {
        stop_lying(world, machine);
    }
}

void faults_end(struct world *world)
{
    world->calm = true;
    world_say(world, NULL, "faults are over");
    for (unsigned i = 0; i < world->machines_n; i++) {
        struct machine *machine = world->machines[i];
        machine->island = 0;
        machine->disk = ERR_OK;
        machine->wall_skew_s = 0;
        stop_lying(world, machine);
        if (machine->clone) {
            machine->gone = true;
            world_power(world, machine, false);
        } else if (!machine->gone) {
            world_power(world, machine, true);
        }
    }
    for (size_t i = 0; i < world->lines_n; i++) {
        for (unsigned k = 0; k < 2; k++)
            world->lines[i]->end[k].attack = FAULT_COUNT;
    }
}
