/* Insecure, for simulations only: see README.md. */
#include "proto/crypto/dh.h"

#include "proto/base/cursor.h"
#include "proto/crypto/hash.h"

#define PRIME     ((UINT64_C(1) << 61) - 1)
#define GENERATOR UINT64_C(37)

static uint64_t times(uint64_t a, uint64_t b)
{
    __extension__ unsigned __int128 product = (unsigned __int128)a * b;

    return (uint64_t)(product % PRIME);
}

static uint64_t power(uint64_t base, uint64_t exponent)
{
    uint64_t result = 1;

    for (; exponent > 0; exponent >>= 1) {
        if (exponent & 1) result = times(result, base);
        base = times(base, base);
    }
    return result;
}

/* 1 … PRIME - 2, from any bytes. */
static uint64_t number(const char *label, const uint8_t bytes[DH_BYTES])
{
    uint8_t digest[16];

    hash_bytes(digest, sizeof(digest), slice_of(NULL, 0), label, slice_of(bytes, DH_BYTES),
               slice_of(NULL, 0));
    return 1 + get_be64(digest) % (PRIME - 2);
}

/* 32 bytes of a field element: itself, then a hash of it. */
static void spread(uint8_t out[DH_BYTES], const char *label, uint64_t element)
{
    struct slice bytes = slice_of(out, 8);

    put_be64(out, element);
    hash_bytes(out + 8, DH_BYTES - 8, slice_of(NULL, 0), label, bytes, slice_of(NULL, 0));
}

void dh_public(uint8_t pk[DH_BYTES], const uint8_t sk[DH_BYTES])
{
    spread(pk, "fast suite public", power(GENERATOR, number("fast suite secret", sk)));
}

enum err dh_shared(uint8_t out[DH_BYTES], const uint8_t sk[DH_BYTES],
                   const uint8_t pk[DH_BYTES])
{
    static const uint8_t ZERO[DH_BYTES];
    uint8_t canonical[DH_BYTES];
    uint64_t element = get_be64(pk);

    if (memcmp(pk, ZERO, sizeof(ZERO)) == 0) return ERR_HANDSHAKE;
    /* Any other 32 bytes are a key, as with X25519: of somebody whom nobody knows. */
    spread(canonical, "fast suite public", element);
    if (memcmp(canonical, pk, DH_BYTES) != 0) element = number("fast suite stranger", pk);
    spread(out, "fast suite shared", power(element, number("fast suite secret", sk)));
    return ERR_OK;
}
