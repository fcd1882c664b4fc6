/*
 * wire.c: connections between machines: bytes arrive in order or the line is broken. The
 * attacker sits here: what it changes, repeats or swaps must end the session (wire_check).
 */
#include <stdlib.h>
#include <string.h>

#include "proto/base/check.h"
#include "tests/sim/parts.h"

enum {
    WIRE_TAMPERED_MS = 240 * 1000, /* a line that was tampered with is closed by then */
    WIRE_IN_FLIGHT_MAX = 4 * 1024 * 1024,
};

static uint64_t number_of(size_t line, unsigned end)
{
    return (uint64_t)line * 2 + end;
}

static struct wire_end *end_of(struct world *world, uint64_t number)
{
    return &world->lines[number / 2]->end[number % 2];
}

static bool is_live(const struct world *world, const struct wire_end *end)
{
    const struct machine *machine = world->machines[end->machine];
    return end->open && machine->node != NULL && machine->boot == end->boot;
}

/* Ends are numbered as their conns are: line i has 2 i + 1 and 2 i + 2. */
static uint64_t find(const struct world *world, const struct machine *machine, uint64_t conn)
{
    uint64_t number = conn - 1;

    if (conn == 0 || number / 2 >= world->lines_n) return UINT64_MAX;
    return world->lines[number / 2]->end[number % 2].machine == machine->index ? number
                                                                               : UINT64_MAX;
}

struct wire_end *wire_find(struct world *world, const struct machine *machine, uint64_t conn)
{
    uint64_t number = find(world, machine, conn);
    return number == UINT64_MAX ? NULL : end_of(world, number);
}

struct wire_end *wire_peer(struct world *world, const struct wire_end *end)
{
    return end_of(world, (end->conn - 1) ^ 1);
}

static bool reach(const struct world *world, const struct wire_end *a, const struct wire_end *b)
{
    return world->machines[a->machine]->island == world->machines[b->machine]->island;
}

/* ----------------------------------------------------------------------------- sending -- */

/* Puts a chunk on its way behind those before it. */
static void launch(struct world *world, uint64_t number, struct slice bytes)
{
    struct wire_end *from = end_of(world, number);
    uint64_t at = world->now_ms + world_wait(world, world->faults.latency_min_ms,
                                             world->faults.latency_mean_ms);
    if (at < from->last_ms) at = from->last_ms;
    from->last_ms = at;
    from->in_flight += bytes.n;
    struct due *due = world_due(world, at - world->now_ms, DUE_BYTES, NULL);
    due->what = number ^ 1;
    buf_put(&due->bytes, bytes.p, bytes.n);
}

static void attacked(struct world *world, struct wire_end *from, enum fault fault)
{
    from->attack = FAULT_COUNT;
    world->coverage.fault[fault]++;
    world->faults_done++;
    if (!from->tampered) {
        from->tampered = true;
        from->tampered_ms = world->now_ms;
        world->coverage.tampered++;
    }
    world_say(world, NULL, "fault: %s, from m%u", fault_name(fault), from->machine);
}

static void attack(struct world *world, uint64_t number, struct slice bytes)
{
    struct wire_end *from = end_of(world, number);
    enum fault fault = from->attack;
    struct buf copy = {0};

    attacked(world, from, fault);
    buf_put(&copy, bytes.p, bytes.n);
    if (fault == FAULT_MUTATE) {
        size_t at = (size_t)rng_below(&world->rng, bytes.n);
        copy.data[at] = (uint8_t)(copy.data[at] ^ (1 + rng_below(&world->rng, 255)));
    } else if (fault == FAULT_DUPLICATE) {
        size_t n = 1 + (size_t)rng_below(&world->rng, bytes.n);
        buf_put(&copy, bytes.p + bytes.n - n, n);
    } else {
        size_t at = (size_t)rng_below(&world->rng, bytes.n);
        copy.len = 0;
        buf_put(&copy, bytes.p + at, bytes.n - at);
        buf_put(&copy, bytes.p, at);
        if (at == 0) buf_put(&copy, bytes.p, bytes.n);
    }
    launch(world, number, buf_slice(&copy));
    buf_fini(&copy);
}

