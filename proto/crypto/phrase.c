#include "proto/crypto/phrase.h"

#include <string.h>

#include "proto/crypto/hash.h"
#include "proto/crypto/words.h"

enum { PHRASE_WORDS = 12, PHRASE_FOUR = 4 };

/* The checksum: the first four bits of a labelled hash, in the low bits. */
static uint8_t checksum(const uint8_t entropy[PHRASE_ENTROPY_BYTES])
{
    uint8_t digest[32];

    hash_bytes(digest, sizeof(digest), slice_of(NULL, 0), "kith/1 phrase",
               slice_of(entropy, PHRASE_ENTROPY_BYTES), slice_of(NULL, 0));
    return digest[0] >> 4;
}

/* Number i of 11 bits, most significant bit first. Touches three bytes. */
static unsigned bits_get(const uint8_t *bytes, size_t i)
{
    size_t bit = i * WORDS_BITS;
    uint32_t window = ((uint32_t)bytes[bit / 8] << 16) | ((uint32_t)bytes[bit / 8 + 1] << 8) |
                      bytes[bit / 8 + 2];

    return (window >> (24 - WORDS_BITS - bit % 8)) & (WORDS_COUNT - 1);
}

static void bits_set(uint8_t *bytes, size_t i, unsigned number)
{
    size_t bit = i * WORDS_BITS;
    uint32_t window = (uint32_t)number << (24 - WORDS_BITS - bit % 8);

    bytes[bit / 8] |= (uint8_t)(window >> 16);
    bytes[bit / 8 + 1] |= (uint8_t)(window >> 8);
    bytes[bit / 8 + 2] |= (uint8_t)window;
}

/* Words of the first n numbers, single spaces between. */
static void words_write(char *out, const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *word = words[bits_get(bytes, i)];
        size_t len = strlen(word);

        if (i > 0) *out++ = ' ';
        memcpy(out, word, len);
        out += len;
    }
    *out = '\0';
}

void phrase_encode(char out[PHRASE_TEXT_BYTES], const uint8_t entropy[PHRASE_ENTROPY_BYTES])
{
    uint8_t bytes[PHRASE_ENTROPY_BYTES + 2] = {0};

    memcpy(bytes, entropy, PHRASE_ENTROPY_BYTES);
    bytes[PHRASE_ENTROPY_BYTES] = (uint8_t)(checksum(entropy) << 4);
    words_write(out, bytes, PHRASE_WORDS);
    mem_wipe(bytes, sizeof(bytes));
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/*
 * Takes the next run of letters in lower case and returns its length, 0 at the end of the text;
 * of a run that is longer than any word only the length is right.
 */
static size_t token_take(const char **text, char token[WORDS_LETTERS_MAX])
{
    const char *p = *text;
    size_t n = 0;

    while (*p != '\0' && !is_letter(*p))
        p++;
    for (; is_letter(*p); p++, n++) {
        if (n < WORDS_LETTERS_MAX) token[n] = (char)(*p | 0x20);
    }
    *text = p;
    return n;
}

/* The word that begins with these letters, or -1. Four letters are enough to name it. */
static int word_find(const char *token, size_t n)
{
    int low = 0;
    int high = WORDS_COUNT;

    if (n < WORDS_LETTERS_MIN || n > WORDS_LETTERS_MAX) return -1;
    while (low < high) {
        int middle = (low + high) / 2;
        int order = strncmp(words[middle], token, n);

        if (order == 0) return middle;
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return -1;
}

enum err phrase_decode(uint8_t entropy[PHRASE_ENTROPY_BYTES], int *bad_word, const char *text)
{
    uint8_t bytes[PHRASE_ENTROPY_BYTES + 2] = {0};
    char token[WORDS_LETTERS_MAX];
    enum err err = ERR_PHRASE;
    int unknown = -1;
    int count = 0;
    size_t n;

    while ((n = token_take(&text, token)) > 0) {
        int word = word_find(token, n);

        if (word < 0 && unknown < 0) unknown = count;
        if (word >= 0 && count < PHRASE_WORDS) bits_set(bytes, (size_t)count, (unsigned)word);
        if (count <= PHRASE_WORDS) count++;
    }
    if (unknown < 0 && count == PHRASE_WORDS &&
        bytes[PHRASE_ENTROPY_BYTES] >> 4 == checksum(bytes)) {
        memcpy(entropy, bytes, PHRASE_ENTROPY_BYTES);
        err = ERR_OK;
    } else {
        *bad_word = unknown;
    }
    mem_wipe(bytes, sizeof(bytes));
    mem_wipe(token, sizeof(token));
    return err;
}

void phrase_school_id(struct school_id *out, const struct root_pk *first_root)
{
    hash_bytes(out->b, sizeof(out->b), slice_of(NULL, 0), "kith/1 school",
               slice_of(first_root->b, sizeof(first_root->b)), slice_of(NULL, 0));
}

void phrase_four_words(char out[PHRASE_FOUR_BYTES], const uint8_t handshake_hash[32])
{
    uint8_t digest[32];

    hash_bytes(digest, sizeof(digest), slice_of(NULL, 0), "kith/1 words",
               slice_of(handshake_hash, 32), slice_of(NULL, 0));
    words_write(out, digest, PHRASE_FOUR);
}
