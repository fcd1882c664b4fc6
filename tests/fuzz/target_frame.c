/*
 * Transport frames: two ends of an open channel, and a wire between them that cuts, spoils and
 * invents. Whatever it does, what comes out at the far end is a beginning of what went in.
 */
#include "proto/channel/channel.h"
#include "proto/channel/noise.h"
#include "proto/crypto/dh.h"
#include "tests/fuzz/fuzz.h"

enum op { OP_SEND, OP_DELIVER, OP_SPOIL, OP_INVENT, OP_CLOCK, OP_DROP, OP_FORGE, OP_LONG, OPS };
enum { MESSAGES_MAX = 32, LONG_BYTES = LIMIT_MESSAGE_BYTES - 255 };

struct ends {
    struct env env;
    struct channel *a, *b;
    struct noise_cipher forge; /* a's send cipher once more: what a member gone wrong may use */
    bool by_hand;
    struct buf wire, back;
    struct buf sent[MESSAGES_MAX];
    size_t n_sent, n_got;
    uint64_t now_ms;
};

static void hand_over(struct channel *channel, struct buf *from, struct buf *out)
{
    struct slice bytes = buf_slice(from);
    struct channel_event event;
    FUZZ_CHECK(channel_receive(channel, 0, &bytes, &event, out) == ERR_OK);
    buf_consume(from, from->len);
}

/* The initiator's part by hand, so that its cipher is known and any plaintext can be sealed. */
static void open_by_hand(struct ends *ends, const struct network_id *network,
                         const struct transport_sk *sk, const struct transport_pk *remote)
{
    uint8_t prologue[7 + 32] = "kith/1", ephemeral[32] = {8};
    memcpy(prologue + 7, network->b, 32);
    struct noise_options options = {.pattern = noise_pattern_get("XK"),
                                    .hash = &hmac_sha256,
                                    .is_initiator = true,
                                    .prologue = slice_of(prologue, sizeof(prologue)),
                                    .s = sk->b,
                                    .e = ephemeral,
                                    .rs = remote->b};
    struct noise_handshake handshake;
    struct noise_cipher receive;
    struct buf message = {0}, payload = {0};
    noise_init(&handshake, &options);
    for (int i = 0; i < 2; i++) {
        message.len = 0;
        FUZZ_CHECK(noise_write(&handshake, (struct slice){0}, &message) == ERR_OK);
        buf_put_u16(&ends->wire, (uint16_t)message.len);
        buf_put(&ends->wire, message.data, message.len);
        hand_over(ends->b, &ends->wire, &ends->back);
        if (i == 0) {
            struct slice answer = slice_of(ends->back.data + 2, ends->back.len - 2);
            FUZZ_CHECK(noise_read(&handshake, answer, &payload) == ERR_OK);
            buf_consume(&ends->back, ends->back.len);
        }
    }
    noise_split(&handshake, &ends->forge, &receive);
    noise_fini(&handshake);
    buf_fini(&message);
    buf_fini(&payload);
}

static void ends_open(struct ends *ends, bool by_hand)
{
    struct network_id network;
    struct transport_sk sk_a, sk_b;
    struct transport_pk pk_b;
    ends->env = fuzz_env();
    fuzz_count(network.b, sizeof(network.b), 1);
    fuzz_count(sk_a.b, sizeof(sk_a.b), 2);
    fuzz_count(sk_b.b, sizeof(sk_b.b), 3);
    dh_public(pk_b.b, sk_b.b);
    ends->b = channel_new_responder(&ends->env, &network, &sk_b, 0);
    ends->by_hand = by_hand;
    if (by_hand) {
        open_by_hand(ends, &network, &sk_a, &pk_b);
    } else {
        FUZZ_CHECK(channel_new_initiator(&ends->a, &ends->env, &network, &sk_a, &pk_b, NULL,
                                         (struct slice){0}, 0, &ends->wire) == ERR_OK);
        hand_over(ends->b, &ends->wire, &ends->back);
        hand_over(ends->a, &ends->back, &ends->wire);
        hand_over(ends->b, &ends->wire, &ends->back);
        FUZZ_CHECK(channel_is_open(ends->a));
        FUZZ_CHECK(
            memcmp(channel_handshake_hash(ends->a), channel_handshake_hash(ends->b), 32) == 0);
        FUZZ_CHECK(transport_pk_eq(channel_remote(ends->a), &pk_b));
    }
    FUZZ_CHECK(channel_is_open(ends->b) && channel_deadline_ms(ends->b) == UINT64_MAX);
}

