#include "daemon/app/seal.h"

#include <stdlib.h>

#include "daemon/app/log.h"
#include "proto/crypto/aead.h"
#include "proto/crypto/hash.h"

void seal_init(struct seal *seal, const struct device_sk *device, const struct env *env)
{
    seal->env = env;
    /* libsodium keeps the seed in front of the public key. */
    hash_bytes(seal->key, sizeof(seal->key), slice_of(device->b, 32), "kith/1 settings",
               slice_of(NULL, 0), slice_of(NULL, 0));
}

void seal_wipe(struct seal *seal)
{
    mem_wipe(seal, sizeof(*seal));
}

void seal_close(const struct seal *seal, struct slice name, struct slice value, struct buf *out)
{
    uint8_t nonce[AEAD_X_NONCE_BYTES];

    env_random(seal->env, nonce, sizeof(nonce));
    buf_put(out, nonce, sizeof(nonce));
    aead_x_seal(buf_extend(out, value.n + AEAD_TAG_BYTES), value, name, nonce, seal->key);
}

enum err seal_open(const struct seal *seal, struct slice name, struct slice sealed,
                   struct buf *out)
{
    const size_t overhead = AEAD_X_NONCE_BYTES + AEAD_TAG_BYTES;

    if (sealed.n < overhead) return ERR_CORRUPT;
    size_t before = out->len;
    struct slice cipher =
        slice_of(sealed.p + AEAD_X_NONCE_BYTES, sealed.n - AEAD_X_NONCE_BYTES);
    uint8_t *plain = buf_extend(out, sealed.n - AEAD_X_NONCE_BYTES); /* room for the tag too */
    enum err err = aead_x_open(plain, cipher, name, sealed.p, seal->key);
    out->len = err == ERR_OK ? before + sealed.n - overhead : before;
    return err == ERR_OK ? ERR_OK : ERR_CORRUPT;
}

/* ----------------------------------------------------------------------------- reading -- */

struct opening {
    const struct seal *seal;
    store_pair_fn fn;
    void *arg;
};

/* A key's readable beginning: what follows the last / may be an id's bytes. */
static void say_damaged(struct slice key)
{
    char name[40];
    size_t n = 0;

    while (n < key.n && n + 1 < sizeof(name) && key.p[n] > ' ' && key.p[n] < 0x7f) {
        name[n] = (char)key.p[n];
        n++;
    }
    name[n] = '\0';
    log_say(LOG_WARN, LOG_STORE, "setting-damaged", "key", name);
}

static void open_pair(void *arg, struct slice key, struct slice value)
{
    const struct opening *opening = arg;
    struct buf plain = {0};

    if (seal_open(opening->seal, key, value, &plain) == ERR_OK) {
        buf_put_u8(&plain, 0); /* an empty value is there, and has an address */
        opening->fn(opening->arg, key, slice_of(plain.data, plain.len - 1));
        mem_wipe(plain.data, plain.len);
    } else {
        say_damaged(key);
        opening->fn(opening->arg, key, slice_of(NULL, 0));
    }
    buf_fini(&plain);
}

static void each_setting(void *ctx, const char *prefix, store_pair_fn fn, void *arg)
{
    const struct seal_reader *self = ctx;
    struct opening opening = {self->seal, fn, arg};

    self->inner->each_setting(self->inner->ctx, prefix, open_pair, &opening);
}

static void each_head(void *ctx, store_head_fn fn, void *arg)
{
    const struct store_reader *inner = ((const struct seal_reader *)ctx)->inner;
    inner->each_head(inner->ctx, fn, arg);
}

static void each_statement(void *ctx, store_statement_fn fn, void *arg)
{
    const struct store_reader *inner = ((const struct seal_reader *)ctx)->inner;
    inner->each_statement(inner->ctx, fn, arg);
}

static void each_beacon(void *ctx, store_envelope_fn fn, void *arg)
{
    const struct store_reader *inner = ((const struct seal_reader *)ctx)->inner;
    inner->each_beacon(inner->ctx, fn, arg);
}

static bool at(void *ctx, const struct chain *chain, uint64_t seq, struct stored *out)
{
    const struct store_reader *inner = ((const struct seal_reader *)ctx)->inner;
    return inner->at(inner->ctx, chain, seq, out);
}

static bool find(void *ctx, const struct envelope_id *id, struct chain *chain, uint64_t *seq)
{
    const struct store_reader *inner = ((const struct seal_reader *)ctx)->inner;
    return inner->find(inner->ctx, id, chain, seq);
}

static enum err header(void *ctx, const struct chain *chain, uint64_t seq, uint8_t *out)
{
    const struct store_reader *inner = ((const struct seal_reader *)ctx)->inner;
    return inner->header(inner->ctx, chain, seq, out);
}

static size_t piece(void *ctx, const struct piece_id *id)
{
    const struct store_reader *inner = ((const struct seal_reader *)ctx)->inner;
    return inner->piece(inner->ctx, id);
}

static void each_piece(void *ctx, store_piece_fn fn, void *arg)
{
    const struct store_reader *inner = ((const struct seal_reader *)ctx)->inner;
    inner->each_piece(inner->ctx, fn, arg);
}

void seal_reader_init(struct seal_reader *out, const struct seal *seal,
                      const struct store_reader *inner)
{
    *out = (struct seal_reader){.seal = seal,
                                .inner = inner,
                                .reader = {.ctx = out,
                                           .each_head = each_head,
                                           .each_statement = each_statement,
                                           .each_beacon = each_beacon,
                                           .each_setting = each_setting,
                                           .at = at,
                                           .find = find,
                                           .header = header,
                                           .piece = piece,
                                           .each_piece = each_piece}};
}

/* ----------------------------------------------------------------------------- writing -- */

void seal_commit(const struct seal *seal, struct storage *storage, uint64_t batch,
                 const struct write *writes, size_t n)
{
    size_t first = 0;

    while (first < n && writes[first].kind != WRITE_SETTING)
        first++;
    if (first == n) {
        storage_commit(storage, batch, writes, n);
        return;
    }
    struct write *copy = mem_dup(writes, n * sizeof(*writes));
    struct buf *sealed = mem_zalloc(n * sizeof(*sealed));
    for (size_t i = first; i < n; i++) {
        if (copy[i].kind != WRITE_SETTING || copy[i].payload.p == NULL) continue;
        seal_close(seal, copy[i].key, copy[i].payload, &sealed[i]);
        copy[i].payload = buf_slice(&sealed[i]);
    }
    storage_commit(storage, batch, copy, n); /* it copies what it is given */
    for (size_t i = 0; i < n; i++)
        buf_fini(&sealed[i]);
    free(sealed);
    free(copy);
}

void seal_convert(void *ctx, struct slice key, struct slice value, struct buf *out)
{
    seal_close(ctx, key, value, out);
}
