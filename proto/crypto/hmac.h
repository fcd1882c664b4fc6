/*
 * hmac.h: the hash functions that Noise can run on, in one table, and HMAC (RFC 2104) over
 * each. Kith itself uses SHA-256 here; BLAKE2b is there for the published vectors.
 */
#ifndef CRYPTO_HMAC_H
#define CRYPTO_HMAC_H

#include "proto/base/mem.h"

enum { HMAC_BYTES_MAX = 64, HMAC_BLOCK_BYTES_MAX = 128, HMAC_PARTS_MAX = 4 };

struct hmac_hash {
    const char *name; /* as in a Noise protocol name */
    size_t bytes;
    size_t block_bytes;
    /* The hash of n parts in a row. out may be one of them. */
    void (*digest)(uint8_t *out, const struct slice *parts, size_t n);
};

extern const struct hmac_hash hmac_sha256, hmac_blake2b;

/* HMAC over up to HMAC_PARTS_MAX parts in a row. out holds hash->bytes and may be one of them.
 */
void hmac_digest(const struct hmac_hash *hash, uint8_t *out, struct slice key,
                 const struct slice *parts, size_t n);

#endif
