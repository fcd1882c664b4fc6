#include "proto/channel/channel.h"

#include <stdlib.h>

#include "proto/channel/noise.h"
#include "proto/crypto/dh.h"
#include "tests/support/tests.h"

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

static void wire_init(struct wire *wire)
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

static void wire_fini(struct wire *wire)
{
    channel_free(wire->a);
    channel_free(wire->b);
    buf_fini(&wire->to_a);
    buf_fini(&wire->to_b);
}

/* Both ends are new, message 1 is on the wire. */
static void wire_dial(struct wire *wire, bool is_join)
{
    assert_ok(channel_new_initiator(&wire->a, &wire->env, &wire->network, &wire->sk_a,
                                    &wire->pk_b, is_join ? &wire->invite : NULL, INTRODUCTION,
                                    1000, &wire->to_b));
    wire->b = channel_new_responder(&wire->env, &wire->network, &wire->sk_b, 1000);
}

/* Hands all of `from` over and expects one event, with nothing left behind it. */
static struct channel_event expect(struct channel *channel, struct buf *from, struct buf *out,
                                   enum channel_event_kind kind)
{
    struct slice bytes = buf_slice(from);
    struct channel_event event;

    assert_ok(channel_receive(channel, 2000, &bytes, &event, out));
    assert_int_equal(event.kind, kind);
    assert_int_equal(bytes.n, 0);
    from->len = 0;
    return event;
}

static void wire_open(struct wire *wire, bool is_join)
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
static void put_frame(struct buf *out, struct noise_cipher *cipher, struct slice plain)
{
    uint8_t *p;

    buf_put_u16(out, (uint16_t)(plain.n + NOISE_TAG_BYTES));
    p = buf_extend(out, plain.n + NOISE_TAG_BYTES);
    noise_cipher_seal(cipher, p, slice_of(NULL, 0), plain);
}

/* Opens B against a hand-made initiator and gives the cipher towards B. */
static struct noise_cipher open_by_hand(struct wire *wire)
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

static void expect_error(struct channel *channel, struct slice bytes, enum err want)
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

static void members_and_joiners_meet_and_speak_both_ways(void **state)
{
    (void)state;
    for (int is_join = 0; is_join < 2; is_join++) {
        struct wire wire;
        struct channel_event event;

        wire_init(&wire);
        wire_dial(&wire, is_join);
        assert_int_equal(wire.to_b.len, 2 + (is_join ? 64 : 48));
        assert_int_equal(channel_deadline_ms(wire.a), 1000 + LIMIT_HANDSHAKE_MS);
        wire_fini(&wire);

        wire_init(&wire);
        wire_open(&wire, is_join);
        assert_true(channel_is_open(wire.a) && channel_is_open(wire.b));
        assert_true(channel_deadline_ms(wire.b) == UINT64_MAX);
        assert_true(transport_pk_eq(channel_remote(wire.a), &wire.pk_b));
        assert_memory_equal(channel_handshake_hash(wire.a), channel_handshake_hash(wire.b), 32);
        channel_seal(wire.a, 2000, slice_of("hello", 5), &wire.to_b);
        assert_int_equal(wire.to_b.len, 5 + CHANNEL_FRAME_OVERHEAD);
        event = expect(wire.b, &wire.to_b, &wire.to_a, CHANNEL_MESSAGE);
        assert_true(slice_eq(event.bytes, slice_of("hello", 5)));
        channel_seal(wire.b, 2000, slice_of("hi", 2), &wire.to_a);
        event = expect(wire.a, &wire.to_a, &wire.to_b, CHANNEL_MESSAGE);
        assert_true(slice_eq(event.bytes, slice_of("hi", 2)));
        wire_fini(&wire);
    }
}

