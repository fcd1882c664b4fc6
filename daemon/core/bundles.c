#include "daemon/core/bundles.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/core/inner.h"
#include "daemon/core/intake.h"

/* A run ends on a good signature; this many are looked at for one. */
enum { BUNDLES_SIGNATURE_TRIES = 32 };
/* Statements in a run, and signatures looked at in a step: some ms of an old computer. */
enum { BUNDLES_STATEMENTS_MAX = 32, BUNDLES_CHECKS = 32 };

void bundles_fini(struct bundles *bundles)
{
    bundle_writer_fini(&bundles->writer);
    bundle_reader_fini(&bundles->reader);
    run_unpacker_fini(&bundles->unpacker);
    buf_fini(&bundles->file);
    buf_fini(&bundles->bytes);
    free(bundles->parts);
    *bundles = (struct bundles){0};
}

/* ----------------------------------------------------------------------------- writing -- */

static void add_part(struct bundles *bundles, const struct chain *chain, uint64_t seq,
                     uint64_t last)
{
    MEM_RESERVE(bundles->parts, bundles->parts_n, bundles->parts_cap);
    bundles->parts[bundles->parts_n++] =
        (struct bundles_part){.chain = *chain, .seq = seq, .last = last};
}

/* The least that any other holder is known to have of a chain: from there on it goes in. */
static uint64_t known_everywhere(const struct node *node, const struct chain *chain)
{
    uint64_t least = 0;
    bool any = false;
    for (size_t i = 0; i < node->holdings.n; i++) {
        const struct holdings_row *row = &node->holdings.rows[i];
        if (!chain_eq(&row->chain, chain)) continue;
        if (!any || row->seq < least) least = row->seq;
        any = true;
    }
    return least;
}

/* Statements one by one, in the order in which they were admitted; then every chain held. */
static void list_parts(struct node *node, bool all)
{
    struct bundles *bundles = &node->bundles;
    bundles->parts_n = bundles->part_at = 0;
    for (size_t i = 0; i < node->books.order_n; i++) {
        const struct books_statement *statement = &node->books.order[i];
        struct chain chain = {.device = statement->device};
        struct bundles_part *last =
            bundles->parts_n == 0 ? NULL : &bundles->parts[bundles->parts_n - 1];
        const struct entry *head =
            frontier_get(node->books.statements.frontier, &statement->device);
        if (head == NULL || statement->seq > head->head.seq) continue;
        if (last != NULL && chain_eq(&last->chain, &chain) &&
            last->last + 1 == statement->seq &&
            statement->seq - last->seq < BUNDLES_STATEMENTS_MAX) {
            last->last++;
        } else {
            add_part(bundles, &chain, statement->seq, statement->seq);
        }
    }
    for (size_t i = 0; i < node->books.spaces_n; i++) {
        const struct book *book = &node->books.spaces[i];
        size_t at = 0;
        for (const struct entry *entry; (entry = frontier_next(book->frontier, &at)) != NULL;) {
            struct chain chain = {.device = entry->device, .tag = book->tag};
            uint64_t known = all ? 0 : known_everywhere(node, &chain);
            if (known < entry->head.seq) add_part(bundles, &chain, known + 1, entry->head.seq);
        }
    }
}

static enum err start_writer(struct node *node, const struct command_bundle_write *act)
{
    struct bundles *bundles = &node->bundles;
    struct bundle_header header = {.mode = BUNDLE_NETWORK, .network = node->network};
    const struct epoch_key *key = NULL;
    if (device_pk_is_zero(&act->to)) {
        struct space_id space;
        space_network(&space, &node->network);
        struct space_tag tag = space_tag(&space);
        enum err err = keyring_write_key(node->keyring, node->fold, &tag, &header.key_id, &key);
        if (err != ERR_OK) return ERR_NO_KEY;
    } else {
        struct fold_device device;
        if (!fold_device(node->fold, &act->to, &device)) return ERR_NOT_FOUND;
        header.mode = BUNDLE_DEVICE;
        header.recipient = device.box;
    }
    bundles->file.len = 0;
    return bundle_writer_init(&bundles->writer, &bundles->file, &header, key, node->env);
}

static void add_message(struct bundles *bundles, const struct wire_message *message)
{
    struct buf bytes = {0};
    wire_encode(&bytes, message);
    bundle_writer_add(&bundles->writer, &bundles->file, buf_slice(&bytes));
    buf_fini(&bytes);
}

