/*
 * sign.h: Ed25519 (RFC 8032), the signatures of devices and roots. The seed forms only: where
 * a key's randomness comes from is the caller's (env.h).
 */
#ifndef CRYPTO_SIGN_H
#define CRYPTO_SIGN_H

#include <stdbool.h>

#include "proto/base/err.h"
#include "proto/crypto/key.h"

enum { SIGN_BYTES = 64, SIGN_SEED_BYTES = 32 };

void sign_device_keypair(struct device_pk *pk, struct device_sk *sk, const uint8_t seed[32]);
void sign_root_keypair(struct root_pk *pk, struct root_sk *sk, const uint8_t seed[32]);

/* Signature over label (with its NUL) || a || b. Either slice may be empty. */
void sign_device(uint8_t sig[SIGN_BYTES], const struct device_sk *sk, const char *label,
                 struct slice a, struct slice b);
void sign_root(uint8_t sig[SIGN_BYTES], const struct root_sk *sk, const char *label,
               struct slice a, struct slice b);
/* False for a bad signature, a small-order or a non-canonical key. */
MUST_USE bool sign_device_verify(const uint8_t sig[SIGN_BYTES], const struct device_pk *pk,
                                 const char *label, struct slice a, struct slice b);
MUST_USE bool sign_root_verify(const uint8_t sig[SIGN_BYTES], const struct root_pk *pk,
                               const char *label, struct slice a, struct slice b);

/* Bare Ed25519 over a message, for the published vectors. */
void sign_raw(uint8_t sig[SIGN_BYTES], const uint8_t sk[64], struct slice message);
MUST_USE bool sign_raw_verify(const uint8_t sig[SIGN_BYTES], const uint8_t pk[32],
                              struct slice message);

#endif
