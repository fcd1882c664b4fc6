#include "proto/crypto/dh.h"

#include <sodium.h>

#include "proto/base/check.h"

void dh_public(uint8_t pk[DH_BYTES], const uint8_t sk[DH_BYTES])
{
    CHECK(crypto_scalarmult_base(pk, sk) == 0);
}

enum err dh_shared(uint8_t out[DH_BYTES], const uint8_t sk[DH_BYTES],
                   const uint8_t pk[DH_BYTES])
{
    uint8_t shared[DH_BYTES];

    if (crypto_scalarmult(shared, sk, pk) != 0) return ERR_HANDSHAKE;
    memcpy(out, shared, sizeof(shared));
    mem_wipe(shared, sizeof(shared));
    return ERR_OK;
}