static void send(struct ends *ends, struct slice message)
{
    if (ends->a == NULL || message.n == 0 || ends->n_sent == MESSAGES_MAX) return;
    buf_put(&ends->sent[ends->n_sent++], message.p, message.n);
    channel_seal(ends->a, ends->now_ms, message, &ends->wire);
}

/* Under the next nonce, and any plaintext. Kith's own end would not send these. */
static void forge(struct ends *ends, struct slice plain)
{
    if (!ends->by_hand || plain.n > LIMIT_FRAME_BYTES - NOISE_TAG_BYTES) return;
    buf_put_u16(&ends->wire, (uint16_t)(plain.n + NOISE_TAG_BYTES));
    noise_cipher_seal(&ends->forge, buf_extend(&ends->wire, plain.n + NOISE_TAG_BYTES),
                      (struct slice){0}, plain);
    /* A whole message, as the far end will see it; what it makes of the rest is its own. */
    if (plain.n > 1 && plain.p[plain.n - 1] == 2) noise_cipher_rekey(&ends->forge);
}

/* False once the channel has failed: then it gives that error for ever. */
static bool deliver(struct ends *ends, size_t n)
{
    struct slice bytes = slice_of(ends->wire.data, n < ends->wire.len ? n : ends->wire.len);
    size_t whole = bytes.n;
    while (bytes.n > 0) {
        struct channel_event event;
        enum err err = channel_receive(ends->b, ends->now_ms, &bytes, &event, &ends->back);
        if (err != ERR_OK) {
            struct slice none = {0};
            FUZZ_CHECK(err_blame(err) == BLAME_PEER && !channel_is_open(ends->b));
            FUZZ_CHECK(channel_receive(ends->b, ends->now_ms, &none, &event, &ends->back) ==
                       err);
            channel_seal(ends->b, 0, slice_of("x", 1), &ends->back); /* says nothing */
            return false;
        }
        if (event.kind == CHANNEL_NOTHING) break;
        FUZZ_CHECK(event.kind == CHANNEL_MESSAGE && event.bytes.n > 0 &&
                   event.bytes.n <= LIMIT_MESSAGE_BYTES);
        if (ends->by_hand) continue;
        FUZZ_CHECK(ends->n_got < ends->n_sent);
        FUZZ_CHECK(slice_eq(event.bytes, buf_slice(&ends->sent[ends->n_got])));
        ends->n_got++;
    }
    FUZZ_CHECK(bytes.n == 0 && ends->back.len == 0);
    buf_consume(&ends->wire, whole);
    return true;
}

