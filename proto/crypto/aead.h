/*
 * aead.h: the two AEADs. XChaCha20-Poly1305 seals envelopes and files (24-byte random nonce);
 * ChaCha20-Poly1305 (RFC 8439, 12-byte nonce) is Noise's and HPKE's. Ciphertext is plaintext
 * plus AEAD_TAG_BYTES. in and out may be the same memory.
 */
#ifndef CRYPTO_AEAD_H
#define CRYPTO_AEAD_H

#include "proto/base/err.h"
#include "proto/base/mem.h"

enum {
    AEAD_KEY_BYTES = 32,
    AEAD_TAG_BYTES = 16,
    AEAD_X_NONCE_BYTES = 24,
    AEAD_NONCE_BYTES = 12
};

void aead_x_seal(uint8_t *out, struct slice plain, struct slice ad, const uint8_t nonce[24],
                 const uint8_t key[32]);
/* Writes cipher.n - 16 bytes. DECRYPT when it does not open; out is then untouched or zero. */
MUST_USE enum err aead_x_open(uint8_t *out, struct slice cipher, struct slice ad,
                              const uint8_t nonce[24], const uint8_t key[32]);
void aead_seal(uint8_t *out, struct slice plain, struct slice ad, const uint8_t nonce[12],
               const uint8_t key[32]);
MUST_USE enum err aead_open(uint8_t *out, struct slice cipher, struct slice ad,
                            const uint8_t nonce[12], const uint8_t key[32]);

#endif
