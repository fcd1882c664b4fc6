#include "proto/channel/noise.h"

#include "proto/crypto/dh.h"
#include "tests/support/tests.h"

/* One vector, both sides of it. */
struct side {
    struct noise_handshake handshake;
    struct noise_cipher send, receive;
};

static const uint8_t *key_of(struct arena *arena, const json_t *v, const char *name)
{
    struct slice key = tests_hex(arena, v, name);

    return key.n == 0 ? NULL : key.p;
}

static const uint8_t *psk_of(struct arena *arena, const json_t *v, const char *name)
{
    const json_t *psks = json_object_get(v, name);

    if (json_array_size(psks) == 0) return NULL;
    return tests_unhex(arena, json_string_value(json_array_get(psks, 0))).p;
}

/* "Noise_XKpsk3_25519_…" names the pattern between its first two underscores. */
static const struct noise_pattern *pattern_of(const char *protocol)
{
    const char *from = protocol + strlen("Noise_");
    size_t n = strcspn(from, "_");
    char name[16] = {0};

    assert_true(n < sizeof(name));
    memcpy(name, from, n);
    return noise_pattern_get(name);
}

static void sides_init(struct side sides[2], struct arena *arena, const json_t *v)
{
    static const char *const NAMES[2][5] = {
        {"init_prologue", "init_static", "init_ephemeral", "init_remote_static", "init_psks"},
        {"resp_prologue", "resp_static", "resp_ephemeral", "resp_remote_static", "resp_psks"},
    };
    const char *protocol = tests_str(v, "protocol_name");

    for (int i = 0; i < 2; i++) {
        struct noise_options options = {
            .pattern = pattern_of(protocol),
            .hash = strstr(protocol, "BLAKE2b") != NULL ? &hmac_blake2b : &hmac_sha256,
            .is_initiator = i == 0,
            .prologue = tests_hex(arena, v, NAMES[i][0]),
            .s = key_of(arena, v, NAMES[i][1]),
            .e = key_of(arena, v, NAMES[i][2]),
            .rs = key_of(arena, v, NAMES[i][3]),
            .psk = psk_of(arena, v, NAMES[i][4]),
        };

        assert_non_null(options.pattern);
        noise_init(&sides[i].handshake, &options);
    }
}

static void handshake_step(struct side *from, struct side *to, struct slice payload,
                           struct slice want)
{
    struct buf message = {0};
    struct buf got = {0};

    assert_true(noise_is_my_turn(&from->handshake));
    assert_false(noise_is_my_turn(&to->handshake));
    assert_ok(noise_write(&from->handshake, payload, &message));
    assert_true(slice_eq(buf_slice(&message), want));
    assert_ok(noise_read(&to->handshake, want, &got));
    assert_true(slice_eq(buf_slice(&got), payload));
    buf_fini(&message);
    buf_fini(&got);
}

static void transport_step(struct side *from, struct side *to, struct slice payload,
                           struct slice want, struct arena *arena)
{
    uint8_t *sealed = arena_alloc(arena, payload.n + NOISE_TAG_BYTES);

    assert_int_equal(payload.n + NOISE_TAG_BYTES, want.n);
    noise_cipher_seal(&from->send, sealed, slice_of(NULL, 0), payload);
    assert_memory_equal(sealed, want.p, want.n);
    assert_ok(
        noise_cipher_open(&to->receive, sealed, slice_of(NULL, 0), slice_of(sealed, want.n)));
    assert_memory_equal(sealed, payload.p, payload.n);
}

static void run_vector(struct arena *arena, const json_t *v)
{
    struct side sides[2];
    bool one_way;
    bool split = false;
    json_t *message;
    size_t i;

    sides_init(sides, arena, v);
    one_way = sides[0].handshake.pattern->messages[1][0] == NOISE_END;
    assert_true(json_array_size(json_object_get(v, "messages")) >= 3);
    json_array_foreach(json_object_get(v, "messages"), i, message)
    {
        struct side *from = &sides[one_way ? 0 : i % 2];
        struct side *to = from == &sides[0] ? &sides[1] : &sides[0];
        struct slice payload = tests_hex(arena, message, "payload");
        struct slice want = tests_hex(arena, message, "ciphertext");

        if (!noise_is_done(&from->handshake)) {
            handshake_step(from, to, payload, want);
            continue;
        }
        if (!split) {
            for (int k = 0; k < 2; k++) {
                noise_split(&sides[k].handshake, &sides[k].send, &sides[k].receive);
            }
            split = true;
        }
        transport_step(from, to, payload, want, arena);
    }
    assert_true(split);
    for (int k = 0; k < 2; k++) {
        struct slice hash = tests_hex(arena, v, "handshake_hash");

        assert_int_equal(hash.n, sides[k].handshake.symmetric.hash->bytes);
        assert_memory_equal(sides[k].handshake.symmetric.h, hash.p, hash.n);
        noise_fini(&sides[k].handshake);
    }
}

static void published_vectors_hold_on_both_sides(void **state)
{
    static const char *const FILES[] = {
        "vectors/noise/cacophony_25519_ChaChaPoly_SHA256.json",
        "vectors/noise/cacophony_25519_ChaChaPoly_BLAKE2b.json",
    };

    (void)state;
    for (size_t f = 0; f < 2; f++) {
        struct arena arena = {0};
        json_t *root = tests_json(FILES[f]);
        json_t *v;
        size_t i;

        assert_int_equal(json_array_size(json_object_get(root, "vectors")), 20);
        json_array_foreach(json_object_get(root, "vectors"), i, v) run_vector(&arena, v);
        json_decref(root);
        arena_fini(&arena);
    }
}

static void rekey_matches_another_implementation_and_keeps_counting(void **state)
{
    struct arena arena = {0};
    struct noise_cipher cipher = {.has_key = true, .n = 41, .k = {1}};
    struct slice want =
        tests_unhex(&arena, "e16dd1ae1b5b0c5881b2b21c51b225b75c73f5ec7e6a55320f603298b4065579");

    (void)state;
    noise_cipher_rekey(&cipher);
    assert_memory_equal(cipher.k, want.p, want.n);
    assert_int_equal(cipher.n, 41);
    arena_fini(&arena);
}

static void a_payload_at_the_message_bound_passes_and_one_more_does_not(void **state)
{
    static const uint8_t E[32] = {8};
    struct noise_options options = {
        .pattern = noise_pattern_get("NN"), .hash = &hmac_sha256, .is_initiator = true, .e = E};
    size_t n = NOISE_MESSAGE_BYTES_MAX - 32;
    struct arena arena = {0};
    uint8_t *payload = arena_alloc(&arena, n + 1);
    struct noise_handshake handshake;
    struct buf out = {0};

    (void)state;
    noise_init(&handshake, &options);
    assert_err(ERR_TOO_BIG, noise_write(&handshake, slice_of(payload, n + 1), &out));
    assert_int_equal(out.len, 0);
    noise_init(&handshake, &options);
    assert_ok(noise_write(&handshake, slice_of(payload, n), &out));
    noise_fini(&handshake);
    buf_fini(&out);
    arena_fini(&arena);
}

static void unknown_patterns_have_no_row(void **state)
{
    (void)state;
    assert_null(noise_pattern_get("XY"));
    assert_null(noise_pattern_get("XKpsk"));
    assert_non_null(noise_pattern_get("XKpsk3"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_vectors_hold_on_both_sides),
        cmocka_unit_test(rekey_matches_another_implementation_and_keeps_counting),
        cmocka_unit_test(a_payload_at_the_message_bound_passes_and_one_more_does_not),
        cmocka_unit_test(unknown_patterns_have_no_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