static void a_network_a_static_key_or_a_psk_that_differs_ends_it(void **state)
{
    struct wire wire;
    struct psk wrong = {{1}};
    struct transport_pk small = {{0}};
    struct buf out = {0};

    (void)state;
    wire_init(&wire); /* another network */
    wire_dial(&wire, false);
    channel_free(wire.b);
    wire.network.b[0] ^= 1;
    wire.b = channel_new_responder(&wire.env, &wire.network, &wire.sk_b, 1000);
    expect_error(wire.b, buf_slice(&wire.to_b), ERR_HANDSHAKE);
    wire_fini(&wire);

    wire_init(&wire); /* the responder is somebody else than was dialled */
    wire_dial(&wire, false);
    channel_free(wire.b);
    wire.b = channel_new_responder(&wire.env, &wire.network, &wire.sk_a, 1000);
    expect_error(wire.b, buf_slice(&wire.to_b), ERR_HANDSHAKE);
    wire_fini(&wire);

    wire_init(&wire); /* another psk shows at message 3 */
    wire_dial(&wire, true);
    expect(wire.b, &wire.to_b, &wire.to_a, CHANNEL_NEED_PSK);
    assert_ok(channel_answer_psk(wire.b, &wrong, &wire.to_a));
    expect(wire.a, &wire.to_a, &wire.to_b, CHANNEL_OPENED);
    expect_error(wire.b, buf_slice(&wire.to_b), ERR_HANDSHAKE);
    wire_fini(&wire);

    wire_init(&wire); /* an unknown invite */
    wire_dial(&wire, true);
    expect(wire.b, &wire.to_b, &wire.to_a, CHANNEL_NEED_PSK);
    assert_err(ERR_HANDSHAKE, channel_answer_psk(wire.b, NULL, &wire.to_a));
    assert_int_equal(wire.to_a.len, 0);
    expect_error(wire.b, slice_of(NULL, 0), ERR_HANDSHAKE);
    /* small-order points, dialled and received */
    assert_err(ERR_HANDSHAKE,
               channel_new_initiator(&wire.b, &wire.env, &wire.network, &wire.sk_a, &small,
                                     NULL, INTRODUCTION, 1000, &out));
    assert_int_equal(out.len, 0);
    channel_free(wire.b);
    wire.b = channel_new_responder(&wire.env, &wire.network, &wire.sk_b, 1000);
    memset(buf_extend(&out, 2 + 48), 0, 2 + 48);
    out.data[1] = 48;
    expect_error(wire.b, buf_slice(&out), ERR_HANDSHAKE);
    buf_fini(&out);
    wire_fini(&wire);
}

/* Runs a handshake with one byte of message `number` changed, and returns who refused it. */
static size_t mutate(bool is_join, int number, size_t at)
{
    struct wire wire;
    struct slice bytes;
    size_t n;

    wire_init(&wire);
    wire_dial(&wire, is_join);
    for (int i = 1; i < number; i++) {
        struct channel *channel = i % 2 == 1 ? wire.b : wire.a;

        if (is_join && i == 1) {
            expect(channel, &wire.to_b, &wire.to_a, CHANNEL_NEED_PSK);
            assert_ok(channel_answer_psk(channel, &wire.invite.psk, &wire.to_a));
        } else if (i == 1) {
            expect(channel, &wire.to_b, &wire.to_a, CHANNEL_NOTHING);
        } else {
            expect(channel, &wire.to_a, &wire.to_b, CHANNEL_OPENED);
        }
    }
    bytes = buf_slice(number == 2 ? &wire.to_a : &wire.to_b);
    n = bytes.n;
    if (at < n) {
        (number == 2 ? &wire.to_a : &wire.to_b)->data[at] ^= 0x40;
        struct channel_event event = {.kind = CHANNEL_NOTHING};
        struct buf out = {0};
        enum err err =
            channel_receive(number == 2 ? wire.a : wire.b, 2000, &bytes, &event, &out);

        /* A longer claim waits for bytes that never come; all else is refused at once. */
        if (err == ERR_OK) assert_true(at < 2 && number == 3);
        if (err == ERR_OK) assert_int_equal(event.kind, CHANNEL_NOTHING);
        assert_int_equal(out.len, 0);
        buf_fini(&out);
    }
    wire_fini(&wire);
    return n;
}

