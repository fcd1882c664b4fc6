/*
 * Handshakes: Kith's channel between two ends (of members, or on an invite) and Noise's
 * patterns one by one. The input spoils messages; only an unspoilt conversation opens, on both
 * sides alike, and a spoilt one ends in an error that blames the peer.
 */
#include "proto/channel/channel.h"
#include "proto/channel/noise.h"
#include "proto/crypto/dh.h"
#include "tests/fuzz/fuzz.h"

static const char *const patterns[] = {"NN",     "NK",     "KK",     "NX",     "XK",
                                       "XX",     "IX",     "IK",     "N",      "K",
                                       "X",      "NNpsk0", "NKpsk2", "XKpsk3", "XXpsk3",
                                       "IKpsk1", "IKpsk2", "KKpsk2", "Npsk0",  "Xpsk1"};
enum { PATTERNS = sizeof(patterns) / sizeof(*patterns) };

/* ---- the channel ---- */

struct pair {
    struct env env;
    struct network_id network;
    struct transport_sk sk_a, sk_b;
    struct transport_pk pk_b;
    struct channel_invite invite;
};

static void pair_init(struct pair *pair)
{
    pair->env = fuzz_env();
    fuzz_count(pair->network.b, sizeof(pair->network.b), 1);
    fuzz_count(pair->sk_a.b, sizeof(pair->sk_a.b), 2);
    fuzz_count(pair->sk_b.b, sizeof(pair->sk_b.b), 3);
    fuzz_count(pair->invite.id.b, sizeof(pair->invite.id.b), 4);
    fuzz_count(pair->invite.psk.b, sizeof(pair->invite.psk.b), 5);
    dh_public(pair->pk_b.b, pair->sk_b.b);
}

/* Gives a side what lies on the wire, a few bytes at a time. True while it goes on. */
static bool feed(struct channel *channel, struct buf *wire, struct buf *out, size_t piece,
                 uint64_t now_ms, struct channel_event *event)
{
    struct slice all = buf_slice(wire);
    bool alive = true;
    memset(event, 0, sizeof(*event));
    while (all.n > 0 && alive && event->kind == CHANNEL_NOTHING) {
        struct slice bytes = slice_of(all.p, all.n < piece ? all.n : piece);
        size_t given = bytes.n;
        enum err err = channel_receive(channel, now_ms, &bytes, event, out);
        if (err != ERR_OK) FUZZ_CHECK(err_blame(err) == BLAME_PEER && out->len == 0);
        alive = err == ERR_OK;
        all = slice_of(all.p + (given - bytes.n), all.n - (given - bytes.n));
    }
    buf_consume(wire, wire->len);
    return alive;
}

static bool answer_psk(struct channel *b, struct fuzz_in *in, const struct psk *psk,
                       struct buf *out)
{
    switch (fuzz_below(in, 8)) {
    case 0:
        FUZZ_CHECK(channel_answer_psk(b, NULL, out) == ERR_HANDSHAKE);
        return false;
    case 1: {
        struct psk other = {{7}};
        FUZZ_CHECK(channel_answer_psk(b, &other, out) == ERR_OK);
        return true;
    }
    default:
        FUZZ_CHECK(channel_answer_psk(b, psk, out) == ERR_OK);
        return true;
    }
}

/* What opened speaks, both ways. */
static void check_speaks(struct channel *from, struct channel *to, uint64_t now_ms)
{
    struct buf wire = {0}, none = {0};
    struct channel_event event;
    FUZZ_CHECK(channel_is_open(from) && channel_deadline_ms(from) == UINT64_MAX);
    for (uint64_t hour = 0; hour < 3; hour++) { /* the third is past a rekey */
        uint64_t at_ms = now_ms + hour * LIMIT_REKEY_MS;
        channel_seal(from, at_ms, slice_of("good day", 8), &wire);
        FUZZ_CHECK(feed(to, &wire, &none, 7, at_ms, &event) && event.kind == CHANNEL_MESSAGE);
        FUZZ_CHECK(slice_eq(event.bytes, slice_of("good day", 8)));
    }
    FUZZ_CHECK(memcmp(channel_remote(from)->b, channel_remote(to)->b, 32) != 0);
    buf_fini(&wire);
    buf_fini(&none);
}

