#include "proto/channel/noise.h"

#include <string.h>

#include "proto/base/check.h"
#include "proto/base/cursor.h"
#include "proto/crypto/aead.h"
#include "proto/crypto/dh.h"
#include "proto/crypto/hkdf.h"

#define E   NOISE_E
#define S   NOISE_S
#define EE  NOISE_EE
#define ES  NOISE_ES
#define SE  NOISE_SE
#define SS  NOISE_SS
#define PSK NOISE_PSK

/* clang-format off */
static const struct noise_pattern PATTERNS[] = {
    /* name     -> s   <- s   psk */
    {"N",      false, true,  false, {{E, ES}}},
    {"K",      true,  true,  false, {{E, ES, SS}}},
    {"X",      false, true,  false, {{E, ES, S, SS}}},
    {"NN",     false, false, false, {{E}, {E, EE}}},
    {"NK",     false, true,  false, {{E, ES}, {E, EE}}},
    {"NX",     false, false, false, {{E}, {E, EE, S, ES}}},
    {"KK",     true,  true,  false, {{E, ES, SS}, {E, EE, SE}}},
    {"XK",     false, true,  false, {{E, ES}, {E, EE}, {S, SE}}},
    {"XX",     false, false, false, {{E}, {E, EE, S, ES}, {S, SE}}},
    {"IK",     false, true,  false, {{E, ES, S, SS}, {E, EE, SE}}},
    {"IX",     false, false, false, {{E, S}, {E, EE, SE, S, ES}}},
    {"Npsk0",  false, true,  true,  {{PSK, E, ES}}},
    {"Xpsk1",  false, true,  true,  {{E, ES, S, SS, PSK}}},
    {"NNpsk0", false, false, true,  {{PSK, E}, {E, EE}}},
    {"NKpsk2", false, true,  true,  {{E, ES}, {E, EE, PSK}}},
    {"KKpsk2", true,  true,  true,  {{E, ES, SS}, {E, EE, SE, PSK}}},
    {"XKpsk3", false, true,  true,  {{E, ES}, {E, EE}, {S, SE, PSK}}},
    {"XXpsk3", false, false, true,  {{E}, {E, EE, S, ES}, {S, SE, PSK}}},
    {"IKpsk1", false, true,  true,  {{E, ES, S, SS, PSK}, {E, EE, SE}}},
    {"IKpsk2", false, true,  true,  {{E, ES, S, SS}, {E, EE, SE, PSK}}},
};
/* clang-format on */

const struct noise_pattern *noise_pattern_get(const char *name)
{
    for (size_t i = 0; i < sizeof(PATTERNS) / sizeof(PATTERNS[0]); i++) {
        if (strcmp(PATTERNS[i].name, name) == 0) return &PATTERNS[i];
    }
    return NULL;
}

/* CipherState */

static void nonce_write(uint8_t nonce[AEAD_NONCE_BYTES], uint64_t n)
{
    memset(nonce, 0, 4);
    for (int i = 0; i < 8; i++)
        nonce[4 + i] = (uint8_t)(n >> (8 * i));
}

void noise_cipher_seal(struct noise_cipher *cipher, uint8_t *out, struct slice ad,
                       struct slice plain)
{
    uint8_t nonce[AEAD_NONCE_BYTES];

    if (!cipher->has_key) {
        if (plain.n > 0) memmove(out, plain.p, plain.n);
        return;
    }
    CHECK(cipher->n != UINT64_MAX);
    nonce_write(nonce, cipher->n++);
    aead_seal(out, plain, ad, nonce, cipher->k);
}

enum err noise_cipher_open(struct noise_cipher *cipher, uint8_t *out, struct slice ad,
                           struct slice sealed)
{
    uint8_t nonce[AEAD_NONCE_BYTES];
    enum err err;

    if (!cipher->has_key) {
        if (sealed.n > 0) memmove(out, sealed.p, sealed.n);
        return ERR_OK;
    }
    CHECK(cipher->n != UINT64_MAX);
    nonce_write(nonce, cipher->n);
    err = aead_open(out, sealed, ad, nonce, cipher->k);
    if (err == ERR_OK) cipher->n++;
    return err;
}

