/*
 * phrase.h: the twelve words of a school, and the keys that grow from them; and the four words
 * that two people compare by telephone.
 *
 * 16 random bytes and 4 checksum bits (the first of BLAKE2b-256("kith/1 phrase\0" || bytes))
 * are twelve numbers of 11 bits, each a word of words.h: 2,048 plain English words, no two with
 * the same first four letters. Keys: Argon2id (ops 3, 256 MiB, salt BLAKE2b-128("kith/1 phrase
 * salt\0")) of the 16 bytes gives a master; crypto_kdf (context "kith/1 r") of it gives the
 * root seed (subkey 1) and the recovery secret (subkey 2).
 */
#ifndef CRYPTO_PHRASE_H
#define CRYPTO_PHRASE_H

#include "proto/base/err.h"
#include "proto/crypto/key.h"

enum { PHRASE_ENTROPY_BYTES = 16, PHRASE_TEXT_BYTES = 12 * 9 + 1 };

/* Lower case, single spaces. */
void phrase_encode(char out[PHRASE_TEXT_BYTES], const uint8_t entropy[PHRASE_ENTROPY_BYTES]);
/*
 * Forgives case, extra space and punctuation, and words cut to four letters or more. PHRASE
 * when it is not twelve known words or the checksum fails; then *bad_word is the index of the
 * first unknown word, or -1 when the words are known and the checksum is wrong or the count is.
 */
MUST_USE enum err phrase_decode(uint8_t entropy[PHRASE_ENTROPY_BYTES], int *bad_word,
                                const char *text);

/* What a school's phrase gives. Wipe it with KEY_WIPE. */
struct school_keys {
    struct root_pk root_pk;
    struct root_sk root_sk;
    struct recovery_pk recovery_pk;
    struct recovery_sk recovery_sk;
};

/* Takes about a second and 256 MiB: never on the loop. SYSTEM when memory is refused. */
MUST_USE enum err phrase_keys(struct school_keys *out,
                              const uint8_t entropy[PHRASE_ENTROPY_BYTES]);

/* School id of a first root key (DESIGN 2). */
void phrase_school_id(struct school_id *out, const struct root_pk *first_root);

/* Four words of a handshake hash: 44 bits of BLAKE2b("kith/1 words\0" || hash). */
enum { PHRASE_FOUR_BYTES = 4 * 9 };
void phrase_four_words(char out[PHRASE_FOUR_BYTES], const uint8_t handshake_hash[32]);

#endif
