#include "tests/sim/world.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/check.h"
#include "proto/crypto/dh.h"
#include "proto/crypto/sign.h"
#include "tests/sim/parts.h"

/* ------------------------------------------------------------------- what is said of it -- */

static void mix(struct world *world, uint64_t value)
{
    struct rng rng = {.state = world->hash ^ value};
    world->hash = rng_next(&rng);
}

void world_say(struct world *world, const struct machine *machine, const char *format, ...)
{
    va_list list;

    if (world->trace == NULL) return;
    fprintf(world->trace, "%7" PRIu64 ".%03u ", world->now_ms / 1000,
            (unsigned)(world->now_ms % 1000));
    if (machine != NULL) fprintf(world->trace, "m%u ", machine->index);
    va_start(list, format);
    vfprintf(world->trace, format, list);
    va_end(list);
    fputc('\n', world->trace);
}

void world_break(struct world *world, const char *rule, const char *format, ...)
{
    va_list list;

    if (world_is_broken(world)) return;
    snprintf(world->broken, sizeof(world->broken), "%s", rule);
    va_start(list, format);
    vsnprintf(world->because, sizeof(world->because), format, list);
    va_end(list);
    world_say(world, world->current, "BROKEN %s: %s", world->broken, world->because);
}

/* ---------------------------------------------------------------------------- the heap -- */

static bool sooner(const struct due *x, const struct due *y)
{
    return x->at_ms != y->at_ms ? x->at_ms < y->at_ms : x->number < y->number;
}

static void swap(struct due **heap, size_t i, size_t k)
{
    struct due *due = heap[i];
    heap[i] = heap[k];
    heap[k] = due;
}

struct due *world_due(struct world *world, uint64_t in_ms, enum due_kind kind,
                      const struct machine *machine)
{
    struct due *due = mem_zalloc(sizeof(*due));
    size_t i = world->heap_n;

    due->at_ms = world->now_ms + in_ms;
    due->number = ++world->number;
    due->kind = kind;
    if (machine != NULL) {
        due->machine = machine->index;
        due->boot = machine->boot;
    }
    MEM_RESERVE(world->heap, world->heap_n, world->heap_cap);
    world->heap[world->heap_n++] = due;
    for (; i > 0 && sooner(world->heap[i], world->heap[(i - 1) / 2]); i = (i - 1) / 2)
        swap(world->heap, i, (i - 1) / 2);
    return due;
}

static struct due *pop(struct world *world)
{
    struct due *due = world->heap[0];
    size_t i = 0;

    world->heap[0] = world->heap[--world->heap_n];
    for (;;) {
        size_t least = i;
        for (size_t child = 2 * i + 1; child <= 2 * i + 2; child++) {
            if (child < world->heap_n && sooner(world->heap[child], world->heap[least]))
                least = child;
        }
        if (least == i) return due;
        swap(world->heap, i, least);
        i = least;
    }
}

static void due_free(struct due *due)
{
    buf_fini(&due->bytes);
    free(due);
}

uint64_t world_wait(struct world *world, unsigned min_ms, unsigned mean_ms)
{
    if (mean_ms <= min_ms) return min_ms;
    double u = (double)(rng_next(&world->rng) >> 11) / 9007199254740992.0;
    return min_ms + (uint64_t)(-log(1.0 - u) * (mean_ms - min_ms));
}

/* ------------------------------------------------------------------------- a node's step -- */

static void trace_update(struct world *world, const struct machine *machine,
                         const struct update *update)
{
    for (size_t i = 0; i < update->traces_n; i++) {
        const struct update_trace *t = &update->traces[i];
        for (int err = 0; t->why != NULL && err < ERR_COUNT; err++) {
            if (strcmp(t->why, err_text((enum err)err)) == 0) world->coverage.err[err]++;
        }
        if (world->trace == NULL) continue;
        char conn[24] = "", number[24] = "";
        if (t->conn != 0) snprintf(conn, sizeof(conn), "#%" PRIu64, t->conn);
        if (t->number != 0) snprintf(number, sizeof(number), " %" PRIu64, t->number);
        world_say(world, machine, "%s%s %s -> %s%s%s%s%s", t->machine, conn,
                  t->from == NULL ? "" : t->from, t->to == NULL ? "" : t->to, number,
                  t->why == NULL ? "" : " (", t->why == NULL ? "" : t->why,
                  t->why == NULL ? "" : ")");
    }
}

