#include <errno.h>
#include <string.h>

#include "daemon/store/reads.h"
#include "proto/base/check.h"
#include "proto/base/cursor.h"

static MDB_val val(const void *p, size_t n)
{
    return (MDB_val){.mv_size = n, .mv_data = (void *)(uintptr_t)p};
}

static struct slice slice(MDB_val v)
{
    return slice_of(v.mv_data, v.mv_size);
}

/* ------------------------------------------------------------------------ transactions -- */

/* Between begin and end: no call back, no second begin of the same user. */
static MDB_txn *begin(struct reads *reads, enum reads_user user, enum err *err)
{
    struct reads_slot *slot = &reads->slots[user];
    int rc;

    pthread_mutex_lock(&slot->mutex);
    pthread_rwlock_rdlock(&reads->lock);
    if (reads->tables->env == NULL)
        rc = EIO;
    else if (slot->txn != NULL)
        rc = mdb_txn_renew(slot->txn);
    else
        rc = mdb_txn_begin(reads->tables->env, NULL, MDB_RDONLY, &slot->txn);
    if (rc == 0) return slot->txn;
    *err = tables_err(reads->tables, rc);
    pthread_rwlock_unlock(&reads->lock);
    pthread_mutex_unlock(&slot->mutex);
    return NULL;
}

static void end(struct reads *reads, enum reads_user user)
{
    struct reads_slot *slot = &reads->slots[user];

    mdb_txn_reset(slot->txn);
    pthread_rwlock_unlock(&reads->lock);
    pthread_mutex_unlock(&slot->mutex);
}

void reads_shut(struct reads *reads)
{
    pthread_rwlock_wrlock(&reads->lock);
    for (int i = 0; i < READS_USERS; i++) {
        if (reads->slots[i].txn != NULL) mdb_txn_abort(reads->slots[i].txn);
        reads->slots[i].txn = NULL;
    }
}

void reads_reopen(struct reads *reads)
{
    pthread_rwlock_unlock(&reads->lock);
}

/* ----------------------------------------------------------------- the whole of a kind -- */

typedef bool (*walk_fn)(void *arg, MDB_txn *txn, MDB_val key, MDB_val value);

/* Walks a table from a key on, with a transaction of its own: the callee may read too. */
static void walk(struct reads *reads, enum tables_id table, struct slice from, walk_fn fn,
                 void *arg)
{
    MDB_txn *txn;
    MDB_cursor *cursor;
    MDB_val key = val(from.p, from.n), value;

    pthread_rwlock_rdlock(&reads->lock);
    if (reads->tables->env == NULL ||
        mdb_txn_begin(reads->tables->env, NULL, MDB_RDONLY, &txn) != 0) {
        pthread_rwlock_unlock(&reads->lock);
        return;
    }
    if (mdb_cursor_open(txn, reads->tables->dbi[table], &cursor) == 0) {
        int rc = mdb_cursor_get(cursor, &key, &value, from.n > 0 ? MDB_SET_RANGE : MDB_FIRST);
        while (rc == 0 && fn(arg, txn, key, value))
            rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
        mdb_cursor_close(cursor);
    }
    mdb_txn_abort(txn);
    pthread_rwlock_unlock(&reads->lock);
}

struct walk_arg {
    struct reads *reads;
    const char *prefix;
    store_head_fn head;
    store_envelope_fn envelope;
    store_statement_fn statement;
    store_pair_fn pair;
    store_piece_fn piece;
    void *arg;
};

static bool walk_head(void *arg, MDB_txn *txn, MDB_val key, MDB_val value)
{
    struct walk_arg *walking = arg;
    struct chain chain;
    struct place head;

    (void)txn;
    if (key.mv_size != TABLES_CHAIN_BYTES || value.mv_size != 40) return true;
    memcpy(chain.device.b, key.mv_data, 32);
    memcpy(chain.tag.b, (const uint8_t *)key.mv_data + 32, 16);
    head.seq = get_be64(value.mv_data);
    memcpy(head.id.b, (const uint8_t *)value.mv_data + 8, 32);
    walking->head(walking->arg, &chain, &head);
    return true;
}

