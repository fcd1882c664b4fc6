#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>

#include "daemon/store/store.h"
#include "daemon/store/tables.h"
#include "proto/base/cursor.h"
#include "proto/base/limits.h"
#include "proto/envelope/piece.h"

enum { NO_SPACE_BYTES = 64 * 1024 }; /* less than this is a full disk to LMDB */

static const char *const names[] = {
#define X(name) #name,
    TABLES_TABLE(X)
#undef X
};

static MDB_val val(const void *p, size_t n)
{
    return (MDB_val){.mv_size = n, .mv_data = (void *)(uintptr_t)p};
}

static bool disk_is_full(const struct tables *tables)
{
    struct statvfs fs;
    mdb_filehandle_t fd;

    if (tables->env == NULL || mdb_env_get_fd(tables->env, &fd) != 0 || fstatvfs(fd, &fs) != 0)
        return false;
    return (uint64_t)fs.f_bavail * fs.f_frsize < NO_SPACE_BYTES;
}

enum err tables_err(const struct tables *tables, int code)
{
    switch (code) {
    case MDB_SUCCESS:
        return ERR_OK;
    case MDB_NOTFOUND:
        return ERR_NOT_FOUND;
    case MDB_MAP_FULL:
    case ENOSPC:
    case EDQUOT:
        return ERR_NO_SPACE;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
    case MDB_INCOMPATIBLE:
        return ERR_CORRUPT;
    case MDB_VERSION_MISMATCH:
        return ERR_VERSION;
    case EACCES:
    case EPERM:
    case ENOMEM:
    case ENOENT:
    case EROFS:
        return ERR_SYSTEM;
    default:
        /* LMDB 0.9.24 says EIO for a short write, which is what a full disk gives. */
        return disk_is_full(tables) ? ERR_NO_SPACE : ERR_IO;
    }
}

static int put_version(const struct tables *tables, MDB_txn *txn)
{
    MDB_val key = val("version", 7), value;
    uint8_t version[4];

    put_be32(version, STORE_VERSION);
    value = val(version, sizeof(version));
    return mdb_put(txn, tables->dbi[TABLES_meta], &key, &value, 0);
}

/* Version 1 to 2: the node's settings, each through fn. */
static int convert(const struct tables *tables, MDB_txn *txn, store_convert_fn fn, void *ctx)
{
    static const char prefix[] = "node/";
    struct buf keys = {0}, values = {0};
    MDB_val key = val(prefix, sizeof(prefix) - 1), value;
    MDB_cursor *cursor;
    int rc = mdb_cursor_open(txn, tables->dbi[TABLES_settings], &cursor);

    if (rc != 0) return rc;
    /* All are read first: what is written moves what the cursor stands on. */
    for (rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
         rc == 0 && key.mv_size >= sizeof(prefix) - 1 &&
         memcmp(key.mv_data, prefix, sizeof(prefix) - 1) == 0;
         rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) {
        struct buf out = {0};
        fn(ctx, slice_of(key.mv_data, key.mv_size), slice_of(value.mv_data, value.mv_size),
           &out);
        buf_put_u32(&keys, (uint32_t)key.mv_size);
        buf_put(&keys, key.mv_data, key.mv_size);
        buf_put_u32(&values, (uint32_t)out.len);
        buf_put(&values, out.data, out.len);
        buf_fini(&out);
    }
    mdb_cursor_close(cursor);
    if (rc == MDB_NOTFOUND) rc = 0;
    struct cursor k = cursor_of(buf_slice(&keys)), v = cursor_of(buf_slice(&values));
    while (rc == 0 && k.left > 0) {
        struct slice a = cursor_take(&k, cursor_u32(&k)), b = cursor_take(&v, cursor_u32(&v));
        key = val(a.p, a.n);
        value = val(b.p, b.n);
        rc = mdb_put(txn, tables->dbi[TABLES_settings], &key, &value, 0);
    }
    buf_fini(&keys);
    buf_fini(&values);
    return rc;
}

