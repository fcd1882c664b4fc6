/*
 * noise.h: the Noise Protocol Framework (revision 34) for 25519 and ChaChaPoly, over a table of
 * patterns and of hash functions. A machine that is fed bytes; randomness (the ephemeral key)
 * comes in with the options.
 *
 * Use: noise_init, then noise_write and noise_read in turn until noise_is_done, then
 * noise_split. After an error the state is worth nothing but a noise_fini.
 */
#ifndef CHANNEL_NOISE_H
#define CHANNEL_NOISE_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/base/err.h"
#include "proto/base/mem.h"
#include "proto/crypto/hmac.h"

enum {
    NOISE_KEY_BYTES = 32,
    NOISE_TAG_BYTES = 16,
    NOISE_MESSAGE_BYTES_MAX = 65535,
    NOISE_MESSAGES_MAX = 3,
    NOISE_TOKENS_MAX = 6
};

enum noise_token {
    NOISE_END,
    NOISE_E,
    NOISE_S,
    NOISE_EE,
    NOISE_ES,
    NOISE_SE,
    NOISE_SS,
    NOISE_PSK
};

/* A row of Noise spec 7: what is known before, and the tokens of each message, sent in turn. */
struct noise_pattern {
    const char *name;
    bool initiator_known; /* pre-message -> s */
    bool responder_known; /* pre-message <- s */
    bool has_psk;
    uint8_t messages[NOISE_MESSAGES_MAX]
                    [NOISE_TOKENS_MAX]; /* enum noise_token, then NOISE_END */
};

/* The pattern of that name ("XK", "XKpsk3"), or NULL. */
const struct noise_pattern *noise_pattern_get(const char *name);

/* CipherState. n is the next nonce. */
struct noise_cipher {
    uint8_t k[NOISE_KEY_BYTES];
    uint64_t n;
    bool has_key;
};

/* out gets plain.n + 16 bytes (plain.n without a key); it may be plain's own memory. */
void noise_cipher_seal(struct noise_cipher *cipher, uint8_t *out, struct slice ad,
                       struct slice plain);
/* out gets sealed.n - 16 bytes. DECRYPT when it does not open; the nonce then stays. */
MUST_USE enum err noise_cipher_open(struct noise_cipher *cipher, uint8_t *out, struct slice ad,
                                    struct slice sealed);
/* REKEY of spec 4.2. The nonce counts on. */
void noise_cipher_rekey(struct noise_cipher *cipher);

/* SymmetricState. */
struct noise_symmetric {
    const struct hmac_hash *hash;
    struct noise_cipher cipher;
    uint8_t ck[HMAC_BYTES_MAX];
    uint8_t h[HMAC_BYTES_MAX];
};

struct noise_pair {
    uint8_t sk[NOISE_KEY_BYTES];
    uint8_t pk[NOISE_KEY_BYTES];
};

/* HandshakeState. */
struct noise_handshake {
    const struct noise_pattern *pattern;
    bool is_initiator;
    size_t next; /* message number, from 0; the initiator sends the even ones */
    bool has_psk;
    struct noise_symmetric symmetric;
    struct noise_pair s, e;
    uint8_t rs[NOISE_KEY_BYTES]; /* the other side's static key, once known */
    uint8_t re[NOISE_KEY_BYTES];
    uint8_t psk[NOISE_KEY_BYTES];
};

/* Keys are 32 bytes each and copied; NULL where the pattern needs none. */
struct noise_options {
    const struct noise_pattern *pattern;
    const struct hmac_hash *hash;
    bool is_initiator;
    struct slice prologue;
    const uint8_t *s;   /* own static secret */
    const uint8_t *e;   /* own ephemeral secret: 32 fresh random bytes, never used twice */
    const uint8_t *rs;  /* the other side's static key, where the pattern has it beforehand */
    const uint8_t *psk; /* may also come later, by noise_set_psk */
};

void noise_init(struct noise_handshake *handshake, const struct noise_options *options);
/* Wipes. */
void noise_fini(struct noise_handshake *handshake);
/* Before the message that has the psk token. */
void noise_set_psk(struct noise_handshake *handshake, const uint8_t psk[NOISE_KEY_BYTES]);

/* True when the next message is this side's to write. */
bool noise_is_my_turn(const struct noise_handshake *handshake);
bool noise_is_done(const struct noise_handshake *handshake);

/*
 * Appends the next message with that payload. HANDSHAKE when a key of the other side is a
 * small-order point; TOO_BIG past NOISE_MESSAGE_BYTES_MAX. Out of turn is a programmer error.
 */
MUST_USE enum err noise_write(struct noise_handshake *handshake, struct slice payload,
                              struct buf *out);
/* Reads the other side's next message, appends its payload. HANDSHAKE when it does not hold. */
MUST_USE enum err noise_read(struct noise_handshake *handshake, struct slice message,
                             struct buf *payload);

/* When done: the ciphers of the two directions. One-way patterns use only the initiator's send.
 */
void noise_split(const struct noise_handshake *handshake, struct noise_cipher *send,
                 struct noise_cipher *receive);

#endif