static void each_head(void *ctx, store_head_fn fn, void *arg)
{
    struct walk_arg walking = {.head = fn, .arg = arg};
    walk(ctx, TABLES_heads, slice_of(NULL, 0), walk_head, &walking);
}

static bool walk_statement(void *arg, MDB_txn *txn, MDB_val key, MDB_val value)
{
    struct walk_arg *walking = arg;
    const struct tables *tables = walking->reads->tables;
    struct tables_value entry;

    (void)value;
    if (mdb_get(txn, tables->dbi[TABLES_log], &key, &value) == 0 &&
        tables_value(&entry, value) == ERR_OK && !entry.local)
        walking->statement(walking->arg, entry.header, entry.payload, entry.vouched);
    return true;
}

static void each_statement(void *ctx, store_statement_fn fn, void *arg)
{
    struct walk_arg walking = {.reads = ctx, .statement = fn, .arg = arg};
    walk(ctx, TABLES_statements, slice_of(NULL, 0), walk_statement, &walking);
}

static bool walk_beacon(void *arg, MDB_txn *txn, MDB_val key, MDB_val value)
{
    struct walk_arg *walking = arg;

    (void)txn;
    (void)key;
    if (value.mv_size >= ENVELOPE_HEADER_BYTES)
        walking->envelope(walking->arg, slice_of(value.mv_data, ENVELOPE_HEADER_BYTES),
                          slice_of((const uint8_t *)value.mv_data + ENVELOPE_HEADER_BYTES,
                                   value.mv_size - ENVELOPE_HEADER_BYTES));
    return true;
}

static void each_beacon(void *ctx, store_envelope_fn fn, void *arg)
{
    struct walk_arg walking = {.envelope = fn, .arg = arg};
    walk(ctx, TABLES_beacons, slice_of(NULL, 0), walk_beacon, &walking);
}

static bool walk_setting(void *arg, MDB_txn *txn, MDB_val key, MDB_val value)
{
    struct walk_arg *walking = arg;
    size_t n = strlen(walking->prefix);

    (void)txn;
    if (key.mv_size < n || memcmp(key.mv_data, walking->prefix, n) != 0) return false;
    walking->pair(walking->arg, slice(key), slice(value));
    return true;
}

static void each_setting(void *ctx, const char *prefix, store_pair_fn fn, void *arg)
{
    struct walk_arg walking = {.prefix = prefix, .pair = fn, .arg = arg};
    walk(ctx, TABLES_settings, slice_of(prefix, strlen(prefix)), walk_setting, &walking);
}

static bool walk_piece(void *arg, MDB_txn *txn, MDB_val key, MDB_val value)
{
    struct walk_arg *walking = arg;
    struct piece_id id;

    (void)txn;
    if (key.mv_size != sizeof(id.b)) return true;
    memcpy(id.b, key.mv_data, sizeof(id.b));
    walking->piece(walking->arg, &id, value.mv_size);
    return true;
}

static void each_piece(void *ctx, store_piece_fn fn, void *arg)
{
    struct walk_arg walking = {.piece = fn, .arg = arg};
    walk(ctx, TABLES_pieces, slice_of(NULL, 0), walk_piece, &walking);
}

/* --------------------------------------------------------------------------- one entry -- */

static int get_log(const struct tables *tables, MDB_txn *txn, uint64_t lseq,
                   struct tables_value *out)
{
    uint8_t key_bytes[8] = {0};
    MDB_val key = val(key_bytes, sizeof(key_bytes)), value;

    put_be64(key_bytes, lseq);
    int rc = mdb_get(txn, tables->dbi[TABLES_log], &key, &value);
    if (rc == 0 && tables_value(out, value) != ERR_OK) return MDB_CORRUPTED;
    return rc;
}

