#include "proto/envelope/piece.h"

#include <string.h>

#include "proto/base/check.h"
#include "proto/base/cursor.h"
#include "proto/crypto/aead.h"
#include "proto/crypto/hash.h"

static const char label[] = "kith/1 piece"; /* its NUL is part of it */

static void nonce_of(uint8_t out[AEAD_X_NONCE_BYTES], uint64_t index)
{
    memset(out, 0, AEAD_X_NONCE_BYTES);
    put_be64(out + AEAD_X_NONCE_BYTES - 8, index);
}

void piece_name(struct piece_id *out, struct slice cipher)
{
    hash_bytes(out->b, sizeof(out->b), slice_of(NULL, 0), label, cipher, slice_of(NULL, 0));
}

void piece_seal(struct buf *out, struct slice plain, uint64_t index,
                const uint8_t key[PIECE_KEY_BYTES])
{
    uint8_t nonce[AEAD_X_NONCE_BYTES];

    CHECK(plain.n > 0 && plain.n <= PIECE_PLAIN_BYTES);
    nonce_of(nonce, index);
    aead_x_seal(buf_extend(out, plain.n + AEAD_TAG_BYTES), plain,
                slice_of(label, sizeof(label)), nonce, key);
}

enum err piece_open(struct buf *out, struct slice cipher, uint64_t index,
                    const uint8_t key[PIECE_KEY_BYTES])
{
    uint8_t nonce[AEAD_X_NONCE_BYTES];

    if (cipher.n <= AEAD_TAG_BYTES || cipher.n > PIECE_BYTES_MAX) return ERR_DECRYPT;
    nonce_of(nonce, index);
    uint8_t *to = buf_extend(out, cipher.n - AEAD_TAG_BYTES);
    enum err err = aead_x_open(to, cipher, slice_of(label, sizeof(label)), nonce, key);
    if (err != ERR_OK) out->len -= cipher.n - AEAD_TAG_BYTES;
    return err;
}

void piece_file_hash(uint8_t out[32], struct slice file)
{
    hash_bytes(out, 32, slice_of(NULL, 0), "kith/1 file", file, slice_of(NULL, 0));
}

size_t piece_count(uint64_t size)
{
    return (size_t)((size + PIECE_PLAIN_BYTES - 1) / PIECE_PLAIN_BYTES);
}
