#include "proto/envelope/envelope.h"

#include <stdlib.h>

#include "proto/base/limits.h"
#include "proto/crypto/aead.h"
#include "proto/crypto/hash.h"
#include "proto/crypto/sign.h"
#include "tests/support/tests.h"

/* A device in a network, with an epoch of one space. */
struct world {
    struct rng rng;
    struct env env;
    struct device_pk pk;
    struct device_sk sk;
    struct envelope_signer signer;
    struct space_tag tag;
    struct epoch_key key;
    struct envelope_epoch epoch;
};

static void world_init(struct world *w, uint64_t seed)
{
    uint8_t device_seed[SIGN_SEED_BYTES];
    w->rng = (struct rng){seed};
    w->env = tests_env(&w->rng);
    env_random(&w->env, device_seed, sizeof(device_seed));
    sign_device_keypair(&w->pk, &w->sk, device_seed);
    env_random(&w->env, w->signer.network.b, sizeof(w->signer.network.b));
    w->signer.sk = &w->sk;
    env_random(&w->env, w->tag.b, sizeof(w->tag.b));
    env_random(&w->env, w->key.b, sizeof(w->key.b));
    env_random(&w->env, w->epoch.id.b, sizeof(w->epoch.id.b));
    w->epoch.key = &w->key;
}

static struct place some_place(struct world *w, uint64_t seq)
{
    struct place place = {.seq = seq};
    if (seq > 0) env_random(&w->env, place.id.b, sizeof(place.id.b));
    return place;
}

struct sample {
    uint8_t header[ENVELOPE_HEADER_BYTES];
    struct buf payload;
};

static void sample_record(struct sample *s, struct world *w, uint64_t after, size_t n)
{
    uint8_t *text = mem_zalloc(n + 1);
    struct place head = some_place(w, after);
    env_random(&w->env, text, n);
    s->payload = (struct buf){0};
    assert_ok(envelope_seal_record(s->header, &s->payload, &w->signer, &w->tag, &head,
                                   &w->epoch, &w->env, slice_of(text, n)));
    free(text);
}

static struct slice whole(const uint8_t header[ENVELOPE_HEADER_BYTES])
{
    return slice_of(header, ENVELOPE_HEADER_BYTES);
}

/* ------------------------------------------------------------------------------------ Admit */

static void test_a_node_without_a_key_admits_what_a_device_made(void **state)
{
    (void)state;
    struct world w;
    struct sample s;
    struct envelope e;
    world_init(&w, 1);

    sample_record(&s, &w, 41, 900);
    assert_ok(envelope_decode(&e, whole(s.header)));
    assert_int_equal(ENVELOPE_RECORD, e.kind);
    assert_int_equal(42, e.seq);
    assert_true(device_pk_eq(&e.device, &w.pk));
    assert_true(network_id_eq(&e.network, &w.signer.network));
    assert_true(space_tag_eq(&e.tag, &w.tag));
    assert_true(key_id_eq(&e.key_id, &w.epoch.id));
    assert_true(envelope_verify_signature(s.header));
    assert_ok(envelope_check_payload(&e, buf_slice(&s.payload)));
    struct chain chain = envelope_chain(&e);
    assert_true(device_pk_eq(&chain.device, &w.pk) && space_tag_eq(&chain.tag, &w.tag));

    s.payload.data[7] ^= 1;
    assert_err(ERR_HASH, envelope_check_payload(&e, buf_slice(&s.payload)));
    s.payload.data[7] ^= 1;
    assert_err(ERR_HASH,
               envelope_check_payload(&e, slice_of(s.payload.data, s.payload.len - 1)));
    buf_fini(&s.payload);
}

