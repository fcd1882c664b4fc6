/*
 * hkdf.h: HMAC-SHA256 and HKDF (RFC 5869), for Noise and HPKE. libsodium 1.0.18 has SHA-256 and
 * HMAC; HKDF is built on them here.
 */
#ifndef CRYPTO_HKDF_H
#define CRYPTO_HKDF_H

#include "proto/base/mem.h"
#include "proto/crypto/hmac.h"

void hkdf_sha256(uint8_t out[32], struct slice a, struct slice b);
void hkdf_hmac(uint8_t out[32], struct slice key, struct slice message);
void hkdf_extract(uint8_t prk[32], struct slice salt, struct slice ikm);
/* n at most 255 * 32. */
void hkdf_expand(uint8_t *out, size_t n, const uint8_t prk[32], struct slice info);
/*
 * Noise's HKDF with two or three outputs of hash->bytes each (Noise spec 4.3), over a chaining
 * key of as many. out3 may be NULL; an output may be the chaining key.
 */
void hkdf_noise(const struct hmac_hash *hash, uint8_t *out1, uint8_t *out2, uint8_t *out3,
                const uint8_t *chaining_key, struct slice ikm);

#endif
