/* Messages and frames once a channel is open. */
#include "tests/unit/proto/channel/wire.h"

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