static void test_statements_and_beacons_travel_in_the_clear(void **state)
{
    (void)state;
    struct world w;
    uint8_t header[ENVELOPE_HEADER_BYTES];
    struct envelope e;
    struct slice body = slice_of("a body", 6);
    world_init(&w, 2);

    struct place head = some_place(&w, 3);
    assert_ok(envelope_make_statement(header, &w.signer, &head, body));
    assert_ok(envelope_decode(&e, whole(header)));
    assert_true(e.kind == ENVELOPE_STATEMENT && e.seq == 4 && space_tag_is_zero(&e.tag));
    assert_true(envelope_id_eq(&e.prev, &head.id));
    assert_ok(envelope_check_payload(&e, body));
    assert_true(envelope_verify_signature(header));

    assert_ok(envelope_make_beacon(header, &w.signer, 17, body));
    assert_ok(envelope_decode(&e, whole(header)));
    assert_true(e.kind == ENVELOPE_BEACON && e.seq == 17 && envelope_id_is_zero(&e.prev));
    assert_true(envelope_verify_signature(header));

    /* `found`: the network has no id yet. */
    struct envelope_signer founder = {.sk = &w.sk};
    assert_ok(envelope_make_statement(header, &founder, &(struct place){0}, body));
    assert_ok(envelope_decode(&e, whole(header)));
    assert_true(network_id_is_zero(&e.network) && e.seq == 1 && envelope_id_is_zero(&e.prev));
}

static void test_payloads_end_at_64_kib(void **state)
{
    (void)state;
    struct world w;
    uint8_t header[ENVELOPE_HEADER_BYTES];
    struct envelope e;
    struct buf payload = {0};
    uint8_t *big = mem_zalloc(LIMIT_PAYLOAD_BYTES + 1);
    world_init(&w, 3);

    struct place none = {0};
    struct slice most = slice_of(big, LIMIT_PAYLOAD_BYTES);
    struct slice over = slice_of(big, LIMIT_PAYLOAD_BYTES + 1);
    assert_ok(envelope_make_statement(header, &w.signer, &none, most));
    assert_ok(envelope_decode(&e, whole(header)));
    assert_err(ERR_LIMIT, envelope_make_statement(header, &w.signer, &none, over));
    assert_ok(envelope_make_beacon(header, &w.signer, 1, most));
    assert_err(ERR_LIMIT, envelope_make_beacon(header, &w.signer, 1, over));

    struct slice plain = slice_of(big, ENVELOPE_PLAIN_BYTES_MAX);
    assert_ok(envelope_seal_record(header, &payload, &w.signer, &w.tag, &none, &w.epoch, &w.env,
                                   plain));
    assert_true(payload.len <= LIMIT_PAYLOAD_BYTES && payload.len + 1024 > LIMIT_PAYLOAD_BYTES);
    plain.n++;
    assert_err(ERR_LIMIT, envelope_seal_record(header, &payload, &w.signer, &w.tag, &none,
                                               &w.epoch, &w.env, plain));
    assert_in_range(LIMIT_BODY_BYTES, 1, ENVELOPE_PLAIN_BYTES_MAX);

    assert_ok(envelope_make_statement(header, &w.signer, &none, most));
    header[251]++; /* payload_len 65,537 */
    assert_err(ERR_TOO_BIG, envelope_decode(&e, whole(header)));
    buf_fini(&payload);
    free(big);
}

