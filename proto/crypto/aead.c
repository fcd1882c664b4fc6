#include "proto/crypto/aead.h"

#include <sodium.h>

void aead_x_seal(uint8_t *out, struct slice plain, struct slice ad, const uint8_t nonce[24],
                 const uint8_t key[32])
{
    crypto_aead_xchacha20poly1305_ietf_encrypt(out, NULL, plain.p, plain.n, ad.p, ad.n, NULL,
                                               nonce, key);
}

enum err aead_x_open(uint8_t *out, struct slice cipher, struct slice ad,
                     const uint8_t nonce[24], const uint8_t key[32])
{
    if (cipher.n < AEAD_TAG_BYTES) return ERR_DECRYPT;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(out, NULL, NULL, cipher.p, cipher.n, ad.p,
                                                   ad.n, nonce, key) != 0) {
        return ERR_DECRYPT;
    }
    return ERR_OK;
}

void aead_seal(uint8_t *out, struct slice plain, struct slice ad, const uint8_t nonce[12],
               const uint8_t key[32])
{
    crypto_aead_chacha20poly1305_ietf_encrypt(out, NULL, plain.p, plain.n, ad.p, ad.n, NULL,
                                              nonce, key);
}

enum err aead_open(uint8_t *out, struct slice cipher, struct slice ad, const uint8_t nonce[12],
                   const uint8_t key[32])
{
    if (cipher.n < AEAD_TAG_BYTES) return ERR_DECRYPT;
    if (crypto_aead_chacha20poly1305_ietf_decrypt(out, NULL, NULL, cipher.p, cipher.n, ad.p,
                                                  ad.n, nonce, key) != 0) {
        return ERR_DECRYPT;
    }
    return ERR_OK;
}