void noise_cipher_rekey(struct noise_cipher *cipher)
{
    static const uint8_t ZEROS[NOISE_KEY_BYTES];
    uint8_t sealed[NOISE_KEY_BYTES + NOISE_TAG_BYTES];
    uint8_t nonce[AEAD_NONCE_BYTES];

    nonce_write(nonce, UINT64_MAX);
    aead_seal(sealed, slice_of(ZEROS, sizeof(ZEROS)), slice_of(NULL, 0), nonce, cipher->k);
    memcpy(cipher->k, sealed, NOISE_KEY_BYTES);
    mem_wipe(sealed, sizeof(sealed));
}

static void cipher_set(struct noise_cipher *cipher, const uint8_t *key)
{
    memcpy(cipher->k, key, NOISE_KEY_BYTES);
    cipher->n = 0;
    cipher->has_key = true;
}

/* SymmetricState */

static void mix_hash(struct noise_symmetric *symmetric, struct slice data)
{
    struct slice parts[2] = {slice_of(symmetric->h, symmetric->hash->bytes), data};

    symmetric->hash->digest(symmetric->h, parts, 2);
}

static void mix_key(struct noise_symmetric *symmetric, const uint8_t ikm[NOISE_KEY_BYTES])
{
    uint8_t key[HMAC_BYTES_MAX];

    hkdf_noise(symmetric->hash, symmetric->ck, key, NULL, symmetric->ck,
               slice_of(ikm, NOISE_KEY_BYTES));
    cipher_set(&symmetric->cipher, key);
    mem_wipe(key, sizeof(key));
}

static void mix_key_and_hash(struct noise_symmetric *symmetric,
                             const uint8_t ikm[NOISE_KEY_BYTES])
{
    uint8_t temp[HMAC_BYTES_MAX];
    uint8_t key[HMAC_BYTES_MAX];

    hkdf_noise(symmetric->hash, symmetric->ck, temp, key, symmetric->ck,
               slice_of(ikm, NOISE_KEY_BYTES));
    mix_hash(symmetric, slice_of(temp, symmetric->hash->bytes));
    cipher_set(&symmetric->cipher, key);
    mem_wipe(temp, sizeof(temp));
    mem_wipe(key, sizeof(key));
}

/* InitializeSymmetric: a protocol name that fits the hash is padded, a longer one is hashed. */
static void symmetric_init(struct noise_symmetric *symmetric, const struct hmac_hash *hash,
                           const char *pattern)
{
    const char *parts[4] = {"Noise_", pattern, "_25519_ChaChaPoly_", hash->name};
    struct buf name = {0};
    struct slice whole;

    for (size_t i = 0; i < 4; i++)
        buf_put_str(&name, parts[i]);
    whole = buf_slice(&name);
    memset(symmetric, 0, sizeof(*symmetric));
    symmetric->hash = hash;
    if (whole.n <= hash->bytes) {
        memcpy(symmetric->h, whole.p, whole.n);
    } else {
        hash->digest(symmetric->h, &whole, 1);
    }
    memcpy(symmetric->ck, symmetric->h, hash->bytes);
    buf_fini(&name);
}

static void encrypt_and_hash(struct noise_symmetric *symmetric, struct slice plain,
                             struct buf *out)
{
    size_t n = plain.n + (symmetric->cipher.has_key ? NOISE_TAG_BYTES : 0);
    uint8_t *to = buf_extend(out, n);

    noise_cipher_seal(&symmetric->cipher, to, slice_of(symmetric->h, symmetric->hash->bytes),
                      plain);
    mix_hash(symmetric, slice_of(to, n));
}

static enum err decrypt_and_hash(struct noise_symmetric *symmetric, struct slice sealed,
                                 struct buf *out)
{
    size_t tag = symmetric->cipher.has_key ? NOISE_TAG_BYTES : 0;
    size_t before = out->len;

    if (sealed.n < tag) return ERR_HANDSHAKE;
    if (noise_cipher_open(&symmetric->cipher, buf_extend(out, sealed.n - tag),
                          slice_of(symmetric->h, symmetric->hash->bytes), sealed) != ERR_OK) {
        out->len = before;
        return ERR_HANDSHAKE;
    }
    mix_hash(symmetric, sealed);
    return ERR_OK;
}