static void a_changed_byte_anywhere_in_a_handshake_never_opens(void **state)
{
    static const size_t BYTES[2][4] = {{0, 50, 50, 66 + 13}, {0, 66, 50, 66 + 13}};

    (void)state;
    for (int is_join = 0; is_join < 2; is_join++) {
        for (int number = 1; number <= 3; number++) {
            size_t n = mutate(is_join, number, SIZE_MAX);

            assert_int_equal(n, BYTES[is_join][number]);
            for (size_t at = 0; at < n; at++)
                mutate(is_join, number, at);
        }
    }
}

static void lengths_are_refused_before_their_bytes_come(void **state)
{
    static const struct row {
        uint16_t length;
        enum err err;
    } ROWS[] = {{0, ERR_MALFORMED},
                {47, ERR_MALFORMED},
                {49, ERR_MALFORMED},
                {65, ERR_TOO_BIG},
                {65535, ERR_TOO_BIG}};

    (void)state;
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct wire wire;

        wire_init(&wire);
        wire.b = channel_new_responder(&wire.env, &wire.network, &wire.sk_b, 1000);
        buf_put_u16(&wire.to_b, ROWS[i].length);
        /* 49 is within the state's bounds and so is judged when it is whole. */
        if (ROWS[i].length == 49) memset(buf_extend(&wire.to_b, 49), 1, 49);
        expect_error(wire.b, buf_slice(&wire.to_b), ROWS[i].err);
        wire_fini(&wire);
    }
}

static void message_3_carries_its_bound_and_not_one_byte_more(void **state)
{
    struct wire wire;
    struct channel_event event;
    uint8_t *introduction = mem_zalloc(LIMIT_HANDSHAKE_PAYLOAD_BYTES);
    uint8_t length[2];

    (void)state;
    wire_init(&wire);
    assert_ok(channel_new_initiator(&wire.a, &wire.env, &wire.network, &wire.sk_a, &wire.pk_b,
                                    NULL, slice_of(introduction, LIMIT_HANDSHAKE_PAYLOAD_BYTES),
                                    1000, &wire.to_b));
    wire.b = channel_new_responder(&wire.env, &wire.network, &wire.sk_b, 1000);
    expect(wire.b, &wire.to_b, &wire.to_a, CHANNEL_NOTHING);
    expect(wire.a, &wire.to_a, &wire.to_b, CHANNEL_OPENED);
    event = expect(wire.b, &wire.to_b, &wire.to_a, CHANNEL_OPENED);
    assert_int_equal(event.bytes.n, LIMIT_HANDSHAKE_PAYLOAD_BYTES);
    wire_fini(&wire);

    wire_init(&wire);
    wire_dial(&wire, false);
    expect(wire.b, &wire.to_b, &wire.to_a, CHANNEL_NOTHING);
    length[0] = (LIMIT_HANDSHAKE_PAYLOAD_BYTES + 65) >> 8;
    length[1] = (LIMIT_HANDSHAKE_PAYLOAD_BYTES + 65) & 0xff;
    expect_error(wire.b, slice_of(length, 2), ERR_TOO_BIG);
    wire_fini(&wire);
    free(introduction);
}

static void a_handshake_past_its_deadline_is_over(void **state)
{
    struct wire wire;
    struct channel_event event;
    struct slice bytes;

    (void)state;
    wire_init(&wire);
    wire_dial(&wire, false);
    bytes = buf_slice(&wire.to_b);
    assert_ok(channel_receive(wire.b, 1000 + LIMIT_HANDSHAKE_MS, &bytes, &event, &wire.to_a));
    bytes = buf_slice(&wire.to_a);
    assert_err(ERR_TIMEOUT,
               channel_receive(wire.a, 1001 + LIMIT_HANDSHAKE_MS, &bytes, &event, &wire.to_b));
    wire_fini(&wire);
    wire_init(&wire); /* once open there is none */
    wire_open(&wire, false);
    channel_seal(wire.a, 1, slice_of("late", 4), &wire.to_b);
    bytes = buf_slice(&wire.to_b);
    assert_ok(channel_receive(wire.b, UINT64_MAX, &bytes, &event, &wire.to_a));
    assert_int_equal(event.kind, CHANNEL_MESSAGE);
    wire_fini(&wire);
}