/* A fresh store gets our version; an older one is brought up. */
static enum err check_version(const struct tables *tables, MDB_txn *txn, store_convert_fn fn,
                              void *ctx)
{
    MDB_val key = val("version", 7), value;
    int rc = mdb_get(txn, tables->dbi[TABLES_meta], &key, &value);
    uint32_t version = rc == 0 && value.mv_size == 4 ? get_be32(value.mv_data) : 0;

    if (rc == 0 && version == STORE_VERSION) return ERR_OK;
    if (rc == 0 && version != 1) return value.mv_size == 4 ? ERR_VERSION : ERR_CORRUPT;
    if (rc == 0 && fn != NULL) rc = convert(tables, txn, fn, ctx);
    if (rc == 0 || rc == MDB_NOTFOUND) rc = put_version(tables, txn);
    return tables_err(tables, rc);
}

enum err tables_open(struct tables *tables, store_convert_fn fn, void *ctx)
{
    MDB_txn *txn;
    int rc = mdb_txn_begin(tables->env, NULL, 0, &txn);

    if (rc != 0) return tables_err(tables, rc);
    for (int i = 0; i < TABLES_COUNT && rc == 0; i++)
        rc = mdb_dbi_open(txn, names[i], MDB_CREATE, &tables->dbi[i]);
    enum err err = rc == 0 ? check_version(tables, txn, fn, ctx) : tables_err(tables, rc);
    if (err != ERR_OK) {
        mdb_txn_abort(txn);
        return err;
    }
    return tables_err(tables, mdb_txn_commit(txn));
}

void tables_chain_key(uint8_t out[TABLES_CHAIN_BYTES], const struct chain *chain)
{
    memcpy(out, chain->device.b, 32);
    memcpy(out + 32, chain->tag.b, 16);
}

void tables_place_key(uint8_t out[TABLES_PLACE_BYTES], const struct chain *chain, uint64_t seq)
{
    tables_chain_key(out, chain);
    put_be64(out + TABLES_CHAIN_BYTES, seq);
}

enum err tables_value(struct tables_value *out, MDB_val value)
{
    const uint8_t *p = value.mv_data;
    size_t n = value.mv_size;

    memset(out, 0, sizeof(*out));
    if (n < 1) return ERR_CORRUPT;
    out->erased = (p[0] & TABLES_ERASED) != 0;
    out->local = (p[0] & TABLES_LOCAL) != 0;
    out->vouched = (p[0] & TABLES_VOUCHED) != 0;
    size_t head = out->local ? sizeof(out->revision) : ENVELOPE_HEADER_BYTES;
    if (n < 1 + head) return ERR_CORRUPT;
    if (out->local)
        memcpy(out->revision.b, p + 1, head);
    else
        out->header = slice_of(p + 1, head);
    out->payload = slice_of(p + 1 + head, n - 1 - head);
    return ERR_OK;
}

int tables_lseq(const struct tables *tables, MDB_txn *txn, uint64_t *out)
{
    MDB_val key = val("lseq", 4), value;
    int rc = mdb_get(txn, tables->dbi[TABLES_meta], &key, &value);

    *out = 0;
    if (rc == MDB_NOTFOUND) return 0;
    if (rc == 0 && value.mv_size != 8) return MDB_CORRUPTED;
    if (rc == 0) *out = get_be64(value.mv_data);
    return rc;
}

int tables_set_lseq(const struct tables *tables, MDB_txn *txn, uint64_t lseq)
{
    uint8_t bytes[8] = {0};
    MDB_val key = val("lseq", 4), value = val(bytes, sizeof(bytes));

    put_be64(bytes, lseq);
    return mdb_put(txn, tables->dbi[TABLES_meta], &key, &value, 0);
}

int tables_prove(const struct tables *tables, MDB_txn *txn)
{
    uint8_t bytes[8] = {0};
    MDB_val key = val("proof", 5), value;
    uint64_t count = 0;
    int rc = mdb_get(txn, tables->dbi[TABLES_meta], &key, &value);

    if (rc == 0 && value.mv_size == 8)
        count = get_be64(value.mv_data);
    else if (rc != 0 && rc != MDB_NOTFOUND)
        return rc;
    put_be64(bytes, count + 1);
    value = val(bytes, sizeof(bytes));
    return mdb_put(txn, tables->dbi[TABLES_meta], &key, &value, 0);
}

