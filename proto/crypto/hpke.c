#include "proto/crypto/hpke.h"

#include <string.h>

#include "proto/crypto/aead.h"
#include "proto/crypto/dh.h"
#include "proto/crypto/hkdf.h"

/* RFC 9180 4.1, 5.1: which algorithms a derivation belongs to. */
static const uint8_t SUITE_KEM[] = {'K', 'E', 'M', 0x00, 0x20};
static const uint8_t SUITE_HPKE[] = {'H', 'P', 'K', 'E', 0x00, 0x20, 0x00, 0x01, 0x00, 0x03};

#define SUITE(bytes) slice_of((bytes), sizeof(bytes))

struct hpke_key {
    uint8_t key[AEAD_KEY_BYTES];
    uint8_t nonce[AEAD_NONCE_BYTES]; /* base nonce; sequence 0 leaves it as it is */
};

/* LabeledExtract(salt, label, ikm) of RFC 9180 4. */
static void labeled_extract(uint8_t prk[32], struct slice suite, struct slice salt,
                            const char *label, struct slice ikm)
{
    struct buf labeled = {0};

    buf_put_str(&labeled, "HPKE-v1");
    buf_put(&labeled, suite.p, suite.n);
    buf_put_str(&labeled, label);
    buf_put(&labeled, ikm.p, ikm.n);
    hkdf_extract(prk, salt, buf_slice(&labeled));
    mem_wipe(labeled.data, labeled.len);
    buf_fini(&labeled);
}

/* LabeledExpand(prk, label, info, n) of RFC 9180 4. */
static void labeled_expand(uint8_t *out, size_t n, const uint8_t prk[32], struct slice suite,
                           const char *label, struct slice info)
{
    struct buf labeled = {0};

    buf_put_u16(&labeled, (uint16_t)n);
    buf_put_str(&labeled, "HPKE-v1");
    buf_put(&labeled, suite.p, suite.n);
    buf_put_str(&labeled, label);
    buf_put(&labeled, info.p, info.n);
    hkdf_expand(out, n, prk, buf_slice(&labeled));
    buf_fini(&labeled);
}

/* ExtractAndExpand of RFC 9180 4.1, over the context enc || recipient key. */
static void kem_derive(uint8_t shared[32], const uint8_t dh[32], const uint8_t enc[32],
                       const uint8_t pk[32])
{
    uint8_t eae_prk[32];
    uint8_t context[64];

    memcpy(context, enc, 32);
    memcpy(context + 32, pk, 32);
    labeled_extract(eae_prk, SUITE(SUITE_KEM), slice_of(NULL, 0), "eae_prk", slice_of(dh, 32));
    labeled_expand(shared, 32, eae_prk, SUITE(SUITE_KEM), "shared_secret",
                   slice_of(context, sizeof(context)));
    mem_wipe(eae_prk, sizeof(eae_prk));
}

/* KeySchedule of RFC 9180 5.1 in base mode: no psk, no psk id. */
static void key_schedule(struct hpke_key *out, const uint8_t shared[32], struct slice info)
{
    const struct slice none = slice_of(NULL, 0);
    const struct slice suite = SUITE(SUITE_HPKE);
    uint8_t context[65] = {0}; /* mode 0 || psk_id_hash || info_hash */
    uint8_t secret[32];

    labeled_extract(context + 1, suite, none, "psk_id_hash", none);
    labeled_extract(context + 33, suite, none, "info_hash", info);
    labeled_extract(secret, suite, slice_of(shared, 32), "secret", none);
    labeled_expand(out->key, sizeof(out->key), secret, suite, "key",
                   slice_of(context, sizeof(context)));
    labeled_expand(out->nonce, sizeof(out->nonce), secret, suite, "base_nonce",
                   slice_of(context, sizeof(context)));
    mem_wipe(secret, sizeof(secret));
}

enum err hpke_seal(uint8_t enc[HPKE_ENC_BYTES], uint8_t *out, const uint8_t pk[32],
                   const uint8_t ephemeral_sk[32], struct slice info, struct slice aad,
                   struct slice plain)
{
    struct hpke_key key;
    uint8_t dh[32];
    uint8_t shared[32];
    enum err err;

    err = dh_shared(dh, ephemeral_sk, pk);
    if (err != ERR_OK) return err;
    dh_public(enc, ephemeral_sk);
    kem_derive(shared, dh, enc, pk);
    key_schedule(&key, shared, info);
    aead_seal(out, plain, aad, key.nonce, key.key);
    mem_wipe(dh, sizeof(dh));
    mem_wipe(shared, sizeof(shared));
    mem_wipe(&key, sizeof(key));
    return ERR_OK;
}

enum err hpke_open(uint8_t *out, const uint8_t enc[HPKE_ENC_BYTES], const uint8_t sk[32],
                   struct slice info, struct slice aad, struct slice cipher)
{
    struct hpke_key key;
    uint8_t dh[32];
    uint8_t shared[32];
    uint8_t pk[32];
    enum err err;

    if (dh_shared(dh, sk, enc) != ERR_OK) return ERR_DECRYPT;
    dh_public(pk, sk);
    kem_derive(shared, dh, enc, pk);
    key_schedule(&key, shared, info);
    err = aead_open(out, cipher, aad, key.nonce, key.key);
    mem_wipe(dh, sizeof(dh));
    mem_wipe(shared, sizeof(shared));
    mem_wipe(&key, sizeof(key));
    return err;
}