static void commit(struct world *world, struct machine *machine, const struct update *update)
{
    for (size_t i = 0; i < update->writes_n; i++)
        registry_on_write(world, machine, &update->writes[i]);
    ram_store_submit(machine->store, update->batch, update->writes, update->writes_n);
    uint64_t done = world->now_ms +
                    world_wait(world, world->faults.sync_min_ms, world->faults.sync_mean_ms);
    if (done < machine->commit_ms) done = machine->commit_ms;
    machine->commit_ms = done;
    world_due(world, done - world->now_ms, DUE_COMMIT, machine);
}

static void carry_out(struct world *world, struct machine *machine, const struct update *update)
{
    trace_update(world, machine, update);
    if (update->batch != 0) commit(world, machine, update);
    if (update->batch == 0 && update->writes_n > 0)
        world_break(world, "contract", "writes without a batch");
    for (size_t i = 0; i < update->reads_n; i++) {
        struct due *due = world_due(world, 1, DUE_READ, machine);
        due->read = update->reads[i];
    }
    for (size_t i = 0; i < update->sends_n; i++) {
        mix(world, update->sends[i].bytes.n);
        wire_send(world, machine, &update->sends[i]);
    }
    for (size_t i = 0; i < update->dials_n; i++)
        wire_dial(world, machine, &update->dials[i]);
    for (size_t i = 0; i < update->closes_n; i++)
        wire_close(world, machine, update->closes[i]);
    for (size_t i = 0; i < update->replies_n; i++)
        operate_on_reply(world, machine, &update->replies[i]);
    if (update->wake_ms != UINT64_MAX) {
        uint64_t in_ms = update->wake_ms > world->now_ms ? update->wake_ms - world->now_ms : 0;
        struct due *due = world_due(world, in_ms, DUE_TICK, machine);
        machine->tick = due->what = due->number;
    } else {
        machine->tick = 0;
    }
}

/* What lets a node call everybody at once: a person asks, or what it knew is forgotten. */
static bool hurries(const struct event *event)
{
    if (event->kind == EVENT_STORED) return event->stored.err != ERR_OK;
    return event->kind == EVENT_COMMAND &&
           (event->command->kind == COMMAND_SYNC || event->command->kind == COMMAND_JOIN ||
            event->command->kind == COMMAND_ENLIST);
}

void world_event(struct world *world, struct machine *machine, struct event *event)
{
    struct update update;

    if (machine->node == NULL || world_is_broken(world)) return;
    event->now_ms = world->now_ms;
    event->wall_s = WORLD_WALL_S + (int64_t)(world->now_ms / 1000) + machine->wall_skew_s;
    world->current = machine;
    world->steps++;
    enum node_state state = machine->node->state;
    bool admitted = machine->node->joins.admitted;
    node_step(machine->node, event, &update);
    if (hurries(event) || machine->node->state != state ||
        machine->node->joins.admitted != admitted)
        memset(machine->backoff, 0, sizeof(machine->backoff));
    mix(world, world->now_ms * 64 + machine->index);
    mix(world, (uint64_t)event->kind * 1024 + update.batch);
    carry_out(world, machine, &update);
    if (!world_is_broken(world)) check_bounds(world, machine);
    world->current = NULL;
}

uint64_t world_command(struct world *world, struct machine *machine, struct command *command,
                       const struct asked *asked)
{
    struct event event = {.kind = EVENT_COMMAND, .command = command};

    command->ticket = ++world->tickets;
    CHECK(world->asked_n < WORLD_ASKED_MAX);
    struct asked *kept = &world->asked[world->asked_n++];
    if (asked != NULL)
        *kept = *asked;
    else
        *kept = (struct asked){0};
    kept->ticket = command->ticket;
    kept->at_ms = world->now_ms;
    kept->machine = machine->index;
    kept->boot = machine->boot;
    kept->kind = command->kind;
    world_say(world, machine, "person: %s", command_name(command->kind));
    world_event(world, machine, &event);
    return command->ticket;
}

/* ------------------------------------------------------------------- things that are due -- */

static void on_commit(struct world *world, struct machine *machine)
{
    struct ram_store_result result;
    bool any = machine->disk == ERR_OK ? ram_store_sync(machine->store, &result)
                                       : ram_store_fail(machine->store, machine->disk, &result);

    if (!any) {
        world_break(world, "contract", "a commit was due and no batch waited");
        return;
    }
    /* A disk that works and a batch that is refused: the node wrote what it must not. */
    if (result.err == ERR_INVALID || (result.err == ERR_ORDER && machine->disk == ERR_OK))
        world_break(world, "contract", "the store refused a batch: %s", err_name(result.err));
    world->coverage.err[result.err]++;
    check_committed(world, machine);
    struct event event = {
        .kind = EVENT_STORED,
        .stored = {.batch = result.batch, .err = result.err, .lseq = result.lseq},
    };
    world_event(world, machine, &event);
}