/* HandshakeState */

void noise_init(struct noise_handshake *handshake, const struct noise_options *options)
{
    const struct noise_pattern *pattern = options->pattern;
    struct noise_symmetric *symmetric = &handshake->symmetric;
    const uint8_t *initiator_pk;
    const uint8_t *responder_pk;

    memset(handshake, 0, sizeof(*handshake));
    handshake->pattern = pattern;
    handshake->is_initiator = options->is_initiator;
    if (options->s != NULL) {
        memcpy(handshake->s.sk, options->s, NOISE_KEY_BYTES);
        dh_public(handshake->s.pk, options->s);
    }
    if (options->e != NULL) {
        memcpy(handshake->e.sk, options->e, NOISE_KEY_BYTES);
        dh_public(handshake->e.pk, options->e);
    }
    if (options->rs != NULL) memcpy(handshake->rs, options->rs, NOISE_KEY_BYTES);
    if (options->psk != NULL) noise_set_psk(handshake, options->psk);

    symmetric_init(symmetric, options->hash, pattern->name);
    mix_hash(symmetric, options->prologue);
    initiator_pk = options->is_initiator ? handshake->s.pk : handshake->rs;
    responder_pk = options->is_initiator ? handshake->rs : handshake->s.pk;
    if (pattern->initiator_known) mix_hash(symmetric, slice_of(initiator_pk, NOISE_KEY_BYTES));
    if (pattern->responder_known) mix_hash(symmetric, slice_of(responder_pk, NOISE_KEY_BYTES));
}

void noise_fini(struct noise_handshake *handshake)
{
    mem_wipe(handshake, sizeof(*handshake));
}

void noise_set_psk(struct noise_handshake *handshake, const uint8_t psk[NOISE_KEY_BYTES])
{
    memcpy(handshake->psk, psk, NOISE_KEY_BYTES);
    handshake->has_psk = true;
}

bool noise_is_done(const struct noise_handshake *handshake)
{
    return handshake->next == NOISE_MESSAGES_MAX ||
           handshake->pattern->messages[handshake->next][0] == NOISE_END;
}

bool noise_is_my_turn(const struct noise_handshake *handshake)
{
    return !noise_is_done(handshake) && (handshake->next % 2 == 0) == handshake->is_initiator;
}

static enum err mix_dh(struct noise_handshake *handshake, const struct noise_pair *mine,
                       const uint8_t theirs[NOISE_KEY_BYTES])
{
    uint8_t shared[DH_BYTES];
    enum err err = dh_shared(shared, mine->sk, theirs);

    if (err != ERR_OK) return err;
    mix_key(&handshake->symmetric, shared);
    mem_wipe(shared, sizeof(shared));
    return ERR_OK;
}

/* The tokens that both sides do alike. In es and se the first letter is the initiator's key. */
static enum err token_mix(struct noise_handshake *handshake, enum noise_token token)
{
    bool initiator = handshake->is_initiator;
    const struct noise_pair *s = &handshake->s;
    const struct noise_pair *e = &handshake->e;

    switch (token) {
    case NOISE_EE:
        return mix_dh(handshake, e, handshake->re);
    case NOISE_SS:
        return mix_dh(handshake, s, handshake->rs);
    case NOISE_ES:
        return initiator ? mix_dh(handshake, e, handshake->rs)
                         : mix_dh(handshake, s, handshake->re);
    case NOISE_SE:
        return initiator ? mix_dh(handshake, s, handshake->re)
                         : mix_dh(handshake, e, handshake->rs);
    case NOISE_PSK:
        CHECK(handshake->has_psk);
        mix_key_and_hash(&handshake->symmetric, handshake->psk);
        return ERR_OK;
    case NOISE_END:
    case NOISE_E:
    case NOISE_S:
        break;
    }
    CHECK(false);
}

