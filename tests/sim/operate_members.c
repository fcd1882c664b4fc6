/*
 * operate_members.c: the commands about who belongs to the network and to which spaces.
 */
#include <string.h>

#include "proto/base/check.h"
#include "tests/sim/operate_members.h"
#include "tests/sim/parts.h"

static bool is_member(const struct machine *machine)
{
    return machine->node != NULL && machine->node->state == NODE_MEMBER;
}

static bool is_steward(const struct machine *machine)
{
    struct fold_school school;

    return is_member(machine) &&
           fold_school(machine->node->fold, &machine->options.school, &school) &&
           school.steward;
}

/* A school that the machine counts as a member, any but its own. */
static bool other_school(struct world *world, const struct machine *machine,
                         struct fold_school *out)
{
    struct fold_school all[WORLD_SCHOOLS_MAX], school;
    unsigned n = 0;

    for (size_t i = 0; fold_school_at(machine->node->fold, i, &school); i++) {
        if (school.status != FOLD_LIVE || school_id_eq(&school.id, &machine->options.school))
            continue;
        if (n < WORLD_SCHOOLS_MAX) all[n++] = school;
    }
    if (n == 0) return false;
    *out = all[rng_below(&world->rng, n)];
    return true;
}

static struct school *school_of(struct world *world, const struct machine *machine)
{
    return &world->schools[machine->school];
}

/* -------------------------------------------------------------------------------- joining --
 */

bool op_found(struct world *world, struct machine *machine)
{
    struct school *school = school_of(world, machine);
    struct command command = {.kind = COMMAND_FOUND,
                              .found = {.network_name = "Sim", .school_name = school->name}};

    /* One network a world; who founds again is told no. */
    if (world->now_ms > 5000 && !is_member(machine)) return false;
    command.found.root_pk = school->keys.root_pk;
    command.found.root_sk = school->keys.root_sk;
    command.found.recovery_pk = school->keys.recovery_pk;
    world_command(world, machine, &command, NULL);
    return true;
}

bool op_invite_create(struct world *world, struct machine *machine)
{
    struct command command = {
        .kind = COMMAND_INVITE_CREATE,
        .invite_create = {.note = "for a school",
                          .days = (unsigned)rng_below(&world->rng, 9),
                          .approve_automatically = rng_chance(&world->rng, 400)}};

    if (!is_steward(machine) && rng_chance(&world->rng, 950)) return false;
    world_command(world, machine, &command, NULL);
    return true;
}

bool op_join(struct world *world, struct machine *machine)
{
    struct school *school = school_of(world, machine);

    if (world->codes_n == 0 || machine->node->state == NODE_MEMBER) return false;
    struct code *code = &world->codes[rng_below(&world->rng, world->codes_n)];
    /* Who waits tries the same code again: with another one it would not hear of its admission.
     */
    if (machine->node->state == NODE_JOINING) code = &world->codes[machine->code];
    if (code->used && machine->node->state == NODE_SOLO && rng_chance(&world->rng, 900))
        return false;
    if (machine->node->state == NODE_JOINING && rng_chance(&world->rng, 700)) return false;
    char *text = mem_strdup(code->text);
    if (rng_chance(&world->rng, 60))
        text[strlen(text) / 2] = '!';
    else
        code->used = true;
    machine->code = (unsigned)(code - world->codes);
    struct command command = {.kind = COMMAND_JOIN,
                              .join = {.code = text, .school_name = school->name}};
    command.join.root_pk = school->keys.root_pk;
    command.join.root_sk = school->keys.root_sk;
    command.join.recovery_pk = school->keys.recovery_pk;
    world_command(world, machine, &command, NULL);
    free(text);
    return true;
}

bool op_enlist(struct world *world, struct machine *machine)
{
    struct school *school = school_of(world, machine);
    struct envelope_id since;

    if (world->machines_n == WORLD_MACHINES_MAX || !is_member(machine)) return false;
    if (!fold_root_since(machine->node->fold, &machine->options.school, &since)) return false;
    if (rng_chance(&world->rng, 500)) return false;
    struct machine *device = world_add_machine(world, machine->school);
    struct command command = {.kind = COMMAND_ENLIST,
                              .enlist = {.network = machine->node->network,
                                         .peer = machine->options.transport_pk,
                                         .address = machine->address,
                                         .seen = since,
                                         .root_pk = school->keys.root_pk,
                                         .root_sk = school->keys.root_sk}};
    world_command(world, device, &command, NULL);
    return true;
}

bool op_invite_void(struct world *world, struct machine *machine)
{
    struct command command = {.kind = COMMAND_INVITE_VOID};
    struct fold_invite invite;

    if (!is_member(machine)) return false;
    if (fold_invite_at(machine->node->fold, rng_below(&world->rng, 4), &invite))
        command.invite_void.invite = invite.id;
    world_command(world, machine, &command, NULL);
    return true;
}

