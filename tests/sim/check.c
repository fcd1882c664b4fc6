/*
 * check.c: what must hold after every step: nothing is said of what is not stored, nothing is
 * stored that its author did not make and whose author was not admitted, nothing written by
 * people is seen in the clear, and everything is bounded.
 */
#include <string.h>

#include "tests/sim/parts.h"

/* ---------------------------------------------------------------------- what is stored -- */

static void on_enrolment(struct machine *machine, const struct statement *statement)
{
    if (statement->type == STATEMENT_FOUND)
        map_put(&machine->enrolled, &statement->u.found.device.device, 1);
    if (statement->type == STATEMENT_ADMIT)
        map_put(&machine->enrolled, &statement->u.admit.device.device, 1);
    if (statement->type == STATEMENT_DEVICE_ADD)
        map_put(&machine->enrolled, &statement->u.device_add.device.device, 1);
    if (statement->type == STATEMENT_ERASE)
        map_put(&machine->erases, &statement->u.erase.id, 1);
}

static void on_statement(struct world *world, struct machine *machine,
                         const struct envelope *envelope, struct slice payload)
{
    struct statement statement;
    struct arena arena = {0};

    if (statement_decode(&statement, &arena, payload) == ERR_OK) {
        if (statement.type < STATEMENT_TYPES) world->coverage.statement[statement.type]++;
        on_enrolment(machine, &statement);
        if (statement.type == STATEMENT_PROOF) world->coverage.forks++;
    }
    arena_fini(&arena);
    if (map_get(&machine->enrolled, &envelope->device) == NULL)
        world_break(world, "read before admit",
                    "m%u stored a statement of a device that nothing it holds admits",
                    machine->index);
}

static void on_record(struct world *world, struct machine *machine,
                      const struct envelope *envelope, const struct envelope_id *id,
                      const struct log_entry *entry)
{
    const struct genuine *genuine = registry_find(world, id);

    if (map_get(&machine->enrolled, &envelope->device) == NULL)
        world_break(world, "read before admit",
                    "m%u stored a record of a device that nothing it holds admits",
                    machine->index);
    if (entry->erased && map_get(&machine->erases, id) == NULL)
        world_break(world, "erased", "m%u took a bare header that nothing erases",
                    machine->index);
    if (genuine != NULL && genuine->sealed && genuine->machine == machine->index)
        map_put(&machine->revisions, &genuine->revision, 1);
    check_bytes(world, machine, entry->payload, "a stored payload");
}

static bool on_entry(void *arg, const struct log_entry *entry)
{
    struct machine *machine = arg;
    struct world *world = machine->world;
    struct envelope envelope;
    struct envelope_id id;

    machine->seen_lseq = entry->lseq;
    if (entry->kind == LOG_LOCAL) {
        map_put(&machine->revisions, &entry->revision, 1);
        return true;
    }
    if (envelope_decode(&envelope, entry->header) != ERR_OK) {
        world_break(world, "stored", "m%u stored what is no envelope", machine->index);
        return false;
    }
    envelope_id(&id, entry->header.p);
    if (registry_find(world, &id) == NULL &&
        map_get(&machine->enrolled, &envelope.device) != NULL)
        world_break(world, "forged", "m%u stored an envelope that its author did not make",
                    machine->index);
    if (!entry->erased && envelope_check_payload(&envelope, entry->payload) != ERR_OK)
        world_break(world, "forged", "m%u stored a payload that is not the one signed",
                    machine->index);
    if (entry->kind == LOG_STATEMENT)
        on_statement(world, machine, &envelope, entry->payload);
    else
        on_record(world, machine, &envelope, &id, entry);
    return !world_is_broken(world);
}

void check_committed(struct world *world, struct machine *machine)
{
    const struct log_reader *log = ram_store_get_log(machine->store);
    enum err err = log->read(log->ctx, machine->seen_lseq, SIZE_MAX, on_entry, machine);

    if (err != ERR_OK) world_break(world, "stored", "m%u's log cannot be read", machine->index);
}