/* What each kind may not have, one field at a time. */
static void test_each_kind_keeps_to_its_fields(void **state)
{
    (void)state;
    static const uint8_t one = 1;
    enum { RECORD = 1, STATEMENT = 2, BEACON = 4, NEWER = 8, FIRST = 16 };
    static const struct {
        const char *what;
        unsigned breaks; /* of which kinds */
        size_t at;
        size_t n; /* that many bytes become `value` */
        uint8_t value;
        enum err err;
    } rows[] = {
        {"magic", RECORD | STATEMENT | BEACON | NEWER, 0, 1, 'k', ERR_MALFORMED},
        {"suite", RECORD | STATEMENT | BEACON | NEWER, 4, 1, 2, ERR_VERSION},
        {"kind zero", RECORD | STATEMENT | BEACON | NEWER, 5, 1, 0, ERR_MALFORMED},
        {"flags", RECORD | STATEMENT | BEACON | NEWER, 7, 1, 1, ERR_VERSION},
        {"no network", RECORD | STATEMENT | BEACON | NEWER, 8, 32, 0, ERR_MALFORMED},
        {"a space", STATEMENT | BEACON, 72, 1, 1, ERR_MALFORMED},
        {"no space", RECORD, 72, 16, 0, ERR_MALFORMED},
        {"no space, newer", NEWER, 72, 16, 0, ERR_VERSION},
        {"seq zero", RECORD | STATEMENT | BEACON | NEWER, 88, 8, 0, ERR_MALFORMED},
        {"seq 2^63", RECORD | STATEMENT | BEACON | NEWER, 88, 1, 0x80, ERR_MALFORMED},
        {"no prev", RECORD | STATEMENT | NEWER, 96, 32, 0, ERR_MALFORMED},
        {"prev", BEACON | FIRST, 96, 1, 1, ERR_MALFORMED},
        {"key_id", STATEMENT | BEACON, 128, 1, 1, ERR_MALFORMED},
        {"nonce", STATEMENT | BEACON, 160, 1, 1, ERR_MALFORMED},
        {"commit", STATEMENT | BEACON, 215, 1, 1, ERR_MALFORMED},
        {"payload_len", RECORD | STATEMENT | BEACON | NEWER, 248, 1, 1, ERR_TOO_BIG},
    };
    struct world w;
    struct sample s;
    uint8_t kinds[5][ENVELOPE_HEADER_BYTES];
    struct envelope e;
    world_init(&w, 4);

    sample_record(&s, &w, 5, 10);
    memcpy(kinds[0], s.header, sizeof(s.header));
    struct place head = some_place(&w, 5);
    assert_ok(envelope_make_statement(kinds[1], &w.signer, &head, slice_of(&one, 1)));
    assert_ok(envelope_make_beacon(kinds[2], &w.signer, 5, slice_of(&one, 1)));
    memcpy(kinds[3], s.header, sizeof(s.header));
    kinds[3][5] = 77;
    buf_fini(&s.payload);
    sample_record(&s, &w, 0, 10);
    memcpy(kinds[4], s.header, sizeof(s.header));
    buf_fini(&s.payload);

    for (size_t kind = 0; kind < 5; kind++) {
        assert_ok(envelope_decode(&e, whole(kinds[kind])));
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
            if ((rows[i].breaks & 1U << kind) == 0) continue;
            uint8_t header[ENVELOPE_HEADER_BYTES];
            memcpy(header, kinds[kind], sizeof(header));
            memset(header + rows[i].at, rows[i].value, rows[i].n);
            enum err err = envelope_decode(&e, whole(header));
            if (err != rows[i].err) {
                fail_msg("%s, kind %zu: %s", rows[i].what, kind, err_name(err));
            }
        }
    }
    uint8_t long_header[ENVELOPE_HEADER_BYTES + 1] = {0};
    memcpy(long_header, kinds[0], ENVELOPE_HEADER_BYTES);
    assert_err(ERR_MALFORMED, envelope_decode(&e, slice_of(long_header, sizeof(long_header))));
    assert_err(ERR_MALFORMED, envelope_decode(&e, slice_of(long_header, 315)));
    assert_err(ERR_MALFORMED, envelope_decode(&e, slice_of(long_header, 0)));
}

/* decode is strict: what it takes, encode writes again. And the signature covers every byte. */
static void test_every_changed_byte_is_refused_or_shows(void **state)
{
    (void)state;
    struct world w;
    struct sample s;
    world_init(&w, 5);
    for (unsigned round = 0; round < 3; round++) {
        struct place head = some_place(&w, round);
        sample_record(&s, &w, round, 40);
        if (round == 1) {
            assert_ok(envelope_make_statement(s.header, &w.signer, &head, slice_of("x", 1)));
        }
        if (round == 2)
            assert_ok(envelope_make_beacon(s.header, &w.signer, 9, slice_of("x", 1)));
        struct envelope_id id, changed_id;
        envelope_id(&id, s.header);
        for (size_t at = 0; at < ENVELOPE_HEADER_BYTES; at++) {
            uint8_t header[ENVELOPE_HEADER_BYTES], again[ENVELOPE_HEADER_BYTES];
            memcpy(header, s.header, sizeof(header));
            header[at] ^= (uint8_t)(1 + rng_below(&w.rng, 255));
            envelope_id(&changed_id, header);
            assert_false(envelope_id_eq(&id, &changed_id));
            assert_false(envelope_verify_signature(header));
            struct envelope e;
            if (envelope_decode(&e, whole(header)) != ERR_OK) continue;
            envelope_encode(again, &e);
            assert_memory_equal(header, again, sizeof(again));
        }
        buf_fini(&s.payload);
    }
}