static void messages_of_every_size_arrive_however_the_bytes_are_cut(void **state)
{
    static const size_t SIZES[] = {1,
                                   2,
                                   CHANNEL_CHUNK_BYTES - 1,
                                   CHANNEL_CHUNK_BYTES,
                                   CHANNEL_CHUNK_BYTES + 1,
                                   LIMIT_MESSAGE_BYTES};
    static const size_t CUTS[] = {1, 7, 1460, SIZE_MAX};
    uint8_t *message = mem_zalloc(LIMIT_MESSAGE_BYTES);
    struct wire wire;

    (void)state;
    wire_init(&wire);
    wire_open(&wire, false);
    env_random(&wire.env, message, LIMIT_MESSAGE_BYTES);
    for (size_t c = 0; c < sizeof(CUTS) / sizeof(CUTS[0]); c++) {
        size_t arrived = 0;
        size_t at = 0;

        wire.to_b.len = 0;
        for (size_t i = 0; i < sizeof(SIZES) / sizeof(SIZES[0]); i++) {
            channel_seal(wire.a, 2000, slice_of(message, SIZES[i]), &wire.to_b);
        }
        while (at < wire.to_b.len) {
            size_t left = wire.to_b.len - at;
            struct slice bytes = slice_of(wire.to_b.data + at, CUTS[c] < left ? CUTS[c] : left);
            struct channel_event event;

            at += bytes.n;
            do {
                assert_ok(channel_receive(wire.b, 2000, &bytes, &event, &wire.to_a));
                if (event.kind != CHANNEL_MESSAGE) break;
                assert_true(slice_eq(event.bytes, slice_of(message, SIZES[arrived])));
                arrived++;
            } while (true);
        }
        assert_int_equal(arrived, sizeof(SIZES) / sizeof(SIZES[0]));
    }
    free(message);
    wire_fini(&wire);
}

static void changed_lost_repeated_and_swapped_frames_never_surface(void **state)
{
    enum { FRAME = 1 + CHANNEL_FRAME_OVERHEAD };
    /* Which frames of "a" "b" "c" come, and after how many good ones it ends. */
    static const struct row {
        int order[3];
        int good;
    } ROWS[] = {{{1, 0, 2}, 0}, {{0, 0, 1}, 1}, {{0, 2, 1}, 1}, {{2, 1, 0}, 0}};

    (void)state;
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct wire wire;
        int good = 0;

        wire_init(&wire);
        wire_open(&wire, false);
        for (int k = 0; k < 3; k++)
            channel_seal(wire.a, 2000, slice_of("abc" + k, 1), &wire.to_b);
        assert_int_equal(wire.to_b.len, 3 * FRAME);
        for (; good < ROWS[i].good; good++) {
            struct slice bytes = slice_of(wire.to_b.data + FRAME * ROWS[i].order[good], FRAME);
            struct channel_event event;

            assert_ok(channel_receive(wire.b, 2000, &bytes, &event, &wire.to_a));
            assert_int_equal(event.kind, CHANNEL_MESSAGE);
        }
        expect_error(wire.b, slice_of(wire.to_b.data + FRAME * ROWS[i].order[good], FRAME),
                     ERR_DECRYPT);
        wire_fini(&wire);
    }
    for (size_t at = 2; at < FRAME; at++) {
        struct wire wire;

        wire_init(&wire);
        wire_open(&wire, false);
        channel_seal(wire.a, 2000, slice_of("a", 1), &wire.to_b);
        wire.to_b.data[at] ^= 1;
        expect_error(wire.b, buf_slice(&wire.to_b), ERR_DECRYPT);
        wire_fini(&wire);
    }
}

