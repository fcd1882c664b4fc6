/* Noise: both sides of a conversation, as the published vectors write it. */
#include <stdio.h>
#include <string.h>

#include "proto/channel/noise.h"
#include "tests/tools/ops.h"

struct side {
    struct noise_handshake handshake;
    struct noise_cipher send, receive;
    uint8_t s[32], e[32], rs[32], psk[32];
};

/* "Noise_XKpsk3_25519_ChaChaPoly_SHA256": the pattern and the hash of it. */
static void read_protocol(struct ask *ask, const char *name,
                          const struct noise_pattern **pattern, const struct hmac_hash **hash)
{
    char pattern_name[16] = "", hash_name[16] = "";
    int end = 0;
    if (sscanf(name, "Noise_%15[A-Za-z0-9]_25519_ChaChaPoly_%15[A-Za-z0-9]%n", pattern_name,
               hash_name, &end) != 2 ||
        name[end] != 0) {
        ask_fail(ask, "protocol_name", "must be Noise_…_25519_ChaChaPoly_…");
        return;
    }
    *pattern = noise_pattern_get(pattern_name);
    *hash = strcmp(hash_name, "SHA256") == 0    ? &hmac_sha256
            : strcmp(hash_name, "BLAKE2b") == 0 ? &hmac_blake2b
                                                : NULL;
    if (*pattern == NULL) ask_fail(ask, "protocol_name", "has a pattern that is not known");
    if (*hash == NULL) ask_fail(ask, "protocol_name", "has a hash that is not known");
}

static const uint8_t *key_at(struct ask *ask, const char *prefix, const char *what,
                             uint8_t out[32])
{
    char name[32];
    snprintf(name, sizeof(name), "%s_%s", prefix, what);
    if (!ask_has(ask->request, name)) return NULL;
    ask_bytes(ask, ask->request, name, out, 32);
    return out;
}

static bool has_token(const struct noise_pattern *pattern, bool initiator, uint8_t token)
{
    for (size_t m = initiator ? 0 : 1; m < NOISE_MESSAGES_MAX; m += 2) {
        for (size_t t = 0; t < NOISE_TOKENS_MAX && pattern->messages[m][t] != NOISE_END; t++) {
            if (pattern->messages[m][t] == token) return true;
        }
    }
    return false;
}

static void side_init(struct ask *ask, struct side *side, bool initiator,
                      const struct noise_pattern *pattern, const struct hmac_hash *hash)
{
    const char *prefix = initiator ? "init" : "resp";
    char name[32];
    struct noise_options options = {
        .pattern = pattern, .hash = hash, .is_initiator = initiator};
    snprintf(name, sizeof(name), "%s_prologue", prefix);
    options.prologue = ask_hex(ask, ask->request, name, true);
    options.s = key_at(ask, prefix, "static", side->s);
    options.e = key_at(ask, prefix, "ephemeral", side->e);
    options.rs = key_at(ask, prefix, "remote_static", side->rs);
    snprintf(name, sizeof(name), "%s_psks", prefix);
    const json_t *psks = ask_list(ask, ask->request, name, true);
    if (psks != NULL && json_array_size(psks) > 0) {
        json_t *holder = json_object();
        json_object_set(holder, name, json_array_get(psks, 0));
        ask_bytes(ask, holder, name, side->psk, 32);
        json_decref(holder);
        options.psk = side->psk;
    }
    /* What a pattern needs and a caller forgot is a programmer error inside noise.c. */
    bool own_known = initiator ? pattern->initiator_known : pattern->responder_known;
    bool other_known = initiator ? pattern->responder_known : pattern->initiator_known;
    if (options.s == NULL && (own_known || has_token(pattern, initiator, NOISE_S))) {
        ask_fail(ask, initiator ? "init_static" : "resp_static", "is missing");
    }
    if (options.e == NULL && has_token(pattern, initiator, NOISE_E)) {
        ask_fail(ask, initiator ? "init_ephemeral" : "resp_ephemeral", "is missing");
    }
    if (options.rs == NULL && other_known) {
        ask_fail(ask, initiator ? "init_remote_static" : "resp_remote_static", "is missing");
    }
    if (options.psk == NULL && pattern->has_psk) ask_fail(ask, name, "is missing");
    if (!ask->failed) noise_init(&side->handshake, &options);
}

static size_t messages_of(const struct noise_pattern *pattern)
{
    size_t n = 0;
    while (n < NOISE_MESSAGES_MAX && pattern->messages[n][0] != NOISE_END)
        n++;
    return n;
}

/* One message from one side to the other; what arrives must be what was sent. */
static enum err pass(struct side *from, struct side *to, bool transport, struct slice payload,
                     struct buf *wire, struct buf *got)
{
    enum err err;
    if (!transport) {
        err = noise_write(&from->handshake, payload, wire);
        return err != ERR_OK ? err : noise_read(&to->handshake, buf_slice(wire), got);
    }
    if (payload.n > NOISE_MESSAGE_BYTES_MAX - NOISE_TAG_BYTES) return ERR_TOO_BIG;
    noise_cipher_seal(&from->send, buf_extend(wire, payload.n + NOISE_TAG_BYTES),
                      (struct slice){0}, payload);
    return noise_cipher_open(&to->receive, buf_extend(got, payload.n), (struct slice){0},
                             buf_slice(wire));
}

static void converse(struct ask *ask, struct side sides[2], const struct noise_pattern *pattern,
                     const struct hmac_hash *hash, const json_t *messages)
{
    size_t handshake = messages_of(pattern);
    json_t *out = json_array();
    enum err err = ERR_OK;
    for (size_t i = 0; i < json_array_size(messages) && err == ERR_OK; i++) {
        struct slice payload = ask_hex(ask, json_array_get(messages, i), "payload", true);
        if (ask->failed) break;
        if (i == handshake) {
            noise_split(&sides[0].handshake, &sides[0].send, &sides[0].receive);
            noise_split(&sides[1].handshake, &sides[1].send, &sides[1].receive);
        }
        /* A one-way pattern has one message, and all that follows has its sender too. */
        size_t from = handshake == 1 ? 0 : i % 2;
        struct buf wire = {0}, got = {0};
        err = pass(&sides[from], &sides[1 - from], i >= handshake, payload, &wire, &got);
        if (err == ERR_OK) {
            json_t *message = json_object();
            ask_put_hex(message, "ciphertext", wire.data, wire.len);
            ask_put_hex(message, "payload", got.data, got.len);
            json_array_append_new(out, message);
        }
        buf_fini(&wire);
        buf_fini(&got);
        if (err == ERR_OK && i + 1 == handshake) {
            ask_put_hex(ask->answer, "handshake_hash", sides[0].handshake.symmetric.h,
                        hash->bytes);
        }
    }
    ask_result(ask, err);
    json_object_set_new(ask->answer, "messages", out);
}

void op_noise(struct ask *ask)
{
    const struct noise_pattern *pattern = NULL;
    const struct hmac_hash *hash = NULL;
    read_protocol(ask, ask_text(ask, ask->request, "protocol_name"), &pattern, &hash);
    const json_t *messages = ask_list(ask, ask->request, "messages", false);
    if (ask->failed) return;
    struct side sides[2] = {0};
    side_init(ask, &sides[0], true, pattern, hash);
    side_init(ask, &sides[1], false, pattern, hash);
    if (!ask->failed) converse(ask, sides, pattern, hash, messages);
    mem_wipe(sides, sizeof(sides));
}
