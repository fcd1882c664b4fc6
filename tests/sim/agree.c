/*
 * agree.c: what must be so once faults are over: machines that share a space hold the same of
 * it, every acknowledged write is there and can be read by its audience and nobody else, what
 * was erased is gone, and every question was answered.
 */
#include <stdlib.h>
#include <string.h>

#include "proto/crypto/hash.h"
#include "tests/sim/parts.h"

enum { AGREE_ANSWER_MS = 120 * 1000 };

/* ------------------------------------------------------------------------- equal sets -- */

static bool counts(const struct machine *machine)
{
    return machine->node != NULL && !machine->gone && machine->node->fold != NULL;
}

/* Whether the reference's fold has the machine for a live device of the network. */
static bool is_live(const struct machine *reference, const struct machine *machine)
{
    struct fold_device device;

    return counts(machine) &&
           fold_device(reference->node->fold, &machine->options.device_pk, &device) &&
           device.status == FOLD_LIVE;
}

static bool spaces_equal(struct machine *x, struct machine *y, char *why, size_t n)
{
    for (size_t i = 0; i < x->node->books.spaces_n; i++) {
        struct book *mine = &x->node->books.spaces[i];
        struct book *theirs = books_find(y->node, &mine->tag);
        if (theirs == NULL) continue;
        const struct digest *a = frontier_digest(mine->frontier);
        const struct digest *b = frontier_digest(theirs->frontier);
        if (digest_eq(a, b)) continue;
        struct fold_space space = {0};
        fold_space(x->node->fold, &mine->tag, &space);
        snprintf(why, n, "m%u and m%u differ in space %02x%02x of class %d (%zu, %zu chains)",
                 x->index, y->index, mine->tag.b[0], mine->tag.b[1], (int)space.space_class,
                 mine->frontier->n, theirs->frontier->n);
        return false;
    }
    return true;
}

/*
 * One machine's view is agreed when every live device that it names has the same view and the
 * same spaces. (Two stewards that removed each other while parted leave two such views.)
 */
static bool agreed_around(struct world *world, struct machine *reference, unsigned *size,
                          char *why, size_t n)
{
    struct digest want, got;

    *size = 0;
    snprintf(why, n, "m%u is no member in its own view", reference->index);
    if (!is_live(reference, reference) || reference->node->state != NODE_MEMBER) return false;
    fold_digest(reference->node->fold, &want);
    for (unsigned i = 0; i < world->machines_n; i++) {
        struct machine *machine = world->machines[i];
        if (!is_live(reference, machine)) continue;
        fold_digest(machine->node->fold, &got);
        if (!digest_eq(&want, &got) || machine->node->state != NODE_MEMBER) {
            snprintf(why, n, "m%u holds %zu statements and m%u %zu (state %d)",
                     reference->index, fold_count(reference->node->fold), machine->index,
                     fold_count(machine->node->fold), (int)machine->node->state);
            return false;
        }
        for (unsigned k = 0; k < i; k++) {
            if (is_live(reference, world->machines[k]) &&
                !spaces_equal(machine, world->machines[k], why, n))
                return false;
        }
        ++*size;
    }
    return true;
}

static struct machine *agreed_view(struct world *world, char *why, size_t n)
{
    struct machine *best = NULL;
    unsigned best_size = 0, size, told = 0;
    char one[200];

    for (unsigned i = 0; i < world->machines_n; i++) {
        struct machine *machine = world->machines[i];
        if (!counts(machine)) continue;
        bool agreed = agreed_around(world, machine, &size, one, sizeof(one));
        if (agreed && size > best_size) {
            best = machine;
            best_size = size;
        }
        if (!agreed && size >= told) { /* the one who got furthest says what is amiss */
            snprintf(why, n, "%s", one);
            told = size + 1;
        }
    }
    return best;
}

