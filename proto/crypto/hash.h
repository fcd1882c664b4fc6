/*
 * hash.h: BLAKE2b with a label. Every hash and derived key of Kith begins with a label such as
 * "kith/1 revision\0" (its NUL included), so that no value for one purpose is one for another.
 */
#ifndef CRYPTO_HASH_H
#define CRYPTO_HASH_H

#include <sodium.h>

#include "proto/base/id.h"
#include "proto/base/mem.h"

struct hash {
    crypto_generichash_state state;
    size_t out_bytes;
};

/* Starts with label (its NUL is hashed too). out_bytes 16 … 64. key may be {NULL, 0}. */
void hash_init(struct hash *hash, size_t out_bytes, struct slice key, const char *label);
void hash_add(struct hash *hash, const void *p, size_t n);
void hash_add_u64(struct hash *hash, uint64_t v); /* big-endian */
void hash_final(struct hash *hash, void *out);

/* In one go: BLAKE2b-(8*out_bytes)(key, label || a || b). */
void hash_bytes(void *out, size_t out_bytes, struct slice key, const char *label,
                struct slice a, struct slice b);

#endif
