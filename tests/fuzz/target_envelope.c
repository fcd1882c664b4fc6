/*
 * Envelopes: any header decodes and encodes to itself or is refused; a made one is admitted and
 * read back; a spoilt one is neither.
 */
#include "proto/crypto/sign.h"
#include "proto/envelope/envelope.h"
#include "tests/fuzz/fuzz.h"

struct maker {
    struct env env;
    struct device_sk sk;
    struct envelope_signer signer;
    struct space_tag tag;
    struct epoch_key key;
    struct envelope_epoch epoch;
    struct place head;
};

static void maker_init(struct maker *maker, struct fuzz_in *in)
{
    struct device_pk pk;
    uint8_t seed[SIGN_SEED_BYTES];
    fuzz_count(seed, sizeof(seed), 1);
    maker->env = fuzz_env();
    sign_device_keypair(&pk, &maker->sk, seed);
    fuzz_count(maker->signer.network.b, 32, 2);
    maker->signer.sk = &maker->sk;
    fuzz_count(maker->tag.b, 16, 3);
    fuzz_count(maker->key.b, 32, 4);
    maker->epoch.key = &maker->key;
    fuzz_count(maker->epoch.id.b, 32, 5);
    maker->head.seq = fuzz_u16(in);
    if (maker->head.seq > 0) fuzz_count(maker->head.id.b, 32, 6);
}

static void check_decode(struct slice header)
{
    struct envelope envelope;
    if (envelope_decode(&envelope, header) != ERR_OK) return;
    uint8_t again[ENVELOPE_HEADER_BYTES];
    envelope_encode(again, &envelope);
    FUZZ_CHECK(memcmp(again, header.p, sizeof(again)) == 0);
    FUZZ_CHECK(envelope.seq >= 1 && envelope.seq <= INT64_MAX);
    FUZZ_CHECK(envelope.payload_len <= LIMIT_PAYLOAD_BYTES);
    if (envelope.kind != ENVELOPE_BEACON) {
        struct chain chain = envelope_chain(&envelope);
        FUZZ_CHECK(device_pk_eq(&chain.device, &envelope.device));
    }
}

static enum err make(const struct maker *maker, uint8_t kind, struct slice body,
                     uint8_t header[ENVELOPE_HEADER_BYTES], struct buf *payload)
{
    enum err err;
    switch (kind) {
    case ENVELOPE_RECORD:
        return envelope_seal_record(header, payload, &maker->signer, &maker->tag, &maker->head,
                                    &maker->epoch, &maker->env, body);
    case ENVELOPE_STATEMENT:
        err = envelope_make_statement(header, &maker->signer, &maker->head, body);
        break;
    default:
        err = envelope_make_beacon(header, &maker->signer, maker->head.seq + 1, body);
        break;
    }
    if (err == ERR_OK) buf_put(payload, body.p, body.n);
    return err;
}

/* Sealed by the format, but with padding of its own: what reads must refuse all but one form.
 */
static void resign(struct maker *maker, uint8_t header[ENVELOPE_HEADER_BYTES],
                   struct fuzz_in *in)
{
    struct envelope envelope;
    uint8_t raw[ENVELOPE_HEADER_BYTES];
    memcpy(raw, header, sizeof(raw));
    fuzz_spoil(in, raw, ENVELOPE_SIGNED_BYTES);
    if (envelope_decode(&envelope, slice_of(raw, sizeof(raw))) != ERR_OK) return;
    envelope_sign(&envelope, &maker->sk);
    envelope_encode(header, &envelope);
    struct device_pk own;
    memcpy(own.b, maker->sk.b + 32, 32);
    FUZZ_CHECK(envelope_verify_signature(header) == device_pk_eq(&own, &envelope.device));
}