static void tell_spaces(struct world *world, const struct machine *machine)
{
    const struct books *books = &machine->node->books;

    for (size_t i = 0; i < books->spaces_n; i++) {
        const struct book *book = &books->spaces[i];
        const struct entry *entry;
        uint64_t at = 0;
        while ((entry = frontier_next(book->frontier, &at)) != NULL) {
            struct machine *of = world_machine_of(world, &entry->device);
            struct chain chain = {.device = entry->device, .tag = book->tag};
            const struct ledger_head *head = ledger_head(machine->node, &chain);
            world_say(world, machine,
                      "  in %02x%02x of m%u: %lu, id %02x%02x, stored %lu, "
                      "limit %ld",
                      book->tag.b[0], book->tag.b[1], of == NULL ? 99 : of->index,
                      (unsigned long)entry->head.seq, entry->head.id.b[0], entry->head.id.b[1],
                      (unsigned long)(head == NULL ? 0 : head->stored.seq),
                      (long)fold_limit(machine->node->fold, &chain).limit);
        }
    }
}

void agree_tell(struct world *world)
{
    if (world->trace == NULL) return;
    for (unsigned i = 0; i < world->machines_n; i++) {
        const struct machine *machine = world->machines[i];
        struct device_pk device;
        struct place head;
        if (!counts(machine)) continue;
        world_say(world, machine, "counts %zu statements, %zu wait, state %d",
                  fold_count(machine->node->fold), fold_waiting(machine->node->fold),
                  (int)machine->node->state);
        for (size_t k = 0; fold_head_at(machine->node->fold, k, &device, &head); k++) {
            struct machine *of = world_machine_of(world, &device);
            struct chain chain = {.device = device};
            struct fold_device known = {0};
            fold_device(machine->node->fold, &device, &known);
            world_say(world, machine, "  of m%u: %lu, id %02x%02x, limit %ld, forked %lu, %s",
                      of == NULL ? 99 : of->index, (unsigned long)head.seq, head.id.b[0],
                      head.id.b[1], (long)fold_limit(machine->node->fold, &chain).limit,
                      (unsigned long)fold_forked(machine->node->fold, &chain),
                      known.status == FOLD_LIVE ? "live" : "ended");
        }
        tell_spaces(world, machine);
    }
}

static bool busy(const struct world *world)
{
    for (unsigned i = 0; i < world->machines_n; i++) {
        const struct machine *machine = world->machines[i];
        if (machine->node != NULL && ram_store_pending(machine->store) > 0) return true;
    }
    return false;
}

bool agree_reached(struct world *world, char *why, size_t n)
{
    bool any = false;

    snprintf(why, n, "somebody is still writing");
    if (busy(world)) return false;
    for (unsigned i = 0; i < world->machines_n; i++) {
        const struct machine *machine = world->machines[i];
        any = any || (counts(machine) && machine->node->state == NODE_MEMBER);
    }
    if (!any) return true; /* nobody founded anything, or the stewards ended each other */
    snprintf(why, n, "nobody is a member any more");
    return agreed_view(world, why, n) != NULL;
}

/* --------------------------------------------------------------------- the last questions --
 */

struct shuffle {
    struct fold_item items[4096];
    size_t n;
};

static void on_statement(void *arg, struct slice header, struct slice payload, bool vouched)
{
    (void)vouched; /* every signature is checked again here */
    struct shuffle *shuffle = arg;
    struct envelope envelope;

    if (shuffle->n == 4096 || envelope_decode(&envelope, header) != ERR_OK) return;
    struct fold_item *item = &shuffle->items[shuffle->n++];
    *item = (struct fold_item){
        .device = envelope.device, .seq = envelope.seq, .prev = envelope.prev, .body = payload};
    envelope_id(&item->id, header.p);
}