static void finish_writing(struct node *node, enum err err)
{
    struct bundles *bundles = &node->bundles;
    struct reply reply = {
        .ticket = bundles->write_ticket, .err = err, .count = bundles->written};
    if (err == ERR_OK) {
        for (size_t i = 0; i < node->beacons.n; i++) {
            const struct beacons_kept *kept = node->beacons.all[i];
            struct wire_message message = {.type = WIRE_BEACON,
                                           .beacon = {.payload = buf_slice(&kept->payload)}};
            memcpy(message.beacon.header, kept->header, ENVELOPE_HEADER_BYTES);
            add_message(bundles, &message);
        }
        bundle_writer_finish(&bundles->writer, &bundles->file);
        reply.bytes = buf_slice(&bundles->file);
    }
    out_reply(&node->out, &reply);
    bundle_writer_fini(&bundles->writer);
    buf_fini(&bundles->file);
    bundles->write_ticket = 0;
}

static void read_next(struct node *node)
{
    struct bundles *bundles = &node->bundles;
    if (bundles->part_at == bundles->parts_n) {
        finish_writing(node, ERR_OK);
        return;
    }
    const struct bundles_part *part = &bundles->parts[bundles->part_at];
    uint64_t count = part->last - part->seq + 1;
    bundles->read_ticket = ++node->next_ticket;
    out_read(&node->out,
             &(struct read_request){
                 .kind = READ_RUN,
                 .ticket = bundles->read_ticket,
                 .chain = part->chain,
                 .seq = part->seq,
                 .count = count < LIMIT_RUN_ENVELOPES ? (size_t)count : LIMIT_RUN_ENVELOPES,
                 .bytes_max = LIMIT_RUN_BYTES,
             });
}

void bundles_write(struct node *node, const struct command *command)
{
    struct bundles *bundles = &node->bundles;
    if (bundles->write_ticket != 0) {
        node_refuse(node, command->ticket, ERR_BUSY, "another bundle is being written");
        return;
    }
    enum err err = start_writer(node, &command->bundle_write);
    if (err != ERR_OK) {
        node_refuse(node, command->ticket, err, NULL);
        return;
    }
    bundles->write_ticket = command->ticket;
    bundles->written = 0;
    struct wire_message aside = {.type = WIRE_ENVELOPE};
    for (size_t i = 0; aside_at(node, i, &aside.envelope); i++)
        add_message(bundles, &aside);
    list_parts(node, command->bundle_write.all);
    read_next(node);
}

/* Packs what was read. Returns how many envelopes went in. */
static size_t pack(struct node *node, const struct event_read *read)
{
    struct bundles *bundles = &node->bundles;
    struct run_item *items = mem_realloc(NULL, read->n + 1, sizeof(*items));
    for (size_t i = 0; i < read->n; i++) {
        items[i] = (struct run_item){.payload = read->entries[i].payload,
                                     .erased = read->entries[i].erased};
        memcpy(items[i].header, read->entries[i].header.p, ENVELOPE_HEADER_BYTES);
        envelope_id(&items[i].id, items[i].header);
    }
    size_t n = run_fit(items, read->n);
    for (unsigned tries = 0; n > 0 && !envelope_verify_signature(items[n - 1].header); n--) {
        if (++tries == BUNDLES_SIGNATURE_TRIES) n = 1; /* its writer's fault: nothing of it */
    }
    struct run_packer packer;
    if (n > 0 && run_packer_init(&packer, items, n) == ERR_OK) {
        struct buf message = {0};
        while (run_packer_next(&packer, &message)) {
            bundle_writer_add(&bundles->writer, &bundles->file, buf_slice(&message));
            message.len = 0;
        }
        buf_fini(&message);
    }
    free(items);
    return n;
}

bool bundles_on_read(struct node *node, const struct event_read *read)
{
    struct bundles *bundles = &node->bundles;
    if (bundles->read_ticket == 0 || bundles->read_ticket != read->ticket) return false;
    bundles->read_ticket = 0;
    size_t n = read->err == ERR_OK && read->n > 0 ? pack(node, read) : 0;
    struct bundles_part *part = &bundles->parts[bundles->part_at];
    part->seq += n;
    bundles->written += n;
    if (n == 0 || part->seq > part->last) bundles->part_at++;
    if (bundles->file.len > BUNDLES_BYTES_MAX) {
        finish_writing(node, ERR_LIMIT);
    } else {
        read_next(node);
    }
    return true;
}

/* ----------------------------------------------------------------------------- reading -- */

static void finish_reading(struct node *node, enum err err)
{
    struct bundles *bundles = &node->bundles;
    const char *reason = NULL;
    if (err != ERR_OK) {
        reason = "the file is damaged or not whole; what came before the damage was taken in. "
                 "Copy it again";
    } else if (bundles->unattached > 0) {
        reason = "some of it does not follow what is held here; ask for a bundle with --all";
    }
    ledger_reply(node, &(struct reply){.ticket = bundles->take_ticket,
                                       .err = err,
                                       .reason = reason,
                                       .count = bundles->taken});
    bundle_reader_fini(&bundles->reader);
    run_unpacker_fini(&bundles->unpacker);
    buf_fini(&bundles->bytes);
    aside_end_offers(node);
    bundles->take_ticket = 0;
}

