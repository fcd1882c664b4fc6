#include "proto/crypto/hmac.h"

#include <sodium.h>
#include <string.h>

#include "proto/base/check.h"

static void digest_sha256(uint8_t *out, const struct slice *parts, size_t n)
{
    crypto_hash_sha256_state state;

    crypto_hash_sha256_init(&state);
    for (size_t i = 0; i < n; i++) {
        if (parts[i].n > 0) crypto_hash_sha256_update(&state, parts[i].p, parts[i].n);
    }
    crypto_hash_sha256_final(&state, out);
    mem_wipe(&state, sizeof(state));
}

static void digest_blake2b(uint8_t *out, const struct slice *parts, size_t n)
{
    crypto_generichash_state state;

    crypto_generichash_init(&state, NULL, 0, 64);
    for (size_t i = 0; i < n; i++) {
        if (parts[i].n > 0) crypto_generichash_update(&state, parts[i].p, parts[i].n);
    }
    crypto_generichash_final(&state, out, 64);
    mem_wipe(&state, sizeof(state));
}

const struct hmac_hash hmac_sha256 = {"SHA256", 32, 64, digest_sha256};
const struct hmac_hash hmac_blake2b = {"BLAKE2b", 64, 128, digest_blake2b};

void hmac_digest(const struct hmac_hash *hash, uint8_t *out, struct slice key,
                 const struct slice *parts, size_t n)
{
    uint8_t pad[HMAC_BLOCK_BYTES_MAX] = {0};
    uint8_t inner[HMAC_BYTES_MAX];
    struct slice all[1 + HMAC_PARTS_MAX];

    CHECK(n <= HMAC_PARTS_MAX);
    if (key.n > hash->block_bytes) {
        hash->digest(pad, &key, 1);
    } else if (key.n > 0) {
        memcpy(pad, key.p, key.n);
    }

    for (size_t i = 0; i < hash->block_bytes; i++)
        pad[i] ^= 0x36;
    all[0] = slice_of(pad, hash->block_bytes);
    for (size_t i = 0; i < n; i++)
        all[1 + i] = parts[i];
    hash->digest(inner, all, 1 + n);

    for (size_t i = 0; i < hash->block_bytes; i++)
        pad[i] ^= 0x36 ^ 0x5c;
    all[1] = slice_of(inner, hash->bytes);
    hash->digest(out, all, 2);
    mem_wipe(pad, sizeof(pad));
    mem_wipe(inner, sizeof(inner));
}