/* The stored statements in any order give the view that the node has come to. */
static void check_order(struct world *world, struct machine *machine)
{
    const struct store_reader *reader = ram_store_get_reader(machine->store);
    struct shuffle *shuffle = mem_zalloc(sizeof(*shuffle));
    struct fold *fold = fold_new(&machine->node->network);
    struct digest mine, other;
    struct buf a = {0}, b = {0};

    reader->each_statement(reader->ctx, on_statement, shuffle);
    for (size_t i = shuffle->n; i > 1; i--) {
        size_t k = (size_t)rng_below(&world->rng, i);
        struct fold_item item = shuffle->items[i - 1];
        shuffle->items[i - 1] = shuffle->items[k];
        shuffle->items[k] = item;
    }
    /* What waits is bounded a device, so a few rounds may be needed. */
    for (unsigned round = 0; round < 8 && fold_count(fold) < shuffle->n; round++) {
        for (size_t i = 0; i < shuffle->n; i++)
            (void)fold_add(fold, &shuffle->items[i]);
        fold_refresh(fold);
    }
    fold_digest(fold, &mine);
    fold_digest(machine->node->fold, &other);
    fold_dump(fold, &a);
    fold_dump(machine->node->fold, &b);
    if (!digest_eq(&mine, &other) || !slice_eq(buf_slice(&a), buf_slice(&b)))
        world_break(world, "order", "m%u's statements in another order give another view",
                    machine->index);
    buf_fini(&a);
    buf_fini(&b);
    fold_free(fold);
    free(shuffle);
}

static void on_own_left(struct world *world, struct machine *machine,
                        const struct acknowledged *write, const struct map *held)
{
    if (map_get(held, &write->revision) == NULL)
        world_break(world, "lost", "m%u lost a write that it had acknowledged", machine->index);
}

struct own {
    struct world *world;
    struct map held;
};

static bool on_log(void *arg, const struct log_entry *entry)
{
    struct own *own = arg;
    struct envelope_id id;

    if (entry->kind == LOG_LOCAL) {
        map_put(&own->held, &entry->revision, 1);
    } else if (entry->kind == LOG_RECORD) {
        envelope_id(&id, entry->header.p);
        const struct genuine *genuine = registry_find(own->world, &id);
        if (genuine != NULL && genuine->sealed) map_put(&own->held, &genuine->revision, 1);
    }
    return true;
}

static void check_acknowledged(struct world *world, struct machine *machine)
{
    const struct log_reader *log = ram_store_get_log(machine->store);
    struct own own = {.world = world};

    map_init(&own.held, sizeof(struct revision_id), 0);
    enum err err = log->read(log->ctx, 0, SIZE_MAX, on_log, &own);
    if (err != ERR_OK) world_break(world, "stored", "m%u's log", machine->index);
    for (size_t i = 0; i < world->acknowledged_n; i++) {
        if (world->acknowledged[i].machine == machine->index)
            on_own_left(world, machine, &world->acknowledged[i], &own.held);
    }
    map_fini(&own.held);
}

static void open_it(struct world *world, struct machine *machine, const struct genuine *genuine,
                    const uint8_t *header, const struct epoch_key *key, struct slice payload)
{
    struct buf plain = {0};
    struct revision_id got;

    if (envelope_open_record(&plain, header, key, payload) != ERR_OK) {
        world_break(world, "unreadable", "m%u cannot open what it has the key of",
                    machine->index);
    } else {
        hash_bytes(got.b, sizeof(got.b), (struct slice){0}, "kith/1 revision",
                   buf_slice(&plain), (struct slice){0});
        if (!revision_id_eq(&got, &genuine->revision))
            world_break(world, "unreadable", "m%u reads something else than was written",
                        machine->index);
        if (!registry_entitled(world, genuine, machine->school))
            world_break(world, "audience", "m%u reads what is not for its school (class %d)",
                        machine->index, (int)genuine->class);
    }
    buf_fini(&plain);
}

struct reading {
    struct world *world;
    struct machine *machine;
    bool agreed; /* the machine is a member and all is quiet: it must have its keys */
};