static void fuzz_made(struct fuzz_in *in)
{
    struct maker maker = {0};
    maker_init(&maker, in);
    uint8_t kind = (uint8_t)(1 + fuzz_below(in, 3)), how = fuzz_u8(in);
    struct slice body = fuzz_part(in);
    uint8_t *large = NULL;
    if ((how & 8) != 0) { /* near the bounds, by a length of two bytes */
        size_t n = 60000 + (size_t)fuzz_u16(in) % 6000;
        large = mem_zalloc(n);
        body = slice_of(large, n);
    }
    uint8_t header[ENVELOPE_HEADER_BYTES];
    struct buf payload = {0}, plain = {0};
    enum err err = make(&maker, kind, body, header, &payload);
    size_t max = kind == ENVELOPE_RECORD ? ENVELOPE_PLAIN_BYTES_MAX : LIMIT_PAYLOAD_BYTES;
    FUZZ_CHECK(err == (body.n > max ? ERR_LIMIT : ERR_OK));
    if (err == ERR_OK) {
        struct envelope envelope;
        FUZZ_CHECK(envelope_decode(&envelope, slice_of(header, sizeof(header))) == ERR_OK);
        FUZZ_CHECK(envelope.kind == kind && envelope.seq == maker.head.seq + 1);
        FUZZ_CHECK(envelope_verify_signature(header));
        FUZZ_CHECK(envelope_check_payload(&envelope, buf_slice(&payload)) == ERR_OK);
        bool spoilt_payload = false;
        if ((how & 3) == 1) {
            struct envelope_id before, after;
            envelope_id(&before, header);
            bool spoilt_header = fuzz_spoil(in, header, sizeof(header));
            envelope_id(&after, header);
            FUZZ_CHECK(spoilt_header != envelope_id_eq(&before, &after));
        }
        if ((how & 3) == 2) spoilt_payload = fuzz_spoil(in, payload.data, payload.len);
        if ((how & 3) == 3) resign(&maker, header, in);
        check_decode(slice_of(header, sizeof(header)));
        if (spoilt_payload) {
            FUZZ_CHECK(envelope_check_payload(&envelope, buf_slice(&payload)) == ERR_HASH);
        }
        err = envelope_open_record(&plain, header, &maker.key, buf_slice(&payload));
        if (err != ERR_OK) FUZZ_CHECK(plain.len == 0);
        if ((how & 3) == 0 && kind == ENVELOPE_RECORD) {
            FUZZ_CHECK(err == ERR_OK && slice_eq(buf_slice(&plain), body));
            maker.key.b[0] ^= 1;
            plain.len = 0;
            FUZZ_CHECK(envelope_open_record(&plain, header, &maker.key, buf_slice(&payload)) ==
                       ERR_DECRYPT);
        }
    }
    FUZZ_CHECK(envelope_padded_bytes(body.n) > body.n);
    buf_fini(&payload);
    buf_fini(&plain);
    free(large);
}

static void fuzz_raw(struct fuzz_in *in)
{
    struct slice header = fuzz_take(in, ENVELOPE_HEADER_BYTES), payload = fuzz_rest(in);
    struct envelope envelope;
    struct epoch_key key = {{1}};
    struct buf plain = {0};
    check_decode(header);
    if (header.n < ENVELOPE_HEADER_BYTES) return;
    struct envelope_id id, other;
    envelope_id(&id, header.p);
    if (envelope_decode(&envelope, header) == ERR_OK) {
        FUZZ_CHECK(!envelope_verify_signature(header.p) ||
                   envelope_check_payload(&envelope, payload) != ERR_OK ||
                   payload.n == envelope.payload_len);
        envelope.seq ^= 1;
        uint8_t again[ENVELOPE_HEADER_BYTES];
        envelope_encode(again, &envelope);
        envelope_id(&other, again);
        FUZZ_CHECK(!envelope_id_eq(&id, &other));
    }
    FUZZ_CHECK(envelope_open_record(&plain, header.p, &key, payload) != ERR_OK);
    buf_fini(&plain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct fuzz_in in = fuzz_in_of(data, n);
    if (fuzz_u8(&in) % 2 == 0) {
        fuzz_raw(&in);
    } else {
        fuzz_made(&in);
    }
    return 0;
}

void fuzz_seeds(fuzz_put_fn put, void *ctx)
{
    for (uint16_t seq = 0; seq < 2; seq++) {
        for (uint8_t kind = 1; kind <= 3; kind++) {
            for (uint8_t how = 0; how < 16; how++) {
                uint8_t made[40] = {1,
                                    0,
                                    (uint8_t)seq,
                                    (uint8_t)(kind - 1),
                                    how,
                                    0,
                                    5,
                                    '{',
                                    '"',
                                    'a',
                                    '"',
                                    '}',
                                    15,
                                    160,
                                    how,
                                    1};
                put(ctx, slice_of(made, sizeof(made)));
            }
            struct fuzz_in none = fuzz_in_of(NULL, 0);
            struct maker maker = {0};
            struct buf seed = {0}, payload = {0};
            maker_init(&maker, &none);
            maker.head.seq = seq;
            if (seq > 0) fuzz_count(maker.head.id.b, 32, 6);
            buf_put_u8(&seed, 0);
            uint8_t *header = buf_extend(&seed, ENVELOPE_HEADER_BYTES);
            FUZZ_CHECK(make(&maker, kind, slice_of("{\"v\":1}", 7), header, &payload) ==
                       ERR_OK);
            buf_put(&seed, payload.data, payload.len);
            put(ctx, buf_slice(&seed));
            buf_fini(&seed);
            buf_fini(&payload);
        }
    }
}