static int get_place(const struct tables *tables, MDB_txn *txn, const struct chain *chain,
                     uint64_t seq, struct stored *stored, struct tables_value *entry)
{
    uint8_t place[TABLES_PLACE_BYTES] = {0};
    MDB_val key = val(place, sizeof(place)), value;

    tables_place_key(place, chain, seq);
    int rc = mdb_get(txn, tables->dbi[TABLES_chains], &key, &value);
    if (rc != 0) return rc;
    if (value.mv_size != 40) return MDB_CORRUPTED;
    stored->lseq = get_be64(value.mv_data);
    memcpy(stored->id.b, (const uint8_t *)value.mv_data + 8, 32);
    rc = get_log(tables, txn, stored->lseq, entry);
    stored->payload_held = rc == 0 && !entry->erased;
    return rc == MDB_NOTFOUND ? MDB_CORRUPTED : rc;
}

static bool at(void *ctx, const struct chain *chain, uint64_t seq, struct stored *out)
{
    struct reads *reads = ctx;
    struct tables_value entry;
    struct stored stored;
    enum err err;
    MDB_txn *txn = begin(reads, READS_LOOP, &err);

    if (txn == NULL) return false;
    bool held = get_place(reads->tables, txn, chain, seq, &stored, &entry) == 0;
    end(reads, READS_LOOP);
    if (held) *out = stored;
    return held;
}

static bool find(void *ctx, const struct envelope_id *id, struct chain *chain, uint64_t *seq)
{
    struct reads *reads = ctx;
    struct tables_value entry;
    struct envelope envelope;
    MDB_val key = val(id->b, sizeof(id->b)), value;
    enum err err;
    MDB_txn *txn = begin(reads, READS_LOOP, &err);

    if (txn == NULL) return false;
    bool held = mdb_get(txn, reads->tables->dbi[TABLES_ids], &key, &value) == 0 &&
                value.mv_size == 8 &&
                get_log(reads->tables, txn, get_be64(value.mv_data), &entry) == 0 &&
                !entry.local && envelope_decode(&envelope, entry.header) == ERR_OK;
    end(reads, READS_LOOP);
    if (held) {
        *chain = envelope_chain(&envelope);
        *seq = envelope.seq;
    }
    return held;
}

static enum err header(void *ctx, const struct chain *chain, uint64_t seq, uint8_t *out)
{
    struct reads *reads = ctx;
    struct tables_value entry;
    struct stored stored;
    enum err err;
    MDB_txn *txn = begin(reads, READS_LOOP, &err);

    if (txn == NULL) return err;
    int rc = get_place(reads->tables, txn, chain, seq, &stored, &entry);
    if (rc == 0) memcpy(out, entry.header.p, entry.header.n);
    end(reads, READS_LOOP);
    return tables_err(reads->tables, rc);
}

static size_t piece(void *ctx, const struct piece_id *id)
{
    struct reads *reads = ctx;
    MDB_val key = val(id->b, sizeof(id->b)), value = {0};
    enum err err;
    MDB_txn *txn = begin(reads, READS_LOOP, &err);

    if (txn == NULL) return 0;
    int rc = mdb_get(txn, reads->tables->dbi[TABLES_pieces], &key, &value);
    end(reads, READS_LOOP);
    return rc == 0 ? value.mv_size : 0;
}

/* ---------------------------------------------------------------- requests of the node -- */

/* What a request gathers; the slices point into the answer's arena. */
struct gather {
    struct store_read *out;
    size_t cap, bytes, count_max, bytes_max;
};

/* False when the bound is reached; the answer is then marked. */
static bool gather_add(struct gather *gather, uint64_t lseq, const struct tables_value *entry)
{
    struct store_read *out = gather->out;
    size_t bytes = entry->header.n + entry->payload.n;

    if (out->n >= gather->count_max ||
        (out->n > 0 && gather->bytes_max > 0 && gather->bytes + bytes > gather->bytes_max)) {
        out->more = true;
        return false;
    }
    MEM_RESERVE(out->entries, out->n, gather->cap);
    out->entries[out->n++] = (struct read_entry){
        .header =
            slice_of(arena_dup(&out->arena, entry->header.p, entry->header.n), entry->header.n),
        .payload = slice_of(arena_dup(&out->arena, entry->payload.p, entry->payload.n),
                            entry->payload.n),
        .revision = entry->revision,
        .lseq = lseq,
        .erased = entry->erased,
        .vouched = entry->vouched,
    };
    gather->bytes += bytes;
    return true;
}