static void fuzz_channel(struct fuzz_in *in)
{
    struct pair pair;
    struct channel *a = NULL, *b;
    struct channel_event event;
    struct buf to_a = {0}, to_b = {0};
    pair_init(&pair);
    uint8_t flags = fuzz_u8(in);
    bool is_join = (flags & 1) != 0, raw = (flags & 2) != 0;
    size_t piece = (flags & 4) != 0 ? 1 + (size_t)fuzz_u8(in) : 65536;
    uint64_t now_ms = (flags & 8) != 0 ? LIMIT_HANDSHAKE_MS + fuzz_u8(in) : 5;
    struct slice introduction = fuzz_part(in);
    if (introduction.n > LIMIT_HANDSHAKE_PAYLOAD_BYTES) {
        introduction.n = LIMIT_HANDSHAKE_PAYLOAD_BYTES;
    }
    b = channel_new_responder(&pair.env, &pair.network, &pair.sk_b, 0);
    FUZZ_CHECK(channel_deadline_ms(b) == LIMIT_HANDSHAKE_MS);
    struct transport_pk remote = pair.pk_b;
    if ((flags & 16) != 0) memset(&remote, 0, sizeof(remote)); /* a small-order key */
    if (channel_new_initiator(&a, &pair.env, &pair.network, &pair.sk_a, &remote,
                              is_join ? &pair.invite : NULL, introduction, 0,
                              &to_b) != ERR_OK) {
        FUZZ_CHECK((flags & 16) != 0);
        channel_free(b);
        buf_fini(&to_b);
        return;
    }
    bool spoilt = false;
    if (raw) { /* the whole of one side is the input's */
        struct slice bytes = fuzz_rest(in);
        to_b.len = 0;
        buf_put(&to_b, bytes.p, bytes.n);
        bool alive = feed(b, &to_b, &to_a, piece, now_ms, &event);
        FUZZ_CHECK(event.kind != CHANNEL_OPENED && event.kind != CHANNEL_MESSAGE);
        (void)alive;
    } else {
        /* Three messages, each with its own part of the input to spoil it. */
        bool alive = true, opened_a = false, opened_b = false, right_psk = true;
        for (int i = 0; i < 3 && alive; i++) {
            struct buf *wire = i == 1 ? &to_a : &to_b;
            struct slice part = fuzz_part(in);
            struct fuzz_in spoil = fuzz_in_of(part.p, part.n);
            if (fuzz_spoil(&spoil, wire->data, wire->len)) spoilt = true;
            alive = feed(i == 1 ? a : b, wire, i == 1 ? &to_b : &to_a, piece, now_ms, &event);
            if (event.kind == CHANNEL_NEED_PSK) {
                if (!spoilt) FUZZ_CHECK(invite_id_eq(&event.invite, &pair.invite.id));
                uint8_t which = in->cursor.left > 0 ? *in->cursor.p % 8 : 0;
                right_psk = which > 1;
                alive = answer_psk(b, in, &pair.invite.psk, &to_a);
            }
            if (event.kind == CHANNEL_OPENED && i == 1) opened_a = true;
            if (event.kind == CHANNEL_OPENED && i == 2) {
                opened_b = true;
                FUZZ_CHECK(slice_eq(event.bytes, introduction) && event.is_join == is_join);
            }
        }
        bool late = now_ms > LIMIT_HANDSHAKE_MS;
        bool good = !spoilt && !late && right_psk;
        FUZZ_CHECK(opened_b == good);
        if (opened_b) {
            FUZZ_CHECK(opened_a &&
                       memcmp(channel_handshake_hash(a), channel_handshake_hash(b), 32) == 0);
            check_speaks(a, b, now_ms);
            check_speaks(b, a, now_ms);
        }
    }
    channel_free(a);
    channel_free(b);
    buf_fini(&to_a);
    buf_fini(&to_b);
}

/* ---- Noise, pattern by pattern ---- */

