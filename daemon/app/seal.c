#include "daemon/app/seal.h"

#include <string.h>

#include "proto/crypto/aead.h"
#include "proto/crypto/hash.h"

void seal_init(struct seal *seal, const struct device_sk *device)
{
    /* libsodium keeps the seed in front of the public key. */
    hash_bytes(seal->key, sizeof(seal->key), slice_of(device->b, 32), "kith/1 settings",
               slice_of(NULL, 0), slice_of(NULL, 0));
}

void seal_wipe(struct seal *seal)
{
    mem_wipe(seal, sizeof(*seal));
}

void seal_close(const struct seal *seal, const struct env *env, const char *name,
                struct slice value, struct buf *out)
{
    uint8_t nonce[AEAD_X_NONCE_BYTES];

    env_random(env, nonce, sizeof(nonce));
    buf_put(out, nonce, sizeof(nonce));
    aead_x_seal(buf_extend(out, value.n + AEAD_TAG_BYTES), value, slice_of(name, strlen(name)),
                nonce, seal->key);
}

enum err seal_open(const struct seal *seal, const char *name, struct slice sealed,
                   struct buf *out)
{
    const size_t overhead = AEAD_X_NONCE_BYTES + AEAD_TAG_BYTES;

    if (sealed.n < overhead) return ERR_CORRUPT;
    size_t before = out->len;
    struct slice cipher =
        slice_of(sealed.p + AEAD_X_NONCE_BYTES, sealed.n - AEAD_X_NONCE_BYTES);
    uint8_t *plain = buf_extend(out, sealed.n - AEAD_X_NONCE_BYTES); /* room for the tag too */
    enum err err =
        aead_x_open(plain, cipher, slice_of(name, strlen(name)), sealed.p, seal->key);
    out->len = err == ERR_OK ? before + sealed.n - overhead : before;
    return err == ERR_OK ? ERR_OK : ERR_CORRUPT;
}
