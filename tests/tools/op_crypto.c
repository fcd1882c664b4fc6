/* HPKE and phrases. */
#include <string.h>

#include "proto/crypto/hpke.h"
#include "proto/crypto/phrase.h"
#include "tests/tools/ops.h"

static void seal(struct ask *ask, struct slice info, struct slice aad)
{
    uint8_t public[32], ephemeral[32], enc[HPKE_ENC_BYTES];
    ask_bytes(ask, ask->request, "recipient_public", public, sizeof(public));
    ask_bytes(ask, ask->request, "ephemeral_secret", ephemeral, sizeof(ephemeral));
    struct slice plain = ask_hex(ask, ask->request, "plain", false);
    if (ask->failed) return;
    uint8_t *cipher = arena_alloc(&ask->arena, plain.n + HPKE_TAG_BYTES);
    enum err err = hpke_seal(enc, cipher, public, ephemeral, info, aad, plain);
    ask_result(ask, err);
    if (err != ERR_OK) return;
    ask_put_hex(ask->answer, "enc", enc, sizeof(enc));
    ask_put_hex(ask->answer, "cipher", cipher, plain.n + HPKE_TAG_BYTES);
}

static void open_sealed(struct ask *ask, struct slice info, struct slice aad)
{
    uint8_t secret[32], enc[HPKE_ENC_BYTES];
    ask_bytes(ask, ask->request, "recipient_secret", secret, sizeof(secret));
    ask_bytes(ask, ask->request, "enc", enc, sizeof(enc));
    struct slice cipher = ask_hex(ask, ask->request, "cipher", false);
    if (ask->failed) return;
    uint8_t *plain = arena_alloc(&ask->arena, cipher.n + 1);
    enum err err = hpke_open(plain, enc, secret, info, aad, cipher);
    ask_result(ask, err);
    if (err == ERR_OK) ask_put_hex(ask->answer, "plain", plain, cipher.n - HPKE_TAG_BYTES);
}

/* With "plain" it seals, with "cipher" it opens. */
void op_crypto_hpke(struct ask *ask)
{
    struct slice info = ask_hex(ask, ask->request, "info", true);
    struct slice aad = ask_hex(ask, ask->request, "aad", true);
    if (ask_has(ask->request, "plain") == ask_has(ask->request, "cipher")) {
        ask_fail(ask, NULL, "give \"plain\" to seal or \"cipher\" to open");
    } else if (ask_has(ask->request, "plain")) {
        seal(ask, info, aad);
    } else {
        open_sealed(ask, info, aad);
    }
}

static void put_keys(struct ask *ask, const uint8_t entropy[PHRASE_ENTROPY_BYTES])
{
    struct school_keys keys;
    struct school_id school;
    enum err err = phrase_keys(&keys, entropy);
    ask_result(ask, err);
    if (err != ERR_OK) return;
    phrase_school_id(&school, &keys.root_pk);
    ask_put_hex(ask->answer, "root_pk", keys.root_pk.b, sizeof(keys.root_pk.b));
    ask_put_hex(ask->answer, "recovery_pk", keys.recovery_pk.b, sizeof(keys.recovery_pk.b));
    ask_put_hex(ask->answer, "school_id", school.b, sizeof(school.b));
    KEY_WIPE(&keys);
}

/* Words and entropy, either way; with "keys": true also what grows from them. */
void op_crypto_phrase(struct ask *ask)
{
    if (ask_has(ask->request, "handshake_hash")) {
        uint8_t hash[32];
        char words[PHRASE_FOUR_BYTES];
        ask_bytes(ask, ask->request, "handshake_hash", hash, sizeof(hash));
        if (ask->failed) return;
        phrase_four_words(words, hash);
        ask_result(ask, ERR_OK);
        json_object_set_new(ask->answer, "four_words", json_string(words));
        return;
    }
    uint8_t entropy[PHRASE_ENTROPY_BYTES];
    if (ask_has(ask->request, "words")) {
        int bad_word = -1;
        const char *text = ask_text(ask, ask->request, "words");
        if (ask->failed) return;
        enum err err = phrase_decode(entropy, &bad_word, text);
        ask_result(ask, err);
        if (err != ERR_OK) {
            json_object_set_new(ask->answer, "bad_word", json_integer(bad_word));
            return;
        }
    } else {
        ask_bytes(ask, ask->request, "entropy", entropy, sizeof(entropy));
        if (ask->failed) return;
        ask_result(ask, ERR_OK);
    }
    char words[PHRASE_TEXT_BYTES];
    phrase_encode(words, entropy);
    ask_put_hex(ask->answer, "entropy", entropy, sizeof(entropy));
    json_object_set_new(ask->answer, "words", json_string(words));
    if (json_is_true(json_object_get(ask->request, "keys"))) put_keys(ask, entropy);
}
