#include "proto/crypto/hash.h"

#include "proto/base/check.h"

void hash_init(struct hash *hash, size_t out_bytes, struct slice key, const char *label)
{
    CHECK(out_bytes >= 16 && out_bytes <= 64);
    CHECK(key.n <= crypto_generichash_KEYBYTES_MAX);
    hash->out_bytes = out_bytes;
    CHECK(crypto_generichash_init(&hash->state, key.p, key.n, out_bytes) == 0);
    hash_add(hash, label, strlen(label) + 1);
}

void hash_add(struct hash *hash, const void *p, size_t n)
{
    if (n > 0) crypto_generichash_update(&hash->state, p, n);
}

void hash_add_u64(struct hash *hash, uint64_t v)
{
    uint8_t bytes[8];

    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(v >> (56 - 8 * i));
    hash_add(hash, bytes, sizeof(bytes));
}

void hash_final(struct hash *hash, void *out)
{
    crypto_generichash_final(&hash->state, out, hash->out_bytes);
    /* Under a key the state is as good as what it derives. */
    mem_wipe(hash, sizeof(*hash));
}

void hash_bytes(void *out, size_t out_bytes, struct slice key, const char *label,
                struct slice a, struct slice b)
{
    struct hash hash;

    hash_init(&hash, out_bytes, key, label);
    hash_add(&hash, a.p, a.n);
    hash_add(&hash, b.p, b.n);
    hash_final(&hash, out);
}
