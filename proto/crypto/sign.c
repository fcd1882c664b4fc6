#include "proto/crypto/sign.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/check.h"

/*
 * libsodium signs one contiguous message, and its streaming form is another scheme (Ed25519ph).
 * What Kith signs is a label and a header or a statement body: short ones go over the stack.
 */
enum { SIGN_STACK_BYTES = 1024 };

struct sign_message {
    uint8_t stack[SIGN_STACK_BYTES];
    uint8_t *p;
    size_t n;
};

static void message_init(struct sign_message *message, const char *label, struct slice a,
                         struct slice b)
{
    size_t label_bytes = strlen(label) + 1;

    message->n = label_bytes + a.n + b.n;
    message->p =
        message->n <= SIGN_STACK_BYTES ? message->stack : mem_realloc(NULL, message->n, 1);
    memcpy(message->p, label, label_bytes);
    if (a.n > 0) memcpy(message->p + label_bytes, a.p, a.n);
    if (b.n > 0) memcpy(message->p + label_bytes + a.n, b.p, b.n);
}

static void message_fini(struct sign_message *message)
{
    if (message->p != message->stack) free(message->p);
}

static void sign_labelled(uint8_t sig[SIGN_BYTES], const uint8_t sk[64], const char *label,
                          struct slice a, struct slice b)
{
    struct sign_message message;

    message_init(&message, label, a, b);
    sign_raw(sig, sk, slice_of(message.p, message.n));
    message_fini(&message);
}

static bool verify_labelled(const uint8_t sig[SIGN_BYTES], const uint8_t pk[32],
                            const char *label, struct slice a, struct slice b)
{
    struct sign_message message;
    bool ok;

    message_init(&message, label, a, b);
    ok = sign_raw_verify(sig, pk, slice_of(message.p, message.n));
    message_fini(&message);
    return ok;
}

void sign_device_keypair(struct device_pk *pk, struct device_sk *sk, const uint8_t seed[32])
{
    CHECK(crypto_sign_seed_keypair(pk->b, sk->b, seed) == 0);
}

void sign_root_keypair(struct root_pk *pk, struct root_sk *sk, const uint8_t seed[32])
{
    CHECK(crypto_sign_seed_keypair(pk->b, sk->b, seed) == 0);
}

void sign_device(uint8_t sig[SIGN_BYTES], const struct device_sk *sk, const char *label,
                 struct slice a, struct slice b)
{
    sign_labelled(sig, sk->b, label, a, b);
}

void sign_root(uint8_t sig[SIGN_BYTES], const struct root_sk *sk, const char *label,
               struct slice a, struct slice b)
{
    sign_labelled(sig, sk->b, label, a, b);
}

bool sign_device_verify(const uint8_t sig[SIGN_BYTES], const struct device_pk *pk,
                        const char *label, struct slice a, struct slice b)
{
    return verify_labelled(sig, pk->b, label, a, b);
}

bool sign_root_verify(const uint8_t sig[SIGN_BYTES], const struct root_pk *pk,
                      const char *label, struct slice a, struct slice b)
{
    return verify_labelled(sig, pk->b, label, a, b);
}

void sign_raw(uint8_t sig[SIGN_BYTES], const uint8_t sk[64], struct slice message)
{
    CHECK(crypto_sign_detached(sig, NULL, message.p, message.n, sk) == 0);
}

bool sign_raw_verify(const uint8_t sig[SIGN_BYTES], const uint8_t pk[32], struct slice message)
{
    /* libsodium refuses a non-canonical S, and a small-order or non-canonical key or R. */
    return crypto_sign_verify_detached(sig, message.p, message.n, pk) == 0;
}
