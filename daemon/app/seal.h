/*
 * seal.h: settings and drafts under a key of this device's: XChaCha20-Poly1305 with a random
 * nonce in front, the setting's name as associated data, so that values cannot be swapped. The
 * key is BLAKE2b-256(key = device seed, "kith/1 settings\0").
 */
#ifndef APP_SEAL_H
#define APP_SEAL_H

#include "proto/base/env.h"
#include "proto/base/err.h"
#include "proto/crypto/key.h"

struct seal {
    uint8_t key[32];
};

void seal_init(struct seal *seal, const struct device_sk *device);
void seal_wipe(struct seal *seal);
/* Appends. */
void seal_close(const struct seal *seal, const struct env *env, const char *name,
                struct slice value, struct buf *out);
/* Appends; CORRUPT when it does not open. */
MUST_USE enum err seal_open(const struct seal *seal, const char *name, struct slice sealed,
                            struct buf *out);

#endif