static void half_a_message_is_dropped_with_the_channel(void **state)
{
    uint8_t *message = mem_zalloc(LIMIT_MESSAGE_BYTES);
    struct wire wire;

    (void)state;
    wire_init(&wire);
    wire_open(&wire, false);
    channel_seal(wire.a, 2000, slice_of(message, LIMIT_MESSAGE_BYTES), &wire.to_b);
    wire.to_b.data[wire.to_b.len - 1] ^= 1; /* in the second frame of two */
    expect_error(wire.b, buf_slice(&wire.to_b), ERR_DECRYPT);
    free(message);
    wire_fini(&wire);
}

/* Well-sealed frames that the format does not allow. */
static void frames_of_a_member_gone_wrong_are_refused(void **state)
{
    static const struct row {
        const char *plain;
        size_t n;
        enum err err;
    } ROWS[] = {
        {"\0", 1, ERR_MALFORMED},  /* more, of nothing */
        {"\1", 1, ERR_MALFORMED},  /* last, of nothing */
        {"\2", 1, ERR_MALFORMED},  /* rekey of a key that covered nothing */
        {"x\2", 2, ERR_MALFORMED}, /* rekey with bytes */
        {"x\3", 2, ERR_MALFORMED}, /* an unknown kind */
        {"x\xff", 2, ERR_MALFORMED},
    };
    uint8_t *big = mem_zalloc(LIMIT_FRAME_BYTES);
    size_t second = LIMIT_MESSAGE_BYTES - CHANNEL_CHUNK_BYTES;
    struct wire wire;
    struct noise_cipher cipher;

    (void)state;
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        wire_init(&wire);
        cipher = open_by_hand(&wire);
        put_frame(&wire.to_b, &cipher, slice_of(ROWS[i].plain, ROWS[i].n));
        expect_error(wire.b, buf_slice(&wire.to_b), ROWS[i].err);
        wire_fini(&wire);
    }
    for (size_t over = 0; over < 2; over++) { /* a message at its bound, and one byte past it */
        wire_init(&wire);
        cipher = open_by_hand(&wire);
        big[CHANNEL_CHUNK_BYTES] = 0;
        put_frame(&wire.to_b, &cipher, slice_of(big, CHANNEL_CHUNK_BYTES + 1));
        big[second + over] = 1;
        put_frame(&wire.to_b, &cipher, slice_of(big, second + over + 1));
        big[second + over] = 0;
        if (over == 0) {
            expect(wire.b, &wire.to_b, &wire.to_a, CHANNEL_MESSAGE);
        } else {
            expect_error(wire.b, buf_slice(&wire.to_b), ERR_TOO_BIG);
        }
        wire_fini(&wire);
    }
    wire_init(&wire); /* a frame too short for a tag and a kind */
    (void)open_by_hand(&wire);
    expect_error(wire.b, slice_of("\0\20", 2), ERR_MALFORMED);
    wire_fini(&wire);
    free(big);
}

static void a_key_covers_its_bound_of_frames(void **state)
{
    struct wire wire;
    size_t rekeys = 0;

    (void)state;
    wire_init(&wire);
    wire_open(&wire, false);
    for (uint32_t i = 0; i < 2 * LIMIT_REKEY_MESSAGES; i++) {
        channel_seal(wire.a, 2000, slice_of(&i, sizeof(i)), &wire.to_b);
        if (wire.to_b.len > sizeof(i) + CHANNEL_FRAME_OVERHEAD) {
            /* 65,535 frames of data, and the rekey is the key's last. */
            assert_int_equal(i, ++rekeys * (LIMIT_REKEY_MESSAGES - 1));
        }
        expect(wire.b, &wire.to_b, &wire.to_a, CHANNEL_MESSAGE);
    }
    assert_int_equal(rekeys, 2);
    channel_seal(wire.b, 2000, slice_of("own way", 7), &wire.to_a); /* one way at a time */
    expect(wire.a, &wire.to_a, &wire.to_b, CHANNEL_MESSAGE);
    wire_fini(&wire);
}