void bundles_read(struct node *node, const struct command *command)
{
    struct bundles *bundles = &node->bundles;
    struct slice bytes = command->bundle_read.bytes;
    struct bundle_header header;
    if (bundles->take_ticket != 0) {
        node_refuse(node, command->ticket, ERR_BUSY, "another bundle is being read");
        return;
    }
    struct slice head =
        slice_of(bytes.p, bytes.n < BUNDLE_HEADER_BYTES ? bytes.n : BUNDLE_HEADER_BYTES);
    enum err err = bundle_header_decode(&header, head);
    if (err == ERR_OK && !network_id_eq(&header.network, &node->network)) err = ERR_NETWORK;
    if (err == ERR_OK) {
        const struct epoch_key *key = keyring_find(node->keyring, &header.key_id);
        if (header.mode == BUNDLE_NETWORK && key == NULL) {
            err = ERR_NO_KEY;
        } else {
            err = bundle_reader_init(&bundles->reader, head, key, &node->options.box_sk);
        }
    }
    if (err != ERR_OK) {
        node_refuse(node, command->ticket, err,
                    "this file is not a bundle that this computer can open");
        return;
    }
    bundles->take_ticket = command->ticket;
    bundles->taken = bundles->unattached = 0;
    bundles->running = false;
    bundles->bytes_at = BUNDLE_HEADER_BYTES;
    buf_put(&bundles->bytes, bytes.p, bytes.n);
}

/* As far as it attaches; again, when what it named beside the chains could be placed. */
static enum err take_run(struct node *node, size_t *taken)
{
    struct run_unpacker *unpacker = &node->bundles.unpacker;
    size_t more = 0;
    enum err err;
    for (*taken = 0;; *taken += more) {
        err = intake_take(node, unpacker, 0, &more);
        if (err != ERR_ORDER || !space_tag_is_zero(&unpacker->run.tag)) break;
        size_t held = fold_count(node->fold);
        aside_settle(node);
        if (fold_count(node->fold) == held) break;
    }
    *taken += more;
    return err;
}

static enum err take_message(struct node *node, const struct wire_message *message)
{
    struct bundles *bundles = &node->bundles;
    size_t taken = 0;
    enum err err = ERR_OK;
    switch ((int)message->type) {
    case WIRE_RUN:
        run_unpacker_begin(&bundles->unpacker, &node->network, &message->run);
        bundles->running = true;
        return ERR_OK;
    case WIRE_ITEMS:
        return bundles->running ? run_unpacker_items(&bundles->unpacker, &message->items)
                                : ERR_MALFORMED;
    case WIRE_RUN_END:
        if (!bundles->running) return ERR_MALFORMED;
        bundles->running = false;
        err = run_unpacker_finish(&bundles->unpacker, RUN_COMPLETE, message->run_end.count);
        node->checks += err == ERR_OK ? 1 : 10; /* halving */
        if (err != ERR_OK && err != ERR_SIGNATURE) return err;
        if (books_find(node, &bundles->unpacker.run.tag) == NULL)
            return ERR_OK; /* not for us */
        err = take_run(node, &taken);
        bundles->taken += taken;
        bundles->unattached += err != ERR_OK;
        return ERR_OK;
    case WIRE_ENVELOPE:
        aside_offer(node, &message->envelope);
        return ERR_OK;
    case WIRE_BEACON: /* hints: one that is not good is passed over */
        beacons_take(node, NULL, &message->beacon);
        return ERR_OK;
    default:
        return ERR_OK; /* newer kinds are skipped */
    }
}

static void feed(struct bundles *bundles)
{
    size_t left = bundles->bytes.len - bundles->bytes_at;
    size_t n = left < BUNDLES_SLICE_BYTES ? left : BUNDLES_SLICE_BYTES;
    bundle_reader_feed(&bundles->reader, slice_of(bundles->bytes.data + bundles->bytes_at, n));
    bundles->bytes_at += n;
}

uint64_t bundles_tick(struct node *node)
{
    struct bundles *bundles = &node->bundles;
    if (bundles->take_ticket == 0) return UINT64_MAX;
    for (bool fed = false;;) {
        struct slice bytes;
        struct wire_message message;
        if (node->checks >= BUNDLES_CHECKS) return node->now_ms;
        enum err err = bundle_reader_next(&bundles->reader, &bytes);
        if (err == ERR_OK && bytes.n == 0) {
            if (bundles->bytes_at == bundles->bytes.len) break;
            if (fed) return node->now_ms; /* a slice a step */
            feed(bundles);
            fed = true;
            continue;
        }
        if (err == ERR_OK) err = wire_decode(&message, &node->out.arena, bytes);
        if (err == ERR_OK) err = take_message(node, &message);
        if (err != ERR_OK) {
            finish_reading(node, err);
            return UINT64_MAX;
        }
    }
    finish_reading(node, bundle_reader_finish(&bundles->reader));
    return UINT64_MAX;
}
