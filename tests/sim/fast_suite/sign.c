/* Insecure, for simulations only: see README.md. */
#include "proto/crypto/sign.h"

#include "proto/crypto/hash.h"

/* The same bytes whether they come in one piece or in three, as with the real suite. */
static void digest(uint8_t sig[SIGN_BYTES], const uint8_t pk[32], const char *label,
                   struct slice a, struct slice b)
{
    struct hash hash;

    hash_init(&hash, SIGN_BYTES, slice_of(pk, 32), "fast suite signature");
    if (label != NULL) hash_add(&hash, label, strlen(label) + 1);
    hash_add(&hash, a.p, a.n);
    hash_add(&hash, b.p, b.n);
    hash_final(&hash, sig);
}

static bool verify(const uint8_t sig[SIGN_BYTES], const uint8_t pk[32], const char *label,
                   struct slice a, struct slice b)
{
    static const uint8_t ZERO[32];
    uint8_t want[SIGN_BYTES];

    if (memcmp(pk, ZERO, sizeof(ZERO)) == 0) return false;
    digest(want, pk, label, a, b);
    return memcmp(want, sig, SIGN_BYTES) == 0;
}

/* As libsodium keeps it: seed, then public key. */
static void keypair(uint8_t pk[32], uint8_t sk[64], const uint8_t seed[32])
{
    hash_bytes(pk, 32, slice_of(NULL, 0), "fast suite key", slice_of(seed, 32),
               slice_of(NULL, 0));
    memcpy(sk, seed, 32);
    memcpy(sk + 32, pk, 32);
}

void sign_device_keypair(struct device_pk *pk, struct device_sk *sk, const uint8_t seed[32])
{
    keypair(pk->b, sk->b, seed);
}

void sign_root_keypair(struct root_pk *pk, struct root_sk *sk, const uint8_t seed[32])
{
    keypair(pk->b, sk->b, seed);
}

void sign_device(uint8_t sig[SIGN_BYTES], const struct device_sk *sk, const char *label,
                 struct slice a, struct slice b)
{
    digest(sig, sk->b + 32, label, a, b);
}

void sign_root(uint8_t sig[SIGN_BYTES], const struct root_sk *sk, const char *label,
               struct slice a, struct slice b)
{
    digest(sig, sk->b + 32, label, a, b);
}

bool sign_device_verify(const uint8_t sig[SIGN_BYTES], const struct device_pk *pk,
                        const char *label, struct slice a, struct slice b)
{
    return verify(sig, pk->b, label, a, b);
}

bool sign_root_verify(const uint8_t sig[SIGN_BYTES], const struct root_pk *pk,
                      const char *label, struct slice a, struct slice b)
{
    return verify(sig, pk->b, label, a, b);
}

void sign_raw(uint8_t sig[SIGN_BYTES], const uint8_t sk[64], struct slice message)
{
    digest(sig, sk + 32, NULL, message, slice_of(NULL, 0));
}

bool sign_raw_verify(const uint8_t sig[SIGN_BYTES], const uint8_t pk[32], struct slice message)
{
    return verify(sig, pk, NULL, message, slice_of(NULL, 0));
}
