/*
 * run.c: one seed: some schools, at least 200 operations with faults between them, then quiet,
 * and within a bounded time everybody agrees.
 */
#include <string.h>

#include "tests/sim/operate_members.h"
#include "tests/sim/parts.h"

enum {
    RUN_OPERATIONS = 200,
    RUN_FAULTS_MIN = 20,
    RUN_LOOK_MS = 10 * 1000,
    /* The longest back-off is 7.5 minutes, and a chain of two who wait for a third doubles it.
     */
    RUN_QUIET_MS = 30 * 60 * 1000,
    RUN_FORKED_MS = 5 * 60 * 1000,
};

static void settle(struct world *world)
{
    uint64_t end = world->now_ms + RUN_QUIET_MS;
    char why[200] = "";

    while (!world_is_broken(world)) {
        world_run(world, RUN_LOOK_MS);
        if (world_is_broken(world)) return;
        if (agree_reached(world, why, sizeof(why))) break;
        if (world->statements_forked && world->now_ms + RUN_QUIET_MS >= end + RUN_FORKED_MS) {
            world->coverage.excused++;
            agree_check(world);
            return;
        }
        if (world->now_ms >= end) {
            agree_tell(world);
            world_break(world, "divergence", "after %d minutes of quiet: %s",
                        RUN_QUIET_MS / 60000, why);
            return;
        }
    }
    /* Agreement is not a moment: late duties (epochs, grants, beacons) run out, it stays. */
    world_run(world, 90 * 1000);
    end = world->now_ms + RUN_QUIET_MS;
    while (!world_is_broken(world) && !agree_reached(world, why, sizeof(why))) {
        world_run(world, RUN_LOOK_MS);
        if (world->now_ms >= end)
            world_break(world, "divergence", "agreement did not last: %s", why);
    }
    if (!world_is_broken(world)) agree_check(world);
}

void run_seed(const struct run_options *options, struct run_result *out)
{
    struct faults faults = faults_usual;
    struct world *world = world_new(options->seed, &faults);
    unsigned n = options->machines;

    world->trace = options->trace;
    world->profile = options->profile != NULL ? options->profile : profile_find("everyday");
    world->wire_tap = options->trace != NULL;
    if (n == 0) { /* 3 to 9; the work grows with the square, so more often few */
        n = 3 + (unsigned)rng_below(&world->rng, 7);
        unsigned other = 3 + (unsigned)rng_below(&world->rng, 7);
        if (other < n) n = other;
    }
    for (unsigned i = 0; i < n; i++)
        world_add_machine(world, world_add_school(world));
    op_found(world, world->machines[0]);
    world->operations_left = options->operations == 0 ? RUN_OPERATIONS : options->operations;
    world_due(world, 10, DUE_OPERATION, NULL);
    world_due(world, 3000, DUE_FAULT, NULL);
    while (!world_is_broken(world) &&
           (world->operations_left > 0 || world->faults_done < RUN_FAULTS_MIN)) {
        if (!world_next(world)) break;
    }
    if (!world_is_broken(world)) {
        faults_end(world);
        settle(world);
    }
    world->coverage.seeds = 1;
    world->coverage.steps = world->steps;
    world->coverage.faults = world->faults_done;
    *out = (struct run_result){.coverage = world->coverage,
                               .hash = world->hash,
                               .steps = world->steps,
                               .now_ms = world->now_ms};
    memcpy(out->broken, world->broken, sizeof(out->broken));
    memcpy(out->because, world->because, sizeof(out->because));
    world_free(world);
}