void wire_send(struct world *world, struct machine *machine, const struct update_send *send)
{
    uint64_t number = find(world, machine, send->conn);
    struct slice bytes = send->bytes;

    check_bytes(world, machine, bytes, "a frame");
    if (number == UINT64_MAX || !is_live(world, end_of(world, number))) return;
    struct wire_end *from = end_of(world, number);
    if (from->dead) return;
    if (from->in_flight + bytes.n > WIRE_IN_FLIGHT_MAX)
        world_break(world, "bounds", "%zu bytes in flight to m%u", from->in_flight,
                    end_of(world, number ^ 1)->machine);
    while (bytes.n > 0) {
        /* TCP cuts where it likes. */
        size_t n = rng_chance(&world->rng, 150) ? 1 + (size_t)rng_below(&world->rng, bytes.n)
                                                : bytes.n;
        if (from->attack != FAULT_COUNT)
            attack(world, number, slice_of(bytes.p, n));
        else
            launch(world, number, slice_of(bytes.p, n));
        bytes = slice_of(bytes.p + n, bytes.n - n);
    }
}

/* ------------------------------------------------------------------- opening and closing -- */

static void tell_closed(struct world *world, uint64_t number, uint64_t in_ms)
{
    world_due(world, in_ms, DUE_CLOSED, NULL)->what = number;
}

void wire_close(struct world *world, struct machine *machine, uint64_t conn)
{
    uint64_t number = find(world, machine, conn);

    if (number == UINT64_MAX || !is_live(world, end_of(world, number))) return;
    struct wire_end *end = end_of(world, number);
    tell_closed(world, number, 0);
    if (end->dead) return;
    uint64_t in_ms = end->last_ms > world->now_ms ? end->last_ms - world->now_ms : 0;
    tell_closed(world, number ^ 1, in_ms + 1);
}

void wire_break(struct world *world, struct wire_line *line, bool told)
{
    for (size_t i = world->lines_n; i-- > 0;) {
        if (world->lines[i] != line) continue;
        for (unsigned k = 0; k < 2; k++) {
            line->end[k].dead = true;
            if (told) tell_closed(world, number_of(i, k), world_wait(world, 0, 50));
        }
        return;
    }
}

struct wire_line *wire_any(struct world *world)
{
    size_t live = 0, chosen;

    for (size_t i = 0; i < world->lines_n; i++) {
        const struct wire_line *line = world->lines[i];
        live += is_live(world, &line->end[0]) && is_live(world, &line->end[1]);
    }
    if (live == 0) return NULL;
    chosen = (size_t)rng_below(&world->rng, live);
    for (size_t i = 0; i < world->lines_n; i++) {
        struct wire_line *line = world->lines[i];
        if (!is_live(world, &line->end[0]) || !is_live(world, &line->end[1])) continue;
        if (chosen-- == 0) return line;
    }
    return NULL;
}

void wire_on_closed(struct world *world, struct due *due)
{
    struct wire_end *end = end_of(world, due->what);

    if (!is_live(world, end)) return;
    end->open = false;
    struct event event = {.kind = EVENT_CONN_CLOSED, .conn = {.conn = end->conn}};
    world_event(world, world->machines[end->machine], &event);
}

void wire_on_bytes(struct world *world, struct due *due)
{
    struct wire_end *to = end_of(world, due->what), *from = end_of(world, due->what ^ 1);

    from->in_flight -= due->bytes.len;
    if (from->dead) return;
    if (!reach(world, from, to)) { /* the bytes are gone, so all behind them are */
        from->dead = true;
        return;
    }
    if (!is_live(world, to)) {
        tell_closed(world, due->what ^ 1, 1); /* a reset */
        return;
    }
    struct event event = {.kind = EVENT_CONN_DATA,
                          .conn = {.conn = to->conn, .bytes = buf_slice(&due->bytes)}};
    world_event(world, world->machines[to->machine], &event);
}