/* After an e: with a psk the key is also mixed, or a psk0 message would repeat its key. */
static void mix_ephemeral(struct noise_handshake *handshake, const uint8_t pk[NOISE_KEY_BYTES])
{
    mix_hash(&handshake->symmetric, slice_of(pk, NOISE_KEY_BYTES));
    if (handshake->pattern->has_psk) mix_key(&handshake->symmetric, pk);
}

enum err noise_write(struct noise_handshake *handshake, struct slice payload, struct buf *out)
{
    const uint8_t *tokens = handshake->pattern->messages[handshake->next];
    size_t before = out->len;
    size_t tag;

    CHECK(noise_is_my_turn(handshake));
    for (size_t i = 0; i < NOISE_TOKENS_MAX && tokens[i] != NOISE_END; i++) {
        if (tokens[i] == NOISE_E) {
            buf_put(out, handshake->e.pk, NOISE_KEY_BYTES);
            mix_ephemeral(handshake, handshake->e.pk);
        } else if (tokens[i] == NOISE_S) {
            encrypt_and_hash(&handshake->symmetric, slice_of(handshake->s.pk, NOISE_KEY_BYTES),
                             out);
        } else if (token_mix(handshake, tokens[i]) != ERR_OK) {
            out->len = before;
            return ERR_HANDSHAKE;
        }
    }
    tag = handshake->symmetric.cipher.has_key ? NOISE_TAG_BYTES : 0;
    if (payload.n > NOISE_MESSAGE_BYTES_MAX - tag - (out->len - before)) {
        out->len = before;
        return ERR_TOO_BIG;
    }
    encrypt_and_hash(&handshake->symmetric, payload, out);
    handshake->next++;
    return ERR_OK;
}

static enum err read_static(struct noise_handshake *handshake, struct cursor *cursor)
{
    size_t tag = handshake->symmetric.cipher.has_key ? NOISE_TAG_BYTES : 0;
    struct slice sealed = cursor_take(cursor, NOISE_KEY_BYTES + tag);
    struct buf key = {0};
    enum err err;

    if (cursor->failed) return ERR_HANDSHAKE;
    err = decrypt_and_hash(&handshake->symmetric, sealed, &key);
    if (err == ERR_OK) memcpy(handshake->rs, key.data, NOISE_KEY_BYTES);
    buf_fini(&key);
    return err;
}

enum err noise_read(struct noise_handshake *handshake, struct slice message,
                    struct buf *payload)
{
    const uint8_t *tokens = handshake->pattern->messages[handshake->next];
    struct cursor cursor = cursor_of(message);
    enum err err;

    CHECK(!noise_is_done(handshake) && !noise_is_my_turn(handshake));
    if (message.n > NOISE_MESSAGE_BYTES_MAX) return ERR_HANDSHAKE;
    for (size_t i = 0; i < NOISE_TOKENS_MAX && tokens[i] != NOISE_END; i++) {
        err = ERR_OK;
        if (tokens[i] == NOISE_E) {
            cursor_copy(&cursor, handshake->re, NOISE_KEY_BYTES);
            mix_ephemeral(handshake, handshake->re);
        } else if (tokens[i] == NOISE_S) {
            err = read_static(handshake, &cursor);
        } else {
            err = token_mix(handshake, tokens[i]);
        }
        if (err != ERR_OK || cursor.failed) return ERR_HANDSHAKE;
    }
    err = decrypt_and_hash(&handshake->symmetric, slice_of(cursor.p, cursor.left), payload);
    if (err == ERR_OK) handshake->next++;
    return err;
}

void noise_split(const struct noise_handshake *handshake, struct noise_cipher *send,
                 struct noise_cipher *receive)
{
    const struct noise_symmetric *symmetric = &handshake->symmetric;
    uint8_t first[HMAC_BYTES_MAX];
    uint8_t second[HMAC_BYTES_MAX];

    CHECK(noise_is_done(handshake));
    hkdf_noise(symmetric->hash, first, second, NULL, symmetric->ck, slice_of(NULL, 0));
    cipher_set(handshake->is_initiator ? send : receive, first);
    cipher_set(handshake->is_initiator ? receive : send, second);
    mem_wipe(first, sizeof(first));
    mem_wipe(second, sizeof(second));
}