static void side_init(struct noise_handshake *out, const struct noise_pattern *pattern,
                      const struct hmac_hash *hash, bool initiator, uint8_t key[6][32])
{
    struct noise_options options = {
        .pattern = pattern,
        .hash = hash,
        .is_initiator = initiator,
        .prologue = slice_of("fuzz", 4),
        .s = key[initiator ? 0 : 1],
        .e = key[initiator ? 2 : 3],
        .rs = (initiator ? pattern->responder_known : pattern->initiator_known)
                  ? key[initiator ? 5 : 4]
                  : NULL,
        .psk = pattern->has_psk ? key[2] : NULL,
    };
    noise_init(out, &options);
}

static void fuzz_noise(struct fuzz_in *in)
{
    const struct noise_pattern *pattern = noise_pattern_get(patterns[fuzz_below(in, PATTERNS)]);
    const struct hmac_hash *hash = fuzz_u8(in) % 2 == 0 ? &hmac_sha256 : &hmac_blake2b;
    FUZZ_CHECK(pattern != NULL && noise_pattern_get("XKpsk9") == NULL);
    uint8_t key[6][32];
    for (uint8_t i = 0; i < 4; i++)
        fuzz_count(key[i], 32, (uint8_t)(1 + i));
    dh_public(key[4], key[0]);
    dh_public(key[5], key[1]);
    struct noise_handshake side[2];
    side_init(&side[0], pattern, hash, true, key);
    side_init(&side[1], pattern, hash, false, key);
    struct buf message = {0}, payload = {0};
    bool spoilt = false, alive = true;
    for (int i = 0; alive && !noise_is_done(&side[0]); i++) {
        struct noise_handshake *from = &side[i % 2], *to = &side[1 - i % 2];
        struct slice part = fuzz_part(in), sent = fuzz_part(in);
        struct fuzz_in spoil = fuzz_in_of(part.p, part.n);
        message.len = payload.len = 0;
        FUZZ_CHECK(noise_is_my_turn(from) && !noise_is_my_turn(to));
        FUZZ_CHECK(noise_write(from, sent, &message) == ERR_OK);
        if (fuzz_spoil(&spoil, message.data, message.len)) spoilt = true;
        if ((fuzz_u8(in) & 15) == 9) {
            message.len = message.len / 2;
            spoilt = true;
        }
        enum err err = noise_read(to, buf_slice(&message), &payload);
        if (err != ERR_OK) FUZZ_CHECK(err_blame(err) == BLAME_PEER && spoilt);
        alive = err == ERR_OK;
        if (alive && !spoilt) FUZZ_CHECK(slice_eq(buf_slice(&payload), sent));
    }
    if (alive && !spoilt) {
        struct noise_cipher send[2], receive[2];
        FUZZ_CHECK(noise_is_done(&side[1]));
        FUZZ_CHECK(memcmp(side[0].symmetric.h, side[1].symmetric.h, hash->bytes) == 0);
        noise_split(&side[0], &send[0], &receive[0]);
        noise_split(&side[1], &send[1], &receive[1]);
        FUZZ_CHECK(memcmp(send[0].k, receive[1].k, 32) == 0);
        FUZZ_CHECK(memcmp(send[1].k, receive[0].k, 32) == 0);
    }
    noise_fini(&side[0]);
    noise_fini(&side[1]);
    buf_fini(&message);
    buf_fini(&payload);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct fuzz_in in = fuzz_in_of(data, n);
    if (fuzz_u8(&in) % 2 == 0) {
        fuzz_channel(&in);
    } else {
        fuzz_noise(&in);
    }
    return 0;
}

void fuzz_seeds(fuzz_put_fn put, void *ctx)
{
    for (uint8_t flags = 0; flags < 32; flags++) {
        uint8_t seed[24] = {0, flags, 7, 0, 0, 3, 'a', 'b', 'c', 0, 0, 5, 5, 5, 5, 5};
        put(ctx, slice_of(seed, sizeof(seed)));
    }
    for (uint8_t which = 0; which < PATTERNS; which++) {
        uint8_t good[24] = {1, which, which & 1, 0, 0, 0, 1, 'a', 1, 0, 0, 0, 1, 'b', 1};
        uint8_t spoilt[24] = {1, which, which & 1, 0, 0, 0, 1, 'a', 1, 0, 3, 0, which, 1, 0};
        put(ctx, slice_of(good, sizeof(good)));
        put(ctx, slice_of(spoilt, sizeof(spoilt)));
    }
}