static int gather_run(const struct tables *tables, MDB_txn *txn,
                      const struct read_request *request, struct gather *gather)
{
    uint8_t place[TABLES_PLACE_BYTES] = {0};
    MDB_val key = val(place, sizeof(place)), value;
    struct tables_value entry;
    MDB_cursor *cursor;

    tables_place_key(place, &request->chain, request->seq);
    int rc = mdb_cursor_open(txn, tables->dbi[TABLES_chains], &cursor);
    if (rc != 0) return rc;
    rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    while (rc == 0 && key.mv_size == TABLES_PLACE_BYTES && value.mv_size == 40 &&
           memcmp(key.mv_data, place, TABLES_CHAIN_BYTES) == 0) {
        uint64_t lseq = get_be64(value.mv_data);
        rc = get_log(tables, txn, lseq, &entry);
        if (rc != 0 || !gather_add(gather, lseq, &entry)) break;
        rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    }
    mdb_cursor_close(cursor);
    return rc == MDB_NOTFOUND ? 0 : rc;
}

static int gather_local(const struct tables *tables, MDB_txn *txn,
                        const struct read_request *request, struct gather *gather)
{
    uint8_t from[8] = {0};
    MDB_val key = val(from, sizeof(from)), value;
    struct tables_value entry;
    MDB_cursor *cursor;

    put_be64(from, request->seq);
    int rc = mdb_cursor_open(txn, tables->dbi[TABLES_locals], &cursor);
    if (rc != 0) return rc;
    rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    while (rc == 0 && key.mv_size == 8) {
        uint64_t lseq = get_be64(key.mv_data);
        rc = get_log(tables, txn, lseq, &entry);
        if (rc != 0 || !gather_add(gather, lseq, &entry)) break;
        rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    }
    mdb_cursor_close(cursor);
    return rc == MDB_NOTFOUND ? 0 : rc;
}

static int gather_piece(const struct tables *tables, MDB_txn *txn,
                        const struct read_request *request, struct gather *gather)
{
    MDB_val key = val(request->piece.b, sizeof(request->piece.b)), value;
    int rc = mdb_get(txn, tables->dbi[TABLES_pieces], &key, &value);

    if (rc != 0) return rc == MDB_NOTFOUND ? 0 : rc;
    const struct tables_value entry = {.payload = slice(value)};
    (void)gather_add(gather, 0, &entry);
    return 0;
}

static int gather_any(const struct tables *tables, MDB_txn *txn,
                      const struct read_request *request, struct gather *gather)
{
    switch (request->kind) {
    case READ_RUN:
        return gather_run(tables, txn, request, gather);
    case READ_LOCAL:
        return gather_local(tables, txn, request, gather);
    case READ_PIECE:
        return gather_piece(tables, txn, request, gather);
    }
    return 0;
}

enum err reads_request(struct reads *reads, const struct read_request *request,
                       struct store_read *out)
{
    struct store_read read = {0};
    struct gather gather = {
        .out = &read, .count_max = request->count, .bytes_max = request->bytes_max};
    enum err err;
    MDB_txn *txn = begin(reads, READS_STORAGE, &err);

    if (txn == NULL) return err;
    int rc = gather_any(reads->tables, txn, request, &gather);
    end(reads, READS_STORAGE);
    if (rc != 0) {
        store_read_fini(&read);
        return tables_err(reads->tables, rc);
    }
    *out = read;
    return ERR_OK;
}

/* ----------------------------------------------------------------------------- the log -- */

static enum log_kind entry_kind(const struct tables_value *entry)
{
    static const struct space_tag zero;

    if (entry->local) return LOG_LOCAL;
    return memcmp(entry->header.p + 72, zero.b, sizeof(zero.b)) == 0 ? LOG_STATEMENT
                                                                     : LOG_RECORD;
}

/* Copies entries after *after, at most max and about READS_LOG_BYTES. */
static enum err log_copy(struct reads *reads, uint64_t after, size_t max,
                         struct store_read *out)
{
    uint8_t from[8] = {0};
    MDB_val key = val(from, sizeof(from)), value;
    struct gather gather = {.out = out, .count_max = max, .bytes_max = READS_LOG_BYTES};
    struct tables_value entry;
    MDB_cursor *cursor;
    enum err err;
    MDB_txn *txn = begin(reads, READS_VIEW, &err);