/* Puts a log value in place, without a copy of the payload in between. */
static int put_value(const struct tables *tables, MDB_txn *txn, uint64_t lseq, uint8_t flags,
                     struct slice head, struct slice payload, unsigned mdb_flags)
{
    uint8_t key_bytes[8] = {0};
    MDB_val key = val(key_bytes, sizeof(key_bytes));
    MDB_val value = {.mv_size = 1 + head.n + payload.n};

    put_be64(key_bytes, lseq);
    int rc = mdb_put(txn, tables->dbi[TABLES_log], &key, &value, MDB_RESERVE | mdb_flags);
    if (rc != 0) return rc;
    uint8_t *p = value.mv_data;
    p[0] = flags;
    memcpy(p + 1, head.p, head.n);
    if (payload.n > 0) memcpy(p + 1 + head.n, payload.p, payload.n);
    return 0;
}

static int put_number(const struct tables *tables, MDB_txn *txn, enum tables_id table,
                      struct slice key_bytes, uint64_t number, unsigned mdb_flags)
{
    uint8_t bytes[8] = {0};
    MDB_val key = val(key_bytes.p, key_bytes.n), value = val(bytes, sizeof(bytes));

    put_be64(bytes, number);
    return mdb_put(txn, tables->dbi[table], &key, &value, mdb_flags);
}

/* An index of log entries of one sort, in order of lseq. */
static int put_index(const struct tables *tables, MDB_txn *txn, enum tables_id table,
                     uint64_t lseq)
{
    uint8_t bytes[8] = {0};
    MDB_val key = val(bytes, sizeof(bytes)), none = {0};

    put_be64(bytes, lseq);
    return mdb_put(txn, tables->dbi[table], &key, &none, MDB_APPEND);
}

static int put_place(const struct tables *tables, MDB_txn *txn, enum tables_id table,
                     struct slice key_bytes, uint64_t number, const struct envelope_id *id)
{
    uint8_t bytes[40] = {0};
    MDB_val key = val(key_bytes.p, key_bytes.n), value = val(bytes, sizeof(bytes));

    put_be64(bytes, number);
    memcpy(bytes + 8, id->b, 32);
    return mdb_put(txn, tables->dbi[table], &key, &value, 0);
}

static int get_number(const struct tables *tables, MDB_txn *txn, enum tables_id table,
                      struct slice key_bytes, uint64_t *out)
{
    MDB_val key = val(key_bytes.p, key_bytes.n), value;
    int rc = mdb_get(txn, tables->dbi[table], &key, &value);

    if (rc == 0 && value.mv_size < 8) return MDB_CORRUPTED;
    if (rc == 0) *out = get_be64(value.mv_data);
    return rc;
}

int tables_finish(const struct tables *tables, MDB_txn *txn, struct tables_run *run)
{
    if (!run->unsaved) return 0;
    run->unsaved = false;
    return put_place(tables, txn, TABLES_heads, slice_of(run->chain, sizeof(run->chain)),
                     run->head.seq, &run->head.id);
}

/* Makes the head of a chain the run's; seq 0 when nothing is held of it. */
static int turn_to(const struct tables *tables, MDB_txn *txn, struct tables_run *run,
                   const struct chain *chain)
{
    uint8_t key[TABLES_CHAIN_BYTES];

    tables_chain_key(key, chain);
    if (run->head.seq > 0 && memcmp(run->chain, key, sizeof(key)) == 0) return 0;
    int rc = tables_finish(tables, txn, run);
    if (rc != 0) return rc;
    memcpy(run->chain, key, sizeof(key));
    run->head.seq = 0;
    rc = get_number(tables, txn, TABLES_heads, slice_of(key, sizeof(key)), &run->head.seq);
    return rc == MDB_NOTFOUND ? 0 : rc;
}

static int apply_envelope(const struct tables *tables, MDB_txn *txn, const struct write *write,
                          struct tables_run *run, enum err *refused)
{
    struct envelope envelope;
    struct envelope_id id;
    uint8_t place[TABLES_PLACE_BYTES] = {0};

