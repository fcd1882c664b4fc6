#include "proto/crypto/hkdf.h"

#include <string.h>

#include "proto/base/check.h"

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

void hkdf_noise(const struct hmac_hash *hash, uint8_t *out1, uint8_t *out2, uint8_t *out3,
                const uint8_t *chaining_key, struct slice ikm)
{
    static const uint8_t COUNTERS[3] = {1, 2, 3};
    uint8_t prk[HMAC_BYTES_MAX];
    uint8_t *outs[3] = {out1, out2, out3};

    hmac_digest(hash, prk, slice_of(chaining_key, hash->bytes), &ikm, 1);
    for (size_t i = 0; i < 3 && outs[i] != NULL; i++) {
        struct slice before = i == 0 ? slice_of(NULL, 0) : slice_of(outs[i - 1], hash->bytes);

        hmac_digest(hash, outs[i], slice_of(prk, hash->bytes),
                    (struct slice[]){before, slice_of(&COUNTERS[i], 1)}, 2);
    }
    mem_wipe(prk, sizeof(prk));
}
