/* Insecure, for simulations only: see README.md. */
#include "proto/crypto/dh.h"
#include "proto/crypto/hash.h"
#include "proto/crypto/phrase.h"
#include "proto/crypto/sign.h"

enum err phrase_keys(struct school_keys *out, const uint8_t entropy[PHRASE_ENTROPY_BYTES])
{
    const struct slice none = slice_of(NULL, 0);
    const struct slice bytes = slice_of(entropy, PHRASE_ENTROPY_BYTES);
    uint8_t seed[SIGN_SEED_BYTES];

    hash_bytes(seed, sizeof(seed), none, "fast suite root", bytes, none);
    sign_root_keypair(&out->root_pk, &out->root_sk, seed);
    hash_bytes(out->recovery_sk.b, sizeof(out->recovery_sk.b), none, "fast suite recovery",
               bytes, none);
    dh_public(out->recovery_pk.b, out->recovery_sk.b);
    return ERR_OK;
}
