/*
 * key.h: secret keys, a struct a kind. Each is wiped with KEY_WIPE by its owner when done.
 */
#ifndef CRYPTO_KEY_H
#define CRYPTO_KEY_H

#include "proto/base/id.h"
#include "proto/base/mem.h"

struct device_sk {
    uint8_t b[64]; /* Ed25519: seed, then public key, as libsodium keeps it */
};
struct root_sk {
    uint8_t b[64];
};
struct box_sk {
    uint8_t b[32]; /* X25519: opens grants */
};
struct recovery_sk {
    uint8_t b[32];
};
struct transport_sk {
    uint8_t b[32]; /* X25519: the Noise static key */
};
struct epoch_key {
    uint8_t b[32]; /* a space's key for one epoch */
};
struct invite_secret {
    uint8_t b[32];
};
struct psk {
    uint8_t b[32];
};

#define KEY_WIPE(key) mem_wipe((key), sizeof(*(key)))

#endif
