/* tests/vectors/envelope/envelopes.json: one of each kind, byte for byte. */
#include "proto/crypto/sign.h"
#include "proto/envelope/envelope.h"
#include "tests/support/vectors.h"

static const char revision[] = "{\"type\":\"idea\",\"v\":1}";
static const char body[] = "a clear body";

/* Nonces of the vectors: 0xc0, 0xc1, … */
static void counting(void *ctx, void *out, size_t n)
{
    (void)ctx;
    vectors_count(out, n, 0xc0);
}

struct fixed {
    uint8_t seed[SIGN_SEED_BYTES];
    struct device_pk pk;
    struct device_sk sk;
    struct envelope_signer signer;
    struct space_tag tag;
    struct epoch_key key;
    struct envelope_epoch epoch;
    struct place head; /* of the chain before */
};

static void fixed_init(struct fixed *f)
{
    *f = (struct fixed){.head = {.seq = 6}};
    vectors_count(f->seed, sizeof(f->seed), 0);
    sign_device_keypair(&f->pk, &f->sk, f->seed);
    vectors_count(f->signer.network.b, 32, 0x20);
    f->signer.sk = &f->sk;
    vectors_count(f->tag.b, 16, 0x40);
    vectors_count(f->key.b, 32, 0x50);
    vectors_count(f->epoch.id.b, 32, 0x70);
    f->epoch.key = &f->key;
    vectors_count(f->head.id.b, 32, 0x90);
}

static void add(json_t *list, const char *name, const uint8_t header[ENVELOPE_HEADER_BYTES],
                struct slice payload, struct slice plain)
{
    struct envelope e;
    struct envelope_id id;
    assert_ok(envelope_decode(&e, slice_of(header, ENVELOPE_HEADER_BYTES)));
    assert_ok(envelope_check_payload(&e, payload));
    assert_true(envelope_verify_signature(header));
    envelope_id(&id, header);
    json_t *row = json_object();
    json_object_set_new(row, "name", json_string(name));
    json_object_set_new(row, "kind", json_integer(e.kind));
    json_object_set_new(row, "seq", json_integer((json_int_t)e.seq));
    vectors_put(row, "prev", e.prev.b, 32);
    vectors_put(row, "plain", plain.p, plain.n);
    vectors_put(row, "header", header, ENVELOPE_HEADER_BYTES);
    vectors_put(row, "payload", payload.p, payload.n);
    vectors_put(row, "id", id.b, 32);
    json_array_append_new(list, row);
}

static void test_envelopes_are_the_published_ones(void **state)
{
    (void)state;
    struct fixed f;
    struct env env = {.random = counting};
    uint8_t header[ENVELOPE_HEADER_BYTES];
    struct buf payload = {0};
    struct envelope e;
    json_t *list = json_array();
    struct slice plain = slice_of(revision, sizeof(revision) - 1);
    struct slice clear = slice_of(body, sizeof(body) - 1);
    fixed_init(&f);

    assert_ok(envelope_seal_record(header, &payload, &f.signer, &f.tag, &(struct place){0},
                                   &f.epoch, &env, plain));
    add(list, "record, first of its chain", header, buf_slice(&payload), plain);
    payload.len = 0;
    assert_ok(envelope_seal_record(header, &payload, &f.signer, &f.tag, &f.head, &f.epoch, &env,
                                   plain));
    add(list, "record", header, buf_slice(&payload), plain);

    /* A kind of a later version: the same fields, contents that only that version reads. */
    assert_ok(envelope_decode(&e, slice_of(header, sizeof(header))));
    e.kind = 4;
    envelope_sign(&e, &f.sk);
    envelope_encode(header, &e);
    add(list, "newer kind with a space tag: admitted, not read", header, buf_slice(&payload),
        (struct slice){0});

    struct envelope_signer founder = {.sk = &f.sk};
    assert_ok(envelope_make_statement(header, &founder, &(struct place){0}, clear));
    add(list, "statement with a zero network (found)", header, clear, clear);
    assert_ok(envelope_make_statement(header, &f.signer, &f.head, clear));
    add(list, "statement", header, clear, clear);
    assert_ok(envelope_make_beacon(header, &f.signer, 7, clear));
    add(list, "beacon", header, clear, clear);

    json_t *root = json_object();
    vectors_put(root, "device_seed", f.seed, sizeof(f.seed));
    vectors_put(root, "device_pk", f.pk.b, 32);
    vectors_put(root, "network_id", f.signer.network.b, 32);
    vectors_put(root, "space_tag", f.tag.b, 16);
    vectors_put(root, "epoch_key", f.key.b, 32);
    vectors_put(root, "key_id", f.epoch.id.b, 32);
    json_object_set_new(root, "envelopes", list);
    vectors_check("vectors/envelope/envelopes.json", root);
    buf_fini(&payload);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_envelopes_are_the_published_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
