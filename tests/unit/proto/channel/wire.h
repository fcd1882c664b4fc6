/*
 * wire.h: two ends of a channel in one test, and an end played by hand.
 */
#ifndef TESTS_CHANNEL_WIRE_H
#define TESTS_CHANNEL_WIRE_H

#include "proto/channel/channel.h"
#include "proto/channel/noise.h"
#include "proto/crypto/dh.h"
#include "tests/support/tests.h"
#include <stdlib.h>

#define WIRE_UNUSED __attribute__((unused))

/* Two ends of one connection and what is on the wire between them. */
struct wire {
    struct rng rng;
    struct env env;
    struct network_id network;
    struct transport_sk sk_a, sk_b;
    struct transport_pk pk_a, pk_b;
    struct channel_invite invite;
    struct channel *a, *b; /* initiator, responder */
    struct buf to_a, to_b;
};

static const struct slice INTRODUCTION = {(const uint8_t *)"my device key", 13};

WIRE_UNUSED static void wire_init(struct wire *wire)
{
    *wire = (struct wire){.rng = {.state = 7}};
    wire->env = tests_env(&wire->rng);
    memset(wire->network.b, 0x4e, sizeof(wire->network.b));
    env_random(&wire->env, &wire->sk_a, sizeof(wire->sk_a));
    env_random(&wire->env, &wire->sk_b, sizeof(wire->sk_b));
    env_random(&wire->env, &wire->invite, sizeof(wire->invite));
    dh_public(wire->pk_a.b, wire->sk_a.b);
    dh_public(wire->pk_b.b, wire->sk_b.b);
}

WIRE_UNUSED static void wire_fini(struct wire *wire)
{
    channel_free(wire->a);
    channel_free(wire->b);
    buf_fini(&wire->to_a);
    buf_fini(&wire->to_b);
}

/* Both ends are new, message 1 is on the wire. */
WIRE_UNUSED static void wire_dial(struct wire *wire, bool is_join)
{
    assert_ok(channel_new_initiator(&wire->a, &wire->env, &wire->network, &wire->sk_a,
                                    &wire->pk_b, is_join ? &wire->invite : NULL, INTRODUCTION,
                                    1000, &wire->to_b));
    wire->b = channel_new_responder(&wire->env, &wire->network, &wire->sk_b, 1000);
}

/* Hands all of `from` over and expects one event, with nothing left behind it. */
WIRE_UNUSED static struct channel_event expect(struct channel *channel, struct buf *from,
                                               struct buf *out, enum channel_event_kind kind)
{
    struct slice bytes = buf_slice(from);
    struct channel_event event;

    assert_ok(channel_receive(channel, 2000, &bytes, &event, out));
    assert_int_equal(event.kind, kind);
    assert_int_equal(bytes.n, 0);
    from->len = 0;
    return event;
}

WIRE_UNUSED static void wire_open(struct wire *wire, bool is_join)
{
    struct channel_event event;

    wire_dial(wire, is_join);
    if (is_join) {
        event = expect(wire->b, &wire->to_b, &wire->to_a, CHANNEL_NEED_PSK);
        assert_true(invite_id_eq(&event.invite, &wire->invite.id));
        assert_ok(channel_answer_psk(wire->b, &wire->invite.psk, &wire->to_a));
    } else {
        expect(wire->b, &wire->to_b, &wire->to_a, CHANNEL_NOTHING);
    }
    event = expect(wire->a, &wire->to_a, &wire->to_b, CHANNEL_OPENED);
    assert_int_equal(event.is_join, is_join);
    event = expect(wire->b, &wire->to_b, &wire->to_a, CHANNEL_OPENED);
    assert_int_equal(event.is_join, is_join);
    assert_true(transport_pk_eq(&event.remote, &wire->pk_a));
    assert_true(slice_eq(event.bytes, INTRODUCTION));
    assert_int_equal(wire->to_a.len, 0);
}

/* A frame under the sender's next nonce, with any plaintext: what a member gone wrong may send.
 */
WIRE_UNUSED static void put_frame(struct buf *out, struct noise_cipher *cipher,
                                  struct slice plain)
{
    uint8_t *p;

    buf_put_u16(out, (uint16_t)(plain.n + NOISE_TAG_BYTES));
    p = buf_extend(out, plain.n + NOISE_TAG_BYTES);
    noise_cipher_seal(cipher, p, slice_of(NULL, 0), plain);
}

/* Opens B against a hand-made initiator and gives the cipher towards B. */
WIRE_UNUSED static struct noise_cipher open_by_hand(struct wire *wire)
{
    uint8_t ephemeral[32] = {8};
    uint8_t prologue[7 + 32] = "kith/1";
    struct noise_options options = {
        .pattern = noise_pattern_get("XK"),
        .hash = &hmac_sha256,
        .is_initiator = true,
        .prologue = slice_of(prologue, sizeof(prologue)),
        .s = wire->sk_a.b,
        .e = ephemeral,
        .rs = wire->pk_b.b,
    };
    const struct slice none = slice_of(NULL, 0);
    struct noise_handshake handshake;
    struct noise_cipher send;
    struct noise_cipher receive;
    struct buf message = {0};
    struct buf payload = {0};

    memcpy(prologue + 7, wire->network.b, 32);
    wire->b = channel_new_responder(&wire->env, &wire->network, &wire->sk_b, 1000);
    noise_init(&handshake, &options);
    assert_ok(noise_write(&handshake, none, &message));
    assert_int_equal(message.len, 48);
    buf_put_u16(&wire->to_b, (uint16_t)message.len);
    buf_put(&wire->to_b, message.data, message.len);
    expect(wire->b, &wire->to_b, &wire->to_a, CHANNEL_NOTHING);
    assert_int_equal(wire->to_a.len, 2 + 48);
    assert_ok(noise_read(&handshake, slice_of(wire->to_a.data + 2, 48), &payload));
    message.len = 0;
    assert_ok(noise_write(&handshake, none, &message));
    buf_put_u16(&wire->to_b, (uint16_t)message.len);
    buf_put(&wire->to_b, message.data, message.len);
    expect(wire->b, &wire->to_b, &wire->to_a, CHANNEL_OPENED);
    noise_split(&handshake, &send, &receive);
    buf_fini(&message);
    buf_fini(&payload);
    return send;
}

WIRE_UNUSED static void expect_error(struct channel *channel, struct slice bytes, enum err want)
{
    struct channel_event event = {.kind = CHANNEL_NEED_PSK};
    struct buf out = {0};
    struct slice none = {0};

    assert_err(want, channel_receive(channel, 2000, &bytes, &event, &out));
    assert_int_equal(event.kind, CHANNEL_NEED_PSK);
    assert_int_equal(out.len, 0);
    /* The first error is final, and a failed channel says nothing more. */
    assert_err(want, channel_receive(channel, 2000, &none, &event, &out));
    channel_seal(channel, 2000, slice_of("x", 1), &out);
    assert_int_equal(out.len, 0);
    assert_false(channel_is_open(channel));
    buf_fini(&out);
}

#endif
