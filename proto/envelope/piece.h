/*
 * piece.h: a file in pieces (PROTOCOL 9a). A file is cut into pieces of PIECE_PLAIN_BYTES, each
 * sealed under the file's own random key, which stands in the record that the file belongs to,
 * and addressed by the hash of its ciphertext. So anybody may pass a piece on and check it; who
 * may read the record can open it, and nobody who cannot read it knows which pieces there are.
 */
#ifndef ENVELOPE_PIECE_H
#define ENVELOPE_PIECE_H

#include "proto/base/err.h"
#include "proto/base/id.h"
#include "proto/base/mem.h"

enum {
    PIECE_BYTES_MAX = 65536, /* ciphertext: one message of a session holds it */
    PIECE_PLAIN_BYTES = PIECE_BYTES_MAX - 16, /* all but the last are so long */
    PIECE_KEY_BYTES = 32,
};
/* A file: what a school's old PC and its line carry; 257 pieces, whose ids fit one revision. */
#define PIECE_FILE_BYTES_MAX ((uint64_t)16 * 1024 * 1024)

/* Its address: BLAKE2b-256("kith/1 piece\0" || ciphertext). */
void piece_name(struct piece_id *out, struct slice cipher);

/*
 * Appends the ciphertext of the index-th piece: XChaCha20-Poly1305, nonce 16 zero bytes and the
 * index as 64 bits, ad "kith/1 piece\0". plain: 1 to PIECE_PLAIN_BYTES. A key seals one file only.
 */
void piece_seal(struct buf *out, struct slice plain, uint64_t index,
                const uint8_t key[PIECE_KEY_BYTES]);
/* Appends the plaintext. DECRYPT when it is no piece of this file at that place. */
MUST_USE enum err piece_open(struct buf *out, struct slice cipher, uint64_t index,
                             const uint8_t key[PIECE_KEY_BYTES]);

/* BLAKE2b-256("kith/1 file\0" || all of it): what opening all pieces must come to. */
void piece_file_hash(uint8_t out[32], struct slice file);
/* How many pieces a file of that size has; 0 for none. */
size_t piece_count(uint64_t size);

#endif