/* ----------------------------------------------------------------- what leaves a machine -- */

void check_bytes(struct world *world, struct machine *machine, struct slice bytes,
                 const char *where)
{
    if (bytes.n > 0 && memmem(bytes.p, bytes.n, registry_plant, strlen(registry_plant)) != NULL)
        world_break(world, "plaintext", "m%u shows a person's words in the clear, in %s",
                    machine->index, where);
}

static void unstored(struct world *world, const struct machine *machine, const char *what,
                     uint64_t seq)
{
    world_break(world, "said before stored",
                "m%u says in %s that it holds seq %lu, and its disk "
                "does not",
                machine->index, what, (unsigned long)seq);
}

static void check_place(struct world *world, const struct machine *machine,
                        const struct chain *chain, const struct place *place, const char *what)
{
    const struct store_reader *reader = ram_store_get_reader(machine->store);
    struct stored stored;

    if (place->seq == 0) return;
    if (!reader->at(reader->ctx, chain, place->seq, &stored) ||
        !envelope_id_eq(&stored.id, &place->id))
        unstored(world, machine, what, place->seq);
}

static void check_seq(struct world *world, const struct machine *machine,
                      const struct chain *chain, uint64_t seq, const char *what)
{
    const struct store_reader *reader = ram_store_get_reader(machine->store);
    struct stored stored;

    if (seq > 0 && !reader->at(reader->ctx, chain, seq, &stored))
        unstored(world, machine, what, seq);
}

static void check_entries(struct world *world, const struct machine *machine,
                          const struct space_tag *tag, const struct entry *entries, size_t n,
                          const char *what)
{
    for (size_t i = 0; i < n; i++) {
        struct chain chain = {.device = entries[i].device, .tag = *tag};
        check_place(world, machine, &chain, &entries[i].head, what);
    }
}

/* Digests cannot be read back: what they are made from is looked at instead. */
static void check_frontiers(struct world *world, const struct machine *machine)
{
    const struct books *books = &machine->node->books;

    for (size_t i = 0; i <= books->spaces_n; i++) {
        const struct book *book = i == 0 ? &books->statements : &books->spaces[i - 1];
        uint64_t at = 0;
        const struct entry *entry;
        while (book->frontier != NULL && (entry = frontier_next(book->frontier, &at)) != NULL)
            check_entries(world, machine, &book->tag, entry, 1, "a digest");
    }
}

static void check_own_beacon(struct world *world, const struct machine *machine,
                             const struct wire_beacon *message)
{
    struct envelope envelope;
    struct beacon beacon;
    struct arena arena = {0};

    if (envelope_decode(&envelope, slice_of(message->header, ENVELOPE_HEADER_BYTES)) ==
            ERR_OK &&
        device_pk_eq(&envelope.device, &machine->options.device_pk) &&
        beacon_decode(&beacon, &arena, message->payload) == ERR_OK) {
        for (size_t i = 0; i < beacon.n_heads; i++) {
            struct chain chain = {.device = envelope.device, .tag = beacon.heads[i].tag};
            check_place(world, machine, &chain, &beacon.heads[i].head, "a beacon");
        }
    }
    arena_fini(&arena);
}

void check_message(struct world *world, struct machine *machine, struct session *session,
                   const struct wire_message *message)
{
    const char *name = wire_type_name((uint8_t)message->type);
    struct chain chain;

    (void)session;
    switch ((int)message->type) {
    case WIRE_HELLO:
    case WIRE_SPACES:
    case WIRE_BUCKETS:
        check_frontiers(world, machine);
        break;
    case WIRE_ENTRIES:
        if (message->entries.set.kind != WIRE_SET_BEACONS)
            check_entries(world, machine, &message->entries.set.tag, message->entries.entries,
                          message->entries.n, name);
        break;
    case WIRE_ACK:
        check_entries(world, machine, &message->ack.tag, message->ack.entries, message->ack.n,
                      name);
        break;
    case WIRE_RUN:
        chain = (struct chain){.device = message->run.device, .tag = message->run.tag};
        check_seq(world, machine, &chain, message->run.seq + message->run.count - 1, name);
        break;
    case WIRE_HOLDS:
        for (size_t i = 0; i < message->holds.n; i++) {
            const struct wire_hold *hold = &message->holds.holds[i];
            chain = (struct chain){.device = hold->device, .tag = hold->tag};
            if (device_pk_eq(&hold->holder, &machine->options.device_pk))
                check_seq(world, machine, &chain, hold->seq, name);
        }
        break;
    case WIRE_BEACON:
        check_own_beacon(world, machine, &message->beacon);
        break;
    default:
        break;
    }
}