static void a_rekey_between_the_frames_of_a_message_keeps_its_first_half(void **state)
{
    uint8_t *message = mem_zalloc(LIMIT_MESSAGE_BYTES);
    struct wire wire;
    struct channel_event event;

    (void)state;
    wire_init(&wire);
    wire_open(&wire, false);
    env_random(&wire.env, message, LIMIT_MESSAGE_BYTES);
    for (int i = 0; i < LIMIT_REKEY_MESSAGES - 2; i++) {
        channel_seal(wire.a, 2000, slice_of("x", 1), &wire.to_b);
        expect(wire.b, &wire.to_b, &wire.to_a, CHANNEL_MESSAGE);
    }
    channel_seal(wire.a, 2000, slice_of(message, LIMIT_MESSAGE_BYTES), &wire.to_b);
    assert_int_equal(wire.to_b.len, LIMIT_MESSAGE_BYTES + 3 * CHANNEL_FRAME_OVERHEAD);
    event = expect(wire.b, &wire.to_b, &wire.to_a, CHANNEL_MESSAGE);
    assert_true(slice_eq(event.bytes, slice_of(message, LIMIT_MESSAGE_BYTES)));
    free(message);
    wire_fini(&wire);
}

static void a_sender_that_never_rekeys_is_refused_at_the_bound(void **state)
{
    struct wire wire;
    struct noise_cipher cipher;

    (void)state;
    wire_init(&wire);
    cipher = open_by_hand(&wire);
    for (int i = 0; i < LIMIT_REKEY_MESSAGES - 1; i++) {
        put_frame(&wire.to_b, &cipher, slice_of("x\1", 2));
        expect(wire.b, &wire.to_b, &wire.to_a, CHANNEL_MESSAGE);
    }
    put_frame(&wire.to_b, &cipher, slice_of("x\1", 2));
    expect_error(wire.b, buf_slice(&wire.to_b), ERR_MALFORMED);
    wire_fini(&wire);
}

static void a_key_that_was_used_is_changed_after_its_time(void **state)
{
    enum { ONE = 1 + CHANNEL_FRAME_OVERHEAD, REKEY = CHANNEL_FRAME_OVERHEAD };
    static const struct row {
        uint64_t now_ms;
        size_t bytes;
    } ROWS[] = {
        {5000, ONE},
        {5000 + LIMIT_REKEY_MS - 1, ONE},
        {5000 + LIMIT_REKEY_MS, REKEY + ONE},
        {5000 + LIMIT_REKEY_MS, ONE},
        {4000, ONE}, /* a clock that steps back */
        {5000 + 2ULL * LIMIT_REKEY_MS, REKEY + ONE},
    };
    struct wire wire;

    (void)state;
    wire_init(&wire);
    wire_open(&wire, false);
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        channel_seal(wire.a, ROWS[i].now_ms, slice_of("t", 1), &wire.to_b);
        assert_int_equal(wire.to_b.len, ROWS[i].bytes);
        expect(wire.b, &wire.to_b, &wire.to_a, CHANNEL_MESSAGE);
    }
    wire_fini(&wire);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_and_joiners_meet_and_speak_both_ways),
        cmocka_unit_test(a_network_a_static_key_or_a_psk_that_differs_ends_it),
        cmocka_unit_test(a_changed_byte_anywhere_in_a_handshake_never_opens),
        cmocka_unit_test(lengths_are_refused_before_their_bytes_come),
        cmocka_unit_test(message_3_carries_its_bound_and_not_one_byte_more),
        cmocka_unit_test(a_handshake_past_its_deadline_is_over),
        cmocka_unit_test(messages_of_every_size_arrive_however_the_bytes_are_cut),
        cmocka_unit_test(changed_lost_repeated_and_swapped_frames_never_surface),
        cmocka_unit_test(half_a_message_is_dropped_with_the_channel),
        cmocka_unit_test(frames_of_a_member_gone_wrong_are_refused),
        cmocka_unit_test(a_key_covers_its_bound_of_frames),
        cmocka_unit_test(a_rekey_between_the_frames_of_a_message_keeps_its_first_half),
        cmocka_unit_test(a_sender_that_never_rekeys_is_refused_at_the_bound),
        cmocka_unit_test(a_key_that_was_used_is_changed_after_its_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