void wire_dial(struct world *world, struct machine *machine, const struct update_dial *dial)
{
    struct due *due = world_due(
        world,
        world_wait(world, world->faults.latency_min_ms, 2 * world->faults.latency_mean_ms),
        DUE_DIALLED, machine);
    due->what = dial->dial;
    snprintf(due->address, sizeof(due->address), "%s", dial->address);
    for (unsigned i = 0; i < world->machines_n; i++) {
        if (strcmp(world->machines[i]->address, dial->address) == 0)
            check_dial(world, machine, i);
    }
}

static struct wire_end end_new(struct world *world, const struct machine *machine)
{
    return (struct wire_end){.machine = machine->index,
                             .boot = machine->boot,
                             .conn = ++world->conns,
                             .open = true,
                             .attack = FAULT_COUNT};
}

static void connect(struct world *world, struct machine *from, struct machine *to,
                    uint64_t dial)
{
    struct wire_line *line = mem_zalloc(sizeof(*line));

    line->end[0] = end_new(world, from);
    line->end[1] = end_new(world, to);
    MEM_RESERVE(world->lines, world->lines_n, world->lines_cap);
    world->lines[world->lines_n++] = line;
    world->coverage.opened++;
    check_dial_result(world, from, to->index, true);
    check_dial_result(world, to, from->index, true);
    struct event incoming = {.kind = EVENT_CONN_OPENED,
                             .conn = {.conn = line->end[1].conn, .address = "incoming:1"}};
    struct event outgoing = {
        .kind = EVENT_CONN_OPENED,
        .conn = {.conn = line->end[0].conn, .dial = dial, .address = to->address}};
    world_event(world, to, &incoming);
    world_event(world, from, &outgoing);
}

void wire_on_dialled(struct world *world, struct due *due)
{
    struct machine *from = world->machines[due->machine], *to = NULL;

    if (from->boot != due->boot || from->node == NULL) return;
    for (unsigned i = 0; i < world->machines_n; i++) {
        if (strcmp(world->machines[i]->address, due->address) == 0) to = world->machines[i];
    }
    bool parted = to != NULL && to->island != from->island;
    if (to != NULL && !parted && to->node != NULL) {
        connect(world, from, to, due->what);
        return;
    }
    if (parted && due->bytes.len == 0) { /* nobody says no: it takes time to give up */
        struct due *again = world_due(world, 3000, DUE_DIALLED, from);
        again->what = due->what;
        snprintf(again->address, sizeof(again->address), "%s", due->address);
        buf_put_u8(&again->bytes, 1);
        return;
    }
    if (to != NULL) check_dial_result(world, from, to->index, false);
    struct event event = {.kind = EVENT_DIAL_FAILED, .conn = {.dial = due->what}};
    world_event(world, from, &event);
}

/* A machine lost its power, or has it again: its old lines answer with a reset when used. */
void wire_on_power(struct world *world, struct machine *machine)
{
    for (size_t i = 0; i < world->lines_n; i++) {
        for (unsigned k = 0; k < 2; k++) {
            struct wire_end *end = &world->lines[i]->end[k];
            if (end->machine == machine->index) end->open = false;
        }
    }
}

/* ------------------------------------------------------------------------------------------ */

static void line_free(struct wire_line *line)
{
    free(line->end[0].sealed);
    free(line->end[1].sealed);
    free(line);
}

void wire_check(struct world *world)
{
    for (size_t i = 0; i < world->lines_n; i++) {
        for (unsigned k = 0; k < 2; k++) {
            const struct wire_line *line = world->lines[i];
            const struct wire_end *from = &line->end[k], *to = &line->end[1 - k];
            if (from->tampered && is_live(world, to) &&
                world->now_ms > from->tampered_ms + WIRE_TAMPERED_MS)
                world_break(world, "tampered",
                            "m%u still listens on #%lu, whose bytes were changed at %lu ms",
                            to->machine, (unsigned long)to->conn,
                            (unsigned long)from->tampered_ms);
        }
    }
}

void wire_free(struct world *world)
{
    for (size_t i = 0; i < world->lines_n; i++)
        line_free(world->lines[i]);
    free(world->lines);
}
