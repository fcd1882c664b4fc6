#include "daemon/core/books.h"

#include <stdlib.h>

#include "daemon/core/inner.h"

/* Erases that wait for their verdict; of more the rest waits for the next start. */
enum { BOOKS_ERASES_MAX = 4096 };

static struct frontier *frontier_new(enum frontier_kind kind, const struct space_tag *tag)
{
    struct frontier *frontier = mem_zalloc(sizeof(*frontier));
    frontier_init(frontier, kind, tag);
    return frontier;
}

static void book_fini(struct book *book)
{
    if (book->frontier != NULL) frontier_fini(book->frontier);
    free(book->frontier);
    *book = (struct book){0};
}

static void drop_spaces(struct books *books)
{
    for (size_t i = 0; i < books->spaces_n; i++)
        book_fini(&books->spaces[i]);
    books->spaces_n = 0;
}

void books_fini(struct books *books)
{
    drop_spaces(books);
    book_fini(&books->statements);
    free(books->spaces);
    free(books->order);
    free(books->erases);
    *books = (struct books){0};
}

struct book *books_find(struct node *node, const struct space_tag *tag)
{
    struct books *books = &node->books;
    if (space_tag_is_zero(tag)) return &books->statements;
    size_t low = 0, high = books->spaces_n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = space_tag_cmp(&books->spaces[middle].tag, tag);
        if (order == 0) return &books->spaces[middle];
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

/* The entry of a chain as it may be told: its durable head, clipped by the fold. */
static void set_entry(struct node *node, struct book *book, const struct ledger_head *head)
{
    struct entry entry = {.device = head->chain.device, .head = head->stored};
    struct fold_limit limit = fold_limit(node->fold, &head->chain);
    if (limit.limit < entry.head.seq) {
        struct stored stored;
        entry.head.seq = limit.limit;
        if (limit.limit > 0 &&
            node->reader->at(node->reader->ctx, &head->chain, limit.limit, &stored)) {
            entry.head.id = stored.id;
        } else {
            entry.head.seq = 0;
        }
    }
    if (entry.head.seq == 0) {
        frontier_remove(book->frontier, &entry.device);
    } else {
        frontier_set(book->frontier, &entry);
    }
}

static void list_spaces(struct node *node)
{
    struct books *books = &node->books;
    struct fold_space space;
    drop_spaces(books);
    for (size_t i = 0; fold_space_at(node->fold, i, &space); i++) {
        if (!fold_holds_space(node->fold, &space.tag, &node->options.school)) continue;
        MEM_RESERVE(books->spaces, books->spaces_n, books->spaces_cap);
        books->spaces[books->spaces_n++] =
            (struct book){.tag = space.tag,
                          .space = space.id,
                          .frontier = frontier_new(FRONTIER_SPACE, &space.tag)};
    }
}

void books_refresh(struct node *node)
{
    if (node->fold == NULL) return;
    list_spaces(node);
    frontier_clear(node->books.statements.frontier);
    for (size_t i = 0; i < node->ledger.heads_n; i++) {
        const struct ledger_head *head = &node->ledger.heads[i];
        struct book *book = books_find(node, &head->chain.tag);
        if (book != NULL && head->stored.seq > 0) set_entry(node, book, head);
    }
}

static void remember_order(struct books *books, const struct device_pk *device, uint64_t seq)
{
    MEM_RESERVE(books->order, books->order_n, books->order_cap);
    books->order[books->order_n++] = (struct books_statement){.device = *device, .seq = seq};
}

static void on_statement(void *arg, struct slice header, struct slice payload, bool vouched)
{
    struct node *node = arg;
    struct envelope envelope;
    if (header.n != ENVELOPE_HEADER_BYTES || envelope_decode(&envelope, header) != ERR_OK) {
        node->damaged++;
        return;
    }
    struct fold_item item = {.device = envelope.device,
                             .seq = envelope.seq,
                             .prev = envelope.prev,
                             .body = payload,
                             .vouched = vouched};
    envelope_id(&item.id, header.p);
    if (fold_add(node->fold, &item) != FOLD_ADDED) {
        node->damaged++;
        return;
    }
    struct chain chain = envelope_chain(&envelope);
    struct stored stored;
    if (node->reader->at(node->reader->ctx, &chain, envelope.seq, &stored) &&
        envelope_id_eq(&stored.id, &item.id)) {
        remember_order(&node->books, &envelope.device, envelope.seq);
    } else {
        aside_on_stored(&node->aside, &item.id, header.p);
    }
}

/* One that does not stand: its signer's right may yet turn out not to have ended before it. */
static void keep_erase(struct books *books, const struct envelope_id *id)
{
    if (books->erases_n == BOOKS_ERASES_MAX) return;
    MEM_RESERVE(books->erases, books->erases_n, books->erases_cap);
    books->erases[books->erases_n++] = *id;
}

/* After a start: those that stand were obeyed, unless the batch that did so was lost. */
static void list_erases(struct node *node)
{
    struct fold_item item;
    for (size_t i = 0; fold_item_at(node->fold, i, &item); i++) {
        const struct statement *statement = fold_statement(node->fold, &item.id);
        struct stored stored;
        if (statement == NULL || statement->type != STATEMENT_ERASE) continue;
        bool stands = fold_verdict(node->fold, &item.id) == FOLD_VERDICT_STANDS;
        bool there = node->reader->at(node->reader->ctx, &statement->u.erase.chain,
                                      statement->u.erase.seq, &stored) &&
                     stored.payload_held;
        if (!stands || there) keep_erase(&node->books, &item.id);
    }
}

void books_reload(struct node *node)
{
    fold_free(node->fold);
    keyring_free(node->keyring);
    books_fini(&node->books);
    node->fold = NULL;
    node->keyring = NULL;
    aside_reload(&node->aside);
    if (node->state == NODE_SOLO) return;
    node->fold = fold_new(&node->network);
    node->keyring = keyring_new();
    keyring_add_box(node->keyring, &node->options.box_pk, &node->options.box_sk);
    static const struct space_tag no_tag;
    node->books.statements.frontier = frontier_new(FRONTIER_STATEMENTS, &no_tag);
    node->reader->each_statement(node->reader->ctx, on_statement, node);
    for (size_t i = 0; i < node->sessions.n; i++)
        node->sessions.all[i]->stream.statement_at = 0; /* the order is a new one */
    fold_refresh(node->fold);
    books_refresh(node);
    list_erases(node);
    node->membership_changed = true;
}

void books_on_stored(struct node *node, const struct chain *chain)
{
    struct book *book = books_find(node, &chain->tag);
    if (book == NULL || node->fold == NULL) return;
    const struct entry *before = frontier_get(book->frontier, &chain->device);
    uint64_t old_seq = before == NULL ? 0 : before->head.seq;
    set_entry(node, book, ledger_head(node, chain));
    sessions_on_stored(node, chain, old_seq);
}

struct place books_next_place(const struct node *node)
{
    struct chain chain = {.device = node->options.device_pk};
    return ledger_tip(node, &chain);
}

/* Everything that the statement names as its past is held, so it will be counted. */
static enum err past_is_held(struct node *node, const struct envelope *envelope,
                             struct slice payload, uint64_t conn)
{
    uint8_t type;
    struct statement_list seen;
    enum err err = statement_decode_seen(&type, &seen, payload);
    if (err != ERR_OK) return err;
    for (size_t i = 0; i < seen.n; i++) {
        if (fold_holds(node->fold, statement_id_at(&seen, i))) continue;
        /* Its sender holds it and sent what was due before: it may be clipped. */
        aside_want(node, conn, statement_id_at(&seen, i), false);
        return ERR_ORDER;
    }
    if (envelope->seq > 1 && !fold_holds(node->fold, &envelope->prev)) return ERR_ORDER;
    return ERR_OK;
}

/* An erase that stands takes the payload away, in the same batch. */
static void obey_erase(struct node *node, const struct envelope_id *id)
{
    const struct statement *statement = fold_statement(node->fold, id);
    if (statement == NULL || statement->type != STATEMENT_ERASE) return;
    if (fold_verdict(node->fold, id) != FOLD_VERDICT_STANDS) {
        keep_erase(&node->books, id);
        return;
    }
    struct envelope_id held;
    const struct chain *chain = &statement->u.erase.chain;
    uint64_t seq = statement->u.erase.seq;
    if (!ledger_id_at(node, chain, seq, &held)) return;
    if (!envelope_id_eq(&held, &statement->u.erase.id)) return;
    ledger_write(node, &(struct write){.kind = WRITE_ERASE, .chain = *chain, .seq = seq});
}

void books_obey_late(struct node *node)
{
    struct books *books = &node->books;
    if (ledger_ready(node) != ERR_OK) return;
    for (size_t i = 0; i < books->erases_n;) {
        struct envelope_id id = books->erases[i];
        if (fold_verdict(node->fold, &id) != FOLD_VERDICT_STANDS) {
            i++;
            continue;
        }
        books->erases[i] = books->erases[--books->erases_n];
        obey_erase(node, &id);
    }
}

enum err books_add_statement(struct node *node, const uint8_t *header,
                             const struct envelope_id *id, struct slice payload, uint64_t conn)
{
    struct envelope envelope;
    enum err err = envelope_decode(&envelope, slice_of(header, ENVELOPE_HEADER_BYTES));
    if (err != ERR_OK) return err;
    err = fold_admits(node->fold, &envelope, id, payload);
    if (err != ERR_OK) return err;
    err = past_is_held(node, &envelope, payload, conn);
    if (err != ERR_OK) return err;
    struct fold_item item = {.id = *id,
                             .device = envelope.device,
                             .seq = envelope.seq,
                             .prev = envelope.prev,
                             .body = payload};
    enum fold_added added = fold_add(node->fold, &item);
    fold_refresh(node->fold);
    node->checks++; /* those inside the body */
    if (added != FOLD_ADDED) return added == FOLD_KNOWN ? ERR_EXISTS : ERR_MALFORMED;
    remember_order(&node->books, &envelope.device, envelope.seq);
    ledger_put(node, header, id, payload, false, conn);
    obey_erase(node, id);
    node->membership_changed = true;
    out_notice(&node->out, NOTICE_MEMBERSHIP);
    return ERR_OK;
}

enum err books_say(struct node *node, struct slice body, struct envelope_id *id)
{
    struct place head = books_next_place(node);
    uint8_t header[ENVELOPE_HEADER_BYTES];
    struct envelope_signer signer = {.network = node->network, .sk = &node->options.device_sk};
    enum err err = envelope_make_statement(header, &signer, &head, body);
    if (err != ERR_OK) return err;
    envelope_id(id, header);
    return books_add_statement(node, header, id, body, 0);
}