    if (txn == NULL) return err;
    put_be64(from, after + 1);
    int rc = mdb_cursor_open(txn, reads->tables->dbi[TABLES_log], &cursor);
    if (rc == 0) {
        rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
        while (rc == 0) {
            if (key.mv_size != 8 || tables_value(&entry, value) != ERR_OK)
                rc = MDB_CORRUPTED;
            else if (!gather_add(&gather, get_be64(key.mv_data), &entry))
                break;
            else
                rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
        }
        mdb_cursor_close(cursor);
    }
    end(reads, READS_VIEW);
    return rc == MDB_NOTFOUND ? ERR_OK : tables_err(reads->tables, rc);
}

static bool log_deliver(const struct read_entry *entry, log_fn fn, void *arg)
{
    const struct tables_value value = {.local = entry->header.n == 0, .header = entry->header};
    const struct log_entry out = {.kind = entry_kind(&value),
                                  .lseq = entry->lseq,
                                  .header = entry->header,
                                  .payload = entry->payload,
                                  .revision = entry->revision,
                                  .erased = entry->erased,
                                  .vouched = entry->vouched};

    return fn(arg, &out);
}

static enum err log_read(void *ctx, uint64_t after, size_t max, log_fn fn, void *arg)
{
    bool on = true, more = true;
    enum err err = ERR_OK;

    while (on && more && max > 0 && err == ERR_OK) {
        struct store_read read = {0};
        err = log_copy(ctx, after, max, &read);
        for (size_t i = 0; i < read.n && on && err == ERR_OK; i++) {
            on = log_deliver(&read.entries[i], fn, arg);
            after = read.entries[i].lseq;
        }
        max -= read.n;
        more = read.more;
        store_read_fini(&read);
    }
    return err;
}

static enum err log_get(void *ctx, uint64_t lseq, log_fn fn, void *arg)
{
    struct reads *reads = ctx;
    struct store_read read = {0};
    struct gather gather = {.out = &read, .count_max = 1};
    struct tables_value entry;
    enum err err;
    MDB_txn *txn = begin(reads, READS_VIEW, &err);

    if (txn == NULL) return err;
    int rc = get_log(reads->tables, txn, lseq, &entry);
    if (rc == 0) (void)gather_add(&gather, lseq, &entry);
    end(reads, READS_VIEW);
    if (rc == 0) (void)log_deliver(&read.entries[0], fn, arg);
    store_read_fini(&read);
    return tables_err(reads->tables, rc);
}

static uint64_t log_last(void *ctx)
{
    struct reads *reads = ctx;
    uint64_t lseq = 0;
    enum err err;
    MDB_txn *txn = begin(reads, READS_VIEW, &err);

    if (txn == NULL) return 0;
    if (tables_lseq(reads->tables, txn, &lseq) != 0) lseq = 0;
    end(reads, READS_VIEW);
    return lseq;
}

/* -------------------------------------------------------------------------------------- */

void reads_init(struct reads *reads, const struct tables *tables)
{
    memset(reads, 0, sizeof(*reads));
    reads->tables = tables;
    CHECK(pthread_rwlock_init(&reads->lock, NULL) == 0);
    for (int i = 0; i < READS_USERS; i++)
        CHECK(pthread_mutex_init(&reads->slots[i].mutex, NULL) == 0);
    reads->reader = (struct store_reader){.ctx = reads,
                                          .each_head = each_head,
                                          .each_statement = each_statement,
                                          .each_beacon = each_beacon,
                                          .each_setting = each_setting,
                                          .at = at,
                                          .find = find,
                                          .header = header,
                                          .piece = piece,
                                          .each_piece = each_piece};
    reads->log =
        (struct log_reader){.ctx = reads, .read = log_read, .get = log_get, .last = log_last};
}

void reads_fini(struct reads *reads)
{
    for (int i = 0; i < READS_USERS; i++)
        pthread_mutex_destroy(&reads->slots[i].mutex);
    pthread_rwlock_destroy(&reads->lock);
}