/* ------------------------------------------------------------------------------------- Read */

static void test_the_audience_reads_what_was_written(void **state)
{
    (void)state;
    static const size_t sizes[] = {0,    1,    255,  256,  257,   1000,  3840, 4094,
                                   4095, 4096, 5119, 5120, 20000, 61440, 64511};
    struct world w;
    world_init(&w, 6);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        uint8_t *text = mem_zalloc(sizes[i] + 1);
        env_random(&w.env, text, sizes[i]);
        uint8_t header[ENVELOPE_HEADER_BYTES];
        struct buf payload = {0}, plain = {0};
        assert_ok(envelope_seal_record(header, &payload, &w.signer, &w.tag, &(struct place){0},
                                       &w.epoch, &w.env, slice_of(text, sizes[i])));
        assert_int_equal(envelope_padded_bytes(sizes[i]) + 16, payload.len);
        buf_put_str(&plain, "before"); /* it appends */
        assert_ok(envelope_open_record(&plain, header, &w.key, buf_slice(&payload)));
        assert_true(
            slice_eq(slice_of(text, sizes[i]), slice_of(plain.data + 6, plain.len - 6)));
        buf_fini(&payload);
        buf_fini(&plain);
        free(text);
    }
}

static void test_padding_hides_the_length_in_steps(void **state)
{
    (void)state;
    assert_int_equal(256, envelope_padded_bytes(0));
    assert_int_equal(256, envelope_padded_bytes(255));
    assert_int_equal(512, envelope_padded_bytes(256));
    assert_int_equal(4096, envelope_padded_bytes(4095));
    assert_int_equal(5120, envelope_padded_bytes(4096));
    assert_int_equal(5120, envelope_padded_bytes(5119));
    assert_int_equal(6144, envelope_padded_bytes(5120));
    for (size_t n = 0; n < 9000; n++) {
        /* What sodium_pad writes for that block size. */
        uint8_t block[10240] = {0};
        size_t padded;
        size_t step = envelope_padded_bytes(n) <= 4096 ? 256 : 1024;
        assert_int_equal(0, sodium_pad(&padded, block, n, step, sizeof(block)));
        assert_int_equal(padded, envelope_padded_bytes(n));
        assert_int_equal(0x80, block[n]);
    }
}

static void test_another_key_or_header_does_not_open_it(void **state)
{
    (void)state;
    struct world w;
    struct sample s;
    struct buf plain = {0};
    world_init(&w, 7);
    sample_record(&s, &w, 1, 300);

    struct epoch_key other = w.key;
    other.b[31] ^= 1;
    struct slice payload = buf_slice(&s.payload);
    assert_err(ERR_DECRYPT, envelope_open_record(&plain, s.header, &other, payload));
    /* Every byte of the header that is sealed with it: changed, it no longer opens. */
    for (size_t at = 0; at < ENVELOPE_AD_BYTES; at++) {
        uint8_t header[ENVELOPE_HEADER_BYTES];
        memcpy(header, s.header, sizeof(header));
        header[at] ^= 0x40;
        assert_int_not_equal(ERR_OK, envelope_open_record(&plain, header, &w.key, payload));
    }
    s.payload.data[299] ^= 1;
    assert_err(ERR_DECRYPT, envelope_open_record(&plain, s.header, &w.key, payload));
    s.payload.data[299] ^= 1;
    payload.n = 15;
    assert_err(ERR_MALFORMED, envelope_open_record(&plain, s.header, &w.key, payload));
    assert_int_equal(0, plain.len);
    buf_fini(&s.payload);
    buf_fini(&plain);
}

