/* The handshake as Kith uses it. */
#include "tests/unit/proto/channel/wire.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_and_joiners_meet_and_speak_both_ways),
        cmocka_unit_test(a_network_a_static_key_or_a_psk_that_differs_ends_it),
        cmocka_unit_test(a_changed_byte_anywhere_in_a_handshake_never_opens),
        cmocka_unit_test(lengths_are_refused_before_their_bytes_come),
        cmocka_unit_test(message_3_carries_its_bound_and_not_one_byte_more),
        cmocka_unit_test(a_handshake_past_its_deadline_is_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
