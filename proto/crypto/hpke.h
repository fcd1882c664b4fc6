/*
 * hpke.h: HPKE base mode, one shot (RFC 9180): DHKEM(X25519, HKDF-SHA256), HKDF-SHA256,
 * ChaCha20-Poly1305. Seals an epoch's key to a device or a school's recovery key.
 */
#ifndef CRYPTO_HPKE_H
#define CRYPTO_HPKE_H

#include "proto/base/err.h"
#include "proto/base/mem.h"

enum { HPKE_ENC_BYTES = 32, HPKE_TAG_BYTES = 16 };

/*
 * enc is the encapsulated key; out gets plain.n + 16 bytes. ephemeral_sk: 32 fresh random
 * bytes. HANDSHAKE for a small-order recipient key.
 */
MUST_USE enum err hpke_seal(uint8_t enc[HPKE_ENC_BYTES], uint8_t *out, const uint8_t pk[32],
                            const uint8_t ephemeral_sk[32], struct slice info, struct slice aad,
                            struct slice plain);
/* out gets cipher.n - 16 bytes. DECRYPT when it does not open. */
MUST_USE enum err hpke_open(uint8_t *out, const uint8_t enc[HPKE_ENC_BYTES],
                            const uint8_t sk[32], struct slice info, struct slice aad,
                            struct slice cipher);

#endif