/* A member who seals odd padding is admitted, and read by nobody. */
static void test_there_is_one_padding(void **state)
{
    (void)state;
    static const struct {
        size_t n;
        size_t padded;
        uint8_t mark;
        enum err err;
    } rows[] = {
        {10, 256, 0x80, ERR_OK},           {10, 512, 0x80, ERR_MALFORMED},
        {10, 11, 0x80, ERR_MALFORMED},     {10, 256, 0x81, ERR_MALFORMED},
        {10, 256, 0, ERR_MALFORMED},       {4200, 5120, 0x80, ERR_OK},
        {4200, 4352, 0x80, ERR_MALFORMED}, {0, 0, 0, ERR_MALFORMED},
    };
    struct world w;
    world_init(&w, 8);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t sealed[6000] = {0}, header[ENVELOPE_HEADER_BYTES], mk[64];
        memset(sealed, 'a', rows[i].n);
        if (rows[i].padded > 0) sealed[rows[i].n] = rows[i].mark;
        struct envelope e = {.kind = ENVELOPE_RECORD,
                             .network = w.signer.network,
                             .device = w.pk,
                             .tag = w.tag,
                             .seq = 1,
                             .key_id = w.epoch.id};
        envelope_encode(header, &e);
        hash_bytes(mk, sizeof(mk), slice_of(w.key.b, 32), "kith/1 msg", slice_of(header, 184),
                   (struct slice){0});
        memcpy(e.commit, mk + 32, 32);
        envelope_encode(header, &e);
        aead_x_seal(sealed, slice_of(sealed, rows[i].padded), slice_of(header, 216), e.nonce,
                    mk);
        struct slice payload = slice_of(sealed, rows[i].padded + 16);
        envelope_payload_hash(&e.payload_hash, payload);
        e.payload_len = (uint32_t)payload.n;
        envelope_sign(&e, &w.sk);
        envelope_encode(header, &e);

        assert_ok(envelope_decode(&e, whole(header)));
        assert_ok(envelope_check_payload(&e, payload));
        assert_true(envelope_verify_signature(header));
        struct buf plain = {0};
        assert_err(rows[i].err, envelope_open_record(&plain, header, &w.key, payload));
        assert_int_equal(rows[i].err == ERR_OK ? rows[i].n : 0, plain.len);
        buf_fini(&plain);
    }
}

static void test_a_nonce_is_never_used_twice(void **state)
{
    (void)state;
    struct world w;
    struct sample a, b;
    struct envelope ea, eb;
    world_init(&w, 9);
    sample_record(&a, &w, 0, 0);
    sample_record(&b, &w, 0, 0);
    assert_ok(envelope_decode(&ea, whole(a.header)));
    assert_ok(envelope_decode(&eb, whole(b.header)));
    assert_memory_not_equal(ea.nonce, eb.nonce, sizeof(ea.nonce));
    assert_memory_not_equal(ea.commit, eb.commit, sizeof(ea.commit));
    buf_fini(&a.payload);
    buf_fini(&b.payload);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_node_without_a_key_admits_what_a_device_made),
        cmocka_unit_test(test_statements_and_beacons_travel_in_the_clear),
        cmocka_unit_test(test_payloads_end_at_64_kib),
        cmocka_unit_test(test_each_kind_keeps_to_its_fields),
        cmocka_unit_test(test_every_changed_byte_is_refused_or_shows),
        cmocka_unit_test(test_the_audience_reads_what_was_written),
        cmocka_unit_test(test_padding_hides_the_length_in_steps),
        cmocka_unit_test(test_another_key_or_header_does_not_open_it),
        cmocka_unit_test(test_there_is_one_padding),
        cmocka_unit_test(test_a_nonce_is_never_used_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