static void on_read(struct world *world, struct machine *machine, const struct due *due)
{
    struct event event = {.kind = EVENT_READ, .read = {.ticket = due->read.ticket}};

    event.read.err = ram_store_read(machine->store, &due->read, &event.read.entries,
                                    &event.read.n, &event.read.more);
    world_event(world, machine, &event);
}

static void on_tick(struct world *world, struct machine *machine, const struct due *due)
{
    if (due->what != machine->tick) return;
    world_event(world, machine, &(struct event){.kind = EVENT_TICK});
}

static void on_machine(struct world *world, struct due *due)
{
    struct machine *machine = world->machines[due->machine];

    if (due->kind == DUE_POWER) {
        if (!machine->gone && machine->node == NULL) world_power(world, machine, true);
        return;
    }
    if (due->boot != machine->boot || machine->node == NULL) return;
    if (due->kind == DUE_COMMIT)
        on_commit(world, machine);
    else if (due->kind == DUE_READ)
        on_read(world, machine, due);
    else
        on_tick(world, machine, due);
}

static void on_operation(struct world *world)
{
    if (world->operations_left == 0) return;
    if (operate(world)) {
        world->operations_left--;
        world->operations_done++;
    }
    unsigned pause = rng_chance(&world->rng, 10) ? 40000 : 700;
    world_due(world, world_wait(world, 10, pause), DUE_OPERATION, NULL);
}

static void dispatch(struct world *world, struct due *due)
{
    switch (due->kind) {
    case DUE_BYTES:
        wire_on_bytes(world, due);
        break;
    case DUE_CLOSED:
        wire_on_closed(world, due);
        break;
    case DUE_DIALLED:
        wire_on_dialled(world, due);
        break;
    case DUE_COMMIT:
    case DUE_READ:
    case DUE_TICK:
    case DUE_POWER:
        on_machine(world, due);
        break;
    case DUE_OPERATION:
        on_operation(world);
        break;
    case DUE_FAULT:
        faults_next(world);
        break;
    case DUE_HEAL:
        faults_on_heal(world, due);
        break;
    case DUE_CALM:
        break;
    }
}

bool world_next(struct world *world)
{
    if (world->heap_n == 0 || world_is_broken(world)) return false;
    struct due *due = pop(world);
    if (due->at_ms / 60000 != world->now_ms / 60000) world->busy = 0;
    if (++world->busy > WORLD_BUSY_MAX)
        world_break(world, "restless", "m%u and others do not come to rest", due->machine);
    world->now_ms = due->at_ms;
    dispatch(world, due);
    due_free(due);
    return !world_is_broken(world);
}

void world_run(struct world *world, uint64_t ms)
{
    uint64_t end = world->now_ms + ms;

    while (world->heap_n > 0 && world->heap[0]->at_ms <= end) {
        if (!world_next(world)) return;
    }
    world->now_ms = end;
}

/* ----------------------------------------------------------------------------- machines -- */

static void random_bytes(void *ctx, void *out, size_t n)
{
    uint8_t *to = out;

    while (n > 0) {
        uint64_t word = rng_next(ctx);
        size_t part = n < sizeof(word) ? n : sizeof(word);
        memcpy(to, &word, part);
        to += part;
        n -= part;
    }
}

void world_power(struct world *world, struct machine *machine, bool on)
{
    if (on == (machine->node != NULL)) return;
    machine->boot++;
    machine->tick = 0;
    machine->commit_ms = 0;
    memset(machine->backoff, 0, sizeof(machine->backoff));
    world_say(world, machine, "power %s", on ? "on" : "off");
    wire_on_power(world, machine);
    if (!on) {
        node_free(machine->node);
        machine->node = NULL;
        ram_store_crash(machine->store);
        for (unsigned i = 0; i < world->asked_n;) {
            if (world->asked[i].machine == machine->index)
                world->asked[i] = world->asked[--world->asked_n];
            else
                i++;
        }
        return;
    }
    machine->options.seed = rng_next(&world->rng);
    machine->node =
        node_new(&machine->options, &machine->env, ram_store_get_reader(machine->store));
    world_event(world, machine, &(struct event){.kind = EVENT_START});
    if (machine->node == NULL) return;
    const char *address = machine->address;
    struct command command = {.kind = COMMAND_ADDRESSES,
                              .addresses = {.addresses = &address, .n = 1}};
    world_command(world, machine, &command, NULL);
}

