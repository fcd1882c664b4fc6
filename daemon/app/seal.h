/*
 * seal.h: the store's settings under a key of this device's: what the node and the faces write
 * is sealed on its way into the store, and opened on its way out. So the core stays pure, the
 * store keeps its contract, and no open invite, no draft and no name of a student lies in the
 * file.
 *
 *   value = nonce 24 (random), XChaCha20-Poly1305 of the clear value, associated data: the key
 *   sealing key = BLAKE2b-256(key = device seed, "kith/1 settings\0")
 *
 * The keys are in the clear; the associated data keeps values from being swapped.
 */
#ifndef APP_SEAL_H
#define APP_SEAL_H

#include "daemon/core/store.h"
#include "daemon/store/storage.h"
#include "proto/base/env.h"
#include "proto/crypto/key.h"

struct seal {
    uint8_t key[32];
    const struct env *env;
};

/* env outlives it. */
void seal_init(struct seal *seal, const struct device_sk *device, const struct env *env);
void seal_wipe(struct seal *seal);
/* Appends. */
void seal_close(const struct seal *seal, struct slice name, struct slice value,
                struct buf *out);
/* Appends; CORRUPT when it does not open. */
MUST_USE enum err seal_open(const struct seal *seal, struct slice name, struct slice sealed,
                            struct buf *out);

/*
 * A reader as `inner`, whose settings are open. One that does not open is passed with a value
 * of {NULL, 0}, and said in the log. Both must outlive *out.
 */
struct seal_reader {
    const struct seal *seal;
    const struct store_reader *inner;
    struct store_reader reader;
};
void seal_reader_init(struct seal_reader *out, const struct seal *seal,
                      const struct store_reader *inner);

/* storage_commit, with the settings among the writes sealed. */
void seal_commit(const struct seal *seal, struct storage *storage, uint64_t batch,
                 const struct write *writes, size_t n);
/* store_options.convert: what a store of version 1 had in the clear. ctx: the seal. */
void seal_convert(void *ctx, struct slice key, struct slice value, struct buf *out);

#endif
