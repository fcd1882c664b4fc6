/*
 * dh.h: X25519 (RFC 7748). A result of all zeros (a small-order point) is an error, and the
 * caller aborts what it was doing.
 */
#ifndef CRYPTO_DH_H
#define CRYPTO_DH_H

#include "proto/base/err.h"
#include "proto/crypto/key.h"

enum { DH_BYTES = 32 };

/* Public key of a secret scalar (any 32 random bytes). */
void dh_public(uint8_t pk[DH_BYTES], const uint8_t sk[DH_BYTES]);
/* Shared secret. HANDSHAKE when it is zero. */
MUST_USE enum err dh_shared(uint8_t out[DH_BYTES], const uint8_t sk[DH_BYTES],
                            const uint8_t pk[DH_BYTES]);

#endif