unsigned world_add_school(struct world *world)
{
    struct school *school = &world->schools[world->schools_n];
    uint8_t entropy[PHRASE_ENTROPY_BYTES];

    CHECK(world->schools_n < WORLD_SCHOOLS_MAX);
    memset(school, 0, sizeof(*school));
    random_bytes(&world->rng, entropy, sizeof(entropy));
    enum err err = phrase_keys(&school->keys, entropy);
    CHECK(err == ERR_OK);
    phrase_school_id(&school->id, &school->keys.root_pk);
    snprintf(school->name, sizeof(school->name), "School %u", world->schools_n);
    return world->schools_n++;
}

static struct machine *machine_new(struct world *world, unsigned school)
{
    struct machine *machine = mem_zalloc(sizeof(*machine));

    CHECK(world->machines_n < WORLD_MACHINES_MAX);
    machine->world = world;
    machine->index = machine->original = world->machines_n;
    machine->school = school;
    machine->hostile = FAULT_COUNT;
    machine->random.state = rng_next(&world->rng);
    machine->env = (struct env){.random = random_bytes, .ctx = &machine->random};
    snprintf(machine->address, sizeof(machine->address), "m%u:4040", machine->index);
    snprintf(machine->version, sizeof(machine->version), "kith sim");
    map_init(&machine->enrolled, sizeof(struct device_pk), 0);
    map_init(&machine->erases, sizeof(struct envelope_id), 0);
    map_init(&machine->revisions, sizeof(struct revision_id), 0);
    world->machines[world->machines_n++] = machine;
    return machine;
}

struct machine *world_add_machine(struct world *world, unsigned school)
{
    struct machine *machine = machine_new(world, school);
    struct node_options *options = &machine->options;
    uint8_t seed[SIGN_SEED_BYTES];

    random_bytes(&machine->random, seed, sizeof(seed));
    sign_device_keypair(&options->device_pk, &options->device_sk, seed);
    random_bytes(&machine->random, options->box_sk.b, sizeof(options->box_sk.b));
    dh_public(options->box_pk.b, options->box_sk.b);
    random_bytes(&machine->random, options->transport_sk.b, sizeof(options->transport_sk.b));
    dh_public(options->transport_pk.b, options->transport_sk.b);
    options->school = world->schools[school].id;
    options->device_name = machine->address;
    options->version = machine->version;
    machine->store = ram_store_new();
    world_power(world, machine, true);
    return machine;
}

static void copy_map(struct map *to, const struct map *from)
{
    const void *key;
    uint64_t value;
    size_t at = 0;

    while (map_next(from, &at, &key, &value))
        map_put(to, key, value);
}

struct machine *world_clone(struct world *world, struct machine *machine)
{
    struct machine *copy = machine_new(world, machine->school);

    copy->options = machine->options;
    copy->options.device_name = copy->address;
    copy->options.version = copy->version;
    copy->store = ram_store_clone(machine->store);
    copy->seen_lseq = machine->seen_lseq;
    copy->clone = true;
    copy->original = machine->original;
    copy->forked = machine->forked = true;
    copy_map(&copy->enrolled, &machine->enrolled);
    copy_map(&copy->erases, &machine->erases);
    copy_map(&copy->revisions, &machine->revisions);
    world_power(world, copy, true);
    return copy;
}

struct machine *world_machine_of(struct world *world, const struct device_pk *device)
{
    for (unsigned i = 0; i < world->machines_n; i++) {
        if (device_pk_eq(&world->machines[i]->options.device_pk, device))
            return world->machines[i];
    }
    return NULL;
}

unsigned world_school_of(const struct world *world, const struct school_id *id)
{
    for (unsigned i = 0; i < world->schools_n; i++) {
        if (school_id_eq(&world->schools[i].id, id)) return i;
    }
    return world->schools_n;
}

/* ------------------------------------------------------------------------------------------ */

struct world *world_new(uint64_t seed, const struct faults *faults)
{
    struct world *world = mem_zalloc(sizeof(*world));

    world->seed = seed;
    world->rng.state = seed;
    world->faults = *faults;
    world->now_ms = 1000;
    registry_init(world);
    tap_start(world);
    return world;
}

static void machine_free(struct machine *machine)
{
    node_free(machine->node);
    ram_store_free(machine->store);
    map_fini(&machine->enrolled);
    map_fini(&machine->erases);
    map_fini(&machine->revisions);
    free(machine);
}

void world_free(struct world *world)
{
    tap_stop();
    for (unsigned i = 0; i < world->machines_n; i++)
        machine_free(world->machines[i]);
    while (world->heap_n > 0)
        due_free(world->heap[--world->heap_n]);
    free(world->heap);
    wire_free(world);
    registry_fini(world);
    for (unsigned i = 0; i < world->codes_n; i++)
        free(world->codes[i].text);
    buf_fini(&world->bundle);
    free(world);
}