static void lacks_key(struct world *world, const struct machine *machine,
                      const struct genuine *genuine, const struct envelope *envelope)
{
    const struct fold *fold = machine->node->fold;
    const struct machine *writer = world->machines[genuine->machine];
    struct fold_epoch epoch = {0}, write = {0};
    bool known = fold_epoch_by_key(fold, &envelope->key_id, &epoch);
    bool any = fold_write_epoch(fold, &envelope->tag, &write);
    struct fold_recipient missing[32];
    size_t n = known ? fold_grants_missing(fold, &epoch.id, missing, 32) : 0, granted = 0;
    struct statement_grant grant;

    while (any && fold_grant_at(fold, &write.id, machine->options.box_pk.b, granted, &grant))
        granted++;

    world_break(
        world, "no key",
        "m%u is a member of a space of class %d and lacks the key of a "
        "record of m%u (epoch %s, %s, tip %d, depth %lu; %zu lack a grant; write epoch %d "
        "depth %lu, key %d; %zu granted here, %zu did not open, waits %d, copied %d; its "
        "writer: on %d, state %d, part %d, has key %d)",
        machine->index, (int)genuine->class, genuine->machine, known ? "known" : "unknown",
        epoch.stands ? "stands" : "void", (int)epoch.tip, (unsigned long)epoch.depth, n,
        (int)any, (unsigned long)write.depth,
        keyring_find(machine->node->keyring, &write.key_id) != NULL, granted,
        keyring_failed(machine->node->keyring), (int)machine->node->duty.keys_wait,
        (int)machine->node->forks.copied, writer->node != NULL,
        writer->node == NULL ? -1 : (int)writer->node->state,
        (int)fold_part(fold, &envelope->tag, &writer->options.school),
        writer->node != NULL && keyring_find(writer->node->keyring, &envelope->key_id) != NULL);
}

/* Who wrote under an epoch of their own and left took its key along, if nobody else had it yet.
 */
static bool somebody_can_grant(struct world *world, const struct machine *asker,
                               const struct envelope *envelope)
{
    for (unsigned i = 0; i < world->machines_n; i++) {
        const struct machine *machine = world->machines[i];
        if (counts(machine) && is_live(asker, machine) && !machine->forked &&
            fold_part(asker->node->fold, &envelope->tag, &machine->options.school) ==
                FOLD_MEMBER &&
            keyring_find(machine->node->keyring, &envelope->key_id) != NULL)
            return true;
    }
    return false;
}

static bool on_reading(void *arg, const struct log_entry *entry)
{
    struct reading *reading = arg;
    struct world *world = reading->world;
    struct machine *machine = reading->machine;
    struct envelope envelope;
    struct envelope_id id;

    if (entry->kind != LOG_RECORD || entry->erased ||
        envelope_decode(&envelope, entry->header) != ERR_OK)
        return true;
    envelope_id(&id, entry->header.p);
    const struct genuine *genuine = registry_find(world, &id);
    if (genuine == NULL || !genuine->sealed) return true;
    const struct epoch_key *key = keyring_find(machine->node->keyring, &envelope.key_id);
    if (key != NULL) {
        open_it(world, machine, genuine, entry->header.p, key, entry->payload);
    } else if (reading->agreed &&
               fold_part(machine->node->fold, &envelope.tag, &machine->options.school) ==
                   FOLD_MEMBER &&
               somebody_can_grant(world, machine, &envelope)) {
        lacks_key(world, machine, genuine, &envelope);
    }
    return !world_is_broken(world);
}

static void check_reading(struct world *world, struct machine *machine, bool agreed)
{
    const struct log_reader *log = ram_store_get_log(machine->store);
    struct reading reading = {.world = world, .machine = machine, .agreed = agreed};

    if (log->read(log->ctx, 0, SIZE_MAX, on_reading, &reading) != ERR_OK)
        world_break(world, "stored", "m%u's log", machine->index);
}

/* A revision that was acknowledged before joining is sealed again when the first try's batch
 * failed: the try is nothing that anybody was promised. */
static bool held_in_another(const struct world *world, const struct store_reader *reader,
                            const struct genuine *genuine)
{
    for (size_t i = 0; i < world->genuine_n; i++) {
        const struct genuine *other = &world->genuine[i];
        struct stored stored;
        if (!other->sealed || !revision_id_eq(&other->revision, &genuine->revision) ||
            !chain_eq(&other->chain, &genuine->chain))
            continue;
        if (reader->at(reader->ctx, &other->chain, other->seq, &stored) &&
            envelope_id_eq(&stored.id, &other->id))
            return true;
    }
    return false;
}