static bool step(struct ends *ends, struct fuzz_in *in, bool *honest)
{
    struct slice part;
    switch ((enum op)fuzz_below(in, OPS)) {
    case OP_SEND:
        part = fuzz_take(in, fuzz_u8(in));
        send(ends, part);
        return true;
    case OP_LONG: {
        uint8_t *bytes = mem_zalloc(LIMIT_MESSAGE_BYTES);
        fuzz_count(bytes, LIMIT_MESSAGE_BYTES, fuzz_u8(in));
        send(ends, slice_of(bytes, LONG_BYTES + fuzz_u8(in)));
        if (ends->by_hand) {
            bytes[60000] = fuzz_u8(in) % 4;
            forge(ends, slice_of(bytes, 60001));
        }
        free(bytes);
        return true;
    }
    case OP_DELIVER:
        return deliver(ends, fuzz_u16(in));
    case OP_SPOIL: {
        uint16_t at = fuzz_u16(in);
        uint8_t mask = fuzz_u8(in);
        if (ends->wire.len == 0 || mask == 0) return true;
        ends->wire.data[at % ends->wire.len] ^= mask;
        *honest = false;
        return true;
    }
    case OP_INVENT:
        part = fuzz_take(in, fuzz_u8(in));
        buf_put(&ends->wire, part.p, part.n);
        if (part.n > 0) *honest = false;
        return true;
    case OP_CLOCK:
        ends->now_ms += (uint64_t)fuzz_u8(in) * 60000;
        return true;
    case OP_DROP: {
        size_t n = fuzz_u8(in);
        if (n > ends->wire.len) n = ends->wire.len;
        buf_consume(&ends->wire, n);
        if (n > 0) *honest = false;
        return true;
    }
    case OP_FORGE:
        part = fuzz_take(in, fuzz_u8(in));
        forge(ends, part);
        return true;
    case OPS:
        break;
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct fuzz_in in = fuzz_in_of(data, n);
    struct ends ends = {0};
    bool honest = true, alive = true;
    ends_open(&ends, fuzz_u8(&in) % 2 == 1);
    for (int i = 0; i < 64 && alive && fuzz_more(&in); i++)
        alive = step(&ends, &in, &honest);
    /* An honest wire delivers everything. */
    if (honest && !ends.by_hand) {
        FUZZ_CHECK(alive && deliver(&ends, ends.wire.len) && ends.n_got == ends.n_sent);
    }
    for (size_t i = 0; i < ends.n_sent; i++)
        buf_fini(&ends.sent[i]);
    channel_free(ends.a);
    channel_free(ends.b);
    buf_fini(&ends.wire);
    buf_fini(&ends.back);
    return 0;
}

void fuzz_seeds(fuzz_put_fn put, void *ctx)
{
    static const uint8_t plain[] = {0,   OP_SEND, 5,          'h',        'e', 'l',
                                    'l', 'o',     OP_DELIVER, 0,          9,   OP_SEND,
                                    2,   'h',     'i',        OP_DELIVER, 0,   200};
    static const uint8_t rekey[] = {0,       OP_SEND, 1,          'a',      OP_CLOCK, 60,
                                    OP_SEND, 1,       'b',        OP_CLOCK, 61,       OP_SEND,
                                    1,       'c',     OP_DELIVER, 1,        0};
    static const uint8_t lengthy[] = {0,          OP_LONG, 1,   255,     OP_DELIVER, 255, 255,
                                      OP_DELIVER, 255,     255, OP_SEND, 1,          'x'};
    static const uint8_t spoilt[] = {0, OP_SEND, 3, 'a',        'b', 'c', OP_SPOIL,
                                     0, 4,       1, OP_DELIVER, 0,   99};
    static const uint8_t dropped[] = {0,       OP_SEND, 1,   'a',        OP_DROP, 20,
                                      OP_SEND, 1,       'b', OP_DELIVER, 1,       0};
    static const uint8_t invented[] = {0, OP_INVENT, 3, 0, 1, 7, OP_DELIVER, 0, 9};
    put(ctx, slice_of(plain, sizeof(plain)));
    put(ctx, slice_of(rekey, sizeof(rekey)));
    put(ctx, slice_of(lengthy, sizeof(lengthy)));
    put(ctx, slice_of(spoilt, sizeof(spoilt)));
    put(ctx, slice_of(dropped, sizeof(dropped)));
    put(ctx, slice_of(invented, sizeof(invented)));
    for (uint8_t kind = 0; kind < 5; kind++) {
        for (uint8_t bytes = 1; bytes < 4; bytes++) {
            uint8_t forged[] = {1,          OP_FORGE, bytes, kind,       kind, kind, OP_FORGE,
                                2,          'x',      1,     OP_DELIVER, 1,    0,    OP_LONG,
                                0,          0,        kind,  OP_LONG,    0,    0,    0,
                                OP_DELIVER, 255,      255,   OP_DELIVER, 255,  255};
            put(ctx, slice_of(forged, sizeof(forged)));
        }
    }
}