/* ------------------------------------------------------------------------------- bounds -- */

enum { CHECK_SIGNATURES_MAX = 96 };

void check_bounds(struct world *world, struct machine *machine)
{
    const struct node *node = machine->node;

    /* What a step began within its bound, and one run that came last. */
    if (node->checks > CHECK_SIGNATURES_MAX)
        world_break(world, "bounds", "m%u looked at %u signatures in one step", machine->index,
                    node->checks);
    if (node->forks.copied && !machine->forked)
        world_break(world, "copied", "m%u takes its only disk for a copy", machine->index);
    if (node->sessions.n > LIMIT_SESSIONS + LIMIT_HALF_OPEN + 1)
        world_break(world, "bounds", "m%u has %zu sessions", machine->index, node->sessions.n);
    if (node->ledger.batches_n > 4 * LEDGER_BATCHES_MAX)
        world_break(world, "bounds", "m%u has %zu batches under way", machine->index,
                    node->ledger.batches_n);
    for (size_t i = 0; i < node->sessions.n; i++) {
        const struct session *session = node->sessions.all[i];
        const struct machine *peer = world_machine_of(world, &session->device);
        /* It called and said hello: the failures before that are forgotten. */
        if (session->state == SESSION_OPEN && peer != NULL)
            machine->backoff[peer->original].failures = 0;
        if (session->stream.credit > LIMIT_CREDIT_BYTES ||
            session->intake.credit > LIMIT_CREDIT_BYTES)
            world_break(world, "bounds", "m%u has more credit than there is", machine->index);
        if (session->intake.unpacker.payloads.len > LIMIT_RUN_BYTES)
            world_break(world, "bounds", "m%u holds a run of %zu bytes", machine->index,
                        session->intake.unpacker.payloads.len);
    }
}

/* ------------------------------------------------------------------------------ back-off -- */

/* A call after n failures in a row waits half a second, doubled n - 1 times, up to 2.5 minutes:
 * the least that jitter leaves. A joiner's person waits: it asks at least each second. */
enum { BACKOFF_FIRST_MS = 500, BACKOFF_LAST_MS = 150 * 1000, BACKOFF_JOIN_MS = 1000 };

void check_dial(struct world *world, struct machine *machine, unsigned to)
{
    const struct backoff *backoff = &machine->backoff[world->machines[to]->original];
    uint64_t wait = BACKOFF_FIRST_MS;

    if (backoff->failures == 0) return;
    for (unsigned i = 1; i < backoff->failures && wait < BACKOFF_LAST_MS; i++)
        wait *= 2;
    if (wait > BACKOFF_LAST_MS) wait = BACKOFF_LAST_MS;
    if (machine->node->state == NODE_JOINING && wait > BACKOFF_JOIN_MS) wait = BACKOFF_JOIN_MS;
    if (world->now_ms < backoff->failed_ms + wait)
        world_break(world, "back-off", "m%u calls m%u %lu ms after failure %u", machine->index,
                    to, (unsigned long)(world->now_ms - backoff->failed_ms), backoff->failures);
}

void check_dial_result(struct world *world, struct machine *machine, unsigned to, bool ok)
{
    struct backoff *backoff = &machine->backoff[world->machines[to]->original];

    backoff->failures = ok ? 0 : backoff->failures + 1;
    backoff->failed_ms = world->now_ms;
}