struct look {
    struct world *world;
    struct invite_id invite;
    bool found;
};

/* The steward telephones: the words must be the ones that the joiner reads out. */
static void on_request(void *arg, const struct node_request *request)
{
    struct look *look = arg;
    struct world *world = look->world;
    struct node_status status;
    bool said = false;

    for (unsigned i = 0; i < world->machines_n; i++) {
        struct machine *machine = world->machines[i];
        if (machine->node == NULL || machine->node->state != NODE_JOINING) continue;
        node_get_status(machine->node, &status);
        said = said || (status.joining_words != NULL &&
                        strcmp(status.joining_words, request->four_words) == 0);
    }
    if (!said) return;
    look->found = true;
    look->invite = request->invite;
}

bool op_approve(struct world *world, struct machine *machine)
{
    struct command command = {.kind = COMMAND_APPROVE};
    struct look look = {.world = world};

    if (!is_member(machine)) return false;
    node_each_request(machine->node, on_request, &look);
    if (!look.found && rng_chance(&world->rng, 990)) return false;
    command.request.invite = look.invite;
    world_command(world, machine, &command, NULL);
    return true;
}

bool op_deny(struct world *world, struct machine *machine)
{
    struct command command = {.kind = COMMAND_DENY};
    struct look look = {.world = world};

    if (!is_member(machine)) return false;
    node_each_request(machine->node, on_request, &look);
    if (!look.found && world->profile->wary) return false;
    command.request.invite = look.invite;
    world_command(world, machine, &command, NULL);
    return true;
}

/* -------------------------------------------------------------------------------- leaving --
 */

static bool may_shrink(struct world *world)
{
    return world->removals < world->faults.removals_max;
}

bool op_device_remove(struct world *world, struct machine *machine)
{
    struct fold_device device;
    struct command command = {.kind = COMMAND_DEVICE_REMOVE};

    if (!is_member(machine)) return false;
    for (size_t i = 0;; i++) {
        if (!fold_school_device_at(machine->node->fold, &machine->options.school, i, &device))
            return false;
        if (device.status == FOLD_LIVE &&
            !device_pk_eq(&device.id, &machine->options.device_pk))
            break;
    }
    command.device_remove.device = device.id;
    if (rng_chance(&world->rng, 500))
        command.device_remove.root_sk = &school_of(world, machine)->keys.root_sk;
    world_command(world, machine, &command, NULL);
    return true;
}

bool op_school_remove(struct world *world, struct machine *machine)
{
    struct fold_school school;
    struct command command = {.kind = COMMAND_SCHOOL_REMOVE};

    if (!is_member(machine) || !other_school(world, machine, &school)) return false;
    if (!may_shrink(world) || fold_count(machine->node->fold) < 20) return false;
    if (is_steward(machine)) world->removals++;
    command.school_remove.school = school.id;
    world_command(world, machine, &command, NULL);
    return true;
}

bool op_leave(struct world *world, struct machine *machine)
{
    struct command command = {.kind = COMMAND_LEAVE};

    struct fold_school other;

    /* Somebody else must be there to hear of it. */
    if (!is_member(machine) || !may_shrink(world) || machine->school == 0 ||
        !other_school(world, machine, &other))
        return false;
    world->removals++;
    if (rng_chance(&world->rng, 800))
        command.leave.root_sk = &school_of(world, machine)->keys.root_sk;
    world_command(world, machine, &command, NULL);
    return true;
}

/* ---------------------------------------------------------------------------------- roles --
 */

bool op_role(struct world *world, struct machine *machine)
{
    struct fold_school school, own;
    struct asked asked = {0};
    struct command command = {.kind = COMMAND_ROLE};

    if (!is_member(machine) || !other_school(world, machine, &school)) return false;
    if (!fold_school(machine->node->fold, &machine->options.school, &own)) return false;
    if (!own.steward && rng_chance(&world->rng, 900)) return false;
    static const enum role roles[] = {ROLE_STEWARD, ROLE_STEWARD, ROLE_STEWARD, ROLE_HUB,
                                      ROLE_OBSERVER};
    command.role.school = school.id;
    command.role.role = roles[rng_below(&world->rng, 5)];
    command.role.on = !school.steward || rng_chance(&world->rng, 700);
    if (own.hub) command.role.root_sk = &school_of(world, machine)->keys.root_sk;
    asked.other = world_school_of(world, &school.id);
    if (asked.other >= world->schools_n) return false;
    world_command(world, machine, &command, &asked);
    return true;
}

