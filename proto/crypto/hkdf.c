#include "proto/crypto/hkdf.h"

#include <string.h>

#include "proto/base/check.h"
#include "proto/crypto/hmac.h"

void hkdf_sha256(uint8_t out[32], struct slice a, struct slice b)
{
    hmac_sha256.digest(out, (struct slice[]){a, b}, 2);
}

void hkdf_hmac(uint8_t out[32], struct slice key, struct slice message)
{
    hmac_digest(&hmac_sha256, out, key, &message, 1);
}

void hkdf_extract(uint8_t prk[32], struct slice salt, struct slice ikm)
{
    /* An empty salt is a key of zeros to HMAC, as RFC 5869 asks. */
    hkdf_hmac(prk, salt, ikm);
}

void hkdf_expand(uint8_t *out, size_t n, const uint8_t prk[32], struct slice info)
{
    uint8_t block[32];
    uint8_t counter = 0;
    size_t have = 0;

    CHECK(n <= 255 * sizeof(block));
    while (n > 0) {
        size_t take = n < sizeof(block) ? n : sizeof(block);
        struct slice parts[3] = {slice_of(block, have), info, slice_of(&counter, 1)};

        counter++;
        hmac_digest(&hmac_sha256, block, slice_of(prk, 32), parts, 3);
        memcpy(out, block, take);
        out += take;
        n -= take;
        have = sizeof(block);
    }
    mem_wipe(block, sizeof(block));
}

void hkdf_noise(uint8_t out1[32], uint8_t out2[32], uint8_t out3[32],
                const uint8_t chaining_key[32], struct slice ikm)
{
    uint8_t prk[32];
    uint8_t okm[96];
    size_t n = out3 == NULL ? 64 : 96;

    /* Noise spec 4.3 is RFC 5869 with the chaining key as salt and no info. */
    hkdf_extract(prk, slice_of(chaining_key, 32), ikm);
    hkdf_expand(okm, n, prk, slice_of(NULL, 0));
    memcpy(out1, okm, 32);
    memcpy(out2, okm + 32, 32);
    if (out3 != NULL) memcpy(out3, okm + 64, 32);
    mem_wipe(prk, sizeof(prk));
    mem_wipe(okm, sizeof(okm));
}
