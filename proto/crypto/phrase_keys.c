/* The slow half of phrase.h, apart because simulations link a fast one in its place. */
#include <sodium.h>

#include "proto/base/check.h"
#include "proto/crypto/dh.h"
#include "proto/crypto/hash.h"
#include "proto/crypto/phrase.h"
#include "proto/crypto/sign.h"

enum {
    PHRASE_KDF_OPS = 3,
    PHRASE_KDF_BYTES = 256 * 1024 * 1024,
    PHRASE_SUBKEY_ROOT = 1,
    PHRASE_SUBKEY_RECOVERY = 2
};

enum err phrase_keys(struct school_keys *out, const uint8_t entropy[PHRASE_ENTROPY_BYTES])
{
    const struct slice none = slice_of(NULL, 0);
    uint8_t salt[crypto_pwhash_SALTBYTES];
    uint8_t master[crypto_kdf_KEYBYTES];
    uint8_t root_seed[SIGN_SEED_BYTES];

    /* The salt is fixed, for a phrase must give the same school anywhere; 128 random bits need
     * no other. */
    hash_bytes(salt, sizeof(salt), none, "kith/1 phrase salt", none, none);
    if (crypto_pwhash(master, sizeof(master), (const char *)entropy, PHRASE_ENTROPY_BYTES, salt,
                      PHRASE_KDF_OPS, PHRASE_KDF_BYTES, crypto_pwhash_ALG_ARGON2ID13) != 0) {
        return ERR_SYSTEM;
    }
    CHECK(crypto_kdf_derive_from_key(root_seed, sizeof(root_seed), PHRASE_SUBKEY_ROOT,
                                     "kith/1 r", master) == 0);
    CHECK(crypto_kdf_derive_from_key(out->recovery_sk.b, sizeof(out->recovery_sk.b),
                                     PHRASE_SUBKEY_RECOVERY, "kith/1 r", master) == 0);
    sign_root_keypair(&out->root_pk, &out->root_sk, root_seed);
    dh_public(out->recovery_pk.b, out->recovery_sk.b);
    mem_wipe(master, sizeof(master));
    mem_wipe(root_seed, sizeof(root_seed));
    return ERR_OK;
}