    if (envelope_decode(&envelope, write->header) != ERR_OK ||
        envelope.kind == ENVELOPE_BEACON || (write->erased && write->payload.n > 0) ||
        (write->aside && envelope.kind != ENVELOPE_STATEMENT) ||
        write->payload.n > LIMIT_PAYLOAD_BYTES) {
        *refused = ERR_INVALID;
        return 0;
    }
    if (write->id != NULL)
        id = *write->id;
    else
        envelope_id(&id, write->header.p);
    uint64_t at = run->lseq + 1;
    int rc = put_number(tables, txn, TABLES_ids, slice_of(id.b, 32), at, MDB_NOOVERWRITE);
    if (rc != 0) return rc == MDB_KEYEXIST ? 0 : rc; /* held */

    struct chain chain = envelope_chain(&envelope);
    rc = turn_to(tables, txn, run, &chain);
    if (rc != 0) return rc;
    if (envelope.seq != run->head.seq + 1 && !write->aside) {
        *refused = ERR_ORDER;
        return 0;
    }
    run->lseq = at;
    tables_place_key(place, &chain, envelope.seq);
    uint8_t flags = write->erased ? TABLES_ERASED : write->vouched ? TABLES_VOUCHED : 0;
    rc = put_value(tables, txn, at, flags, write->header,
                   write->payload, MDB_APPEND);
    if (rc == 0 && !write->aside) {
        rc = put_place(tables, txn, TABLES_chains, slice_of(place, sizeof(place)), at, &id);
        run->head = (struct place){.seq = envelope.seq, .id = id};
        run->unsaved = true;
    }
    if (rc == 0 && space_tag_is_zero(&envelope.tag))
        rc = put_index(tables, txn, TABLES_statements, at);
    return rc;
}

/* Takes the payload away, or puts it back. */
static int apply_payload(const struct tables *tables, MDB_txn *txn, const struct write *write)
{
    uint8_t place[TABLES_PLACE_BYTES] = {0}, key_bytes[8] = {0}, header[ENVELOPE_HEADER_BYTES];
    MDB_val key = val(key_bytes, sizeof(key_bytes)), value;
    struct tables_value old;
    uint64_t lseq;

    tables_place_key(place, &write->chain, write->seq);
    int rc = get_number(tables, txn, TABLES_chains, slice_of(place, sizeof(place)), &lseq);
    if (rc != 0) return rc == MDB_NOTFOUND ? 0 : rc;
    put_be64(key_bytes, lseq);
    rc = mdb_get(txn, tables->dbi[TABLES_log], &key, &value);
    if (rc != 0) return rc == MDB_NOTFOUND ? MDB_CORRUPTED : rc;
    if (tables_value(&old, value) != ERR_OK || old.local) return MDB_CORRUPTED;
    memcpy(header, old.header.p, sizeof(header)); /* the page may move under the put */
    bool erase = write->kind == WRITE_ERASE;
    return put_value(tables, txn, lseq, erase ? TABLES_ERASED : 0,
                     slice_of(header, sizeof(header)),
                     erase ? slice_of(NULL, 0) : write->payload, 0);
}

static int apply_beacon(const struct tables *tables, MDB_txn *txn, const struct write *write,
                        enum err *refused)
{
    struct envelope envelope;

    if (envelope_decode(&envelope, write->header) != ERR_OK ||
        envelope.kind != ENVELOPE_BEACON || write->payload.n > LIMIT_PAYLOAD_BYTES) {
        *refused = ERR_INVALID;
        return 0;
    }
    MDB_val key = val(envelope.device.b, 32);
    MDB_val value = {.mv_size = write->header.n + write->payload.n};
    int rc = mdb_put(txn, tables->dbi[TABLES_beacons], &key, &value, MDB_RESERVE);
    if (rc == 0) {
        uint8_t *p = value.mv_data;
        memcpy(p, write->header.p, write->header.n);
        if (write->payload.n > 0)
            memcpy(p + write->header.n, write->payload.p, write->payload.n);
    }
    return rc;
}