/* Everybody who holds the space holds every acknowledged write that its fold lets count. */
static void check_reached(struct world *world, struct machine *machine)
{
    const struct store_reader *reader = ram_store_get_reader(machine->store);
    struct map told;

    map_init(&told, sizeof(struct revision_id), 0);
    for (size_t i = 0; i < world->acknowledged_n; i++)
        map_put(&told, &world->acknowledged[i].revision, 1);
    for (size_t i = 0; i < world->genuine_n; i++) {
        const struct genuine *genuine = &world->genuine[i];
        struct stored stored;
        struct fold_device device;
        if (!genuine->sealed || map_get(&told, &genuine->revision) == NULL) continue;
        if (books_find(machine->node, &genuine->chain.tag) == NULL) continue;
        if (!fold_device(machine->node->fold, &genuine->chain.device, &device) ||
            device.status != FOLD_LIVE || world->machines[genuine->machine]->forked)
            continue;
        if (fold_limit(machine->node->fold, &genuine->chain).limit < genuine->seq) continue;
        if (fold_part(machine->node->fold, &genuine->chain.tag, &device.school) != FOLD_MEMBER)
            continue; /* its school has left the space, and does not exchange it any more */
        bool held = reader->at(reader->ctx, &genuine->chain, genuine->seq, &stored) &&
                    envelope_id_eq(&stored.id, &genuine->id);
        if (!held && !held_in_another(world, reader, genuine))
            world_break(world, "lost",
                        "an acknowledged write of m%u (school %u) never reached "
                        "m%u (class %d, seq %lu; the writer's part %d, the reader's %d)",
                        genuine->machine, world->machines[genuine->machine]->school,
                        machine->index, (int)genuine->class, (unsigned long)genuine->seq,
                        (int)fold_part(machine->node->fold, &genuine->chain.tag,
                                       &world->schools[genuine->school].id),
                        (int)fold_part(machine->node->fold, &genuine->chain.tag,
                                       &machine->options.school));
    }
    map_fini(&told);
}

static void check_erased(struct world *world, struct machine *machine)
{
    const struct store_reader *reader = ram_store_get_reader(machine->store);

    for (size_t i = 0; i < world->erased_n; i++) {
        const struct genuine *genuine = registry_find(world, &world->erased[i]);
        struct stored stored;
        if (genuine == NULL || fold_erased(machine->node->fold, &genuine->chain, genuine->seq,
                                           &genuine->id) != FOLD_ERASED)
            continue;
        if (reader->at(reader->ctx, &genuine->chain, genuine->seq, &stored) &&
            envelope_id_eq(&stored.id, &genuine->id) && stored.payload_held)
            world_break(world, "erased", "m%u still holds what was erased", machine->index);
    }
}

static void check_answers(struct world *world)
{
    for (unsigned i = 0; i < world->asked_n; i++) {
        const struct asked *asked = &world->asked[i];
        if (asked->at_ms + AGREE_ANSWER_MS < world->now_ms)
            world_break(world, "unanswered", "m%u never answered %s", asked->machine,
                        command_name(asked->kind));
    }
}

void agree_check(struct world *world)
{
    char why[200] = "";
    struct machine *reference = agreed_view(world, why, sizeof(why));

    wire_check(world);
    check_answers(world);
    for (unsigned i = 0; i < world->machines_n && !world_is_broken(world); i++) {
        struct machine *machine = world->machines[i];
        if (machine->gone) continue;
        check_acknowledged(world, machine);
        if (!counts(machine)) continue;
        bool agreed = reference != NULL && is_live(reference, machine);
        check_reading(world, machine, agreed);
        if (!agreed) continue;
        check_order(world, machine);
        check_reached(world, machine);
        check_erased(world, machine);
    }
}