bool op_assent(struct world *world, struct machine *machine)
{
    struct command command = {.kind = COMMAND_ASSENT};
    size_t missing;

    if (!is_member(machine)) return false;
    if (!fold_pending_at(machine->node->fold, 0, &command.assent.statement, &missing) &&
        rng_chance(&world->rng, 980))
        return false;
    world_command(world, machine, &command, NULL);
    return true;
}

bool op_root_rotate(struct world *world, struct machine *machine)
{
    struct school *school = school_of(world, machine);
    uint8_t entropy[PHRASE_ENTROPY_BYTES];
    struct asked asked = {.other = machine->school};
    struct command command = {.kind = COMMAND_ROOT_ROTATE};

    if (!is_member(machine)) return false;
    env_random(&machine->env, entropy, sizeof(entropy));
    if (phrase_keys(&asked.keys, entropy) != ERR_OK) return false;
    command.root_rotate.school = school->id;
    command.root_rotate.new_root = asked.keys.root_pk;
    command.root_rotate.new_recovery = asked.keys.recovery_pk;
    if (rng_chance(&world->rng, 900)) command.root_rotate.root_sk = &school->keys.root_sk;
    world_command(world, machine, &command, &asked);
    return true;
}

bool op_hub_succession(struct world *world, struct machine *machine)
{
    struct fold_school school;
    struct asked asked = {0};
    struct command command = {.kind = COMMAND_HUB_SUCCESSION};

    if (!is_member(machine) || !other_school(world, machine, &school)) return false;
    if (fold_stewards(machine->node->fold) < 2 && rng_chance(&world->rng, 900)) return false;
    asked.other = world_school_of(world, &school.id);
    if (asked.other >= world->schools_n) return false;
    command.hub_succession.school = school.id;
    world_command(world, machine, &command, &asked);
    return true;
}

/* --------------------------------------------------------------------------------- spaces --
 */

bool op_space_new(struct world *world, struct machine *machine)
{
    struct fold_school school;
    struct asked asked = {0};
    struct command command = {.kind = COMMAND_SPACE_NEW, .space_new = {.name = "buddies"}};

    if (!is_member(machine) || !other_school(world, machine, &school)) return false;
    if (world->groups_n > 2 * world->schools_n) return false;
    command.space_new.with = school.id;
    asked.other = world_school_of(world, &school.id);
    if (asked.other >= world->schools_n) return false;
    world_command(world, machine, &command, &asked);
    return true;
}

static bool known_space(struct world *world, const struct machine *machine, bool own,
                        struct fold_space *out)
{
    struct fold_space space;
    unsigned n = 0;

    for (size_t i = 0; fold_space_at(machine->node->fold, i, &space); i++) {
        enum fold_part part =
            fold_part(machine->node->fold, &space.tag, &machine->options.school);
        if (own && part != FOLD_MEMBER) continue;
        if (rng_below(&world->rng, ++n) == 0) *out = space;
    }
    return n > 0;
}

bool op_space_accept(struct world *world, struct machine *machine)
{
    struct command command = {.kind = COMMAND_SPACE_ACCEPT};
    struct space_tag tag;
    struct fold_space space;

    if (!is_member(machine)) return false;
    if (fold_asked_at(machine->node->fold, &machine->options.school, 0, &tag)) {
        if (!fold_space(machine->node->fold, &tag, &space)) return false;
    } else if (rng_chance(&world->rng, 980) || !known_space(world, machine, false, &space)) {
        return false;
    }
    command.space.space = space.id;
    world_command(world, machine, &command, NULL);
    return true;
}

bool op_space_leave(struct world *world, struct machine *machine)
{
    struct command command = {.kind = COMMAND_SPACE_LEAVE};
    struct fold_space space;

    if (!is_member(machine) || !known_space(world, machine, false, &space)) return false;
    command.space.space = space.id;
    world_command(world, machine, &command, NULL);
    return true;
}

bool op_carriers(struct world *world, struct machine *machine)
{
    struct fold_school school;
    struct fold_space space;
    struct command command = {.kind = COMMAND_CARRIERS};

    if (!is_member(machine) || !other_school(world, machine, &school) ||
        !known_space(world, machine, rng_chance(&world->rng, 900), &space))
        return false;
    command.carriers.space = space.id;
    command.carriers.schools = &school.id;
    command.carriers.n = 1;
    world_command(world, machine, &command, NULL);
    return true;
}

bool op_rotate(struct world *world, struct machine *machine)
{
    struct fold_space space;
    struct command command = {.kind = COMMAND_ROTATE};

    if (!is_member(machine) ||
        !known_space(world, machine, rng_chance(&world->rng, 900), &space))
        return false;
    command.space.space = space.id;
    world_command(world, machine, &command, NULL);
    return true;
}