static int apply_local(const struct tables *tables, MDB_txn *txn, const struct write *write,
                       uint64_t *lseq, enum err *refused)
{
    uint64_t held;

    if (write->key.n != sizeof(struct revision_id) || write->payload.n > LIMIT_BODY_BYTES) {
        *refused = ERR_INVALID;
        return 0;
    }
    int rc = get_number(tables, txn, TABLES_ids, write->key, &held);
    if (rc != MDB_NOTFOUND) return rc;
    uint64_t at = ++*lseq;
    rc = put_value(tables, txn, at, TABLES_LOCAL, write->key, write->payload, MDB_APPEND);
    if (rc == 0) rc = put_number(tables, txn, TABLES_ids, write->key, at, 0);
    if (rc == 0) rc = put_index(tables, txn, TABLES_locals, at);
    return rc;
}

static int apply_local_drop(const struct tables *tables, MDB_txn *txn,
                            const struct write *write, enum err *refused)
{
    uint8_t key_bytes[8] = {0};
    MDB_val key = val(key_bytes, sizeof(key_bytes)), id = val(write->key.p, write->key.n);
    uint64_t lseq;

    if (write->key.n != sizeof(struct revision_id)) {
        *refused = ERR_INVALID;
        return 0;
    }
    int rc = get_number(tables, txn, TABLES_ids, write->key, &lseq);
    if (rc != 0) return rc == MDB_NOTFOUND ? 0 : rc;
    put_be64(key_bytes, lseq);
    rc = mdb_del(txn, tables->dbi[TABLES_locals], &key, NULL);
    if (rc == MDB_NOTFOUND) {
        *refused = ERR_INVALID; /* it names an envelope */
        return 0;
    }
    if (rc == 0) rc = mdb_del(txn, tables->dbi[TABLES_log], &key, NULL);
    if (rc == 0) rc = mdb_del(txn, tables->dbi[TABLES_ids], &id, NULL);
    return rc;
}

static int apply_setting(const struct tables *tables, MDB_txn *txn, const struct write *write,
                         enum err *refused)
{
    MDB_val key = val(write->key.p, write->key.n);
    MDB_val value = val(write->payload.p, write->payload.n);

    if (write->key.n == 0 || write->key.n > STORE_KEY_BYTES_MAX) {
        *refused = ERR_INVALID;
        return 0;
    }
    if (write->payload.p != NULL)
        return mdb_put(txn, tables->dbi[TABLES_settings], &key, &value, 0);
    int rc = mdb_del(txn, tables->dbi[TABLES_settings], &key, NULL);
    return rc == MDB_NOTFOUND ? 0 : rc;
}

static int apply_piece(const struct tables *tables, MDB_txn *txn, const struct write *write,
                       enum err *refused)
{
    bool drop = write->kind == WRITE_PIECE_DROP;
    MDB_val key = val(write->key.p, write->key.n);
    MDB_val value = val(write->payload.p, write->payload.n);

    if (write->key.n != sizeof(struct piece_id) ||
        (!drop && (write->payload.n == 0 || write->payload.n > PIECE_BYTES_MAX))) {
        *refused = ERR_INVALID;
        return 0;
    }
    int rc = drop ? mdb_del(txn, tables->dbi[TABLES_pieces], &key, NULL)
                  : mdb_put(txn, tables->dbi[TABLES_pieces], &key, &value, MDB_NOOVERWRITE);
    return rc == MDB_NOTFOUND || rc == MDB_KEYEXIST ? 0 : rc;
}

int tables_apply(const struct tables *tables, MDB_txn *txn, const struct write *write,
                 struct tables_run *run, enum err *refused)
{
    *refused = ERR_OK;
    switch (write->kind) {
    case WRITE_ENVELOPE:
        return apply_envelope(tables, txn, write, run, refused);
    case WRITE_ERASE:
    case WRITE_PAYLOAD:
        return apply_payload(tables, txn, write);
    case WRITE_BEACON:
        return apply_beacon(tables, txn, write, refused);
    case WRITE_LOCAL:
        return apply_local(tables, txn, write, &run->lseq, refused);
    case WRITE_LOCAL_DROP:
        return apply_local_drop(tables, txn, write, refused);
    case WRITE_SETTING:
        return apply_setting(tables, txn, write, refused);
    case WRITE_PIECE:
    case WRITE_PIECE_DROP:
        return apply_piece(tables, txn, write, refused);
    }
    *refused = ERR_INVALID;
    return 0;
}
